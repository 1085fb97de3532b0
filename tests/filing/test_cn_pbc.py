"""CLGRDK: byte for byte what the specification says, by a second implementation, and nothing it cannot express."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loantape.declare import FilingContext, Period
from loantape.errors import ConfigurationError, FilingRefused, ReadBackMismatch
from templates.cn_pbc import columns
from templates.cn_pbc.columns import CLGRDK
from templates.cn_pbc.filing import FILING
from templates.cn_pbc.masking import masked
from tests.filing import pbc_by_hand
from tests.filing.conftest import (
    IDENTITIES,
    IDENTITIES_OF_LOANS,
    INSTITUTION,
    LOAN,
    OTHER_USCC,
    USCC,
    VAULT,
    create_previous,
    create_tape,
    insert_rows,
    render_checked,
)
from tests.filing.pbc_by_hand import string

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "cn_pbc"
STEM = f"{USCC}_CLGRDK_20261031"
TABLES = ("CLGRDK", "GRDKFS", "GRKHXX")
Loan = Mapping[str, Any]

# --- golden files -------------------------------------------------------------------------------------------------

HAND_MADE: list[dict[str, Any]] = [
    {"iou_no": "JJ-0002", "contract_no": "HT-0002", "borrower_pid": "pid-2", "is_first_loan": False},
    {
        "iou_no": "JJ-0001",
        "purpose_text": " 装修\t及家电\n",
        "nationality": "CN",
        "credit_limit_amount": Decimal(20000),
    },
    {
        "iou_no": "JJ-0003",
        "borrower_pid": "pid-3",
        "id_type": "B03",
        "borrower_region": "000840",
        "currency": "USD",
        "balance_amount": Decimal("0.10"),
        "balance_cny": Decimal("0.71"),
        "rate_type": "RF02",
        "benchmark_type": "TR05",
        "benchmark_pct": Decimal("3"),
        "nominal_annual_pct": Decimal("5.2"),
        "repricing_date": date(2027, 1, 1),
        "loan_status": "LS02",
        "extended_maturity_date": date(2027, 6, 30),
        "five_class": "2",
    },
    {
        "iou_no": "JJ-0004",
        "borrower_pid": "pid-4",
        "loan_status": "LS03",
        "overdue_type": "03",
        "five_class": "5",
        "balance_amount": Decimal("1234567890123456.99"),
        "balance_cny": Decimal("1234567890123456.99"),
        "nominal_annual_pct": Decimal("0.123456"),
        "purpose_text": None,
    },
    {
        "iou_no": "JJ-0005",
        "borrower_pid": "pid-5",
        "id_type": "B04",
        "benchmark_type": "TR05",
        "loan_status": "LS04",
        "extended_maturity_date": date(2026, 12, 31),
        "purpose_text": "医疗 & <教育>；，'",
    },
    # closed, written off, transferred; granted in the month and partly repaid in it; a loan for an older one
    {"iou_no": "JJ-0006", "loan_status": "LF01", "balance_amount": Decimal(0), "ended_on": date(2026, 10, 20)},
    {
        "iou_no": "JJ-0007",
        "loan_status": "LF02",
        "disposal_type": "WRITTEN_OFF",
        "disposal_date": date(2026, 10, 30),
        "disposal_amount": Decimal("900.00"),
        "repaid_principal_amount": Decimal("100.00"),
    },
    {
        "iou_no": "JJ-0008",
        "loan_status": "LF04",
        "disposal_type": "TRANSFERRED",
        "disposal_date": date(2026, 10, 15),
        "disposal_amount": Decimal("1000.00"),
    },
    {
        "iou_no": "JJ-0009",
        "start_date": date(2026, 10, 2),
        "drawn_amount": Decimal("10000.00"),
        "repaid_principal_amount": Decimal("2345.68"),
        "is_related_party": True,
    },
    {
        "iou_no": "JJ-0010",
        "start_date": date(2026, 10, 31),
        "grant_type": "REFINANCED",
        "loan_amount": Decimal("7654.32"),
    },
]
# the month before: the written-off one was 1,000.00; the dollars were worth 7.10 yuan each
BEFORE: list[dict[str, Any]] = [
    {"iou_no": "JJ-0001", "balance_amount": Decimal("8000.00"), "balance_cny": Decimal("8000.00")},
    {"iou_no": "JJ-0003", "balance_amount": Decimal("0.40"), "balance_cny": Decimal("2.84"), "currency": "USD"},
    {"iou_no": "JJ-0004", "balance_amount": Decimal("1234567890123456.99")},
    {"iou_no": "JJ-0006", "balance_amount": Decimal("0.01"), "loan_status": "LS03"},
    {"iou_no": "JJ-0007", "balance_amount": Decimal("1000.00"), "loan_status": "LS03"},
    {"iou_no": "JJ-0008", "balance_amount": Decimal("1000.00")},
    {"iou_no": "JJ-0099", "balance_amount": Decimal("0.00"), "loan_status": "LF01"},
]
SINCE, UNTIL = date(2026, 9, 30), date(2026, 10, 31)
# pid-4 has a card of 15 digits: the card of 18 it stands for is that of pid-1
NUMBERS = {pid: number for pid, _, number, _, _ in IDENTITIES} | {"pid-4": "11010519491231002X"}


def by_hand(loans: Sequence[Loan], before: Sequence[Loan] = ()) -> dict[str, bytes]:
    """The data files of the second implementation, by table."""
    return {
        "CLGRDK": pbc_by_hand.stock_file(loans, NUMBERS),
        "GRDKFS": pbc_by_hand.flow_file(loans, before, NUMBERS, SINCE, UNTIL),
        "GRKHXX": pbc_by_hand.customer_file(loans, before, NUMBERS, SINCE, UNTIL),
    }


def test_golden_files(tape: Callable[..., Any], context: FilingContext, folder: Path) -> None:
    """A small tape made by hand gives exactly the committed .dat, .log and .zip of every table."""
    written = render_checked(tape(HAND_MADE, previous=BEFORE), FILING, folder, context)
    assert {path.name for path in folder.iterdir()} == {path.name for path in GOLDEN.iterdir()}
    for path in sorted(folder.iterdir()):
        assert path.read_bytes() == (GOLDEN / path.name).read_bytes(), path.name
    assert FILING.read_back(folder) == {file.name: (file.records, file.control_totals) for file in written}


@pytest.mark.parametrize("table", TABLES)
def test_the_golden_file_is_what_the_specification_says(table: str) -> None:
    """The committed data file agrees with the second implementation, without BOM, the right number of columns each."""
    data = (GOLDEN / f"{USCC}_{table}_20261031.dat").read_bytes()
    assert data == by_hand([LOAN | loan for loan in HAND_MADE], [LOAN | loan for loan in BEFORE])[table]
    assert not data.startswith(b"\xef\xbb\xbf")
    columns = {"CLGRDK": 27, "GRDKFS": 29, "GRKHXX": 15}[table]
    assert {record.count("|") for record in data.decode("utf-8").split("\n")} == {columns - 1}


def test_figures_of_the_golden_files_taken_by_hand() -> None:
    """Number forms, a rounded rate, a flow in dollars, a write-off in two flows: read off, not computed."""
    stock, flow, people = (
        (GOLDEN / f"{USCC}_{table}_20261031.dat").read_text(encoding="utf-8").split("\n") for table in TABLES
    )
    assert stock[2].split("|")[13:19] == ["0.10", "0.71", "RF02", "5.20000", "TR05", "3.00000"]
    assert stock[3].split("|")[16] == "0.12346"
    moved = {(f[6], f[26], f[23]): (f[11], f[13], f[14], f[25]) for f in (line.split("|") for line in flow)}
    assert moved == {
        ("JJ-0001", "0", "LF01"): ("", "345.68", "345.68", ""),
        ("JJ-0002", "1", "LF01"): ("", "7654.32", "7654.32", ""),
        ("JJ-0003", "0", "LF01"): ("", "0.30", "2.13", ""),
        ("JJ-0005", "1", "LF01"): ("", "7654.32", "7654.32", ""),
        ("JJ-0006", "0", "LF01"): ("2026-10-20", "0.01", "0.01", ""),
        ("JJ-0007", "0", "LF01"): ("2026-10-30", "100.00", "100.00", ""),
        ("JJ-0007", "0", "LF02"): ("2026-10-30", "900.00", "900.00", ""),
        ("JJ-0008", "0", "LF04"): ("2026-10-15", "1000.00", "1000.00", ""),
        ("JJ-0009", "0", "LF01"): ("", "2345.68", "2345.68", ""),
        ("JJ-0009", "1", "LF01"): ("", "10000.00", "10000.00", ""),
        ("JJ-0010", "1", "LF05"): ("", "7654.32", "7654.32", "02"),
    }
    assert people[0] == (
        f"{USCC}|B01|11010519491231ae05564031c21338aa8a2e7266e7855c|CN||||1949-12-31|440305||||1|20000.00"
        "|1234567890154074.27"
    )


def test_the_example_beside_the_filing_is_the_golden_one() -> None:
    """What the folder shows as its example is what the code writes."""
    example = Path(columns.__file__).with_name("example")
    named = sorted(path.name for path in GOLDEN.iterdir() if path.suffix != ".zip")
    assert sorted(path.name for path in example.iterdir()) == named
    for path in example.iterdir():
        assert path.read_bytes() == (GOLDEN / path.name).read_bytes()


@pytest.mark.parametrize("table", TABLES)
def test_the_check_file_has_five_lines(table: str) -> None:
    """File name, MD5, size, creation time in Beijing, record count: one line each."""
    stem = f"{USCC}_{table}_20261031"
    data = (GOLDEN / f"{stem}.dat").read_bytes()
    lines = (GOLDEN / f"{stem}.log").read_text(encoding="utf-8").split("\n")
    count = str(data.count(b"\n") + 1)
    assert lines == [f"{stem}.dat", hashlib.md5(data).hexdigest(), str(len(data)), "2026-11-05 17:30:00", count]


@pytest.mark.parametrize("table", TABLES)
def test_the_zip_holds_both_and_nothing_else(table: str) -> None:
    """The zip carries the two files under their names, with no trace of when or where it was made."""
    stem = f"{USCC}_{table}_20261031"
    with zipfile.ZipFile(GOLDEN / f"{stem}.zip") as archive:
        assert archive.namelist() == [f"{stem}.dat", f"{stem}.log"]
        for member in archive.infolist():
            assert archive.read(member) == (GOLDEN / member.filename).read_bytes()
            assert (member.date_time, member.external_attr >> 16) == ((1980, 1, 1, 0, 0, 0), 0o100644)


# --- any tape -----------------------------------------------------------------------------------------------------

# every character but those the format has no way to write; control characters are allowed and become spaces
_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters='|"\\'), max_size=20)
_NEEDED = _TEXT.filter(lambda text: bool(string(text)))
_MONEY = st.decimals(Decimal("-9999999999999999.99"), Decimal("9999999999999999.99"), places=2)
_RATES = st.decimals(Decimal("-999999.999999"), Decimal("999999.999999"), places=6)
_DAYS = st.dates(date(1, 1, 1), date(9999, 12, 31))
_UNTIL_THEN = st.dates(date(1, 1, 1), UNTIL)
_PEOPLE = [("pid-1", "B01"), ("pid-2", "B01"), ("pid-3", "B03"), ("pid-5", "B04")]


@st.composite
def any_loan(draw: st.DrawFn) -> dict[str, Any]:
    pid, id_type = draw(st.sampled_from(_PEOPLE))
    status = draw(st.sampled_from(["LS01", "LS02", "LS03", "LS04", "LF01", "LF02", "LF04"]))
    rate_type = draw(st.sampled_from(["RF01", "RF02"]))
    floating = rate_type == "RF02"
    start, maturity = sorted((draw(_UNTIL_THEN), draw(_DAYS)))
    start = min(start, UNTIL)
    extended = {"LS02": st.dates(maturity, date(9999, 12, 31)), "LS04": st.dates(date(1, 1, 1), maturity)}
    balance = draw(_MONEY)
    benchmarks = st.sampled_from(["TR01", "TR05", "TR99"])
    return LOAN | {
        "borrower_pid": pid,
        "id_type": id_type,
        "branch_no": draw(_NEEDED.filter(lambda text: len(string(text).encode()) <= 30)),
        "contract_no": draw(_NEEDED),
        "product_class": draw(st.sampled_from(["F0219", "F02131", "F022"])),
        "start_date": start,
        "maturity_date": maturity,
        "extended_maturity_date": draw(extended.get(status, st.none() | _DAYS)),
        "repricing_date": draw(st.none() | _DAYS),
        "balance_amount": balance,
        "balance_cny": balance,
        "rate_type": rate_type,
        "nominal_annual_pct": draw(_RATES),
        "benchmark_type": draw(benchmarks if floating else st.none() | benchmarks),
        "benchmark_pct": draw(_RATES if floating else st.none() | _RATES),
        "is_first_loan": draw(st.booleans()),
        "five_class": draw(st.sampled_from("12345")),
        "loan_status": status,
        "overdue_type": draw(st.sampled_from(["01", "02", "03"])) if status == "LS03" else None,
        "purpose_text": draw(st.none() | _TEXT),
    }


@st.composite
def any_tape(draw: st.DrawFn) -> list[dict[str, Any]]:
    numbers = draw(st.lists(_NEEDED.filter(lambda text: len(text.encode()) <= 80), max_size=8, unique_by=string))
    return [draw(any_loan()) | {"iou_no": number} for number in numbers]


@pytest.fixture(scope="module")
def shared() -> Any:
    con = duckdb.connect()
    create_tape(con, institution=[INSTITUTION])
    con.execute("ATTACH ':memory:' AS vault")
    con.execute(VAULT)
    con.executemany("INSERT INTO vault.identity VALUES (?, ?, ?, ?, ?)", IDENTITIES)
    create_previous(con)
    yield con
    con.close()


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(loans=any_tape())
def test_any_tape_is_filed_byte_for_byte(shared: Any, tmp_path_factory: pytest.TempPathFactory, loans: Any) -> None:
    """Whatever Unicode and numbers a tape holds, the file is what the second implementation writes, and reads back."""
    folder = tmp_path_factory.mktemp("any")
    shared.execute("DELETE FROM tape_loan")
    insert_rows(shared, "tape_loan", loans)
    context = FilingContext("any", Period(date(2026, 10, 31)), "any/2026-10/v1", 1, datetime(2026, 11, 5))
    written = render_checked(shared, FILING, folder, context)
    data = (folder / f"{STEM}.dat").read_bytes()
    for table, expected in by_hand(loans).items():
        assert (folder / f"{USCC}_{table}_20261031.dat").read_bytes() == expected
    assert FILING.read_back(folder) == {file.name: (file.records, file.control_totals) for file in written}
    # and every typed value comes back from the text as it was
    filed = {record.split("|")[6]: record.split("|") for record in data.decode().split("\n") if record}
    for loan in loans:
        if loan["loan_status"].startswith("LS"):
            fields = filed[string(loan["iou_no"])]
            assert Decimal(fields[13]) == loan["balance_amount"]
            assert date.fromisoformat(fields[9]) == loan["start_date"]
            assert abs(Decimal(fields[16]) - loan["nominal_annual_pct"]) <= Decimal("0.000005")


def test_an_empty_stock_is_an_empty_file(tape: Callable[..., Any], context: FilingContext, folder: Path) -> None:
    """No loans: an empty data file, an empty MD5 line, size and count zero."""
    written = render_checked(tape([{"iou_no": "A", "loan_status": "LF01"}]), FILING, folder, context)
    assert (folder / f"{STEM}.dat").read_bytes() == b""
    lines = (folder / f"{STEM}.log").read_text().split("\n")
    assert lines == [f"{STEM}.dat", "", "0", "2026-11-05 17:30:00", "0"]
    assert FILING.read_back(folder) == {file.name: (file.records, file.control_totals) for file in written}


def test_each_institution_gets_its_own_files(tape: Callable[..., Any], context: FilingContext, folder: Path) -> None:
    """Two reporting institutions in one submission: each file holds its own loans and no other's."""
    con = tape(
        [{"iou_no": "A"}, {"iou_no": "B", "lender_uscc": OTHER_USCC}, {"iou_no": "C"}],
        [INSTITUTION, INSTITUTION | {"lender_uscc": OTHER_USCC, "institution_name": "Other"}],
    )
    written = render_checked(con, FILING, folder, context)
    found = FILING.read_back(folder)
    assert found == {file.name: (file.records, file.control_totals) for file in written}
    assert found[f"{STEM}.dat"][0] == 2
    assert found[f"{OTHER_USCC}_CLGRDK_20261031.dat"][0] == 1


