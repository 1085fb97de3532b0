"""The commands around intake: drafting a lender from a strange file, fetching one delivered line.

Belongs here: ``onboard`` and ``line``, thin over ``loantape.onboard`` and ``loantape.intake``. Not here: the other
commands (``cli``). The machine is imported inside the commands, so that help answers at once.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from loantape import terminal
from loantape.cli_options import DEFAULT_STORE, DatabaseOption, JsonOption, KeysOption, StoreOption
from loantape.progress import for_terminal, silent

app = typer.Typer()


@app.command()
def onboard(
    file: Annotated[Path, typer.Argument(help="A file as the lender sends it: text, packed, Parquet, XLSX. 样本文件")],
    lender: Annotated[str, typer.Option(help="Name of the new lender: small letters, digits, _. 机构名")],
    table: Annotated[str | None, typer.Option(help="The tape table its rows belong to, if known. 目标表")] = None,
    sheet: Annotated[str | None, typer.Option(help="Worksheet of a workbook that has several. 工作表")] = None,
    jurisdiction: Annotated[str, typer.Option(help="Whose rules apply: cn, us. 法域")] = "cn",
    out: Annotated[Path | None, typer.Option(help="Write the module into this folder, as LENDER.py. 输出目录")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a module that is there. 覆盖")] = False,
    as_json: JsonOption = False,
) -> None:
    """Profile a strange file and draft its lender's module, the doubtful marked. 接入新机构：分析样本并起草声明。

    Example: loantape onboard sample.csv --lender new_bank --out schemas/lenders
    """
    from loantape import onboard as onboarding

    draft = onboarding.onboard(
        file,
        lender,
        table=table,
        jurisdiction=jurisdiction,
        sheet=sheet,
        progress=silent() if as_json else for_terminal(),
    )
    if as_json:
        terminal.write_json(onboarding.as_json(draft))
    else:
        onboarding.print_profile(draft)
    if out is not None:
        terminal.say(str(draft.write(out, force=force)), err=as_json)
    elif not as_json:
        terminal.say(draft.module)


@app.command()
def line(
    submission: Annotated[str, typer.Argument(help="lender/2026-10/v1, or without a version the latest. 报送批次")],
    file: Annotated[str, typer.Argument(help="The file's name in the manifest. 文件名")],
    number: Annotated[int, typer.Argument(help="The line, from 1. 行号", min=1)],
    store: StoreOption = DEFAULT_STORE,
    keys: KeysOption = None,
    database_url: DatabaseOption = None,
    raw: Annotated[bool, typer.Option("--raw", help="Unmasked, as it was delivered. 不脱敏")] = False,
) -> None:
    """The delivered line behind a finding, identities masked, straight from the original. 查看原始行。

    Example: loantape line demo_cashloan/2026-10 loan.csv 17
    """
    from loantape import catalog, pipeline
    from loantape.intake.showing import line_of
    from loantape.store import SubmissionName

    ws = pipeline.Workspace.open(store, keys, database_url)
    name = ws.store.name(submission)
    lender = catalog.lender(SubmissionName.parse(name).lender)
    with ws.store.reading(name) as con:
        text = line_of(con, ws.store.folder(name), lender, file, number, raw=raw)
    if raw and not sys.stdout.isatty():
        sys.stdout.write(text + "\n")  # to a file or a program, to the letter
    else:
        terminal.say(text)
