"""Six fictional lenders: what each one lends, to whom, with which partners, and how its loans fall behind.

Belongs here: parameters, published as data so that anyone can compare a simulated book with them. Not here: the
machinery that draws from them. All figures are invented; shares are parts per million, rates percent times a million.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BUCKETS = 13  # 0 = current, b = the oldest unpaid instalment fell due b - 1 month-ends before this one
WRITTEN_OFF, CLOSED = BUCKETS, BUCKETS + 1  # the two last columns of a roll-rate matrix


@dataclass(frozen=True)
class RollRates:
    """Monthly moves between arrears buckets, in parts per million; what is left over rolls to the next bucket.

    ``cure`` pays everything due, ``improve`` two instalments, ``stay`` one; from the last bucket the rest is written
    off. Index 0 of the tuples is not used: from bucket 0 a borrower misses, prepays in full, or pays.
    """

    miss: int
    prepay: int
    cure: tuple[int, ...]
    improve: tuple[int, ...]
    stay: tuple[int, ...]
    write_off: tuple[int, ...]

    def matrix(self) -> np.ndarray:
        """From bucket (rows) to bucket, written off, closed (columns); each row sums to a million.

        It holds for loans whose schedule does not end this month; a loan that pays its last instalment closes.
        """
        table = np.zeros((BUCKETS, BUCKETS + 2), np.int64)
        table[0, 1], table[0, CLOSED] = self.miss, self.prepay
        table[0, 0] = 1_000_000 - self.miss - self.prepay
        for b in range(1, BUCKETS):
            table[b, 0] += self.cure[b]
            table[b, b - 1] += self.improve[b]
            table[b, b] += self.stay[b]
            table[b, WRITTEN_OFF] += self.write_off[b]
            table[b, min(b + 1, WRITTEN_OFF)] += 1_000_000 - table[b].sum()
        return table


@dataclass(frozen=True)
class Product:
    """One product; names are fictional. ``instalment_fee`` and ``upfront_fee`` are percent of the amount, times 1e6."""

    name: str
    share: int  # of the loans of its slot class (partnered or own)
    repay_method: str
    terms: tuple[int, ...]  # months
    amounts: tuple[int, int, int]  # yuan: least, most, step
    nominal: tuple[int, ...]
    product_class: str = "F0219"
    partnered: bool = False
    coop_mode: str = "SOLE"
    upfront_fee: int = 0  # per month of the term
    instalment_fee: int = 0  # with each instalment
    instalment_fee_type: str = "INSTALMENT_FEE"
    enhanced: int = 0  # part per million of the balance a guarantor stands for
    rate_type: str = "RF01"
    channel: str = "OWN_APP"
    is_internet_loan: bool = True


@dataclass(frozen=True)
class Partner:
    """One partner and its agreement; ``group`` joins affiliates."""

    name: str
    kind: str
    service: str
    group: str
    region: str


@dataclass(frozen=True)
class Archetype:
    """One fictional lender. ``number`` enters the random key and never changes."""

    name: str
    number: int
    archetype: str  # which kind of lender of the market it stands for
    institution_name: str
    lender_type: str
    prefix: str  # of its IOU numbers
    region: str
    shown_method: str
    products: tuple[Product, ...]
    rolls: RollRates
    partners: tuple[Partner, ...] = ()
    partnered_slots: int = 0  # part per million of the slots whose loans are made with a partner
    first_partnered_slot: int = 0  # so that limits on shares also hold for very small books
    tier1_base: int = 500_000_000  # yuan
    tier1_per_loan: int = 20_000  # yuan
    local: bool = False  # lends only where it is registered
    reports_credit: bool = True  # to the credit bureau
    encoding: str = "utf-8"


def _percent(*rates: str) -> tuple[int, ...]:
    return tuple(round(float(rate) * 1_000_000) for rate in rates)


_GOOD = RollRates(
    miss=14_000,
    prepay=22_000,
    cure=(0, 640_000, 340_000, 190_000, 110_000, 80_000, 60_000, 40_000, 30_000, 30_000, 20_000, 20_000, 20_000),
    improve=(0, 0, 100_000, 60_000, 40_000, 30_000, 20_000, 20_000, 10_000, 10_000, 10_000, 10_000, 10_000),
    stay=(0, 120_000, 120_000, 80_000, 60_000, 50_000, 40_000, 30_000, 30_000, 20_000, 20_000, 20_000, 20_000),
    write_off=(0, 0, 0, 0, 0, 0, 0, 200_000, 200_000, 200_000, 250_000, 250_000, 300_000),
)
_FAIR = RollRates(
    miss=24_000,
    prepay=28_000,
    cure=(0, 560_000, 280_000, 150_000, 90_000, 60_000, 50_000, 30_000, 30_000, 20_000, 20_000, 10_000, 10_000),
    improve=(0, 0, 110_000, 70_000, 40_000, 30_000, 20_000, 20_000, 10_000, 10_000, 10_000, 10_000, 10_000),
    stay=(0, 130_000, 110_000, 80_000, 60_000, 40_000, 40_000, 30_000, 30_000, 20_000, 20_000, 20_000, 20_000),
    write_off=(0, 0, 0, 0, 0, 0, 0, 450_000, 350_000, 300_000, 300_000, 300_000, 300_000),
)
_WEAK = RollRates(
    miss=38_000,
    prepay=18_000,
    cure=(0, 480_000, 220_000, 110_000, 70_000, 50_000, 30_000, 20_000, 20_000, 20_000, 10_000, 10_000, 10_000),
    improve=(0, 0, 120_000, 80_000, 50_000, 30_000, 20_000, 20_000, 10_000, 10_000, 10_000, 10_000, 10_000),
    stay=(0, 150_000, 120_000, 90_000, 70_000, 50_000, 40_000, 30_000, 30_000, 20_000, 20_000, 20_000, 20_000),
    write_off=(0, 0, 0, 0, 0, 0, 0, 120_000, 120_000, 150_000, 150_000, 200_000, 250_000),
)

_AGENCY = Partner("示例守约催收服务有限公司", "OTHER", "COLLECTION", "GRP-Y", "310101")

ARCHETYPES: dict[str, Archetype] = {
    one.name: one
    for one in (
        Archetype(
            name="demo_paylater",
            number=1,
            archetype="Consumer finance company with a revolving pay-later line at the checkout and bill instalments.",
            institution_name="示例先享消费金融有限公司",
            lender_type="CFC",
            prefix="PL",
            region="500103",
            shown_method="SIMPLE",
            products=(
                Product(
                    name="示例先享后付",
                    share=800_000,
                    repay_method="REVOLVING",
                    terms=(36,),
                    amounts=(500, 20_000, 100),
                    nominal=_percent("10.95", "14.6", "18.25"),
                    channel="CHECKOUT",
                ),
                Product(
                    name="示例账单分期",
                    share=200_000,
                    repay_method="EQUAL_INSTALMENT",
                    terms=(3, 6, 12),
                    amounts=(1_000, 10_000, 100),
                    nominal=_percent("7.2", "9.6"),
                    instalment_fee=150_000,
                    channel="CHECKOUT",
                ),
            ),
            rolls=_GOOD,
            partners=(_AGENCY,),
        ),
        Archetype(
            name="demo_cashloan",
            number=2,
            archetype="Consumer finance company lending cash in equal instalments through its own app.",
            institution_name="示例随借消费金融有限公司",
            lender_type="CFC",
            prefix="CL",
            region="330106",
            shown_method="SIMPLE",
            products=(
                Product(
                    name="示例随借金",
                    share=850_000,
                    repay_method="EQUAL_INSTALMENT",
                    terms=(3, 6, 12, 12, 24),
                    amounts=(1_000, 100_000, 100),
                    nominal=_percent("7.2", "10.8", "14.4", "18", "21.6"),
                ),
                Product(
                    name="示例周转金",
                    share=150_000,
                    repay_method="EQUAL_INSTALMENT",
                    terms=(6, 12),
                    amounts=(2_000, 50_000, 100),
                    nominal=_percent("12", "15"),
                    upfront_fee=80_000,
                ),
            ),
            rolls=_FAIR,
            partners=(_AGENCY,),
        ),
        Archetype(
            name="demo_colending",
            number=3,
            archetype="Commercial bank co-lending with platform partners that fund at least 30 % of each joint loan.",
            institution_name="示例联合银行股份有限公司",
            lender_type="BANK",
            prefix="CB",
            region="440305",
            shown_method="COMPOUND",
            products=(
                Product(
                    name="示例联合贷",
                    share=1_000_000,
                    repay_method="EQUAL_INSTALMENT",
                    terms=(6, 12, 12, 24),
                    amounts=(2_000, 80_000, 100),
                    nominal=_percent("9", "12.6", "16.2", "18"),
                    partnered=True,
                    coop_mode="JOINT",
                    channel="PLATFORM",
                ),
                Product(
                    name="示例自营贷",
                    share=700_000,
                    repay_method="EQUAL_INSTALMENT",
                    terms=(12, 12, 24, 36),
                    amounts=(5_000, 100_000, 100),
                    nominal=_percent("5.4", "7.2", "9"),
                    rate_type="RF02",
                ),
                Product(
                    name="示例等本贷",
                    share=300_000,
                    repay_method="EQUAL_PRINCIPAL",
                    terms=(12, 24),
                    amounts=(6_000, 96_000, 1_200),
                    nominal=_percent("6", "8.4"),
                ),
            ),
            rolls=_GOOD,
            local=True,
            partners=(
                Partner("示例微光网络小额贷款有限公司", "MICRO", "JOINT_LENDING", "GRP-A", "440305"),
                Partner("示例微光信息科技有限公司", "TECH", "MARKETING", "GRP-A", "440305"),
                Partner("示例远山网络小额贷款有限公司", "MICRO", "JOINT_LENDING", "GRP-B", "500103"),
                Partner("示例江岸银行股份有限公司", "BANK", "JOINT_LENDING", "GRP-C", "420106"),
                _AGENCY,
            ),
            partnered_slots=400_000,
            first_partnered_slot=50,
            tier1_per_loan=100_000,
        ),
        Archetype(
            name="demo_consumer_finance",
            number=4,
            archetype="Licensed consumer finance company with shops and guarantors standing for part of the book.",
            institution_name="示例惠民消费金融有限公司",
            lender_type="CFC",
            prefix="CF",
            region="120101",
            shown_method="COMPOUND",
            products=(
                Product(
                    name="示例担保分期",
                    share=1_000_000,
                    repay_method="EQUAL_INSTALMENT",
                    terms=(6, 12, 24),
                    amounts=(2_000, 40_000, 100),
                    nominal=_percent("9.6", "12", "14.4"),
                    partnered=True,
                    upfront_fee=30_000,
                    instalment_fee=120_000,
                    instalment_fee_type="GUARANTEE",
                    enhanced=900_000,
                ),
                Product(
                    name="示例商品分期",
                    share=650_000,
                    repay_method="EQUAL_INSTALMENT",
                    terms=(6, 12, 12, 18),
                    amounts=(1_000, 30_000, 100),
                    nominal=_percent("12", "15.6", "19.2"),
                    channel="BRANCH",
                    is_internet_loan=False,
                ),
                Product(
                    name="示例等本分期",
                    share=350_000,
                    repay_method="EQUAL_PRINCIPAL",
                    terms=(6, 12),
                    amounts=(1_200, 24_000, 1_200),
                    nominal=_percent("13.2", "16.8"),
                    channel="BRANCH",
                    is_internet_loan=False,
                ),
            ),
            rolls=_WEAK,
            partners=(
                Partner("示例稳健融资担保有限公司", "GUARANTOR", "ENHANCEMENT", "GRP-D", "120101"),
                Partner("示例安心融资担保有限公司", "GUARANTOR", "ENHANCEMENT", "GRP-E", "370102"),
                _AGENCY,
            ),
            partnered_slots=300_000,
            first_partnered_slot=50,
        ),
        Archetype(
            name="demo_platform",
            number=5,
            archetype="Small-loan company whose customers are brought by content and shopping platforms.",
            institution_name="示例引流网络小额贷款有限公司",
            lender_type="MICRO",
            prefix="PF",
            region="430102",
            shown_method="SIMPLE",
            products=(
                Product(
                    name="示例安心借",
                    share=1_000_000,
                    repay_method="EQUAL_INSTALMENT",
                    terms=(3, 6, 12, 12),
                    amounts=(1_000, 50_000, 100),
                    nominal=_percent("10.8", "14.4", "18", "21.6"),
                    partnered=True,
                    coop_mode="REFERRAL",
                    channel="PLATFORM",
                ),
            ),
            rolls=_FAIR,
            partners=(
                Partner("示例短视频信息科技有限公司", "TECH", "MARKETING", "GRP-F", "110105"),
                Partner("示例优选电子商务有限公司", "ECOMMERCE", "MARKETING", "GRP-G", "330106"),
                Partner("示例出行信息科技有限公司", "TECH", "MARKETING", "GRP-F", "110105"),
                _AGENCY,
            ),
            partnered_slots=1_000_000,
        ),
        Archetype(
            name="demo_microloan",
            number=6,
            archetype="Local small-loan company with its own funds; its systems still write GB18030.",
            institution_name="示例乡镇小额贷款有限公司",
            lender_type="MICRO",
            prefix="ML",
            region="340102",
            shown_method="SIMPLE",
            products=(
                Product(
                    name="示例应急贷",
                    share=600_000,
                    repay_method="EQUAL_INSTALMENT",
                    terms=(3, 6, 12),
                    amounts=(1_000, 30_000, 100),
                    nominal=_percent("14.4", "18", "21.6"),
                    upfront_fee=20_000,
                ),
                Product(
                    name="示例到期还",
                    share=400_000,
                    repay_method="BULLET",
                    terms=(1, 3, 6, 12),
                    amounts=(1_000, 20_000, 100),
                    nominal=_percent("15", "18", "21"),
                ),
            ),
            rolls=_WEAK,
            partners=(_AGENCY,),
            local=True,
            reports_credit=False,
            encoding="gb18030",
        ),
    )
}
