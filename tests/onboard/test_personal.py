"""No value of a person leaves a draft in clear: not in the profile, the module, the doubts or an error."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from loantape.errors import DeliveryError
from loantape.onboard import Draft, as_json, print_profile
from loantape.onboard.personal import looks_like_names, looks_personal, may_be_said, named_personal, shape

NAMES = ["金丝雀", "欧阳哨兵", "王哨哨", "李金雀"]
DOCUMENTS = ["999999198001010010", "999999198203040027", "999999199005060031", "99999919750708004X"]
PHONES = ["19900001234", "19900005678", "19900009012", "19900003456"]
MAILS = ["canary.one@example.test", "canary.two@example.test", "c3@example.test", "c4@example.test"]
CARDS = ["6222029999999999991", "6222029999999999983", "6222029999999999975", "6222029999999999967"]
CANARIES = [*NAMES, *DOCUMENTS, *PHONES, *MAILS, *CARDS]


def everything(draft: Draft) -> str:
    """All that a draft shows anybody."""
    out = io.StringIO()
    print_profile(draft, Console(file=out, width=400))
    return out.getvalue() + json.dumps(as_json(draft), ensure_ascii=False) + draft.module + repr(draft)


def rows(header: str | None, repeat: int, delimiter: str = ",") -> bytes:
    columns = zip(NAMES, DOCUMENTS, PHONES, MAILS, CARDS, strict=True)
    lines = [delimiter.join((*one, f"{number}.50", "正常")) for number, one in enumerate(columns, 1)] * repeat
    return ("\n".join([header, *lines] if header else lines) + "\n").encode()


@pytest.mark.parametrize("repeat", [1, 40])
@pytest.mark.parametrize(
    "header",
    [
        "客户姓名,证件号码,手机号,邮箱,银行卡号,贷款余额,五级分类",  # named as what they are
        "备用1,备用2,备用3,备用4,备用5,贷款余额,五级分类",  # named as nothing
        "五级分类,借据状态,担保方式,还款方式,证件类型,贷款余额,用途",  # named as code lists
        "贷款余额,年利率,逾期天数,放款日期,到期日,期数,是否首贷",  # named as figures
        None,  # not named at all
    ],
)
def test_canaries_are_never_sung(draft: Callable[..., Draft], header: str | None, repeat: int) -> None:
    """Names, documents, phones, mails and cards appear nowhere, however the columns are named and often they repeat."""
    shown = everything(draft(rows(header, repeat)))
    assert not [canary for canary in CANARIES if canary in shown]


@pytest.mark.parametrize("delimiter", ["|", "\t", ";", "\x01"])
def test_canaries_are_never_sung_in_other_dialects(draft: Callable[..., Draft], delimiter: str) -> None:
    """The same with other delimiters, in the national character set."""
    data = rows(None, 3, delimiter).decode().encode("gb18030")
    assert not [canary for canary in CANARIES if canary in everything(draft(data, "strange.txt"))]


def test_one_stray_canary_in_a_code_list_is_not_named(draft: Callable[..., Draft]) -> None:
    """A name that slipped into a column of codes is counted among the texts without a code, and not said."""
    lines = ["借据号,五级分类", *(f"J{number},正常" for number in range(60)), *[f"J{n},金丝雀" for n in range(60, 62)]]
    one = draft(("\n".join(lines) + "\n").encode())
    assert "金丝雀" not in everything(one) and any("1 texts have no code" in doubt.en for doubt in one.doubts)


def test_a_canary_in_an_error_is_not_named(draft: Callable[..., Draft]) -> None:
    """A file that nothing can be told from is refused without a word of its content."""
    with pytest.raises(DeliveryError) as refused:
        draft(b"\n\n\n", "金丝雀.csv")
    assert "no line" in str(refused.value)
    with pytest.raises(DeliveryError) as refused:
        draft(b"\x1f\x8b\x08" + "金丝雀".encode() * 9, "strange.csv.gz")
    assert "金丝雀" not in str(refused.value)


@given(text=st.text(max_size=60))
def test_a_shape_keeps_signs_only(text: str) -> None:
    """A shape has no digit but 9, no letters but a and A, no character beyond ASCII but 字 and …; it is short."""
    one = shape(text)
    assert len(one) <= 24
    assert not set(one) & (set("012345678bcdefghijklmnopqrstuvwxyzBCDEFGHIJKLMNOPQRSTUVWXYZ"))
    assert set(one) - {"字", "…"} <= {chr(code) for code in range(32, 127)}


def test_columns_of_persons_are_known_by_their_values(tools: Any) -> None:
    """Documents, phones, mails and names make a column personal; words of a code list do not."""
    for values in (NAMES, DOCUMENTS, PHONES, MAILS):
        assert looks_personal(tools.column_of(values))
    for values in (["正常", "关注", "次级", "可疑", "损失"], ["等额本息", "先息后本"], ["1.5", "20.25"]):
        assert not looks_personal(tools.column_of(values * 9))
    assert looks_like_names(tools.column_of([f"王{chr(0x4E00 + number)}" for number in range(3000)]))


def test_columns_of_persons_are_known_by_their_names() -> None:
    """Headers that speak of persons are personal, products and institutions are not."""
    assert named_personal("紧急联系人电话") and named_personal("customer_email") and named_personal("家庭住址")
    assert not named_personal("产品名称") and not named_personal("dataset_name") and not named_personal("balance")


def test_only_repeated_short_words_may_be_said() -> None:
    """A text is said when it repeats in the column and holds no long number."""
    assert may_be_said("展期中", 3, 100)
    assert not may_be_said("展期中", 2, 100) and not may_be_said("展期中", 3, 10_000)
    assert not may_be_said("19900001234", 50, 100) and not may_be_said("长" * 41, 50, 100)
