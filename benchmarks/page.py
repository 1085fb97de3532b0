"""docs/benchmarks.md: one section per benchmark, each written by its own script and by nothing else."""

from __future__ import annotations

import os
import platform
import re
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "benchmarks.md"


def write_section(name: str, text: str, page: Path = PAGE) -> None:
    """Replace the section ``name`` of the page, or put it at the end."""
    old = page.read_text(encoding="utf-8") if page.exists() else "# Benchmarks\n\nWritten by `make bench`.\n"
    begin, end = f"<!-- {name} begins -->", f"<!-- {name} ends -->"
    section = f"{begin}\n{text.strip()}\n{end}\n"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end) + "\n", re.DOTALL)
    new = pattern.sub(lambda _: section, old) if pattern.search(old) else f"{old.rstrip()}\n\n{section}"
    page.write_text(new, encoding="utf-8")


def machine() -> str:
    """What it ran on, and when."""
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {time.strftime('%Y-%m-%d')}"
    )
