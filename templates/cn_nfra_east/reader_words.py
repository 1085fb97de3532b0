"""The words that EAST's fields may hold, and the numbers, names and modes of its tables, restated for the reader.

Belongs here: annexes 1 and 2 of EAST 5.0 [P], the lists of the draft check rules with the changes of the official
questions and answers applied [P]. Not here: anything from the declarations, which this exists to contradict. A field
may also be empty; where a list ends with ``其他``, the bank's own word may follow it: ``其他-XX``.
"""

from __future__ import annotations

from collections.abc import Mapping

# code of the table: number, name, mode
TABLES: Mapping[str, tuple[str, str, str]] = {
    "GRXDFHZ": ("409", "个人信贷分户账", "全量"),
    "GRXDFHZMX": ("410", "个人信贷分户账明细记录", "增量"),
    "XDHTB": ("501", "信贷合同表", "全量"),
    "HLWDKHTFJB": ("502", "互联网贷款合同附加表", "全量"),
    "GRXDYWJJB": ("503", "个人信贷业务借据表", "全量"),
    "HLWDKHZXYB": ("513", "互联网贷款合作协议表", "全量"),
    "SXXXB": ("701", "授信信息表", "全量"),
    "ZCHXB": ("702", "资产核销表", "全量"),
    "DKWJXTBDB": ("705", "贷款五级形态变动表", "增量"),
}

_YES_NO = "是 否"
_CLASSES = "正常 关注 次级 可疑 损失"
_LOAN = "正常 结清 逾期 核销 转让 其他"
_CONTRACT = "未生效 有效 撤销 终结 其他"
_BUSINESS = (
    "流动资金贷款 法人账户透支 项目贷款 项目贷款（银团） 一般固定资产贷款 住房按揭贷款 商用房贷款 汽车贷款 互联网贷款"
    " 助学贷款 消费贷款 个人经营性贷款 票据贴现 买断式转贴现 贸易融资业务 融资租赁业务 垫款 委托贷款 其他"
)
_INDUSTRIES = (
    "2.1农、林、牧、渔业 2.2采矿业 2.3制造业 2.4电力、热力、燃气及水生产和供应业 2.5建筑业 2.6批发和零售业"
    " 2.7交通运输、仓储和邮政业 2.8住宿和餐饮业 2.9信息传输、软件和信息技术服务业 2.10金融业 2.11房地产业"
    " 2.12租赁和商务服务业 2.13科学研究和技术服务业 2.14水利、环境和公共设施管理业 2.15居民服务、修理和其他服务业"
    " 2.16教育 2.17卫生和社会工作 2.18文化、体育和娱乐业 2.19公共管理、社会保障和社会组织 2.20国际组织"
    " 2.21.1个人贷款-信用卡 2.21.2个人贷款-汽车 2.21.3个人贷款-住房按揭贷款 2.21.4个人贷款-其他 2.22买断式转贴现"
    " 2.23买断其他票据类资产 3.对境外贷款"
)

# only lists whose check is strong: what a weak one finds is filed, and explained
WORDS: Mapping[str, Mapping[str, str]] = {
    "GRXDFHZ": {"DKZT": _LOAN, "ZHZT": "正常 预销户 销户 冻结 止付 其他"},
    "GRXDFHZMX": {
        "JYLX": "转账 取现 存现 消费 代发 代扣 代缴 结息 批量交易 贷款发放 贷款还本 贷款还息 银证业务 投资理财 其他",
        "JYJDBZ": "借 贷",
        "JYQD": "柜面 ATM VTM POS 网银 手机银行 银联交易 第三方支付 其他",
        "CBMBZ": "正常 冲补抹",
        "XZBZ": "现 转",
    },
    "XDHTB": {"XDYWZL": _BUSINESS, "DBLX": "抵押 质押 保证 信用 混合 其他", "HTZT": _CONTRACT},
    # the mode after co-operation ended: questions and answers, round 4
    "HLWDKHTFJB": {"YWMS": "合作 独立 合作终结", "HTZT": _CONTRACT},
    "GRXDYWJJB": {
        "XDYWZL": _BUSINESS,
        "DKFFLX": "新增 无还本续贷 借新还旧 重组贷款 其他",
        "FKFS": "自主支付 受托支付 混合支付 其他",
        "DKWJFL": _CLASSES,
        "LLLX": "LPR 非LPR",
        "HKFS": "按月 按季 按半年 按年 利随本清 分期付息一次还本 其他",
        "JXFS": "按月结息 按季结息 按半年结息 按年结息 不定期结息 不记利息 利随本清 其他",
        "DKTXHY": _INDUSTRIES,
        "SFHLWDK": _YES_NO,
        "SFLSDK": _YES_NO,
        "SFSNDK": _YES_NO,
        "SFPHXSNDK": _YES_NO,
        "SFPHXXWQYDK": _YES_NO,
        "SFKJDK": _YES_NO,
        "DKZT": _LOAN,
    },
    "SXXXB": {
        "SXZTZL": "单一法人授信 集团客户授信 供应链融资 个人客户授信 同业客户授信 其他",
        "SXZL": "综合额度授信 低风险额度授信 信用卡额度授信 临时额度授信 专项额度授信 其他",
        "SXZT": "有效 无效",
    },
    "ZCHXB": {
        "ZCLX": "个人贷款 对公贷款 信用卡贷款",
        "SHBZ": "未收回 部分收回 完全收回",
        "HXZT": "账销案存 完全终结",
    },
    "DKWJXTBDB": {"YWJFL": _CLASSES, "XWJFL": _CLASSES, "BDFS": "人工 自动"},
}
_OPEN = ("其他", "第三方支付")  # the bank's own word follows


def is_listed(table: str, field: str, value: str) -> bool:
    """Whether a field may hold this value: always, where it has no list."""
    words = WORDS[table].get(field) if table in WORDS else None
    if words is None or value == "":
        return True
    stem, dash, own = value.partition("-")
    listed = words.split(" ")
    if stem in _OPEN and stem in listed:
        return bool(dash and own)
    return value in listed
