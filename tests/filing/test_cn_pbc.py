"""CLGRDK: byte for byte what the specification says, by a second implementation, and nothing it cannot express."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loantape.declare import FilingContext, Period
from loantape.errors import FilingRefused, ReadBackMismatch
from templates.cn_pbc import columns
from templates.cn_pbc.columns import COLUMNS
from templates.cn_pbc.filing import FILING
from templates.cn_pbc.masking import masked
from tests.filing.conftest import IDENTITIES, INSTITUTION, LOAN, OTHER_USCC, USCC, VAULT, create_tape, insert_rows

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "cn_pbc"
STEM = f"{USCC}_CLGRDK_20261031"
Loan = Mapping[str, Any]

# --- the format, written a second time in plain Python ------------------------------------------------------------
# PBoC financial base data, specification V2.1 (December 2023), physical layer §3.1 and table §3.2.2.4 [P].


def independent_record(loan: Loan, numbers: Mapping[str, tuple[str, str]]) -> str:
    """One record, field by field in the order of the table."""
    kind, number = numbers[loan["borrower_pid"]]
    number = number.strip(" ").upper()
    digest = hashlib.md5(number.encode("utf-8")).hexdigest()
    floating = loan["rate_type"] == "RF02"
    fields = [
        loan["lender_uscc"],
        loan["branch_no"],
        loan["lender_region"],
        loan["id_type"],
        number[:14] + digest if kind == "B01" else digest,
        loan["borrower_region"],
        loan["iou_no"],
        loan["contract_no"],
        loan["product_class"],
        _day(loan["start_date"]),
        _day(loan["maturity_date"]),
        _day(loan.get("extended_maturity_date")),
        loan["currency"],
        _fixed(loan["balance_amount"], 2),
        _fixed(loan["balance_cny"], 2),
        loan["rate_type"],
        _fixed(loan["nominal_annual_pct"], 5),
        loan.get("benchmark_type"),
        _fixed(loan.get("benchmark_pct"), 5) if floating else "",
        "",
        _day(loan.get("repricing_date") or loan["maturity_date"]),
        loan["guarantee_type"],
        "1" if loan["is_first_loan"] else "0",
        "FQ0" + loan["five_class"],
        loan["loan_status"],
        loan.get("overdue_type") if loan["loan_status"] == "LS03" else "",
        loan.get("purpose_text"),
    ]
    assert len(fields) == 27
    return "|".join(_string(field) for field in fields)


def _string(value: str | None) -> str:
    blanked = "".join(" " if ord(c) < 0x20 or ord(c) == 0x7F else c for c in value or "")
    return blanked.strip(" ")


def _day(value: date | None) -> str:
    return f"{value.year:04d}-{value.month:02d}-{value.day:02d}" if value else ""


def _fixed(value: Decimal | None, scale: int) -> str:
    return "" if value is None else f"{value.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP):f}"


def independent_file(loans: Sequence[Loan], identities: Sequence[tuple[str, ...]]) -> bytes:
    """The data file: stock only, LF between records, none after the last."""
    numbers = {pid: (kind, number) for pid, kind, number, _, _ in identities}
    stock = [loan for loan in loans if loan["loan_status"] in ("LS01", "LS02", "LS03", "LS04")]
    stock.sort(key=lambda loan: _string(loan["iou_no"]).encode("utf-8"))
    return "\n".join(independent_record(loan, numbers) for loan in stock).encode("utf-8")


# --- golden files -------------------------------------------------------------------------------------------------

HAND_MADE: list[dict[str, Any]] = [
    {"iou_no": "JJ-0002", "contract_no": "HT-0002", "borrower_pid": "pid-2", "is_first_loan": False},
    {"iou_no": "JJ-0001", "purpose_text": " 装修\t及家电\n"},
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
    {"iou_no": "JJ-0006", "loan_status": "LF01", "balance_amount": Decimal(0)},
    {"iou_no": "JJ-0007", "loan_status": "LF02"},
    {"iou_no": "JJ-0008", "loan_status": "LF04"},
]


def test_golden_files(tape: Callable[..., Any], context: FilingContext, folder: Path) -> None:
    """A small tape made by hand gives exactly the committed .dat, .log and .zip."""
    FILING.render(tape(HAND_MADE), folder, context)
    assert {path.name for path in folder.iterdir()} == {path.name for path in GOLDEN.iterdir()}
    for path in sorted(folder.iterdir()):
        assert path.read_bytes() == (GOLDEN / path.name).read_bytes(), path.name


def test_the_golden_file_is_what_the_specification_says() -> None:
    """The committed data file agrees with the second implementation and with figures taken by hand."""
    data = (GOLDEN / f"{STEM}.dat").read_bytes()
    # pid-4 has a card of 15 digits: on the card of 18 it stands for, the mask is that of pid-1
    identities = [*IDENTITIES[:3], ("pid-4", "B01", "11010519491231002X", "", ""), IDENTITIES[4]]
    assert data == independent_file([LOAN | loan for loan in HAND_MADE], identities)
    assert not data.startswith(b"\xef\xbb\xbf")
    records = data.decode("utf-8").split("\n")
    assert [record.count("|") for record in records] == [26] * 5
    assert records[2].split("|")[13:19] == ["0.10", "0.71", "RF02", "5.20000", "TR05", "3.00000"]
    assert records[3].split("|")[16] == "0.12346"


def test_the_example_beside_the_filing_is_the_golden_one() -> None:
    """What the folder shows as its example is what the code writes."""
    example = Path(columns.__file__).with_name("example")
    assert sorted(path.name for path in example.iterdir()) == [f"{STEM}.dat", f"{STEM}.log"]
    for path in example.iterdir():
        assert path.read_bytes() == (GOLDEN / path.name).read_bytes()


def test_the_check_file_has_five_lines() -> None:
    """File name, MD5, size, creation time, record count: one line each."""
    data = (GOLDEN / f"{STEM}.dat").read_bytes()
    lines = (GOLDEN / f"{STEM}.log").read_text(encoding="utf-8").split("\n")
    assert lines == [f"{STEM}.dat", hashlib.md5(data).hexdigest(), str(len(data)), "2026-11-05 09:30:00", "5"]


def test_the_zip_holds_both_and_nothing_else() -> None:
    """The zip carries the two files under their names, with no trace of when or where it was made."""
    with zipfile.ZipFile(GOLDEN / f"{STEM}.zip") as archive:
        assert archive.namelist() == [f"{STEM}.dat", f"{STEM}.log"]
        for member in archive.infolist():
            assert archive.read(member) == (GOLDEN / member.filename).read_bytes()
            assert (member.date_time, member.external_attr >> 16) == ((1980, 1, 1, 0, 0, 0), 0o100644)


# --- any tape -----------------------------------------------------------------------------------------------------

# every character but those the format has no way to write; control characters are allowed and become spaces
_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters='|"\\'), max_size=20)
_NEEDED = _TEXT.filter(lambda text: bool(_string(text)))
_MONEY = st.decimals(Decimal("-9999999999999999.99"), Decimal("9999999999999999.99"), places=2)
_RATES = st.decimals(Decimal(0), Decimal("999999.999999"), places=6)
_DAYS = st.dates(date(1, 1, 1), date(9999, 12, 31))
_PEOPLE = [("pid-1", "B01"), ("pid-2", "B01"), ("pid-3", "B03"), ("pid-5", "B04")]


@st.composite
def any_loan(draw: st.DrawFn) -> dict[str, Any]:
    pid, id_type = draw(st.sampled_from(_PEOPLE))
    status = draw(st.sampled_from(["LS01", "LS02", "LS03", "LS04", "LF01", "LF02", "LF04"]))
    rate_type = draw(st.sampled_from(["RF01", "RF02"]))
    moved, floating = status in ("LS02", "LS04"), rate_type == "RF02"
    days = _DAYS if moved else st.none() | _DAYS
    benchmarks = st.sampled_from(["TR01", "TR05", "TR99"])
    return LOAN | {
        "borrower_pid": pid,
        "id_type": id_type,
        "branch_no": draw(_NEEDED.filter(lambda text: len(_string(text).encode()) <= 30)),
        "contract_no": draw(_NEEDED),
        "product_class": draw(st.sampled_from(["F0219", "F02131", "F022"])),
        "start_date": draw(_DAYS),
        "maturity_date": draw(_DAYS),
        "extended_maturity_date": draw(days),
        "repricing_date": draw(st.none() | _DAYS),
        "balance_amount": draw(_MONEY),
        "balance_cny": draw(_MONEY),
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
    numbers = draw(st.lists(_NEEDED.filter(lambda text: len(text.encode()) <= 80), max_size=8, unique_by=_string))
    return [draw(any_loan()) | {"iou_no": number} for number in numbers]


@pytest.fixture(scope="module")
def shared() -> Any:
    con = duckdb.connect()
    create_tape(con, institution=[INSTITUTION])
    con.execute("ATTACH ':memory:' AS vault")
    con.execute(VAULT)
    con.executemany("INSERT INTO vault.identity VALUES (?, ?, ?, ?, ?)", IDENTITIES)
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
    written = FILING.render(shared, folder, context)
    data = (folder / f"{STEM}.dat").read_bytes()
    assert data == independent_file(loans, IDENTITIES)
    assert FILING.read_back(folder) == {file.name: (file.records, file.control_totals) for file in written}
    # and every typed value comes back from the text as it was
    filed = {record.split("|")[6]: record.split("|") for record in data.decode().split("\n") if record}
    for loan in loans:
        if loan["loan_status"].startswith("LS"):
            fields = filed[_string(loan["iou_no"])]
            assert Decimal(fields[13]) == loan["balance_amount"]
            assert date.fromisoformat(fields[9]) == loan["start_date"]
            assert abs(Decimal(fields[16]) - loan["nominal_annual_pct"]) <= Decimal("0.000005")


def test_an_empty_stock_is_an_empty_file(tape: Callable[..., Any], context: FilingContext, folder: Path) -> None:
    """No loans: an empty data file, an empty MD5 line, size and count zero."""
    written = FILING.render(tape([{"iou_no": "A", "loan_status": "LF01"}]), folder, context)
    assert (folder / f"{STEM}.dat").read_bytes() == b""
    lines = (folder / f"{STEM}.log").read_text().split("\n")
    assert lines == [f"{STEM}.dat", "", "0", "2026-11-05 09:30:00", "0"]
    assert FILING.read_back(folder) == {file.name: (file.records, file.control_totals) for file in written}


def test_each_institution_gets_its_own_files(tape: Callable[..., Any], context: FilingContext, folder: Path) -> None:
    """Two reporting institutions in one submission: each file holds its own loans and no other's."""
    con = tape(
        [{"iou_no": "A"}, {"iou_no": "B", "lender_uscc": OTHER_USCC}, {"iou_no": "C"}],
        [INSTITUTION, INSTITUTION | {"lender_uscc": OTHER_USCC, "institution_name": "Other"}],
    )
    written = FILING.render(con, folder, context)
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
    "branch missing": ({"branch_no": None}, "column 2 .* is missing"),
    "branch blank": ({"branch_no": " \t "}, "column 2 .* is missing"),
    "branch too long in bytes": ({"branch_no": "机" * 11}, "column 2 .* longer than 30 bytes"),
    "separator inside": ({"contract_no": "HT|1"}, "column 8 .* holds"),
    "quote inside": ({"purpose_text": '"x"'}, "column 27 .* holds"),
    "backslash inside": ({"contract_no": "a\\b"}, "column 8 .* holds"),
    "region not six digits": ({"borrower_region": "44030"}, "column 6 .* form"),
    "Hong Kong as a province": ({"borrower_region": "810000"}, "column 6 .* form"),
    "currency": ({"currency": "cny"}, "column 13 .* form"),
    "document kind": ({"id_type": "B77"}, "column 4 .* code list"),
    "no identity": ({"borrower_pid": "pid-9"}, "column 5 .* vault"),
    "not a card number": ({"borrower_pid": "pid-6"}, "column 5 .* neither 15 nor 18"),
    "purpose too long in bytes": ({"purpose_text": "用" * 1001}, "column 27 .* longer than 3000 bytes"),
    "extended without date": ({"loan_status": "LS02"}, "column 12 .* is missing"),
    "shortened without date": ({"loan_status": "LS04"}, "column 12 .* is missing"),
    "floating without benchmark": ({"rate_type": "RF02", "benchmark_pct": Decimal(3)}, "column 18 .* is missing"),
    "floating without its rate": ({"rate_type": "RF02", "benchmark_type": "TR05"}, "column 19 .* is missing"),
    "overdue without kind": ({"loan_status": "LS03"}, "column 26 .* is missing"),
    "unknown status": ({"loan_status": "LS09"}, "column 25 .* code list"),
    "no status": ({"loan_status": None}, "column 25 .* is missing"),
    "no balance": ({"balance_cny": None}, "column 15 .* is missing"),
    "no first-loan flag": ({"is_first_loan": None}, "column 23 .* is missing"),
    "no maturity": ({"maturity_date": None}, "column 11 .* is missing"),
    "no class": ({"five_class": None}, "column 24 .* is missing"),
    "another institution": ({"lender_uscc": OTHER_USCC}, "column 1 .* no institution"),
    "twice": ({"iou_no": "A "}, "column 7 .* more than once"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_expressed_is_refused(
    case: str, tape: Callable[..., Any], context: FilingContext, folder: Path
) -> None:
    """A value that the format cannot carry names its loan and column, in two languages, and nothing is written."""
    change, words = REFUSED[case]
    bad = {"iou_no": "JJ-BAD"} | change
    con = tape([{"iou_no": "A"}, bad], identities=[*IDENTITIES, ("pid-6", "B01", "12345", "", "")])
    with pytest.raises(FilingRefused, match=words) as refused:
        FILING.render(con, folder, context)
    assert ("JJ-BAD" if case != "twice" else "A") in refused.value.what
    assert any("\u4e00" <= character <= "\u9fff" for character in refused.value.what)
    assert "12345" not in str(refused.value)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("uscc", [None, "../../etc/passwd", "9110000010000396", "91100000100003962t"])
def test_an_institution_that_cannot_name_a_file_is_refused(
    uscc: str | None, tape: Callable[..., Any], context: FilingContext, folder: Path
) -> None:
    """The code becomes a file name, so anything but a unified social credit code is refused."""
    with pytest.raises(FilingRefused, match="18 characters"):
        FILING.render(tape([{"lender_uscc": uscc}], [INSTITUTION | {"lender_uscc": uscc}]), folder, context)
    with pytest.raises(FilingRefused, match="no reporting institution"):
        FILING.render(tape([{}], []), folder, context)


# --- the reader ---------------------------------------------------------------------------------------------------


def _one_record(tape: Callable[..., Any], context: FilingContext, folder: Path) -> list[str]:
    FILING.render(tape([{"iou_no": "A", "loan_status": "LS03", "overdue_type": "01"}]), folder, context)
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
    assert set(WRONG_VALUES) == {column.number for column in COLUMNS}
    _write(folder, "|".join(good).encode())
    assert FILING.read_back(folder)[f"{STEM}.dat"][0] == 1
    for number, values in WRONG_VALUES.items():
        for value in values:
            _write(folder, "|".join([*good[: number - 1], value, *good[number:]]).encode())
            with pytest.raises(ReadBackMismatch, match=r"line 1, column|holds a date"):
                FILING.read_back(folder)


def test_the_reader_knows_the_physical_layer(tape: Callable[..., Any], context: FilingContext, folder: Path) -> None:
    """Bytes, lines and order: each departure from the physical layer is refused."""
    good = "|".join(_one_record(tape, context, folder)).encode()
    second = good.replace(b"|A|", b"|B|")
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
    """A wrong line in a later block than the first is found and named, and the line itself is not shown."""
    record = "|".join(_one_record(tape, context, folder)).encode()
    lines = [record.replace(b"|A|", b"|%08d|" % number) for number in range(60_000)]
    _write(folder, b"\n".join(lines))
    assert FILING.read_back(folder)[f"{STEM}.dat"][0] == 60_000
    _write(folder, b"\n".join([*lines[:-1], lines[-1] + b"|SECRET"]))
    with pytest.raises(ReadBackMismatch, match="line 60000 does not have 27 columns") as wrong:
        FILING.read_back(folder)
    assert "SECRET" not in str(wrong.value)
    _write(folder, b"\n".join([*lines[:-1], lines[0]]))
    with pytest.raises(ReadBackMismatch, match="line 60000: IOU number repeated"):
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
    with pytest.raises(ReadBackMismatch, match="not a CLGRDK file name"):
        FILING.read_back(folder)
