"""What the members of a dimension are called in English and Chinese.

Belongs here: words for members that no code list of the tape names: day buckets, stages, cost bands, provinces. Not
here: which members there are (the indicators' modules), or members that are names themselves (products, partners).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from schemas.tape import codes
from transforms.grains_concentration import OWN_FUNDS

Words = tuple[str, str]

# GB/T 2260, first two digits [B-H]; 00 stands for the codes that PBoC V2.1 gives places outside the mainland [P]
PROVINCES: Mapping[str, Words] = {
    "00": ("Outside the mainland", "境外及港澳台"),
    "11": ("Beijing", "北京"),
    "12": ("Tianjin", "天津"),
    "13": ("Hebei", "河北"),
    "14": ("Shanxi", "山西"),
    "15": ("Inner Mongolia", "内蒙古"),
    "21": ("Liaoning", "辽宁"),
    "22": ("Jilin", "吉林"),
    "23": ("Heilongjiang", "黑龙江"),
    "31": ("Shanghai", "上海"),
    "32": ("Jiangsu", "江苏"),
    "33": ("Zhejiang", "浙江"),
    "34": ("Anhui", "安徽"),
    "35": ("Fujian", "福建"),
    "36": ("Jiangxi", "江西"),
    "37": ("Shandong", "山东"),
    "41": ("Henan", "河南"),
    "42": ("Hubei", "湖北"),
    "43": ("Hunan", "湖南"),
    "44": ("Guangdong", "广东"),
    "45": ("Guangxi", "广西"),
    "46": ("Hainan", "海南"),
    "50": ("Chongqing", "重庆"),
    "51": ("Sichuan", "四川"),
    "52": ("Guizhou", "贵州"),
    "53": ("Yunnan", "云南"),
    "54": ("Tibet", "西藏"),
    "61": ("Shaanxi", "陕西"),
    "62": ("Gansu", "甘肃"),
    "63": ("Qinghai", "青海"),
    "64": ("Ningxia", "宁夏"),
    "65": ("Xinjiang", "新疆"),
    "71": ("Taiwan", "台湾"),
    "81": ("Hong Kong", "香港"),
    "82": ("Macau", "澳门"),
}
_EXITS: Mapping[str, Words] = {
    "settled": ("settled", "结清"),
    "written_off": ("written off", "核销"),
    "transferred": ("transferred", "转让"),
    "vanished": ("no longer sent", "未再报送"),
}
_ARRIVALS: Mapping[str, Words] = {
    "granted": ("granted in the month", "本月发放"),
    "appeared": ("older, appeared in the month", "非本月发放、本月新出现"),
}
_LINES: Mapping[str, Words] = {
    "low": ("lower end of the band", "区间下限"),
    "expected": ("expected", "预期"),
    "high": ("upper end of the band", "区间上限"),
    "realised": ("realised", "实际"),
}
_PSEUDONYM = re.compile("[0-9a-f]{64}")  # told by its beginning: in full it says no more and fills the line
_TWO_AXES = ">"  # between the two dimensions of a matrix, and the two parts of its members
_DAYS = ("days_1104", "days_g09", "days_s63", "days_us")


_NUMBERED: Mapping[str, Words] = {
    "credit_bureau": ("payment state {}", "还款状态{}"),
    "instalment_no": ("instalment {}", "第{}期"),
    "stage": ("stage {}", "{}阶段"),
    "origination_month": ("granted {}", "{}发放"),
    "month_on_book": ("month {} on book", "账龄{}个月"),
    "figure": ("{}", "{}"),
}


_QUANTILES: Mapping[str, Words] = {
    "0": ("smallest", "最小值"),
    "50": ("median", "中位数"),
    "100": ("largest", "最大值"),
}
_CODED: Mapping[str, Mapping[str, Words]] = {  # dimensions whose members are listed codes
    "five_class": codes.FIVE_CLASS,
    "disposal_type": codes.DISPOSAL_TYPE,
    "channel": codes.CHANNEL,
    "enhancer_type": codes.ENHANCER_TYPE,
    "consent_type": codes.CONSENT_TYPE,
    "complaint_topic": codes.COMPLAINT_TOPIC,
    "complaint_result": codes.COMPLAINT_RESULT,
    "collection_stage": codes.COLLECTION_STAGE,
    "province": PROVINCES,
    "funder": {OWN_FUNDS: ("Own funds", "自有资金")},
}


def words_of(dimension: str, member: str) -> Words:
    """A member in English and Chinese; a member that is a name or that nobody declared is told as it is."""
    if member == "unknown":
        return "unknown", "未知"
    if _TWO_AXES in dimension and _TWO_AXES in member:  # a matrix that cannot be computed has one empty member
        parts = zip(dimension.split(_TWO_AXES), member.rsplit(_TWO_AXES, 1), strict=True)
        english, chinese = zip(*(words_of(*part) for part in parts), strict=True)
        return " → ".join(english), " → ".join(chinese)
    for listed in (_EXITS, _ARRIVALS if dimension == "arrival" else {}, _LINES if dimension == "line" else {}):
        if member in listed:
            return listed[member]
    if dimension in _DAYS:
        return _days(member)
    if dimension == "largest":
        return f"largest {member}", f"前{member}大"
    if dimension == "cost_band":
        return _percent(member)
    if dimension == "quantile":
        return _quantile(member)
    if dimension == "share_band":
        return _share(member)
    if dimension == "borrower_pid" and _PSEUDONYM.fullmatch(member):
        return f"borrower {member[:8]}…", f"借款人 {member[:8]}…"
    if dimension in _CODED:
        return _CODED[dimension].get(member, (member, member))
    if dimension in _NUMBERED:
        told, told_zh = _NUMBERED[dimension]
        return told.format(member), told_zh.format(member)
    return member, member


def _days(member: str) -> Words:
    if member == "0":
        return "not overdue", "未逾期"
    if member.endswith("+"):
        return f"{member[:-1]} days and more", f"{member[:-1]}天以上（含）"
    return f"{member} days", f"{member}天"


def _percent(member: str) -> Words:
    if member.endswith("+"):
        return f"above {member[:-1]} %", f"高于{member[:-1]}%"
    low, high = member.split("-")
    return (f"to {high} %", f"{high}%及以下") if low == "0" else (f"above {low} to {high} %", f"高于{low}%至{high}%")


def _share(member: str) -> Words:
    low, high = member.split("-")
    return (f"from {low} %", f"{low}%及以上") if high == "100" else (f"{low} to below {high} %", f"{low}%至{high}%以下")


def _quantile(member: str) -> Words:
    if member in _QUANTILES:
        return _QUANTILES[member]
    return f"{member}th percentile", f"{member}分位数"
