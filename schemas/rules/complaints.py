"""What becomes of complaints: decided in time, told, and with a result.

Belongs here: the dates of one complaint against each other and the reporting date. Not here: how many complaints there
are (indicators) or what they are about.
"""

from __future__ import annotations

from typing import Any

import ibis

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, EVERYWHERE, implies, rule

ORDER = "银行业保险业消费投诉处理管理办法 (银保监会令2020年第3号)"
SINCE = "2020-03-01"


def is_in_time(complaint: Any, limits: Any, until: Any) -> Any:
    """Not more days from receipt ``until`` a day than the extensions allow; a missing flag is no extension."""
    once = complaint.is_extended.fill_null(False)
    twice = complaint.is_extended_again.fill_null(False)
    days = until.delta(complaint.received_on, unit="day")
    return (
        (days <= limits.complaint_days)
        | (once & (days <= limits.complaint_extended_days))
        | (twice & (days <= limits.complaint_extended_twice_days))
    )


@rule(
    "CMP-001",
    on="complaint",
    jurisdictions=CHINA,
    since=SINCE,
    fields=("decided_on", "received_on", "is_extended", "is_extended_again"),
    cites=f"{ORDER}: 15 days, 30 and 60 with extensions",
    confidence=Confidence.BACKGROUND_HIGH,
    en="A complaint is decided within the days that its extensions allow.",
    zh="投诉应在规定期限（含延期）内作出处理决定。",
    says=("received {received_on}, decided {decided_on}", "受理日期{received_on}，处理决定日期{decided_on}"),
    passes=[
        {"received_on": "2026-10-01", "decided_on": "2026-10-16"},
        {"received_on": "2026-10-01", "decided_on": "2026-10-31", "is_extended": True},
        {"received_on": "2026-08-01", "decided_on": "2026-09-30", "is_extended": True, "is_extended_again": True},
        {"received_on": "2026-08-01", "decided_on": "2026-09-30", "is_extended_again": True},
        {"received_on": "2026-01-01"},
        {"decided_on": "2026-01-01"},
    ],
    fails=[
        {"received_on": "2026-10-01", "decided_on": "2026-10-17"},
        {"received_on": "2026-10-01", "decided_on": "2026-10-17", "is_extended": False},
        {"received_on": "2026-10-01", "decided_on": "2026-11-01", "is_extended": True},
        {"received_on": "2026-10-01", "decided_on": "2026-11-01", "is_extended": True, "is_extended_again": False},
        {"received_on": "2026-08-01", "decided_on": "2026-10-01", "is_extended": True, "is_extended_again": True},
    ],
)
def decided_in_time(complaint: Any, limits: Any) -> Any:
    return is_in_time(complaint, limits, complaint.decided_on)


@rule(
    "CMP-002",
    on="complaint",
    jurisdictions=CHINA,
    since=SINCE,
    fields=("received_on", "decided_on", "is_extended", "is_extended_again"),
    cites=f"{ORDER}: 15 days, 30 and 60 with extensions",
    confidence=Confidence.BACKGROUND_HIGH,
    en="A complaint not decided yet on the reporting date is within the days that its extensions allow.",
    zh="报送日尚未处理的投诉不得超过规定期限（含延期）。",
    says=("received {received_on}, not decided", "受理日期{received_on}，尚未处理"),
    passes=[
        {"received_on": "2026-10-16"},
        {"received_on": "2026-10-01", "is_extended": True},
        {"received_on": "2026-09-01", "is_extended": True, "is_extended_again": True},
        {"received_on": "2026-09-01", "is_extended_again": True},
        {"received_on": "2026-01-01", "decided_on": "2026-01-02"},
        {"is_extended": True},
    ],
    fails=[
        {"received_on": "2026-10-15"},
        {"received_on": "2026-10-15", "is_extended": False, "is_extended_again": False},
        {"received_on": "2026-09-30", "is_extended": True},
        {"received_on": "2026-08-31", "is_extended": True, "is_extended_again": True},
        {"received_on": "2025-10-31", "is_extended_again": True},
    ],
)
def open_complaint_is_in_time(complaint: Any, limits: Any) -> Any:
    return implies(complaint.decided_on.isnull(), is_in_time(complaint, limits, ibis.literal(limits.period)))


