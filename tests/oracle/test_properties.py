"""The slow reader against Python's own ``csv`` module and codecs, where those say the same as the page."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

CODECS = ("utf-8", "gb18030", "gbk", "utf-16-le", "utf-16-be", "latin-1")
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=8)


@given(
    fields=st.lists(TEXTS | st.text('",|x', max_size=6), min_size=1, max_size=6),
    delimiter=st.sampled_from(",|\t;\x01"),
    quote=st.sampled_from("\"'"),
    everything=st.booleans(),
)
def test_what_csv_writes_is_split_into_its_fields(
    slow_lines: Any, fields: list[str], delimiter: str, quote: str, everything: bool
) -> None:
    """A line that Python's csv module wrote has exactly the fields it was written from."""
    out = io.StringIO()
    how = csv.QUOTE_ALL if everything else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=delimiter, quotechar=quote, quoting=how, lineterminator="").writerow(fields)
    assert slow_lines.split(out.getvalue(), delimiter, quote) == fields


@given(text=st.text('a",', max_size=12))
def test_a_line_has_fields_or_one_defect(slow_lines: Any, text: str) -> None:
    """Fields written again are the line, up to needless quotes; a defect points at a quote or behind one."""
    found = slow_lines.split(text, ",", '"')
    if isinstance(found, list):
        written = ",".join(found)
        assert len(written.replace('"', "")) == len(text.replace('"', ""))
    else:
        reason, at = found
        assert text[at] == '"' if reason == "unbalanced_quote" else '"' in text[max(0, at - 1) : at + 1]


@given(
    pieces=st.lists(st.sampled_from(["\r", "\n", "\r\n", "a", "\u0a0d", "\u0d0a", "\u2028"])),
    codec=st.sampled_from(CODECS),
)
def test_lines_end_where_the_text_says(slow_lines: Any, pieces: list[str], codec: str) -> None:
    """In each encoding the lines of the bytes are the lines of the text; LF, CRLF and lone CR end one, nothing else."""
    text = "".join(pieces).encode(codec, "ignore").decode(codec)
    content = text.encode(codec)
    expected = [one for one in re.split("(?<=\n)|(?<=\r)(?!\n)", text) if one]
    found = slow_lines.physical_lines(content, codec)
    assert [content[line.first : line.end].decode(codec) for line in found] == expected
    assert [content[line.first : line.stop].decode(codec) for line in found] == [one.rstrip("\r\n") for one in expected]


@given(data=st.binary(max_size=12), codec=st.sampled_from([*CODECS, "gb2312"]))
def test_places_are_where_characters_begin(slow_lines: Any, data: bytes, codec: str) -> None:
    """What lies before the place of a character decodes to the characters before it."""
    text = slow_lines.decode(data, codec)
    if isinstance(text, str):
        places = [slow_lines.place(data, codec, at) for at in range(len(text))]
        assert [data[: place - 1].decode(codec) for place in places] == [text[:at] for at in range(len(text))]
    else:
        slow_lines.decode(data[: text.place - 1], codec)
        assert isinstance(slow_lines.decode(data[: text.place - 1], codec), str)
