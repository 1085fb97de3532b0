"""Opens the workflow database, SQLite or PostgreSQL, and brings it to the current shape.

Belongs here: addresses, connection settings, locks of whole databases, migrations. Not here: what is written
(``workflow``).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.pool import NullPool

from loantape.errors import ConfigurationError
from loantape.store.durable import locked

# Any number will do, as long as everything of ours that writes takes the same one.
_ADVISORY_LOCK = 0x10A27A9E
_WAIT_S = 60  # how long a writer waits for another one on SQLite


def open_database(url: str | None, store: Path) -> Engine:
    """An engine on a database of the current shape; ``url`` None means ``workflow.db`` in the store.

    Raises ConfigurationError, never naming the password, when there is no such database or it is a newer one.
    """
    address = _address(url, store)
    # One connection per transaction and none kept: workers are many and short, and a forked one must not share any.
    engine = sqlalchemy.create_engine(address, poolclass=NullPool)
    if address.get_backend_name() == "sqlite":
        _set_up_sqlite(engine)
    try:
        with locked(store / ".locks" / "workflow.lock", "the workflow database", wait=True), writing(engine) as con:
            _migrate(con)
    except OperationalError as wrong:
        raise ConfigurationError(
            f"the workflow database {address.render_as_string(hide_password=True)} does not open",
            "check its address, that the server runs, and that the user may create tables",
        ) from wrong
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that no other writer of ours runs beside: it commits at the end, or rolls back on an error."""
    with engine.begin() as con:
        if con.dialect.name == "postgresql":
            con.execute(sqlalchemy.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        yield con


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one state and waits for nobody."""
    with engine.connect() as con:
        level = "REPEATABLE READ" if con.dialect.name == "postgresql" else None
        con = con.execution_options(loantape_reading=True, **({"isolation_level": level} if level else {}))
        with con.begin():
            yield con


def _address(url: str | None, store: Path) -> URL:
    if url is None:
        return URL.create("sqlite", database=str(store.absolute() / "workflow.db"))
    try:
        address = make_url(url)
    except ArgumentError as wrong:
        raise ConfigurationError("the workflow database address is not a URL", "write postgresql://…") from wrong
    if address.drivername in ("postgres", "postgresql"):
        return address.set(drivername="postgresql+psycopg")
    if address.get_backend_name() not in ("sqlite", "postgresql"):
        raise ConfigurationError(
            f"the workflow database cannot be {address.get_backend_name()}", "use a sqlite:/// or postgresql:// address"
        )
    return address


def _set_up_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connected(con: Any, _record: object) -> None:
        con.isolation_level = None  # the driver's own BEGIN comes too late: see ``began``
        for pragma in (f"busy_timeout = {_WAIT_S * 1000}", "journal_mode = WAL", "foreign_keys = ON"):
            con.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def began(con: Connection) -> None:
        # A writer that starts by reading would otherwise fail, rather than wait, when it comes to write.
        reads = con.get_execution_options().get("loantape_reading")
        con.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _migrate(con: Connection) -> None:
    config = Config()
    folder = resources.files("loantape.store") / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    here = MigrationContext.configure(con).get_current_revision()
    if here == scripts.get_current_head():
        return
    if here is not None and here not in {one.revision for one in scripts.walk_revisions()}:
        raise ConfigurationError(
            f"the workflow database has revision {here}, which this version of loantape does not know",
            "use the version of loantape that wrote it, or a later one",
        )
    config.attributes["connection"] = con
    command.upgrade(config, "head")
