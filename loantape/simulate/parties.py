"""The institution and its partners: the two small tables of a delivery.

Belongs here: rows that are not of any one loan. Not here: which loan has which partner (loans).
"""

from __future__ import annotations

from datetime import date

import numpy as np

from loantape.simulate import agreements, branches
from loantape.simulate.book import Book
from loantape.simulate.planting import Findings
from loantape.simulate.rows import Columns, Rows, columns_of

_LIVING = ("LS01", "LS02", "LS03", "LS04")
_DISPOSALS = {"written_off_amount": "WRITTEN_OFF", "transferred_amount": "TRANSFERRED"}
_ASSETS_OVER_TIER1 = 12  # tenths


def _day(year: int, month: int, day: int) -> int:
    return (date(year, month, day) - date(1970, 1, 1)).days


class Ledger:
    """The institution's own sums over the loans as delivered, with the errors planted in them, block by block.

    What stood on the books at the start of the month is the one figure made of the others, so that the sums agree with
    each other whatever was planted; in a book without errors it is the balance of the month before.
    """

    def __init__(self, book: Book) -> None:
        self.book = book
        self._living = book.texts.numbers(_LIVING)
        self.sums = dict.fromkeys(
            (
                "loan_count", "loan_balance_amount", "overdue_balance_amount", "provision_total_amount",
                "opening_balance_amount", "granted_amount", "repaid_amount", *_DISPOSALS,
            ),
            0,
        )  # fmt: skip

    def add(self, loan: Rows) -> None:
        """Add the loans of a block."""
        sums = self.sums
        on_books = (loan["balance_amount"] > 0) | np.isin(loan["loan_status"], self._living)
        disposed = (loan["disposal_date"] >= self.book.first_days[1200]) & (loan["disposal_date"] <= self.book.snapshot)
        sums["loan_count"] += loan.count(on_books)
        sums["loan_balance_amount"] += loan.total("balance_amount")
        sums["overdue_balance_amount"] += loan.total("balance_amount", loan["days_past_due"] > 0)
        sums["provision_total_amount"] += loan.total("provision_amount")
        sums["granted_amount"] += loan.total("drawn_amount")
        sums["repaid_amount"] += loan.total("repaid_principal_amount")
        for name, kind in _DISPOSALS.items():
            of_kind = disposed & (loan["disposal_type"] == self.book.texts.number(kind))
            sums[name] += loan.total("disposal_amount", of_kind)
        gone = sums["repaid_amount"] + sums["written_off_amount"] + sums["transferred_amount"]
        sums["opening_balance_amount"] = sums["loan_balance_amount"] - sums["granted_amount"] + gone


def institution_columns(book: Book) -> Columns:
    """The columns of the institution's table."""
    return columns_of("institution", book.texts, {})


def institution(book: Book, loans: int, ledger: Ledger, findings: Findings | None = None) -> Rows:
    """The reporting institution, its capital growing with the book; with errors, the odd branches besides."""
    own, text = book.archetype, book.texts.number
    rows = Rows(institution_columns(book), 1 if findings is None else 1 + len(branches.ODD))
    tier1 = (own.tier1_base + own.tier1_per_loan * loans) * 100
    rows["lender_uscc"] = text(book.uscc)
    rows["licence_no"] = text(book.licence)
    rows["institution_name"] = text(own.institution_name)
    rows["lender_type"] = text(own.lender_type)
    rows["lender_region"] = text(own.region)
    rows["snapshot_date"] = book.snapshot
    rows["currency"] = text("CNY")
    rows["tier1_net_amount"][0] = tier1
    rows["net_assets_amount"][0] = tier1 * _ASSETS_OVER_TIER1 // 10
    for name, total in ledger.sums.items():
        rows[name][0] = total
    if findings is not None:
        branches.add(book, rows, 1, findings)
    return rows


def partners(book: Book, findings: Findings | None = None) -> Rows:
    """One row per agreement; with errors, the odd ones of ``agreements`` besides."""
    own, texts = book.archetype, book.texts
    year = book.month // 12
    count = len(own.partners)
    rows = Rows(columns_of("partner", texts, {}), count if findings is None else count + len(agreements.ODD))
    rows["partner_name"] = texts.number("示例其他合作机构")
    rows["partner_type"] = texts.number("TECH")
    rows["partner_service"] = texts.number("TECHNOLOGY")
    rows["partner_group_id"] = texts.number("GRP-Z")
    rows["is_on_list"] = 1
    rows["list_version"] = texts.number(f"{year}-1")
    rows["list_published_on"] = _day(2022, 12, 15)
    rows["is_head_office_signed"] = 1
    rows["has_approval_floor"] = 0
    rows["agreement_from"] = _day(2023, 1, 1)
    rows["agreement_to"] = _day(year + 2, 12, 31)
    rows["agreement_status"] = texts.number("VALID")
    rows["partner_agreement_no"][:count] = [one.number for one in book.agreements]
    rows["partner_uscc"][:count] = [one.uscc for one in book.agreements]
    rows["partner_name"][:count] = [one.name for one in book.agreements]
    rows["partner_type"][:count] = texts.numbers([one.kind for one in own.partners])
    rows["partner_service"][:count] = texts.numbers([one.service for one in own.partners])
    rows["partner_group_id"][:count] = texts.numbers([one.group for one in own.partners])
    if findings is not None:
        agreements.add(book, rows, count, findings)
    return rows


def amount_text(cents: int) -> str:
    """Cents as a decimal text with two decimals."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"
