"""How much of the book is late: overdue, over 30, 60 and 90 days, by balance, by the 1104 amount and by number.

Belongs here: ratios of days past due. Not here: ratios of risk classes (classes), amounts by bucket (stock).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ibis

from loantape.declare import Confidence, Indicator
from transforms import indicator, ratio, rows, where

_BOOK = rows(
    "balance_amount days_past_due overdue_1104_amount loan_status",
    (800, 0, 0, "LS01"),
    (50, 30, 5, "LS03"),
    (50, 31, 10, "LS03"),
    (60, 91, 60, "LS03"),
    (40, 400, 40, "LS03"),
    (0, 500, 0, "LF02"),
)
_US_BOOK = rows(
    "balance_amount days_past_due loan_status",
    (900, 0, "LS01"),
    (50, 29, "LS03"),
    (30, 30, "LS03"),
    (20, 90, "LS03"),
    (0, 150, "LF02"),
)
# days, code, words, where the line is drawn, and what the example gives by balance, by the 1104 amount, by number
_LINES: tuple[tuple[int, str, str, str, str, Confidence, str, str, str], ...] = (
    (0, "DLQ-1P", "Overdue loans", "逾期贷款", "Ratio of overdue loans",
     Confidence.BACKGROUND_HIGH, "0.2", "0.115", "0.8"),
    (30, "DLQ-30P", "Loans over 30 days past due", "逾期30天以上贷款", "1104 G09_II, overdue ratio",
     Confidence.SECONDARY, "0.15", "0.11", "0.6"),
    (60, "DLQ-60P", "Loans over 60 days past due", "逾期60天以上贷款", "Day buckets of 1104 S63",
     Confidence.SECONDARY, "0.1", "0.1", "0.4"),
    (90, "DLQ-90P", "Loans over 90 days past due", "逾期90天以上贷款", "PBoC form 20202, overdue more than 90 days",
     Confidence.PRIMARY, "0.1", "0.1", "0.4"),
)  # fmt: skip
_US_LINES = ((30, "0.05", "0.5"), (60, "0.02", "0.25"), (90, "0.02", "0.25"))


def _by_balance(late_beyond: int) -> Any:
    def body(stock: Any) -> Any:
        return ratio(where(stock.days_past_due > late_beyond, stock.balance).sum(), stock.balance.sum())

    return body


def _by_1104_amount(late_beyond: int) -> Any:
    def body(stock: Any) -> Any:
        return ratio(where(stock.days_past_due > late_beyond, stock.overdue_1104_amount).sum(), stock.balance.sum())

    return body


def _by_number(late_beyond: int) -> Any:
    def body(stock: Any) -> Any:
        return ratio(where(stock.days_past_due > late_beyond, ibis.literal(1)).sum(), stock.count())

    return body


def _line(
    days: int, code: str, en: str, zh: str, cites: str, confidence: Confidence, balance: str, part: str, number: str
) -> tuple[Indicator, ...]:
    """One line of days, as three ratios."""
    return (
        indicator(
            code,
            unit="fraction",
            grain="stock",
            en=f"{en} over all loans, by balance; an overdue loan counts with its whole balance.",
            zh=f"{zh}率（按余额）",
            formula=f"sum of balance where days past due > {days} / sum of balance",
            cites=cites,
            confidence=confidence,
            example=({"loan": _BOOK}, {"": Decimal(balance)}),
        )(_by_balance(days)),
        indicator(
            f"{code}-1104",
            unit="fraction",
            grain="stock",
            en=f"{en} over all loans, by the overdue amount of the 1104 rule.",
            zh=f"{zh}率（1104逾期金额口径）",
            formula=f"sum of overdue_1104_amount where days past due > {days} / sum of balance",
            cites="1104 filling notes in two banks' returns; rule ARR-008 checks the amount",
            confidence=Confidence.SECONDARY,
            jurisdictions=("cn",),
            example=({"loan": _BOOK}, {"": Decimal(part)}),
        )(_by_1104_amount(days)),
        indicator(
            f"{code}-LOANS",
            unit="fraction",
            grain="stock",
            en=f"{en} over all loans, by number.",
            zh=f"{zh}率（按笔数）",
            formula=f"count of loans where days past due > {days} / count of loans",
            cites="The same line of days, counted; no form asks for it",
            confidence=Confidence.OWN,
            example=({"loan": _BOOK}, {"": Decimal(number)}),
        )(_by_number(days)),
    )


def _us_line(days: int, balance: str, number: str) -> tuple[Indicator, ...]:
    """One line of days as US practice counts, from the day itself on, as two ratios."""
    return tuple(
        indicator(
            f"DLQ-US-{days}P{suffix}",
            unit="fraction",
            grain="stock",
            en=f"Loans {days} days and more past due over all loans, by {what[0]}.",
            zh=f"逾期{days}天及以上贷款率（{what[1]}）",
            formula=f"{what[2]} where days past due >= {days} / {what[2]}",
            cites="US practice; days as in EX-102 currentDelinquencyStatus",
            confidence=Confidence.BACKGROUND_MEDIUM,
            jurisdictions=("us",),
            example=({"loan": _US_BOOK}, {"": Decimal(expected)}),
        )(body(days - 1))
        for suffix, what, body, expected in (
            ("", ("balance", "按余额", "sum of balance"), _by_balance, balance),
            ("-LOANS", ("number", "按笔数", "count of loans"), _by_number, number),
        )
    )


LATE = tuple(one for line in _LINES for one in _line(*line))
LATE_US = tuple(one for line in _US_LINES for one in _us_line(*line))


@indicator(
    "DLQ-OVERDUE-PART",
    unit="fraction",
    grain="stock",
    en="What the 1104 rule counts of the overdue loans' balance; 1 where every overdue loan counts in full.",
    zh="1104逾期金额占逾期贷款余额的比例",
    formula="sum of overdue_1104_amount / sum of balance where days past due > 0",
    cites="1104 filling notes in two banks' returns, against PBoC form 20202",
    confidence=Confidence.OWN,
    jurisdictions=("cn",),
    example=({"loan": _BOOK}, {"": Decimal("0.575")}),
)
def counted_part(stock: Any) -> Any:
    return ratio(stock.overdue_1104_amount.sum(), where(stock.days_past_due > 0, stock.balance).sum())
