"""The command line: thin over ``loantape.pipeline``.

Belongs here: commands, help texts, exit codes. Not here: any step of the journey, any SQL; what several commands share
(``cli_options``); the commands on versions (``cli_versions``), indicators (``cli_indicators``), filings
(``cli_filings``), waivers (``cli_waivers``) and around intake (``cli_intake``). Exit codes: 0 clean, 1 findings (or a
refusal), 2 unreadable input or configuration, 3 a fault of ours. The machine is imported inside the commands, so that
help answers at once.
"""

from __future__ import annotations

import sys
import tempfile
import traceback
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from loantape import __version__, terminal
from loantape.cli_apr import app as apr_app
from loantape.cli_filings import app as filings_app
from loantape.cli_findings import app as findings_app
from loantape.cli_indicators import app as indicators_app
from loantape.cli_intake import app as intake_app
from loantape.cli_market import app as market_app
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
from loantape.cli_trace import app as trace_app
from loantape.cli_versions import app as versions_app
from loantape.cli_versions import tell_stale
from loantape.cli_waivers import app as waivers_app
from loantape.errors import EXIT_CLEAN, EXIT_FINDINGS, EXIT_OUR_FAULT, LoantapeError
from loantape.privacy import mask
from loantape.progress import for_terminal, silent

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Loan tapes in, regulators' filings out: nothing lost, nothing invented. 贷款数据进，监管报送出。",
)
audit_app = typer.Typer(no_args_is_help=True, help="The hash-chained audit log. 哈希链审计日志。")
app.add_typer(audit_app, name="audit")
app.add_typer(versions_app)
app.add_typer(intake_app)
app.add_typer(findings_app)
app.add_typer(filings_app)
app.add_typer(market_app)
app.add_typer(indicators_app)
app.add_typer(apr_app)
app.add_typer(trace_app)
app.add_typer(waivers_app)


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version. 版本")] = False) -> None:
    if version:
        terminal.say(f"loantape {__version__}")
        raise typer.Exit(EXIT_CLEAN)


@app.command()
def simulate(
    lender: Annotated[str, typer.Option(help="One of the simulated lenders, e.g. demo_cashloan. 模拟机构")],
    period: Annotated[str, typer.Option(help="Last reporting month, e.g. 2026-10. 报告期")],
    loans: Annotated[int, typer.Option(help="Loans at every month-end. 每月末贷款笔数", min=1)],
    out: Annotated[Path, typer.Option(help="Where the deliveries go. 输出目录")],
    errors: Annotated[
        float, typer.Option(help="Share of loans that get a planted error. 植入错误比例", min=0.0, max=0.2)
    ] = 0.0,
    seed: Annotated[int, typer.Option(help="Same seed, same bytes. 随机种子")] = 1,
    months: Annotated[int, typer.Option(help="Consecutive months ending with the period. 连续月数", min=1)] = 1,
) -> None:
    """Write fictional deliveries with a known answer key. 生成带答案的模拟报送。

    Example: loantape simulate --lender demo_cashloan --period 2026-10 --loans 10000 --out deliveries --errors 0.005
    """
    from loantape.simulate import simulate as write

    for folder in write(
        lender, period_of(period), loans, out, errors=errors, seed=seed, months=months, progress=for_terminal()
    ):
        terminal.say(str(folder))


@app.command()
def run(
    deliveries: Annotated[list[Path], typer.Argument(help="Delivery folders or zips. 报送目录或压缩包")],
    store: StoreOption = DEFAULT_STORE,
    keys: KeysOption = None,
    database_url: DatabaseOption = None,
    regulator: Annotated[
        list[str] | None, typer.Option("--regulator", help="File with these regulators too. 报送对象")
    ] = None,
    at: AtOption = None,
) -> None:
    """Take deliveries the whole way up to review, and file them when regulators are named. 全流程处理。

    Example: loantape run deliveries/demo_cashloan_2026-10 --store store --regulator cn_pbc
    """
    from loantape import pipeline

    ws, when = pipeline.Workspace.open(store, keys, database_url), at or now()
    reviews = pipeline.run(ws, deliveries, when, for_terminal())
    for review in reviews:
        terminal.say(f"{review.submission}: {review.errors} errors, {review.warnings} warnings, {review.infos} notes")
        for name in regulator or []:
            terminal.say(f"  {name}: {pipeline.file(ws, review.submission, name, when, progress=for_terminal())}")
    tell_stale(ws, {review.submission.split("/")[0] for review in reviews})
    raise typer.Exit(EXIT_FINDINGS if any(review.errors for review in reviews) else EXIT_CLEAN)


