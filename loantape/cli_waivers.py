"""The commands on waivers: written explanations that let findings stand.

Belongs here: ``waive``, ``waivers``, ``accept-waiver`` and ``withdraw-waiver``, thin over ``loantape.waivers``. Not
here: the other commands (``cli``). The machine is imported inside the commands, so that help answers at once.
"""

from __future__ import annotations

from typing import Annotated

import typer

from loantape import terminal
from loantape.cli_options import (
    DEFAULT_STORE,
    ActorOption,
    AtOption,
    DatabaseOption,
    JsonOption,
    KeysOption,
    StoreOption,
    actor_of,
    now,
    period_of,
)

app = typer.Typer()

YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask. 不再询问")]
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="As loantape waivers lists it. 豁免编号")]


@app.command()
def waive(
    submission: Annotated[str, typer.Argument(help="lender/2026-10/v1, or without a version the latest. 报送批次")],
    rule: Annotated[str, typer.Option(help="The rule whose findings are explained, e.g. PRC-004. 规则")],
    reason: Annotated[str, typer.Option(help="The explanation, 20 characters or more; it goes out. 豁免说明")],
    cites: Annotated[str, typer.Option(help="What it rests on: an article, a letter, an answer. 依据")],
    until: Annotated[str, typer.Option(help="The last period it may be used for, e.g. 2026-12. 有效至报告期")],
    key: Annotated[str | None, typer.Option(help="Only findings of this key, as findings show it. 主键")] = None,
    yes: YesOption = False,
    actor: ActorOption = None,
    store: StoreOption = DEFAULT_STORE,
    keys: KeysOption = None,
    database_url: DatabaseOption = None,
    at: AtOption = None,
) -> None:
    """Explain the findings of a rule in writing; it counts once a second person accepts it. 书面说明并申请豁免。

    Example: loantape waive demo_cashloan/2026-10 --rule PRC-004 --reason "the fee was paid back on 2026-11-02, see the
    branch's letter" --cites "letter of the branch, 2026-11-03" --until 2026-10 --actor maria
    """
    from loantape import export_waivers, pipeline, waivers

    month, who = period_of(until), actor_of(actor)
    ws = pipeline.Workspace.open(store, keys, database_url, who)
    waivers.checked_words(reason, cites)  # told before anything is asked
    seen = waivers.covered(ws, submission, rule, key)
    export_waivers.print_covered(seen, rule)
    if not yes:
        typer.confirm(f"Explain all {seen.count}? 是否全部说明？", abort=True)
    written = waivers.write(ws, seen, rule, key, reason, cites, month, at or now())
    terminal.say(f"{written.id}: pending, a second person accepts it 待他人接受: loantape accept-waiver {written.id}")


@app.command()
def waivers(
    submission: Annotated[str | None, typer.Argument(help="Only of this submission. 报送批次")] = None,
    store: StoreOption = DEFAULT_STORE,
    keys: KeysOption = None,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Every waiver with its text, who wrote and who accepted it, and whether it counts. 豁免列表。

    Example: loantape waivers demo_cashloan/2026-10 --json
    """
    from loantape import export_waivers, pipeline
    from loantape import waivers as of

    ws = pipeline.Workspace.open(store, keys, database_url)
    export_waivers.write_waivers(of.listed(ws, submission), as_json)


@app.command("accept-waiver")
def accept_waiver(
    waiver: IdArgument,
    yes: YesOption = False,
    actor: ActorOption = None,
    store: StoreOption = DEFAULT_STORE,
    keys: KeysOption = None,
    database_url: DatabaseOption = None,
    at: AtOption = None,
) -> None:
    """Accept what somebody else wrote: its findings no longer block a filing. 接受豁免（须非撰写人）。

    Example: loantape accept-waiver demo_cashloan/2026-10/v1/w1 --actor olivia
    """
    from loantape import export_waivers, pipeline
    from loantape import waivers as of

    ws = pipeline.Workspace.open(store, keys, database_url, actor_of(actor))
    record = ws.workflow.waiver(waiver)
    seen = of.covered(ws, record.submission, record.rule, record.key)
    export_waivers.print_covered(seen, record.rule)
    terminal.say(f"{record.author}: {record.reason}\n  {record.cites}")
    if not yes:
        typer.confirm(f"Accept for all {seen.count}? 是否全部接受？", abort=True)
    accepted = of.accept(ws, waiver, at or now())
    state = ws.workflow.state(record.submission)
    terminal.say(f"{accepted.id}: accepted by {accepted.accepter} 已接受; {record.submission} is {state}")


@app.command("withdraw-waiver")
def withdraw_waiver(
    waiver: IdArgument,
    actor: ActorOption = None,
    store: StoreOption = DEFAULT_STORE,
    keys: KeysOption = None,
    database_url: DatabaseOption = None,
    at: AtOption = None,
) -> None:
    """Withdraw a waiver: its findings count again; what was sealed stays. 撤回豁免，已封存的报送不变。

    Example: loantape withdraw-waiver demo_cashloan/2026-10/v1/w1 --actor maria
    """
    from loantape import pipeline
    from loantape import waivers as of

    ws = pipeline.Workspace.open(store, keys, database_url, actor_of(actor))
    withdrawn = of.withdraw(ws, waiver, at or now())
    state = ws.workflow.state(withdrawn.submission)
    terminal.say(f"{withdrawn.id}: withdrawn by {withdrawn.withdrawn_by} 已撤回; {withdrawn.submission} is {state}")
