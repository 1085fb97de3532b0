"""The command on annual rates: ``apr``, thin over ``transforms.apr``.

Belongs here: options, the shape of what is printed, exit codes. Not here: reading a table of flows, any method. The
solver is imported inside the command, so that help answers at once.
"""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from loantape import terminal
from loantape.cli_options import JsonOption
from loantape.errors import EXIT_CLEAN, EXIT_FINDINGS, ConfigurationError
from loantape.progress import Progress, for_terminal, silent

if TYPE_CHECKING:
    from transforms.apr.priced import Priced

app = typer.Typer()


@app.command()
def apr(
    flows: Annotated[Path, typer.Argument(help="CSV: id, kind, when, amount; - reads standard input. 现金流文件")],
    method: Annotated[
        str,
        typer.Option(help="us_reg_z, us_reg_z_talc, eu_ccd, cn_simple, cn_compound or xirr. 计算方法"),
    ],
    basis: Annotated[
        str | None,
        typer.Option(
            help="For xirr: act/365 (default), act/360, act/365.25, 30/360, act/act, standard_year, periodic. 计息基准"
        ),
    ] = None,
    explain: Annotated[
        str | None, typer.Option("--explain", metavar="ID", help="Print one loan's working instead. 列示一笔的计算过程")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Annual rates of loans from their cash flows, by legal method. 按法定口径由现金流计算年化利率。

    kind is advance, payment, or flow (signed); when is a date, or a number: 3, 0.25, 1/12+3/365. Numbers are
    unit-periods where units_per_year is given, and for us_reg_z; otherwise years. The optional columns unit_period
    (month, 2week, 3month …) and units_per_year say what a period is; without them it is found from the dates.
    Exit code: 0 every loan has one rate, 1 some have none or several (see status), 2 unreadable, 3 our fault.
    Example: loantape apr flows.csv --method cn_compound
    Example: loantape apr flows.csv --method us_reg_z --explain L0001
    Example: cat flows.csv | loantape apr - --method xirr --basis act/360 --json
    """
    from transforms.apr.methods import BASES, METHODS, NEGATIVE_RATE, OK
    from transforms.apr.priced import Priced
    from transforms.apr.table import read_flows

    if method not in METHODS:
        raise ConfigurationError(f"no method {method!r}", f"choose one of {', '.join(METHODS)}")
    if basis is not None and (method != "xirr" or basis not in BASES):
        raise ConfigurationError(
            f"no basis {basis!r} for {method}", f"with --method xirr choose one of {', '.join(BASES)}; else leave it"
        )
    progress = for_terminal() if sys.stderr.isatty() else silent()
    with _opened(flows) as (lines, name), progress.step("reading flows", "读取现金流") as task:
        table = read_flows(lines, name, task.advance)
    with progress.step("solving", "求解", len(table.loans)) as task:
        priced = Priced(table, method, basis or "act/365", os.cpu_count() or 1)
        task.advance(len(table.loans))
    if explain is not None:
        _explain(priced, explain, as_json)
    elif as_json:
        _print_json(priced)
    else:
        _print_csv(priced, progress)
    every = bool(((priced.status == OK) | (priced.status == NEGATIVE_RATE)).all())
    raise typer.Exit(EXIT_CLEAN if every or explain is not None else EXIT_FINDINGS)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[TextIO, str]]:
    """The text of a file or of standard input, and what to call it."""
    if str(path) == "-":
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="strict", newline="")  # type: ignore[union-attr]
        yield sys.stdin, "standard input"
        return
    try:
        reading = path.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error.strerror}", "name a CSV file, or - for standard input"
        ) from None
    with reading:
        yield reading, str(path)


def _print_csv(priced: Priced, progress: Progress) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("id", "apr_pct", "status"))
    with progress.step("writing", "输出", len(priced.table.loans)) as task:
        for k, loan in enumerate(priced.table.loans):
            writer.writerow((loan.name, priced.text(k), priced.state(k)))
            if k % 10_000 == 9_999:
                task.advance(10_000)


def _print_json(priced: Priced) -> None:
    loans = []
    for k, loan in enumerate(priced.table.loans):
        entry: dict[str, object] = {"id": loan.name, "apr_pct": priced.text(k) or None, "status": priced.state(k)}
        if priced.state(k) == "several rates":
            entry["rates"] = priced.all_pct(k)
        loans.append(entry)
    found = {"method": priced.method, "basis": priced.basis if priced.method == "xirr" else None, "loans": loans}
    terminal.write_json(found)


def _explain(priced: Priced, name: str, as_json: bool) -> None:
    from transforms.apr.explain import explain

    place = next((k for k, loan in enumerate(priced.table.loans) if loan.name == name), None)
    if place is None:
        first = priced.table.loans[0].name
        raise ConfigurationError(f"no loan {name!r} in the table", f"name an id of the file, for example {first!r}")
    lines = list(explain(priced, place))
    sys.stdout.write(
        json.dumps({"id": name, "working": lines}, ensure_ascii=False, indent=1) if as_json else "\n".join(lines)
    )
    sys.stdout.write("\n")
