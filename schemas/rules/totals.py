"""Totals of a delivery against those of the periods before: what jumps and must be explained.

Belongs here: one total at a time, by its median and median absolute deviation. Not here: what is totalled
(``schemas.grains.history``), how one delivery's figures are distributed (``totals_shape``), the numbers
(``schemas/limits/plausibility.toml``). No single loan breaks these rules, so none can be planted in one.
"""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.datatypes as dt

from loantape.declare import Confidence, Rule, Severity
from schemas.grains.history import OPTIONAL
from schemas.rules import CHINA, implies, rule

_METHOD = "Robust outlier of a short series: median and median absolute deviation"
_FIELDS = ("total_value", "median_value", "mad_value", "earlier_count", "total_name")
_SAYS = (
    "{total_name} is {total_value}; median of {earlier_count} periods {median_value}, deviation {mad_value}",
    "{total_name}为{total_value}；前{earlier_count}期中位数{median_value}，绝对中位差{mad_value}",
)
_WIDE = dt.Decimal(38, 6)


def _does_not_jump(code: str, name: str, en: str, zh: str) -> Rule:
    """A total stays within so many robust deviations, or within a fraction of its median where that is more."""
    steady = {"total_name": name, "earlier_count": 6, "median_value": "100", "mad_value": "1"}
    wild = steady | {"mad_value": "10"}

    def holds(total: Any, limits: Any) -> Any:
        return implies(_can_be_judged(total, name, limits), _is_near(total, limits))

    return rule(
        code,
        on="delivery_total",
        jurisdictions=CHINA,
        severity=Severity.WARNING,
        fields=_FIELDS,
        cites=_METHOD,
        confidence=Confidence.OWN,
        en=en,
        zh=zh,
        says=_SAYS,
        # 25 % of the median of 100 is 25; six deviations of 1.4826 times 10 are 88.956
        passes=[
            steady | {"total_value": "125"},
            steady | {"total_value": "75"},
            wild | {"total_value": "188.956"},
            wild | {"total_value": "11.044"},
            steady | {"total_value": "500", "earlier_count": 5},
            steady | {"total_value": "500", "total_name": "other"},
            {"total_name": name, "earlier_count": 0, "total_value": "500"},
            steady | {"total_value": "-125", "median_value": "-100"},
        ],
        fails=[
            steady | {"total_value": "125.000001"},
            steady | {"total_value": "74.999999"},
            wild | {"total_value": "188.956001"},
            wild | {"total_value": "11.043999"},
            steady | {"total_value": "0", "earlier_count": 12},
            steady | {"total_value": "-125.000001", "median_value": "-100"},
            steady | {"total_value": "0.000001", "median_value": "0", "mad_value": "0"},
        ],
    )(holds)


def _can_be_judged(total: Any, name: str, limits: Any) -> Any:
    return (total.total_name == name) & (total.earlier_count >= limits.history_min_periods)


def _is_near(total: Any, limits: Any) -> Any:
    deviations = total.mad_value.cast(_WIDE) * limits.deviation_per_mad * limits.jump_max_deviations
    fraction = total.median_value.abs().cast(_WIDE) * limits.jump_min_fraction
    return (total.total_value - total.median_value).abs() <= ibis.greatest(deviations, fraction)


loans_do_not_jump = _does_not_jump(
    "TOT-001", "loans",
    "The number of loans does not jump.", "贷款笔数不应异常跳变。",
)  # fmt: skip
balance_does_not_jump = _does_not_jump(
    "TOT-002", "balance",
    "The balance of all loans does not jump.", "贷款余额合计不应异常跳变。",
)  # fmt: skip
grants_do_not_jump = _does_not_jump(
    "TOT-003", "granted",
    "What is granted in a period does not jump.", "本期发放金额不应异常跳变。",
)  # fmt: skip
average_loan_does_not_jump = _does_not_jump(
    "TOT-004", "average_loan",
    "The average loan does not jump.", "平均借款金额不应异常跳变。",
)  # fmt: skip
average_rate_does_not_jump = _does_not_jump(
    "TOT-005", "average_rate_pct",
    "The average nominal rate does not jump.", "加权平均名义利率不应异常跳变。",
)  # fmt: skip
overdue_share_does_not_jump = _does_not_jump(
    "TOT-006", "overdue_share_pct",
    "The overdue share of the balance does not jump.", "逾期贷款占比不应异常跳变。",
)  # fmt: skip
bad_share_does_not_jump = _does_not_jump(
    "TOT-007", "bad_share_pct",
    "The share of loans that are substandard or worse does not jump.", "不良贷款占比不应异常跳变。",
)  # fmt: skip
provision_share_does_not_jump = _does_not_jump(
    "TOT-008", "provision_share_pct",
    "The provisions' share of the balance does not jump.", "减值准备占比不应异常跳变。",
)  # fmt: skip


@rule(
    "TOT-009",
    on="delivery_total",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=_FIELDS,
    cites=_METHOD,
    confidence=Confidence.OWN,
    en="The share of loans without an optional field does not jump.",
    zh="可选字段的空值比例不应异常跳变。",
    says=_SAYS,
    passes=[
        {"total_name": "without_birth_year_pct", "total_value": "7", "median_value": "2", "earlier_count": 6},
        {"total_name": "without_birth_year_pct", "total_value": "2", "median_value": "7", "earlier_count": 6},
        {"total_name": "without_birth_year_pct", "total_value": "100", "median_value": "2", "earlier_count": 5},
        {"total_name": "loans", "total_value": "100", "median_value": "2", "earlier_count": 6},
    ],
    fails=[
        {"total_name": f"without_{name}_pct", "total_value": value, "median_value": "20", "earlier_count": 6}
        for name in OPTIONAL
        for value in ("25.000001", "14.999999")
    ],
)
def emptiness_does_not_jump(total: Any, limits: Any) -> Any:
    optional = total.total_name.isin([f"without_{name}_pct" for name in OPTIONAL])
    judged = optional & (total.earlier_count >= limits.history_min_periods)
    return implies(judged, (total.total_value - total.median_value).abs() <= limits.share_jump_max_pct)
