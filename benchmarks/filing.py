"""Filing a month with the PBoC: rendering CLGRDK beside DuckDB's own COPY of the same columns, sealing beside the disk.

Each case runs in a process of its own, so that its peak memory is its own; cases are interleaved over the rounds and
medians compared. A simulated book of two months is read once; its tape tables and its identity vault are repeated with
keys and numbers of their own until there are loans enough. Writes the section ``filing`` of docs/benchmarks.md.

    python benchmarks/filing.py --loans 2000000 --rounds 2
    LOANTAPE_MEMORY_LIMIT=1GB python benchmarks/filing.py --loans 10000000 --rounds 1 --no-whole --section filing-10m
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from intake import peak_mib
from page import machine, write_section
from peers import books, cases, ours, tape
from peers.cases import Figures

WHOLE = {
    "cn_pbc": "the PBoC's",
    "cn_nfra_east": "EAST's",
    "cn_nfra_g09": "G09",
}  # those that a lender of the book files
CASES = ("copy", "render", "rules", "read", "disk", "seal", *WHOLE)
SAID = {
    "copy": "DuckDB's COPY of the same columns",
    "render": "**rendering CLGRDK**",
    "rules": "the format's rules on it",
    "read": "reading it back",
    "disk": "copying the package's bytes to the disk",
    "seal": "sealing",
}
PARTS = ("masked numbers", "what needs cleaning", "data file and its MD5", "check file and zip")


# --- the data -------------------------------------------------------------------------------------------------------


def prepare(work: Path, loans: int) -> None:
    """A store of two months with so many loans each, and the borrowers' numbers in its vaults."""
    from loantape.privacy import reading_vault, writing_vault

    ws, names = books.read_two_months(work, min(loans, books.SEED), errors=0)
    times = -(-loans // books.SEED)
    for name in names:
        there, more = ws.store.database(name), work / "more.duckdb"
        books.multiply(there, more, times)
        more.replace(there)
        _put_in_order(there)
        key, kept = ws.keys.vault_key(), ws.store.vault(name)
        with ours.connect(work / "vault.duckdb") as con, reading_vault(con, kept, key, "seed") as seed:
            more = work / "more.vault"
            with writing_vault(con, more, key) as vault:
                con.execute(f"INSERT INTO {vault.identity} {_repeated(seed.identity, times)}")
                con.execute(f"ATTACH '{there}' AS tape (READ_ONLY)")
                con.execute(f"INSERT INTO {vault.loan} {_of_loans(vault.identity)}")
                con.execute("DETACH tape")
        more.replace(kept)


def _put_in_order(database: Path) -> None:
    """The loans in order of their IOU numbers, as a lender's system gives them out."""
    with ours.connect(database) as con:
        con.execute("CREATE TABLE in_order AS FROM tape_loan ORDER BY iou_no")
        con.execute("DROP TABLE tape_loan")
        con.execute("ALTER TABLE in_order RENAME TO tape_loan")
        con.execute("CHECKPOINT")


def _repeated(seed: str, times: int) -> str:
    """Cards get three digits of their own; whether their check character is right, no mask asks."""
    number = "CASE WHEN length(id_no) = 18 THEN left(id_no, 14) || lpad(CAST(i AS VARCHAR), 3, '0') || right(id_no, 1)"
    return (
        f"SELECT borrower_pid || '-' || i, id_type, {number} ELSE id_no END, phone, name"
        f" FROM range({times}) AS r(i), {seed} ORDER BY 1"
    )


def _of_loans(identity: str) -> str:
    """What reading keeps of each loan, in the order of the tape."""
    return (
        f"SELECT identity.id_type, id_no, phone, name FROM tape.tape_loan AS loan LEFT JOIN {identity} AS identity"
        " ON identity.borrower_pid = loan.borrower_pid ORDER BY loan.rowid"
    )


# --- one case, in this process --------------------------------------------------------------------------------------


@dataclass
class Clock:
    """Wall and processor seconds of pieces of work, by name."""

    parts: dict[str, float] = field(default_factory=dict)
    cpu: float = 0.0

    def timed(self, name: str, work: Callable[[], Any]) -> Any:
        """What ``work`` gives."""
        started, spent = time.perf_counter(), time.process_time()
        found = work()
        self.parts[name] = self.parts.get(name, 0.0) + time.perf_counter() - started
        self.cpu += time.process_time() - spent
        return found


def child(case: str, work: Path) -> None:
    """Run one case here and print its figures, once the disk has what the case before wrote."""
    os.sync()
    clock = Clock()
    there = {"seal": seal, "disk": disk, **dict.fromkeys(WHOLE, whole)}.get(case, filed)(case, work, clock)
    figures = {"seconds": sum(clock.parts.values()), "cpu": clock.cpu, "parts": clock.parts, "mib": peak_mib()}
    print(json.dumps({**figures, **there}))


def filed(case: str, work: Path, clock: Clock) -> Figures:
    """The cases that read the submission."""
    from loantape import catalog
    from loantape.filing.make import identities

    ws, context = submission(work)
    name, filing = context.submission, catalog.filing("cn_pbc")
    with ws.store.reading(name) as con, identities(con, filing, ws.store.vault(name), ws.keys):
        return {"copy": copy, "render": render, "rules": rules, "read": read}[case](con, work, context, clock)


def submission(work: Path) -> tuple[Any, Any]:
    """The workspace, and the context of this month's first filing."""
    from loantape import pipeline
    from loantape.declare import FilingContext
    from loantape.store import SubmissionName

    ws = pipeline.Workspace.open(work / "store")
    name = ws.store.name(f"{tape.SOURCE}/{tape.PERIOD}")
    this, previous = SubmissionName.parse(name), ws.store.previous_of(name)
    content = ws.store.content_sha256(previous) if previous else None
    return ws, FilingContext(this.lender, this.period, name, 1, tape.AT, previous, content)


def copy(con: Any, work: Path, _: Any, clock: Clock) -> Figures:
    """The columns as the tape has them, the borrower's pseudonym where the masked number goes."""
    from templates.cn_pbc.columns import CLGRDK
    from templates.cn_pbc.tables import IS_STOCK

    sources = ", ".join(column.source.replace("masked.id_no", "loan.borrower_pid") for column in CLGRDK.columns)
    query = f"SELECT {sources} FROM tape_loan AS loan WHERE {IS_STOCK}"
    target = work / "plain.csv"
    clock.timed("all", lambda: con.execute(f"COPY ({query}) TO '{target}' (FORMAT csv, HEADER false, DELIMITER '|')"))
    return {"bytes": target.stat().st_size}


def _relation(con: Any, context: Any, clock: Clock) -> str:
    """CLGRDK's outgoing relation, as preparing the filing makes it; the institution's code."""
    from templates.cn_pbc import tables

    clock.timed(PARTS[0], lambda: tables.mask(con))
    unclean = clock.timed(PARTS[1], lambda: tables.unclean(con))
    clock.timed(PARTS[1], lambda: tables.stock(con, context, unclean))
    return str(tables.institutions(con)[0])


def render(con: Any, work: Path, context: Any, clock: Clock) -> Figures:
    """Everything from the tape to the zip."""
    from templates.cn_pbc import tables, writer
    from templates.cn_pbc.columns import CLGRDK

    uscc = _relation(con, context, clock)
    folder = work / "filed"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    order = "" if clock.timed(PARTS[2], lambda: tables.is_in_order(con)) else " ORDER BY c07"
    totals = clock.timed(PARTS[3], lambda: writer.stock_totals(con, uscc))
    data, md5 = clock.timed(PARTS[2], lambda: writer.write_data(con, folder, context, uscc, CLGRDK, order))
    files = clock.timed(PARTS[3], lambda: writer.write_companions(data, md5, context, totals))
    return {"bytes": data.stat().st_size, "records": files[0].records}


def rules(con: Any, _: Path, context: Any, clock: Clock) -> Figures:
    """Every rule of the format on CLGRDK's records, compiled before."""
    from loantape import catalog
    from loantape.filing import outgoing
    from templates.cn_pbc.columns import CLGRDK

    filing = catalog.filing("cn_pbc")
    _relation(con, context, Clock())
    grain = next(one for one in filing.outgoing if one.name == CLGRDK.grain)
    asked = [rule for rule in filing.rules if rule.on == grain.name]
    con.execute(outgoing.MAKE_RUNS)
    outgoing.ask(con, grain, asked, context.period)
    clock.timed("all", lambda: outgoing.ask(con, grain, asked, context.period))
    return {"rules": len(asked)}


def read(con: Any, work: Path, context: Any, clock: Clock) -> Figures:
    """The data file that ``render`` left."""
    from templates.cn_pbc.reader.detail import read_table
    from templates.cn_pbc.reader.layouts import LAYOUTS
    from templates.cn_pbc.tables import institutions

    (data,) = (work / "filed").glob("*_CLGRDK_*.dat")
    uscc = institutions(con)[0]
    found = clock.timed("all", lambda: read_table(data, uscc, context.period.date.isoformat(), LAYOUTS["CLGRDK"]))
    return {"records": found.records}


def seal(_: str, work: Path, clock: Clock) -> Figures:
    """The package of the files that ``render`` left, whose hashes were taken while they were read back: zip, its hash
    and signature, on the disk when it ends.
    """
    from loantape import catalog
    from loantape.filing import make, package
    from loantape.zipped import digests_of, opening

    ws, context = submission(work)
    paths = sorted((work / "filed").iterdir())
    digests = digests_of({path.name: opening(path) for path in paths})
    rendered = [package.ReadBack(path.name, path, None, digests=digests[path.name]) for path in paths]
    filing, reports = catalog.filing("cn_pbc"), dict.fromkeys(package.REPORTS, b"")
    with ws.store.reading(context.submission) as con:
        con.execute("CREATE TEMP TABLE findings (rule VARCHAR, severity VARCHAR)")

        def sealed(files: list[package.ReadBack]) -> Path:
            made = make.seal(con, filing, context, files, reports, ws.keys, work / "sealed").path
            _to_disk(made)
            return made

        sealed([])  # what a process does once: keys, the versions of rules and code
        made = clock.timed("all", lambda: sealed(rendered))
    return {"bytes": made.stat().st_size}


def whole(case: str, work: Path, clock: Clock) -> Figures:
    """All that rendering a filing is: outgoing tables, the rules of its format, its files, and reading them back."""
    from loantape import catalog
    from loantape.filing import make

    ws, context = submission(work)
    filing, name = catalog.filing(case), context.submission
    before = ws.store.database(context.previous) if context.previous else None
    folder = work / f"whole_{case}"
    shutil.rmtree(folder, ignore_errors=True)
    with ws.store.reading(name) as con:
        made = clock.timed(
            "all",
            lambda: make.render(
                con, filing, context, folder, ws.store.vault(name), ws.keys, tape.silent(), previous=before
            ),
        )
    # a zip and EAST's workbooks hold or count again what other files hold; G09 is a workbook and nothing else
    again = {".zip", ".xlsx"} if any(one.path.suffix != ".xlsx" for one in made) else set()
    records = sum(one.records or 0 for one in made if one.path.suffix not in again)
    size = sum(one.path.stat().st_size for one in made)
    shutil.rmtree(folder)
    return {"records": records, "bytes": size, "files": len(made)}


def disk(_: str, work: Path, clock: Clock) -> Figures:
    """The floor of sealing: the same bytes read and written, and on the disk when it ends."""
    (sealed,) = (work / "sealed").glob("*.zip")
    target = work / "again.zip"

    def copied() -> None:
        with sealed.open("rb") as source, target.open("wb") as out:
            shutil.copyfileobj(source, out, 1 << 20)
        _to_disk(target)

    clock.timed("all", copied)
    target.unlink()
    return {"bytes": sealed.stat().st_size}


def _to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


# --- the whole ------------------------------------------------------------------------------------------------------


def main() -> None:
    parser = cases.parser(__doc__, "filing", CASES)
    parser.add_argument("--no-whole", action="store_true", help="leave out the whole filings: minutes at ten million")
    arguments = parser.parse_args()
    if arguments.case:
        child(arguments.case, arguments.work)
        return
    with tempfile.TemporaryDirectory(prefix="loantape-bench-", dir=os.environ.get("BENCH_DIR")) as folder:
        work = arguments.work or Path(folder)
        if not (work / "store").exists():
            prepare(work, arguments.loans)
        asked = [case for case in CASES if not (arguments.no_whole and case in WHOLE)]
        found: dict[str, list[Figures]] = {case: [] for case in asked}
        (
            cases.timed(__file__, "copy", work),
            cases.timed(__file__, "render", work),
            cases.timed(__file__, "seal", work),
        )  # what is read is in memory for every case
        for round_ in range(arguments.rounds):
            for case in asked:
                found[case].append(cases.timed(__file__, case, work))
                shown = {name: round(found[case][-1][name], 2) for name in ("seconds", "cpu", "mib")}
                print(f"round {round_ + 1} {case}: {shown}", flush=True)
    write_section(arguments.section, "\n".join(page(found, arguments)), arguments.out)


def page(found: dict[str, list[Figures]], arguments: argparse.Namespace) -> list[str]:
    middle = {
        case: {name: statistics.median(one[name] for one in figures) for name in ("seconds", "cpu")}
        for case, figures in found.items()
    }
    peak = {case: max(one["mib"] for one in figures) for case, figures in found.items()}
    base = middle["copy"]
    ratio = {name: middle["render"][name] / base[name] for name in ("seconds", "cpu")}
    records, package = found["read"][0]["records"], found["seal"][0]["bytes"] / 2**20
    limit = os.environ.get("LOANTAPE_MEMORY_LIMIT")
    often = "one round" if arguments.rounds == 1 else f"{arguments.rounds} rounds, medians"
    parts = {name: statistics.median(one["parts"][name] for one in found["render"]) for name in PARTS}
    lines = [
        f"## Rendering CLGRDK, {records:,} records",
        "",
        f"A data file of {found['render'][0]['bytes'] / 2**20:,.0f} MiB in 27 columns; the COPY has the pseudonym where"
        f" the masked number goes ({found['copy'][0]['bytes'] / 2**20:,.0f} MiB).",
        "The tape is in order of its IOU numbers; rendering is everything from it to the zip. "
        + (f"DuckDB is held to {limit}. " if limit else "")
        + f"{machine()}; {often}."
        + (f" {arguments.remark}" if arguments.remark else ""),
        "",
        "| case | seconds | min–max | ratio to the COPY | processor seconds | peak MiB |",
        "|---|---|---|---|---|---|",
    ]
    for case in CASES[:4]:
        seconds = [one["seconds"] for one in found[case]]
        lines.append(
            f"| {SAID[case]} | {middle[case]['seconds']:.2f} | {min(seconds):.2f}–{max(seconds):.2f}"
            f" | {middle[case]['seconds'] / base['seconds']:.2f} | {middle[case]['cpu']:.2f} | {peak[case]:,.0f} |"
        )
    shown = ", ".join(f"{name} {seconds:.2f}" for name, seconds in parts.items())
    sealing, floor = middle["seal"]["seconds"], middle["disk"]["seconds"]
    return [
        *lines,
        "",
        f"Seconds of rendering: {shown}.",
        f"Aims: twice the COPY: {'met' if ratio['seconds'] <= 2 else 'not met'} ({ratio['seconds']:.2f} of its time,"
        f" {ratio['cpu']:.2f} of its processor time); below 2 GiB: {'met' if peak['render'] < 2048 else 'not met'}.",
        "",
        f"Sealing what was rendered, {package:,.0f} MiB: the zip, its SHA-256, its BLAKE2b that is signed, all on the"
        " disk (the SHA-256 of the files in it are taken beside",
        f"reading them back): {sealing:.2f} s, {package / sealing:,.0f} MiB/s; reading and writing the same bytes"
        f" {floor:.2f} s, {package / floor:,.0f} MiB/s: ratio {sealing / floor:.2f}; peak {peak['seal']:,.0f} MiB.",
        *([] if arguments.no_whole else _whole_filings(found, middle, peak)),
    ]


def _whole_filings(found: Any, middle: Any, peak: Any) -> list[str]:
    return [
        "",
        "Whole filings of this book: outgoing tables, every rule of the format, the files, and reading them back.",
        "",
        "| filing | records | MiB written | seconds | processor seconds | peak MiB |",
        "|---|---|---|---|---|---|",
        *(
            f"| {said} | {found[case][0]['records']:,} | {found[case][0]['bytes'] / 2**20:,.0f}"
            f" | {middle[case]['seconds']:.1f} | {middle[case]['cpu']:.1f} | {peak[case]:,.0f} |"
            for case, said in WHOLE.items()
        ),
    ]


if __name__ == "__main__":
    main()
