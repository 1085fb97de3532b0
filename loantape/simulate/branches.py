"""Branches of the lender that are only in a delivery with planted errors: each reports itself with something wrong.

Belongs here: their rows of the institution's table. Not here: the lender's own row (parties).
"""

from __future__ import annotations

from loantape.simulate.book import Book
from loantape.simulate.oddities import Odd, personal, write
from loantape.simulate.planting import Findings
from loantape.simulate.rows import EMPTY, Rows
from loantape.simulate.texts import uscc, wrong_code

_FIRST_SERIAL = 600

ODD: tuple[Odd, ...] = (
    Odd("wrong code", found=(("IDN-001", 0),), code="wrong"),
    Odd("wrong organisation", found=(("IDN-024", 0),), code="organisation"),
    Odd("no such licence", {"licence_no": "B0001H11100001"}, found=(("IDN-017", 0),)),
    Odd("no licence", {"licence_no": EMPTY}, found=(("IDN-019", 0),)),
    Odd("no such province", {"lender_region": "190105"}, found=(("IDN-035", 0),)),
    Odd("another day", after={"snapshot_date": -1}, found=(("IDN-055", 0),)),
    Odd("another currency", {"currency": "RMB"}, found=(("IDN-064", 0),)),
    Odd("numbered", {"institution_name": "12"}, found=(("IDN-065", 0),)),
    # not the first kind: a name is the key of its row, and a finding masks an identity number in a key
    *personal("institution_name", 143, begin=1),
)


def add(book: Book, rows: Rows, first: int, findings: Findings) -> None:
    """Write them into the rows from ``first`` on, which are sound so far, and record what must be found."""
    own = book.archetype
    for place, one in enumerate(ODD):
        rows["institution_name"][first + place] = book.texts.number(f"{own.institution_name}示例分公司{place + 1}")
        serial = own.number * 1000 + _FIRST_SERIAL + place
        code = uscc(own.region, serial, slip=int(one.code == "organisation"))
        rows["lender_uscc"][first + place] = book.texts.number(wrong_code(code) if one.code == "wrong" else code)
    write(book, rows, first, ODD, findings)
