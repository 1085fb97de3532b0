"""No person is named where nobody may be: one rule per kind of identifier and table, over all texts of the table.

Belongs here: which tables are looked at for which kinds, under which codes. Not here: what an identifier is
(``privacy_kinds``), which columns are texts (``schemas.grains.texts``), and how findings hide what they found
(``loantape.privacy``).

The finding's value is the cells in question, each behind the name of its column, with what identifies masked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from loantape.declare import Rule
from schemas.rules import CHINA, UNITED_STATES, rule
from schemas.rules.privacy_kinds import KINDS, SOCIAL_SECURITY, Kind

_KINDS: Mapping[str, Kind] = {one.name: one for one in (*KINDS, SOCIAL_SECURITY)}
_CHINESE = tuple(one.name for one in KINDS)
_TABLES: Mapping[str, tuple[str, str]] = {
    "loan": ("a loan", "贷款"),
    "fee": ("a cost item", "费用项目"),
    "consent": ("a consent", "授权同意"),
    "partner": ("a partner", "合作方"),
    "institution": ("an institution", "机构"),
    "contact": ("a collection contact", "催收记录"),
    "disclosure": ("a cost sheet", "明示表"),
    "complaint": ("a complaint", "投诉"),
    "loan_us_auto": ("an auto loan", "汽车贷款"),
}
# codes stand here word for word so that they never move: one per table and kind
_CODES: Sequence[tuple[str, Sequence[str], Sequence[str]]] = (
    ("loan", _CHINESE, (
        "PRV-005", "PRV-101", "PRV-006", "PRV-102", "PRV-103", "PRV-104", "PRV-105", "PRV-106", "PRV-107", "PRV-108",
        "PRV-109",
    )),
    ("fee", _CHINESE, (
        "PRV-110", "PRV-111", "PRV-112", "PRV-113", "PRV-114", "PRV-115", "PRV-116", "PRV-117", "PRV-118", "PRV-119",
        "PRV-120",
    )),
    ("consent", _CHINESE, (
        "PRV-121", "PRV-122", "PRV-123", "PRV-124", "PRV-125", "PRV-126", "PRV-127", "PRV-128", "PRV-129", "PRV-130",
        "PRV-131",
    )),
    ("partner", _CHINESE, (
        "PRV-132", "PRV-133", "PRV-134", "PRV-135", "PRV-136", "PRV-137", "PRV-138", "PRV-139", "PRV-140", "PRV-141",
        "PRV-142",
    )),
    ("institution", _CHINESE, (
        "PRV-143", "PRV-144", "PRV-145", "PRV-146", "PRV-147", "PRV-148", "PRV-149", "PRV-150", "PRV-151", "PRV-152",
        "PRV-153",
    )),
    ("contact", _CHINESE, (
        "PRV-154", "PRV-155", "PRV-156", "PRV-157", "PRV-158", "PRV-159", "PRV-160", "PRV-161", "PRV-162", "PRV-163",
        "PRV-164",
    )),
    ("disclosure", _CHINESE, (
        "PRV-165", "PRV-166", "PRV-167", "PRV-168", "PRV-169", "PRV-170", "PRV-171", "PRV-172", "PRV-173", "PRV-174",
        "PRV-175",
    )),
    ("complaint", ("ID_CARD",), ("PRV-176",)),
    ("loan_us_auto", ("EMAIL", "SSN"), ("PRV-177", "PRV-178")),
)  # fmt: skip


def _rule(code: str, table: str, kind: Kind) -> Rule:
    en, zh = _TABLES[table]
    return rule(
        code,
        on=f"{table}_with_texts",
        jurisdictions=UNITED_STATES if table == "loan_us_auto" else CHINA,
        severity=kind.severity,
        fields=("texts",),
        cites=kind.cites,
        confidence=kind.confidence,
        en=f"The texts of {en} hold no {kind.en}.",
        zh=f"{zh}的文本不得含{kind.zh}。",
        passes=[{"texts": text} for text in kind.clean],
        fails=[{"texts": text} for text in kind.found],
    )(lambda row, limits: kind.absent(row.texts, limits))


RULES = tuple(
    _rule(code, table, _KINDS[name]) for table, names, codes in _CODES for name, code in zip(names, codes, strict=True)
)
