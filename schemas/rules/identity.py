"""Who lent, who borrowed, which loan: identifiers, dates and links between tables.

Belongs here: that a row says whose and which it is, and that what it points to exists. Not here: what the loan costs
or how it is paid.
"""

from __future__ import annotations

from typing import Any

import ibis

from loantape.declare import Confidence
from schemas.rules import CHINA, EVERYWHERE, implies, rule

# GB 32100-2015: the 31 characters of a unified social credit code and the weights of its first 17 places
USCC_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def is_valid_uscc(code: Any) -> Any:
    """The check character closes the weighted sum of the other 17 to a multiple of 31."""
    places = (*USCC_WEIGHTS, 1)
    characters = ibis.literal(USCC_CHARACTERS)
    total = sum(characters.find(code.substr(place, 1)) * weight for place, weight in enumerate(places))
    return code.re_search("^[0-9A-HJ-NPQRTUWXY]{18}$") & (total % len(USCC_CHARACTERS) == 0)


@rule(
    "IDN-001",
    on="institution",
    jurisdictions=CHINA,
    fields=("lender_uscc",),
    cites="GB 32100-2015",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The lender's unified social credit code has a valid check character.",
    zh="机构统一社会信用代码的校验码应正确。",
    passes=[{"lender_uscc": "91100000100003962T"}],
    fails=[
        {"lender_uscc": "911000001000039620"},
        {"lender_uscc": "91100000100003926T"},
        {"lender_uscc": "91100000100003962"},
        {"lender_uscc": "91100000100003962t"},
    ],
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
    passes=[{"partner_uscc": "91100000100003962T"}],
    fails=[{"partner_uscc": "91100000100003962U"}, {"partner_uscc": "I1100000100003962T"}],
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
    passes=[{"lender_uscc": "91100000100003962T", "has_institution": True}],
    fails=[{"lender_uscc": "91100000100003962T", "has_institution": False}],
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
    passes=[{"lender_region": "110105"}, {"lender_region": "820000"}],
    fails=[
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
    passes=[{"borrower_region": "440305"}, {"borrower_region": "000344"}],
    fails=[{"borrower_region": "001344"}, {"borrower_region": "00034"}, {"borrower_region": "44030A"}],
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
    passes=[{"is_id_no_valid": True}, {"is_id_no_valid": None, "id_type": "B03"}],
    fails=[{"is_id_no_valid": False, "id_type": "B01"}],
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
    passes=[{"start_date": "2026-10-31", "maturity_date": "2026-10-31"}],
    fails=[{"start_date": "2026-10-31", "maturity_date": "2026-10-30"}],
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
    passes=[{"start_date": "2026-10-31", "snapshot_date": "2026-10-31"}],
    fails=[{"start_date": "2026-11-01", "snapshot_date": "2026-10-31"}],
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
    passes=[{"snapshot_date": "2026-10-31"}],
    fails=[{"snapshot_date": "2026-10-30"}, {"snapshot_date": "2026-11-01"}],
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
    passes=[
        {"loan_status": "LS02", "extended_maturity_date": "2027-01-31"},
        {"loan_status": "LS04", "extended_maturity_date": "2026-11-30"},
        {"loan_status": "LS01"},
    ],
    fails=[{"loan_status": "LS02"}, {"loan_status": "LS04"}],
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
    passes=[{"iou_no": "A", "has_loan": True}],
    fails=[{"iou_no": "A", "has_loan": False}],
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
    passes=[{"iou_no": "A", "has_loan": True}],
    fails=[{"iou_no": "A", "has_loan": False}],
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
    passes=[{"iou_no": "A", "has_loan": True}],
    fails=[{"iou_no": "A", "has_loan": False}],
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
    passes=[{"iou_no": "A", "has_loan": True}],
    fails=[{"iou_no": "A", "has_loan": False}],
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
    passes=[{"partner_agreement_no": "P1", "has_partner": True}],
    fails=[{"partner_agreement_no": "P1", "has_partner": False}],
)
def agreement_is_reported(loan: Any, limits: Any) -> Any:
    return loan.has_partner
