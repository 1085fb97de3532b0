"""The commands on what was filed: the list, taking back, handing over, receipts.

Belongs here: ``filings``, ``withdraw``, ``hand-over``, ``timestamp``, ``receipt`` and ``inbox``, thin over
``loantape.pipeline``. Not here: making a filing, and the other commands (``cli``). The machine is imported inside the
commands, so that help answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loantape import terminal
from loantape.cli_options import (
    DEFAULT_STORE,
    AtOption,
    DatabaseOption,
    JsonOption,
    KeysOption,
    ReasonOption,
    StoreOption,
    now,
    period_of,
)
from loantape.errors import EXIT_CLEAN, EXIT_FINDINGS

if TYPE_CHECKING:
    from loantape.filing.receipts import Taken

app = typer.Typer()


@app.command()
def filings(
    store: StoreOption = DEFAULT_STORE,
    keys: KeysOption = None,
    database_url: DatabaseOption = None,
    regulator: Annotated[str | None, typer.Option(help="Only this regulator's. 仅此监管报送")] = None,
    as_json: JsonOption = False,
) -> None:
    """Every filing, amendment and withdrawal: which is in force, how far it has come, and why. 报送列表与生效状态。

    Example: loantape filings --store store --regulator cn_pbc
    """
    from loantape import export_filings, pipeline

    ws = pipeline.Workspace.open(store, keys, database_url)
    export_filings.write_filings(ws.workflow.filings(regulator), as_json)


@app.command()
def withdraw(
    regulator: Annotated[str, typer.Argument(help="cn_pbc, us_sec … 报送对象")],
    lender: Annotated[str, typer.Argument(help="The lender. 机构")],
    period: Annotated[str, typer.Argument(help="2026-10. 报告期")],
    store: StoreOption = DEFAULT_STORE,
    keys: KeysOption = None,
    database_url: DatabaseOption = None,
    reason: ReasonOption = None,
    out: Annotated[Path | None, typer.Option(help="Also copy the package here. 另存到")] = None,
    at: AtOption = None,
) -> None:
    """Take back the filing in force, in a signed package of its own; nothing is in force then. 撤回生效的报送。

    Example: loantape withdraw cn_pbc demo_cashloan 2026-10 --reason "filed for the wrong institution"
    """
    from loantape import pipeline
    from loantape.errors import ConfigurationError

    month = period_of(period)
    if reason is None:
        raise ConfigurationError("a withdrawal says why 撤回须说明原因", '--reason "…"')
    ws = pipeline.Workspace.open(store, keys, database_url)
    terminal.say(str(pipeline.withdraw(ws, regulator, lender, month, at or now(), reason, out)))


@app.command("hand-over")
def hand_over(
    package: Annotated[
        list[Path] | None,
        typer.Argument(help="Sealed packages; without any, all that wait. 报送包；缺省为全部待交付"),
    ] = None,
    store: StoreOption = DEFAULT_STORE,
    keys: KeysOption = None,
    database_url: DatabaseOption = None,
    at: AtOption = None,
) -> None:
    """Put sealed packages into the regulator's outbox, once in effect however often it is asked. 交付报送包。

    Example: loantape hand-over --store store
    """
    from loantape import pipeline

    ws = pipeline.Workspace.open(store, keys, database_url)
    waiting = package or pipeline.waiting(ws)
    for one in waiting:
        terminal.say(str(pipeline.hand_over(ws, one, at or now())))
    if not waiting:
        sys.stdout.write("nothing to hand over 没有待交付的报送包\n")


@app.command()
def timestamp(
    packages: Annotated[list[Path], typer.Argument(help="Sealed packages of this store. 报送包")],
    authority: Annotated[
        str,
        typer.Option(
            envvar="LOANTAPE_TIME_AUTHORITY",
            help="Address of a time authority (RFC 3161), or a folder for one to try with. 时间戳服务地址",
        ),
    ],
    store: StoreOption = DEFAULT_STORE,
    keys: KeysOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Ask a time authority for a token over each package; it is laid beside it, as PACKAGE.tsr. 申请可信时间戳。

    Example: loantape timestamp store/filings/cn_pbc/demo_cashloan/2026-10/1/*.zip --authority https://tsa.example/
    """
    from loantape import pipeline
    from loantape.filing import timestamp as tokens

    ws = pipeline.Workspace.open(store, keys, database_url)
    for package in packages:
        terminal.say(str(pipeline.timestamp(ws, package, tokens.authority(authority))))


@app.command()
def receipt(
    files: Annotated[list[Path], typer.Argument(help="Receipts as they came. 回执文件")],
    regulator: Annotated[str, typer.Option(help="Whose they are: cn_pbc, us_sec … 报送对象")],
    store: StoreOption = DEFAULT_STORE,
    keys: KeysOption = None,
    database_url: DatabaseOption = None,
    at: AtOption = None,
) -> None:
    """Take receipts: keep their bytes, read them, bind each to the package whose hash it names. 登记回执。

    Exit code: 0 accepted, 1 anything else that a receipt may say, or one that names no package of ours.
    Example: loantape receipt 20261106-000017.json --regulator cn_pbc --store store
    """
    from loantape import pipeline

    ws = pipeline.Workspace.open(store, keys, database_url)
    _tell([pipeline.receipt(ws, file, regulator, at or now()) for file in files])


@app.command()
def inbox(
    store: StoreOption = DEFAULT_STORE,
    keys: KeysOption = None,
    database_url: DatabaseOption = None,
    at: AtOption = None,
) -> None:
    """Take every receipt in the store's inbox/REGULATOR folders. 登记收件箱中的全部回执。

    With --at, what was taken at that very moment is told again. 指定--at时，同一时刻登记的回执会再次列出。

    Example: loantape inbox --store store
    """
    from loantape import pipeline

    ws = pipeline.Workspace.open(store, keys, database_url)
    _tell(pipeline.inbox(ws, at or now(), again=at is not None))


def _tell(taken: Sequence[Taken]) -> None:
    for one in taken:
        terminal.say(one.line())
    if not taken:
        terminal.say("no receipts 没有回执")
    raise typer.Exit(EXIT_CLEAN if all(one.is_good for one in taken) else EXIT_FINDINGS)
