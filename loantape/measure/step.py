"""The step that measures a submission of a store: what it uses of earlier periods, its indicators, its marts.

Belongs here: which submissions those are, when the step must be made again, keeping marts beside the store. Not here:
computing a number (``loantape.measure``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from loantape import catalog
from loantape.declare import Indicator, Period
from loantape.errors import ConfigurationError
from loantape.measure import Past, measure
from loantape.measure.behind import behind
from loantape.measure.history import CREATE_RESTATEMENTS, NONE_RESTATED, RESTATEMENTS, has_table
from loantape.measure.marts import keep, made
from loantape.measure.tables import INDICATORS, OPENING, PREVIOUS
from loantape.progress import Progress
from loantape.store import Kept, Marts, Store, SubmissionName
from loantape.store.files import plain

PERIODS = 36  # how many earlier periods' marts are looked at


@dataclass(frozen=True)
class Uses:
    """What measuring a submission uses of earlier periods: full names, the latest of ``history`` first."""

    previous: str | None  # the month before
    opening: str | None  # the last December
    history: tuple[str, ...]


def uses(store: Store, name: str) -> Uses:
    """What measuring a submission uses, as it is now.

    The period before a month is the month before: a rate over a gap would not be monthly. The opening period is that
    of last year's December, the last one there is in it.
    """
    this = SubmissionName.parse(name)

    def newest(period: Period) -> Iterable[str]:
        return reversed(store.versions(this.lender, period))

    periods = sorted({SubmissionName.parse(one).period for one in store.names(this.lender)}, reverse=True)
    periods = [one for one in periods if one < this.period]
    is_month = len(str(this.period)) == len("2026-10")
    before = [one for one in periods if not is_month or one == this.period.month_before()]
    december = [one for one in periods if (one.date.year, one.date.month) == (this.period.date.year - 1, 12)]
    marts = Marts(store.root)
    measured = (
        next((one for one in newest(period) if marts.has(one) or store.done(one, "measure")), None)
        for period in periods
    )
    return Uses(
        next((one for period in before for one in newest(period) if store.done(one, "read")), None),
        next((one for period in december for one in newest(period) if store.done(one, "read")), None),
        tuple(islice((one for one in measured if one is not None), PERIODS)),
    )


def bring_up_to_date(store: Store, name: str, at: datetime, progress: Progress) -> None:
    """Measure a submission, and again when what it was measured from has changed; leave its marts.

    Raises IndicatorCrashed and MartDamaged, with nothing stored.
    """
    used = uses(store, name)
    inputs = _inputs(store, used)
    if not store.done(name, "measure", inputs=inputs):
        this = SubmissionName.parse(name)
        with store.editing(name, "measure", at, inputs=inputs) as con, _past(con, store, used) as past:
            lender, indicators = catalog.lender(this.lender), list(catalog.indicators().values())
            with _restating(con, at):
                measure(con, lender, this.period, indicators, progress, past)
            Marts(store.root).remove(name)
    restore(store, name)


def is_up_to_date(store: Store, name: str) -> bool:
    """Whether a measured submission was measured from what there is now, and its marts are there."""
    return Marts(store.root).has(name) and store.done(name, "measure", inputs=_inputs(store, uses(store, name)))


def restore(store: Store, name: str) -> Kept:
    """The marts of a measured submission; made again from its tape and its stored indicators where they are not there.

    They come out byte for byte as they were. Raises MartDamaged.
    """
    marts = Marts(store.root)
    kept = marts.kept(name)
    if kept is not None and set(kept.files) == {INDICATORS, RESTATEMENTS, *catalog.marts()}:
        return kept
    this = SubmissionName.parse(name)
    with (
        marts.publishing(name) as folder,
        store.reading(name) as con,
        made(con, catalog.marts(), this.period) as relations,
    ):
        restated = RESTATEMENTS if has_table(con, RESTATEMENTS) else NONE_RESTATED
        keep(con, folder, {INDICATORS: _own(this.period), RESTATEMENTS: restated, **relations})
    found = marts.kept(name)
    assert found is not None
    return found


@contextmanager
def listing(store: Store, name: str, indicator: Indicator, member: str | None) -> Iterator[Iterator[dict[str, Any]]]:
    """The rows behind an indicator of a measured submission (see ``behind``), asked of what it was measured from.

    Raises ConfigurationError when it was not measured, was measured from something else than there is now, or has no
    such member.
    """
    used = uses(store, name)
    if not store.done(name, "measure", inputs=_inputs(store, used)):
        raise ConfigurationError(f"{name} is not measured, or not from what there is now", "loantape refresh, then ask")
    period = SubmissionName.parse(name).period
    with store.reading(name) as con, _past(con, store, used) as past:
        members = con.execute("SELECT member FROM indicators WHERE code = ?", [indicator.code]).fetchall()
        if member is not None and (member,) not in members:
            told = ", ".join(repr(one) for (one,) in members) or "none"
            raise ConfigurationError(f"{indicator.code} of {name} has no member {member!r}", f"it has {told}")
        named = {"": name, PREVIOUS: used.previous or "", OPENING: used.opening or ""}
        own = {INDICATORS: _own(period)}
        with (
            made(con, catalog.marts(), period) as marts,
            behind(con, indicator, member, past, {**marts, **own}, named) as rows,
        ):
            yield rows


def _own(period: Period) -> str:
    """This period's stored indicators as rows of their mart."""
    return f"(SELECT DATE '{period.date}' AS period, * FROM indicators)"


