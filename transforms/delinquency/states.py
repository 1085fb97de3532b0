"""The states a moved loan was and is in, as every figure of moves reads them.

Belongs here: which column is which state. Not here: how loans of two dates are matched (transforms/grains_delinquency).
"""

from __future__ import annotations

from typing import Any

import ibis

from transforms.delinquency.buckets import STAGES, Buckets
from transforms.delinquency.cells import Cells
from transforms.grains_delinquency import EXITS, VANISHED
from transforms.shapes import UNKNOWN

LEFT = (*EXITS.values(), VANISHED)  # states of loans that are no longer on the books


def states(moved: Any, buckets: Buckets = STAGES) -> Cells:
    """By ``days_before`` and ``days_now`` (buckets) and by ``grade_before`` and ``grade_now`` (risk classes).

    What left the books is in the state of its exit on both sides; what is missing is ``unknown``.
    """
    gone = moved.exit.fill_null(UNKNOWN)
    return Cells(
        moved,
        {
            "days_before": ibis.coalesce(buckets.of(moved.days_then), UNKNOWN),
            "days_now": moved.is_open.ifelse(ibis.coalesce(buckets.of(moved.days), UNKNOWN), gone),
            "grade_before": moved.grade_then.fill_null(UNKNOWN),
            "grade_now": moved.is_open.ifelse(moved.grade.fill_null(UNKNOWN), gone),
        },
    )