# --- masks --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "number", "expected"),
    [
        # the MD5 halves were computed with md5sum
        ("B01", "11010519491231002X", "11010519491231ae05564031c21338aa8a2e7266e7855c"),
        ("B01", "11010519491231002x", "11010519491231ae05564031c21338aa8a2e7266e7855c"),
        ("B01", " 11010519491231002X ", "11010519491231ae05564031c21338aa8a2e7266e7855c"),
        ("B01", "110105491231002", "11010519491231ae05564031c21338aa8a2e7266e7855c"),
        ("B03", "e12345678", hashlib.md5(b"E12345678").hexdigest()),
        ("B04", "军字第001号", hashlib.md5("军字第001号".encode()).hexdigest()),
        ("B01", "1234567", None),
        ("B01", "1101051949123100XX", None),
        ("B03", "", None),
        ("B03", "  ", None),
        ("B03", None, None),
    ],
)
def test_masks(kind: str, number: str | None, expected: str | None) -> None:
    """An identity card keeps 14 digits before its MD5, other documents only their MD5, and no number stays none."""
    con = duckdb.connect()
    assert con.execute(f"SELECT {masked('$kind', '$number')}", {"kind": kind, "number": number}).fetchone() == (
        expected,
    )


# --- refusals -----------------------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "branch missing": ({"branch_no": None}, "CLGRDK-02R"),
    "branch blank": ({"branch_no": " \t "}, "CLGRDK-02R"),
    "branch too long in bytes": ({"branch_no": "机" * 11}, "CLGRDK-02F .* at most 30 bytes"),
    "separator inside": ({"contract_no": "HT|1"}, "CLGRDK-08C .* no way to write"),
    "quote inside": ({"purpose_text": '"x"'}, "CLGRDK-27C"),
    "backslash inside": ({"contract_no": "a\\b"}, "CLGRDK-08C"),
    "region not six digits": ({"borrower_region": "44030"}, "CLGRDK-06F"),
    "Hong Kong as a province": ({"borrower_region": "810000"}, "CLGRDK-06F"),
    "currency": ({"currency": "cny"}, "CLGRDK-13F"),
    "document kind": ({"id_type": "B77"}, "CLGRDK-04F"),
    "no identity": ({"borrower_pid": "pid-9"}, "CLGRDK-05R .* vault"),
    "not a card number": ({"borrower_pid": "pid-6"}, "CLGRDK-05R .* neither 15 nor 18"),
    "purpose too long in bytes": ({"purpose_text": "用" * 1001}, "CLGRDK-27F .* at most 3000 bytes"),
    "extended without date": ({"loan_status": "LS02"}, "CLGRDK-X11"),
    "shortened without date": ({"loan_status": "LS04"}, "CLGRDK-X11"),
    "extended to an earlier day": (
        {"loan_status": "LS02", "extended_maturity_date": date(2027, 1, 14)},
        "CLGRDK-X12",
    ),
    "floating without benchmark": ({"rate_type": "RF02", "benchmark_pct": Decimal(3)}, "CLGRDK-X02"),
    "floating without its rate": ({"rate_type": "RF02", "benchmark_type": "TR05"}, "CLGRDK-X03"),
    "overdue without kind": ({"loan_status": "LS03"}, "CLGRDK-X13"),
    "unknown status": ({"loan_status": "LS09"}, "CLGRDK-25F"),
    "no status": ({"loan_status": None}, "CLGRDK-25R"),
    "no balance": ({"balance_cny": None}, "CLGRDK-15R"),
    "yuan worth something else": ({"balance_cny": Decimal(1)}, "CLGRDK-X06"),
    "no first-loan flag": ({"is_first_loan": None}, "CLGRDK-23R"),
    "no maturity": ({"maturity_date": None}, "CLGRDK-11R"),
    "matures before it is granted": ({"maturity_date": date(2026, 1, 14)}, "CLGRDK-X04"),
    "granted in the future": ({"start_date": date(2026, 11, 1)}, "CLGRDK-X05"),
    "no class": ({"five_class": None}, "CLGRDK-24R"),
    "another institution": ({"lender_uscc": OTHER_USCC}, "CLGRDK-T01"),
    "twice": ({"iou_no": "A "}, "CLGRDK-T03"),
    "flows that do not make the stock": (
        {"drawn_amount": Decimal(1), "repaid_principal_amount": Decimal(0)},
        "GRDKFS-M01",
    ),
    "securitised without its product": (
        {
            "loan_status": "LF04",
            "disposal_type": "SECURITISED",
            "disposal_date": date(2026, 10, 3),
            "disposal_amount": Decimal("500.00"),
            "drawn_amount": Decimal("500.00"),
        },
        "GRDKFS-X14",
    ),
    "ended outside the period": (
        {
            "loan_status": "LF01",
            "ended_on": date(2026, 9, 30),
            "drawn_amount": Decimal("500.00"),
            "repaid_principal_amount": Decimal("500.00"),
        },
        "GRDKFS-X13",
    ),
    "dollars that no balance says the rate of": (
        {
            "loan_status": "LF01",
            "currency": "USD",
            "balance_amount": Decimal(0),
            "balance_cny": Decimal(0),
            "ended_on": date(2026, 10, 1),
            "drawn_amount": Decimal("500.00"),
            "repaid_principal_amount": Decimal("500.00"),
        },
        "GRDKFS-15R .* at what rate",
    ),
}


