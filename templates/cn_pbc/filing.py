"""What is filed with the PBoC: stock, flows and customers of personal loans every month, two forms every quarter."""

from __future__ import annotations

from loantape.declare import Filing
from templates.cn_pbc.columns import TABLES
from templates.cn_pbc.cross_rules import cross_rules
from templates.cn_pbc.filed import filed_tables
from templates.cn_pbc.format_rules import column_rules, grain_of
from templates.cn_pbc.reader import read_back
from templates.cn_pbc.table_rules import GRAINS, table_rules
from templates.cn_pbc.tables import prepare
from templates.cn_pbc.writer import render
from templates.parts.receipts import GENERIC

FILING = Filing(
    regulator="cn_pbc",
    code="CLGRDK, GRDKFS, GRKHXX, 20202, 20203",
    en="PBoC financial base data: personal loans",
    zh="人民银行金融基础数据：个人贷款",
    jurisdiction="cn",
    # small-loan companies are counted as non-financial enterprises and do not report here [S]; consumer finance
    # companies do [B-M]
    lender_types=("BANK", "CFC", "TRUST", "AFC"),
    needs_identity=True,
    render=render,
    read_back=read_back,
    notes_en=(
        "Specification V2.1 (December 2023). Stock, flows since the month before and customers, monthly; forms 20202 "
        "and 20203 at quarter ends, for consumer finance and auto finance companies, with the items the tape carries. "
        "Small-loan companies do not report here."
    ),
    notes_zh=(
        "采集规范V2.1（2023年12月）。每月报送存量、自上月以来的发生额和客户信息；季末由消费金融公司、汽车金融公司另报20202、20203表中数据"
        "可得的指标。小额贷款公司不在此报送。"
    ),
    needs_previous=True,
    prepare=prepare,
    outgoing=(*(grain_of(table) for table in TABLES), *GRAINS),
    tables=filed_tables(),
    rules=(*column_rules(), *cross_rules(), *table_rules()),
    receipt=GENERIC,
    dated=r"(?:[0-9A-Z]{18}_[A-Z]+_|B[IJ][0-9A-Z]{18})(?P<period>[0-9]{8})(?:[0-9]{5})?\.[a-z]+",
)
