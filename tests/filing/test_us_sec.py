"""EX-102: every element in the schema's order and form, from the real tape and any tape, and nothing it forbids."""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import json
import re
import xml.etree.ElementTree as StandardParser
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from loantape.catalog import lender
from loantape.declare import FilingContext, Period
from loantape.errors import FilingRefused, ReadBackMismatch
from loantape.intake.delivery import open_delivery, receive
from loantape.intake.reading import read
from loantape.keys import Keys
from loantape.progress import silent
from schemas.tape import LoanUsAuto, meta_of
from templates.us_sec import elements
from templates.us_sec.elements import ELEMENTS
from templates.us_sec.filing import FILING
from tests.filing.conftest import create_tape, insert_rows, render_checked

ROOT = Path(__file__).resolve().parent.parent.parent
GOLDEN = ROOT / "tests" / "golden" / "us_sec"
XSD = ROOT / "templates" / "us_sec" / "xsd"
EXAMPLE = ROOT / "examples" / "americredit"
NS = "{http://www.sec.gov/edgar/document/absee/autoloan/assetdata}"
SCHEMA = "{http://www.w3.org/2001/XMLSchema}"


def context_of(period: date) -> FilingContext:
    return FilingContext(
        "americredit", Period(period), f"americredit/{period:%Y-%m}/v1", 1, datetime(2026, 11, 5, 9, 30)
    )


# --- the schema, read on its own ----------------------------------------------------------------------------------


def schema_elements() -> dict[str, dict[str, Any]]:
    """Name to base type, facets and occurrences, in the schema's order."""
    types: dict[str, Any] = {}
    for file in ("eis_ABS_AutoLoanAssetData", "eis_ABS_Common", "eis_Common"):
        for simple in StandardParser.parse(XSD / f"{file}.xsd").getroot().iter(f"{SCHEMA}simpleType"):
            if simple.get("name"):
                types.setdefault(simple.get("name", ""), simple)
    found = {}
    root = StandardParser.parse(XSD / "eis_ABS_AutoLoanAssetData.xsd").getroot()
    for element in root.find(f"{SCHEMA}complexType[@name='ASSET_TYPE']/{SCHEMA}sequence"):  # type: ignore[union-attr]
        name = element.get("type", "").rsplit(":")[-1]
        restriction = types[name].find(f"{SCHEMA}restriction")
        facets: dict[str, list[str]] = {}
        for facet in restriction:
            facets.setdefault(facet.tag.removeprefix(SCHEMA), []).append(facet.get("value"))
        found[element.get("name", "")] = {
            "type": name,
            "facets": facets,
            "required": element.get("minOccurs") == "1",
            "many": element.get("maxOccurs") == "unbounded",
        }
    return found


SCHEMA_ELEMENTS = schema_elements()


def test_the_elements_are_the_schemas() -> None:
    """All 72 elements of the schema, in its order, required where it requires them."""
    assert [element.name for element in ELEMENTS] == list(SCHEMA_ELEMENTS)
    assert len(ELEMENTS) == 72
    for element in ELEMENTS:
        assert element.required == SCHEMA_ELEMENTS[element.name]["required"], element.name


def test_the_forms_are_the_schemas() -> None:
    """Lengths, digits, code lists and kinds of each element are those of its type in the schema."""
    for element in ELEMENTS:
        declared = SCHEMA_ELEMENTS[element.name]
        facets = declared["facets"]
        match element.form:
            case elements.Text(size=size):
                assert facets["maxLength"] == [str(size)], element.name
            case elements.Code(filed=filed):
                assert set(filed.values()) <= set(facets["enumeration"]), element.name
                if not element.source.startswith("loan."):
                    assert set(filed.values()) == set(facets["enumeration"]), element.name
            case elements.CodeList(allowed=allowed):
                assert list(allowed) == facets["enumeration"]
                assert declared["many"]
            case elements.Whole(digits=digits):
                assert declared["type"] == f"INTEGER_TYPE_{digits}_A", element.name
            case elements.Plain() | elements.Fraction():
                assert declared["type"] == "DECIMAL_TYPE20_8", element.name
            case elements.Day():
                assert declared["type"] == "DATE_TYPE", element.name
            case elements.Month():
                assert declared["type"] == "DATE_MM_YYYY_TYPE", element.name
            case elements.Flag():
                assert declared["type"] == "TRUE_FALSE_TYPE", element.name


