"""The command prints the profile and the module, writes where it is told, and refuses in one clear sentence."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from loantape.errors import ConfigurationError, DeliveryError
from loantape.onboard.command import app

RUNNER = CliRunner()


def test_without_a_folder_the_module_is_printed(tools: Any) -> None:
    """The profile comes first, the module's source after it."""
    result = RUNNER.invoke(app, [str(tools.EXAMPLE), "--lender", "new_lender"])
    assert result.exit_code == 0
    assert "columns 列" in result.stdout and 'name="new_lender",' in result.stdout


def test_with_a_folder_the_module_is_written(tools: Any, tmp_path: Path) -> None:
    """The place of the module is printed; a second run needs --force."""
    arguments = [str(tools.EXAMPLE), "--lender", "new_lender", "--out", str(tmp_path)]
    result = RUNNER.invoke(app, arguments)
    assert result.exit_code == 0 and result.stdout.splitlines()[-1] == str(tmp_path / "new_lender.py")
    assert isinstance(RUNNER.invoke(app, arguments).exception, ConfigurationError)
    assert RUNNER.invoke(app, [*arguments, "--force"]).exit_code == 0


def test_json_is_json_and_nothing_else(tools: Any, tmp_path: Path) -> None:
    """With --json standard output is one JSON document that says where the module is."""
    result = RUNNER.invoke(app, [str(tools.EXAMPLE), "--lender", "new_lender", "--json", "--out", str(tmp_path)])
    said = json.loads(result.stdout)
    assert said["written"] == str(tmp_path / "new_lender.py") and said["encoding"] == "gb18030"
    assert Path(said["written"]).read_text(encoding="utf-8") == said["module"]


@pytest.mark.parametrize("name", ["nothing_here.csv", "empty.csv"])
def test_a_file_that_is_not_there_or_empty_is_refused(tmp_path: Path, name: str) -> None:
    """The error names the file and what to do."""
    (tmp_path / "empty.csv").touch()
    result = RUNNER.invoke(app, [str(tmp_path / name), "--lender", "new_lender"])
    assert isinstance(result.exception, DeliveryError) and name in str(result.exception)


def test_help_does_not_load_the_machine() -> None:
    """Importing the command imports neither compiled kernels nor Arrow."""
    code = "import sys, loantape.onboard.command; print(sorted({'numba', 'pyarrow', 'ibis'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
