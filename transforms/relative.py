"""One number per member over one whole that is no member's own: capital, all loans.

Belongs here: that shape, and one such member told alone. Not here: members that share a whole of their own rows
(``transforms.shapes``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis

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


def of_one(table: Any, member: Any, one: str, *, numerator: Any, whole: Any) -> Figures:
    """``numerator``, a count, of one member of a table over ``whole``, an aggregate of another: 0 where none has it.

    Several members told alone so, and all of them by ``relative``, are made of the same part.
    """
    named, other = known(member), table_of(whole)

    def finish(found: Any, wholes: Any) -> Any:
        told = found.filter(found.member == one)
        part = told.aggregate(numerator=ibis.coalesce(told.numerator.sum(), ibis.literal(0)))
        return shaped(wholes.cross_join(part))

    def behind(_: str | None) -> tuple[Any, ...]:
        parts = rows_behind(table.filter(named == one), "", term(numerator), None)
        return (parts, rows_behind(other, "", None, term(whole)))

    return Figures(
        (Part(table, named, {"numerator": numerator}), Part(other, None, {"denominator": whole})), finish, behind
    )
