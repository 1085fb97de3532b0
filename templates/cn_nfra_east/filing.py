"""What is filed as EAST 5.0: nine tables of consumer loans and the two workbooks that go with them, monthly."""

from __future__ import annotations

from loantape.declare import Filing
from templates.cn_nfra_east.filed import filed_tables
from templates.cn_nfra_east.outgoing import grains, prepare
from templates.cn_nfra_east.reader import read_back, rule_results
from templates.cn_nfra_east.rules import rules
from templates.cn_nfra_east.writer import render
from templates.parts.receipts import GENERIC

FILING = Filing(
    regulator="cn_nfra_east",
    code="EAST 5.0",
    en="NFRA EAST 5.0: loan tables of persons",
    zh="金融监管总局EAST 5.0：个人信贷相关表",
    jurisdiction="cn",
    # annex 1 lists banks of every kind and wealth companies, not consumer finance or small-loan companies [P]
    lender_types=("BANK",),
    needs_identity=True,
    render=render,
    read_back=read_back,
    notes_en=(
        "银保监办发〔2022〕7号. Tables 409, 410, 501, 502, 503, 513, 701, 702 and 705, as far as the tape carries them:"
        " what it does not carry is the format's default, and the README says why. Check rules are the draft ones."
    ),
    notes_zh=(
        "银保监办发〔2022〕7号。含409、410、501、502、503、513、701、702、705表；"
        "数据源未提供的数据项按规范缺省值填报，原因见README。校核规则为征求意见稿。"
    ),
    prepare=prepare,
    outgoing=grains(),
    rules=rules(),
    receipt=GENERIC,
    tables=filed_tables(),
    dated=r"(?:.+-|.+（)(?P<period>[0-9]{8})(?:\.txt|）\.xlsx)",
    rule_results=rule_results,
)
