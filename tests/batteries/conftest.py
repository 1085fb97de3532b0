"""Makes the slow reader, the generator and the ways to ask the product about many files available to the batteries.

How long they run: a short form by default, the full counts of the reliability plan with ``LOANTAPE_LONG=1``. With
``LOANTAPE_COUNTS=file`` each battery appends what it counted to that file, one JSON object per line.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
FOLDERS = {"slow_reader": HERE.parent / "oracle", "batteries_support": HERE}


def module(package: str, name: str) -> Any:
    """A module of one of the two folders, imported once, under the same name for every test folder."""
    for known, folder in FOLDERS.items():
        if known not in sys.modules:
            made = types.ModuleType(known)
            made.__path__ = [str(folder)]
            sys.modules[known] = made
    return importlib.import_module(f"{package}.{name}")


@pytest.fixture(scope="session")
def reader() -> Any:
    """The slow reader."""
    return module("slow_reader", "reader")


@pytest.fixture(scope="session")
def generate() -> Any:
    """The generator of files."""
    return module("slow_reader", "generate")


@pytest.fixture(scope="session")
def product() -> Any:
    """Receives and reads many files at once."""
    return module("batteries_support", "product")


@pytest.fixture(scope="session")
def compare() -> Any:
    """Says where the product and the slow reader differ."""
    return module("batteries_support", "compare")


@pytest.fixture
def counted(record_property: Callable[[str, Any], None], request: pytest.FixtureRequest) -> Callable[..., None]:
    """``counted(files=…, lines=…)``: prints and records what a battery counted."""

    def record(**counts: int) -> None:
        print(request.node.name, counts)
        for name, count in counts.items():
            record_property(name, count)
        if os.environ.get("LOANTAPE_COUNTS"):
            with Path(os.environ["LOANTAPE_COUNTS"]).open("a", encoding="utf-8") as out:
                out.write(json.dumps({"test": request.node.name, **counts}) + "\n")

    return record
