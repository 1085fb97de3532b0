"""The engine on small tapes made by hand: what is a finding, where it points, why a rule did not run."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from loantape import catalog
from loantape.declare import Confidence, Lender, Period, Rule, Severity

Fill = Callable[..., None]
Run = Callable[..., Any]
Found = Callable[..., list[tuple[Any, ...]]]
American = Lender("somebody", "Somebody", "某机构", "us", "abs-ee/1", ())
BOOK = catalog.rules()


def made_rule(holds: Callable[[Any, Any], Any], on: str = "loan", field: str = "iou_no", **more: Any) -> Rule:
    """A rule as the rule book would declare it."""
    return Rule("TST-001", on, Severity.ERROR, (field,), "x", Confidence.OWN, "x", "x", ({},), ({},), holds, **more)


# --- where a finding points ---------------------------------------------------------------------------------------


def test_a_finding_names_rule_key_file_line_field_and_value(
    empty_submission: duckdb.DuckDBPyConnection, fill: Fill, run: Run, found: Found
) -> None:
    """A reviewer can go from a finding to the cell: the second row of loan.csv is its third line."""
    fill(
        empty_submission,
        "loan",
        [
            {"iou_no": "A", "balance_amount": "1.00", "loan_amount": "1.00"},
            {"iou_no": "B", "balance_amount": "1.01", "loan_amount": "1.00"},
        ],
    )
    run(empty_submission)
    everything = 'rule, severity, grain, key, file, line, field, value, "row"'
    assert found(empty_submission, "ARR-010", columns=everything) == [
        ("ARR-010", "ERROR", "loan", "B", "loan.csv", 3, "balance_amount", "1.01", 1)
    ]


def test_lines_follow_the_runs_of_accepted_rows(
    empty_submission: duckdb.DuckDBPyConnection, fill: Fill, run: Run, found: Found
) -> None:
    """Rejected lines and second files shift line numbers; a row that came from no file has neither file nor line."""
    fill(empty_submission, "loan", [{"iou_no": f"L{n}", "rate_type": "RF09"} for n in range(6)])
    empty_submission.execute("DELETE FROM accepted_runs")
    empty_submission.execute(
        "INSERT INTO accepted_runs VALUES ('loan', 'a.csv', 0, 1, 2), ('loan', 'a.csv', 2, 2, 9), "
        "('loan', 'b.csv', 3, 4, 2), ('fee', 'fee.csv', 0, 99, 2)"
    )
    run(empty_submission, [])
    lines = found(empty_submission, "FLD-002", columns="key, file, line")
    assert lines == [
        ("L0", "a.csv", 2),
        ("L1", "a.csv", 3),
        ("L2", "a.csv", 9),
        ("L3", "b.csv", 2),
        ("L4", "b.csv", 3),
        ("L5", None, None),
    ]


def test_every_failing_row_is_a_finding(empty_submission: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Findings are complete: no cap, however many there are."""
    empty_submission.execute(
        "INSERT INTO tape_loan (iou_no, is_id_no_valid) SELECT 'L' || i, FALSE FROM range(30000) AS t(i)"
    )
    run(empty_submission, [made_rule(lambda loan, limits: loan.is_id_no_valid, field="is_id_no_valid")])
    counted = empty_submission.execute("SELECT count(DISTINCT key) FROM findings WHERE rule = 'TST-001'").fetchall()
    assert counted == [(30000,)]
    ran = empty_submission.execute(
        "SELECT rows_checked, rows_failed, status FROM rule_runs WHERE rule = 'TST-001'"
    ).fetchall()
    assert ran == [(30000, 30000, "ran")]


