"""Prepared grains: tape tables narrowed, joined or both, so that an indicator stays one sentence.

Belongs here: what several indicators mean by the same words ("loans on the books", "co-funded loans"). Not here: any
number. Only the columns that indicators use are carried, which keeps the compiled SQL short.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ibis

from transforms import grains_concentration, grains_conduct, grains_delinquency
from transforms.grains_delinquency import CLOSED_PREFIX

_STOCK_FIELDS = (
    "iou_no",
    "snapshot_date",
    "lender_type",
    "lender_region",
    "start_date",
    "currency",
    "balance_amount",
    "nominal_annual_pct",
    "benchmark_type",
    "benchmark_pct",
    "shown_annual_rate_pct",
    "shown_method",
    "all_in_cost_pct",
    "penalty_rate_pct",
    "days_past_due",
    "overdue_1104_amount",
    "five_class",
    "provision_amount",
    "loan_status",
    "extension_count",
    "is_restructured",
    "restructured_on",
    "product_name",
    "product_class",
    "is_internet_loan",
    "is_credit_reported",
    "borrower_pid",
    "connected_group_id",
    "borrower_region",
    "apply_region",
    "channel",
    "coop_mode",
    "partner_agreement_no",
    "partner_share_fraction",
    "own_balance_amount",
    "enhancer_type",
    "enhancer_uscc",
    "enhanced_amount",
)
_SUM = "decimal(38, 2)"
_FACTOR = "decimal(28, 8)"


def stock(tape: Mapping[str, Any]) -> Any:
    """One row per loan on the books: every loan but those settled, written off or transferred (status LF..).

    A loan without a status stays in: the tape does not say that it is closed. ``balance`` is the principal in yuan
    where the tape gives it, otherwise in the loan's currency; ``own_balance`` is the part that the lender funds.
    """
    loan = tape["loan"]
    on_books = loan.filter(~loan.loan_status.fill_null("").startswith(CLOSED_PREFIX))
    balance = ibis.coalesce(on_books.balance_cny, on_books.balance_amount)
    return on_books.select(*rows_of(loan), *_STOCK_FIELDS, balance=balance, own_balance=_own_part(on_books, balance))


def rows_of(table: Any) -> list[str]:
    """The column that says which row of the tape this is, where there is one, so that a number leads to its loans."""
    return [name for name in table.columns if name.endswith("loan_row")]


def _own_part(loan: Any, balance: Any) -> Any:
    """What a loan puts on the lender's own books, as rules on partners have it; all of it where no part is known."""
    stated = ibis.cases((loan.currency == "CNY", loan.own_balance_amount)).cast(_SUM)
    share = loan.partner_share_fraction.cast(_FACTOR)
    # Ibis multiplies decimals only when one type holds the other's digits
    computed = (balance.cast(_FACTOR) * (1 - ibis.coalesce(share, ibis.literal(0).cast(_FACTOR)))).cast(_SUM)
    return ibis.coalesce(stated, ibis.cases((loan.currency == "CNY", balance.cast(_SUM)), else_=computed))


def previous_stock(tape: Mapping[str, Any]) -> Any:
    """The stock of the submission before this one."""
    return stock({"loan": tape["previous_loan"]})


def cofunded(tape: Mapping[str, Any]) -> Any:
    """One row per loan on the books that is funded together with a partner (coop_mode JOINT).

    ``partner_uscc`` and ``partner_group`` come from the co-operation agreement and are null when it is not among the
    partners; a partner without a group is its own group.
    """
    loans, partner = stock(tape), tape["partner"]
    # an agreement delivered twice is a finding; here it must not make a loan count twice
    agreements = partner.group_by(agreement=partner.partner_agreement_no).aggregate(
        partner_uscc=partner.partner_uscc.min(),
        partner_group=ibis.coalesce(partner.partner_group_id, partner.partner_uscc).min(),
    )
    joint = loans.filter(loans.coop_mode == "JOINT")
    return joint.left_join(agreements, joint.partner_agreement_no == agreements.agreement).select(
        *rows_of(joint),
        joint.iou_no,
        joint.lender_type,
        joint.start_date,
        joint.is_internet_loan,
        joint.partner_share_fraction,
        joint.all_in_cost_pct,
        joint.balance,
        joint.own_balance,
        agreements.partner_uscc,
        agreements.partner_group,
    )


def stock_us_auto(tape: Mapping[str, Any]) -> Any:
    """One row per loan on the books with ``obligor_state``; null where the US auto table does not have the loan."""
    loans, auto = stock(tape), tape["loan_us_auto"]
    states = auto.group_by(number=auto.iou_no).aggregate(obligor_state=auto.obligor_state.min())
    return loans.left_join(states, loans.iou_no == states.number).select(
        *rows_of(loans), loans.iou_no, loans.balance, states.obligor_state
    )


PREPARED: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "stock": stock,
    "cofunded": cofunded,
    "stock_us_auto": stock_us_auto,
    "previous_stock": previous_stock,
    **grains_delinquency.PREPARED,
    **grains_concentration.PREPARED,
    **grains_conduct.PREPARED,
}
