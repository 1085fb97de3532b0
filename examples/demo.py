"""What `make demo` runs: three months of a real auto-loan tape and of six simulated lenders, through the real DAGs.

Belongs here: making the landing folder, running the DAGs headlessly in an Airflow home of their own, and telling what
came out. Not here: anything of the journey itself. Needs no network, no server and no settings; a second run finds
everything done and proves that it changed nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shlex
import sqlite3
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
REAL_PERIODS = ["2020-01", "2020-02", "2020-03"]
LAST_PERIOD, MONTHS = "2026-10", 3
PLANTED = {"demo_microloan": 0.01, "demo_platform": 0.01}  # share of loans with a planted error; the others are clean
RUN_AT = datetime(2026, 11, 3, 6, 0, tzinfo=UTC)  # the runs' logical date: the same day every time, so the same bytes
DONE = ("success", "skipped")


def main(arguments: list[str] | None = None) -> int:
    """0 when every task, package and audit entry is as it should be, else 1."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dir", type=Path, default=ROOT / "build" / "demo", help="where everything goes")
    parser.add_argument("--loans", type=int, default=1000, help="loans of each simulated lender")
    parser.add_argument("--timeout", type=int, default=900, help="seconds after which the demo gives up")
    options = parser.parse_args(arguments)
    started = time.monotonic()
    folder = options.dir.resolve()
    prepare_environment(folder)
    console = Console(file=os.fdopen(os.dup(1), "w"), highlight=False, width=None if sys.stdout.isatty() else 150)
    timer = watchdog(options.timeout, console)

    console.print(f"[bold]Deliveries[/] 报送数据 → {folder / 'landing'}")
    write_deliveries(folder / "landing", options.loans)
    with quiet(folder / "airflow" / "demo.log"):
        from loantape import pipeline

        workspace = pipeline.Workspace.from_environment()
        before = fingerprint(workspace)
        failed = run_dags(folder, console)
        after = fingerprint(workspace)
        problems = [*failed, *show_submissions(workspace, console), *show_filings(workspace, folder, console)]
    show_ways_on(workspace, folder, console)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    if not changed:
        console.print(
            f"\n[bold]nothing changed[/] 没有任何变化: {len(after)} files and tables have the hashes they had"
        )
    else:
        console.print(f"\n{len(changed)} of {len(after)} files and tables are new or changed 新增或变更")
    for problem in problems:
        console.print(f"[bold red]failed[/] 失败: {problem}")
    if failed:
        console.print(f"The tasks' own words: {folder / 'airflow' / 'demo.log'}")
    console.print(f"{time.monotonic() - started:.0f} s")
    timer.cancel()
    return 1 if problems else 0


