"""The heaviest families of indicators in polars, as one would write them by hand, for ``benchmarks/indicators.py``.

Belongs here: the same figures from Parquet of the columns they need. Not here: making the data, timing. Every family
gives, per code, the sum of its members' squared values, so that both sides can be held against each other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

UNKNOWN = "unknown"
EXITS = {"LF01": "settled", "LF02": "written_off", "LF04": "transferred"}
STAGES = ((0, "M0"), (30, "M1"), (60, "M2"), (90, "M3"), (120, "M4"), (150, "M5"), (180, "M6"), (None, "M6+"))
SETS: dict[str, tuple[int, ...]] = {
    "BUCKET": (0, 30, 60, 90, 180, 270, 360),
    "G09": (0, 30, 60, 90, 360),
    "S63": (0, 60, 90, 360),
    "BUREAU": (0, 30, 60, 90, 120, 150, 180),
    "STAGE": (0, 30, 60, 90, 120, 150, 180),
}
LOAN = (
    "iou_no", "snapshot_date", "loan_status", "balance_cny", "balance_amount", "currency", "own_balance_amount",
    "partner_share_fraction", "days_past_due", "overdue_1104_amount", "five_class", "borrower_pid",
    "product_name", "borrower_region", "channel", "enhancer_type", "enhancer_uscc", "enhanced_amount",
    "coop_mode", "partner_agreement_no", "all_in_cost_pct", "disposal_amount", "disposal_type", "disposal_date",
    "start_date", "loan_amount",
)  # fmt: skip
PARTNER = ("partner_agreement_no", "partner_uscc", "partner_group_id")
TOP, MONTHS = (1, 5, 10, 20), 36
_DIMENSIONS = ("PARTNER", "GROUP", "PRODUCT", "REGION", "CHANNEL", "ENHANCER", "FUNDER")
CODES = (
    *(f"DLQ-ROLL{sides}{since}{what}" for sides in ("", "-CLASS") for since in ("", "-YTD") for what in ("", "-LOANS")),
    *(f"DLQ-VINTAGE-{of}{product}{what}" for of in ("30P", "90P", "LOSS") for product in ("", "-PRODUCT")
      for what in ("", "-LOANS")),
    *(f"DLQ-{name}{what}" for name in SETS for what in ("", "-LOANS")),
    "DLQ-BUCKET-1104",
    *(f"CON-{name}{index}" for name in _DIMENSIONS for index in ("", "-TOP-SHARE", "-HHI", "-HHI-N", "-GINI")),
    *(f"CON-BORROWER-{index}" for index in ("TOP-SHARE", "HHI", "HHI-N", "GINI")),
    "PRC-COST-DECILE", "PRC-COST-DECILE-PRODUCT", "PRC-COST-DECILE-PARTNER",
)  # fmt: skip

Told = dict[str, float]


def figures(folder: Path) -> Told:
    """Every family, from ``loan``, ``before``, ``partner``, ``exit`` and ``vintage`` .parquet of a folder."""
    loans = _with_balance(pl.scan_parquet(folder / "loan.parquet"))
    before = _with_balance(pl.scan_parquet(folder / "before.parquet"))
    told = {**_rolls(loans, before, pl.scan_parquet(folder / "exit.parquet")), **_vintages(loans, folder)}
    stock = _collected(loans.filter(_is_open()))
    return {**told, **_buckets(stock), **_concentration(stock, folder), **_deciles(stock, folder)}


def _with_balance(loans: pl.LazyFrame) -> pl.LazyFrame:
    return loans.with_columns(balance=pl.coalesce("balance_cny", "balance_amount"))


def _is_open() -> pl.Expr:
    return ~pl.col("loan_status").fill_null("").str.starts_with("LF")


def _collected(frame: pl.LazyFrame) -> pl.DataFrame:
    return frame.collect(engine="streaming")


def _squares(values: Any) -> float:
    return math.fsum(float(one) ** 2 for one in values if one is not None and not math.isnan(float(one)))


# --- moves --------------------------------------------------------------------------------------------------------


def _rolls(loans: pl.LazyFrame, before: pl.LazyFrame, exits: pl.LazyFrame) -> Told:
    is_open = _is_open()
    states = loans.group_by("iou_no").agg(
        is_open=is_open.any(),
        days=pl.col("days_past_due").filter(is_open).max(),
        grade=pl.col("five_class").filter(is_open).max(),
        status=pl.col("loan_status").filter(~is_open).max(),
    )
    book = before.filter(is_open).select(
        "iou_no",
        days_then="days_past_due",
        grade_then="five_class",
        worth="balance",
        date_then="snapshot_date",
    )
    moved = book.join(states, on="iou_no", how="left")
    gone = exits.join(book.select("iou_no", "date_then"), on="iou_no").filter(pl.col("period") > pl.col("date_then"))
    between = gone.group_by("iou_no").agg(between=pl.col("loan_status").max())
    year = moved.join(between, on="iou_no", how="left").with_columns(status=pl.coalesce("status", "between"))
    told: Told = {}
    for since, frame in (("", moved), ("-YTD", year)):
        left = pl.col("status").replace_strict(EXITS, default="vanished").fill_null("vanished")
        now = pl.col("is_open").fill_null(False)
        cells = _collected(
            frame.select(
                "worth",
                stage_then=_stage("days_then"),
                stage=pl.when(now).then(_stage("days")).otherwise(left),
                grade_then=pl.col("grade_then").fill_null(UNKNOWN),
                grade=pl.when(now).then(pl.col("grade").fill_null(UNKNOWN)).otherwise(left),
            )
            .group_by("stage_then", "stage", "grade_then", "grade")
            .agg(pl.col("worth").sum(), pl.len().alias("loans"))
        )
        for sides, axis in (("", "stage"), ("-CLASS", "grade")):
            for what, summed in (("", "worth"), ("-LOANS", "loans")):
                pairs = cells.group_by(f"{axis}_then", axis).agg(pl.col(summed).cast(pl.Float64).sum())
                share = pl.col(summed) / pl.col(summed).sum().over(f"{axis}_then")
                told[f"DLQ-ROLL{sides}{since}{what}"] = _squares(pairs.select(share).to_series())
    return told


def _stage(days: str) -> pl.Expr:
    chain: Any = pl
    for upper, name in STAGES:
        holds = pl.col(days).is_not_null() if upper is None else pl.col(days) <= upper
        chain = chain.when(holds).then(pl.lit(name))
    return chain.otherwise(pl.lit(UNKNOWN))  # type: ignore[no-any-return]


# --- vintages -----------------------------------------------------------------------------------------------------


def _vintages(loans: pl.LazyFrame, folder: Path) -> Told:
    """This period's rows of the mart, put to those of the months before; then the curves."""
    late = _is_open() & (pl.col("days_past_due") > 30), _is_open() & (pl.col("days_past_due") > 90)
    written = (pl.col("disposal_type") == "WRITTEN_OFF") & (
        pl.col("disposal_date").dt.truncate("1mo") == pl.col("snapshot_date").dt.truncate("1mo")
    )
    now = _collected(
        loans.filter(pl.col("start_date").is_not_null())
        .group_by(
            origination=pl.col("start_date").dt.truncate("1mo"), product=pl.col("product_name").fill_null(UNKNOWN)
        )
        .agg(
            period=pl.col("snapshot_date").max(),
            loans=pl.len().cast(pl.Float64),
            lent_amount=pl.col("loan_amount").sum().cast(pl.Float64),
            late30_balance=pl.col("balance").filter(late[0]).sum().cast(pl.Float64),
            late30_loans=late[0].sum().cast(pl.Float64),
            late90_balance=pl.col("balance").filter(late[1]).sum().cast(pl.Float64),
            late90_loans=late[1].sum().cast(pl.Float64),
            written_off_amount=pl.col("disposal_amount").filter(written).sum().cast(pl.Float64),
            written_off_loans=written.sum().cast(pl.Float64),
        )
    )
    earlier = pl.read_parquet(folder / "vintage.parquet").select(now.columns)
    history = pl.concat([earlier.cast(dict(now.schema)), now]).with_columns(  # type: ignore[arg-type]
        on_book=_month("period") - _month("origination")
    )
    latest = history["period"].max()
    told: Told = {}
    for of, column, runs_up in (("30P", "late30", False), ("90P", "late90", False), ("LOSS", "written_off", True)):
        for product in ("", "-PRODUCT"):
            amount = f"{column}_{'amount' if runs_up else 'balance'}"
            for what, top, whole in (("", amount, "lent_amount"), ("-LOANS", f"{column}_loans", "loans")):
                points = _points(history, top, whole, ["origination", *(["product"] if product else [])], runs_up)
                if product:
                    points = points.filter(pl.col("period") == latest)
                told[f"DLQ-VINTAGE-{of}{product}{what}"] = _squares(points["value"])
    return told


