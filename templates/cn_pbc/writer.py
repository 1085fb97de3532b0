"""Writes CLGRDK: one data file, check file and zip per reporting institution. Rendered inside DuckDB, as text.

Belongs here: the physical layer of V2.1 §3.1 [P] and the refusal of what it cannot express. Not here: the columns
(columns.py), the reader, packaging and signing. Details marked [S] follow the converter of a PBoC branch.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from loantape.declare import FilingContext, RenderedFile
from loantape.errors import FilingRefused
from templates.cn_pbc.columns import COLUMNS, STOCK_STATUS, Chars, Column, Fixed
from templates.cn_pbc.masking import masked

TABLE = "CLGRDK"
# 18 characters of GB 32100-2015: letters without I, O, S, V, Z. The code names a file, so its form is checked here
_USCC = "[0-9A-HJ-NPQRTUWXY]{18}"
_CONTROL = r"[\x00-\x1f\x7f]"
_UNCLEAN = r"[\x00-\x1f\x7f]|^ | $"
_CHUNK = 1 << 20


def render(con: Any, folder: Path, context: FilingContext) -> Sequence[RenderedFile]:
    """Write the files of every institution of the submission into ``folder``, loans in order of their IOU number.

    The connection holds the tape and, attached as ``vault``, the identity vault. Control totals are computed from the
    tape, not from what was written. Raises FilingRefused, before anything is written, for a value that the format
    cannot express.
    """
    institutions = _institutions(con)
    with _masked_numbers(con):
        stock = _stock(_unclean(con))
        _refuse_inexpressible(con, stock)
        written: list[RenderedFile] = []
        for uscc in institutions:
            written += _write_institution(con, folder, context, uscc, stock)
    return written


# --- rows ---------------------------------------------------------------------------------------------------------


@contextmanager
def _masked_numbers(con: Any) -> Iterator[None]:
    """The masked number of each borrower, in a temporary table that goes when the files are written."""
    mask = masked("identity.id_type", "identity.id_no")
    con.execute(
        f"CREATE OR REPLACE TEMPORARY TABLE masked_number AS SELECT borrower_pid, id_type, min({mask}) AS id_no"
        " FROM vault.identity AS identity GROUP BY borrower_pid, id_type"
    )
    try:
        yield
    finally:
        con.execute("DROP TABLE masked_number")


def _unclean(con: Any) -> set[str]:
    """The text columns in which any value holds a control character or an outer space: the others need no cleaning."""
    columns = [column for column in COLUMNS if _is_free_text(column) and column.source.startswith("loan.")]
    counts = ", ".join(f"count_if(regexp_matches({column.source}, '{_UNCLEAN}'))" for column in columns)
    found = con.execute(f"SELECT {counts} FROM tape_loan AS loan").fetchone()
    return {column.name for column, count in zip(columns, found, strict=True) if count}


def _stock(unclean: Collection[str]) -> str:
    """SQL: one row per loan in stock, typed columns c01 to c27 and one flag per conditional column (n12 …).

    Written-off, stripped and transferred loans are not stock [P]; nor are those closed in the period.
    """
    filed = ", ".join(f"{_filed(column, column.name in unclean)} AS {column.name}" for column in COLUMNS)
    needed = ", ".join(f"({column.needed}) AS n{column.number:02d}" for column in COLUMNS)
    return (
        f"SELECT {filed}, {needed}, loan.iou_no AS loan_iou_no FROM tape_loan AS loan LEFT JOIN masked_number AS masked"
        " ON masked.borrower_pid = loan.borrower_pid AND masked.id_type = loan.id_type"
        " WHERE loan.loan_status IS NULL OR NOT starts_with(loan.loan_status, 'LF')"
    )


def _is_free_text(column: Column) -> bool:
    return isinstance(column.form, Chars) and column.form.codes is None


def _filed(column: Column, unclean: bool) -> str:
    """Control characters become spaces, outer spaces go, an empty string is no value; rates get five decimals."""
    match column.form:
        case Chars() if _is_free_text(column):
            cleaned = f"trim(regexp_replace({column.source}, '{_CONTROL}', ' ', 'g'), ' ')"
            return f"nullif({cleaned if unclean else column.source}, '')"
        case Fixed(scale=scale):
            # more decimals than the format has are rounded half up, as the converter's "%.5f" [S]
            return f"CAST({column.source} AS DECIMAL(24, {scale}))"
        case _:
            return column.source


def _line() -> str:
    """SQL: the record as text. Empty fields stay empty; decimals and dates print in DuckDB's own plain forms."""
    return "concat_ws('|', " + ", ".join(f"coalesce(CAST({c.name} AS VARCHAR), '')" for c in COLUMNS) + ")"


