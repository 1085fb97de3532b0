"""Limits on the whole book, broken by the simulator: found by the rule, told by the indicator with its loans."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from loantape import catalog
from loantape.checking.engine import check
from loantape.errors import ConfigurationError
from loantape.measure import measure
from loantape.measure.tables import NO_PAST, Tables, sql, views
from loantape.progress import silent
from loantape.simulate import ARCHETYPES, simulate
from loantape.simulate.breaches import BREACHES
from tests.transforms.tapes import OCTOBER, simulated

LOANS = 300
Rows = list[dict[str, str]]
Answer = Mapping[str, tuple[Decimal, Decimal | None, set[str]]]  # member to numerator, denominator, loans


def delivered(delivery: Path, lender: str, table: str) -> Rows:
    """The rows of a delivered file, as text."""
    with (delivery / f"{table}.csv").open(encoding=ARCHETYPES[lender].encoding, newline="") as stream:
        return list(csv.DictReader(stream))


def summed(loans: Rows, member: str, amount: str) -> dict[str, tuple[Decimal, set[str]]]:
    found: dict[str, tuple[Decimal, set[str]]] = defaultdict(lambda: (Decimal(0), set()))
    for loan in loans:
        if loan[member]:
            before = found[loan[member]]
            found[loan[member]] = (before[0] + Decimal(loan[amount]), before[1] | {loan["iou_no"]})
    return dict(found)


def answer(rule: str, loans: Rows, partners: Rows, institution: Mapping[str, str]) -> Answer:
    """What the delivered files say: the members, what they come to and of what, and their loans."""
    loans = [loan for loan in loans if not loan["loan_status"].startswith("LF")]
    groups = {one["partner_agreement_no"]: one["partner_group_id"] for one in partners}
    joint = [loan | {"group": groups[loan["partner_agreement_no"]]} for loan in loans if loan["coop_mode"] == "JOINT"]
    if rule == "PTR-006":
        capital = Decimal(institution["tier1_net_amount"])
        sums = summed(joint, "group", "own_balance_amount")
        return {name: (own, capital, ious) for name, (own, ious) in sums.items()}
    if rule in ("PTR-007", "PTR-008"):
        column = "own_balance_amount" if rule == "PTR-007" else "balance_amount"
        those = joint if rule == "PTR-007" else [loan for loan in loans if loan["enhancer_type"]]
        part = sum((Decimal(loan[column]) for loan in those), Decimal(0))
        return {
            "": (part, sum((Decimal(loan[column]) for loan in loans), Decimal(0)), {one["iou_no"] for one in those})
        }
    assets = None if rule in PER_BORROWER else Decimal(institution["net_assets_amount"])
    if rule in PER_BORROWER:
        loans = [one for one in loans if one["product_class"] in PER_BORROWER[rule] and one["is_internet_loan"] == "1"]
    sums = summed(loans, "connected_group_id" if rule == "PRD-023" else "id_no", "balance_amount")
    tenth = sorted((owed for owed, _ in sums.values()), reverse=True)[:10][-1]
    # those that owe as much as the tenth are among the ten or not by their pseudonyms, which no file has
    return {name: (owed, assets, ious) for name, (owed, ious) in sums.items() if owed >= tenth}


CODES = {  # the indicator that is held against the limit
    "PTR-006": "CON-PARTNER-TIER1",
    "PTR-007": "CON-PARTNERS-TOTAL",
    "PTR-008": "CON-ENHANCED",
    "PRD-022": "CON-BORROWER-ASSETS",
    "PRD-023": "CON-BORROWER-GROUP-ASSETS",
    "PRD-020": "CON-BORROWER-INTERNET",
    "PRD-021": "CON-BORROWER-CONSUMER",
    "PRD-024": "CON-BORROWER-NETWORK-CONSUMER",
    "PRD-025": "CON-BORROWER-NETWORK-BUSINESS",
}
LINES = {  # fractions of a whole, or yuan
    "PTR-006": "0.25",
    "PTR-007": "0.5",
    "PTR-008": "0.5",
    "PRD-022": "0.1",
    "PRD-023": "0.15",
    "PRD-020": "200000",
    "PRD-021": "200000",
    "PRD-024": "200000",
    "PRD-025": "10000000",
}
PER_BORROWER = {  # caps in yuan, by the classes of loans that count
    "PRD-020": ("F0219",),
    "PRD-021": ("F0219", "F02131", "F02132", "F042"),
    "PRD-024": ("F0219", "F02131", "F02132", "F042"),
    "PRD-025": ("F022",),
}


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def loans_behind(con: duckdb.DuckDBPyConnection, code: str, member: str) -> dict[str, Decimal]:
    """The IOU numbers of the loans that add something to a member's numerator, and what they add."""
    tables = Tables()
    pieces = catalog.indicators()[code].measure(tables).behind(member)
    found: dict[str, Decimal] = {}
    with views(con, tables, NO_PAST, {}):
        for piece in pieces:
            if "loan_row" in piece.columns:
                found |= dict(
                    con.execute(
                        f"SELECT iou_no, sum(numerator) FROM ({sql(piece)}) AS rows JOIN tape_loan AS loan "
                        "ON loan.rowid = rows.loan_row WHERE numerator <> 0 GROUP BY iou_no"
                    ).fetchall()
                )
    return found


