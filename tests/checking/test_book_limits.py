"""Limits over many loans, on tapes made by hand: what is lent with a partner, and what one borrower owes in all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import duckdb
import pytest

from loantape.checking.engine import CheckSummary

Fill = Callable[[duckdb.DuckDBPyConnection, str, Sequence[Mapping[str, Any]]], None]
Run = Callable[..., CheckSummary]
Found = Callable[..., list[tuple[object, ...]]]


def institution(kind: str, **more: str) -> dict[str, str]:
    return {"lender_type": kind, "currency": "CNY", "institution_name": "示例", "snapshot_date": "2026-10-31"} | more


def test_a_banks_own_part_counts_with_a_partner(
    empty_submission: duckdb.DuckDBPyConnection, fill: Fill, run: Run, found: Found
) -> None:
    """Of a co-lent loan the bank's own part counts, in yuan; loans made offline or by referral do not."""
    fill(empty_submission, "institution", [institution("BANK", tier1_net_amount="400")])
    partners = [("P1", "G1"), ("P2", "G1"), ("P3", "G2")]
    fill(
        empty_submission,
        "partner",
        [{"partner_agreement_no": a, "partner_uscc": a, "partner_group_id": g} for a, g in partners],
    )
    joint = {"coop_mode": "JOINT", "currency": "CNY", "is_internet_loan": True}
    loans = [
        joint | {"partner_agreement_no": "P1", "balance_cny": "100", "own_balance_amount": "60"},
        joint | {"partner_agreement_no": "P2", "balance_cny": "80", "own_balance_amount": "40"},
        joint | {"partner_agreement_no": "P3", "balance_cny": "300", "own_balance_amount": "100.01"},
        joint | {"partner_agreement_no": "P1", "balance_cny": "500", "is_internet_loan": False},
        {"coop_mode": "REFERRAL", "partner_agreement_no": "P1", "currency": "CNY", "balance_cny": "900"},
    ]
    fill(empty_submission, "loan", [{"iou_no": f"L{n}", **loan} for n, loan in enumerate(loans)])
    run(empty_submission)
    assert found(empty_submission, "PTR-006", columns="rule, key, value") == [("PTR-006", "G2", "100.01")]
    assert found(empty_submission, "PTR-007") == []
    foreign = {"currency": "USD", "partner_share_fraction": "0.3", "balance_cny": "200"}
    fill(empty_submission, "loan", [{"iou_no": "L9", **joint, **foreign, "partner_agreement_no": "P2"}])
    run(empty_submission)
    assert found(empty_submission, "PTR-006", columns="key, value") == [("G1", "240.00"), ("G2", "100.01")]


def test_a_borrowers_loans_are_added_up(
    empty_submission: duckdb.DuckDBPyConnection, fill: Fill, run: Run, found: Found
) -> None:
    """Consumer loans of one borrower above the cap are findings; those of others and business loans are not added."""
    fill(empty_submission, "institution", [institution("CFC")])
    consumer = {"product_class": "F0219", "is_internet_loan": True}
    loans = [
        ("A", "150000", consumer), ("A", "50000.01", consumer), ("A", "1", {"product_class": "F022"}),
        ("B", "100000", consumer), ("B", "100000", consumer),
        ("C", "200000.01", consumer), ("D", "200000", consumer), (None, "200000.01", {"product_class": "F022"}),
    ]  # fmt: skip
    fill(
        empty_submission,
        "loan",
        [
            {"iou_no": f"L{n}", "lender_type": "CFC", "borrower_pid": p, "balance_cny": b, **more}
            for n, (p, b, more) in enumerate(loans)
        ],
    )
    run(empty_submission)
    for code in ("PRD-020", "PRD-021"):
        # a loan of another class is beside the loans that are too much together, and says so with them
        assert found(empty_submission, code, columns="key") == [("L0",), ("L1",), ("L2",), ("L5",)]


@pytest.mark.parametrize(
    ("assets", "expected"),
    [("1000", ["PRD-022", "PRD-022"]), ("1010", []), ("500", ["PRD-022"] * 4 + ["PRD-023"] * 3)],
)
def test_small_loan_companies_lend_within_net_assets(
    assets: str,
    expected: list[str],
    empty_submission: duckdb.DuckDBPyConnection,
    fill: Fill,
    run: Run,
    found: Found,
) -> None:
    """A borrower's loans stay within a tenth of net assets, those of a connected group within fifteen hundredths."""
    fill(empty_submission, "institution", [institution("MICRO", net_assets_amount=assets)])
    loans = [("A", "50.50", None), ("A", "50.50", None), ("B", "60", "G1"), ("C", "51", "G1"), ("D", "1", "G1")]
    fill(
        empty_submission,
        "loan",
        [
            {
                "iou_no": f"L{n}",
                "lender_type": "MICRO",
                "borrower_pid": p,
                "balance_cny": b,
                "connected_group_id": g,
            }
            for n, (p, b, g) in enumerate(loans)
        ],
    )
    run(empty_submission)
    assert [rule for rule, _, _ in found(empty_submission, "PRD-022", "PRD-023")] == expected


def test_network_small_loans_are_capped_by_household(
    empty_submission: duckdb.DuckDBPyConnection, fill: Fill, run: Run, found: Found
) -> None:
    """Consumption and business have caps of their own over all network loans of one borrower."""
    fill(empty_submission, "institution", [institution("MICRO", net_assets_amount="100000000000")])
    online = {"is_internet_loan": True, "lender_type": "MICRO"}
    loans = [
        ("A", "150000", "F0219"), ("A", "50000.01", "F0219"),
        ("B", "9999999.99", "F022"), ("B", "0.01", "F022"),
        ("C", "5000000", "F022"), ("C", "5000000.01", "F022"),
    ]  # fmt: skip
    fill(
        empty_submission,
        "loan",
        [
            {"iou_no": f"L{n}", "borrower_pid": p, "balance_cny": b, "product_class": kind, **online}
            for n, (p, b, kind) in enumerate(loans)
        ],
    )
    run(empty_submission)
    assert found(empty_submission, "PRD-024", "PRD-025", columns="rule, key") == [
        ("PRD-024", "L0"), ("PRD-024", "L1"), ("PRD-025", "L4"), ("PRD-025", "L5"),
    ]  # fmt: skip