@pytest.mark.parametrize("shuffled", [False, True])
def test_a_vault_with_and_without_the_numbers_of_loans_gives_the_same_files(
    tape: Callable[..., Any], context: FilingContext, tmp_path: Path, shuffled: bool
) -> None:
    """What a delivery's vault keeps beside each loan masks as what is looked up by pseudonym, in an older vault."""
    loans = sorted(HAND_MADE, key=lambda loan: str(loan["iou_no"]), reverse=shuffled)
    con = tape(loans, previous=BEFORE)
    old = render_checked(con, FILING, _made(tmp_path / "old"), context)
    con.execute(f"CREATE TABLE vault.loan AS {IDENTITIES_OF_LOANS}")
    new = render_checked(con, FILING, _made(tmp_path / "new"), context)
    assert [file.path.read_bytes() for file in new] == [file.path.read_bytes() for file in old] and old


def test_a_vault_of_other_loans_is_refused(tape: Callable[..., Any], context: FilingContext, folder: Path) -> None:
    """A vault that has not one row for each loan is not used."""
    con = tape(HAND_MADE, previous=BEFORE)
    con.execute(f"CREATE TABLE vault.loan AS {IDENTITIES_OF_LOANS} LIMIT 1")
    with pytest.raises(ConfigurationError, match="1 numbers for"):
        render_checked(con, FILING, folder, context)
    assert not list(folder.iterdir())


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_expressed_is_refused(
    case: str, tape: Callable[..., Any], context: FilingContext, folder: Path
) -> None:
    """A value that the format cannot carry names its loan and column, in two languages, and nothing is written."""
    change, words = REFUSED[case]
    bad = {"iou_no": "JJ-BAD"} | change
    con = tape([{"iou_no": "A"}, bad], identities=[*IDENTITIES, ("pid-6", "B01", "12345", "", "")])
    with pytest.raises(FilingRefused, match=words) as refused:
        render_checked(con, FILING, folder, context)
    assert ("JJ-BAD" if case != "twice" else "A") in refused.value.what
    assert "nothing was written" in refused.value.next_step
    assert any("\u4e00" <= character <= "\u9fff" for character in refused.value.what)
    assert "12345" not in str(refused.value)
    assert list(folder.iterdir()) == []