def test_long_numbers_in_free_text_are_masked(
    empty_submission: duckdb.DuckDBPyConnection, fill: Fill, run: Run, found: Found
) -> None:
    """A phone or identity number never appears in a finding, in whatever text it was delivered."""
    fill(
        empty_submission,
        "loan",
        [
            {"iou_no": "A", "purpose_text": "电话13800000000和110105194912310021", "rate_type": "13912345678"},
            {"iou_no": "20261031000001", "loan_amount": "-1234567.00"},
        ],
    )
    empty_submission.execute("INSERT INTO unparsed VALUES ('loan', 1, 'start_date', '1380000０００1x')")
    run(empty_submission, [made_rule(lambda loan, limits: loan.purpose_text.isnull(), field="purpose_text")])
    assert found(empty_submission, "TST-001", columns="value") == [("电话138***00和110***21",)]
    assert found(empty_submission, "FLD-002", columns="value") == [("139***78",)]
    assert found(empty_submission, "READ-001", columns="value") == [("138***01x",)]
    assert found(empty_submission, "FLD-003", columns="key, value") == [("20261031000001", "-1234567.00")]
    texts = empty_submission.execute("SELECT string_agg(value, ' ') FROM findings").fetchall()[0][0]
    assert "13800000000" not in texts and "110105194912310021" not in texts


# --- fields and keys ----------------------------------------------------------------------------------------------


def test_a_value_that_does_not_parse_is_not_missing_as_well(
    empty_submission: duckdb.DuckDBPyConnection, fill: Fill, run: Run, found: Found
) -> None:
    """A required field that was delivered unreadable is READ-001; only one that was not delivered is FLD-001."""
    fill(empty_submission, "loan", [{"iou_no": "A"}, {"iou_no": "B"}])
    empty_submission.execute("INSERT INTO unparsed VALUES ('loan', 0, 'loan_amount', '12,5')")
    run(empty_submission, [])
    missing = empty_submission.execute(
        "SELECT key FROM findings WHERE rule = 'FLD-001' AND field = 'loan_amount'"
    ).fetchall()
    assert missing == [("B",)]
    assert found(empty_submission, "READ-001", columns="key, line, field, value") == [("A", 2, "loan_amount", "12,5")]


def test_presence_depends_on_the_jurisdiction(
    empty_submission: duckdb.DuckDBPyConnection, fill: Fill, run: Run
) -> None:
    """A field that only Chinese regulators demand is not missing from an American tape."""
    fill(empty_submission, "loan", [{"iou_no": "A"}])
    missing = "SELECT list(field) FROM findings WHERE rule = 'FLD-001'"
    run(empty_submission, [])
    chinese = set(empty_submission.execute(missing).fetchall()[0][0])
    run(empty_submission, [], lender=American)
    american = set(empty_submission.execute(missing).fetchall()[0][0])
    assert {"lender_uscc", "loan_amount"} <= chinese
    assert "loan_amount" in american and "lender_uscc" not in american


def test_repeated_keys_are_all_findings_and_half_keys_none(
    empty_submission: duckdb.DuckDBPyConnection, fill: Fill, run: Run, found: Found
) -> None:
    """Every row of the group is a finding; rows whose key has a null part are not each other's copies."""
    rows = [("A", 1), ("A", 2), ("A", 1), (None, 1), (None, 1), ("B", None), ("B", None)]
    fill(empty_submission, "fee", [{"iou_no": iou, "fee_item_no": item} for iou, item in rows])
    run(empty_submission, [])
    assert found(empty_submission, "FLD-005", columns="key, line, field") == [
        ("A/1", 2, "iou_no"),
        ("A/1", 4, "iou_no"),
    ]


# --- what reading found -------------------------------------------------------------------------------------------


