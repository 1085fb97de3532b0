"""Receiving and reading one CSV of 60 columns, as ratios to DuckDB's own typed load of it into a table file.

Each case runs in a process of its own, so that its peak memory is its own; cases are interleaved over the rounds and
medians compared, because machines are noisy. Peers read the same file; what each makes of a dirty one is counted
too. Writes its section of docs/benchmarks.md.

    python benchmarks/intake.py --rows 2000000 --rounds 3
    LOANTAPE_MEMORY_LIMIT=2GB python benchmarks/intake.py --rows 20000000 --rounds 1 --only load,receive,read
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from losses import losses
from page import ROOT, describe, machine, write_section

SOURCE, PERIOD = "demo_cashloan", "2026-10"
COLUMNS = 60
IDENTITY = ("id_no", "phone", "name")
AT = datetime(2026, 11, 5, 9, 0, 0)
CASES = (
    "load",
    "receive",
    "read",
    "read with identities",
    "gzip receive",
    "gzip read",
    "GB18030 receive",
    "GB18030 read",
    "polars to Parquet",
    "pyarrow to Parquet",
    "pandas in memory",
)
VARIANTS = {"read with identities": "identities", "gzip": "gzip", "GB18030": "gb18030"}


def variant_of(case: str) -> str:
    return next((variant for start, variant in VARIANTS.items() if case.startswith(start)), "plain")


def lender_of(variant: str) -> Any:
    """A lender that sends one file of 60 columns: 60 of the tape's, or 57 and the three that identify borrowers."""
    from loantape.declare import Lender
    from schemas.lenders.standard import standard

    whole = standard("bench", "Bench", "基准", "cn", "gb18030" if variant == "gb18030" else "utf-8")
    layout = next(layout for layout in whole.files if layout.pattern == "loan.csv")
    kept = [c for c in layout.columns if c.header not in IDENTITY]
    if variant == "identities":
        kept = kept[: COLUMNS - len(IDENTITY)] + [c for c in layout.columns if c.header in IDENTITY]
    return Lender("bench", "Bench", "基准", "cn", "standard/1", (replace(layout, columns=tuple(kept[:COLUMNS])),))


def prepare(work: Path, rows: int, variants: set[str]) -> dict[str, float]:
    """One delivery per variant, cut from a simulated tape by DuckDB; MiB of each."""
    import duckdb

    from loantape.declare import Period
    from loantape.progress import silent
    from loantape.simulate import simulate

    (made,) = simulate(SOURCE, Period.parse(PERIOD), rows, work / "made", progress=silent())
    sizes = {}
    for variant in sorted({"plain"} | variants & {"identities"}):
        names = [column.header for column in lender_of(variant).files[0].columns]
        folder = work / variant
        folder.mkdir()
        duckdb.execute(
            f"COPY (SELECT {', '.join(names)} FROM read_csv('{made}/loan.csv', all_varchar = true, header = true)) "
            f"TO '{folder}/loan.csv' (HEADER, DELIMITER ',')"
        )
    shutil.rmtree(work / "made")
    for variant, name in (("gzip", "loan.csv.gz"), ("gb18030", "loan.csv")):
        if variant not in variants:
            continue
        (work / variant).mkdir()
        with (work / "plain" / "loan.csv").open("rb") as reading:
            if variant == "gzip":
                with gzip.open(work / variant / name, "wb", compresslevel=6) as out:
                    shutil.copyfileobj(reading, out, 1 << 22)
            else:
                with (work / variant / name).open("wb") as out:
                    for line in reading:
                        out.write(line.decode().encode("gb18030"))
    for variant in sorted({"plain"} | variants):
        describe(work / variant, rows + 1)
        sizes[variant] = sum(path.stat().st_size for path in (work / variant).glob("loan.csv*")) / 2**20
    return sizes


def run_case(case: str, deliveries: Path, here: Path) -> None:
    """One case, in this process."""
    delivery = deliveries / variant_of(case)
    target = here / variant_of(case)
    target.mkdir(exist_ok=True)
    source = str(delivery / "loan.csv")
    if case == "load":
        load(source, here / "load.duckdb")
    elif case.endswith("receive"):
        receive(delivery, variant_of(case), target)
    elif "read" in case:
        if case == "read with identities":
            receive(delivery, variant_of(case), target)
        read(variant_of(case), target)
    elif case == "polars to Parquet":
        import polars as pl

        pl.scan_csv(source, infer_schema_length=10_000, try_parse_dates=True).sink_parquet(here / "polars.parquet")
    elif case == "pyarrow to Parquet":
        import pyarrow.csv as pc
        import pyarrow.parquet as pq

        with pc.open_csv(source) as reader, pq.ParquetWriter(here / "arrow.parquet", reader.schema) as writer:
            for batch in reader:
                writer.write_batch(batch)
    else:
        import pandas as pd

        pd.read_csv(source, low_memory=False)


def load(source: str, out: Path) -> None:
    """DuckDB's typed load into a table file: names and types given, nothing checked."""
    import duckdb

    from loantape.intake.typed import sql_types

    types = sql_types("loan")
    with Path(source).open(encoding="utf-8") as reading:
        names = reading.readline().strip().split(",")
    columns = {name: types.get(name, "VARCHAR") for name in names}
    con = duckdb.connect(str(out))
    con.execute(
        f"CREATE TABLE loan AS SELECT * FROM read_csv(?, columns = {columns!r}, header = true, auto_detect = false,"
        " delim = ',', quote = '\"', escape = '\"')",
        [source],
    )
    con.execute("CHECKPOINT")
    con.close()


def receive(delivery: Path, variant: str, target: Path) -> None:
    from loantape.intake.delivery import open_delivery
    from loantape.intake.delivery import receive as take
    from loantape.progress import silent

    take(open_delivery(delivery), lender_of(variant), target, silent())


