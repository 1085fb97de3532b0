"""The view across lenders against polars doing the same sums: time and memory, made of data that DuckDB makes.

Fifty lenders of 200,000 loans each, their borrowers drawn from one population, so that many have several lenders. Both
sides read the same tapes: we the submissions' DuckDB files, polars Parquet of the columns it needs. polars sums every
cell that we publish, with the borrowers behind it and their two largest parts; it hides nothing, so hiding is told
apart.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from page import machine, write_section

MEMORY_LIMIT = "2500MB"
_ROWS = """
    SELECT 'L{lender}-' || i AS iou_no, sha256(CAST(person AS VARCHAR)) AS borrower_pid,
    CAST([110101, 330106, 440300, 510104, 320102, 370102, 420106, 430102][1 + CAST(person % 8 AS BIGINT)] AS VARCHAR)
        AS borrower_region,
    CASE WHEN late < 93 THEN 0 WHEN late < 96 THEN 15 WHEN late < 98 THEN 45 WHEN late < 99 THEN 75 ELSE 200 END
        AS days_past_due,
    CASE WHEN hash(i, {lender}, 5) % 20000 = 0 THEN '5' WHEN late < 93 THEN '1' WHEN late < 99 THEN '2' ELSE '3' END
        AS five_class,
    CAST(500 + (hash(i, {lender}, 1) % 5000000) / 100 AS DECIMAL(18, 2)) AS balance_cny,
    CAST(late >= 93 AS INTEGER)::DECIMAL(18, 2) * 100 AS overdue_1104_amount, 5.00::DECIMAL(18, 2) AS provision_amount,
    CAST(8 + (hash(i, {lender}, 2) % 1600) / 100 AS DECIMAL(18, 6)) AS all_in_cost_pct,
    CASE WHEN i % 3 = 0 THEN 'JOINT' ELSE 'SOLE' END AS coop_mode, 'A' || (i % 40) AS partner_agreement_no,
    'LS01' AS loan_status
    FROM (SELECT i, hash(i, {lender}, 3) % {people} AS person, hash(i, {lender}, 4) % 100 AS late
        FROM range({loans}) t(i))
