"""AmeriCredit auto loans as filed with the SEC on Form ABS-EE: one file under the EX-102 element names.

Belongs here: where each of its columns goes and how it is written. Values carry the scars of a spreadsheet: ``-`` or
nothing for empty, months as ``MM/YYYY``, days as ``MM-DD-YYYY``, rates as fractions, code lists as ``1; 2``.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations

from loantape.declare import Code, Column, Day, FileLayout, Flag, Integer, Lender, Number, Text, ValueForm
from schemas.tape import codes_us_auto as codes

_EMPTY = ("", "-")
_TEXT = Text()
_COUNT = Integer()
_MONEY = Number(18, 2)
_EXACT = Number(28, 8)
_PERCENT = Number(12, 8, times=100, noise=18)  # delivered as a fraction, one of them as 0.07400000000000001
_DAY = Day("%m-%d-%Y")
_MONTH = Day("%m/%Y")
_FLAG = Flag("True", "False")


def _one_of(listed: Mapping[str, object]) -> Code:
    return Code({code: code for code in listed})


def _several_of(*listed: str) -> Code:
    """Codes in any order, ``2; 1``, to the same codes in the order of their list, ``1;2``."""
    orders = (order for length in range(1, len(listed) + 1) for order in permutations(listed, length))
    return Code({"; ".join(order): ";".join(sorted(order, key=listed.index)) for order in orders})


def _loan(header: str, field: str, form: ValueForm = _TEXT) -> Column:
    return Column(header, f"loan.{field}", form, _EMPTY)


def _auto(header: str, field: str, form: ValueForm = _TEXT, *, required: bool = True) -> Column:
    return Column(header, f"loan_us_auto.{field}", form, _EMPTY, required)


LENDER = Lender(
    name="americredit",
    en="AmeriCredit Automobile Receivables Trusts",
    zh="AmeriCredit 汽车贷款证券化信托",
    jurisdiction="us",
    schema_version="abs-ee/1",
    files=(
        FileLayout(
            "loans.csv",
            (
                _loan("loan_key", "iou_no"),
                _auto("loan_key", "iou_no"),
                _auto("dataset_name", "dataset_name", required=False),
                _auto("assetTypeNumber", "asset_type"),
                _auto("assetNumber", "asset_number"),
                _auto("reportingPeriodBeginningDate", "period_begin_date", _DAY),
                _loan("reportingPeriodEndingDate", "snapshot_date", _DAY),
                _auto("originatorName", "originator_name"),
                _loan("originationDate", "start_date", _MONTH),
                _loan("originalLoanAmount", "loan_amount", _MONEY),
                _loan("originalLoanTerm", "term_count", _COUNT),
                _loan("loanMaturityDate", "maturity_date", _MONTH),
                _loan("originalInterestRatePercentage", "nominal_annual_pct", _PERCENT),
                _auto("interestCalculationTypeCode", "interest_calculation", _one_of(codes.INTEREST_CALCULATION)),
                _loan("originalInterestRateTypeCode", "rate_type", Code({"1": "RF01", "2": "RF02"})),
                _auto("originalInterestOnlyTermNumber", "interest_only_term_count", _COUNT),
                _auto("originalFirstPaymentDate", "first_payment_month", _MONTH),
                _auto("underwritingIndicator", "is_underwritten_to_criteria", _FLAG),
                _auto("gracePeriodNumber", "grace_period_count", _COUNT),
                _auto("paymentTypeCode", "payment_type", _one_of(codes.PAYMENT_TYPE)),
                _auto("subvented", "subvention", _several_of("0", "1", "2", "98")),
                _auto("vehicleManufacturerName", "vehicle_manufacturer"),
                _auto("vehicleModelName", "vehicle_model"),
                _auto("vehicleNewUsedCode", "vehicle_new_used", _one_of(codes.NEW_USED)),
                _auto("vehicleModelYear", "vehicle_model_year"),
                _auto("vehicleTypeCode", "vehicle_type", _one_of(codes.VEHICLE_TYPE)),
                _auto("vehicleValueAmount", "vehicle_value_amount", _EXACT),
                _auto("vehicleValueSourceCode", "vehicle_value_source", _one_of(codes.VALUE_SOURCE)),
                _auto("obligorCreditScoreType", "credit_score_type"),
                _auto("obligorCreditScore", "credit_score"),
                _auto("obligorIncomeVerificationLevelCode", "income_verification", _one_of(codes.INCOME_VERIFICATION)),
                _auto(
                    "obligorEmploymentVerificationCode",
                    "employment_verification",
                    _one_of(codes.EMPLOYMENT_VERIFICATION),
                ),
                _auto("coObligorIndicator", "has_co_obligor", _FLAG),
                _auto("paymentToIncomePercentage", "payment_to_income_fraction", _EXACT),
                _auto("obligorGeographicLocation", "obligor_state"),
                _auto("assetAddedIndicator", "is_added_in_period", _FLAG),
                _auto("remainingTermToMaturityNumber", "remaining_term_count", _COUNT),
                _auto("reportingPeriodModificationIndicator", "is_modified_in_period", _FLAG),
                _auto("servicingAdvanceMethodCode", "advance_method", _one_of(codes.ADVANCE_METHOD)),
                _auto("reportingPeriodBeginningLoanBalanceAmount", "opening_balance_amount", _EXACT),
                _auto("nextReportingPeriodPaymentAmountDue", "next_payment_due_amount", _EXACT),
                _auto("reportingPeriodInterestRatePercentage", "period_rate_fraction", _EXACT),
                _auto("nextInterestRatePercentage", "next_rate_fraction", _EXACT),
                _auto("servicingFeePercentage", "servicing_fee_fraction", _EXACT),
                _auto("servicingFlatFeeAmount", "servicing_flat_fee_amount", _EXACT),
                _auto("otherServicerFeeRetainedByServicer", "other_servicer_fee_amount", _EXACT),
                _auto("otherAssessedUncollectedServicerFeeAmount", "uncollected_servicer_fee_amount", _EXACT),
                _auto("scheduledInterestAmount", "scheduled_interest_amount", _EXACT),
                _auto("scheduledPrincipalAmount", "scheduled_principal_amount", _EXACT),
                _auto("otherPrincipalAdjustmentAmount", "other_principal_adjustment_amount", _EXACT),
                _loan("reportingPeriodActualEndBalanceAmount", "balance_amount", _MONEY),
                _auto("reportingPeriodScheduledPaymentAmount", "scheduled_payment_amount", _EXACT),
                _auto("totalActualAmountPaid", "paid_amount", _EXACT),
                _auto("actualInterestCollectedAmount", "interest_collected_amount", _EXACT),
                _auto("actualPrincipalCollectedAmount", "principal_collected_amount", _EXACT),
                _auto("actualOtherCollectedAmount", "other_collected_amount", _EXACT),
                _auto("servicerAdvancedAmount", "servicer_advanced_amount", _EXACT),
                _auto("interestPaidThroughDate", "interest_paid_through_date", _DAY),
                _auto("zeroBalanceEffectiveDate", "zero_balance_month", _MONTH),
                _auto("zeroBalanceCode", "zero_balance_code", _one_of(codes.ZERO_BALANCE)),
                # a loan still has a balance while no reason is given why it has none; how late it is says days_past_due
                _loan(
                    "zeroBalanceCode",
                    "loan_status",
                    Code({"": "LS01", "-": "LS01", "1": "LF01", "2": "LF04", "3": "LF04", "4": "LF02", "5": "LF04"}),
                ),
                _loan("currentDelinquencyStatus", "days_past_due", _COUNT),
                _auto("currentDelinquencyStatus", "delinquency_days", _COUNT),
                _auto("primaryLoanServicerName", "servicer_name"),
                _auto("mostRecentServicingTransferReceivedDate", "servicing_transfer_month", _MONTH),
                _auto("assetSubjectDemandIndicator", "is_subject_to_demand", _FLAG),
                _auto("assetSubjectDemandStatusCode", "demand_status", _one_of(codes.DEMAND_STATUS)),
                _auto("repurchaseAmount", "repurchase_amount", _EXACT),
                _auto("DemandResolutionDate", "demand_resolution_date", _DAY),  # capitalised like no other element
                _auto("repurchaserName", "repurchaser_name"),
                _auto("repurchaseReplacementReasonCode", "repurchase_reason", _one_of(codes.REPURCHASE_REASON)),
                _auto("chargedoffPrincipalAmount", "charged_off_amount", _EXACT),
                _auto("recoveredAmount", "recovered_exact_amount", _EXACT),
                _loan("recoveredAmount", "recovered_amount", _MONEY),
                _auto("modificationTypeCode", "modification_type", _several_of("1", "2", "3", "4", "98")),
                _auto("paymentExtendedNumber", "payment_extended_count", _COUNT),
                _auto("repossessedIndicator", "is_repossessed", _FLAG),
                _auto("repossessedProceedsAmount", "repossession_proceeds_amount", _EXACT),
            ),
            quote=None,
            constants={
                "loan.lender_type": "OTHER",
                "loan.product_name": "Auto loan",
                "loan.product_class": "F0212",
                "loan.currency": "USD",
            },
        ),
    ),
    rows={
        "institution": ({"institution_name": "GM FINANCIAL", "lender_type": "OTHER", "currency": "USD"},),
    },
)
