"""Who lent, who borrowed, which loan: identifiers, dates and links between tables.

Belongs here: that a row says whose and which it is, and that what it points to exists. Not here: what the loan costs
or how it is paid.
"""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any

import ibis

from loantape.declare import Confidence
from schemas.rules import CHINA, EVERYWHERE, implies, rule

# GB 32100-2015: the 31 characters of a unified social credit code and the weights of its first 17 places
USCC_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)

# published example, then fictional ones without a nought and without a repeated character
USCC_EXAMPLES = (
    "91100000100003962T", "91310115MA1K3X7Y65", "92440305MA5G8H2W5F", "93371234567891238N", "911201119ABCDEFG9Y",
)  # fmt: skip
USCC_MISTAKES = (  # check character, two characters exchanged, too short, too long, lower case, a letter never used
    "911000001000039620", "91100000100003926T", "91100000100003962", "91100000100003962TT", "91100000100003962t",
    "I1100000100003962T", "93371234657891238N",
)  # fmt: skip


def is_valid_uscc(code: Any) -> Any:
    """The check character closes the weighted sum of the other 17 to a multiple of 31."""
    places = (*USCC_WEIGHTS, 1)
    characters = ibis.literal(USCC_CHARACTERS)
    total = reduce(add, (characters.find(code.substr(place, 1)) * weight for place, weight in enumerate(places)))
    return code.re_search("^[0-9A-HJ-NPQRTUWXY]{18}$") & (total % len(USCC_CHARACTERS) == 0)


NO_LOAN = ("no loan of this delivery is {iou_no}", "本次报送中没有借据{iou_no}")
WITH_LOAN: list[dict[str, Any]] = [
    {"iou_no": "A", "has_loan": True},
    {"iou_no": "A", "has_loan": None},
    {"has_loan": True},
]
WITHOUT_LOAN: list[dict[str, Any]] = [
    {"iou_no": "A", "has_loan": False},
    {"iou_no": "B", "has_loan": False},
    {"has_loan": False},
]


@rule(
    "IDN-001",
    on="institution",
    jurisdictions=CHINA,
    fields=("lender_uscc",),
    cites="GB 32100-2015",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The lender's unified social credit code has a valid check character.",
    zh="机构统一社会信用代码的校验码应正确。",
    says=("{lender_uscc} is no unified social credit code", "{lender_uscc}不是有效的统一社会信用代码"),
    passes=[{"lender_uscc": code} for code in USCC_EXAMPLES],
    fails=[{"lender_uscc": code} for code in USCC_MISTAKES],
)
def lender_code_is_valid(institution: Any, limits: Any) -> Any:
    return is_valid_uscc(institution.lender_uscc)


@rule(
    "IDN-002",
    on="partner",
    jurisdictions=CHINA,
    fields=("partner_uscc", "partner_name"),
    cites="GB 32100-2015",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The partner's unified social credit code has a valid check character.",
    zh="合作方统一社会信用代码的校验码应正确。",
    says=(
        "{partner_uscc} of {partner_name} is no unified social credit code",
        "{partner_name}的{partner_uscc}不是有效的统一社会信用代码",
    ),
    passes=[{"partner_uscc": code} for code in USCC_EXAMPLES],
    fails=[{"partner_uscc": code} for code in USCC_MISTAKES],
)
def partner_code_is_valid(partner: Any, limits: Any) -> Any:
    return is_valid_uscc(partner.partner_uscc)


@rule(
    "IDN-003",
    on="loan_with_institution",
    jurisdictions=CHINA,
    fields=("lender_uscc",),
    cites="PBoC financial base data V2.1, CLGRDK 1",
    confidence=Confidence.PRIMARY,
    en="The loan's lender is a reporting institution of this delivery.",
    zh="贷款的机构代码应为本次报送的机构。",
    says=("no institution of this delivery is {lender_uscc}", "本次报送机构中没有{lender_uscc}"),
    passes=[
        {"lender_uscc": "91100000100003962T", "has_institution": True},
        {"lender_uscc": "91100000100003962T", "has_institution": None},
        {"has_institution": True},
    ],
    fails=[
        {"lender_uscc": "91100000100003962T", "has_institution": False},
        {"lender_uscc": "91310115MA1K3X7Y65", "has_institution": False},
        {"has_institution": False},
    ],
)
def lender_is_reported(loan: Any, limits: Any) -> Any:
    return loan.has_institution


@rule(
    "IDN-004",
    on="loan",
    jurisdictions=CHINA,
    fields=("lender_region",),
    cites="GB/T 2260; PBoC financial base data V2.1, CLGRDK 3",
    confidence=Confidence.PRIMARY,
    en="The region of the branch is a mainland code of six digits.",
    zh="机构地区代码应为六位境内行政区划代码。",
    says=("the branch is in {lender_region}", "机构地区代码为{lender_region}"),
    passes=[{"lender_region": "110105"}, {"lender_region": "820000"}, {"lender_region": "659099"}],
    fails=[
        {"lender_region": "000344"},
        {"lender_region": "11010A"},
        {"lender_region": " 110105"},
        {"lender_region": "010105"},
        {"lender_region": "910105"},
        {"lender_region": "11010"},
        {"lender_region": "1101055"},
    ],
)
def lender_region_is_a_code(loan: Any, limits: Any) -> Any:
    return loan.lender_region.re_search("^[1-8][0-9]{5}$")


