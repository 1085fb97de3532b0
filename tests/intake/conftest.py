"""A small lender and a way to make, receive and read its deliveries."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from loantape.declare import Code, Column, Day, FileLayout, Flag, Integer, Lender, Number, Period, Text
from loantape.intake.delivery import open_delivery, receive
from loantape.intake.reading import ReadSummary, read
from loantape.keys import Keys
from loantape.progress import silent

HEADER = b"agreement,uscc,name,kind,service,listed,from,to"


def small_lender(encoding: str = "utf-8", quote: str | None = '"', delimiter: str = ",") -> Lender:
    """One file of partners, named partner*.csv, eight columns."""
    columns = (
        Column("agreement", "partner.partner_agreement_no"),
        Column("uscc", "partner.partner_uscc"),
        Column("name", "partner.partner_name", Text(20)),
        Column("kind", "partner.partner_type", Code({"b": "BANK", "": "OTHER"}), empty=("", "-")),
        Column("service", "partner.partner_service", empty=("", "-")),
        Column("listed", "partner.is_on_list", Flag("Y", "N")),
        Column("from", "partner.agreement_from", Day()),
        Column("to", "partner.agreement_to", Day("%m/%Y"), required=False),
    )
    layout = FileLayout(
        "partner*.csv", columns, encoding, delimiter, quote, constants={"partner.agreement_status": "VALID"}
    )
    return Lender("small", "Small", "小", "cn", "small/1", (layout,), {"institution": ({"institution_name": "S"},)})


def loan_lender() -> Lender:
    """Loans with identities, an amount and a count."""
    columns = (
        Column("iou", "loan.iou_no"),
        Column("amount", "loan.loan_amount", Number(18, 2)),
        Column("term", "loan.term_count", Integer()),
        Column("id_type", "loan.id_type"),
        Column("id_no", "identity.id_no"),
        Column("phone", "identity.phone"),
        Column("name", "identity.name"),
    )
    return Lender("loans", "Loans", "贷", "cn", "small/1", (FileLayout("loan.csv", columns),))


@dataclass
class Read:
    """A delivery that was received and read."""

    con: duckdb.DuckDBPyConnection
    folder: Path
    summary: ReadSummary

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return self.con.execute(query, list(parameters)).fetchall()


def write_delivery(
    folder: Path,
    files: Mapping[str, bytes],
    lender: Lender,
    totals: Mapping[str, Mapping[str, str]] | None = None,
    lines: Mapping[str, int] | None = None,
) -> Path:
    """A delivery folder whose manifest is right."""
    folder.mkdir(parents=True)
    entries = []
    for name, data in files.items():
        (folder / name).write_bytes(data)
        wide = lender.files[0].encoding.startswith("utf-16")
        counted = data.decode(lender.files[0].encoding).encode() if wide else data
        counted = counted.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        count = len(counted.split(b"\n")) - (not counted or counted.endswith(b"\n"))
        entry: dict[str, Any] = {"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        entry |= {"lines": (lines or {}).get(name, count)}
        if totals and name in totals:
            entry["control_totals"] = totals[name]
        entries.append(entry)
    manifest = {"format": "loantape-delivery/1", "lender": lender.name, "period": "2026-10-31"}
    manifest |= {"schema": lender.schema_version, "files": entries}  # type: ignore[dict-item]
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def receive_and_read(
    folder: Path,
    files: Mapping[str, bytes],
    lender: Lender,
    totals: Mapping[str, Mapping[str, str]] | None = None,
    lines: Mapping[str, int] | None = None,
) -> Read:
    """Write, receive and read a delivery below ``folder``."""
    sent = open_delivery(write_delivery(folder / "sent", files, lender, totals, lines))
    target = folder / "target"
    target.mkdir()
    receive(sent, lender, target, silent())
    con = duckdb.connect(str(target / "submission.duckdb"))
    summary = read(
        con,
        target / "original",
        lender,
        Period.parse("2026-10"),
        1,
        datetime(2026, 11, 1),
        Keys(folder / "keys"),
        target / "identity.vault",
        silent(),
    )
    return Read(con, target, summary)


@pytest.fixture
def deliver(tmp_path: Path) -> Iterator[Callable[..., Read]]:
    """``deliver(files, lender, totals, lines)``: receive and read, connection closed afterwards."""
    opened: list[Read] = []
    folders = itertools.count()

    def run(
        files: Mapping[str, bytes],
        lender: Lender,
        totals: Mapping[str, Any] | None = None,
        lines: Mapping[str, int] | None = None,
    ) -> Read:
        opened.append(receive_and_read(tmp_path / f"d{next(folders)}", files, lender, totals, lines))
        return opened[-1]

    yield run
    for one in opened:
        one.con.close()


@pytest.fixture(scope="session")
def tools() -> Any:
    """The makers above, for tests that need more than ``deliver``."""
    import types

    return types.SimpleNamespace(
        HEADER=HEADER,
        small_lender=small_lender,
        loan_lender=loan_lender,
        write_delivery=write_delivery,
        receive_and_read=receive_and_read,
    )
