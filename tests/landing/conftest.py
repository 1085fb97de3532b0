"""A store, an empty landing folder, and deliveries small enough to write byte by byte."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest

from loantape import landing, pipeline

MANIFEST = "manifest.json"


def contents(period: str, rows: int = 6, lender: str = "demo_cashloan") -> dict[str, bytes]:
    """The files of a delivery whose manifest is right, and whose data nobody will parse."""
    files = {
        f"{kind}_{period}.csv": b"id,amount\n" + b"".join(b"%d,%d\n" % (row, row * 7) for row in range(rows + extra))
        for extra, kind in enumerate(("loan", "fee"))
    }
    listed = [
        {"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), "lines": data.count(b"\n")}
        for name, data in files.items()
    ]
    manifest = {"format": "loantape-delivery/1", "lender": lender, "period": period, "schema": "1", "files": listed}
    return {**files, MANIFEST: json.dumps(manifest, indent=1).encode()}


def zipped(files: dict[str, bytes]) -> bytes:
    """The same as a zip."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)  # of no particular time
    return packed.getvalue()


def put(folder: Path, name: str, files: dict[str, bytes]) -> Path:
    """A finished delivery, as a folder."""
    path = folder / name
    path.mkdir()
    for file, data in files.items():
        (path / file).write_bytes(data)
    return path


@pytest.fixture
def workspace(tmp_path: Path) -> pipeline.Workspace:
    return pipeline.Workspace.open(tmp_path / "store")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "landing"
    path.mkdir()
    return path


@pytest.fixture
def place(folder: Path) -> landing.Folder:
    return landing.Folder(folder)
