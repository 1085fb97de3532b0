"""The command on lineage: from a filed value to delivered lines, and from a loan, a rule or a limit to filings.

Belongs here: ``trace``, thin over ``loantape.trace``. Not here: the other commands (``cli``). The machine is imported
inside the command, so that help answers at once.
"""

from __future__ import annotations

from typing import Annotated

import typer

from loantape.cli_options import DEFAULT_STORE, DatabaseOption, JsonOption, KeysOption, StoreOption
from loantape.errors import ConfigurationError

app = typer.Typer()


@app.command()
def trace(
    package: Annotated[
        str | None,
        typer.Argument(help="A sealed package's zip, or a filing's name, e.g. cn_pbc/demo_cashloan/2026-10/1. 报送包"),
    ] = None,
    table: Annotated[str | None, typer.Option(help="A table of the filing, e.g. CLGRDK, 503, G09_I. 表")] = None,
    row: Annotated[int | None, typer.Option(help="Its record, from 1, headings left out. 记录号", min=1)] = None,
    column: Annotated[str | None, typer.Option(help="Its column by number, code or name. 列")] = None,
    file: Annotated[str | None, typer.Option(help="The file, where institutions have one each. 文件名")] = None,
    loan: Annotated[str | None, typer.Option(help="Which filings used this loan: LENDER/IOU. 借据")] = None,
    rule: Annotated[str | None, typer.Option(help="Which filings asked this rule: CODE or CODE@BOOK. 规则")] = None,
    limit: Annotated[str | None, typer.Option(help="Which filings were held to this limit. 限额")] = None,
    most: Annotated[int, typer.Option(help="How many rows behind a value to show. 显示行数", min=0)] = 10,
    every: Annotated[bool, typer.Option("--all", help="Show every row behind a value. 显示全部")] = False,
    store: StoreOption = DEFAULT_STORE,
    keys: KeysOption = None,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """From a filed value to the delivered lines it came from; or from a loan, a rule, a limit to filings. 数据溯源。

    The value is made again from the lines, and must be what was filed. 溯源时重新计算，并与报送值核对。
    Example: loantape trace cn_pbc_demo_cashloan_2026-10_1.zip --table CLGRDK --row 17 --column 14
    Example: loantape trace cn_nfra_g09/demo_bank/2026-10/1 --table G09_I --row 3 --column A --all --json
    Example: loantape trace --loan demo_cashloan/JJ-0001
    Example: loantape trace --rule PRC-004
    Example: loantape trace --limit apr_tolerance_pct
    """
    from loantape import export_trace, pipeline
    from loantape.trace import back, cell

    asked = [one for one in (package, loan, rule, limit) if one is not None]
    if len(asked) != 1:
        raise ConfigurationError(
            "trace one thing: a package, --loan, --rule or --limit 请指定一项", "see loantape trace --help"
        )
    ws = pipeline.Workspace.open(store, keys, database_url)
    if package is not None:
        if row is None or column is None:
            raise ConfigurationError(
                "which value? 请指定记录与列", "give --row and --column, e.g. --row 17 --column 14"
            )
        export_trace.write_cell(
            cell.trace_cell(ws, package, table, row, column, file, None if every else most), as_json
        )
    elif loan is not None:
        export_trace.write_uses(back.of_loan(ws, loan), as_json)
    elif rule is not None:
        export_trace.write_uses(back.of_rule(ws, rule), as_json)
    else:
        export_trace.write_uses(back.of_limit(ws, str(limit)), as_json)
