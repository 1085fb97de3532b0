"""The lines of G09_I: number, words, and how each figure is made of the internet loans of the tape.

Belongs here: the reconstructed list of lines and the formula of each. Not here: the relation they are said of
(outgoing.py) or the workbook (writer.py). The official form and its filling notes were not found: numbers and words
follow descriptions in banks' own programs [S], and so does nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, StrEnum

from schemas.tape import codes
from templates.cn_nfra_g09 import year
from transforms.delinquency.classes import CLASSES


class Measure(StrEnum):
    """What a line counts, as SQL over the loans its condition names."""

    OWN = "coalesce(sum(own_cny), 0)"  # the part of the balance that the bank itself funds, yuan
    PARTNER = "coalesce(sum(partner_cny), 0)"
    BORROWERS = "count(DISTINCT borrower_pid)"
    PARTNERS = "count(DISTINCT partner_uscc)"


class OfYear(Enum):
    """What a line of the year to date counts: relation (year.py), first month it needs, SQL over its rows.

    A sum is empty where one of its loans has no such figure.
    """

    BORROWERS = (year.GRANTED, year.OPENING + 1, "count(DISTINCT borrower_pid)")
    OWN = (year.GRANTED, year.OPENING + 1, "sum(own_cny)")
    INTEREST = (year.GRANTED, year.OPENING + 1, "sum(interest_cny)")
    FORMED = (year.FORMED, year.OPENING, "sum(own_cny)")
    PAID = (year.PAID, year.OPENING + 1, "sum(own_cny)")

    @property
    def relation(self) -> str:
        """Where its rows are."""
        return self.value[0]

    @property
    def since(self) -> int:
        """The first month whose tape it needs."""
        return self.value[1]

    @property
    def aggregate(self) -> str:
        """Over the rows."""
        return self.value[2]


class Absent(StrEnum):
    """Why a line is left empty: no figure is made up. English, then Chinese."""

    APPLICATIONS = "the tape has customers with loans, not those recommended or approved · 数据源无推荐及授信客户信息"
    DISPOSED = "the descriptions do not say which ways of disposal count · 未取得处置方式口径"
    BUSINESS = "the tape does not say whose business is small · 数据源无小微企业标识"
    KIND = (
        "the tape has banks, trusts and consumer finance companies as one kind · 数据源不区分银行、信托、消费金融公司"
    )
    ROLE = "the tape does not say who assesses risk for the bank · 数据源无风险评价服务信息"


@dataclass(frozen=True)
class Item:
    """One line: number, Chinese and English words, and its figure, or why it has none.

    ``where`` is an SQL condition over the internet loans on the books, or over the relation of the year to date.
    """

    number: str
    zh: str
    en: str
    measure: Measure | OfYear | Absent
    where: str = "TRUE"

    @property
    def formula(self) -> str:
        """The figure as a person checks it."""
        if isinstance(self.measure, OfYear):
            return f"{self.measure.aggregate} FROM {self.measure.relation} WHERE {self.where}"
        return (
            str(self.measure.value) if isinstance(self.measure, Absent) else f"{self.measure.value} WHERE {self.where}"
        )

    @property
    def is_count(self) -> bool:
        """Whether its figures are whole numbers."""
        return self.measure in (Measure.BORROWERS, Measure.PARTNERS, OfYear.BORROWERS)


# days past due, from and to [S]
BUCKETS = ((0, 0), (1, 30), (31, 60), (61, 90), (91, 360), (361, None))
_TERMS = ((0, 6), (6, 12), (12, 36), (36, None))
_AGES = ((0, 25), (26, 35), (36, 45), (46, 55), (56, None))
_GUARANTEES = (
    ("信用", "Unsecured", ("D",)),
    ("保证", "Guaranteed", ("C01", "C99")),
    ("抵质押", "Secured", ("A", "B01", "B99")),
)
_ENHANCERS = (
    ("GUARANTEE_INSURANCE", "保证保险"), ("CREDIT_INSURANCE", "信用保险"), ("GUARANTOR", "融资担保公司"),
    ("OTHER", "其他机构"),
)  # fmt: skip
FUNDS = "coop_mode = 'JOINT' AND channel IS DISTINCT FROM 'OWN_APP'"  # the customers are the partner's
INFORMS = "coop_mode = 'JOINT' AND channel = 'OWN_APP'"  # the customers are the bank's
_NEW = "NOT is_restructured"  # of what was granted in the year
ALONE = "coop_mode = 'REFERRAL'"  # the bank funds alone what a partner brought


def _between(column: str, low: int, high: int | None) -> str:
    return f"{column} >= {low}" if high is None else f"{column} BETWEEN {low} AND {high}"


def _balances() -> Iterator[Item]:
    yield Item("1", "互联网贷款余额", "Internet loans outstanding, own funds", Measure.OWN)
    for n, code in enumerate(CLASSES, 1):
        en, zh = codes.FIVE_CLASS[code]
        yield Item(f"1.1.{n}", f"五级分类：{zh}", f"Risk class: {en}", Measure.OWN, f"five_class = '{code}'")
    for n, (low, high) in enumerate(BUCKETS, 1):
        zh = "未逾期" if high == 0 else f"逾期{low}-{high}天" if high else "逾期360天以上"
        en = "Not overdue" if high == 0 else f"Overdue {low}-{high} days" if high else "Overdue over 360 days"
        yield Item(f"1.2.{n}", zh, en, Measure.OWN, _between("days_past_due", low, high))
    for n, (zh, en, kinds) in enumerate(_GUARANTEES, 1):
        listed = ", ".join(f"'{kind}'" for kind in kinds)
        yield Item(f"1.3.{n}", f"担保方式：{zh}", f"Guarantee: {en}", Measure.OWN, f"guarantee_type IN ({listed})")
    for n, (over, to) in enumerate(_TERMS, 1):
        if not to:
            zh, en = f"贷款期限：{over}个月以上", f"Term: over {over} months"
        elif not over:
            zh, en = f"贷款期限：{to}个月以下（含）", f"Term: to {to} months"
        else:
            zh, en = f"贷款期限：{over}-{to}个月（含）", f"Term: over {over} to {to} months"
        parts = [f"matures_on > start_date + INTERVAL {over} MONTH"] if over else []
        parts += [f"matures_on <= start_date + INTERVAL {to} MONTH"] if to else []
        yield Item(f"1.4.{n}", zh, en, Measure.OWN, " AND ".join(parts))
    for n, (low, high) in enumerate(_AGES, 1):
        if not high:
            zh, en = "借款人年龄：55岁以上", "Age: over 55"
        elif not low:
            zh, en = f"借款人年龄：{high}岁以下（含）", f"Age: to {high}"
        else:
            zh, en = f"借款人年龄：{low}-{high}岁", f"Age: {low}-{high}"
        yield Item(f"1.5.{n}", zh, en, Measure.OWN, _between("age", low, high))
    yield Item(
        "1.6.1", "采用自主支付方式发放的贷款余额", "Paid to the borrower", Measure.OWN, "payment_method = 'SELF'"
    )
    yield Item("1.6.2", "用于小微企业的贷款余额", "Used by small enterprises", Absent.BUSINESS)


def _partners() -> Iterator[Item]:
    for n, zh, en, where in (
        (1, "本机构主要作为资金提供方", "the bank mainly funds", FUNDS),
        (2, "本机构主要作为信息提供方", "the bank mainly informs", INFORMS),
    ):
        yield Item(f"8.{n}.1", f"（{zh}）共同出资合作机构家数", f"Co-lenders ({en})", Measure.PARTNERS, where)
        yield Item(f"8.{n}.2", f"（{zh}）本机构出资发放贷款余额", f"Own funds ({en})", Measure.OWN, where)
        yield Item(
            f"8.{n}.2.1",
            "其中：合作方提供增信",
            "of which enhanced by a partner",
            Measure.OWN,
            f"{where} AND enhanced_amount > 0",
        )
        yield Item(f"8.{n}.3", f"（{zh}）合作方出资发放贷款余额", f"Partners' funds ({en})", Measure.PARTNER, where)
        for k, kind in enumerate(("商业银行", "信托公司", "消费金融公司"), 1):
            yield Item(f"8.{n}.3.{k}", f"其中：{kind}", f"of which {kind}", Absent.KIND)
        yield Item(
            f"8.{n}.3.4",
            "其中：小额贷款公司",
            "of which small-loan companies",
            Measure.PARTNER,
            f"{where} AND partner_type = 'MICRO'",
        )
        yield Item(f"8.{n}.4", "合作方当年累计推荐客户户数", "Customers recommended this year", Absent.APPLICATIONS)
        yield Item(f"8.{n}.4.1", "本行当年累计通过授信客户户数", "of which approved", Absent.APPLICATIONS)
    yield Item("8.3.1", "（本机构单独出资）合作机构家数", "Partners, the bank funding alone", Measure.PARTNERS, ALONE)
    yield Item(
        "8.3.1.1",
        "其中：提供担保增信",
        "of which enhancing",
        Measure.PARTNERS,
        f"{ALONE} AND partner_service = 'ENHANCEMENT'",
    )
    yield Item("8.3.1.2", "其中：提供部分风险评价服务", "of which assessing risk", Absent.ROLE)
    yield Item("8.3.2", "合作发放贷款余额", "Loans made with them", Measure.OWN, ALONE)
    yield Item(
        "8.3.3", "合作方提供担保增信的贷款余额", "of which enhanced", Measure.OWN, f"{ALONE} AND enhanced_amount > 0"
    )
    for n, (kind, zh) in enumerate(_ENHANCERS, 1):
        where = f"{ALONE} AND enhanced_amount > 0 AND enhancer_type = '{kind}'"
        yield Item(f"8.3.3.{n}", f"其中：{zh}", f"of which {codes.ENHANCER_TYPE[kind][0].lower()}", Measure.OWN, where)


ITEMS: tuple[Item, ...] = (
    *_balances(),
    Item("2", "有贷款余额户数", "Borrowers with a balance", Measure.BORROWERS, "balance_cny > 0"),
    Item("3", "当年累计发放贷款户数", "Borrowers granted loans this year", OfYear.BORROWERS),
    Item("4", "当年累放贷款额（不含重组）", "Granted this year, restructured left out", OfYear.OWN, _NEW),
    Item("5", "当年累放贷款年化利息收益", "Annual interest of loans granted this year", OfYear.INTEREST, _NEW),
    Item("6.1", "当年累计形成不良贷款金额", "Become non-performing this year", OfYear.FORMED),
    Item("6.2", "当年已处置不良贷款金额", "Non-performing loans disposed of this year", Absent.DISPOSED),
    Item("7", "当年累计担保代偿金额", "Paid by guarantors this year", OfYear.PAID),
    *_partners(),
)
