"""How overdue loans are collected: contacts by night, with others than the debtor, by agencies.

Belongs here: numbers and shares of contacts made in the period. Not here: the rule on one contact
(schemas/rules/collection.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import ibis

from loantape.declare import Confidence, Indicator
from schemas.tape.codes import COLLECTION_STAGE
from transforms import amount, by, indicator, ratio, rows, where
from transforms.dated import in_force
from transforms.reading import reading

_GUIDE = "中国银行业协会《金融机构个人消费类贷款催收工作指引（试行）》, 2026-01-30"
_BOOK = {
    "contact": rows(
        "contact_id contacted_at contact_method collection_stage is_third_party has_night_consent",
        ("1", "2026-10-05 08:00:00", "PHONE", "INTERNAL", False, False),
        ("2", "2026-10-05 21:59:59", "PHONE", "INTERNAL", True, False),
        ("3", "2026-10-05 22:00:00", "MESSAGE", "OUTSOURCED", False, True),
        ("4", "2026-10-06 07:59:59", "PHONE", "OUTSOURCED", False, None),
        ("5", "2026-10-06 02:30:00", "APP", "INTERNAL", True, False),
        ("6", "2026-10-06 10:00:00", "LETTER", "LEGAL", None, None),
        ("7", "2026-01-29 23:00:00", "PHONE", "INTERNAL", False, False),
        ("8", "2026-10-07 12:00:00", "PHONE", "INTERNAL", False, False),
    )
}


@indicator(
    "COL-CONTACTS",
    unit="count",
    grain="contact",
    dimension="collection_stage",
    en="Contacts made to collect in the period, by who collects.",
    zh="本期催收次数（按催收阶段）",
    formula="count of contacts per collection_stage",
    notation="#{k: stage s}",
    cites=_GUIDE,
    confidence=Confidence.OWN,
    jurisdictions=("cn",),
    example=(_BOOK, {"INTERNAL": Decimal(5), "OUTSOURCED": Decimal(2), "LEGAL": Decimal(1)}),
)
def contacts(contact: Any) -> Any:
    return by(contact, contact.collection_stage, numerator=contact.count(), members=tuple(COLLECTION_STAGE))


@dataclass(frozen=True)
class Kind:
    """Contacts of which a guide speaks; ``holds`` says of each whether it is one. The example's number of them."""

    code: str
    holds: Callable[[Any], Any]
    en: str
    zh: str
    formula: str
    count: int


def is_by_night(contact: Any) -> Any:
    """Whether a contact falls outside the hours of the day that the guide in force on it allows; null before it."""
    day, hour = contact.contacted_at.date(), contact.contacted_at.hour()
    starts = in_force("collection_day_starts_hour", "", day)
    return (hour < starts) | (hour >= in_force("collection_day_ends_hour", "", day))


KINDS = (
    Kind(
        "NIGHT",
        is_by_night,
        "in the night window",
        "夜间时段",
        "contacted_at before collection_day_starts_hour or from collection_day_ends_hour on",
        3,
    ),
    Kind(
        "NIGHT-UNASKED",
        lambda contact: is_by_night(contact) & ~contact.has_night_consent.fill_null(False),
        "in the night window without the debtor's consent",
        "夜间时段且未经债务人同意",
        "contacted_at in the night window and not has_night_consent",
        2,
    ),
    Kind(
        "THIRD-PARTY",
        lambda contact: contact.is_third_party,
        "with somebody else than the debtor",
        "第三人联系",
        "is_third_party",
        2,
    ),
)


def _number(kind: Kind) -> Indicator:
    def body(contact: Any) -> Any:
        return amount(where(kind.holds(contact), ibis.literal(1)).sum())

    return indicator(
        f"COL-{kind.code}",
        unit="count",
        grain="contact",
        en=f"Contacts made to collect {kind.en}.",
        zh=f"{kind.zh}催收次数",
        formula=f"count of contacts where {kind.formula}",
        notation="#{k: condition}",
        cites=_GUIDE,
        confidence=Confidence.SECONDARY,
        jurisdictions=("cn",),
        example=(_BOOK, {"": Decimal(kind.count)}),
    )(reading(body, "contact"))


def _share(kind: Kind) -> Indicator:
    def body(contact: Any) -> Any:
        return ratio(where(kind.holds(contact), ibis.literal(1)).sum(), contact.count())

    return indicator(
        f"COL-{kind.code}-SHARE",
        unit="fraction",
        grain="contact",
        en=f"Contacts made to collect {kind.en}, over all contacts.",
        zh=f"{kind.zh}催收次数占比",
        formula=f"count of contacts where {kind.formula} / count of contacts",
        notation="#{k: condition} / #k",
        cites=_GUIDE,
        confidence=Confidence.SECONDARY,
        jurisdictions=("cn",),
        example=(_BOOK, {"": Decimal(kind.count) / 8}),
    )(reading(body, "contact"))


COLLECTION = tuple(declared(kind) for kind in KINDS for declared in (_number, _share))
