"""Seconds of each phase of checking, each second counted once: the innermost phase that is named has it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any


class Phases:
    """``wrap`` makes a function's own seconds those of a phase; ``seconds`` is what each phase took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._stack: list[str] = []
        self._since = 0.0

    def wrap(self, owner: Any, attribute: str, phase: str, unless: tuple[str, ...] = ()) -> None:
        """From now on; inside the phases ``unless`` the seconds stay theirs."""
        original: Callable[..., Any] = getattr(owner, attribute)

        def timed(*given: Any, **named: Any) -> Any:
            if self._stack and self._stack[-1] in unless:
                return original(*given, **named)
            self._close()
            self._stack.append(phase)
            try:
                return original(*given, **named)
            finally:
                self._close()
                self._stack.pop()

        setattr(owner, attribute, timed)

    def _close(self) -> None:
        now = time.perf_counter()
        if self._stack:
            self.seconds[self._stack[-1]] += now - self._since
        self._since = now


def instrument() -> Phases:
    """Name the phases of the engine in this process."""
    from loantape.checking import asking, compile, engine, from_reading, relations

    phases = Phases()
    phases.wrap(compile, "compile_grain", "compiling")
    phases.wrap(relations, "prepare_shared", "preparing grains")
    phases.wrap(relations, "prepare_totals", "preparing grains")
    phases.wrap(relations, "prepare_history", "preparing grains")
    phases.wrap(asking.Asking, "__init__", "preparing grains")
    phases.wrap(asking.Asking, "_ask_rows", "numbers: which row fails which rule")
    phases.wrap(asking.Asking, "_ask_alone", "windows, totals, grains asked once")
    phases.wrap(asking.Asking, "_ask_key", "repeated keys")
    phases.wrap(from_reading, "find", "what reading found")
    whole = ("windows, totals, grains asked once", "repeated keys", "what reading found")
    phases.wrap(engine.Findings, "insert", "keys, values and lines of what failed", unless=whole)
    phases.wrap(engine.Findings, "store", "storing")
    return phases
