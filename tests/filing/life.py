"""Whole filings of every regulator, and their corrections: deliveries, and a store that has taken the first ones in.

What is slow (measuring, the readable report) is done once; tests copy the store.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from datetime import datetime
from pathlib import Path

import pytest

from examples.americredit.deliveries import write_deliveries
from loantape import catalog, pipeline
from loantape.cli import main
from loantape.declare import Period
from loantape.keys import Keys
from loantape.pipeline import Workspace
from loantape.progress import silent
from loantape.simulate import simulate
from loantape.store import Store, Workflow

AT = datetime(2026, 11, 5, 9, 30)
FILINGS = catalog.filings()
CN, US = "demo_colending/2026-10", "americredit/2020-03"
SUBMISSIONS = {"cn_pbc": CN, "cn_nfra_east": CN, "cn_nfra_g09": CN, "us_sec": US}


def open_workspace(root: Path, threads: int = 1) -> Workspace:
    """The store at ``root`` with its keys beside it, on one thread unless asked: the tapes are tiny."""
    return Workspace(Store(root, threads=threads), Workflow(root), Keys(root.with_name("keys")), "maria")


def write_originals(out: Path) -> list[Path]:
    """Two months of a simulated co-lender, one of the real tape."""
    months = simulate("demo_colending", Period.parse("2026-10"), 12, out, seed=3, months=2, progress=silent())
    return [*months, *write_deliveries(out, ["2020-03"])]


def resent(folder: Path, target: Path, file: str, cells: Mapping[tuple[int, str], str]) -> Path:
    """A delivery again with other values in some cells (row from 0, column), numbered 2, with a right manifest."""
    shutil.copytree(folder, target)
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    with (target / file).open(encoding="utf-8", newline="") as lines:
        header, *rows = csv.reader(lines)
    for (row, column), value in cells.items():
        rows[row][header.index(column)] = value
    with (target / file).open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows([header, *rows])
    data = (target / file).read_bytes()
    for one in manifest["files"]:
        if one["name"] == file:
            one["bytes"], one["sha256"] = len(data), hashlib.sha256(data).hexdigest()
    (target / "manifest.json").write_text(json.dumps(manifest | {"sequence": 2}), encoding="utf-8")
    return target


class Screen(io.StringIO):
    """A terminal, as far as a program can tell."""

    def isatty(self) -> bool:
        return True


def cli(*arguments: object, out: io.StringIO | None = None) -> tuple[int, str, str]:
    """The command line within this process: exit code, standard output (``out``), standard error."""
    out, err = out or io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patched, redirect_stdout(out), redirect_stderr(err):
        patched.setattr("sys.argv", ["loantape", *(str(one) for one in arguments)])
        patched.setenv("COLUMNS", "250")
        with pytest.raises(SystemExit) as ended:
            main()
    return int(ended.value.code or 0), out.getvalue(), err.getvalue()


def take_in(root: Path, deliveries: list[Path]) -> Workspace:
    """A store with these deliveries checked and measured."""
    ws = open_workspace(root)
    pipeline.run(ws, deliveries, AT)
    return ws
