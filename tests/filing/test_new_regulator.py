"""A new regulator is one folder: the example of the how-to page, copied into a copy of the project, is there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from loantape.declare import FilingContext
from tests.filing.conftest import LOAN

ROOT = Path(__file__).resolve().parents[2]
ASK = """
import json, runpy, sys
import loantape.catalog as catalog
from loantape.reference import pages
import pytest

class Collected:
    names, outcomes = [], []
    def pytest_collection_modifyitems(self, items):
        self.names += [item.nodeid for item in items]

    def pytest_runtest_logreport(self, report):
        if report.when == "call":
            self.outcomes.append(report.outcome)

plugin = Collected()
pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-k", "ZZ-NAME or zz_example",
             "tests/filing/test_outgoing.py", "tests/test_layout.py"], plugins=[plugin])
sys.path.insert(0, "dags")
dags = [name for name in runpy.run_path("dags/filing.py") if name.startswith("loantape_filing_")]
print()
print(json.dumps({"filings": list(catalog.filings()), "dags": dags,
                  "tests": plugin.names, "outcomes": plugin.outcomes,
                  "page": [line for page in pages().values() for line in page.splitlines() if "zz_example" in line]}))
"""


def test_one_folder_brings_its_tests_its_dag_and_its_page(tmp_path: Path) -> None:
    """With nothing but the folder copied, command line, DAG, tests and reference know the return, and it is filed."""
    for name in ("loantape", "schemas", "transforms", "templates", "dags", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "golden"))
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    shutil.copytree(ROOT / "docs" / "howto" / "zz_example", tmp_path / "templates" / "zz_example")
    for name in ("docs", "examples"):
        (tmp_path / name).symlink_to(ROOT / name)
    airflow = {"AIRFLOW_HOME": str(tmp_path / "airflow"), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=tmp_path,
        env=os.environ | airflow | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    assert "zz_example" in found["filings"]
    assert "loantape_filing_zz_example" in found["dags"]
    assert any("ZZ-NAME" in name for name in found["tests"])
    assert any("templates.zz_example.filing" in name for name in found["tests"])
    assert len(found["outcomes"]) >= 2 and set(found["outcomes"]) == {"passed"}
    assert any("Example: balances by product" in line for line in found["page"])

    def loantape(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "loantape.cli", *arguments],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    named = ("--lender", "demo_cashloan", "--period", "2026-10", "--loans", "12", "--seed", "3")
    loantape("simulate", *named, "--out", "deliveries")
    loantape("run", "deliveries/demo_cashloan_2026-10", "--store", "store")
    loantape("file", "demo_cashloan/2026-10", "--regulator", "zz_example", "--store", "store", "--out", "out")
    package = "out/zz_example_demo_cashloan_2026-10_1.zip"
    checked = loantape("verify", package, "--public-key", "store.keys/signing.pub")
    assert "products_2026-10.csv" in checked and "signed with key" in checked


def test_the_example_files_what_it_says(tape: Callable[..., Any], context: FilingContext, folder: Path) -> None:
    """Its one file agrees with the tape when another parser reads it."""
    import runpy

    filing = runpy.run_path(str(ROOT / "docs" / "howto" / "zz_example" / "filing.py"))["FILING"]
    con = tape(
        [
            {"iou_no": "A"},
            {"iou_no": "B"},
            {"iou_no": "C", "product_name": "Line"},
            {"iou_no": "D", "loan_status": "LF01"},
        ]
    )
    filing.prepare(con, context)
    (file,) = filing.render(con, folder, context)
    assert file.path.read_text() == "product,loans,balance\nCash,2,15308.64\nLine,1,7654.32\n"
    assert filing.read_back(folder) == {file.name: (file.records, file.control_totals)}
    assert LOAN["balance_amount"] * 3 == file.control_totals["balance"]
