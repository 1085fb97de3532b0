"""What two tapes of one lender say of the same contract: terms and keys that do not change.

Belongs here: fields that were agreed once. Not here: principal (``movements``), arrears (``movements_arrears``), states
like classes and restructuring (``movements_states``).
"""

from __future__ import annotations

from typing import Any

from loantape.declare import Confidence, Rule, Severity
from schemas.rules import CHINA, implies, rule
from schemas.rules.movements import CONTINUITY

_FIXED = {
    "rate_type": "RF01",
    "previous_rate_type": "RF01",
    "has_new_terms": False,
    "previous_nominal_annual_pct": "12.000000",
}
_RESTRUCTURED = "; new terms come with an extension or a restructuring that is counted"


def _stays(code: str, field: str, en: str, zh: str, values: tuple[Any, Any, Any], severity: Severity) -> Rule:
    """A field that never changes; ``values`` are three of it, all different."""
    one, other, third = values
    before = f"previous_{field}"

    def holds(loan: Any, limits: Any) -> Any:
        return loan[field] == loan[before]

    return rule(
        code,
        on="loan_with_previous",
        jurisdictions=CHINA,
        severity=severity,
        fields=(field, before),
        cites=CONTINUITY,
        confidence=Confidence.OWN,
        en=en,
        zh=zh,
        says=(f"{{{field}}}, before {{{before}}}", f"本期{{{field}}}，上期{{{before}}}"),
        passes=[{field: one, before: one}, {field: other, before: other}, {field: one}, {before: one}],
        fails=[{field: one, before: other}, {field: other, before: one}, {field: third, before: one}],
    )(holds)


def _stays_unless_agreed(
    code: str, field: str, en: str, zh: str, values: tuple[Any, Any, Any], severity: Severity
) -> Rule:
    """A field that changes only with an extension or a restructuring; ``values`` are three of it, all different."""
    one, other, third = values
    before = f"previous_{field}"

    def holds(loan: Any, limits: Any) -> Any:
        return implies(~loan.has_new_terms, loan[field] == loan[before])

    return rule(
        code,
        on="loan_with_previous",
        jurisdictions=CHINA,
        severity=severity,
        fields=(field, before, "has_new_terms"),
        cites=CONTINUITY + _RESTRUCTURED,
        confidence=Confidence.OWN,
        en=en,
        zh=zh,
        says=(f"{{{field}}}, before {{{before}}}", f"本期{{{field}}}，上期{{{before}}}"),
        passes=[
            {field: one, before: one, "has_new_terms": False},
            {field: one, before: other, "has_new_terms": True},
            {field: one, "has_new_terms": False},
            {field: one, before: other},
        ],
        fails=[
            {field: one, before: other, "has_new_terms": False},
            {field: other, before: one, "has_new_terms": False},
            {field: third, before: one, "has_new_terms": False},
        ],
    )(holds)


