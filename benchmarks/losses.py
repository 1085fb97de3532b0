"""What readers make of dirty files: rows they give, or that they give up; and what Loantape does with each line."""

from __future__ import annotations

import csv
import shutil
from datetime import datetime
from pathlib import Path

from page import describe

PERIOD, AT = "2026-10", datetime(2026, 11, 5, 9, 0, 0)
HEAD = "agreement,uscc,name,kind\n"


def dirty_files(folder: Path) -> dict[str, tuple[Path, int]]:
    """Name to file and to how many records its sender wrote."""
    good = [f"A{at},U,名{at},b\n".encode() for at in range(200_000)]

    def write(name: str, lines: list[bytes]) -> tuple[Path, int]:
        path = folder / f"{name.replace(' ', '_')}.csv"
        path.write_bytes(HEAD.encode() + b"".join(lines))
        return path, len(lines)

    one, two, nul, gb, short = good.copy(), good[:20_000].copy(), good.copy(), good.copy(), good.copy()
    one[1000] = b'A1000,U,"open,b\n'
    two[4000], two[8000] = b'A4000,U,"open,b\n', b'A8000,"open,n,b\n'
    nul[1000] = b"A1000,U,n\0n,b\n"
    gb[1000] = "A1000,U,名,b\n".encode("gb18030")
    short[1000] = b"A1000,U\n"
    mixed = [line.replace(b"\n", b"\r\n") if at % 2 else line for at, line in enumerate(good)]
    return {
        "clean": write("clean", good),
        "one stray quote": write("one stray quote", one),
        "two stray quotes, 4,000 lines apart": write("two stray quotes", two),
        "a NUL in a field": write("nul", nul),
        "one line in GB18030": write("gb18030", gb),
        "one line too short": write("short", short),
        "LF and CRLF in turn": write("mixed", mixed),
    }


def rows_by(reader: str, path: Path) -> str:
    """How many rows a reader gives of a file, with the options people use who want to go on; or that it gives up."""
    try:
        return f"{_rows_by(reader, path):,}"
    except Exception as wrong:  # noqa: BLE001 - whatever a peer raises is its answer
        return f"refuses ({type(wrong).__name__})"


def _rows_by(reader: str, path: Path) -> int:
    if reader == "duckdb":
        import duckdb

        query = "SELECT * FROM read_csv(?, header = true, all_varchar = true, delim = ',', quote = '\"')"
        return len(duckdb.execute(query, [str(path)]).fetchall())
    if reader == "duckdb, ignore_errors":
        import duckdb

        query = "SELECT * FROM read_csv(?, header = true, all_varchar = true, ignore_errors = true, quote = '\"')"
        return len(duckdb.execute(query, [str(path)]).fetchall())
    if reader == "polars":
        import polars as pl

        return pl.read_csv(path, infer_schema=False).height
    if reader == "polars, ignore_errors":
        import polars as pl

        return pl.read_csv(path, infer_schema=False, ignore_errors=True, truncate_ragged_lines=True).height
    if reader == "pyarrow":
        import pyarrow.csv as pc

        return pc.read_csv(path).num_rows
    if reader == "pandas":
        import pandas as pd

        return len(pd.read_csv(path, dtype=str))
    if reader == "pandas, on_bad_lines=skip":
        import pandas as pd

        return len(pd.read_csv(path, dtype=str, on_bad_lines="skip", encoding_errors="replace"))
    with path.open(newline="", encoding="utf-8", errors="replace") as reading:
        return sum(1 for _ in csv.reader(reading)) - 1


def rows_by_loantape(path: Path, folder: Path) -> tuple[int, int, int]:
    """Rows, rejected lines and lines unaccounted for."""
    import duckdb

    from loantape.declare import Column, FileLayout, Lender, Period
    from loantape.intake import reading
    from loantape.intake.delivery import open_delivery
    from loantape.intake.delivery import receive as take
    from loantape.keys import Keys
    from loantape.progress import silent

    names = {
        "agreement": "partner_agreement_no",
        "uscc": "partner_uscc",
        "name": "partner_name",
        "kind": "partner_type",
    }
    columns = tuple(Column(header, f"partner.{field}") for header, field in names.items())
    lender = Lender("bench", "Bench", "基准", "cn", "standard/1", (FileLayout("loan.csv", columns),))
    sent, target = folder / "sent", folder / "target"
    for one in (sent, target):
        shutil.rmtree(one, ignore_errors=True)
        one.mkdir()
    shutil.copy(path, sent / "loan.csv")
    data = path.read_bytes().replace(b"\r\n", b"\n")
    describe(sent, data.count(b"\n"))
    take(open_delivery(sent), lender, target, silent())
    con = duckdb.connect()
    vault, keys = target / "identity.vault", Keys(target / "keys")
    summary = reading.read(con, target / "original", lender, Period.parse(PERIOD), 1, AT, keys, vault, silent())
    lines = summary.lines
    return summary.rows["partner"], lines["rejected"], data.count(b"\n") - sum(lines.values())


PEERS = (
    "duckdb",
    "duckdb, ignore_errors",
    "polars",
    "polars, ignore_errors",
    "pyarrow",
    "pandas",
    "pandas, on_bad_lines=skip",
    "Python csv",
)


def losses(folder: Path) -> list[str]:
    """The table of what each reader makes of dirty files."""
    text = ["| file | records sent | Loantape: rows + rejected (unaccounted) | " + " | ".join(PEERS) + " |"]
    text.append("|---|---|---|" + "---|" * len(PEERS))
    for name, (path, records) in dirty_files(folder).items():
        rows, rejected, lost = rows_by_loantape(path, folder)
        cells = " | ".join(rows_by(peer, path) for peer in PEERS)
        text.append(f"| {name} | {records:,} | {rows:,} + {rejected} ({lost}) | {cells} |")
    return text
