"""The cost items on the sheet: that all of them are on it, and what each must say.

Belongs here: their number, and presence of what the sheet shows per item. Not here: whether an item is right
(``pricing_items``, ``pricing_amounts``, ``pricing_collectors``).
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule
from schemas.rules.disclosure import COST_SHEET_IN_FORCE


@rule(
    "DSC-040",
    on="fee_with_loan",
    jurisdictions=CHINA,
    since="2026-08-01",
    fields=(
        "collector_name",
        "fee_item_name",
        "loan_start_date",
    ),
    cites="金规〔2026〕2号: the collecting entity of each item",
    confidence=Confidence.SECONDARY,
    en="Each cost item names who collects it.",
    zh="每项息费应列明收取主体。",
    says=(
        "{fee_item_name} of a loan granted {loan_start_date}, collected by {collector_name}",
        "{loan_start_date}发放贷款的{fee_item_name}，收取主体{collector_name}",
    ),
    passes=[
        {"loan_start_date": "2026-08-01", "collector_name": "示例银行"},
        {"loan_start_date": "2026-07-31"},
        {"loan_start_date": "2026-10-31", "collector_name": "示例融资担保有限公司"},
    ],
    fails=[
        {"loan_start_date": "2026-08-01"},
        {"loan_start_date": "2026-08-02", "collector_type": "LENDER"},
        {"loan_start_date": "2026-10-31", "fee_item_name": "担保费"},
    ],
)
def item_names_its_collector(fee: Any, limits: Any) -> Any:
    return implies(fee.loan_start_date >= COST_SHEET_IN_FORCE, fee.collector_name.notnull())


@rule(
    "DSC-041",
    on="fee_with_loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    since="2026-08-01",
    fields=(
        "collector_uscc",
        "collector_name",
        "loan_start_date",
    ),
    cites="金规〔2026〕2号: the collecting entity of each item",
    confidence=Confidence.SECONDARY,
    en="Each cost item gives the code of who collects it.",
    zh="每项息费应填报收取主体代码。",
    says=(
        "{collector_name}, code {collector_uscc}; the loan was granted {loan_start_date}",
        "{loan_start_date}发放，收取主体{collector_name}，代码{collector_uscc}",
    ),
    passes=[
        {"loan_start_date": "2026-08-01", "collector_uscc": "91100000100003962T"},
        {"loan_start_date": "2026-07-31"},
        {"loan_start_date": "2026-10-31", "collector_uscc": "91100000100003962T"},
    ],
    fails=[
        {"loan_start_date": "2026-08-01"},
        {"loan_start_date": "2026-08-02", "collector_name": "示例银行"},
        {"loan_start_date": "2026-10-31", "collector_type": "LENDER"},
    ],
)
def item_gives_its_collectors_code(fee: Any, limits: Any) -> Any:
    return implies(fee.loan_start_date >= COST_SHEET_IN_FORCE, fee.collector_uscc.notnull())


@rule(
    "DSC-042",
    on="fee_with_loan",
    jurisdictions=CHINA,
    since="2026-08-01",
    fields=(
        "fee_standard_pct",
        "fee_amount",
        "loan_start_date",
    ),
    cites="金规〔2026〕2号: the rate or standard of each item",
    confidence=Confidence.SECONDARY,
    en="Each cost item says its standard or its amount.",
    zh="每项息费应列明收取标准或金额。",
    says=(
        "standard {fee_standard_pct}, amount {fee_amount}; the loan was granted {loan_start_date}",
        "{loan_start_date}发放，收取标准{fee_standard_pct}，金额{fee_amount}",
    ),
    passes=[
        {"loan_start_date": "2026-08-01", "fee_standard_pct": "18.000000"},
        {"loan_start_date": "2026-08-01", "fee_amount": "10.00"},
        {"loan_start_date": "2026-07-31"},
    ],
    fails=[
        {"loan_start_date": "2026-08-01"},
        {"loan_start_date": "2026-08-02", "fee_type": "PENALTY"},
        {"loan_start_date": "2026-10-31", "fee_annual_pct": "18.000000"},
    ],
)
def item_says_its_standard(fee: Any, limits: Any) -> Any:
    said = fee.fee_standard_pct.notnull() | fee.fee_amount.notnull()
    return implies(fee.loan_start_date >= COST_SHEET_IN_FORCE, said)


@rule(
    "DSC-043",
    on="fee_with_loan",
    jurisdictions=CHINA,
    since="2026-08-01",
    fields=(
        "fee_annual_pct",
        "fee_case",
        "loan_start_date",
    ),
    cites="金规〔2026〕2号: each item's standard converted to a year",
    confidence=Confidence.SECONDARY,
    en="Each cost item of normal performance is converted to a year.",
    zh="正常履约的每项息费应折算年化。",
    says=(
        "item of {fee_case} performance, {fee_annual_pct} a year; the loan was granted {loan_start_date}",
        "{loan_start_date}发放，{fee_case}项目年化{fee_annual_pct}",
    ),
    passes=[
        {"loan_start_date": "2026-08-01", "fee_case": "NORMAL", "fee_annual_pct": "0.000000"},
        {"loan_start_date": "2026-08-01", "fee_case": "DEFAULT"},
        {"loan_start_date": "2026-07-31", "fee_case": "NORMAL"},
    ],
    fails=[
        {"loan_start_date": "2026-08-01", "fee_case": "NORMAL"},
        {"loan_start_date": "2026-08-02", "fee_case": "NORMAL"},
        {"loan_start_date": "2026-10-31", "fee_case": "NORMAL", "fee_standard_pct": "1.000000"},
    ],
)
def normal_item_is_converted(fee: Any, limits: Any) -> Any:
    normal = (fee.loan_start_date >= COST_SHEET_IN_FORCE) & (fee.fee_case == "NORMAL")
    return implies(normal, fee.fee_annual_pct.notnull())


@rule(
    "DSC-044",
    on="fee_with_loan",
    jurisdictions=CHINA,
    since="2026-08-01",
    fields=(
        "fee_trigger",
        "fee_case",
        "loan_start_date",
    ),
    cites="金规〔2026〕2号: what makes a contingent item fall due",
    confidence=Confidence.SECONDARY,
    en="Each cost item on default says what makes it fall due.",
    zh="每个违约项目应列明触发情形。",
    says=(
        "item on {fee_case}, trigger {fee_trigger}; the loan was granted {loan_start_date}",
        "{loan_start_date}发放，{fee_case}项目触发情形：{fee_trigger}",
    ),
    passes=[
        {"loan_start_date": "2026-08-01", "fee_case": "DEFAULT", "fee_trigger": "未按约定日期足额还款"},
        {"loan_start_date": "2026-08-01", "fee_case": "NORMAL"},
        {"loan_start_date": "2026-07-31", "fee_case": "DEFAULT"},
    ],
    fails=[
        {"loan_start_date": "2026-08-01", "fee_case": "DEFAULT"},
        {"loan_start_date": "2026-08-02", "fee_case": "DEFAULT"},
        {"loan_start_date": "2026-10-31", "fee_case": "DEFAULT", "fee_type": "PENALTY"},
    ],
)
def default_item_says_its_trigger(fee: Any, limits: Any) -> Any:
    on_default = (fee.loan_start_date >= COST_SHEET_IN_FORCE) & (fee.fee_case == "DEFAULT")
    return implies(on_default, fee.fee_trigger.notnull())


@rule(
    "DSC-022",
    on="disclosure_with_loan",
    jurisdictions=CHINA,
    fields=(
        "normal_item_count",
        "normal_fee_count",
    ),
    cites="金规〔2026〕2号: each item of normal performance stands on the sheet",
    confidence=Confidence.SECONDARY,
    en="The cost sheet lists every cost item of normal performance.",
    zh="明示表应列明全部正常履约项目。",
    says=(
        "{normal_item_count} items on the sheet, the loan has {normal_fee_count}",
        "明示表列正常履约项目{normal_item_count}项，贷款有{normal_fee_count}项",
    ),
    passes=[
        {"normal_item_count": 3, "normal_fee_count": 3},
        {"normal_item_count": 1, "normal_fee_count": 1},
        {"normal_item_count": 2},
    ],
    fails=[
        {"normal_item_count": 2, "normal_fee_count": 3},
        {"normal_item_count": 4, "normal_fee_count": 3},
        {"normal_item_count": 0, "normal_fee_count": 1},
    ],
)
def sheet_lists_normal_items(disclosure: Any, limits: Any) -> Any:
    return disclosure.normal_item_count == disclosure.normal_fee_count


@rule(
    "DSC-023",
    on="disclosure_with_loan",
    jurisdictions=CHINA,
    fields=(
        "default_item_count",
        "default_fee_count",
    ),
    cites="金规〔2026〕2号: each item on default stands on the sheet",
    confidence=Confidence.SECONDARY,
    en="The cost sheet lists every cost item on default.",
    zh="明示表应列明全部违约项目。",
    says=(
        "{default_item_count} items on the sheet, the loan has {default_fee_count}",
        "明示表列违约项目{default_item_count}项，贷款有{default_fee_count}项",
    ),
    passes=[
        {"default_item_count": 3, "default_fee_count": 3},
        {"default_item_count": 1, "default_fee_count": 1},
        {"default_item_count": 2},
    ],
    fails=[
        {"default_item_count": 2, "default_fee_count": 3},
        {"default_item_count": 4, "default_fee_count": 3},
        {"default_item_count": 0, "default_fee_count": 1},
    ],
)
def sheet_lists_default_items(disclosure: Any, limits: Any) -> Any:
    return disclosure.default_item_count == disclosure.default_fee_count


@rule(
    "DSC-024",
    on="disclosure_with_loan",
    jurisdictions=CHINA,
    fields=(
        "default_item_count",
        "loan_penalty_rate_pct",
    ),
    cites="金规〔2026〕2号: contingent items on default stand on the sheet",
    confidence=Confidence.SECONDARY,
    en="The cost sheet of a loan with a penalty rate lists items on default.",
    zh="有罚息利率的贷款，明示表应列明违约项目。",
    says=(
        "penalty rate {loan_penalty_rate_pct} %, {default_item_count} items on default",
        "罚息利率{loan_penalty_rate_pct}%，违约项目{default_item_count}项",
    ),
    passes=[
        {"loan_penalty_rate_pct": "18.000000", "default_item_count": 1},
        {"loan_penalty_rate_pct": "0.000000", "default_item_count": 0},
        {"loan_penalty_rate_pct": "0.000001", "default_item_count": 2},
    ],
    fails=[
        {"loan_penalty_rate_pct": "18.000000", "default_item_count": 0},
        {"loan_penalty_rate_pct": "0.000001", "default_item_count": 0},
        {"loan_penalty_rate_pct": "24.000000", "default_item_count": 0, "normal_item_count": 3},
    ],
)
def sheet_warns_of_default(disclosure: Any, limits: Any) -> Any:
    return implies(disclosure.loan_penalty_rate_pct > 0, disclosure.default_item_count > 0)


@rule(
    "DSC-025",
    on="disclosure",
    jurisdictions=CHINA,
    fields=(
        "normal_item_count",
        "sheet_total_annual_pct",
    ),
    cites="金规〔2026〕2号: each item of interest and fees",
    confidence=Confidence.SECONDARY,
    en="A cost sheet with a cost lists items of normal performance.",
    zh="综合融资成本大于零的明示表应列明正常履约项目。",
    says=(
        "annual cost {sheet_total_annual_pct} %, {normal_item_count} items",
        "年化综合融资成本{sheet_total_annual_pct}%，正常履约项目{normal_item_count}项",
    ),
    passes=[
        {"sheet_total_annual_pct": "18.000000", "normal_item_count": 1},
        {"sheet_total_annual_pct": "0.000000", "normal_item_count": 0},
        {"sheet_total_annual_pct": "0.000001", "normal_item_count": 2},
    ],
    fails=[
        {"sheet_total_annual_pct": "18.000000", "normal_item_count": 0},
        {"sheet_total_annual_pct": "0.000001", "normal_item_count": 0},
        {"sheet_total_annual_pct": "24.000000", "normal_item_count": 0, "default_item_count": 1},
    ],
)
def cost_has_items(disclosure: Any, limits: Any) -> Any:
    return implies(disclosure.sheet_total_annual_pct > 0, disclosure.normal_item_count > 0)
