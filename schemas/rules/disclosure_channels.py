"""Where the cost sheet was shown, and how it was confirmed there.

Belongs here: online, on paper, at a checkout. Not here: when (``disclosure``) and what (``disclosure_sheet``).
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule
from schemas.rules.disclosure import COST_SHEET_IN_FORCE


@rule(
    "DSC-026",
    on="disclosure",
    jurisdictions=CHINA,
    fields=(
        "confirm_type",
        "disclosure_channel",
    ),
    cites="金规〔2026〕2号: offline the borrower signs the sheet",
    confidence=Confidence.SECONDARY,
    en="A cost sheet on paper is signed.",
    zh="线下明示表应由借款人签署。",
    says=(
        "shown {disclosure_channel}, confirmed as {confirm_type}",
        "展示渠道{disclosure_channel}，确认方式{confirm_type}",
    ),
    passes=[
        {"disclosure_channel": "OFFLINE", "confirm_type": "SIGNED"},
        {"disclosure_channel": "ONLINE", "confirm_type": "POPUP"},
        {"disclosure_channel": "OFFLINE"},
    ],
    fails=[
        {"disclosure_channel": "OFFLINE", "confirm_type": "POPUP"},
        {"disclosure_channel": "OFFLINE", "confirm_type": "CHECKOUT"},
        {"disclosure_channel": "OFFLINE", "confirm_type": "POPUP", "read_seconds": 30},
    ],
)
def paper_is_signed(disclosure: Any, limits: Any) -> Any:
    return implies(disclosure.disclosure_channel == "OFFLINE", disclosure.confirm_type == "SIGNED")


@rule(
    "DSC-027",
    on="disclosure",
    jurisdictions=CHINA,
    fields=(
        "confirm_type",
        "disclosure_channel",
    ),
    cites="金规〔2026〕2号: online a pop-up, confirmed before signing",
    confidence=Confidence.SECONDARY,
    en="A cost sheet shown online is confirmed in a pop-up.",
    zh="线上明示表应以弹窗确认。",
    says=(
        "shown {disclosure_channel}, confirmed as {confirm_type}",
        "展示渠道{disclosure_channel}，确认方式{confirm_type}",
    ),
    passes=[
        {"disclosure_channel": "ONLINE", "confirm_type": "POPUP"},
        {"disclosure_channel": "OFFLINE", "confirm_type": "SIGNED"},
        {"disclosure_channel": "ONLINE"},
    ],
    fails=[
        {"disclosure_channel": "ONLINE", "confirm_type": "SIGNED"},
        {"disclosure_channel": "ONLINE", "confirm_type": "CHECKOUT"},
        {"disclosure_channel": "ONLINE", "confirm_type": "SIGNED", "read_seconds": 30},
    ],
)
def online_is_a_popup(disclosure: Any, limits: Any) -> Any:
    return implies(disclosure.disclosure_channel == "ONLINE", disclosure.confirm_type == "POPUP")


@rule(
    "DSC-028",
    on="disclosure",
    jurisdictions=CHINA,
    fields=(
        "confirm_type",
        "disclosure_channel",
    ),
    cites="金规〔2026〕2号: for instalments at a checkout, on the order payment page",
    confidence=Confidence.SECONDARY,
    en="A cost sheet shown at a checkout stands on the order payment page.",
    zh="收银台分期的明示表应在订单支付页面展示确认。",
    says=(
        "shown {disclosure_channel}, confirmed as {confirm_type}",
        "展示渠道{disclosure_channel}，确认方式{confirm_type}",
    ),
    passes=[
        {"disclosure_channel": "CHECKOUT", "confirm_type": "CHECKOUT"},
        {"disclosure_channel": "ONLINE", "confirm_type": "POPUP"},
        {"disclosure_channel": "CHECKOUT"},
    ],
    fails=[
        {"disclosure_channel": "CHECKOUT", "confirm_type": "POPUP"},
        {"disclosure_channel": "CHECKOUT", "confirm_type": "SIGNED"},
        {"disclosure_channel": "CHECKOUT", "confirm_type": "POPUP", "read_seconds": 30},
    ],
)
def checkout_is_on_the_page(disclosure: Any, limits: Any) -> Any:
    return implies(disclosure.disclosure_channel == "CHECKOUT", disclosure.confirm_type == "CHECKOUT")


@rule(
    "DSC-029",
    on="disclosure_with_loan",
    jurisdictions=CHINA,
    fields=(
        "disclosure_channel",
        "loan_channel",
    ),
    cites="金规〔2026〕2号: for instalments at a checkout, on the order payment page",
    confidence=Confidence.SECONDARY,
    en="The cost sheet of a loan taken at a checkout is shown there.",
    zh="收银台贷款的明示表应在订单支付页面展示。",
    says=(
        "a loan from {loan_channel}, the sheet shown {disclosure_channel}",
        "获客渠道{loan_channel}，明示表展示渠道{disclosure_channel}",
    ),
    passes=[
        {"loan_channel": "CHECKOUT", "disclosure_channel": "CHECKOUT"},
        {"loan_channel": "OWN_APP", "disclosure_channel": "ONLINE"},
        {"loan_channel": "CHECKOUT"},
    ],
    fails=[
        {"loan_channel": "CHECKOUT", "disclosure_channel": "ONLINE"},
        {"loan_channel": "CHECKOUT", "disclosure_channel": "OFFLINE"},
        {"loan_channel": "CHECKOUT", "disclosure_channel": "ONLINE", "confirm_type": "POPUP"},
    ],
)
def checkout_loan_is_shown_there(disclosure: Any, limits: Any) -> Any:
    return implies(disclosure.loan_channel == "CHECKOUT", disclosure.disclosure_channel == "CHECKOUT")


@rule(
    "DSC-030",
    on="disclosure_with_loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=(
        "disclosure_channel",
        "loan_channel",
    ),
    cites="金规〔2026〕2号: signed on paper where the loan is made on paper",
    confidence=Confidence.SECONDARY,
    en="A cost sheet on paper belongs to a loan made in a branch or shop.",
    zh="线下明示表应对应线下网点发放的贷款。",
    says=(
        "a loan from {loan_channel}, the sheet shown {disclosure_channel}",
        "获客渠道{loan_channel}，明示表展示渠道{disclosure_channel}",
    ),
    passes=[
        {"disclosure_channel": "OFFLINE", "loan_channel": "BRANCH"},
        {"disclosure_channel": "ONLINE", "loan_channel": "PLATFORM"},
        {"disclosure_channel": "OFFLINE"},
    ],
    fails=[
        {"disclosure_channel": "OFFLINE", "loan_channel": "OWN_APP"},
        {"disclosure_channel": "OFFLINE", "loan_channel": "PLATFORM"},
        {"disclosure_channel": "OFFLINE", "loan_channel": "CHECKOUT"},
    ],
)
def paper_is_of_a_branch(disclosure: Any, limits: Any) -> Any:
    elsewhere = disclosure.loan_channel.isin(["OWN_APP", "PLATFORM", "CHECKOUT"])
    return implies(disclosure.disclosure_channel == "OFFLINE", ~elsewhere)


@rule(
    "DSC-031",
    on="disclosure_with_loan",
    jurisdictions=CHINA,
    since="2026-08-01",
    fields=(
        "disclosure_channel",
        "loan_start_date",
    ),
    cites="金规〔2026〕2号: the duties differ online, offline and at a checkout",
    confidence=Confidence.SECONDARY,
    en="The cost sheet says where it was shown.",
    zh="明示表应填报展示渠道。",
    says=(
        "granted {loan_start_date}, shown: {disclosure_channel}",
        "{loan_start_date}发放，展示渠道：{disclosure_channel}",
    ),
    passes=[
        {"loan_start_date": "2026-08-01", "disclosure_channel": "ONLINE"},
        {"loan_start_date": "2026-07-31"},
        {"loan_start_date": "2026-10-31", "disclosure_channel": "ONLINE"},
    ],
    fails=[
        {"loan_start_date": "2026-08-01"},
        {"loan_start_date": "2026-08-02"},
        {"loan_start_date": "2026-10-31", "confirm_type": "POPUP"},
    ],
)
def sheet_says_where(disclosure: Any, limits: Any) -> Any:
    return implies(disclosure.loan_start_date >= COST_SHEET_IN_FORCE, disclosure.disclosure_channel.notnull())


@rule(
    "DSC-032",
    on="disclosure_with_loan",
    jurisdictions=CHINA,
    since="2026-08-01",
    fields=(
        "is_reading_forced",
        "disclosure_channel",
        "loan_start_date",
    ),
    cites="金规〔2026〕2号: online the reading time is forced",
    confidence=Confidence.SECONDARY,
    en="A cost sheet shown online cannot be passed over: its reading time is forced.",
    zh="线上展示的明示表应设置强制阅读。",
    says=(
        "granted {loan_start_date}, shown {disclosure_channel}, reading forced: {is_reading_forced}",
        "{loan_start_date}发放，展示渠道{disclosure_channel}，强制阅读：{is_reading_forced}",
    ),
    passes=[
        {"loan_start_date": "2026-08-01", "disclosure_channel": "ONLINE", "is_reading_forced": True},
        {"loan_start_date": "2026-08-01", "disclosure_channel": "OFFLINE", "is_reading_forced": False},
        {"loan_start_date": "2026-07-31", "disclosure_channel": "ONLINE", "is_reading_forced": False},
    ],
    fails=[
        {"loan_start_date": "2026-08-01", "disclosure_channel": "ONLINE", "is_reading_forced": False},
        {"loan_start_date": "2026-08-02", "disclosure_channel": "ONLINE", "is_reading_forced": False},
        {
            "loan_start_date": "2026-10-31",
            "disclosure_channel": "ONLINE",
            "is_reading_forced": False,
            "read_seconds": 30,
        },
    ],
)
def reading_is_forced_online(disclosure: Any, limits: Any) -> Any:
    online = (disclosure.loan_start_date >= COST_SHEET_IN_FORCE) & (disclosure.disclosure_channel == "ONLINE")
    return implies(online, disclosure.is_reading_forced)
