"""Members are told in two languages wherever they are codes and not names."""

from __future__ import annotations

import pytest

from loantape import catalog
from transforms.members import words_of

NAMES = ("partner_uscc", "partner_group_id", "product_name", "obligor_state", "stage")
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
    assert any("一" <= character <= "鿿" for character in chinese) or dimension == "cost_band"


@pytest.mark.parametrize(
    ("dimension", "member", "words"),
    [
        ("days_1104", "0", ("not overdue", "未逾期")),
        ("days_1104", "361+", ("361 days and more", "361天以上（含）")),
        ("cost_band", "0-12", ("to 12 %", "12%及以下")),
        ("cost_band", "20-24", ("above 20 to 24 %", "高于20%至24%")),
        ("cost_band", "36+", ("above 36 %", "高于36%")),
        ("province", "33", ("Zhejiang", "浙江")),
        ("province", "unknown", ("unknown", "未知")),
        ("five_class", "3", ("Substandard", "次级")),
        ("product_name", "现金贷", ("现金贷", "现金贷")),
    ],
)
def test_words_say_what_the_member_holds(dimension: str, member: str, words: tuple[str, str]) -> None:
    """Bounds are told as the bands are cut: a cost band has its upper end, the last bucket its lower."""
    assert words_of(dimension, member) == words
