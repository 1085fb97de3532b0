"""The elements of EX-102, in the order of the schema: where each comes from and in which form it is filed.

Belongs here: the mapping as declared data, the one home of element names for the writer. Not here: the writing
(writer.py), or the schema itself (xsd/), which has the last word. Source: EDGAR ABS XML technical specification,
schema version 1.5, December 2016 [P]; item numbers stand with the fields of the tape.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.tape import codes_us_auto as codes

_BLANK = r"[ \t\r\n]*"


@dataclass(frozen=True)
class Text:
    """At most ``size`` characters; an empty or blank text is no value."""

    size: int


@dataclass(frozen=True)
class Code:
    """One code; ``filed`` maps the tape's codes to the schema's (the same where they are the same)."""

    filed: Mapping[str, str]


@dataclass(frozen=True)
class CodeList:
    """Codes joined by ``;`` in the tape, one element each in the file, none twice."""

    allowed: tuple[str, ...]


@dataclass(frozen=True)
class Whole:
    """An integer of at most ``digits`` digits."""

    digits: int


@dataclass(frozen=True)
class Plain:
    """A decimal in plain form, no exponent, no trailing zeros, at most 12 digits before the point and 8 after it."""


@dataclass(frozen=True)
class Fraction:
    """A percentage of the tape, filed as a fraction: 13.9 is filed as 0.139. Then as Plain."""


@dataclass(frozen=True)
class Day:
    """MM-DD-YYYY."""


@dataclass(frozen=True)
class Month:
    """MM/YYYY."""


@dataclass(frozen=True)
class Flag:
    """true or false."""


@dataclass(frozen=True)
class Element:
    """One element of ``assets``: its name, its SQL source over ``loan`` and ``auto``, its form."""

    name: str
    source: str
    form: Text | Code | CodeList | Whole | Plain | Fraction | Day | Month | Flag = field(default_factory=Plain)
    required: bool = False


def _same(listed: Mapping[str, object]) -> Code:
    return Code({code: code for code in listed})


# The servicer's own asset number. Where it is not delivered ('0' or '-'), the loan key without its deal suffix:
# '0001694010 - 029137-2017-1' is asset '0001694010 - 029137'.
_ASSET_NUMBER = (
    "CASE WHEN trim(auto.asset_number) NOT IN ('', '0', '-') THEN auto.asset_number"
    " ELSE regexp_replace(loan.iou_no, '-[0-9]{4}-[0-9A-Za-z]+$', '') END"
)

ELEMENTS = (
    Element("assetTypeNumber", "auto.asset_type", Text(100), required=True),
    Element("assetNumber", _ASSET_NUMBER, Text(25), required=True),
    Element("reportingPeriodBeginningDate", "auto.period_begin_date", Day()),
    Element("reportingPeriodEndingDate", "loan.snapshot_date", Day()),
    Element("originatorName", "auto.originator_name", Text(50)),
    Element("originationDate", "loan.start_date", Month()),
    Element("originalLoanAmount", "loan.loan_amount"),
    Element("originalLoanTerm", "loan.term_count", Whole(8)),
    Element("loanMaturityDate", "loan.maturity_date", Month()),
    Element("originalInterestRatePercentage", "loan.nominal_annual_pct", Fraction()),
    Element("interestCalculationTypeCode", "auto.interest_calculation", _same(codes.INTEREST_CALCULATION)),
    Element("originalInterestRateTypeCode", "loan.rate_type", Code({"RF01": "1", "RF02": "2"})),
    Element("originalInterestOnlyTermNumber", "auto.interest_only_term_count", Whole(2)),
    Element("originalFirstPaymentDate", "auto.first_payment_month", Month()),
    Element("underwritingIndicator", "auto.is_underwritten_to_criteria", Flag()),
    Element("gracePeriodNumber", "auto.grace_period_count", Whole(2)),
    Element("paymentTypeCode", "auto.payment_type", _same(codes.PAYMENT_TYPE)),
    Element("subvented", "auto.subvention", CodeList(("0", "1", "2", "98"))),
    Element("vehicleManufacturerName", "auto.vehicle_manufacturer", Text(30)),
    Element("vehicleModelName", "auto.vehicle_model", Text(30)),
    Element("vehicleNewUsedCode", "auto.vehicle_new_used", _same(codes.NEW_USED)),
    Element("vehicleModelYear", "auto.vehicle_model_year", Text(4)),
    Element("vehicleTypeCode", "auto.vehicle_type", _same(codes.VEHICLE_TYPE)),
    Element("vehicleValueAmount", "auto.vehicle_value_amount"),
    Element("vehicleValueSourceCode", "auto.vehicle_value_source", _same(codes.VALUE_SOURCE)),
    Element("obligorCreditScoreType", "auto.credit_score_type", Text(35)),
    Element("obligorCreditScore", "auto.credit_score", Text(20)),
    Element("obligorIncomeVerificationLevelCode", "auto.income_verification", _same(codes.INCOME_VERIFICATION)),
    Element("obligorEmploymentVerificationCode", "auto.employment_verification", _same(codes.EMPLOYMENT_VERIFICATION)),
    Element("coObligorIndicator", "auto.has_co_obligor", Flag()),
    Element("paymentToIncomePercentage", "auto.payment_to_income_fraction"),
    Element("obligorGeographicLocation", "auto.obligor_state", Text(100)),
    Element("assetAddedIndicator", "auto.is_added_in_period", Flag()),
    Element("remainingTermToMaturityNumber", "auto.remaining_term_count", Whole(8)),
    Element("reportingPeriodModificationIndicator", "auto.is_modified_in_period", Flag()),
    Element("servicingAdvanceMethodCode", "auto.advance_method", _same(codes.ADVANCE_METHOD)),
    Element("reportingPeriodBeginningLoanBalanceAmount", "auto.opening_balance_amount"),
    Element("nextReportingPeriodPaymentAmountDue", "auto.next_payment_due_amount"),
    Element("reportingPeriodInterestRatePercentage", "auto.period_rate_fraction"),
    Element("nextInterestRatePercentage", "auto.next_rate_fraction"),
    Element("servicingFeePercentage", "auto.servicing_fee_fraction"),
    Element("servicingFlatFeeAmount", "auto.servicing_flat_fee_amount"),
    Element("otherServicerFeeRetainedByServicer", "auto.other_servicer_fee_amount"),
    Element("otherAssessedUncollectedServicerFeeAmount", "auto.uncollected_servicer_fee_amount"),
    Element("scheduledInterestAmount", "auto.scheduled_interest_amount"),
    Element("scheduledPrincipalAmount", "auto.scheduled_principal_amount"),
    Element("otherPrincipalAdjustmentAmount", "auto.other_principal_adjustment_amount"),
    Element("reportingPeriodActualEndBalanceAmount", "loan.balance_amount"),
    Element("reportingPeriodScheduledPaymentAmount", "auto.scheduled_payment_amount"),
    Element("totalActualAmountPaid", "auto.paid_amount"),
    Element("actualInterestCollectedAmount", "auto.interest_collected_amount"),
    Element("actualPrincipalCollectedAmount", "auto.principal_collected_amount"),
    Element("actualOtherCollectedAmount", "auto.other_collected_amount"),
    Element("servicerAdvancedAmount", "auto.servicer_advanced_amount"),
    Element("interestPaidThroughDate", "auto.interest_paid_through_date", Day()),
    Element("zeroBalanceEffectiveDate", "auto.zero_balance_month", Month()),
    Element("zeroBalanceCode", "auto.zero_balance_code", _same(codes.ZERO_BALANCE)),
    Element("currentDelinquencyStatus", "auto.delinquency_days", Whole(8)),
    Element("primaryLoanServicerName", "auto.servicer_name", Text(100)),
    Element("mostRecentServicingTransferReceivedDate", "auto.servicing_transfer_month", Month()),
    Element("assetSubjectDemandIndicator", "auto.is_subject_to_demand", Flag()),
    Element("assetSubjectDemandStatusCode", "auto.demand_status", _same(codes.DEMAND_STATUS)),
    Element("repurchaseAmount", "auto.repurchase_amount"),
    Element("demandResolutionDate", "auto.demand_resolution_date", Day()),
    Element("repurchaserName", "auto.repurchaser_name", Text(30)),
    Element("repurchaseReplacementReasonCode", "auto.repurchase_reason", _same(codes.REPURCHASE_REASON)),
    Element("chargedoffPrincipalAmount", "auto.charged_off_amount"),
    Element("recoveredAmount", "auto.recovered_exact_amount"),
    Element("modificationTypeCode", "auto.modification_type", CodeList(("1", "2", "3", "4", "98"))),
    Element("paymentExtendedNumber", "auto.payment_extended_count", Whole(2)),
    Element("repossessedIndicator", "auto.is_repossessed", Flag()),
    Element("repossessedProceedsAmount", "auto.repossession_proceeds_amount"),
)
# control totals: element -> SQL over the tape. Sums of what is filed, computed on the tape's own columns
TOTALS = {
    element.name: element.source
    for element in ELEMENTS
    if element.name
    in (
        "originalLoanAmount",
        "reportingPeriodBeginningLoanBalanceAmount",
        "reportingPeriodActualEndBalanceAmount",
        "totalActualAmountPaid",
        "chargedoffPrincipalAmount",
    )
}


def value_of(element: Element) -> str:
    """SQL: the typed value that is filed; a blank text is none, a percentage becomes a fraction exactly."""
    match element.form:
        case Text():
            return f"CASE WHEN NOT regexp_full_match({element.source}, '{_BLANK}') THEN {element.source} END"
        case Fraction():
            return f"(CAST({element.source} AS DECIMAL(24, 6)) * CAST(0.01 AS DECIMAL(3, 2)))"
        case Plain():
            return f"CAST({element.source} AS DECIMAL(28, 8))"
    return element.source
