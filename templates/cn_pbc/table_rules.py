"""The rules of the PBoC's format across tables and across months, and the grains they are said on.

Belongs here: keys that occur once, customers of loans, flows against stocks, and the forms. Not here: one record
(format_rules.py, cross_rules.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis.expr.datatypes as dt

from loantape.declare import Confidence, Grain, Rule
from schemas.formats import at_most_digits, format_rule
from schemas.rules import implies
from templates.cn_pbc import movements, statistical
from templates.cn_pbc.columns import CLGRDK, GRDKFS, GRKHXX, TABLES
from templates.cn_pbc.format_rules import cites, grain_of
from templates.cn_pbc.forms import Table

_SUM = dt.Decimal(38, 2)
_IS_INSTITUTION = (dt.boolean, "base.c01 IN (SELECT lender_uscc FROM tape_institution)")
_HAS_CUSTOMER: dict[str, tuple[dt.DataType, str]] = {
    "has_customer": (
        dt.boolean,
        f"EXISTS (FROM {GRKHXX.relation} AS customer WHERE customer.c01 = base.c01 AND customer.c02 = base.c04"
        " AND customer.c03 = base.c05)",
    )
}


def _totals_grain(name: str, base: str, columns: dict[str, Any], key: tuple[str, ...]) -> Grain:
    return Grain(name, None, base, columns, key=key, has_rows=False)


GRAINS = (
    *(
        grain_of(table, f"{table.grain}_known", prepared={"is_institution": _IS_INSTITUTION} | more)
        for table, more in ((CLGRDK, _HAS_CUSTOMER), (GRDKFS, _HAS_CUSTOMER), (GRKHXX, {}))
    ),
    *(
        _totals_grain(
            f"{table.grain}_keys", f"{table.relation}_keys", {table.key[0]: dt.string, "times": dt.int64}, table.key[:1]
        )
        for table in TABLES
    ),
    _totals_grain(
        "movement",
        movements.MOVEMENT,
        {
            "iou_no": dt.string, "opening": _SUM, "granted": _SUM, "repaid": _SUM, "disposed": _SUM, "closing": _SUM,
            "currency": dt.string,
        },
        ("iou_no",),
    ),
    Grain(
        "stock_before",
        None,
        movements.STOCK_BEFORE,
        {"iou_no": dt.string, "times": dt.int64},
        {"is_told": (dt.boolean, "base.iou_no IN (SELECT iou_no FROM tape_loan)")},
        key=("iou_no",),
        has_rows=False,
    ),
    _totals_grain(
        "totals",
        "out_cn_pbc__totals",
        {
            "total_name": dt.string, "lender_uscc": dt.string, "currency": dt.string, "filed": _SUM, "expected": _SUM,
            "loans": dt.int64,
        },
        ("total_name", "lender_uscc", "currency"),
    ),
    _totals_grain(
        "form",
        statistical.RELATION,
        {"lender_uscc": dt.string, "form": dt.string, "item": dt.string, "value": _SUM},
        ("lender_uscc", "item"),
    ),
    _totals_grain(
        "risk",
        "(SELECT lender_uscc, " + ", ".join(
            f"max(value) FILTER (item = '20202{n}') AS v{n}"
            for n in ("002", "010", "011", "012", "013", "014", "015", "016")
        ) + f" FROM {statistical.RELATION} WHERE form = '20202' GROUP BY lender_uscc)",
        {"lender_uscc": dt.string}
        | {f"v{n}": _SUM for n in ("002", "010", "011", "012", "013", "014", "015", "016")},
        ("lender_uscc",),
    ),
)  # fmt: skip


def table_rules() -> tuple[Rule, ...]:
    """Rules across tables, months and items."""
    return (
        *(_one_institution(table) for table in TABLES),
        *(_customer(table) for table in (CLGRDK, GRDKFS)),
        *(_once(table, table.key[0]) for table in TABLES),
        *_of_movements(),
        *_of_forms(),
    )


def _one_institution(table: Table) -> Rule:
    return format_rule(
        f"{table.name}-T01",
        on=f"{table.grain}_known",
        fields=("c01",),
        cites=cites(table),
        confidence=Confidence.PRIMARY,
        en="A record is of an institution of this submission, whose code names its file.",
        zh="记录的金融机构代码是本批次的机构，并用于文件命名。",
        passes=[{"is_institution": "true"}],
        fails=[{"is_institution": "false"}],
    )(lambda t, _: t.is_institution)


def _customer(table: Table) -> Rule:
    return format_rule(
        f"{table.name}-T02",
        on=f"{table.grain}_known",
        fields=("c07",),
        cites=f"{cites(table)}, {GRKHXX.section}",
        confidence=Confidence.OWN,
        en="The borrower of each record is in GRKHXX.",
        zh="每条记录的借款人均在GRKHXX中。",
        passes=[{"has_customer": "true"}],
        fails=[{"has_customer": "false"}],
    )(lambda t, _: t.has_customer)


def _once(table: Table, shown: str) -> Rule:
    return format_rule(
        f"{table.name}-T03",
        on=f"{table.grain}_keys",
        fields=(shown,),
        cites=cites(table),
        confidence=Confidence.PRIMARY,
        en="No record is there twice.",
        zh="记录不重复。",
        passes=[{"times": "1"}],
        fails=[{"times": "2"}],
    )(lambda t, _: t.times == 1)


def _of_movements() -> tuple[Rule, ...]:
    flows = f"{cites(GRDKFS)}: 报告期内发放或收回的金额（仅指本金）"
    moved = {"opening": "100.00", "granted": "20.00", "repaid": "15.00", "disposed": "5.00", "closing": "100.00"}
    total = {"filed": "100.00", "expected": "100.00", "loans": "1"}
    return (
        format_rule(
            "GRDKFS-M01",
            on="movement",
            fields=("opening", "granted", "repaid", "disposed", "closing"),
            cites=flows,
            confidence=Confidence.OWN,
            en="What a loan opened with, was granted, repaid and disposed of makes what it closes with.",
            zh="期初余额加发放减收回、处置等于期末余额。",
            passes=[moved, moved | {"closing": "100.01"}],
            fails=[moved | {"closing": "100.02"}, moved | {"granted": "0.00"}, moved | {"repaid": "0.00"}],
        )(
            lambda t, limits: (
                (t.opening + t.granted - t.repaid - t.disposed - t.closing).abs() <= limits.balance_tolerance_amount
            )
        ),
        format_rule(
            "GRDKFS-M02",
            on="stock_before",
            fields=("iou_no",),
            cites=flows,
            confidence=Confidence.OWN,
            en="Every loan in stock the month before is in this submission: how it ended is told, not guessed.",
            zh="上期存量贷款均在本期报送中：如何终止须报送，不作推测。",
            passes=[{"is_told": "true"}],
            fails=[{"is_told": "false"}],
        )(lambda t, _: t.is_told),
        format_rule(
            "GRDKFS-M03",
            on="stock_before",
            fields=("iou_no",),
            cites=flows,
            confidence=Confidence.OWN,
            en="No IOU was in stock twice the month before.",
            zh="上期存量中借据不重复。",
            passes=[{"times": "1"}],
            fails=[{"times": "2"}],
        )(lambda t, _: t.times == 1),
        format_rule(
            "GRDKFS-M04",
            on="totals",
            fields=("filed", "expected"),
            cites=f"{flows}; {CLGRDK.section}",
            confidence=Confidence.OWN,
            en="The stock of the month before and the flows filed make the stock filed, by institution and currency.",
            zh="分机构、分币种：上期存量加减报送的发生额等于报送的存量。",
            passes=[total | {"total_name": "stock"}, {"total_name": "used", "filed": "1", "expected": "2"}],
            fails=[total | {"total_name": "stock", "expected": "99.98"}],
        )(
            lambda t, limits: implies(
                t.total_name == "stock", (t.filed - t.expected).abs() <= limits.balance_tolerance_amount * t.loans
            )
        ),
        format_rule(
            "GRKHXX-M01",
            on="totals",
            fields=("filed", "expected"),
            cites=f"{cites(GRKHXX)}; {CLGRDK.section}",
            confidence=Confidence.OWN,
            en="What the customers of an institution use is its stock in yuan.",
            zh="客户已用额度合计等于存量贷款余额折人民币合计。",
            passes=[total | {"total_name": "used"}],
            fails=[total | {"total_name": "used", "expected": "99.99"}],
        )(lambda t, _: implies(t.total_name == "used", t.filed == t.expected)),
    )


def _of_forms() -> tuple[Rule, ...]:
    source = "金融基础数据采集规范 V2.1 第4章, 20202"
    parts = {"v010": "5.00", "v011": "4.00", "v012": "3.00", "v013": "2.00", "v014": "1.00"}
    overdue = {"v002": "15.00", "v015": "3.00", "v016": "2.00"}

    def rule(code: str, on: str, fields: Sequence[str], en: str, zh: str, passes: Any, fails: Any, holds: Any) -> Rule:
        return format_rule(
            code,
            on=on,
            fields=fields,
            cites=source,
            confidence=Confidence.OWN,
            en=en,
            zh=zh,
            passes=passes,
            fails=fails,
        )(holds)

    return (
        rule(
            "20202-X01", "risk", ("v002", "v010", "v011", "v012", "v013", "v014"),
            "Loans are the sum of the five risk classes.", "各项贷款等于五级分类合计。",
            [parts | {"v002": "15.00"}], [parts | {"v002": "15.01"}],
            lambda t, _: t.v002 == t.v010 + t.v011 + t.v012 + t.v013 + t.v014,
        ),
        rule(
            "20202-X02", "risk", ("v016", "v015", "v002"),
            "Loans overdue by more than 90 days are overdue loans, and those are loans.",
            "逾期90天以上贷款不超过逾期贷款，逾期贷款不超过各项贷款。",
            [overdue], [overdue | {"v016": "3.01"}, overdue | {"v015": "15.01"}],
            lambda t, _: (t.v016 <= t.v015) & (t.v015 <= t.v002),
        ),
        rule(
            "20202-X03", "form", ("value",),
            "An item has at most 20 digits before the point.", "数值整数不超过20位。",
            [{"value": "1.00"}], [{"value": "1" + "0" * 20}],
            lambda t, _: at_most_digits(t.value, 20),
        ),
    )  # fmt: skip