def test_each_rejected_line_is_a_finding(empty_submission: duckdb.DuckDBPyConnection, run: Run, found: Found) -> None:
    """A run of rejected lines counts line by line, on the table that its file feeds first."""
    empty_submission.execute(
        "INSERT INTO files (file, grain, accepted_lines, rejected_lines) VALUES ('loans.csv', 'loan', 10, 3)"
    )
    empty_submission.execute(
        "INSERT INTO lines VALUES ('loans.csv', 'header', 1, 1, 0, 9, NULL, NULL), "
        "('loans.csv', 'rejected', 4, 5, 20, 40, 'field_count', NULL), ('loans.csv', 'accepted', 6, 8, 40, 90, NULL, "
        "NULL), ('loans.csv', 'rejected', 9, 9, 90, 99, 'nul', NULL)"
    )
    run(empty_submission, [])
    assert found(empty_submission, "READ-002", columns='grain, key, file, line, field, value, "row"') == [
        ("loan", "", "loans.csv", 4, "", "field_count", None),
        ("loan", "", "loans.csv", 5, "", "field_count", None),
        ("loan", "", "loans.csv", 9, "", "nul", None),
    ]
    ran = empty_submission.execute("SELECT rows_checked, rows_failed FROM rule_runs WHERE rule = 'READ-002'").fetchall()
    assert ran == [(13, 3)]


def test_a_control_total_that_disagrees_is_a_finding(
    empty_submission: duckdb.DuckDBPyConnection, run: Run, found: Found
) -> None:
    """Both figures are shown, on the table and field that were totalled."""
    empty_submission.execute(
        "INSERT INTO control_totals VALUES ('loan.csv', 'loan.balance_amount', 10.5, 10.4, FALSE, 'manifest'), "
        "('fee.csv', 'fee.fee_annual_pct', 1, 1, TRUE, 'trailer')"
    )
    run(empty_submission, [])
    assert found(empty_submission, "READ-003", columns="grain, key, file, line, field, value") == [
        ("loan", "", "loan.csv", None, "balance_amount", "10.50000000 <> 10.40000000")
    ]


# --- grains -------------------------------------------------------------------------------------------------------


def test_children_without_a_loan_are_found_with_their_own_lines(
    empty_submission: duckdb.DuckDBPyConnection, fill: Fill, run: Run, found: Found
) -> None:
    """A fee, instalment, sheet or consent of a loan that is not there; a missing number says nothing."""
    fill(empty_submission, "loan", [{"iou_no": "A"}, {"iou_no": None}])
    fill(empty_submission, "fee", [{"iou_no": "A", "fee_item_no": 1}, {"iou_no": "X", "fee_item_no": 1}])
    fill(empty_submission, "instalment", [{"iou_no": "X", "instalment_no": 3}, {"iou_no": None}])
    fill(empty_submission, "disclosure", [{"iou_no": "X", "cost_sheet_id": "S"}])
    fill(empty_submission, "consent", [{"iou_no": "A", "consent_id": "C1"}, {"iou_no": "X", "consent_id": "C2"}])
    run(empty_submission)
    assert found(empty_submission, "IDN-011", "IDN-012", "IDN-013", "IDN-014") == [
        ("IDN-011", "X/1", 3),
        ("IDN-012", "X/3", 2),
        ("IDN-013", "X/S", 2),
        ("IDN-014", "C2", 3),
    ]


def test_loans_are_compared_with_what_belongs_to_them(
    empty_submission: duckdb.DuckDBPyConnection, fill: Fill, run: Run, found: Found
) -> None:
    """Institution, partner, fees, sheet and consent of each loan: a finding where one is missing or contradicts it."""
    fill(empty_submission, "institution", [{"lender_uscc": "U1", "institution_name": "I", "lender_type": "BANK"}])
    fill(empty_submission, "partner", [{"partner_agreement_no": "P1"}, {"partner_agreement_no": "P1"}])
    good = {"lender_uscc": "U1", "partner_agreement_no": "P1", "start_date": "2026-10-01", "all_in_cost_pct": "18"}
    fill(
        empty_submission,
        "loan",
        [
            {"iou_no": "good", **good},
            {"iou_no": "stray", **good, "lender_uscc": "U2", "partner_agreement_no": "P2"},
            {"iou_no": "dear", **good, "all_in_cost_pct": "19"},
            {"iou_no": "bare", **good},
            {"iou_no": "dim", **good},
        ],
    )
    for iou in ("good", "stray", "dear", "dim"):
        fill(empty_submission, "disclosure", [{"iou_no": iou, "cost_sheet_id": "S"}])
        fill(
            empty_submission,
            "consent",
            [{"iou_no": iou, "consent_type": "GENERAL", "consented_at": "2026-10-01 23:59:59"}],
        )
        fill(
            empty_submission,
            "fee",
            [
                {"iou_no": iou, "fee_case": "NORMAL", "fee_annual_pct": "12"},
                {"iou_no": iou, "fee_case": "NORMAL", "fee_annual_pct": None if iou == "dim" else "6"},
                {"iou_no": iou, "fee_case": "DEFAULT", "fee_annual_pct": "99"},
            ],
        )
    run(empty_submission)
    assert found(empty_submission, "IDN-003", "IDN-015", "PRC-006", "DSC-001", "PRV-001") == [
        ("DSC-001", "bare", 5),
        ("IDN-003", "stray", 3),
        ("IDN-015", "stray", 3),
        ("PRC-006", "dear", 4),
        ("PRV-001", "bare", 5),
    ]


