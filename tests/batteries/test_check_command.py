"""`loantape check` on files of the battery, as a person runs it: exit code, counts and findings as the page says."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest

from loantape import catalog, cli
from loantape.errors import EXIT_CLEAN, EXIT_FINDINGS, EXIT_UNREADABLE

FILES = 120 if os.environ.get("LOANTAPE_LONG") else 12
TOGETHER = 4
KINDS = ("header", "accepted", "rejected", "blank", "trailer")


def checked(delivery: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit code and standard output of `loantape check DELIVERY --json`."""
    monkeypatch.setattr(sys, "argv", ["loantape", "check", str(delivery), "--json"])
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0), capsys.readouterr().out


def expected_findings(reading: Any) -> Counter[str]:
    """How often each READ code must be found, by the slow reader."""
    found = Counter(note.code for note in reading.notes)
    found["READ-001"] = len(reading.unparsed)
    found["READ-002"] = reading.count("rejected")
    found["READ-003"] = sum(not total.agrees for total in reading.totals)
    return +found


@pytest.mark.parametrize("first", range(0, FILES, TOGETHER))
def test_the_command_says_what_the_page_says(
    first: int,
    generate: Any,
    reader: Any,
    product: Any,
    counted: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit code 2 and no output where the whole file is refused, else the page's findings, one for one, its counts of
    lines, and exit code 1 exactly when there is any finding."""
    codes: Counter[int] = Counter()
    for number in range(first, first + TOGETHER):
        file = generate.make(Random(f"check {number}"), f"f{number:05}.txt", large=0)
        declared = product.lender([file.layout])
        monkeypatch.setattr(catalog, "lender", lambda name, declared=declared: declared)
        folder = tmp_path / file.name
        lines = {file.name: len(reader.physical_lines(file.content, reader.codec_of(file.content, "utf-8")[0]))}
        try:
            reading = reader.read(file.content, file.layout, file.totals)
            lines = {file.name: len(reading.lines)}
        except reader.Refused:
            reading = None
        code, out = checked(product.write(folder, [file], lines), monkeypatch, capsys)
        codes[code] += 1
        if reading is None:
            assert (code, out) == (EXIT_UNREADABLE, ""), file
            continue
        said = json.loads(out)
        found = Counter(one["rule"] for one in said["findings"] if one["rule"].startswith("READ-"))
        assert found == expected_findings(reading), file
        (stated,) = said["files"]
        assert [stated[f"{kind}_lines"] for kind in KINDS] == [reading.count(kind) for kind in KINDS], file
        assert code == (EXIT_FINDINGS if said["findings"] else EXIT_CLEAN), file
    counted(files=TOGETHER, clean=codes[EXIT_CLEAN], findings=codes[EXIT_FINDINGS], refused=codes[EXIT_UNREADABLE])
