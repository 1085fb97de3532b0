"""Writes the PBoC's files: CLGRDK, GRDKFS and GRKHXX for every institution, and the forms at quarter ends.

Belongs here: which files there are, and the totals that the tape gives for them. Not here: the rows (tables.py), the
rules they keep (format_rules.py, asked before), or bytes (writing.py). Lines are made inside DuckDB, as text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from loantape.declare import FilingContext, RenderedFile
from templates.cn_pbc import statistical
from templates.cn_pbc.columns import CLGRDK, GRDKFS, GRKHXX, STOCK_STATUS
from templates.cn_pbc.forms import Table
from templates.cn_pbc.tables import institutions, is_in_order
from templates.cn_pbc.writing import ORDER, write_check_file, write_lines, write_zip_of

Totals = tuple[int, dict[str, Decimal]]


def render(con: Any, folder: Path, context: FilingContext) -> Sequence[RenderedFile]:
    """Write the files of every institution of the submission into ``folder``.

    Control totals are computed from the tape where it has the figure, not from what was written.
    """
    in_order = is_in_order(con)
    written: list[RenderedFile] = []
    for uscc in institutions(con):
        for table, totals in ((CLGRDK, stock_totals), (GRDKFS, _flows), (GRKHXX, _customers)):
            order = "" if table is CLGRDK and in_order else f" ORDER BY {', '.join(ORDER[table.name])}"
            written += _write_table(con, folder, context, uscc, table, totals(con, uscc), order)
        if statistical.is_due(context):
            for form in statistical.FORMS:
                written += _write_form(con, folder, context, uscc, form)
    return written


def _write_table(
    con: Any, folder: Path, context: FilingContext, uscc: str, table: Table, totals: Totals, order: str
) -> Sequence[RenderedFile]:
    data, md5 = write_data(con, folder, context, uscc, table, order)
    return write_companions(data, md5, context, totals)


def write_data(con: Any, folder: Path, context: FilingContext, uscc: str, table: Table, order: str) -> tuple[Path, str]:
    """The data file of an institution's records, and its MD5. ``order`` is their ORDER BY, where they need one."""
    data = folder / f"{uscc}_{table.name}_{context.period.date:%Y%m%d}.dat"
    # empty fields stay empty; decimals and dates print in DuckDB's own plain forms
    parts = ", '|', ".join(column.name for column in table.columns)
    return data, write_lines(con, parts, f"{table.relation} WHERE c01 = $uscc{order}", {"uscc": uscc}, data)


def write_companions(data: Path, md5: str, context: FilingContext, totals: Totals) -> Sequence[RenderedFile]:
    """The data file's check file and the zip of both; all three, the data file first."""
    records, sums = totals
    check = write_check_file(data, md5, records, context.created_at)
    archive = write_zip_of(data.with_suffix(".zip"), (data, check))
    return (
        RenderedFile(data.name, data, records, sums),
        RenderedFile(check.name, check, None),
        RenderedFile(archive.name, archive, records, sums),
    )


def _write_form(
    con: Any, folder: Path, context: FilingContext, uscc: str, form: statistical.Form
) -> Iterator[RenderedFile]:
    """Head file and data file, and the zip of both under the head's name; none for a lender that has no forms."""
    kinds = ", ".join(f"'{kind}'" for kind in statistical.WHOLE_BOOK)
    (due,) = con.execute(
        f"SELECT count(*) FROM tape_institution WHERE lender_uscc = ? AND lender_type IN ({kinds})", [uscc]
    ).fetchone()
    if not due:
        return
    head, data = (
        folder / f"B{kind}{uscc}{context.period.date:%Y%m%d}{form.number}.{ending}"
        for kind, ending in (("I", "idx"), ("J", "dat"))
    )
    found = con.execute(
        f"SELECT item, value FROM {statistical.RELATION} WHERE lender_uscc = ? AND form = ? ORDER BY item",
        [uscc, form.number],
    ).fetchall()
    # attribute 1: balance; every currency in yuan; unit 1: yuan; 1 or 0: data or none; type 1: numbers [P]
    heading = (statistical.KEYWORD, form.number, "1", "BWB0001", "1", "1" if found else "0", "1", uscc)
    head.write_bytes("|".join(heading).encode())
    data.write_bytes("\n".join(f"{statistical.KEYWORD}|{item}|{value:.2f}" for item, value in found).encode())
    archive = write_zip_of(head.with_suffix(".zip"), (head, data))
    sums = dict(found)
    yield RenderedFile(head.name, head, 1)
    yield RenderedFile(data.name, data, len(found), sums)
    yield RenderedFile(archive.name, archive, len(found), sums)


# --- control totals -------------------------------------------------------------------------------------------------


def stock_totals(con: Any, uscc: str) -> Totals:
    """Records and sums of the stock of one institution, computed on the tape's own columns."""
    statuses = ", ".join(f"'{status}'" for status in STOCK_STATUS)
    records, balance, balance_cny, overdue = con.execute(
        "SELECT count(*), coalesce(sum(balance_amount), 0), coalesce(sum(balance_cny), 0),"
        " count(*) FILTER (WHERE loan_status = 'LS03')"
        f" FROM tape_loan WHERE lender_uscc = ? AND loan_status IN ({statuses})",
        [uscc],
    ).fetchone()
    return records, {"14 贷款余额": balance, "15 贷款余额折人民币": balance_cny, "25 LS03": Decimal(overdue)}


def _flows(con: Any, uscc: str) -> Totals:
    """Flows by direction: amounts as the movements of principal give them, yuan as filed."""
    granted, recovered = con.execute(
        "SELECT coalesce(sum(granted), 0), coalesce(sum(repaid) + sum(disposed), 0) FROM out_cn_pbc__movement"
        " WHERE lender_uscc = ?",
        [uscc],
    ).fetchone()
    records, amount_cny = con.execute(
        f"SELECT count(*), coalesce(sum(c15), 0) FROM {GRDKFS.relation} WHERE c01 = ?", [uscc]
    ).fetchone()
    return records, {"14 发放": granted, "14 收回": recovered, "15 贷款发生金额折人民币": amount_cny}


def _customers(con: Any, uscc: str) -> Totals:
    """Customers, and what they use: the balance of the institution's stock in yuan."""
    (records,) = con.execute(f"SELECT count(*) FROM {GRKHXX.relation} WHERE c01 = ?", [uscc]).fetchone()
    return records, {"15 已用额度": stock_totals(con, uscc)[1]["15 贷款余额折人民币"]}
