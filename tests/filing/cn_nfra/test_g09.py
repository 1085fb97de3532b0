"""G09: figures by a second implementation, byte for byte, read back, and cells that can never be formulas."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loantape.declare import FilingContext
from loantape.errors import FilingRefused, ReadBackMismatch
from templates.cn_nfra_g09 import items
from templates.cn_nfra_g09.filing import FILING
from templates.parts.xlsx import Sheet, write_workbook
from tests.filing.cn_nfra.making import BANK, BASE, LETTERS, LOANS, PARTNER, alike, render
from tests.filing.conftest import IDENTITIES, OTHER_USCC, USCC, create_previous

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "cn_nfra_g09"
NAME = f"{USCC}_G09_20261031_reconstructed.xlsx"
BOOK = [
    *LOANS,
    BASE | {"iou_no": "K-1", "contract_no": "K-1", "product_class": "F022", "five_class": "4", "days_past_due": 400},
    BASE
    | {"iou_no": "K-2", "contract_no": "K-2", "guarantee_type": "B99", "birth_year": 2001, "borrower_pid": "pid-2"},
    BASE | {"iou_no": "K-3", "contract_no": "K-3", "maturity_date": date(2030, 1, 15), "payment_method": "ENTRUSTED"},
    BASE
    | {
        "iou_no": "K-4",
        "contract_no": "K-4",
        "coop_mode": "REFERRAL",
        "partner_agreement_no": "HZ-02",
        "enhanced_amount": Decimal("7654.32"),
        "enhancer_type": "GUARANTOR",
        "days_past_due": 31,
        "loan_status": "LS03",
    },
]
PARTNERS = [PARTNER, PARTNER | {"partner_agreement_no": "HZ-02", "partner_uscc": "91310101MA0035058U"}]


# what the golden workbook counts of the year: two loans since January, and one that was granted and repaid in February
_SINCE = [LOANS[0], LOANS[3]]
YEAR: Mapping[str, list[dict[str, Any]]] = {
    "month_00": [],
    **{f"month_{n:02}": _SINCE for n in range(1, 10)},
    "month_02": [*_SINCE, BASE | {"iou_no": "JJ-0", "start_date": date(2026, 2, 2), "loan_status": "LF01"}],
}


def cells(folder: Path, sheet: str) -> dict[str, tuple[Any, ...]]:
    rows = openpyxl.load_workbook(folder / NAME)[sheet].iter_rows(min_row=4, values_only=True)
    return {str(row[0]): row[1:] for row in rows}


def test_golden_files(tape: Callable[..., Any], context: FilingContext, folder: Path) -> None:
    """A small tape made by hand gives exactly the committed workbook, and the reader finds what the tape has."""
    con = tape(alike(LOANS), [BANK], consent=alike(LETTERS), partner=[PARTNER])
    for month, loans in YEAR.items():
        create_previous(con, alike(loans), month)
    written = render(con, FILING, replace(context, year={month: (month, "") for month in YEAR}), folder)
    assert cells(folder, "G09_I")["4"][1:] == (67000, 0, None)  # six of 10,000 and seven tenths of JJ-2
    example = Path(items.__file__).with_name("example") / NAME
    assert (folder / NAME).read_bytes() == (GOLDEN / NAME).read_bytes() == example.read_bytes()
    assert FILING.read_back(folder) == {file.name: (file.records, file.control_totals) for file in written}


def own(loan: Mapping[str, Any]) -> Decimal:
    amount = loan["own_balance_amount"] if loan["coop_mode"] == "JOINT" else loan["balance_cny"]
    return Decimal(amount)


def test_figures_are_those_of_a_second_implementation(
    tape: Callable[..., Any], context: FilingContext, folder: Path
) -> None:
    """Part I line by line, from the loans themselves in plain Python."""
    con = tape(alike(BOOK), [BANK], partner=PARTNERS)
    render(con, FILING, context, folder)
    loans = [loan for loan in alike(BOOK) if loan["is_internet_loan"] and not loan["loan_status"].startswith("LF")]
    found = cells(folder, "G09_I")

    def check(number: str, holds: Callable[[Mapping[str, Any]], bool]) -> None:
        for column, classes in ((1, ("F0219",)), (2, ("F022",))):
            expected = sum((own(one) for one in loans if one["product_class"] in classes and holds(one)), Decimal(0))
            assert Decimal(str(found[number][column])).quantize(Decimal("0.01")) == expected, (number, column)

    check("1", lambda loan: True)
    for n in "12345":
        check(f"1.1.{n}", lambda loan, n=n: loan["five_class"] == n)
    for n, days in enumerate(
        (range(1), range(1, 31), range(31, 61), range(61, 91), range(91, 361), range(361, 9999)), 1
    ):
        check(f"1.2.{n}", lambda loan, days=days: loan["days_past_due"] in days)
    check("1.3.1", lambda loan: loan["guarantee_type"] == "D")
    check("1.3.3", lambda loan: loan["guarantee_type"] in ("A", "B01", "B99"))
    check("1.4.4", lambda loan: loan["maturity_date"] > date(2029, 1, 15))
    check("1.5.1", lambda loan: 2026 - loan["birth_year"] <= 25)
    check("1.5.3", lambda loan: 36 <= 2026 - loan["birth_year"] <= 45)
    check("1.6.1", lambda loan: loan["payment_method"] == "SELF")
    check("8.1.2", lambda loan: loan["coop_mode"] == "JOINT")
    check("8.3.2", lambda loan: loan["coop_mode"] == "REFERRAL")
    check("8.3.3.3", lambda loan: loan["enhancer_type"] == "GUARANTOR")
    people = {one["borrower_pid"] for one in loans if one["product_class"] == "F0219"}
    assert found["2"][1:3] == (len(people), 1)
    assert (found["8.1.1"][1], found["8.3.1"][1], found["8.1.3"][1]) == (1, 1, 2850)
    for item in items.ITEMS:
        if isinstance(item.measure, items.Absent | items.OfYear):  # no earlier month is there
            assert found[item.number][1:4] == (None, None, None), item.number
    second, third = cells(folder, "G09_II")["1"], cells(folder, "G09_III")["1"]
    assert second[1:] == (PARTNER["partner_uscc"], "信息科技公司", 9500, 30, "联合贷款", 0, 0, 4.5)
    assert third[1] == "91310101MA0035058U" and third[3:] == (7654.32, 0, 100, 18.5)


def test_amounts_at_the_end_of_their_range_add_up(
    tape: Callable[..., Any], context: FilingContext, folder: Path
) -> None:
    """The largest amounts a tape can hold, in yuan and in another currency, do not overflow."""
    most = Decimal("9999999999999999.99")
    large = {"loan_amount": most, "balance_amount": most, "balance_cny": most, "own_balance_amount": most - 1,
             "partner_balance_amount": Decimal(1), "coop_mode": "JOINT", "partner_agreement_no": "HZ-01"}  # fmt: skip
    rows = [BASE | large | {"iou_no": f"L-{n}", "currency": currency} for n, currency in enumerate(("CNY", "USD"))]
    render(tape(alike(rows), [BANK], partner=[PARTNER]), FILING, context, folder)
    (found,) = openpyxl.load_workbook(folder / NAME)["G09_II"].iter_rows(min_row=4, values_only=True)
    assert found[4] == pytest.approx(2e16)


def test_only_ten_partners_the_largest_first(tape: Callable[..., Any], context: FilingContext, folder: Path) -> None:
    """Part II keeps ten of twelve co-lenders; equal balances are in order of the code."""
    codes = [f"9131000000000{n:04d}X" for n in range(12)]
    partners = [PARTNER | {"partner_agreement_no": f"HZ-{n}", "partner_uscc": code} for n, code in enumerate(codes)]
    joint = {"coop_mode": "JOINT", "partner_balance_amount": Decimal(0)}
    loans = [
        BASE | joint | {"iou_no": f"L-{n}", "partner_agreement_no": f"HZ-{n}", "balance_cny": amount,
                        "balance_amount": amount, "own_balance_amount": amount}
        for n, amount in enumerate([Decimal(100)] * 10 + [Decimal(300), Decimal(200)])
    ]  # fmt: skip
    render(tape(alike(loans), [BANK], partner=partners), FILING, context, folder)
    assert FILING.read_back(folder)
    found = cells(folder, "G09_II")
    assert [row[1] for row in found.values()] == [codes[10], codes[11], *codes[:8]]


def test_what_does_not_add_up_is_refused(tape: Callable[..., Any], context: FilingContext, folder: Path) -> None:
    """A loan without class, days or term, or a negative balance, is refused by the rule of the line."""
    for change, rule in (
        ({"five_class": None}, "G09-CLASS"),
        ({"days_past_due": None}, "G09-OVERDUE"),
        ({"maturity_date": None}, "G09-TERM"),
        ({"balance_cny": Decimal("-1.00")}, "G09-SIGN"),
        ({"coop_mode": "JOINT", "own_balance_amount": None}, "G09-OWN"),
    ):
        with pytest.raises(FilingRefused, match=rule):
            render(tape(alike([BASE | change]), [BANK]), FILING, context, folder)
    with pytest.raises(FilingRefused, match="no unified social credit code"):
        render(tape([BASE], [BANK | {"lender_uscc": "../x"}]), FILING, context, folder)
    with pytest.raises(FilingRefused, match="one unified social credit code"):
        render(tape([BASE], [BANK, BANK | {"institution_name": "一分行"}]), FILING, context, folder)
    with pytest.raises(FilingRefused, match="names no institution"):
        render(tape([BASE | {"lender_uscc": OTHER_USCC}], [BANK]), FILING, context, folder)
    assert list(folder.iterdir()) == []


# --- cells --------------------------------------------------------------------------------------------------------

_STARTS = ("=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x","y")')
_BODIES = (
    "1+1", "SUM(A1:A9)", "WEBSERVICE(\"http://x\")", "DDE(\"cmd\";\"/C calc\";\"x\")", "IMPORTXML(\"http://x\",\"//a\")",
    "A1", "'", "\"", "&lt;f&gt;1+1&lt;/f&gt;", "</t></is></c><c><f>1+1</f></c>", "]]>", "<!--", "_x003D_1", "\x00",
    "\ufffe",
    "http://example.org", "mailto:a@b", "{=1}", "%0A=1", "\u202e=1",
)  # fmt: skip
PAYLOADS = [start + body for start in _STARTS for body in _BODIES]


def decoded(text: str) -> str:
    """What a spreadsheet shows of an escaped text (ST_Xstring); openpyxl hands it over as it stands in the file."""
    import re

    return re.sub("_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)


def read_texts(path: Path) -> list[str]:
    book = openpyxl.load_workbook(path)
    with zipfile.ZipFile(path) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml")
    assert b"<f" not in sheet and b"hyperlink" not in sheet and b"DOCTYPE" not in sheet
    found = [cell for row in book.worksheets[0].iter_rows() for cell in row]
    assert {cell.data_type for cell in found} <= {"s"}
    assert not any(cell.hyperlink for cell in found)
    return [decoded(cell.value or "") for cell in found]


def test_no_payload_becomes_a_formula(tmp_path: Path) -> None:
    """200 texts that spreadsheets like to run: no formula, no link, and each comes back as it was."""
    assert len(set(PAYLOADS)) == 200
    path = tmp_path / "payloads.xlsx"
    write_workbook(path, [Sheet("x", [(text,) for text in PAYLOADS], (10,))])
    assert read_texts(path) == PAYLOADS


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(
    texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40), min_size=1, max_size=8)
)
def test_any_text_comes_back(texts: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever Unicode a cell holds, control characters and what looks like their escapes included."""
    path = tmp_path_factory.mktemp("texts") / "x.xlsx"
    write_workbook(path, [Sheet("x", [(text,) for text in texts], (10,))])
    assert read_texts(path) == texts


