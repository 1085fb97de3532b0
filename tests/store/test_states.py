"""Which version of a period counts, and when a submission is stale: on records alone, and in the database."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loantape.declare import Period
from loantape.errors import FilingRefused, UnknownSubmission
from loantape.store import Reason, Stale, State, Store, SubmissionName, SubmissionRecord, Workflow
from loantape.store.database import open_database, writing
from loantape.store.states import staleness

AT = datetime(2026, 11, 3, 6, 30, tzinfo=UTC)
LATER = AT + timedelta(days=1)
AUGUST, SEPTEMBER, OCTOBER = (f"demo_cashloan/2026-{month}" for month in ("08", "09", "10"))
TO_READY = (State.MEASURED, State.READY)


@pytest.fixture
def workflow(tmp_path: Path, database_url: str | None) -> Workflow:
    return Workflow(tmp_path, database_url)


def read(workflow: Workflow, name: str, digit: str, sequence: int = 0) -> None:
    workflow.received(name, digit * 64, AT, "maria", sequence)
    workflow.advance(name, State.READ, AT, "maria")


def ready(workflow: Workflow, name: str, against: str | None) -> None:
    workflow.checked(name, against, AT, "maria")
    for state in TO_READY:
        workflow.advance(name, state, AT, "maria")


def stale(workflow: Workflow) -> dict[str, tuple[str, str]]:
    return {one.name: (one.stale.reason, one.stale.because) for one in workflow.submissions() if one.stale}


RECORDS = st.lists(
    st.tuples(st.integers(8, 11), st.integers(0, 2), st.sampled_from(State), st.none() | st.integers(0, 12)),
    min_size=1,
    max_size=10,
)


def record(number: int, month: int, sequence: int, state: State, against: str | None) -> SubmissionRecord:
    """The ``number``-th arrival of all; versions are unique, as numbers in order of arrival."""
    period = Period.parse(f"2026-{month:02}")
    name = str(SubmissionName("demo", period, number + 1))
    return SubmissionRecord(name, "demo", period, number + 1, sequence, "", state, AT, against, None, None)


@given(RECORDS, st.randoms())
def test_staleness_is_what_its_definition_says(drawn: list[tuple[int, int, State, int | None]], rng: object) -> None:
    """In whatever order the records come: a version is replaced, else stale when its check used another tape."""
    bare = [record(n, month, sequence, state, None) for n, (month, sequence, state, _) in enumerate(drawn)]
    records = []
    for n, (month, sequence, state, chosen) in enumerate(drawn):
        against = None if chosen is None else "" if chosen >= len(bare) else bare[chosen].name
        records.append(record(n, month, sequence, state, against))
    answer = staleness(rng.sample(records, len(records)))  # type: ignore[attr-defined]
    for one in records:
        siblings = [other for other in records if other.period == one.period]
        counts = max(siblings, key=lambda other: (other.sequence, other.version))
        earlier = [other for other in records if other.period < one.period and other.state is not State.RECEIVED]
        before = max(earlier, key=lambda o: (o.period, o.sequence, o.version)).name if earlier else ""
        wanted = None
        if counts != one:
            wanted = Stale(Reason.REPLACED, counts.name)
        elif one.checked_against is not None and one.checked_against != before:
            wanted = Stale(Reason.PREVIOUS, before)
        assert answer[one.name] == wanted


def test_a_correction_makes_the_next_period_stale_until_it_is_checked_again(workflow: Workflow) -> None:
    """The flag comes when the correction is read, with reason, moment and entry, and goes with the next check."""
    read(workflow, f"{SEPTEMBER}/v1", "a")
    read(workflow, f"{OCTOBER}/v1", "b")
    ready(workflow, f"{OCTOBER}/v1", f"{SEPTEMBER}/v1")
    assert stale(workflow) == {}
    workflow.received(f"{SEPTEMBER}/v2", "c" * 64, AT, "maria")
    assert stale(workflow) == {f"{SEPTEMBER}/v1": ("replaced", f"{SEPTEMBER}/v2")}, "it has no tape yet"
    workflow.advance(f"{SEPTEMBER}/v2", State.READ, LATER, "vera")
    assert stale(workflow)[f"{OCTOBER}/v1"] == ("previous", f"{SEPTEMBER}/v2")
    marked = workflow.submission(f"{OCTOBER}/v1")
    assert marked.stale_at == LATER.replace(tzinfo=None) and marked.state is State.READY
    entry = workflow.audit_entries()[-1]
    assert (entry.action, entry.object, entry.actor) == ("submission stale", f"{OCTOBER}/v1", "vera")
    with pytest.raises(FilingRefused, match="loantape refresh"):
        workflow.begin_filing("cn_pbc", f"{OCTOBER}/v1", AT, "maria")
    workflow.check_again(f"{OCTOBER}/v1", LATER, "vera", "the previous period changed")
    ready(workflow, f"{OCTOBER}/v1", f"{SEPTEMBER}/v2")
    assert f"{OCTOBER}/v1" not in stale(workflow)
    assert "submission current" in [entry.action for entry in workflow.audit_entries()]
    assert workflow.begin_filing("cn_pbc", f"{OCTOBER}/v1", AT, "maria").sequence == 1
    assert workflow.verify_audit().broken is None


def test_checking_twice_writes_nothing_the_second_time(workflow: Workflow) -> None:
    """A repeated check with the same inputs leaves every row of the database as it is."""
    read(workflow, f"{OCTOBER}/v1", "b")
    assert workflow.checked(f"{OCTOBER}/v1", None, AT, "maria")
    before = workflow.contents()
    assert not workflow.checked(f"{OCTOBER}/v1", None, LATER, "vera")
    assert workflow.contents() == before
    with pytest.raises(UnknownSubmission):
        workflow.checked(f"{OCTOBER}/v2", None, AT, "maria")


def test_a_late_period_makes_the_one_after_it_stale(workflow: Workflow) -> None:
    """A month that arrives after the next one was checked without it is what the next one should have used."""
    read(workflow, f"{OCTOBER}/v1", "b")
    ready(workflow, f"{OCTOBER}/v1", None)
    read(workflow, f"{AUGUST}/v1", "a")
    assert stale(workflow) == {f"{OCTOBER}/v1": ("previous", f"{AUGUST}/v1")}
    read(workflow, f"{SEPTEMBER}/v1", "c")
    assert stale(workflow) == {f"{OCTOBER}/v1": ("previous", f"{SEPTEMBER}/v1")}
    read(workflow, "demo_platform/2026-09/v1", "d")
    assert list(stale(workflow)) == [f"{OCTOBER}/v1"], "another lender's periods are another matter"


def test_what_was_filed_stays_filed_and_is_marked(workflow: Workflow) -> None:
    """A correction leaves a filed submission in its state, marked, and its package to be had as before."""
    read(workflow, f"{SEPTEMBER}/v1", "a")
    read(workflow, f"{OCTOBER}/v1", "b")
    for name, against in ((f"{SEPTEMBER}/v1", None), (f"{OCTOBER}/v1", f"{SEPTEMBER}/v1")):
        ready(workflow, name, against)
        filing = workflow.begin_filing("cn_pbc", name, AT, "maria")
        sealed = workflow.seal_filing(filing, "a.zip", "e" * 64, AT, "maria")
    read(workflow, f"{SEPTEMBER}/v2", "c")
    assert stale(workflow) == {
        f"{SEPTEMBER}/v1": ("replaced", f"{SEPTEMBER}/v2"),
        f"{OCTOBER}/v1": ("previous", f"{SEPTEMBER}/v2"),
    }
    assert workflow.state(f"{OCTOBER}/v1") is State.FILED
    assert workflow.begin_filing("cn_pbc", f"{OCTOBER}/v1", LATER, "maria") == sealed
    assert workflow.seal_filing(filing, "a.zip", "e" * 64, LATER, "maria") == sealed
    with pytest.raises(FilingRefused, match="next sequence"):
        workflow.begin_filing("cn_nfra", f"{OCTOBER}/v1", LATER, "maria")


def test_what_becomes_stale_while_it_is_rendered_is_not_sealed(workflow: Workflow) -> None:
    """A correction that arrives between rendering and sealing stops the seal, and nothing of it is recorded."""
    read(workflow, f"{OCTOBER}/v1", "b")
    ready(workflow, f"{OCTOBER}/v1", None)
    filing = workflow.begin_filing("cn_pbc", f"{OCTOBER}/v1", AT, "maria")
    workflow.received(f"{OCTOBER}/v2", "c" * 64, AT, "maria")
    before = workflow.contents()
    with pytest.raises(FilingRefused, match="v2 instead"):
        workflow.seal_filing(filing, "a.zip", "e" * 64, AT, "maria")
    assert workflow.contents() == before


@pytest.mark.parametrize("arrivals", list(itertools.permutations([1, 2, 3])))
def test_the_senders_sequence_decides_which_version_counts(tmp_path: Path, arrivals: tuple[int, ...]) -> None:
    """Whatever arrives first, the highest sequence is the latest, in the store and in the database alike."""
    store, workflow = Store(tmp_path, threads=1), Workflow(tmp_path)
    for sequence in arrivals:
        digest = str(sequence) * 64
        name, _ = store.add_submission(
            "demo_cashloan", Period.parse("2026-10"), digest, AT, lambda folder: (folder / "original").mkdir(), sequence
        )
        read(workflow, name, str(sequence), store.sequence(name))
        with store.editing(name, "read", AT):
            pass
    latest = f"{OCTOBER}/v{arrivals.index(3) + 1}"
    assert store.name(OCTOBER) == store.latest("demo_cashloan", Period.parse("2026-10")) == latest
    assert [store.sequence(name) for name in store.versions("demo_cashloan", Period.parse("2026-10"))] == [1, 2, 3]
    assert store.previous_of("demo_cashloan/2026-11") == latest
    assert set(stale(workflow).values()) == {("replaced", latest)}
    assert latest not in stale(workflow)


def test_without_a_sequence_the_later_arrival_counts(tmp_path: Path) -> None:
    """Senders that state no order are taken to correct what they sent before."""
    store = Store(tmp_path, threads=1)
    for digit in "abc":
        store.add_submission("demo", Period.parse("2026-10"), digit * 64, AT, lambda folder: folder.exists())
    assert store.name("demo/2026-10") == "demo/2026-10/v3"


def test_a_submission_of_before_sequences_has_none(tmp_path: Path) -> None:
    """A file written when senders could not state a sequence is read as one that states none."""
    store = Store(tmp_path, threads=1)
    name, _ = store.add_submission("demo", Period.parse("2026-10"), "a" * 64, AT, lambda folder: folder.exists(), 7)
    assert store.sequence(name) == 7
    with store.editing(name, "read", AT) as con:
        con.execute("ALTER TABLE received DROP COLUMN sequence")
    assert store.sequence(name) == 0


def test_a_database_of_before_is_brought_along(tmp_path: Path, database_url: str | None) -> None:
    """Submissions recorded before staleness was kept are judged by nothing that is not known of them."""
    old = Workflow(tmp_path, database_url)
    read(old, f"{OCTOBER}/v1", "b")
    ready(old, f"{OCTOBER}/v1", None)
    engine = open_database(database_url, tmp_path)
    with writing(engine) as con:
        since = ("sequence", "checked_against", "stale_reason", "stale_because", "stale_at", "checked_history")
        for column in since:
            con.exec_driver_sql(f"ALTER TABLE submissions DROP COLUMN {column}")
        for column in ("kind", "reason", "replaces", "answered_at", "receipt"):
            con.exec_driver_sql(f"ALTER TABLE filings DROP COLUMN {column}")
        con.exec_driver_sql("DROP TABLE receipts")
        con.exec_driver_sql("DROP TABLE waivers")
        con.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    workflow = Workflow(tmp_path, database_url)
    read(workflow, f"{SEPTEMBER}/v1", "a")
    assert stale(workflow) == {}, "what its check used is not known"
    ready(workflow, f"{OCTOBER}/v1", None)
    assert stale(workflow) == {f"{OCTOBER}/v1": ("previous", f"{SEPTEMBER}/v1")}
