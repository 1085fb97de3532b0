"""Loans that cost more than a line allows, by balance and by number.

Belongs here: the share of loans above each line. Not here: the lines (schemas/limits) or which loan breaks which
(schemas/rules/pricing_caps.py). A line is the one in force for the lender's kind on the day of grant; a loan for which
none was, or whose line is not known, is neither above nor in the whole. A loan that does not say what it costs is above
no line and in the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import ibis

from loantape.declare import Confidence, Indicator
from transforms import Rows, indicator, ratio, rows, where
from transforms.dated import in_force, multiple_in_force
from transforms.reading import reading

HIGH_COST_PCT = 24  # where a court reduces on request; the line most caps name
_PRODUCT = "decimal(38, 8)"
_CASES = {  # every line is tried on these loans; the last is closed
    "loan": rows(
        "lender_type start_date balance_amount all_in_cost_pct penalty_rate_pct nominal_annual_pct benchmark_type "
        "benchmark_pct loan_status",
        ("BANK", "2026-05-01", 500, 24, "24", 16, None, None, "LS01"),
        ("BANK", "2026-05-01", 300, "24.000001", "24.1", "16.06", None, None, "LS01"),
        ("BANK", "2025-09-30", 100, 36, 36, 18, None, None, "LS01"),
        ("BANK", "2025-12-20", 60, "12.5", None, 12, None, None, "LS03"),
        ("BANK", "2026-05-01", 40, "10.8", 15, 10, "TR05", "2.7", "LS03"),
        ("BANK", "2026-05-01", 900, None, None, None, None, None, "LS01"),
        ("BANK", "2026-05-01", 0, 48, 48, 48, None, None, "LF01"),
    )
}


@dataclass(frozen=True)
class Line:
    """What a loan costs and what it may cost, both columns of ``stock``; ``over`` is what the example gives."""

    code: str
    cost: Callable[[Any], Any]
    line: Callable[[Any], Any]
    en: str
    zh: str
    formula: str
    cites: str
    confidence: Confidence
    over: Mapping[str, Decimal]  # by balance, and by loans
    example: Mapping[str, Rows]


def _of_kind(limit: str) -> Callable[[Any], Any]:
    return lambda stock: in_force(limit, stock.lender_type, stock.start_date)


def _lpr(stock: Any) -> Any:
    """The one-year LPR on the day of grant, or where nobody read that fixing the one that the contract names."""
    fixing = in_force("lpr_1y_pct", "", stock.start_date).cast(_PRODUCT)
    return ibis.coalesce(fixing, ibis.cases((stock.benchmark_type == "TR05", stock.benchmark_pct)).cast(_PRODUCT))


def _times_the_lpr(stock: Any) -> Any:
    return _lpr(stock) * in_force("private_lending_lpr_multiple", "", stock.start_date).cast(_PRODUCT)


def _small_loan_line(stock: Any) -> Any:
    return _lpr(stock) * multiple_in_force("micro_lpr_cap_pct", stock.lender_type, stock.start_date).cast(_PRODUCT)


def _penalty_line(stock: Any) -> Any:
    return stock.nominal_annual_pct.cast(_PRODUCT) * in_force("penalty_multiple", "", stock.start_date).cast(_PRODUCT)


def _all_in(stock: Any) -> Any:
    return stock.all_in_cost_pct


def _penalty(stock: Any) -> Any:
    return stock.penalty_rate_pct


LINES: tuple[Line, ...] = (
    Line(
        "24",
        _all_in,
        lambda stock: ibis.literal(HIGH_COST_PCT),
        "an annual all-in cost above 24 percent",
        "年化综合融资成本高于24%",
        "all_in_cost_pct > 24",
        "法发〔2017〕22号",
        Confidence.BACKGROUND_HIGH,
        {"": Decimal("0.2105263158"), "LOANS": Decimal("0.3333333333")},
        _CASES,
    ),
    Line(
        "CAP",
        _all_in,
        _of_kind("all_in_cost_cap_pct"),
        "an annual all-in cost above the cap for the lender's kind",
        "年化综合融资成本高于该类机构上限",
        "all_in_cost_pct > all_in_cost_cap_pct",
        "金规〔2025〕9号; 小额贷款公司综合融资成本管理工作指引; 法发〔2017〕22号",
        Confidence.SECONDARY,
        {"": Decimal("0.1666666667"), "LOANS": Decimal("0.2")},
        _CASES,
    ),
    Line(
        "4LPR",
        _all_in,
        _times_the_lpr,
        "an annual all-in cost above four times the one-year LPR, the line for private lending that licensed lenders "
        "are measured by but not bound to",
        "年化综合融资成本高于一年期LPR四倍（民间借贷司法保护上限，持牌机构不适用，仅供参照）",
        "all_in_cost_pct > private_lending_lpr_multiple x lpr_1y_pct, or x the LPR that the contract names",
        "法释〔2020〕6号, amended by 法释〔2020〕17号",
        Confidence.BACKGROUND_HIGH,
        {"": Decimal("0.6"), "LOANS": Decimal("0.5")},
        _CASES,
    ),
    Line(
        "MICRO-4LPR",
        _all_in,
        _small_loan_line,
        "an annual all-in cost above four times the one-year LPR, the line for small-loan companies from the end of "
        "2027",
        "年化综合融资成本高于一年期LPR四倍（小额贷款公司自2027年底起适用）",
        "all_in_cost_pct > micro_lpr_cap_pct x lpr_1y_pct, or x the LPR that the contract names",
        "小额贷款公司综合融资成本管理工作指引",
        Confidence.SECONDARY,
        {"": Decimal("0.4"), "LOANS": Decimal("0.5")},
        {
            "loan": rows(
                "lender_type start_date balance_amount all_in_cost_pct benchmark_type benchmark_pct",
                ("MICRO", "2027-12-31", 400, "12.000001", "TR05", 3),
                ("MICRO", "2027-12-31", 600, 12, "TR05", 3),
                ("MICRO", "2027-12-31", 500, 24, None, None),
                ("MICRO", "2027-12-30", 300, 24, "TR05", 3),
            )
        },
    ),
    Line(
        "PENALTY",
        _penalty,
        _penalty_line,
        "a penalty rate above the permitted multiple of the contract rate",
        "罚息利率高于合同利率规定倍数",
        "penalty_rate_pct > nominal_annual_pct x penalty_multiple",
        "银发〔2003〕251号",
        Confidence.BACKGROUND_HIGH,
        {"": Decimal("0.4"), "LOANS": Decimal("0.4")},
        _CASES,
    ),
    Line(
        "JUDICIAL",
        _penalty,
        lambda stock: in_force("judicial_total_cost_pct", "", stock.start_date),
        "a penalty rate above the line up to which courts leave a financial loan's whole cost",
        "罚息利率高于金融借款司法调减线",
        "penalty_rate_pct > judicial_total_cost_pct",
        "法发〔2017〕22号",
        Confidence.BACKGROUND_HIGH,
        {"": Decimal("0.2105263158"), "LOANS": Decimal("0.3333333333")},
        _CASES,
    ),
)


def _declared(line: Line, suffix: str) -> Indicator:
    by_loans = suffix == "LOANS"

    def body(stock: Any) -> Any:
        subject = stock.filter(line.line(stock).notnull())
        weight = ibis.literal(1) if by_loans else subject.balance
        whole = subject.count() if by_loans else subject.balance.sum()
        return ratio(where(line.cost(subject) > line.line(subject), weight).sum(), whole)

    counted, counted_zh = ("number of loans", "笔数") if by_loans else ("balance", "余额")
    return indicator(
        "-".join(part for part in ("PRC-OVER", line.code, suffix) if part),
        unit="fraction",
        grain="stock",
        en=f"Loans with {line.en}, over all loans that the line is in force for, by {counted}.",
        zh=f"{line.zh}的贷款{counted_zh}占比",
        formula=f"{counted} where {line.formula} in force on start_date / {counted} where such a line was in force",
        notation="#{j: c_j > l_j} / #{j: l_j known}" if by_loans else "Σ_{c_j > l_j} x_j / Σ_{l_j known} x_j",
        cites=line.cites,
        confidence=line.confidence,
        jurisdictions=("cn",),
        example=(line.example, {"": line.over[suffix]}),
    )(reading(body, "stock"))


CAPS = tuple(_declared(line, suffix) for line in LINES for suffix in ("", "LOANS"))
