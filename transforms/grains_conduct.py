"""Prepared grains of price and conduct: rates shown and recomputed, sheets, consents and complaints in time.

Belongs here: joins that several of its indicators read. Not here: any number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ibis

from schemas.rules.disclosure import COST_SHEET_IN_FORCE


def priced(tape: Mapping[str, Any]) -> Any:
    """One row per loan on the books with the annual rate shown and the one its cash flows give by the method named.

    ``recomputed_pct`` is null where the schedule is not level or no rate solves it; ``gap_pct`` is shown less
    recomputed, in percentage points.
    """
    loans, pricing = tape["stock"], tape["loan_pricing"]
    both = loans.left_join(pricing, loans.loan_row == pricing.row)
    recomputed = ibis.cases(
        (loans.shown_method == "SIMPLE", pricing.simple_annual_pct),
        (loans.shown_method == "COMPOUND", pricing.irr_annual_pct),
    )
    found = both.select(
        *[loans[name] for name in ("loan_row", "iou_no", "snapshot_date", "balance", "shown_annual_rate_pct")],
        recomputed_pct=recomputed,
    )
    return found.mutate(gap_pct=found.shown_annual_rate_pct.cast("decimal(18, 8)") - found.recomputed_pct)


def sheeted(tape: Mapping[str, Any]) -> Any:
    """One row per loan on the tape, closed ones included, granted since loans need a cost sheet.

    ``is_confirmed`` is whether one was confirmed before the contract was signed, or at that moment.
    """
    loan, disclosure = tape["loan"], tape["disclosure"]
    granted = loan.filter(loan.start_date >= COST_SHEET_IN_FORCE)
    in_time = disclosure.filter(disclosure.sheet_confirmed_at <= disclosure.contract_signed_at)
    confirmed = in_time.group_by(number=in_time.iou_no).aggregate(sheets=in_time.count())
    return granted.left_join(confirmed, granted.iou_no == confirmed.number).select(
        granted.loan_row, granted.iou_no, granted.product_name, is_confirmed=confirmed.sheets.notnull()
    )


def consents_on_grant(tape: Mapping[str, Any]) -> Any:
    """One row per loan on the books and kind of consent that was given on or before the day of its grant."""
    loans, consent = tape["stock"], tape["consent"]
    given = loans.inner_join(consent, (loans.iou_no == consent.iou_no, consent.consented_at.date() <= loans.start_date))
    return given.select(
        "loan_row",
        "is_credit_reported",
        consent.consent_type,
        is_partnered=loans.coop_mode.isin(("JOINT", "REFERRAL")),
    ).distinct()


def complaints(tape: Mapping[str, Any]) -> Any:
    """One row per complaint: ``days`` from receipt to the decision, or for an open one to the reporting date.

    ``is_new`` is whether it was received in the month of the reporting date; ``one`` is 1, to be summed.
    """
    complaint, institution = tape["complaint"], tape["institution"]
    period = institution.aggregate(reporting_date=institution.snapshot_date.max())
    dated = complaint.cross_join(period)
    until = ibis.coalesce(dated.decided_on, dated.reporting_date)
    return dated.mutate(
        one=ibis.literal(1),
        is_open=dated.decided_on.isnull(),
        is_new=dated.received_on.truncate("M") == dated.reporting_date.truncate("M"),
        days=until.delta(dated.received_on, unit="day"),
    )


PREPARED: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "priced": priced,
    "sheeted": sheeted,
    "consents_on_grant": consents_on_grant,
    "complaints": complaints,
}
