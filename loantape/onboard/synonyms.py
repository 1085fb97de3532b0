"""What lenders call the fields of the tape, in Chinese and English, beyond the tape's own names.

Belongs here: headers seen in this trade, as conventions of this project and no standard; each is written as
``fields.plain_name`` leaves it (lower case, words joined by ``_``, units and punctuation gone). Not here: how headers
are compared (``fields``), the tape's own names (``schemas.tape``).
"""

from __future__ import annotations

from collections.abc import Mapping

# field -> headers; a header may stand under several fields of different tables, never twice under one table
FIELDS: Mapping[str, tuple[str, ...]] = {
    "loan.snapshot_date": (
        *("数据日期", "报表日期", "统计日期", "截止日期", "数据时点", "账务日期", "报告日期", "跑批日期"),
        *("as_of_date", "reporting_date", "report_date", "data_date", "cutoff_date", "cut_off_date", "period_end_date"),
        "reporting_period_ending_date",
    ),
    "loan.lender_uscc": ("机构代码", "放款机构代码", "贷款机构代码", "lender_code", "lender_id"),
    "loan.branch_no": ("网点号", "机构号", "经办机构", "网点编号", "分支机构号", "branch", "branch_code", "branch_id"),
    "loan.lender_region": ("机构地区", "放款机构地区", "网点地区代码"),
    "loan.id_type": ("证件种类", "客户证件类型", "借款人证件类型", "document_type", "cert_type", "id_kind"),
    "loan.is_related_party": ("是否关联方", "关联方", "related_party"),
    "loan.birth_year": ("year_of_birth", "birthyear"),
    "loan.borrower_region": ("客户地区代码", "借款人地区", "客户所在地区", "户籍地区代码", "region", "borrower_state"),
    "loan.is_first_loan": ("是否首贷", "首贷", "首次贷款标志", "first_loan"),
    "loan.contract_no": (
        *("合同编号", "借款合同号", "贷款合同号", "贷款合同编号", "借款合同编号", "合同号码"),
        *("contract_number", "contract_id", "agreement_no", "agreement_number"),
    ),
    "loan.iou_no": (
        *("借据编号", "贷款借据号", "借据号码", "贷款编号", "贷款号", "贷款账号", "订单号", "放款流水号"),
        *("loan_id", "loan_no", "loan_number", "loan_key", "iou", "account_number", "account_no", "loan_account"),
    ),
    "loan.product_name": ("产品", "贷款产品", "贷款产品名称", "业务品种", "product"),
    "loan.product_class": ("贷款品种", "贷款种类", "product_type", "产品类型"),
    "loan.is_internet_loan": ("互联网贷款", "互联网贷款标识", "internet_loan"),
    "loan.is_revolving": ("是否循环", "循环贷标识", "循环额度", "revolving"),
    "loan.credit_limit_amount": ("额度", "信用额度", "总额度", "授信金额", "credit_limit", "limit_amount"),
    "loan.loan_amount": (
        *("放款金额", "贷款金额", "发放金额", "合同金额", "借据金额", "放款本金", "贷款本金"),
        *("original_amount", "original_balance", "principal", "disbursed_amount", "original_loan_amount", "amount"),
        *("loan_amt", "original_principal", "funded_amount", "amount_lent"),
    ),
    "loan.net_proceeds_amount": ("到手金额", "实际放款金额", "实际到账金额", "net_proceeds"),
    "loan.instalment_amount": ("每期还款额", "月供", "每期应还金额", "installment", "monthly_payment", "emi"),
    "loan.purpose_code": ("用途", "资金用途", "借款用途代码", "loan_purpose", "purpose"),
    "loan.purpose_text": ("借款用途", "用途说明", "资金用途说明", "purpose_description"),
    "loan.payment_method": ("放款方式", "贷款支付方式"),
    "loan.grant_type": ("贷款发放类型", "放款类型"),
    "loan.guarantee_type": ("主担保方式", "担保类型", "贷款担保方式", "collateral_type", "security_type"),
    "loan.start_date": (
        *("放款日期", "放款日", "贷款发放日期", "起息日", "借款日期", "借款起始日期", "起始日期", "贷款起始日"),
        *("origination_date", "disbursement_date", "loan_date", "open_date", "issue_date", "value_date"),
    ),
    "loan.maturity_date": (
        *("到期日", "贷款到期日", "贷款到期日期", "合同到期日", "约定到期日期", "借款到期日"),
        *("maturity", "end_date", "due_on", "loan_maturity_date", "expiry_date"),
    ),
    "loan.extended_maturity_date": ("展期到期日", "展期后到期日"),
    "loan.currency": ("币别", "货币", "币种代码", "ccy", "currency_code"),
    "loan.nominal_annual_pct": (
        *("年利率", "执行利率", "贷款利率", "执行年利率", "合同利率", "利率", "名义利率"),
        *("interest_rate", "annual_rate", "note_rate", "coupon", "nominal_rate", "rate", "original_interest_rate"),
        "original_interest_rate_percentage",
    ),
    "loan.rate_type": ("利率方式", "固定浮动标识", "interest_rate_type", "original_interest_rate_type_code"),
    "loan.benchmark_type": ("定价基准类型", "定价基准"),
    "loan.benchmark_pct": ("lpr利率", "基准利率值", "base_rate"),
    "loan.repricing_date": ("重定价日", "重定价日期", "下次重定价日"),
    "loan.shown_annual_rate_pct": ("年化利率", "对客年化利率", "展示利率", "apr", "shown_rate"),
    "loan.all_in_cost_pct": ("综合融资成本", "综合年化成本", "综合成本", "irr", "all_in_cost"),
    "loan.penalty_rate_pct": ("罚息率", "逾期利率", "罚息年利率", "penalty_rate", "default_rate"),
    "loan.repay_method": ("还款方法", "还本付息方式", "repayment_method", "amortisation_type", "amortization_type"),
    "loan.repay_frequency": ("还款周期", "还款频度", "repayment_frequency", "payment_frequency"),
    "loan.term_count": (
        *("期数", "贷款期数", "借款期数", "总期次", "期限月", "贷款期限"),
        *("term", "term_months", "number_of_instalments", "number_of_installments", "original_term", "tenor"),
        "original_loan_term",
    ),
    "loan.current_term": ("当期期数", "当前期次", "已还期数", "current_period", "current_instalment"),
    "loan.balance_amount": (
        *("贷款余额", "余额", "剩余本金", "未还本金", "借据余额", "在贷余额", "未偿本金"),
        *("balance", "outstanding", "principal_balance", "current_balance", "outstanding_balance"),
        *("outstanding_principal", "upb", "actual_end_balance_amount", "reporting_period_actual_end_balance_amount"),
    ),
    "loan.balance_cny": ("人民币余额", "折人民币余额", "余额折人民币元"),
    "loan.accrued_interest_amount": ("应收利息", "应计利息", "表内应收利息", "accrued_interest"),
    "loan.off_balance_interest_amount": ("表外应收利息", "表外利息"),
    "loan.overdue_principal_amount": ("逾期本金", "欠本", "拖欠本金", "overdue_principal", "principal_arrears"),
    "loan.overdue_interest_amount": ("逾期利息", "欠息", "拖欠利息", "overdue_interest", "interest_arrears"),
    "loan.principal_overdue_since": ("本金逾期日期", "本金逾期起始日", "逾期日期", "逾期起始日期"),
    "loan.interest_overdue_since": ("利息逾期日期", "利息逾期起始日"),
    "loan.days_past_due": (
        *("逾期天数天", "本金逾期天数", "当前逾期天数", "最大逾期天数", "拖欠天数"),
        *("dpd", "delinquency_days", "days_overdue", "overdue_days", "current_delinquency_status", "arrears_days"),
    ),
    "loan.consecutive_arrears_count": ("连续逾期期数", "连续逾期次数"),
    "loan.cumulative_arrears_count": ("累计逾期期数", "累计逾期次数"),
    "loan.overdue_1104_amount": ("逾期金额", "逾期贷款余额", "overdue_amount"),
    "loan.loan_status": ("状态", "借据状态", "合同状态", "贷款状况", "status", "account_status"),
    "loan.disposal_type": ("处置类型",),
    "loan.disposal_date": ("核销日期", "转让日期", "disposed_on"),
    "loan.disposal_amount": ("核销金额", "转让金额"),
    "loan.recovered_amount": ("收回金额", "本期收回", "recovered", "recoveries"),
    "loan.five_class": (
        "五级分类结果",
        "风险分类",
        "贷款五级分类",
        "五级形态",
        "资产分类",
        "risk_class",
        "five_category",
    ),
    "loan.is_restructured": ("是否重组", "重组贷款标识", "restructured"),
    "loan.provision_amount": ("减值准备金额", "拨备", "贷款损失准备", "拨备金额", "provision", "loss_allowance"),
    "loan.extension_count": ("展期期数", "extensions"),
    "loan.coop_mode": ("合作模式", "合作业务模式"),
    "loan.partner_agreement_no": ("合作协议编号", "合作方协议号"),
    "loan.partner_share_fraction": ("合作方比例", "联合贷出资比例", "partner_share"),
    "loan.own_balance_amount": ("我方余额", "本行出资余额", "own_balance"),
    "loan.partner_balance_amount": ("合作方余额", "partner_balance"),
    "loan.enhancer_type": ("增信方式", "增信机构种类"),
    "loan.enhancer_uscc": ("增信机构统一社会信用代码", "担保公司代码"),
    "loan.enhanced_amount": ("担保金额", "增信额度"),
    "loan.channel": ("渠道", "渠道来源", "进件渠道"),
    "loan.decision_owner": ("决策方", "风控方"),
    "identity.id_no": (
        *("证件号码", "身份证号", "身份证号码", "证件号", "客户证件号码", "借款人证件号码", "公民身份号码"),
        *("id_number", "id_card", "id_card_no", "id_no", "identity_no", "cert_no", "national_id", "document_no"),
    ),
    "identity.phone": (
        *("手机号", "手机号码", "联系电话", "移动电话", "电话", "客户手机号", "联系方式"),
        *("mobile", "phone", "mobile_no", "mobile_number", "phone_no", "phone_number", "telephone", "cell_phone"),
    ),
    "identity.name": (
        *("客户姓名", "姓名", "借款人姓名", "借款人", "客户名称", "借款人名称"),
        *("name", "customer_name", "borrower_name", "client_name", "full_name", "obligor_name"),
    ),
    "instalment.instalment_no": ("期数", "还款期次", "期号", "period_no", "installment_no"),
    "instalment.due_date": ("应还日", "还款日", "约定还款日", "payment_due_date"),
    "instalment.due_principal_amount": ("应还本金金额", "当期本金", "principal_due"),
    "instalment.due_interest_amount": ("应还利息金额", "当期利息", "interest_due"),
    "instalment.due_fee_amount": ("应还费用金额", "fee_due"),
    "instalment.paid_date": ("实际还款日", "实际还款日期", "还款日期", "payment_date"),
    "instalment.paid_amount": ("实际还款金额", "还款金额", "payment_amount"),
    "partner.partner_name": ("合作机构名称", "合作机构", "partner"),
    "partner.partner_uscc": ("合作机构代码", "合作机构统一社会信用代码"),
    "loan_us_auto.iou_no": ("loan_key", "loan_id", "loan_number"),
}

