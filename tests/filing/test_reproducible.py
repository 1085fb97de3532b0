"""Battery 25: each regulator's filing, built anywhere, from its manifest alone, is the same package to the byte."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from loantape import catalog
from loantape.filing.verify import verify
from tests.filing.life import FILINGS, SUBMISSIONS, write_originals

pytestmark = pytest.mark.xdist_group("life")

ROOT = Path(__file__).resolve().parents[2]
BUILDS = 20 if os.environ.get("LOANTAPE_LONG") else 2
ZONES = ("UTC", "Asia/Shanghai", "America/New_York", "Pacific/Kiritimati", "Asia/Kathmandu")
LANGUAGES = ("C", "C.UTF-8", "POSIX")


def build(folder: Path, deliveries: Path, number: int, manifests: list[Path]) -> dict[str, tuple[str, str, str]]:
    """One build in an environment drawn from its number: zone, locale, threads, seed, path, umask, moment."""
    drawn = random.Random(number)
    zone, language = ZONES[number % len(ZONES)], LANGUAGES[number % len(LANGUAGES)]
    taken_at = f"2026-11-{drawn.randint(1, 28):02d}T{drawn.randint(0, 23):02d}:{drawn.randint(0, 59):02d}:00"
    threads = str((1, 4, 2, 3)[number % 4])
    umask = (0o022, 0o077, 0o002)[number % 3]
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    program = ROOT / "tests/filing/build_elsewhere.py"
    done = subprocess.run(
        [sys.executable, program, folder / "store", deliveries, threads, taken_at, *manifests],
        cwd=folder,
        env=kept | {"TZ": zone, "LC_ALL": language, "PYTHONHASHSEED": str(number), "PYTHONPATH": str(ROOT)},
        umask=umask,
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, tuple[str, str, str]] = json.loads(done.stdout)
    return found


def differing(one: Path, other: Path) -> list[str]:
    """The members of two packages that differ, and the keys of their manifests."""
    with zipfile.ZipFile(one) as first, zipfile.ZipFile(other) as second:
        names = [name for name in first.namelist() if first.read(name) != second.read(name)]
        manifests = [json.loads(archive.read("manifest.json")) for archive in (first, second)]
    return [one.name, *names, *(key for key, value in manifests[0].items() if value != manifests[1][key])]


@pytest.mark.timeout(7200)
def test_every_filing_is_the_same_anywhere_and_from_its_manifest(tmp_path: Path) -> None:
    """Built again by hashes from the manifests in other environments, each package and signature has one SHA-256."""
    assert set(SUBMISSIONS) == set(catalog.filings()), "every declared filing is built"
    deliveries = tmp_path / "deliveries"
    write_originals(deliveries)
    for answers in deliveries.glob("*.csv"):
        answers.unlink()
    first = tmp_path / "first"
    first.mkdir()
    made = build(first, deliveries, 0, [])
    manifests = []
    for regulator, (package, _, _) in made.items():
        with zipfile.ZipFile(package) as archive:
            manifests.append(tmp_path / f"{regulator}.json")
            manifests[-1].write_bytes(archive.read("manifest.json"))
    for number in range(1, BUILDS):
        folder = tmp_path / f"build {number}, an example"
        folder.mkdir()
        shutil.copytree(first / "keys", folder / "keys")
        again = build(folder, deliveries, number, manifests)
        for regulator, (package, *hashes) in again.items():
            assert hashes == made[regulator][1:], differing(Path(made[regulator][0]), Path(package))
        if number == BUILDS - 1:
            for package, _, _ in again.values():
                assert verify(Path(package), (first / "keys" / "signing.pub").read_text(), FILINGS).signed_by
        shutil.rmtree(folder)
