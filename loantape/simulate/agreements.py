"""Agreements that are only in a delivery with planted errors: wrong ones, and sound ones that no loan should name.

Belongs here: what is written in their rows, what a check must find in them, and how a planted loan names one. Not here:
the lender's own agreements (parties).
"""

from __future__ import annotations

from loantape.simulate.book import COLLECTION, Book
from loantape.simulate.oddities import Odd, personal, write
from loantape.simulate.planting import Findings
from loantape.simulate.rows import AND_BROKEN, EMPTY, TWICE, Rows
from loantape.simulate.texts import uscc, wrong_code

_FIRST_NUMBER, _FIRST_SERIAL = 90, 900
_NOTICE = 20_362  # 2025-10-01 in days since 1970: 金规〔2025〕9号 in force [S]
_LONG_AGO = 19_000  # 2022-01-08


_OVER = {"agreement_status": "ENDED", "is_on_list": 0}
_ANY = {"partner_type": "MICRO", "partner_service": "OTHER"}
UNLISTED = "示例名单外机构"
ODD: tuple[Odd, ...] = (
    Odd("wrong code", found=(("IDN-002", 0),), code="wrong"),
    Odd("unlisted", {"is_on_list": 0}, found=(("PTR-004", 0),)),
    Odd("expired", after={"agreement_to": -1}, found=(("PTR-005", 0),)),
    Odd("twice", found=(("FLD-005", 0), ("FLD-005", 1)), fate=TWICE),
    Odd("broken", found=(("READ-002", 1),), fate=AND_BROKEN),
    Odd("listed some day", {"list_published_on": EMPTY}, found=(("PTR-029", 0),)),
    Odd("no version", {"list_version": EMPTY}, found=(("PTR-030", 0),)),
    Odd("removed", after={"list_removed_on": 0}, found=(("PTR-031", 0),)),
    Odd("removed first", _OVER, {"list_published_on": 0, "list_removed_on": -1}, (("PTR-032", 0),)),
    Odd("branch signed", {"is_head_office_signed": 0}, found=(("PTR-033", 0),)),
    Odd("floor", {"has_approval_floor": 1}, found=(("PTR-034", 0),)),
    Odd("co-lends", {"partner_service": "JOINT_LENDING"}, found=(("PTR-035", 0),)),
    Odd("enhances", {"partner_service": "ENHANCEMENT"}, found=(("PTR-036", 0),)),
    Odd("pays", {"partner_service": "PAYMENT"}, found=(("PTR-037", 0),)),
    Odd("backwards", _OVER, {"agreement_from": 0, "agreement_to": -1}, (("PTR-038", 0),)),
    Odd("itself", found=(("PTR-039", 0),), code="lender"),
    Odd("in one group", {"partner_group_id": "GRP-X1"}, found=(("PTR-040", 0),)),
    Odd("in another", {"partner_group_id": "GRP-X2"}, found=(("PTR-040", 0),), code="before"),
    Odd("wrong organisation", found=(("IDN-025", 0),), code="organisation"),
    Odd("numbered", {"partner_name": "12"}, found=(("IDN-066", 0),)),
    Odd("collects unlisted", _ANY | {"partner_name": UNLISTED, "partner_service": COLLECTION, "is_on_list": 0},
        found=(("PTR-004", 0),)),
    *personal("partner_name", 132),
    # sound by themselves, but not for the loans that are made to name them
    Odd("future", _ANY, {"agreement_from": 1}),
    Odd("past", _ANY | _OVER | {"agreement_from": _LONG_AGO, "agreement_to": _LONG_AGO + 30}),
    Odd("revoked", _ANY | {"agreement_status": "REVOKED"}),
    Odd("newly listed", _ANY, {"list_published_on": 0}),
    Odd("formerly listed", _ANY | _OVER | {"list_removed_on": _NOTICE}, {"agreement_to": 0}),
    Odd("may not lend", {"partner_type": "TECH", "partner_service": "OTHER"}),
    Odd("only markets", {"partner_type": "BANK", "partner_service": "MARKETING"}),
    Odd("only computes", {"partner_type": "TECH", "partner_service": "TECHNOLOGY"}),
    Odd("will collect", _ANY | {"partner_service": COLLECTION}, {"agreement_from": 1}),
    Odd("insures", {"partner_type": "INSURER", "partner_service": "ENHANCEMENT"}),
)  # fmt: skip
_PLACES = {one.name: place for place, one in enumerate(ODD)}


def number_of(book: Book, name: str) -> int:
    """The cell of the agreement's number."""
    return book.texts.number(f"HZ-{book.archetype.prefix}-{_FIRST_NUMBER + _PLACES[name]}")


def code_of(book: Book, name: str) -> int:
    """The cell of its partner's social credit code."""
    return book.texts.number(_code(book, _PLACES[name]))


def code_of_nobody(book: Book) -> int:
    """A sound social credit code that no partner of the delivery has."""
    return book.texts.number(_code(book, len(ODD)))


def add(book: Book, rows: Rows, first: int, findings: Findings) -> None:
    """Write them into the rows from ``first`` on, which are sound so far, and record what must be found."""
    for place, one in enumerate(ODD):
        rows["partner_agreement_no"][first + place] = number_of(book, one.name)
        rows["partner_uscc"][first + place] = code_of(book, one.name)
    write(book, rows, first, ODD, findings)


def _code(book: Book, place: int) -> str:
    how = ODD[place].code if place < len(ODD) else ""
    if how == "lender":
        return book.uscc
    if how == "before":
        return _code(book, place - 1)
    serial = book.archetype.number * 1000 + _FIRST_SERIAL + place
    code = uscc(book.archetype.region, serial, slip=int(how == "organisation"))
    return wrong_code(code) if how == "wrong" else code
