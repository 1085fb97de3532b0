"""Errors that can be planted: complaints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from loantape.simulate.mistakes.tools import cell_in, text_in
from loantape.simulate.planting import Facts, Mistake, Patch, Selected
from loantape.simulate.rows import EMPTY


def complained(facts: Facts) -> np.ndarray:
    return facts.has_complaint


def decided(facts: Facts) -> np.ndarray:
    return facts.complaint_decided


def _written(**cells: Callable[[Patch], Any]) -> Callable[[Patch], Selected]:
    """Cells of the complaint, one after the other, each from what is written already."""

    def plant(patch: Patch) -> Selected:
        for column, cell in cells.items():
            patch.complaint[column] = cell(patch)
        return patch.complaint

    return plant


def _on(column: str, days: int) -> Callable[[Patch], Any]:
    return lambda patch: patch.complaint[column] + days


def _report(days: int) -> Callable[[Patch], Any]:
    return lambda patch: patch.book.snapshot + days


def _nothing(patch: Patch) -> int:
    return int(EMPTY)


def _text(text: str) -> Callable[[Patch], Any]:
    return lambda patch: patch.text(text)


def _flag(value: int) -> Callable[[Patch], Any]:
    return lambda patch: value


_OPEN = {"decided_on": _nothing, "told_on": _nothing, "complaint_result": _nothing}

MISTAKES: tuple[Mistake, ...] = (
    Mistake("CMP-001", decided, _written(is_extended=_flag(0), received_on=_on("decided_on", -16))),
    Mistake("CMP-002", complained, _written(**_OPEN, is_extended=_flag(0), received_on=_report(-16))),
    Mistake("CMP-003", decided, _written(received_on=_on("decided_on", 1))),
    Mistake("CMP-004", decided, _written(told_on=_on("decided_on", -1))),
    Mistake("CMP-005", complained, _written(**_OPEN | {"told_on": _report(-1)}, received_on=_report(-2))),
    Mistake(
        "CMP-006",
        decided,
        _written(
            decided_on=lambda patch: patch.book.first_days[1200] - 1,
            received_on=_on("decided_on", -5),
            told_on=_nothing,
        ),
    ),
    Mistake("CMP-007", decided, cell_in("complaint", "complaint_result", EMPTY)),
    Mistake(
        "CMP-008", complained, _written(**_OPEN | {"complaint_result": _text("UPHELD")}, received_on=_report(-2))
    ),
    Mistake("CMP-009", complained, _written(is_extended=_flag(0), is_extended_again=_flag(1), received_on=_report(-2),
                                            **_OPEN)),
    Mistake("CMP-010", complained, _written(**_OPEN, received_on=_report(1))),
    Mistake(
        "CMP-011",
        complained,
        _written(
            received_on=_report(-2),
            decided_on=_report(1),
            told_on=_nothing,
            complaint_result=_text("UPHELD"),
        ),
    ),
    Mistake("CMP-012", decided, _written(told_on=_report(1))),
    Mistake("IDN-068", complained, text_in("complaint", "iou_no", "NOBODY-1")),
)  # fmt: skip