contract_stays = _stays(
    "MOV-011", "contract_no",
    "The contract of a loan does not change.", "贷款的合同号不得变更。",
    ("HT1", "HT2", "ht1"), Severity.ERROR,
)  # fmt: skip
borrower_stays = _stays(
    "MOV-012", "borrower_pid",
    "The borrower of a loan does not change.", "贷款的借款人不得变更。",
    ("a" * 64, "b" * 64, "A" * 64), Severity.ERROR,
)  # fmt: skip
document_stays = _stays(
    "MOV-013", "id_type",
    "The kind of the borrower's identity document does not change.", "借款人的证件类型不得变更。",
    ("B01", "B03", "B99"), Severity.WARNING,
)  # fmt: skip
birth_stays = _stays(
    "MOV-014", "birth_year",
    "The borrower's year of birth does not change.", "借款人的出生年份不得变更。",
    (1990, 1991, 1989), Severity.ERROR,
)  # fmt: skip
currency_stays = _stays(
    "MOV-015", "currency",
    "The currency of a loan does not change.", "贷款的币种不得变更。",
    ("CNY", "USD", "cny"), Severity.ERROR,
)  # fmt: skip
class_of_product_stays = _stays(
    "MOV-016", "product_class",
    "The product class of a loan does not change.", "贷款的产品类别不得变更。",
    ("F0219", "F022", "F0212"), Severity.ERROR,
)  # fmt: skip
product_stays = _stays(
    "MOV-017", "product_name",
    "The product of a loan keeps its name.", "贷款的产品名称不应变更。",
    ("示例贷", "示例分期", "示例贷 "), Severity.WARNING,
)  # fmt: skip
internet_stays = _stays(
    "MOV-018", "is_internet_loan",
    "An internet loan remains one, and no other loan becomes one.", "是否互联网贷款不得变更。",
    (True, False, False), Severity.ERROR,
)  # fmt: skip
revolving_stays = _stays(
    "MOV-019", "is_revolving",
    "A revolving credit line remains one, and no other loan becomes one.", "循环额度标识不得变更。",
    (True, False, False), Severity.ERROR,
)  # fmt: skip
lender_stays = _stays(
    "MOV-020", "lender_uscc",
    "The lender of a loan does not change.", "贷款的贷款机构不得变更。",
    ("91110000MA00000010", "91110000MA0000001X", "91310000MA00000010"), Severity.ERROR,
)  # fmt: skip
shown_rate_stays = _stays(
    "MOV-021", "shown_annual_rate_pct",
    "The annual rate once shown to the borrower does not change.", "已向借款人展示的年化利率不得变更。",
    ("12.000000", "12.000001", "11.999999"), Severity.WARNING,
)  # fmt: skip
shown_method_stays = _stays(
    "MOV-022", "shown_method",
    "How the shown rate was computed does not change.", "展示利率的计算方法不得变更。",
    ("SIMPLE", "COMPOUND", "simple"), Severity.WARNING,
)  # fmt: skip
proceeds_stay = _stays(
    "MOV-023", "net_proceeds_amount",
    "What the borrower received does not change.", "借款人实际到手金额不得变更。",
    ("100.00", "100.01", "99.99"), Severity.ERROR,
)  # fmt: skip
grant_stays = _stays(
    "MOV-024", "grant_type",
    "How a loan was granted does not change.", "贷款的发放类型不得变更。",
    ("NEW", "REFINANCED", "RENEWED"), Severity.ERROR,
)  # fmt: skip
method_stays = _stays_unless_agreed(
    "MOV-025", "repay_method",
    "The repayment method changes only by extension or restructuring.", "还款方式仅可因展期或重组变更。",
    ("EQUAL_INSTALMENT", "EQUAL_PRINCIPAL", "BULLET"), Severity.ERROR,
)  # fmt: skip
frequency_stays = _stays_unless_agreed(
    "MOV-026", "repay_frequency",
    "The repayment frequency changes only by extension or restructuring.", "还款频率仅可因展期或重组变更。",
    ("MONTH", "QUARTER", "ONCE"), Severity.ERROR,
)  # fmt: skip
rate_type_stays = _stays_unless_agreed(
    "MOV-027", "rate_type",
    "A rate becomes fixed or floating only by extension or restructuring.", "利率类型仅可因展期或重组变更。",
    ("RF01", "RF02", "RF03"), Severity.ERROR,
)  # fmt: skip
term_stays = _stays_unless_agreed(
    "MOV-028", "term_count",
    "The number of instalments changes only by extension or restructuring.", "总期数仅可因展期或重组变更。",
    (12, 13, 11), Severity.ERROR,
)  # fmt: skip
maturity_stays = _stays_unless_agreed(
    "MOV-029", "maturity_date",
    "The original maturity changes only by restructuring.", "原到期日期仅可因重组变更。",
    ("2027-01-31", "2027-02-01", "2027-01-30"), Severity.ERROR,
)  # fmt: skip


