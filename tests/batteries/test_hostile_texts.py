"""Hostile texts in a delivery, a reason and a receipt: texts on the screen, and in files they come back as texts."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest

from loantape import catalog, pipeline
from loantape.declare import Period
from loantape.filing import package as layout
from loantape.inert import in_json, inert, visible
from loantape.progress import silent
from loantape.simulate import simulate
from tests.filing.life import AT, Screen, cli, open_workspace, resent, take_in

CN = "demo_colending/2026-10"
# What the tape takes: every one is a text that may be filed.
TEXTS = (
    "<script>alert(1)</script>", "=HYPERLINK(\"http://127.0.0.1:1\")", "[red]a[/blue] :smile:", "a\u202etxt.exe",
    "＋cmd|' /C calc'!A0", "a\u2066b\u2069",
)  # fmt: skip
# What it refuses, and shows in findings: to move the cursor, to name the window, to ring, to turn the text around.
REFUSED = ("a\x1b[2Jb", "\x1b]0;owned\x07", "a\x9b31mred", "a\x07b", "=1+1\x1b[31m")
REASON = "<script>alert(1)</script> [red]=1+1[/blue] :smile:"
# Sequences of colours, which the console itself writes; everything else that a screen would obey
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_OBEYED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A period filed, corrected with texts that may be filed, amended; and delivered once more with those that not."""
    folder = tmp_path_factory.mktemp("hostile")
    first = simulate("demo_colending", Period.parse("2026-10"), 6, folder / "first", seed=3, progress=silent())[0]
    second = resent(first, folder / "second", "loan.csv", {(n, "purpose_text"): one for n, one in enumerate(TEXTS)})
    third = resent(second, folder / "third", "loan.csv", {(n, "purpose_text"): one for n, one in enumerate(REFUSED)})
    manifest = json.loads((third / "manifest.json").read_text("utf-8"))
    (third / "manifest.json").write_text(json.dumps(manifest | {"sequence": 3}), "utf-8")
    ws = take_in(folder / "store", [first])
    with pytest.MonkeyPatch.context() as patched:
        reports = {name: name.encode() for name in layout.REPORTS}
        patched.setattr(catalog, "report_builder", lambda: lambda *_: reports)
        pipeline.file(ws, CN, "cn_nfra_east", AT)
        pipeline.run(ws, [second], AT)
        pipeline.file(ws, CN, "cn_nfra_east", AT, reason=REASON)
    pipeline.run(ws, [third], AT)
    return folder / "store"


def run(store: Path, *words: object, screen: bool = True) -> str:
    """What a command says on a screen, or else to a program."""
    out = Screen() if screen else io.StringIO()
    return cli(*words, "--store", store, "--keys", store.with_name("keys"), out=out)[1]


def seen(said: str) -> str:
    """What is on the screen, once it is sure that nothing but colours was obeyed."""
    plain = _COLOUR.sub("", said).replace("\r\n", "\n")
    assert not _OBEYED.findall(plain), plain
    return plain


def squeezed(text: str) -> str:
    """Without what a table puts between the parts of a text."""
    return re.sub(r"[\s│┃]", "", text)


def test_nothing_on_a_screen_is_obeyed(store: Path) -> None:
    """Every command that shows delivered texts, as a table, as JSON or as CSV: each text is there, written out."""
    v2, v3 = f"{CN}/v2", f"{CN}/v3"
    for words, texts in (
        (("findings", v3), REFUSED),
        (("findings", v3, "--format", "json"), REFUSED),
        (("explain", v3, "--rule", "READ-001"), REFUSED),
        (("diff", f"{CN}/v1", v2, "--rows", "99"), TEXTS),
    ):
        said = seen(run(store, *words))
        for text in texts:
            as_json = in_json(json.dumps(text, ensure_ascii=False)).strip('"')
            as_csv = visible(inert(text)).replace('"', '""')
            assert any(squeezed(one) in squeezed(said) for one in (visible(text), as_json, as_csv)), (words, text)
    for number, text in enumerate(REFUSED, 2):
        for raw in ((), ("--raw",)):
            assert visible(text) in seen(run(store, "line", v3, "loan.csv", number, *raw))
    assert REFUSED[0] in run(store, "line", v3, "loan.csv", 2, "--raw", screen=False), "to a program, to the letter"
    for words in (("submissions",), ("filings", "--json"), ("indicators", CN)):
        seen(run(store, *words))
    assert squeezed(REASON) in squeezed(seen(run(store, "filings")))