def test_a_loan_that_vanished_is_refused(tape: Callable[..., Any], context: FilingContext, folder: Path) -> None:
    """A loan in stock the month before that this month says nothing of: how it ended is not guessed."""
    con = tape([{"iou_no": "A"}], previous=[{"iou_no": "A"}, {"iou_no": "GONE"}])
    with pytest.raises(FilingRefused, match=r"GRDKFS-M02 .* GONE") as refused:
        render_checked(con, FILING, folder, context)
    assert "GRDKFS-M04" in refused.value.what  # and so the flows do not make the stock
    con = tape([{"iou_no": "A"}], previous=[{"iou_no": "A"}, {"iou_no": "A"}])
    with pytest.raises(FilingRefused, match=r"GRDKFS-M03 .* A"):
        render_checked(con, FILING, folder, context)


@pytest.mark.parametrize("uscc", [None, "../../etc/passwd", "9110000010000396", "91100000100003962t"])
def test_an_institution_that_cannot_name_a_file_is_refused(
    uscc: str | None, tape: Callable[..., Any], context: FilingContext, folder: Path
) -> None:
    """The code becomes a file name, so anything but a unified social credit code is refused."""
    with pytest.raises(FilingRefused, match="18 characters"):
        render_checked(tape([{"lender_uscc": uscc}], [INSTITUTION | {"lender_uscc": uscc}]), FILING, folder, context)
    with pytest.raises(FilingRefused, match="no reporting institution"):
        render_checked(tape([{}], []), FILING, folder, context)


