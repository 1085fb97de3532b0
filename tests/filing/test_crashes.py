"""The life of a filing, killed anywhere: a plain rerun of the same command gives what one uninterrupted run gives."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from loantape import catalog, cli, pipeline
from loantape.declare import Period
from loantape.filing import package as layout
from loantape.filing.timestamp import FolderAuthority, check, stamp
from loantape.progress import silent
from loantape.simulate import simulate
from tests.crashing import ROOT, Crashing, Ended, crashing, tree
from tests.filing.life import AT, open_workspace, take_in
from tests.filing.openssh import OpenSsh, openssh

pytestmark = pytest.mark.xdist_group("crashes")

REGULATOR, LENDER = "cn_nfra_g09", "demo_colending"
LATER = ("--at", "2026-11-06T09:00:00")
NOT_COMPARED = ("store/workflow.db", "store/.locks")  # SQLite has its own way through a crash, and lock files are empty
KILLS = None if os.environ.get("LOANTAPE_LONG") else 6  # of a command: before all of its effects, or some of them
Fresh = Callable[[], Path]
Tree = dict[str, bytes]


def command(folder: Path, *words: str) -> None:
    """The command line over the store in ``folder``, which ``{folder}`` in a word stands for."""
    own = [one.format(folder=folder) for one in words]
    sys.argv = ["loantape", *own, "--store", str(folder / "store"), "--keys", str(folder / "keys")]
    cli.main()


def hand_over_from_airflow(folder: Path, login: str) -> None:
    """What the DAG's task does, for all that waits: over the connection of Airflow's that ``login`` is."""
    import wiring

    os.environ |= {"AIRFLOW_CONN_BANK": login, f"LOANTAPE_OUTBOX_{REGULATOR.upper()}": "sftp://bank/in"}
    ws = open_workspace(folder / "store")
    for package in pipeline.waiting(ws, REGULATOR):
        with wiring.handing_over(REGULATOR) as place:
            pipeline.hand_over(ws, package, AT, place)


@pytest.fixture(scope="module")
def crash() -> Iterator[Crashing]:
    with crashing(__name__, "pandas", "loantape.cli_filings", "loantape.export_filings") as one:
        yield one


@pytest.fixture(scope="module")
def filed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store, in which one filing is sealed, and its keys; what was delivered is not needed any more."""
    folder = tmp_path_factory.mktemp("filed")
    deliveries = simulate(LENDER, Period.parse("2026-10"), 6, folder / "delivered", seed=3, progress=silent())
    ws = take_in(folder / "store", list(deliveries))
    with pytest.MonkeyPatch.context() as patched:
        reports = {name: name.encode() for name in layout.REPORTS}
        patched.setattr(catalog, "report_builder", lambda: lambda *_: reports)
        pipeline.file(ws, f"{LENDER}/2026-10", REGULATOR, AT)
    for left in ("delivered", "store/submissions", "store/marts"):
        shutil.rmtree(folder / left)
    return folder


@pytest.fixture
def fresh(filed: Path, tmp_path: Path) -> Fresh:
    """Puts ``filed`` into one place anew each time: the log names the place."""

    def copied() -> Path:
        shutil.rmtree(tmp_path / "in", ignore_errors=True)
        return Path(shutil.copytree(filed, tmp_path / "in"))

    return copied


def package_in(folder: Path) -> Path:
    return next((folder / "store/filings").rglob("*_1.zip"))


def files_in(folder: Path) -> Tree:
    return tree(folder, NOT_COMPARED)


def survives(
    crash: Crashing, fresh: Fresh, work: str, *arguments: str, most: int | None = KILLS, files: Any = files_in
) -> tuple[Ended, Path]:
    """Kill work before its effects and do it again: nothing half-made is ever seen, and the end is the same, in what it
    leaves and in what it says. Returns that and the folder; ``files`` gives what a folder holds."""

    def ended_in(folder: Path) -> dict[str, Any]:
        workflow = open_workspace(folder / "store").workflow
        assert workflow.verify_audit().broken is None
        return {**files(folder), **workflow.contents()}

    work = f"{__name__}:{work}"
    before = files(fresh())
    runs = crash.every_kill(work, fresh, *arguments, most=most)
    whole, ended = next(runs)
    wanted, after = ended_in(whole), files(whole)
    kills = 0
    for folder, killed in runs:
        place = killed.effects[-1]
        for name, data in files(folder).items():
            hidden = any(part.startswith(".") for part in Path(name).parts)
            assert hidden or name == "store/audit.head" or data in (before.get(name), after.get(name)), (place, name)
        assert open_workspace(folder / "store").workflow.verify_audit().broken is None, place
        again = crash.run(work, folder, *arguments)
        assert ended_in(folder) == wanted, place
        assert (again.code, told(again)) == (ended.code, told(ended)), place
        kills += 1
    assert kills == min(most or len(ended.effects), len(ended.effects))
    return ended, whole


def told(ended: Ended) -> str:
    """What a command said; a receipt that is gone is named by what is kept of it, so its name is left out."""
    lines = ended.output.replace(" (taken before 已处理过)", "").splitlines()
    return "\n".join(sorted(line.partition(": ")[2] or line for line in lines))


def test_a_killed_withdrawal_happens_once(crash: Crashing, fresh: Fresh) -> None:
    """One sequence, one package, two entries in the log, the same bytes, and the copy that was asked for."""
    words = ("withdraw", REGULATOR, LENDER, "2026-10", "--reason", "filed for the wrong month")
    ended, folder = survives(crash, fresh, "command", *words, "--out", "{folder}/out", *LATER)
    assert ended.code == 0 and ended.output.strip().endswith("_2.zip") and len(ended.effects) > 30
    entries = open_workspace(folder / "store").workflow.audit_entries()
    assert [one.action for one in entries[-2:]] == ["withdrawal rendered", "withdrawal sealed"]


