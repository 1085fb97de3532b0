"""Charts of a submission's indicators, each with the table of the same numbers that stands beside it.

Belongs here: from measured numbers to one picture and one table, by kind of chart. Not here: which code is drawn how
(layout.py), the drawing (charts), totals and names (figures.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from markupsafe import Markup

from templates.report import charts, labels, layout
from templates.report.charts import NO_SHAPE
from templates.report.facts import Measured
from templates.report.words import Words, percent, plain, same

if TYPE_CHECKING:
    from templates.report.figures import Figure, Figures

_TOP, _WIDE = 10, 12  # rows and columns that are listed
_LAST_COLUMNS = Words("The last columns only; the full list has all.", "仅列最后若干列，全部见完整列表。")
_LOANS, _SHARE = Words("Loans", "笔数"), Words("Share", "占比")


@dataclass(frozen=True)
class Cell:
    """One cell: a text, or why there is none; ``bar`` is a picture instead of a text."""

    text: str | None
    reason: Words | None = None
    bar: Markup = NO_SHAPE


@dataclass(frozen=True)
class View:
    """A panel ready to print: ``pictures`` once per language, ``rows`` of (name, cells) under ``head``.

    ``notes`` are sentences beneath; ``more`` members are in the full list only; ``missing`` are codes of the panel that
    were not measured. ``is_matrix`` says that the table is as wide as the picture has columns.
    """

    kind: str
    codes: tuple[str, ...]
    words: Words
    captions: tuple[Words, ...]
    pictures: Markup
    head: tuple[Words, ...]
    rows: tuple[tuple[Words, tuple[Cell, ...]], ...]
    notes: tuple[Words, ...] = ()
    more: int = 0
    missing: tuple[str, ...] = ()
    is_matrix: bool = False


def view(figures: Figures, panel: layout.Panel) -> View | None:
    """The panel of a submission, None where a kind has nothing to say of it (a course over time without a past)."""
    if panel.kind == "parts" and not _are_amounts(figures, panel.codes[0]):
        return _bars(figures, panel)  # ratios of their own are no parts of a whole
    return _KINDS[panel.kind](figures, panel)


def _are_amounts(figures: Figures, code: str) -> bool:
    return all(one.unit in ("money", "count") for one in figures.of(code))


# --- one period ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Spread:
    """The members of a panel's codes with their shares of one whole, the sum of the first code."""

    codes: tuple[str, ...]
    series: tuple[Words, ...]
    members: tuple[str, ...]
    found: Mapping[str, Mapping[str, Measured]]
    shares: Mapping[str, Mapping[str, Decimal | None]]


def _spread(figures: Figures, panel: layout.Panel) -> _Spread:
    named = dict(zip(panel.codes, panel.series, strict=True))
    codes = tuple(code for code in panel.codes if any(one.member for one in figures.of(code)))
    found = {code: {one.member: one for one in figures.of(code)} for code in codes}
    whole = _sum(found[codes[0]].values())
    return _Spread(
        codes,
        tuple(named[code] for code in codes),
        tuple(dict.fromkeys(one.member for code in codes for one in figures.of(code))),
        found,
        {code: {member: share_of(one, whole) for member, one in found[code].items()} for code in codes},
    )


def _bars(figures: Figures, panel: layout.Panel) -> View:
    """Lying bars, one or two per member, each with amount and share."""
    spread = _spread(figures, panel)
    shown = tuple(member for member in spread.members if member not in panel.apart)
    picture = charts.Bars(
        panel.words,
        tuple(figures.member(spread.codes[0], member) for member in shown),
        tuple(
            charts.Series(name, tuple(spread.shares[code].get(member) for member in shown))
            for code, name in zip(spread.codes, spread.series, strict=True)
        ),
    )
    notes = []
    if _are_amounts(figures, spread.codes[0]):
        notes.append(Words("Each as a share of the sum over all members.", "均为占全部维度值合计的比例。"))
    notes.extend(
        Words(f"Not drawn: {name.en}, {one.en}.", f"未绘出：{name.zh}，{one.zh}。")
        for member in panel.apart
        for code, name in zip(spread.codes, spread.series, strict=True)
        if (one := _told(figures, spread, code, member)) is not None
    )
    return _with_members(figures, panel, spread, shown, charts.both(charts.draw_bars, picture), tuple(notes))


