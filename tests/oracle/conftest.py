"""Makes the slow reader and the generator of files, which import each other, available to tests by path."""

from __future__ import annotations

import importlib
import sys
import types
from pathlib import Path
from typing import Any

import pytest

PACKAGE = "slow_reader"


def module(name: str) -> Any:
    """A module of this folder, imported once, whatever folder the test that asks for it is in."""
    if PACKAGE not in sys.modules:
        package = types.ModuleType(PACKAGE)
        package.__path__ = [str(Path(__file__).resolve().parent)]
        sys.modules[PACKAGE] = package
    return importlib.import_module(f"{PACKAGE}.{name}")


@pytest.fixture(scope="session")
def reader() -> Any:
    """The slow reader: ``read(content, layout, totals)``."""
    return module("reader")


@pytest.fixture(scope="session")
def slow_lines() -> Any:
    """Lines, fields and places of the slow reader."""
    return module("lines")


@pytest.fixture(scope="session")
def slow_values() -> Any:
    """Values of the slow reader."""
    return module("values")


@pytest.fixture(scope="session")
def generate() -> Any:
    """The generator of files."""
    return module("generate")