def _points(history: pl.DataFrame, top: str, whole: str, keys: list[str], runs_up: bool) -> pl.DataFrame:
    aged = history.filter(pl.col("on_book").is_between(0, MONTHS))
    points = aged.group_by(*keys, "on_book").agg(pl.col("period").max(), top=pl.col(top).fill_null(0).sum())
    points = points.sort("on_book")
    if runs_up:
        so_far = pl.col("top").cum_sum().over(keys)
        seen = pl.int_range(1, pl.len() + 1).over(keys)
        points = points.with_columns(top=pl.when(seen == pl.col("on_book") + 1).then(so_far))
    born = aged.filter(pl.col("on_book") == 0).group_by(keys).agg(whole=pl.col(whole).sum())
    recent = (_month_of(history["period"].max()) - _month("origination")) <= MONTHS
    kept = points.join(born, on=keys).filter(recent, pl.col("whole") != 0)
    return kept.with_columns(value=pl.col("top") / pl.col("whole"))


def _month(column: str) -> pl.Expr:
    return pl.col(column).dt.year() * 12 + pl.col(column).dt.month()


def _month_of(day: Any) -> int:
    return int(day.year * 12 + day.month)


# --- the stock ----------------------------------------------------------------------------------------------------


def _buckets(stock: pl.DataFrame) -> Told:
    told: Told = {}
    for name, edges in SETS.items():
        days = pl.col("days_past_due")
        place = pl.sum_horizontal((days > edge).cast(pl.Int8) for edge in edges)
        bucket = pl.when(days.is_null()).then(-1).otherwise(place)
        measures = [pl.col("balance").sum(), pl.len().alias("loans"), pl.col("overdue_1104_amount").sum()]
        found = _collected(stock.lazy().group_by(bucket=bucket).agg(measures))
        told[f"DLQ-{name}"], told[f"DLQ-{name}-LOANS"] = _squares(found["balance"]), _squares(found["loans"])
        if name == "BUCKET":
            told["DLQ-BUCKET-1104"] = _squares(found["overdue_1104_amount"])
    return told