def test_a_killed_hand_over_happens_once(crash: Crashing, fresh: Fresh) -> None:
    """Into the store's own outbox: the signature, then the package, and one entry in the log."""
    ended, folder = survives(crash, fresh, "command", "hand-over", str(package_in(fresh())), *LATER)
    assert ended.code == 0 and len(ended.effects) > 10
    assert len(list((folder / "store/outbox").rglob("*.zip*"))) == 2
    assert open_workspace(folder / "store").workflow.audit_entries()[-1].action == "filing handed over"


def test_a_killed_look_into_the_inbox_takes_each_receipt_once(crash: Crashing, fresh: Fresh) -> None:
    """An acceptance, one of other bytes and half a receipt: kept, recorded and told, whichever was first to be lost."""

    def with_receipts() -> Path:
        folder = fresh()
        inbox = folder / "store/inbox" / REGULATOR
        inbox.mkdir(parents=True)
        package = package_in(folder)
        said = {"format": "loantape-receipt/1", "regulator": REGULATOR, "reference": "r", "package": package.name}
        said |= {"status": "accepted", "received_at": "2026-11-06T10:00:00+08:00"}
        for name, digest in (("a.json", hashlib.sha256(package.read_bytes()).hexdigest()), ("b.json", "9" * 64)):
            (inbox / name).write_text(json.dumps(said | {"package_sha256": digest}))
        (inbox / "c.json").write_text(json.dumps(said)[:40])
        return folder

    ended, folder = survives(crash, with_receipts, "command", "inbox", *LATER)
    assert ended.code == 1 and len(ended.effects) > 20
    workflow = open_workspace(folder / "store").workflow
    assert sorted(one.outcome for one in workflow.receipts()) == ["accepted", "other hash", "unreadable"]
    assert [path.name for path in (folder / "store/inbox" / REGULATOR).iterdir()] == ["c.json"]


def test_a_killed_receipt_is_bound_once(crash: Crashing, fresh: Fresh, filed: Path, tmp_path: Path) -> None:
    """Named on the command line, where the sender's file stays."""
    package = package_in(filed)
    said = {"format": "loantape-receipt/1", "regulator": REGULATOR, "reference": "r", "package": package.name}
    said |= {"package_sha256": hashlib.sha256(package.read_bytes()).hexdigest(), "status": "rejected"}
    (tmp_path / "r.json").write_text(json.dumps(said | {"received_at": "2026-11-06T10:00:00+08:00"}))
    words = ("receipt", str(tmp_path / "r.json"), "--regulator", REGULATOR)
    ended, folder = survives(crash, fresh, "command", *words, *LATER)
    assert ended.code == 1 and open_workspace(folder / "store").workflow.filings()[0].state == "rejected"


def test_a_killed_stamping_leaves_one_token(crash: Crashing, fresh: Fresh, tmp_path: Path) -> None:
    """A token beside the package that speaks of it, or none; never a part of one, and nothing else."""
    authority = FolderAuthority(tmp_path / "authority")
    (tmp_path / "any").write_bytes(b"any")
    stamp(tmp_path / "any", authority)  # so that it is made

    def files(folder: Path) -> Tree:
        """Tokens differ by nature: each that is seen is checked instead."""
        found = files_in(folder)
        for name in found:
            if name.endswith(".tsr"):
                assert check(package_in(folder), authority.certificate)
                found[name] = b"a token"
        return found

    words = ("timestamp", str(package_in(fresh())), "--authority", str(authority.folder))
    ended, folder = survives(crash, fresh, "command", *words, files=files)
    assert ended.code == 0 and len(list(package_in(folder).parent.glob("*.tsr"))) == 1


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crashing]:
    """Runs work that uses Airflow, in processes that have a home of their own for it."""
    home = tmp_path_factory.mktemp("airflow")
    variables = {"AIRFLOW_HOME": str(home), "HOME": str(home), "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR"}
    path = f"{ROOT}:{ROOT / 'dags'}"
    with crashing("wiring", "airflow.providers.sftp.hooks.sftp", __name__, PYTHONPATH=path, **variables) as one:
        yield one


@pytest.fixture(scope="module")
def server() -> Iterator[OpenSsh]:
    with openssh() as one:
        yield one


@pytest.mark.airflow
def test_a_killed_hand_over_by_sftp_happens_once(airflow: Crashing, fresh: Fresh, server: OpenSsh) -> None:
    """Through Airflow's hook to OpenSSH's server, killed before requests to it and before the log is written."""

    def with_folder() -> Path:
        shutil.rmtree(server.home / "in", ignore_errors=True)
        server.folder_in("in")
        return fresh()

    def files(folder: Path) -> Tree:
        server.wait_idle()
        arrived = {f"arrived/{name}": data for name, data in tree(server.home / "in").items()}
        assert not any(name.endswith(".zip") for name in arrived) or len(arrived) > 1, "the signature comes first"
        return files_in(folder) | arrived

    ended, folder = survives(airflow, with_folder, "hand_over_from_airflow", server.address(), files=files)
    assert len([one for one in ended.effects if one.startswith("sftp")]) > 20
    arrived = {path.name: path.read_bytes() for path in (server.home / "in").iterdir()}
    sealed = package_in(folder).parent
    assert arrived == {path.name: path.read_bytes() for path in sealed.iterdir() if path.is_file()}