@rule(
    "CMP-003",
    on="complaint",
    jurisdictions=EVERYWHERE,
    fields=("decided_on", "received_on"),
    cites=f"{ORDER}: a decision follows receipt",
    confidence=Confidence.OWN,
    en="A complaint is not decided before it was received.",
    zh="处理决定日期不得早于受理日期。",
    says=("received {received_on}, decided {decided_on}", "受理日期{received_on}，处理决定日期{decided_on}"),
    passes=[
        {"received_on": "2026-10-05", "decided_on": "2026-10-05"},
        {"received_on": "2026-10-05", "decided_on": "2026-10-06"},
        {"received_on": "2026-10-05"},
        {"decided_on": "2026-10-05"},
    ],
    fails=[
        {"received_on": "2026-10-05", "decided_on": "2026-10-04"},
        {"received_on": "2026-01-01", "decided_on": "2025-12-31"},
        {"received_on": "2026-10-05", "decided_on": "2016-10-05"},
    ],
)
def decided_after_receipt(complaint: Any, limits: Any) -> Any:
    return complaint.decided_on >= complaint.received_on


@rule(
    "CMP-004",
    on="complaint",
    jurisdictions=EVERYWHERE,
    fields=("told_on", "decided_on"),
    cites=f"{ORDER}: the person is told the decision",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The person is told after the decision, not before.",
    zh="告知日期不得早于处理决定日期。",
    says=("decided {decided_on}, told {told_on}", "处理决定日期{decided_on}，告知日期{told_on}"),
    passes=[
        {"decided_on": "2026-10-05", "told_on": "2026-10-05"},
        {"decided_on": "2026-10-05", "told_on": "2026-10-06"},
        {"decided_on": "2026-10-05"},
        {"told_on": "2026-10-05"},
    ],
    fails=[
        {"decided_on": "2026-10-05", "told_on": "2026-10-04"},
        {"decided_on": "2026-01-01", "told_on": "2025-12-31"},
        {"decided_on": "2026-10-05", "told_on": "2016-10-05"},
    ],
)
def told_after_the_decision(complaint: Any, limits: Any) -> Any:
    return complaint.told_on >= complaint.decided_on


@rule(
    "CMP-005",
    on="complaint",
    jurisdictions=EVERYWHERE,
    fields=("told_on", "decided_on"),
    cites=f"{ORDER}: the person is told the decision",
    confidence=Confidence.BACKGROUND_HIGH,
    en="Nobody is told a decision that was not taken.",
    zh="未作出处理决定的投诉不应有告知日期。",
    says=("told {told_on} without a decision", "无处理决定日期，告知日期为{told_on}"),
    passes=[
        {"decided_on": "2026-10-05", "told_on": "2026-10-05"},
        {"decided_on": "2026-10-05"},
        {"complaint_no": "T1"},
    ],
    fails=[
        {"told_on": "2026-10-05"},
        {"told_on": "2026-10-05", "received_on": "2026-10-01"},
        {"told_on": "2026-10-05", "complaint_result": "UPHELD"},
    ],
)
def told_what_was_decided(complaint: Any, limits: Any) -> Any:
    return implies(complaint.told_on.notnull(), complaint.decided_on.notnull())


@rule(
    "CMP-006",
    on="complaint",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    since=SINCE,
    fields=("told_on", "decided_on"),
    cites=f"{ORDER}: the person is told the decision",
    confidence=Confidence.BACKGROUND_HIGH,
    en="Of a complaint decided before the month of the report, the person has been told.",
    zh="报送当月之前已作出处理决定的投诉，应已告知投诉人。",
    says=("decided {decided_on}, not told", "处理决定日期{decided_on}，尚未告知"),
    passes=[
        {"decided_on": "2026-09-30", "told_on": "2026-10-02"},
        {"decided_on": "2026-10-01"},
        {"decided_on": "2026-10-31"},
        {"received_on": "2026-08-01"},
    ],
    fails=[
        {"decided_on": "2026-09-30"},
        {"decided_on": "2026-08-15", "complaint_result": "UPHELD"},
        {"decided_on": "2025-10-15"},
    ],
)
def told_in_the_end(complaint: Any, limits: Any) -> Any:
    return implies(complaint.decided_on < limits.period.replace(day=1), complaint.told_on.notnull())


@rule(
    "CMP-007",
    on="complaint",
    jurisdictions=EVERYWHERE,
    fields=("complaint_result", "decided_on"),
    cites=f"{ORDER}: a decision says what was found",
    confidence=Confidence.BACKGROUND_HIGH,
    en="A complaint that was decided has a result.",
    zh="已作出处理决定的投诉应有处理结果。",
    says=("decided {decided_on} without a result", "处理决定日期{decided_on}，无处理结果"),
    passes=[
        {"decided_on": "2026-10-05", "complaint_result": "UPHELD"},
        {"decided_on": "2026-10-05", "complaint_result": "REJECTED"},
        {"complaint_no": "T1"},
    ],
    fails=[
        {"decided_on": "2026-10-05"},
        {"decided_on": "2026-10-05", "told_on": "2026-10-05"},
        {"decided_on": "2026-10-05", "complaint_topic": "PRICING"},
    ],
)
def decision_has_a_result(complaint: Any, limits: Any) -> Any:
    return implies(complaint.decided_on.notnull(), complaint.complaint_result.notnull())


