"""Numbers whose tail is that of a binary fraction: accepted where a lender declares it, and nowhere else."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from loantape.declare import Column, Number
from loantape.intake.parse import parse_cells
from loantape.intake.plan import Target, compile_plan


def read(text: str, form: Number) -> Decimal | None:
    column = Column("rate", "loan.nominal_annual_pct", form)
    plan = compile_plan([Target("nominal_annual_pct", "DECIMAL(12,6)", column, 0)])
    return parse_cells([pa.array([text])], plan).values.column(0)[0].as_py()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.07400000000000001", "7.4"),
        ("0.07399999999999999", "7.4"),
        ("-0.07400000000000001", "-7.4"),
        ("0.074", "7.4"),
        ("0.00000001", "0.000001"),
    ],
)
def test_a_declared_tail_is_read_as_the_value_it_means(text: str, value: str) -> None:
    """The tail of a binary fraction does not change the value."""
    assert read(text, Number(12, 8, times=100, noise=18)) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    [
        "0.074000001",  # a ninth decimal that means something
        "0.074000000001",  # just at the bound: 1e-12 away
        "0.0740000000000000000001",  # more decimals than were declared
        "7.4e-2",
        "0.07400000000000001 ",
        "inf",
    ],
)
def test_anything_else_still_does_not_parse(text: str) -> None:
    """A digit that means something beyond the declared decimals is a finding, not a rounding."""
    assert read(text, Number(12, 8, times=100, noise=18)) is None


def test_without_a_declaration_no_tail_is_read() -> None:
    """By default a tail does not parse."""
    assert read("0.07400000000000001", Number(12, 8, times=100)) is None
