"""A simulated book of two months, repeated with keys of its own until there are loans enough."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from peers import ours, tape

SEED = 100_000
KEYS = ("iou_no", "contract_no", "borrower_pid", "connected_group_id", "complaint_no", "consent_id", "contact_id")
ONCE = ("institution", "partner")  # one lender, with the partners it has


def read_two_months(work: Path, loans: int, errors: float = tape.BOOK_ERRORS) -> tuple[Any, list[str]]:
    """A store under ``work`` with the month before and this one received and read, and the names of both."""
    from loantape import pipeline
    from loantape.simulate import simulate

    folders = simulate(tape.SOURCE, tape.PERIOD, loans, work / "made", errors=errors, months=2, progress=tape.silent())
    ws = pipeline.Workspace.open(work / "store")
    names = [pipeline.receive(ws, folder, tape.AT) for folder in folders]
    for name in names:
        pipeline.read(ws, name, tape.AT)
    shutil.rmtree(work / "made")
    return ws, names


def multiply(seed: Path, out: Path, times: int) -> None:
    """Every tape table repeated with keys of its own; what a submission or the lender has once is taken once."""
    with ours.connect(out) as con:
        con.execute(f"ATTACH '{seed}' AS seed (READ_ONLY)")
        found = con.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'seed'").fetchall()
        for (table,) in found:
            columns = [column for column, *_ in con.execute(f"DESCRIBE seed.{table}").fetchall()]
            once = not table.startswith("tape_") or table.removeprefix("tape_") in ONCE
            repeated = 1 if once else times
            listed = ", ".join(
                f"t.{one} || '-' || i AS {one}" if one in KEYS and not once else f"t.{one}" for one in columns
            )
            con.execute(f"CREATE TABLE {table} AS SELECT {listed} FROM range({repeated}) AS r(i), seed.{table} AS t")
        con.execute("DETACH seed")
        con.execute("CHECKPOINT")
