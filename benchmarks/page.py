"""What benchmarks share: docs/benchmarks.md, one section per script, and manifests for the files they make."""

from __future__ import annotations

import hashlib
import json
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


def describe(folder: Path, lines: int) -> None:
    (file,) = folder.glob("loan.csv*")
    with file.open("rb") as reading:
        digest = hashlib.file_digest(reading, "sha256").hexdigest()
    entry = {"name": file.name, "bytes": file.stat().st_size, "sha256": digest, "lines": lines}
    manifest = {"format": "loantape-delivery/1", "lender": "bench", "period": "2026-10-31", "schema": "standard/1"}
    (folder / "manifest.json").write_text(json.dumps(manifest | {"files": [entry]}))
