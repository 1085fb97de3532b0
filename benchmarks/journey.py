"""The whole journey of a simulated delivery as a ratio to DuckDB's own typed load of the same CSV files.

Each stage runs in a process of its own, so that its peak memory is its own; the floor and the journey are interleaved
over the rounds and the medians compared, because machines are noisy. Writes docs/benchmarks.md.

    python benchmarks/journey.py --loans 2000000 --rounds 3
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

from page import PAGE, ROOT, machine, write_section

LENDER, PERIOD, REGULATOR = "demo_cashloan", "2026-10", "cn_pbc"
STAGES = ("receive", "read", "check", "measure", "file")
AT = datetime(2026, 11, 5, 9, 0, 0)


def floor(delivery: Path, out: Path) -> None:
    """DuckDB's own typed load: every CSV of the delivery into a table file, types given, nothing checked."""
    import duckdb

    from loantape import catalog

    con = duckdb.connect(str(out))
    for path in sorted(delivery.glob("*.csv")):
        header = path.open(encoding="utf-8").readline().strip().split(",")
        columns = catalog.tape_tables()[path.stem].to_schema().columns
        types = {name: str(columns[name].dtype) if name in columns else "VARCHAR" for name in header}
        sql_types = {name: _sql(kind) for name, kind in types.items()}
        con.execute(
            f"CREATE TABLE {path.stem} AS SELECT * FROM read_csv(?, columns = {sql_types!r}, header = true,"
            " auto_detect = false, delim = ',', quote = '\"', escape = '\"')",
            [str(path)],
        )
    con.execute("CHECKPOINT")
    con.close()


def _sql(kind: str) -> str:
    return {"string": "VARCHAR", "int32": "INTEGER", "timestamp(6)": "TIMESTAMP"}.get(kind, kind)


def stage(name: str, work: Path, delivery: Path) -> None:
    """One stage of the journey, in this process."""
    from loantape import pipeline

    ws = pipeline.Workspace.open(work / "store")
    submission = f"{LENDER}/{PERIOD}"
    match name:
        case "receive":
            pipeline.receive(ws, delivery, AT)
        case "read":
            pipeline.read(ws, submission, AT)
        case "check":
            pipeline.check(ws, submission, AT)
        case "measure":
            pipeline.measure(ws, submission, AT)
        case "file":
            pipeline.file(ws, submission, REGULATOR, AT)


def timed(*arguments: str) -> tuple[float, float]:
    """Seconds of the work itself (start-up and imports left out) and peak MiB of a child that runs one stage."""
    done = subprocess.run([sys.executable, __file__, *arguments], check=True, capture_output=True, text=True, cwd=ROOT)
    figures = json.loads(done.stdout.splitlines()[-1])
    return figures["seconds"], figures["mib"]


def child(arguments: argparse.Namespace) -> None:
    """Run one stage here and print its figures."""
    import loantape.pipeline  # noqa: F401 - imports are start-up, not work

    started = time.perf_counter()
    if arguments.stage == "floor":
        floor(arguments.delivery, arguments.work / "floor.duckdb")
    else:
        stage(arguments.stage, arguments.work, arguments.delivery)
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loans", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--stage")
    parser.add_argument("--work", type=Path)
    parser.add_argument("--delivery", type=Path)
    parser.add_argument("--out", type=Path, default=PAGE)
    arguments = parser.parse_args()
    if arguments.stage:
        child(arguments)
        return
    with tempfile.TemporaryDirectory(prefix="loantape-bench-", dir=os.environ.get("BENCH_DIR")) as folder:
        work = Path(folder)
        delivery, simulated = _simulate(work, arguments.loans)
        rows: dict[str, list[tuple[float, float]]] = {name: [] for name in ("floor", *STAGES)}
        for round_ in range(arguments.rounds):
            here = work / f"round{round_}"
            here.mkdir()
            for name in rows:
                rows[name].append(timed("--stage", name, "--work", str(here), "--delivery", str(delivery)))
                print(f"round {round_ + 1} {name}: {rows[name][-1][0]:.1f} s, {rows[name][-1][1]:,.0f} MiB", flush=True)
            shutil.rmtree(here)
        size = sum(path.stat().st_size for path in delivery.glob("*.csv")) / 2**20
        lines = sum(file["lines"] for file in json.loads((delivery / "manifest.json").read_text())["files"])
    write_section("journey", report(rows, arguments, size, lines, simulated), arguments.out)
    print(f"written to {arguments.out}")


def _simulate(work: Path, loans: int) -> tuple[Path, float]:
    from loantape.declare import Period
    from loantape.progress import silent
    from loantape.simulate import simulate

    simulate(LENDER, Period.parse(PERIOD), 1000, work / "warm", progress=silent())  # compiles, not counted
    started = time.perf_counter()
    (delivery,) = simulate(LENDER, Period.parse(PERIOD), loans, work / "deliveries", progress=silent())
    return delivery, time.perf_counter() - started


def report(
    rows: dict[str, list[tuple[float, float]]], arguments: argparse.Namespace, size: float, lines: int, simulated: float
) -> str:
    base = statistics.median(seconds for seconds, _ in rows["floor"])
    total = statistics.median(sum(rows[name][r][0] for name in STAGES) for r in range(arguments.rounds))
    text = [
        "## The whole journey",
        "",
        "Figures are ratios to DuckDB's own typed load of the same files, in the same run.",
        "",
        f"* data: {LENDER}, {arguments.loans:,} loans, 60+ columns,"
        f" {lines:,} lines in all files, {size:,.0f} MiB of CSV",
        f"* machine: {machine()}; {arguments.rounds} rounds, medians",
        f"* simulator: {arguments.loans / simulated:,.0f} loans/s for the whole delivery, all files, hashing included",
        "",
        "| stage | seconds (median) | min–max | ratio to the load | peak MiB |",
        "|---|---|---|---|---|",
    ]
    for name, figures in rows.items():
        seconds = [one for one, _ in figures]
        middle = statistics.median(seconds)
        label = "DuckDB typed load (the floor)" if name == "floor" else name
        text.append(
            f"| {label} | {middle:.1f} | {min(seconds):.1f}–{max(seconds):.1f} | {middle / base:.2f}"
            f" | {max(mib for _, mib in figures):,.0f} |"
        )
    text += [
        f"| **whole journey** | {total:.1f} | | **{total / base:.2f}** | |",
        "",
        "Receiving is hashing, counting and copying every byte, flushed to the disk. Reading is the line ledger, the",
        "typed tape with every text that does not parse, and the encrypted identities, a second pass over the loans.",
        "Filing is rendering CLGRDK from the vault, reading it back independently, the report and the signature.",
        "The aim is a whole journey within 1.5 times the load; it is not met.",
        "",
    ]
    return "\n".join(text)


if __name__ == "__main__":
    main()
