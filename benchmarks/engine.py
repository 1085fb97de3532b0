"""The rule engine: beside other validators, with more rows and rules, over a whole book, and where its time goes.

Each case runs in a process of its own, so that its peak memory is its own; cases are interleaved over the rounds and
medians compared, because machines are noisy. Imports are start-up, not work; compiling rules is work. Peers with an
environment of their own (``benchmarks/requirements.in``) are run by the Python that ``--peers`` names; the page says
which are missing. Writes its sections of docs/benchmarks.md: SECTION, SECTION-rows, SECTION-rules and SECTION-book.

    python benchmarks/engine.py --rows 2000000 --rounds 3
    python benchmarks/engine.py --rows 10000000 --rounds 2 --only engine,floor,pandera.ibis --section engine-10m
    python benchmarks/engine.py --rows 20000000 --rounds 2 --only rows
    python benchmarks/engine.py --book 1000000 --rounds 2 --only book
    LOANTAPE_MEMORY_LIMIT=2GB python benchmarks/engine.py --rows 20000000 --rounds 1 --only engine --section engine-2gb
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
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from intake import peak_mib
from page import PAGE, ROOT, machine, write_section
from peers import ours, tape

FOREIGN = ("dataframely", "pointblank", "soda-core")
COMPARED = ("engine", "compiling", "floor", "pandera.ibis", "pandera.polars", *FOREIGN, "all-fail")
PARTS = ("rows", "rules", "book")
SIZES, COUNTS = (100_000, 1_000_000, 10_000_000, 20_000_000), (10, 42, 85, 170, 340)
NEED_FRAME = ("pandera.polars", "dataframely", "pointblank")
UNDONE = "ended before it was done: "
SAID = {
    "engine": "this engine, every finding stored with key, value and line",
    "compiling": "compiling all that anew, which an installation does once a reporting date",
    "floor": "reading every column of the table once",
    "pandera.ibis": "pandera on Ibis, `validate(lazy=True)` on the same table",
    "pandera.polars": "pandera on polars, the frame in memory already",
    "dataframely": "dataframely, the frame in memory already",
    "pointblank": "pointblank on polars, the frame in memory already",
    "soda-core": "soda-core on the same table, counts only",
    "all-fail": "this engine, 20 rules that every row fails",
}
Figures = dict[str, Any]


# --- one case, in this process --------------------------------------------------------------------------------------


def child(case: str, work: Path, rows: int) -> None:
    """Run one case here and print its figures."""
    import ibis
    import pandera.ibis  # noqa: F401 - imports are start-up

    from loantape import catalog

    catalog.rules(), catalog.limits(), ibis.table({"a": "int64"}, name="t")
    path, word, *count = tape.tape_of(work, rows), *case.split()
    work_of = _prepared(word, count, work, path)
    started, spent = time.perf_counter(), time.process_time()
    found = work_of()
    figures = {"seconds": time.perf_counter() - started, "cpu": time.process_time() - spent, **found}
    print(json.dumps({**figures, "mib": peak_mib()}))
    if word in ("engine", "all-fail", "rows", "rules"):
        ours.clean(path)


def _prepared(word: str, count: list[str], work: Path, path: Path) -> Any:
    """What is timed; rules are chosen, and frames loaded, before."""
    match word:
        case "engine" | "rows":
            rules = tape.rules()
            _forget()
            return lambda: ours.engine(path, rules, constraints=True)
        case "compiling":
            return lambda: tape.compile_anew(_anew(tape.rules()))
        case "all-fail":
            return lambda: ours.engine(path, tape.failing_rules(), constraints=False)
        case "rules":
            rules = _anew(tape.some_rules(int(count[0])))
            return lambda: ours.engine(path, rules, constraints=False)
        case "floor":
            return lambda: ours.floor(path)
        case "pandera.ibis":
            from peers import pandera_cases

            tape.rules()
            return lambda: pandera_cases.on_ibis(path)
        case "pandera.polars":
            from peers import pandera_cases

            prepared = pandera_cases.prepare_polars(work)
            return lambda: pandera_cases.on_polars(prepared)
        case "book":
            book = json.loads((work / "book.json").read_text())
            before, database = (Path(one) for one in book["databases"])
            return lambda: ours.book(database, before, tape.Period.parse("2026-09"))
        case "load":
            book = json.loads((work / "book.json").read_text())
            (work / "load.duckdb").unlink(missing_ok=True)
            return lambda: ours.load(Path(book["delivery"]), work / "load.duckdb")
    raise SystemExit(f"no case is called {word!r}")


def _forget() -> None:
    """Forget what choosing the rules compiled: as in any process, it is read from where an installation keeps it."""
    from loantape import kept
    from loantape.checking import compile as compiling

    compiling._COMPILED.clear()
    compiling.field_predicates.cache_clear()
    kept._open.cache_clear()


def _anew(rules: Sequence[Any]) -> list[Any]:
    """The same rules as other objects: what was compiled to choose them is compiled again, and counted."""
    from dataclasses import replace

    return [replace(one) for one in rules]


# --- the whole ------------------------------------------------------------------------------------------------------


def timed(case: str, work: Path, rows: int, peers: Path) -> Figures:
    """The figures of a case run in a process of its own, or ``missing``: why there are none."""
    script = ROOT / "benchmarks" / ("peers/foreign.py" if case in FOREIGN else "engine.py")
    python = peers if case in FOREIGN else Path(sys.executable)
    if not python.exists():
        return {"missing": "not installed"}
    command = [str(python), str(script), "--case", case, "--work", str(work), "--rows", str(rows)]
    environment = {**os.environ, "SODA_CORE_TELEMETRY_ENABLED": "false"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment)
    if done.returncode == 0:
        return dict(json.loads(done.stdout.splitlines()[-1]))
    last = (done.stderr.strip().splitlines() or [f"ended by signal {-done.returncode}"])[-1]
    if case in FOREIGN and "ModuleNotFoundError" in last:
        return {"missing": "not installed"}
    if case.startswith(("engine", "compiling", "rows", "rules", "book", "load", "floor", "all-fail")):
        raise SystemExit(done.stderr or last)
    print(done.stderr[-2000:], file=sys.stderr)
    return {"missing": UNDONE + last[:120]}


def rounds(cases: Sequence[tuple[str, int]], work: Path, arguments: argparse.Namespace) -> dict[tuple[str, int], Any]:
    """Every case (name, rows) once a round, in turn. A case that has ended badly once is not tried again."""
    found: dict[tuple[str, int], list[Figures]] = {case: [] for case in cases}
    for round_ in range(arguments.rounds):
        for case in cases:
            if found[case] and "missing" in found[case][-1]:
                continue
            found[case].append(timed(case[0], work, case[1], arguments.peers))
            shown = {k: round(v, 2) if isinstance(v, float) else v for k, v in found[case][-1].items()}
            print(f"round {round_ + 1} {case[0]}, {case[1]:,} rows: {shown}", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--only", help=f"of {', '.join((*COMPARED, *PARTS))}; separated by commas")
    parser.add_argument("--section", default="engine")
    parser.add_argument("--book", type=int, help="loans of the whole book; a fifth of the rows unless given")
    parser.add_argument("--out", type=Path, default=PAGE)
    parser.add_argument("--peers", type=Path, default=ROOT / "build" / "bench-peers" / "bin" / "python")
    parser.add_argument("--case")
    parser.add_argument("--work", type=Path)
    arguments = parser.parse_args()
    if arguments.case:
        child(arguments.case, arguments.work, arguments.rows)
        return
    only = arguments.only.split(",") if arguments.only else [*COMPARED, *PARTS]
    if unknown := set(only) - {*COMPARED, *PARTS}:
        parser.error(f"no case is called {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory(prefix="loantape-bench-", dir=os.environ.get("BENCH_DIR")) as folder:
        work = Path(folder)
        compared = [case for case in COMPARED if case in only]
        sizes = [*(size for size in SIZES if size < arguments.rows), arguments.rows] if "rows" in only else []
        on_tape = bool(compared) or "rules" in only
        needed = list(dict.fromkeys([*([arguments.rows] if on_tape else []), *sizes]))
        if needed:
            tape.prepare(work, needed, parquet=any(case in NEED_FRAME for case in compared))
            tape.write_questions(work)
        if compared:
            found = rounds([(case, arguments.rows) for case in compared], work, arguments)
            write_section(arguments.section, "\n".join(compare_page(found, arguments)), arguments.out)
        if "rules" in only:
            found = rounds([(f"rules {count}", arguments.rows) for count in COUNTS], work, arguments)
            write_section(f"{arguments.section}-rules", "\n".join(rules_page(found, arguments)), arguments.out)
        if sizes:
            found = rounds([("rows", size) for size in sizes], work, arguments)
            write_section(f"{arguments.section}-rows", "\n".join(rows_page(found, arguments)), arguments.out)
        for size in needed:
            tape.tape_of(work, size).unlink()
        if "book" in only:
            loans = arguments.book or max(1_000, arguments.rows // 5)
            made = ours.prepare_book(work, loans)
            (work / "book.json").write_text(json.dumps(made))
            found = rounds([("book", loans), ("load", loans)], work, arguments)
            page = "\n".join(book_page(found, arguments, made["mib"]))
            write_section(f"{arguments.section}-book", page, arguments.out)
        shutil.rmtree(work / "spill", ignore_errors=True)


# --- pages ----------------------------------------------------------------------------------------------------------


def middle(figures: Sequence[Figures], name: str) -> float:
    return statistics.median(one[name] for one in figures)


def spread(figures: Sequence[Figures]) -> str:
    seconds = [one["seconds"] for one in figures]
    return f"{min(seconds):.1f}–{max(seconds):.1f}"


def peak(figures: Sequence[Figures]) -> str:
    return f"{max(one['mib'] for one in figures):,.0f}"


def ran(arguments: argparse.Namespace) -> str:
    limit = os.environ.get("LOANTAPE_MEMORY_LIMIT")
    often = "one round" if arguments.rounds == 1 else f"{arguments.rounds} rounds, medians"
    return f"{machine()}; {often}" + (f"; DuckDB held to {limit}." if limit else ".")


def compare_page(found: dict[tuple[str, int], Any], arguments: argparse.Namespace) -> list[str]:
    known = {case: figures for (case, _), figures in found.items()}
    base = middle(known["engine"], "seconds") if "engine" in known else 0.0
    constraints = len(tape.questions()) - len(tape.rules())
    seed = tape.seed_loans(arguments.rows)
    again = " repeated under keys of their own" if seed < arguments.rows else ""
    dirty = (
        f"; {known['engine'][0]['found'] / arguments.rows:.1%} as many failures as loans" if "engine" in known else ""
    )
    text = [
        f"## Checking, {arguments.rows:,} loans of {tape.COLUMNS} columns",
        "",
        f"{len(tape.rules())} rules that compare a loan's own columns and {constraints} constraints of single columns,"
        f" on {seed:,} simulated loans{again}{dirty}.",
        "`questions` is how many of them a tool could be asked: polars' expressions and SQL are what Ibis makes of the"
        " same declarations. `found` is how",
        "many (row, rule) pairs it says fail. Ratios are to this engine in the same run, which also looks for repeated"
        f" keys; what it compiles is kept between processes, as the row below it says. {ran(arguments)}",
        "",
        "| case | questions | found | seconds | min–max | ratio | of it compiling | processor seconds | peak MiB |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for case, figures in known.items():
        if "missing" in figures[-1]:
            text.append(f"| {SAID[case]} | – | – | {figures[-1]['missing']} | | | | | |")
            continue
        first, seconds = figures[0], middle(figures, "seconds")
        counted = f"{first['found']:,}" if "found" in first else "–"
        ratio = f"{seconds / base:.2f}" if base else "–"
        compiling = f"{middle(figures, 'compile'):.1f}" if "compile" in first else ""
        text.append(
            f"| {SAID[case]} | {first.get('asked', '–')} | {counted} | {seconds:.1f}"
            f" | {spread(figures)} | {ratio} | {compiling} | {middle(figures, 'cpu'):.1f} | {peak(figures)} |"
        )
    text += [
        "",
        "pandera on Ibis reports one case for a column with absent values, however many there are. soda-core counts and"
        " keeps no rows. The seconds",
        "of the polars tools leave out loading the frame and having Ibis write the expressions; the frame is in their"
        " memory.",
    ]
    if "engine" in known:
        text += ["", "Where this engine's seconds went:", "", *phases_table(known["engine"])]
    return text


def phases_table(figures: Sequence[Figures]) -> list[str]:
    """Medians of the phases, and what is left of the whole."""
    names = list(dict.fromkeys(name for one in figures for name in one["phases"]))
    whole = middle(figures, "seconds")
    seconds = {name: statistics.median(one["phases"].get(name, 0.0) for one in figures) for name in names}
    seconds["opening the file, and everything else"] = max(0.0, whole - sum(seconds.values()))
    text = ["| phase | seconds | share |", "|---|---|---|"]
    for name, spent in sorted(seconds.items(), key=lambda one: -one[1]):
        text.append(f"| {name} | {spent:.2f} | {spent / whole:.0%} |")
    return text


def rules_page(found: dict[tuple[str, int], Any], arguments: argparse.Namespace) -> list[str]:
    text = [
        f"## Checking with more rules, {arguments.rows:,} loans",
        "",
        f"Every n-th of the {len(tape.rules())} rules, or all of them again under other codes; no constraints. A second"
        " copy of a rule finds its columns",
        f"read already. {ran(arguments)}",
        "",
        "| rules | seconds | min–max | of it compiling | milliseconds a rule without compiling | found | peak MiB |",
        "|---|---|---|---|---|---|---|",
    ]
    for (case, _), figures in found.items():
        count, compiling = int(case.split()[1]), middle(figures, "compile")
        each = (middle(figures, "seconds") - compiling) / count * 1000
        text.append(
            f"| {count} | {middle(figures, 'seconds'):.1f} | {spread(figures)} | {compiling:.2f} | {each:.1f}"
            f" | {figures[0]['found']:,} | {peak(figures)} |"
        )
    return text


def rows_page(found: dict[tuple[str, int], Any], arguments: argparse.Namespace) -> list[str]:
    text = [
        f"## Checking more loans, {tape.COLUMNS} columns",
        "",
        f"{len(tape.questions())} constraints and rules. {ran(arguments)}",
        "",
        "| loans | seconds | min–max | of it compiling | seconds a million without compiling | found | peak MiB |",
        "|---|---|---|---|---|---|---|",
    ]
    for (_, rows), figures in found.items():
        compiling = middle(figures, "compile")
        each = (middle(figures, "seconds") - compiling) / rows * 1e6
        text.append(
            f"| {rows:,} | {middle(figures, 'seconds'):.1f} | {spread(figures)} | {compiling:.2f} | {each:.2f}"
            f" | {figures[0]['found']:,} | {peak(figures)} |"
        )
    return text


def book_page(found: dict[tuple[str, int], Any], arguments: argparse.Namespace, mib: float) -> list[str]:
    known = {case: figures for (case, _), figures in found.items()}
    (_, loans), *_ = found
    first = known["book"][0]
    text = [
        f"## Checking a whole book, {loans:,} loans",
        "",
        f"Every rule in force on every grain, with the month before: {first['asked']} rules and constraints, all"
        f" files of a delivery ({mib:,.0f} MiB).",
        f"Ratios are to DuckDB's own typed load of the same files. {ran(arguments)}",
        "",
        "| case | found | seconds | min–max | ratio to the load | processor seconds | peak MiB |",
        "|---|---|---|---|---|---|---|",
    ]
    base = middle(known["load"], "seconds")
    for case, label in (("load", "DuckDB typed load"), ("book", "checking the whole book")):
        figures = known[case]
        counted = f"{figures[0]['found']:,}" if "found" in figures[0] else ""
        text.append(
            f"| {label} | {counted} | {middle(figures, 'seconds'):.1f} | {spread(figures)}"
            f" | {middle(figures, 'seconds') / base:.2f} | {middle(figures, 'cpu'):.1f} | {peak(figures)} |"
        )
    text += ["", "Where the seconds went, and, as `rule_runs` keeps them, on which grains:", ""]
    text += [*phases_table(known["book"]), "", "| grain | rules and constraints | seconds |", "|---|---|---|"]
    text += [f"| {grain} | {count} | {seconds:.2f} |" for grain, count, seconds in first["grains"]]
    return text


if __name__ == "__main__":
    main()
