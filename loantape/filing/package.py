"""The layout of a filing package: one reproducible zip that a receiver can check without us.

Belongs here: member names, the manifest, the zip's bytes. Not here: signing (sign.py) or checking (verify.py).
The regulator's files lie in the root under the regulator's names, ours beside them and never inside them.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from loantape import __version__, catalog
from loantape.declare import Filing, FilingContext, RenderedFile
from loantape.errors import FilingRefused
from loantape.filing import outgoing
from loantape.zipped import CHUNK, Source, write_zip

FORMAT = "loantape-package/2"
MANIFEST = "manifest.json"
FINDINGS = "findings-summary.csv"
REPORTS = ("report.html", "report.en.pdf", "report.zh-CN.pdf")
COMPANIONS = {  # in each form of a package; what was sealed in an older one stays verifiable
    "loantape-package/1": (FINDINGS, "report.html"),
    FORMAT: (FINDINGS, *REPORTS),
}


def package_name(filing: Filing, context: FilingContext) -> str:
    """``<regulator>_<lender>_<period>_<sequence>.zip``."""
    return f"{filing.regulator}_{context.lender}_{context.period}_{context.sequence}.zip"


def write(
    con: Any,
    filing: Filing,
    context: FilingContext,
    rendered: Sequence[RenderedFile],
    reports: Mapping[str, bytes],
    target: Path,
) -> None:
    """Write the zip: manifest first, findings summary, the files of ``REPORTS``, then the regulator's files by name.

    Same inputs, same bytes. Raises FilingRefused when a regulator's file would have the name of one of ours.
    """
    clash = {file.name for file in rendered} & {MANIFEST, FINDINGS, *REPORTS}
    if clash:
        raise FilingRefused(f"a regulator's file is called {sorted(clash)}", "rename it in the regulator's template")
    companions = {FINDINGS: _findings_summary(con).encode(), **{name: reports[name] for name in REPORTS}}
    files = sorted(rendered, key=lambda file: file.name)
    manifest = manifest_of(con, filing, context, files, companions)
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    members: dict[str, Source] = {MANIFEST: lambda: io.BytesIO(text.encode())}
    for name, data in companions.items():
        members[name] = lambda data=data: io.BytesIO(data)  # type: ignore[misc]
    for file in files:
        members[file.name] = lambda path=file.path: path.open("rb")  # type: ignore[misc]
    write_zip(target, members)


def manifest_of(
    con: Any,
    filing: Filing,
    context: FilingContext,
    files: Sequence[RenderedFile],
    companions: Mapping[str, bytes],
) -> dict[str, Any]:
    """What the package holds and what it was made from. Totals are decimal strings; times as the caller stated them."""
    submission = con.execute("SELECT content_sha256, schema_version, loantape_version FROM submission").fetchone()
    return {
        "format": FORMAT,
        "regulator": filing.regulator,
        "code": filing.code,
        "title": {"en": filing.en, "zh": filing.zh},
        "lender": context.lender,
        "period": context.period.date.isoformat(),
        "sequence": context.sequence,
        "created_at": context.created_at.isoformat(timespec="seconds"),
        "submission": {
            "name": context.submission,
            "content_sha256": submission[0],
            "schema": submission[1],
            "read_by": submission[2],
        },
        "previous": context.previous and {"name": context.previous, "content_sha256": context.previous_sha256},
        "rule_book": catalog.book_version(),
        "code_version": __version__,
        "files": [
            {
                "name": file.name,
                "bytes": file.path.stat().st_size,
                "sha256": sha256(lambda path=file.path: path.open("rb")),  # type: ignore[misc]
                "records": file.records,
                "control_totals": {name: plain(value) for name, value in sorted(file.control_totals.items())},
            }
            for file in files
        ],
        "companions": [
            {"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in companions.items()
        ],
        "format_rules": outgoing.runs(con),
    }


def plain(value: Decimal) -> str:
    """A decimal without exponent and without trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def sha256(source: Source) -> str:
    """The hash of what ``source`` opens, read in pieces."""
    with source() as file:
        digest = hashlib.sha256()
        while piece := file.read(CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def _findings_summary(con: Any) -> str:
    """Rule, severity, count: how many findings the submission had when it was filed."""
    rows = con.execute(
        "SELECT rule, severity, count(*) FROM findings GROUP BY rule, severity ORDER BY rule, severity"
    ).fetchall()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("rule", "severity", "count"))
    writer.writerows(rows)
    return text.getvalue()
