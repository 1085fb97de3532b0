"""What a fictional regulator takes: one CSV a month with the loans and the balance of each product.

Belongs here: a whole return, small enough for one file, to start a real one from. Not here: anything a regulator asks.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis.expr.datatypes as dt

from loantape.declare import (
    Confidence,
    FiledColumn,
    FiledTable,
    Filing,
    FilingContext,
    Grain,
    RenderedFile,
)
from schemas.formats import byte_length, format_rule
from templates.parts.receipts import GENERIC
from templates.parts.records import lines

_TABLE = "out_zz_example__products"
_PRODUCTS = Grain(
    "zz_products",
    None,
    _TABLE,
    {"product": dt.string, "loans": dt.int64, "balance": dt.Decimal(38, 2)},
    key=("product",),
    has_rows=False,
)


def prepare(con: Any, context: FilingContext) -> None:
    """One row per product of the loans on the books."""
    con.execute(
        f"CREATE OR REPLACE TEMPORARY VIEW {_TABLE} AS SELECT product_name AS product, count(*) AS loans,"
        " CAST(sum(balance_amount) AS DECIMAL(38, 2)) AS balance FROM tape_loan"
        " WHERE loan_status NOT LIKE 'LF%' GROUP BY product_name"
    )


@format_rule(
    "ZZ-NAME",
    on="zz_products",
    fields=("product",),
    cites="The example: names have at most 60 bytes and no comma",
    confidence=Confidence.OWN,
    en="A product's name fits the file.",
    zh="产品名称符合文件格式。",
    passes=[{"product": "现金贷"}],
    fails=[{"product": "a,b"}, {"product": "x" * 61}],
)
def name_fits(table: Any, limits: Any) -> Any:
    """What the file has no way to write."""
    return (byte_length(table.product) <= 60) & ~table["product"].contains(",")


def render(con: Any, folder: Path, context: FilingContext) -> Sequence[RenderedFile]:
    """``products_<period>.csv``, in order of the name; totals come from the tape."""
    path = folder / f"products_{context.period}.csv"
    con.execute(f"COPY (FROM {_TABLE} ORDER BY product) TO $path (FORMAT csv, HEADER, QUOTE '')", {"path": str(path)})
    records, total = con.execute(
        "SELECT count(DISTINCT product_name), coalesce(sum(balance_amount), 0) FROM tape_loan"
        " WHERE loan_status NOT LIKE 'LF%'"
    ).fetchone()
    return [RenderedFile(path.name, path, records, {"balance": total})]


def read_back(folder: Path) -> Mapping[str, tuple[int | None, Mapping[str, Decimal]]]:
    """With another parser than the database's."""
    found = {}
    for path in folder.iterdir():
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        total = sum((Decimal(row["balance"]) for row in rows), Decimal("0.00"))
        found[path.name] = (len(rows), {"balance": total})
    return found


_FILED = FiledTable(
    names=("PRODUCTS",),
    en="Balances by product",
    zh="按产品统计的余额",
    relation=_TABLE,
    columns=(
        FiledColumn("1", "Product", "产品", "product"),
        FiledColumn("2", "Loans", "笔数", "loans"),
        FiledColumn("3", "Balance", "余额", "balance"),
    ),
    file=r"products_.*\.csv",
    key=("product",),
    order=("product",),
    batches=lines(",", width=3, headings=1),
)

FILING = Filing(
    regulator="zz_example",
    code="PRODUCTS",
    en="Example: balances by product",
    zh="示例：按产品统计的余额",
    jurisdiction="cn",
    lender_types=(),
    needs_identity=False,
    render=render,
    read_back=read_back,
    prepare=prepare,
    outgoing=(_PRODUCTS,),
    rules=(name_fits,),
    receipt=GENERIC,
    tables=(_FILED,),
)
