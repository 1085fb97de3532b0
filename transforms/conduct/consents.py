"""How far the consents that lending needs are evidenced.

Belongs here: shares of loans with a consent given in time, by kind. Not here: whether one consent is sound
(schemas/rules/privacy*.py). In time is on or before the day of grant, local time.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from loantape.declare import Confidence
from schemas.tape.codes import CONSENT_TYPE
from transforms import indicator, rows
from transforms.relative import of_one, relative


@indicator(
    "PRV-GENERAL",
    unit="fraction",
    grain="stock",
    en="Loans whose borrower consented to the processing of personal information on or before the day of grant, over "
    "all loans.",
    zh="放款日（含）前已取得个人信息处理同意的贷款占比",
    notation="#{j: consent} / n",
    formula="count of loans with a GENERAL consent given on or before start_date / count of loans",
    cites="PIPL art. 13-14",
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    example=(
        {
            "loan": rows("iou_no start_date", ("a", "2026-05-02"), ("b", "2026-05-02"), ("c", "2026-05-02")),
            "consent": rows(
                "iou_no consent_type consented_at",
                ("a", "GENERAL", "2026-05-02 23:59:59"),
                ("a", "GENERAL", "2026-04-01 00:00:00"),
                ("b", "GENERAL", "2026-05-03 00:00:00"),
                ("c", "SHARE", "2026-05-01 00:00:00"),
            ),
        },
        {"": Decimal("0.3333333333")},
    ),
)
def general_consent(consents_on_grant: Any, stock: Any) -> Any:
    given = consents_on_grant
    return of_one(given, given.consent_type, "GENERAL", numerator=given.count(), whole=stock.count())


@indicator(
    "PRV-SHARE",
    unit="fraction",
    grain="stock",
    en="Loans made with a partner whose borrower separately consented, on or before the day of grant, to the sharing "
    "of personal information, over all loans made with a partner.",
    zh="合作贷款中放款日（含）前已取得向第三方提供个人信息单独同意的占比",
    notation="#{j with a partner: consent} / #{j with a partner}",
    formula="count of loans with a SHARE consent given on or before start_date / count of loans; both with coop_mode "
    "JOINT or REFERRAL",
    cites="PIPL art. 23",
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    example=(
        {
            "loan": rows(
                "iou_no start_date coop_mode",
                ("a", "2026-05-02", "JOINT"),
                ("b", "2026-05-02", "REFERRAL"),
                ("c", "2026-05-02", "SOLE"),
            ),
            "consent": rows("iou_no consent_type consented_at", ("a", "SHARE", "2026-05-02 08:00:00")),
        },
        {"": Decimal("0.5")},
    ),
)
def share_consent(consents_on_grant: Any, stock: Any) -> Any:
    given, shared = consents_on_grant, stock.filter(stock.coop_mode.isin(("JOINT", "REFERRAL")))
    partnered = given.count(where=given.is_partnered)
    return of_one(given, given.consent_type, "SHARE", numerator=partnered, whole=shared.count())


@indicator(
    "PRV-CREDIT-QUERY",
    unit="fraction",
    grain="stock",
    en="Loans reported to the credit bureau whose borrower consented, on or before the day of grant, to the query, "
    "over all loans reported.",
    zh="已报送征信的贷款中放款日（含）前已取得征信查询授权的占比",
    formula="count of loans with a CREDIT_QUERY consent given on or before start_date / count of loans; both with "
    "is_credit_reported",
    notation="#{j reported: consent} / #{j reported}",
    cites="国务院令631",
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    example=(
        {
            "loan": rows(
                "iou_no start_date is_credit_reported",
                ("a", "2026-05-02", True),
                ("b", "2026-05-02", True),
                ("c", "2026-05-02", False),
                ("d", "2026-05-02", None),
            ),
            "consent": rows("iou_no consent_type consented_at", ("a", "CREDIT_QUERY", "2026-05-02 08:00:00")),
        },
        {"": Decimal("0.5")},
    ),
)
def credit_query_consent(consents_on_grant: Any, stock: Any) -> Any:
    given, reported = consents_on_grant, stock.filter(stock.is_credit_reported)
    asked = given.count(where=given.is_credit_reported)
    return of_one(given, given.consent_type, "CREDIT_QUERY", numerator=asked, whole=reported.count())


@indicator(
    "PRV-CONSENT",
    unit="fraction",
    grain="consents_on_grant",
    dimension="consent_type",
    en="Loans with a consent of each kind given on or before the day of grant, over all loans, whether they need it or "
    "not.",
    zh="放款日（含）前已取得各类同意的贷款占全部贷款笔数比例",
    formula="count of loans with a consent of the kind given on or before start_date / count of loans",
    notation="#{j: consent of kind k} / n",
    cites="PIPL art. 13-14, 23, 29, 39",
    confidence=Confidence.BACKGROUND_HIGH,
    jurisdictions=("cn",),
    example=(
        {
            "loan": rows(
                "iou_no start_date", ("a", "2026-05-02"), ("b", "2026-05-02"), ("c", "2026-05-02"), ("d", "2026-05-02")
            ),
            "consent": rows(
                "iou_no consent_type consented_at",
                ("a", "GENERAL", "2026-05-02 23:59:59"),
                ("a", "GENERAL", "2026-04-01 00:00:00"),
                ("b", "GENERAL", "2026-05-03 00:00:00"),
                ("c", "SHARE", "2026-05-01 00:00:00"),
                ("a", "SHARE", "2026-05-01 00:00:00"),
            ),
        },
        {
            "GENERAL": Decimal("0.25"),
            "SENSITIVE": Decimal(0),
            "SHARE": Decimal("0.5"),
            "CROSS_BORDER": Decimal(0),
            "CREDIT_QUERY": Decimal(0),
        },
    ),
)
def consents_by_kind(consents_on_grant: Any, stock: Any) -> Any:
    return relative(
        consents_on_grant,
        consents_on_grant.consent_type,
        numerator=consents_on_grant.count(),
        whole=stock.count(),
        members=tuple(CONSENT_TYPE),
    )
