"""Compiled rules and indicators, and followed columns, kept between processes: making them takes seconds.

Belongs here: where they are kept, and what they may be used for again. Not here: making it (``checking``, ``measure``,
``lineage``).

What is kept holds for exactly the content and the machine it was made of: the sources of schemas and transforms, of
checking, measuring and lineage, the versions of Ibis and sqlglot, the limits and the reporting date are in the file's
name. Only declarations that a module of the content has are kept: whatever else is handed in is compiled anew. A file
that cannot be read is made again.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from loantape import catalog
from loantape.compiled import cache_folder
from loantape.declare import Grain, Indicator, Period, Rule
from loantape.limits import LimitTable

_MOST = 40  # files kept beside each other: reporting dates, mostly
_UNREADABLE = (
    OSError,
    pickle.UnpicklingError,
    EOFError,
    AttributeError,
    ImportError,
    IndexError,
    TypeError,
    ValueError,
)


class Kept:
    """What is known of one reporting date: any picklable value under a text."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changed = False
        self._values: dict[str, Any] = {}
        with suppress(*_UNREADABLE):
            self._values = dict(pickle.loads(path.read_bytes()))  # noqa: S301 - our own file, beside compiled code

    def get(self, name: str) -> Any:
        """What was kept under a name, None if nothing was."""
        return self._values.get(name)

    def put(self, name: str, value: Any) -> None:
        """Keep a value; it is on disk after ``save``."""
        self._values[name] = value
        self._changed = True

    def save(self) -> None:
        """Write the file if anything is new. Where that is not possible the next process compiles again."""
        if not self._changed:
            return
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            aside = self._path.with_name(f"{self._path.name}.{os.getpid()}")
            aside.write_bytes(pickle.dumps(self._values, protocol=pickle.HIGHEST_PROTOCOL))
            aside.replace(self._path)
            self._changed = False
            _forget(self._path.parent)


@contextmanager
def saving(limits: LimitTable, period: Period) -> Iterator[None]:
    """Whatever is compiled in the block for a reporting date is on disk afterwards."""
    try:
        yield
    finally:
        kept(limits, period).save()
        kept(None, None).save()


def kept(limits: LimitTable | None, period: Period | None) -> Kept:
    """What is kept for a reporting date under these limits; without them, what depends on neither."""
    name = "fields" if limits is None or period is None else f"rules-{_fingerprint(limits)}-{period.date}"
    return _open(cache_folder("loantape"), f"{name}-{_content()}.pickle")


def of_indicators() -> Kept:
    """What is kept of indicators: they depend on no date."""
    return _open(cache_folder("loantape"), f"indicators-{_content()}.pickle")


def of_lineage() -> Kept:
    """What is kept of lineage: which statements were followed to what was delivered, on any date."""
    return _open(cache_folder("loantape"), f"lineage-{_content()}.pickle")


def is_declared_indicator(indicator: Indicator) -> bool:
    """Whether a module of the transforms has this very indicator."""
    return id(indicator) in _declared_indicators()


def is_declared_rule(rule: Rule) -> bool:
    """Whether a module of the rule book has this very rule: one that was changed is another object."""
    return id(rule) in _declared_rules()


def is_declared_model(model: Any) -> bool:
    """Whether a module of the tape has this very model."""
    name = str(model.__module__)
    return name.startswith("schemas.tape.") and getattr(sys.modules.get(name), model.__name__, None) is model


def shape_of(grain: Grain) -> str:
    """What the predicates of a grain depend on: its columns and their types."""
    return hashlib.sha256(repr(list(grain.columns().items())).encode()).hexdigest()[:16]


@cache
def _declared_rules() -> Mapping[int, Rule]:
    return {id(rule): rule for rule in catalog.declared_rules()}


@cache
def _declared_indicators() -> Mapping[int, Indicator]:
    return {id(indicator): indicator for indicator in catalog.declared_indicators()}


@cache
def _open(folder: Path, name: str) -> Kept:
    return Kept(folder / name)


@cache
def _content() -> str:
    digest = hashlib.sha256(f"{catalog.book_version()} {sys.version} ".encode())
    digest.update(f"{version('ibis-framework')} {version('sqlglot')}".encode())
    package = Path(__file__).parent
    folders = (package / name for name in ("checking", "measure", "declare", "lineage"))
    for path in sorted([*(path for folder in folders for path in folder.glob("*.py")), package / "limits.py"]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


_FINGERPRINTS: dict[int, tuple[LimitTable, str]] = {}


def _fingerprint(limits: LimitTable) -> str:
    known = _FINGERPRINTS.get(id(limits))
    if known is None or known[0] is not limits:
        said = hashlib.sha256(repr(list(limits)).encode()).hexdigest()[:16]
        known = _FINGERPRINTS[id(limits)] = (limits, said)
    return known[1]


def _forget(folder: Path) -> None:
    """Leaves the files used last."""
    files = sorted(folder.glob("*.pickle"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in files[_MOST:]:
        path.unlink(missing_ok=True)
