"""The row writer against Python's own formatting."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from loantape.simulate import rows as form
from loantape.simulate.render import Writer
from loantape.simulate.rows import Columns, Rows
from loantape.simulate.texts import Texts

WORDS = ["", "a", "示例先享后付", "comma, here", 'quote "q"', "exactly8", "longer than sixteen characters, quoted"]

STRIPS = ["//////////////////////*N", "NNNNNNNNNNNNNNNNNNNNNNNC", "1234567123456712345671NG"]

Cell = tuple[int, str]


def cells(texts: Texts) -> dict[str, tuple[tuple[int, int], st.SearchStrategy[Cell]]]:
    """Column name to how it is written and a strategy of (cell, expected text)."""
    empty = st.just((int(form.EMPTY), ""))

    def written(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"') else text

    literals = st.sampled_from(WORDS).map(lambda text: (int(form.literal(texts.number(text))), written(text)))

    def also(strategy: st.SearchStrategy[Cell]) -> st.SearchStrategy[Cell]:
        return st.one_of(strategy, strategy, empty, literals)

    whole = st.integers(-(10**14), 10**14)
    numbers = {
        f"d{scale}": ((form.DECIMAL, scale), also(whole.map(lambda v, s=scale: (v, f"{Decimal(v).scaleb(-s):f}"))))
        for scale in (2, 6, 8)
    }
    start = date(1970, 1, 1)
    clock = datetime(1970, 1, 1, tzinfo=UTC)
    return numbers | {
        "i": ((form.INTEGER, 0), also(whole.map(lambda v: (v, str(v))))),
        "t": (
            (form.TEXT, 0),
            also(st.sampled_from(WORDS).map(lambda text: (texts.number(text), written(text)))),
        ),
        "day": (
            (form.DAY, 0),
            also(st.integers(0, 29_000).map(lambda v: (v, (start + timedelta(days=v)).isoformat()))),
        ),
        "stamp": (
            (form.STAMP, 0),
            also(
                st.integers(0, 29_000 * 86_400).map(
                    lambda v: (v, (clock + timedelta(seconds=v)).strftime("%Y-%m-%d %H:%M:%S"))
                )
            ),
        ),
        "strip": ((form.STRIP, 0), also(st.integers(0, len(STRIPS) - 1).map(lambda v: (v, STRIPS[v])))),
        "key": (
            (form.NUMBERED, texts.number("PL")),
            also(st.integers(0, 10**14 - 1).map(lambda v: (v, f"PL{v:013d}"))),
        ),
    }


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_rows_are_written_as_python_writes_them(data: st.DataObject) -> None:
    """Whatever the cells, each line is what Python's formatting gives; rows are skipped, repeated or cut as told."""
    texts = Texts("utf-8")
    kinds = cells(texts)
    names = data.draw(st.lists(st.sampled_from(sorted(kinds)), min_size=2, max_size=8, unique=True))
    columns = Columns.make("t", (), {name: kinds[name][0] for name in names})
    count = data.draw(st.integers(1, 5))
    rows = Rows(columns, count)
    rows.strips = np.array([list(strip.encode()) for strip in STRIPS], np.uint8)
    expected = []
    same = data.draw(st.booleans())
    first: list[Cell] = []
    for row in range(count):
        line = first if same and row else [data.draw(kinds[name][1]) for name in names]
        first = line
        for name, (cell, _) in zip(names, line, strict=True):
            rows[name][row] = cell
        rows.keep[row] = fate = data.draw(st.sampled_from([form.SKIP, form.ONCE, form.TWICE, form.AND_BROKEN]))
        whole = ",".join(text for _, text in line)
        cut = ",".join(text for _, text in line[:2])
        expected += {0: [], 1: [whole], 2: [whole, whole], 3: [whole, cut]}[fate]
    written = b"".join(bytes(piece) for piece in Writer(texts).pieces(rows))
    assert written.decode("utf-8") == "".join(line + "\n" for line in expected)
    assert rows.total_lines() == len(expected)


def test_many_rows_are_written_in_pieces() -> None:
    """Rows that do not fit into one piece come out whole and in order."""
    texts = Texts("utf-8")
    long = texts.number("长" * 1_000)
    rows = Rows(Columns.make("t", (), {"i": (form.INTEGER, 0), "t": (form.TEXT, 0)}), 1_000)
    rows["i"] = range(1_000)
    rows["t"] = long
    rows.keep[::3] = form.TWICE
    pieces = [bytes(piece) for piece in Writer(texts).pieces(rows)]
    assert len(pieces) > 5
    lines = b"".join(pieces).decode("utf-8").splitlines()
    expected = [number for number in range(1_000) for _ in range(1 + (number % 3 == 0))]
    assert [int(line.split(",")[0]) for line in lines] == expected
    assert {line.split(",")[1] for line in lines} == {"长" * 1_000}
