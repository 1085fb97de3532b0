"""What is filed as form G09 of the 1104 returns: internet loans, parts I to III, in a reconstructed layout."""

from __future__ import annotations

from loantape.declare import Filing
from templates.cn_nfra_g09.filed import filed_tables
from templates.cn_nfra_g09.outgoing import grains, prepare
from templates.cn_nfra_g09.reader import read_back
from templates.cn_nfra_g09.rules import RULES
from templates.cn_nfra_g09.writer import render
from templates.parts.receipts import GENERIC

FILING = Filing(
    regulator="cn_nfra_g09",
    code="G09",
    en="NFRA 1104 form G09: internet loans (reconstructed layout)",
    zh="金融监管总局1104报表G09：互联网贷款（重构版式）",
    jurisdiction="cn",
    lender_types=("BANK",),  # the form is named after commercial banks [S]
    needs_identity=False,
    needs_year=True,
    render=render,
    read_back=read_back,
    notes_en=(
        "RECONSTRUCTED: the official form and its notes were not found; lines follow descriptions in banks' programs"
        " [S]. Lines of the year to date need the submission of every month of the year. Without one, and for what the"
        " tape does not carry, they are empty, with the reason in the workbook."
    ),
    notes_zh=(
        "重构版式：未取得官方表样与填报说明，项目依据银行程序注释整理[S]。"
        "当年累计项目须有当年各月报送批次；缺月时及数据源未提供的项目留空，原因见工作簿。"
    ),
    prepare=prepare,
    outgoing=grains(),
    rules=RULES,
    receipt=GENERIC,
    tables=filed_tables(),
    dated=r"[0-9A-Z]{18}_G09_(?P<period>[0-9]{8})_reconstructed\.xlsx",
)
