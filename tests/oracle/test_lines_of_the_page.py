"""The slow reader against the page's own sentences: encodings, lines, reasons, headers, trailers, looks.

Each example was worked out by hand from docs/reference/intake.md. Not here: the forms of values.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from loantape.declare import Column, FileKind, FileLayout, Number, Text, Trailer

TWO = FileLayout("x", (Column("a", "loan.iou_no"), Column("b", "loan.contract_no", required=False)))
BARE = replace(TWO, header=False)
MONEY = replace(
    TWO,
    columns=(Column("a", "loan.iou_no"), Column("m", "loan.loan_amount", Number(18, 2))),
    header=False,
    trailer=Trailer("T", ("rows", "loan.loan_amount", "")),
)
FIXED = FileLayout(
    "x",
    (Column("b", "loan.contract_no", at=(4, 3)), Column("a", "loan.iou_no", at=(1, 3))),
    kind=FileKind.FIXED,
    header=False,
    encoding="gbk",
)
# columns on bytes 1-3 and 5-6: byte 4 belongs to none
GAPS = replace(FIXED, columns=(Column("a", "loan.iou_no", at=(1, 3)), Column("b", "loan.contract_no", at=(5, 2))))


def judged(reading: Any) -> list[str]:
    return [" ".join(filter(None, (line.kind, line.reason, line.detail))) for line in reading.lines]


def noted(reading: Any) -> list[tuple[Any, ...]]:
    return [(note.code, note.line, note.value) for note in reading.notes]


A = "accepted"
LINES: list[tuple[FileLayout, bytes, list[str]]] = [
    (BARE, b"", []),
    (BARE, b"1,2\n3,4\r\n5,6\r7,8", [A] * 4),
    (BARE, b"1,2\r\r\n\n", [A, "blank", "blank"]),
    (BARE, b"\xef\xbb\xbf", ["blank"]),
    (BARE, b"\xef\xbb\xbf\n1,2", ["blank", A]),
    (BARE, b" \n", ["rejected field_count 1"]),
    (BARE, "1,2\u2028\u0085\x0b\x0c3\n".encode(), [A]),
    (BARE, b'"1\n2",3\n', ["rejected unbalanced_quote 1", "rejected stray_quote 2"]),
    (BARE, b"1,2\n,\n", [A, A]),
    (BARE, b'1,"a""b,"\n1,""\n"",2\n', [A, A, A]),
    (BARE, b'1,a"\n1,"a"b\n1, "a"\n"1" ,2\n', [f"rejected stray_quote {at}" for at in (4, 6, 4, 4)]),
    (BARE, b'1,"ab""\n1,"\n', ["rejected unbalanced_quote 3"] * 2),
    (BARE, b'x"y,"\n', ["rejected stray_quote 2"]),
    (BARE, b"1\n1,2,3\n", ["rejected field_count 1", "rejected field_count 3"]),
    (BARE, b"a\0,\xff\n", ["rejected undecodable 4"]),
    (BARE, b'a\0,"\n', ["rejected nul 2"]),
    (BARE, b"\xef\xbb\xbfa\0,b\n", ["rejected nul 5"]),
    (BARE, b"a,\xe4\xbd\n", ["rejected undecodable 3"]),
    (BARE, b"a,\xed\xa0\x80\nb,\xc0\x80\nc,\xf4\x90\x80\x80", [f"rejected undecodable {at}" for at in (3, 3, 3)]),
    (BARE, "a,\U0001f600\ufeff\n".encode(), [A]),
    (BARE, "借,据\0\n".encode(), ["rejected nul 8"]),
    (BARE, b"a," + bytes(16_777_214) + b"\n", ["rejected nul 3"]),
    (BARE, b"a," + bytes(16_777_215) + b"\n1,2", ["rejected line_too_long", A]),
    (replace(BARE, quote=None), b'"a,b"\n', [A]),
    (replace(BARE, delimiter="\x01"), b"a\x01b,c\n", [A]),
    (replace(BARE, delimiter="|", encoding="gbk"), b"\x81\x7c|b\n", [A]),
    (replace(BARE, encoding="gbk"), b"\x84\x31\x95\x33,1\n", ["rejected undecodable 1"]),
    (replace(BARE, encoding="gb18030"), b"\x84\x31\x95\x33a,1\n", [A]),
    (replace(BARE, encoding="gb18030"), '𠮷",1'.encode("gb18030"), ["rejected stray_quote 5"]),
    (replace(BARE, encoding="gb2312"), "镕,1".encode("gbk"), ["rejected undecodable 1"]),
    (replace(BARE, encoding="latin-1"), b"\xe9,\x80\n\xe9,\xa0\n", ["rejected undecodable 3", A]),
    (replace(BARE, encoding="utf-16"), "a,b\n\u0a0d,c\r\n".encode("utf-16"), [A, A]),
    (replace(BARE, encoding="utf-16-be"), "a,b\r\u0d0a,c\r\nx\0,".encode("utf-16-be"), [A, A, "rejected nul 3"]),
    (replace(BARE, encoding="utf-16-le"), "a,b\n".encode("utf-16-le") + b"x", [A, "rejected undecodable 1"]),
    (replace(BARE, encoding="utf-16-le"), "a,".encode("utf-16-le") + b"\x00\xd8", ["rejected undecodable 5"]),
    (replace(BARE, encoding="utf-16-le"), "\ufeffa,\U0001f600".encode("utf-16-le"), [A]),
    (TWO, b"a,b\n1,2\na,b\n", ["header", A, A]),
    (TWO, b"a,x,b\n1,2\n1,2,3", ["header", "rejected field_count 2", A]),
    (MONEY, b"T,1,2.00,\n", ["trailer"]),
    (MONEY, b"T,1,2.00,\nx,1.00\nT,9\n\n\r\n", ["rejected field_count 4", A, "trailer", "blank", "blank"]),
    (MONEY, b'x,1.00\n"T",0,0,\n', [A, "trailer"]),
    (MONEY, b'x,1.00\nT,"0,0,\n', [A, "rejected unbalanced_quote 3"]),
    (MONEY, b"x,1.00\n T,0,0,\n", [A, "rejected field_count 4"]),
    (replace(MONEY, header=True), b"a,m\nx,1", ["header", A]),
    (replace(MONEY, header=True, columns=(Column("T", "loan.iou_no"),)), b"T\n", ["header"]),
    (
        FIXED,
        b"123456\n12345\n1234567\n\n   \n",
        [A, "rejected record_length 5", "rejected record_length 7", "blank", "rejected record_length 3"],
    ),
    (FIXED, b"12\xbd\xe8 6\n1\xbd\xe8456\n", ["rejected split_character 4", A]),
    (FIXED, b'"",,"x\n12\x00456', [A, "rejected nul 3"]),
    (replace(FIXED, encoding="utf-8"), b"\xef\xbb\xbf123456\n", [A]),
    (replace(FIXED, header=True), b"\xff\n123456\n", ["header", A]),
    (GAPS, b"12\xbd\xe856\n", ["rejected split_character 1"]),
    (GAPS, b"12\xbd\xe8\xbd\xe8\n", ["rejected split_character 1"]),
    (GAPS, b"123\xbd\xe86\n", ["rejected split_character 5"]),
    (GAPS, b"\xbd\xe8345\xbd\n", ["rejected undecodable 6"]),
]


@pytest.mark.parametrize(("layout", "content", "expected"), LINES)
def test_every_line_is_the_kind_the_page_says(
    reader: Any, layout: FileLayout, content: bytes, expected: list[str]
) -> None:
    """Kind, reason and detail of each physical line are those worked out by hand, and the lines are the file."""
    found = reader.read(content, layout)
    assert judged(found) == expected
    assert b"".join(content[line.first : line.end] for line in found.lines) == content


REFUSED = [
    (TWO, b""),
    (TWO, b"\n1,2\n"),
    (TWO, b"\xef\xbb\xbf\n"),
    (TWO, b"\xff,b\n"),
    (TWO, b'a,"b\n'),
    (TWO, b'a,b"\n'),
    (TWO, b"x,y\n"),
    (TWO, b"a;b\n"),
    (TWO, b"a," + b"b" * 1_048_575),
    (replace(TWO, encoding="utf-16"), "a,b\n".encode("utf-16-le")),
    (replace(FIXED, header=True), b""),
]


@pytest.mark.parametrize(("layout", "content"), REFUSED)
def test_a_file_without_meaning_is_refused(reader: Any, slow_lines: Any, layout: FileLayout, content: bytes) -> None:
    """Each of the page's reasons to refuse a text file as a whole is one."""
    with pytest.raises(slow_lines.Refused):
        reader.read(content, layout)


