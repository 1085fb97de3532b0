"""Prepared grains: tape tables narrowed, joined or both, so that an indicator stays one sentence.

Belongs here: what several indicators mean by the same words ("loans on the books", "co-funded loans"). Not here: any
number. Only the columns that indicators use are carried, which keeps the compiled SQL short.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ibis

from transforms import grains_delinquency
from transforms.grains_delinquency import CLOSED_PREFIX

_STOCK_FIELDS = (
    "iou_no",
    "snapshot_date",
    "borrower_pid",
    "start_date",
    "balance_amount",
    "nominal_annual_pct",
    "all_in_cost_pct",
    "days_past_due",
    "overdue_1104_amount",
    "five_class",
    "provision_amount",
    "loan_status",
    "extension_count",
    "is_restructured",
    "restructured_on",
    "product_name",
    "borrower_region",
    "coop_mode",
    "partner_agreement_no",
    "enhanced_amount",
)


def stock(tape: Mapping[str, Any]) -> Any:
    """One row per loan on the books: every loan but those settled, written off or transferred (status LF..).

    A loan without a status stays in: the tape does not say that it is closed. ``balance`` is the principal in yuan
    where the tape gives it, otherwise in the loan's currency.
    """
    loan = tape["loan"]
    on_books = loan.filter(~loan.loan_status.fill_null("").startswith(CLOSED_PREFIX))
    return on_books.select(*_STOCK_FIELDS, balance=ibis.coalesce(on_books.balance_cny, on_books.balance_amount))


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
        joint.iou_no, joint.balance, agreements.partner_uscc, agreements.partner_group
    )


def stock_us_auto(tape: Mapping[str, Any]) -> Any:
    """One row per loan on the books with ``obligor_state``; null where the US auto table does not have the loan."""
    loans, auto = stock(tape), tape["loan_us_auto"]
    states = auto.group_by(number=auto.iou_no).aggregate(obligor_state=auto.obligor_state.min())
    return loans.left_join(states, loans.iou_no == states.number).select(
        loans.iou_no, loans.balance, states.obligor_state
    )


PREPARED: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "stock": stock,
    "cofunded": cofunded,
    "stock_us_auto": stock_us_auto,
    "previous_stock": previous_stock,
    **grains_delinquency.PREPARED,
}
