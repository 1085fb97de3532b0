"""Writes EAST's data files: one per table and reporting institution, rendered inside DuckDB as text.

Belongs here: the technical interface note of EAST 5.0 [P]: names, separators, number forms. Not here: the tables
(tables_*.py, outgoing.py), what may stop them (rules.py), or the two workbooks that go with them (companions.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from loantape.declare import FilingContext, RenderedFile
from templates.cn_nfra_east.companions import write_companions
from templates.cn_nfra_east.forms import Field, Rate, Table
from templates.cn_nfra_east.outgoing import REPORTS
from templates.cn_nfra_east.tables import TABLES

_SEPARATOR = "\x01"  # SOH, ^A


def render(con: Any, folder: Path, context: FilingContext) -> Sequence[RenderedFile]:
    """Write the tables of every institution and its two workbooks into ``folder``, records in order of their key.

    Control totals are computed from the tape, not from the outgoing tables. A table without records is an empty file.
    """
    written: list[RenderedFile] = []
    for uscc, licence, name in con.execute(
        "SELECT * FROM east_institution ORDER BY licence_no, lender_uscc"
    ).fetchall():
        files = {table: _write(con, folder, context, table, uscc, licence) for table in TABLES}
        written += [*files.values(), *write_companions(con, folder, context, name, files)]
    return written


def _write(con: Any, folder: Path, context: FilingContext, table: Table, uscc: str, licence: str) -> RenderedFile:
    path = folder / f"{licence}-{table.code}-{context.period.date:%Y%m%d}.txt"
    fields = ", ".join(_text(field) for field in table.fields)
    order = ", ".join(table.key)
    con.execute(
        f"COPY (SELECT line FROM (SELECT {order}, concat_ws('{_SEPARATOR}', {fields}) AS line FROM {table.outgoing}"
        f" WHERE {REPORTS} = $uscc) ORDER BY {order})"
        # a separator that stands in no line, so that DuckDB's writer adds and changes nothing
        " TO $path (FORMAT csv, HEADER false, DELIMITER '\x02', QUOTE '', ESCAPE '')",
        {"uscc": uscc, "path": str(path)},
    )
    records, totals = _control_totals(con, table, uscc)
    return RenderedFile(path.name, path, records, totals)


def _text(field: Field) -> str:
    """SQL: the value as it stands in the file. Rates drop zeros after their last digit: 4.5 % is ``4.5`` [P]."""
    if isinstance(field.form, Rate):
        return f"rtrim(rtrim(CAST({field.code} AS VARCHAR), '0'), '.')"
    return f"CAST({field.code} AS VARCHAR)"


def _control_totals(con: Any, table: Table, uscc: str) -> tuple[int, dict[str, Decimal]]:
    sums = "".join(f", coalesce(sum({table.named[code].source}), 0)" for code in table.totals)
    records, *values = con.execute(
        f"SELECT count(*){sums} FROM {table.relation} WHERE ({table.where}) AND {table.reports} = ?", [uscc]
    ).fetchone()
    return records, {f"{code} {table.named[code].zh}": value for code, value in zip(table.totals, values, strict=True)}