THREE = FileLayout(
    "x",
    (
        Column("Ab", "loan.iou_no"),
        Column("c d", "loan.contract_no"),
        Column("e", "loan.branch_no"),
        Column("skip", None, ignored="not needed"),
    ),
)
HEADERS: list[tuple[bytes, list[tuple[str, str]]]] = [
    (b"Ab,c d,e,skip\n", []),
    (b"Ab,c d,e\n", []),
    (b'"Ab","c d",e\n', []),
    (b"ab,c d,e\n", [("READ-008", "ab, declared Ab")]),
    (" ＡＢ\u3000,c d,e\n".encode(), [("READ-008", " ＡＢ\u3000, declared Ab")]),
    ("Ab,c\u3000d,e\n".encode(), [("READ-008", "c\u3000d, declared c d")]),
    (b"Ab,cd,e\n", [("READ-006", "missing: c d"), ("READ-007", "cd")]),
    (b"Ab,c d,e,,\n", [("READ-007", "(empty) 4"), ("READ-007", "(empty) 5")]),
    (b"Ab,c d,e, \n", [("READ-007", " ")]),
    (b"Ab,c d,AB,e\n", [("READ-006", "twice: Ab"), ("READ-008", "AB, declared Ab")]),
    (b"Ab,c d,e,skip,skip\n", [("READ-006", "twice: skip")]),
    (b"Ab,e,c d\n", [("READ-009", "e")]),
    (b"skip,Ab,c d,e\n", [("READ-009", "skip")]),
    (b"e,Ab,c d,e\n", [("READ-006", "twice: e")]),
]


