"""Whether the annual rate shown to borrowers is the one that their cash flows give.

Belongs here: the gap between the two over the book. Not here: recomputing a rate (transforms/pricing.py) or the rule on
one loan (PRC-004). The gap is shown less recomputed, in percentage points: below zero where too little was shown.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ibis

from loantape.declare import Confidence
from transforms import indicator, ratio, rows, where
from transforms.dated import in_force
from transforms.distributions import DECILES, no_sum, quantiles

_PBOC = "PBoC announcement [2021] No. 3, with its worked example"
TOLERANCE = "apr_tolerance_pct"
_FIELDS = (
    "iou_no balance_amount shown_annual_rate_pct shown_method net_proceeds_amount instalment_amount term_count "
    "repay_method repay_frequency snapshot_date loan_status"
)
_LEVEL = (99_000, "8833.30", 12, "EQUAL_INSTALMENT", "MONTH", "2026-10-31")
_BOOK = {  # the announcement's loan: 12.8038 % simple, 13.5826 % compound
    "loan": rows(
        _FIELDS,
        ("right simple", 300, "12.80", "SIMPLE", *_LEVEL, "LS01"),
        ("right compound", 200, "13.58", "COMPOUND", *_LEVEL, "LS01"),
        ("simple for compound", 400, "12.80", "COMPOUND", *_LEVEL, "LS03"),
        ("too much", 100, "13.80", "SIMPLE", *_LEVEL, "LS01"),
        ("no method", 500, "12.80", None, *_LEVEL, "LS01"),
        ("not level", 500, "12.80", "SIMPLE", None, None, None, "BULLET", "ONCE", "2026-10-31", "LS01"),
        ("closed", 0, "1", "SIMPLE", *_LEVEL, "LF01"),
    )
}


@indicator(
    "PRC-GAP-DECILE",
    unit="percent",
    grain="priced",
    dimension="quantile",
    en="Deciles of the gap between the annual rate shown and the one recomputed, in percentage points over loans; "
    "below zero, too little was shown.",
    zh="展示年化利率与重算利率之差的十分位数（百分点，按笔数；负数为少展示）",
    formula="shown_annual_rate_pct - recomputed rate by the method named: the value in place ceil(p n / 100) of n "
    "known ones, smallest first (nearest rank; 0 is the smallest)",
    notation="q_p = g_(⌈p n / 100⌉), g_j = s_j − r_j",
    cites=_PBOC,
    confidence=Confidence.SECONDARY,
    jurisdictions=("cn",),
    unlisted=no_sum("PRC-GAP-OUT"),
    example=(
        _BOOK,
        {
            str(percent): Decimal(value)
            for percent, value in zip(
                DECILES,
                ("-0.78255763",) * 3 + ("-0.00380185",) * 3 + ("-0.00255763",) * 2 + ("0.99619815",) * 3,
                strict=True,
            )
        },
    ),
)
def gap_deciles(priced: Any) -> Any:
    return quantiles(priced, priced.gap_pct, DECILES)


@indicator(
    "PRC-GAP-OUT",
    unit="fraction",
    grain="priced",
    en="Loans whose shown annual rate is not the recomputed one, within the tolerance, over all loans that have both, "
    "by balance.",
    zh="展示年化利率与重算利率之差超出容差的贷款余额占比",
    formula="sum of balance where |shown_annual_rate_pct - recomputed rate| > apr_tolerance_pct / sum of balance where "
    "both are known",
    notation="Σ_{|g_j| > t} x_j / Σ_{g_j known} x_j",
    cites=_PBOC,
    confidence=Confidence.SECONDARY,
    jurisdictions=("cn",),
    example=(_BOOK, {"": Decimal("0.5")}),
)
def gap_share(priced: Any) -> Any:
    both = priced.filter(priced.gap_pct.notnull())
    return ratio(where(_is_out(both), both.balance).sum(), both.balance.sum())


@indicator(
    "PRC-GAP-OUT-LOANS",
    unit="fraction",
    grain="priced",
    en="Loans whose shown annual rate is not the recomputed one, within the tolerance, over all loans that have both, "
    "by number.",
    zh="展示年化利率与重算利率之差超出容差的贷款笔数占比",
    formula="count of loans where |shown_annual_rate_pct - recomputed rate| > apr_tolerance_pct / count of loans where "
    "both are known",
    notation="#{j: |g_j| > t} / #{j: g_j known}",
    cites=_PBOC,
    confidence=Confidence.SECONDARY,
    jurisdictions=("cn",),
    example=(_BOOK, {"": Decimal("0.5")}),
)
def gap_loans(priced: Any) -> Any:
    both = priced.filter(priced.gap_pct.notnull())
    return ratio(where(_is_out(both), ibis.literal(1)).sum(), both.count())


@indicator(
    "PRC-GAP-LOW-LOANS",
    unit="fraction",
    grain="priced",
    en="Loans whose shown annual rate is below the recomputed one by more than the tolerance, over all loans that have "
    "both, by number.",
    zh="展示年化利率低于重算利率且超出容差的贷款笔数占比",
    formula="count of loans where recomputed rate - shown_annual_rate_pct > apr_tolerance_pct / count of loans where "
    "both are known",
    notation="#{j: −g_j > t} / #{j: g_j known}",
    cites=_PBOC,
    confidence=Confidence.SECONDARY,
    jurisdictions=("cn",),
    example=(_BOOK, {"": Decimal("0.25")}),
)
def gap_low_loans(priced: Any) -> Any:
    both = priced.filter(priced.gap_pct.notnull())
    return ratio(where(-both.gap_pct > _tolerance(both), ibis.literal(1)).sum(), both.count())


@indicator(
    "PRC-GAP-KNOWN",
    unit="fraction",
    grain="priced",
    en="Loans whose shown rate can be recomputed: a level monthly schedule with proceeds, instalment and count, and a "
    "method named; over all loans, by number.",
    zh="可重算年化利率的贷款笔数占比",
    formula="count of loans with a shown and a recomputed rate / count of loans",
    notation="#{j: g_j known} / n",
    cites=_PBOC,
    confidence=Confidence.OWN,
    jurisdictions=("cn",),
    example=(_BOOK, {"": Decimal("0.6666666667")}),
)
def gap_known(priced: Any) -> Any:
    return ratio(priced.gap_pct.count(), priced.count())


def _is_out(priced: Any) -> Any:
    return priced.gap_pct.abs() > _tolerance(priced)


def _tolerance(priced: Any) -> Any:
    return in_force(TOLERANCE, "", priced.snapshot_date)
