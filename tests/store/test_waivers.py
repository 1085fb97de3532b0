"""Waivers in the workflow database, on SQLite and on PostgreSQL: two people, the same findings, one audit chain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from loantape.declare import Period
from loantape.errors import ConfigurationError, FilingRefused, UnknownSubmission, WaiverRefused
from loantape.store import State, WaiverRecord, WaiverState, Workflow
from loantape.store.database import open_database, writing
from loantape.store.waiver_log import Judge

AT = datetime(2026, 11, 3, 6, 30, tzinfo=UTC)
LATER = AT + timedelta(hours=2)
NAME = "demo_cashloan/2026-10/v1"
OCTOBER = Period.parse("2026-10")
WORDS = ("the fee was paid back on 2026-11-02", "letter of the branch")
FROZEN = (3, "ab" * 32)


@pytest.fixture
def workflow(tmp_path: Path, database_url: str | None) -> Workflow:
    workflow = Workflow(tmp_path, database_url)
    workflow.received(NAME, "a" * 64, AT, "loantape")
    for state in (State.READ, State.CHECKED, State.MEASURED, State.BLOCKED):
        workflow.advance(NAME, state, AT, "loantape")
    return workflow


def write(workflow: Workflow, key: str | None = None, until: Period = OCTOBER, sha256: str = "ab" * 32) -> WaiverRecord:
    return workflow.write_waiver(NAME, "PRC-004", key, WORDS, until, (3, sha256), AT, "maria")


def needs(*ids: str) -> Judge:
    """A judge that leaves errors open until these are accepted."""

    def judge(waivers: Sequence[WaiverRecord]) -> bool:
        return not {one.id for one in waivers if one.state is WaiverState.ACCEPTED} >= set(ids)

    return judge


def test_a_waiver_is_written_accepted_and_withdrawn_in_the_log(workflow: Workflow) -> None:
    """Each step is one row's change and its audit entry, saying who, when and how many findings; repeats write
    nothing, and the submission becomes ready and blocked again with them."""
    written = write(workflow)
    assert (written.id, written.state, written.accepter) == (f"{NAME}/w1", WaiverState.PENDING, None)
    assert (written.author, written.written_at) == ("maria", AT.replace(tzinfo=None))
    assert workflow.state(NAME) is State.BLOCKED
    judge = needs(written.id)
    for _ in range(2):
        accepted = workflow.accept_waiver(written.id, FROZEN, judge, LATER, "olivia")
        assert (accepted.state, accepted.accepter) == (WaiverState.ACCEPTED, "olivia")
        assert accepted.accepted_at == LATER.replace(tzinfo=None) and workflow.state(NAME) is State.READY
    for _ in range(2):
        gone = workflow.withdraw_waiver(written.id, judge, LATER, "vera")
        assert (gone.state, gone.withdrawn_by) == (WaiverState.WITHDRAWN, "vera")
        assert workflow.state(NAME) is State.BLOCKED
    assert workflow.waivers() == workflow.waivers(NAME) == [gone]
    log = [one for one in workflow.audit_entries() if one.seq > 5]
    assert [(one.actor, one.action, one.object) for one in log] == [
        ("maria", "waiver written", written.id),
        ("olivia", "waiver accepted", written.id),
        ("olivia", "submission ready", NAME),
        ("vera", "waiver withdrawn", written.id),
        ("vera", "submission blocked", NAME),
    ]
    assert all('"findings":3' in one.details and "ab" * 32 in one.details for one in log if "waiver" in one.action)
    assert workflow.verify_audit().broken is None


@pytest.mark.parametrize("name", ["maria", "MARIA"])
def test_its_author_cannot_accept_it(workflow: Workflow, name: str) -> None:
    """However the name is spelled, one person does not do both, and nothing is changed."""
    written = write(workflow)
    before = workflow.contents()
    with pytest.raises(WaiverRefused, match="written by maria"):
        workflow.accept_waiver(written.id, FROZEN, needs(written.id), LATER, name)
    assert workflow.contents() == before


@pytest.mark.parametrize("frozen", [(2, "ab" * 32), (3, "cd" * 32)])
def test_it_is_accepted_for_the_findings_it_was_written_for_only(workflow: Workflow, frozen: tuple[int, str]) -> None:
    """Another number of findings, or other findings, since it was written: it is refused, and nothing is changed."""
    written = write(workflow)
    before = workflow.contents()
    with pytest.raises(WaiverRefused, match="has changed since"):
        workflow.accept_waiver(written.id, frozen, needs(written.id), LATER, "olivia")
    assert workflow.contents() == before


def test_one_that_has_expired_is_never_written(workflow: Workflow) -> None:
    """Its last period is the submission's or a later one."""
    before = workflow.contents()
    with pytest.raises(WaiverRefused, match="has expired"):
        write(workflow, until=Period.parse("2026-09"))
    assert workflow.contents() == before
    assert write(workflow, until=Period.parse("2027-01")).until == Period.parse("2027-01")


