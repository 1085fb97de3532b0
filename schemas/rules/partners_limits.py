"""Limits on the book: how much is lent together with partners, how much is enhanced.

Belongs here: sums over a delivery against capital and against all loans. Not here: shares of one loan (``partners``)
or what one borrower may owe (``products_borrowers``).
"""

from __future__ import annotations

from typing import Any

import ibis.expr.datatypes as dt

from loantape.declare import Confidence
from schemas.rules import CHINA, rule
from schemas.rules.partners import NOTICE_24


# Section 3 reads "与单一合作方（含其关联方）发放的本行贷款余额": the lender's own part of what is lent together [S]
@rule(
    "PTR-006",
    on="partner_group",
    jurisdictions=CHINA,
    lender_types=("BANK",),
    since="2023-06-30",
    fields=("co_funded_own_balance_cny", "tier1_net_cny", "partner_group_id"),
    cites=f"{NOTICE_24}, section 3",
    confidence=Confidence.SECONDARY,
    en="What a bank itself has lent together with one partner and its affiliates stays within its share of net tier-1 "
    "capital.",
    zh="与单一合作方（含其关联方）共同出资的本行贷款余额不得超过一级资本净额的规定比例。",
    says=(
        "own {co_funded_own_balance_cny} yuan together with group {partner_group_id}, net tier-1 capital "
        "{tier1_net_cny}",
        "与合作方集团{partner_group_id}共同出资的本行贷款余额{co_funded_own_balance_cny}元，一级资本净额{tier1_net_cny}元",
    ),
    passes=[
        {"co_funded_own_balance_cny": "25.00", "tier1_net_cny": "100.00"},
        {"co_funded_own_balance_cny": "0", "tier1_net_cny": "0"},
        {"co_funded_own_balance_cny": "25.00"},
    ],
    fails=[
        {"co_funded_own_balance_cny": "25.01", "tier1_net_cny": "100.00"},
        {"co_funded_own_balance_cny": "100.00", "tier1_net_cny": "100.00"},
        {"co_funded_own_balance_cny": "0.01", "tier1_net_cny": "0"},
    ],
)
def partner_group_within_its_share_of_capital(group: Any, limits: Any) -> Any:
    return group.co_funded_own_balance_cny <= exact(group.tier1_net_cny) * limits.partner_group_max_fraction


# Section 4 sets "共同出资发放的互联网贷款余额" against "本行全部贷款余额". The partner's part is not on the bank's
# books, so like is compared with like: the bank's own part with the bank's own loans.
@rule(
    "PTR-007",
    on="delivery",
    jurisdictions=CHINA,
    lender_types=("BANK",),
    since="2023-06-30",
    fields=("co_funded_own_balance_cny", "own_balance_cny"),
    cites=f"{NOTICE_24}, section 4",
    confidence=Confidence.SECONDARY,
    en="What a bank itself has lent together with all partners stays within its share of all its own loans.",
    zh="与全部合作方共同出资的本行互联网贷款余额不得超过本行全部贷款余额的规定比例。",
    says=(
        "own {co_funded_own_balance_cny} yuan together with partners, all own loans {own_balance_cny}",
        "共同出资的本行贷款余额{co_funded_own_balance_cny}元，本行全部贷款余额{own_balance_cny}元",
    ),
    passes=[
        {"co_funded_own_balance_cny": "50.00", "own_balance_cny": "100.00"},
        {"co_funded_own_balance_cny": "0", "own_balance_cny": "0"},
        {"own_balance_cny": "100.00"},
    ],
    fails=[
        {"co_funded_own_balance_cny": "50.01", "own_balance_cny": "100.00"},
        {"co_funded_own_balance_cny": "100.00", "own_balance_cny": "100.00"},
        {"co_funded_own_balance_cny": "0.01", "own_balance_cny": "0"},
    ],
)
def co_lending_within_its_share_of_the_book(delivery: Any, limits: Any) -> Any:
    return delivery.co_funded_own_balance_cny <= exact(delivery.own_balance_cny) * limits.co_funded_max_fraction


@rule(
    "PTR-008",
    on="delivery",
    jurisdictions=CHINA,
    lender_types=("CFC",),
    since="2024-04-18",
    fields=("enhanced_balance_cny", "balance_cny"),
    cites="消费金融公司管理办法 (NFRA 2024 No. 4), article on indicators",
    confidence=Confidence.BACKGROUND_HIGH,
    en="Loans with credit enhancement stay within their share of all loans.",
    zh="担保增信贷款余额不得超过全部贷款余额的规定比例。",
    says=(
        "{enhanced_balance_cny} yuan of enhanced loans, all loans {balance_cny}",
        "担保增信贷款余额{enhanced_balance_cny}元，全部贷款余额{balance_cny}元",
    ),
    passes=[
        {"enhanced_balance_cny": "50.00", "balance_cny": "100.00"},
        {"enhanced_balance_cny": "0", "balance_cny": "0"},
        {"balance_cny": "100.00"},
    ],
    fails=[
        {"enhanced_balance_cny": "50.01", "balance_cny": "100.00"},
        {"enhanced_balance_cny": "100.00", "balance_cny": "100.00"},
        {"enhanced_balance_cny": "0.01", "balance_cny": "0"},
    ],
)
def enhanced_loans_within_their_share(delivery: Any, limits: Any) -> Any:
    return delivery.enhanced_balance_cny <= exact(delivery.balance_cny) * limits.enhanced_max_fraction


def exact(amount: Any) -> Any:
    """A sum of amounts, so that a fraction of it keeps its decimals."""
    return amount.cast(dt.Decimal(38, 2))
