"""One number per member over one whole that is no member's own: capital, all loans.

Belongs here: that shape. Not here: members that share a whole of their own rows (``transforms.shapes``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from loantape.declare import Figures, Part
from transforms.shapes import known, only, rows_behind, shaped, table_of, term, with_members


def relative(table: Any, member: Any, *, numerator: Any, whole: Any, members: Sequence[str] = ()) -> Figures:
    """``numerator`` per member of a table, each over the same ``whole``, an aggregate of another table.

    ``members`` are told even when no row has them, as in ``by``. The rows behind all members tell those of the whole
    once.
    """
    named, other = known(member), table_of(whole)

    def finish(found: Any, wholes: Any) -> Any:
        told = shaped(with_members(found, members) if members else found, members).drop("denominator")
        return told.cross_join(wholes.select("denominator"))

    def behind(one: str | None) -> tuple[Any, ...]:
        parts = only(rows_behind(table, named, term(numerator), None), one)
        return (parts, rows_behind(other, one or "", None, term(whole)))

    return Figures(
        (Part(table, named, {"numerator": numerator}), Part(other, None, {"denominator": whole})), finish, behind
    )