# --- the reader ---------------------------------------------------------------------------------------------------


def _one_record(tape: Callable[..., Any], context: FilingContext, folder: Path) -> list[str]:
    render_checked(tape([{"iou_no": "A", "loan_status": "LS03", "overdue_type": "01"}]), FILING, folder, context)
    return (folder / f"{STEM}.dat").read_text(encoding="utf-8").split("|")


def _write(folder: Path, data: bytes) -> None:
    """The data file with a check file and a zip that agree with it: only its content is wrong."""
    records = data.count(b"\n") + 1 if data else 0
    lines = [f"{STEM}.dat", hashlib.md5(data).hexdigest(), str(len(data)), "2026-11-05 09:30:00", str(records)]
    (folder / f"{STEM}.dat").write_bytes(data)
    (folder / f"{STEM}.log").write_text("\n".join(lines), encoding="utf-8")
    with zipfile.ZipFile(folder / f"{STEM}.zip", "w") as archive:
        for ending in ("dat", "log"):
            archive.write(folder / f"{STEM}.{ending}", f"{STEM}.{ending}")


WRONG_VALUES = {
    1: ["", OTHER_USCC, "91100000100003962t"],
    2: ["", " HQ", "HQ ", "x" * 31],
    3: ["", "11010", "1101021"],
    4: ["", "B13", "X01"],
    5: ["", "11010519491231002X", "e" * 46, "E" * 32],
    6: ["", "44030A", "810000", "710000", "00084"],
    7: ["", " A", "x" * 101],
    8: ["", "x" * 101],
    9: ["", "X0219", "F02", "F021", "F0213"],
    10: ["", "2026-1-15", "2026-02-30", "20260115"],
    11: ["", "2027-13-01"],
    12: ["2027/01/15"],
    13: ["", "cny", "CNYY"],
    14: ["", "1", "1.2", "01.00", "+1.00", "1.234", "1e3", "1,000.00", "-0", "123456789012345678901.00"],
    15: ["", "x"],
    16: ["", "RF03"],
    17: ["", "5.2", "5.200000", "12345678901.00000"],
    18: ["TR10"],
    19: ["3.00000", "3"],
    20: ["A", "A01"],
    21: ["", "x"],
    22: ["", "F"],
    23: ["", "2", "true"],
    24: ["", "FQ06", "1"],
    25: ["", "LS05", "LF01", "LS01", "LS02"],
    26: ["", "04"],
    27: [" x", "x ", "x" * 3001],
}


