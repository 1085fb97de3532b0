"""A private PostgreSQL server for these tests, and the workflow database on each kind of server."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

INSTALL = "install PostgreSQL (`apt-get install -y postgresql`); `make test` does"


def _binaries() -> Path:
    """The folder of initdb and pg_ctl, wherever the system puts it; fails, never skips, without one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    on_path = shutil.which("pg_ctl")
    if not found and not on_path:
        pytest.fail(f"PostgreSQL is not installed: {INSTALL}", pytrace=False)
    return (found[-1] if found else Path(str(on_path)).resolve()).parent


def _as_owner(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root: the user the package made runs it then."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address, without a database name, of a server only this test process knows; it goes when the tests end."""
    binaries = _binaries()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # Not pytest's own folder: its parents are closed to other users, and the server runs as one.
    folder = Path(tempfile.mkdtemp(prefix="loantape-pg-", dir="/tmp"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        data = folder / "data"
        initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "loantape", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(_as_owner(initdb), check=True, capture_output=True, cwd="/")
        options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c fsync=off"
        control = [str(binaries / "pg_ctl"), "-D", str(data)]
        start = [*control, "-w", "-o", options, "-l", str(folder / "log"), "start"]
        subprocess.run(_as_owner(start), check=True, stdout=subprocess.DEVNULL, cwd="/")
        try:
            yield f"postgresql://loantape@127.0.0.1:{port}"
        finally:
            subprocess.run(_as_owner([*control, "-m", "immediate", "stop"]), check=True, capture_output=True, cwd="/")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str | None:
    """The address of an empty workflow database: None for SQLite in the store, or one of its own on the server."""
    if request.param == "sqlite":
        return None
    server = request.getfixturevalue("postgres_server")
    name = f"test_{time.monotonic_ns()}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as con:
        con.execute(f"CREATE DATABASE {name}")
    return f"{server}/{name}"
