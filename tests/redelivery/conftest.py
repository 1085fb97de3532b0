"""Small simulated deliveries, and what a sender may do to one: correct it, leave files out, number it."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from loantape.declare import Period
from loantape.keys import Keys
from loantape.pipeline import Workspace
from loantape.progress import silent
from loantape.simulate import simulate
from loantape.store import Store, Workflow

LENDER = "demo_cashloan"
Edit = Mapping[tuple[str, int, str], str]  # file, row from 0, column: the value to write there
Resend = Callable[..., Path]


@pytest.fixture(scope="session")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """August to October of a fictional lender of thirty loans, some with planted errors, by period."""
    out = tmp_path_factory.mktemp("deliveries")
    folders = simulate(LENDER, Period.parse("2026-10"), 30, out, errors=0.1, seed=3, months=3, progress=silent())
    return {folder.name.rsplit("_", 1)[1]: folder for folder in folders}


@pytest.fixture(scope="session")
def resend() -> Resend:
    """``resend(folder, target, edit=…, without=…, sequence=…)``: the delivery again, changed, with a right manifest."""
    return _resend


def _resend(
    folder: Path,
    target: Path,
    *,
    edit: Edit | None = None,
    without: Collection[str] = (),
    drop_rows: Mapping[str, int] | None = None,
    sequence: int | None = None,
) -> Path:
    shutil.copytree(folder, target)
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    for name in without:
        (target / name).unlink()
    manifest["files"] = [file for file in manifest["files"] if file["name"] not in without]
    for file in manifest["files"]:
        path = target / file["name"]
        with path.open(encoding="utf-8", newline="") as lines:
            header, *rows = csv.reader(lines)
        for (name, row, column), value in (edit or {}).items():
            if name == file["name"]:
                rows[row][header.index(column)] = value
        if (drop_rows or {}).get(file["name"]) is not None:
            del rows[(drop_rows or {})[file["name"]]]
        with path.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out, lineterminator="\n").writerows([header, *rows])
        file["bytes"], file["lines"] = path.stat().st_size, len(rows) + 1
        file["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
        for total in file.get("control_totals", {}):
            column = total.split(".")[1]
            values = [] if column == "rows" else [row[header.index(column)] for row in rows]
            sums = len(rows) if column == "rows" else sum(Decimal(value) for value in values if value)
            file["control_totals"][total] = str(sums)
    if sequence is not None:
        manifest["sequence"] = sequence
    (target / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return target


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """One set of keys, so that the same borrower has the same pseudonym in every store."""
    return Keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="session")
def open_workspace(keys: Keys) -> Callable[[Path], Workspace]:
    """Opens a store as a workspace, on one thread: the tapes are tiny."""
    return lambda root: Workspace(Store(root, threads=1), Workflow(root), keys, "maria")


@pytest.fixture
def ws(tmp_path: Path, open_workspace: Callable[[Path], Workspace]) -> Workspace:
    """A workspace of the test's own."""
    return open_workspace(tmp_path / "store")