@rule(
    "MOV-030",
    on="loan_with_previous",
    jurisdictions=CHINA,
    fields=("nominal_annual_pct", "previous_nominal_annual_pct", "rate_type", "previous_rate_type", "has_new_terms"),
    cites=CONTINUITY + _RESTRUCTURED,
    confidence=Confidence.OWN,
    en="A fixed rate changes only by extension or restructuring.",
    zh="固定利率贷款的名义年利率仅可因展期或重组变更。",
    says=(
        "{nominal_annual_pct} %, before {previous_nominal_annual_pct} %, {rate_type}",
        "{rate_type}，本期{nominal_annual_pct}%，上期{previous_nominal_annual_pct}%",
    ),
    passes=[
        _FIXED | {"nominal_annual_pct": "12.000000"},
        _FIXED | {"nominal_annual_pct": "13.000000", "rate_type": "RF02"},
        _FIXED | {"nominal_annual_pct": "13.000000", "previous_rate_type": "RF02"},
        _FIXED | {"nominal_annual_pct": "13.000000", "has_new_terms": True},
    ],
    fails=[
        _FIXED | {"nominal_annual_pct": "12.000001"},
        _FIXED | {"nominal_annual_pct": "11.999999"},
        _FIXED | {"nominal_annual_pct": "0.000000"},
    ],
)
def fixed_rate_stays(loan: Any, limits: Any) -> Any:
    fixed = (loan.rate_type == "RF01") & (loan.previous_rate_type == "RF01")
    return implies(fixed & ~loan.has_new_terms, loan.nominal_annual_pct == loan.previous_nominal_annual_pct)


@rule(
    "MOV-031",
    on="loan_with_previous",
    jurisdictions=CHINA,
    fields=("coop_mode", "previous_coop_mode"),
    cites="EAST 5.0, table 502 YWMS; question and answer round 4: a co-operation may end",
    confidence=Confidence.PRIMARY,
    en="The mode of co-operation does not change, unless the co-operation ended.",
    zh="业务模式不得变更，合作终结除外。",
    says=("{coop_mode}, before {previous_coop_mode}", "本期{coop_mode}，上期{previous_coop_mode}"),
    passes=[
        {"coop_mode": "JOINT", "previous_coop_mode": "JOINT"},
        {"coop_mode": "ENDED", "previous_coop_mode": "JOINT"},
        {"coop_mode": "SOLE"},
    ],
    fails=[
        {"coop_mode": "SOLE", "previous_coop_mode": "JOINT"},
        {"coop_mode": "JOINT", "previous_coop_mode": "SOLE"},
        {"coop_mode": "REFERRAL", "previous_coop_mode": "ENDED"},
    ],
)
def mode_stays(loan: Any, limits: Any) -> Any:
    return (loan.coop_mode == loan.previous_coop_mode) | (loan.coop_mode == "ENDED")


@rule(
    "MOV-032",
    on="loan_with_previous",
    jurisdictions=CHINA,
    fields=("partner_agreement_no", "previous_partner_agreement_no", "coop_mode"),
    cites="EAST 5.0, table 502 HZXYBH",
    confidence=Confidence.PRIMARY,
    en="The co-operation agreement of a loan does not change, unless the co-operation ended.",
    zh="贷款的合作协议号不得变更，合作终结除外。",
    says=(
        "{partner_agreement_no}, before {previous_partner_agreement_no}",
        "本期{partner_agreement_no}，上期{previous_partner_agreement_no}",
    ),
    passes=[
        {"partner_agreement_no": "HZ-1", "previous_partner_agreement_no": "HZ-1", "coop_mode": "JOINT"},
        {"partner_agreement_no": "HZ-2", "previous_partner_agreement_no": "HZ-1", "coop_mode": "ENDED"},
        {"partner_agreement_no": "HZ-1", "coop_mode": "JOINT"},
    ],
    fails=[
        {"partner_agreement_no": "HZ-2", "previous_partner_agreement_no": "HZ-1", "coop_mode": "JOINT"},
        {"partner_agreement_no": "HZ-1", "previous_partner_agreement_no": "HZ-2", "coop_mode": "REFERRAL"},
        {"partner_agreement_no": "hz-1", "previous_partner_agreement_no": "HZ-1", "coop_mode": "SOLE"},
    ],
)
def agreement_stays(loan: Any, limits: Any) -> Any:
    return (loan.partner_agreement_no == loan.previous_partner_agreement_no) | (loan.coop_mode == "ENDED")
