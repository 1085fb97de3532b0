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

FILES, TOGETHER = (2000, 100) if os.environ.get("LOANTAPE_LONG") else (60, 30)
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
    """Exit code 2 and no output where a file is refused, alone in its delivery; the others, together in one, have the
    page's findings, one for one, and its counts of lines, and exit code 1 exactly when there is any finding."""
    kept, readings = [], {}
    refused = 0
    for number in range(first, first + TOGETHER):
        file = generate.make(Random(f"check {number}"), f"f{number:05}.txt", large=0)
        try:
            readings[file.name] = reader.read(file.content, file.layout, file.totals)
            kept.append(file)
        except reader.Refused:
            refused += 1
            lines = len(reader.physical_lines(file.content, reader.codec_of(file.content, "utf-8")[0]))
            declared = product.lender([file.layout])
            monkeypatch.setattr(catalog, "lender", lambda name, declared=declared: declared)
            delivery = product.write(tmp_path / file.name, [file], {file.name: lines})
            assert checked(delivery, monkeypatch, capsys) == (EXIT_UNREADABLE, ""), file
    declared = product.lender([file.layout for file in kept])
    monkeypatch.setattr(catalog, "lender", lambda name: declared)
    lines = {name: len(reading.lines) for name, reading in readings.items()}
    code, out = checked(product.write(tmp_path / "together", kept, lines), monkeypatch, capsys)
    said = json.loads(out)
    found: dict[str, Counter[str]] = {file.name: Counter() for file in kept}
    for one in said["findings"]:
        if one["rule"].startswith("READ-"):
            found[one["file"]][one["rule"]] += 1
    stated = {one["file"]: one for one in said["files"]}
    for file in kept:
        reading = readings[file.name]
        assert found[file.name] == expected_findings(reading), file
        assert [stated[file.name][f"{kind}_lines"] for kind in KINDS] == [reading.count(kind) for kind in KINDS], file
    assert code == (EXIT_FINDINGS if said["findings"] else EXIT_CLEAN)
    counted(files=TOGETHER, refused=refused, findings=len(said["findings"]))