@rule(
    "IDN-005",
    on="loan",
    jurisdictions=CHINA,
    fields=("borrower_region",),
    cites="GB/T 2260 or 000 and GB/T 2659; PBoC financial base data V2.1, CLGRDK 6",
    confidence=Confidence.PRIMARY,
    en="The region of the borrower is six digits: a mainland code, or 000 and a country code.",
    zh="借款人地区代码应为六位：境内行政区划代码，或000加三位国别代码。",
    says=("the borrower is in {borrower_region}", "借款人地区代码为{borrower_region}"),
    passes=[{"borrower_region": "440305"}, {"borrower_region": "000344"}, {"borrower_region": "820000"}],
    fails=[
        {"borrower_region": "001344"},
        {"borrower_region": "00034"},
        {"borrower_region": "0003440"},
        {"borrower_region": "44030A"},
        {"borrower_region": "940305"},
        {"borrower_region": "4403055"},
    ],
)
def borrower_region_is_a_code(loan: Any, limits: Any) -> Any:
    return loan.borrower_region.re_search("^([1-8][0-9]{5}|000[0-9]{3})$")


@rule(
    "IDN-006",
    on="loan",
    jurisdictions=CHINA,
    fields=("is_id_no_valid", "id_type"),
    cites="GB 11643-1999",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The identity card number has a valid check character.",
    zh="身份证号码的校验码应正确。",
    says=("the check character of the number ({id_type}) is wrong", "证件（{id_type}）号码的校验码不正确"),
    passes=[
        {"is_id_no_valid": True, "id_type": "B01"},
        {"is_id_no_valid": None, "id_type": "B03"},
        {"is_id_no_valid": None, "id_type": "B01"},
    ],
    fails=[
        {"is_id_no_valid": False, "id_type": "B01"},
        {"is_id_no_valid": False, "id_type": "B08"},
        {"is_id_no_valid": False},
    ],
)
def identity_number_is_valid(loan: Any, limits: Any) -> Any:
    return loan.is_id_no_valid


@rule(
    "IDN-007",
    on="loan",
    jurisdictions=CHINA,
    fields=("maturity_date", "start_date"),
    cites="EAST 5.0 draft check rule JHGZ3722",
    confidence=Confidence.PRIMARY,
    en="A loan does not mature before it is granted.",
    zh="到期日期不得早于发放日期。",
    says=("granted {start_date}, matures {maturity_date}", "发放日期{start_date}，到期日期{maturity_date}"),
    passes=[
        {"start_date": "2026-10-31", "maturity_date": "2026-10-31"},
        {"start_date": "2026-10-31", "maturity_date": "2026-11-01"},
        {"start_date": "2026-10-31"},
        {"maturity_date": "2026-10-31"},
    ],
    fails=[
        {"start_date": "2026-10-31", "maturity_date": "2026-10-30"},
        {"start_date": "2026-01-01", "maturity_date": "2025-12-31"},
        {"start_date": "2026-10-31", "maturity_date": "1926-10-31"},
    ],
)
def matures_after_grant(loan: Any, limits: Any) -> Any:
    return loan.start_date <= loan.maturity_date


@rule(
    "IDN-008",
    on="loan",
    jurisdictions=EVERYWHERE,
    fields=("start_date", "snapshot_date"),
    cites="A tape holds only loans granted by its reporting date",
    confidence=Confidence.OWN,
    en="A loan is granted on or before the reporting date.",
    zh="发放日期不得晚于报送日期。",
    says=("granted {start_date}, reported as of {snapshot_date}", "发放日期{start_date}，报送日期{snapshot_date}"),
    passes=[
        {"start_date": "2026-10-31", "snapshot_date": "2026-10-31"},
        {"start_date": "2026-10-30", "snapshot_date": "2026-10-31"},
        {"start_date": "2026-11-01"},
    ],
    fails=[
        {"start_date": "2026-11-01", "snapshot_date": "2026-10-31"},
        {"start_date": "2027-10-31", "snapshot_date": "2026-10-31"},
        {"start_date": "2026-10-31", "snapshot_date": "2026-10-30"},
    ],
)
def granted_by_the_reporting_date(loan: Any, limits: Any) -> Any:
    return loan.start_date <= loan.snapshot_date