@pytest.mark.parametrize("rule", sorted(BREACHES))
def test_a_broken_limit_is_reported_with_its_loans(rule: str, con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """The rule has findings; value, headroom and loans of every member are what the delivered files say."""
    lender = BREACHES[rule].lender
    delivery = simulated(con, tmp_path, lender, LOANS, 0.0, breach=rule)
    loans, partners = delivered(delivery, lender, "loan"), delivered(delivery, lender, "partner")
    (institution,) = delivered(delivery, lender, "institution")
    expected = answer(rule, loans, partners, institution)
    known, code, line = catalog.lender(lender), CODES[rule], Decimal(LINES[rule])

    check(con, known, OCTOBER, [catalog.rules()[rule]], catalog.limits(), None, silent())
    broken = {name for name, (part, whole, _) in expected.items() if part > (1 if whole is None else whole) * line}
    assert broken
    assert con.execute("SELECT count(*) > 0 FROM findings WHERE rule = ?", [rule]).fetchall() == [(True,)]

    measure(con, known, OCTOBER, [catalog.indicators()[code]], silent())
    told = con.execute(
        "SELECT member, numerator, denominator, headroom, is_breached, limit_value FROM indicators WHERE code = ?",
        [code],
    ).fetchall()
    parts = sorted((part for part, *_ in expected.values()), reverse=True)[: 10 if rule.startswith("PRD") else None]
    assert sorted((row[1] for row in told), reverse=True) == parts
    assert {(row[2], row[5]) for row in told} == {(whole, line) for _, whole, _ in expected.values()}
    assert sum(row[4] for row in told) == min(len(broken), len(parts))
    by_loans = {frozenset(ious): part for part, _, ious in expected.values()}
    for member, numerator, denominator, headroom, is_breached, _ in told:
        assert is_breached is (headroom < 0) is (numerator > (1 if denominator is None else denominator) * line)
        behind = loans_behind(con, code, member)
        assert sum(behind.values()) == numerator
        adding = {frozenset(ious): part for ious, part in by_loans.items() if behind.keys() <= ious}
        assert numerator in adding.values()


def test_what_cannot_be_broken_is_refused(tmp_path: Path) -> None:
    """A breach of another lender's limit, or of none, names those there are; nothing is written."""
    for breach in ("PTR-006", "PTR-999"):
        with pytest.raises(ConfigurationError, match="demo_microloan cannot be made to break"):
            simulate("demo_microloan", OCTOBER, 10, tmp_path / "out", breach=breach, progress=silent())
    assert not (tmp_path / "out").exists()


def test_a_breach_is_of_a_rule_its_lender_is_held_to() -> None:
    """No breach is declared for a lender whom the rule does not bind."""
    for rule, breach in BREACHES.items():
        kinds = catalog.rules()[rule].lender_types
        assert not kinds or ARCHETYPES[breach.lender].lender_type in kinds
