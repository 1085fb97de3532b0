"""Every physical line is accounted for, whatever the bytes are."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loantape.declare import FileLayout
from loantape.errors import DeclarationError
from loantape.intake import ledger as ledger_module
from loantape.intake import scan
from loantape.intake.ledger import Ledger, build_ledger
from loantape.progress import _Counter

COLUMNS = 3
ENCODINGS = ("utf-8", "gb18030", "gbk", "gb2312")
NASTY = [b'"', b'""', b",", b",,", b"|", b"\n", b"\r", b"\r\n", b"\0", b"a", b"12", b" ", b"\x80", b"\xff", b"\xc3\xa9"]
NASTY += [b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf", "借据".encode(), "借据".encode("gb18030")]
NASTY += [
    "𠮷€".encode("gb18030"),
    b"\x81\x7c",
    b"\x81\x30\x81\x30",
    b"\x81\x30\x81",
    b"\xfe\x39\xfe\x39",
    b"\x84\x31\xa4\x39",
]
NASTY += [
    b"x,y,z\n",
    b'"a,b",c,"d"\n',
    b'x,"y,z\n',
    b"1,2,3\r\n",
    b"\x90\x30\x81\x30",
    b"\xe3\x32\x9a\x35",
    b"\xe3\x32\x9a\x36",
]


def oracle(data: bytes, encoding: str, quote: str | None, delimiter: str) -> Iterator[tuple[str, str, bytes]]:
    """(kind, reason, bytes with line end) of each line, slowly, by Python's own codecs and a character loop."""
    for at, match in enumerate(re.finditer(rb"([^\r\n]*)(\r\n|\r|\n)|([^\r\n]+)\Z", data)):
        raw = match[1] if match[1] is not None else match[3]
        if at == 0:
            yield "header", "", match[0]
        elif not raw:
            yield "blank", "", match[0]
        else:
            reason = judge(raw, encoding, quote, delimiter)
            yield ("rejected" if reason else "accepted"), reason, match[0]


def judge(raw: bytes, encoding: str, quote: str | None, delimiter: str) -> str:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return "undecodable"
    if "\0" in text:
        return "nul"
    fields, stray, open_at = 1, False, False
    state = "start"
    at = 0
    while at < len(text):
        c = text[at]
        if state == "quoted":
            if c == quote and text[at + 1 : at + 2] == quote:
                at += 1
            elif c == quote:
                state = "closed"
        elif c == delimiter:
            fields, state = fields + 1, "start"
        elif state == "closed":
            stray = True
        elif c == quote and state == "start":
            state = "quoted"
        else:
            stray = stray or c == quote
            state = "plain"
        at += 1
    open_at = state == "quoted"
    if stray:
        return "stray_quote"
    if open_at:
        return "unbalanced_quote"
    return "" if fields == COLUMNS else "field_count"


def ledger_of(data: bytes, encoding: str = "utf-8", quote: str | None = '"', delimiter: str = ",") -> Ledger:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "f.csv"
        path.write_bytes(data)
        return build_ledger(path, FileLayout("f.csv", (), encoding, delimiter, quote), COLUMNS, _Counter())


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.sampled_from(NASTY), max_size=40).map(b"".join),
    st.sampled_from(ENCODINGS),
    st.sampled_from(['"', None, "|"]),
    st.sampled_from([",", "|", "\t"]),
)
def test_each_line_is_judged_as_a_slow_reader_judges_it(
    data: bytes, encoding: str, quote: str | None, delimiter: str
) -> None:
    """Kind and reason of every line equal those of an independent character-by-character reader."""
    quote = None if quote == delimiter else quote
    ledger = ledger_of(data, encoding, quote, delimiter)
    expected = list(oracle(data, encoding, quote, delimiter))
    found = []
    for run, last in zip(ledger.runs, ledger.last_lines(), strict=True):
        kind, reason = scan.KINDS[run[scan.RUN_KIND]], scan.REASONS[run[scan.RUN_REASON]]
        found += [(kind, reason)] * int(last - run[scan.RUN_LINE] + 1)
    assert found == [(kind, reason) for kind, reason, _ in expected]
    assert ledger.lines == len(expected) == sum(ledger.counts)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(NASTY), max_size=60).map(b"".join), st.sampled_from(ENCODINGS))
