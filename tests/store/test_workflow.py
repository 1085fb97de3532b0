"""The workflow database, on SQLite and on PostgreSQL: legal states, one sequence per filing, one audit chain."""

from __future__ import annotations

import itertools
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from loantape.audit import AuditBroken
from loantape.errors import ConfigurationError, FilingRefused, LoantapeError, UnknownSubmission
from loantape.store import State, Workflow, tables
from loantape.store.database import open_database, writing
from loantape.store.states import NEXT, FilingState, IllegalTransition

AT = datetime(2026, 11, 3, 6, 30, tzinfo=UTC)
NAME = "demo_cashloan/2026-10/v1"
NEWER = "demo_cashloan/2026-10/v2"
JOURNEY = [State.READ, State.CHECKED, State.MEASURED, State.READY]


@pytest.fixture
def workflow(tmp_path: Path, database_url: str | None) -> Workflow:
    return Workflow(tmp_path, database_url)


def bring(workflow: Workflow, name: str = NAME, states: list[State] = JOURNEY, digit: str = "a") -> None:
    workflow.received(name, digit * 64, AT, "maria")
    for state in states:
        workflow.advance(name, state, AT, "maria")


def test_a_journey_is_recorded_and_a_rerun_writes_nothing(workflow: Workflow) -> None:
    """Every step of a journey is in the history and the log once, and doing all of it again changes no row."""
    for _ in range(2):
        bring(workflow)
        filing = workflow.begin_filing("cn_pbc", NAME, AT, "maria")
        filing = workflow.seal_filing(filing, "a.zip", "e" * 64, AT, "olivia")
        filing = workflow.hand_over_filing(filing, AT, "olivia")
        contents = workflow.contents()
    later = AT + timedelta(days=1)
    assert not workflow.received(NAME, "a" * 64, later, "vera")
    assert not any(workflow.advance(NAME, state, later, "vera") for state in State)
    assert workflow.contents() == contents
    assert [state for state, _, _ in workflow.history(NAME)] == [State.RECEIVED, *JOURNEY, State.FILED]
    assert [entry.action for entry in workflow.audit_entries()] == [
        "submission received",
        "submission read",
        "submission checked",
        "submission measured",
        "submission ready",
        "filing rendered",
        "filing sealed",
        "submission filed",
        "filing handed over",
    ]
    assert (
        filing.state is FilingState.HANDED_OVER
        and filing.sequence == 1
        and filing.name == "cn_pbc/demo_cashloan/2026-10/1"
    )
    verified = workflow.verify_audit()
    assert verified.broken is None and verified.head == workflow.audit_head() and verified.entries == 9


def test_moments_are_kept_in_utc(workflow: Workflow) -> None:
    """A moment given with a zone comes back as the same moment in UTC."""
    workflow.received(NAME, "a" * 64, datetime.fromisoformat("2026-11-03T14:30:00+08:00"), "maria")
    record = workflow.submissions()[0]
    assert record.received_at == AT.replace(tzinfo=None)
    assert workflow.audit_entries()[0].at == "2026-11-03T06:30:00Z"


@pytest.mark.parametrize(("here", "there"), list(itertools.product(State, State)))
def test_only_legal_transitions_happen(tmp_path: Path, here: State, there: State) -> None:
    """From each state, a state that may follow is entered, one already passed is a no-op, any other is refused."""
    workflow = Workflow(tmp_path)
    path = {State.RECEIVED: [], State.BLOCKED: [*JOURNEY[:3], State.BLOCKED], State.FILED: [*JOURNEY, State.FILED]}
    bring(workflow, states=path.get(here, JOURNEY[: JOURNEY.index(here) + 1] if here in JOURNEY else []))
    assert workflow.state(NAME) is here
    before = workflow.contents()
    order = [State.RECEIVED, *JOURNEY, State.FILED]
    rank = {state: order.index(state) for state in order} | {State.BLOCKED: order.index(State.READY)}
    if there in NEXT[here]:
        assert workflow.advance(NAME, there, AT, "maria")
        assert workflow.state(NAME) is there
    elif there is here or rank[there] < rank[here]:
        assert not workflow.advance(NAME, there, AT, "maria")
        assert workflow.contents() == before
    else:
        with pytest.raises(IllegalTransition):
            workflow.advance(NAME, there, AT, "maria")
        assert workflow.contents() == before


