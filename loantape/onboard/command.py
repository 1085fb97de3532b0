"""The command ``onboard``: thin over ``loantape.onboard``.

Belongs here: options, help texts, what goes to standard output. Not here: any step of the work. The machine is imported
inside the command, so that help answers at once.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from loantape.progress import for_terminal, silent

app = typer.Typer()


@app.command()
def onboard(
    file: Annotated[Path, typer.Argument(help="Text, gzip, Parquet, Arrow or XLSX. 陌生文件")],
    lender: Annotated[str, typer.Option(help="Name of the lender and of its module. 机构名（模块名）")],
    table: Annotated[
        str | None, typer.Option(help="Tape table its rows belong to (default: the one most columns name). 目标表")
    ] = None,
    jurisdiction: Annotated[str, typer.Option(help="cn or us. 法域")] = "cn",
    sheet: Annotated[str | None, typer.Option(help="Worksheet of an XLSX file that has several. 工作表")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write LENDER.py to (default: print the module). 输出目录")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a module that is there. 覆盖已有模块")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output. 输出JSON")] = False,
) -> None:
    """Profile a strange file and draft its lender's module, the doubtful marked. 分析陌生文件并起草机构模块。

    Example: loantape onboard loan_detail_20261031.txt --lender new_lender --out schemas/lenders
    """
    from loantape import onboard as machine

    draft = machine.onboard(
        file,
        lender,
        table=table,
        jurisdiction=jurisdiction,
        sheet=sheet,
        progress=silent() if as_json else for_terminal(),
    )
    written = draft.write(out, force) if out is not None else None
    if as_json:
        said = machine.as_json(draft) | {"written": str(written) if written else None}
        sys.stdout.write(json.dumps(said, ensure_ascii=False, indent=1) + "\n")
        return
    machine.print_profile(draft)
    sys.stdout.write(f"{written}\n" if written else f"\n{draft.module}")
