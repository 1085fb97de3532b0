"""Books on which a changed figure is told from the true one, and which changes no book tells.

Belongs here: the books, each with what the second opinion says of it, and the trial of a mutant on them; at last the
worked example of the figure, which knows the order of members too. Not here: what is changed (``mutants``), changes
that cannot matter (``equivalent``).

Run as a program it tries every mutant and lists the survivors:
python -m tests.transforms.trials [CODE or TOPIC or GRAIN or MART ...]
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import duckdb

from loantape import catalog
from loantape.declare import Figures, Indicator, Lender
from loantape.measure import Past, measure
from loantape.measure.tables import HISTORY, INDICATORS, NO_PAST, Tables, sql, views
from loantape.progress import silent
from tests.transforms.equivalent import is_equivalent
from tests.transforms.filling import fill_example, found_past
from tests.transforms.months import Months, random_months
from tests.transforms.mutants import HELD, Mutant, mutants_of
from tests.transforms.opinion_delinquency import covers as is_delinquency
from tests.transforms.tapes import filled, random_tape
from tests.transforms.test_concentration import OWN as OF_TAPES
from tests.transforms.test_concentration import compare as compare_tape
from tests.transforms.test_delinquency import compare as compare_months
from tests.transforms.test_examples import PERIOD

Told = Mapping[str, tuple[Any, ...]]  # member to numerator, denominator, rows
_ASKED = (
    'SELECT member, CAST(numerator AS DECIMAL(38,4)), CAST(denominator AS DECIMAL(38,4)), CAST("rows" AS BIGINT) '
    "FROM ({}) AS measured"
)


@cache
def statement_of(code: str) -> tuple[str, frozenset[str], tuple[str, ...]]:
    """An indicator's own statement, the tables it reads, and the prepared grains."""
    tables = Tables()
    figures = catalog.indicators()[code].measure(tables)
    text = sql(figures.table if isinstance(figures, Figures) else figures)
    return text, frozenset(tables.read), tuple(tables.grains)


@cache
def _reads(table: str) -> frozenset[str]:
    """The tables that a table stands for: itself, or those a grain is made of."""
    tables = Tables()
    assert tables[table] is not None
    return frozenset(tables.read)


@dataclass
class Trial:
    """A book that lies ready in a connection, and what indicators give on it, which the second opinion confirmed.

    Everything they read is a table under the name that statements call it by. ``remade`` makes a mart's history again
    from every month's tape with another statement, where there are months.
    """

    name: str
    con: duckdb.DuckDBPyConnection
    told: Mapping[str, Told]
    grains: Mapping[str, str]
    remade: Callable[[str, str], None] | None = None
    marts: Mapping[str, str] = field(default_factory=dict)
    tables: Collection[str] = ()
    asked: dict[str, bool] = field(default_factory=dict)  # what ``asks`` found

    def gives(self, statement: str) -> Told | None:
        """What a statement gives by member; None where a member is told twice. Raises duckdb.Error."""
        rows = self.con.execute(_ASKED.format(statement)).fetchall()
        told = {member: tuple(rest) for member, *rest in rows} or {"": (None, None, 0)}
        return told if len(told) == max(1, len(rows)) else None

    def asks(self, code: str) -> bool:
        """Whether an indicator is told of here, and not that an earlier period lacks; its own statement gives that."""
        if code not in self.asked:
            text, read, grains = statement_of(code)
            there = {f"measure_{one}" for one in read} | {f"grain_{one}" for one in grains}
            self.asked[code] = code in self.told and there <= self.tables
            assert not self.asked[code] or self.gives(text) == self.told[code], (self.name, code)
        return self.asked[code]

    def tells(self, code: str, statement: str) -> bool:
        """Whether an indicator's changed statement gives other figures here."""
        return self.asks(code) and self.gives(statement) != self.told[code]

    def tells_below(self, codes: Iterable[str]) -> bool:
        """Whether any of these indicators gives other figures, now that something they read was changed."""
        return any(self.gives(statement_of(code)[0]) != self.told[code] for code in codes)

    def make_grains(self, changed: str = "", statement: str = "") -> None:
        """Make a changed grain, and those made of it, or all again."""
        for name, own in self.grains.items():
            if not changed or name == changed or f"grain_{changed}" in own:
                self.con.execute(f"CREATE OR REPLACE TABLE grain_{name} AS {statement if name == changed else own}")