@given(values=st.lists(st.integers(-(10**12), 10**12) | st.decimals(-(10**9), 10**9, places=2), min_size=1, max_size=8))
@settings(max_examples=20, suppress_health_check=list(HealthCheck))
def test_any_number_comes_back(values: list[Any], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Integers and amounts are numbers in the cells, with their last digit."""
    path = tmp_path_factory.mktemp("numbers") / "x.xlsx"
    write_workbook(path, [Sheet("x", [values], (10,))])
    found = [cell.value for cell in openpyxl.load_workbook(path).worksheets[0][1]]
    assert [Decimal(str(value)) for value in found] == [Decimal(value) for value in values]


def test_a_text_that_no_cell_holds_is_refused(tmp_path: Path) -> None:
    """32,767 characters of UTF-16 fit, one more does not, and nothing is written."""
    write_workbook(tmp_path / "fits.xlsx", [Sheet("x", [("𠮷" * 16383 + "a",)], (10,))])
    with pytest.raises(FilingRefused, match="does not fit a cell"):
        write_workbook(tmp_path / "long.xlsx", [Sheet("x", [("𠮷" * 16384,)], (10,))])
    assert not (tmp_path / "long.xlsx").exists()


def test_payloads_in_a_tape_stay_texts(tape: Callable[..., Any], context: FilingContext, folder: Path) -> None:
    """Names of institution and partner that begin like formulas are filed as the texts they are."""
    joint = BASE | {"coop_mode": "JOINT", "partner_agreement_no": "HZ-01", "partner_balance_amount": Decimal(0)}
    evil = PARTNER | {"partner_name": '=HYPERLINK("http://x")'}
    render(tape([joint], [BANK | {"institution_name": "=1+1"}], partner=[evil]), FILING, context, folder)
    assert FILING.read_back(folder)
    assert cells(folder, "G09_II")["1"][0] == '=HYPERLINK("http://x")'


# --- the reader ---------------------------------------------------------------------------------------------------


def test_the_reader_knows_the_form(tape: Callable[..., Any], context: FilingContext, folder: Path) -> None:
    """A formula, a changed figure, a lost line, another sheet, another name: each is refused."""
    render(tape(alike(BOOK), [BANK], partner=PARTNERS), FILING, context, folder)
    path = folder / NAME
    good = path.read_bytes()

    def changed(change: Callable[[Any], None]) -> None:
        path.write_bytes(good)
        book = openpyxl.load_workbook(path)
        change(book)
        book.save(path)

    def set_cell(sheet: str, place: str, value: Any) -> Callable[[Any], None]:
        return lambda book: book[sheet].__setitem__(place, value)

    wrong: list[tuple[Callable[[Any], None], str]] = [
        (set_cell("G09_I", "C4", "=1+1"), "formula"),
        (set_cell("G09_I", "C5", 1.0), "do not add up"),
        (set_cell("G09_I", "C4", "1"), "is no number"),
        (set_cell("G09_I", "A1", "G09_I"), "lacks its mark"),
        (set_cell("G09_II", "A4", 2), "order"),
        (lambda book: book["G09_I"].delete_rows(20), "lines"),
        (lambda book: book.remove(book["G09_III"]), "sheets"),
    ]
    for change, words in wrong:
        changed(change)
        with pytest.raises(ReadBackMismatch, match=words):
            FILING.read_back(folder)
    path.write_bytes(b"no workbook")
    with pytest.raises(ReadBackMismatch, match="not a workbook"):
        FILING.read_back(folder)
    path.rename(folder / "other.xlsx")
    with pytest.raises(ReadBackMismatch, match="not the name"):
        FILING.read_back(folder)
    assert IDENTITIES
