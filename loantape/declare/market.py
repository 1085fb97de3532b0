"""Frozen declarations of the view over all lenders of a period: its tables and the figures read off them.

Belongs here: the shapes that ``transforms.market`` fills in. Not here: making the view (``loantape.market``) or what a
table must hide (``loantape.privacy``). Imports nothing of ours but the other declarations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from loantape.declare.basics import Confidence


@dataclass(frozen=True)
class MarketTable:
    """Sums over all lenders by some dimensions, as they leave the house: with margins, small cells hidden.

    ``source`` is the prepared rows it is made of: ``position`` (one per lender, borrower and state of the loans),
    ``borrower`` (one per borrower) or ``partner`` (one per lender, borrower, partner and mode). ``printed`` are the
    sets of dimensions that are shown, each with all its margins; ``members`` the members of a dimension in order, where
    they are declared. ``counts`` is the name of the measure that counts the rows' borrowers, where that adds up over
    the cells; ``amounts`` maps measures to money columns, ``numbers`` to columns of whole numbers. ``fixed``: the grand
    total stands elsewhere too, so it is shown or the table is not.
    """

    name: str
    source: str
    dimensions: tuple[str, ...]
    printed: tuple[tuple[str, ...], ...]
    en: str
    zh: str
    counts: str = ""
    amounts: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fixed: bool = False


@dataclass(frozen=True)
class MarketFigure:
    """A ratio of cells of one or two tables: part over whole, a fraction, known only where every cell is shown.

    The part is the sum over ``members`` of ``dimension`` of ``measure`` (without members: the total); the whole is the
    total of ``over`` (table, measure). ``by``: the dimensions that it is told by besides the market as a whole, part
    and whole alike, or only the part where it ``is_share`` of the whole market. ``is_watched``: each lender's or
    partner's is compared with its own earlier values.
    """

    code: str
    table: str
    measure: str
    over: tuple[str, str]
    en: str
    zh: str
    formula: str
    cites: str
    confidence: Confidence
    dimension: str = ""
    members: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    is_watched: bool = False
    is_share: bool = False
