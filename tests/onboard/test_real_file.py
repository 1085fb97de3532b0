"""The real tape, onboarded as if unknown, comes out nearly as it was declared by hand."""

from __future__ import annotations

from typing import Any

import pytest

from loantape.declare import Column, Day, Lender, Number
from loantape.onboard import Draft, onboard
from schemas.lenders.americredit import LENDER


@pytest.fixture(scope="module")
def real(tools: Any) -> Draft:
    return onboard(tools.REAL, "strange", jurisdiction="us")


@pytest.fixture(scope="module")
def drafted(real: Draft) -> Lender:
    names: dict[str, Any] = {}
    exec(compile(real.module, "strange.py", "exec"), names)
    lender = names["LENDER"]
    assert isinstance(lender, Lender)
    return lender


def by_place(lender: Lender) -> dict[tuple[str, str], Column]:
    """Columns by header and table; the deal's name, which this file does not carry, left out."""
    (layout,) = lender.files
    columns = {(column.header, (column.to or "").split(".")[0]): column for column in layout.columns}
    columns.pop(("dataset_name", "loan_us_auto"), None)
    return columns


def test_the_file_is_seen_as_it_is(real: Draft) -> None:
    """All 1,479 rows of 73 columns, UTF-8 with commas and a header, no line left out."""
    facts = real.facts
    assert (facts["rows"], facts["lines_left_out"], len(real.profile)) == (1479, 0, 73)
    assert (facts["encoding"], facts["delimiter"], facts["header"], facts["whole_file"]) == ("utf-8", ",", True, True)


def test_the_draft_agrees_with_the_hand(drafted: Lender) -> None:
    """Of 77 declarations by hand, 75 have their field, 69 their form and 75 their words for empty; none is added."""
    hand, draft = by_place(LENDER), by_place(drafted)
    assert len(hand) == 77 and set(draft) <= set(hand)
    both = [(hand[place], draft[place]) for place in hand if place in draft]
    assert sum(mine.to == its.to for mine, its in both) == 75
    assert sum(mine.form == its.form for mine, its in both) == 69
    assert sum(mine.empty == its.empty for mine, its in both) == 75


def test_what_the_hand_knew_better(drafted: Lender) -> None:
    """Missing are the two code lists that are no list of the tape; other forms are joined codes and allowed noise."""
    hand, draft = by_place(LENDER), by_place(drafted)
    assert set(hand) - set(draft) == {("originalInterestRateTypeCode", "loan"), ("zeroBalanceCode", "loan")}
    differing = {place[0]: draft[place].form for place in draft if hand[place].form != draft[place].form}
    assert {name for name, form in differing.items() if form == Number(28, 8, noise=18)} == {
        "reportingPeriodInterestRatePercentage",
        "nextInterestRatePercentage",
        "scheduledInterestAmount",
        "scheduledPrincipalAmount",
    }
    assert set(differing) - {name for name, form in differing.items() if form == Number(28, 8, noise=18)} == {
        "subvented",
        "modificationTypeCode",
    }


def test_scars_are_doubts(real: Draft) -> None:
    """Fractions for percent, binary fractions and columns without a value are doubted by name; days leave no choice
    where one column of the file shows the order."""
    said = {(doubt.column, doubt.en) for doubt in real.doubts}
    assert ("originalInterestRatePercentage", "all values lie between 0 and 1: taken for fractions, times 100") in said
    assert any(column == "scheduledInterestAmount" and "noise" in text for column, text in said)
    assert sum("empty throughout" in text for _, text in said) == 6
    assert any(column == "reportingPeriodBeginningDate" and "%d-%m-%Y" in text for column, text in said)
    missing = next(text for _, text in said if text.startswith("required and not delivered"))
    assert "loan.currency" in missing and "loan.rate_type" in missing and "loan.iou_no" not in missing


def test_columns_without_values_are_written_like_the_others(drafted: Lender) -> None:
    """Days and months that never occur take the form that the file's other days and months have."""
    draft = by_place(drafted)
    assert draft["DemandResolutionDate", "loan_us_auto"].form == Day("%m-%d-%Y")
    assert draft["mostRecentServicingTransferReceivedDate", "loan_us_auto"].form == Day("%m/%Y")
