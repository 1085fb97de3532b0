"""Published code lists that are too long for a module, each a CSV file with its origin in ``sources.csv``.

Belongs here: the lists as they were published, where each is from, and that nobody changed one unnoticed. Not here:
short lists that the tape fixes (``schemas.tape.codes``), and rules. A new edition is a new file and a new row.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from loantape.declare import Confidence
from loantape.errors import DeclarationError


@dataclass(frozen=True)
class CodeList:
    """One published list: its rows by code, the standard it is of, where and when it was taken from, how sure it is."""

    name: str
    standard: str
    origin: str
    retrieved: date
    sha256: str
    confidence: Confidence
    note_en: str
    note_zh: str
    rows: Mapping[str, Mapping[str, str]]

    def codes(self, without: Sequence[str] = ()) -> tuple[str, ...]:
        """The codes in the order of the file, some left out."""
        return tuple(code for code in self.rows if code not in without)

    def column(self, name: str, without: Sequence[str] = ()) -> tuple[str, ...]:
        """Another column of the list, rows of some codes left out."""
        return tuple(row[name] for code, row in self.rows.items() if code not in without)


@cache
def code_list(name: str, folder: Path | None = None) -> CodeList:
    """A list by name, ``provinces``, ``countries`` or ``currencies``.

    Raises DeclarationError when ``sources.csv`` does not name it, when its file is not the one whose SHA-256 stands
    there, or when a code is in it twice.
    """
    root: Any = folder if folder is not None else files(__package__)
    sources = _rows((root / "sources.csv").read_bytes())
    source = next((row for row in sources if row["list"] == name), None)
    if source is None:
        raise DeclarationError(f"no code list is called {name!r}", "add its row to schemas/codes/sources.csv")
    content = (root / f"{name}.csv").read_bytes()
    if hashlib.sha256(content).hexdigest() != source["sha256"]:
        raise DeclarationError(
            f"the code list {name!r} is not the file that was checked", "restore it, or state its new origin and hash"
        )
    rows = _rows(content)
    by_code = {row["code"]: row for row in rows}
    if len(by_code) != len(rows):
        raise DeclarationError(f"the code list {name!r} has a code twice", "remove one of the rows")
    return CodeList(
        name,
        source["standard"],
        source["origin"],
        date.fromisoformat(source["retrieved"]),
        source["sha256"],
        Confidence(source["confidence"]),
        source["note_en"],
        source["note_zh"],
        by_code,
    )


def in_list_sql(value: str, codes: Sequence[str]) -> str:
    """SQL for "this text is one of these codes", null where there is no text. Codes are declared, never delivered."""
    return f"{value} IN ({', '.join(repr(code) for code in codes)})"


def _rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(content.decode("utf-8").splitlines()))
