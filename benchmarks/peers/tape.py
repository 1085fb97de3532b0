"""The tape that every tool checks, and what is asked of it.

The tape is a table of 60 columns: the key, then the columns that most rules on loans use. It is a simulated delivery as
reading leaves it, of at most 200,000 loans: more than DuckDB compresses together. They are repeated with keys of their
own until there are rows enough. A mistake is planted in one loan of eighty, in any of its files, so that about one row
in two hundred breaks something that is asked here: the constraints of those columns, and every rule on loans that uses
no others.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT)]

from loantape import catalog, kept  # noqa: E402
from loantape.checking.compile import Shape, compile_grain, field_predicates, rule_predicates  # noqa: E402
from loantape.checking.constraints import field_checks  # noqa: E402
from loantape.declare import Confidence, Period, Rule, Severity  # noqa: E402
from loantape.progress import silent  # noqa: E402

SOURCE, JURISDICTION, MOST_SEED, COLUMNS = "demo_cashloan", "cn", 200_000, 60
ERRORS, BOOK_ERRORS = 0.0125, 0.005
PERIOD = Period.parse("2026-10")
AT = datetime(2026, 11, 5)


@dataclass(frozen=True)
class Question:
    """One thing to ask of every row: a constraint of ``field``, or (``field`` empty) a rule over several columns."""

    code: str
    field: str
    sql: str  # true or null holds
    build: Callable[[Any], Any]  # the same, of an Ibis table

    @property
    def name(self) -> str:
        return f"{self.code}_{self.field}".rstrip("_").replace("-", "_").lower()

    @property
    def presence(self) -> bool:
        return self.code == "FLD-001"


@cache
def candidates() -> tuple[Rule, ...]:
    """Rules on loans in force that look at their own row and at every lender: what every tool can be asked."""
    rules = [one for one in catalog.rules().values() if one.on == "loan" and one.in_force(PERIOD.date)]
    return tuple(one for one in rules if one.jurisdictions in ((), (JURISDICTION,)) and not one.lender_types)


@cache
def columns() -> tuple[str, ...]:
    """The columns of the tape, in the order of the model."""
    predicates = rule_predicates(candidates(), catalog.limits(), PERIOD)
    used = Counter(name for one in predicates if one.shape is Shape.ROW for name in sorted(one.columns))
    kept = list(dict.fromkeys([*catalog.grain("loan").key, *(name for name, _ in used.most_common())]))[:COLUMNS]
    return tuple(name for name in catalog.tape_tables()["loan"].to_schema().columns if name in kept)


@cache
def rules() -> tuple[Rule, ...]:
    """The rules that the tape has every column of."""
    predicates = rule_predicates(candidates(), catalog.limits(), PERIOD)
    return tuple(
        rule
        for rule, one in zip(candidates(), predicates, strict=True)
        if one.shape is Shape.ROW and one.columns <= set(columns())
    )


def some_rules(count: int) -> tuple[Rule, ...]:
    """``count`` rules: every n-th of ``rules``, or all of them again under other codes."""
    from dataclasses import replace

    known = rules()
    if count <= len(known):
        return tuple(known[n * len(known) // count] for n in range(count))
    again = [replace(one, code=f"{one.code}-{n}") for n in range(-(-count // len(known))) for one in known]
    return tuple(again[:count])


def failing_rules(count: int = 20) -> tuple[Rule, ...]:
    """Rules that no row keeps."""
    return tuple(
        Rule(f"ALL-{n:03}", "loan", Severity.ERROR, ("loan_amount",), "-", Confidence.OWN, "-", "-", ({},), ({},),
             lambda loan, limits, n=n: loan.loan_amount.fill_null(0) == 10**15 + n)
        for n in range(count)
    )  # fmt: skip


def compile_anew(rules: list[Rule]) -> dict[str, Any]:
    """Compile rules that are kept nowhere, and the constraints of the tape's columns."""
    checks = [one for one in field_checks("loan", JURISDICTION) if one.field in columns()]
    compile_grain("check_loan", catalog.grain("loan").columns(), [(one.code, one.holds) for one in checks])
    rule_predicates(rules, catalog.limits(), PERIOD)
    return {"asked": len(checks) + len(rules)}