def test_the_same_findings_are_explained_once(workflow: Workflow) -> None:
    """A second waiver of the same findings waits until the first is withdrawn; another key, or other findings, do not;
    what was withdrawn is not accepted, and its number is not given again."""
    first = write(workflow)
    with pytest.raises(WaiverRefused, match=f"{NAME}/w1 explains the same findings"):
        write(workflow)
    assert [write(workflow, key="K1").id, write(workflow, sha256="cd" * 32).id] == [f"{NAME}/w2", f"{NAME}/w3"]
    workflow.withdraw_waiver(first.id, needs(first.id), LATER, "maria")
    with pytest.raises(WaiverRefused, match="was withdrawn"):
        workflow.accept_waiver(first.id, FROZEN, needs(first.id), LATER, "olivia")
    assert write(workflow).id == f"{NAME}/w4"


def test_what_is_filed_stays_when_its_waiver_goes(workflow: Workflow) -> None:
    """A package that states a waiver is not sealed once that was withdrawn; what is sealed stays filed."""
    one = write(workflow)
    judge = needs(one.id)
    workflow.accept_waiver(one.id, FROZEN, judge, AT, "olivia")
    filing = workflow.begin_filing("cn_pbc", NAME, AT, "maria")
    with pytest.raises(FilingRefused, match="w2 was withdrawn"):
        workflow.seal_filing(filing, "a.zip", "e" * 64, AT, "maria", [one.id, f"{NAME}/w2"])
    assert not workflow.is_sealed("cn_pbc", NAME)
    sealed = workflow.seal_filing(filing, "a.zip", "e" * 64, AT, "maria", [one.id])
    assert any(one.id in entry.details for entry in workflow.audit_entries() if entry.action == "filing sealed")
    workflow.withdraw_waiver(one.id, judge, LATER, "olivia")
    assert workflow.state(NAME) is State.FILED and workflow.filings() == [sealed]
    assert workflow.is_sealed("cn_pbc", NAME) and not workflow.is_sealed("cn_nfra_g09", NAME)


def test_a_submission_is_answered_only_when_it_is_measured(tmp_path: Path) -> None:
    """Before that nobody knows its errors, so neither accepting nor asking moves it."""
    workflow = Workflow(tmp_path)
    workflow.received(NAME, "a" * 64, AT, "loantape")
    workflow.answer(NAME, needs(), AT, "loantape")
    one = write(workflow)
    workflow.accept_waiver(one.id, FROZEN, needs(), AT, "olivia")
    assert workflow.state(NAME) is State.RECEIVED
    for state in (State.READ, State.CHECKED, State.MEASURED):
        workflow.advance(NAME, state, AT, "loantape")
    workflow.answer(NAME, needs(one.id), AT, "loantape")
    assert workflow.state(NAME) is State.READY


def test_what_is_not_there_is_said(workflow: Workflow) -> None:
    """A waiver that nobody wrote, and one of a submission that nobody received."""
    for wrong in (f"{NAME}/w9", "w1", "", f"{NAME}/x"):
        with pytest.raises(ConfigurationError, match="there is no waiver"):
            workflow.waiver(wrong)
    with pytest.raises(UnknownSubmission):
        workflow.write_waiver("demo_cashloan/2026-10/v9", "PRC-004", None, WORDS, OCTOBER, FROZEN, AT, "maria")


def test_a_database_of_before_waivers_is_brought_along(tmp_path: Path, workflow: Workflow) -> None:
    """From the revision before, with what it holds, and then a waiver can be written."""
    url = workflow._engine.url.render_as_string(hide_password=False)
    with writing(open_database(url, tmp_path)) as con:
        con.exec_driver_sql("DROP TABLE waivers")
        con.exec_driver_sql("UPDATE alembic_version SET version_num = '0005'")
    again = Workflow(tmp_path, url)
    assert again.waivers() == [] and again.state(NAME) is State.BLOCKED
    assert write(again).id == f"{NAME}/w1"
