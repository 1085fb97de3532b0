"""Showing the cost before the contract: the sheet, its confirmation, its order in time.

Belongs here: evidence that a borrower saw and confirmed what the loan costs. Not here: whether the cost is right
(``pricing``) or lawful to process (``privacy``).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule

COST_SHEET_IN_FORCE = date(2026, 8, 1)  # 金规〔2026〕2号 [S]; loans granted before are not affected


@rule(
    "DSC-001",
    on="loan_with_disclosure",
    jurisdictions=CHINA,
    since="2026-08-01",
    fields=("start_date", "has_disclosure"),
    cites="金规〔2026〕2号, in force 2026-08-01",
    confidence=Confidence.SECONDARY,
    en="A loan granted since the duty is in force has a cost sheet.",
    zh="规定施行后发放的贷款应有综合融资成本明示表。",
    passes=[
        {"start_date": "2026-08-01", "has_disclosure": True},
        {"start_date": "2026-07-31", "has_disclosure": False},
    ],
    fails=[{"start_date": "2026-08-01", "has_disclosure": False}],
)
def loan_has_a_cost_sheet(loan: Any, limits: Any) -> Any:
    return implies(loan.start_date >= COST_SHEET_IN_FORCE, loan.has_disclosure)


@rule(
    "DSC-002",
    on="disclosure",
    jurisdictions=CHINA,
    fields=("sheet_confirmed_at", "sheet_shown_at"),
    cites="金规〔2026〕2号: shown, read, then confirmed",
    confidence=Confidence.SECONDARY,
    en="The cost sheet is shown before it is confirmed.",
    zh="明示表应先展示后确认。",
    passes=[{"sheet_shown_at": "2026-10-01 10:00:00", "sheet_confirmed_at": "2026-10-01 10:00:01"}],
    fails=[
        {"sheet_shown_at": "2026-10-01 10:00:00", "sheet_confirmed_at": "2026-10-01 10:00:00"},
        {"sheet_shown_at": "2026-10-01 10:00:01", "sheet_confirmed_at": "2026-10-01 10:00:00"},
    ],
)
def shown_before_confirmed(disclosure: Any, limits: Any) -> Any:
    return disclosure.sheet_shown_at < disclosure.sheet_confirmed_at


@rule(
    "DSC-003",
    on="disclosure",
    jurisdictions=CHINA,
    fields=("contract_signed_at", "sheet_confirmed_at"),
    cites="金规〔2026〕2号: confirmed before the contract",
    confidence=Confidence.SECONDARY,
    en="The cost sheet is confirmed before the contract is signed.",
    zh="明示表应在合同签署前确认。",
    passes=[{"sheet_confirmed_at": "2026-10-01 10:00:00", "contract_signed_at": "2026-10-01 10:00:00"}],
    fails=[{"sheet_confirmed_at": "2026-10-01 10:00:01", "contract_signed_at": "2026-10-01 10:00:00"}],
)
def confirmed_before_signed(disclosure: Any, limits: Any) -> Any:
    return disclosure.sheet_confirmed_at <= disclosure.contract_signed_at


@rule(
    "DSC-004",
    on="disclosure",
    jurisdictions=CHINA,
    fields=("is_default_ticked",),
    cites="商业银行互联网贷款管理暂行办法 (银保监会令2020年第9号): no box ticked beforehand",
    confidence=Confidence.BACKGROUND_HIGH,
    en="No box is ticked on the borrower's behalf.",
    zh="不得默认勾选。",
    passes=[{"is_default_ticked": False}],
    fails=[{"is_default_ticked": True}],
)
def nothing_ticked_beforehand(disclosure: Any, limits: Any) -> Any:
    return ~disclosure.is_default_ticked


@rule(
    "DSC-005",
    on="disclosure",
    jurisdictions=CHINA,
    fields=("is_bundled",),
    cites="商业银行互联网贷款管理暂行办法 (银保监会令2020年第9号): no bundling",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The loan is not sold in a bundle.",
    zh="不得捆绑销售。",
    passes=[{"is_bundled": False}],
    fails=[{"is_bundled": True}],
)
def not_sold_in_a_bundle(disclosure: Any, limits: Any) -> Any:
    return ~disclosure.is_bundled


@rule(
    "DSC-006",
    on="disclosure_with_loan",
    jurisdictions=CHINA,
    fields=("sheet_total_annual_pct", "loan_all_in_cost_pct"),
    cites="金规〔2026〕2号: the sheet shows the annual all-in cost of the loan",
    confidence=Confidence.SECONDARY,
    en="The cost sheet shows the loan's annual all-in cost.",
    zh="明示表所列年化综合融资成本应与贷款一致。",
    passes=[
        {"sheet_total_annual_pct": "18.010000", "loan_all_in_cost_pct": "18.000000"},
        {"sheet_total_annual_pct": "17.990000", "loan_all_in_cost_pct": "18.000000"},
    ],
    fails=[
        {"sheet_total_annual_pct": "18.010001", "loan_all_in_cost_pct": "18.000000"},
        {"sheet_total_annual_pct": "17.989999", "loan_all_in_cost_pct": "18.000000"},
    ],
)
def sheet_shows_the_cost(disclosure: Any, limits: Any) -> Any:
    return (disclosure.sheet_total_annual_pct - disclosure.loan_all_in_cost_pct).abs() <= limits.fee_sum_tolerance_pct


@rule(
    "DSC-007",
    on="disclosure",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    since="2026-08-01",
    fields=("read_seconds",),
    cites="金规〔2026〕2号: forced reading time; the official number of seconds was not found",
    confidence=Confidence.SECONDARY,
    en="The borrower had to read the cost sheet for a time.",
    zh="明示表应设置强制阅读时间。",
    passes=[{"read_seconds": 1}],
    fails=[{"read_seconds": 0}],
)
def sheet_was_read(disclosure: Any, limits: Any) -> Any:
    return disclosure.read_seconds >= limits.read_seconds_min


@rule(
    "DSC-008",
    on="disclosure",
    jurisdictions=CHINA,
    fields=("sheet_confirmed_at", "contract_signed_at"),
    cites="金规〔2026〕2号: no contract without a confirmed sheet",
    confidence=Confidence.SECONDARY,
    en="A signed contract has a confirmed cost sheet.",
    zh="已签署合同的明示表应有确认时间。",
    passes=[
        {"contract_signed_at": "2026-10-01 10:00:00", "sheet_confirmed_at": "2026-10-01 09:59:00"},
        {"sheet_shown_at": "2026-10-01 09:59:00"},
    ],
    fails=[{"contract_signed_at": "2026-10-01 10:00:00"}],
)
def signed_means_confirmed(disclosure: Any, limits: Any) -> Any:
    return implies(disclosure.contract_signed_at.notnull(), disclosure.sheet_confirmed_at.notnull())