def test_a_submission_is_checked_again_until_it_is_filed(workflow: Workflow) -> None:
    """Checking anew goes back to read with its reason in the log; a filed submission is never touched again."""
    bring(workflow)
    assert workflow.check_again(NAME, AT, "maria", "the rule book changed")
    assert workflow.state(NAME) is State.READ
    assert not workflow.check_again(NAME, AT, "maria", "the rule book changed")
    bring(workflow)
    workflow.advance(NAME, State.FILED, AT, "maria")
    with pytest.raises(IllegalTransition):
        workflow.check_again(NAME, AT, "maria", "the rule book changed")


def test_a_blocked_submission_is_not_filed(workflow: Workflow) -> None:
    """No filing begins for a submission with open errors, whoever asks."""
    bring(workflow, states=[*JOURNEY[:3], State.BLOCKED])
    with pytest.raises(FilingRefused, match="blocked"):
        workflow.begin_filing("cn_pbc", NAME, AT, "maria")
    with pytest.raises(IllegalTransition):
        workflow.advance(NAME, State.FILED, AT, "maria")
    assert workflow.filings() == []


def test_sequences_count_sealed_filings_without_gaps(workflow: Workflow) -> None:
    """A begun filing keeps its sequence over reruns and hands it on when it was never sealed; a sealed one is final."""
    bring(workflow)
    first = workflow.begin_filing("cn_pbc", NAME, AT, "maria")
    assert workflow.begin_filing("cn_pbc", NAME, AT + timedelta(hours=1), "maria") == first
    bring(workflow, NEWER, digit="b")
    second = workflow.begin_filing("cn_pbc", NEWER, AT, "maria")
    assert second.sequence == 1, "the first was never sealed"
    with pytest.raises(IllegalTransition):
        workflow.seal_filing(first, "a.zip", "e" * 64, AT, "maria")
    workflow.seal_filing(second, "b.zip", "f" * 64, AT, "maria")
    with pytest.raises(IllegalTransition):
        workflow.seal_filing(second, "b.zip", "0" * 64, AT, "maria")
    for regulator in ("cn_pbc", "cn_nfra"):
        with pytest.raises(FilingRefused, match="v2 replaces it"):
            workflow.begin_filing(regulator, NAME, AT, "maria")
    assert workflow.begin_filing("cn_nfra", NEWER, AT, "maria").sequence == 1
    bring(workflow, "demo_cashloan/2026-10/v3", digit="c")
    with pytest.raises(FilingRefused, match="must say why"):
        workflow.begin_filing("cn_pbc", "demo_cashloan/2026-10/v3", AT, "maria")
    third = workflow.begin_filing("cn_pbc", "demo_cashloan/2026-10/v3", AT, "maria", "a fee was wrong")
    assert (third.sequence, third.replaces, third.reason) == (2, 1, "a fee was wrong")
    assert [f.sequence for f in workflow.filings("cn_pbc")] == [1, 2]


def test_a_filing_is_handed_over_only_when_sealed(workflow: Workflow) -> None:
    """What has no signed package cannot be handed over."""
    bring(workflow)
    filing = workflow.begin_filing("cn_pbc", NAME, AT, "maria")
    with pytest.raises(IllegalTransition):
        workflow.hand_over_filing(filing, AT, "maria")


def test_an_unknown_submission_is_an_error(workflow: Workflow) -> None:
    """Nothing is recorded about a submission that was never received."""
    for call in (
        lambda: workflow.state(NAME),
        lambda: workflow.advance(NAME, State.READ, AT, "maria"),
        lambda: workflow.check_again(NAME, AT, "maria", "why"),
        lambda: workflow.begin_filing("cn_pbc", NAME, AT, "maria"),
    ):
        with pytest.raises(UnknownSubmission):
            call()


