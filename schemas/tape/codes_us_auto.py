"""Code lists of the EX-102 auto-loan schema (EDGAR ABS XML technical specification 1.5), code to (English, Chinese)."""

from __future__ import annotations

INTEREST_CALCULATION = {"1": ("Simple", "单利"), "98": ("Other", "其他")}
PAYMENT_TYPE = {
    "1": ("Bi-weekly", "双周"),
    "2": ("Monthly", "按月"),
    "3": ("Quarterly", "按季"),
    "4": ("Balloon", "气球式"),
    "98": ("Other", "其他"),
}
NEW_USED = {"1": ("New", "新车"), "2": ("Used", "二手车")}
VEHICLE_TYPE = {
    "1": ("Car", "轿车"),
    "2": ("Truck", "卡车"),
    "3": ("SUV", "运动型多用途车"),
    "4": ("Motorcycle", "摩托车"),
    "98": ("Other", "其他"),
    "99": ("Unknown", "未知"),
}
VALUE_SOURCE = {
    "1": ("Invoice price", "发票价"),
    "2": ("MSRP", "厂商建议零售价"),
    "3": ("Kelley Blue Book", "凯利蓝皮书"),
    "98": ("Other", "其他"),
}
INCOME_VERIFICATION = {
    "1": ("Not stated, not verified", "未申报未核实"),
    "2": ("Stated, not verified", "已申报未核实"),
    "3": ("Stated, verified below level 4", "已申报，核实低于四级"),
    "4": ("Stated, level 4 verified", "已申报，四级核实"),
    "5": ("Stated, level 5 verified", "已申报，五级核实"),
}
EMPLOYMENT_VERIFICATION = {
    "1": ("Not stated, not verified", "未申报未核实"),
    "2": ("Stated, not verified", "已申报未核实"),
    "3": ("Stated, level 3 verified", "已申报，三级核实"),
}
ADVANCE_METHOD = {
    "1": ("No advancing", "不垫付"),
    "2": ("Interest only", "仅利息"),
    "3": ("Principal only", "仅本金"),
    "4": ("Principal and interest", "本金和利息"),
    "99": ("Unavailable", "不可得"),
}
ZERO_BALANCE = {
    "1": ("Prepaid or matured", "提前结清或到期"),
    "2": ("Third-party sale", "出售给第三方"),
    "3": ("Repurchased or replaced", "回购或置换"),
    "4": ("Charged off", "核销"),
    "5": ("Servicing transfer", "服务转移"),
    "99": ("Unavailable", "不可得"),
}
DEMAND_STATUS = {
    "0": ("Pending", "待处理"),
    "1": ("Repurchased or replaced", "已回购或置换"),
    "2": ("In dispute", "有争议"),
    "3": ("Withdrawn", "已撤回"),
    "4": ("Rejected", "已拒绝"),
    "98": ("Other", "其他"),
}
REPURCHASE_REASON = {
    "1": ("Fraud", "欺诈"),
    "2": ("Early payment default", "早期违约"),
    "3": ("Other recourse obligation", "其他追索义务"),
    "4": ("Representation or warranty breach", "违反陈述与保证"),
    "5": ("Servicer breach", "服务机构违约"),
    "98": ("Other", "其他"),
    "99": ("Unknown", "未知"),
}