def test_the_shown_rate_is_recomputed_from_the_cash_flows(
    empty_submission: duckdb.DuckDBPyConnection, fill: Fill, run: Run, found: Found
) -> None:
    """The PBoC's own example: 12.80 is right as a simple rate and wrong as a compound one."""
    loan = {
        "net_proceeds_amount": "99000",
        "instalment_amount": "8833.3",
        "term_count": 12,
        "repay_method": "EQUAL_INSTALMENT",
        "repay_frequency": "MONTH",
        "shown_annual_rate_pct": "12.80",
    }
    fill(
        empty_submission,
        "loan",
        [{"iou_no": method, "shown_method": method, **loan} for method in ("SIMPLE", "COMPOUND")]
        + [{"iou_no": "OTHER", "shown_method": "COMPOUND", **loan, "repay_method": "BULLET"}],
    )
    run(empty_submission)
    assert found(empty_submission, "PRC-004") == [("PRC-004", "COMPOUND", 3)]


def test_a_repeated_loan_does_not_repeat_what_is_joined_to_it(
    empty_submission: duckdb.DuckDBPyConnection, fill: Fill, run: Run, found: Found
) -> None:
    """Each row is asked once: its first namesake stands for the number, and the repetition is its own finding."""
    fill(empty_submission, "loan", [{"iou_no": "A", "start_date": "2026-10-02"}, {"iou_no": "A", "start_date": None}])
    fill(empty_submission, "consent", [{"consent_id": "C", "iou_no": "A", "withdrawn_at": "2026-10-01 00:00:00"}])
    run(empty_submission)
    assert found(empty_submission, "PRV-004") == [("PRV-004", "C", 2)]
    assert found(empty_submission, "FLD-005") == [("FLD-005", "A", 2), ("FLD-005", "A", 3)]
    checked = empty_submission.execute("SELECT rows_checked FROM rule_runs WHERE rule = 'PRV-004'").fetchall()
    assert checked == [(1,)]


def test_totals_are_held_to_their_limits(
    empty_submission: duckdb.DuckDBPyConnection, fill: Fill, run: Run, found: Found
) -> None:
    """A bank's group of partners and its whole co-lending, a consumer-finance company's enhanced loans."""
    bank = {"lender_type": "BANK", "currency": "CNY", "tier1_net_amount": "400"}
    fill(empty_submission, "institution", [bank])
    partners = [("P1", "U1", "G1"), ("P2", "U2", "G1"), ("P3", "U3", None)]
    fill(
        empty_submission,
        "partner",
        [{"partner_agreement_no": a, "partner_uscc": u, "partner_group_id": g} for a, u, g in partners],
    )
    loans = [("P1", "60"), ("P2", "40.01"), ("P3", "100"), (None, "199")]
    fill(
        empty_submission,
        "loan",
        [
            {
                "iou_no": f"L{n}",
                "partner_agreement_no": agreement,
                "balance_cny": balance,
                "coop_mode": "JOINT" if agreement else "SOLE",
                "enhanced_amount": balance if agreement else None,
            }
            for n, (agreement, balance) in enumerate(loans)
        ],
    )
    run(empty_submission)
    assert found(empty_submission, "PTR-006", "PTR-007", "PTR-008", columns="rule, key, file, line, value") == [
        ("PTR-006", "G1", None, None, "100.01"),
        ("PTR-007", "", None, None, "200.01"),
    ]
    empty_submission.execute("UPDATE tape_institution SET lender_type = 'CFC'")
    run(empty_submission)
    assert found(empty_submission, "PTR-006", "PTR-007", "PTR-008", columns="rule, value") == [("PTR-008", "200.01")]


