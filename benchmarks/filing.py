"""Rendering the PBoC's CLGRDK as a ratio to DuckDB's own COPY of the same columns to CSV, in processor seconds.

Rendering is all that CLGRDK costs: masked numbers, cleaning, the format's rules on the table, the data file, its MD5
and its zip. Reading back is measured beside it. The store must hold the submission and its month before; peak memory is
that of the whole process.

    python benchmarks/filing.py --store STORE --submission demo_cashloan/2026-10 --rounds 3
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from page import PAGE, machine, write_section

from loantape import catalog, pipeline
from loantape.checking.relations import attached
from loantape.declare import FilingContext
from loantape.filing import outgoing
from loantape.privacy import reading_vault
from loantape.store import SubmissionName
from templates.cn_pbc import tables, writer
from templates.cn_pbc.columns import CLGRDK
from templates.cn_pbc.reader.detail import read_table
from templates.cn_pbc.reader.layouts import LAYOUTS

AT = datetime(2026, 11, 5, 9, 30)


def timed(work: Callable[[], Any]) -> float:
    """Processor seconds of one piece of work, every thread counted."""
    started = time.process_time()
    work()
    return time.process_time() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--submission", default="demo_cashloan/2026-10")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=PAGE)
    arguments = parser.parse_args()
    ws = pipeline.Workspace.open(arguments.store)
    name = ws.store.name(arguments.submission)
    this, previous = SubmissionName.parse(name), ws.store.previous_of(name)
    context = FilingContext(this.lender, this.period, name, 1, AT, previous, None)
    seconds: dict[str, list[float]] = {}
    with (
        tempfile.TemporaryDirectory(prefix="loantape-bench-") as folder,
        ws.store.reading(name) as con,
        reading_vault(con, ws.store.vault(name), ws.keys.vault_key()),
        attached(con, ws.store.database(previous) if previous else None),
    ):
        loans = con.execute("SELECT count(*) FROM tape_loan").fetchone()[0]  # type: ignore[index]
        for _ in range(arguments.rounds):
            for part, spent in measure(con, context, Path(folder)).items():
                seconds.setdefault(part, []).append(spent)
    write_section("filing", report(seconds, loans, arguments.rounds), arguments.out)
    print(report(seconds, loans, arguments.rounds))


def measure(con: Any, context: FilingContext, folder: Path) -> dict[str, float]:
    """Processor seconds by part of one round."""
    sources = [column.source for column in CLGRDK.columns if column.source.startswith("loan.")]
    columns = ", ".join([*sources, "loan.borrower_pid", "loan.five_class", "loan.is_first_loan", "loan.overdue_type"])
    plain = (
        f"COPY (SELECT {columns} FROM tape_loan AS loan WHERE {tables.IS_STOCK}) TO '{folder / 'plain.csv'}'"
        " (FORMAT csv, HEADER false, DELIMITER '|')"
    )
    seconds = {"DuckDB's COPY of the same columns": timed(lambda: con.execute(plain))}
    filing = catalog.filing("cn_pbc")
    grain = next(one for one in filing.outgoing if one.name == CLGRDK.grain)
    rules = [rule for rule in filing.rules if rule.on == grain.name]
    keys = next(one for one in filing.outgoing if one.name == f"{CLGRDK.grain}_keys")
    of_keys = [rule for rule in filing.rules if rule.on == keys.name]
    (uscc,) = con.execute("SELECT lender_uscc FROM tape_institution").fetchone()

    def mask() -> None:
        tables._mask(con)
        tables._unclean(con)
        con.execute("DROP TABLE pbc_masked")

    seconds["masked numbers, what needs cleaning"] = timed(mask)
    with outgoing.prepared(con, filing, context):
        outgoing._ask(con, grain, rules, context.period)  # compiles, not counted
        seconds["rules of the format"] = timed(
            lambda: [
                outgoing._ask(con, grain, rules, context.period),
                outgoing._ask(con, keys, of_keys, context.period),
            ]
        )
        order = "" if tables.is_in_order(con) else " ORDER BY c07"
        totals = writer._stock(con, uscc)
        seconds["data file, check file, zip"] = timed(
            lambda: list(writer._write_table(con, folder, context, uscc, CLGRDK, totals, order))
        )
    data = next(folder.glob("*_CLGRDK_*.dat"))
    seconds["reading back"] = timed(lambda: read_table(data, uscc, LAYOUTS["CLGRDK"]))
    return seconds


def report(seconds: dict[str, list[float]], loans: int, rounds: int) -> str:
    middle = {part: statistics.median(figures) for part, figures in seconds.items()}
    base, *parts, back = middle
    total = sum(middle[part] for part in parts)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines = [
        f"## Rendering CLGRDK, {loans:,} loans on the tape",
        "",
        f"Processor seconds, all threads; {machine()}; {rounds} rounds, medians. Peak of the process {peak:,.0f} MiB,",
        "the other tables of the filing included.",
        "",
        "| part | seconds | ratio to the COPY |",
        "|---|---|---|",
        *(f"| {part} | {middle[part]:.2f} | {middle[part] / middle[base]:.2f} |" for part in (base, *parts)),
        f"| **rendering** | {total:.2f} | **{total / middle[base]:.2f}** |",
        f"| {back} | {middle[back]:.2f} | {middle[back] / middle[base]:.2f} |",
        "",
        f"Aim: 2 times the COPY: {'met' if total <= 2 * middle[base] else 'not met'}.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