def test_the_reader_knows_every_column(tape: Callable[..., Any], context: FilingContext, folder: Path) -> None:
    """For each of the 27 columns, values that the format forbids are refused by the reader, naming line and column."""
    good = _one_record(tape, context, folder)
    assert set(WRONG_VALUES) == {column.number for column in CLGRDK.columns}
    _write(folder, "|".join(good).encode())
    assert FILING.read_back(folder)[f"{STEM}.dat"][0] == 1
    for number, values in WRONG_VALUES.items():
        for value in values:
            _write(folder, "|".join([*good[: number - 1], value, *good[number:]]).encode())
            with pytest.raises(ReadBackMismatch, match=r"line 1, column|holds a date"):
                FILING.read_back(folder)


def _repaid(record: str) -> str:
    """The same loan with nothing left of it, so that what the customers use is still what the stock adds up to."""
    amount = record.split("|")[14]
    return record.replace(f"|{amount}|{amount}|", "|0.00|0.00|")


def test_the_reader_knows_the_physical_layer(tape: Callable[..., Any], context: FilingContext, folder: Path) -> None:
    """Bytes, lines and order: each departure from the physical layer is refused."""
    good = "|".join(_one_record(tape, context, folder)).encode()
    second = _repaid(good.decode()).encode().replace(b"|A|", b"|B|")
    _write(folder, good + b"\n" + second)
    assert FILING.read_back(folder)[f"{STEM}.dat"][0] == 2
    wrong = {
        "BOM": b"\xef\xbb\xbf" + good,
        "line feed at the end": good + b"\n",
        "carriage return": good + b"\r\n" + second,
        "control character": good.replace(b"HQ01", b"HQ\x0101"),
        "quote": good.replace(b"HQ01", b'"HQ01"'),
        "not UTF-8": good.replace(b"HQ01", "机构".encode("gb18030")),
        "cut in a character": good[:-1],
        "empty line": good + b"\n\n" + second,
        "separator at the end": good + b"|",
        "a column less": good.rsplit(b"|", 1)[0],
        "out of order": second + b"\n" + good,
        "twice": good + b"\n" + good,
    }
    for name, data in wrong.items():
        _write(folder, data)
        with pytest.raises(ReadBackMismatch):
            FILING.read_back(folder)
            pytest.fail(name)


