"""The documentation fails the build when it lies."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from loantape import catalog, reference

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"


@pytest.mark.parametrize("name", sorted(reference.pages()))
def test_reference_says_what_is_declared(name: str) -> None:
    """Each generated page on disk is what `make docs` would write now."""
    assert (DOCS / "reference" / name).read_text(encoding="utf-8") == reference.pages()[name], "run `make docs`"


def test_every_command_rule_limit_and_indicator_is_in_the_reference() -> None:
    """Commands, rules, limits, indicators, lenders and filings appear by name."""
    pages = reference.pages()
    for code in catalog.rules():
        assert f"| {code} |" in pages["rules.md"]
    for code in catalog.indicators():
        assert f"| {code} |" in pages["indicators.md"]
    for limit in catalog.limits():
        assert f"| {limit.name} |" in pages["limits.md"]
    for lender in catalog.lenders():
        assert f"## {lender}\n" in pages["lenders.md"]
    for regulator in catalog.filings():
        assert f"| {regulator} |" in pages["filings.md"]
    commands = ("simulate", "run", "check", "findings", "indicators", "file", "verify", "rules", "audit verify")
    for command in (
        *commands,
        "diff",
        "submissions",
        "refresh",
        "onboard",
        "line",
        "market",
        "trace",
        "waive",
        "accept-waiver",
    ):
        assert f"## loantape {command}\n" in pages["commands.md"]


def test_every_command_has_an_example() -> None:
    """`--help` of every command shows how to call it."""
    sections = reference.pages()["commands.md"].split("\n## ")[1:]
    assert sections
    for section in sections:
        assert "Example: loantape " in section, section.splitlines()[0]


def test_links_between_pages_lead_somewhere() -> None:
    """Every relative link and picture in README and docs exists."""
    for page in [ROOT / "README.md", *DOCS.rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} → {target}"


def test_readme_names_the_two_commands() -> None:
    """A newcomer finds `make demo` and `make test` in the README."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make demo" in text
    assert "make test" in text
