"""The institution and its partners: the two small tables of a delivery.

Belongs here: rows that do not depend on any loan. Not here: which loan has which partner (loans).
"""

from __future__ import annotations

from datetime import date

from loantape.simulate.loans import Book
from loantape.simulate.render import Columns, Rows

_TIER1_BASE = 50_000_000_000  # cents
_ASSETS_OVER_TIER1 = 12  # tenths


def _day(year: int, month: int, day: int) -> int:
    return (date(year, month, day) - date(1970, 1, 1)).days


def institution(book: Book, loans: int) -> Rows:
    """The one reporting institution; its capital grows with the size of the simulated book."""
    own, text = book.archetype, book.texts.number
    rows = Rows(Columns("institution", book.texts, {}), 1)
    tier1 = _TIER1_BASE + own.tier1_per_loan * 100 * loans
    rows["lender_uscc"] = text(book.uscc)
    rows["licence_no"] = text(book.licence)
    rows["institution_name"] = text(own.institution_name)
    rows["lender_type"] = text(own.lender_type)
    rows["lender_region"] = text(own.region)
    rows["snapshot_date"] = book.snapshot
    rows["currency"] = text("CNY")
    rows["tier1_net_amount"] = tier1
    rows["net_assets_amount"] = tier1 * _ASSETS_OVER_TIER1 // 10
    return rows


def partners(book: Book, more: int = 0) -> Rows:
    """One row per agreement; ``more`` rows at the end copy nothing: the caller fills their keys."""
    own, texts = book.archetype, book.texts
    year = book.month // 12
    count = len(own.partners)
    rows = Rows(Columns("partner", texts, {}), count + more)
    rows["partner_name"] = texts.number("示例其他合作机构")
    rows["partner_type"] = texts.number("TECH")
    rows["partner_service"] = texts.number("TECHNOLOGY")
    rows["partner_group_id"] = texts.number("GRP-Z")
    rows["is_on_list"] = 1
    rows["list_version"] = texts.number(f"{year}-1")
    rows["agreement_from"] = _day(2023, 1, 1)
    rows["agreement_to"] = _day(year + 2, 12, 31)
    rows["agreement_status"] = texts.number("VALID")
    if count:
        rows["partner_agreement_no"][:count] = [one.number for one in book.agreements]
        rows["partner_uscc"][:count] = [one.uscc for one in book.agreements]
        rows["partner_name"][:count] = [one.name for one in book.agreements]
        rows["partner_type"][:count] = texts.numbers([one.kind for one in own.partners])
        rows["partner_service"][:count] = texts.numbers([one.service for one in own.partners])
        rows["partner_group_id"][:count] = texts.numbers([one.group for one in own.partners])
    return rows


def amount_text(cents: int) -> str:
    """Cents as a decimal text with two decimals."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"