def read(variant: str, target: Path) -> None:
    import duckdb

    from loantape.declare import Period
    from loantape.intake import reading
    from loantape.keys import Keys
    from loantape.progress import silent

    limit = os.environ.get("LOANTAPE_MEMORY_LIMIT")
    con = duckdb.connect(str(target / "submission.duckdb"), config={"memory_limit": limit} if limit else {})
    original, vault = target / "original", target / "identity.vault"
    keys, period = Keys(target / "keys"), Period.parse(PERIOD)
    summary = reading.read(con, original, lender_of(variant), period, 1, AT, keys, vault, silent())
    con.execute("CHECKPOINT")
    con.close()
    assert summary.unparsed == 0


def child(arguments: argparse.Namespace) -> None:
    """Run one case here and print its figures; imports and compiled kernels are start-up, not work."""
    warm(arguments.work)
    started = time.perf_counter()
    run_case(arguments.case, arguments.deliveries, arguments.work)
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "mib": peak_mib()}))


def peak_mib() -> float:
    """The most memory this program has had: of its own, unlike ru_maxrss, which goes on from the parent's."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def warm(work: Path) -> None:
    """Receive and read a tiny file, so that what numba compiles or loads is there."""
    small = work / "warm"
    for variant in ("plain", "identities", "gb18030", "gzip"):
        folder, target = small / variant, small / f"{variant}-target"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(target, ignore_errors=True)
        folder.mkdir(parents=True)
        target.mkdir()
        names = [column.header for column in lender_of(variant).files[0].columns]
        data = (",".join(names) + "\n" + "," * (len(names) - 1) + "\n").encode()
        if variant == "gzip":
            with gzip.open(folder / "loan.csv.gz", "wb") as out:
                out.write(data)
        else:
            (folder / "loan.csv").write_bytes(data)
        describe(folder, 2)
        receive(folder, variant, target)
        read(variant, target)
    shutil.rmtree(small)


# --- the whole ------------------------------------------------------------------------------------------------------


def timed(case: str, deliveries: Path, work: Path) -> tuple[float, float]:
    command = [sys.executable, __file__, "--case", case, "--deliveries", str(deliveries), "--work", str(work)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    figures = json.loads(done.stdout.splitlines()[-1])
    return figures["seconds"], figures["mib"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", help="cases, separated by commas")
    parser.add_argument("--section", default="intake")
    parser.add_argument("--case")
    parser.add_argument("--work", type=Path)
    parser.add_argument("--deliveries", type=Path)
    arguments = parser.parse_args()
    if arguments.case:
        child(arguments)
        return
    cases = [case for case in CASES if not arguments.only or case in arguments.only.split(",")]
    with tempfile.TemporaryDirectory(prefix="loantape-bench-", dir=os.environ.get("BENCH_DIR")) as folder:
        work = Path(folder)
        sizes = prepare(work, arguments.rows, {variant_of(case) for case in cases})
        found: dict[str, list[tuple[float, float]]] = {case: [] for case in cases}
        for round_ in range(arguments.rounds):
            here = work / f"round{round_}"
            here.mkdir()
            for case in cases:
                found[case].append(timed(case, work, here))
                seconds, mib = found[case][-1]
                print(f"round {round_ + 1} {case}: {seconds:.1f} s, {mib:,.0f} MiB", flush=True)
            shutil.rmtree(here)
        dirty = losses(work) if not arguments.only else []
    write_section(arguments.section, "\n".join(page(found, arguments, sizes, dirty)))


_WITH_IDENTITIES = (
    "`read with identities` receives and reads 57 columns and the three that identify borrowers: pseudonyms by",
    "HMAC-SHA-256 for every row and an encrypted vault, which the load has not. The peers guess their types.",
)


def page(
    found: dict[str, list[tuple[float, float]]],
    arguments: argparse.Namespace,
    sizes: dict[str, float],
    dirty: list[str],
) -> list[str]:
    base = statistics.median(seconds for seconds, _ in found["load"])
    limit = os.environ.get("LOANTAPE_MEMORY_LIMIT")
    text = [
        f"## Receiving and reading, {arguments.rows:,} rows",
        "",
        f"One CSV of {COLUMNS} columns, {sizes['plain']:,.0f} MiB. Ratios are to DuckDB's own typed load of the same",
        f"file into a table file, in the same run. {machine()}; {arguments.rounds} rounds, medians"
        + (f"; DuckDB held to {limit}." if limit else "."),
        "",
        "| case | seconds | min–max | ratio to the load | peak MiB |",
        "|---|---|---|---|---|",
    ]
    for case, figures in found.items():
        seconds = [one for one, _ in figures]
        middle = statistics.median(seconds)
        text.append(
            f"| {case} | {middle:.1f} | {min(seconds):.1f}–{max(seconds):.1f} | {middle / base:.2f}"
            f" | {max(mib for _, mib in figures):,.0f} |"
        )
    for label, first, second in (
        ("receive + read", "receive", "read"),
        ("receive + read, gzip", "gzip receive", "gzip read"),
        ("receive + read, GB18030", "GB18030 receive", "GB18030 read"),
    ):
        if first in found and second in found:
            both = statistics.median(a[0] + b[0] for a, b in zip(found[first], found[second], strict=True))
            text.append(f"| **{label}** | {both:.1f} | | **{both / base:.2f}** | |")
    if "read with identities" in found:
        text += ["", *_WITH_IDENTITIES]
    if dirty:
        text += ["", "What readers make of 200,000 records with one defect (20,000 in the third line):", "", *dirty, ""]
        text.append("A number smaller than what was sent, without a refusal, is what was lost in silence.")
    return text


if __name__ == "__main__":
    main()
