"""Indicators: all of them over one month of a book beside DuckDB's typed load of it, and the heaviest beside polars.

Each case runs in a process of its own, so that its peak memory is its own; cases are interleaved over the rounds and
medians compared. A simulated book of two months is read once; its tape tables are repeated with keys of their own until
there are loans enough, and what the load reads is written from them. The month before stands for the last December too,
and its marts for every one of the 24 months before. Writes the section ``indicators`` of docs/benchmarks.md.

    python benchmarks/indicators.py --loans 2000000 --rounds 2
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from intake import peak_mib
from page import machine, write_section
from peers import book_polars, books, cases, ours, tape
from peers.cases import Figures

CASES = ("load", "all", "families", "polars")
HISTORY = 24
SAID = {
    "load": "DuckDB typed load of all files",
    "all": "all indicators",
    "families": "of them the compared families",
    "polars": "polars, the compared families",
}


# --- the data -------------------------------------------------------------------------------------------------------


def prepare(work: Path, loans: int) -> None:
    """``now`` and ``before`` .duckdb, the delivery's CSV, marts, Parquet of what polars needs, and ``made.json``."""
    seed = min(loans, books.SEED)
    ws, submissions = books.read_two_months(work, seed)
    for submission, name in zip(submissions, ("before", "now"), strict=True):
        books.multiply(ws.store.database(submission), work / f"{name}.duckdb", -(-loans // seed))
    shutil.rmtree(work / "store")
    _write_history(work)
    mib = _write_delivery(work)
    with ours.connect(work / "now.duckdb", read_only=True) as con:
        (there,) = con.execute("SELECT count(*) FROM tape_loan").fetchall()[0]
        _write(con, f"SELECT {', '.join(book_polars.LOAN)} FROM tape_loan", work / "loan.parquet")
        _write(con, f"SELECT {', '.join(book_polars.PARTNER)} FROM tape_partner", work / "partner.parquet")
    with ours.connect(work / "before.duckdb", read_only=True) as con:
        _write(con, f"SELECT {', '.join(book_polars.LOAN)} FROM tape_loan", work / "before.parquet")
    shutil.rmtree(work / "spill", ignore_errors=True)
    (work / "made.json").write_text(json.dumps({"loans": there, "mib": mib, "seed": seed}))


def _write(con: Any, query: str, path: Path) -> None:
    con.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")


def _write_delivery(work: Path) -> float:
    """The tape as CSV, one file a table; MiB of all of them."""
    (work / "delivery").mkdir()
    with ours.connect(work / "now.duckdb", read_only=True) as con:
        for (table,) in con.execute(
            "SELECT table_name FROM duckdb_tables() WHERE starts_with(table_name, 'tape_') AND estimated_size > 0"
        ).fetchall():
            path = work / "delivery" / f"{table.removeprefix('tape_')}.csv"
            con.execute(f"COPY {table} TO '{path}' (FORMAT csv, HEADER)")
    return sum(file.stat().st_size for file in (work / "delivery").glob("*.csv")) / 2**20


def _write_history(work: Path) -> None:
    """What the month before leaves in every mart, under the dates of the 24 months before."""
    from loantape import catalog
    from loantape.declare import Period
    from loantape.measure import measure
    from loantape.measure.marts import made

    months = f"FROM range({HISTORY}) AS m(i)"
    back = "CAST(last_day(DATE '2026-09-30' - to_months(CAST(i AS INTEGER))) AS DATE) AS period"
    with ours.connect(work / "before.duckdb") as con:
        lender, period = catalog.lender(tape.SOURCE), Period.parse("2026-09")
        measure(con, lender, period, list(catalog.indicators().values()), tape.silent())
        with made(con, catalog.marts(), period) as relations:
            older = "CAST(origination - to_months(CAST(i AS INTEGER)) AS DATE) AS origination"
            for mart, relation in relations.items():
                replaced = f"{back}, {older}" if mart == "vintage" else back
                _write(
                    con, f"SELECT mart.* REPLACE ({replaced}) {months}, {relation} AS mart", work / f"{mart}.parquet"
                )
        _write(con, f"SELECT {back}, told.* {months}, indicators AS told", work / "indicators.parquet")
        con.execute("CHECKPOINT")


# --- one case, in this process --------------------------------------------------------------------------------------


def child(case: str, work: Path) -> None:
    """Run one case here and print its figures: what an installation compiles once is compiled before."""
    work_of = _prepared(case, work)
    started, spent = time.perf_counter(), time.process_time()
    found = work_of()
    figures = {"seconds": time.perf_counter() - started, "cpu": time.process_time() - spent}
    print(json.dumps({**figures, "mib": peak_mib(), **_checked(case, work, found)}))


def _prepared(case: str, work: Path) -> Any:
    if case == "load":
        (work / "load.duckdb").unlink(missing_ok=True)
        return lambda: ours.load(work / "delivery", work / "load.duckdb")
    if case == "polars":
        return lambda: book_polars.figures(work)
    from loantape import catalog
    from loantape.measure import Past, measure
    from loantape.measure.plan import together

    lender = catalog.lender(tape.SOURCE)
    chosen = [one for one in catalog.indicators().values() if case == "all" or one.code in book_polars.CODES]
    together(
        sorted((one for one in chosen if not one.jurisdictions or "cn" in one.jurisdictions), key=lambda o: o.code)
    )
    marts = ("indicators", *catalog.marts())
    history = {mart: f"read_parquet('{work / f'{mart}.parquet'}')" for mart in marts}

    def run() -> int:
        with ours.connect(work / "now.duckdb") as con:
            con.execute(f"ATTACH '{work / 'before.duckdb'}' AS previous (READ_ONLY)")
            past = Past(previous="previous", opening="previous", history=history)
            return measure(con, lender, tape.PERIOD, chosen, tape.silent(), past)

    return run


def _checked(case: str, work: Path, found: Any) -> Figures:
    """What a case found, in a form in which the sides can be compared: a sum of squares per code."""
    if case == "polars":
        return {"told": found}
    if case == "load":
        return {}
    with ours.connect(work / "now.duckdb", read_only=True) as con:
        told = con.execute(
            "SELECT code, sum(CAST(value AS DOUBLE) * CAST(value AS DOUBLE)), count(*) FROM indicators GROUP BY code"
        ).fetchall()
    return {"told": {code: value or 0.0 for code, value, _ in told if code in book_polars.CODES}, "codes": len(told)}


def compared(found: dict[str, list[Figures]]) -> None:
    """Stop when the sides do not say the same. Amounts are floats in polars, and decimals here."""
    us, them = found["families"][0]["told"], found["polars"][0]["told"]
    wrong = [
        f"{code}: {us.get(code)} here, {them.get(code)} in polars"
        for code in book_polars.CODES
        if not math.isclose(us.get(code, -1.0), them.get(code, -2.0), rel_tol=1e-6, abs_tol=1e-12)
    ]
    if wrong:
        raise SystemExit("the sides differ:\n" + "\n".join(wrong))


# --- the whole ------------------------------------------------------------------------------------------------------


def main() -> None:
    parser = cases.parser(__doc__, "indicators", CASES)
    arguments = parser.parse_args()
    if arguments.case:
        child(arguments.case, arguments.work)
        return
    with tempfile.TemporaryDirectory(prefix="loantape-bench-", dir=os.environ.get("BENCH_DIR")) as folder:
        work = arguments.work or Path(folder)
        if not (work / "made.json").exists():
            prepare(work, arguments.loans)
        made: Figures = json.loads((work / "made.json").read_text())
        found: dict[str, list[Figures]] = {case: [] for case in CASES}
        for round_ in range(arguments.rounds):
            for case in CASES:
                found[case].append(cases.timed(__file__, case, work))
                shown = {name: round(found[case][-1][name], 1) for name in ("seconds", "cpu", "mib")}
                print(f"round {round_ + 1} {case}, {made['loans']:,} loans: {shown}", flush=True)
        compared(found)
    write_section(arguments.section, "\n".join(page(found, made, arguments)), arguments.out)


def page(found: dict[str, list[Figures]], made: Figures, arguments: argparse.Namespace) -> list[str]:
    middle = {
        case: {name: statistics.median(one[name] for one in figures) for name in ("seconds", "cpu")}
        for case, figures in found.items()
    }
    base, us, them = (middle[case]["seconds"] for case in ("load", "families", "polars"))
    ratio = middle["all"]["seconds"] / base
    often = "one round" if arguments.rounds == 1 else f"{arguments.rounds} rounds, medians"
    families = len(book_polars.CODES)
    text = [
        f"## All indicators, {made['loans']:,} loans",
        "",
        f"{found['all'][0]['codes']} indicators with the month before, the last December and {HISTORY} months of marts;"
        f" a book of {made['seed']:,}",
        f"simulated loans repeated under keys of their own, all files of a delivery ({made['mib']:,.0f} MiB of CSV)."
        " Pricing every loan anew is",
        f"counted; compiling, done once by an installation, is not. {machine()}; {often}."
        + (f" {arguments.remark}" if arguments.remark else ""),
        "",
        "| case | seconds | min–max | ratio to the load | processor seconds | peak MiB |",
        "|---|---|---|---|---|---|",
    ]
    for case, figures in found.items():
        seconds = [one["seconds"] for one in figures]
        text.append(
            f"| {SAID[case]} | {middle[case]['seconds']:.1f} | {min(seconds):.1f}–{max(seconds):.1f}"
            f" | {middle[case]['seconds'] / base:.2f} | {middle[case]['cpu']:.1f}"
            f" | {max(one['mib'] for one in figures):,.0f} |"
        )
    text += [
        "",
        f"The compared families are {families} indicators: roll-rate matrices by stage and by class, for the month and"
        " since the year began, by amount",
        "and number; vintage curves by month and product of loans 30 and 90 days late and of losses, this month's mart"
        " included; five sets of day",
        "buckets; shares, largest 1 to 20, HHI, normalised HHI and Gini by partner, group, product, region, channel,"
        " enhancer, funder and borrower;",
        "deciles of cost in all, by product and by partner. Both sides gave the same. polars reads Parquet of the"
        f" {len(book_polars.LOAN)} columns it needs, adds",
        "decimals as decimals and divides in floats; here the tape's tables are read and all is exact.",
        "",
        f"Aims: all indicators within a third of the load: {'met' if ratio <= 1 / 3 else 'not met'} ({ratio:.2f} of its"
        f" time, {middle['all']['cpu'] / middle['load']['cpu']:.2f} of its processor time);"
        f" the compared families not slower than polars: {'met' if us <= them else 'not met'}"
        f" ({us / them:.2f} of its time, {middle['families']['cpu'] / middle['polars']['cpu']:.2f} of its processor"
        " time).",
    ]
    return text


if __name__ == "__main__":
    main()
