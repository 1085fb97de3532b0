"""The command that explains findings one by one, thin over ``loantape.pipeline``.

Belongs here: ``explain``. Not here: the other commands (``cli``). The machine is imported inside the command, so that
help answers at once.
"""

from __future__ import annotations

from typing import Annotated

import typer

from loantape import terminal
from loantape.cli_options import DEFAULT_STORE, DatabaseOption, JsonOption, KeysOption, StoreOption
from loantape.declare import Severity
from loantape.errors import EXIT_CLEAN, EXIT_FINDINGS, ConfigurationError

app = typer.Typer()


@app.command()
def explain(
    submission: Annotated[str, typer.Argument(help="lender/2026-10/v1, or without a version the latest. 报送批次")],
    store: StoreOption = DEFAULT_STORE,
    keys: KeysOption = None,
    database_url: DatabaseOption = None,
    rule: Annotated[list[str] | None, typer.Option(help="Only these rules, e.g. PRC-004. 规则")] = None,
    severity: Annotated[list[Severity] | None, typer.Option(help="Only these severities. 严重程度")] = None,
    key: Annotated[str | None, typer.Option(help="Only this key, e.g. an IOU number. 主键")] = None,
    at: Annotated[str | None, typer.Option(help="Only this line, e.g. loan.csv:17. 文件及行号")] = None,
    most: Annotated[int, typer.Option(help="At most so many; 0 for all. 最多条数", min=0)] = 20,
    as_json: JsonOption = False,
) -> None:
    """Why a finding is one: its figures, the limit and its source, what the period before said. 逐条解释问题。

    Example: loantape explain demo_cashloan/2026-10 --rule PRC-004 --most 3
    Example: loantape explain demo_cashloan/2026-10 --at loan.csv:17 --json
    """
    from loantape import export_explained, pipeline
    from loantape.checking.explaining import Asked
    from loantape.explain import explained

    ws = pipeline.Workspace.open(store, keys, database_url)
    asked = Asked(tuple(rule or ()), tuple(severity or ()), key, _place(at), most or None)
    with explained(ws, submission, asked) as (name, total, told):
        if as_json:
            shown = export_explained.write_explained(told)
        else:
            shown = export_explained.print_explained(name, told)
            if total > shown:
                terminal.say(f"\n{shown} of {total} findings shown; --most 0 shows all 共{total}条，--most 0显示全部")
            elif not total:
                terminal.say("no findings 无问题")
    raise typer.Exit(EXIT_FINDINGS if total else EXIT_CLEAN)


def _place(text: str | None) -> tuple[str, int] | None:
    if text is None:
        return None
    file, _, line = text.rpartition(":")
    if not file or not line.isdecimal():
        raise ConfigurationError(f"{text!r} is no line of a file", "write the file and the line, such as loan.csv:17")
    return file, int(line)
