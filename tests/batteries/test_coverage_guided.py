"""A coverage-guided search finds no bytes on which the product and the slow reader differ."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

RUNS = 4000 if os.environ.get("LOANTAPE_LONG") else 40
SEARCH = Path(__file__).with_name("coverage_guided.py")


@pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="atheris is built for Linux on x86-64 only, and is not here"
)
@pytest.mark.timeout(3600)
def test_the_search_finds_nothing(tmp_path: Path, counted: Callable[..., None]) -> None:
    """Inputs made by following the slow reader's branches come to the same in both readers."""
    command = [sys.executable, str(SEARCH), f"-runs={RUNS}", "-max_len=300", f"-artifact_prefix={tmp_path}/"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    said = ended.stdout + ended.stderr
    assert ended.returncode == 0, said[-4000:]
    compared = int((tmp_path / "compared").read_text())
    assert compared >= RUNS // 2, said[-4000:]
    counted(files=compared)
