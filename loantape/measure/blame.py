"""Whose fault it is when an indicator cannot be computed.

Belongs here: the error, and telling a declaration's crash from a full disk. Not here: asking anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
from ibis.common.annotations import ValidationError
from ibis.common.exceptions import IbisError

from loantape.errors import LoantapeError
from loantape.privacy import mask

NEXT_STEP = "this is a fault of the software, not of the delivery: report it with the indicator's code"
_CRASHES = (IbisError, ValidationError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class IndicatorCrashed(LoantapeError):
    """An indicator raised, does not compile or its SQL aborted. This is a fault of ours, never the lender's."""


@contextmanager
def blamed(what: str) -> Iterator[None]:
    """Whatever a declaration of ours raises while it is compiled or run is our fault, and says which one it is.

    ``what`` names it: "indicator DLQ-NPL", "mart vintage".
    """
    try:
        yield
    except (duckdb.OperationalError, duckdb.InterruptException):
        raise  # memory, disk or the user stopping it: no declaration's doing
    except _CRASHES as error:
        raise IndicatorCrashed(_said(what, str(error), error), NEXT_STEP) from error
    except duckdb.Error as error:
        # the cause is left out: it may quote a delivered value, and would carry it into every log
        raise IndicatorCrashed(_said(what, mask(str(error)), error), NEXT_STEP) from None


def _said(what: str, said: str, error: Exception) -> str:
    return f"{what} crashed: {type(error).__name__}: {said}"
