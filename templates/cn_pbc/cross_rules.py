"""The rules of the PBoC's format across the columns of one record.

Belongs here: what one column of a record demands of another. Not here: a column by itself (format_rules.py), or other
tables (table_rules.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from loantape.declare import Confidence, Rule
from schemas.formats import format_rule
from schemas.rules import implies
from templates.cn_pbc.columns import CLGRDK, GRDKFS, GRKHXX
from templates.cn_pbc.format_rules import cites
from templates.cn_pbc.forms import Table

_MASK = "11010519491231ae05564031c21338aa8a2e7266e7855c"
_HASH = _MASK[14:]
_LOANS = (CLGRDK, GRDKFS)
_NEW_TERM = {"c11": "2026-01-01"}
_GONE = ("LF02", "LF03", "LF04", "LF06", "LF07", "LF08")
Row = Mapping[str, Any]


def cross_rules() -> tuple[Rule, ...]:
    """Rules across columns of every table."""
    return (*(rule for table in _LOANS for rule in _of_loans(table)), *_of_stock(), *_of_flows(), *_of_customers())


def _rule(
    table: Table,
    number: int,
    en: str,
    zh: str,
    fields: Sequence[str],
    passes: Sequence[Row],
    fails: Sequence[Row],
    holds: Any,
    confidence: Confidence = Confidence.PRIMARY,
) -> Rule:
    return format_rule(
        f"{table.name}-X{number:02d}",
        on=table.grain,
        fields=fields,
        cites=cites(table),
        confidence=confidence,
        en=en,
        zh=zh,
        passes=passes,
        fails=fails,
    )(lambda t, _: holds(t))


def _masked(table: Table, kind: str, number: str, shown: str) -> Rule:
    def holds(t: Any) -> Any:
        form = (t[kind] == "B01").ifelse(_form(t[number], "[0-9]{14}[0-9a-f]{32}"), _form(t[number], "[0-9a-f]{32}"))
        return t[number].isnull() | form

    return _rule(
        table,
        1,
        "An identity card number is masked as 14 digits and an MD5, any other number as an MD5.",
        "身份证号码脱敏为前14位加MD5，其他证件为MD5。",
        (kind, shown),
        [{kind: "B01", number: _MASK}, {kind: "B03", number: _HASH}],
        [{kind: "B01", number: _HASH}, {kind: "B03", number: _MASK}, {kind: "B01", number: "11010519491231002X"}],
        holds,
    )


def _form(text: Any, pattern: str) -> Any:
    return text.re_search(f"^(?:{pattern})$")


def _of_loans(table: Table) -> tuple[Rule, ...]:
    """What CLGRDK and GRDKFS say of the same columns."""
    return (
        _masked(table, "c04", "c05", "c07"),
        _rule(
            table,
            2,
            "A floating rate names its benchmark.",
            "浮动利率贷款须填报定价基准类型。",
            ("c18", "c16"),
            [{"c16": "RF02", "c18": "TR05"}, {"c16": "RF01"}],
            [{"c16": "RF02"}],
            lambda t: implies(t.c16 == "RF02", t.c18.notnull()),
            Confidence.BACKGROUND_MEDIUM,  # the text asks for the benchmark's value, and for its type by its definition
        ),
        _rule(
            table,
            3,
            "The benchmark rate is filled if and only if the rate is floating.",
            "基准利率当且仅当浮动利率时填报。",
            ("c19", "c16"),
            [{"c16": "RF02", "c19": "3.00000"}, {"c16": "RF01"}],
            [{"c16": "RF02"}, {"c16": "RF01", "c19": "3.00000"}],
            lambda t: (t.c16 == "RF02") == t.c19.notnull(),
        ),
        _rule(
            table,
            4,
            "A loan does not mature before it is granted.",
            "贷款到期日期不早于发放日期。",
            ("c11", "c10"),
            [{"c10": "2026-01-15", "c11": "2026-01-15"}],
            [{"c10": "2026-01-15", "c11": "2026-01-14"}],
            lambda t: t.c11 >= t.c10,
            Confidence.OWN,
        ),
        _rule(
            table,
            5,
            "A loan is not granted after the reporting date.",
            "贷款发放日期不晚于报告日。",
            ("c10", "reported_on"),
            [{"c10": "2026-10-31", "reported_on": "2026-10-31"}],
            [{"c10": "2026-11-01", "reported_on": "2026-10-31"}],
            lambda t: t.c10 <= t.reported_on,
            Confidence.OWN,
        ),
        _rule(
            table,
            6,
            "An amount in yuan is itself in yuan.",
            "人民币贷款的折人民币金额等于原币金额。",
            ("c15", "c14", "c13"),
            [{"c13": "CNY", "c14": "5.00", "c15": "5.00"}, {"c13": "USD", "c14": "5.00", "c15": "35.00"}],
            [{"c13": "CNY", "c14": "5.00", "c15": "5.01"}],
            lambda t: implies(t.c13 == "CNY", t.c14 == t.c15),
        ),
    )


def _of_stock() -> tuple[Rule, ...]:
    return (
        _rule(
            CLGRDK,
            11,
            "An extended or shortened loan gives its new maturity.",
            "展期、缩期贷款须填报展期到期日期。",
            ("c12", "c25"),
            [{"c25": "LS02", "c12": "2027-01-01"}, {"c25": "LS01"}],
            [{"c25": "LS02"}, {"c25": "LS04"}],
            lambda t: implies(t.c25.isin(["LS02", "LS04"]), t.c12.notnull()),
        ),
        _rule(
            CLGRDK,
            12,
            "An extended loan matures later than agreed at first, a shortened one earlier.",
            "展期后到期日不早于原到期日，缩期后到期日不晚于原到期日。",
            ("c12", "c11", "c25"),
            [_NEW_TERM | {"c25": "LS02", "c12": "2026-02-01"}, _NEW_TERM | {"c25": "LS04", "c12": "2025-12-01"}],
            [_NEW_TERM | {"c25": "LS02", "c12": "2025-12-01"}, _NEW_TERM | {"c25": "LS04", "c12": "2026-02-01"}],
            lambda t: implies(t.c25 == "LS02", t.c12 >= t.c11) & implies(t.c25 == "LS04", t.c12 <= t.c11),
        ),
        _rule(
            CLGRDK,
            13,
            "What is overdue is filled if and only if the loan is overdue.",
            "逾期类型当且仅当贷款状态为逾期时填报。",
            ("c26", "c25"),
            [{"c25": "LS03", "c26": "01"}, {"c25": "LS01"}],
            [{"c25": "LS03"}, {"c25": "LS01", "c26": "01"}],
            lambda t: (t.c25 == "LS03") == t.c26.notnull(),
        ),
    )  # fmt: skip


def _of_flows() -> tuple[Rule, ...]:
    return (
        _rule(
            GRDKFS,
            11,
            "A flow has a positive amount: its direction is a column of its own.",
            "发生金额为正数，方向由发放/收回标识表示。",
            ("c14", "c27"),
            [{"c14": "0.01"}],
            [{"c14": "0.00"}, {"c14": "-1.00"}],
            lambda t: t.c14 > 0,
        ),
        _rule(
            GRDKFS,
            12,
            "What was written off, stripped, transferred, paid in kind, securitised or swapped is recovered, on a day.",
            "核销、剥离、转让、以物抵债、证券化转让、债转股视为收回，并填报终止日期。",
            ("c24", "c27", "c12"),
            [{"c24": "LF02", "c27": "0", "c12": "2026-10-05"}, {"c24": "LF01", "c27": "1"}],
            [{"c24": "LF02", "c27": "0"}, {"c24": "LF04", "c27": "1", "c12": "2026-10-05"}],
            lambda t: implies(t.c24.isin(_GONE), (t.c27 == "0") & t.c12.notnull()),
        ),
        _rule(
            GRDKFS,
            13,
            "A loan that ended did so in the period, and not before it was granted.",
            "终止日期在报告期内，且不早于发放日期。",
            ("c12", "since", "reported_on"),
            [{"c12": "2026-10-31", "since": "2026-09-30", "reported_on": "2026-10-31", "c10": "2026-10-31"}],
            [
                {"c12": "2026-09-30", "since": "2026-09-30", "reported_on": "2026-10-31"},
                {"c12": "2026-11-01", "since": "2026-09-30", "reported_on": "2026-10-31"},
                {"c12": "2026-10-05", "c10": "2026-10-06"},
            ],
            lambda t: (t.c12 > t.since) & (t.c12 <= t.reported_on) & (t.c12 >= t.c10),
            Confidence.OWN,
        ),
        _rule(
            GRDKFS,
            14,
            "A securitised loan names its product, and no other does.",
            "资产证券化产品代码当且仅当证券化转让时填报。",
            ("c25", "c24"),
            [{"c24": "LF07", "c25": "P1"}, {"c24": "LF01"}],
            [{"c24": "LF07"}, {"c24": "LF01", "c25": "P1"}],
            lambda t: (t.c24 == "LF07") == t.c25.notnull(),
        ),
        _rule(
            GRDKFS,
            15,
            "A restructured loan says how, and no other does.",
            "贷款重组方式当且仅当贷款状态为重组时填报。",
            ("c26", "c24"),
            [{"c24": "LF05", "c26": "01"}, {"c24": "LF01"}],
            [{"c24": "LF05"}, {"c24": "LF01", "c26": "01"}],
            lambda t: (t.c24 == "LF05") == t.c26.notnull(),
        ),
    )


def _of_customers() -> tuple[Rule, ...]:
    return (
        _masked(GRKHXX, "c02", "c03", "customer"),
        _rule(
            GRKHXX,
            2,
            "The date of birth is that of the identity card, and there is one.",
            "出生日期与身份证号码中的出生日期一致。",
            ("c02", "customer"),
            [{"c02": "B01", "c03": _MASK, "c08": "1949-12-31"}, {"c02": "B03", "c03": _HASH}],
            [
                {"c02": "B01", "c03": _MASK, "c08": "1949-12-30"},
                {"c02": "B01", "c03": "11010519491331ae05564031c21338aa8a2e7266e7855c"},
            ],
            lambda t: implies(
                t.c02 == "B01",
                t.c03.isnull() | (t.c08.notnull() & (t.c08.strftime("%Y%m%d") == t.c03.substr(6, 8)).fill_null(True)),
            ),
        ),
        _rule(
            GRKHXX,
            3,
            "A borrower is born before the reporting date.",
            "出生日期早于报告日。",
            ("customer",),
            [{"c08": "2000-01-01", "reported_on": "2026-10-31"}],
            [{"c08": "2026-10-31", "reported_on": "2026-10-31"}],
            lambda t: t.c08 < t.reported_on,
            Confidence.OWN,
        ),
    )
