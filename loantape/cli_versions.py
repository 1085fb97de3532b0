"""The commands on versions: what there is, what differs, what is stale.

Belongs here: ``diff``, ``submissions`` and ``refresh``, thin over ``loantape.pipeline`` and ``loantape.compare``. Not
here: the other commands (``cli``). The machine is imported inside the commands, so that help answers at once.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loantape import terminal
from loantape.cli_options import DEFAULT_STORE, AtOption, DatabaseOption, JsonOption, KeysOption, StoreOption, now
from loantape.errors import EXIT_CLEAN, EXIT_FINDINGS
from loantape.progress import for_terminal, silent

if TYPE_CHECKING:
    from loantape.pipeline import Workspace

app = typer.Typer()


@app.command()
def diff(
    old: Annotated[
        str, typer.Argument(help="lender/2026-10/v1; alone, it is compared with the version before it. 原批次")
    ],
    new: Annotated[str | None, typer.Argument(help="The submission to compare it with. 新批次")] = None,
    store: StoreOption = DEFAULT_STORE,
    keys: KeysOption = None,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
    rows: Annotated[int, typer.Option(help="How many differing rows to show. 显示行数", min=0)] = 20,
    form: Annotated[
        str | None, typer.Option("--format", help="Every difference as csv, json, parquet or xlsx. 导出格式")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="File to write; csv and json go to standard output without it. 输出文件")
    ] = None,
) -> None:
    """What differs between two versions, or two periods: rows, fields, sums of money. 批次差异。

    Without a version a period's latest is meant; with OLD alone, the version before it is compared with it.
    Example: loantape diff demo_cashloan/2026-10 --format xlsx --out differences.xlsx
    """
    from loantape import compare, export_versions, pipeline

    ws = pipeline.Workspace.open(store, keys, database_url)
    quiet = as_json or form is not None
    pair = compare.pair(ws.store, old, new)
    with compare.comparing(ws.store, *pair, silent() if quiet else for_terminal()) as comparison:
        if form is not None or out is not None:
            export_versions.write_difference(comparison, form or "csv", out)
        elif as_json:
            found = export_versions.difference_result(comparison, rows)
            terminal.write_json(found)
        else:
            export_versions.print_difference(comparison, rows)


@app.command()
def submissions(
    store: StoreOption = DEFAULT_STORE,
    keys: KeysOption = None,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Every submission: state, whether it is stale and why, findings, filings. 报送批次一览。

    Example: loantape submissions --store store --json
    """
    from loantape import export_versions, pipeline

    export_versions.write_submissions(pipeline.submissions(pipeline.Workspace.open(store, keys, database_url)), as_json)


@app.command()
def refresh(
    store: StoreOption = DEFAULT_STORE,
    keys: KeysOption = None,
    database_url: DatabaseOption = None,
    at: AtOption = None,
) -> None:
    """Check and measure again what is stale and not filed, earlier periods first. 重新校验过期批次。

    Example: loantape refresh --store store
    """
    from loantape import pipeline

    ws = pipeline.Workspace.open(store, keys, database_url)
    reviews = pipeline.refresh(ws, at or now(), for_terminal())
    for review in reviews:
        terminal.say(f"{review.submission}: {review.errors} errors, {review.warnings} warnings, {review.infos} notes")
    if not reviews:
        terminal.say("nothing to refresh 无需刷新")
    tell_stale(ws, {review.submission.split("/")[0] for review in reviews})
    raise typer.Exit(EXIT_FINDINGS if any(review.errors for review in reviews) else EXIT_CLEAN)


def tell_stale(ws: Workspace, lenders: Collection[str]) -> None:
    """Print, for these lenders, what is stale and what to do about it: nothing when nothing is."""
    from loantape import pipeline
    from loantape.store import Reason

    for record, due in pipeline.stale(ws):
        if record.lender in lenders and record.stale is not None:
            terminal.say(f"stale 已过期: {record.name}: {record.stale.en} ({record.stale.zh})")
            if not due:
                way_out = "loantape refresh"
            elif record.stale.reason is Reason.REPLACED:
                way_out = f"it was filed: file {record.stale.because} to amend it 已报送，请用新批次更正报送"
            else:
                way_out = (
                    "it was filed, so an amendment may be due: have the period delivered again with the next sequence "
                    "已报送，可能需要更正：请机构以下一序号重新报送本期"
                )
            terminal.say(f"  next: {way_out}")
