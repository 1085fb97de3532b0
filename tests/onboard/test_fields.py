"""Columns find their fields by name, synonym and value; what is unsure is doubted, and nothing is given twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from loantape import catalog
from loantape.declare import Code, Day, Flag, Integer, Lender, Number
from loantape.onboard import Draft
from loantape.onboard.codes import propose
from loantape.onboard.fields import plain_name, tables_for, targets
from loantape.onboard.synonyms import CODES, FIELDS
from schemas.tape import TABLES, codes, meta_of


def to_of(draft: Draft) -> dict[str, tuple[str, ...]]:
    return {one.name: one.to for one in draft.profile}


def column(header: str, values: list[str], *, others: str = "借据号") -> bytes:
    lines = [f"{others}|{header}", *(f"J{number:05d}|{value}" for number, value in enumerate(values))]
    return ("\n".join(lines) + "\n").encode()


def test_synonyms_are_written_as_headers_are_compared() -> None:
    """Every synonym is its own plain name, belongs to a field there is, and stands once per table."""
    fields = {one.to for one in targets(tuple(TABLES))}
    assert set(FIELDS) <= fields
    for to, words in FIELDS.items():
        assert [plain_name(word) for word in words] == [(word, "") for word in words], to
    for table in {to.split(".")[0] for to in FIELDS}:
        words = [word for to, many in FIELDS.items() if to.startswith(table + ".") for word in many]
        assert len(words) == len(set(words)), table


def test_ways_to_write_codes_lead_to_codes_there_are() -> None:
    """Every code with other ways to write it is in the list of that field of the loan."""
    listed = {name: meta.codes for name, meta in meta_of(TABLES["loan"]).items()}
    for field, words in CODES.items():
        assert set(words) <= set(listed[field] or ()), field


@pytest.mark.parametrize(
    ("header", "plain", "unit"),
    [
        ("贷款余额（万元）", "贷款余额", "万元"),
        ("贷款余额_万元", "贷款余额", "万元"),
        ("年利率(%)", "年利率", "%"),
        ("年利率（％）", "年利率", "%"),
        (" Loan ID ", "loan_id", ""),
        ("originalLoanAmount", "original_loan_amount", ""),
        ("LOAN_AMT", "loan_amt", ""),
        ("借据号（必填）", "借据号", ""),
        ("ＤＰＤ", "dpd", ""),
    ],
)
def test_headers_are_compared_by_their_words(header: str, plain: str, unit: str) -> None:
    """Case, width, blanks, camel case and the unit in brackets are not part of a name."""
    assert plain_name(header) == (plain, unit)


@pytest.mark.parametrize("table", [name for name in TABLES if name != "loan_us_auto"])
@pytest.mark.parametrize("language", ["field", "zh"])
def test_the_tapes_own_names_are_found(draft: Callable[..., Draft], table: str, language: str) -> None:
    """A file headed by a table's own field names, or their Chinese names, is mapped to that table field by field."""
    fields = {name: meta for name, meta in meta_of(TABLES[table]).items() if not meta.derived}
    headers = [name if language == "field" else meta.zh.replace(",", "，") for name, meta in fields.items()]
    one = draft((",".join(headers) + "\n").encode() + b"," * (len(headers) - 1) + b"\n", table=table)
    found = [one.to[:1] for one in one.profile]
    assert found == [(f"{table}.{name}",) for name in fields]


def test_the_table_is_the_one_most_headers_name() -> None:
    """Without being told, a schedule is a schedule, loans are loans, and unknown headers are loans."""
    assert tables_for(["借据号", "期次", "应还日期", "应还本金", "应还利息"], None, "cn") == ("instalment",)
    assert tables_for(["借据号", "贷款余额", "五级分类"], None, "cn") == ("loan",)
    assert tables_for(["a", "b"], None, "cn") == ("loan",)
    assert tables_for(["assetNumber", "subvented", "loan_key"], None, "us") == ("loan", "loan_us_auto")


def test_a_field_goes_to_one_column_and_its_rival_is_named(draft: Callable[..., Draft]) -> None:
    """Two columns with names of one field: the first has it, both are told of, the other stays undecided."""
    one = draft("借据号|借据编号|贷款余额\nJ1|K1|5.00\nJ2|K2|6.00\n".encode())
    assert to_of(one) == {"借据号": ("loan.iou_no",), "借据编号": (), "贷款余额": ("loan.balance_amount",)}
    two = draft("贷款编号|借据编号|贷款余额\nJ1|K1|5.00\nJ2|K2|6.00\n".encode())
    assert to_of(two)["贷款编号"] == ("loan.iou_no",)
    assert any("借据编号 could be loan.iou_no as well" in doubt.en for doubt in two.doubts)


def test_identities_are_found_by_their_values(draft: Callable[..., Draft], tools: Any) -> None:
    """Documents, phones and names under unknown headers are found, and doubtful."""
    example = tools.EXAMPLE.read_bytes().decode("gb18030")
    lines = [line.split("|") for line in example.splitlines()[1:-1]]
    data = "\n".join(["借据号|甲一|乙一|丙一", *("|".join((one[0], one[2], one[4], one[5][:11])) for one in lines)])
    one = draft((data + "\n").encode())
    assert to_of(one) == {
        "借据号": ("loan.iou_no",),
        "甲一": (),  # forty names of a hundred and twenty loans: words of a list repeat as well
        "乙一": ("identity.id_no",),
        "丙一": ("identity.phone",),
    }
    assert {"taken for identity.id_no by its values"} <= {doubt.en for doubt in one.doubts}
    assert 'constants={"loan.id_type": "B01"}' in one.module