def test_a_tape_continues_the_one_before_it(
    empty_submission: duckdb.DuckDBPyConnection,
    make_submission: Callable[[str], duckdb.DuckDBPyConnection],
    fill: Fill,
    run: Run,
    found: Found,
    tmp_path: Path,
) -> None:
    """Loans that vanish, change their grant or rise are found; new, ended and revolving loans may do so."""
    before = {"start_date": "2026-01-01", "loan_amount": "100", "balance_amount": "50", "cumulative_arrears_count": 2}
    earlier = make_submission("earlier")
    fill(
        earlier,
        "loan",
        [{"iou_no": iou, **before} for iou in ("same", "moved", "grown", "revolving", "lost", "twice", "twice")]
        + [{"iou_no": "ended", **before, "balance_amount": "0"}],
    )
    fill(earlier, "loan_us_auto", [{"iou_no": "same"}])
    earlier.close()
    now = {**before, "is_revolving": False}
    fill(
        empty_submission,
        "loan",
        [
            {"iou_no": "same", **now},
            {"iou_no": "moved", **now, "start_date": "2026-01-02", "cumulative_arrears_count": 1},
            {"iou_no": "grown", **now, "loan_amount": "101", "balance_amount": "50.01"},
            {"iou_no": "revolving", **now, "is_revolving": True, "loan_amount": "200", "balance_amount": "150"},
            {"iou_no": "twice", **now},
            {"iou_no": "new", **now},
        ],
    )
    run(empty_submission, previous=tmp_path / "earlier.duckdb")
    codes = [f"MOV-00{n}" for n in range(1, 6)]
    assert found(empty_submission, *codes) == [
        ("MOV-001", "lost", None),
        ("MOV-002", "moved", 3),
        ("MOV-003", "grown", 4),
        ("MOV-004", "grown", 4),
        ("MOV-005", "moved", 3),
    ]
    with pytest.raises(duckdb.Error):  # let go of when done
        empty_submission.execute("SELECT * FROM previous.tape_loan")


def test_american_balances_roll_from_month_to_month(
    empty_submission: duckdb.DuckDBPyConnection,
    make_submission: Callable[[str], duckdb.DuckDBPyConnection],
    fill: Fill,
    run: Run,
    found: Found,
    tmp_path: Path,
) -> None:
    """Opening less what was taken off is closing, and a month opens where the one before closed; warnings all."""
    earlier = make_submission("earlier")
    fill(earlier, "loan", [{"iou_no": "A", "balance_amount": "900"}, {"iou_no": "B", "balance_amount": "900"}])
    earlier.close()
    fill(empty_submission, "loan", [{"iou_no": "A", "balance_amount": "800"}, {"iou_no": "B", "balance_amount": "1"}])
    auto = {"principal_collected_amount": "100", "asset_number": "7", "delinquency_days": 0}
    fill(
        empty_submission,
        "loan_us_auto",
        [
            {"iou_no": "A", "opening_balance_amount": "900", **auto},
            {"iou_no": "B", "opening_balance_amount": "899", "zero_balance_code": "1", **auto, "asset_number": "0"},
            {"iou_no": "C", "asset_number": "8"},
        ],
    )
    summary = run(empty_submission, lender=American, previous=tmp_path / "earlier.duckdb")
    codes = [f"USA-00{n}" for n in range(1, 6)]
    assert found(empty_submission, *codes) == [
        ("USA-001", "B", 3),
        ("USA-002", "B", 3),
        ("USA-003", "B", 3),
        ("USA-004", "B", 3),
        ("USA-005", "C", 4),
    ]
    assert summary.warnings == 5


