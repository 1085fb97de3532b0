"""The rule engine over the tape of 60 columns, over two months of a whole book, and DuckDB's own load of the same."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from peers import tape
from peers.timers import instrument


def connect(path: Path, *, read_only: bool = False) -> Any:
    import duckdb

    limit = os.environ.get("LOANTAPE_MEMORY_LIMIT")
    config = {"temp_directory": str(path.parent / "spill"), **({"memory_limit": limit} if limit else {})}
    return duckdb.connect(str(path), read_only=read_only, config=config)


def engine(path: Path, rules: Any, *, constraints: bool) -> dict[str, Any]:
    """Ask everything of the tape, and store the findings with key, value and line; compile what is not kept."""
    from dataclasses import replace

    from loantape import catalog
    from loantape.checking import compile as compiling
    from loantape.checking.asking import FUSED, Asked, Asking, profiled
    from loantape.checking.engine import Findings
    from loantape.checking.relations import prepare_shared, prepare_totals, start_repeats
    from loantape.checking.repeats import Repeats

    phases = instrument()
    whole = catalog.grain("loan")
    on = replace(whole, own={name: whole.own[name] for name in ("row", *tape.columns())})
    con = connect(path)
    asked = []
    if constraints:
        for check, predicate in compiling.field_predicates("loan", tape.JURISDICTION):
            if check.field in tape.columns():
                asked.append(Asked(check.code, check.field, check.field, check.severity, predicate))
    for rule, predicate in zip(rules, compiling.rule_predicates(rules, catalog.limits(), tape.PERIOD), strict=True):
        asked.append(Asked(rule.code, rule.fields[0], "", rule.severity, predicate))
    con.execute("SET preserve_insertion_order = false")  # as the engine has it
    into = Findings(con)
    with Repeats(con) as repeats, profiled(con):
        start_repeats(con, [], repeats)
        prepare_totals(con, {})
        prepare_shared(con, [], repeats)
        Asking(con, on, asked, FUSED, repeats).ask(into, _Silent())
        into.store()
    found = int(con.execute("SELECT count(*) FROM findings").fetchone()[0])
    stages = dict(phases.seconds)
    return {"asked": len(asked), "found": found, "phases": stages, "compile": stages.get("compiling", 0.0)}


class _Silent:
    def advance(self, steps: int = 1) -> None:
        return None


def clean(path: Path) -> None:
    """The tape as it was, for the next case."""
    con = connect(path)
    for table in ("findings", "rule_runs", "totals"):
        con.execute(f"DROP TABLE IF EXISTS {table}")
    con.execute("CHECKPOINT")
    con.close()


def floor(path: Path) -> dict[str, Any]:
    """Read every column once."""
    connect(path, read_only=True).execute("SELECT bit_xor(hash(COLUMNS(*))) FROM tape_loan").fetchall()
    return {}


# --- the whole book -------------------------------------------------------------------------------------------------


def prepare_book(work: Path, loans: int) -> dict[str, Any]:
    """Two months received and read, the first checked as well, so that the second has a month before it."""
    from loantape import pipeline
    from loantape.simulate import simulate

    folders = simulate(
        tape.SOURCE, tape.PERIOD, loans, work / "book", errors=tape.BOOK_ERRORS, months=2, progress=tape.silent()
    )
    ws = pipeline.Workspace.open(work / "bookstore")
    names = []
    for folder in folders:
        names.append(pipeline.receive(ws, folder, tape.AT))
        pipeline.read(ws, names[-1], tape.AT)
    pipeline.check(ws, names[0], tape.AT)
    files = [*folders[1].glob("*.csv")]
    return {
        "delivery": str(folders[1]),
        "databases": [str(ws.store.database(name)) for name in names],
        "mib": sum(file.stat().st_size for file in files) / 2**20,
    }


def book(database: Path, previous: Path, before: Any) -> dict[str, Any]:
    """Every rule on every grain, with the month before; constraints, what reading found, and storing included."""
    from loantape import catalog
    from loantape.checking.engine import check

    phases = instrument()
    con = connect(database)
    lender, rules = catalog.lender(tape.SOURCE), list(catalog.rules().values())
    check(con, lender, tape.PERIOD, rules, catalog.limits(), previous, tape.silent(), {before: previous})
    found = int(con.execute("SELECT count(*) FROM findings").fetchone()[0])
    ran = con.execute("SELECT count(*) FILTER (status = 'ran'), count(*) FROM rule_runs").fetchone()
    slow = con.execute(
        "SELECT grain, count(*), sum(seconds) FROM rule_runs WHERE status = 'ran' GROUP BY grain "
        "ORDER BY sum(seconds) DESC LIMIT 8"
    ).fetchall()
    stages = dict(phases.seconds)
    return {
        "asked": ran[0],
        "found": found,
        "phases": stages,
        "compile": stages.get("compiling", 0.0),
        "grains": slow,
    }


def load(delivery: Path, out: Path) -> dict[str, Any]:
    """DuckDB's typed load of every CSV of a delivery into a table file; lines that it cannot read are left out."""
    from loantape.intake.typed import sql_types

    con = connect(out)
    for path in sorted(delivery.glob("*.csv")):
        with path.open(encoding="utf-8") as reading:
            names = reading.readline().strip().split(",")
        types = sql_types(path.stem)
        columns = {name: types.get(name, "VARCHAR") for name in names}
        con.execute(
            f"CREATE TABLE {path.stem} AS SELECT * FROM read_csv(?, columns = {columns!r}, header = true,"
            " auto_detect = false, delim = ',', quote = '\"', escape = '\"', ignore_errors = true)",
            [str(path)],
        )
    con.execute("CHECKPOINT")
    con.close()
    return {}
