"""Codes that name a company: licence numbers, unified social credit codes, names.

Belongs here: the form and the check characters of what an institution, a partner or an agency is known by, and that the
loans say the same as the institution. Not here: whether a partner is on the list (``partners``) or what it charges.
"""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any

import ibis

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, EVERYWHERE, implies, rule
from schemas.rules.identity import USCC_EXAMPLES, USCC_MISTAKES, is_valid_uscc

# those that the NFRA licenses; small-loan companies are registered by the province and have no such number
LICENSED = ("BANK", "CFC", "TRUST", "AFC")
LICENCE_FORM = "^[A-Z][0-9]{4}[A-Z][0-9]{9}$"  # B0001H111000001 in the interface note [P]
# GB 11714-1997 [B-H]: the organisation code inside a credit code, eight characters and their check character
ORGANISATION_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ORGANISATION_CHECKS = "0123456789X0"  # by 11 less the remainder: 10 is X, 11 is 0
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATIONS = (  # one for each of the eleven remainders, and one without a nought
    "91110105MA00000908", "91110105MA000004XW", "91110105MA0000189Q", "91110105MA0000058W", "91110105MA0000007L",
    "91110105MA0000066P", "91110105MA0000015F", "91110105MA0000074J", "91110105MA0000023A", "91110105MA0000082D",
    "91110105MA00000315", "93371234567891238N",
)  # fmt: skip
_NO_ORGANISATIONS = (
    "91110105MA00000918", "91110105MA0000040W", "91110105MA000018XQ", "91110105MA0000057W",
    "93371234567981238N",
)  # fmt: skip


def has_valid_organisation(code: Any) -> Any:
    """Characters 9 to 17 of a unified social credit code are an organisation code with a valid check character."""
    characters = ibis.literal(ORGANISATION_CHARACTERS)
    total = reduce(
        add, (characters.find(code.substr(8 + at, 1)) * weight for at, weight in enumerate(ORGANISATION_WEIGHTS))
    )
    check = ibis.literal(ORGANISATION_CHECKS).substr(11 - total % 11, 1)
    return implies(code.re_search("^[0-9A-Z]{17}.$"), code.substr(16, 1) == check)


@rule(
    "IDN-016",
    on="loan",
    jurisdictions=CHINA,
    lender_types=LICENSED,
    fields=("licence_no", "lender_type"),
    cites="EAST 5.0, JRXKZH 金融许可证号",
    confidence=Confidence.PRIMARY,
    en="The loan's financial licence number is a letter, four digits, a letter and nine digits.",
    zh="贷款的金融许可证号应为15位：字母、四位数字、字母、九位数字。",
    says=("licence number {licence_no}", "金融许可证号为{licence_no}"),
    passes=[{"licence_no": "B0001H111000001"}, {"licence_no": "X0002H330106001"}, {"licence_no": "L9999S000000000"}],
    fails=[
        {"licence_no": "B0001H11100001"},
        {"licence_no": "B0001H1110000011"},
        {"licence_no": "b0001H111000001"},
        {"licence_no": "B00O1H111000001"},
        {"licence_no": "B00011111000001"},
        {"licence_no": " B0001H111000001"},
    ],
)
def licence_has_its_form(loan: Any, limits: Any) -> Any:
    return loan.licence_no.re_search(LICENCE_FORM)


@rule(
    "IDN-017",
    on="institution",
    jurisdictions=CHINA,
    lender_types=LICENSED,
    fields=("licence_no", "institution_name"),
    cites="EAST 5.0, JRXKZH 金融许可证号",
    confidence=Confidence.PRIMARY,
    en="The institution's financial licence number is a letter, four digits, a letter and nine digits.",
    zh="机构的金融许可证号应为15位：字母、四位数字、字母、九位数字。",
    says=("licence number {licence_no} of {institution_name}", "{institution_name}的金融许可证号为{licence_no}"),
    passes=[{"licence_no": "B0001H111000001"}, {"licence_no": "X0002H330106001"}, {"licence_no": "L9999S000000000"}],
    fails=[
        {"licence_no": "B0001H11100001"},
        {"licence_no": "B0001H1110000011"},
        {"licence_no": "B0001h111000001"},
        {"licence_no": "0B001H111000001"},
    ],
)
def institution_licence_has_its_form(institution: Any, limits: Any) -> Any:
    return institution.licence_no.re_search(LICENCE_FORM)


@rule(
    "IDN-018",
    on="loan_with_identity",
    jurisdictions=CHINA,
    fields=("licence_no", "institution_licence_no"),
    cites="EAST 5.0, tables 101 and 503: one institution, one licence number",
    confidence=Confidence.PRIMARY,
    en="The loan states the licence number of its institution.",
    zh="贷款的金融许可证号应与所属机构一致。",
    says=(
        "the loan says {licence_no}, the institution {institution_licence_no}",
        "贷款填报{licence_no}，机构为{institution_licence_no}",
    ),
    passes=[
        {"licence_no": "B0001H111000001", "institution_licence_no": "B0001H111000001"},
        {"licence_no": "B0001H111000001"},
        {"institution_licence_no": "B0001H111000001"},
    ],
    fails=[
        {"licence_no": "B0001H111000001", "institution_licence_no": "B0001H111000002"},
        {"licence_no": "B0001H111000001", "institution_licence_no": "b0001H111000001"},
        {"licence_no": "X0002H330106001", "institution_licence_no": "B0001H111000001"},
    ],
)
def licence_is_the_institutions(loan: Any, limits: Any) -> Any:
    return loan.licence_no == loan.institution_licence_no