def _told(figures: Figures, spread: _Spread, code: str, member: str) -> Words | None:
    if member not in spread.found[code]:
        return None
    words, one = figures.member(code, member), spread.found[code][member]
    share = spread.shares[code][member]
    number = figures.figure(one)
    amount = number.amount or (number.reason.en if number.reason else "")
    beside = f" ({percent(share)})" if share is not None else ""
    return Words(f"{words.en}: {amount}{beside}", f"{words.zh}：{amount}{beside}")


def _parts(figures: Figures, panel: layout.Panel) -> View:
    """One bar cut into the parts of a whole."""
    spread = _spread(figures, panel)
    (code, *_) = spread.codes
    values = [spread.shares[code].get(member) for member in spread.members]
    keys = {member: charts.key(charts.shade(nth, len(spread.members))) for nth, member in enumerate(spread.members)}
    return _with_members(figures, panel, spread, spread.members, charts.parts(values, panel.words), (), keys)


def _rows(figures: Figures, panel: layout.Panel) -> View:
    """A table of the largest members with a bar in each row."""
    spread = _spread(figures, panel)
    first = spread.shares[spread.codes[0]]
    ordered = sorted(spread.members, key=lambda member: -(first.get(member) or Decimal(-1)))
    highest = max((share for share in first.values() if share is not None), default=Decimal(0))
    bars = {member: charts.bar(first.get(member), highest) for member in ordered[:_TOP]}
    return _with_members(figures, panel, spread, ordered[:_TOP], NO_SHAPE, (), bars, len(ordered[_TOP:]))


def _with_members(
    figures: Figures,
    panel: layout.Panel,
    spread: _Spread,
    members: Sequence[str],
    pictures: Markup,
    notes: tuple[Words, ...],
    marks: Mapping[str, Markup] | None = None,
    more: int = 0,
) -> View:
    head = [panel.member, *([same("")] if marks is not None else []), _LOANS]
    for name in spread.series:
        head.extend((name, _SHARE))

    def cells(member: str) -> tuple[Cell, ...]:
        first = spread.found[spread.codes[0]].get(member)
        row = [Cell(None, bar=marks[member])] if marks is not None else []
        row.append(Cell(None if first is None else plain(first.rows)))
        for code in spread.codes:
            one, share = spread.found[code].get(member), spread.shares[code].get(member)
            number = None if one is None else figures.figure(one)
            row.append(_amount(number) if one and number else Cell(None))
            row.append(Cell(None if share is None else percent(share)))
        return tuple(row)

    return View(
        kind=panel.kind,
        codes=spread.codes,
        words=panel.words,
        captions=tuple(figures.name(code) for code in spread.codes),
        pictures=pictures,
        head=tuple(head),
        rows=tuple((figures.member(spread.codes[0], member), cells(member)) for member in members),
        notes=notes,
        more=more,
        missing=tuple(code for code in panel.codes if code not in spread.codes and figures.is_ours(code)),
    )


def _amount(number: Figure) -> Cell:
    """What a number counts or sums, or its value where it is no part of anything."""
    if number.unit in ("money", "count", "fraction"):
        return Cell(number.amount, number.reason)
    return Cell(number.value.en if number.value else None, number.reason)


