"""How one loan's rate came about, for a person with a calculator, in English and Chinese.

Belongs here: the working in words and numbers. Not here: any arithmetic of its own but the discounting it shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction

from transforms.apr.methods import METHODS, PRICED, SEVERAL_RATES, STATUSES_ZH
from transforms.apr.periods import FIND
from transforms.apr.priced import Priced, Times

_CONFIDENCE = {
    "P": "read in the primary text 已核对原文",
    "S": "read in secondary sources 据二手资料",
    "OWN": "a convention 惯例",
}
_STEPS = {
    "us_reg_z": (
        "q whole unit-periods and an odd fraction f, counted back from the later date",
        "自后一日期倒推整期数 q，零头天数折为 f",
    ),
    "us_reg_z_talc": (
        "whole unit-periods from the first of the month the loan begins in",
        "自贷款起始月一日起计整期数",
    ),
    "eu_ccd": (
        "years: whole periods counted back from the later date, then days over 365 or 366",
        "年数：自后一日期倒推整期，余下天数除以365或366",
    ),
    "cn_simple": (
        "months, counted back from the later date, odd days over 30",
        "月数：自后一日期倒推整月，零头天数除以30",
    ),
    "cn_compound": ("years: months over 12, odd days over 30 of a month", "年数：月数除以12，零头天数按每月30天折算"),
    "xirr": ("years by the basis", "按计息基准折算的年数"),
}


def explain(priced: Priced, loan: int) -> Iterator[str]:
    """Lines: the equation, each flow with its interval and discount, the sum, the root, the rate."""
    method = METHODS[priced.method]
    said = priced.table.loans[loan]
    times = priced.times(loan)
    yield f"loan 贷款: {said.name}"
    yield f"method 方法: {method.name} – {method.en} {method.zh}"
    yield f"source 依据: {method.source} ({_CONFIDENCE[method.confidence]})"
    yield f"equation 方程: {method.equation}"
    if priced.method == "xirr":
        yield f"basis 计息基准: {priced.basis}"
    en, zh = _STEPS[priced.method]
    yield f"intervals 期间: {en}; {zh}" if said.dated else "intervals 期间: as given 按所列"
    if said.dated and priced.unit(loan).kind != FIND:
        how = "given 已指定" if said.unit.kind != FIND else "found from the dates 据日期判定"
        yield f"unit-period 单位期间: {priced.unit(loan)} ({how})"
    if method.nominal:
        yield f"unit-periods a year 每年期数: w = {times.per_year}"
    yield ""
    status = int(priced.status[loan])
    if status in PRICED:
        yield from _working(priced, loan, times)
    else:
        yield from _flows(priced, loan, times, None)
        yield ""
    yield f"status 状态: {priced.state(loan)} {STATUSES_ZH[status]}"
    if status == SEVERAL_RATES:
        for pct in priced.all_pct(loan):
            yield f"a rate that solves it 方程的一个解: {pct} %"


def _working(priced: Priced, loan: int, times: Times) -> Iterator[str]:
    method = METHODS[priced.method]
    with localcontext(prec=40):
        growth = priced.exact_growth(loan)
        rate = growth.exp() - 1
        yield from _flows(priced, loan, times, growth)
        yield ""
        symbol = {"us_reg_z": "i", "us_reg_z_talc": "i", "cn_simple": "m", "eu_ccd": "X"}.get(priced.method, "r")
        yield f"root 方程的解: {symbol} = {rate:.16f}"
        if method.nominal:
            yield f"rate 年利率: 100 x {times.per_year} x {symbol} = {priced.text(loan)} %"
        elif priced.method == "cn_compound":
            monthly = (growth / 12).exp() - 1
            yield f"monthly 月利率: m = {monthly:.16f}"
            yield f"rate 年利率: 100 x ((1 + m)^12 - 1) = {priced.text(loan)} %"
        else:
            yield f"rate 年利率: 100 x {symbol} = {priced.text(loan)} %"


def _flows(priced: Priced, loan: int, times: Times, growth: Decimal | None) -> Iterator[str]:
    odd = any(times.odd)
    head = ["when 时间", "amount 金额", "interval 期间"] + (["odd f 零头"] if odd else [])
    if growth is not None:
        head += ["discount 折现系数", "worth 现值"]
    yield " | ".join(head)
    total = Decimal(0)
    for (amount, when), whole, part in zip(priced.flows(loan), times.whole, times.odd, strict=True):
        cells = [_when(when), f"{amount:f}", str(whole)] + ([str(part)] if odd else [])
        if growth is not None:
            factor = (-_decimal(whole) * growth).exp() / (1 + _decimal(part) * (growth.exp() - 1))
            total += amount * factor
            cells += [f"{factor:.12f}", f"{amount * factor:.8f}"]
        yield " | ".join(cells)
    if growth is not None:
        yield f"sum 合计: {total:.8f}"


def _when(when: date | Fraction) -> str:
    return when.isoformat() if isinstance(when, date) else str(when)


def _decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)
