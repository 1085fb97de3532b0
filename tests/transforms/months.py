"""Several months of one lender on one connection, measured one after the other, each with the months before it.

Belongs here: tapes of made-up and of simulated books, and what each month leaves for the next. Not here: what the
figures should be (opinion_delinquency).
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from loantape import catalog
from loantape.declare import Lender, Period
from loantape.measure import Past, measure
from loantape.measure.marts import made
from loantape.measure.tables import NO_PAST, type_of
from loantape.progress import silent
from loantape.simulate import ARCHETYPES, simulate
from schemas.tape import TABLES

Rows = Sequence[Mapping[str, Any]]
# days past due on both sides of every bound of every set of buckets
_LATE = [1, 29, 30, 31, 59, 60, 61, 89, 90, 91, 119, 120, 121, 150, 151, 180, 181, 270, 271, 360, 361, 400]
READ = ("loan", "instalment", "loan_us_auto", "institution")  # tables these tests fill


class Months:
    """Month ends in order; each is a catalog of its own with the tables of a tape, and with its indicators."""

    def __init__(self, con: duckdb.DuckDBPyConnection, lender: Lender) -> None:
        self.con, self.lender = con, lender
        self.periods: list[Period] = []
        con.execute("ATTACH ':memory:' AS history")

    def add(self, period: Period) -> str:
        """An empty tape for one more month; its catalog is the one in use from now on."""
        name = self.catalog(period)
        self.con.execute(f"ATTACH ':memory:' AS {name}")
        self.con.execute(f"USE {name}")
        for table, model in TABLES.items():
            columns = model.to_schema().columns.items()
            typed = ", ".join(f'"{field}" {type_of(column.dtype.type)}' for field, column in columns)
            self.con.execute(f"CREATE TABLE tape_{table} ({typed})")
        self.periods.append(period)
        return name

    @staticmethod
    def catalog(period: Period) -> str:
        return f"m{period.date:%Y%m%d}"

    def past(self) -> Past:
        """What the month in use has before it: the month before, the last December, what all of them left."""
        now, before = self.periods[-1], self.periods[:-1]
        if not before:
            return NO_PAST
        december = [one for one in before if one.date.year == now.date.year - 1 and one.date.month == 12]
        kept = [name for (name,) in self.con.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = 'history'"
        ).fetchall()]  # fmt: skip
        return Past(
            self.catalog(before[-1]),
            self.catalog(december[0]) if december else None,
            {name: f"history.{name}" for name in kept},
        )

    def measure(self, *, keep: bool = True, only: Collection[str] = ()) -> None:
        """Measure the month in use and, unless told otherwise, keep what it leaves for later ones."""
        past, period = self.past(), self.periods[-1]
        asked = [one for code, one in catalog.indicators().items() if not only or code in only]
        measure(self.con, self.lender, period, asked, silent(), past)
        if not keep:
            return
        self._keep("indicators", f"SELECT DATE '{period.date}' AS period, * FROM indicators")
        with made(self.con, catalog.marts(), period) as marts:
            for name, relation in marts.items():
                self._keep(name, f"SELECT * FROM {relation}")

    def _keep(self, name: str, select: str) -> None:
        there = self.con.execute(
            "SELECT 1 FROM duckdb_tables() WHERE database_name = 'history' AND table_name = ?", [name]
        ).fetchall()
        verb = f"INSERT INTO history.{name}" if there else f"CREATE TABLE history.{name} AS"
        self.con.execute(f"{verb} {select}")

    def figures(self) -> dict[str, dict[str, tuple[Any, ...]]]:
        """Code to member to numerator, denominator, rows, value, reason, of the month in use."""
        found: dict[str, dict[str, tuple[Any, ...]]] = {}
        for code, member, *rest in self.con.execute(
            "SELECT code, member, numerator, denominator, rows, value, null_reason FROM indicators"
        ).fetchall():
            found.setdefault(code, {})[member] = tuple(rest)
        return found

    def frame(self, table: str, period: Period) -> pl.DataFrame:
        """A month's table with amounts in whole cents (8 decimals: in 1e-8), so that nothing is a decimal."""
        kinds = {field: column.dtype.type for field, column in TABLES[table].to_schema().columns.items()}
        columns = ", ".join(
            f'CAST("{field}" * {10**kind.scale} AS HUGEINT)::BIGINT AS "{field}"' if kind.is_decimal() else f'"{field}"'
            for field, kind in kinds.items()
        )
        return self.con.execute(f"SELECT {columns} FROM {self.catalog(period)}.tape_{table}").pl()