def _lying_ready(
    name: str, con: duckdb.DuckDBPyConnection, codes: Collection[str], past: Past, own: Mapping[str, str]
) -> Trial:
    """A measured book as a trial: all that indicators may read of it copied into a catalog of their own."""
    told: dict[str, dict[str, tuple[Any, ...]]] = {}
    asked = con.execute("SELECT code, member, numerator, denominator, rows FROM indicators").fetchall()
    for code, member, *parts in asked:
        if code in codes:
            told.setdefault(code, {})[member] = tuple(parts)
    tables = Tables()
    for one in list(tables):
        read = _reads(one)
        if past.lacks(read) is None and {name.removeprefix(HISTORY) for name in read if name.startswith(HISTORY)} <= {
            *past.history,
            *own,
        }:
            assert tables[one] is not None
    con.execute(HELD)
    con.execute("ATTACH ':memory:' AS trial")
    with views(con, tables, past, own):
        for one in sorted(tables.read):
            con.execute(f'CREATE TABLE trial."measure_{one}" AS FROM "measure_{one}"')
    con.execute("USE trial")
    trial = Trial(name, con, told, tables.grains)
    trial.make_grains()
    trial.tables = {f"measure_{one}" for one in tables.read} | {f"grain_{one}" for one in tables.grains}
    return trial


def _months(name: str, seed: int, loans: int, months: int, jurisdiction: str) -> Callable[[], Trial]:
    def made() -> Trial:
        con = duckdb.connect()
        book = random_months(con, seed, loans, months, jurisdiction)
        compare_months(book)
        past, period = book.past(), book.periods[-1]
        home = Months.catalog(period)
        own = {INDICATORS: f"(SELECT DATE '{period.date}' AS period, * FROM {home}.indicators)"}
        marts = {mart: sql(catalog.marts()[mart].measure(Tables())) for mart in catalog.marts()}
        for mart, statement in marts.items():
            con.execute(f"CREATE OR REPLACE TABLE {home}.own_{mart} AS {_of_month(statement, book, period)}")
            own[mart] = f"{home}.own_{mart}"
        codes = [code for code in catalog.indicators() if is_delinquency(code)]
        trial = _lying_ready(name, con, codes, past, own)

        def remade(mart: str, statement: str) -> None:
            con.execute(f"DELETE FROM trial.measure_{HISTORY}{mart}")
            for one in book.periods:
                con.execute(f"INSERT INTO trial.measure_{HISTORY}{mart} BY NAME {_of_month(statement, book, one)}")

        trial.remade, trial.marts = remade, marts
        return trial

    return made


def _of_month(statement: str, book: Months, period: Any) -> str:
    """A mart's statement asked of one month's tape."""
    loans = f"(SELECT rowid AS loan_row, * FROM {Months.catalog(period)}.tape_loan)"
    text = statement.replace('"measure_loan"', loans)
    return f"SELECT DATE '{period.date}' AS period, * FROM ({text}) AS mart"


def _tape(
    name: str, fill: Callable[[duckdb.DuckDBPyConnection], None], jurisdiction: str = "cn"
) -> Callable[[], Trial]:
    def made() -> Trial:
        con = duckdb.connect()
        fill(con)
        compare_tape(con, jurisdiction)
        return _lying_ready(name, con, sorted(OF_TAPES), NO_PAST, {})

    return made


def _random(seed: int, loans: int, kind: str) -> Callable[[], Trial]:
    return _tape(f"random tape {seed}", lambda con: filled(con, random_tape(seed, loans, kind)))


_BOOKS: Sequence[Callable[[], Trial]] = (
    _months("four months", 4711, 260, 4, "cn"),
    _random(1, 200, "BANK"),
    _random(2, 200, "CFC"),
    _random(3, 200, "MICRO"),
    _months("three months in the US", 4712, 120, 3, "us"),
    _months("fifteen months", 4713, 24, 15, "cn"),
    _months("months without a loan", 1, 0, 4, "cn"),
    _months("hardly a loan", 9, 1, 3, "cn"),
    _months("hardly a loan in the US", 9, 1, 3, "us"),
    _tape("an empty tape", lambda con: filled(con, {})),
    _random(103, 4, "MICRO"),
    _random(7, 600, "BANK"),
)


FEW = (0, 1, 2, 3, 6)  # books that are made fast and tell most


@cache
def trials(few: bool = False) -> tuple[Trial, ...]:
    """All books, or a few of them, made once in a process: some seconds."""
    return tuple(made() for place, made in enumerate(_BOOKS) if place in FEW or not few)


# --- trying ----------------------------------------------------------------------------------------------------------


@dataclass
class Outcome:
    """What became of the mutants of one statement; what DuckDB refuses is no mutant."""

    tried: int = 0
    refused: int = 0
    equivalent: int = 0
    survivors: list[Mutant] = field(default_factory=list)


