"""Complaints: how many there are, how long they take, how they end.

Belongs here: counts, rates and times over the complaints of the period. Not here: the rule on one complaint
(schemas/rules/complaints.py). A delivery has the complaints that were open in its month; time runs from the day of
receipt, and the terms are those in force on it. Extensions are not looked at here: beyond a term is beyond it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import ibis

from loantape.declare import Confidence, Indicator
from schemas.tape.codes import COMPLAINT_RESULT, COMPLAINT_TOPIC
from transforms import amount, by, indicator, ratio, rows, shares, where
from transforms.dated import in_force
from transforms.distributions import no_sum, quantiles
from transforms.reading import reading

TIMES = (50, 90, 100)  # percents: the median, the 90th percentile, the longest
_PER = 10_000
_ORDER = "银行业保险业消费投诉处理管理办法 (银保监会令2020年第3号)"
_BOOK = {
    "complaint": rows(
        "complaint_no complaint_topic received_on decided_on complaint_result",
        ("c1", "PRICING", "2026-10-01", "2026-10-16", "REJECTED"),
        ("c2", "PRICING", "2026-10-01", "2026-10-17", "UPHELD"),
        ("c3", "COLLECTION", "2026-09-15", "2026-10-16", "PARTLY"),
        ("c4", "SERVICE", "2026-08-01", "2026-10-01", "WITHDRAWN"),
        ("c5", "PRIVACY", "2026-10-31", None, None),
        ("c6", "PRIVACY", "2026-10-15", None, None),
        ("c7", "PRIVACY", "2026-08-31", None, None),
    ),
    "institution": rows("institution_name snapshot_date", ("Lender", "2026-10-31")),
    "loan": rows("iou_no loan_status", *[(f"L{i}", "LS01") for i in range(8)], ("closed", "LF01")),
}


@indicator(
    "CMP-RECEIVED",
    unit="count",
    grain="complaints",
    dimension="complaint_topic",
    en="Complaints received in the month, by what they are about.",
    zh="本月受理投诉件数（按投诉事项）",
    formula="count of complaints per complaint_topic, received in the month of the reporting date",
    notation="#{c: received in the month, topic k}",
    cites=_ORDER,
    confidence=Confidence.OWN,
    jurisdictions=("cn",),
    example=(
        _BOOK,
        {
            "PRICING": Decimal(2),
            "COLLECTION": Decimal(0),
            "PRIVACY": Decimal(2),
            "SERVICE": Decimal(0),
            "OTHER": Decimal(0),
        },
    ),
)
def received(complaints: Any) -> Any:
    new = complaints.filter(complaints.is_new)
    return by(new, new.complaint_topic, numerator=new.count(), members=tuple(COMPLAINT_TOPIC))


@indicator(
    "CMP-RATE",
    unit="per_10000",
    grain="complaints",
    en="Complaints received in the month per 10,000 loans on the books.",
    zh="每万笔贷款本月受理投诉件数",
    formula="10,000 x count of complaints received in the month of the reporting date / count of loans",
    notation="10 000 · #{c: received in the month} / n",
    cites=f"{_ORDER}; the rate is ours",
    confidence=Confidence.OWN,
    jurisdictions=("cn",),
    example=(_BOOK, {"": Decimal(5000)}),
)
def complaint_rate(complaints: Any, stock: Any) -> Any:
    new = ibis.coalesce(where(complaints.is_new, ibis.literal(_PER)).sum(), ibis.literal(0))
    return ratio(new, stock.count())


@indicator(
    "CMP-DAYS",
    unit="days",
    grain="complaints",
    dimension="quantile",
    en="Days from receipt to the decision: median, 90th percentile and longest of the complaints decided.",
    zh="投诉处理天数：中位数、90分位数与最长天数",
    formula="decided_on - received_on: the value in place ceil(p n / 100) of n decided ones, shortest first (nearest "
    "rank)",
    notation="q_p = d_(⌈p n / 100⌉), d_(1) ≤ … ≤ d_(n)",
    cites=f"{_ORDER}; nearest rank is our convention",
    confidence=Confidence.OWN,
    jurisdictions=("cn",),
    unlisted=no_sum("CMP-BEYOND"),
    example=(_BOOK, {"50": Decimal(16), "90": Decimal(61), "100": Decimal(61)}),
)
def days_to_decide(complaints: Any) -> Any:
    decided = complaints.filter(~complaints.is_open)
    return quantiles(decided, decided.days, TIMES)


@indicator(
    "CMP-OPEN",
    unit="count",
    grain="complaints",
    en="Complaints not decided on the reporting date.",
    zh="报送日尚未处理的投诉件数",
    formula="count of complaints without decided_on",
    notation="#{c open}",
    cites=_ORDER,
    confidence=Confidence.OWN,
    jurisdictions=("cn",),
    example=(_BOOK, {"": Decimal(3)}),
)
def open_complaints(complaints: Any) -> Any:
    return amount(where(complaints.is_open, ibis.literal(1)).sum())


@indicator(
    "CMP-RESULT",
    unit="fraction",
    grain="complaints",
    dimension="complaint_result",
    en="Share of each result in the complaints decided.",
    zh="已处理投诉各处理结果占比",
    formula="count of complaints decided per complaint_result / count of complaints decided",
    notation="#{c decided with result k} / #{c decided}",
    cites=_ORDER,
    confidence=Confidence.OWN,
    jurisdictions=("cn",),
    example=(
        _BOOK,
        {
            "UPHELD": Decimal("0.25"),
            "PARTLY": Decimal("0.25"),
            "REJECTED": Decimal("0.25"),
            "WITHDRAWN": Decimal("0.25"),
        },
    ),
)
def results(complaints: Any) -> Any:
    decided = complaints.filter(~complaints.is_open)
    return shares(decided, decided.complaint_result, decided.one, tuple(COMPLAINT_RESULT))


@dataclass(frozen=True)
class Term:
    """A term to decide in, with what the example gives for decided and for open complaints."""

    suffix: str
    limit: str
    en: str
    zh: str
    decided: Decimal
    still_open: Decimal


TERMS = (
    Term("", "complaint_days", "the plain term", "规定期限", Decimal("0.75"), Decimal("0.6666666667")),
    Term(
        "EXTENDED",
        "complaint_extended_days",
        "the term extended once",
        "一次延期期限",
        Decimal("0.5"),
        Decimal("0.3333333333"),
    ),
    Term(
        "EXTENDED-TWICE",
        "complaint_extended_twice_days",
        "the term extended twice",
        "二次延期期限",
        Decimal("0.25"),
        Decimal("0.3333333333"),
    ),
)


def _beyond(term: Term, still_open: bool) -> Indicator:
    def body(complaints: Any) -> Any:
        those = complaints.filter(complaints.is_open if still_open else ~complaints.is_open)
        late = those.days > in_force(term.limit, "", those.received_on)
        return ratio(where(late, ibis.literal(1)).sum(), those.count())

    which, which_zh = ("open", "尚未处理") if still_open else ("decided", "已处理")
    return indicator(
        "-".join(part for part in ("CMP", "OPEN" if still_open else "", "BEYOND", term.suffix) if part),
        unit="fraction",
        grain="complaints",
        en=f"Complaints {which} beyond {term.en}, over all that are {which}.",
        zh=f"{which_zh}投诉中超过{term.zh}的占比",
        formula=f"count of complaints {which} with more days since receipt than {term.limit} / count of complaints "
        f"{which}",
        notation="#{c: d_c > T} / n",
        cites=_ORDER,
        confidence=Confidence.BACKGROUND_HIGH,
        jurisdictions=("cn",),
        example=(_BOOK, {"": term.still_open if still_open else term.decided}),
    )(reading(body, "complaints"))


BEYOND = tuple(_beyond(term, still_open) for term in TERMS for still_open in (False, True))
