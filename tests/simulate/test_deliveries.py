"""Simulated deliveries: the same arguments, the same bytes; one period alone or in a series; what the files hold."""

from __future__ import annotations

import csv
import hashlib
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from loantape import catalog
from loantape.declare import Period
from loantape.errors import ConfigurationError
from loantape.progress import silent
from loantape.simulate import ARCHETYPES, simulate

OCTOBER = Period.parse("2026-10")
LENDERS = sorted(ARCHETYPES)
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def content(folder: Path) -> dict[str, bytes]:
    """File name to bytes of a delivery, its answer key included."""
    files = [*folder.iterdir(), folder.with_name(folder.name + ".answers.csv")]
    return {path.name: path.read_bytes() for path in files}


def rows(folder: Path, table: str, lender: str) -> list[dict[str, str]]:
    text = (folder / f"{table}.csv").read_bytes().decode(ARCHETYPES[lender].encoding)
    return list(csv.DictReader(text.splitlines()))


@pytest.mark.parametrize("lender", LENDERS)
def test_same_arguments_same_bytes(lender: str, tmp_path: Path) -> None:
    """Two runs give the same bytes, whatever the block size; another seed gives others."""
    (one,) = simulate(lender, OCTOBER, 700, tmp_path / "a", errors=0.05, progress=silent())
    (two,) = simulate(lender, OCTOBER, 700, tmp_path / "b", errors=0.05, progress=silent(), block=93)
    (other,) = simulate(lender, OCTOBER, 700, tmp_path / "c", errors=0.05, seed=2, progress=silent())
    assert content(one) == content(two)
    assert content(one)["loan.csv"] != content(other)["loan.csv"]


@pytest.mark.parametrize("errors", [0.0, 0.05])
def test_a_period_alone_is_what_it_is_in_a_series(errors: float, tmp_path: Path) -> None:
    """A period's delivery is the same bytes alone and as the last of three months."""
    (alone,) = simulate("demo_colending", OCTOBER, 800, tmp_path / "a", errors=errors, progress=silent())
    series = simulate("demo_colending", OCTOBER, 800, tmp_path / "b", errors=errors, months=3, progress=silent())
    assert [folder.name[-7:] for folder in series] == ["2026-08", "2026-09", "2026-10"]
    files = {path.name: path.read_bytes() for path in alone.iterdir()}
    assert files == {path.name: path.read_bytes() for path in series[-1].iterdir()}


def test_a_smaller_book_is_the_beginning_of_a_larger_one(tmp_path: Path) -> None:
    """A slot's loan does not depend on how many slots there are."""
    (small,) = simulate("demo_cashloan", OCTOBER, 50, tmp_path / "a", progress=silent())
    (large,) = simulate("demo_cashloan", OCTOBER, 90, tmp_path / "b", progress=silent())
    for table in ("loan", "fee", "consent", "instalment"):
        assert (large / f"{table}.csv").read_bytes().startswith((small / f"{table}.csv").read_bytes())


@pytest.mark.parametrize("lender", LENDERS)
def test_the_manifest_describes_the_bytes(lender: str, tmp_path: Path) -> None:
    """Sizes, hashes, line counts and control totals are those of the delivered files, planted errors included."""
    (folder,) = simulate(lender, OCTOBER, 600, tmp_path, errors=0.1, progress=silent())
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["format"] == "loantape-delivery/1"
    assert (manifest["lender"], manifest["period"], manifest["schema"]) == (lender, "2026-10-31", "standard/1")
    assert {file["name"] for file in manifest["files"]} | {"manifest.json"} == {p.name for p in folder.iterdir()}
    for file in manifest["files"]:
        data = (folder / file["name"]).read_bytes()
        assert file["bytes"] == len(data)
        assert file["sha256"] == hashlib.sha256(data).hexdigest()
        assert file["lines"] == data.count(b"\n")
        assert data.endswith(b"\n")
    totals = next(file for file in manifest["files"] if file["name"] == "loan.csv")["control_totals"]
    whole = [row for row in rows(folder, "loan", lender) if row["iou_no"] is not None]
    for name in ("balance_amount", "loan_amount"):
        assert Decimal(totals[f"loan.{name}"]) == sum(Decimal(row[name]) for row in whole)


@pytest.mark.parametrize("lender", LENDERS)
def test_columns_are_those_of_the_tape(lender: str, tmp_path: Path) -> None:
    """Headers are the tape models' delivered fields in order; the loan file ends with the identity columns."""
    (folder,) = simulate(lender, OCTOBER, 5, tmp_path, progress=silent())
    models = catalog.tape_tables()
    for table in (
        "institution",
        "loan",
        "fee",
        "instalment",
        "disclosure",
        "consent",
        "contact",
        "complaint",
        "partner",
    ):
        columns = models[table].to_schema().columns
        expected = [name for name, column in columns.items() if not column.metadata["loantape"].derived]
        expected += ["id_no", "phone", "name"] if table == "loan" else []
        header = (folder / f"{table}.csv").read_bytes().split(b"\n")[0].decode("ascii")
        assert header.split(",") == expected


