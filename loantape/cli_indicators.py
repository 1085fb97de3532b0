"""The command on indicators: what they are, which loans make them, how they went over the periods.

Belongs here: ``indicators``. Not here: the other commands (``cli``). The machine is imported inside the command, so
that help answers at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from loantape.cli_options import DEFAULT_STORE, DatabaseOption, JsonOption, KeysOption, StoreOption
from loantape.errors import ConfigurationError

app = typer.Typer()


@app.command()
def indicators(
    submission: Annotated[
        str, typer.Argument(help="lender/2026-10/v1, without a version the latest; a lender for --history. 报送批次")
    ],
    store: StoreOption = DEFAULT_STORE,
    keys: KeysOption = None,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
    topic: Annotated[list[str] | None, typer.Option(help="Only these topics, e.g. DLQ. 主题")] = None,
    loans: Annotated[
        str | None, typer.Option(help="List the loans that make this indicator. 列出构成该指标的贷款")
    ] = None,
    history: Annotated[str | None, typer.Option(help="This indicator over the periods. 该指标的历史")] = None,
    member: Annotated[str | None, typer.Option(help="Only this member, e.g. M1>M2. 只看该分组")] = None,
    form: Annotated[str, typer.Option("--format", help="Of --loans: csv, json, parquet or xlsx. 格式")] = "csv",
    out: Annotated[Path | None, typer.Option(help="Of --loans: the file to write. 输出文件")] = None,
) -> None:
    """The computed numbers of a submission, the loans behind one, or one over the periods. 指标、构成指标的贷款、历史。

    Example: loantape indicators demo_cashloan/2026-10 --json
    Example: loantape indicators demo_cashloan/2026-10 --loans DLQ-NPL --format csv --out bad.csv
    Example: loantape indicators demo_cashloan --history DLQ-30P
    """
    from loantape import catalog, export, export_indicators, pipeline
    from loantape.measure import step
    from loantape.measure.behind import FIELDS
    from loantape.measure.history import series

    ws = pipeline.Workspace.open(store, keys, database_url)
    if loans is not None and history is not None:
        raise ConfigurationError("--loans and --history are two questions", "ask one of them")
    if history is not None:
        told = series(ws.store, submission.partition("/")[0], catalog.indicator(history).code, member)
        export_indicators.write_series(catalog.indicator(history), told, as_json)
    elif loans is not None:
        with step.listing(ws.store, ws.store.name(submission), catalog.indicator(loans), member) as rows:
            export.write_rows(rows, FIELDS, "loans", "json" if as_json else form, out)
    else:
        with ws.store.reading(submission) as con:
            export_indicators.write_indicators(con, ws.store.name(submission), tuple(topic or ()), as_json)
