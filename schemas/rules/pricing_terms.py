"""Floating rates and their benchmarks, and rates that look mistaken.

Belongs here: what a floating rate must say, and figures that a person should look at. Not here: what the rates must
agree with (``pricing``) or stay within (``pricing_caps``).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule

# PBoC announcement [2019] No. 30 [B-H]: from this day no new floating-rate loan refers to the lending benchmark
LENDING_BENCHMARK_CLOSED = date(2020, 1, 1)
ENDED = ("LF01", "LF02", "LF04")


@rule(
    "PRC-002",
    on="loan",
    jurisdictions=CHINA,
    fields=("benchmark_pct", "rate_type"),
    cites="PBoC financial base data V2.1, CLGRDK 19",
    confidence=Confidence.PRIMARY,
    en="A fixed rate has no benchmark rate.",
    zh="固定利率贷款不应填报基准利率。",
    says=(
        "rate of kind {rate_type} with a benchmark of {benchmark_pct} %",
        "{rate_type}利率填报了基准{benchmark_pct}%",
    ),
    passes=[
        {"rate_type": "RF01"},
        {"rate_type": "RF02", "benchmark_pct": "3.000000"},
        {"rate_type": "RF02"},
    ],
    fails=[
        {"rate_type": "RF01", "benchmark_pct": "3.000000"},
        {"rate_type": "RF01", "benchmark_pct": "0.000000"},
        {"rate_type": "RF01", "benchmark_pct": "-0.500000"},
    ],
)
def fixed_rate_has_no_benchmark(loan: Any, limits: Any) -> Any:
    return implies(loan.rate_type == "RF01", loan.benchmark_pct.isnull())


@rule(
    "PRC-003",
    on="loan",
    jurisdictions=CHINA,
    fields=("benchmark_pct", "benchmark_type", "rate_type"),
    cites="PBoC financial base data V2.1, CLGRDK 18-19",
    confidence=Confidence.PRIMARY,
    en="A floating rate names its benchmark and the benchmark's rate.",
    zh="浮动利率贷款应填报定价基准类型和基准利率。",
    says=(
        "floating rate ({rate_type}) with benchmark {benchmark_type} of {benchmark_pct} %",
        "浮动利率（{rate_type}）：基准{benchmark_type}，{benchmark_pct}%",
    ),
    passes=[
        {"rate_type": "RF02", "benchmark_type": "TR05", "benchmark_pct": "3.000000"},
        {"rate_type": "RF02", "benchmark_type": "TR99", "benchmark_pct": "0.000000"},
        {"rate_type": "RF01"},
    ],
    fails=[
        {"rate_type": "RF02", "benchmark_type": "TR05"},
        {"rate_type": "RF02", "benchmark_pct": "3.000000"},
        {"rate_type": "RF02"},
    ],
)
def floating_rate_has_a_benchmark(loan: Any, limits: Any) -> Any:
    return implies(loan.rate_type == "RF02", loan.benchmark_type.notnull() & loan.benchmark_pct.notnull())


@rule(
    "PRC-007",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.INFO,
    since="2022-05-01",
    fields=("nominal_annual_pct",),
    cites="EAST 5.0 draft check rules JHGZ3695, JHGZ3727",
    confidence=Confidence.PRIMARY,
    en="The nominal annual rate is between the bounds of the draft EAST check.",
    zh="名义年利率应在EAST草案校验区间内。",
    says=("nominal rate {nominal_annual_pct} %", "名义年利率{nominal_annual_pct}%"),
    passes=[
        {"nominal_annual_pct": "0.000000"},
        {"nominal_annual_pct": "30.000000"},
        {"nominal_annual_pct": "12.600000"},
    ],
    fails=[
        {"nominal_annual_pct": "-0.000001"},
        {"nominal_annual_pct": "30.000001"},
        {"nominal_annual_pct": "1260.000000"},
    ],
)
def nominal_rate_is_plausible(loan: Any, limits: Any) -> Any:
    return loan.nominal_annual_pct.between(limits.nominal_rate_min_pct, limits.nominal_rate_max_pct)


@rule(
    "PRC-022",
    on="loan",
    jurisdictions=CHINA,
    fields=("repricing_date", "rate_type"),
    cites="PBoC financial base data V2.1, CLGRDK 21",
    confidence=Confidence.PRIMARY,
    en="A floating rate says when it is next repriced.",
    zh="浮动利率贷款应填报利率重新定价日。",
    says=("rate of kind {rate_type}, next repricing {repricing_date}", "{rate_type}利率，重新定价日{repricing_date}"),
    passes=[
        {"rate_type": "RF02", "repricing_date": "2027-01-01"},
        {"rate_type": "RF02", "repricing_date": "2026-01-01"},
        {"rate_type": "RF01"},
    ],
    fails=[
        {"rate_type": "RF02"},
        {"rate_type": "RF02", "loan_status": "LS01"},
        {"rate_type": "RF02", "benchmark_type": "TR05", "benchmark_pct": "3.000000"},
    ],
)
def floating_rate_has_a_repricing_date(loan: Any, limits: Any) -> Any:
    return implies(loan.rate_type == "RF02", loan.repricing_date.notnull())


@rule(
    "PRC-023",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("repricing_date", "snapshot_date", "rate_type", "loan_status"),
    cites="PBoC financial base data V2.1, CLGRDK 21: the next repricing lies ahead",
    confidence=Confidence.PRIMARY,
    en="The next repricing of an open floating-rate loan comes after the reporting date.",
    zh="未结清浮动利率贷款的利率重新定价日应晚于报送日期。",
    says=(
        "next repricing {repricing_date}, reported as of {snapshot_date}",
        "重新定价日{repricing_date}，报送日期{snapshot_date}",
    ),
    passes=[
        {
            "rate_type": "RF02",
            "loan_status": "LS01",
            "repricing_date": "2026-11-01",
            "snapshot_date": "2026-10-31",
        },
        {
            "rate_type": "RF02",
            "loan_status": "LF01",
            "repricing_date": "2026-01-01",
            "snapshot_date": "2026-10-31",
        },
        {
            "rate_type": "RF02",
            "loan_status": "LF02",
            "repricing_date": "2026-01-01",
            "snapshot_date": "2026-10-31",
        },
        {
            "rate_type": "RF02",
            "loan_status": "LF04",
            "repricing_date": "2026-01-01",
            "snapshot_date": "2026-10-31",
        },
        {
            "rate_type": "RF01",
            "loan_status": "LS01",
            "repricing_date": "2026-01-01",
            "snapshot_date": "2026-10-31",
        },
    ],
    fails=[
        {
            "rate_type": "RF02",
            "loan_status": "LS01",
            "repricing_date": "2026-10-31",
            "snapshot_date": "2026-10-31",
        },
        {
            "rate_type": "RF02",
            "loan_status": "LS03",
            "repricing_date": "2026-10-30",
            "snapshot_date": "2026-10-31",
        },
        {
            "rate_type": "RF02",
            "loan_status": "LS02",
            "repricing_date": "2025-01-01",
            "snapshot_date": "2026-10-31",
        },
    ],
)
def repricing_lies_ahead(loan: Any, limits: Any) -> Any:
    floating_and_open = (loan.rate_type == "RF02") & ~loan.loan_status.isin(ENDED)
    return implies(floating_and_open, loan.repricing_date > loan.snapshot_date)


@rule(
    "PRC-024",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.INFO,
    since="2022-05-01",
    fields=("benchmark_pct", "benchmark_type"),
    cites="EAST 5.0 draft check rule JHGZ3695, applied to the benchmark",
    confidence=Confidence.OWN,
    en="A benchmark rate is between the bounds that the draft EAST check sets for rates.",
    zh="基准利率应在EAST草案对利率的校验区间内。",
    says=("benchmark {benchmark_type} of {benchmark_pct} %", "基准{benchmark_type}为{benchmark_pct}%"),
    passes=[
        {"benchmark_pct": "0.000000"},
        {"benchmark_pct": "30.000000"},
        {"benchmark_type": "TR05", "benchmark_pct": "3.000000"},
    ],
    fails=[
        {"benchmark_pct": "-0.000001"},
        {"benchmark_pct": "30.000001"},
        {"benchmark_type": "TR05", "benchmark_pct": "300.000000"},
    ],
)
def benchmark_is_plausible(loan: Any, limits: Any) -> Any:
    return loan.benchmark_pct.between(limits.nominal_rate_min_pct, limits.nominal_rate_max_pct)


@rule(
    "PRC-025",
    on="loan",
    jurisdictions=CHINA,
    fields=("benchmark_type", "rate_type", "start_date"),
    cites="PBoC announcement [2019] No. 30: no new floating-rate loan refers to the lending benchmark",
    confidence=Confidence.BACKGROUND_HIGH,
    en="A floating-rate loan granted since 2020 does not refer to the lending benchmark.",
    zh="2020年1月1日起新发放的浮动利率贷款不得参考贷款基准利率定价。",
    says=(
        "benchmark {benchmark_type} of a floating-rate loan granted {start_date}",
        "{start_date}发放的浮动利率贷款参考{benchmark_type}",
    ),
    passes=[
        {"rate_type": "RF02", "start_date": "2019-12-31", "benchmark_type": "TR08"},
        {"rate_type": "RF02", "start_date": "2020-01-01", "benchmark_type": "TR05"},
        {"rate_type": "RF01", "start_date": "2020-01-01", "benchmark_type": "TR08"},
    ],
    fails=[
        {"rate_type": "RF02", "start_date": "2020-01-01", "benchmark_type": "TR08"},
        {"rate_type": "RF02", "start_date": "2020-01-02", "benchmark_type": "TR08"},
        {"rate_type": "RF02", "start_date": "2026-10-01", "benchmark_type": "TR08"},
    ],
)
def lending_benchmark_is_closed(loan: Any, limits: Any) -> Any:
    floating_since = (loan.rate_type == "RF02") & (loan.start_date >= LENDING_BENCHMARK_CLOSED)
    return implies(floating_since, loan.benchmark_type != "TR08")


@rule(
    "PRC-026",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("nominal_annual_pct",),
    cites="Rates are percent: 5.2 % is written 5.2 (PBoC financial base data V2.1, CLGRDK 17)",
    confidence=Confidence.OWN,
    en="A nominal rate above zero is not so small that it looks like a fraction.",
    zh="名义年利率大于零时不应小到疑似按小数填报。",
    says=("nominal rate {nominal_annual_pct} %", "名义年利率{nominal_annual_pct}%"),
    passes=[
        {"nominal_annual_pct": "1.000000"},
        {"nominal_annual_pct": "0.000000"},
        {"nominal_annual_pct": "12.000000"},
    ],
    fails=[
        {"nominal_annual_pct": "0.999999"},
        {"nominal_annual_pct": "0.000001"},
        {"nominal_annual_pct": "0.120000"},
    ],
)
def nominal_rate_is_no_fraction(loan: Any, limits: Any) -> Any:
    return implies(loan.nominal_annual_pct > 0, loan.nominal_annual_pct >= limits.fraction_doubt_pct)


@rule(
    "PRC-027",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("shown_annual_rate_pct",),
    cites="Rates are percent: 5.2 % is written 5.2 (PBoC financial base data V2.1, CLGRDK 17)",
    confidence=Confidence.OWN,
    en="A shown rate above zero is not so small that it looks like a fraction.",
    zh="展示年化利率大于零时不应小到疑似按小数填报。",
    says=("shown {shown_annual_rate_pct} %", "展示年化利率{shown_annual_rate_pct}%"),
    passes=[
        {"shown_annual_rate_pct": "1.000000"},
        {"shown_annual_rate_pct": "0.000000"},
        {"shown_annual_rate_pct": "18.000000"},
    ],
    fails=[
        {"shown_annual_rate_pct": "0.999999"},
        {"shown_annual_rate_pct": "0.000001"},
        {"shown_annual_rate_pct": "0.180000"},
    ],
)
def shown_rate_is_no_fraction(loan: Any, limits: Any) -> Any:
    return implies(loan.shown_annual_rate_pct > 0, loan.shown_annual_rate_pct >= limits.fraction_doubt_pct)


@rule(
    "PRC-028",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.INFO,
    fields=("nominal_annual_pct", "product_name"),
    cites="PBoC announcement [2021] No. 3: a loan without interest is looked at for costs under other names",
    confidence=Confidence.OWN,
    en="The loan bears interest; one that does not is worth knowing.",
    zh="贷款应计息；零利率贷款予以提示。",
    says=("nominal rate {nominal_annual_pct} % of {product_name}", "{product_name}名义年利率{nominal_annual_pct}%"),
    passes=[
        {"nominal_annual_pct": "0.000001"},
        {"nominal_annual_pct": "-0.000001"},
        {"nominal_annual_pct": "12.000000"},
    ],
    fails=[
        {"nominal_annual_pct": "0.000000"},
        {"nominal_annual_pct": "0.000000", "product_name": "示例免息分期"},
        {"nominal_annual_pct": "0.000000", "all_in_cost_pct": "12.000000"},
    ],
)
def loan_bears_interest(loan: Any, limits: Any) -> Any:
    return loan.nominal_annual_pct != 0