def questions() -> list[Question]:
    """Everything that is asked of the tape, as SQL and as Ibis."""
    asked = [
        Question(one.code, one.field, _bare(predicate.sql), one.holds)
        for one, predicate in field_predicates("loan", JURISDICTION)
        if one.field in columns()
    ]
    seen = catalog.limits().at(PERIOD)
    for rule, predicate in zip(rules(), rule_predicates(rules(), catalog.limits(), PERIOD), strict=True):
        asked.append(Question(rule.code, "", _bare(predicate.sql), lambda t, rule=rule: rule.holds(t, seen)))
    return asked


def _bare(sql: str) -> str:
    return sql.replace('"t0".', "")


def prepare(work: Path, sizes: list[int], *, parquet: bool) -> None:
    """``tape_<rows>.duckdb`` for each size; of the first, ``tape.parquet`` too where polars needs it."""
    import duckdb

    from loantape import pipeline
    from loantape.simulate import simulate

    loans = seed_loans(max(sizes))
    (made,) = simulate(SOURCE, PERIOD, loans, work / "made", errors=ERRORS, progress=silent())
    ws = pipeline.Workspace.open(work / "store")
    name = pipeline.receive(ws, made, AT)
    pipeline.read(ws, name, AT)
    own = {"iou_no", "contract_no"}
    listed = ", ".join(f"l.{one} || '-' || i AS {one}" if one in own else f"l.{one}" for one in columns())
    for rows in sizes:
        with duckdb.connect(str(tape_of(work, rows))) as con:
            con.execute(f"ATTACH '{ws.store.database(name)}' AS seed (READ_ONLY)")
            (there,) = con.execute("SELECT count(*) FROM seed.tape_loan").fetchall()[0]  # some lines were rejected
            for (table,) in con.execute(
                "SELECT table_name FROM duckdb_tables() WHERE database_name = 'seed'"
            ).fetchall():
                if table != "tape_loan":
                    kept = "" if table in ("tape_institution", "tape_partner") else "LIMIT 0"
                    con.execute(f"CREATE TABLE {table} AS SELECT * FROM seed.{table} {kept}")
            con.execute(
                f"CREATE TABLE tape_loan AS SELECT {listed} FROM range({-(-rows // there)}) AS r(i), "
                f"seed.tape_loan AS l LIMIT {rows}"
            )
            con.execute(f"INSERT INTO accepted_runs VALUES ('loan', 'loan.csv', 0, {rows - 1}, 2)")
            if parquet and rows == sizes[0]:
                con.execute(f"COPY tape_loan TO '{work / 'tape.parquet'}' (FORMAT parquet)")
            con.execute("DETACH seed")
            con.execute("CHECKPOINT")
    shutil.rmtree(work / "made")
    shutil.rmtree(work / "store")


def seed_loans(rows: int) -> int:
    """How many loans a tape of so many rows is made of."""
    return min(rows, MOST_SEED)


def tape_of(work: Path, rows: int) -> Path:
    return work / f"tape_{rows}.duckdb"


def polars_expressions(asked: list[Question]) -> dict[str, Any]:
    """By question name, the polars expression that Ibis makes of it; what Ibis cannot say in polars is left out."""
    import ibis
    from ibis.backends.polars.compiler import translate
    from ibis.common.exceptions import IbisError

    kinds = catalog.grain("loan").columns()
    table = ibis.table({name: kinds[name] for name in columns()}, name="tape_loan")
    made = {}
    for one in asked:
        try:
            made[one.name] = translate(one.build(table).op(), ctx=None).fill_null(True)
        except (IbisError, TypeError):  # TypeError: calendar months and years, which polars' duration() lacks
            continue
    return made


def write_questions(work: Path) -> None:
    """``questions.json``: what peers with an environment of their own are asked, as SQL and as polars' own bytes."""
    with kept.saving(catalog.limits(), PERIOD):  # as a check of a month does for those after it
        asked = questions()
    expressions = polars_expressions(asked)
    entries = [
        {
            "name": one.name,
            "field": one.field,
            "sql": one.sql,
            "polars": expressions[one.name].meta.serialize().hex() if one.name in expressions else None,
        }
        for one in asked
    ]
    (work / "questions.json").write_text(json.dumps({"columns": columns(), "questions": entries}))
