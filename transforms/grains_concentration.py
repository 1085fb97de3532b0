"""Prepared grains of concentration: who funds, who enhances, whose borrower it is.

Belongs here: joins that several of its indicators read. Not here: any number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ibis

OWN_FUNDS = "OWN"  # the funder of what the lender lends of its own
_SUM = "decimal(38, 2)"


def with_partner(tape: Mapping[str, Any]) -> Any:
    """One row per loan on the books that is made together with a partner (coop_mode JOINT or REFERRAL)."""
    loans, partner = tape["stock"], tape["partner"]
    agreements = partner.group_by(agreement=partner.partner_agreement_no).aggregate(
        partner_uscc=partner.partner_uscc.min()
    )
    together = loans.filter(loans.coop_mode.isin(("JOINT", "REFERRAL")))
    return together.left_join(agreements, together.partner_agreement_no == agreements.agreement).select(
        *_rows_of(together), together.iou_no, together.balance, together.all_in_cost_pct, agreements.partner_uscc
    )


def funding(tape: Mapping[str, Any]) -> Any:
    """One row per loan on the books and funder: the lender's own part, and the partner's of loans funded together.

    ``funder`` is OWN or the partner's code, null where its agreement was not delivered.
    """
    loans, together = tape["stock"], tape["cofunded"]
    own = loans.select(*_rows_of(loans), "iou_no", funder=ibis.literal(OWN_FUNDS), balance=loans.own_balance)
    partners = together.select(
        *_rows_of(together),
        "iou_no",
        funder=together.partner_uscc,
        balance=(together.balance.cast(_SUM) - together.own_balance).cast(_SUM),
    )
    return ibis.union(own, partners)


def enhanced(tape: Mapping[str, Any]) -> Any:
    """One row per loan on the books that is credit-enhanced: it names a kind of enhancer, or an amount above zero."""
    loans = tape["stock"]
    return loans.filter(is_enhanced(loans))


def is_enhanced(loans: Any) -> Any:
    """Whether a loan is credit-enhanced, as rule PTR-008 counts it; never null."""
    return loans.enhancer_type.notnull() | (loans.enhanced_amount > 0).fill_null(False)


def borrower_of(loans: Any) -> Any:
    """The borrower of each loan; one that is not known is called after the loan."""
    return ibis.coalesce(loans.borrower_pid, ibis.literal("IOU ").concat(loans.iou_no), ibis.literal("unknown"))


def _rows_of(table: Any) -> list[str]:
    """The column that says which row of the tape this is, so that a number leads to its loans."""
    return [name for name in table.columns if name.endswith("loan_row")]


PREPARED: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "with_partner": with_partner,
    "funding": funding,
    "enhanced": enhanced,
}
