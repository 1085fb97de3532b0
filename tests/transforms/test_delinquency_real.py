"""Delinquency and losses of real US auto loans, recomputed with nothing but the csv module from the filed lines."""

from __future__ import annotations

import csv
import importlib.util
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from loantape import catalog
from loantape.intake.delivery import open_delivery, receive
from loantape.intake.reading import read
from loantape.keys import Keys
from loantape.progress import silent
from tests.transforms.months import Months

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "americredit"
PERIODS = ("2020-01-31", "2020-02-29", "2020-03-31")
EXITS = {"1": "settled", "2": "transferred", "3": "transferred", "4": "written_off", "5": "transferred"}
Line = Mapping[str, str]


def _deliveries() -> Any:
    spec = importlib.util.spec_from_file_location("americredit_for_delinquency", EXAMPLE / "deliveries.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Mapping[str, Any]]]:
    """Figures by period: each month read as the product reads it and measured with the one before."""
    scratch = tmp_path_factory.mktemp("americredit")
    figures = {}
    with duckdb.connect() as con:
        months = Months(con, catalog.lender("americredit"))
        for folder in _deliveries().write_deliveries(scratch, PERIODS):
            delivery = open_delivery(folder)
            target = scratch / f"{folder.name}.received"
            target.mkdir()
            receive(delivery, months.lender, target, silent())
            period = delivery.manifest.period
            keys, vault, now = Keys(scratch / "keys"), scratch / f"{folder.name}.vault", datetime(2026, 1, 1)
            with duckdb.connect(str(scratch / f"{folder.name}.duckdb")) as alone:
                read(alone, target / "original", months.lender, period, 1, now, keys, vault, silent())
            con.execute(f"ATTACH '{scratch / f'{folder.name}.duckdb'}' AS {months.catalog(period)}")
            con.execute(f"USE {months.catalog(period)}")
            months.periods.append(period)
            months.measure()
            figures[str(period.date)] = months.figures()
        yield figures


@pytest.fixture(scope="module")
def lines() -> Mapping[str, list[Line]]:
    """The filed lines by period, untouched."""
    found: dict[str, list[Line]] = defaultdict(list)
    with (EXAMPLE / "americredit_abs_ee_loan_months.csv").open(encoding="utf-8", newline="") as stream:
        for line in csv.DictReader(stream):
            month, day, year = line["reportingPeriodEndingDate"].split("-")
            found[f"{year}-{month}-{day}"].append(line)
    return found


def _number(text: str) -> Decimal | None:
    return None if text in ("", "-") else Decimal(text)


def _add(lines: list[Line], column: str) -> Decimal:
    return sum((_number(line[column]) or Decimal(0) for line in lines), Decimal(0))


def _open(lines: list[Line]) -> list[Line]:
    return [line for line in lines if line["zeroBalanceCode"] in ("", "-")]


def _days(line: Line) -> int:
    """Days past due; none told is below every line."""
    told = _number(line["currentDelinquencyStatus"])
    return -1 if told is None else int(told)


def _bucket(line: Line) -> str:
    days = _days(line)
    if days < 0:
        return "unknown"
    if days == 0:
        return "0"
    if days >= 120:
        return "120+"
    return {0: "1-29", 1: "30-59", 2: "60-89", 3: "90-119"}[days // 30]


def _close(value: Any, expected: Decimal) -> bool:
    return bool(value == expected.quantize(Decimal("0.0000000001"), ROUND_HALF_UP))


@pytest.mark.parametrize("period", PERIODS)
def test_delinquency_is_that_of_the_filed_lines(
    period: str, measured: dict[str, Mapping[str, Any]], lines: Mapping[str, list[Line]]
) -> None:
    """Balances and loans by days, and each share late, are those anyone adds up from the filing."""
    book, found = _open(lines[period]), measured[period]
    total = _add(book, "reportingPeriodActualEndBalanceAmount")
    assert found["BAL-LOANS"][""][0] == len(book) > 20
    assert found["BAL-TOTAL"][""][0] == total
    for bucket, figures in found["DLQ-US-BUCKET"].items():
        here = [line for line in book if _bucket(line) == bucket]
        assert figures[0] == _add(here, "reportingPeriodActualEndBalanceAmount"), bucket
        assert found["DLQ-US-BUCKET-LOANS"][bucket][0] == len(here), bucket
    for least in (30, 60, 90):
        late = [line for line in book if _days(line) >= least]
        assert _close(found[f"DLQ-US-{least}P"][""][3], _add(late, "reportingPeriodActualEndBalanceAmount") / total)
        assert _close(found[f"DLQ-US-{least}P-LOANS"][""][3], Decimal(len(late)) / len(book))
    overdue = [line for line in book if _days(line) > 0]
    assert len(overdue) > 5
    assert _close(found["DLQ-1P"][""][3], _add(overdue, "reportingPeriodActualEndBalanceAmount") / total)


@pytest.mark.parametrize("period", PERIODS)
def test_losses_are_those_of_the_filed_lines(
    period: str, measured: dict[str, Mapping[str, Any]], lines: Mapping[str, list[Line]]
) -> None:
    """Charged off, recovered and the net loss are sums over every line of the month, loans closed in it included."""
    month, found = lines[period], measured[period]
    charged_off, recovered = _add(month, "chargedoffPrincipalAmount"), _add(month, "recoveredAmount")
    opening = _add(month, "reportingPeriodBeginningLoanBalanceAmount")
    assert found["DLQ-US-CHARGED-OFF"][""][0] == charged_off
    assert found["DLQ-US-RECOVERED"][""][0] == recovered
    assert charged_off + recovered > 0
    assert _close(found["DLQ-US-NET-LOSS"][""][3], (charged_off - recovered) / opening)


@pytest.mark.parametrize(("before", "period"), [PERIODS[:2], PERIODS[1:]])
def test_moves_are_those_of_the_filed_lines(
    before: str, period: str, measured: dict[str, Mapping[str, Any]], lines: Mapping[str, list[Line]]
) -> None:
    """Where each loan of the month before is now: one count per pair of states, exits by their filed reason."""
    now = {line["loan_key"]: line for line in lines[period]}
    moves: Counter[str] = Counter()
    amounts: Counter[str] = Counter()
    cured: Counter[str] = Counter()
    for line in _open(lines[before]):
        later = now.get(line["loan_key"])
        state = "vanished" if later is None else EXITS.get(later["zeroBalanceCode"]) or _bucket(later)
        moves[f"{_bucket(line)}>{state}"] += 1
        amounts[f"{_bucket(line)}>{state}"] += Decimal(line["reportingPeriodActualEndBalanceAmount"])
        cured[_bucket(line)] += state == "0"
    found = measured[period]
    assert {m: cell[0] for m, cell in found["DLQ-US-ROLL-LOANS"].items() if cell[0]} == dict(moves)
    assert {m: cell[0] for m, cell in found["DLQ-US-ROLL"].items() if cell[0]} == dict(amounts)
    assert len(moves) > 4
    for bucket, figures in found["DLQ-US-CURE-LOANS"].items():
        assert figures[0] == cured[bucket], bucket


def test_without_the_year_end_there_is_no_year_to_date(measured: dict[str, Mapping[str, Any]]) -> None:
    """December was not delivered: matrices since the year end say so, and the first month has nothing before it."""
    for period in PERIODS:
        assert measured[period]["DLQ-US-ROLL-YTD"] == {"": (None, None, 0, None, "no opening period")}
    assert measured[PERIODS[0]]["DLQ-US-ROLL"] == {"": (None, None, 0, None, "no previous period")}