def test_each_field_is_filed_as_the_element_its_tape_source_names() -> None:
    """The tape says of each auto-loan field which element it is; the mapping says the same, and forgets none."""
    mapped = {element.source.removeprefix("auto."): element.name for element in ELEMENTS}
    for name, meta in meta_of(LoanUsAuto).items():
        named = re.match(r"EX-102 (\w+),", meta.source)
        if named and name != "asset_number":
            assert mapped.get(name) == named[1], name
    number = next(element for element in ELEMENTS if element.name == "assetNumber")
    assert "auto.asset_number" in number.source


# --- the real tape ------------------------------------------------------------------------------------------------


def _example() -> Any:
    spec = importlib.util.spec_from_file_location("americredit_deliveries", EXAMPLE / "deliveries.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _expected(row: Mapping[str, str], name: str) -> list[str]:
    """What the filing must say of one cell of the tape, from the words of the schema alone."""
    raw = next(value for header, value in row.items() if header.lower() == name.lower())
    if name == "assetNumber" and raw in ("0", "-", ""):
        return [row["loan_key"].rsplit("-", 2)[0]]
    if raw in ("", "-"):
        return []
    declared = SCHEMA_ELEMENTS[name]
    if declared["many"]:
        return sorted(code.strip() for code in raw.split(";"))
    if declared["type"] == "TRUE_FALSE_TYPE":
        return [raw.lower()]
    if declared["type"] == "DECIMAL_TYPE20_8":
        return [f"{round(Decimal(raw), 8).normalize() + 0:f}"]
    return [raw]


def _has_noise(row: Mapping[str, str], name: str) -> bool:
    """Whether a spreadsheet left more decimals than the schema has."""
    is_number = SCHEMA_ELEMENTS[name]["type"] == "DECIMAL_TYPE20_8"
    return is_number and len(row[name].partition(".")[2]) > 8


def _deliver(out: Path, lines: bytes) -> Path:
    """A delivery of these lines, header included."""
    out.mkdir()
    (out / "loans.csv").write_bytes(lines)
    file = {
        "name": "loans.csv",
        "bytes": len(lines),
        "sha256": hashlib.sha256(lines).hexdigest(),
        "lines": lines.count(b"\n"),
    }
    manifest = {"format": "loantape-delivery/1", "lender": "americredit", "period": "2020-12-31", "schema": "abs-ee/1"}
    (out / "manifest.json").write_text(json.dumps(manifest | {"files": [file]}), encoding="utf-8")
    return out


def _taken_in(path: Path, scratch: Path) -> Any:
    """A connection with the tape of a delivery, read as the product reads it."""
    delivery = open_delivery(path)
    target = scratch / "received"
    target.mkdir()
    receive(delivery, lender("americredit"), target, silent())
    con = duckdb.connect()
    keys, vault = Keys(scratch / "keys"), scratch / "identity.vault"
    period, now = delivery.manifest.period, datetime(2026, 1, 1)
    read(con, target / "original", lender("americredit"), period, 1, now, keys, vault, silent())
    return con


def _compare(path: Path, delivered: list[dict[str, str]]) -> None:
    """Each cell of the delivered rows against the file, read by the standard library's parser."""
    delivered = sorted(delivered, key=lambda row: row["loan_key"])
    assets = StandardParser.parse(path).getroot().findall(f"{NS}assets")
    assert len(assets) == len(delivered)
    for asset, row in zip(assets, delivered, strict=True):
        for name in SCHEMA_ELEMENTS:
            texts = [str(child.text) for child in asset.findall(f"{NS}{name}")]
            found = sorted(texts) if SCHEMA_ELEMENTS[name]["many"] else texts
            expected = _expected(row, name)
            if not found and _has_noise(row, name):
                continue  # a figure with more decimals than the form has may not parse: then it is a finding, no value
            assert found == expected, (row["reportingPeriodEndingDate"], row["loan_key"], name)


def test_every_real_month_is_filed_cell_by_cell(tmp_path: Path) -> None:
    """All 49 months of the real tape are valid by the official schema, with every cell in the file as delivered."""
    raw = (EXAMPLE / "americredit_abs_ee_loan_months.csv").read_bytes()
    rows = list(csv.DictReader(raw.decode().splitlines()))
    con = _taken_in(_deliver(tmp_path / "delivery", raw), tmp_path)
    con.execute("ALTER TABLE tape_loan RENAME TO every_loan")
    con.execute("ALTER TABLE tape_loan_us_auto RENAME TO every_auto")
    validator = etree.XMLSchema(etree.parse(XSD / "eis_ABS_AutoLoanAssetData.xsd"))
    days = [day for (day,) in con.execute("SELECT DISTINCT snapshot_date FROM every_loan ORDER BY 1").fetchall()]
    assert (len(days), len(rows)) == (49, 1479)
    for day in days:
        con.execute("CREATE OR REPLACE TABLE tape_loan AS FROM every_loan WHERE snapshot_date = ?", [day])
        con.execute(
            "CREATE OR REPLACE TABLE tape_loan_us_auto AS SELECT auto.* FROM every_auto AS auto"
            " JOIN every_loan AS loan ON loan.rowid = auto.rowid WHERE loan.snapshot_date = ?",
            [day],
        )
        folder = tmp_path / f"{day}"
        folder.mkdir()
        written = render_checked(con, FILING, folder, context_of(day))
        assert FILING.read_back(folder) == {file.name: (file.records, file.control_totals) for file in written}
        path = folder / f"ex102_{day:%Y-%m}.xml"
        validator.assertValid(etree.parse(path))
        _compare(path, [row for row in rows if row["reportingPeriodEndingDate"] == f"{day:%m-%d-%Y}"])


def test_a_monthly_delivery_of_the_example_is_filed_cell_by_cell(tmp_path: Path) -> None:
    """The example's own delivery of one month goes all the way from its bytes to the same cells in the file."""
    [delivery] = _example().write_deliveries(tmp_path, ["2020-02"])
    con = _taken_in(delivery, tmp_path)
    folder = tmp_path / "filed"
    folder.mkdir()
    render_checked(con, FILING, folder, context_of(date(2020, 2, 29)))
    with (delivery / "loans.csv").open(encoding="utf-8", newline="") as file:
        _compare(folder / "ex102_2020-02.xml", list(csv.DictReader(file)))


# --- any tape -----------------------------------------------------------------------------------------------------

LOAN = {
    "iou_no": "0001694010 - 029137-2017-1",
    "snapshot_date": date(2026, 10, 31),
    "lender_type": "OTHER",
    "product_name": "Auto loan",
    "product_class": "F0212",
    "currency": "USD",
    "start_date": date(2016, 10, 1),
    "maturity_date": date(2022, 10, 1),
    "loan_amount": Decimal("13632.58"),
    "term_count": 73,
    "nominal_annual_pct": Decimal("21.75"),
    "rate_type": "RF01",
    "balance_amount": Decimal("4145.82"),
    "loan_status": "LS01",
}
AUTO = {
    "iou_no": LOAN["iou_no"],
    "asset_type": "CIK number-Sequential asset number",
    "asset_number": "0",
    "subvention": "0",
    "modification_type": None,
    "vehicle_model": "LIBERTY",
    "originator_name": "GM FINANCIAL",
    "paid_amount": Decimal("0"),
    "repossession_proceeds_amount": None,
    "payment_extended_count": None,
    "interest_paid_through_date": None,
    "zero_balance_month": None,
    "zero_balance_code": None,
    "is_repossessed": None,
    "payment_type": "2",
}
HAND_MADE = [
    (LOAN, AUTO),
    (
        LOAN | {"iou_no": "B", "rate_type": "RF02", "nominal_annual_pct": Decimal("0.000001"), "balance_amount": 0},
        AUTO
        | {
            "iou_no": "B",
            "asset_number": "0001694010 - 029106",
            "subvention": "1; 98",
            "modification_type": "3;1",
            "vehicle_model": "<F&G> \"150\" 'x'",
            "originator_name": "车贷 é\r\n\t]]>",
            "paid_amount": Decimal("-0.00000001"),
            "repossession_proceeds_amount": Decimal("999999999999.99999999"),
            "payment_extended_count": -2,
            "interest_paid_through_date": date(2026, 2, 3),
            "zero_balance_month": date(2026, 9, 1),
            "zero_balance_code": "4",
            "is_repossessed": True,
        },
    ),
    (LOAN | {"iou_no": "C", "maturity_date": None, "term_count": None}, AUTO | {"iou_no": "C", "vehicle_model": "  "}),
]


def make_tape(pairs: Any, **more: Any) -> Any:
    con = duckdb.connect()
    create_tape(con, loan=[loan for loan, _ in pairs], loan_us_auto=[auto for _, auto in pairs], **more)
    return con


def test_golden_file(folder: Path) -> None:
    """A small tape made by hand gives exactly the committed XML."""
    render_checked(make_tape(HAND_MADE), FILING, folder, context_of(date(2026, 10, 31)))
    assert [path.name for path in folder.iterdir()] == [path.name for path in GOLDEN.iterdir()] == ["ex102_2026-10.xml"]
    assert (folder / "ex102_2026-10.xml").read_bytes() == (GOLDEN / "ex102_2026-10.xml").read_bytes()


def test_the_example_beside_the_filing_is_the_golden_one() -> None:
    """What the folder shows as its example is what the code writes."""
    example = Path(elements.__file__).with_name("example")
    assert [path.name for path in example.iterdir()] == ["ex102_2026-10.xml"]
    assert (example / "ex102_2026-10.xml").read_bytes() == (GOLDEN / "ex102_2026-10.xml").read_bytes()


def test_the_golden_file_says_what_was_meant() -> None:
    """Read by the standard library, the committed XML has the figures, dates, lists and characters that were meant."""
    assets = StandardParser.parse(GOLDEN / "ex102_2026-10.xml").getroot().findall(f"{NS}assets")
    said = [{child.tag.removeprefix(NS): child.text for child in asset} for asset in assets]
    assert [asset["assetNumber"] for asset in said] == ["0001694010 - 029137", "0001694010 - 029106", "C"]
    assert said[0]["originalInterestRatePercentage"] == "0.2175"
    assert said[1]["originalInterestRatePercentage"] == "0.00000001"
    assert said[1]["originalInterestRateTypeCode"] == "2"
    assert said[1]["vehicleModelName"] == "<F&G> \"150\" 'x'"
    assert said[1]["originatorName"] == "车贷 é\r\n\t]]>"
    assert [child.text for child in assets[1].findall(f"{NS}subvented")] == ["1", "98"]
    assert [child.text for child in assets[1].findall(f"{NS}modificationTypeCode")] == ["3", "1"]
    assert said[1]["totalActualAmountPaid"] == "-0.00000001"
    assert said[1]["repossessedProceedsAmount"] == "999999999999.99999999"
    assert said[1]["reportingPeriodActualEndBalanceAmount"] == "0"
    assert said[1]["zeroBalanceEffectiveDate"] == "09/2026"
    assert said[1]["interestPaidThroughDate"] == "02-03-2026"
    assert said[1]["paymentExtendedNumber"] == "-2"
    assert said[1]["repossessedIndicator"] == "true"
    assert not {"vehicleModelName", "loanMaturityDate", "originalLoanTerm"} & set(said[2])


# what XML 1.0 can carry; everything else is refused
_XML = st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t\n\r", exclude_characters="\ufffe\uffff")
_EXACT = st.decimals(Decimal("-999999999999.99999999"), Decimal("999999999999.99999999"), places=8)


@st.composite
def any_asset(draw: st.DrawFn) -> dict[str, Any]:
    codes = draw(st.none() | st.lists(st.sampled_from(["0", "1", "2", "98"]), min_size=1, unique=True))
    return {
        "originator_name": draw(st.none() | st.text(_XML, max_size=50)),
        "vehicle_model": draw(st.none() | st.text(_XML, max_size=30)),
        "paid_amount": draw(st.none() | _EXACT),
        "opening_balance_amount": draw(st.none() | _EXACT),
        "subvention": None if codes is None else draw(st.sampled_from([";", "; "])).join(codes),
        "payment_extended_count": draw(st.none() | st.integers(-99, 99)),
        "delinquency_days": draw(st.none() | st.integers(-99_999_999, 99_999_999)),
        "interest_paid_through_date": draw(st.none() | st.dates(date(1000, 1, 1), date(9999, 12, 31))),
        "zero_balance_month": draw(st.none() | st.dates(date(1000, 1, 1), date(9999, 12, 31))),
        "is_repossessed": draw(st.none() | st.booleans()),
    }


@pytest.fixture(scope="module")
def shared() -> Any:
    con = duckdb.connect()
    create_tape(con)
    yield con
    con.close()


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(assets=st.lists(any_asset(), max_size=5), percent=st.decimals(0, Decimal("999999.999999"), places=6))
def test_any_tape_comes_back(
    shared: Any, tmp_path_factory: pytest.TempPathFactory, assets: Any, percent: Decimal
) -> None:
    """Whatever Unicode and numbers a tape holds, the file is valid, and another parser finds the same values in it."""
    folder = tmp_path_factory.mktemp("any")
    loans = [LOAN | {"iou_no": f"{n:03d}", "nominal_annual_pct": percent} for n in range(len(assets))]
    shared.execute("DELETE FROM tape_loan")
    shared.execute("DELETE FROM tape_loan_us_auto")
    insert_rows(shared, "tape_loan", loans)
    autos = [AUTO | {"opening_balance_amount": None, "delinquency_days": None} | asset for asset in assets]
    insert_rows(shared, "tape_loan_us_auto", [auto | {"iou_no": f"{n:03d}"} for n, auto in enumerate(autos)])
    written = render_checked(shared, FILING, folder, context_of(date(2026, 10, 31)))
    assert FILING.read_back(folder) == {file.name: (file.records, file.control_totals) for file in written}
    root = StandardParser.parse(folder / "ex102_2026-10.xml").getroot()
    for asset, xml in zip(assets, root.findall(f"{NS}assets"), strict=True):

        def text(name: str, xml: Any = xml) -> str | None:
            return xml.findtext(f"{NS}{name}")

        for field, name in (("originator_name", "originatorName"), ("vehicle_model", "vehicleModelName")):
            value = asset[field]
            assert text(name) == (value if value is not None and value.strip(" \t\r\n") else None)
        for field, name in (
            ("paid_amount", "totalActualAmountPaid"),
            ("opening_balance_amount", "reportingPeriodBeginningLoanBalanceAmount"),
        ):
            value = asset[field]
            assert text(name) == (None if value is None else f"{value.normalize() + 0:f}" if value else "0")
        assert Decimal(text("originalInterestRatePercentage") or "x") * 100 == percent
        codes = [code.text for code in xml.findall(f"{NS}subvented")]
        assert codes == [] if asset["subvention"] is None else [c.strip() for c in asset["subvention"].split(";")]
        for field, name in (
            ("payment_extended_count", "paymentExtendedNumber"),
            ("delinquency_days", "currentDelinquencyStatus"),
        ):
            assert text(name) == (None if asset[field] is None else str(asset[field]))
        day, month = asset["interest_paid_through_date"], asset["zero_balance_month"]
        assert text("interestPaidThroughDate") == (day and f"{day.month:02d}-{day.day:02d}-{day.year:04d}")
        assert text("zeroBalanceEffectiveDate") == (month and f"{month.month:02d}/{month.year:04d}")
        assert text("repossessedIndicator") == (
            None if asset["is_repossessed"] is None else str(asset["is_repossessed"]).lower()
        )


def test_an_empty_tape_is_an_empty_list(folder: Path) -> None:
    """No loans: a valid document without assets."""
    written = render_checked(make_tape([]), FILING, folder, context_of(date(2026, 10, 31)))
    assert written[0].records == 0
    assert FILING.read_back(folder)["ex102_2026-10.xml"][0] == 0


# --- refusals -----------------------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "no kind of number": ({}, {"asset_type": None}, "EX102-01R Element assetTypeNumber is there"),
    "blank kind of number": ({}, {"asset_type": " \n"}, "EX102-01R Element assetTypeNumber is there"),
    "number too long": ({}, {"asset_number": "x" * 26}, "assetNumber has at most 25"),
    "key too long": ({"iou_no": "y" * 26}, {"iou_no": "y" * 26}, "assetNumber has at most 25"),
    "number of another": ({}, {"asset_number": "A"}, "assetNumber is the number of no other asset"),
    "name too long": ({}, {"vehicle_model": "é" * 31}, "vehicleModelName has at most 30"),
    "control character": ({}, {"vehicle_model": "a\x00b"}, "vehicleModelName holds only"),
    "not a character": ({}, {"vehicle_model": "a\ufffe"}, "vehicleModelName holds only"),
    "escape": ({}, {"originator_name": "\x1b[0m"}, "originatorName holds only"),
    "code": ({}, {"payment_type": "7"}, "paymentTypeCode is in its code list"),
    "rate type": ({"rate_type": "RF03"}, {}, "originalInterestRateTypeCode is in its code list"),
    "list": ({}, {"subvention": "1;7"}, "subvented has codes of its list"),
    "list twice": ({}, {"subvention": "1; 1"}, "subvented names no code twice"),
    "twice, not beside": ({}, {"subvention": "1;0 ; 1"}, "subvented names no code twice"),
    "empty in list": ({}, {"subvention": "1;"}, "subvented has codes of its list"),
    "too many digits": ({}, {"payment_extended_count": 100}, "paymentExtendedNumber has at most 2 digits"),
    "too large": ({}, {"paid_amount": Decimal("-1000000000000")}, "totalActualAmountPaid has at most 12 digits"),
    "year": ({}, {"zero_balance_month": date(999, 1, 1)}, "zeroBalanceEffectiveDate is a date of"),
    "no auto row": ({}, {"iou_no": "Z"}, "What has auto-loan fields has a loan"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_expressed_is_refused(case: str, folder: Path) -> None:
    """A value that the schema cannot carry names its loan and element, in two languages, and nothing is written."""
    loan, auto, words = REFUSED[case]
    pairs = [
        (LOAN | {"iou_no": "A"}, AUTO | {"iou_no": "A"}),
        (LOAN | {"iou_no": "BAD"} | loan, AUTO | {"iou_no": "BAD"} | auto),
    ]
    with pytest.raises(FilingRefused, match=words) as refused:
        render_checked(make_tape(pairs), FILING, folder, context_of(date(2026, 10, 31)))
    assert any("\u4e00" <= character <= "\u9fff" for character in refused.value.what)
    named = {"key too long": "y" * 26, "number of another": "A", "no auto row": "Z"}.get(case, "BAD")
    assert f"{named} (" in refused.value.what
    assert list(folder.iterdir()) == []


# --- the reader ---------------------------------------------------------------------------------------------------


def test_the_reader_refuses_what_is_not_ex_102(folder: Path) -> None:
    """Invalid, truncated, repeated, foreign or booby-trapped documents are refused, naming the file."""
    good = (GOLDEN / "ex102_2026-10.xml").read_text(encoding="utf-8")
    path = folder / "ex102_2026-10.xml"
    path.write_text(good, encoding="utf-8", newline="")
    assert FILING.read_back(folder)[path.name][0] == 3
    declaration, body = good.split("\n", 1)
    doctype = "<!DOCTYPE assetData [<!ENTITY x 'y'>]>"
    outside = "<!DOCTYPE assetData [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>"
    number = "<assetNumber>C</assetNumber>"
    wrong = {
        "truncated": good[: len(good) // 2],
        "empty": "",
        "trailing text": good + "x",
        "unknown element": good.replace("originatorName>", "originName>"),
        "wrong order": good.replace(number, "").replace("<assetTypeNumber>", f"{number}<assetTypeNumber>", 1),
        "required left out": good.replace(number, ""),
        "not a code": good.replace("<paymentTypeCode>2<", "<paymentTypeCode>7<"),
        "not a date": good.replace("<interestPaidThroughDate>02-03-2026", "<interestPaidThroughDate>2026-02-03"),
        "nine decimals": good.replace(">-0.00000001<", ">-0.000000001<"),
        "a code twice": good.replace("<subvented>98<", "<subvented>1<"),
        "an asset twice": good.replace(number, "<assetNumber>0001694010 - 029106</assetNumber>"),
        "other namespace": good.replace("/autoloan/", "/autolease/"),
        "document type": f"{declaration}\n{doctype}\n{body}",
        "entity": f"{declaration}\n{doctype}\n{body.replace('LIBERTY', '&x;')}",
        "outside entity": f"{declaration}\n{outside}\n{body.replace('LIBERTY', '&x;')}",
    }
    for name, text in wrong.items():
        assert text != good, name
        path.write_text(text, encoding="utf-8", newline="")
        with pytest.raises(ReadBackMismatch, match=r"ex102_2026-10\.xml"):
            FILING.read_back(folder)
            pytest.fail(name)
    path.write_text(good, encoding="utf-8", newline="")
    (folder / "notes.txt").touch()
    with pytest.raises(ReadBackMismatch, match="not an EX-102 file name"):
        FILING.read_back(folder)


def test_another_time_zone_or_thread_count_changes_nothing(tmp_path: Path) -> None:
    """The same tape gives the same bytes whatever the connection's settings."""
    pairs = [(LOAN | {"iou_no": f"{n * 7919 % 61:03d}"}, AUTO | {"iou_no": f"{n * 7919 % 61:03d}"}) for n in range(60)]
    seen: list[bytes] = []
    for number in (1, 4):
        con = make_tape(pairs)
        con.execute(f"SET threads = {number}")
        con.execute(f"SET default_null_order = '{'nulls_first' if number == 1 else 'nulls_last'}'")
        folder = tmp_path / str(number)
        folder.mkdir()
        FILING.render(con, folder, context_of(date(2026, 10, 31)))
        seen.append((folder / "ex102_2026-10.xml").read_bytes())
    assert seen[0] == seen[1]
