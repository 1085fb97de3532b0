"""What `loantape indicators` prints: limits that are broken are seen first, and only they are called broken."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest

from loantape.export_indicators import write_indicators
from loantape.measure.values import COLUMNS

WITHIN, BEYOND = Decimal("0.49"), Decimal("0.61")


def printed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *values: Decimal) -> str:
    """The indicators of a submission that has the partners' share with these values, each held against a half."""
    monkeypatch.setenv("COLUMNS", "200")
    rows = [
        {
            "code": "CON-PARTNERS-TOTAL", "dimension": "", "member": "", "value": value, "unit": "fraction",
            "numerator": value, "denominator": Decimal(1), "rows": 3, "null_reason": None, "limit_name": "a limit",
            "limit_value": Decimal("0.5"), "bound": "at most", "headroom": Decimal("0.5") - value,
            "is_breached": value > Decimal("0.5"), "limit_source": "a source", "limit_confidence": "P",
        }
        for value in values
    ]  # fmt: skip
    with duckdb.connect() as con:
        con.register("told", pa.Table.from_pylist(rows, schema=COLUMNS))
        con.execute("CREATE TABLE indicators AS SELECT * FROM told")
        write_indicators(con, "somebody/2026-10/v1", (), False)
    return capsys.readouterr().out


def test_broken_limits_come_first(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The first table has the broken limit and no other; the one of the topic has both."""
    first, _, rest = printed(capsys, monkeypatch, WITHIN, BEYOND).partition("CON: ")
    assert "limits broken 超限: 1 of 2" in first
    assert "61.00%" in first and "49.00%" not in first
    assert "61.00%" in rest and "49.00%" in rest and rest.count("BREACHED 超限") == 1


def test_that_none_is_broken_is_said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a broken limit there is no table of them, and the number held against one is told."""
    first, _, _ = printed(capsys, monkeypatch, WITHIN).partition("CON: ")
    assert "1 values are held against limits, none is beyond: 均未超限" in first
    assert "BREACHED" not in first
