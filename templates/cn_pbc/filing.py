"""What is filed with the PBoC: table CLGRDK, the stock of personal loans, monthly, one row per IOU."""

from __future__ import annotations

from loantape.declare import Filing
from templates.cn_pbc.reader import read_back
from templates.cn_pbc.writer import render

FILING = Filing(
    regulator="cn_pbc",
    code="CLGRDK",
    en="PBoC financial base data: stock of personal loans",
    zh="人民银行金融基础数据：存量个人贷款信息",
    jurisdiction="cn",
    # small-loan companies are counted as non-financial enterprises and do not report here [S]; consumer finance
    # companies do [B-M]
    lender_types=("BANK", "CFC", "TRUST", "AFC"),
    needs_identity=True,
    render=render,
    read_back=read_back,
    notes_en=(
        "Specification V2.1 (December 2023). Written-off, transferred and closed loans are not stock. "
        "Column 20 (fiscal support) is empty. Small-loan companies do not report here."
    ),
    notes_zh="采集规范V2.1（2023年12月）。核销、转让、结清的贷款不在存量之内。第20列（财政扶持方式）为空。小额贷款公司不在此报送。",
)
