"""The canonical tape: one module per table, one pandera (Ibis) model each. Money is in the row's ``currency``.

``TABLES`` is the only list of tables there is; column lists are read from the models, never written again.
"""

from __future__ import annotations

from schemas.tape.complaint import Complaint
from schemas.tape.consent import Consent
from schemas.tape.contact import Contact
from schemas.tape.disclosure import Disclosure
from schemas.tape.fee import Fee
from schemas.tape.field import Meta, TapeModel, meta_of
from schemas.tape.instalment import Instalment
from schemas.tape.institution import Institution
from schemas.tape.loan import Loan
from schemas.tape.loan_us_auto import LoanUsAuto
from schemas.tape.partner import Partner

TABLES: dict[str, type[TapeModel]] = {
    model.table_name(): model
    for model in (Institution, Loan, Fee, Instalment, Disclosure, Consent, Partner, Contact, Complaint, LoanUsAuto)
}

__all__ = [
    "TABLES",
    "Complaint",
    "Consent",
    "Contact",
    "Disclosure",
    "Fee",
    "Instalment",
    "Institution",
    "Loan",
    "LoanUsAuto",
    "Meta",
    "Partner",
    "TapeModel",
    "meta_of",
]
