"""Bodies of indicators that are made, not written: many declarations of one form.

Belongs here: telling a made function which tables it reads. Not here: any form (the topic modules).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any


def reading(body: Callable[..., Any], *tables: str) -> Callable[..., Any]:
    """The body as a function of these tables: an indicator is asked for what its signature names."""
    parameters = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in tables]
    body.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return body
