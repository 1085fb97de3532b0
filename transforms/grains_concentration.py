"""Prepared grains of concentration: who funds, who enhances, and what borrowers owe.

Belongs here: joins and sums per borrower that several of its indicators read. Not here: any number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ibis

from schemas.grains.products import BUSINESS, CONSUMER, INTERNET

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


def borrowers(tape: Mapping[str, Any]) -> Any:
    """One row per borrower with a loan on the books: what they owe, all in all and of the kinds that caps speak of.

    A borrower is a pseudonym; a loan without one is a borrower of its own, as in the rules on borrowers. ``loans`` is
    how many they have, ``network_consumer`` and ``network_business`` what is owed for consumption and for business by
    those with an internet loan for it. ``net_assets`` is the lender's, in yuan.
    """
    loans = tape["stock"]
    consumer, business = loans.product_class.isin(CONSUMER), loans.product_class == BUSINESS
    found = loans.group_by(borrower=borrower_of(loans)).aggregate(
        **_of_the_lender(loans),
        balance=loans.balance.sum(),
        consumer=loans.balance.sum(where=consumer),
        internet=loans.balance.sum(where=(loans.product_class == INTERNET) & loans.is_internet_loan),
        business=loans.balance.sum(where=business),
        is_network_consumer=(consumer & loans.is_internet_loan).any(),
        is_network_business=(business & loans.is_internet_loan).any(),
    )
    kinds = {
        f"network_{kind}": ibis.cases((found[f"is_network_{kind}"], found[kind])) for kind in ("consumer", "business")
    }
    return found.mutate(**kinds).cross_join(_net_assets(tape))


def borrower_groups(tape: Mapping[str, Any]) -> Any:
    """One row per group of connected borrowers with a loan on the books: what its members together owe."""
    loans = tape["stock"]
    grouped = loans.filter(loans.connected_group_id.notnull())
    found = grouped.group_by(borrower_group=grouped.connected_group_id).aggregate(
        **_of_the_lender(grouped), balance=grouped.balance.sum()
    )
    return found.cross_join(_net_assets(tape))


def borrower_of(loans: Any) -> Any:
    """The borrower of each loan; one that is not known is called after the loan."""
    return ibis.coalesce(loans.borrower_pid, ibis.literal("IOU ").concat(loans.iou_no), ibis.literal("unknown"))


def _of_the_lender(loans: Any) -> Mapping[str, Any]:
    return {
        "loans": loans.count(),
        "lender_type": loans.lender_type.max(),
        "snapshot_date": loans.snapshot_date.max(),
    }


def _net_assets(tape: Mapping[str, Any]) -> Any:
    institution = tape["institution"]
    in_yuan = institution.filter(institution.currency == "CNY")
    return in_yuan.aggregate(net_assets=in_yuan.net_assets_amount.sum())


def _rows_of(table: Any) -> list[str]:
    """The column that says which row of the tape this is, so that a number leads to its loans."""
    return [name for name in table.columns if name.endswith("loan_row")]


PREPARED: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "with_partner": with_partner,
    "funding": funding,
    "enhanced": enhanced,
    "borrowers": borrowers,
    "borrower_groups": borrower_groups,
}
