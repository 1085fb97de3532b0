"""Strange files, their drafts, and the drafts as lenders."""

from __future__ import annotations

import importlib.util
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from loantape.declare import Lender
from loantape.onboard import Draft, onboard
from loantape.onboard.seen import ColumnSeen, Seen

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "onboard" / "loan_detail_20261031.txt"
REAL = ROOT / "examples" / "americredit" / "americredit_abs_ee_loan_months.csv"


def module_of(path: Path) -> ModuleType:
    """A source file as a module of its own."""
    spec = importlib.util.spec_from_file_location(f"module_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def draft(tmp_path: Path) -> Callable[..., Draft]:
    """``draft(data, name, **options)``: write a file and onboard it."""

    def run(data: bytes, name: str = "strange.csv", **options: Any) -> Draft:
        path = tmp_path / name
        path.write_bytes(data)
        return onboard(path, options.pop("lender", "strange"), **options)

    return run


@pytest.fixture
def lender_of(tmp_path: Path) -> Callable[[Draft], Lender]:
    """The LENDER of a draft, its module written and imported."""

    def run(one: Draft) -> Lender:
        lender = module_of(one.write(tmp_path / "modules", force=True)).LENDER
        assert isinstance(lender, Lender)
        return lender

    return run


def seen_of(texts: Sequence[str]) -> Seen:
    """The counts over some texts, none of them empty."""
    counted = Counter(texts)
    seen = Seen()
    weights = np.array(list(counted.values()), dtype=np.int64)
    seen.add(pa.array(list(counted), pa.string()), weights)
    return seen


def column_of(texts: Sequence[str]) -> ColumnSeen:
    """The counts over a delivered column."""
    column = ColumnSeen()
    column.add(pa.chunked_array([pa.array(texts, pa.string())]))
    return column


@pytest.fixture(scope="session")
def tools() -> Any:
    """The makers above, and where the example files are."""
    import types

    return types.SimpleNamespace(
        seen_of=seen_of, column_of=column_of, module_of=module_of, EXAMPLE=EXAMPLE, REAL=REAL, ROOT=ROOT
    )