@contextmanager
def _restating(con: duckdb.DuckDBPyConnection, at: datetime) -> Iterator[None]:
    """Keeps what numbers were before they are measured again and come out otherwise."""
    if not has_table(con, "indicators"):
        yield
        return
    con.execute("CREATE OR REPLACE TEMP TABLE measured_before AS SELECT code, member, value FROM indicators")
    yield
    con.execute(CREATE_RESTATEMENTS)
    con.execute(
        f"INSERT INTO {RESTATEMENTS} SELECT code, member, old.value, ? FROM measured_before AS old "
        "JOIN indicators AS new USING (code, member) WHERE old.value IS DISTINCT FROM new.value ORDER BY code, member",
        [plain(at)],
    )
    con.execute("DROP TABLE temp.measured_before")


def _inputs(store: Store, used: Uses) -> str:
    """What the indicators depend on besides the submission itself: the book, the tapes and the marts they used."""
    parts = [f"book {catalog.book_version()}"]
    for word, one in (("previous", used.previous), ("opening", used.opening)):
        parts.append(f"{word} {one} {store.content_sha256(one)}" if one else f"{word} none")
    parts += [f"marts {one} {restore(store, one).digest(RESTATEMENTS)}" for one in used.history]
    return "; ".join(parts)


@contextmanager
def _past(con: duckdb.DuckDBPyConnection, store: Store, used: Uses, *, with_history: bool = True) -> Iterator[Past]:
    """The earlier periods attached to a connection, read-only, while the block runs."""
    attached: dict[str, str] = {}  # submission to the name of its catalog: a file is attached once
    try:
        for word, one in (("previous", used.previous), ("opening", used.opening)):
            if one is not None and one not in attached:
                con.execute(f"ATTACH {_quoted(store.database(one))} AS {word} (READ_ONLY)")
                attached[one] = word
        yield Past(attached.get(used.previous or ""), attached.get(used.opening or ""), _history(store, used))
    finally:
        for word in attached.values():
            con.execute(f"DETACH {word}")


def _history(store: Store, used: Uses) -> dict[str, str]:
    """For each mart, its files of earlier periods as one relation. Raises MartDamaged."""
    files: dict[str, list[Path]] = {}
    for one in used.history:
        kept = restore(store, one)
        for mart in kept.files:
            files.setdefault(mart, []).append(kept.file(mart))
    return {
        mart: f"read_parquet([{', '.join(_quoted(path) for path in paths)}], union_by_name = true)"
        for mart, paths in files.items()
    }


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
