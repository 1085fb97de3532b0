"""What the tables of EAST are made of: institutions, masked borrowers, loans, contracts; as relations ``east_…``.

Belongs here: joins and the words that several tables share. Not here: which field comes from where (tables_*.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from schemas.codes import code_list
from schemas.tape import codes
from templates.cn_nfra_east.masking import masked_customer, masked_name, masked_number, masked_phone
from templates.cn_nfra_east.sm3 import sm3_in_sql

_ALIVE = "(loan.loan_status IS NULL OR NOT starts_with(loan.loan_status, 'LF'))"

# code of the tape to the word of EAST; what the list of EAST lacks is "其他-" and the bank's own word [P]
STATUS = {
    "LS01": "正常", "LS02": "其他-展期", "LS03": "逾期", "LS04": "其他-缩期",
    "LF01": "结清", "LF02": "核销", "LF04": "转让",
}  # fmt: skip
_NAMED_ID = {"B01": "居民身份证", "B06": "其他有效通行旅行证件", "B07": "其他有效通行旅行证件", "B08": "临时身份证"}
_LISTED_ID = ("护照", "军官证", "士兵证", "户口簿", "警官证")
ID_KIND = {
    code: _NAMED_ID.get(code, zh if zh in _LISTED_ID else f"其他-{zh}") for code, (_, zh) in codes.ID_TYPE.items()
}
FIVE_CLASS = {code: zh for code, (_, zh) in codes.FIVE_CLASS.items()}
KIND = {
    "F0211": "住房按揭贷款", "F0212": "汽车贷款", "F02131": "助学贷款", "F02132": "助学贷款", "F0219": "消费贷款",
    "F022": "个人经营性贷款", "F041": "其他-账户透支", "F042": "其他-贷记卡透支",
}  # fmt: skip
GUARANTEE = {
    "A": "质押", "B01": "抵押", "B99": "抵押", "C01": "保证", "C99": "保证", "D": "信用", "E": "混合", "E01": "混合",
    "Z": "其他-其他担保",
}  # fmt: skip

LICENCE = "coalesce(loan.licence_no, institution.licence_no)"
LOANS = (
    "east_loan AS loan JOIN east_institution AS institution ON institution.lender_uscc = loan.lender_uscc"
    " LEFT JOIN east_borrower AS who ON who.borrower_pid = loan.borrower_pid AND who.id_type = loan.id_type"
    " CROSS JOIN east_period AS period"
)
CONTRACTS = (
    "east_contract AS contract JOIN east_institution AS institution ON institution.lender_uscc = contract.lender_uscc"
    " LEFT JOIN east_borrower AS who ON who.borrower_pid = contract.borrower_pid AND who.id_type = contract.id_type"
    " CROSS JOIN east_period AS period"
)
IN_PERIOD = "BETWEEN period.since AND period.day"


def word(source: str, words: Mapping[str, str]) -> str:
    """SQL: the word for a code; null for null. A code without a word is told as it is, so that it is seen."""
    cases = " ".join(f"WHEN '{code}' THEN '{text}'" for code, text in words.items())
    return f"CASE {source} {cases} ELSE {source} END"


def make_relations(con: Any, period: date) -> None:
    """Make the relations ``east_…`` of this module. The identity vault must be attached as ``vault``.

    ``east_period`` is one row: the reporting date and the first day after the one before it, the end of last month.
    ``east_loan`` is what a full table of a month holds: loans on the books, those that ended since then, and what was
    written off at any time, since table 702 names it.
    """
    with sm3_in_sql(con):
        _make(con, "period", f"SELECT DATE '{period.replace(day=1)}' AS since, DATE '{period}' AS day")
        _make(con, "country", _countries())
        _make(
            con,
            "institution",
            "SELECT lender_uscc, min(licence_no) AS licence_no, min(institution_name) AS institution_name"
            " FROM tape_institution GROUP BY lender_uscc",
        )
        _make(con, "borrower", _borrowers())
    _make(
        con,
        "loan",
        f"SELECT loan.* FROM tape_loan AS loan, east_period AS period WHERE {_ALIVE}"
        " OR coalesce(loan.ended_on, loan.disposal_date, period.day) >= period.since"
        " OR loan.disposal_type = 'WRITTEN_OFF'",
        "VIEW",
    )
    _make(con, "movement", _movements(), "VIEW")
    _make(con, "contract", _contracts())
    _make(con, "letter", _letters())


def _make(con: Any, name: str, rows: str, kind: str = "TABLE") -> None:
    con.execute(f"CREATE OR REPLACE TEMPORARY {kind} east_{name} AS {rows}")


def _countries() -> str:
    """Three digits to three letters of each country."""
    rows = code_list("country_letters").rows.values()
    listed = ", ".join(f"('{row['numeric']}', '{row['code']}')" for row in rows)
    return f"SELECT * FROM (VALUES {listed}) AS country(digits, letters)"


def _borrowers() -> str:
    """One row per borrower of the vault: what EAST shows of a person."""
    return (
        f"SELECT borrower_pid, id_type, {masked_customer('id_no')} AS customer_no,"
        f" {masked_number('name', 'id_no')} AS id_no, {masked_name('name')} AS name, {masked_phone('phone')} AS phone"
        " FROM (SELECT borrower_pid, id_type, min(id_no) AS id_no, min(name) AS name, min(phone) AS phone"
        " FROM vault.identity GROUP BY borrower_pid, id_type)"
    )


def _movements() -> str:
    """Principal that moved in the period, one row per loan and kind: granted, repaid, disposed of, in this order.

    ``left_over`` is the balance after it: the closing balance and what went out later.
    """
    closing = "CAST(balance_amount AS DECIMAL(26, 2))"  # wide: sums of 18 digits overflow
    gone = f"{closing} + coalesce(gone_amount, 0)"
    kinds = (
        ("'贷款发放'", "借", "drawn_amount", "start_date", f"{gone} + coalesce(repaid_principal_amount, 0)"),
        ("'贷款还本'", "贷", "repaid_principal_amount", "last_paid_on", gone),
        (
            "CASE disposal_type WHEN 'WRITTEN_OFF' THEN '其他-核销' ELSE '其他-转让' END",
            "贷",
            "gone_amount",
            "disposal_date",
            closing,
        ),
    )
    parts = (
        f"SELECT *, {kind} AS kind, '{side}' AS side, {amount} AS moved, {day} AS moved_on, {left} AS left_over FROM"
        " (SELECT loan.*, CASE WHEN loan.disposal_type IN ('WRITTEN_OFF', 'TRANSFERRED', 'SECURITISED')"
        f" AND loan.disposal_date {IN_PERIOD} THEN loan.disposal_amount END AS gone_amount"
        f" FROM east_loan AS loan, east_period AS period) WHERE {amount} > 0"
        for kind, side, amount, day, left in kinds
    )
    return " UNION ALL ".join(parts)


def _contracts() -> str:
    """One row per contract of an institution. What its IOUs may differ in is that of the first IOU by number."""
    firsts = ", ".join(
        f"arg_min({name}, iou_no) AS {name}"
        for name in (
            "licence_no", "branch_no", "borrower_pid", "id_type", "product_class", "currency", "purpose_text",
            "purpose_code",
        )
    )  # fmt: skip
    guarantee = word("guarantee_type", GUARANTEE)
    return (
        f"SELECT lender_uscc, contract_no, {firsts},"
        f" coalesce(bool_or({_ALIVE}), FALSE) AS is_alive, coalesce(bool_or(is_revolving), FALSE) AS is_revolving,"
        f" CASE WHEN count(DISTINCT {guarantee}) > 1 THEN '混合' ELSE min({guarantee}) END AS guarantee,"
        " sum(loan_amount) AS lent_amount, max(credit_limit_amount) AS credit_limit_amount,"
        f" sum(CASE WHEN {_ALIVE} THEN balance_amount ELSE 0 END) AS used_amount,"
        " min(start_date) AS first_start_date, max(maturity_date) AS maturity_date,"
        " min(signed.signed_on) AS signed_on"
        " FROM east_loan AS loan LEFT JOIN (SELECT iou_no AS signed_iou_no, min(CAST(contract_signed_at AS DATE))"
        " AS signed_on FROM tape_disclosure GROUP BY iou_no) AS signed ON signed.signed_iou_no = loan.iou_no"
        " GROUP BY lender_uscc, contract_no"
    )


def _letters() -> str:
    """One row per contract whose borrower gave letters of authorisation that are not withdrawn at the reporting date.

    A letter without an end makes the contract's end unknown: it is permanent [P].
    """
    return (
        "SELECT loan.lender_uscc, loan.contract_no,"
        " string_agg(DISTINCT given.auth_letter_no, ';' ORDER BY given.auth_letter_no) AS letters,"
        " min(given.auth_from) AS letter_from,"
        " CASE WHEN bool_and(given.auth_to IS NOT NULL) THEN max(given.auth_to) END AS letter_to"
        " FROM tape_consent AS given JOIN east_loan AS loan ON loan.iou_no = given.iou_no, east_period AS period"
        " WHERE given.auth_letter_no IS NOT NULL"
        " AND (given.withdrawn_at IS NULL OR CAST(given.withdrawn_at AS DATE) > period.day)"
        " GROUP BY loan.lender_uscc, loan.contract_no"
    )


CONTRACT_STATE = (
    "CASE WHEN contract.is_alive THEN '有效' WHEN NOT contract.is_revolving THEN '终结' ELSE '其他-借据均已终结' END"
)
