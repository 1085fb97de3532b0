"""Writes G09 as a workbook per reporting institution: three parts, and a sheet that says how each figure is made.

Belongs here: what stands in which cell. Not here: the figures (outgoing.py) or how a workbook is written
(``templates.parts.xlsx``). The layout is reconstructed and says so in the file's name and on every sheet.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from loantape.declare import FilingContext, RenderedFile
from schemas.tape import codes
from templates.cn_nfra_g09.items import ITEMS, Absent, OfYear
from templates.cn_nfra_g09.outgoing import COFUNDED, LINES, OTHERS, REPORTS
from templates.cn_nfra_g09.year import OPENING, own_cny, tapes, why_empty
from templates.parts.xlsx import Cell, Sheet, write_workbook

MARK = "重构版式，非官方表样 RECONSTRUCTED LAYOUT, NOT THE OFFICIAL FORM"
_HEADINGS = frozenset({1, 2, 3})


def render(con: Any, folder: Path, context: FilingContext) -> Sequence[RenderedFile]:
    """One ``<code>_G09_<YYYYMMDD>_reconstructed.xlsx`` per institution. Control totals are computed from the tape."""
    written = []
    institutions = con.execute(
        "SELECT lender_uscc, min(institution_name) FROM tape_institution GROUP BY lender_uscc ORDER BY lender_uscc"
    ).fetchall()
    for uscc, name in institutions:
        path = folder / f"{uscc}_G09_{context.period.date:%Y%m%d}_reconstructed.xlsx"
        head = f"填报机构 {name}  统一社会信用代码 {uscc}  报告日 {context.period.date:%Y-%m-%d}  单位：元、户、家、%"
        second, third = (_partners(con, table, uscc) for table in (COFUNDED, OTHERS))
        write_workbook(
            path, [_first(con, head, uscc), _second(head, second), _third(head, third), _method(head, context)]
        )
        written.append(
            RenderedFile(path.name, path, len(ITEMS) + len(second) + len(third), _totals(con, uscc, context))
        )
    return written


def _first(con: Any, head: str, uscc: str) -> Sheet:
    figures = con.execute(f"SELECT number, a, b FROM {LINES} WHERE {REPORTS} = ? ORDER BY place", [uscc]).fetchall()
    rows: list[Sequence[Cell]] = [
        (f"G09_I 互联网贷款基本情况表（{MARK}）",),
        (head,),
        ("项目序号", "项目", "A个人消费贷款", "B个人经营性贷款", "C流动资金贷款"),
    ]
    for item, (number, a, b) in zip(ITEMS, figures, strict=True):
        figures_of = ((int(value) if item.is_count and value is not None else value) for value in (a, b))
        rows.append((number, item.zh, *figures_of))
    return Sheet("G09_I", rows, (12, 48, 20, 20, 20), _HEADINGS)


def _partners(con: Any, table: str, uscc: str) -> list[dict[str, Any]]:
    asked = con.execute(f"SELECT * FROM {table} WHERE {REPORTS} = ? ORDER BY place", [uscc])
    names = [column[0] for column in asked.description]
    return [dict(zip(names, row, strict=True)) for row in asked.fetchall()]


def _word(words: Any, code: str | None) -> str | None:
    return words[code][1] if code in words else code


def _second(head: str, partners: Sequence[dict[str, Any]]) -> Sheet:
    rows: list[Sequence[Cell]] = [
        (f"G09_II 前十大共同出资发放互联网贷款情况（{MARK}）",),
        (head,),
        ("序号", "B合作机构名称", "C统一社会信用代码", "D合作机构类型", "E共同出资发放贷款余额", "F合作机构出资占比",
         "G合作机构提供服务类型", "H不良贷款率", "I逾期30天以上贷款率", "J贷款平均利率"),
    ]  # fmt: skip
    for one in partners:
        rows.append((
            int(one["place"]), one["partner_name"], one["partner_uscc"], _word(codes.PARTNER_TYPE, one["partner_type"]),
            one["balance_cny"], one["partner_share_pct"], _word(codes.PARTNER_SERVICE, one["partner_service"]),
            one["npl_pct"], one["over_30_pct"], one["rate_pct"],
        ))  # fmt: skip
    return Sheet("G09_II", rows, (8, 32, 24, 18, 22, 14, 18, 14, 14, 14), _HEADINGS)


def _third(head: str, partners: Sequence[dict[str, Any]]) -> Sheet:
    rows: list[Sequence[Cell]] = [
        (f"G09_III 前十大合作机构合作情况，不含共同出资（{MARK}）",),
        (head,),
        ("序号", "B合作机构名称", "C统一社会信用代码", "D合作机构提供服务类型", "E填报机构发放贷款余额", "F不良贷款率",
         "G逾期30天以上贷款率", "H贷款平均利率"),
    ]  # fmt: skip
    for one in partners:
        rows.append((
            int(one["place"]), one["partner_name"], one["partner_uscc"],
            _word(codes.PARTNER_SERVICE, one["partner_service"]), one["balance_cny"], one["npl_pct"],
            one["over_30_pct"], one["rate_pct"],
        ))  # fmt: skip
    return Sheet("G09_III", rows, (8, 32, 24, 18, 22, 14, 14, 14), _HEADINGS)


def _method(head: str, context: FilingContext) -> Sheet:
    rows: list[Sequence[Cell]] = [
        (f"填报方法 Method（{MARK}）",),
        (head,),
        ("项目序号", "项目", "Item", "口径 Formula"),
    ]
    for item in ITEMS:
        empty = why_empty(context, item.measure.since) if isinstance(item.measure, OfYear) else ""
        rows.append((item.number, item.zh, item.en, "; ".join(filter(None, (empty, item.formula)))))
    return Sheet("填报方法", rows, (12, 48, 48, 90), _HEADINGS)


def _totals(con: Any, uscc: str, context: FilingContext) -> dict[str, Decimal]:
    """From the tapes' own columns, not from the figures: own funds by column, and what was granted in the year."""
    own = "CASE WHEN coop_mode = 'JOINT' THEN own_balance_amount ELSE balance_cny END"
    rows = con.execute(
        f"SELECT coalesce(sum({own}) FILTER (product_class IS DISTINCT FROM 'F022'), 0),"
        f" coalesce(sum({own}) FILTER (product_class = 'F022'), 0) FROM tape_loan"
        " WHERE is_internet_loan AND lender_uscc = ? AND (loan_status IS NULL OR loan_status NOT LIKE 'LF%')"
        " AND currency = 'CNY'",
        [uscc],
    ).fetchone()
    foreign = con.execute(
        "SELECT coalesce(sum(own_cny) FILTER (purpose = 'A'), 0), coalesce(sum(own_cny) FILTER (purpose = 'B'), 0)"
        " FROM g09_loan WHERE lender_uscc = ? AND currency <> 'CNY'",
        [uscc],
    ).fetchone()
    totals = {"1 A": Decimal(rows[0] + foreign[0]), "1 B": Decimal(rows[1] + foreign[1])}
    return totals if why_empty(context, OPENING + 1) else totals | _granted(con, uscc, context)


