"""Write the small strange file beside this script: a fictional lender's loans, pipes between, GB18030.

Belongs here: rows that anybody can see are made up, with the habits such files have. People, documents (region 999999
does not exist) and phones (all 19900…) are nobody's.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

TARGET = Path(__file__).with_name("loan_detail_20261031.txt")
ROWS = 120
HEADER = (
    *("借据号", "合同编号", "客户姓名", "证件类型", "证件号码", "手机号", "放款日期", "到期日", "贷款金额(元)"),
    *("贷款余额（万元）", "年利率", "期数", "还款方式", "逾期天数", "五级分类", "借据状态", "担保方式", "是否首贷"),
    *("客户经理工号", "备注", "数据日期"),
)
_SURNAMES = "张王李赵陈杨黄周吴徐"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999
_REPAYMENTS = ("等额本息", "等额本金", "先息后本", "到期还本付息")


def row(number: int) -> str:
    """One record, the same for the same number."""
    start = date(2025, 1, 6) + timedelta(days=number * 5 % 600)
    months = (12, 24, 36)[number % 3]
    amount = 5_000 + number * 731 % 95_000
    overdue = (0, 0, 0, 0, 12, 0, 0, 45, 0, 100)[number % 10]
    born = date(1970, 1, 1) + timedelta(days=number * 97)
    seventeen = f"999999{born:%Y%m%d}{number:03d}"
    check = "10X98765432"[sum(int(one) * weight for one, weight in zip(seventeen, _WEIGHTS, strict=True)) % 11]
    phone = f"199000{number:05d}"
    if number % 40 == 7:
        phone = phone.translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})
    day = f"{start:%Y/%m/%d}" if number % 4 else f"{start:%Y%m%d}"
    balance = f"{amount * (number % 7 + 1) / 80_000:.6f}"
    risk = "正常" if overdue == 0 else "关注" if overdue < 30 else "次级" if overdue < 90 else "可疑"
    return "|".join(
        (
            f"JJ2026{number:06d}",
            f"HT-2026-{number:05d}",
            f"{_SURNAMES[number % 10]}样{'甲乙丙丁戊己庚辛'[number % 8]}",
            "身份证",
            seventeen + check,
            phone,
            day,
            f"{start + timedelta(days=months * 30):%Y/%m/%d}",
            f"{amount:,}.00",
            balance,
            f"{0.048 + number % 9 * 0.0125:.4f}",
            str(months),
            _REPAYMENTS[number % 4],
            str(overdue) if overdue else "-",
            risk,
            "逾期" if overdue else "正常",
            "信用" if number % 5 else "保证",
            "是" if number % 3 else "否",
            f"M{number % 6:03d}",
            "" if number % 15 else "电话已核实，客户要求短信通知",
            "20261031",
        )
    )


def content() -> bytes:
    """The whole file: header, records, a trailer with the number of records."""
    lines = ["|".join(HEADER), *(row(number) for number in range(1, ROWS + 1)), f"合计|{ROWS}"]
    return "".join(line + "\r\n" for line in lines).encode("gb18030")


if __name__ == "__main__":
    TARGET.write_bytes(content())
