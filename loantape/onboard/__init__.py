"""From a strange file to the draft of a lender's module: what is in it, what it probably means, what is doubtful.

Belongs here: profiling one file and writing down a declaration for a person to finish. Not here: reading deliveries
(``loantape.intake``), or the declarations themselves (``schemas.lenders``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loantape.onboard.draft import Draft, onboard
    from loantape.onboard.show import as_json, print_profile

__all__ = ["Draft", "as_json", "onboard", "print_profile"]


def __getattr__(name: str) -> Any:
    """The machine's names, imported when asked for: the command's help must not wait for it."""
    if name in ("Draft", "onboard"):
        from loantape.onboard import draft

        return getattr(draft, name)
    if name in ("as_json", "print_profile"):
        from loantape.onboard import show

        return getattr(show, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