@app.command()
def check(
    delivery: Annotated[Path, typer.Argument(help="Delivery folder or zip. 报送目录或压缩包")],
    previous: Annotated[
        Path | None, typer.Option(help="The previous period's delivery, for rules on movements. 上期报送")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Read and validate one delivery, keeping nothing. 校验一份报送，不入库。

    Exit code: 0 clean, 1 findings, 2 unreadable, 3 our fault.
    Example: loantape check deliveries/demo_cashloan_2026-10 --previous deliveries/demo_cashloan_2026-09 --json
    """
    from loantape import export, pipeline

    progress, at = (silent() if as_json else for_terminal()), now()
    with tempfile.TemporaryDirectory(prefix="loantape-check-") as folder:
        ws = pipeline.Workspace.open(Path(folder) / "store")
        if previous is not None:
            pipeline.read(ws, pipeline.receive(ws, previous, at, progress), at, progress)
        submission = pipeline.receive(ws, delivery, at, progress)
        pipeline.read(ws, submission, at, progress)
        review = pipeline.check(ws, submission, at, progress)
        with ws.store.reading(submission) as con:
            if as_json:
                terminal.write_json(export.check_result(con, review))
            else:
                export.print_review(con, review)
    raise typer.Exit(EXIT_FINDINGS if review.errors + review.warnings + review.infos else EXIT_CLEAN)


@app.command()
def findings(
    submission: Annotated[str, typer.Argument(help="lender/2026-10/v1, or without a version the latest. 报送批次")],
    store: StoreOption = DEFAULT_STORE,
    keys: KeysOption = None,
    database_url: DatabaseOption = None,
    rule: Annotated[list[str] | None, typer.Option(help="Only these rules. 规则")] = None,
    severity: Annotated[list[str] | None, typer.Option(help="Only these severities. 严重程度")] = None,
    form: Annotated[str, typer.Option("--format", help="csv, json, parquet or xlsx. 格式")] = "csv",
    out: Annotated[
        Path | None, typer.Option(help="File to write; csv and json go to standard output without it. 输出文件")
    ] = None,
) -> None:
    """Every finding of a submission, complete. 导出全部问题。

    Example: loantape findings demo_cashloan/2026-10 --severity ERROR --format xlsx --out findings.xlsx
    """
    from loantape import export, pipeline

    ws = pipeline.Workspace.open(store, keys, database_url)
    with ws.store.reading(submission) as con:
        export.write_findings(con, export.Filter(tuple(rule or ()), tuple(severity or ())), form, out)


@app.command("file")
def file_(
    submission: Annotated[str, typer.Argument(help="lender/2026-10/v1, or without a version the latest. 报送批次")],
    regulator: Annotated[str, typer.Option(help="cn_pbc, us_sec … 报送对象")],
    store: StoreOption = DEFAULT_STORE,
    keys: KeysOption = None,
    database_url: DatabaseOption = None,
    out: Annotated[Path | None, typer.Option(help="Also copy the package here. 另存到")] = None,
    reason: ReasonOption = None,
    at: AtOption = None,
) -> None:
    """Render, read back and seal one filing. 生成、回读并封存报送包。

    Where the period was filed before, this amends it: --reason is then required, and goes into the package with every
    record that differs. 该期已报送的，须以 --reason 说明更正原因。

    Example: loantape file demo_cashloan/2026-10 --regulator cn_pbc --out outgoing

    Example: loantape file demo_cashloan/2026-10 --regulator cn_pbc --reason "the lender corrected one provision"
    """
    from loantape import pipeline

    ws = pipeline.Workspace.open(store, keys, database_url)
    terminal.say(str(pipeline.file(ws, submission, regulator, at or now(), out, for_terminal(), reason)))


@app.command()
def verify(
    package: Annotated[Path, typer.Argument(help="The zip; its .minisig lies beside it. 报送包")],
    public_key: Annotated[str | None, typer.Option(help="Public key file, or the key itself. 公钥")] = None,
    time_authority: Annotated[
        Path | None, typer.Option(help="Root certificate of the time authority of PACKAGE.tsr, PEM. 时间戳根证书")
    ] = None,
) -> None:
    """Check a package as its receiver: signature, hashes, counts, every file read again. 接收方校验。

    Its file must have the name that it was sealed under, which says whose filing it is.

    Example: loantape verify cn_pbc_demo_bank_2026-10_1.zip --public-key signing.pub --time-authority root.pem
    """
    from loantape import catalog
    from loantape.filing.verify import verify as verify_package

    verification = verify_package(package, public_key, catalog.filings(), time_authority)
    for line in verification.lines():
        terminal.say(line)


@app.command()
def rules(
    on: Annotated[
        datetime | None, typer.Option(help="The book in force on this date. 生效日期", formats=["%Y-%m-%d"])
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """The rule book: sentence, severity, citation, dates; and the limits it compares with. 规则库与限额。

    Example: loantape rules --on 2026-10-31
    """
    from loantape import export

    export.write_rules(on.date() if on else None, as_json)


@audit_app.command("verify")
def audit_verify(
    store: StoreOption = DEFAULT_STORE, keys: KeysOption = None, database_url: DatabaseOption = None
) -> None:
    """Walk the chain and name the first bad entry, if any. 校验审计链。

    Example: loantape audit verify --store store
    """
    from loantape import pipeline

    ws = pipeline.Workspace.open(store, keys, database_url)
    verified = ws.workflow.verify_audit()
    if verified.broken is not None:
        terminal.say(f"broken 审计链断裂: {verified.broken}", err=True)
        raise typer.Exit(EXIT_FINDINGS)
    terminal.say(f"{verified.entries} entries hold 条目完整; head {verified.head.seq} {verified.head.hash}")


def main() -> None:
    """Run the command line; every error becomes one clear message and its exit code, never a bare traceback."""
    try:
        app()
    except LoantapeError as error:
        terminal.say(f"{type(error).__name__}: {error}", err=True)
        sys.exit(error.exit_code)
    except Exception as error:  # noqa: BLE001 - a fault of ours must end with code 3, never with the code of findings
        terminal.say(_fault(error), err=True)
        sys.exit(EXIT_OUR_FAULT)


def _fault(error: Exception) -> str:
    """Where it happened, without the values: an exception's text may quote delivered data."""
    frames = "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)[-6:]))
    return (
        f"{frames}{type(error).__name__}: {mask(str(error))}\n"
        "  this is a fault of Loantape, not of the data; nothing was stored\n"
        "  next: report the lines above with the version and the command"
    )


if __name__ == "__main__":
    main()
