"""The store's files: what a reader, a second writer and a crash may and may not see."""

from __future__ import annotations

import hashlib
import itertools
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loantape.declare import Period
from loantape.errors import StoreBusy, UnknownSubmission
from loantape.outbox import Folder, hand_over
from loantape.store import Store, SubmissionName
from tests.crashing import Crashing, crashing, effect, tree

AT = datetime(2026, 11, 3, 6, 30, tzinfo=UTC)
OCTOBER = Period.parse("2026-10")
NAME = "demo_cashloan/2026-10/v1"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}


def deliver(store: Store, content: str = "a", lender: str = "demo_cashloan", period: Period = OCTOBER) -> str:
    def fill(folder: Path) -> None:
        (folder / "original").mkdir()
        (folder / "original" / "loan.csv").write_text(content)

    return store.add_submission(lender, period, hashlib.sha256(content.encode()).hexdigest(), AT, fill)[0]


@given(
    st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True),
    st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    st.none() | st.integers(1, 999),
)
def test_a_name_prints_as_it_parses(lender: str, day: date, version: int | None) -> None:
    """A submission name survives printing and parsing, with and without a version."""
    name = SubmissionName(lender, Period(day), version)
    assert SubmissionName.parse(str(name)) == name


@pytest.mark.parametrize(
    "text",
    [
        *("", "demo", "demo/2026-13", "demo/2026-10/1", "demo/2026-10/v0", "demo/2026-10/v01", "../x/2026-10"),
        *("a/b/c/d", "demo/2026-10/v1/", "Demo/2026-10", "demo/2026-10/v1\n", "de.mo/2026-10"),
    ],
)
def test_what_names_no_submission_is_refused(text: str) -> None:
    """Nothing but the two written forms names a submission, and no name leaves the store's folder."""
    with pytest.raises(UnknownSubmission):
        SubmissionName.parse(text)


def test_the_layout_is_the_documented_one(tmp_path: Path) -> None:
    """A received delivery lies under lender, period and version, and nothing else appears beside it."""
    store = Store(tmp_path / "store")
    assert deliver(store) == "demo_cashloan/2026-10/v1"
    found = set(tree(tmp_path / "store" / "submissions"))
    assert found == {
        "demo_cashloan/2026-10/v1/original/loan.csv",
        "demo_cashloan/2026-10/v1/submission.duckdb",
    }


def test_the_same_delivery_is_the_same_submission(tmp_path: Path) -> None:
    """Received again, a delivery changes no byte; other content becomes the next version."""
    store = Store(tmp_path)
    first = deliver(store)
    before = tree(tmp_path)
    assert deliver(store) == first
    assert tree(tmp_path) == before
    assert deliver(store, "b") == "demo_cashloan/2026-10/v2"
    assert deliver(store) == first
    assert store.name("demo_cashloan/2026-10") == "demo_cashloan/2026-10/v2"
    assert store.latest("demo_cashloan", OCTOBER) == "demo_cashloan/2026-10/v2"


def test_versions_sort_as_numbers(tmp_path: Path) -> None:
    """Version 10 comes after version 9."""
    store = Store(tmp_path)
    for number in range(10):
        deliver(store, f"content {number}")
    assert store.name("demo_cashloan/2026-10").endswith("/v10")


def test_a_failed_receive_leaves_nothing(tmp_path: Path) -> None:
    """When filling fails, the store holds no new submission and no folder aside."""
    store = Store(tmp_path)

    def fill(folder: Path) -> None:
        (folder / "half").write_text("x")
        raise UnknownSubmission("bad", "stop")

    with pytest.raises(UnknownSubmission):
        store.add_submission("demo_cashloan", OCTOBER, "0" * 64, AT, fill)
    assert store.names() == []
    assert tree(tmp_path / "submissions") == {}


