"""Short code lists that the tape itself fixes, code to (English, Chinese).

Published lists that are long (regions) are CSV files in ``schemas/codes``. Sources are in the fields that use a list.
"""

from __future__ import annotations

LENDER_TYPE = {
    "BANK": ("Commercial bank", "商业银行"),
    "CFC": ("Consumer finance company", "消费金融公司"),
    "MICRO": ("Small-loan company", "小额贷款公司"),
    "TRUST": ("Trust company", "信托公司"),
    "AFC": ("Auto finance company", "汽车金融公司"),
    "OTHER": ("Other", "其他"),
}
ID_TYPE = {
    "B01": ("Resident identity card", "身份证"),
    "B02": ("Household register", "户口簿"),
    "B03": ("Passport", "护照"),
    "B04": ("Officer's card", "军官证"),
    "B05": ("Soldier's card", "士兵证"),
    "B06": ("Mainland travel permit, Hong Kong and Macau", "港澳居民来往内地通行证"),
    "B07": ("Mainland travel permit, Taiwan", "台湾同胞来往内地通行证"),
    "B08": ("Temporary identity card", "临时身份证"),
    "B09": ("Foreigner's residence permit", "外国人居留证"),
    "B10": ("Police card", "警官证"),
    "B11": ("Foreigner's permanent residence card", "外国人永久居留身份证"),
    "B12": ("Residence permit, Hong Kong, Macau, Taiwan", "港澳台居民居住证"),
    "B99": ("Other", "其他"),
}
PRODUCT_CLASS = {
    "F0211": ("Housing", "个人住房贷款"),
    "F0212": ("Car", "个人汽车消费贷款"),
    "F02131": ("State student loan", "国家助学贷款"),
    "F02132": ("Commercial student loan", "一般商业性助学贷款"),
    "F0219": ("Other consumer loan", "其他消费贷款"),
    "F022": ("Business loan", "经营贷款"),
    "F041": ("Account overdraft", "账户透支"),
    "F042": ("Credit card overdraft", "贷记卡透支"),
}
PAYMENT_METHOD = {
    "SELF": ("Paid to the borrower", "自主支付"),
    "ENTRUSTED": ("Paid to the payee", "受托支付"),
    "MIXED": ("Mixed", "混合支付"),
}
GRANT_TYPE = {
    "NEW": ("New", "新增"),
    "RENEWED": ("Renewed without repayment", "无还本续贷"),
    "REFINANCED": ("New for old", "借新还旧"),
    "RESTRUCTURED": ("Restructured", "重组贷款"),
}
GUARANTEE_TYPE = {
    "A": ("Pledge", "质押"),
    "B01": ("Real estate mortgage", "房地产抵押"),
    "B99": ("Other mortgage", "其他抵押"),
    "C01": ("Joint guarantee", "联保"),
    "C99": ("Other guarantee", "其他保证"),
    "D": ("Unsecured", "信用/免担保"),
    "E": ("Combined", "组合担保"),
    "E01": ("Combined with real estate mortgage", "含房地产抵押的组合担保"),
    "Z": ("Other", "其他"),
}
RATE_TYPE = {"RF01": ("Fixed", "固定利率"), "RF02": ("Floating", "浮动利率")}
BENCHMARK_TYPE = {
    "TR01": ("SHIBOR", "SHIBOR"),
    "TR02": ("LIBOR", "LIBOR"),
    "TR03": ("HIBOR", "HIBOR"),
    "TR04": ("EURIBOR", "EURIBOR"),
    "TR05": ("Loan prime rate", "LPR"),
    "TR06": ("Treasury rate", "国债利率"),
    "TR07": ("Deposit benchmark", "存款基准利率"),
    "TR08": ("Lending benchmark", "贷款基准利率"),
    "TR09": ("Re-lending rate", "再贷款利率"),
    "TR99": ("Other", "其他"),
}
SHOWN_METHOD = {
    "SIMPLE": ("Simple: twelve times the monthly rate", "单利"),
    "COMPOUND": ("Compound: internal rate of return", "复利（内部收益率）"),
}
REPAY_METHOD = {
    "EQUAL_INSTALMENT": ("Equal instalments", "等额本息"),
    "EQUAL_PRINCIPAL": ("Equal principal", "等额本金"),
    "INTEREST_FIRST": ("Interest by period, principal at the end", "分期付息一次还本"),
    "BULLET": ("All at maturity", "利随本清"),
    "REVOLVING": ("Monthly bill with a minimum payment", "按月账单"),
    "OTHER": ("Other", "其他"),
}
REPAY_FREQUENCY = {
    "DAY": ("Daily", "日"),
    "WEEK": ("Weekly", "周"),
    "MONTH": ("Monthly", "月"),
    "QUARTER": ("Quarterly", "季"),
    "ONCE": ("Once", "一次性"),
    "IRREGULAR": ("Irregular", "不定期"),
}
LOAN_STATUS = {
    "LS01": ("Normal", "正常"),
    "LS02": ("Extended", "展期"),
    "LS03": ("Overdue", "逾期"),
    "LS04": ("Shortened", "缩期"),
    "LF01": ("Closed in the period", "结清"),
    "LF02": ("Written off", "核销"),
    "LF04": ("Transferred", "转让"),
}
OVERDUE_TYPE = {
    "01": ("Principal", "本金逾期"),
    "02": ("Interest", "利息逾期"),
    "03": ("Principal and interest", "本金利息逾期"),
}
FIVE_CLASS = {
    "1": ("Normal", "正常"),
    "2": ("Special mention", "关注"),
    "3": ("Substandard", "次级"),
    "4": ("Doubtful", "可疑"),
    "5": ("Loss", "损失"),
}
COOP_MODE = {
    "SOLE": ("Own funds, own customers", "独立"),
    "JOINT": ("Co-lending", "联合贷款"),
    "REFERRAL": ("Customers brought by a partner", "助贷引流"),
    "ENDED": ("Co-operation ended", "合作终结"),
}
ENHANCER_TYPE = {
    "GUARANTEE_INSURANCE": ("Guarantee insurance", "保证保险"),
    "CREDIT_INSURANCE": ("Credit insurance", "信用保险"),
    "GUARANTOR": ("Financing guarantee company", "融资担保"),
    "OTHER": ("Other", "其他"),
}
CHANNEL = {
    "OWN_APP": ("The lender's own app", "自有App"),
    "PLATFORM": ("A partner platform", "合作平台"),
    "BRANCH": ("Branch or shop", "线下网点"),
    "CHECKOUT": ("Checkout of a shop", "收银台"),
}
DECISION_OWNER = {"LENDER": ("The lender", "本机构"), "PARTNER": ("The partner", "合作方")}
PURPOSE = {
    "DAILY": ("Daily consumption", "日常消费"),
    "TRAVEL": ("Travel", "旅游"),
    "EDUCATION": ("Education", "教育"),
    "MEDICAL": ("Medical", "医疗"),
    "DECORATION": ("Home decoration", "装修"),
    "DURABLES": ("Durable goods", "耐用品"),
    "CAR": ("Car", "购车"),
    "BUSINESS": ("Business", "经营周转"),
    "HOUSE": ("House purchase (not allowed for internet loans)", "购房（互联网贷款禁止）"),
    "SECURITIES": ("Securities (not allowed for internet loans)", "证券投资（互联网贷款禁止）"),
    "OTHER": ("Other", "其他"),
}
DISPOSAL_TYPE = {
    "WRITTEN_OFF": ("Written off", "核销"),
    "TRANSFERRED": ("Transferred", "转让"),
    "PAID_BY_GUARANTOR": ("Paid by the guarantor", "代偿"),
    "SECURITISED": ("Securitised", "资产证券化转让"),
}
FEE_TYPE = {
    "INTEREST": ("Interest", "利息"),
    "INSTALMENT_FEE": ("Instalment fee", "分期手续费"),
    "GUARANTEE": ("Guarantee fee", "担保费"),
    "INSURANCE": ("Insurance premium", "保险费"),
    "MEMBERSHIP": ("Membership fee", "会员费"),
    "SERVICE": ("Service fee", "服务费"),
    "PENALTY": ("Penalty interest", "罚息"),
    "OTHER": ("Other", "其他"),
}
FEE_CASE = {"NORMAL": ("Normal performance", "正常履约"), "DEFAULT": ("On default", "违约")}
FEE_METHOD = {
    "UPFRONT": ("Once, from the proceeds", "放款时一次收取"),
    "PER_INSTALMENT": ("With each instalment", "随每期收取"),
    "ON_EVENT": ("When the event happens", "触发时收取"),
}
COLLECTOR_TYPE = {
    "LENDER": ("The lender", "贷款人"),
    "GUARANTOR": ("A guarantor", "担保机构"),
    "INSURER": ("An insurer", "保险公司"),
    "PLATFORM": ("A platform", "平台运营机构"),
    "OTHER": ("Other", "其他"),
}
CONFIRM_TYPE = {
    "SIGNED": ("Signed on paper", "签署"),
    "POPUP": ("Confirmed in a pop-up", "弹窗确认"),
    "CHECKOUT": ("On the order payment page", "支付页面展示"),
}
DISCLOSURE_CHANNEL = {
    "ONLINE": ("Online", "线上"),
    "OFFLINE": ("On paper", "线下"),
    "CHECKOUT": ("On an order payment page", "订单支付页面"),
}
LAWFUL_BASIS = {
    "CONSENT": ("Consent", "取得个人同意"),
    "CONTRACT": ("Needed for a contract", "订立、履行合同所必需"),
    "LEGAL_DUTY": ("Needed for a legal duty", "履行法定职责或义务所必需"),
    "OTHER": ("Another basis of article 13", "第十三条规定的其他情形"),
}
DATA_CLASS = {
    "C1": ("C1: internal", "C1 机构内部信息"),
    "C2": ("C2: identifies a person or tells their finances", "C2 可识别身份与金融状况"),
    "C3": ("C3: authenticates (never in a tape)", "C3 鉴别信息（不得出现）"),
}
CROSS_BORDER = {
    "ASSESSMENT": ("Security assessment", "安全评估"),
    "CERTIFICATION": ("Certification", "保护认证"),
    "STANDARD_CONTRACT": ("Standard contract", "标准合同"),
}
CONTACT_METHOD = {
    "PHONE": ("Telephone", "电话"),
    "MESSAGE": ("Text message", "短信"),
    "APP": ("In the app", "App消息"),
    "VISIT": ("Visit", "上门"),
    "LETTER": ("Letter", "信函"),
}
COLLECTION_STAGE = {
    "INTERNAL": ("By the lender", "自行催收"),
    "OUTSOURCED": ("By an agency", "委外催收"),
    "LEGAL": ("In court", "诉讼催收"),
}
COMPLAINT_TOPIC = {
    "PRICING": ("Price", "息费"),
    "COLLECTION": ("Collection", "催收"),
    "PRIVACY": ("Privacy", "个人信息"),
    "SERVICE": ("Service", "服务"),
    "OTHER": ("Other", "其他"),
}
COMPLAINT_RESULT = {
    "UPHELD": ("Upheld", "成立"),
    "PARTLY": ("Partly upheld", "部分成立"),
    "REJECTED": ("Rejected", "不成立"),
    "WITHDRAWN": ("Withdrawn", "撤诉"),
}
CONSENT_TYPE = {
    "GENERAL": ("Processing of personal information", "个人信息处理同意"),
    "SENSITIVE": ("Separate consent: sensitive information", "敏感个人信息单独同意"),
    "SHARE": ("Separate consent: giving to another handler", "向其他处理者提供单独同意"),
    "CROSS_BORDER": ("Separate consent: abroad", "出境单独同意"),
    "CREDIT_QUERY": ("Credit bureau query", "征信查询授权"),
}
PARTNER_TYPE = {
    "BANK": ("Bank", "银行业金融机构"),
    "INSURER": ("Insurer", "保险公司"),
    "MICRO": ("Small-loan company", "小额贷款公司"),
    "GUARANTOR": ("Financing guarantee company", "融资担保公司"),
    "ECOMMERCE": ("E-commerce company", "电子商务公司"),
    "PAYMENT": ("Non-bank payment institution", "非银行支付机构"),
    "TECH": ("Technology company", "信息科技公司"),
    "OTHER": ("Other", "其他"),
}
PARTNER_SERVICE = {
    "MARKETING": ("Finding customers", "营销获客"),
    "JOINT_LENDING": ("Co-lending", "联合贷款"),
    "PAYMENT": ("Payment and settlement", "支付结算"),
    "RISK_SHARING": ("Risk sharing", "风险分担"),
    "ENHANCEMENT": ("Credit enhancement", "担保增信"),
    "TECHNOLOGY": ("Technology", "信息科技"),
    "COLLECTION": ("Collection", "逾期清收"),
    "OTHER": ("Other", "其他"),
}
AGREEMENT_STATUS = {
    "VALID": ("Valid", "有效"),
    "REVOKED": ("Revoked", "撤销"),
    "ENDED": ("Ended", "终结"),
}