# --- scope --------------------------------------------------------------------------------------------------------


def test_a_rule_that_does_not_apply_says_why(empty_submission: duckdb.DuckDBPyConnection, fill: Fill, run: Run) -> None:
    """Place, time, kind of lender and the lack of a previous tape are each said, and give no finding."""
    fill(empty_submission, "institution", [{"lender_type": "CFC"}])
    fill(empty_submission, "loan", [{"iou_no": "A", "days_past_due": 999, "five_class": "1"}])
    run(empty_submission, period=Period(date(2023, 6, 30)))

    def status(code: str) -> tuple[Any, ...]:
        query = "SELECT status, rows_checked, rows_failed FROM rule_runs WHERE rule = ?"
        return empty_submission.execute(query, [code]).fetchall()[0]

    assert status("USA-003") == ("out of scope", 0, 0)
    assert status("PTR-007") == ("out of scope", 0, 0)
    assert status("CLS-003") == ("not in force", 0, 0)
    assert status("MOV-001") == ("no previous period", 0, 0)
    run(empty_submission, period=Period(date(2023, 7, 1)))
    assert status("CLS-003") == ("ran", 1, 1)


def test_a_rule_ends_with_its_last_day(empty_submission: duckdb.DuckDBPyConnection, fill: Fill, run: Run) -> None:
    """``until`` is the last day in force."""
    fill(empty_submission, "loan", [{"iou_no": "A"}])
    rule = made_rule(lambda loan, limits: loan.iou_no == "B", until=date(2026, 10, 31))
    assert run(empty_submission, [rule], period=Period(date(2026, 10, 31))).errors > 0
    run(empty_submission, [rule], period=Period(date(2026, 11, 1)))
    assert empty_submission.execute("SELECT status FROM rule_runs WHERE rule = 'TST-001'").fetchall() == [
        ("not in force",)
    ]


def test_kinds_of_lender_are_the_row_s_own_on_loans(
    empty_submission: duckdb.DuckDBPyConnection, fill: Fill, run: Run, found: Found
) -> None:
    """On a grain with a kind of lender, a rule for banks looks at the banks' rows only, and counts only those."""
    kinds = ("BANK", "CFC", "BANK", None)
    fill(empty_submission, "loan", [{"iou_no": f"L{n}", "lender_type": kind} for n, kind in enumerate(kinds)])
    rule = made_rule(lambda loan, limits: loan.iou_no == "L0", lender_types=("BANK",))
    run(empty_submission, [rule])
    assert found(empty_submission, "TST-001") == [("TST-001", "L2", 4)]
    ran = empty_submission.execute("SELECT rows_checked, rows_failed FROM rule_runs WHERE rule = 'TST-001'").fetchall()
    assert ran == [(2, 1)]


# --- rules that look beyond their row -----------------------------------------------------------------------------


def test_a_rule_may_look_at_other_rows(
    empty_submission: duckdb.DuckDBPyConnection, fill: Fill, run: Run, found: Found
) -> None:
    """A window rule gives the failing rows, an aggregate rule one finding for the whole."""
    fill(
        empty_submission,
        "loan",
        [{"iou_no": iou, "contract_no": contract} for iou, contract in (("A", "1"), ("B", "1"), ("C", "2"))],
    )

    def one_loan_a_contract(loan: Any, limits: Any) -> Any:
        return loan.count().over(group_by=loan.contract_no) == 1

    run(empty_submission, [made_rule(one_loan_a_contract, field="contract_no")])
    assert found(empty_submission, "TST-001", columns="key, value, line") == [("A", "1", 2), ("B", "1", 3)]

    run(empty_submission, [made_rule(lambda loan, limits: loan.contract_no.nunique() > 2, field="contract_no")])
    assert found(empty_submission, "TST-001", columns='key, value, line, "row"') == [("", None, None, None)]
    run(empty_submission, [made_rule(lambda loan, limits: loan.contract_no.nunique() > 1, field="contract_no")])
    assert found(empty_submission, "TST-001") == []