def _joint(stock: pl.DataFrame, folder: Path, modes: Sequence[str]) -> pl.LazyFrame:
    partner = pl.scan_parquet(folder / "partner.parquet")
    agreements = partner.group_by("partner_agreement_no").agg(
        pl.col("partner_uscc").min(), group=pl.coalesce("partner_group_id", "partner_uscc").min()
    )
    joint = stock.lazy().filter(pl.col("coop_mode").is_in(modes))
    return joint.join(agreements, on="partner_agreement_no", how="left")


def _concentration(stock: pl.DataFrame, folder: Path) -> Told:
    balance, yuan = pl.col("balance"), pl.col("currency") == "CNY"
    share = 1 - pl.col("partner_share_fraction").cast(pl.Float64).fill_null(0)
    computed = (balance.cast(pl.Float64) * share).round(2).cast(pl.Decimal(38, 2))
    own = pl.coalesce(pl.when(yuan).then("own_balance_amount"), pl.when(yuan).then(balance).otherwise(computed))
    joint = _joint(stock, folder, ["JOINT"])
    enhanced = stock.lazy().filter(
        pl.col("enhancer_type").is_not_null() | (pl.col("enhanced_amount") > 0).fill_null(False)
    )
    ours = stock.lazy().select(funder=pl.lit("OWN"), balance=own.cast(pl.Decimal(38, 2)))
    theirs = joint.select(funder="partner_uscc", balance=(balance - own).cast(pl.Decimal(38, 2)))
    borrower = pl.coalesce("borrower_pid", pl.lit("IOU ") + pl.col("iou_no"), pl.lit(UNKNOWN))
    asked: list[tuple[str, pl.LazyFrame, pl.Expr, pl.Expr]] = [
        ("PARTNER", joint, pl.col("partner_uscc"), balance),
        ("GROUP", joint, pl.col("group"), balance),
        ("PRODUCT", stock.lazy(), pl.col("product_name"), balance),
        ("REGION", stock.lazy(), pl.col("borrower_region").str.slice(0, 2), balance),
        ("CHANNEL", stock.lazy(), pl.col("channel"), balance),
        ("ENHANCER", enhanced, pl.col("enhancer_uscc"), pl.col("enhanced_amount")),
        ("FUNDER", pl.concat([ours, theirs]), pl.col("funder"), balance),
        ("BORROWER", stock.lazy(), borrower, balance),
    ]
    told: Told = {}
    for name, frame, member, value in asked:
        summed = value.sum().cast(pl.Float64)
        found = _collected(frame.group_by(member=member.fill_null(UNKNOWN)).agg(x=summed))
        if name != "BORROWER":
            told[f"CON-{name}"] = _squares(found["x"] / found["x"].sum())
        told |= {f"CON-{name}-{index}": value for index, value in _indexes(found.filter(pl.col("x") > 0)).items()}
    return told