def test_ranges_are_the_file(data: bytes, encoding: str) -> None:
    """The runs' byte ranges, in order, are the file: nothing between them, nothing twice; so are their line ranges."""
    ledger = ledger_of(data, encoding)
    ends = ledger.end_bytes()
    joined = b"".join(data[start:end] for start, end in zip(ledger.runs[:, scan.RUN_BYTE], ends, strict=True))
    assert joined == data
    assert ledger.size == len(data)
    assert ledger.sha256 == hashlib.sha256(data).hexdigest()
    first, last = ledger.runs[:, scan.RUN_LINE], ledger.last_lines()
    assert all(first[1:] == last[:-1] + 1) and (not len(first) or (first[0] == 1 and last[-1] == ledger.lines))


@pytest.mark.parametrize("room", [3, 5])
@pytest.mark.parametrize("window", [1, 7, 4096])
def test_windows_do_not_matter(monkeypatch: pytest.MonkeyPatch, room: int, window: int) -> None:
    """However small the windows and buffers of the scanner, the ledger is the same."""
    data = b"a,b,c\n" + b"1,2,3\n\n4,5\r\n7,8,9\r\xff\n" * 50 + b"1,2,3"
    whole = ledger_of(data)
    monkeypatch.setattr(ledger_module, "_WINDOW", window)
    monkeypatch.setattr(ledger_module, "_ROOM", room)
    pieces = ledger_of(data)
    assert np.array_equal(whole.runs, pieces.runs) and whole.counts == pieces.counts


def test_the_index_points_at_every_4096th_line() -> None:
    """An entry of the line index is the first byte of its line."""
    lines = [f"{at},b,c\n".encode() for at in range(10_000)]
    ledger = ledger_of(b"".join(lines))
    assert ledger.index.tolist() == [[at + 1, sum(map(len, lines[:at]))] for at in (0, 4096, 8192)]


@pytest.mark.parametrize("stray", [1, 2, 3])
def test_a_stray_quote_swallows_nothing(stray: int) -> None:
    """However far apart opening quotes stand, only their own lines are rejected."""
    lines = [b"a,b,c\n"] + [b"%d,x,y\n" % at for at in range(3000)]
    for at in range(stray):
        lines[500 + 900 * at] = b'7,"x,y\n'
    ledger = ledger_of(b"".join(lines))
    assert ledger.counts == (1, 3000 - stray, stray, 0, 0)


def test_every_cut_of_a_file_is_counted() -> None:
    """A file cut anywhere still adds up, and the line that was cut is the only one that can be rejected."""
    data = b"h,i,j\n" + b'1,"a ""b"" c",\xe5\x80\x9f\r\n' * 4
    for cut in range(1, len(data)):
        ledger = ledger_of(data[:cut])
        assert sum(ledger.counts) == ledger.lines and ledger.counts[scan.REJECTED] <= 1


def test_a_bom_belongs_to_the_header() -> None:
    """A byte order mark is noticed, stays in the header's range and is no part of any value."""
    for encoding in ("utf-8", "gb18030", "utf-16-le", "utf-16-be"):
        ledger = ledger_of("\ufeffa,b,c\n1,2,3\n".encode(encoding), encoding)
        assert ledger.mark and ledger.counts == (1, 1, 0, 0, 0)


def test_gb18030_agrees_with_the_codec() -> None:
    """All two-byte codes and a comb of four-byte codes are accepted exactly where Python's codec decodes them."""
    codes = [
        bytes((lead, trail)) for lead in range(0x80, 0x100) for trail in range(256) if trail not in (0, 10, 13, 34, 44)
    ]
    codes += [
        bytes((a, 0x30 + b, c, 0x30 + d))
        for a in range(0x81, 0xFF, 1)
        for b in range(0, 10, 3)
        for c in range(0x81, 0xFF, 25)
        for d in (0, 5, 9)
    ]
    data = b"a,b,c\n" + b"".join(b"1," + code + b",3\n" for code in codes)
    ledger = ledger_of(data, "gb18030")
    expected = sum(not judge(b"1," + code + b",3", "gb18030", '"', ",") for code in codes)
    assert ledger.accepted == expected


def test_a_delimiter_that_cannot_be_scanned_is_refused() -> None:
    """Two characters, a line end or an unknown encoding in a layout is an error of the declaration."""
    for encoding, delimiter in (("utf-8", "||"), ("utf-8", "\n"), ("utf-8", "，"), ("utf-7", ",")):
        with pytest.raises(DeclarationError):
            ledger_of(b"a", encoding, None, delimiter)
