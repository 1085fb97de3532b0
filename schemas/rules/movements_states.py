"""From one reporting date to the next: how a loan ends, is classed, restructured, extended and provided for.

Belongs here: states of one loan on two tapes. Not here: principal (``movements``), arrears (``movements_arrears``).
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule, wide
from schemas.rules.arrears import ENDED
from schemas.rules.classification import MEASURES
from schemas.rules.movements import CONTINUITY

_CHANGES = "EAST 5.0, table 705: every change of class in the period"
_CLASSED = {
    "previous_five_class": "2",
    "previous_period": "2026-09-30",
    "class_changed_on": "2026-10-01",
    "previous_class": "2",
    "class_change_reason": "逾期",
}
_WORSE, _BETTER, _SAME = ({**_CLASSED, "five_class": one} for one in ("3", "1", "2"))
_ENDED_NOW = {"previous_loan_status": "LS01", "loan_status": "LF01", "previous_period": "2026-09-30"}
_WATCHED = {
    "previous_is_restructured": True,
    "is_restructured": False,
    "previous_restructured_on": "2025-11-01",
    "snapshot_date": "2026-10-31",
}
_PROVIDED = {
    "five_class": "3",
    "previous_five_class": "2",
    "own_balance_amount": "100.00",
    "previous_own_balance_amount": "100.00",
    "previous_provision_amount": "3.00",
}


@rule(
    "MOV-033",
    on="loan_with_previous",
    jurisdictions=CHINA,
    fields=("loan_status", "previous_loan_status"),
    cites="PBoC financial base data V2.1, CLGRDK: ended loans leave the stock",
    confidence=Confidence.PRIMARY,
    en="A loan that has ended does not come back.",
    zh="已终结的贷款不得恢复为未终结。",
    says=("status {loan_status}, before {previous_loan_status}", "本期状态{loan_status}，上期{previous_loan_status}"),
    passes=[
        {"previous_loan_status": "LF01", "loan_status": "LF01"},
        {"previous_loan_status": "LF04", "loan_status": "LF02"},
        {"previous_loan_status": "LF02", "loan_status": "LF04"},
        {"previous_loan_status": "LS03", "loan_status": "LS01"},
    ],
    fails=[
        {"previous_loan_status": "LF01", "loan_status": "LS01"},
        {"previous_loan_status": "LF02", "loan_status": "LS03"},
        {"previous_loan_status": "LF04", "loan_status": "LS02"},
    ],
)
def ended_stays_ended(loan: Any, limits: Any) -> Any:
    return implies(loan.previous_loan_status.isin(ENDED), loan.loan_status.isin(ENDED))


@rule(
    "MOV-034",
    on="loan_with_previous",
    jurisdictions=CHINA,
    fields=("loan_status", "previous_loan_status"),
    cites=CONTINUITY + "; what was written off is recovered, not lent again",
    confidence=Confidence.OWN,
    en="A written-off loan stays written off.",
    zh="已核销的贷款应保持核销状态。",
    says=("status {loan_status}, before {previous_loan_status}", "本期状态{loan_status}，上期{previous_loan_status}"),
    passes=[
        {"previous_loan_status": "LF02", "loan_status": "LF02"},
        {"previous_loan_status": "LF01", "loan_status": "LF01"},
        {"previous_loan_status": "LS03", "loan_status": "LS01"},
    ],
    fails=[
        {"previous_loan_status": "LF02", "loan_status": "LS03"},
        {"previous_loan_status": "LF02", "loan_status": "LF01"},
        {"previous_loan_status": "LF02", "loan_status": "LF04"},
    ],
)
def written_off_is_final(loan: Any, limits: Any) -> Any:
    return implies(loan.previous_loan_status == "LF02", loan.loan_status == "LF02")


@rule(
    "MOV-035",
    on="loan_with_previous",
    jurisdictions=CHINA,
    fields=("ended_on", "loan_status", "previous_loan_status", "previous_period"),
    cites="EAST 5.0, table 503 ZJRQ",
    confidence=Confidence.PRIMARY,
    en="A loan that was open on the date before ended after it.",
    zh="上期未终结、本期终结的贷款，终结日期应晚于上期报送日。",
    says=(
        "ended {ended_on}, still {previous_loan_status} on {previous_period}",
        "终结日期{ended_on}，{previous_period}状态仍为{previous_loan_status}",
    ),
    passes=[
        _ENDED_NOW | {"ended_on": "2026-10-01"},
        _ENDED_NOW | {"ended_on": "2026-09-30", "loan_status": "LS03"},
        _ENDED_NOW | {"ended_on": "2026-09-30", "previous_loan_status": "LF01"},
        _ENDED_NOW | {"ended_on": "2026-10-31", "loan_status": "LF02"},
    ],
    fails=[
        _ENDED_NOW | {"ended_on": "2026-09-30"},
        _ENDED_NOW | {"ended_on": "2026-09-29", "loan_status": "LF02"},
        _ENDED_NOW | {"ended_on": "2025-10-31", "loan_status": "LF04", "previous_loan_status": "LS03"},
    ],
)
def ended_since(loan: Any, limits: Any) -> Any:
    ended_now = loan.loan_status.isin(ENDED) & ~loan.previous_loan_status.startswith("LF")
    return implies(ended_now, loan.ended_on > loan.previous_period)


@rule(
    "MOV-036",
    on="loan_with_previous",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("five_class", "previous_five_class", "class_changed_on", "previous_class", "previous_period"),
    cites=_CHANGES,
    confidence=Confidence.PRIMARY,
    en="A class that became worse is recorded as changed in the period, from the class before.",
    zh="五级分类下调应在本期登记调整日期和原分类。",
    says=(
        "class {five_class}, before {previous_five_class}; recorded: {class_changed_on} from {previous_class}",
        "五级分类{five_class}，上期{previous_five_class}；登记：{class_changed_on}由{previous_class}调整",
    ),
    passes=[
        _WORSE,
        _SAME | {"class_changed_on": None, "previous_class": None},
        _BETTER | {"class_changed_on": None, "previous_class": None},
        _WORSE | {"class_changed_on": "2026-10-31"},
    ],
    fails=[
        _WORSE | {"class_changed_on": "2026-09-30"},
        _WORSE | {"class_changed_on": None},
        _WORSE | {"previous_class": "1"},
        _WORSE | {"previous_class": None},
        _WORSE | {"class_changed_on": "2026-09-29", "previous_class": "1"},
        _WORSE | {"class_changed_on": None, "previous_class": None},
    ],
)
def worse_class_is_recorded(loan: Any, limits: Any) -> Any:
    return implies(loan.five_class > loan.previous_five_class, _recorded(loan))


@rule(
    "MOV-037",
    on="loan_with_previous",
    jurisdictions=CHINA,
    fields=(
        "five_class",
        "previous_five_class",
        "class_changed_on",
        "previous_class",
        "class_change_reason",
        "previous_period",
    ),
    cites=_CHANGES,
    confidence=Confidence.PRIMARY,
    en="A class does not become better unless the period records from which class, when and why.",
    zh="五级分类上调应在本期登记调整日期、原分类和变动原因。",
    says=(
        "class {five_class}, before {previous_five_class}; recorded: {class_changed_on} from {previous_class}, "
        "{class_change_reason}",
        "五级分类{five_class}，上期{previous_five_class}；登记：{class_changed_on}由{previous_class}调整，"
        "原因{class_change_reason}",
    ),
    passes=[
        _BETTER,
        _SAME | {"class_changed_on": None, "previous_class": None, "class_change_reason": None},
        _WORSE | {"class_changed_on": None, "previous_class": None, "class_change_reason": None},
        _BETTER | {"class_changed_on": "2026-10-31"},
    ],
    fails=[
        _BETTER | {"class_changed_on": "2026-09-30"},
        _BETTER | {"class_changed_on": None},
        _BETTER | {"previous_class": "3"},
        _BETTER | {"previous_class": None},
        _BETTER | {"class_change_reason": None},
        _BETTER | {"class_changed_on": None, "previous_class": None, "class_change_reason": None},
    ],
)
def better_class_has_a_cause(loan: Any, limits: Any) -> Any:
    better = loan.five_class < loan.previous_five_class
    return implies(better, _recorded(loan) & loan.class_change_reason.notnull())


@rule(
    "MOV-038",
    on="loan_with_previous",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("class_changed_on", "five_class", "previous_five_class", "previous_period"),
    cites=_CHANGES,
    confidence=Confidence.PRIMARY,
    en="A change of class recorded in the period changed the class.",
    zh="本期登记分类调整的，五级分类应与上期不同。",
    says=(
        "changed {class_changed_on}, class {five_class} as before",
        "登记{class_changed_on}调整，五级分类{five_class}与上期相同",
    ),
    passes=[
        _WORSE,
        _BETTER,
        _SAME | {"class_changed_on": "2026-09-30"},
        _SAME | {"class_changed_on": None},
    ],
    fails=[
        _SAME,
        _SAME | {"class_changed_on": "2026-10-31"},
        _SAME | {"five_class": "5", "previous_five_class": "5"},
    ],
)
def recorded_change_changed_the_class(loan: Any, limits: Any) -> Any:
    return implies(loan.class_changed_on > loan.previous_period, loan.five_class != loan.previous_five_class)


@rule(
    "MOV-039",
    on="loan_with_previous",
    jurisdictions=CHINA,
    fields=("extension_count", "previous_extension_count"),
    cites="EAST 5.0, table 503 ZQCS",
    confidence=Confidence.PRIMARY,
    en="The number of extensions does not fall.",
    zh="展期次数不得减少。",
    says=(
        "{extension_count} extensions, before {previous_extension_count}",
        "展期次数{extension_count}，上期{previous_extension_count}",
    ),
    passes=[
        {"extension_count": 1, "previous_extension_count": 1},
        {"extension_count": 2, "previous_extension_count": 1},
        {"extension_count": 0},
    ],
    fails=[
        {"extension_count": 0, "previous_extension_count": 1},
        {"extension_count": 1, "previous_extension_count": 2},
        {"extension_count": 0, "previous_extension_count": 5},
    ],
)
def extensions_do_not_fall(loan: Any, limits: Any) -> Any:
    return loan.extension_count >= loan.previous_extension_count


@rule(
    "MOV-040",
    on="loan_with_previous",
    jurisdictions=CHINA,
    fields=("restructure_count", "previous_restructure_count"),
    cites=CONTINUITY,
    confidence=Confidence.OWN,
    en="The number of restructurings does not fall.",
    zh="重组次数不得减少。",
    says=(
        "{restructure_count} restructurings, before {previous_restructure_count}",
        "重组次数{restructure_count}，上期{previous_restructure_count}",
    ),
    passes=[
        {"restructure_count": 1, "previous_restructure_count": 1},
        {"restructure_count": 2, "previous_restructure_count": 1},
        {"restructure_count": 0},
    ],
    fails=[
        {"restructure_count": 0, "previous_restructure_count": 1},
        {"restructure_count": 1, "previous_restructure_count": 2},
        {"restructure_count": 0, "previous_restructure_count": 5},
    ],
)
def restructurings_do_not_fall(loan: Any, limits: Any) -> Any:
    return loan.restructure_count >= loan.previous_restructure_count


@rule(
    "MOV-041",
    on="loan_with_previous",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("extension_count", "previous_extension_count"),
    cites="EAST 5.0, table 503 ZQCS",
    confidence=Confidence.OWN,
    en="A loan is extended at most once between two reporting dates a month apart.",
    zh="相邻两月之间展期最多一次。",
    says=(
        "{extension_count} extensions, before {previous_extension_count}",
        "展期次数{extension_count}，上期{previous_extension_count}",
    ),
    passes=[
        {"is_next_month": True, "extension_count": 1, "previous_extension_count": 0},
        {"is_next_month": False, "extension_count": 2, "previous_extension_count": 0},
        {"is_next_month": True, "extension_count": 1, "previous_extension_count": 1},
    ],
    fails=[
        {"is_next_month": True, "extension_count": 2, "previous_extension_count": 0},
        {"is_next_month": True, "extension_count": 3, "previous_extension_count": 1},
        {"is_next_month": True, "extension_count": 5, "previous_extension_count": 1},
    ],
)
def extended_once_at_most(loan: Any, limits: Any) -> Any:
    return implies(loan.is_next_month, wide(loan.extension_count) - loan.previous_extension_count <= 1)


@rule(
    "MOV-042",
    on="loan_with_previous",
    jurisdictions=CHINA,
    since="2023-07-01",
    fields=("is_restructured", "previous_is_restructured", "previous_restructured_on", "snapshot_date"),
    cites=MEASURES,
    confidence=Confidence.BACKGROUND_MEDIUM,
    en="The mark of a restructuring does not vanish within its observation.",
    zh="重组观察期内不得取消重组标识。",
    says=(
        "restructured since {previous_restructured_on}, no longer marked on {snapshot_date}",
        "{previous_restructured_on}起重组，{snapshot_date}已无重组标识",
    ),
    passes=[
        _WATCHED | {"is_restructured": True},
        _WATCHED | {"previous_restructured_on": "2025-10-31"},
        _WATCHED | {"previous_is_restructured": False},
        _WATCHED | {"previous_restructured_on": "2025-01-31"},
    ],
    fails=[
        _WATCHED,
        _WATCHED | {"previous_restructured_on": "2026-09-30"},
        _WATCHED | {"previous_restructured_on": "2026-10-31"},
    ],
)
def restructured_stays_marked(loan: Any, limits: Any) -> Any:
    ends = loan.previous_restructured_on + limits.restructured_observation_months.cast("int64").as_interval("M")
    return implies(loan.previous_is_restructured & (loan.snapshot_date < ends), loan.is_restructured)


@rule(
    "MOV-043",
    on="loan_with_previous",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("provision_amount", "previous_provision_amount", "five_class", "previous_five_class"),
    cites=MEASURES,
    confidence=Confidence.BACKGROUND_MEDIUM,
    en="The provision does not fall where the class became worse and the lender's balance did not fall.",
    zh="五级分类下调且本机构出资余额未减少的，减值准备不得减少。",
    says=(
        "provision {provision_amount}, before {previous_provision_amount}; class {five_class}, before "
        "{previous_five_class}",
        "减值准备{provision_amount}，上期{previous_provision_amount}；五级分类{five_class}，上期{previous_five_class}",
    ),
    passes=[
        _PROVIDED | {"provision_amount": "3.00"},
        _PROVIDED | {"provision_amount": "3.01"},
        _PROVIDED | {"provision_amount": "0.00", "five_class": "2"},
        _PROVIDED | {"provision_amount": "0.00", "own_balance_amount": "99.99"},
    ],
    fails=[
        _PROVIDED | {"provision_amount": "2.99"},
        _PROVIDED | {"provision_amount": "0.00", "own_balance_amount": "100.01"},
        _PROVIDED | {"provision_amount": "1.00", "five_class": "5"},
    ],
)
def provision_follows_the_class(loan: Any, limits: Any) -> Any:
    worse = loan.five_class > loan.previous_five_class
    still_lent = loan.own_balance_amount >= loan.previous_own_balance_amount
    return implies(worse & still_lent, loan.provision_amount >= loan.previous_provision_amount)


def _recorded(loan: Any) -> Any:
    """Whether the change of class is recorded: after the date before, from the class it had then."""
    when = (loan.class_changed_on > loan.previous_period).fill_null(False)
    return when & (loan.previous_class == loan.previous_five_class).fill_null(False)
