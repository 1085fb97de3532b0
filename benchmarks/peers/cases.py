"""Cases of a benchmark, each run by a process of its own: the script runs itself again with ``--case``."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from page import PAGE, ROOT

Figures = dict[str, Any]


def parser(doc: str | None, section: str, cases: Sequence[str]) -> argparse.ArgumentParser:
    """The options of a benchmark over a book of many loans."""
    made = argparse.ArgumentParser(description=doc)
    made.add_argument("--loans", type=int, default=500_000)
    made.add_argument("--rounds", type=int, default=2)
    made.add_argument("--section", default=section)
    made.add_argument("--remark", default="", help="a sentence on the circumstances, for the page")
    made.add_argument("--out", type=Path, default=PAGE)
    made.add_argument("--case", choices=cases)
    made.add_argument("--work", type=Path, help="a folder that is kept: what an earlier run prepared is used again")
    return made


def timed(script: str, case: str, work: Path) -> Figures:
    """The figures that a case prints in its last line. Raises SystemExit with what it said when it fails."""
    command = [sys.executable, script, "--case", case, "--work", str(work)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        raise SystemExit(done.stderr or f"{case} ended by signal {-done.returncode}")
    return dict(json.loads(done.stdout.splitlines()[-1]))
