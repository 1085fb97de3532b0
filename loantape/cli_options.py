"""What the commands share: the options that say where things are, periods, and the clock.

Belongs here: options of more than one command. Not here: commands (``cli``, ``cli_versions``).
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from loantape.declare import Period
from loantape.errors import ConfigurationError

StoreOption = Annotated[
    Path, typer.Option("--store", envvar="LOANTAPE_STORE", help="Folder that holds the submissions. 存储目录")
]
KeysOption = Annotated[
    Path | None,
    typer.Option(
        "--keys", envvar="LOANTAPE_KEYS", help="Folder of keys, outside the store (default: STORE.keys). 密钥目录"
    ),
]
DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database-url",
        envvar="LOANTAPE_DATABASE_URL",
        help="Workflow database (default: SQLite in the store). 流程库",
    ),
]
AtOption = Annotated[
    datetime | None,
    typer.Option(
        "--at",
        help="The time to record, UTC (default: now). 记录时间（UTC）",
        formats=["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"],
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output. 输出JSON")]
ReasonOption = Annotated[
    str | None,
    typer.Option(
        "--reason", help="Why what was filed is changed or taken back; it goes into the package. 更正或撤回原因"
    ),
]
ActorOption = Annotated[
    str | None,
    typer.Option("--actor", envvar="LOANTAPE_ACTOR", help="Who acts; the audit log and the package name them. 操作人"),
]
DEFAULT_STORE = Path("loantape-store")


def now() -> datetime:
    """The one place a clock is read: the outside face of the product, never a step."""
    return datetime.now(UTC).replace(microsecond=0)


def actor_of(name: str | None) -> str:
    """Who acts where it matters who does. Raises ConfigurationError for nobody: no name stands for two people."""
    if name is None:
        raise ConfigurationError(
            "nobody is named as acting 未注明操作人", "--actor NAME, or LOANTAPE_ACTOR 请注明操作人"
        )
    return name


def period_of(text: str) -> Period:
    """The period that somebody wrote. Raises ConfigurationError."""
    try:
        return Period.parse(text)
    except ValueError:
        raise ConfigurationError(
            f"{text!r} is not a period", "write 2026-10 for a month, 2026-10-15 for a day"
        ) from None
