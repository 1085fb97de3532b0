"""What is filed with the SEC: EX-102 of Form ABS-EE, auto loans, monthly, one asset per loan."""

from __future__ import annotations

from loantape.declare import Filing
from templates.parts.receipts import GENERIC
from templates.us_sec.filed import TABLES
from templates.us_sec.format_rules import format_rules, grains
from templates.us_sec.reader import read_back
from templates.us_sec.writer import prepare, render

FILING = Filing(
    regulator="us_sec",
    code="EX-102",
    en="SEC Form ABS-EE, exhibit EX-102: auto loans",
    zh="美国证监会ABS-EE表格附件EX-102：汽车贷款资产层级数据",
    jurisdiction="us",
    lender_types=(),
    needs_identity=False,
    render=render,
    read_back=read_back,
    prepare=prepare,
    outgoing=grains(),
    rules=format_rules(),
    tables=TABLES,
    notes_en=(
        "Schema version 1.5 (December 2016); a newer specification exists. Where the servicer sends no asset number, "
        "the loan key without its deal suffix is filed. Elements without a value are left out."
    ),
    notes_zh="采用1.5版（2016年12月）XSD；已有更新的规范。未提供资产编号时，填报去掉交易后缀的借据号。无值的元素不写出。",
    receipt=GENERIC,
)
