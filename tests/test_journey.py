"""The journey as a user walks it: the installed command, real files, exit codes."""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

LOANS = 400
ROOT = Path(__file__).resolve().parent.parent


def real_deliveries(out: Path, periods: Sequence[str]) -> list[Path]:
    """Deliveries of the real tape, made by the script beside the data."""
    spec = importlib.util.spec_from_file_location("deliveries", ROOT / "examples" / "americredit" / "deliveries.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return list(module.write_deliveries(out, periods))


def loantape(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command line as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "loantape.cli", *(str(one) for one in arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two months of a bank with co-lending, clean, and of a small-loan company, with planted errors."""
    place = tmp_path_factory.mktemp("journey")
    for lender, errors in (("demo_colending", 0), ("demo_microloan", 0.05)):
        done = loantape(
            *("simulate", "--lender", lender, "--period", "2026-10", "--loans", LOANS),
            *("--out", "deliveries", "--months", 2, "--errors", errors, "--seed", 7),
            cwd=place,
        )
        assert done.returncode == 0, done.stderr
    return place


def answers(path: Path) -> Counter[tuple[str, ...]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return Counter((r["rule"], r["grain"], r["key"], r["file"], r["line"]) for r in csv.DictReader(lines))


def reported(findings: Sequence[dict[str, object]]) -> Counter[tuple[str, ...]]:
    names = ("rule", "grain", "key", "file", "line")
    return Counter(tuple("" if f[name] is None else str(f[name]) for name in names) for f in findings)


def test_check_reports_the_answer_key_and_nothing_else(place: Path) -> None:
    """Every planted error is found, at its line, and there is no other finding."""
    done = loantape(
        *("check", "deliveries/demo_microloan_2026-10", "--previous", "deliveries/demo_microloan_2026-09", "--json"),
        cwd=place,
    )
    assert done.returncode == 1, done.stderr
    expected = answers(place / "deliveries" / "demo_microloan_2026-10.answers.csv")
    assert len(expected) > 10
    assert reported(json.loads(done.stdout)["findings"]) == expected


def test_a_clean_delivery_is_clean(place: Path) -> None:
    """Exit code 0 and no finding of any severity."""
    done = loantape(
        *("check", "deliveries/demo_colending_2026-10", "--previous", "deliveries/demo_colending_2026-09", "--json"),
        cwd=place,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["findings"] == []


def test_a_finding_says_all_a_reviewer_needs(place: Path) -> None:
    """Each finding has rule, severity, place, field, sentence in both languages and citation."""
    done = loantape("check", "deliveries/demo_microloan_2026-09", "--json", cwd=place)
    for finding in json.loads(done.stdout)["findings"]:
        assert finding["rule"]
        assert finding["severity"] in ("ERROR", "WARNING", "INFO")
        assert finding["message_en"]
        assert any("一" <= character <= "鿿" for character in finding["message_zh"])
        assert finding["cites"]


@pytest.fixture(scope="module")
def filed(place: Path) -> Path:
    """A sealed CLGRDK package made by ``run`` and ``file``."""
    done = loantape(
        *("run", "deliveries/demo_colending_2026-09", "deliveries/demo_colending_2026-10", "--store", "store"),
        cwd=place,
    )
    assert done.returncode == 0, done.stderr
    done = loantape("file", "demo_colending/2026-10", "--store", "store", "--regulator", "cn_pbc", cwd=place)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


def test_verify_accepts_a_package_and_rejects_any_changed_byte(place: Path, filed: Path) -> None:
    """The receiver's command says yes to what was sealed and no, in words, to anything else."""
    key = place / "store.keys" / "signing.pub"
    done = loantape("verify", filed, "--public-key", key, cwd=place)
    assert done.returncode == 0, done.stderr
    good = filed.read_bytes()
    for position in range(0, len(good), max(1, len(good) // 12)):
        copy = place / "tampered"
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        bad = copy / filed.name
        bad.write_bytes(good[:position] + bytes([good[position] ^ 1]) + good[position + 1 :])
        shutil.copy(filed.with_name(filed.name + ".minisig"), copy)
        done = loantape("verify", bad, "--public-key", key, cwd=place)
        assert done.returncode == 1, f"byte {position}: {done.stdout}"
        assert "next:" in done.stderr


def test_filing_again_changes_nothing(place: Path, filed: Path) -> None:
    """A second ``file`` of the same submission gives the same package, untouched."""
    before = filed.stat()
    done = loantape("file", "demo_colending/2026-10", "--store", "store", "--regulator", "cn_pbc", cwd=place)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()) == filed
    assert filed.stat().st_mtime_ns == before.st_mtime_ns


def test_open_errors_block_a_filing(place: Path) -> None:
    """A submission with ERROR findings, or of a lender outside the regulator's scope, is refused in words."""
    done = loantape("run", "deliveries/demo_microloan_2026-09", "--store", "blocked", cwd=place)
    assert done.returncode == 1, done.stderr
    done = loantape("file", "demo_microloan/2026-09", "--store", "blocked", "--regulator", "cn_pbc", cwd=place)
    assert done.returncode == 1
    assert "FilingRefused" in done.stderr
    assert "next:" in done.stderr
    assert not list((place / "blocked" / "filings").rglob("*.zip"))


def test_real_tape_becomes_a_valid_us_filing(place: Path) -> None:
    """A month of the real auto-loan tape goes all the way to a sealed EX-102 package."""
    (delivery,) = real_deliveries(place / "real", ["2020-03"])
    done = loantape("run", delivery, "--store", "us", cwd=place)
    assert done.returncode == 0, done.stdout + done.stderr
    done = loantape("file", "americredit/2020-03", "--store", "us", "--regulator", "us_sec", cwd=place)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(done.stdout.strip()) as package:
        assert any(name.endswith(".xml") for name in package.namelist())
    done = loantape("verify", done.stdout.strip(), "--public-key", place / "us.keys" / "signing.pub", cwd=place)
    assert done.returncode == 0, done.stderr


def spoil_hash(folder: Path) -> str:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"][0]["sha256"] = "0" * 64
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return manifest["files"][0]["name"]


def spoil_count(folder: Path) -> str:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"][1]["lines"] += 1
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return manifest["files"][1]["name"]


def spoil_lender(folder: Path) -> str:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["lender"] = "nobody"
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return "nobody"


def spoil_manifest(folder: Path) -> str:
    (folder / "manifest.json").write_text("{not json", encoding="utf-8")
    return "manifest.json"


def remove_file(folder: Path) -> str:
    (folder / "fee.csv").unlink()
    return "fee.csv"


def add_file(folder: Path) -> str:
    (folder / "surprise.csv").write_text("a\n", encoding="utf-8")
    return "surprise.csv"


SPOILERS = (spoil_hash, spoil_count, spoil_lender, spoil_manifest, remove_file, add_file)


@pytest.mark.parametrize("spoil", SPOILERS, ids=lambda spoil: spoil.__name__)
def test_a_bad_delivery_is_a_clear_error_and_leaves_the_store_alone(place: Path, tmp_path: Path, spoil) -> None:  # type: ignore[no-untyped-def]
    """Exit code 2, the file's name and the next step; nothing appears in the store."""
    folder = tmp_path / "bad"
    shutil.copytree(place / "deliveries" / "demo_colending_2026-10", folder)
    named = spoil(folder)
    done = loantape("run", folder, "--store", "store", cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert named in done.stderr
    assert "next:" in done.stderr
    assert "Traceback" not in done.stderr
    assert not [path for path in (tmp_path / "store" / "submissions").rglob("*") if path.is_file()]


def test_what_is_no_delivery_is_told_before_anything_is_taken(place: Path, tmp_path: Path) -> None:
    """An answer key among deliveries is named, with the way out; the deliveries before it are not taken either."""
    first, key, *_ = sorted((place / "deliveries").glob("demo_colending_*"))
    assert first.is_dir()
    done = loantape("run", first, key, "--store", "store", cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert f"{key.name} is not a delivery" in done.stderr
    assert "dir/*/" in done.stderr
    assert not [path for path in (tmp_path / "store" / "submissions").rglob("*") if path.is_file()]


def test_a_zip_that_climbs_out_is_refused(tmp_path: Path) -> None:
    """A member called ../x stops the delivery before a byte is written."""
    bad = tmp_path / "climb.zip"
    with zipfile.ZipFile(bad, "w") as archive:
        archive.writestr("manifest.json", "{}")
        archive.writestr("../outside.csv", "a\n")
    done = loantape("run", bad, "--store", "store", cwd=tmp_path)
    assert done.returncode == 2
    assert "../outside.csv" in done.stderr
    assert not (tmp_path / "outside.csv").exists()


def test_a_missing_required_column_names_the_column(place: Path, tmp_path: Path) -> None:
    """A file without a required column blocks the submission, and the finding names the file and the column."""
    folder = tmp_path / "bad"
    shutil.copytree(place / "deliveries" / "demo_colending_2026-10", folder)
    path = folder / "partner.csv"
    rows = list(csv.reader(path.open(encoding="utf-8", newline="")))
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows(row[1:] for row in rows)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for entry in manifest["files"]:
        if entry["name"] == "partner.csv":
            entry["bytes"] = path.stat().st_size
            entry["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    done = loantape("run", folder, "--store", "store", cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    said = loantape("findings", "demo_colending/2026-10", "--store", "store", "--rule", "READ-006", cwd=tmp_path)
    assert "partner.csv" in said.stdout and "missing: partner_agreement_no" in said.stdout, said.stdout + said.stderr
