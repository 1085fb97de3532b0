"""Every figure of price and conduct a second time, in polars and fractions, straight from the tape.

Belongs here: the second opinion, the annual rates included, which are bisected here. It shares no code with transforms,
and the numbers of limits are written out here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache
from typing import Any

import polars as pl

from tests.transforms.opinion_concentration import CENT, Number, Opinion, Parts, on_books, part, total, with_agreements
from tests.transforms.tapes import Frames

MICRO = Fraction(1, 10**6)
SCALE = 10_000  # a quantile is told in ten-thousandths
TOPICS = ("PRC-", "DSC-", "PRV-", "CMP-", "COL-")
DECILES = range(0, 101, 10)


def covers(code: str) -> bool:
    """Whether the second opinion on an indicator is here."""
    return code.startswith(TOPICS)


def nearest_rank(values: Sequence[Fraction], percent: int) -> Fraction:
    """The value in place ceil(p n / 100), from the smallest; the smallest for 0."""
    ordered = sorted(values)
    place = -(-percent * len(ordered) // 100)
    return ordered[max(place, 1) - 1]


def quantiles(values: Iterable[Number], percents: Iterable[int], name: str = "") -> Opinion:
    known = [value for value in values if value is not None]
    return {
        f"{name}{percent}": (nearest_rank(known, percent) * SCALE, Fraction(SCALE), len(known))
        for percent in percents
        if known
    }


def grouped(members: Iterable[str | None], values: Iterable[Number], percents: Iterable[int]) -> Opinion:
    groups: dict[str, list[Number]] = {}
    for member, value in zip(members, values, strict=True):
        groups.setdefault("unknown" if member is None else member, []).append(value)
    told: Opinion = {}
    for member, found in groups.items():
        told |= quantiles(found, percents, f"{member}>")
    return told


def or_nothing(told: Opinion) -> Opinion:
    return told or {"": (None, None, 0)}


# --- what credit costs ---------------------------------------------------------------------------------------------


def opinion(frames: Frames) -> dict[str, Opinion]:
    """Numerator, denominator and rows of every indicator of price and conduct, by code and member."""
    stock = on_books(frames)
    return (
        _costs(frames, stock)
        | _caps(stock)
        | _gaps(frames, stock)
        | _sheets(frames)
        | _consents(frames, stock)
        | _complaints(frames, stock)
        | _contacts(frames["contact"])
    )


def _percent(values: Iterable[int | None]) -> list[Number]:
    return [None if value is None else value * MICRO for value in values]


def _weighted(stock: pl.DataFrame, column: str) -> Opinion:
    rated = stock.filter(pl.col(column).is_not_null())
    worth = [a * b for a, b in rated.select("balance", column).iter_rows() if a is not None]
    # a loan without a rate adds nothing, and no rate at all is unknown
    return {"": (sum(worth) * CENT * MICRO if worth else None, total(rated, "balance"), stock.height)}


def _costs(frames: Frames, stock: pl.DataFrame) -> dict[str, Opinion]:
    costs = _percent(stock["all_in_cost_pct"])
    bands = (("0-12", 12), ("12-15", 15), ("15-18", 18), ("18-20", 20), ("20-24", 24), ("24-36", 36), ("36+", 10**9))
    empty = Fraction(0) if stock.height else None
    banded: Opinion = {name: (empty, None, 0) for name, _ in bands}
    for cost, balance in zip(costs, stock["balance"].to_list(), strict=True):
        name = "unknown" if cost is None else next(name for name, end in bands if cost <= end)
        before = banded.get(name, (Fraction(0), None, 0))
        banded[name] = ((before[0] or Fraction(0)) + (balance or 0) * CENT, None, before[2] + 1)
    together = with_agreements(frames, stock.filter(pl.col("coop_mode").is_in(["JOINT", "REFERRAL"])))
    return {
        "PRC-RATE": _weighted(stock, "nominal_annual_pct"),
        "PRC-COST": _weighted(stock, "all_in_cost_pct"),
        "PRC-COST-BAND": banded,
        "PRC-COST-DECILE": or_nothing(quantiles(costs, DECILES)),
        "PRC-COST-DECILE-PRODUCT": or_nothing(grouped(stock["product_name"].to_list(), costs, DECILES)),
        "PRC-COST-DECILE-PARTNER": or_nothing(
            grouped(together["partner_uscc"].to_list(), _percent(together["all_in_cost_pct"]), DECILES)
        ),
    }


def _caps(stock: pl.DataFrame) -> dict[str, Opinion]:
    told: dict[str, Opinion] = {}
    for code, line in LINES.items():
        lines, above = [], []
        for loan in stock.iter_rows(named=True):
            cost, most = line(loan)
            lines.append(most is not None)
            above.append(None if cost is None or most is None else cost * MICRO > most)
        subject = stock.filter(pl.Series(lines, dtype=pl.Boolean))
        kept = [one for one, known in zip(above, lines, strict=True) if known]
        told[f"PRC-OVER-{code}"] = part(subject, kept, "balance", total(subject, "balance"), subject.height)
        told[f"PRC-OVER-{code}-LOANS"] = part(subject, kept, None, Fraction(subject.height), subject.height)
    return told


def _cap(loan: dict[str, Any]) -> Number:
    since = {"BANK": date(2025, 10, 1), "MICRO": date(2025, 12, 24), "CFC": date(2017, 8, 4)}.get(loan["lender_type"])
    return Fraction(24) if since and loan["start_date"] and loan["start_date"] >= since else None


def _lpr(loan: dict[str, Any]) -> Number:
    if loan["start_date"] and date(2025, 12, 20) <= loan["start_date"] <= date(2026, 1, 19):
        return Fraction(3)
    known = loan["benchmark_type"] == "TR05" and loan["benchmark_pct"] is not None
    return loan["benchmark_pct"] * MICRO if known else None


def _four_lpr(loan: dict[str, Any]) -> Number:
    lpr = _lpr(loan)
    return None if lpr is None or loan["start_date"] is None else 4 * lpr  # in force on every day of these tapes


def _micro_four_lpr(loan: dict[str, Any]) -> Number:
    bound = loan["lender_type"] == "MICRO" and loan["start_date"] and loan["start_date"] >= date(2027, 12, 31)
    return _four_lpr(loan) if bound else None


def _penalty(loan: dict[str, Any]) -> Number:
    known = loan["nominal_annual_pct"] is not None and loan["start_date"] is not None
    return loan["nominal_annual_pct"] * MICRO * Fraction(3, 2) if known else None


LINES: dict[str, Callable[[dict[str, Any]], tuple[int | None, Number]]] = {
    "24": lambda loan: (loan["all_in_cost_pct"], Fraction(24)),
    "CAP": lambda loan: (loan["all_in_cost_pct"], _cap(loan)),
    "4LPR": lambda loan: (loan["all_in_cost_pct"], _four_lpr(loan)),
    "MICRO-4LPR": lambda loan: (loan["all_in_cost_pct"], _micro_four_lpr(loan)),
    "PENALTY": lambda loan: (loan["penalty_rate_pct"], _penalty(loan)),
    "JUDICIAL": lambda loan: (loan["penalty_rate_pct"], Fraction(24) if loan["start_date"] else None),
}


# --- the rate shown ------------------------------------------------------------------------------------------------


@cache
def annual_rate(net: int, paid: int, count: int, method: str) -> int | None:
    """The annual rate in 1e-8 percent that solves net = paid/(1+m) + ... + paid/(1+m)^count, by bisection."""
    if net <= 0 or paid <= 0 or count < 1:
        return None
    with localcontext(prec=60):

        def worth(monthly: Decimal) -> Decimal:
            if monthly == 0:
                return Decimal(paid * count)
            return paid * (1 - (1 + monthly) ** -count) / monthly

        low, high = Decimal("-0.999999"), Decimal(1)
        while worth(high) > net:
            high *= 2
            if high > 10**12:
                return None
        for _ in range(150):
            middle = (low + high) / 2
            low, high = (middle, high) if worth(middle) > net else (low, middle)
        simple, compound = 1200 * middle, 100 * ((1 + middle) ** 12 - 1)
        rate = simple if method == "SIMPLE" else compound
        units = int((rate * 10**8).to_integral_value(rounding="ROUND_HALF_UP"))
        return units if abs(units) < 10**18 else None


def _gaps(frames: Frames, stock: pl.DataFrame) -> dict[str, Opinion]:
    gaps: list[Number] = []
    for loan in stock.iter_rows(named=True):
        level = loan["repay_method"] == "EQUAL_INSTALMENT" and loan["repay_frequency"] == "MONTH"
        level = level and loan["shown_method"] in ("SIMPLE", "COMPOUND")  # no other method says which rate is meant
        inputs = (loan["net_proceeds_amount"], loan["instalment_amount"], loan["term_count"], loan["shown_method"])
        known = level and loan["shown_annual_rate_pct"] is not None and all(one is not None for one in inputs)
        rate = annual_rate(*inputs) if known else None
        gaps.append(None if rate is None else loan["shown_annual_rate_pct"] * MICRO - Fraction(rate, 10**8))
    has = [gap is not None for gap in gaps]
    both = stock.filter(pl.Series(has, dtype=pl.Boolean))
    known_gaps = [gap for gap in gaps if gap is not None]
    line = Fraction(1, 100)
    dated = [day is not None for day in both["snapshot_date"]]
    out = [abs(gap) > line if there else None for gap, there in zip(known_gaps, dated, strict=True)]
    low = [-gap > line if there else None for gap, there in zip(known_gaps, dated, strict=True)]
    loans = Fraction(both.height)
    return {
        "PRC-GAP-DECILE": or_nothing(quantiles(gaps, DECILES)),
        "PRC-GAP-OUT": part(both, out, "balance", total(both, "balance"), both.height),
        "PRC-GAP-OUT-LOANS": part(both, out, None, loans, both.height),
        "PRC-GAP-LOW-LOANS": part(both, low, None, loans, both.height),
        "PRC-GAP-KNOWN": {"": (loans, Fraction(stock.height), stock.height)},
    }


# --- sheets and consents -------------------------------------------------------------------------------------------


def _sheets(frames: Frames) -> dict[str, Opinion]:
    new = frames["loan"].filter(pl.col("start_date") >= date(2026, 8, 1))
    in_time = frames["disclosure"].filter(pl.col("sheet_confirmed_at") <= pl.col("contract_signed_at"))
    kept = set(in_time["iou_no"].drop_nulls().to_list())
    confirmed = [iou in kept for iou in new["iou_no"]]
    missing = [not one for one in confirmed]
    loans = Fraction(new.height)
    products: dict[str, Parts] = {}
    for name, lacks in zip(new["product_name"].to_list(), missing, strict=True):
        before = products.get(name or "unknown", (Fraction(0), Fraction(0), 0))
        products[name or "unknown"] = (
            (before[0] or 0) + Fraction(lacks), (before[1] or 0) + Fraction(1), before[2] + 1,
        )  # fmt: skip
    return {
        "DSC-SHEET": part(new, confirmed, None, loans, new.height),
        "DSC-UNCONFIRMED": part(new, missing, None, loans, new.height),
        "DSC-UNCONFIRMED-LOANS": part(new, missing, None, None, new.height),
        "DSC-UNCONFIRMED-PRODUCT": or_nothing(products),
    }


def _consents(frames: Frames, stock: pl.DataFrame) -> dict[str, Opinion]:
    first: dict[tuple[str, str | None], date] = {}
    for iou, kind, given in frames["consent"].select("iou_no", "consent_type", "consented_at").iter_rows():
        if iou is not None and given is not None:
            first[iou, kind] = min(first.get((iou, kind), date.max), given.date())

    def held(loans: pl.DataFrame, kind: str | None) -> int:
        return sum(
            start is not None and first.get((iou, kind), date.max) <= start
            for iou, start in loans.select("iou_no", "start_date").iter_rows()
        )

    def covered(loans: pl.DataFrame, kind: str) -> Opinion:
        return {"": (Fraction(held(loans, kind)), Fraction(loans.height), loans.height)}

    kinds = ("GENERAL", "SENSITIVE", "SHARE", "CROSS_BORDER", "CREDIT_QUERY")
    counts = {kind: held(stock, kind) for kind in kinds}
    unknown, whole = held(stock, None), Fraction(stock.height)
    some = sum(counts.values()) + unknown > 0
    by_kind: Opinion = {kind: (Fraction(count) if some else None, whole, count) for kind, count in counts.items()}
    if unknown:
        by_kind["unknown"] = (Fraction(unknown), whole, unknown)
    together = stock.filter(pl.col("coop_mode").is_in(["JOINT", "REFERRAL"]))
    return {
        "PRV-GENERAL": covered(stock, "GENERAL"),
        "PRV-SHARE": covered(together, "SHARE"),
        "PRV-CREDIT-QUERY": covered(stock.filter(pl.col("is_credit_reported")), "CREDIT_QUERY"),
        "PRV-CONSENT": by_kind,
    }


# --- complaints and collection -------------------------------------------------------------------------------------


def _counted(names: Iterable[str | None], members: Sequence[str], whole: bool) -> Opinion:
    found = list(names)
    counts = dict.fromkeys(members, 0)
    for name in found:
        counts[name or "unknown"] = counts.get(name or "unknown", 0) + 1
    told = {name: Fraction(count) if found else None for name, count in counts.items()}
    denominator = (Fraction(len(found)) if found else None) if whole else None
    return {name: (number, denominator, counts[name]) for name, number in told.items()}


def _complaints(frames: Frames, stock: pl.DataFrame) -> dict[str, Opinion]:
    dates = frames["institution"]["snapshot_date"].drop_nulls().to_list()
    now = max(dates) if dates else None
    every = frames["complaint"].rows(named=True)
    new = [
        None if now is None or one["received_on"] is None else _month(one["received_on"]) == _month(now)
        for one in every
    ]
    received = [one["complaint_topic"] for one, is_new in zip(every, new, strict=True) if is_new]
    decided = [one for one in every if one["decided_on"] is not None]
    still_open = [one for one in every if one["decided_on"] is None]
    told = {
        "CMP-RECEIVED": _counted(received, ("PRICING", "COLLECTION", "PRIVACY", "SERVICE", "OTHER"), False),
        "CMP-RATE": {"": (Fraction(10_000 * sum(map(bool, new))), Fraction(stock.height), stock.height)},
        "CMP-DAYS": or_nothing(quantiles([_days(one, now) for one in decided], (50, 90, 100))),
        "CMP-OPEN": {"": (Fraction(len(still_open)) if every else None, None, len(every))},
        "CMP-RESULT": _counted(
            [one["complaint_result"] for one in decided], ("UPHELD", "PARTLY", "REJECTED", "WITHDRAWN"), True
        ),
    }
    for suffix, term in (("", 15), ("-EXTENDED", 30), ("-EXTENDED-TWICE", 60)):
        for code, those in (("CMP-BEYOND", decided), ("CMP-OPEN-BEYOND", still_open)):
            late = [
                None if (days := _days(one, now)) is None or one["received_on"] < date(2020, 3, 1) else days > term
                for one in those
            ]
            known = [one for one in late if one is not None]
            told[code + suffix] = {"": (Fraction(sum(known)) if known else None, Fraction(len(those)), len(those))}
    return told


def _days(complaint: dict[str, Any], now: date | None) -> Number:
    until = complaint["decided_on"] or now
    known = until is not None and complaint["received_on"] is not None
    return Fraction((until - complaint["received_on"]).days) if known else None


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month


def _contacts(contact: pl.DataFrame) -> dict[str, Opinion]:
    every = contact.rows(named=True)
    night = [_by_night(one["contacted_at"]) for one in every]
    unasked = [False if one["has_night_consent"] else by_night for one, by_night in zip(every, night, strict=True)]
    third = [one["is_third_party"] for one in every]
    told = {
        "COL-CONTACTS": _counted([one["collection_stage"] for one in every], ("INTERNAL", "OUTSOURCED", "LEGAL"), False)
    }
    for code, holds in (("NIGHT", night), ("NIGHT-UNASKED", unasked), ("THIRD-PARTY", third)):
        told[f"COL-{code}"] = part(contact, holds, None, None, contact.height)
        told[f"COL-{code}-SHARE"] = part(contact, holds, None, Fraction(contact.height), contact.height)
    return told


def _by_night(at: datetime | None) -> bool | None:
    if at is None or at.date() < date(2026, 1, 30):
        return None
    return at.hour < 8 or at.hour >= 22
