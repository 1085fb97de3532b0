"""The how-to page shows what onboarding its two files really prints and drafts."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from rich.console import Console

from loantape.onboard import onboard, print_profile


@pytest.mark.parametrize(
    ("which", "lender", "jurisdiction"), [("REAL", "new_us_lender", "us"), ("EXAMPLE", "new_cn_lender", "cn")]
)
def test_the_page_shows_true_output(tools: Any, which: str, lender: str, jurisdiction: str) -> None:
    """Every line of a run on the page is a line that the run prints, in that order, and so is the drafted code."""
    page = (tools.ROOT / "docs" / "howto" / "new-lender.md").read_text(encoding="utf-8")
    path = getattr(tools, which)
    draft = onboard(path, lender, jurisdiction=jurisdiction)
    out = io.StringIO()
    print_profile(draft, Console(file=out, width=150))
    printed = iter([line.rstrip() for line in out.getvalue().splitlines()] + [f"schemas/lenders/{lender}.py"])
    command = f"$ loantape onboard {path.relative_to(tools.ROOT)} --lender {lender}"
    shown = re.search(re.escape(command) + r".*\n([^`]*)```", page)
    assert shown is not None
    for line in shown[1].splitlines():
        assert line == "…" or line in printed, line
    code = re.search(r"```python\n([^`]*)```", page[shown.end() :])
    assert code is not None
    drafted = iter([line.strip() for line in draft.module.splitlines()])
    for line in code[1].splitlines():
        assert line == "…" or line.strip() in drafted, line