def test_a_change_and_its_audit_entry_stand_or_fall_together(
    workflow: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the entry cannot be written the change is not made either."""
    bring(workflow, states=[])
    before = workflow.contents()

    def fail(*_: object) -> None:
        raise AuditBroken("disk full", "make room")

    with monkeypatch.context() as patched:
        patched.setattr("loantape.store.log.next_entry", fail)
        with pytest.raises(AuditBroken):
            workflow.advance(NAME, State.READ, AT, "maria")
    assert workflow.contents() == before
    assert workflow.advance(NAME, State.READ, AT, "maria")


@pytest.mark.parametrize(
    ("tamper", "first_bad"),
    [
        ("UPDATE audit SET actor = 'nobody' WHERE seq = 3", 3),
        ("UPDATE audit SET details = '{}' WHERE seq = 1", 1),
        ("DELETE FROM audit WHERE seq = 4", 4),
        ("DELETE FROM audit WHERE seq >= 4", 4),
        ("DELETE FROM audit", 1),
        ("UPDATE audit SET seq = seq + 100 WHERE seq = 5", 5),
    ],
)
def test_tampering_with_the_table_is_found(workflow: Workflow, tamper: str, first_bad: int) -> None:
    """Whoever writes to the table directly is found out at the first entry touched."""
    bring(workflow)
    with writing(workflow._engine) as con:
        con.execute(sqlalchemy.text(tamper))
    broken = workflow.verify_audit().broken
    assert broken and broken.seq == first_bad


def test_a_log_that_lost_its_end_is_never_continued(workflow: Workflow) -> None:
    """After entries were cut off no change is recorded, since new entries would cover up the loss."""
    bring(workflow, states=JOURNEY[:2])
    with writing(workflow._engine) as con:
        con.execute(sqlalchemy.text("DELETE FROM audit WHERE seq = 3"))
    with pytest.raises(AuditBroken):
        workflow.advance(NAME, State.MEASURED, AT, "maria")
    assert workflow.state(NAME) is State.CHECKED


def test_the_head_file_is_needed(tmp_path: Path, workflow: Workflow) -> None:
    """A missing head file is reported, not made anew, once the log has entries."""
    bring(workflow)
    (tmp_path / "audit.head").unlink()
    again = Workflow(tmp_path, workflow._engine.url.render_as_string(hide_password=False))
    with pytest.raises(AuditBroken, match="missing"):
        again.verify_audit()
    with pytest.raises(AuditBroken, match="missing"):
        again.received(NEWER, "b" * 64, AT, "maria")


def test_many_writers_make_one_chain(tmp_path: Path, database_url: str | None) -> None:
    """Eight writers opening the database at once, migrations included, and writing at once leave one whole chain."""
    failures: list[LoantapeError] = []

    def write(lender: int) -> None:
        try:
            bring(Workflow(tmp_path, database_url), f"demo_{lender}/2026-10/v1")
        except LoantapeError as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    workflow = Workflow(tmp_path, database_url)
    assert not failures
    verified = workflow.verify_audit()
    assert verified.broken is None and verified.entries == 8 * 5
    assert (tmp_path / "audit.head").read_text() == f"{verified.head}\n"
    assert {record.state for record in workflow.submissions()} == {State.READY}


def test_migrations_make_exactly_the_tables_of_the_code(tmp_path: Path, database_url: str | None) -> None:
    """A migrated database and the table declarations do not differ, and opening it again changes nothing."""
    for _ in range(2):
        engine = open_database(database_url, tmp_path)
    with engine.connect() as con:
        context = MigrationContext.configure(con, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []


def test_a_newer_database_is_left_alone(tmp_path: Path, database_url: str | None) -> None:
    """A database that a later version migrated is refused with that reason."""
    engine = open_database(database_url, tmp_path)
    with writing(engine) as con:
        con.execute(sqlalchemy.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigurationError, match="9999"):
        open_database(database_url, tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        "not an address",
        "mysql://root:s3cret@localhost/x",
        "postgresql://u:s3cret@127.0.0.1:1/x",
        "sqlite:////nowhere/x.db",
    ],
)
def test_a_wrong_address_is_a_clear_error_without_the_password(tmp_path: Path, url: str) -> None:
    """An address that leads nowhere is a configuration error that does not print the password."""
    with pytest.raises(ConfigurationError) as wrong:
        Workflow(tmp_path, url)
    assert "s3cret" not in str(wrong.value)