def _histogram(figures: Figures, panel: layout.Panel) -> View:
    """Bands of a rate, with the caps in force as lines."""
    spread = _spread(figures, panel)
    (code, *_) = spread.codes
    bands, told = [], []
    for member in spread.members:
        low, dash, high = member.removesuffix("+").partition("-")
        if layout.RATE_BAND.fullmatch(member):
            share = spread.shares[code].get(member)
            bands.append(charts.Band(Decimal(low), Decimal(high) if dash else None, share))
        elif (words := _told(figures, spread, code, member)) is not None:
            told.append(Words(f"Not drawn: {words.en}.", f"未绘出：{words.zh}。"))
    caps = tuple(charts.Cap(cap.words, cap.at) for cap in figures.caps)
    picture = charts.Histogram(panel.words, panel.member, tuple(sorted(bands, key=lambda one: one.low)), caps)
    told.extend(
        Words(f"{cap.words.en} {plain(cap.at)} %: {cap.source}.", f"{cap.words.zh}{plain(cap.at)}%：{cap.source}。")
        for cap in figures.caps
    )
    pictures = charts.both(charts.draw_histogram, picture)
    return _with_members(figures, panel, spread, spread.members, pictures, tuple(told))


def _lorenz(figures: Figures, panel: layout.Panel) -> View | None:
    """How uneven the members' parts are, with the indexes of the same dimension; the largest members in the table."""
    rows = _rows(figures, panel)
    code = rows.codes[0]
    values = [one.numerator for one in figures.of(code) if one.numerator is not None]
    measures = [
        (words, text)
        for suffix, words in labels.INDEXES.items()
        if (one := figures.total(code + suffix)) is not None and (text := figures.figure(one).value) is not None
    ]
    if len(values) < 2 or not measures:
        return rows
    picture = charts.Lorenz(
        panel.words, panel.member, tuple(values), tuple((words, text.en) for words, text in measures)
    )
    return replace(rows, kind="lorenz", pictures=charts.both(charts.draw_lorenz, picture))


# --- matrices ------------------------------------------------------------------------------------------------------


def _crossed(figures: Figures, code: str) -> dict[tuple[str, str], Measured]:
    """The numbers of a matrix by the two parts of their members."""
    found = {}
    for one in figures.of(code):
        first, _, second = one.member.rpartition(layout.TWO_AXES)
        if first:
            found[first, second] = one
    return found


def _heat(figures: Figures, panel: layout.Panel) -> View:
    """What became of each row: moves from the states of the rows to those of the columns."""
    code = panel.codes[0]
    found = _crossed(figures, code)
    starts = list(dict.fromkeys(start for start, _ in found))
    ends = list(dict.fromkeys(end for _, end in found))
    # a state that is a start too comes first, in the starts' order: what stayed is then on the diagonal
    ends = [*(one for one in starts if one in ends), *(one for one in ends if one not in starts)]
    rows, columns = [figures.axis(code, 0, one) for one in starts], [figures.axis(code, 1, one) for one in ends]
    cells = [[found.get((start, end)) for end in ends] for start in starts]
    picture = charts.HeatMap(
        panel.words,
        layout.FROM,
        layout.TO,
        tuple(rows),
        tuple(columns),
        tuple(tuple(None if one is None else one.value for one in row) for row in cells),
    )
    pictures = charts.both(charts.draw_heat, picture) if _are_shares(figures, code) else NO_SHAPE
    return _matrix(figures, panel, pictures, layout.FROM, rows, columns, cells)


def _curves(figures: Figures, panel: layout.Panel) -> View:
    """Cohorts by age, the oldest first."""
    code = panel.codes[0]
    found = {(cohort, int(age)): one for (cohort, age), one in _crossed(figures, code).items()}
    cohorts = sorted({cohort for cohort, _ in found})
    ages = sorted({age for _, age in found})
    picture = charts.Curves(
        panel.words,
        layout.AGE,
        tuple(
            charts.Curve(same(cohort), tuple((age, one.value) for age in ages if (one := found.get((cohort, age)))))
            for cohort in cohorts
        ),
    )
    cells = [[found.get((cohort, age)) for age in ages] for cohort in cohorts]
    heads = [same(plain(age)) for age in ages]
    pictures = charts.both(charts.draw_curves, picture) if _are_shares(figures, code) else NO_SHAPE
    return _matrix(figures, panel, pictures, layout.COHORT_NAME, [same(one) for one in cohorts], heads, cells)