def _granted(con: Any, uscc: str, context: FilingContext) -> dict[str, Decimal]:
    """Lines 3 and 4 once more, loan by loan over the tapes laid together, each loan as its first tape has it; a column
    with a loan that cannot be told in yuan has no total of line 4."""
    first = f"DATE '{context.period.date.year}-01-01'"
    every = " UNION ALL ".join(
        f"SELECT '{number}' AS tape, loan.iou_no, loan.borrower_pid, loan.product_class, loan.grant_type,"
        f" loan.lender_uscc, {own_cny('loan.loan_amount')} AS own FROM {table} AS loan WHERE loan.is_internet_loan"
        f" AND loan.start_date BETWEEN {first} AND DATE '{last.date.isoformat()}'"
        for number, (last, table) in tapes(context).items()
    )
    found = {}
    for column, of in (("A", "product_class IS DISTINCT FROM 'F022'"), ("B", "product_class = 'F022'")):
        borrowers, loans, told, total = con.execute(
            "SELECT count(DISTINCT pid), count(*) FILTER (is_new), count(own) FILTER (is_new),"
            " coalesce(sum(own) FILTER (is_new), 0) FROM ("
            "SELECT arg_min(borrower_pid, tape) AS pid, arg_min(struct_pack(own := own), tape).own AS own,"
            " arg_min(coalesce(grant_type, '') <> 'RESTRUCTURED', tape) AS is_new,"
            f" arg_min(coalesce({of}, FALSE), tape) AS is_of, arg_min(lender_uscc, tape) AS lender"
            f" FROM ({every}) GROUP BY iou_no) WHERE is_of AND lender = ?",
            [uscc],
        ).fetchone()
        found[f"3 {column}"] = Decimal(borrowers)
        if told == loans:
            found[f"4 {column}"] = Decimal(total)
    return found


__all__ = ["MARK", "Absent", "render"]
