"""The rule engine over one tape: seconds and memory against pandera's own validation, growth with rows and with rules.

The tape is a simulated one of loans, multiplied; about 0.5 % of its rows carry a mistake. The questions are the
constraints of the loan model and the rules on loans that are in force. Each case runs in a process of its own, so that
its peak memory is its own; cases are interleaved over the rounds and medians compared, because machines are noisy.
Writes its section of docs/benchmarks.md.

    python benchmarks/engine.py --rows 2000000 --rounds 3
    LOANTAPE_MEMORY_LIMIT=2GB python benchmarks/engine.py --rows 20000000 --rounds 1 --only engine --section checked
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from intake import peak_mib
from page import ROOT, machine, write_section

SOURCE, PERIOD, SEED_LOANS = "demo_cashloan", "2026-10", 20_000
# the last two: ten rules and no more; every row fails twenty rules
CASES = ("engine", "pandera.ibis", "floor", "engine, 10 rules", "engine, 340 rules", "engine, all rows fail 20 rules")


def prepare(work: Path, rows: int) -> None:
    """``tape.duckdb``: a read submission whose loans are those of a simulated delivery, each as often as is needed."""
    import duckdb

    from loantape import pipeline
    from loantape.declare import Period
    from loantape.progress import silent
    from loantape.simulate import simulate

    (made,) = simulate(SOURCE, Period.parse(PERIOD), SEED_LOANS, work / "made", errors=0.005, progress=silent())
    ws = pipeline.Workspace.open(work / "store")
    from datetime import datetime

    name = pipeline.receive(ws, made, datetime(2026, 11, 5))
    pipeline.read(ws, name, datetime(2026, 11, 5))
    with duckdb.connect(str(work / "tape.duckdb")) as con:
        con.execute(f"ATTACH '{ws.store.database(name)}' AS seed (READ_ONLY)")
        for (table,) in con.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'seed'").fetchall():
            kept = "" if table in ("tape_institution", "tape_partner") else "LIMIT 0"
            con.execute(f"CREATE TABLE {table} AS SELECT * FROM seed.{table} {kept}")
        con.execute(
            "INSERT INTO tape_loan SELECT l.* REPLACE (l.iou_no || '-' || i AS iou_no, l.contract_no || '-' || i AS "
            f"contract_no) FROM range({-(-rows // SEED_LOANS)}) AS r(i), seed.tape_loan AS l LIMIT {rows}"
        )
        con.execute(f"INSERT INTO accepted_runs VALUES ('loan', 'loan.csv', 0, {rows - 1}, 2)")
    shutil.rmtree(work / "made")
    shutil.rmtree(work / "store")


def questions(case: str) -> list[Any]:
    """The rules of a case: those on loans alone, so that every tool is asked the same."""
    from loantape import catalog
    from loantape.declare import Confidence, Rule, Severity

    rules = [one for one in catalog.rules().values() if one.on == "loan" and one.jurisdictions in ((), ("cn",))]
    rules = [one for one in rules if not one.lender_types and one.in_force(period().date)]
    if case == "engine, 10 rules":
        return rules[:10]
    if case == "engine, 340 rules":
        from dataclasses import replace

        many = [replace(one, code=f"{one.code}-{n}") for n in range(-(-340 // len(rules))) for one in rules]
        return many[:340]
    if case == "engine, all rows fail 20 rules":
        return [
            Rule(f"ALL-{n:03}", "loan", Severity.ERROR, ("loan_amount",), "-", Confidence.OWN, "-", "-", ({},), ({},),
                 lambda loan, limits, n=n: loan.loan_amount < -n)
            for n in range(20)
        ]  # fmt: skip
    return rules


def period() -> Any:
    from loantape.declare import Period

    return Period.parse(PERIOD)


def run_case(case: str, work: Path) -> int:
    """One case, in this process. Returns how many questions it asked."""
    import duckdb

    from loantape import catalog
    from loantape.checking.compile import field_predicates
    from loantape.checking.engine import check
    from loantape.declare import Lender
    from loantape.progress import silent

    limit = os.environ.get("LOANTAPE_MEMORY_LIMIT")
    config = {"temp_directory": str(work / "spill"), **({"memory_limit": limit} if limit else {})}
    con = duckdb.connect(str(work / "copy.duckdb"), config=config)
    rules = questions(case)
    if case == "floor":
        con.execute("SELECT bit_xor(hash(COLUMNS(*))) FROM tape_loan").fetchall()
        return 0
    if case == "pandera.ibis":
        import ibis
        import pandera.errors

        from loantape.checking.schema import to_pandera_schema

        schema = to_pandera_schema("loan", rules, catalog.limits(), period(), "cn")
        with suppress(pandera.errors.SchemaErrors):
            schema.validate(ibis.duckdb.from_connection(con).table("tape_loan"), lazy=True)
    else:
        lender = Lender("bench", "Bench", "基准", "cn", "standard/1", ())
        check(con, lender, period(), rules, catalog.limits(), None, silent())
    return len(rules) + len(field_predicates("loan", "cn"))


def child(arguments: argparse.Namespace) -> None:
    """Run one case here and print its figures; imports are start-up, not work, and compiling rules is work."""
    shutil.copy(arguments.work / "tape.duckdb", arguments.work / "copy.duckdb")
    import ibis
    import pandera.ibis  # noqa: F401

    from loantape import catalog

    catalog.rules(), ibis.table({"a": "int64"}, name="t")
    started, spent = time.perf_counter(), time.process_time()
    asked = run_case(arguments.case, arguments.work)
    figures = {"seconds": time.perf_counter() - started, "cpu": time.process_time() - spent}
    print(json.dumps({**figures, "mib": peak_mib(), "asked": asked}))


def timed(case: str, work: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--case", case, "--work", str(work)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        raise SystemExit(done.stderr)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", help="cases, separated by semicolons")
    parser.add_argument("--section", default="engine")
    parser.add_argument("--case")
    parser.add_argument("--work", type=Path)
    arguments = parser.parse_args()
    if arguments.case:
        child(arguments)
        return
    cases = [case for case in CASES if not arguments.only or case in arguments.only.split(";")]
    found: dict[str, list[dict[str, float]]] = {case: [] for case in cases}
    with tempfile.TemporaryDirectory(prefix="loantape-bench-", dir=os.environ.get("BENCH_DIR")) as folder:
        work = Path(folder)
        prepare(work, arguments.rows)
        for round_ in range(arguments.rounds):
            for case in cases:
                found[case].append(timed(case, work))
                print(f"round {round_ + 1} {case}: {found[case][-1]}", flush=True)
    write_section(arguments.section, "\n".join(page(found, arguments)))


def page(found: dict[str, list[dict[str, float]]], arguments: argparse.Namespace) -> list[str]:
    limit = os.environ.get("LOANTAPE_MEMORY_LIMIT")
    base = statistics.median(one["seconds"] for one in found["engine"]) if "engine" in found else 0.0
    text = [
        f"## Checking, {arguments.rows:,} loans",
        "",
        "The constraints and rules on loans, compiled and run, every finding stored with key, value and line. Ratios",
        f"are to the engine in the same run. {machine()}; {arguments.rounds} rounds, medians"
        + (f"; DuckDB held to {limit}." if limit else "."),
        "",
        "| case | questions | seconds | min–max | ratio | processor seconds | peak MiB |",
        "|---|---|---|---|---|---|---|",
    ]
    for case, figures in found.items():
        seconds = [one["seconds"] for one in figures]
        middle = statistics.median(seconds)
        ratio = f"{middle / base:.2f}" if base else "–"
        text.append(
            f"| {case} | {figures[0]['asked']} | {middle:.1f} | {min(seconds):.1f}–{max(seconds):.1f} | {ratio}"
            f" | {statistics.median(one['cpu'] for one in figures):.1f} | {max(one['mib'] for one in figures):,.0f} |"
        )
    text += ["", "`floor` reads every column of the table once. pandera.ibis does not look for repeated keys."]
    return text


if __name__ == "__main__":
    main()