def _grid(figures: Figures, panel: layout.Panel) -> View:
    """Any other matrix: a table of its first rows and last columns; all of it is in the full list."""
    code = panel.codes[0]
    found = _crossed(figures, code)
    rows, columns = list(dict.fromkeys(row for row, _ in found)), list(dict.fromkeys(column for _, column in found))
    shown, kept = rows[:_TOP], columns[-_WIDE:]
    cells = [[found.get((row, column)) for column in kept] for row in shown]
    heads = [figures.axis(code, 1, one) for one in kept]
    view = _matrix(figures, panel, NO_SHAPE, panel.member, [figures.axis(code, 0, one) for one in shown], heads, cells)
    return replace(view, more=len(rows) - len(shown), notes=(_LAST_COLUMNS,) if len(columns) > _WIDE else ())


def _are_shares(figures: Figures, code: str) -> bool:
    return all(one.unit == "fraction" for one in figures.of(code))


def _matrix(
    figures: Figures,
    panel: layout.Panel,
    pictures: Markup,
    corner: Words,
    rows: Sequence[Words],
    columns: Sequence[Words],
    cells: Sequence[Sequence[Measured | None]],
) -> View:
    def cell(one: Measured | None) -> Cell:
        if one is None:
            return Cell(None)
        number = figures.figure(one)
        return Cell(None if number.value is None else number.value.en)

    return View(
        kind=panel.kind,
        codes=panel.codes[:1],
        words=panel.words,
        captions=(figures.name(panel.codes[0]),),
        pictures=pictures,
        head=(corner, *columns),
        rows=tuple((name, tuple(cell(one) for one in row)) for name, row in zip(rows, cells, strict=True)),
        is_matrix=True,
    )


# --- over time -----------------------------------------------------------------------------------------------------


def _over_time(figures: Figures, panel: layout.Panel) -> View | None:
    """The members of a code in each period that is known, as shares of that period's sum."""
    code, periods = panel.codes[0], figures.periods
    if len(periods) < 2 or not figures.of(code):
        return None
    members = [one.member for one in figures.of(code) if one.member not in panel.apart]
    shares: dict[str, list[Decimal | None]] = {member: [] for member in members}
    for _, by_code in periods:
        found = {one.member: one for one in by_code.get(code, ())}
        whole = _sum(found.values())
        for member in members:
            shares[member].append(share_of(found[member], whole) if member in found else None)
    names = [period for period, _ in periods]
    parts = [figures.member(code, member) for member in members]
    picture = charts.Stacked(panel.words, tuple(names), tuple(parts), tuple(tuple(shares[one]) for one in members))

    def cell(share: Decimal | None) -> Cell:
        return Cell(None if share is None else percent(share))

    def total(at: int) -> Decimal | None:
        known = [share for one in members if (share := shares[one][at]) is not None]
        return sum(known, Decimal(0)) if known else None

    return View(
        kind=panel.kind,
        codes=(code,),
        words=panel.words,
        captions=(figures.name(code),),
        pictures=charts.both(charts.draw_stacked, picture),
        head=(layout.PERIOD, *parts, layout.SUM),
        rows=tuple(
            (same(name), (*(cell(shares[one][at]) for one in members), cell(total(at))))
            for at, name in enumerate(names)
        ),
        is_matrix=True,
    )


def share_of(one: Measured, whole: Decimal) -> Decimal | None:
    """A ratio as it is; an amount as its part of the whole, None where there is no whole or parts make no sense."""
    if one.value is None or one.unit == "fraction":
        return one.value
    if one.unit == "percent":
        return one.value / 100
    return one.value / whole if whole > 0 and one.unit in ("money", "count") else None


def _sum(rows: Iterable[Measured]) -> Decimal:
    return sum((one.value for one in rows if one.value is not None), Decimal(0))


_KINDS: Mapping[str, Callable[[Figures, layout.Panel], View | None]] = {
    "bars": _bars,
    "parts": _parts,
    "rows": _rows,
    "histogram": _histogram,
    "lorenz": _lorenz,
    "heat": _heat,
    "curves": _curves,
    "grid": _grid,
    "over_time": _over_time,
}
