"""Loans beside what says who is who: published codes, the institution, the other IOUs of the contract and borrower."""

from __future__ import annotations

import ibis.expr.datatypes as dt

from schemas.codes import code_list, in_list_sql
from schemas.grains import on_rows, tape_columns

_PROVINCES = code_list("provinces")
_COUNTRIES = code_list("countries")
_CURRENCIES = code_list("currencies")
NOT_MAINLAND = ("71", "81", "82")  # written 000 and the country code instead [P]
CHINA = "CN"

# one row per contract, or borrower, with several IOUs: most have one, and a small table is quickly joined
_CONTRACTS = (
    "(SELECT contract_no, min(borrower_pid) = max(borrower_pid) AS one_borrower, "
    "min(currency) = max(currency) AS one_currency, min(lender_uscc) = max(lender_uscc) AS one_lender "
    "FROM tape_loan WHERE contract_no IS NOT NULL GROUP BY contract_no HAVING count(*) > 1)"
)
_BORROWERS = (
    "(SELECT borrower_pid, min(birth_year) = max(birth_year) AS one_birth_year, "
    "min(nationality) = max(nationality) AS one_nationality, "
    "min(connected_group_id) = max(connected_group_id) AS one_group, "
    "bool_and(is_related_party) = bool_or(is_related_party) AS one_relation, min(start_date) AS first_start_date "
    "FROM tape_loan WHERE borrower_pid IS NOT NULL GROUP BY borrower_pid HAVING count(*) > 1)"
)
_INSTITUTIONS = (
    "(SELECT lender_uscc, min(licence_no) AS licence_no, min(lender_type) AS lender_type FROM tape_institution "
    "WHERE lender_uscc IS NOT NULL GROUP BY lender_uscc "
    "HAVING count(DISTINCT licence_no) <= 1 AND count(DISTINCT lender_type) <= 1)"
)

LOAN_WITH_IDENTITY = on_rows(
    "loan_with_identity",
    "loan",
    {
        "is_lender_province": (dt.boolean, in_list_sql("base.lender_region[1:2]", _PROVINCES.codes())),
        "is_borrower_province": (dt.boolean, in_list_sql("base.borrower_region[1:2]", _PROVINCES.codes())),
        "is_apply_province": (dt.boolean, in_list_sql("base.apply_region[1:2]", _PROVINCES.codes())),
        "is_foreign_country": (
            dt.boolean,
            f"CASE WHEN base.borrower_region[1:3] = '000' THEN "
            f"{in_list_sql('base.borrower_region[4:]', _COUNTRIES.column('numeric', without=(CHINA,)))} END",
        ),
        "is_nationality": (dt.boolean, in_list_sql("base.nationality", _COUNTRIES.codes())),
        "is_currency": (dt.boolean, in_list_sql("base.currency", _CURRENCIES.codes())),
        "institution_licence_no": (tape_columns("institution")["licence_no"], "institution.licence_no"),
        "institution_lender_type": (tape_columns("institution")["lender_type"], "institution.lender_type"),
        "contract_has_one_borrower": (dt.boolean, "contract.one_borrower"),
        "contract_has_one_currency": (dt.boolean, "contract.one_currency"),
        "contract_has_one_lender": (dt.boolean, "contract.one_lender"),
        "borrower_has_one_birth_year": (dt.boolean, "borrower.one_birth_year"),
        "borrower_has_one_nationality": (dt.boolean, "borrower.one_nationality"),
        "borrower_has_one_group": (dt.boolean, "borrower.one_group"),
        "borrower_has_one_relation": (dt.boolean, "borrower.one_relation"),
        "borrower_first_start_date": (dt.date, "borrower.first_start_date"),
    },
    f"LEFT JOIN {_INSTITUTIONS} AS institution ON institution.lender_uscc = base.lender_uscc "
    f"LEFT JOIN {_CONTRACTS} AS contract ON contract.contract_no = base.contract_no "
    f"LEFT JOIN {_BORROWERS} AS borrower ON borrower.borrower_pid = base.borrower_pid",
)
INSTITUTION_WITH_CODES = on_rows(
    "institution_with_codes",
    "institution",
    {
        "is_lender_province": (dt.boolean, in_list_sql("base.lender_region[1:2]", _PROVINCES.codes())),
        "is_currency": (dt.boolean, in_list_sql("base.currency", _CURRENCIES.codes())),
    },
)
