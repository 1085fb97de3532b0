"""Indicators that read other periods, and the limits that a value is held against."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from loantape import catalog
from loantape.declare import AT_LEAST, Confidence, Indicator, Lender, Limit, Period
from loantape.errors import DeclarationError
from loantape.limits import LimitTable
from loantape.measure import Past, measure
from loantape.progress import silent
from transforms import amount, by, grains, indicator, mart, ratio, rows

PERIOD = Period.parse("2026-10")
CN = Lender("somebody", "Somebody", "某机构", "cn", "standard/1", ())
LOANS = rows("iou_no balance_amount days_past_due", ("a", 60, 0), ("b", 30, 31), ("c", 10, 0))
BEFORE = rows("iou_no balance_amount days_past_due", ("a", 70, 0), ("b", 40, 0), ("d", 5, 91))
LAST_DECEMBER = rows("iou_no balance_amount days_past_due", ("b", 90, 0))


def _declared(body: Callable[..., Any], code: str = "TST-ONE", **further: Any) -> Indicator:
    return indicator(
        code,
        **{"unit": "money", "grain": "loan", "en": "A test.", "zh": "测试", "formula": "a test", "cites": "none"}
        | {"confidence": Confidence.OWN, "example": ({}, {})}
        | further,
    )(body)


def _told(con: Any, past: Past, *asked: Indicator) -> dict[str, dict[str, tuple[Any, ...]]]:
    measure(con, CN, PERIOD, asked, silent(), past)
    found: dict[str, dict[str, tuple[Any, ...]]] = {}
    for code, member, *rest in con.execute("SELECT code, member, value, null_reason FROM indicators").fetchall():
        found.setdefault(code, {})[member] = tuple(rest)
    return found


def _moves(loan: Any, previous_loan: Any) -> Any:
    both = loan.inner_join(previous_loan, "iou_no").select(
        loan.balance_amount,
        move=(previous_loan.days_past_due > 0).ifelse("M1", "M0") + ">" + (loan.days_past_due > 0).ifelse("M1", "M0"),
        opening=previous_loan.balance_amount,
    )
    return by(both, both.move, numerator=both.balance_amount.sum(), denominator=both.opening.sum())


def _since_december(loan: Any, opening_loan: Any) -> Any:
    return ratio(loan.balance_amount.sum(), opening_loan.balance_amount.sum())


def test_an_indicator_reads_the_period_before_and_the_last_december(
    tape: Callable[..., Any], past_of: Callable[..., Any]
) -> None:
    """``previous_loan`` and ``opening_loan`` have the tape's columns and the rows of their own submission."""
    con = tape({"loan": LOANS, "previous_loan": BEFORE, "opening_loan": LAST_DECEMBER})
    asked = [
        _declared(_moves, unit="fraction", dimension="move"),
        _declared(_since_december, "TST-TWO", unit="fraction"),
    ]
    told = _told(con, past_of(con), *asked)
    assert told == {
        "TST-ONE": {"M0>M0": (Decimal("0.8571428571"), None), "M0>M1": (Decimal("0.75"), None)},
        "TST-TWO": {"": (Decimal("1.1111111111"), None)},
    }


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (_moves, "no previous period"),
        (_since_december, "no opening period"),
        (lambda history_indicators: amount(history_indicators.value.sum()), "no history"),
    ],
)
def test_without_that_period_the_value_is_null_and_says_why(
    body: Callable[..., Any], reason: str, tape: Callable[..., Any]
) -> None:
    """One row, no number, and the reason: a first delivery is no mistake."""
    con = tape({"loan": LOANS})
    assert _told(con, Past(), _declared(body)) == {"TST-ONE": {"": (None, reason)}}