# --- what cannot be filed -----------------------------------------------------------------------------------------


def _institutions(con: Any) -> list[str]:
    """The code of every reporting institution. Raises FilingRefused when one cannot name a file or misses a loan."""
    bad = con.execute(
        "SELECT institution_name FROM tape_institution WHERE NOT coalesce(regexp_full_match(lender_uscc, ?), FALSE)"
        " ORDER BY institution_name LIMIT 1",
        [_USCC],
    ).fetchone()
    if bad:
        raise FilingRefused(
            f"institution {bad[0]!r} has no unified social credit code of 18 characters, which names its file"
            f" 机构 {bad[0]} 没有18位统一社会信用代码，无法命名报送文件",
            "correct institution.lender_uscc in a new delivery 请在新的报送中更正",
        )
    codes = [row[0] for row in con.execute("SELECT DISTINCT lender_uscc FROM tape_institution ORDER BY 1").fetchall()]
    if not codes:
        raise FilingRefused(
            "the submission names no reporting institution 报送批次中没有机构记录",
            "send institution.csv with the delivery 请随报送提供机构表",
        )
    stray = con.execute(
        "SELECT min(iou_no), count(*) FROM tape_loan WHERE lender_uscc IS NULL OR lender_uscc NOT IN"
        " (SELECT lender_uscc FROM tape_institution)"
    ).fetchone()
    if stray[1]:
        raise _refusal(COLUMNS[0], stray[0], stray[1], "names no institution of this submission", "不是本批次的机构")
    return codes


def _refuse_inexpressible(con: Any, stock: str) -> None:
    """One scan says whether anything cannot be expressed; only then is it counted and the first loan looked up."""
    problems = [(column, *problem) for column in COLUMNS for problem in _problems(column)]
    anything = " OR ".join(f"({condition})" for _, condition, _, _ in problems)
    twice, inexpressible = con.execute(
        f"SELECT count(*) - count(DISTINCT c07), count(*) FILTER (WHERE {anything}) FROM ({stock})"
    ).fetchone()
    if inexpressible:
        for column, condition, en, zh in problems:
            first, count = con.execute(f"SELECT min(loan_iou_no), count(*) FROM ({stock}) WHERE {condition}").fetchone()
            if count:
                raise _refusal(column, first, count, en, zh)
    if twice:
        first = con.execute(
            f"SELECT min(c07) FROM (SELECT c07 FROM ({stock}) GROUP BY c07 HAVING count(*) > 1)"
        ).fetchone()[0]
        raise _refusal(COLUMNS[6], first, twice, "appears more than once", "重复")


