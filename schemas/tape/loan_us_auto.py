"""What only the US asset-level filing for auto loans needs beside ``loan``: vehicle, obligor, servicing, changes.

Belongs here: fields of SEC Regulation AB II, Schedule AL (17 CFR 229.1125), Item 3, that ``loan`` does not carry.
Figures keep up to eight decimals, as the EX-102 schema (technical specification 1.5, December 2016) takes them. Each
source names the element that a field is filed as, with its item number as the schema's annotation gives it.
"""

from __future__ import annotations

from schemas.tape import codes_us_auto as codes
from schemas.tape.field import Count, Day, Exact, Flag, TapeModel, Text, field


class LoanUsAuto(TapeModel):
    """One row per auto loan per reporting period, keyed as ``loan``; amounts in the loan's currency."""

    iou_no: Text = field("Loan number", "借据号", source="G20", required=True, max_length=100)
    asset_number: Text = field(
        "Asset number", "资产编号", source="EX-102 assetNumber, Item 3(a)(2) [P]", unit="text", max_length=25
    )
    asset_type: Text = field(
        "Kind of asset number",
        "资产编号类型",
        source="EX-102 assetTypeNumber, Item 3(a)(1) [P]",
        unit="text",
        max_length=100,
    )
    period_begin_date: Day = field(
        "Reporting period begins",
        "报告期起始日",
        source="EX-102 reportingPeriodBeginningDate, Item 3(b)(1) [P]",
        unit="date",
    )
    originator_name: Text = field(
        "Originator", "发放机构", source="EX-102 originatorName, Item 3(c)(1) [P]", unit="text", max_length=50
    )
    interest_calculation: Text = field(
        "Interest calculation",
        "计息方式",
        source="EX-102 interestCalculationTypeCode, Item 3(c)(7) [P]",
        unit="code",
        codes=codes.INTEREST_CALCULATION,
    )
    interest_only_term_count: Count = field(
        "Interest-only term",
        "只付息期数",
        source="EX-102 originalInterestOnlyTermNumber, Item 3(c)(9) [P]",
        unit="months",
    )
    first_payment_month: Day = field(
        "Month of the first payment (first day)",
        "首次还款月份（当月首日）",
        source="EX-102 originalFirstPaymentDate, Item 3(c)(10) [P]",
        unit="month",
    )
    is_underwritten_to_criteria: Flag = field(
        "Underwritten to the stated criteria",
        "符合既定授信标准",
        source="EX-102 underwritingIndicator, Item 3(c)(11) [P]",
        unit="flag",
    )
    grace_period_count: Count = field(
        "Grace period", "宽限期", source="EX-102 gracePeriodNumber, Item 3(c)(12) [P]", unit="months"
    )
    payment_type: Text = field(
        "Payment frequency",
        "还款频率",
        source="EX-102 paymentTypeCode, Item 3(c)(13) [P]",
        unit="code",
        codes=codes.PAYMENT_TYPE,
    )
    subvention: Text = field(
        "Subvention, codes joined by ';'",
        "贴息类型，以“;”分隔",
        source="EX-102 subvented, Item 3(c)(14) [P]",
        unit="code list",
        matches=r"^(0|1|2|98)(;(0|1|2|98))*$",
    )
    vehicle_manufacturer: Text = field(
        "Vehicle manufacturer",
        "车辆制造商",
        source="EX-102 vehicleManufacturerName, Item 3(d)(1) [P]",
        unit="text",
        max_length=30,
    )
    vehicle_model: Text = field(
        "Vehicle model", "车型", source="EX-102 vehicleModelName, Item 3(d)(2) [P]", unit="text", max_length=30
    )
    vehicle_new_used: Text = field(
        "New or used",
        "新车或二手车",
        source="EX-102 vehicleNewUsedCode, Item 3(d)(3) [P]",
        unit="code",
        codes=codes.NEW_USED,
    )
    vehicle_model_year: Text = field(
        "Model year", "车型年份", source="EX-102 vehicleModelYear, Item 3(d)(4) [P]", unit="year", max_length=4
    )
    vehicle_type: Text = field(
        "Kind of vehicle",
        "车辆类型",
        source="EX-102 vehicleTypeCode, Item 3(d)(5) [P]",
        unit="code",
        codes=codes.VEHICLE_TYPE,
    )
    vehicle_value_amount: Exact = field(
        "Vehicle value", "车辆价值", source="EX-102 vehicleValueAmount, Item 3(d)(6) [P]", unit="money"
    )
    vehicle_value_source: Text = field(
        "Source of the vehicle value",
        "车辆价值来源",
        source="EX-102 vehicleValueSourceCode, Item 3(d)(7) [P]",
        unit="code",
        codes=codes.VALUE_SOURCE,
    )
    credit_score_type: Text = field(
        "Kind of credit score",
        "信用评分类型",
        source="EX-102 obligorCreditScoreType, Item 3(e)(1) [P]",
        unit="text",
        max_length=35,
    )
    credit_score: Text = field(
        "Credit score", "信用评分", source="EX-102 obligorCreditScore, Item 3(e)(2) [P]", unit="text", max_length=20
    )
    income_verification: Text = field(
        "Income verification",
        "收入核实程度",
        source="EX-102 obligorIncomeVerificationLevelCode, Item 3(e)(3) [P]",
        unit="code",
        codes=codes.INCOME_VERIFICATION,
    )
    employment_verification: Text = field(
        "Employment verification",
        "就业核实程度",
        source="EX-102 obligorEmploymentVerificationCode, Item 3(e)(4) [P]",
        unit="code",
        codes=codes.EMPLOYMENT_VERIFICATION,
    )
    has_co_obligor: Flag = field(
        "Co-obligor", "有无共同借款人", source="EX-102 coObligorIndicator, Item 3(e)(5) [P]", unit="flag"
    )
    payment_to_income_fraction: Exact = field(
        "Payment to income", "还款收入比", source="EX-102 paymentToIncomePercentage, Item 3(e)(6) [P]", unit="fraction"
    )
    obligor_state: Text = field(
        "Obligor's state",
        "借款人所在州",
        source="EX-102 obligorGeographicLocation, Item 3(e)(7) [P]",
        unit="code",
        max_length=100,
    )
    is_added_in_period: Flag = field(
        "Added in the period", "本期新增资产", source="EX-102 assetAddedIndicator, Item 3(f)(1) [P]", unit="flag"
    )
    remaining_term_count: Count = field(
        "Remaining term", "剩余期数", source="EX-102 remainingTermToMaturityNumber, Item 3(f)(2) [P]", unit="months"
    )
    is_modified_in_period: Flag = field(
        "Modified in the period",
        "本期变更条款",
        source="EX-102 reportingPeriodModificationIndicator, Item 3(f)(3) [P]",
        unit="flag",
    )
    advance_method: Text = field(
        "Servicing advance method",
        "垫付方式",
        source="EX-102 servicingAdvanceMethodCode, Item 3(f)(4) [P]",
        unit="code",
        codes=codes.ADVANCE_METHOD,
    )
    opening_balance_amount: Exact = field(
        "Balance at the beginning of the period",
        "期初余额",
        source="EX-102 reportingPeriodBeginningLoanBalanceAmount, Item 3(f)(5) [P]",
        unit="money",
    )
    next_payment_due_amount: Exact = field(
        "Next payment due",
        "下期应还额",
        source="EX-102 nextReportingPeriodPaymentAmountDue, Item 3(f)(6) [P]",
        unit="money",
    )
    period_rate_fraction: Exact = field(
        "Rate of the period",
        "本期利率",
        source="EX-102 reportingPeriodInterestRatePercentage, Item 3(f)(7) [P]",
        unit="fraction",
    )
    next_rate_fraction: Exact = field(
        "Rate of the next period",
        "下期利率",
        source="EX-102 nextInterestRatePercentage, Item 3(f)(8) [P]",
        unit="fraction",
    )
    servicing_fee_fraction: Exact = field(
        "Servicing fee", "服务费率", source="EX-102 servicingFeePercentage, Item 3(f)(9) [P]", unit="fraction"
    )
    servicing_flat_fee_amount: Exact = field(
        "Flat servicing fee", "固定服务费", source="EX-102 servicingFlatFeeAmount, Item 3(f)(10) [P]", unit="money"
    )
    other_servicer_fee_amount: Exact = field(
        "Other fee retained by the servicer",
        "服务机构其他留存费用",
        source="EX-102 otherServicerFeeRetainedByServicer, Item 3(f)(11) [P]",
        unit="money",
    )
    uncollected_servicer_fee_amount: Exact = field(
        "Assessed and uncollected servicer fee",
        "已计未收服务费",
        source="EX-102 otherAssessedUncollectedServicerFeeAmount, Item 3(f)(12) [P]",
        unit="money",
    )
    scheduled_interest_amount: Exact = field(
        "Scheduled interest", "计划利息", source="EX-102 scheduledInterestAmount, Item 3(f)(13) [P]", unit="money"
    )
    scheduled_principal_amount: Exact = field(
        "Scheduled principal", "计划本金", source="EX-102 scheduledPrincipalAmount, Item 3(f)(14) [P]", unit="money"
    )
    other_principal_adjustment_amount: Exact = field(
        "Other principal adjustments",
        "其他本金调整",
        source="EX-102 otherPrincipalAdjustmentAmount, Item 3(f)(15) [P]",
        unit="money",
    )
    scheduled_payment_amount: Exact = field(
        "Scheduled payment",
        "计划还款额",
        source="EX-102 reportingPeriodScheduledPaymentAmount, Item 3(f)(17) [P]",
        unit="money",
    )
    paid_amount: Exact = field(
        "Paid in the period", "本期实还金额", source="EX-102 totalActualAmountPaid, Item 3(f)(18) [P]", unit="money"
    )
    interest_collected_amount: Exact = field(
        "Interest collected", "实收利息", source="EX-102 actualInterestCollectedAmount, Item 3(f)(19) [P]", unit="money"
    )
    principal_collected_amount: Exact = field(
        "Principal collected",
        "实收本金",
        source="EX-102 actualPrincipalCollectedAmount, Item 3(f)(20) [P]",
        unit="money",
    )
    other_collected_amount: Exact = field(
        "Other amounts collected",
        "实收其他",
        source="EX-102 actualOtherCollectedAmount, Item 3(f)(21) [P]",
        unit="money",
    )
    servicer_advanced_amount: Exact = field(
        "Advanced by the servicer",
        "服务机构垫付",
        source="EX-102 servicerAdvancedAmount, Item 3(f)(22) [P]",
        unit="money",
    )
    interest_paid_through_date: Day = field(
        "Interest paid through", "付息截止日", source="EX-102 interestPaidThroughDate, Item 3(f)(23) [P]", unit="date"
    )
    zero_balance_month: Day = field(
        "Month the balance became zero (first day)",
        "余额归零月份（当月首日）",
        source="EX-102 zeroBalanceEffectiveDate, Item 3(f)(24)(i) [P]",
        unit="month",
    )
    zero_balance_code: Text = field(
        "Why the balance is zero",
        "余额归零原因",
        source="EX-102 zeroBalanceCode, Item 3(f)(24)(ii) [P]",
        unit="code",
        codes=codes.ZERO_BALANCE,
    )
    delinquency_days: Count = field(
        "Days past due as reported",
        "报告逾期天数",
        source="EX-102 currentDelinquencyStatus, Item 3(f)(25) [P]",
        unit="days",
    )
    servicer_name: Text = field(
        "Primary servicer",
        "主服务机构",
        source="EX-102 primaryLoanServicerName, Item 3(g)(1) [P]",
        unit="text",
        max_length=100,
    )
    servicing_transfer_month: Day = field(
        "Servicing transferred (first day of the month)",
        "服务转移月份（当月首日）",
        source="EX-102 mostRecentServicingTransferReceivedDate, Item 3(g)(2) [P]",
        unit="month",
    )
    is_subject_to_demand: Flag = field(
        "Subject to a repurchase demand",
        "涉及回购请求",
        source="EX-102 assetSubjectDemandIndicator, Item 3(h) [P]",
        unit="flag",
    )
    demand_status: Text = field(
        "Status of the demand",
        "回购请求状态",
        source="EX-102 assetSubjectDemandStatusCode, Item 3(h)(1) [P]",
        unit="code",
        codes=codes.DEMAND_STATUS,
    )
    repurchase_amount: Exact = field(
        "Repurchase amount", "回购金额", source="EX-102 repurchaseAmount, Item 3(h)(2) [P]", unit="money"
    )
    demand_resolution_date: Day = field(
        "Demand resolved", "回购请求解决日", source="EX-102 demandResolutionDate, Item 3(h)(3) [P]", unit="date"
    )
    repurchaser_name: Text = field(
        "Repurchaser", "回购方", source="EX-102 repurchaserName, Item 3(h)(4) [P]", unit="text", max_length=30
    )
    repurchase_reason: Text = field(
        "Reason of the repurchase",
        "回购原因",
        source="EX-102 repurchaseReplacementReasonCode, Item 3(h)(5) [P]",
        unit="code",
        codes=codes.REPURCHASE_REASON,
    )
    charged_off_amount: Exact = field(
        "Principal charged off", "核销本金", source="EX-102 chargedoffPrincipalAmount, Item 3(i)(1) [P]", unit="money"
    )
    recovered_exact_amount: Exact = field(
        "Recovered", "收回金额", source="EX-102 recoveredAmount, Item 3(i)(2) [P]", unit="money"
    )
    modification_type: Text = field(
        "Kinds of modification, codes joined by ';'",
        "变更类型，以“;”分隔",
        source="EX-102 modificationTypeCode, Item 3(j)(1) [P]",
        unit="code list",
        matches=r"^(1|2|3|4|98)(;(1|2|3|4|98))*$",
    )
    payment_extended_count: Count = field(
        "Months the payment was extended",
        "延期还款月数",
        source="EX-102 paymentExtendedNumber, Item 3(j)(2) [P]",
        unit="months",
    )
    is_repossessed: Flag = field(
        "Repossessed", "已收回车辆", source="EX-102 repossessedIndicator, Item 3(k) [P]", unit="flag"
    )
    repossession_proceeds_amount: Exact = field(
        "Proceeds of the repossession",
        "收回车辆处置款",
        source="EX-102 repossessedProceedsAmount, Item 3(k)(1) [P]",
        unit="money",
    )
    dataset_name: Text = field("Deal", "交易名称", source="not filed", unit="text", max_length=100)

    @classmethod
    def key(cls) -> tuple[str, ...]:
        return ("iou_no",)
