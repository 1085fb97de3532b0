"""The command on all lenders of a period.

Belongs here: ``market``, thin over ``loantape.pipeline`` and ``loantape.export_market``. Not here: the other commands
(``cli``). The machine is imported inside the command, so that help answers at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from loantape import terminal
from loantape.cli_options import (
    DEFAULT_STORE,
    AtOption,
    DatabaseOption,
    JsonOption,
    KeysOption,
    StoreOption,
    now,
    period_of,
)
from loantape.progress import for_terminal, silent

app = typer.Typer()


@app.command()
def market(
    period: Annotated[str, typer.Argument(help="The period, e.g. 2026-10. 报告期")],
    store: StoreOption = DEFAULT_STORE,
    keys: KeysOption = None,
    database_url: DatabaseOption = None,
    jurisdiction: Annotated[str, typer.Option(help="Whose lenders, e.g. cn. 法域")] = "cn",
    as_json: JsonOption = False,
    out: Annotated[
        Path | None, typer.Option(help="Also write every value to this .csv, .xlsx or .parquet file. 输出文件")
    ] = None,
    at: AtOption = None,
) -> None:
    """All lenders of a period: totals, ratios, borrowers with several lenders, partners, warnings. 市场总览。

    Small cells are hidden, and so much besides that they cannot be computed back, from this view or an earlier one;
    what is made counts as shown and is kept. 小单元格不予公布，且不能由其他数字或历次公布推算。
    Example: loantape market 2026-10 --store store --out market.xlsx
    """
    from loantape import export_market, pipeline

    wanted = period_of(period)
    ws = pipeline.Workspace.open(store, keys, database_url)
    view = pipeline.market(ws, wanted, at or now(), jurisdiction, silent() if as_json else for_terminal())
    if out is not None:
        export_market.write_view(view, out)
    if as_json:
        terminal.write_json(view)
    else:
        export_market.print_view(view)
