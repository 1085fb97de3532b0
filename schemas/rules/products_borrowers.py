"""How much one borrower, or a group of connected borrowers, may owe a lender over all their loans.

Belongs here: sums over borrowers and groups against the law's caps. Not here: caps on a single loan (``products``),
limits on partners (``partners_limits``).
"""

from __future__ import annotations

from typing import Any

import ibis.expr.datatypes as dt

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule
from schemas.rules.products import MEASURES_9

CFC = "消费金融公司管理办法 (NFRA 2024 No. 4)"
MICRO = "小额贷款公司监督管理暂行办法, figures read in the draft of August 2024"
MICRO_SINCE = "2024-12-31"


@rule(
    "PRD-020",
    on="loan_with_borrower",
    jurisdictions=CHINA,
    since="2020-07-17",
    fields=("borrower_internet_balance_cny", "balance_cny"),
    cites=f"{MEASURES_9}, art. 6: the line for consumption is per borrower",
    confidence=Confidence.BACKGROUND_HIGH,
    en="All internet consumer loans of one borrower together stay within the cap per borrower.",
    zh="同一借款人的互联网消费贷款余额合计不得超过单户上限。",
    says=(
        "the borrower owes {borrower_internet_balance_cny} yuan on internet consumer loans, {balance_cny} on this one",
        "借款人互联网消费贷款余额合计{borrower_internet_balance_cny}元，其中本笔{balance_cny}元",
    ),
    passes=[
        {"borrower_internet_balance_cny": "200000.00"},
        {"borrower_internet_balance_cny": "199999.99", "balance_cny": "100.00"},
        {"balance_cny": "200000.01"},
    ],
    fails=[
        {"borrower_internet_balance_cny": "200000.01"},
        {"borrower_internet_balance_cny": "200000.01", "balance_cny": "100.00"},
        {"borrower_internet_balance_cny": "1000000.00", "balance_cny": "200000.00"},
    ],
)
def internet_loans_of_a_borrower_are_small(loan: Any, limits: Any) -> Any:
    return loan.borrower_internet_balance_cny <= limits.internet_credit_limit_max_amount


@rule(
    "PRD-021",
    on="loan_with_borrower",
    jurisdictions=CHINA,
    lender_types=("CFC",),
    since="2024-04-18",
    fields=("borrower_consumer_balance_cny", "balance_cny"),
    cites=f"{CFC}: consumer loans of one borrower",
    confidence=Confidence.BACKGROUND_HIGH,
    en="All consumer loans of one borrower of a consumer finance company stay within its cap.",
    zh="消费金融公司单一借款人的消费贷款余额合计不得超过上限。",
    says=(
        "the borrower owes {borrower_consumer_balance_cny} yuan on consumer loans, {balance_cny} on this one",
        "借款人消费贷款余额合计{borrower_consumer_balance_cny}元，其中本笔{balance_cny}元",
    ),
    passes=[
        {"borrower_consumer_balance_cny": "200000.00"},
        {"borrower_consumer_balance_cny": "199999.99", "balance_cny": "100.00"},
        {"balance_cny": "200000.01"},
    ],
    fails=[
        {"borrower_consumer_balance_cny": "200000.01"},
        {"borrower_consumer_balance_cny": "200000.01", "balance_cny": "100.00"},
        {"borrower_consumer_balance_cny": "1000000.00", "balance_cny": "200000.00"},
    ],
)
def consumer_loans_of_a_borrower_are_small(loan: Any, limits: Any) -> Any:
    return loan.borrower_consumer_balance_cny <= limits.cfc_borrower_max_amount


@rule(
    "PRD-022",
    on="loan_with_borrower",
    jurisdictions=CHINA,
    lender_types=("MICRO",),
    since=MICRO_SINCE,
    fields=("borrower_balance_cny", "net_assets_cny"),
    cites=f"{MICRO}: one borrower",
    confidence=Confidence.BACKGROUND_HIGH,
    en="What one borrower owes a small-loan company stays within its share of net assets.",
    zh="小额贷款公司对同一借款人的贷款余额不得超过净资产的规定比例。",
    says=(
        "the borrower owes {borrower_balance_cny} yuan, net assets {net_assets_cny}",
        "借款人余额合计{borrower_balance_cny}元，净资产{net_assets_cny}元",
    ),
    passes=[
        {"borrower_balance_cny": "10.00", "net_assets_cny": "100.00"},
        {"borrower_balance_cny": "0", "net_assets_cny": "0"},
        {"borrower_balance_cny": "10.00"},
    ],
    fails=[
        {"borrower_balance_cny": "10.01", "net_assets_cny": "100.00"},
        {"borrower_balance_cny": "100.00", "net_assets_cny": "100.00"},
        {"borrower_balance_cny": "0.01", "net_assets_cny": "-100.00"},
    ],
)
def borrower_within_share_of_net_assets(loan: Any, limits: Any) -> Any:
    return loan.borrower_balance_cny <= loan.net_assets_cny.cast(dt.Decimal(38, 2)) * limits.micro_borrower_max_fraction