def test_previous_is_the_latest_earlier_one_that_was_read(tmp_path: Path) -> None:
    """The previous submission is the newest version of the newest earlier period that has a tape."""
    store = Store(tmp_path)
    read = [
        deliver(store, c, period=Period.parse(p)) for c, p in [("a", "2026-08"), ("b", "2026-09"), ("c", "2026-09")]
    ]
    for name in read:
        with store.editing(name, "read", AT):
            pass
    deliver(store, "unread", period=Period.parse("2026-09"))
    deliver(store, "other lender", lender="demo_platform", period=Period.parse("2026-09"))
    now = deliver(store)
    assert store.previous_of(now) == "demo_cashloan/2026-09/v2"
    assert store.previous_of("demo_cashloan/2026-08") is None


def test_an_edit_is_seen_whole_and_the_step_is_done(tmp_path: Path) -> None:
    """What a step writes is readable after it ends, the step counts as done with its inputs, and no copy is left."""
    store = Store(tmp_path)
    name = deliver(store)
    with store.editing(
        name, "read", datetime(2026, 11, 3, 14, 30, tzinfo=timezone(timedelta(hours=8))), inputs="i"
    ) as con:
        con.execute("CREATE TABLE tape_loan AS SELECT range AS n FROM range(1000)")
    with store.reading(name) as con:
        assert con.execute("SELECT count(*) FROM tape_loan").fetchone() == (1000,)
        assert con.execute("SELECT step, CAST(finished_at AS VARCHAR), inputs FROM steps ORDER BY step").fetchall() == [
            ("read", "2026-11-03 06:30:00", "i"),
            ("receive", "2026-11-03 06:30:00", store.content_sha256(name)),
        ]
    assert store.done(name, "read") and store.done(name, "read", inputs="i")
    assert not store.done(name, "read", inputs="j") and not store.done(name, "check")
    assert {p.name for p in store.folder(name).iterdir()} == {"original", "submission.duckdb"}


def test_a_failed_edit_changes_no_byte(tmp_path: Path) -> None:
    """An error in a step leaves the submission's file exactly as it was."""
    store = Store(tmp_path)
    name = deliver(store)
    before = tree(tmp_path)
    with pytest.raises(ZeroDivisionError), store.editing(name, "read", AT) as con:
        con.execute("CREATE TABLE tape_loan AS SELECT 1 AS n")
        raise ZeroDivisionError
    assert {k: v for k, v in tree(tmp_path).items() if "lock" not in k} == {
        k: v for k, v in before.items() if "lock" not in k
    }


def test_a_reader_keeps_its_state_and_the_next_reader_sees_the_new_one(tmp_path: Path) -> None:
    """A step that ends while a reader is open disturbs neither: the open one sees the old state, a new one the new."""
    store = Store(tmp_path)
    name = deliver(store)
    with store.reading(name) as old:
        with store.editing(name, "read", AT) as con:
            con.execute("CREATE TABLE tape_loan AS SELECT 1 AS n")
        with store.reading(name) as new:
            assert new.execute("SELECT count(*) FROM steps").fetchone() == (2,)
        assert old.execute("SELECT count(*) FROM steps").fetchone() == (1,)


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    """A reading connection refuses every change."""
    store = Store(tmp_path)
    name = deliver(store)
    with store.reading(name) as con, pytest.raises(Exception, match="read-only"):
        con.execute("DELETE FROM steps")


def test_the_connection_is_set_up_for_determinism_and_limits(tmp_path: Path) -> None:
    """Edits run in UTC, keep insertion order, spill inside the submission's folder and obey the memory limit."""
    store = Store(tmp_path, memory_limit="256MB", threads=1)
    name = deliver(store)
    with store.editing(name, "read", AT) as con:
        settings = {
            key: con.execute(f"SELECT current_setting('{key}')").fetchone()[0]
            for key in ["TimeZone", "preserve_insertion_order", "temp_directory", "memory_limit", "threads"]
        }
    assert settings["TimeZone"] == "UTC" and settings["preserve_insertion_order"] is True and settings["threads"] == 1
    assert Path(settings["temp_directory"]).is_relative_to(store.folder(name))
    assert settings["memory_limit"] == "244.1 MiB"