def _indexes(found: pl.DataFrame) -> Told:
    amounts = found["x"].sort()
    total, n = float(amounts.sum()), amounts.len()
    if not n:  # nothing above zero: no number, on either side
        return dict.fromkeys(("TOP-SHARE", "HHI", "HHI-N", "GINI"), 0.0)
    herfindahl = float((amounts * amounts).sum()) / total**2
    ranked = float((amounts * pl.int_range(1, n + 1, eager=True)).sum())
    known = found.filter(pl.col("member") != UNKNOWN)["x"].sort(descending=True)
    index = {"HHI": herfindahl, "GINI": (2 * ranked - (n + 1) * total) / (n * total)}
    if n > 1:
        index["HHI-N"] = (herfindahl - 1 / n) / (1 - 1 / n)
    return {
        "TOP-SHARE": _squares(float(known.head(count).sum()) / total if known.len() else None for count in TOP),
        "HHI-N": 0.0,
        **{name: value**2 for name, value in index.items()},
    }


def _deciles(stock: pl.DataFrame, folder: Path) -> Told:
    partnered = _joint(stock, folder, ["JOINT", "REFERRAL"])
    asked = (
        ("", stock.lazy(), pl.lit("")),
        ("-PRODUCT", stock.lazy(), pl.col("product_name")),
        ("-PARTNER", partnered, pl.col("partner_uscc")),
    )
    told: Told = {}
    for suffix, frame, member in asked:
        known = frame.filter(pl.col("all_in_cost_pct").is_not_null())
        counted = _collected(known.group_by(member=member.fill_null(UNKNOWN), value="all_in_cost_pct").agg(pl.len()))
        placed = counted.sort("member", "value").with_columns(
            last=pl.col("len").cast(pl.Int64).cum_sum().over("member"), total=pl.col("len").sum().over("member")
        )
        values: list[Any] = []
        for percent in range(0, 101, 10):
            reached = placed.filter(pl.col("last") * 100 >= pl.col("total") * percent)
            values.extend(reached.group_by("member").agg(pl.col("value").min())["value"])
        told[f"PRC-COST-DECILE{suffix}"] = _squares(values)
    return told
