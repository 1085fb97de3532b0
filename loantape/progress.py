"""How long work says how far it is: bars on a terminal, plain lines in a log, nothing in a test.

Belongs here: the one progress interface every step takes. Not here: any knowledge of what the steps do.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

from loantape import terminal


class Task(Protocol):
    """One piece of work under way."""

    def advance(self, amount: int = 1) -> None:
        """Say that ``amount`` more of the total is done."""


class Progress:
    """Progress that prints nothing; base of the ones that do."""

    @contextmanager
    def step(self, en: str, zh: str, total: int | None = None) -> Iterator[Task]:
        """A named piece of work; ``total`` in whatever unit ``advance`` counts, None when it is not known."""
        yield _Silent()


class _Silent:
    def advance(self, amount: int = 1) -> None:
        return None


class _Lines(Progress):
    """One plain line per finished step, for logs."""

    @contextmanager
    def step(self, en: str, zh: str, total: int | None = None) -> Iterator[Task]:
        counter = _Counter()
        yield counter
        done = f" ({counter.done:,})" if counter.done else ""
        sys.stderr.write(f"{en} {zh}{done}\n")


class _Counter:
    done = 0

    def advance(self, amount: int = 1) -> None:
        self.done += amount


class _Bars(Progress):
    """A bar per step on a terminal."""

    @contextmanager
    def step(self, en: str, zh: str, total: int | None = None) -> Iterator[Task]:
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with RichProgress(*columns, console=terminal.console(stderr=True), transient=False) as bars:
            yield _Bar(bars, bars.add_task(f"{en} {zh}", total=total))


class _Bar:
    def __init__(self, bars: RichProgress, task: int) -> None:
        self._bars, self._task = bars, task

    def advance(self, amount: int = 1) -> None:
        self._bars.update(self._task, advance=amount)  # type: ignore[arg-type]


def silent() -> Progress:
    """Nothing is printed."""
    return Progress()


def for_terminal() -> Progress:
    """Bars when standard error is a terminal, plain lines otherwise."""
    return _Bars() if sys.stderr.isatty() else _Lines()
