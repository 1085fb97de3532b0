"""Battery 3: one to four stray quotes in an otherwise good file swallow no row.

The expected rows are known from how the files are made; no reader is asked. A quote is put inside an unquoted field,
before one, or inside a quoted one, where no reading of it is right: the line is lost, with a finding, and no other is.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

from loantape.declare import Column, FileLayout, Text

FILES = 500 if os.environ.get("LOANTAPE_LONG") else 100
TOGETHER = 25
FIELDS = ("partner_agreement_no", "partner_name", "partner_service", "partner_group_id")
WORDS = ("plain", "two words", "示例银行", "a,b", 'the "best" one', "x|y;z", "", "Ａ甲")
LATIN_WORDS = (*(word for word in WORDS if word.isascii()), "é" * 3)
ENDS = ("\n", "\r\n", "\r")


@dataclass
class Spoilt:
    """A file with stray quotes: ``bad`` are the physical lines they are on, ``rows`` the rows of all other lines."""

    name: str
    content: bytes
    layout: FileLayout
    rows: list[tuple[str | None, ...]]
    bad: list[int]
    totals: dict[str, str] = field(default_factory=dict)


def spoilt(number: int) -> Spoilt:
    """A file of 20 to 200 rows with one to four stray quotes."""
    random = Random(number)
    encoding = random.choice(("utf-8", "gb18030", "gbk", "utf-16-le", "latin-1"))
    delimiter, end = random.choice((",", "|", "\t", "\x01")), random.choice(ENDS)
    words = LATIN_WORDS if encoding == "latin-1" else WORDS
    rows = [(f"id-{at}", *(random.choice(words) for _ in FIELDS[1:])) for at in range(random.randint(20, 200))]
    # a field: its text and whether it is quoted
    quoted = [[(text, '"' in text or delimiter in text or random.random() < 0.3) for text in row] for row in rows]
    strays = random.randint(1, 4)
    at = sorted(random.choices(range(len(rows)), k=strays))
    lines = [[f'"{text.replace(chr(34), chr(34) * 2)}"' if marked else text for text, marked in row] for row in quoted]
    for row in at:
        put_stray(random, lines[row], quoted[row], only_inside=at.count(row) > 1)
    text = "".join(delimiter.join(line) + end for line in lines)
    header = random.random() < 0.7
    if header:
        text = delimiter.join(FIELDS) + end + text
    if random.random() < 0.3:
        text = text.removesuffix(end)
    name = f"q{number:04}.txt"
    columns = tuple(Column(one, f"partner.{one}", Text(300)) for one in FIELDS)
    kept = [tuple(text or None for text in row) for number, row in enumerate(rows) if number not in at]
    layout = FileLayout(name, columns, encoding, delimiter, header=header)
    return Spoilt(name, text.encode(encoding), layout, kept, sorted({row + 1 + header for row in at}))


def put_stray(random: Random, line: list[str], fields: Sequence[tuple[str, bool]], only_inside: bool) -> None:
    """Puts one quote where it is stray; ``only_inside`` an unquoted field where several come together on one line."""
    unquoted = [at for at, (text, marked) in enumerate(fields) if not marked and len(text) > 1]
    enclosed = [at for at, (text, marked) in enumerate(fields) if marked and len(text) > 2 and '"' not in text]
    kinds = ["inside"] * bool(unquoted) + ["before", "enclosed"] * (not only_inside)
    kind = random.choice(kinds) if kinds else "inside"
    if kind == "before" and unquoted:
        at = random.choice(unquoted)
        line[at] = '"' + line[at]
    elif kind == "enclosed" and enclosed:
        at = random.choice(enclosed)
        place = random.randint(2, len(line[at]) - 2)
        line[at] = line[at][:place] + '"' + line[at][place:]
    else:
        at = random.choice(unquoted) if unquoted else 0
        line[at] = line[at] if line[at] and not line[at].startswith('"') else "id"
        place = random.randint(1, len(line[at]) - 1)
        line[at] = line[at][:place] + '"' + line[at][place:]


@pytest.mark.parametrize("first", range(0, FILES, TOGETHER))
def test_3_stray_quotes_swallow_no_row(tmp_path: Path, product: Any, compare: Any, counted: Any, first: int) -> None:
    """Every line without a stray quote is read as it was written; each line with one is rejected under its number."""
    files = [spoilt(number) for number in range(first, first + TOGETHER)]
    lines = {file.name: compare.physical_lines(file) for file in files}
    found = product.read_all(tmp_path, files, lines, {"partner": FIELDS}, findings=True)
    row, defects, swallowed = 0, 0, 0
    for file in files:
        rejected = [
            (number, reason)
            for kind, first_line, last_line, _, _, reason, _ in found.lines[file.name]
            for number in range(first_line, last_line + 1)
            if kind == "rejected"
        ]
        assert [number for number, _ in rejected] == file.bad, file.name
        assert {reason for _, reason in rejected} <= {"stray_quote", "unbalanced_quote"}, file.name
        read = found.tape["partner"][row : row + len(file.rows)]
        swallowed += sum(expected != got for expected, got in zip(file.rows, read, strict=True))
        row += len(file.rows)
        defects += len(file.bad)
    counted(files=len(files), rows=row, defects=defects, swallowed=swallowed)
    assert swallowed == 0 and row == len(found.tape["partner"])
    assert found.rejected_findings == sorted((file.name, number) for file in files for number in file.bad)