def test_a_second_writer_is_told_to_come_back(tmp_path: Path) -> None:
    """While one thread edits a submission another gets StoreBusy, may edit another submission, and later succeeds."""
    store = Store(tmp_path)
    one, other = deliver(store), deliver(store, lender="demo_platform")
    with store.editing(one, "read", AT):
        with store.editing(other, "read", AT):
            pass
        with pytest.raises(StoreBusy) as busy, store.editing(one, "read", AT):
            pass
        assert busy.value.retry_helps
    with store.editing(one, "check", AT):
        pass
    assert store.done(one, "read") and store.done(one, "check")


_RACER = """
import sys
from datetime import datetime
from pathlib import Path
from loantape.errors import StoreBusy
from loantape.store import Store
store, won = Store(Path(sys.argv[1])), 0
for _ in range(25):
    try:
        with store.editing(sys.argv[2], "read", datetime(2026, 11, 3)) as con:
            con.execute("UPDATE tally SET n = n + 1")
        won += 1
    except StoreBusy:
        continue
print(won)
"""


def test_two_processes_race_and_no_edit_is_lost(tmp_path: Path) -> None:
    """Over many simultaneous edits by two processes every success is in the file exactly once."""
    store = Store(tmp_path)
    name = deliver(store)
    with store.editing(name, "start", AT) as con:
        con.execute("CREATE TABLE tally AS SELECT 0 AS n")
    command = [sys.executable, "-c", _RACER, str(tmp_path), name]
    racers = [subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    total = sum(int(racer.communicate(timeout=60)[0]) for racer in racers)
    with store.reading(name) as con:
        assert con.execute("SELECT n FROM tally").fetchone() == (total,)
    assert total >= 25


def test_simultaneous_receives_of_one_delivery_make_one_submission(tmp_path: Path) -> None:
    """Eight threads receiving the same delivery get the same submission, and there is one version."""
    store = Store(tmp_path)
    names: list[str] = []
    threads = [threading.Thread(target=lambda: names.append(deliver(store))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names == ["demo_cashloan/2026-10/v1"] * 8
    assert store.names() == ["demo_cashloan/2026-10/v1"]


# --- what a kill may leave: each of these runs in processes that are killed before any one of their effects ---------


def receive(root: Path) -> None:
    """A delivery of ten thousand bytes."""
    deliver(Store(root), "x" * 10_000)


def edit(root: Path) -> None:
    """One edit of the submission that is there, of more than a page."""
    with Store(root).editing(NAME, "read", AT) as con:
        con.execute("UPDATE tally SET n = n + 1")
        con.execute("CREATE TABLE bulk AS SELECT range AS n FROM range(200000)")
        effect("the edit is written and not yet kept")


def seal(root: Path) -> None:
    """A package and its signature, sealed and handed over."""
    store = Store(root)
    with store.making_filing("cn_pbc", "demo_cashloan", OCTOBER, 1) as folder:
        (folder / "a.zip").write_text("package")
        (folder / "a.zip.minisig").write_text("signature")
    sealed = store.filing_folder("cn_pbc", "demo_cashloan", OCTOBER, 1)
    hand_over(Folder(store.outbox("cn_pbc")), [sealed / "a.zip.minisig", sealed / "a.zip"])


@pytest.fixture(scope="module")
def crash() -> Iterator[Crashing]:
    """Binding a value imports pandas and pyarrow: once, not once in each child."""
    with crashing(__name__, "pandas", "pyarrow") as one:
        yield one


@pytest.fixture
def fresh(tmp_path: Path) -> Callable[[], Path]:
    """Gives another empty folder each time."""
    numbers = itertools.count()

    def make() -> Path:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        return folder

    return make


def test_a_kill_anywhere_in_a_receive_leaves_all_or_nothing(crash: Crashing, fresh: Callable[[], Path]) -> None:
    """Killed before any effect, a receive leaves no submission or the whole one, and a rerun finishes it."""
    kills = 0
    for root, ended in crash.every_kill(f"{__name__}:receive", fresh):
        store = Store(root)
        if store.names():
            assert (store.original(NAME) / "loan.csv").read_text() == "x" * 10_000
            assert store.content_sha256(NAME) == hashlib.sha256(b"x" * 10_000).hexdigest()
        if ended.killed:
            crash.run(f"{__name__}:receive", root)
            kills += 1
        assert store.names() == [NAME]
        assert {p.name for p in (root / "submissions/demo_cashloan/2026-10").iterdir()} == {"v1"}
    assert kills >= 12


def test_a_kill_anywhere_in_an_edit_leaves_the_old_state_or_the_new(
    crash: Crashing, fresh: Callable[[], Path], tmp_path: Path
) -> None:
    """Killed before any effect, an edit leaves the whole old state or the whole new one, and a rerun finishes it."""
    deliver(Store(tmp_path / "pristine"))
    with Store(tmp_path / "pristine").editing(NAME, "start", AT) as con:
        con.execute("CREATE TABLE tally AS SELECT 0 AS n")

    def copied() -> Path:
        return Path(shutil.copytree(tmp_path / "pristine", fresh(), dirs_exist_ok=True))

    kills = 0
    for root, ended in crash.every_kill(f"{__name__}:edit", copied):
        store = Store(root)
        with store.reading(NAME) as con:
            tally = con.execute("SELECT n FROM tally").fetchone()[0]
            tables = {row[0] for row in con.execute("SHOW TABLES").fetchall()}
        assert tally in (0, 1) and ("bulk" in tables) == bool(tally) == store.done(NAME, "read")
        if ended.killed and not tally:
            crash.run(f"{__name__}:edit", root)
            assert store.done(NAME, "read")
        kills += ended.killed
        leftovers = {p.name for p in store.folder(NAME).iterdir()} - {"original", "submission.duckdb"}
        if leftovers:  # killed after the rename: the next edit sweeps up
            with store.editing(NAME, "check", AT):
                pass
        assert {p.name for p in store.folder(NAME).iterdir()} == {"original", "submission.duckdb"}
    assert kills >= 7


def test_a_kill_anywhere_in_a_seal_leaves_no_half_package(crash: Crashing, fresh: Callable[[], Path]) -> None:
    """Killed before any effect, sealing and handing over leave whole files only, and a rerun finishes them once."""
    kills = 0
    for root, ended in crash.every_kill(f"{__name__}:seal", fresh):
        final = Store(root).filing_folder("cn_pbc", "demo_cashloan", OCTOBER, 1)
        if final.exists():
            assert set(tree(final)) == {"a.zip", "a.zip.minisig"}
        handed = {path.name for path in (root / "outbox").glob("cn_pbc/a.zip*")}
        for name in handed:
            assert (root / "outbox/cn_pbc" / name).read_text() == (final / name).read_text()
        assert "a.zip" not in handed or "a.zip.minisig" in handed, "the signature comes first"
        if ended.killed:
            crash.run(f"{__name__}:seal", root)
            kills += 1
        assert {p.name for p in (root / "outbox/cn_pbc").iterdir()} == {"a.zip", "a.zip.minisig"}
        assert [p.name for p in final.parent.iterdir()] == ["1"]
    assert kills >= 18


def test_an_unknown_submission_names_the_way_out(tmp_path: Path) -> None:
    """Asking for what the store does not hold is a clear error, not an empty file."""
    store = Store(tmp_path)
    for name in ["demo_cashloan/2026-10", "demo_cashloan/2026-10/v1"]:
        with pytest.raises(UnknownSubmission):
            store.database(name)
    deliver(store)
    with pytest.raises(UnknownSubmission):
        store.folder("demo_cashloan/2026-10/v2")
