"""What is seen over all lenders of a period: the tables and the ratios read off them.

Belongs here: which rows of a lender's tape the view is made of, which tables are shown, what each ratio is of. Not
here: worked examples (``market_examples``), putting lenders together (``loantape.market``), hiding small cells
(``loantape.privacy``), one lender's indicators (the other modules).

A borrower is a pseudonym: the same person at two lenders is one borrower where both pseudonyms were made with one key.
A loan without a pseudonym is a borrower of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import ibis

from loantape.declare import Confidence
from loantape.declare.market import MarketFigure, MarketTable
from transforms import UNKNOWN, band, names
from transforms.grains import stock
from transforms.market_examples import EXAMPLES as EXAMPLES
from transforms.members import PROVINCES

# Finer at the start than 1104's, which needs no more than 30, 60 and 90; the last takes all that is left
DAYS = (("0", 0), ("1-30", 30), ("31-60", 60), ("61-90", 90), ("91+", None))
CLASSES = ("1", "2", "3", "4", "5")
NON_PERFORMING = ("3", "4", "5")  # substandard, doubtful, loss: NFRA order 2023 No. 1, art. 10-12 [B-H]
LENDERS = (("1", 1), ("2", 2), ("3", 3), ("4", 4), ("5+", None))
PARTNER_MODES = ("JOINT", "REFERRAL")

# amounts of two decimals and percents of six whose product, of eight decimals, is within 64 bits
_FITS_AMOUNT, _FITS_PERCENT = 10**8, 900
_CENTS = "decimal(16, 0)"

_DAYS, _CLASSES, _LENDERS = names(DAYS), CLASSES, names(LENDERS)
_LATE = tuple(name for name in _DAYS if name != "0")

# dimension to its members in order; of those that name them all, ``unknown`` comes first, so that a borrower's worst
# state is unknown only where all are
MEMBERS: Mapping[str, tuple[str, ...]] = {
    "days": (UNKNOWN, *_DAYS),
    "risk": (UNKNOWN, *_CLASSES),
    "province": (*PROVINCES, UNKNOWN),
    "lenders": _LENDERS,
    "mode": PARTNER_MODES,
}


def positions(tape: Mapping[str, Any]) -> Any:
    """One row per loan on the books of one lender; amounts in yuan where the tape gives them.

    ``annual_cost`` is what the loan costs a year at its all-in rate, to the cent, halves away from zero, 0 where no
    rate is given, and ``priced`` its balance where one is. ``partner`` is null where no partner is named, and
    ``unknown`` where the agreement was not delivered. ``province`` and ``risk`` are as delivered: what is no member is
    unknown.
    """
    loans, partner = stock(tape), tape["partner"]
    # an agreement delivered twice is a finding; here it must not make a loan count twice
    known = partner.group_by(agreement=partner.partner_agreement_no).aggregate(code=partner.partner_uscc.min())
    both = loans.left_join(known, loans.partner_agreement_no == known.agreement)
    zero = ibis.literal(0).cast("decimal(18, 2)")
    cost = _yuan_times_percent(loans.balance, loans.all_in_cost_pct)
    priced = loans.all_in_cost_pct.notnull()
    return both.select(
        "iou_no",
        "borrower_pid",
        mode=loans.coop_mode,
        province=loans.borrower_region.left(2),
        days=band(loans.days_past_due, DAYS).fill_null(UNKNOWN),
        risk=loans.five_class,
        partner=(loans.coop_mode.isin(PARTNER_MODES)).ifelse(known.code.fill_null(UNKNOWN), ibis.null(str)),
        balance=loans.balance.fill_null(zero).cast("decimal(18, 2)"),
        overdue=loans.overdue_1104_amount.fill_null(zero).cast("decimal(18, 2)"),
        provision=loans.provision_amount.fill_null(zero).cast("decimal(18, 2)"),
        priced=priced.ifelse(loans.balance.fill_null(zero), zero).cast("decimal(18, 2)"),
        annual_cost=cost.fill_null(zero),
    )


def _yuan_times_percent(amount: Any, percent: Any) -> Any:
    """An amount times a percentage, to the cent; yuan times percent are cents. Dividing would go through a float."""
    narrow = (amount.abs() < _FITS_AMOUNT) & (percent.abs() < _FITS_PERCENT)
    exact = amount.cast("decimal(28, 8)") * percent.cast("decimal(28, 8)")
    # 64 bits hold nearly every loan's product, and are ten times as fast
    cents = ibis.cases((narrow, (amount * percent.cast("decimal(18, 6)")).cast(_CENTS)), else_=exact.cast(_CENTS))
    return (cents * ibis.literal(Decimal("0.01"), "decimal(18, 2)")).cast("decimal(18, 2)")


TABLES = (
    MarketTable(
        "borrowers",
        "borrower",
        ("province", "lenders", "days"),
        (("province", "lenders"), ("province", "days"), ("lenders", "days")),
        "Borrowers by province, number of lenders and days past due of their latest loan, and what they owe together.",
        "借款人及其合计余额：按省份、共债机构数、最长逾期天数",
        counts="borrowers",
        amounts={"balance": "balance"},
        members={one: MEMBERS[one] for one in ("province", "lenders", "days")},
        fixed=True,
    ),
    MarketTable(
        "quality",
        "position",
        ("lender", "days", "risk"),
        (("lender", "days"), ("lender", "risk"), ("days", "risk")),
        "Balance by lender, days past due and risk class.",
        "贷款余额：按机构、逾期天数、五级分类",
        amounts={"balance": "balance"},
        members={one: MEMBERS[one] for one in ("days", "risk")},
        fixed=True,
    ),
    MarketTable(
        "size",
        "position",
        ("lender",),
        (("lender",),),
        "Borrowers and loans of each lender; the total counts a borrower once for each lender.",
        "各机构借款人数及贷款笔数（合计按机构重复计数）",
        counts="customers",
        numbers={"loans": "loans"},
    ),
    MarketTable(
        "pricing",
        "position",
        ("lender",),
        (("lender",),),
        "Balance with a stated all-in cost, and what it costs a year.",
        "已列明综合融资成本的余额及其年成本",
        amounts={"priced_balance": "priced", "annual_cost": "annual_cost"},
    ),
    MarketTable(
        "overdue",
        "position",
        ("lender",),
        (("lender",),),
        "Overdue amount by the 1104 rule.",
        "逾期金额（1104口径）",
        amounts={"overdue_amount": "overdue"},
    ),
    MarketTable(
        "provisions",
        "position",
        ("lender",),
        (("lender",),),
        "Loss provisions.",
        "贷款减值准备",
        amounts={"provision": "provision"},
    ),
    MarketTable(
        "partners",
        "partner",
        ("partner", "mode"),
        (("partner", "mode"),),
        "Balance of loans made together with each partner, over all lenders: funded jointly, or referred.",
        "各合作方在全部机构的合作贷款余额：联合贷款、引流",
        amounts={"balance": "balance"},
        members={"mode": MEMBERS["mode"]},
    ),
)

_BALANCE = ("quality", "balance")

FIGURES = (
    MarketFigure(
        "MKT-OVERDUE", "quality", "balance", _BALANCE,
        "Balance of loans overdue by a day or more over all loans.", "逾期贷款率（按余额）",
        "balance where days past due > 0 / balance", "the whole balance of a loan that is late", Confidence.OWN,
        "days", _LATE, ("lender",), True,
    ),
    MarketFigure(
        "MKT-OVERDUE-1104", "overdue", "overdue_amount", _BALANCE,
        "Overdue amount by the 1104 rule over all loans.", "逾期金额占比（1104口径）",
        "overdue_1104_amount / balance", "1104 filling notes in two banks' returns", Confidence.SECONDARY,
        by=("lender",), is_watched=True,
    ),
    MarketFigure(
        "MKT-30P", "quality", "balance", _BALANCE,
        "Loans more than 30 days past due over all loans.", "逾期30天以上贷款率",
        "balance where days past due > 30 / balance", "1104 G11 day buckets", Confidence.SECONDARY,
        "days", ("31-60", "61-90", "91+"), ("lender",), True,
    ),
    MarketFigure(
        "MKT-90P", "quality", "balance", _BALANCE,
        "Loans more than 90 days past due over all loans.", "逾期90天以上贷款率",
        "balance where days past due > 90 / balance", "1104 G11 day buckets", Confidence.SECONDARY,
        "days", ("91+",), ("lender",), True,
    ),
    MarketFigure(
        "MKT-NPL", "quality", "balance", _BALANCE,
        "Non-performing loans over all loans: substandard, doubtful and loss.", "不良贷款率",
        "balance of classes 3, 4 and 5 / balance", "Risk classification measures 2023, art. 10-12",
        Confidence.BACKGROUND_HIGH, "risk", NON_PERFORMING, ("lender",), True,
    ),
    MarketFigure(
        "MKT-COST", "pricing", "annual_cost", ("pricing", "priced_balance"),
        "All-in cost of a year, weighted with the balance, of loans that state one.", "加权平均年化综合融资成本",
        "sum of balance times all-in cost, each loan to the cent / balance of loans with an all-in cost",
        "金规〔2026〕2号, annualised all-in cost", Confidence.SECONDARY,
        by=("lender",), is_watched=True,
    ),
    MarketFigure(
        "MKT-PROVISION", "provisions", "provision", _BALANCE,
        "Loss provisions over all loans.", "拨贷比",
        "provision / balance", "PBoC form 20202017 over 20202002", Confidence.PRIMARY,
        by=("lender",),
    ),
    MarketFigure(
        "MKT-MULTI", "borrowers", "borrowers", ("borrowers", "borrowers"),
        "Borrowers with two lenders or more over all borrowers.", "多头借贷借款人占比",
        "borrowers with 2, 3, 4, 5 or more lenders / borrowers", "industry practice, no rule", Confidence.OWN,
        "lenders", ("2", "3", "4", "5+"), ("province", "days"),
    ),
    MarketFigure(
        "MKT-MULTI-BALANCE", "borrowers", "balance", ("borrowers", "balance"),
        "What borrowers with two lenders or more owe, over all loans.", "多头借贷余额占比",
        "joint balance of borrowers with 2, 3, 4, 5 or more lenders / balance", "industry practice, no rule",
        Confidence.OWN, "lenders", ("2", "3", "4", "5+"), ("province",),
    ),
    MarketFigure(
        "MKT-MULTI-OVERDUE", "borrowers", "balance", ("borrowers", "balance"),
        "What borrowers owe who are late with any loan, over what all owe, by number of lenders.",
        "按共债机构数的逾期借款人余额占比",
        "joint balance of borrowers whose longest days past due > 0 / joint balance", "industry practice, no rule",
        Confidence.OWN, "days", _LATE, ("lenders", "province"),
    ),
    MarketFigure(
        "MKT-MULTI-90P", "borrowers", "borrowers", ("borrowers", "borrowers"),
        "Borrowers more than 90 days late with any loan over all borrowers, by number of lenders.",
        "按共债机构数的逾期90天以上借款人占比",
        "borrowers whose longest days past due > 90 / borrowers", "industry practice, no rule",
        Confidence.OWN, "days", ("91+",), ("lenders", "province"),
    ),
    MarketFigure(
        "MKT-PARTNERED", "partners", "balance", _BALANCE,
        "Loans made together with any partner over all loans.", "合作贷款余额占比",
        "balance where coop_mode is JOINT or REFERRAL / balance", "EAST 502 业务模式", Confidence.PRIMARY,
    ),
    MarketFigure(
        "MKT-PARTNER", "partners", "balance", ("partners", "balance"),
        "Share of each partner in the balance of loans made with partners, over all lenders.",
        "各合作方在全部合作贷款中的占比",
        "balance with the partner over all lenders / balance with all partners", "1104 G09_II, over all lenders",
        Confidence.OWN, by=("partner",), is_watched=True, is_share=True,
    ),
)  # fmt: skip

BANDS = tuple(f"joint_exposure_band_{number}_amount" for number in (1, 2, 3, 4))  # limits, in ascending order
TOP = (1, 3, 5, 10)  # largest partners whose share together is told
