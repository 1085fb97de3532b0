"""Vintages: how the loans of one month of origination age, by amount and by number.

Belongs here: what a period leaves behind of each month of origination, the curves read from it, and what one tape says
by itself. Not here: the first instalments (first_payments).

A curve divides by what was granted in the month of origination, which only that month's own tape has in full: where it
was not delivered there is no curve. One tape alone has the loans that are left, so that what it gives is too high for
old months when good loans are repaid early: it is a figure of its own (DLQ-ORIGINATION-30P), not a point of a curve.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import ibis

from loantape.declare import Confidence, Indicator
from transforms import NO_LOANS, UNKNOWN, by, indicator, mart, rows, where
from transforms.delinquency.cells import BETWEEN

MONTHS = 36  # months of origination and months on book that are followed
_CITES = "Industry practice, no rule"


@mart(
    "vintage",
    grain="origination month and product",
    en="Per month of origination and product: the loans on the tape, what was lent to them, what of it is late, what "
    "was written off in the period.",
    zh="按发放月份与产品：贷款笔数、发放金额、逾期余额及笔数、本期核销",
    cites=_CITES,
)
def vintage(loan: Any) -> Any:
    known = loan.filter(loan.start_date.notnull())
    open_ = ~known.loan_status.fill_null("").startswith("LF")
    balance = ibis.coalesce(known.balance_cny, known.balance_amount)
    days = known.days_past_due
    in_month = known.disposal_date.truncate("M") == known.snapshot_date.truncate("M")
    written_off = (known.disposal_type == "WRITTEN_OFF") & in_month
    return known.group_by(
        origination=known.start_date.truncate("M"), product=known.product_name.fill_null(UNKNOWN)
    ).aggregate(
        loans=known.count(),
        lent_amount=known.loan_amount.sum(),
        late30_balance=balance.sum(where=open_ & (days > 30)),
        late30_loans=(open_ & (days > 30)).sum(),
        late90_balance=balance.sum(where=open_ & (days > 90)),
        late90_loans=(open_ & (days > 90)).sum(),
        written_off_amount=known.disposal_amount.sum(where=written_off),
        written_off_loans=written_off.sum(),
    )


_HISTORY = rows(
    "period origination product loans lent_amount late30_balance late30_loans late90_balance late90_loans "
    "written_off_amount written_off_loans",
    ("2026-07-31", "2026-07-01", "cash", 80, 800, 0, 0, 0, 0, None, 0),
    ("2026-07-31", "2026-07-01", "pay later", 20, 200, 0, 0, 0, 0, None, 0),
    ("2026-07-31", "2026-06-01", "cash", 90, 900, 9, 1, 0, 0, 9, 1),  # its own month is not there: no curve
    ("2026-08-31", "2026-07-01", "cash", 78, 780, 40, 4, 0, 0, None, 0),
    ("2026-08-31", "2026-07-01", "pay later", 20, 200, 10, 1, 0, 0, 5, 1),
    ("2026-08-31", "2026-08-01", "cash", 50, 500, 0, 0, 0, 0, None, 0),
    ("2026-09-30", "2026-07-01", "cash", 70, 700, 32, 3, 8, 1, 20, 2),
    ("2026-09-30", "2026-07-01", "pay later", 18, 180, 12, 2, 6, 1, 5, 1),
    ("2026-09-30", "2026-08-01", "cash", 49, 490, 25, 2, 0, 0, None, 0),
)
_EXAMPLE = {"history_vintage": _HISTORY}


def _number(month: Any) -> Any:
    return month.year() * 12 + month.month()


def _points(history: Any, numerator: str, denominator: str, *, runs_up: bool, by_product: bool) -> Any:
    """One row per point of a curve: ``origination``, ``on_book`` (months), ``product``, the two parts and ``loans``.

    ``runs_up`` adds the numerator up over the months so far, and gives none where a month of them is missing.
    """
    aged = history.mutate(
        on_book=_number(history.period) - _number(history.origination),
        product=history.product if by_product else ibis.literal(""),
    )
    aged = aged.filter((aged.on_book >= 0) & (aged.on_book <= MONTHS))
    points = aged.group_by("origination", "on_book", "product").aggregate(
        period=aged.period.max(), numerator=aged[numerator].sum(), loans=aged.loans.sum()
    )
    if runs_up:
        so_far = ibis.window(group_by=["origination", "product"], order_by=["on_book"], preceding=None, following=0)
        total = points.numerator.fill_null(0).sum().over(so_far)
        months = points.count().over(so_far)
        points = points.mutate(numerator=(months == points.on_book + 1).ifelse(total, ibis.null()))
    else:
        points = points.mutate(numerator=points.numerator.fill_null(0))
    born = aged.filter(aged.on_book == 0)
    granted = born.group_by(month="origination", kind="product").aggregate(denominator=born[denominator].sum())
    with_base = points.inner_join(granted, [points.origination == granted.month, points.product == granted.kind])
    latest = history.aggregate(latest=history.period.max())
    recent = with_base.cross_join(latest)
    return recent.filter(_number(recent.latest) - _number(recent.origination) <= MONTHS)


def _curve(history: Any, numerator: str, denominator: str, *, runs_up: bool) -> Any:
    points = _points(history, numerator, denominator, runs_up=runs_up, by_product=False)
    return points.select(
        member=points.origination.strftime("%Y-%m") + BETWEEN + points.on_book.cast("string"),
        position=_number(points.origination).cast("int64") * 1000 + points.on_book,
        numerator=points.numerator,
        denominator=points.denominator,
        rows=points.loans.cast("int64"),
    )


def _products(history: Any, numerator: str, denominator: str, *, runs_up: bool) -> Any:
    points = _points(history, numerator, denominator, runs_up=runs_up, by_product=True)
    now = points.filter(points.period == points.latest)
    return now.select(
        member=now["product"] + BETWEEN + now.origination.strftime("%Y-%m"),
        position=_number(now.origination).cast("int64"),
        numerator=now.numerator,
        denominator=now.denominator,
        rows=now.loans.cast("int64"),
    )


def _vintages(
    what: str,
    en: str,
    zh: str,
    column: str,
    formula: str,
    balance: Mapping[str, str],
    number: Mapping[str, str],
    products: Mapping[str, str],
    products_number: Mapping[str, str],
    *,
    runs_up: bool = False,
) -> tuple[Indicator, ...]:
    """One thing followed: its curves by amount and by number, and where each product stands now: four indicators."""

    def body(shape: Callable[..., Any], numerator: str, denominator: str) -> Callable[..., Any]:
        def of_history(history_vintage: Any) -> Any:
            return shape(history_vintage, numerator, denominator, runs_up=runs_up)

        return of_history

    def declared(suffix: str, function: Any, words: tuple[str, ...], expected: Mapping[str, str]) -> Indicator:
        by_product = "PRODUCT" in suffix
        return indicator(
            f"DLQ-VINTAGE-{what}{suffix}",
            unit="fraction",
            grain="history_vintage",
            dimension="product_name>origination_month" if by_product else "origination_month>month_on_book",
            en=f"Vintage: {en}, over what was granted in the month of origination, by {words[0]}; "
            + (
                "per product and month of origination, now."
                if by_product
                else "per month of origination and month on book."
            ),
            zh=f"Vintage {zh}（{words[1]}，{'按产品与发放月份，当前' if by_product else '按发放月份与账龄'}）",
            formula=f"{formula.format(words[2])} / {words[3]} in the month of origination, which is month 0 on book; "
            f"the last {MONTHS} months of origination",
            cites=_CITES,
            confidence=Confidence.BACKGROUND_HIGH,
            jurisdictions=("cn",) if runs_up else (),  # US tapes tell charge-offs elsewhere than the loan table
            example=(_EXAMPLE, {member: Decimal(value) for member, value in expected.items()}),
            unlisted=NO_LOANS,
        )(function)

    amount = ("amount", "按金额", "sum of balance", "sum of loan_amount granted")
    if runs_up:
        amount = ("amount", "按金额", "sum of disposal_amount", "sum of loan_amount granted")
    loans = ("number", "按笔数", "count of loans", "count of loans granted")
    unit = "amount" if runs_up else "balance"
    return (
        declared("", body(_curve, f"{column}_{unit}", "lent_amount"), amount, balance),
        declared("-LOANS", body(_curve, f"{column}_loans", "loans"), loans, number),
        declared("-PRODUCT", body(_products, f"{column}_{unit}", "lent_amount"), amount, products),
        declared("-PRODUCT-LOANS", body(_products, f"{column}_loans", "loans"), loans, products_number),
    )


LATE_30 = _vintages(
    "30P",
    "loans over 30 days past due at that month end",
    "逾期30天以上",
    "late30",
    "{} of loans on the books where days past due > 30",
    {"2026-07>0": "0", "2026-07>1": "0.05", "2026-07>2": "0.044", "2026-08>0": "0", "2026-08>1": "0.05"},
    {"2026-07>0": "0", "2026-07>1": "0.05", "2026-07>2": "0.05", "2026-08>0": "0", "2026-08>1": "0.04"},
    {"cash>2026-07": "0.04", "pay later>2026-07": "0.06", "cash>2026-08": "0.05"},
    {"cash>2026-07": "0.0375", "pay later>2026-07": "0.1", "cash>2026-08": "0.04"},
)
LATE_90 = _vintages(
    "90P",
    "loans over 90 days past due at that month end",
    "逾期90天以上",
    "late90",
    "{} of loans on the books where days past due > 90",
    {"2026-07>0": "0", "2026-07>1": "0", "2026-07>2": "0.014", "2026-08>0": "0", "2026-08>1": "0"},
    {"2026-07>0": "0", "2026-07>1": "0", "2026-07>2": "0.02", "2026-08>0": "0", "2026-08>1": "0"},
    {"cash>2026-07": "0.01", "pay later>2026-07": "0.03", "cash>2026-08": "0"},
    {"cash>2026-07": "0.0125", "pay later>2026-07": "0.05", "cash>2026-08": "0"},
)
WRITTEN_OFF = _vintages(
    "LOSS",
    "loans written off up to that month end",
    "累计核销",
    "written_off",
    "{} written off in all months so far",
    {"2026-07>0": "0", "2026-07>1": "0.005", "2026-07>2": "0.03", "2026-08>0": "0", "2026-08>1": "0"},
    {"2026-07>0": "0", "2026-07>1": "0.01", "2026-07>2": "0.04", "2026-08>0": "0", "2026-08>1": "0"},
    {"cash>2026-07": "0.025", "pay later>2026-07": "0.05", "cash>2026-08": "0"},
    {"cash>2026-07": "0.025", "pay later>2026-07": "0.1", "cash>2026-08": "0"},
    runs_up=True,
)


@indicator(
    "DLQ-ORIGINATION-30P",
    unit="fraction",
    grain="stock",
    dimension="origination_month",
    en="Loans over 30 days past due over the loans of the same month of origination that are still on the books, by "
    "balance: what one tape says by itself, which is no point of a vintage curve.",
    zh="按发放月份的在贷余额逾期30天以上占比（仅凭当期数据，非Vintage曲线）",
    formula="sum of balance where days past due > 30 / sum of balance, per month of start_date",
    cites=_CITES,
    confidence=Confidence.OWN,
    example=(
        {
            "loan": rows(
                "balance_amount days_past_due start_date loan_status",
                (70, 0, "2026-07-02", "LS01"),
                (30, 31, "2026-07-30", "LS03"),
                (50, 30, "2026-08-01", "LS03"),
                (0, 0, "2026-08-01", "LF01"),
                (10, 40, None, "LS03"),
            )
        },
        {"2026-07": Decimal("0.3"), "2026-08": Decimal(0), "unknown": Decimal(1)},
    ),
)
def late_by_origination(stock: Any) -> Any:
    return by(
        stock,
        stock.start_date.strftime("%Y-%m"),
        numerator=where(stock.days_past_due > 30, stock.balance).sum(),
        denominator=stock.balance.sum(),
    )