# --- the step as a whole ------------------------------------------------------------------------------------------


def test_checking_again_changes_nothing(empty_submission: duckdb.DuckDBPyConnection, fill: Fill, run: Run) -> None:
    """The same tape gives the same findings in the same order, whatever the threads, and leaves no scratch tables."""
    fill(empty_submission, "loan", [{"iou_no": f"L{n % 7}", "loan_status": f"X{n}"} for n in range(50)])
    fill(empty_submission, "fee", [{"iou_no": f"F{n}", "fee_item_no": n} for n in range(50)])
    everything = "SELECT * FROM findings ORDER BY rowid"
    first_summary = run(empty_submission)
    first = empty_submission.execute(everything).fetchall()
    empty_submission.execute("SET threads = 1")
    assert run(empty_submission) == first_summary
    assert empty_submission.execute(everything).fetchall() == first
    assert len(first) == first_summary.errors + first_summary.warnings + first_summary.infos
    left = empty_submission.execute("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall()
    left += empty_submission.execute("SELECT view_name FROM duckdb_views() WHERE temporary AND NOT internal").fetchall()
    assert left == []


def test_every_rule_accounts_for_itself(empty_submission: duckdb.DuckDBPyConnection, fill: Fill, run: Run) -> None:
    """Each rule of the book has one run; what failed is what was found; every constraint of every field ran."""
    fill(empty_submission, "loan", [{"iou_no": f"L{n % 7}", "loan_status": f"X{n}"} for n in range(50)])
    summary = run(empty_submission)
    ran = empty_submission.execute("SELECT rule, count(*) FROM rule_runs WHERE field = '' GROUP BY rule").fetchall()
    assert {rule: count for rule, count in ran if rule in BOOK} == dict.fromkeys(BOOK, 1)
    every_code = {code for (code,) in empty_submission.execute("SELECT DISTINCT rule FROM rule_runs").fetchall()}
    assert all(catalog.sentence(code).zh for code in every_code)
    apart = empty_submission.execute(
        "SELECT r.rule, r.field, r.rows_failed, count(f.rule) FROM rule_runs AS r LEFT JOIN findings AS f "
        "ON f.rule = r.rule AND f.grain = r.grain AND (f.field = r.field OR r.field = '') "
        "GROUP BY ALL HAVING r.rows_failed <> count(f.rule)"
    ).fetchall()
    assert apart == []
    constrained = {
        (table, name)
        for table, model in catalog.tape_tables().items()
        for name, column in model.to_schema().columns.items()
        if column.checks or not column.nullable
    }
    seen = empty_submission.execute("SELECT DISTINCT grain, field FROM rule_runs WHERE rule LIKE 'FLD-%'").fetchall()
    assert constrained <= set(seen)
    counted = empty_submission.execute("SELECT count(*) FROM rule_runs WHERE status = 'ran'").fetchall()
    assert counted == [(summary.rules_run,)]
    assert empty_submission.execute("SELECT count(*) FROM rule_runs WHERE seconds < 0").fetchall() == [(0,)]


def test_the_order_of_the_rule_book_does_not_matter(
    empty_submission: duckdb.DuckDBPyConnection, fill: Fill, run: Run
) -> None:
    """Findings are stored in one order, however the rules were handed over."""
    fill(
        empty_submission,
        "loan",
        [{"iou_no": f"L{n}", "is_id_no_valid": False, "balance_amount": "1"} for n in range(9)],
    )
    book = [dataclasses.replace(rule) for rule in BOOK.values()]
    run(empty_submission, book)
    first = empty_submission.execute("SELECT * FROM findings ORDER BY rowid").fetchall()
    run(empty_submission, book[::-1])
    assert empty_submission.execute("SELECT * FROM findings ORDER BY rowid").fetchall() == first