@rule(
    "CMP-008",
    on="complaint",
    jurisdictions=EVERYWHERE,
    fields=("complaint_result", "decided_on"),
    cites=f"{ORDER}: a decision says what was found",
    confidence=Confidence.BACKGROUND_HIGH,
    en="A complaint with a result has a day of decision, unless it was withdrawn.",
    zh="有处理结果的投诉应有处理决定日期，撤诉除外。",
    says=("result {complaint_result} without a day", "处理结果为{complaint_result}，无处理决定日期"),
    passes=[
        {"decided_on": "2026-10-05", "complaint_result": "UPHELD"},
        {"complaint_result": "WITHDRAWN"},
        {"complaint_no": "T1"},
    ],
    fails=[{"complaint_result": "UPHELD"}, {"complaint_result": "PARTLY"}, {"complaint_result": "REJECTED"}],
)
def result_has_a_decision(complaint: Any, limits: Any) -> Any:
    return implies(complaint.complaint_result != "WITHDRAWN", complaint.decided_on.notnull())


@rule(
    "CMP-009",
    on="complaint",
    jurisdictions=CHINA,
    since=SINCE,
    fields=("is_extended_again", "is_extended"),
    cites=f"{ORDER}: a second extension follows a first",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The time to decide is extended again only after it was extended.",
    zh="第二次延期前应已第一次延期。",
    says=("extended again, first extension: {is_extended}", "已第二次延期，第一次延期标识为{is_extended}"),
    passes=[
        {"is_extended": True, "is_extended_again": True},
        {"is_extended": True, "is_extended_again": False},
        {"is_extended": False, "is_extended_again": False},
        {"is_extended": False},
    ],
    fails=[
        {"is_extended": False, "is_extended_again": True},
        {"is_extended_again": True},
        {"is_extended": False, "is_extended_again": True, "complaint_topic": "PRICING"},
    ],
)
def extended_in_order(complaint: Any, limits: Any) -> Any:
    return implies(complaint.is_extended_again, complaint.is_extended.fill_null(False))


def _by_the_period(field: str) -> dict[str, Any]:
    return {
        "passes": [{field: "2026-10-31"}, {field: "2026-10-30"}, {"complaint_no": "T1"}],
        "fails": [{field: "2026-11-01"}, {field: "2026-12-31"}, {field: "2027-10-31"}],
    }


@rule(
    "CMP-010",
    on="complaint",
    jurisdictions=EVERYWHERE,
    fields=("received_on",),
    cites="A delivery is made for one reporting date",
    confidence=Confidence.OWN,
    en="A complaint was received by the reporting date.",
    zh="投诉受理日期不得晚于报送日期。",
    says=("received {received_on}", "受理日期{received_on}"),
    **_by_the_period("received_on"),
)
def received_by_the_reporting_date(complaint: Any, limits: Any) -> Any:
    return complaint.received_on <= limits.period


@rule(
    "CMP-011",
    on="complaint",
    jurisdictions=EVERYWHERE,
    fields=("decided_on",),
    cites="A delivery is made for one reporting date",
    confidence=Confidence.OWN,
    en="A decision on a complaint was taken by the reporting date.",
    zh="投诉处理决定日期不得晚于报送日期。",
    says=("decided {decided_on}", "处理决定日期{decided_on}"),
    **_by_the_period("decided_on"),
)
def decided_by_the_reporting_date(complaint: Any, limits: Any) -> Any:
    return complaint.decided_on <= limits.period


@rule(
    "CMP-012",
    on="complaint",
    jurisdictions=EVERYWHERE,
    fields=("told_on",),
    cites="A delivery is made for one reporting date",
    confidence=Confidence.OWN,
    en="The person was told of a decision by the reporting date.",
    zh="投诉告知日期不得晚于报送日期。",
    says=("told {told_on}", "告知日期{told_on}"),
    **_by_the_period("told_on"),
)
def told_by_the_reporting_date(complaint: Any, limits: Any) -> Any:
    return complaint.told_on <= limits.period
