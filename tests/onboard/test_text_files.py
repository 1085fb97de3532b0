"""Encodings, delimiters, quotes, widths, headers and trailers of strange text files are found, or doubted."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loantape.declare import FileKind, Lender, Trailer
from loantape.errors import ConfigurationError, DeliveryError
from loantape.onboard import Draft

HEADER = "借据号,贷款余额,放款日期,备注"
RECORDS = [f"J{number:04d},{number * 37 % 991}.25,2026-01-{number % 28 + 1:02d},样本文字" for number in range(1, 40)]


def text(delimiter: str = ",", end: str = "\n", header: str = HEADER) -> str:
    lines = [header, *RECORDS] if header else RECORDS
    return "".join(line.replace(",", delimiter) + end for line in lines)


def sentences(draft: Draft) -> str:
    return "\n".join(doubt.en for doubt in draft.doubts)


@pytest.mark.parametrize(
    ("codec", "mark", "name"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", b"\xef\xbb\xbf", "utf-8"),
        ("gb18030", b"", "gb18030"),
        ("gb18030", b"\x84\x31\x95\x33", "gb18030"),
        ("utf-16-le", b"\xff\xfe", "utf-16"),
        ("utf-16-be", b"\xfe\xff", "utf-16"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_are_found(draft: Callable[..., Draft], codec: str, mark: bytes, name: str, end: str) -> None:
    """The encoding that decodes the whole file is declared, with any line end; a mark is no part of the first name."""
    one = draft(mark + text(end=end).encode(codec))
    assert (one.facts["encoding"], one.facts["rows"]) == (name, 39)
    assert [column.name for column in one.profile] == HEADER.split(",")
    assert ("guessed" in sentences(one)) == (name in ("utf-16-le", "utf-16-be"))


def test_latin_letters_are_told_from_chinese(draft: Callable[..., Draft]) -> None:
    """High bytes that stand alone between letters are latin-1, and doubtful, because gb18030 decodes them too."""
    lines = "loan_id,balance,remark\n" + "".join(f"L{n},{n}.5,Müller Straße Señor\n" for n in range(50))
    one = draft(lines.encode("latin-1"))
    assert one.facts["encoding"] == "latin-1" and "might be gb18030" in sentences(one)


def test_a_file_no_encoding_decodes_is_doubtful(draft: Callable[..., Draft]) -> None:
    """Lines that do not decode are left out and counted; the encoding that decodes most is drafted with a doubt."""
    lines = text().encode().splitlines(keepends=True)
    lines.insert(5, b"J9999,1.00,2026-01-01,\xff\xfe\x81\n")
    one = draft(b"".join(lines))
    assert one.facts["encoding"] == "utf-8" and one.facts["lines_left_out"] == 1
    assert "no encoding decodes the whole file" in sentences(one)


@pytest.mark.parametrize("delimiter", [",", "|", "\t", ";", "\x01"])
def test_delimiters_are_found(
    draft: Callable[..., Draft], lender_of: Callable[[Draft], Lender], delimiter: str
) -> None:
    """The delimiter that gives every line the same number of fields is declared."""
    (layout,) = lender_of(draft(text(delimiter).encode())).files
    assert layout.delimiter == delimiter and layout.kind is FileKind.DELIMITED


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(remarks=st.lists(st.text(alphabet='a,"|;x', max_size=9), min_size=6, max_size=20))
def test_quoted_fields_hold_delimiters(draft: Callable[..., Draft], remarks: list[str]) -> None:
    """Delimiters and doubled quotes inside quoted fields change neither the columns nor the number of rows."""
    lines = ["loan_id,balance,remark", 'L0,1.25,"a,b"']
    lines += [f'L{at},{at}.25,"{one.replace(chr(34), chr(34) * 2)}"' for at, one in enumerate(remarks, 1)]
    one = draft(("\n".join(lines) + "\n").encode())
    assert (one.facts["delimiter"], one.facts["rows"], len(one.profile)) == (",", len(remarks) + 1, 3)
    assert one.facts["lines_left_out"] == 0
    filled = sum(bool(remark) and remark not in ("-",) for remark in remarks) + 1
    assert one.profile[2].filled == filled


def test_stray_quotes_mean_no_quotes(draft: Callable[..., Draft], lender_of: Callable[[Draft], Lender]) -> None:
    """A file whose quotes stand anywhere is read without quoting."""
    lines = ["loan_id,balance,remark", *(f'L{n},{n}.5,19" rack' for n in range(20))]
    (layout,) = lender_of(draft(("\n".join(lines) + "\n").encode())).files
    assert layout.quote is None


def test_broken_lines_are_left_out_and_counted(draft: Callable[..., Draft]) -> None:
    """Lines with another number of fields or open quotes are no records."""
    lines = [*text().splitlines(), "J1,1.00", 'J2,1.00,2026-01-01,"open', "", "a,b,c,d,e,f,g"]
    one = draft(("\n".join(lines) + "\n").encode())
    assert (one.facts["rows"], one.facts["lines_left_out"]) == (39, 3)
    assert "3 lines are no records" in sentences(one)


def test_a_file_without_a_header_declares_every_place(
    draft: Callable[..., Draft], lender_of: Callable[[Draft], Lender]
) -> None:
    """Figures in the first line mean no header: columns are declared by place, the undecided ones as ignored."""
    one = draft(text(header="").encode())
    (layout,) = lender_of(one).files
    assert not layout.header and [column.header for column in layout.columns] == [f"column_{n}" for n in range(1, 5)]
    assert all(column.to is None and column.ignored for column in layout.columns)
    assert "the first line holds figures or dates" in sentences(one)


def test_an_unknown_header_is_taken_with_a_doubt(draft: Callable[..., Draft]) -> None:
    """Names nobody knows above columns of figures are a header; above columns of words they are not taken for one."""
    one = draft(b"qqa,qqb\nx,1.5\ny,2.5\n")
    assert one.facts["header"] and "taken for a header" in sentences(one)
    two = draft("甲甲,乙乙\n丙丙,丁丁\n戊戊,己己\n".encode())
    assert not two.facts["header"] and "nothing says" in sentences(two)


def test_fixed_widths_are_found_in_bytes(draft: Callable[..., Draft], lender_of: Callable[[Draft], Lender]) -> None:
    """Columns between blank positions are placed in bytes, Chinese characters counting two in GB18030; a doubt."""
    lines = [f"J{n:06d}  {n * 13 % 97:>8}.25  2026010{n % 9 + 1}  {'正常' if n % 2 else '关注类'}" for n in range(30)]
    data = b"".join(line.encode("gb18030").ljust(38) + b"\n" for line in lines)
    one = draft(data, "fixed.txt")
    (layout,) = lender_of(one).files
    assert layout.kind is FileKind.FIXED and one.facts["rows"] == 30 and layout.encoding == "gb18030"
    places = [column.at for column in layout.columns]
    assert places == [(1, 7), (8, 13), (21, 10), (31, 8)] or places[0] == (1, 7)
    assert sum(length for _, length in [at for at in places if at]) == 38
    assert "fixed widths are guessed" in sentences(one)
    assert [column.distinct for column in one.profile][2:] == [9, 2]


def test_a_trailer_is_found(draft: Callable[..., Draft], lender_of: Callable[[Draft], Lender]) -> None:
    """A last line that begins with a word for the end is declared, its number of records recognised, and no record."""
    for marker, fields in (("TRAILER", "TRAILER,39"), ("合计", "合计,0039,,")):
        one = draft((text() + fields + "\n").encode())
        (layout,) = lender_of(one).files
        assert layout.trailer == Trailer(marker, ("rows", "", "")[: fields.count(",")])
        assert (one.facts["rows"], one.facts["lines_left_out"]) == (39, 0)


def test_packed_files_are_the_same(draft: Callable[..., Draft]) -> None:
    """gzip changes nothing, several members are one file, and the declared name is that of the content."""
    plain = draft(text().encode())
    data = text().encode()
    packed = draft(gzip.compress(data[:100]) + gzip.compress(data[100:]), "strange.csv.gz")
    assert packed.module == plain.module and packed.profile == plain.profile


@pytest.mark.parametrize(
    ("data", "name", "what"),
    [
        (b"", "strange.csv", "is empty"),
        (b"\n\r\n", "strange.csv", "no line"),
        (gzip.compress(b"a,b\n1,2\n" * 9999)[:-20], "strange.csv.gz", "does not unpack"),
        (b"\x1f\x8b\x08rubbish", "strange.gz", "does not unpack"),
        (b"PK\x03\x04", "strange.zip", "unpack it first"),
    ],
)
def test_what_cannot_be_read_is_refused(draft: Callable[..., Draft], data: bytes, name: str, what: str) -> None:
    """Empty, broken and otherwise packed files are refused with what to do next."""
    with pytest.raises(DeliveryError, match=what) as refused:
        draft(data, name)
    assert refused.value.next_step


@pytest.mark.parametrize(
    "options", [{"lender": "Bad Name"}, {"lender": "x/../y"}, {"table": "loans"}, {"jurisdiction": "fr"}]
)
def test_wrong_options_are_refused(draft: Callable[..., Draft], options: dict[str, Any]) -> None:
    """A name that is no module's, an unknown table and an unknown jurisdiction are refused."""
    with pytest.raises(ConfigurationError):
        draft(text().encode(), **options)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(min_size=1, max_size=300) | st.text(alphabet='a1,"\n\r|张 \x00\x01', min_size=1).map(str.encode))
def test_any_bytes_give_a_draft_or_a_refusal(
    draft: Callable[..., Draft], lender_of: Callable[[Draft], Lender], data: bytes
) -> None:
    """Whatever a file holds, the answer is a module that imports or a refusal."""
    try:
        one = draft(data)
    except DeliveryError:
        return
    assert lender_of(one).name == "strange"
