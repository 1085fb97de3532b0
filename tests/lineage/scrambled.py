"""Tapes of values drawn at random from what each field may hold: no lender sends such, but every branch is taken.

Belongs here: making them, and drawing one field anew. Not here: what is asked of them (test_lineage.py).
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb

from loantape.catalog import tape_tables
from loantape.declare import FilingContext, Period
from schemas.tape import meta_of
from tests.filing.conftest import OTHER_USCC, USCC, VAULT, create_tape

DAY = date(2026, 9, 30)
CONTEXT = FilingContext("demo_colending", Period(DAY), "demo_colending/2026-09/v1", 1, datetime(2026, 10, 9, 9, 30))
LOANS, SEED = 120, 7
_POOLS: Mapping[str, tuple[Any, ...]] = {
    "lender_uscc": (USCC, USCC, USCC, OTHER_USCC),
    "borrower_pid": tuple(f"pid-{n}" for n in range(30)),
    "contract_no": tuple(f"HT-{n}" for n in range(45)),
    "partner_agreement_no": tuple(f"XY-{n}" for n in range(6)),
    "partner_uscc": ("91330106MA00200166", "91440300MA0020017X", "91110000100003962T"),
    "currency": ("CNY", "CNY", "CNY", "USD"),
    "licence_no": ("B0001H111000001", "B0002H111000002"),
    "lender_type": ("CFC", "AFC", "CFC", "BANK"),
    "borrower_region": ("440305", "000344", "110102", "310101", "000840"),
    "product_name": ("Cash", "Line", "Card"),
    "product_class": ("F022", "F022", "F022", "F0219", "F02131", "F042", "F0211", "F041"),
    "is_internet_loan": (True, True, True, False),
    "loan_status": ("LS01", "LS01", "LS03", "LS02", "LS04", "LF01", "LF02", "LF04"),
    "partner_service": ("ENHANCEMENT", "ENHANCEMENT", "MARKETING", "JOINT_LENDING"),
    "partner_type": ("MICRO", "BANK", "GUARANTOR"),
    "start_date": (DAY, DAY - timedelta(10), DAY - timedelta(40), DAY - timedelta(200)),
    "birth_year": tuple(range(1950, 2007)),
    "days_past_due": (0, 0, 5, 45, 75, 120, 400),
    "coop_mode": ("SOLE", "JOINT", "JOINT", "REFERRAL", "REFERRAL", "ENDED"),
    "asset_number": ("0", "-", "A1", "A2", "A3"),
    "subvention": ("0", "1;2", "98"),
    "modification_type": ("1", "2;3", "98"),
    "period_rate_fraction": (Decimal("0.1"), Decimal("0.02")),
}
_OFTEN_NONE = {"extended_maturity_date": 0.5, "balance_cny": 0.4, "licence_no": 0.45, "partner_uscc": 0.3}
_ALWAYS = {
    "id_type",
    "lender_uscc",
    "iou_no",
    "snapshot_date",
    "contract_no",
    "borrower_pid",
    "currency",
    "balance_amount",
}


def drawn(table: str, field: str, rng: random.Random) -> Any:
    """One value that a field may hold; sometimes none."""
    names_files = table == "institution" and field in ("licence_no", "institution_name")
    if field not in _ALWAYS and not names_files and rng.random() < _OFTEN_NONE.get(field, 0.12):
        return None
    if field in _POOLS:
        return rng.choice(_POOLS[field])
    if field == "snapshot_date":
        return DAY - timedelta(days=rng.randrange(3))
    model = tape_tables()[table]
    meta, kind = meta_of(model)[field], model.to_schema().columns[field].dtype.type
    if meta.codes:
        return rng.choice(list(meta.codes))
    if kind.is_decimal():
        return Decimal(rng.randrange(1, 90_000)).scaleb(-2) * (1 if (kind.scale or 0) <= 2 else Decimal("0.001"))
    if kind.is_date():
        return DAY - timedelta(days=rng.randrange(-500, 500) if rng.random() < 0.4 else rng.randrange(30))
    if kind.is_timestamp():
        return datetime(2026, 9, 1) + timedelta(hours=rng.randrange(-900, 900))
    if kind.is_boolean():
        return rng.random() < 0.5
    if kind.is_integer():
        return rng.randrange(90)
    return f"{field}-{rng.randrange(1000)}"


def _rows(table: str, keys: Mapping[int, Mapping[str, Any]], rng: random.Random) -> list[dict[str, Any]]:
    fields = list(tape_tables()[table].to_schema().columns)
    return [{field: drawn(table, field, rng) for field in fields} | given for given in keys.values()]


def scramble(con: duckdb.DuckDBPyConnection) -> None:
    """The tape of a month, the month before and the vault."""
    rng = random.Random(SEED)
    ious = [f"JJ-{n:03d}" for n in range(LOANS)]
    create_tape(
        con,
        loan=_rows("loan", {n: {"iou_no": iou} for n, iou in enumerate(ious)}, rng),
        loan_us_auto=_rows("loan_us_auto", {n: {"iou_no": iou} for n, iou in enumerate(ious)}, rng),
        disclosure=_rows("disclosure", {n: {"iou_no": rng.choice(ious)} for n in range(60)}, rng),
        consent=_rows("consent", {n: {"iou_no": rng.choice(ious)} for n in range(90)}, rng),
        partner=_rows("partner", {n: {"partner_agreement_no": f"XY-{n % 6}"} for n in range(6)}, rng),
        institution=_rows(
            "institution",
            {
                n: {"lender_uscc": code, "licence_no": licence, "lender_type": "CFC", "currency": "CNY"}
                | {"tier1_net_amount": Decimal(n + 5)}
                for n, (code, licence) in enumerate(((USCC, "B0001H111000001"), (OTHER_USCC, "B0002H111000002")))
            },
            rng,
        ),
    )
    # a lender whose loans are all in yuan and provided for, so that its provisions are a figure
    con.execute(
        "UPDATE tape_loan SET currency = 'CNY', provision_amount = coalesce(provision_amount, 1) WHERE lender_uscc = ?",
        [OTHER_USCC],
    )
    con.execute("ATTACH ':memory:' AS previous")
    con.execute("CREATE TABLE previous.tape_loan AS FROM tape_loan LIMIT 0")
    before = _rows("loan", {n: {"iou_no": iou} for n, iou in enumerate(ious) if n % 3}, rng)
    for row in before:
        con.execute(f"INSERT INTO previous.tape_loan VALUES ({', '.join('?' * len(row))})", list(row.values()))
    con.execute("ATTACH ':memory:' AS vault")
    con.execute(VAULT)
    pairs = con.execute("SELECT DISTINCT borrower_pid, id_type FROM tape_loan ORDER BY ALL").fetchall()
    con.executemany(
        "INSERT INTO vault.identity VALUES (?, ?, ?, ?, ?)",
        [(pid, kind, *(identity(name, kind, rng) for name in ("id_no", "phone", "name"))) for pid, kind in pairs],
    )


def identity(name: str, kind: str | None, rng: random.Random) -> str:
    """A made-up part of an identity."""
    if name == "id_no":
        return f"1101051949{rng.randrange(10, 13)}{rng.randrange(10, 29)}{rng.randrange(1000, 9999)}"
    return f"138{rng.randrange(10**8)}" if name == "phone" else rng.choice("张李王赵钱孙") + rng.choice("一二三四五六")


def redraw(con: duckdb.DuckDBPyConnection, table: str, field: str, seed: int) -> None:
    """Give one field of a table new values in all its rows. Roll back to undo it."""
    rng = random.Random(f"{table}.{field}.{seed}")
    rows = con.execute(f"SELECT rowid FROM {table} ORDER BY rowid").fetchall()
    values = [
        (row, f"IOU-{rng.randrange(10**6):06d}-{row}" if field == "iou_no" else _anew(table, field, rng))
        for (row,) in rows
    ]
    kind = con.execute(f"SELECT typeof({field}) FROM {table} LIMIT 1").fetchall()[0][0]
    con.execute(f"CREATE OR REPLACE TEMP TABLE redrawn (place BIGINT, given {kind})")
    con.executemany("INSERT INTO redrawn VALUES (?, ?)", values)
    con.execute(
        f"UPDATE {table} SET {field} ="
        f" (SELECT given FROM redrawn WHERE redrawn.place = {table.rpartition('.')[2]}.rowid)"
    )
    con.execute("DROP TABLE temp.redrawn")


def _anew(table: str, field: str, rng: random.Random) -> Any:
    if table == "vault.identity":
        return identity(field, None, rng)
    return drawn(table.rpartition("tape_")[2], field, rng)