@pytest.mark.parametrize(("content", "expected"), HEADERS)
def test_names_are_matched_as_the_page_says(reader: Any, content: bytes, expected: list[tuple[str, str]]) -> None:
    """Exact names say nothing; others are renamed, unknown, missing, double or out of order, each noted once."""
    found = reader.read(content, THREE)
    assert sorted((note.code, note.value) for note in found.notes) == expected
    assert all(note.line == 1 for note in found.notes)


def test_columns_that_are_not_read_are_null(reader: Any) -> None:
    """A column that is there twice is read from neither place, one that is missing from none; the others are read."""
    found = reader.read(b"e,AB,E,zz\n1,2,3,4\n", THREE)
    assert found.rows == [{"loan.iou_no": "2", "loan.contract_no": None, "loan.branch_no": None}]


TRAILERS: list[tuple[bytes, dict[str, str], list[tuple[Any, ...]], list[tuple[Any, ...]]]] = [
    (b"x,1.00\ny,\nzz\nT,3,1.00,w\n", {}, [("loan.rows", 3, 3), ("loan.loan_amount", 1, 1)], []),
    (b"T,0,0,\n", {}, [("loan.rows", 0, 0), ("loan.loan_amount", 0, 0)], []),
    (b"x,1.00\n", {}, [], [("READ-005", None, "missing"), ("READ-004", None, None)]),
    (b"x,1\n", {"loan.loan_amount": "2"}, [("loan.loan_amount", 2, 1)], [("READ-005", None, "missing")]),
    (b"x,1\n", {"loan.rows": "2"}, [("loan.rows", 2, 1)], [("READ-005", None, "missing"), ("READ-004", None, None)]),
    (b"x,1.00\nT,1,1\n", {}, [], [("READ-005", None, "unreadable"), ("READ-004", None, None)]),
    (b"x,1.00\nT,1.0,1,\n", {}, [], [("READ-005", None, "unreadable"), ("READ-004", None, None)]),
    (b"x,1.00\nT,1, 1,\n", {}, [], [("READ-005", None, "unreadable"), ("READ-004", None, None)]),
    (b"x,1.00\nT,1,,\n", {}, [], [("READ-005", None, "unreadable"), ("READ-004", None, None)]),
    (b"x,-1.00\nT,1,-2.5,\n", {}, [("loan.rows", 1, 1), ("loan.loan_amount", Decimal("-2.5"), -1)], []),
]