@rule(
    "IDN-009",
    on="loan",
    jurisdictions=EVERYWHERE,
    fields=("snapshot_date",),
    cites="A delivery is made for one reporting date",
    confidence=Confidence.OWN,
    en="The loan is reported as of the delivery's reporting date.",
    zh="贷款的报送日期应与本次报送期一致。",
    says=("the row is as of {snapshot_date}", "该行的报送日期为{snapshot_date}"),
    passes=[{"snapshot_date": "2026-10-31"}, {"snapshot_date": "2026-10-31", "iou_no": "A"}, {"iou_no": "A"}],
    fails=[{"snapshot_date": "2026-10-30"}, {"snapshot_date": "2026-11-01"}, {"snapshot_date": "2025-10-31"}],
)
def reported_as_of_the_period(loan: Any, limits: Any) -> Any:
    return loan.snapshot_date == limits.period


@rule(
    "IDN-010",
    on="loan",
    jurisdictions=CHINA,
    fields=("extended_maturity_date", "loan_status"),
    cites="PBoC financial base data V2.1, CLGRDK 12",
    confidence=Confidence.PRIMARY,
    en="An extended or shortened loan says its new maturity.",
    zh="展期或缩期的贷款应填报展期到期日期。",
    says=("status {loan_status} without a new maturity", "状态为{loan_status}，未填展期到期日期"),
    passes=[
        {"loan_status": "LS02", "extended_maturity_date": "2027-01-31"},
        {"loan_status": "LS04", "extended_maturity_date": "2026-11-30"},
        {"loan_status": "LS01"},
    ],
    fails=[
        {"loan_status": "LS02"},
        {"loan_status": "LS04"},
        {"loan_status": "LS02", "maturity_date": "2027-01-31"},
    ],
)
def extension_has_a_date(loan: Any, limits: Any) -> Any:
    return implies(loan.loan_status.isin(["LS02", "LS04"]), loan.extended_maturity_date.notnull())


@rule(
    "IDN-011",
    on="fee_with_loan",
    jurisdictions=CHINA,
    fields=("iou_no",),
    cites="EAST 5.0 draft check rules JHGZ3289-3293: what a row points to exists",
    confidence=Confidence.PRIMARY,
    en="A cost item belongs to a loan of this delivery.",
    zh="费用项目应对应本次报送的贷款。",
    says=NO_LOAN,
    passes=WITH_LOAN,
    fails=WITHOUT_LOAN,
)
def fee_has_its_loan(fee: Any, limits: Any) -> Any:
    return fee.has_loan


@rule(
    "IDN-012",
    on="instalment_with_loan",
    jurisdictions=CHINA,
    fields=("iou_no",),
    cites="EAST 5.0 draft check rules JHGZ3289-3293: what a row points to exists",
    confidence=Confidence.PRIMARY,
    en="An instalment belongs to a loan of this delivery.",
    zh="还款计划应对应本次报送的贷款。",
    says=NO_LOAN,
    passes=WITH_LOAN,
    fails=WITHOUT_LOAN,
)
def instalment_has_its_loan(instalment: Any, limits: Any) -> Any:
    return instalment.has_loan


@rule(
    "IDN-013",
    on="disclosure_with_loan",
    jurisdictions=CHINA,
    fields=("iou_no",),
    cites="EAST 5.0 draft check rules JHGZ3289-3293: what a row points to exists",
    confidence=Confidence.PRIMARY,
    en="A cost sheet belongs to a loan of this delivery.",
    zh="明示表应对应本次报送的贷款。",
    says=NO_LOAN,
    passes=WITH_LOAN,
    fails=WITHOUT_LOAN,
)
def disclosure_has_its_loan(disclosure: Any, limits: Any) -> Any:
    return disclosure.has_loan


@rule(
    "IDN-014",
    on="consent_with_loan",
    jurisdictions=CHINA,
    fields=("iou_no",),
    cites="EAST 5.0 draft check rules JHGZ3289-3293: what a row points to exists",
    confidence=Confidence.PRIMARY,
    en="A consent belongs to a loan of this delivery.",
    zh="授权同意应对应本次报送的贷款。",
    says=NO_LOAN,
    passes=WITH_LOAN,
    fails=WITHOUT_LOAN,
)
def consent_has_its_loan(consent: Any, limits: Any) -> Any:
    return consent.has_loan


@rule(
    "IDN-015",
    on="loan_with_partner",
    jurisdictions=CHINA,
    fields=("partner_agreement_no",),
    cites="EAST 5.0, tables 502 HZXYBH and 513",
    confidence=Confidence.PRIMARY,
    en="The loan's co-operation agreement is among the reported partners.",
    zh="贷款的合作协议号应存在于合作方表。",
    says=("no partner of this delivery has {partner_agreement_no}", "合作方表中没有协议{partner_agreement_no}"),
    passes=[
        {"partner_agreement_no": "P1", "has_partner": True},
        {"partner_agreement_no": "P1", "has_partner": None},
        {"has_partner": True},
    ],
    fails=[
        {"partner_agreement_no": "P1", "has_partner": False},
        {"partner_agreement_no": "P2", "has_partner": False},
        {"has_partner": False},
    ],
)
def agreement_is_reported(loan: Any, limits: Any) -> Any:
    return loan.has_partner
