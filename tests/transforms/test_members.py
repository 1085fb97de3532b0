"""Members are told in two languages wherever they are codes and not names."""

from __future__ import annotations

import pytest

from loantape import catalog
from transforms.members import words_of

NAMES = (
    "partner_uscc",
    "partner_group_id",
    "product_name",
    "obligor_state",
    "enhancer_uscc",
    "borrower_pid",
    "connected_group_id",
    "funder",
    "figure",
)
CODED = [
    (one.dimension, member)
    for one in catalog.indicators().values()
    for member in one.example[1]
    if one.dimension and one.dimension not in NAMES
]


@pytest.mark.parametrize(("dimension", "member"), sorted(set(CODED)))
def test_a_coded_member_has_chinese_words(dimension: str, member: str) -> None:
    """No code of ours reaches a Chinese reader as it is stored."""
    english, chinese = words_of(dimension, member)
    assert english != member or member == "unknown"
    assert any("一" <= character <= "鿿" for character in chinese) or dimension in ("cost_band", "share_band", "funder")


@pytest.mark.parametrize(
    ("dimension", "member", "words"),
    [
        ("days_1104", "0", ("not overdue", "未逾期")),
        ("days_1104", "361+", ("361 days and more", "361天以上（含）")),
        ("cost_band", "0-12", ("to 12 %", "12%及以下")),
        ("cost_band", "20-24", ("above 20 to 24 %", "高于20%至24%")),
        ("cost_band", "36+", ("above 36 %", "高于36%")),
        ("share_band", "30-50", ("30 to below 50 %", "30%至50%以下")),
        ("share_band", "70-100", ("from 70 %", "70%及以上")),
        ("quantile", "50", ("median", "中位数")),
        ("quantile", "90", ("90th percentile", "90分位数")),
        ("product_name>quantile", "a>b>100", ("a>b → largest", "a>b → 最大值")),
        ("borrower_pid", "0a1b2c3d" * 8, ("borrower 0a1b2c3d…", "借款人 0a1b2c3d…")),
        ("borrower_pid", "IOU 7", ("IOU 7", "IOU 7")),
        ("funder", "OWN", ("Own funds", "自有资金")),
        ("channel", "PLATFORM", ("A partner platform", "合作平台")),
        ("province", "33", ("Zhejiang", "浙江")),
        ("province", "unknown", ("unknown", "未知")),
        ("five_class", "3", ("Substandard", "次级")),
        ("stage>stage", "M0>M1", ("stage M0 → stage M1", "M0阶段 → M1阶段")),
        ("five_class>five_class", "3>written_off", ("Substandard → written off", "次级 → 核销")),
        ("days_us>days_us", "unknown>0", ("unknown → not overdue", "未知 → 未逾期")),
        (
            "origination_month>month_on_book",
            "2026-03>6",
            ("granted 2026-03 → month 6 on book", "2026-03发放 → 账龄6个月"),
        ),
        ("figure>line", "DLQ-30P>high", ("DLQ-30P → upper end of the band", "DLQ-30P → 区间上限")),
        ("credit_bureau", "7", ("payment state 7", "还款状态7")),
        ("product_name", "现金贷", ("现金贷", "现金贷")),
    ],
)
def test_words_say_what_the_member_holds(dimension: str, member: str, words: tuple[str, str]) -> None:
    """Bounds are told as the bands are cut: a cost band has its upper end, the last bucket its lower."""
    assert words_of(dimension, member) == words
