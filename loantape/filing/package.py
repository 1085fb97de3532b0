"""The layout of a filing package: one reproducible zip that a receiver can check without us.

Belongs here: member names, the manifest, the zip's bytes. Not here: signing (sign.py) or checking (verify.py).
The regulator's files lie in the root under the regulator's names, ours beside them and never inside them.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from loantape import __version__, catalog
from loantape.declare import Filing, FilingContext, Period, RenderedFile
from loantape.filing import outgoing, waived
from loantape.filing.amendment import Amendment, Sealed, refuse_clash
from loantape.filing.manifest import MANIFEST
from loantape.zipped import Digests, Source, digests_of, opening, write_zip

Also = Callable[[bytes], object] | None
FORMAT = "loantape-package/3"
WITHDRAWAL = "loantape-withdrawal/1"
FINDINGS = "findings-summary.csv"
REPORTS = ("report.html", "report.en.pdf", "report.zh-CN.pdf")
NOTICE = "withdrawal.txt"
COMPANIONS = {  # in each form of a package; what was sealed in an older one stays verifiable
    "loantape-package/1": (FINDINGS, "report.html"),
    "loantape-package/2": (FINDINGS, *REPORTS),
    FORMAT: (FINDINGS, *REPORTS),  # and, in an amendment, the files of its differences
    WITHDRAWAL: (NOTICE,),
}


@dataclass(frozen=True, kw_only=True)
class ReadBack(RenderedFile):
    """A regulator's file that agreed when it was read back, and its digests, taken meanwhile of what is on the disk."""

    digests: Digests


def package_name(filing: Filing, context: FilingContext) -> str:
    """The name of the package of a filing."""
    return name_of(filing.regulator, context.lender, context.period, context.sequence)


def name_of(regulator: str, lender: str, period: Period, sequence: int) -> str:
    """``<regulator>_<lender>_<period>_<sequence>.zip``."""
    return f"{regulator}_{lender}_{period}_{sequence}.zip"


def companions_of(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """The files of ours that a package of this manifest has, in their order. Raises KeyError for an unknown form."""
    amendment = manifest.get("amendment") or {}
    return *COMPANIONS[manifest["format"]], *(one["file"] for one in amendment.get("differences", ()))


def write(
    con: Any,
    filing: Filing,
    context: FilingContext,
    rendered: Sequence[RenderedFile],
    reports: Mapping[str, bytes],
    target: Path,
    amendment: Amendment | None = None,
    also: Also = None,
) -> None:
    """Write the zip: manifest first, findings summary, the files of ``REPORTS``, what an amendment changes, and then
    the regulator's files by name. ``also`` is given the zip's bytes while they are written.

    Same inputs, same bytes. Raises FilingRefused when a regulator's file would have the name of one of ours.
    """
    refuse_clash(amendment, rendered, {MANIFEST, FINDINGS, *REPORTS})
    companions = {FINDINGS: _held(_findings_summary(con).encode()), **{name: _held(reports[name]) for name in REPORTS}}
    companions |= {path.name: opening(path) for path in (amendment.files if amendment else ())}
    files = sorted(rendered, key=lambda file: file.name)
    members = companions | {file.name: opening(file.path) for file in files}
    taken = {file.name: file.digests for file in files if isinstance(file, ReadBack)}
    known = taken | digests_of({name: source for name, source in members.items() if name not in taken})
    _write(manifest_of(con, filing, context, files, known, amendment), members, known, target, also)


def write_withdrawal(
    filing: Filing, context: FilingContext, reason: str, withdrawn: Sealed, target: Path, also: Also = None
) -> None:
    """Write the zip of a withdrawal: its manifest, and a notice that a person can read. Same inputs, same bytes.

    ``also`` is given those bytes while they are written.
    """
    before = withdrawn.manifest()
    notice = (
        f"Withdrawal of {withdrawn.name}\n撤回报送 {withdrawn.name}\n\n"
        f"package 报送包: {withdrawn.package.name}\nsha256: {withdrawn.sha256}\n"
        f"lender 机构: {context.lender}\nperiod 报告期: {context.period.date.isoformat()}\n"
        f"regulator 监管报送: {filing.regulator} ({filing.code})\nreason 原因: {reason}\n\n"
        "From this withdrawal on, no filing of this lender and period is in force.\n"
        "自本撤回起，该机构该报告期没有生效的报送。\n"
    )
    members = {NOTICE: _held(notice.encode())}
    known = digests_of(members)
    manifest = _head(WITHDRAWAL, filing, context) | {
        "withdraws": withdrawn.stated(),
        "reason": reason,
        "submission": before["submission"],
        "code_version": __version__,
        "code_sha256": catalog.code_version(),
        "files": [],
        "companions": [_entry(name, one) for name, one in known.items()],
    }
    _write(manifest, members, known, target, also)


def _write(
    manifest: Mapping[str, Any],
    members: Mapping[str, Source],
    known: Mapping[str, Digests],
    target: Path,
    also: Also,
) -> None:
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    write_zip(target, {MANIFEST: _held(text.encode()), **members}, also, known)


def manifest_of(
    con: Any,
    filing: Filing,
    context: FilingContext,
    files: Sequence[RenderedFile],
    known: Mapping[str, Digests],
    amendment: Amendment | None = None,
) -> dict[str, Any]:
    """What the package holds and what it was made from. Totals are decimal strings; times as the caller stated them.

    ``known`` are the digests of every member but the manifest itself.
    """
    regulators = {file.name for file in files}
    submission = con.execute(
        "SELECT content_sha256, schema_version, loantape_version, received_at FROM submission"
    ).fetchone()
    return _head(FORMAT, filing, context) | {
        "amendment": amendment and amendment.stated(),
        "submission": {
            "name": context.submission,
            "content_sha256": submission[0],
            "schema": submission[1],
            "read_by": submission[2],
            "received_at": submission[3].isoformat(timespec="seconds"),  # the report says it
        },
        "previous": context.previous and {"name": context.previous, "content_sha256": context.previous_sha256},
        "earlier": [{"name": name, "content_sha256": content} for name, content in context.earlier],
        "year": {at: {"name": name, "content_sha256": content} for at, (name, content) in context.year.items()},
        "waivers": waived.stated(context.waivers),
        "rule_book": catalog.book_version(),
        "code_version": __version__,
        "code_sha256": catalog.code_version(),
        "files": [
            _entry(file.name, known[file.name])
            | {
                "records": file.records,
                "control_totals": {name: plain(value) for name, value in sorted(file.control_totals.items())},
            }
            for file in files
        ],
        "companions": [_entry(name, one) for name, one in known.items() if name not in regulators],
        "format_rules": outgoing.runs(con),
    }


def _head(form: str, filing: Filing, context: FilingContext) -> dict[str, Any]:
    return {
        "format": form,
        "regulator": filing.regulator,
        "code": filing.code,
        "title": {"en": filing.en, "zh": filing.zh},
        "lender": context.lender,
        "period": context.period.date.isoformat(),
        "sequence": context.sequence,
        "created_at": context.created_at.isoformat(timespec="seconds"),
    }


def _entry(name: str, known: Digests) -> dict[str, Any]:
    return {"name": name, "bytes": known.size, "sha256": known.sha256}


def _held(data: bytes) -> Source:
    return lambda: io.BytesIO(data)


def plain(value: Decimal) -> str:
    """A decimal without exponent and without trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


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
