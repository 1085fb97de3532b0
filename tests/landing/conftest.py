"""A store, an empty landing folder, and deliveries small enough to write byte by byte."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import secrets
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import s3fs
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

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


@pytest.fixture(scope="session")
def s3_address() -> Iterator[str]:
    """A server that speaks the S3 protocol, on a port of its own."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


class Sender:
    """Somebody else's client of the bucket: what it uploads is not known to the file system that is tested."""

    def __init__(self, address: str) -> None:
        self.client: Any = boto3.client(
            "s3", endpoint_url=address, aws_access_key_id="k", aws_secret_access_key="s", region_name="us-east-1"
        )
        self.bucket = f"inbox-{secrets.token_hex(6)}"
        self.client.create_bucket(Bucket=self.bucket)

    def put(self, key: str, data: bytes) -> None:
        self.client.put_object(Bucket=self.bucket, Key=f"lenders/{key}", Body=data)

    def put_all(self, name: str, files: dict[str, bytes]) -> None:
        for file, data in files.items():
            self.put(f"{name}/{file}", data)

    def begin(self, key: str) -> str:
        """Begin a multi-part upload; nothing is there until it is completed."""
        return str(self.client.create_multipart_upload(Bucket=self.bucket, Key=f"lenders/{key}")["UploadId"])

    def part(self, key: str, upload: str, number: int, data: bytes) -> dict[str, Any]:
        where = {"Bucket": self.bucket, "Key": f"lenders/{key}", "UploadId": upload}
        tag = self.client.upload_part(**where, PartNumber=number, Body=data)["ETag"]
        return {"PartNumber": number, "ETag": tag}

    def complete(self, key: str, upload: str, parts: list[dict[str, Any]]) -> None:
        where = {"Bucket": self.bucket, "Key": f"lenders/{key}", "UploadId": upload}
        self.client.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})


@pytest.fixture
def sender(s3_address: str) -> Sender:
    return Sender(s3_address)


@pytest.fixture
def bucket(s3_address: str, sender: Sender) -> landing.Bucket:
    filesystem = s3fs.S3FileSystem(key="k", secret="s", endpoint_url=s3_address)
    return landing.Bucket(filesystem, f"{sender.bucket}/lenders", f"s3://{sender.bucket}/lenders")