def test_a_bad_line_far_into_the_file_is_named(tape: Callable[..., Any], context: FilingContext, folder: Path) -> None:
    """A wrong line in a later block than the first is found and named, and the line itself is not shown; of several
    the first."""
    record = "|".join(_one_record(tape, context, folder))
    repaid = _repaid(record)
    lines = [(repaid if number else record).replace("|A|", f"|{number:08}|").encode() for number in range(60_000)]
    _write(folder, b"\n".join(lines))
    assert FILING.read_back(folder)[f"{STEM}.dat"][0] == 60_000
    _write(folder, b"\n".join([*lines[:-1], lines[-1] + b"|SECRET"]))
    with pytest.raises(ReadBackMismatch, match="line 60000 does not have 27 columns") as wrong:
        FILING.read_back(folder)
    assert "SECRET" not in str(wrong.value)
    _write(folder, b"\n".join([*lines[:-1], lines[0]]))
    with pytest.raises(ReadBackMismatch, match="line 60000: key repeated"):
        FILING.read_back(folder)
    bad = lines[1000].replace(b"|HQ01|", b"| HQ01|")
    for later in (lines[-1] + b"|SECRET", lines[-1].replace(b"|HQ01|", b"||"), lines[0]):
        _write(folder, b"\n".join([*lines[:1000], bad, *lines[1001:-1], later]))
        with pytest.raises(ReadBackMismatch, match="line 1001, column 2: leading"):
            FILING.read_back(folder)
        _write(folder, b"\n".join([*lines[:2], lines[0], *lines[3:-1], later]))
        with pytest.raises(ReadBackMismatch, match="line 3: key repeated"):
            FILING.read_back(folder)