"""


def make_data(folder: Path, lenders: int, loans: int) -> None:
    """One submission file and one Parquet file for each lender."""
    from ibis.backends.sql.datatypes import DuckDBType

    from schemas.tape import TABLES

    people = lenders * loans * 6 // 10
    for lender in range(lenders):
        path = folder / f"{lender}.duckdb"
        if path.exists():
            continue
        with duckdb.connect(str(path)) as con:
            for name in ("loan", "partner"):
                typed = ", ".join(
                    f'"{field}" {DuckDBType.from_ibis(column.dtype.type).sql("duckdb")}'
                    for field, column in TABLES[name].to_schema().columns.items()
                )
                con.execute(f"CREATE TABLE tape_{name} ({typed})")
            rows = _ROWS.format(lender=lender, people=people, loans=loans)
            con.execute(f"INSERT INTO tape_loan BY NAME {rows}")
            con.execute(
                "INSERT INTO tape_partner BY NAME SELECT 'A' || i AS partner_agreement_no, "
                "'P' || (i % 15) AS partner_uscc FROM range(40) t(i)"
            )
            described = con.execute(f"SELECT * FROM ({rows}) LIMIT 0").description or ()
            columns = ", ".join(column[0] for column in described)
            con.execute(f"COPY (SELECT {columns} FROM tape_loan) TO '{folder / f'{lender}.parquet'}' (FORMAT parquet)")


def ours(folder: Path, lenders: int) -> dict[str, float]:
    """The whole view, small cells hidden."""
    from loantape import catalog
    from loantape.declare import Period
    from loantape.market import view
    from loantape.privacy import suppress
    from loantape.progress import silent

    @contextmanager
    def attach(con: duckdb.DuckDBPyConnection, name: str, submission: str) -> Iterator[None]:
        con.execute(f"ATTACH '{folder / submission.split('/')[0].removeprefix('lender')}.duckdb' AS {name} (READ_ONLY)")
        try:
            yield
        finally:
            con.execute(f"DETACH {name}")

    hiding = {"wall": 0.0, "processor": 0.0}
    inner = suppress.suppress

    def timed(*arguments: object) -> object:
        wall, processor = time.perf_counter(), time.process_time()
        found = inner(*arguments)  # type: ignore[arg-type]
        hiding["wall"] += time.perf_counter() - wall
        hiding["processor"] += time.process_time() - processor
        return found

    view.suppress = timed  # type: ignore[assignment]
    limits = catalog.limits()
    names = [f"lender{number}/2026-10/v1" for number in range(lenders)]
    asked = view.Asked("cn", Period.parse("2026-10"), names, (), (), "")
    with tempfile.TemporaryDirectory() as spill, duckdb.connect(":memory:") as con:
        con.execute(f"SET memory_limit = '{MEMORY_LIMIT}'; SET temp_directory = '{spill}'; SET threads = 2")
        wall, processor = time.perf_counter(), time.process_time()
        made = view.make(con, asked, limits, attach, silent())
        took = {"wall": time.perf_counter() - wall, "processor": time.process_time() - processor}
    hidden = sum(not cell["shown"] for table in made["tables"] for cell in table["cells"])
    cells = sum(len(table["cells"]) for table in made["tables"])
    return took | {
        "hiding wall": hiding["wall"],
        "hiding processor": hiding["processor"],
        "cells": cells,
        "hidden": hidden,
        "borrowers": made["totals"]["borrowers"],
        "balance": float(made["totals"]["balance"]),
    }


def polars_sums(folder: Path, lenders: int) -> dict[str, float]:
    """The same cells in polars: sums, borrowers behind them, two largest parts; nothing hidden."""
    import itertools

    import polars as pl

    wall, processor = time.perf_counter(), time.process_time()
    frames = [
        pl.scan_parquet(folder / f"{lender}.parquet").with_columns(lender=pl.lit(lender, pl.UInt16))
        for lender in range(lenders)
    ]
    code = pl.col("partner_agreement_no").str.slice(1).cast(pl.Int32) % 15
    place = sum(((pl.col("days_past_due") > edge).cast(pl.UInt8) for edge in (0, 30, 60, 90)), pl.lit(0, pl.UInt8))
    loans = pl.concat(frames).with_columns(
        days=place,
        province=pl.col("borrower_region").str.slice(0, 2),
        person=pl.col("borrower_pid").hash(),
        partner=pl.when(pl.col("coop_mode") == "JOINT").then(code),
        cost=(pl.col("balance_cny") * pl.col("all_in_cost_pct") / 100).round(2),
    )
    keys = ["lender", "person", "days", "five_class"]
    money = ["balance_cny", "overdue_1104_amount", "provision_amount", "cost"]
    positions = loans.group_by(keys).agg(pl.col(money).sum(), pl.len().alias("loans"), pl.col("province").min())
    positions = positions.collect(engine="streaming")
    joint = loans.filter(pl.col("partner").is_not_null()).group_by("lender", "person", "partner")
    joint = joint.agg(pl.col("balance_cny").sum()).collect(engine="streaming")
    people = positions.group_by("person").agg(
        pl.col("lender").n_unique().alias("lenders"), pl.col("days").max(), pl.col("balance_cny").sum(),
        pl.col("province").min(),
    )  # fmt: skip
    people = people.with_columns(pl.min_horizontal("lenders", pl.lit(5)))

    def cells(frame: pl.DataFrame, sets: list[tuple[str, ...]], amounts: list[str]) -> int:
        count = 0
        for names in sets:
            parts = frame.lazy().group_by([*names, "person"]).agg(pl.col(amounts).sum())
            told = [pl.len().alias("borrowers"), *(pl.col(one).sum().alias(f"sum {one}") for one in amounts)]
            told += [pl.col(one).top_k(2).alias(f"top {one}") for one in amounts]
            done = (parts.group_by(names) if names else parts.group_by(pl.lit(1).alias("all"))).agg(told)
            count += done.collect(engine="streaming").height
        return count

    def sets(*printed: tuple[str, ...]) -> list[tuple[str, ...]]:
        return sorted({one for table in printed for size in range(3) for one in itertools.combinations(table, size)})

    cube = sets(("province", "lenders"), ("province", "days"), ("lenders", "days"))
    total = cells(people, [*cube, ("province", "lenders", "days")], ["balance_cny"])
    quality = sets(("lender", "days"), ("lender", "five_class"), ("days", "five_class"))
    total += cells(positions, [*quality, ("lender", "days", "five_class")], ["balance_cny"])
    for amounts in (["loans"], ["balance_cny", "cost"], ["overdue_1104_amount"], ["provision_amount"]):
        total += cells(positions, [("lender",), ()], amounts)
    total += cells(joint, sets(("partner",)), ["balance_cny"])
    bands = sum(((pl.col("balance_cny") > edge).cast(pl.UInt8) for edge in (50_000, 100_000, 200_000)), pl.lit(0))
    people.group_by(bands.alias("band")).len()
    people["balance_cny"].cast(pl.Float64).quantile(0.9)
    return {
        "wall": time.perf_counter() - wall,
        "processor": time.process_time() - processor,
        "cells": total,
        "borrowers": people.height,
        "balance": float(people["balance_cny"].sum()),
    }


CASES = {"ours": ours, "polars": polars_sums}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lenders", type=int, default=50)
    parser.add_argument("--loans", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--data", type=Path, help="keep the data here; a folder that is removed otherwise")
    parser.add_argument("--case", choices=CASES, help="run one case in this process and print its figures")
    arguments = parser.parse_args()
    if arguments.case:
        found = CASES[arguments.case](arguments.data, arguments.lenders)
        print(json.dumps(found | {"peak MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.data or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        make_data(folder, arguments.lenders, arguments.loans)
        rounds: dict[str, list[dict[str, float]]] = {name: [] for name in CASES}
        for _ in range(arguments.rounds):
            for name in CASES:
                command = [sys.executable, __file__, "--case", name, "--data", str(folder)]
                command += ["--lenders", str(arguments.lenders), "--loans", str(arguments.loans)]
                done = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ))
                if done.returncode:
                    sys.exit(done.stderr)
                rounds[name].append(json.loads(done.stdout))
                print(name, rounds[name][-1], flush=True)
    text = page(rounds, arguments)
    write_section("market", "\n".join(text))
    print("\n".join(text))


def page(rounds: dict[str, list[dict[str, float]]], arguments: argparse.Namespace) -> list[str]:
    best = {name: min(found, key=lambda one: one["processor"]) for name, found in rounds.items()}
    us, them = best["ours"], best["polars"]
    assert us["borrowers"] == them["borrowers"] and abs(us["balance"] - them["balance"]) < 1
    text = [
        f"## The view across {arguments.lenders} lenders of {arguments.loans:,} loans",
        "",
        f"{arguments.lenders * arguments.loans:,} loans, {us['borrowers']:,.0f} borrowers, {us['cells']:,.0f} cells,",
        f"{us['hidden']:,.0f} of them hidden. {machine()}; best of {arguments.rounds}. Both sides found the same",
        "borrowers",
        f"and balance. polars reads Parquet of the twelve columns it needs; DuckDB was held to {MEMORY_LIMIT}.",
        "",
        "| case | wall s | processor s | peak MiB |",
        "|---|---|---|---|",
        _line("the view, small cells hidden", us),
        f"| of it hiding and its audit | {us['hiding wall']:.1f} | {us['hiding processor']:.1f} | |",
        _line("polars, the same cells, nothing hidden", them),
        "",
        f"Aims: 60 s: {'met' if us['wall'] <= 60 else 'not met'}; below 4 GiB: "
        f"{'met' if us['peak MiB'] < 4096 else 'not met'}; without hiding not slower than polars, in processor time: "
        f"{'met' if us['processor'] - us['hiding processor'] <= them['processor'] else 'not met'}.",
    ]
    return text


def _line(what: str, found: dict[str, float]) -> str:
    return f"| {what} | {found['wall']:.1f} | {found['processor']:.1f} | {found['peak MiB']:,.0f} |"


if __name__ == "__main__":
    main()
