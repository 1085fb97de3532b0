"""Whatever the bytes, the product and the slow reader agree: any bytes, bytes that matter, changed good files."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loantape.declare import Code, Column, Day, FileKind, FileLayout, Flag, Integer, Number, Text, Trailer

EXAMPLES = 400 if os.environ.get("LOANTAPE_LONG") else 8
SHAPE = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
COLUMNS = (
    Column("a", "partner.partner_name", Text(20), at=(1, 3)),
    Column("b", "partner.is_on_list", Flag("Y", "N"), full_width=True, at=(4, 2)),
    Column("c", "loan.loan_amount", Number(18, 2, group="'"), trim=True, at=(6, 4)),
    Column("d", "loan.start_date", Day("%Y%m"), at=(10, 6)),
    Column("e", "loan.term_count", Integer(), at=(16, 2)),
    Column("f", "loan.purpose_code", Code({"1": "A", "": "B"}), at=(18, 1)),
)
BASE = FileLayout("", COLUMNS, trailer=Trailer("T", ("rows", "loan.loan_amount")))
FIXED_TRAILER = Trailer("T", ("rows",), ((1, 1), (2, 3)))
LAYOUTS = tuple(
    replace(BASE, encoding=encoding, quote=quote, header=header, delimiter=delimiter)
    for encoding, quote, header, delimiter in (
        ("utf-8", '"', True, ","),
        ("utf-8", '"', False, ","),
        ("utf-8", None, False, "|"),
        ("gb18030", '"', False, "|"),
        ("gbk", None, False, "^"),
        ("gb2312", "'", False, ";"),
        ("utf-16", '"', False, ","),
        ("utf-16-le", '"', False, "\t"),
        ("utf-16-be", None, False, "\x01"),
        ("latin-1", '"', False, ","),
    )
) + tuple(
    replace(BASE, encoding=encoding, header=False, kind=FileKind.FIXED, trailer=FIXED_TRAILER)
    for encoding in ("utf-8", "gb18030", "latin-1")
)
TOKENS = [
    b"a,b,c,d,e,f\n", b"x,Y,1.00,202601,3,1\n", b",,,,,\n", b",", b"|", b'"', b"'", b"\n", b"\r", b"\r\n", b"\0", b" ",
    b"\t", b"T,1,1.00\n", b"T", b"1", b"-", b".", b"\xff", b"\xfe", b"\xef\xbb\xbf", b"\xe5\x80\x9f", b"\xa3\xb1",
    b"\x81", b"\x84\x31\x95\x33", b"\x30", b"\xd8\x00", b"\x00\xdc", b"\n\0", b"\0\n", b"\r\0", b"\0\r", b",\0", b"\0,",
    b"\xef\xbc\x91", b"\xe3\x80\x80", b"\xc2\xa0", b"\xc2\x85", b"\xf0\x9f\x98\x80", b"T  1\n",
    b"x  N  12'3 202613 1 \n",
]  # fmt: skip


# what archives and packed files begin with: the delivery is refused for it before anything is read
ARCHIVES = (
    b"PK", b"\x1f\x8b", b"\x1f\x9d", b"\x1f\xa0", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"\xfd7zXZ",
    b"BZh", b"\x04\x22\x4d\x18", b"MSCF",
)  # fmt: skip


@dataclass
class Fuzzed:
    """A file of arbitrary bytes."""

    name: str
    content: bytes
    layout: FileLayout
    totals: dict[str, str] = field(default_factory=dict)


def agree(compare: Any, contents: list[tuple[int, bytes]]) -> None:
    """Both readers say the same of each of these files."""
    files = [
        Fuzzed(f"z{at}.txt", content, replace(LAYOUTS[which], pattern=f"z{at}.txt"))
        for at, (which, content) in enumerate(contents)
        if not content.startswith(ARCHIVES)
    ]
    with tempfile.TemporaryDirectory() as folder:
        found = compare.run(Path(folder), files)
    assert found.differences == [] and found.ledger == []


WHICH = st.integers(0, len(LAYOUTS) - 1)


@SHAPE
@given(contents=st.lists(st.tuples(WHICH, st.binary(max_size=200)), min_size=1, max_size=8))
def test_arbitrary_bytes(compare: Any, contents: list[tuple[int, bytes]]) -> None:
    """Any bytes in any layout come to the same."""
    agree(compare, contents)


@SHAPE
@given(
    contents=st.lists(
        st.tuples(WHICH, st.lists(st.sampled_from(TOKENS), max_size=40).map(b"".join)), min_size=1, max_size=8
    )
)
def test_bytes_that_matter(compare: Any, contents: list[tuple[int, bytes]]) -> None:
    """Any sequence of delimiters, quotes, line ends, marks and broken characters comes to the same."""
    agree(compare, contents)


@SHAPE
@given(
    seeds=st.lists(st.integers(10**6, 10**9), min_size=1, max_size=4),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 3), st.sampled_from(TOKENS)), max_size=6),
)
def test_changed_files(compare: Any, generate: Any, seeds: list[int], changes: list[tuple[float, int, bytes]]) -> None:
    """Generated files, in layouts of their own, with bytes taken out and put in anywhere, come to the same."""
    files = []
    for at, seed in enumerate(seeds):
        made = generate.make(Random(seed), f"m{at}.txt", large=0.0)
        content = made.content
        for where, length, token in changes:
            place = int(where * len(content))
            content = content[:place] + token + content[place + length :]
        files.append(replace(made, content=content, totals={}))
    with tempfile.TemporaryDirectory() as folder:
        found = compare.run(Path(folder), files)
    assert found.differences == [] and found.ledger == []