@rule(
    "IDN-019",
    on="institution",
    jurisdictions=CHINA,
    lender_types=LICENSED,
    fields=("licence_no", "lender_type", "institution_name"),
    cites="EAST 5.0, JRXKZH: the first field of every table",
    confidence=Confidence.PRIMARY,
    en="A lender that the banking regulator licenses states its licence number.",
    zh="持牌金融机构应填报金融许可证号。",
    says=("{institution_name} ({lender_type}) states no licence number", "{institution_name}未填报金融许可证号"),
    passes=[
        {"licence_no": "B0001H111000001"},
        {"licence_no": "X", "lender_type": "CFC"},
        {"licence_no": "X", "lender_type": "TRUST"},
    ],
    fails=[{}, {"lender_type": "BANK"}, {"lender_type": "AFC", "institution_name": "示例"}],
)
def institution_has_a_licence(institution: Any, limits: Any) -> Any:
    return institution.licence_no.notnull()


@rule(
    "IDN-020",
    on="loan_with_identity",
    jurisdictions=EVERYWHERE,
    fields=("lender_type", "institution_lender_type"),
    cites="Caps and limits differ by kind of lender: a loan and its institution say the same kind",
    confidence=Confidence.OWN,
    en="The loan's kind of lender is that of its institution.",
    zh="贷款的机构类型应与所属机构一致。",
    says=(
        "the loan says {lender_type}, the institution {institution_lender_type}",
        "贷款填报{lender_type}，机构为{institution_lender_type}",
    ),
    passes=[
        {"lender_type": "CFC", "institution_lender_type": "CFC"},
        {"lender_type": "BANK", "institution_lender_type": "BANK"},
        {"lender_type": "CFC"},
    ],
    fails=[
        {"lender_type": "CFC", "institution_lender_type": "BANK"},
        {"lender_type": "BANK", "institution_lender_type": "MICRO"},
        {"lender_type": "OTHER", "institution_lender_type": "CFC"},
    ],
)
def kind_of_lender_is_the_institutions(loan: Any, limits: Any) -> Any:
    return loan.lender_type == loan.institution_lender_type


@rule(
    "IDN-021",
    on="loan",
    jurisdictions=CHINA,
    fields=("enhancer_uscc",),
    cites="GB 32100-2015",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The credit enhancer's unified social credit code has a valid check character.",
    zh="增信机构统一社会信用代码的校验码应正确。",
    says=("{enhancer_uscc} is no unified social credit code", "{enhancer_uscc}不是有效的统一社会信用代码"),
    passes=[{"enhancer_uscc": code} for code in USCC_EXAMPLES],
    fails=[{"enhancer_uscc": code} for code in USCC_MISTAKES],
)
def enhancer_code_is_valid(loan: Any, limits: Any) -> Any:
    return is_valid_uscc(loan.enhancer_uscc)


@rule(
    "IDN-022",
    on="fee",
    jurisdictions=CHINA,
    fields=("collector_uscc", "collector_name"),
    cites="GB 32100-2015",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The collecting entity's unified social credit code has a valid check character.",
    zh="收取主体统一社会信用代码的校验码应正确。",
    says=(
        "{collector_uscc} of {collector_name} is no unified social credit code",
        "{collector_name}的{collector_uscc}不是有效的统一社会信用代码",
    ),
    passes=[{"collector_uscc": code} for code in USCC_EXAMPLES],
    fails=[{"collector_uscc": code} for code in USCC_MISTAKES],
)
def collector_code_is_valid(fee: Any, limits: Any) -> Any:
    return is_valid_uscc(fee.collector_uscc)


@rule(
    "IDN-023",
    on="contact",
    jurisdictions=CHINA,
    fields=("agency_uscc", "agency_name"),
    cites="GB 32100-2015",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The collection agency's unified social credit code has a valid check character.",
    zh="委外催收机构统一社会信用代码的校验码应正确。",
    says=(
        "{agency_uscc} of {agency_name} is no unified social credit code",
        "{agency_name}的{agency_uscc}不是有效的统一社会信用代码",
    ),
    passes=[{"agency_uscc": code} for code in USCC_EXAMPLES],
    fails=[{"agency_uscc": code} for code in USCC_MISTAKES],
)
def agency_code_is_valid(contact: Any, limits: Any) -> Any:
    return is_valid_uscc(contact.agency_uscc)


@rule(
    "IDN-024",
    on="institution",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("lender_uscc", "institution_name"),
    cites="GB 32100-2015, GB 11714-1997",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The organisation code inside the lender's unified social credit code has a valid check character.",
    zh="机构统一社会信用代码中主体标识码（组织机构代码）的校验码应正确。",
    says=("{lender_uscc}: characters 9 to 17 do not agree", "{lender_uscc}的第9至17位校验不符"),
    passes=[{"lender_uscc": code} for code in (*_ORGANISATIONS, "short", "9111010５MA00000908")],
    fails=[{"lender_uscc": code} for code in _NO_ORGANISATIONS],
)
def institution_organisation_code_is_valid(institution: Any, limits: Any) -> Any:
    return has_valid_organisation(institution.lender_uscc)


@rule(
    "IDN-025",
    on="partner",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("partner_uscc", "partner_name"),
    cites="GB 32100-2015, GB 11714-1997",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The organisation code inside the partner's unified social credit code has a valid check character.",
    zh="合作方统一社会信用代码中主体标识码（组织机构代码）的校验码应正确。",
    says=(
        "{partner_uscc} of {partner_name}: characters 9 to 17 do not agree",
        "{partner_name}的{partner_uscc}第9至17位校验不符",
    ),
    passes=[{"partner_uscc": code} for code in (*_ORGANISATIONS, "short", "9111010５MA00000908")],
    fails=[{"partner_uscc": code} for code in _NO_ORGANISATIONS],
)
def partner_organisation_code_is_valid(partner: Any, limits: Any) -> Any:
    return has_valid_organisation(partner.partner_uscc)
