"""One sealed package of each filing there is, small, made once; and ways to change one that keep it consistent.

Belongs here: making and changing packages. Not here: what a receiver must find (test_every_package.py).
"""

from __future__ import annotations

import hashlib
import io
import json
import runpy
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path

import duckdb

from loantape import catalog
from loantape.declare import Filing, FilingContext, Period, RenderedFile
from loantape.filing import outgoing
from loantape.filing import package as layout
from loantape.filing.sign import MinisignSigner, signature_path
from loantape.keys import Keys
from loantape.zipped import write_zip

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"
EXAMPLE: Filing = runpy.run_path(str(ROOT / "docs" / "howto" / "zz_example" / "filing.py"))["FILING"]
FILINGS: Mapping[str, Filing] = dict(catalog.filings()) | {EXAMPLE.regulator: EXAMPLE}
CODE, DAY = "91100000100003962T", "20261031"
_FORMS = {
    "20202": "002|100.00 010|60.00 011|20.00 012|10.00 013|6.00 014|4.00 015|15.00 016|10.00 017|3.00",
    "20203": "046|12345.67",
}
SUBMISSION = "demo_bank/2026-10/v1"
_PDF = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n"
PAPER = _PDF + b"xref\n0 1\ntrailer<</Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(_PDF)
SHEET = "xl/worksheets/sheet1.xml"
Members = dict[str, bytes]


def reports(submission: str = SUBMISSION) -> dict[str, bytes]:
    """The smallest reports on a submission that a receiver takes."""
    head = f"<!DOCTYPE html>\n<html><head><title>示例 {submission.split('/')[1]}</title></head>"
    page = f"{head}\n<body>{submission}</body></html>\n".encode()
    return {"report.html": page, "report.en.pdf": PAPER, "report.zh-CN.pdf": PAPER}


def write_forms(folder: Path) -> None:
    """The two statistical forms of the PBoC, written out by hand."""
    for form, items in _FORMS.items():
        head = folder / f"BI{CODE}{DAY}{form}.idx"
        data = folder / f"BJ{CODE}{DAY}{form}.dat"
        head.write_text(f"I00001|{form}|1|BWB0001|1|1|1|{CODE}", encoding="utf-8")
        data.write_text("\n".join(f"I00001|{form}{item}" for item in items.split()), encoding="utf-8")
        write_zip(head.with_suffix(".zip"), {one.name: (lambda one=one: one.open("rb")) for one in (head, data)})


def seal(regulator: str, folder: Path, keys: Keys) -> Path:
    """A package of the golden files of one regulator, signed."""
    filing, files = FILINGS[regulator], folder / f"{regulator}_files"
    files.mkdir()
    if regulator == EXAMPLE.regulator:
        (files / "products_2026-10.csv").write_text("product,loans,balance\nCash,2,15308.64\nLine,1,7654.32\n")
    else:
        for path in (GOLDEN / regulator).iterdir():
            (files / path.name).write_bytes(path.read_bytes())
    if regulator == "cn_pbc":
        write_forms(files)
    rendered = [
        RenderedFile(name, files / name, records, totals) for name, (records, totals) in filing.read_back(files).items()
    ]
    context = FilingContext("demo_bank", Period(date(2026, 10, 31)), SUBMISSION, 1, datetime(2026, 11, 5, 9, 30))
    sealed = folder / layout.package_name(filing, context)
    with duckdb.connect() as con:
        con.execute(
            "CREATE TABLE submission AS SELECT 'c0ffee' AS content_sha256, 's/1' AS schema_version,"
            " TIMESTAMP '2026-11-03 06:00:00' AS received_at, '0.1.0' AS loantape_version"
        )
        con.execute("CREATE TABLE findings (rule VARCHAR, severity VARCHAR, key VARCHAR)")
        con.execute(outgoing.MAKE_RUNS)
        for rule, counts in (filing.rule_results(files) if filing.rule_results else {}).items():
            con.execute(
                f"INSERT INTO {outgoing.RUNS} VALUES (?, 'table', 'field', 'WARNING', true, ?, ?)", [rule, *counts]
            )
        layout.write(con, filing, context, rendered, reports(), sealed)
    sign(sealed, keys)
    return sealed


def sign(package: Path, keys: Keys) -> None:
    """Sign, or sign again."""
    signature_path(package).write_bytes(MinisignSigner(keys.signing_key()).sign(package, f"file:{package.name}"))


def rebuilt(package: Path, keys: Keys, change: Callable[[Members], None]) -> None:
    """The package with changed members, sizes and hashes in the manifest to match, signed again."""
    with zipfile.ZipFile(package) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    manifest = json.loads(members["manifest.json"])
    for entry in (*manifest["files"], *manifest["companions"]):
        if entry["name"] in members:
            data = members[entry["name"]]
            entry |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    members["manifest.json"] = json.dumps(manifest, ensure_ascii=False).encode()
    write_zip(package, {name: (lambda data=data: io.BytesIO(data)) for name, data in members.items()})
    sign(package, keys)


def with_data(members: Members, name: str, data: bytes) -> None:
    """A PBoC data file with its check file and zip to match."""
    stem = name.rsplit(".", 1)[0]
    records = data.count(b"\n") + 1 if data else 0
    lines = members[f"{stem}.log"].decode().split("\n")
    lines[1:3], lines[4] = [hashlib.md5(data).hexdigest(), str(len(data))], str(records)
    members[name], members[f"{stem}.log"] = data, "\n".join(lines).encode()
    members[f"{stem}.zip"] = zipped({one: members[one] for one in (name, f"{stem}.log")})


def zipped(members: Members) -> bytes:
    """A zip as ours are."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.zip"
        write_zip(path, {name: (lambda data=data: io.BytesIO(data)) for name, data in members.items()})
        return path.read_bytes()


def edited(book: bytes, edit: Callable[[Members], None]) -> bytes:
    """A workbook with changed parts."""
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        members = {name: parts.read(name) for name in parts.namelist()}
    edit(members)
    return zipped(members)


def in_member(name: str, old: bytes, new: bytes) -> Callable[[Members], None]:
    """Replaces the first of some bytes in a member."""

    def change(members: Members) -> None:
        assert old in members[name], name
        members[name] = members[name].replace(old, new, 1)

    return change


def in_data(name: str, old: bytes, new: bytes) -> Callable[[Members], None]:
    """The same in a PBoC data file, with its check file and zip to match."""

    def change(members: Members) -> None:
        assert old in members[name]
        with_data(members, name, members[name].replace(old, new, 1))

    return change


def in_book(name: str, part: str, old: bytes, new: bytes) -> Callable[[Members], None]:
    """The same in a part of a workbook."""

    def change(members: Members) -> None:
        def edit(parts: Members) -> None:
            assert old in parts[part], parts[part][:400]
            parts[part] = parts[part].replace(old, new, 1)

        members[name] = edited(members[name], edit)

    return change