@rule(
    "PRD-023",
    on="loan_with_borrower",
    jurisdictions=CHINA,
    lender_types=("MICRO",),
    since=MICRO_SINCE,
    fields=("group_balance_cny", "net_assets_cny", "connected_group_id"),
    cites=f"{MICRO}: one borrower and affiliates",
    confidence=Confidence.BACKGROUND_HIGH,
    en="What connected borrowers together owe a small-loan company stays within their share of net assets.",
    zh="小额贷款公司对同一借款人及其关联方的贷款余额不得超过净资产的规定比例。",
    says=(
        "group {connected_group_id} owes {group_balance_cny} yuan, net assets {net_assets_cny}",
        "关联客户组{connected_group_id}余额合计{group_balance_cny}元，净资产{net_assets_cny}元",
    ),
    passes=[
        {"group_balance_cny": "15.00", "net_assets_cny": "100.00"},
        {"group_balance_cny": "0", "net_assets_cny": "0"},
        {"group_balance_cny": "15.00"},
    ],
    fails=[
        {"group_balance_cny": "15.01", "net_assets_cny": "100.00"},
        {"group_balance_cny": "100.00", "net_assets_cny": "100.00"},
        {"group_balance_cny": "0.01", "net_assets_cny": "-100.00"},
    ],
)
def group_within_share_of_net_assets(loan: Any, limits: Any) -> Any:
    return loan.group_balance_cny <= loan.net_assets_cny.cast(dt.Decimal(38, 2)) * limits.micro_group_max_fraction


@rule(
    "PRD-024",
    on="loan_with_borrower",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    lender_types=("MICRO",),
    since=MICRO_SINCE,
    fields=("borrower_consumer_balance_cny", "balance_cny", "is_internet_loan"),
    cites=f"{MICRO}: network small loans for consumption, per household",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The network small loans of one borrower for consumption stay within the cap per household.",
    zh="网络小额贷款用于消费的单户余额不得超过上限。",
    says=(
        "the borrower owes {borrower_consumer_balance_cny} yuan for consumption, {balance_cny} on this loan",
        "借款人消费类余额合计{borrower_consumer_balance_cny}元，其中本笔{balance_cny}元",
    ),
    passes=[
        {"is_internet_loan": True, "borrower_consumer_balance_cny": "200000.00"},
        {"is_internet_loan": False, "borrower_consumer_balance_cny": "200000.01"},
        {"is_internet_loan": True, "balance_cny": "200000.01"},
    ],
    fails=[
        {"is_internet_loan": True, "borrower_consumer_balance_cny": "200000.01"},
        {"is_internet_loan": True, "borrower_consumer_balance_cny": "200000.01", "balance_cny": "1"},
        {"is_internet_loan": True, "borrower_consumer_balance_cny": "1000000.00", "balance_cny": "1"},
    ],
)
def network_loans_for_consumption_are_small(loan: Any, limits: Any) -> Any:
    return implies(loan.is_internet_loan, loan.borrower_consumer_balance_cny <= limits.micro_consumer_max_amount)


@rule(
    "PRD-025",
    on="loan_with_borrower",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    lender_types=("MICRO",),
    since=MICRO_SINCE,
    fields=("borrower_business_balance_cny", "balance_cny", "is_internet_loan"),
    cites=f"{MICRO}: network small loans for business, per household",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The network small loans of one borrower for business stay within the cap per household.",
    zh="网络小额贷款用于生产经营的单户余额不得超过上限。",
    says=(
        "the borrower owes {borrower_business_balance_cny} yuan for business, {balance_cny} on this loan",
        "借款人经营类余额合计{borrower_business_balance_cny}元，其中本笔{balance_cny}元",
    ),
    passes=[
        {"is_internet_loan": True, "borrower_business_balance_cny": "10000000.00"},
        {"is_internet_loan": False, "borrower_business_balance_cny": "10000000.01"},
        {"is_internet_loan": True, "balance_cny": "10000000.01"},
    ],
    fails=[
        {"is_internet_loan": True, "borrower_business_balance_cny": "10000000.01"},
        {"is_internet_loan": True, "borrower_business_balance_cny": "10000000.01", "balance_cny": "1"},
        {"is_internet_loan": True, "borrower_business_balance_cny": "20000000.00", "balance_cny": "1"},
    ],
)
def network_loans_for_business_are_bounded(loan: Any, limits: Any) -> Any:
    return implies(loan.is_internet_loan, loan.borrower_business_balance_cny <= limits.micro_business_max_amount)
