"""The answer key: every finding a check must report, in the order of the delivery's lines.

Belongs here: collecting findings with their keys and lines, and writing them. Not here: which findings there are
(mistakes, planting).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from loantape import catalog
from loantape.simulate.planting import Selected
from loantape.simulate.render import Writer
from loantape.simulate.rows import EMPTY, INTEGER, TEXT, Columns, Rows
from loantape.simulate.texts import Texts

HEADER = b"rule,grain,key,file,line\n"
_GONE = "MOV-001"
_NAMELESS = "READ-002"  # a rejected line has no key


class Answers:
    """Findings of one delivery, kept as numbers until they are written."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts
        self._found: dict[tuple[str, bool], list[np.ndarray]] = {}  # (table, has keys): code, line, key cells
        self._codes: dict[str, int] = {}
        self._columns: dict[str, Columns] = {}

    def add(self, code: str, where: Selected, lines: np.ndarray, below: int) -> None:
        """Findings on rows of a block: ``lines`` are the physical lines before each row of it, in its file."""
        columns = where.rows.columns
        self._columns[columns.table] = columns
        line = lines[where.at] + 1 + below
        key = [where.rows[name][where.at] for name in columns.key] if code != _NAMELESS else []
        self._put(columns.table, code, line, key)

    def add_gone(self, columns: Columns, numbers: np.ndarray) -> None:
        """Loans of the month before that are missing now: they have a key, no file and no line."""
        self._columns[""] = columns
        if numbers.size:
            self._put("", _GONE, np.full(numbers.size, EMPTY), [numbers])

    def _put(self, table: str, code: str, line: np.ndarray, key: list[np.ndarray]) -> None:
        number = self._codes.setdefault(code, self.texts.number(code))
        self._found.setdefault((table, bool(key)), []).append(np.stack([np.full(line.size, number), line, *key]))

    def write(self, path: Path, tables: list[str]) -> None:
        """Write the key: by file in the delivery's order, then line, then code; rejected lines after a file's rows."""
        writer = Writer(self.texts, "utf-8")
        order = {number: place for place, (_, number) in enumerate(sorted(self._codes.items()))}
        with path.open("wb") as stream:
            stream.write(HEADER)
            for table, has_key in [(table, has_key) for table in (*tables, "") for has_key in (True, False)]:
                if (table, has_key) not in self._found:
                    continue
                found = np.concatenate(self._found[table, has_key], axis=1)
                ranks = np.array([order[int(number)] for number in found[0]])
                found = found[:, np.lexsort((ranks, found[-1], found[1]))]
                for piece in writer.pieces(self._rows(table, found, has_key)):
                    stream.write(piece)

    def _rows(self, table: str, found: np.ndarray, has_key: bool) -> Rows:
        """The lines of the key for one table; rejected lines have no key."""
        source = self._columns[table]
        keys = {f"key {place}": name for place, name in enumerate(source.key)} if has_key else {}
        written = {"rule": (TEXT, 0), "grain": (TEXT, 0)}
        written |= {
            place: (int(source.kinds[source.place[name]]), int(source.parameters[source.place[name]]))
            for place, name in keys.items()
        }
        if not has_key:
            written |= {"no key": (TEXT, 0)}
        written |= {"file": (TEXT, 0), "line": (INTEGER, 0)}
        marks = b",,," + b"/" * (len(written) - 5) + b",,"
        rows = Rows(Columns.make(table, (), written, marks), found.shape[1])
        grains = {number: self._grain(code, table) for code, number in self._codes.items()}
        rows["rule"] = found[0]
        rows["grain"] = [grains[int(number)] for number in found[0]]
        for place, name in enumerate(keys):
            rows[name] = found[2 + place]
        rows["file"] = self.texts.number(f"{table}.csv") if table else EMPTY
        rows["line"] = found[1]
        return rows

    def _grain(self, code: str, table: str) -> int:
        rule = catalog.rules().get(code)
        return self.texts.number(rule.on if rule else table)