@pytest.mark.parametrize(("content", "manifest", "totals", "notes"), TRAILERS)
def test_totals_of_manifest_and_trailer(
    reader: Any, content: bytes, manifest: dict[str, str], totals: list[Any], notes: list[Any]
) -> None:
    """Rows are accepted and rejected lines, sums are exact, a trailer that is not there or not readable is noted."""
    found = reader.read(content, MONEY, manifest)
    assert [(total.name, total.declared, total.computed) for total in found.totals] == totals
    assert noted(found) == notes


def test_a_fixed_trailer_is_read_by_place(reader: Any) -> None:
    """Marker and totals of a fixed-width trailer are at their places; one that is cut is unreadable."""
    layout = replace(FIXED, trailer=Trailer("EOF", ("rows",), ((1, 3), (4, 5))))
    assert reader.read(b"123456\nEOF    1", layout).totals[0].agrees
    assert judged(reader.read(b"123456\nEOF  ", layout)) == ["accepted", "trailer"]
    assert ("READ-005", None, "unreadable") in noted(reader.read(b"123456\nEOF  ", layout))
    assert reader.read(b"123456\nEOF    2 more\n", layout).totals[0].declared == 2


KIBIBYTE = b"1," + b"2" * 1021 + b"\n"
LOOKS: list[tuple[FileLayout, bytes, list[tuple[Any, ...]]]] = [
    (BARE, b"1,2\n3,4\n", []),
    (BARE, b"1,2", [("READ-011", 1, None)]),
    (BARE, b"1,2\r\n3,4", [("READ-011", 2, None)]),
    (BARE, b"1,2\r\n3,4\r\n\n\r", [("READ-010", 3, "LF 1, CRLF 2, CR 1")]),
    (BARE, b"1,2\n3,4\r5", [("READ-011", 3, None), ("READ-010", 2, "LF 1, CRLF 0, CR 1")]),
    (BARE, "借,据\n".encode("gb18030"), [("READ-012", None, "looks like gb18030")]),
    (BARE, "借,据\n".encode("gb18030") + b"\xff,\n", []),
    (replace(BARE, encoding="gbk"), "借据,借款\n".encode(), [("READ-012", None, "looks like utf-8")]),
    (replace(BARE, encoding="gbk"), "借据,款\n".encode(), []),
    (replace(BARE, encoding="latin-1"), "借据,借款\n".encode(), [("READ-012", None, "looks like utf-8")]),
    (BARE, KIBIBYTE * 1024 + "借,据\n".encode("gb18030"), []),
    (BARE, KIBIBYTE * 1023 + b"1,2\n" * 255 + "借,据\n".encode("gb18030"), []),
    (BARE, KIBIBYTE * 1023 + b"1,2\n" * 254 + "借,据\n".encode("gb18030"), [("READ-012", None, "looks like gb18030")]),
]


@pytest.mark.parametrize(("layout", "content", "expected"), LOOKS)
def test_what_a_file_looks_like(reader: Any, layout: FileLayout, content: bytes, expected: list[Any]) -> None:
    """Mixed or missing line ends and bytes of another encoding are noted, with counts and lines."""
    assert sorted(noted(reader.read(content, layout)), key=str) == sorted(expected, key=str)


def test_rows_are_words_for_words(reader: Any) -> None:
    """Quoted fields lose their quotes, ``""`` is nothing, what does not parse is kept as delivered."""
    layout = replace(BARE, columns=(Column("a", "loan.iou_no", Text(4)), Column("b", "loan.contract_no", trim=True)))
    found = reader.read(b'"a""b",""\n"",  \nabcde, x \n', layout)
    assert [tuple(row.values()) for row in found.rows] == [('a"b', None), (None, None), (None, "x")]
    assert found.unparsed == [(3, "loan.iou_no", "abcde")] and found.row_lines == [1, 2, 3]
