"""Who borrows: nationality, document, age, and that several loans of one borrower say the same of them.

Belongs here: what the tape says of a person known by pseudonym only. Not here: the number of the document, which is
judged while reading (IDN-006), and what others may learn of the person (``privacy``).
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence, Severity
from schemas.rules import CHINA, implies, rule

MAINLAND_DOCUMENTS = ("B01", "B02", "B04", "B05", "B08", "B10")
PERMITS = ("B06", "B07", "B12")  # of people from Hong Kong, Macau and Taiwan
FOREIGN_DOCUMENTS = ("B09", "B11")
PERMIT_NATIONALITIES = ("CN", "HK", "MO", "TW")
DOCUMENTS = "PBoC financial base data V2.1, CLGRDK 4 and GRKHXX 4"


@rule(
    "IDN-039",
    on="loan_with_identity",
    jurisdictions=CHINA,
    fields=("nationality", "is_nationality"),
    cites="GB/T 2659; PBoC financial base data V2.1, GRKHXX 4",
    confidence=Confidence.PRIMARY,
    en="The borrower's nationality is a country of the list, two letters.",
    zh="借款人国籍应为国别代码表中的两位字母代码。",
    says=("{nationality} is no country of the list", "国籍{nationality}不在国别代码表中"),
    passes=[
        {"nationality": "CN", "is_nationality": True},
        {"nationality": "HK", "is_nationality": True},
        {"nationality": None, "is_nationality": None},
    ],
    fails=[
        {"nationality": "XX", "is_nationality": False},
        {"nationality": "cn", "is_nationality": False},
        {"nationality": "86", "is_nationality": False},
    ],
)
def nationality_is_listed(loan: Any, limits: Any) -> Any:
    return loan.is_nationality


@rule(
    "IDN-040",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("borrower_region", "nationality"),
    cites="PBoC financial base data V2.1, CLGRDK 6: the usual residence; that it is abroad must be explained",
    confidence=Confidence.OWN,
    en="A borrower who lives abroad is not of Chinese nationality.",
    zh="境外借款人的国籍一般不应为中国。",
    says=("nationality {nationality}, lives in {borrower_region}", "国籍{nationality}，地区代码{borrower_region}"),
    passes=[
        {"borrower_region": "000840", "nationality": "US"},
        {"borrower_region": "000344", "nationality": "HK"},
        {"borrower_region": "440305", "nationality": "CN"},
        {"borrower_region": "000840"},
    ],
    fails=[
        {"borrower_region": "000840", "nationality": "CN"},
        {"borrower_region": "000344", "nationality": "CN"},
        {"borrower_region": "000", "nationality": "CN"},
    ],
)
def chinese_borrower_lives_in_china(loan: Any, limits: Any) -> Any:
    return implies(loan.borrower_region.startswith("000"), loan.nationality != "CN")


@rule(
    "IDN-041",
    on="loan",
    jurisdictions=CHINA,
    fields=("id_type", "nationality"),
    cites=DOCUMENTS,
    confidence=Confidence.BACKGROUND_HIGH,
    en="Whoever shows a mainland document is of Chinese nationality.",
    zh="持境内居民证件的借款人，国籍应为中国。",
    says=("document {id_type}, nationality {nationality}", "证件类型{id_type}，国籍{nationality}"),
    passes=[
        {"id_type": "B01", "nationality": "CN"},
        {"id_type": "B01"},
        {"id_type": "B03", "nationality": "US"},
        {"id_type": "B07", "nationality": "TW"},
        {"nationality": "US"},
    ],
    fails=[{"id_type": kind, "nationality": "US"} for kind in MAINLAND_DOCUMENTS],
)
def mainland_document_of_a_chinese(loan: Any, limits: Any) -> Any:
    return implies(loan.id_type.isin(MAINLAND_DOCUMENTS), loan.nationality == "CN")


@rule(
    "IDN-042",
    on="loan",
    jurisdictions=CHINA,
    fields=("id_type", "nationality"),
    cites=DOCUMENTS,
    confidence=Confidence.BACKGROUND_HIGH,
    en="Whoever shows a permit for residents of Hong Kong, Macau or Taiwan is from there.",
    zh="持港澳台居民通行证或居住证的借款人，国籍（地区）应为中国或港澳台。",
    says=("document {id_type}, nationality {nationality}", "证件类型{id_type}，国籍{nationality}"),
    passes=[
        *({"id_type": "B06", "nationality": one} for one in PERMIT_NATIONALITIES),
        {"id_type": "B12"},
        {"id_type": "B01", "nationality": "US"},
    ],
    fails=[{"id_type": kind, "nationality": "US"} for kind in PERMITS],
)
def permit_of_who_is_from_there(loan: Any, limits: Any) -> Any:
    return implies(loan.id_type.isin(PERMITS), loan.nationality.isin(PERMIT_NATIONALITIES))


@rule(
    "IDN-043",
    on="loan",
    jurisdictions=CHINA,
    fields=("id_type", "nationality"),
    cites=DOCUMENTS,
    confidence=Confidence.BACKGROUND_HIGH,
    en="Whoever shows a foreigner's residence document is not of Chinese nationality.",
    zh="持外国人居留证件的借款人，国籍不应为中国。",
    says=("document {id_type}, nationality {nationality}", "证件类型{id_type}，国籍{nationality}"),
    passes=[
        {"id_type": "B09", "nationality": "US"},
        {"id_type": "B11", "nationality": "FR"},
        {"id_type": "B01", "nationality": "CN"},
        {"id_type": "B09"},
    ],
    fails=[
        {"id_type": "B09", "nationality": "CN"},
        {"id_type": "B11", "nationality": "CN"},
        {"id_type": "B11", "nationality": "CN", "borrower_region": "440305"},
    ],
)
def foreign_document_of_a_foreigner(loan: Any, limits: Any) -> Any:
    return implies(loan.id_type.isin(FOREIGN_DOCUMENTS), loan.nationality != "CN")


@rule(
    "IDN-044",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("nationality",),
    cites="PBoC financial base data V2.1, GRKHXX 4",
    confidence=Confidence.PRIMARY,
    en="The borrower's nationality is stated.",
    zh="应填报借款人国籍。",
    says=("no nationality is stated", "未填报国籍"),
    passes=[{"nationality": "CN"}, {"nationality": "US"}, {"nationality": "XX"}],
    fails=[{}, {"nationality": None, "id_type": "B01"}, {"borrower_region": "000840"}],
)
def nationality_is_stated(loan: Any, limits: Any) -> Any:
    return loan.nationality.notnull()


@rule(
    "IDN-045",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("birth_year", "start_date"),
    cites="民法典 art. 17-18; limit borrower_age_min",
    confidence=Confidence.BACKGROUND_HIGH,
    en="The borrower was of age in the year of the grant.",
    zh="借款人在发放当年应已成年。",
    says=("born in {birth_year}, granted {start_date}", "出生年份{birth_year}，发放日期{start_date}"),
    passes=[
        {"birth_year": 2008, "start_date": "2026-01-01"},
        {"birth_year": 1990, "start_date": "2026-10-31"},
        {"birth_year": 2020},
        {"start_date": "2026-10-31"},
    ],
    fails=[
        {"birth_year": 2009, "start_date": "2026-12-31"},
        {"birth_year": 2026, "start_date": "2026-10-31"},
        {"birth_year": 2008, "start_date": "2025-12-31"},
    ],
)
def borrower_is_of_age(loan: Any, limits: Any) -> Any:
    return loan.start_date.year() - loan.birth_year >= limits.borrower_age_min


@rule(
    "IDN-046",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("birth_year", "start_date"),
    cites="A borrower older than the limit borrower_age_max must be explained",
    confidence=Confidence.OWN,
    en="The borrower was not past any likely age in the year of the grant.",
    zh="借款人在发放当年的年龄不应超过合理上限。",
    says=("born in {birth_year}, granted {start_date}", "出生年份{birth_year}，发放日期{start_date}"),
    passes=[
        {"birth_year": 1926, "start_date": "2026-12-31"},
        {"birth_year": 1990, "start_date": "2026-10-31"},
        {"birth_year": 1900},
    ],
    fails=[
        {"birth_year": 1925, "start_date": "2026-01-01"},
        {"birth_year": 1900, "start_date": "2026-10-31"},
        {"birth_year": 1926, "start_date": "2027-01-01"},
    ],
)
def borrower_is_of_a_likely_age(loan: Any, limits: Any) -> Any:
    return loan.start_date.year() - loan.birth_year <= limits.borrower_age_max


@rule(
    "IDN-047",
    on="loan",
    jurisdictions=CHINA,
    fields=("borrower_pid",),
    cites="RFC 2104 with SHA-256: a keyed hash is 64 lower-case hexadecimal digits",
    confidence=Confidence.OWN,
    en="The borrower is known by a pseudonym of 64 lower-case hexadecimal digits, never by a number of their own.",
    zh="借款人应以64位小写十六进制假名标识，不得使用其本人号码。",
    says=("the pseudonym is not one", "借款人假名形式不正确"),
    passes=[{"borrower_pid": "0123456789abcdef" * 4}, {"borrower_pid": "0" * 64}, {"borrower_pid": "f" * 64}],
    fails=[
        {"borrower_pid": "0123456789ABCDEF" * 4},
        {"borrower_pid": "0" * 63},
        {"borrower_pid": "0" * 65},
        {"borrower_pid": "g" * 64},
        {"borrower_pid": "11010519491231002X"},
    ],
)
def pseudonym_has_its_form(loan: Any, limits: Any) -> Any:
    return loan.borrower_pid.re_search("^[0-9a-f]{64}$")


@rule(
    "IDN-048",
    on="loan_with_identity",
    jurisdictions=CHINA,
    fields=("birth_year", "borrower_has_one_birth_year"),
    cites="One person was born once",
    confidence=Confidence.OWN,
    en="All loans of a borrower state the same year of birth.",
    zh="同一借款人各笔贷款的出生年份应一致。",
    says=("{birth_year} here, another year on another loan", "本笔为{birth_year}，其他贷款填报不同"),
    passes=[
        {"birth_year": 1990, "borrower_has_one_birth_year": True},
        {"birth_year": 1990},
        {"borrower_has_one_birth_year": True},
    ],
    fails=[
        {"birth_year": 1990, "borrower_has_one_birth_year": False},
        {"birth_year": 1991, "borrower_has_one_birth_year": False},
        {"borrower_has_one_birth_year": False},
    ],
)
def borrower_was_born_once(loan: Any, limits: Any) -> Any:
    return loan.borrower_has_one_birth_year


@rule(
    "IDN-049",
    on="loan_with_identity",
    jurisdictions=CHINA,
    fields=("nationality", "borrower_has_one_nationality"),
    cites="PBoC financial base data V2.1, GRKHXX 4: one row, one nationality per customer",
    confidence=Confidence.PRIMARY,
    en="All loans of a borrower state the same nationality.",
    zh="同一借款人各笔贷款的国籍应一致。",
    says=("{nationality} here, another on another loan", "本笔为{nationality}，其他贷款填报不同"),
    passes=[
        {"nationality": "CN", "borrower_has_one_nationality": True},
        {"nationality": "CN"},
        {"borrower_has_one_nationality": True},
    ],
    fails=[
        {"nationality": "CN", "borrower_has_one_nationality": False},
        {"nationality": "US", "borrower_has_one_nationality": False},
        {"borrower_has_one_nationality": False},
    ],
)
def borrower_has_one_nationality(loan: Any, limits: Any) -> Any:
    return loan.borrower_has_one_nationality


@rule(
    "IDN-050",
    on="loan_with_identity",
    jurisdictions=CHINA,
    fields=("connected_group_id", "borrower_has_one_group"),
    cites="小额贷款公司监督管理暂行办法: a borrower and its affiliates are one group",
    confidence=Confidence.BACKGROUND_HIGH,
    en="All loans of a borrower state the same group of connected borrowers.",
    zh="同一借款人各笔贷款的关联客户组应一致。",
    says=("group {connected_group_id} here, another on another loan", "本笔为{connected_group_id}，其他贷款填报不同"),
    passes=[
        {"connected_group_id": "G1", "borrower_has_one_group": True},
        {"connected_group_id": "G1"},
        {"borrower_has_one_group": True},
    ],
    fails=[
        {"connected_group_id": "G1", "borrower_has_one_group": False},
        {"connected_group_id": "G2", "borrower_has_one_group": False},
        {"borrower_has_one_group": False},
    ],
)
def borrower_has_one_group(loan: Any, limits: Any) -> Any:
    return loan.borrower_has_one_group


@rule(
    "IDN-051",
    on="loan_with_identity",
    jurisdictions=CHINA,
    fields=("is_related_party", "borrower_has_one_relation"),
    cites="PBoC financial base data V2.1, GRKHXX 13: of the customer, not of the loan",
    confidence=Confidence.PRIMARY,
    en="All loans of a borrower say alike whether the borrower is a related party.",
    zh="同一借款人各笔贷款的关联方标识应一致。",
    says=(
        "related party: {is_related_party} here, otherwise on another loan",
        "本笔关联方标识为{is_related_party}，其他贷款填报不同",
    ),
    passes=[
        {"is_related_party": True, "borrower_has_one_relation": True},
        {"is_related_party": False, "borrower_has_one_relation": True},
        {"is_related_party": False},
    ],
    fails=[
        {"is_related_party": True, "borrower_has_one_relation": False},
        {"is_related_party": False, "borrower_has_one_relation": False},
        {"borrower_has_one_relation": False},
    ],
)
def borrower_is_related_or_not(loan: Any, limits: Any) -> Any:
    return loan.borrower_has_one_relation


@rule(
    "IDN-052",
    on="loan_with_identity",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("is_first_loan", "start_date", "borrower_first_start_date"),
    cites="PBoC financial base data V2.1, CLGRDK 23",
    confidence=Confidence.PRIMARY,
    en="A loan called the borrower's first is no later than the borrower's other loans.",
    zh="标识为首次贷款的，发放日期不应晚于该借款人其他贷款。",
    says=(
        "granted {start_date} as the first loan; another was granted {borrower_first_start_date}",
        "首次贷款发放日期{start_date}，另有贷款于{borrower_first_start_date}发放",
    ),
    passes=[
        {"is_first_loan": True, "start_date": "2026-10-01", "borrower_first_start_date": "2026-10-01"},
        {"is_first_loan": False, "start_date": "2026-10-02", "borrower_first_start_date": "2026-10-01"},
        {"is_first_loan": True, "start_date": "2026-10-02"},
    ],
    fails=[
        {"is_first_loan": True, "start_date": "2026-10-02", "borrower_first_start_date": "2026-10-01"},
        {"is_first_loan": True, "start_date": "2026-10-02", "borrower_first_start_date": "2016-10-01"},
        {"is_first_loan": True, "start_date": "2027-01-01", "borrower_first_start_date": "2026-12-31"},
    ],
)
def first_loan_is_the_earliest(loan: Any, limits: Any) -> Any:
    return implies(loan.is_first_loan, loan.start_date <= loan.borrower_first_start_date)


@rule(
    "IDN-053",
    on="loan",
    jurisdictions=CHINA,
    severity=Severity.WARNING,
    fields=("is_related_party",),
    cites="PBoC financial base data V2.1, GRKHXX 13",
    confidence=Confidence.PRIMARY,
    en="It is stated whether the borrower is a related party.",
    zh="应填报借款人是否为关联方。",
    says=("not stated whether a related party", "未填报关联方标识"),
    passes=[{"is_related_party": False}, {"is_related_party": True}, {"is_related_party": False, "id_type": "B01"}],
    fails=[{}, {"id_type": "B01"}, {"is_related_party": None, "birth_year": 1990}],
)
def relation_is_stated(loan: Any, limits: Any) -> Any:
    return loan.is_related_party.notnull()