@pytest.mark.parametrize(
    ("header", "values", "form", "doubt"),
    [
        ("贷款余额(元)", ["1,234.50", "12.00"], Number(18, 2, group=","), ""),
        ("贷款余额(万元)", ["1.25", "0.5"], Number(18, 6, times=10_000), "multiplied by 10,000"),
        ("贷款余额", ["1.234,50", "12,00"], Number(18, 2, point=",", group="."), ""),
        ("贷款余额", ["1,234", "2,345"], Number(18, 2, group=","), "decimal comma"),
        ("贷款余额", ["1.500000000000000001", "2.25"], Number(18, 2, noise=18), "binary fractions"),
        ("年利率", ["0.0725", "0.24"], Number(12, 8, times=100), "between 0 and 1"),
        ("年利率(%)", ["0.72", "0.5"], Number(12, 6), ""),
        ("年利率", ["7.25", "24"], Number(12, 6), ""),
        ("放款日期", ["31/01/2026", "01/02/2026"], Day("%d/%m/%Y"), ""),
        ("放款日期", ["01/02/2026", "03/04/2026"], Day("%d/%m/%Y"), "also reads as %m/%d/%Y"),
        ("放款日期", ["20260131", "20260201"], Day("%Y%m%d"), ""),
        ("放款日期", ["2026-01-31 00:00:00"], Day("%Y-%m-%d 00:00:00"), ""),
        ("是否首贷", ["是", "否"], Flag("是", "否"), ""),
        ("是否首贷", ["Y", "Y"], Flag("Y", "N"), "only 'Y' was seen"),
        ("期数", ["12", "024"], Integer(), "leading zeros"),
        ("五级分类", ["正常类", "关注"], Code({"关注": "2", "正常类": "1"}), "usual ways"),
        ("五级分类", ["1", "2"], Code({code: code for code in codes.FIVE_CLASS}), ""),
    ],
)
def test_forms_follow_field_and_values(
    draft: Callable[..., Draft],
    lender_of: Callable[[Draft], Lender],
    header: str,
    values: list[str],
    form: Any,
    doubt: str,
) -> None:
    """Units, separators, fractions, ambiguous days, flags and codes are drafted as they are, with their doubt."""
    one = draft(column(header, values * 3), "strange.txt")
    (layout,) = lender_of(one).files
    assert [c.form for c in layout.columns if c.header == header] == [form]
    said = [d.en for d in one.doubts if d.column == header]
    assert any(doubt in sentence for sentence in said) if doubt else not said


@pytest.mark.parametrize(
    ("values", "empty", "doubt"),
    [
        (["1.5", "-", "NULL"], ("", "-", "NULL"), ""),
        (["1.5", "N/A", "无"], ("", "N/A", "无"), ""),
        (["1.5", "  ", "2 "], ("",), "white space at an end"),
        (["１.5", "2.5"], ("",), "full-width forms"),
    ],
)
def test_words_and_blanks_around_figures_are_declared(
    draft: Callable[..., Draft],
    lender_of: Callable[[Draft], Lender],
    values: list[str],
    empty: tuple[str, ...],
    doubt: str,
) -> None:
    """Words for nothing become ``empty``; blanks and full-width digits become ``trim`` and ``full_width``, doubted."""
    one = draft(column("贷款余额", values * 3), "strange.txt")
    (found,) = (c for c in lender_of(one).files[0].columns if c.header == "贷款余额")
    assert (found.form, found.empty) == (Number(18, 2), empty)
    assert found.trim == ("white" in doubt) and found.full_width == ("full" in doubt)
    assert any(doubt in d.en for d in one.doubts if d.column == "贷款余额") if doubt else True


def test_doubtful_words_in_texts_stay_values(draft: Callable[..., Draft], lender_of: Callable[[Draft], Lender]) -> None:
    """In a text ``无`` stays what it says and is doubted, ``NULL`` is nothing."""
    one = draft(column("贷款用途", ["买车", "无", "NULL"] * 5), "strange.txt")
    (found,) = (c for c in lender_of(one).files[0].columns if c.header == "贷款用途")
    assert found.empty == ("", "NULL")
    assert any("a value or a word for nothing" in doubt.en for doubt in one.doubts)


def test_values_against_the_name_leave_a_column_undecided(draft: Callable[..., Draft]) -> None:
    """A column named like an amount that holds words, or like a code list that speaks no code, is not mapped."""
    assert to_of(draft(column("贷款余额", ["很多", "很少"] * 5), "strange.txt"))["贷款余额"] == ()
    one = draft(column("五级分类", ["甲类", "乙类"] * 5), "strange.txt")
    assert to_of(one)["五级分类"] == () and "UNDECIDED" in one.module


def test_a_mapping_says_what_it_could_not_map() -> None:
    """Codes, their meanings in both languages and usual ways are found; the rest is listed."""
    texts = Counter({"LS01": 5, "overdue": 2, "结清": 1, "已结清": 3, "Ｌｓ０２": 1, "奇怪": 4})
    proposal = propose(texts, "loan_status", codes.LOAN_STATUS)
    assert proposal.known == {
        "LS01": "LS01",
        "overdue": "LS03",
        "结清": "LF01",
        "已结清": "LF01",
        "Ｌｓ０２": "LS02",
    }
    assert proposal.unknown == {"奇怪": 4} and proposal.by_sound


def test_every_code_list_maps_itself() -> None:
    """Each list of the tape recognises its own codes and every Chinese meaning that only one code has."""
    for table in catalog.tape_tables():
        for name, meta in meta_of(TABLES[table]).items():
            if meta.codes:
                assert propose(Counter(meta.codes), name, meta.codes).known == {code: code for code in meta.codes}
