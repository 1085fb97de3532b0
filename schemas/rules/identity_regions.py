"""Where: regions of branches, borrowers and applications, and countries.

Belongs here: that a region is one there is and of the level that is asked for. Not here: whether a loan may be granted
there (``products``).

The tape takes provinces from the published list. Counties change every year, so only their level is judged: a code that
ends in 00 names a province or a city.
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence, Severity
from schemas.grains.identity import NOT_MAINLAND
from schemas.rules import CHINA, implies, rule

DOMESTIC = "^[1-8][0-9]{5}$"  # what has another form is a finding of IDN-004, IDN-005 and IDN-036 already
COUNTY_LEVEL = "PBoC financial base data V2.1, C0009: six digits of the county"


def is_listed(region: Any, is_province: Any) -> Any:
    """A domestic code begins with a province that there is; codes of another form are not judged."""
    return implies(region.re_search(DOMESTIC), is_province)


def is_county(region: Any) -> Any:
    """A domestic code is not that of a province or a city."""
    return implies(region.re_search(DOMESTIC), ~region.endswith("00"))


def _listed(region: str, is_province: str) -> dict[str, Any]:
    return {
        "passes": [
            {region: "110105", is_province: True},
            {region: "010105", is_province: False},
            {region: "11010", is_province: False},
            {region: "1101055", is_province: False},
        ],
        "fails": [
            {region: "190105", is_province: False},
            {region: "830000", is_province: False},
            {region: "109999", is_province: False},
        ],
    }


def _county(region: str) -> dict[str, Any]:
    return {
        "passes": [
            {region: "110105"},
            {region: "110001"},
            {region: "110110"},
            {region: "000400"},
            {region: "11000"},
            {region: "1101000"},
        ],
        "fails": [{region: "110000"}, {region: "110100"}, {region: "820000"}],
    }


@rule(
    "IDN-029",
    on="loan_with_identity",
    jurisdictions=CHINA,
    fields=("lender_region", "is_lender_province"),
    cites="GB/T 2260; PBoC financial base data V2.1, CLGRDK 3",
    confidence=Confidence.PRIMARY,
    en="The region of the branch is in a province that there is.",
    zh="机构地区代码应属于现有省级行政区划。",
    says=("no province begins {lender_region}", "没有与{lender_region}对应的省级行政区划"),
    **_listed("lender_region", "is_lender_province"),
)
def branch_is_in_a_province(loan: Any, limits: Any) -> Any:
    return is_listed(loan.lender_region, loan.is_lender_province)


@rule(
    "IDN-030",
    on="loan",
    jurisdictions=CHINA,
    fields=("lender_region",),
    cites=f"{COUNTY_LEVEL}; CLGRDK 3",
    confidence=Confidence.PRIMARY,
    en="The region of the branch is a county or district.",
    zh="机构地区代码应填至县（区）级。",
    says=("{lender_region} is a province or a city", "{lender_region}为省级或地市级代码"),
    **_county("lender_region"),
)
def branch_region_is_a_county(loan: Any, limits: Any) -> Any:
    return is_county(loan.lender_region)


@rule(
    "IDN-031",
    on="loan_with_identity",
    jurisdictions=CHINA,
    fields=("borrower_region", "is_borrower_province"),
    cites="GB/T 2260; PBoC financial base data V2.1, CLGRDK 6",
    confidence=Confidence.PRIMARY,
    en="The region of a domestic borrower is in a province that there is.",
    zh="境内借款人地区代码应属于现有省级行政区划。",
    says=("no province begins {borrower_region}", "没有与{borrower_region}对应的省级行政区划"),
    **_listed("borrower_region", "is_borrower_province"),
)
def borrower_is_in_a_province(loan: Any, limits: Any) -> Any:
    return is_listed(loan.borrower_region, loan.is_borrower_province)


@rule(
    "IDN-032",
    on="loan",
    jurisdictions=CHINA,
    fields=("borrower_region",),
    cites=f"{COUNTY_LEVEL}; CLGRDK 6",
    confidence=Confidence.PRIMARY,
    en="The region of a domestic borrower is a county or district.",
    zh="境内借款人地区代码应填至县（区）级。",
    says=("{borrower_region} is a province or a city", "{borrower_region}为省级或地市级代码"),
    passes=[
        {"borrower_region": "110105"},
        {"borrower_region": "110001"},
        {"borrower_region": "000400"},
        {"borrower_region": "11000"},
        {"borrower_region": "1101000"},
        {"borrower_region": "710000"},
        {"borrower_region": "810000"},
        {"borrower_region": "820000"},
    ],
    fails=[{"borrower_region": "110000"}, {"borrower_region": "110100"}, {"borrower_region": "650000"}],
)
def borrower_region_is_a_county(loan: Any, limits: Any) -> Any:
    return loan.borrower_region.substr(0, 2).isin(NOT_MAINLAND) | is_county(loan.borrower_region)


@rule(
    "IDN-033",
    on="loan",
    jurisdictions=CHINA,
    fields=("borrower_region",),
    cites="PBoC financial base data V2.1, CLGRDK 6: Hong Kong, Macau and Taiwan by their country codes",
    confidence=Confidence.PRIMARY,
    en="A borrower from Hong Kong, Macau or Taiwan has 000 and the code of GB/T 2659, not a mainland code.",
    zh="港澳台借款人地区代码应为000加GB/T 2659三位代码，不得使用81、82、71开头的代码。",
    says=("the borrower is in {borrower_region}", "借款人地区代码为{borrower_region}"),
    passes=[
        {"borrower_region": "000344"},
        {"borrower_region": "000446"},
        {"borrower_region": "440305"},
        {"borrower_region": "510181"},
    ],
    fails=[{"borrower_region": "810000"}, {"borrower_region": "820000"}, {"borrower_region": "710000"}],
)
def hong_kong_macau_taiwan_by_country_code(loan: Any, limits: Any) -> Any:
    return ~loan.borrower_region.substr(0, 2).isin(NOT_MAINLAND)


@rule(
    "IDN-034",
    on="loan_with_identity",
    jurisdictions=CHINA,
    fields=("borrower_region", "is_foreign_country"),
    cites="GB/T 2659; PBoC financial base data V2.1, CLGRDK 6",
    confidence=Confidence.PRIMARY,
    en="After 000, the region of a foreign borrower is the number of a country other than China.",
    zh="境外借款人地区代码000之后应为中国以外的国别数字代码。",
    says=("no foreign country has the number of {borrower_region}", "{borrower_region}后三位不是境外国别数字代码"),
    passes=[
        {"borrower_region": "000344", "is_foreign_country": True},
        {"borrower_region": "000840", "is_foreign_country": True},
        {"borrower_region": "440305", "is_foreign_country": None},
        {"borrower_region": "000ABC", "is_foreign_country": False},
        {"borrower_region": "0003440", "is_foreign_country": False},
    ],
    fails=[
        {"borrower_region": "000156", "is_foreign_country": False},
        {"borrower_region": "000999", "is_foreign_country": False},
        {"borrower_region": "000000", "is_foreign_country": False},
    ],
)
def foreign_country_is_listed(loan: Any, limits: Any) -> Any:
    return implies(loan.borrower_region.re_search("^000[0-9]{3}$"), loan.is_foreign_country)


@rule(
    "IDN-035",
    on="institution_with_codes",
    jurisdictions=CHINA,
    fields=("lender_region", "is_lender_province"),
    cites="GB/T 2260",
    confidence=Confidence.PRIMARY,
    en="The institution's region is six digits and in a province that there is.",
    zh="机构注册地地区代码应为六位，且属于现有省级行政区划。",
    says=("the institution is registered in {lender_region}", "机构注册地地区代码为{lender_region}"),
    passes=[
        {"lender_region": "110105", "is_lender_province": True},
        {"lender_region": "820000", "is_lender_province": True},
        {"is_lender_province": True},
    ],
    fails=[
        {"lender_region": "190105", "is_lender_province": False},
        {"lender_region": "11010", "is_lender_province": True},
        {"lender_region": "1101055", "is_lender_province": True},
        {"lender_region": "11010A", "is_lender_province": True},
        {"lender_region": "000344", "is_lender_province": False},
    ],
)
def institution_is_in_a_province(institution: Any, limits: Any) -> Any:
    return institution.lender_region.re_search(DOMESTIC) & institution.is_lender_province


@rule(
    "IDN-036",
    on="loan",
    jurisdictions=CHINA,
    fields=("apply_region",),
    cites="GB/T 2260; EAST 5.0, table 503 DKTXDQ: six digits, filled to the second level at least",
    confidence=Confidence.PRIMARY,
    en="The region where the loan was applied for is a domestic code of six digits.",
    zh="贷款受理地区代码应为六位境内行政区划代码。",
    says=("applied for in {apply_region}", "受理地区代码为{apply_region}"),
    passes=[{"apply_region": "110100"}, {"apply_region": "440305"}, {"apply_region": "820000"}],
    fails=[
        {"apply_region": "000344"},
        {"apply_region": "11010"},
        {"apply_region": "1101001"},
        {"apply_region": "91010A"},
        {"apply_region": "910101"},
    ],
)
def apply_region_is_a_code(loan: Any, limits: Any) -> Any:
    return loan.apply_region.re_search(DOMESTIC)


@rule(
    "IDN-037",
    on="loan_with_identity",
    jurisdictions=CHINA,
    fields=("apply_region", "is_apply_province"),
    cites="GB/T 2260",
    confidence=Confidence.PRIMARY,
    en="The region where the loan was applied for is in a province that there is.",
    zh="贷款受理地区代码应属于现有省级行政区划。",
    says=("no province begins {apply_region}", "没有与{apply_region}对应的省级行政区划"),
    **_listed("apply_region", "is_apply_province"),
)
def applied_for_in_a_province(loan: Any, limits: Any) -> Any:
    return is_listed(loan.apply_region, loan.is_apply_province)


@rule(
    "IDN-038",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("apply_region",),
    cites="EAST 5.0, table 503 DKTXDQ: filled to the second level, e.g. 110100",
    confidence=Confidence.PRIMARY,
    en="The region where the loan was applied for is a city at least, not a province.",
    zh="贷款受理地区代码应至少填至地市级。",
    says=("{apply_region} is a province", "{apply_region}为省级代码"),
    passes=[
        {"apply_region": "110100"},
        {"apply_region": "440305"},
        {"apply_region": "11000"},
        {"apply_region": "100001"},
    ],
    fails=[{"apply_region": "110000"}, {"apply_region": "650000"}, {"apply_region": "310000"}],
)
def apply_region_is_a_city(loan: Any, limits: Any) -> Any:
    return ~loan.apply_region.re_search("^[1-8][0-9]0000$")
