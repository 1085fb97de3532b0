"""Parquet, Arrow and XLSX files, opened in a child process that is locked down before it looks at them.

Belongs here: everything between such a file and columns of text. Not here: what the texts mean (``loantape.intake``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loantape.intake.cells.reader import CellBatch, CellFile, Description

__all__ = ["CellBatch", "CellFile", "Description"]


def __getattr__(name: str) -> Any:
    """The parent's names, imported when asked for: the child shares this package and must not load its imports."""
    if name in __all__:
        from loantape.intake.cells import reader

        return getattr(reader, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
