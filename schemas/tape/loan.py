"""The loan: what every lender sends for each IOU. Not here: fields only one regulator needs (loan_us_auto)."""

from __future__ import annotations

from schemas.tape import codes
from schemas.tape.field import Count, Day, Flag, Fraction, Money, Rate, Stamp, TapeModel, Text, field


class Loan(TapeModel):
    """One row per IOU (借据) per reporting date; amounts in ``currency``, rates in percent."""

    # lender
    snapshot_date: Day = field("Reporting date", "报送日期", source="G1", unit="date", required=True)
    lender_uscc: Text = field(
        "Lender's unified social credit code",
        "机构统一社会信用代码",
        source="GB 32100-2015 [B-H]; CLGRDK 1 [P]; G2",
        required_in=("cn",),
        max_length=18,
    )
    licence_no: Text = field("Financial licence number", "金融许可证号", source="EAST 503 [P]; G3", max_length=15)
    lender_type: Text = field(
        "Kind of lender", "机构类型", source="G4", unit="code", codes=codes.LENDER_TYPE, required=True
    )
    branch_no: Text = field("Branch", "内部机构号", source="CLGRDK 2 [P]; G5", required_in=("cn",), max_length=30)
    lender_region: Text = field(
        "Region of the branch", "机构地区代码", source="GB/T 2260; CLGRDK 3 [P]; G6", required_in=("cn",), max_length=6
    )
    # borrower
    borrower_pid: Text = field(
        "Borrower's pseudonym",
        "借款人假名",
        source="keyed hash, ours; G9",
        derived=True,
        required_in=("cn",),
        max_length=64,
    )
    is_id_no_valid: Flag = field(
        "The identity card number has a valid check character",
        "身份证号校验位有效",
        source="GB 11643-1999 [B-H]; computed while reading",
        unit="flag",
        derived=True,
    )
    id_type: Text = field(
        "Kind of identity document",
        "证件类型",
        source="CLGRDK 4 [P]; G10",
        unit="code",
        codes=codes.ID_TYPE,
        required_in=("cn",),
    )
    is_related_party: Flag = field("Related party", "关联方标识", source="GRKHXX 13 [P]; G13", unit="flag")
    birth_year: Count = field("Year of birth", "出生年份", source="G15", unit="year", ge=1900, le=2100)
    borrower_region: Text = field(
        "Region of the borrower",
        "借款人地区代码",
        source="GB/T 2260 or 000+GB/T 2659; CLGRDK 6 [P]; G16",
        required_in=("cn",),
        max_length=6,
    )
    nationality: Text = field("Nationality", "国籍", source="GB/T 2659; GRKHXX 4 [P]; G17", max_length=2)
    connected_group_id: Text = field(
        "Group of connected borrowers", "关联客户组", source="小贷办法 [B-H]; G14", max_length=32
    )
    is_first_loan: Flag = field(
        "First loan from this lender", "首贷标识", source="CLGRDK 23 [P]; G18", unit="flag", required_in=("cn",)
    )
    # contract and IOU
    contract_no: Text = field(
        "Contract number", "合同号", source="CLGRDK 8 [P]; G19", required_in=("cn",), max_length=100
    )
    iou_no: Text = field("IOU number", "借据号", source="CLGRDK 7 [P]; G20", required=True, max_length=100)
    product_name: Text = field("Product", "产品名称", source="G21", required=True, max_length=100)
    product_class: Text = field(
        "Product class", "产品类别", source="CLGRDK 9 [P]; G22", unit="code", codes=codes.PRODUCT_CLASS, required=True
    )
    is_internet_loan: Flag = field(
        "Internet loan", "是否互联网贷款", source="EAST 503 SFHLWDK [P]; G23", unit="flag", required_in=("cn",)
    )
    is_revolving: Flag = field("Revolving credit line", "循环额度标识", source="G24", unit="flag", required_in=("cn",))
    credit_limit_amount: Money = field("Credit limit", "授信额度", source="GRKHXX 14 [P]; G25", unit="money", ge=0)
    loan_amount: Money = field(
        "Amount lent", "借款金额", source="EAST 503 DKJE [P]; G26", unit="money", required=True, ge=0
    )
    net_proceeds_amount: Money = field(
        "Amount received after upfront fees", "实际到手金额", source="G27", unit="money", ge=0
    )
    instalment_amount: Money = field(
        "Level payment per period, all normal fees included; empty if not level",
        "每期应还额（含全部正常费用；不等额时为空）",
        source="ours, input of the APR",
        unit="money",
        ge=0,
    )
    purpose_code: Text = field(
        "Purpose", "用途代码", source="G28", unit="code", codes=codes.PURPOSE, required_in=("cn",)
    )
    purpose_text: Text = field("Purpose as in the contract", "贷款用途", source="CLGRDK 27 [P]; G28", max_length=1000)
    payment_method: Text = field(
        "How it was paid out", "支付方式", source="EAST 503 FKFS [P]; G29", unit="code", codes=codes.PAYMENT_METHOD
    )
    grant_type: Text = field(
        "Kind of grant", "发放类型", source="EAST 503 DKFFLX [P]; G30", unit="code", codes=codes.GRANT_TYPE
    )
    guarantee_type: Text = field(
        "Guarantee",
        "担保方式",
        source="CLGRDK 22 [P]; G31",
        unit="code",
        codes=codes.GUARANTEE_TYPE,
        required_in=("cn",),
    )
    start_date: Day = field("Date of grant", "发放日期", source="CLGRDK 10 [P]; G32", unit="date", required=True)
    maturity_date: Day = field("Maturity", "到期日期", source="CLGRDK 11 [P]; G33", unit="date", required_in=("cn",))
    extended_maturity_date: Day = field("Extended maturity", "展期到期日期", source="CLGRDK 12 [P]; G34", unit="date")
    currency: Text = field("Currency", "币种", source="GB/T 12406; CLGRDK 13 [P]; G35", required=True, max_length=3)
    ended_on: Day = field("Date it ended", "终结日期", source="EAST 503 ZJRQ [P]", unit="date")
    # pricing
    nominal_annual_pct: Rate = field(
        "Nominal annual rate", "名义年利率", source="CLGRDK 17 [P]; G36", unit="percent", required=True
    )
    rate_type: Text = field(
        "Fixed or floating", "利率类型", source="CLGRDK 16 [P]; G37", unit="code", codes=codes.RATE_TYPE, required=True
    )
    benchmark_type: Text = field(
        "Benchmark", "基准类型", source="CLGRDK 18 [P]; G38", unit="code", codes=codes.BENCHMARK_TYPE
    )
    benchmark_pct: Rate = field("Benchmark rate", "基准利率", source="CLGRDK 19 [P]; G38", unit="percent")
    repricing_date: Day = field("Next repricing", "利率重新定价日", source="CLGRDK 21 [P]", unit="date")
    shown_annual_rate_pct: Rate = field(
        "Annual rate shown to the borrower",
        "展示年化利率",
        source="PBoC announcement [2021] No. 3 [S]; G39",
        unit="percent",
        required_in=("cn",),
    )
    shown_method: Text = field(
        "How the shown rate was computed",
        "展示方法",
        source="PBoC announcement [2021] No. 3 [S]; G40",
        unit="code",
        codes=codes.SHOWN_METHOD,
        required_in=("cn",),
    )
    all_in_cost_pct: Rate = field(
        "Annual all-in cost, normal performance", "年化综合融资成本", source="金规〔2026〕2号 [S]; G43", unit="percent"
    )
    penalty_rate_pct: Rate = field("Penalty rate", "罚息利率", source="一表通 6.27 [S]; G45", unit="percent", ge=0)
    # schedule and performance
    repay_method: Text = field(
        "Repayment method",
        "还款方式",
        source="EAST 503 HKFS [P]; G52",
        unit="code",
        codes=codes.REPAY_METHOD,
        required_in=("cn",),
    )
    repay_frequency: Text = field(
        "Repayment frequency",
        "还款频率",
        source="credit bureau RepayFreqcy [S]; G53",
        unit="code",
        codes=codes.REPAY_FREQUENCY,
    )
    term_count: Count = field("Number of instalments", "总期数", source="EAST 503 ZQS [P]; G54", unit="count", ge=0)
    current_term: Count = field("Current instalment", "当前期数", source="EAST 503 DQQS [P]; G54", unit="count", ge=0)
    next_due_date: Day = field("Next instalment due", "下期还款日期", source="EAST 503 XQHKRQ [P]", unit="date")
    next_due_principal_amount: Money = field(
        "Principal of the next instalment", "下期应还本金", source="EAST 503 XQYHBJ [P]", unit="money", ge=0
    )
    next_due_interest_amount: Money = field(
        "Interest of the next instalment", "下期应还利息", source="EAST 503 XQYHLX [P]", unit="money", ge=0
    )
    drawn_amount: Money = field(
        "Principal granted in the period", "本期发放本金", source="GRDKFS 14, 27 [P]", unit="money", ge=0
    )
    repaid_principal_amount: Money = field(
        "Principal repaid in the period", "本期收回本金", source="GRDKFS 14, 27 [P]", unit="money", ge=0
    )
    due_in_period_amount: Money = field(
        "Due in the period, fees included", "本期应还款金额", source="credit bureau CurRpyAmt [S]", unit="money", ge=0
    )
    paid_in_period_amount: Money = field(
        "Paid in the period, fees included",
        "本期实际还款金额",
        source="credit bureau ActRpyAmt [S]",
        unit="money",
        ge=0,
    )
    last_paid_on: Day = field(
        "Last paid on", "最近一次实际还款日期", source="credit bureau LatRpyDate [S]", unit="date"
    )
    balance_amount: Money = field(
        "Principal outstanding", "本金余额", source="CLGRDK 14 [P]; G57", unit="money", required=True
    )
    balance_cny: Money = field(
        "Principal outstanding in yuan", "余额折人民币", source="CLGRDK 15 [P]", unit="CNY", required_in=("cn",)
    )
    accrued_interest_amount: Money = field(
        "Interest receivable, on balance sheet", "应收表内利息", source="EAST 503 BNQXYE [P]; G58", unit="money"
    )
    off_balance_interest_amount: Money = field(
        "Interest receivable, off balance sheet", "应收表外利息", source="EAST 503 BWQXYE [P]; G58", unit="money"
    )
    overdue_principal_amount: Money = field(
        "Principal in arrears", "欠本金额", source="EAST 503 QBJE [P]; G59", unit="money", ge=0
    )
    overdue_interest_amount: Money = field(
        "Interest in arrears", "欠息金额", source="一表通 8.15 [S]", unit="money", ge=0
    )
    principal_overdue_since: Day = field(
        "Principal in arrears since", "欠本日期", source="EAST 503 QBRQ [P]; G60", unit="date"
    )
    interest_overdue_since: Day = field(
        "Interest in arrears since", "欠息日期", source="EAST 503 QXRQ [P]; G60", unit="date"
    )
    days_past_due: Count = field(
        "Days past due, the longer of principal and interest", "逾期天数", source="G61", unit="days", ge=0
    )
    consecutive_arrears_count: Count = field(
        "Instalments in arrears in a row", "连续欠款期数", source="EAST 503 LXQKQS [P]; G62", unit="count", ge=0
    )
    cumulative_arrears_count: Count = field(
        "Instalments ever in arrears", "累计欠款期数", source="EAST 503 LJQKQS [P]; G62", unit="count", ge=0
    )
    overdue_1104_amount: Money = field(
        "Overdue amount by the 1104 rule", "1104逾期金额", source="D2 [S]; G63", unit="money", ge=0
    )
    payment_status_24m: Text = field(
        "Status of the last 24 months, the oldest first",
        "24个月还款状态",
        source="credit bureau RpyStatus, first-generation 24-month string [S]; G66",
        matches="[/*NM1-7DZBCG#A]{24}",
    )
    is_credit_reported: Flag = field("Reported to the credit bureau", "征信报送标识", source="G100", unit="flag")
    adverse_notice_at: Stamp = field(
        "Borrower told before the first adverse report",
        "不良信息告知时间",
        source="国务院令631 [B-H]; G100",
        unit="time",
    )
    loan_status: Text = field(
        "Status",
        "贷款状态",
        source="CLGRDK 25, GRDKFS 24 [P]; G64",
        unit="code",
        codes=codes.LOAN_STATUS,
        required=True,
    )
    overdue_type: Text = field(
        "What is overdue", "逾期类型", source="CLGRDK 26 [P]; G65", unit="code", codes=codes.OVERDUE_TYPE
    )
    disposal_type: Text = field(
        "Disposal", "处置方式", source="GRDKFS 24 [P]; G67", unit="code", codes=codes.DISPOSAL_TYPE
    )
    disposal_date: Day = field("Date of disposal", "处置日期", source="G67", unit="date")
    disposal_amount: Money = field("Amount disposed of", "处置金额", source="G67", unit="money", ge=0)
    recovered_amount: Money = field("Recovered in the period", "本期收回金额", source="一表通 7.8 [S]", unit="money")
    # classification
    five_class: Text = field(
        "Risk class",
        "五级分类",
        source="2023 No. 1 order [B-H]; CLGRDK 24 [P]; G68",
        unit="code",
        codes=codes.FIVE_CLASS,
        required_in=("cn",),
    )
    previous_class: Text = field(
        "Risk class before the last change",
        "前次五级分类",
        source="EAST 705 YWJFL [P]; G69",
        unit="code",
        codes=codes.FIVE_CLASS,
    )
    class_changed_on: Day = field("Class changed on", "分类调整日期", source="EAST 705 TZRQ [P]; G69", unit="date")
    class_change_reason: Text = field("Why it changed", "变动原因", source="EAST 705 BDYY [P]; G69", max_length=200)
    is_credit_impaired: Flag = field(
        "Credit-impaired", "信用减值标识", source="2023 No. 1 order [B-H]; G70", unit="flag"
    )
    is_restructured: Flag = field("Restructured", "重组标识", source="2023 No. 1 order [B-M]; G71", unit="flag")
    restructured_on: Day = field(
        "Restructured on: the observation begins", "重组观察期起始日", source="2023 No. 1 order [B-M]; G71", unit="date"
    )
    restructure_count: Count = field(
        "Times restructured", "重组次数", source="一表通 6.27 [S]; G71", unit="count", ge=0
    )
    provision_amount: Money = field("Loss provision", "减值准备", source="form 20202017 [P]; G72", unit="money", ge=0)
    extension_count: Count = field("Times extended", "展期次数", source="EAST 503 ZQCS [P]; G73", unit="count", ge=0)
    # partners
    coop_mode: Text = field(
        "Mode of co-operation",
        "业务模式",
        source="EAST 502 YWMS [P]; G86",
        unit="code",
        codes=codes.COOP_MODE,
        required_in=("cn",),
    )
    partner_agreement_no: Text = field(
        "Co-operation agreement", "合作协议号", source="EAST 502 HZXYBH [P]; G87", max_length=100
    )
    partner_share_fraction: Fraction = field(
        "Share funded by the partner",
        "合作方出资比例",
        source="银保监办发〔2021〕24号 [B-H]; G90",
        unit="fraction",
        ge=0,
        le=1,
    )
    own_balance_amount: Money = field(
        "Balance funded by the lender", "本机构出资余额", source="一表通 6.4 [S]; G91", unit="money", ge=0
    )
    partner_balance_amount: Money = field(
        "Balance funded by the partner", "合作方出资余额", source="一表通 6.4 [S]; G91", unit="money", ge=0
    )
    enhancer_type: Text = field(
        "Kind of credit enhancer", "增信机构类型", source="G09 8.3 [S]; G92", unit="code", codes=codes.ENHANCER_TYPE
    )
    enhancer_uscc: Text = field("Credit enhancer's code", "增信机构代码", source="G92", max_length=18)
    enhanced_amount: Money = field(
        "Amount enhanced", "增信金额", source="EAST 502 HZFZRJE [P]; G92", unit="money", ge=0
    )
    # channel
    channel: Text = field("Channel", "获客渠道", source="G94", unit="code", codes=codes.CHANNEL)
    apply_region: Text = field(
        "Region where it was applied for",
        "受理地区",
        source="GB/T 2260; 银保监办发〔2021〕24号 [B-H]; G95",
        max_length=6,
    )
    decision_owner: Text = field(
        "Who decides on the loan",
        "风控决策方",
        source="金规〔2025〕9号 [S]; G94",
        unit="code",
        codes=codes.DECISION_OWNER,
    )

    @classmethod
    def key(cls) -> tuple[str, ...]:
        return ("iou_no",)
