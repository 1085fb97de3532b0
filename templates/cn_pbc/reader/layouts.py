"""The three tables, restated: pattern of every column, what may be empty, byte lengths, conditions between columns.

Belongs here: V2.1 §3.2.2.4, §3.2.2.5 and §3.3.2.3 [P] in the reader's own words. Not here: anything from the writer's
columns, which this exists to contradict.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from templates.cn_pbc.reader.currencies import CURRENCIES

_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_AMOUNT = r"^-?(0|[1-9][0-9]{0,19})\.[0-9]{2}$"
_ABOVE_ZERO = r"^(0\.0[1-9]|0\.[1-9][0-9]|[1-9][0-9]{0,19}\.[0-9]{2})$"
_RATE = r"^-?(0|[1-9][0-9]{0,9})\.[0-9]{5}$"
_MD5 = r"^[0-9a-f]{32}$"
_CARD = r"^[0-9]{14}[0-9a-f]{32}$"
_CODE = r"^[0-9A-Z]{18}$"
_ID_TYPE = r"^(A0[1-3]|B0[1-9]|B1[0-2]|B99|C0[12]|L01|Z99)$"
_HOME = r"^([1-6][0-9]{5}|000[0-9]{3})$"  # Hong Kong, Macau and Taiwan by country code, not 81, 82, 71
_PRODUCT = (
    r"^F(01|0211|0212|02131|02132|0219|022|023|03|041|042|043|051|052|053|059|061|062|063|064|065|069|071|072|073"
    r"|074|079|081|082|09|10|12|13|99)$"  # lowest level only
)

Columns = Mapping[int, Any]
Demand = Callable[[int, Any, str, str], None]
Between = Callable[[Columns, Demand, str], None]  # the last is the day of the file name, YYYY-MM-DD


@dataclass(frozen=True)
class Layout:
    """One table. ``forms``: column to pattern and whether it may be empty; ``longest``: bytes of free text;
    ``order``: the columns whose values, joined, rise strictly; ``sums``: column and name of a control total, and which
    value of which column it is summed for; ``counts``: a total that counts instead; ``once``: a column whose values are
    all different."""

    columns: int
    forms: Mapping[int, tuple[str, bool]]
    longest: Mapping[int, int]
    optional_text: tuple[int, ...]
    days: tuple[int, ...]
    person: int
    order: tuple[int, ...]
    sums: Mapping[str, tuple[int, tuple[int, str] | None]]
    counts: Mapping[str, tuple[int, str]]
    between: Between
    once: int | None = None


def _present(column: Any) -> Any:
    return pc.not_equal(column, "")


def _implies(condition: Any, consequence: Any) -> Any:
    return pc.or_(pc.invert(condition), consequence)


def _among(column: Any, *values: str) -> Any:
    return pc.is_in(column, value_set=pa.array(values))


def _mask(kind: Any, number: Any) -> Any:
    return pc.if_else(
        pc.equal(kind, "B01"), pc.match_substring_regex(number, _CARD), pc.match_substring_regex(number, _MD5)
    )


_LOAN_FORMS = {
    1: (_CODE, False),
    3: (r"^[0-9]{6}$", False),
    4: (_ID_TYPE, False),
    6: (_HOME, False),
    9: (_PRODUCT, False),
    10: (_DAY, False),
    11: (_DAY, False),
    12: (_DAY, True),
    13: (r"^[A-Z]{3}$", False),
    15: (_AMOUNT, False),
    16: (r"^RF0[12]$", False),
    17: (_RATE, False),
    18: (r"^TR(0[1-9]|99)$", True),
    19: (_RATE, True),
    20: (r"^(A0101|A0102|A0201|A0202|B|C|Z)$", True),
    21: (_DAY, False),
    22: (r"^(A|B01|B99|C01|C99|D|E|E01|Z)$", False),
    23: (r"^[01]$", False),
}


def _between_of_loans(c: Columns, demand: Demand, day: str) -> None:
    demand(5, _mask(c[4], c[5]), "not a masked number", "不是脱敏后的证件号码")
    floating = pc.equal(c[16], "RF02")
    demand(18, _implies(floating, _present(c[18])), "required for RF02", "RF02必填")
    demand(19, pc.equal(floating, _present(c[19])), "filled if and only if RF02", "仅RF02填报")
    demand(11, pc.less_equal(c[10], c[11]), "before the grant", "早于发放日期")
    demand(10, pc.less_equal(c[10], day), "after the day of the file", "晚于报告日")
    demand(13, _among(c[13], *CURRENCIES), "no currency of ISO 4217", "不是币种代码")
    yuan = pc.equal(c[13], "CNY")
    demand(15, _implies(yuan, pc.equal(c[14], c[15])), "not the amount, though in yuan", "人民币贷款应等于原币金额")


def _between_of_stock(c: Columns, demand: Demand, day: str) -> None:
    _between_of_loans(c, demand, day)
    moved = _among(c[25], "LS02", "LS04")
    demand(12, _implies(moved, _present(c[12])), "required for LS02 and LS04", "LS02、LS04必填")
    demand(26, pc.equal(pc.equal(c[25], "LS03"), _present(c[26])), "filled if and only if LS03", "仅LS03填报")


def _between_of_flows(c: Columns, demand: Demand, day: str) -> None:
    _between_of_loans(c, demand, day)
    gone = _among(c[24], "LF02", "LF03", "LF04", "LF06", "LF07", "LF08")
    demand(12, _implies(gone, _present(c[12])), "required when the loan left the books", "终止时必填")
    demand(27, _implies(gone, pc.equal(c[27], "0")), "a loan that left the books is recovered", "终止视为收回")
    # it is of the loan's end, by whatever flow; what is granted has not ended
    ended = _present(c[12])
    demand(12, _implies(ended, pc.equal(c[27], "0")), "a grant, which ends no loan", "发放不填报终止日期")
    first = f"{day[:8]}01"
    held = pc.and_(pc.and_(pc.greater_equal(c[12], first), pc.less_equal(c[12], day)), pc.less_equal(c[10], c[12]))
    demand(12, _implies(ended, held), "not in the month of the file, or before the grant", "不在报告期内或早于发放日期")
    demand(25, pc.equal(pc.equal(c[24], "LF07"), _present(c[25])), "filled if and only if LF07", "仅LF07填报")
    demand(26, pc.equal(pc.equal(c[24], "LF05"), _present(c[26])), "filled if and only if LF05", "仅LF05填报")


def _between_of_customers(c: Columns, demand: Demand, day: str) -> None:
    demand(3, _mask(c[2], c[3]), "not a masked number", "不是脱敏后的证件号码")
    demand(8, _implies(_present(c[8]), pc.less(c[8], day)), "not before the day of the file", "不早于报告日")
    card = pc.equal(c[2], "B01")
    born = pc.utf8_slice_codeunits(c[3], 6, 14)
    filed = pc.replace_substring(c[8], "-", "")
    demand(8, _implies(card, pc.equal(born, filed)), "not the date of birth of the card", "与身份证出生日期不一致")


LAYOUTS: Mapping[str, Layout] = {
    "CLGRDK": Layout(
        27,
        _LOAN_FORMS
        | {14: (_AMOUNT, False), 24: (r"^FQ0[1-5]$", False), 25: (r"^LS0[1-4]$", False), 26: (r"^0[1-3]$", True)},
        {2: 30, 5: 60, 7: 100, 8: 100, 27: 3000},
        (27,),
        (10, 11, 12, 21),
        5,
        (7,),
        {"14 贷款余额": (14, None), "15 贷款余额折人民币": (15, None)},
        {"25 LS03": (25, "LS03")},
        _between_of_stock,
    ),
    "GRDKFS": Layout(
        29,
        _LOAN_FORMS
        | {14: (_ABOVE_ZERO, False), 24: (r"^LF(0[1-8]|99)$", False), 26: (r"^(01|02|09)$", True)}
        | {27: (r"^[01]$", False)},
        {2: 30, 5: 60, 7: 100, 8: 100, 25: 400, 28: 60, 29: 3000},
        (25, 29),
        (10, 11, 12, 21),
        5,
        (7, 27, 24),
        {"14 发放": (14, (27, "1")), "14 收回": (14, (27, "0")), "15 贷款发生金额折人民币": (15, None)},
        {},
        _between_of_flows,
        once=28,
    ),
    "GRKHXX": Layout(
        15,
        {
            1: (_CODE, False),
            2: (_ID_TYPE, False),
            4: (r"^[A-Z]{2}$", True),
            5: (r"^[0-9]{2}$", True),
            6: (r"^[0-9A-Z]{2}$", True),
            7: (r"^[0-9]{2}$", True),
            8: (_DAY, True),
            9: (_HOME, False),
            10: (_AMOUNT, True),
            11: (_AMOUNT, True),
            12: (r"^M0[1267]$", True),
            13: (r"^[01]$", True),
            14: (_AMOUNT, True),
            15: (_AMOUNT, False),
        },
        {3: 60},
        (),
        (8,),
        3,
        (2, 3),
        {"15 已用额度": (15, None)},
        {},
        _between_of_customers,
    ),
}