def _problems(column: Column) -> Iterator[tuple[str, str, str]]:
    """SQL conditions under which this column cannot be filed, with the reason in English and Chinese."""
    name = column.name
    missing = ("is missing", "缺失")
    if column.number == 5:
        missing = (
            "has no number in the identity vault, or an identity card number of neither 15 nor 18 characters",
            "在证件库中没有号码，或身份证号码不是15位或18位",
        )
    yield f"n{column.number:02d} AND {name} IS NULL", *missing
    match column.form:
        case Chars(size=size, fixed=fixed, codes=codes, matches=matches):
            if codes is not None:
                listed = ", ".join(f"'{code}'" for code in codes)
                yield f"{name} NOT IN ({listed})", "is not in the code list", "不在代码表内"
                return
            if matches is not None:
                yield f"NOT regexp_full_match({name}, '{matches}')", "is not in the form of the column", "格式不符"
                return
            if fixed:
                yield f"strlen({name}) <> {size}", f"is not exactly {size} bytes long", f"不是{size}个字节"
            else:
                yield f"strlen({name}) > {size}", f"is longer than {size} bytes in UTF-8", f"超过{size}个字节"
            yield (
                f"contains({name}, '|') OR contains({name}, '\"') OR contains({name}, '\\')",
                "holds '|', a double quote or a backslash, which the format has no way to write",
                "含有“|”、双引号或反斜杠，格式无法表示",
            )
        case Fixed(whole=whole, scale=scale):
            if whole + scale < 24:
                yield (
                    f"abs({name}) >= 1e{whole}::DECIMAL(24, {scale})",
                    f"has over {whole} digits",
                    f"整数超过{whole}位",
                )
        case _:
            yield (
                f"{name} NOT BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'",
                "is not a date of four-digit years",
                "年份不是四位数",
            )


def _refusal(column: Column, iou_no: str | None, count: int, en: str, zh: str) -> FilingRefused:
    return FilingRefused(
        f"loan {iou_no}: {TABLE} column {column.number} ({column.en}) {en}; {count} loan(s) in all"
        f" 借据 {iou_no}：第{column.number}列（{column.zh}）{zh}；共 {count} 笔",
        "correct the value in a new delivery of this period; nothing was written"
        " 请在本期新的报送中更正；未写出任何文件",
    )


# --- files --------------------------------------------------------------------------------------------------------


def _write_institution(con: Any, folder: Path, context: FilingContext, uscc: str, stock: str) -> list[RenderedFile]:
    """Data file, check file, zip of both. An empty table is an empty data file, an empty MD5 line and a zero [S]."""
    stem = f"{uscc}_{TABLE}_{context.period.date:%Y%m%d}"
    data, check, archive = (folder / f"{stem}.{ending}" for ending in ("dat", "log", "zip"))
    records, totals = _control_totals(con, uscc)
    con.execute(
        f"COPY (SELECT line FROM (SELECT c07, {_line()} AS line FROM ({stock}) WHERE c01 = $uscc) ORDER BY c07)"
        " TO $path (FORMAT csv, HEADER false, DELIMITER '\x01', QUOTE '', ESCAPE '')",
        {"uscc": uscc, "path": str(data)},
    )
    size = max(data.stat().st_size - 1, 0)
    os.truncate(data, size)  # no line feed after the last record [S]
    digest = _md5(data) if records else ""
    lines = (data.name, digest, str(size), f"{context.created_at:%Y-%m-%d %H:%M:%S}", str(records))
    check.write_bytes("\n".join(lines).encode())
    _zip((data, check), archive)
    return [
        RenderedFile(data.name, data, records, totals),
        RenderedFile(check.name, check, None),
        RenderedFile(archive.name, archive, records, totals),
    ]


def _control_totals(con: Any, uscc: str) -> tuple[int, dict[str, Decimal]]:
    """Records and sums of the stock of one institution, computed on the tape's own columns."""
    statuses = ", ".join(f"'{status}'" for status in STOCK_STATUS)
    records, balance, balance_cny, overdue = con.execute(
        "SELECT count(*), coalesce(sum(balance_amount), 0), coalesce(sum(balance_cny), 0),"
        " count(*) FILTER (WHERE loan_status = 'LS03')"
        f" FROM tape_loan WHERE lender_uscc = ? AND loan_status IN ({statuses})",
        [uscc],
    ).fetchone()
    return records, {"14 贷款余额": balance, "15 贷款余额折人民币": balance_cny, "25 LS03": Decimal(overdue)}


def _md5(path: Path) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _zip(members: Sequence[Path], archive: Path) -> None:
    """Stored, not deflated, in this order, with one fixed time and mode: the same bytes on every machine."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as out:
        for member in members:
            info = zipfile.ZipInfo(member.name, date_time=(1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr, info.file_size = 3, 0o100644 << 16, member.stat().st_size
            with member.open("rb") as source, out.open(info, "w") as target:
                shutil.copyfileobj(source, target, _CHUNK)