def uscc_is_valid(code: str) -> bool:
    """GB 32100-2015: the weighted sum of all eighteen characters, weights 3**i mod 31 and 1 last, divides by 31."""
    weights = [pow(3, place, 31) for place in range(17)] + [1]
    return len(code) == 18 and sum(USCC_ALPHABET.index(c) * w for c, w in zip(code, weights, strict=True)) % 31 == 0


def id_is_valid(number: str) -> bool:
    """GB 11643-1999: ISO 7064 MOD 11-2 over eighteen characters, X is ten."""
    value = 0
    for character in number:
        value = (value * 2 + (10 if character == "X" else int(character))) % 11
    return len(number) == 18 and value == 1


@pytest.mark.parametrize("lender", LENDERS)
def test_check_characters_are_valid(lender: str, tmp_path: Path) -> None:
    """Every clean code and identity number passes an independent check, and agrees with the row it stands in."""
    (folder,) = simulate(lender, OCTOBER, 400, tmp_path, progress=silent())
    loans = rows(folder, "loan", lender)
    codes = {row["lender_uscc"] for row in loans} | {row["collector_uscc"] for row in rows(folder, "fee", lender)}
    codes |= {row["partner_uscc"] for row in rows(folder, "partner", lender)}
    assert all(uscc_is_valid(code) for code in codes)
    for row in loans:
        assert id_is_valid(row["id_no"])
        assert row["id_no"][:6] == row["borrower_region"]
        assert row["id_no"][6:10] == row["birth_year"]
        assert row["phone"].startswith("199")
        assert len(row["phone"]) == 11


def test_books_differ_in_what_their_archetypes_say(tmp_path: Path) -> None:
    """Each lender lends as its archetype does: revolving, co-lent, enhanced, referred, encoded in GB18030."""
    books = {}
    for lender in LENDERS:
        (folder,) = simulate(lender, OCTOBER, 400, tmp_path, progress=silent())
        books[lender] = rows(folder, "loan", lender)
    assert all(len(book) == 400 for book in books.values())
    assert any(row["is_revolving"] == "1" for row in books["demo_paylater"])
    joint = [row for row in books["demo_colending"] if row["coop_mode"] == "JOINT"]
    assert joint
    assert all(Decimal(row["partner_share_fraction"]) >= Decimal("0.3") for row in joint)
    assert any(row["enhancer_type"] == "GUARANTOR" for row in books["demo_consumer_finance"])
    assert {row["coop_mode"] for row in books["demo_platform"]} == {"REFERRAL"}
    with pytest.raises(UnicodeDecodeError):
        (tmp_path / "demo_microloan_2026-10" / "loan.csv").read_text(encoding="utf-8")


def test_far_years_are_written_whole(tmp_path: Path) -> None:
    """The last month-end that can be asked for has dates in form, and none before its loans began."""
    (folder,) = simulate("demo_microloan", Period.parse("2045-01"), 300, tmp_path, progress=silent())
    for row in rows(folder, "consent", "demo_microloan"):
        assert date(2023, 1, 1) < date.fromisoformat(row["auth_from"]) < date.fromisoformat(row["auth_to"])


def test_a_rerun_leaves_the_delivery_and_another_is_refused(tmp_path: Path) -> None:
    """The same delivery in place is left alone; a different one or a foreign folder is never overwritten."""
    (folder,) = simulate("demo_platform", OCTOBER, 30, tmp_path, progress=silent())
    before = content(folder)
    simulate("demo_platform", OCTOBER, 30, tmp_path, progress=silent())
    with pytest.raises(ConfigurationError, match="different delivery"):
        simulate("demo_platform", OCTOBER, 31, tmp_path, progress=silent())
    assert content(folder) == before
    foreign = tmp_path / "demo_cashloan_2026-10"
    foreign.mkdir()
    (foreign / "notes.txt").write_text("mine")
    with pytest.raises(ConfigurationError, match="not a delivery"):
        simulate("demo_cashloan", OCTOBER, 30, tmp_path, progress=silent())
    assert [path.name for path in foreign.iterdir()] == ["notes.txt"]
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"lender": "demo_bank"}, "demo_paylater"),
        ({"loans": 0}, "at least one loan"),
        ({"errors": 0.3}, "0.2"),
        ({"errors": -0.1}, "0.2"),
        ({"errors": float("nan")}, "0.2"),
        ({"months": 0}, "at least one month"),
        ({"period": Period.parse("2026-10-15")}, "month-ends"),
        ({"period": Period.parse("2024-12")}, "2025-01"),
        ({"period": Period.parse("2025-02"), "months": 3}, "2025-01"),
    ],
)
def test_impossible_requests_are_refused(arguments: dict[str, object], says: str, tmp_path: Path) -> None:
    """What cannot be simulated is refused with what to ask instead, and nothing is written."""
    asked: dict[str, object] = {"lender": "demo_cashloan", "period": OCTOBER, "loans": 10, "out": tmp_path / "out"}
    with pytest.raises(ConfigurationError) as refused:
        simulate(**(asked | arguments), progress=silent())  # type: ignore[arg-type]
    assert says in str(refused.value)
    assert not (tmp_path / "out").exists()