def prepare_environment(folder: Path) -> None:
    """Everything below ``folder``; whatever Airflow or Loantape settings the shell has are not ours."""
    for name in [name for name in os.environ if name.startswith(("AIRFLOW", "LOANTAPE_"))]:
        del os.environ[name]
    for part in ("landing", "airflow"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    os.environ.update(
        AIRFLOW_HOME=str(folder / "airflow"),
        AIRFLOW__CORE__DAGS_FOLDER=str(ROOT / "dags"),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT="300",  # a slow machine is not an error
        LOANTAPE_STORE=str(folder / "store"),
        LOANTAPE_KEYS=str(folder / "keys"),
        LOANTAPE_LANDING=str(folder / "landing"),
        LOANTAPE_SETTLE_SECONDS="0",  # nobody but the demo writes there, and it has finished
        LOANTAPE_ACTOR="demo",
    )


def watchdog(seconds: int, console: Console) -> threading.Timer:
    """End the process, whatever it is doing, when it takes too long."""

    def bark() -> None:
        console.print(f"[bold red]failed[/] 失败: not finished after {seconds} s")
        os._exit(1)

    timer = threading.Timer(seconds, bark)
    timer.daemon = True
    timer.start()
    return timer


@contextmanager
def quiet(log: Path) -> Iterator[None]:
    """Send what Airflow and its tasks print to a file, below Python too; the console keeps the terminal."""
    kept = [os.dup(1), os.dup(2)]
    with log.open("wb") as file:
        for number in (1, 2):
            os.dup2(file.fileno(), number)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, copy in zip((1, 2), kept, strict=True):
            os.dup2(copy, number)
            os.close(copy)


def write_deliveries(landing: Path, loans: int) -> None:
    """The same arguments make the same bytes, so deliveries that are there already stay what they are."""
    from americredit.deliveries import write_deliveries as write_real

    from loantape.declare import Period
    from loantape.progress import silent
    from loantape.simulate import ARCHETYPES, simulate

    write_real(landing, REAL_PERIODS)
    for lender in sorted(ARCHETYPES):
        errors = PLANTED.get(lender, 0.0)
        simulate(
            lender, Period.parse(LAST_PERIOD), loans, landing, errors=errors, seed=1, months=MONTHS, progress=silent()
        )


def run_dags(folder: Path, console: Console) -> list[str]:
    """Run intake, then every filing DAG, as they are; what did not end well, task by task.

    Nobody waits for a delivery to land here: the DAG that does is loaded and left out.

    A run's own state looks only at its last tasks, so each task instance is looked at.
    """
    from airflow.dag_processing.dagbag import BundleDagBag
    from airflow.utils import db

    console.print("[bold]Airflow[/] …")
    db.initdb()
    dags = BundleDagBag(ROOT / "dags", bundle_path=ROOT / "dags", bundle_name="dags-folder")
    failed = [f"{Path(file).name} does not load: {why}" for file, why in dags.import_errors.items()]
    for dag_id in sorted(dags.dags.keys() - {"loantape_landing"}, key=lambda name: (name != "loantape_intake", name)):
        dag = dags.dags[dag_id]
        for task in dag.tasks:
            task.retries = 0  # nobody waits here for a disk to come back
        console.print(f"[bold]{dag_id}[/]")
        with progress(folder / "airflow" / "airflow.db", dag_id, console):
            # a second run of the demo takes everything in again, to show that it changes nothing
            run = dag.test(logical_date=RUN_AT, run_conf={"everything": True} if dag_id == "loantape_intake" else None)
        for task in run.get_task_instances():
            if task.state not in DONE:
                failed.append(f"{dag_id}.{task.task_id} {task.rendered_map_index or ''}: {task.state}")
    return failed


@contextmanager
def progress(database: Path, dag_id: str, console: Console) -> Iterator[None]:
    """Say which tasks have finished since the last look, one line per kind of task, while a DAG runs."""
    ended, seen = threading.Event(), set[tuple[str, int]]()
    began = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")  # tasks of an earlier run of the demo ended before

    def look() -> None:
        # A reader in WAL mode waits for nobody and holds up nobody.
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as con:
            rows = con.execute(
                "SELECT task_id, map_index, rendered_map_index, state, coalesce(duration, 0) FROM task_instance"
                " WHERE dag_id = ? AND state IN ('success', 'failed') AND end_date >= ? ORDER BY end_date",
                [dag_id, began],
            ).fetchall()
        for task, index, label, state, seconds in rows:
            if (task, index) not in seen:
                seen.add((task, index))
                outcome = "[bold red]failed[/] 失败" if state == "failed" else f"{seconds:5.1f} s"
                console.print(f"  {task.split('.')[-1]:18}{label or '':70} {outcome}", soft_wrap=True)

    def watch() -> None:
        while not ended.wait(0.5):
            look()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        look()


def fingerprint(workspace: Any) -> dict[str, str]:
    """SHA-256 of every file and every workflow table: what must not change when nothing new arrives."""
    root = workspace.store.root
    files = sorted(
        path for part in ("submissions", "filings", "outbox") for path in (root / part).rglob("*") if path.is_file()
    )
    found = {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    for table, rows in workspace.workflow.contents().items():
        found[f"workflow.{table}"] = hashlib.sha256(repr(rows).encode()).hexdigest()
    return found


def show_submissions(workspace: Any, console: Console) -> list[str]:
    """A line per submission; which of them should not be blocked and are."""
    from loantape import pipeline

    table = Table("Submission 报送", "State 状态", title="\nSubmissions 报送批次", title_justify="left")
    table.columns[0].no_wrap = True
    for heading in ("Loans 贷款", "Errors 错误", "Warnings 警告", "Notes 提示"):
        table.add_column(heading, justify="right")
    problems = []
    for record in workspace.workflow.submissions():
        found = pipeline.review(workspace, record.name)
        with workspace.store.reading(record.name) as con:
            loans = con.execute("SELECT count(*) FROM tape_loan").fetchone()[0]
        planted = record.lender in PLANTED
        state = (
            f"{record.state}: errors were planted 植入错误" if planted and record.state == "blocked" else record.state
        )
        if record.state == "blocked" and not planted:
            problems.append(f"{record.name} is blocked by {found.errors} errors, and none was planted")
        counts = (f"{number:,}" for number in (loans, found.errors, found.warnings, found.infos))
        table.add_row(record.name, str(state), *counts)
    console.print(table)
    return problems


def show_filings(workspace: Any, folder: Path, console: Console) -> list[str]:
    """A line per filing, each verified as its receiver would; what does not verify."""
    from loantape import catalog
    from loantape.errors import LoantapeError
    from loantape.filing.verify import verify

    reports = folder / "reports"
    reports.mkdir(exist_ok=True)
    known = catalog.filings()
    table = Table("Filing 报送", "State 状态", "Package, verified 已校验的报送包", title="\nFilings 报送文件")
    table.title_justify, table.columns[2].overflow = "left", "fold"
    problems = []
    filings = workspace.workflow.filings()
    for filing in filings:
        package = package_of(workspace, filing)
        if package is None:
            table.add_row(filing.name, filing.state, "")
            continue
        try:
            verify(package, workspace.keys.folder / "signing.pub", known)
        except LoantapeError as error:
            problems.append(f"{package}: {error.what}")
        with zipfile.ZipFile(package) as members:
            (reports / f"{package.stem}.html").write_bytes(members.read("report.html"))
        table.add_row(filing.name, filing.state, str(package.relative_to(folder)))
    for regulator in sorted(set(known) - {filing.regulator for filing in filings}):
        problems.append(f"no filing was made for {regulator}")
    console.print(table)
    log = workspace.workflow.verify_audit()
    if log.broken:
        problems.append(f"audit log: {log.broken.what}")
    console.print(f"Audit log 审计日志: {log}")
    return problems


def show_ways_on(workspace: Any, folder: Path, console: Console) -> None:
    """Where things lie and which commands to try next, ready to be copied."""
    store, keys = (shlex.quote(str(path)) for path in (workspace.store.root, workspace.keys.folder))
    say = partial(console.print, soft_wrap=True)  # a command broken over two lines cannot be copied
    where = f"--store {store} --keys {keys}"
    console.print("\n[bold]Look further[/] 下一步")
    say(f"  reports 报告        {folder / 'reports'}/*.html")
    say(f"  findings 问题清单   loantape findings demo_microloan/{LAST_PERIOD} {where} --format csv")
    say(f"  indicators 指标     loantape indicators demo_cashloan/{LAST_PERIOD} {where}")
    packages = [package for filing in workspace.workflow.filings() if (package := package_of(workspace, filing))]
    if packages:
        last = shlex.quote(str(packages[-1]))
        say(f"  verify 校验         loantape verify {last} --public-key {keys}/signing.pub")
    say(f"  audit 审计          loantape audit verify {where}")


def package_of(workspace: Any, filing: Any) -> Path | None:
    """The sealed package of a filing, None while there is none."""
    place = workspace.store.filing_folder(filing.regulator, filing.lender, filing.period, filing.sequence)
    return place / filing.package_name if filing.package_name else None


if __name__ == "__main__":
    sys.exit(main())