# What headers of personal columns contain, besides the identity fields above; their values are never shown.
PERSONAL = (
    *("姓名", "证件", "身份证", "手机", "电话", "住址", "地址", "邮箱", "银行卡", "卡号", "账户名", "户名", "联系人"),
    *("生日", "出生", "微信", "护照", "单位名称", "车牌", "客户号", "客户编号", "民族", "性别", "婚姻", "学历"),
    *("name", "phone", "mobile", "address", "email", "id_card", "id_no", "passport", "birth", "dob", "contact"),
    *("ssn", "bank_card", "card_no", "wechat", "gender", "ethnic", "marital", "customer_no", "customer_id"),
)
# headers that contain such a word and name no person
NOT_PERSONAL = (
    *("product_name", "产品名称", "机构名称", "合作方名称", "file_name", "项目名称"),
    *("dataset_name", "originator_name", "servicer_name", "vehicle_model_name", "vehicle_manufacturer_name"),
    *("repurchaser_name", "primary_loan_servicer_name", "lender_name"),
)

# What lenders write for a code, by the field's name, beyond the code itself and its English and Chinese meaning.
CODES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "five_class": {
        "1": ("正常类", "normal", "pass", "01"),
        "2": ("关注类", "special mention", "watch", "02"),
        "3": ("次级类", "substandard", "03"),
        "4": ("可疑类", "doubtful", "04"),
        "5": ("损失类", "loss", "05"),
    },
    "id_type": {
        "B01": ("居民身份证", "二代身份证", "身份证号", "id card"),
        "B03": ("中国护照", "外国护照", "passport"),
        "B04": ("军官证件",),
    },
    "loan_status": {
        "LS01": ("正常还款", "未结清", "还款中", "normal", "current", "active"),
        "LS02": ("已展期", "extended"),
        "LS03": ("已逾期", "逾期中", "overdue", "past due"),
        "LF01": ("已结清", "结清销户", "closed", "paid off", "settled"),
        "LF02": ("已核销", "written off", "charged off"),
        "LF04": ("已转让", "transferred", "sold"),
    },
    "repay_method": {
        "EQUAL_INSTALMENT": ("等额本息还款", "等本等息", "annuity"),
        "EQUAL_PRINCIPAL": ("等额本金还款",),
        "INTEREST_FIRST": ("先息后本", "按期付息到期还本", "按月付息到期还本", "interest only"),
        "BULLET": ("一次性还本付息", "到期一次还本付息", "到期还本付息", "bullet"),
    },
    "guarantee_type": {
        "D": ("信用", "免担保", "信用贷款", "无担保", "unsecured"),
        "A": ("质押贷款",),
        "C99": ("保证", "第三方保证", "guaranteed"),
        "B99": ("抵押",),
    },
    "rate_type": {"RF01": ("固定", "fixed"), "RF02": ("浮动", "floating", "variable")},
    "repay_frequency": {
        "MONTH": ("按月", "每月", "monthly"),
        "QUARTER": ("按季", "每季", "quarterly"),
        "WEEK": ("按周", "weekly"),
        "ONCE": ("到期一次",),
    },
    "purpose_code": {
        "DAILY": ("消费", "日常消费支出", "个人消费"),
        "DECORATION": ("家装", "房屋装修"),
        "EDUCATION": ("教育培训", "学费"),
        "MEDICAL": ("医疗健康", "就医"),
        "TRAVEL": ("旅行",),
        "BUSINESS": ("经营", "生产经营"),
    },
}