def test_a_prepared_grain_may_read_the_period_before(
    tape: Callable[..., Any], past_of: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the grain reads is read by the indicator: it lacks the same periods."""

    def gone(tables: Mapping[str, Any]) -> Any:
        return tables["previous_loan"].anti_join(tables["loan"], "iou_no").select("previous_loan_row", "balance_amount")

    monkeypatch.setattr(grains, "PREPARED", {**grains.PREPARED, "gone_for_test": gone})
    asked = Indicator(
        "TST-GONE", "money", "gone", "", "A test.", "测试", "a test", "none", Confidence.OWN, ({}, {}),
        lambda tables: amount(tables["gone_for_test"].balance_amount.sum()),
    )  # fmt: skip
    con = tape({"loan": LOANS, "previous_loan": BEFORE})
    assert _told(con, past_of(con), asked) == {"TST-GONE": {"": (5, None)}}
    con = tape({"loan": LOANS})
    assert _told(con, past_of(con), asked) == {"TST-GONE": {"": (None, "no previous period")}}


def test_history_has_earlier_periods_and_this_ones_own(tape: Callable[..., Any], past_of: Callable[..., Any]) -> None:
    """An indicator on indicators sees what earlier periods kept and what this one has just measured, by period."""
    kept = rows("period code member value", ("2026-09-30", "TST-SUM", "", 90), ("2026-08-31", "TST-SUM", "", 80))
    con = tape({"loan": LOANS, "history_indicators": kept})

    def trend(history_indicators: Any) -> Any:
        one = history_indicators.filter(history_indicators.code == "TST-SUM")
        return by(one, one.period.cast("string"), numerator=one.value.cast("decimal(38, 4)").sum())

    total = _declared(lambda loan: amount(loan.balance_amount.sum()), "TST-SUM")
    told = _told(con, past_of(con), _declared(trend, "TST-ATREND", dimension="period"), total)
    assert told["TST-ATREND"] == {"2026-08-31": (80, None), "2026-09-30": (90, None), "2026-10-31": (100, None)}


def test_a_mart_is_read_over_periods(
    tape: Callable[..., Any], past_of: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """``history_<mart>`` has the columns the mart is declared with, and a period's rows even when it is the first."""

    def balances(loan: Any) -> Any:
        return loan.group_by(late=loan.days_past_due > 0).aggregate(balance=loan.balance_amount.sum())

    declared = mart("balances", grain="late or not", en="A test.", zh="测试", cites="none")(balances)
    monkeypatch.setattr(catalog, "marts", lambda: {"balances": declared})

    def late(history_balances: Any) -> Any:
        one = history_balances.filter(history_balances.late)
        return by(one, one.period.cast("string"), numerator=one.balance.sum())

    asked = _declared(late, dimension="period")
    con = tape({"loan": LOANS})
    assert _told(con, past_of(con), asked) == {"TST-ONE": {"2026-10-31": (30, None)}}
    kept = rows("period late balance", ("2026-09-30", True, 40), ("2026-09-30", False, 75))
    con = tape({"loan": LOANS, "history_balances": kept})
    assert _told(con, past_of(con), asked) == {"TST-ONE": {"2026-09-30": (40, None), "2026-10-31": (30, None)}}


def _limit(value: str, **further: Any) -> Limit:
    dates = {"valid_from": date(2020, 1, 1)}
    return Limit("tst_fraction", Decimal(value), "fraction", "A law", Confidence.SECONDARY, **dates | further)


@pytest.mark.parametrize(
    ("bound", "limit", "held"),
    [
        ("at most", "0.3", (Decimal("0"), False)),
        ("at most", "0.25", (Decimal("-0.05"), True)),
        (AT_LEAST, "0.25", (Decimal("0.05"), False)),
        (AT_LEAST, "0.5", (Decimal("-0.2"), True)),
    ],
)
def test_a_value_is_held_against_its_limit(
    bound: str, limit: str, held: tuple[Any, ...], tape: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row carries the limit, how far the value is from it (below zero: past it), and where the limit comes from."""
    monkeypatch.setattr(catalog, "limits", lambda: LimitTable([_limit(limit)]))
    con = tape({"loan": LOANS})
    late = _declared(
        lambda loan: ratio(loan.balance_amount.sum(where=loan.days_past_due > 0), loan.balance_amount.sum()),
        unit="fraction",
        limit="tst_fraction",
        bound=bound,
    )
    measure(con, CN, PERIOD, [late], silent())
    told = con.execute(
        "SELECT limit_name, limit_value, bound, headroom, is_breached, limit_source, limit_confidence FROM indicators"
    ).fetchall()
    assert told == [("tst_fraction", Decimal(limit), bound, *held, "A law", "S")]


def test_only_the_limit_in_force_for_the_lenders_type_counts(
    tape: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit of another kind of lender or of another day is none, and without a limit nothing is said of one."""
    limits = [
        _limit("0.1", lender_types=("BANK",)),
        _limit("0.2", lender_types=("CFC",), valid_to=date(2026, 9, 30)),
        _limit("0.4", lender_types=("CFC",), valid_from=date(2026, 10, 1)),
    ]
    monkeypatch.setattr(catalog, "limits", lambda: LimitTable(limits))
    asked = _declared(lambda loan: amount(loan.balance_amount.sum()), limit="tst_fraction")
    for kind, expected in (("CFC", Decimal("0.4")), ("BANK", Decimal("0.1")), ("MICROLOAN", None)):
        con = tape({"loan": LOANS, "institution": [{"institution_name": "I", "lender_type": kind}]})
        measure(con, CN, PERIOD, [asked], silent())
        told = con.execute("SELECT limit_value, is_breached, limit_source FROM indicators").fetchall()
        assert told == [(expected, None if expected is None else True, None if expected is None else "A law")]


def test_names_that_mean_nothing_are_refused() -> None:
    """A period nobody keeps and a bound that is none are told when the module loads; a mart reads no history."""
    with pytest.raises(DeclarationError, match="next_loan"):
        _declared(lambda next_loan: next_loan)
    with pytest.raises(DeclarationError, match="bound"):
        _declared(lambda loan: loan, bound="about")
    with pytest.raises(DeclarationError, match="history_indicators"):
        mart("m", grain="g", en="A test.", zh="测试", cites="none")(lambda history_indicators: history_indicators)


def test_a_limit_is_in_the_indicators_unit() -> None:
    """The limit exists, and its name ends in what the value is counted in: a fraction is no percent."""
    endings = {"fraction": "_fraction", "percent": "_pct", "money": "_amount"}
    for one in catalog.indicators().values():
        if one.limit:
            assert catalog.limits().series(one.limit), one.code
            assert one.limit.endswith(endings.get(one.unit, "")), one.code
