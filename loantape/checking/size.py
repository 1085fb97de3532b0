"""From how many rows a relation is looked at before it is asked."""

from __future__ import annotations

_LARGE = 100_000


def is_large(rows: int) -> bool:
    """Whether finding out about the rows first (values of texts, hashes of keys, which conditions are rare) pays."""
    return rows >= _LARGE
