"""The second opinions and the worked examples notice an indicator that was changed in one place.

This is a sample; ``python -m tests.transforms.trials`` tries every indicator, grain and mart and lists what survives.
"""

from __future__ import annotations

import os

import pytest

from loantape import catalog
from tests.transforms.trials import try_all

SAMPLE = (
    "BAL-TOTAL", "DLQ-30P", "DLQ-NPL", "DLQ-COVERAGE", "CON-PRODUCT", "CMP-OPEN", "COL-NIGHT", "PRC-RATE",
)  # fmt: skip
BY_PRODUCT = tuple(code for code in catalog.indicators() if code.startswith("DLQ-VINTAGE-") and "-PRODUCT" in code)


@pytest.mark.parametrize("code", SAMPLE)
def test_a_changed_indicator_is_noticed(code: str) -> None:
    """Every mutant of these gives other figures on a book or in the worked example; none survives."""
    outcome = try_all(code, few=True)
    assert outcome.tried >= 4
    assert not outcome.survivors, "\n".join(map(str, outcome.survivors))


@pytest.mark.skipif(not os.environ.get("LOANTAPE_LONG"), reason="LOANTAPE_LONG=1 runs it")
@pytest.mark.parametrize("code", BY_PRODUCT)
def test_products_put_together_are_noticed(code: str) -> None:
    """Figures by product whose products were put together are told apart."""
    outcome = try_all(code, "not grouped by product", few=True)
    assert outcome.tried
    assert not outcome.survivors, "\n".join(map(str, outcome.survivors))
