"""Contracts, IOUs and names: what belongs together says the same, and lists are used as published.

Belongs here: the IOUs of one contract, product and currency codes, names, dates that no other topic orders, contacts
and complaints that point to a loan. Not here: arrears, payments and endings (``arrears_*``).
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, EVERYWHERE, implies, rule
from schemas.rules.identity import NO_LOAN, WITH_LOAN, WITHOUT_LOAN

# codes that only group others: a loan has one of those below them [P]
PRODUCT_GROUPS = ("F02", "F021", "F0213", "F04", "F05", "F06", "F07", "F08")
GUARANTEE_GROUPS = ("B", "C")
POINTS_TO_A_LOAN = "EAST 5.0 draft check rules JHGZ3289-3293: what a row points to exists"


def _alike(field: str, one: str, value: str, other: str) -> dict[str, Any]:
    return {
        "passes": [{field: value, one: True}, {field: value}, {one: True}],
        "fails": [{field: value, one: False}, {field: other, one: False}, {one: False}],
    }


@rule(
    "IDN-054",
    on="loan",
    jurisdictions=CHINA,
    fields=("extended_maturity_date", "start_date"),
    cites="PBoC financial base data V2.1, CLGRDK 12",
    confidence=Confidence.PRIMARY,
    en="An extended or shortened loan does not mature before it was granted.",
    zh="展期或缩期后的到期日期不得早于发放日期。",
    says=(
        "granted {start_date}, matures {extended_maturity_date}",
        "发放日期{start_date}，展期到期日期{extended_maturity_date}",
    ),
    passes=[
        {"start_date": "2026-10-31", "extended_maturity_date": "2026-10-31"},
        {"start_date": "2026-10-31", "extended_maturity_date": "2026-11-01"},
        {"start_date": "2026-10-31"},
        {"extended_maturity_date": "2026-10-31"},
    ],
    fails=[
        {"start_date": "2026-10-31", "extended_maturity_date": "2026-10-30"},
        {"start_date": "2026-01-01", "extended_maturity_date": "2025-12-31"},
        {"start_date": "2026-10-31", "extended_maturity_date": "1926-10-31"},
    ],
)
def extended_maturity_after_grant(loan: Any, limits: Any) -> Any:
    return loan.start_date <= loan.extended_maturity_date


@rule(
    "IDN-055",
    on="institution",
    jurisdictions=EVERYWHERE,
    fields=("snapshot_date", "institution_name"),
    cites="A delivery is made for one reporting date",
    confidence=Confidence.OWN,
    en="The institution is reported as of the delivery's reporting date.",
    zh="机构的报送日期应与本次报送期一致。",
    says=("{institution_name} is as of {snapshot_date}", "{institution_name}的报送日期为{snapshot_date}"),
    passes=[
        {"snapshot_date": "2026-10-31"},
        {"snapshot_date": "2026-10-31", "institution_name": "示例"},
        {"currency": "CNY"},
    ],
    fails=[{"snapshot_date": "2026-10-30"}, {"snapshot_date": "2026-11-01"}, {"snapshot_date": "2025-10-31"}],
)
def institution_is_as_of_the_period(institution: Any, limits: Any) -> Any:
    return institution.snapshot_date == limits.period


@rule(
    "IDN-056",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("last_paid_on", "ended_on", "loan_status"),
    cites="A loan that is closed is owed nothing more",
    confidence=Confidence.OWN,
    en="A closed loan was last paid by the day it ended.",
    zh="已结清贷款的最近一次还款日期不应晚于终结日期。",
    says=("ended {ended_on}, last paid {last_paid_on}", "终结日期{ended_on}，最近还款日期{last_paid_on}"),
    passes=[
        {"loan_status": "LF01", "ended_on": "2026-10-15", "last_paid_on": "2026-10-15"},
        {"loan_status": "LF01", "ended_on": "2026-10-15", "last_paid_on": "2026-10-14"},
        {"loan_status": "LF02", "ended_on": "2026-10-15", "last_paid_on": "2026-10-16"},
        {"loan_status": "LF01", "last_paid_on": "2026-10-16"},
    ],
    fails=[
        {"loan_status": "LF01", "ended_on": "2026-10-15", "last_paid_on": "2026-10-16"},
        {"loan_status": "LF01", "ended_on": "2026-09-30", "last_paid_on": "2026-10-01"},
        {"loan_status": "LF01", "ended_on": "2026-10-15", "last_paid_on": "2027-10-15"},
    ],
)
def closed_loan_is_not_paid_again(loan: Any, limits: Any) -> Any:
    return implies(loan.loan_status == "LF01", loan.last_paid_on <= loan.ended_on)


@rule(
    "IDN-057",
    on="loan_with_identity",
    jurisdictions=CHINA,
    fields=("contract_no", "contract_has_one_borrower"),
    cites="PBoC financial base data V2.1, CLGRDK 7-8: the IOUs of one loan contract",
    confidence=Confidence.PRIMARY,
    en="All IOUs of a contract are of one borrower.",
    zh="同一合同项下的借据应属于同一借款人。",
    says=("contract {contract_no} has IOUs of several borrowers", "合同{contract_no}项下的借据属于不同借款人"),
    **_alike("contract_no", "contract_has_one_borrower", "HT1", "HT2"),
)
def contract_has_one_borrower(loan: Any, limits: Any) -> Any:
    return loan.contract_has_one_borrower


@rule(
    "IDN-058",
    on="loan_with_identity",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("contract_no", "currency", "contract_has_one_currency"),
    cites="A contract in several currencies must be explained",
    confidence=Confidence.OWN,
    en="All IOUs of a contract are in one currency.",
    zh="同一合同项下的借据应为同一币种。",
    says=(
        "contract {contract_no}: {currency} here, another currency on another IOU",
        "合同{contract_no}：本笔为{currency}，其他借据币种不同",
    ),
    **_alike("contract_no", "contract_has_one_currency", "HT1", "HT2"),
)
def contract_has_one_currency(loan: Any, limits: Any) -> Any:
    return loan.contract_has_one_currency


@rule(
    "IDN-059",
    on="loan_with_identity",
    jurisdictions=CHINA,
    fields=("contract_no", "lender_uscc", "contract_has_one_lender"),
    cites="PBoC financial base data V2.1, CLGRDK 1 and 8",
    confidence=Confidence.PRIMARY,
    en="All IOUs of a contract are of one lender.",
    zh="同一合同项下的借据应属于同一机构。",
    says=(
        "contract {contract_no}: lender {lender_uscc} here, another on another IOU",
        "合同{contract_no}：本笔机构为{lender_uscc}，其他借据不同",
    ),
    **_alike("contract_no", "contract_has_one_lender", "HT1", "HT2"),
)
def contract_has_one_lender(loan: Any, limits: Any) -> Any:
    return loan.contract_has_one_lender


@rule(
    "IDN-060",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("iou_no", "contract_no", "is_revolving"),
    cites="PBoC financial base data V2.1, CLGRDK 7-8: an IOU, or the voucher that orders the grant",
    confidence=Confidence.OWN,
    en="An IOU under a revolving line has a number of its own, not that of the contract.",
    zh="循环额度项下的借据应有独立编号，不得与合同号相同。",
    says=("IOU and contract are both {iou_no}", "借据号与合同号均为{iou_no}"),
    passes=[
        {"is_revolving": True, "iou_no": "A1", "contract_no": "HTA1"},
        {"is_revolving": False, "iou_no": "A1", "contract_no": "A1"},
        {"is_revolving": True, "iou_no": "A1"},
        {"iou_no": "A1", "contract_no": "A1"},
    ],
    fails=[
        {"is_revolving": True, "iou_no": "A1", "contract_no": "A1"},
        {"is_revolving": True, "iou_no": "HT0001", "contract_no": "HT0001"},
        {"is_revolving": True, "iou_no": "0", "contract_no": "0"},
    ],
)
def iou_has_its_own_number(loan: Any, limits: Any) -> Any:
    return implies(loan.is_revolving, loan.iou_no != loan.contract_no)


@rule(
    "IDN-061",
    on="loan",
    jurisdictions=CHINA,
    fields=("product_class",),
    cites="PBoC financial base data V2.1, CLGRDK 9: the lowest level only",
    confidence=Confidence.PRIMARY,
    en="The product class is one of the lowest level, not a heading.",
    zh="产品类别应填至最低一级代码。",
    says=("{product_class} is the heading of other classes", "{product_class}不是最低一级代码"),
    passes=[{"product_class": "F0219"}, {"product_class": "F022"}, {"product_class": "F02131"}],
    fails=[{"product_class": one} for one in PRODUCT_GROUPS],
)
def product_class_is_lowest(loan: Any, limits: Any) -> Any:
    return ~loan.product_class.isin(PRODUCT_GROUPS)


@rule(
    "IDN-062",
    on="loan",
    jurisdictions=CHINA,
    fields=("guarantee_type",),
    cites="PBoC financial base data V2.1, CLGRDK 22: mortgages and guarantees by their kind",
    confidence=Confidence.PRIMARY,
    en="The kind of guarantee is one of the lowest level, not a heading.",
    zh="担保方式应填至最低一级代码。",
    says=("{guarantee_type} is the heading of other kinds", "{guarantee_type}不是最低一级代码"),
    passes=[{"guarantee_type": "B01"}, {"guarantee_type": "C99"}, {"guarantee_type": "D"}],
    fails=[
        {"guarantee_type": "B"},
        {"guarantee_type": "C"},
        {"guarantee_type": "C", "product_class": "F0219"},
    ],
)
def guarantee_is_lowest(loan: Any, limits: Any) -> Any:
    return ~loan.guarantee_type.isin(GUARANTEE_GROUPS)


@rule(
    "IDN-063",
    on="loan_with_identity",
    jurisdictions=CHINA,
    fields=("currency", "is_currency"),
    cites="GB/T 12406; PBoC financial base data V2.1, CLGRDK 13",
    confidence=Confidence.PRIMARY,
    en="The loan's currency is in the list, three letters.",
    zh="贷款币种应为币种代码表中的三位字母代码。",
    says=("{currency} is no currency of the list", "{currency}不在币种代码表中"),
    **_alike("currency", "is_currency", "CNY", "RMB"),
)
def loan_currency_is_listed(loan: Any, limits: Any) -> Any:
    return loan.is_currency


@rule(
    "IDN-064",
    on="institution_with_codes",
    jurisdictions=CHINA,
    fields=("currency", "is_currency"),
    cites="GB/T 12406",
    confidence=Confidence.PRIMARY,
    en="The currency of the institution's figures is in the list, three letters.",
    zh="机构金额的币种应为币种代码表中的三位字母代码。",
    says=("{currency} is no currency of the list", "{currency}不在币种代码表中"),
    **_alike("currency", "is_currency", "CNY", "RMB"),
)
def institution_currency_is_listed(institution: Any, limits: Any) -> Any:
    return institution.is_currency


@rule(
    "IDN-065",
    on="institution",
    jurisdictions=EVERYWHERE,
    severity=Severity.WARNING,
    fields=("institution_name", "lender_uscc"),
    cites="EAST 5.0, YHJGMC 银行机构名称: a name, not a number",
    confidence=Confidence.PRIMARY,
    en="The institution's name is a name: two letters or Chinese characters at least.",
    zh="机构名称应为文字名称，至少含两个字母或汉字。",
    says=("{institution_name} is no name", "{institution_name}不是机构名称"),
    passes=[
        {"institution_name": "示例消费金融有限公司"},
        {"institution_name": "Example Auto Trust 2026-1"},
        {"institution_name": "示例"},
        {"institution_name": "1a2b"},
    ],
    fails=[
        {"institution_name": "91100000100003962T"},
        {"institution_name": "例"},
        {"institution_name": "B0001"},
        {"institution_name": "-"},
    ],
)
def institution_has_a_name(institution: Any, limits: Any) -> Any:
    return institution.institution_name.re_search(r"[A-Za-z\p{Han}].*[A-Za-z\p{Han}]")


@rule(
    "IDN-066",
    on="partner",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("partner_name", "partner_agreement_no"),
    cites="EAST 5.0, table 513 HZFMC: the name is no secret and is not masked",
    confidence=Confidence.PRIMARY,
    en="The partner's name is a name: two letters or Chinese characters at least.",
    zh="合作方名称应为文字名称，至少含两个字母或汉字。",
    says=("{partner_name} is no name", "{partner_name}不是合作方名称"),
    passes=[
        {"partner_name": "示例信息科技有限公司"},
        {"partner_name": "Example"},
        {"partner_name": "示例"},
        {"partner_name": "360数科"},
    ],
    fails=[
        {"partner_name": "91100000100003962T"},
        {"partner_name": "***"},
        {"partner_name": "某1"},
        {"partner_name": "1"},
    ],
)
def partner_has_a_name(partner: Any, limits: Any) -> Any:
    return partner.partner_name.re_search(r"[A-Za-z\p{Han}].*[A-Za-z\p{Han}]")


@rule(
    "IDN-067",
    on="contact_with_loan",
    jurisdictions=CHINA,
    fields=("iou_no",),
    cites=POINTS_TO_A_LOAN,
    confidence=Confidence.PRIMARY,
    en="A collection contact belongs to a loan of this delivery.",
    zh="催收记录应对应本次报送的贷款。",
    says=NO_LOAN,
    passes=WITH_LOAN,
    fails=WITHOUT_LOAN,
)
def contact_has_its_loan(contact: Any, limits: Any) -> Any:
    return contact.has_loan


@rule(
    "IDN-068",
    on="complaint_with_loan",
    jurisdictions=CHINA,
    fields=("iou_no",),
    cites=POINTS_TO_A_LOAN,
    confidence=Confidence.PRIMARY,
    en="A complaint about a loan names a loan of this delivery.",
    zh="涉及贷款的投诉应对应本次报送的贷款。",
    says=NO_LOAN,
    passes=[*WITH_LOAN, {"complaint_no": "T1"}],
    fails=WITHOUT_LOAN,
)
def complaint_has_its_loan(complaint: Any, limits: Any) -> Any:
    return complaint.has_loan