def differences(store: Path, table: str) -> list[dict[str, str]]:
    """What the package says that the amendment changed in a table."""
    with zipfile.ZipFile(next(store.rglob("*_2.zip"))) as archive:
        text = archive.read(f"difference-{table}.csv").decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_trace_shows_texts_as_they_are(store: Path) -> None:
    """From a filed cell that turns itself around to the delivered line: both are spelled out."""
    text = TEXTS[3]
    (cell,) = (one for one in differences(store, "XDHTB") if one["new"] == text)
    where = ("--table", "XDHTB", "--row", cell["new_record"], "--column", cell["column"].split()[0])
    said = seen(run(store, "trace", next(store.rglob("*_2.zip")), *where))
    assert said.count(visible(text)) >= 2 and "loan.csv, line" in said


def test_exported_findings_hold_texts(store: Path, tmp_path: Path) -> None:
    """CSV, JSON and Parquet give each text back; a workbook too, but for what no workbook can hold; none computes."""
    files = {form: tmp_path / f"out.{form}" for form in ("csv", "json", "parquet", "xlsx")}
    for form, file in files.items():
        run(store, "findings", f"{CN}/v3", "--format", form, "--out", file)
    found: dict[str, list[Any]] = {
        "csv": csv_of(files["csv"], "value"),
        "json": [row["value"] for row in json.loads(files["json"].read_text("utf-8"))],
        "parquet": pq.read_table(files["parquet"]).column("value").to_pylist(),
    }
    for text in REFUSED:
        assert inert(text) in found["csv"] and text in found["json"] and text in found["parquet"], text
    assert set(map(visible, REFUSED)) <= set(map(visible, cells_of(files["xlsx"])))


def test_exported_differences_hold_texts(store: Path, tmp_path: Path) -> None:
    """As CSV and as a workbook, from the first version to the second."""
    for form in ("csv", "xlsx"):
        run(store, "diff", f"{CN}/v1", f"{CN}/v2", "--format", form, "--out", tmp_path / f"out.{form}")
    assert {inert(text) for text in TEXTS} <= set(csv_of(tmp_path / "out.csv", "new"))
    assert set(TEXTS) <= cells_of(tmp_path / "out.xlsx")


def csv_of(file: Path, column: str) -> list[str]:
    return [row[column] for row in csv.DictReader(io.StringIO(file.read_bytes().decode(), newline=""))]


def cells_of(file: Path) -> set[str]:
    """The cells of a workbook, none of which computes or leads anywhere."""
    cells = [cell for row in openpyxl.load_workbook(file).active.iter_rows() for cell in row]  # type: ignore[union-attr]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink]
    return {str(cell.value) for cell in cells}


def test_the_difference_and_the_reason_in_a_package_are_texts(store: Path) -> None:
    """The file of differences gives each text back and starts no formula; the manifest gives back the reason."""
    with zipfile.ZipFile(next(store.rglob("*_2.zip"))) as archive:
        assert json.loads(archive.read("manifest.json"))["amendment"]["reason"] == REASON
    new = {row["new"] for table in ("XDHTB", "GRXDYWJJB") for row in differences(store, table)}
    assert {inert(text) for text in TEXTS} <= new
    assert not [one for one in new if one.startswith(("=", "＋", "@"))]


def test_a_receipt_is_shown_as_a_text(store: Path, tmp_path: Path) -> None:
    """Its messages, and the name of its file, whatever they hold; one with characters of control is no receipt."""
    said = {"format": "loantape-receipt/1", "regulator": "cn_nfra_east", "reference": "[red]r[/blue]"}
    said |= {"package": "=x.zip", "package_sha256": "9" * 64, "status": "accepted"}
    said |= {"received_at": "2026-11-06T10:00:00+08:00"}
    for number, (text, outcome) in enumerate(((REASON, "names no package"), ("a\x1b[31m", "not in the form"))):
        file = tmp_path / f"r{number}\x1b[31m\u202e.json"
        messages = [{"code": "[/red]", "text": text}]
        file.write_text(json.dumps(said | {"messages": messages}), "utf-8")
        shown = seen(run(store, "receipt", file, "--regulator", "cn_nfra_east"))
        assert outcome in shown and r"\x1b[31m\u202e.json" in shown
        assert (f"[/red] {REASON}" in shown) == (not number)
    assert {one.detail for one in open_workspace(store).workflow.receipts()} >= {f"[/red] {REASON}"}