def try_all(what: str, change: str = "", *, few: bool = False) -> Outcome:
    """Try the mutants of an indicator, a grain or a mart: all, or those whose change has these words in it."""
    outcome = Outcome()
    if what in catalog.indicators():
        own, is_told = statement_of(what)[0], _told_of_indicator
    elif what in catalog.marts():
        own, is_told = sql(catalog.marts()[what].measure(Tables())), _told_of_mart
    else:
        own, is_told = _grain(what), _told_of_grain
    for mutant in mutants_of(what, own):
        if change not in mutant.change:
            continue
        try:
            told = is_told(mutant, trials(few))
        except duckdb.Error:
            outcome.refused += 1
            continue
        outcome.tried += 1
        if told:
            continue
        if is_equivalent(mutant):
            outcome.equivalent += 1
        else:
            outcome.survivors.append(mutant)
    return outcome


def _told_of_indicator(mutant: Mutant, books: Sequence[Trial]) -> bool:
    return any(trial.tells(mutant.of, mutant.sql) for trial in books) or _example_tells(mutant)


def _told_of_grain(mutant: Mutant, books: Sequence[Trial]) -> bool:
    for trial in books:
        below = [code for code in trial.told if trial.asks(code) and mutant.of in statement_of(code)[2]]
        if below:
            try:
                trial.make_grains(mutant.of, mutant.sql)
                if trial.tells_below(below):
                    return True
            finally:
                trial.make_grains(mutant.of, trial.grains[mutant.of])
    return False


def _told_of_mart(mutant: Mutant, books: Sequence[Trial]) -> bool:
    for trial in books:
        below = [code for code in trial.told if trial.asks(code) and HISTORY + mutant.of in statement_of(code)[1]]
        if below and trial.remade is not None:
            try:
                trial.remade(mutant.of, mutant.sql)
                trial.make_grains()
                if trial.tells_below(below):
                    return True
            finally:
                trial.remade(mutant.of, trial.marts[mutant.of])
                trial.make_grains()
    return False


def _grain(name: str) -> str:
    tables = Tables()
    assert tables[name] is not None
    return tables.grains[name]


@contextmanager
def _example(one: Indicator) -> Iterator[duckdb.DuckDBPyConnection]:
    """The worked example of an indicator with all that it reads."""
    tables = Tables()
    one.measure(tables)
    with duckdb.connect() as con, ExitStack() as stack:
        con.execute(HELD)
        fill_example(con, one.example[0])
        past = found_past(con)
        own = {}
        if HISTORY + INDICATORS in tables.read:
            asked = Lender("somebody", "Somebody", "某机构", (one.jurisdictions or ("cn",))[0], "standard/1", ())
            measure(con, asked, PERIOD, [], silent(), past)
            own[INDICATORS] = f"(SELECT DATE '{PERIOD.date}' AS period, * FROM indicators)"
        for mart in [name.removeprefix(HISTORY) for name in tables.read if name.startswith(HISTORY)]:
            if mart in catalog.marts():
                statement = sql(catalog.marts()[mart].measure(Tables()))
                con.execute("CREATE VIEW measure_loan AS SELECT rowid AS loan_row, * FROM tape_loan")
                con.execute(f"CREATE TABLE own_{mart} AS SELECT DATE '{PERIOD.date}' AS period, * FROM ({statement})")
                con.execute("DROP VIEW measure_loan")
                own[mart] = f"own_{mart}"
        stack.enter_context(views(con, tables, past, own))
        yield con


def _example_tells(mutant: Mutant) -> bool:
    """Whether the worked example comes out otherwise under a mutant, or tells its members in another order."""
    ordered = 'SELECT member, numerator, denominator, "rows" FROM ({}) AS measured ORDER BY "position", member'
    with _example(catalog.indicators()[mutant.of]) as con:
        own = con.execute(ordered.format(statement_of(mutant.of)[0])).fetchall()
        try:
            return con.execute(ordered.format(mutant.sql)).fetchall() != own
        except duckdb.Error:
            return True


def everything() -> list[str]:
    """What has mutants: indicators, grains, marts."""
    return [*catalog.indicators(), *catalog.prepared(), *catalog.marts()]


def main(wanted: Sequence[str]) -> int:
    """Print the survivors of what is asked for by its name or the start of it, of everything without an argument."""
    asked = [one for one in everything() if not wanted or any(one == name or one.startswith(name) for name in wanted)]
    total = Outcome()
    for one in asked:
        outcome = try_all(one)
        total.tried += outcome.tried
        total.refused += outcome.refused
        total.equivalent += outcome.equivalent
        total.survivors += outcome.survivors
        for mutant in outcome.survivors:
            print(mutant, flush=True)
    print(
        f"{len(asked)} statements, {total.tried} mutants, {total.equivalent} of them equivalent, "
        f"{len(total.survivors)} survive ({total.refused} more are no SQL)"
    )
    return 1 if total.survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
