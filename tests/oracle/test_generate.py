"""The generator makes what the batteries need: every kind of line, every reason, every note, always the same."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

from loantape.declare import FileKind

LINES = {
    ("header", ""), ("accepted", ""), ("blank", ""), ("trailer", ""), ("rejected", "undecodable"), ("rejected", "nul"),
    ("rejected", "stray_quote"), ("rejected", "unbalanced_quote"), ("rejected", "field_count"),
    ("rejected", "record_length"), ("rejected", "split_character"),
}  # fmt: skip
NOTES = {
    ("READ-004", ""), ("READ-005", "missing"), ("READ-005", "unreadable"), ("READ-006", "missing"),
    ("READ-006", "twice"), ("READ-007", ""), ("READ-008", ""), ("READ-009", ""), ("READ-010", ""), ("READ-011", ""),
    ("READ-012", "looks like gb18030"), ("READ-012", "looks like utf-8"), ("READ-013", ""), ("READ-014", ""),
}  # fmt: skip
ENCODINGS = {"utf-8", "gb18030", "gbk", "gb2312", "latin-1", "utf-16", "utf-16-le", "utf-16-be"}


def test_everything_the_page_names_is_made(generate: Any, reader: Any) -> None:
    """Two hundred files have every reason and note at least once, parsed and unparsed values of each form, refusals."""
    lines: Counter[Any] = Counter()
    notes: Counter[Any] = Counter()
    forms: Counter[Any] = Counter()
    encodings, kinds, refused = set(), set(), 0
    for number in range(200):
        made = generate.make(Random(number), "f.txt", large=0.0)
        encodings.add(made.layout.encoding)
        kinds.add(made.layout.kind)
        try:
            found = reader.read(made.content, made.layout, made.totals)
        except reader.Refused:
            refused += 1
            continue
        lines.update((line.kind, line.reason) for line in found.lines)
        for note in found.notes:
            said = note.value.split(":")[0] if note.code in ("READ-005", "READ-006", "READ-012") else ""
            notes[note.code, said] += 1
        of = {column.to: type(column.form).__name__ for column in made.layout.columns}
        forms.update((of[target], "unparsed") for _, target, _ in found.unparsed)
        forms.update((of[target], "parsed") for row in found.rows for target, value in row.items() if value is not None)
    assert lines.keys() >= LINES
    assert notes.keys() >= NOTES
    assert encodings == ENCODINGS and kinds == {FileKind.DELIMITED, FileKind.FIXED} and refused >= 3
    names = ("Text", "Identifier", "Integer", "Number", "Day", "Stamp", "Flag", "Code")
    assert all(forms[name, what] >= 20 for name in names for what in ("parsed", "unparsed")), forms


def test_the_same_seed_makes_the_same_file(generate: Any) -> None:
    """A file is told by its number alone, so a difference can be looked at again."""
    for number in range(20):
        first, second = (generate.make(Random(number), "f.txt", large=0.0) for _ in range(2))
        assert first == second