def test_the_reader_compares_check_file_and_zip(tape: Callable[..., Any], context: FilingContext, folder: Path) -> None:
    """Name, MD5, size, time and count of the check file, and the members of the zip, must fit the data file."""
    _one_record(tape, context, folder)
    check, archive = folder / f"{STEM}.log", folder / f"{STEM}.zip"
    good, zipped = check.read_bytes(), archive.read_bytes()
    lines = good.decode().split("\n")
    for number in range(5):
        check.write_text("\n".join([*lines[:number], "0", *lines[number + 1 :]]))
        with pytest.raises(ReadBackMismatch, match=f"line {number + 1}"):
            FILING.read_back(folder)
    check.write_bytes(good + b"\n")
    with pytest.raises(ReadBackMismatch, match="6 lines"):
        FILING.read_back(folder)
    check.write_bytes(good)
    archive.write_bytes(b"no zip")
    with pytest.raises(ReadBackMismatch, match="not a zip"):
        FILING.read_back(folder)
    with zipfile.ZipFile(archive, "w") as other:
        other.writestr(f"{STEM}.dat", b"other")
        other.writestr(f"{STEM}.log", good)
    with pytest.raises(ReadBackMismatch, match="another"):
        FILING.read_back(folder)
    archive.unlink()
    with pytest.raises(ReadBackMismatch, match="missing"):
        FILING.read_back(folder)
    archive.write_bytes(zipped)
    assert FILING.read_back(folder)
    (folder / "notes.txt").touch()
    with pytest.raises(ReadBackMismatch, match="not the name of a table"):
        FILING.read_back(folder)