def month_end(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def fill(con: duckdb.DuckDBPyConnection, table: str, rows: Rows) -> None:
    """Partial rows into a tape table of the catalog in use."""
    if rows:
        frame = pl.DataFrame(list(rows), infer_schema_length=None).to_arrow()
        con.register("filled", frame)
        con.execute(f"INSERT INTO tape_{table} BY NAME SELECT * FROM filled")
        con.unregister("filled")


def simulated(con: duckdb.DuckDBPyConnection, lender: str, last: str, months: int, loans: int, folder: Path) -> Months:
    """Months of a simulated lender without errors, each measured; the last one is in use and not kept."""
    book = Months(con, catalog.lender(lender))
    encoding = ARCHETYPES[lender].encoding
    for delivery in simulate(lender, Period.parse(last), loans, folder, months=months, progress=silent()):
        period = Period.parse(delivery.name.rpartition("_")[2])
        book.add(period)
        for table in READ:
            path = delivery / f"{table}.csv"
            if path.exists():
                text = folder / "utf8.csv"
                text.write_text(path.read_text(encoding=encoding), encoding="utf-8")
                _load(con, table, text)
        book.measure(keep=period != Period.parse(last))
    return book


def _load(con: duckdb.DuckDBPyConnection, table: str, path: Path) -> None:
    there = [
        name for name, *_ in con.execute(f"DESCRIBE SELECT * FROM read_csv('{path}', all_varchar=true)").fetchall()
    ]
    kinds = {field: type_of(column.dtype.type) for field, column in TABLES[table].to_schema().columns.items()}
    columns = ", ".join(
        f"""CAST({f'"{name}" IN ($$1$$, $$true$$)' if kinds[name] == "BOOLEAN" else f'"{name}"'} AS {kinds[name]})
        AS "{name}\""""
        for name in there
        if name in kinds
    )
    con.execute(f"INSERT INTO tape_{table} BY NAME SELECT {columns} FROM read_csv('{path}', all_varchar=true)")


def random_months(con: duckdb.DuckDBPyConnection, seed: int, loans: int, months: int, jurisdiction: str) -> Months:
    """Months of loans that move at random from November 2025 on: values missing, loans sent twice, gone, back."""
    pick = random.Random(seed)
    book = Months(con, Lender("somebody", "Somebody", "某机构", jurisdiction, "standard/1", ()))
    numbers = [f"IOU-{place:05d}" for place in range(loans)]
    starts = {number: date(2025, 7, 1) + timedelta(days=pick.randrange(180)) for number in numbers}
    for place in range(months):
        end = month_end(2025 + (10 + place) // 12, (10 + place) % 12 + 1)
        book.add(Period(end))
        numbers += [f"IOU-{place}-{new:05d}" for new in range(loans // 8)]
        rows: list[dict[str, Any]] = []
        for number in numbers:
            starts.setdefault(number, end.replace(day=pick.randrange(1, 29)))
            if pick.random() < 0.9:
                rows += [_random_loan(pick, number, starts[number], end) for _ in range(1 + (pick.random() < 0.02))]
        fill(con, "loan", rows)
        fill(con, "instalment", _random_instalments(pick, rows, end))
        book.measure(keep=place < months - 1)
    return book


def _random_loan(pick: random.Random, number: str, start: date, end: date) -> dict[str, Any]:
    def some(value: Any, missing: float = 0.05) -> Any:
        return None if pick.random() < missing else value

    status = some(pick.choice(["LS01"] * 8 + ["LS02", "LS03", "LS03", "LF01", "LF02", "LF04"]), 0.02)
    cents = pick.randrange(0, 9_000_00)
    disposed = status in ("LF02", "LF04") or pick.random() < 0.02
    return {
        "iou_no": number,
        "snapshot_date": end,
        "start_date": some(start, 0.02),
        "product_name": some(pick.choice(["cash", "pay later", "现金贷"])),
        "loan_amount": _money(some(pick.randrange(1, 10_000_00))),
        "balance_amount": _money(cents),
        "balance_cny": _money(some(cents, 0.3)),
        "days_past_due": some(pick.choice([0] * 12 + _LATE)),
        "overdue_1104_amount": _money(some(pick.randrange(0, 900_00))),
        "five_class": some(pick.choice("11111122334455")),
        "provision_amount": _money(some(pick.randrange(0, 300_00))),
        "consecutive_arrears_count": some(pick.randrange(5)),
        "loan_status": status,
        "extension_count": some(pick.choice([0, 0, 0, 1]), 0.3),
        "is_restructured": some(pick.random() < 0.1),
        "restructured_on": some(end - timedelta(days=pick.randrange(800)), 0.4),
        "disposal_type": some(pick.choice(["WRITTEN_OFF", "WRITTEN_OFF", "TRANSFERRED", "PAID_BY_GUARANTOR"]))
        if disposed
        else None,
        "disposal_date": some(end - timedelta(days=pick.randrange(45))) if disposed else None,
        "disposal_amount": _money(some(pick.randrange(0, 500_00))) if disposed else None,
        "recovered_amount": _money(some(pick.randrange(0, 100_00), 0.8)),
    }


def _random_instalments(pick: random.Random, loans: Rows, end: date) -> list[dict[str, Any]]:
    rows = []
    for loan in {row["iou_no"]: row for row in loans}.values():
        for number in range(1, pick.choice([2, 3, 5, 6])):
            due = pick.randrange(1, 500_00)
            rows.append(
                {
                    "iou_no": loan["iou_no"],
                    "instalment_no": number,
                    "due_date": end + timedelta(days=pick.randrange(-50, 20)),
                    "due_principal_amount": _money(due),
                    "due_interest_amount": _money(5_00),
                    "due_fee_amount": _money(pick.choice([None, 0, 1_00])),
                    "paid_amount": _money(pick.choice([None, due, due + 5_00, due + 6_00])),
                }
            )
    return rows


def _money(cents: int | None) -> Any:
    return None if cents is None else Decimal(cents).scaleb(-2)
