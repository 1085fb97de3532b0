"""Receipts: bound to a package by its content, kept as they came, and every bad one a clear result and no surprise."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loantape import catalog, pipeline
from loantape.declare import Period
from loantape.errors import ConfigurationError, FilingRefused
from loantape.keys import Keys
from loantape.pipeline import Workspace
from loantape.store import State, Store, Workflow
from loantape.store.states import FilingState, Outcome, all_in_force
from templates.parts.receipts import read
from tests.filing.life import cli

AT = datetime(2026, 11, 6, 9)
NAME = "demo_cashloan/2026-10/v1"
GOOD = {
    "format": "loantape-receipt/1",
    "regulator": "cn_pbc",
    "reference": "20261106-000017",
    "package": "p1.zip",
    "package_sha256": "1" * 64,
    "status": "accepted",
    "received_at": "2026-11-06T10:00:00+08:00",
    "messages": [{"code": "R0001", "text": "收到"}],
}


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    """A store in which two filings of one period are sealed: only the workflow knows, which is all a receipt needs."""
    store = tmp_path / "store"
    made = Workspace(Store(store), Workflow(store), Keys(tmp_path / "keys"), "maria")
    for version in (1, 2):
        name = f"{NAME[:-1]}{version}"
        made.workflow.received(name, str(version) * 64, AT, "maria")
        for state in (State.READ, State.CHECKED, State.MEASURED, State.READY):
            made.workflow.advance(name, state, AT, "maria")
        filing = made.workflow.begin_filing("cn_pbc", name, AT, "maria", "a fee was wrong" if version > 1 else None)
        made.workflow.seal_filing(filing, f"p{version}.zip", str(version) * 64, AT, "maria")
    return made


def put(folder: Path, name: str = "receipt.json", **changes: Any) -> Path:
    path = folder / name
    path.write_text(json.dumps(GOOD | changes, ensure_ascii=False), encoding="utf-8")
    return path


def take(ws: Workspace, path: Path) -> Outcome:
    return pipeline.receipt(ws, path, "cn_pbc", AT).record.outcome


def test_a_receipt_is_bound_by_content(ws: Workspace, tmp_path: Path) -> None:
    """The filing whose bytes it names is accepted, at the moment the receipt states, and its own bytes are kept."""
    path = put(tmp_path)
    data = path.read_bytes()
    taken = pipeline.receipt(ws, path, "cn_pbc", AT)
    assert (taken.record.outcome, taken.is_new, taken.is_good) == (Outcome.ACCEPTED, True, True)
    first, second = ws.workflow.filings("cn_pbc")
    assert (first.state, second.state) == (FilingState.ACCEPTED, FilingState.SEALED)
    assert first.answered_at == datetime(2026, 11, 6, 2)
    digest = hashlib.sha256(data).hexdigest()
    assert first.receipt == digest and (ws.store.root / "receipts/cn_pbc" / digest).read_bytes() == data
    assert ws.workflow.audit_entries()[-1].action == "receipt accepted"
    assert ws.workflow.audit_entries()[-1].object == first.name
    handed = ws.workflow.hand_over_filing(first, AT, "maria")
    assert handed.state is FilingState.ACCEPTED and handed.handed_over_at == AT, "a receipt that overtook is not undone"


def test_the_same_receipt_again_changes_nothing(ws: Workspace, tmp_path: Path) -> None:
    """The same bytes under another name are one receipt; other bytes that say the same are a repetition."""
    assert take(ws, put(tmp_path)) is Outcome.ACCEPTED
    before = ws.workflow.contents()
    again = pipeline.receipt(ws, put(tmp_path, "copy.json"), "cn_pbc", AT + timedelta(days=1))
    assert not again.is_new and ws.workflow.contents() == before
    assert take(ws, put(tmp_path, reference="another")) is Outcome.REPEATED
    assert ws.workflow.filings("cn_pbc")[0].answered_at == datetime(2026, 11, 6, 2)


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"package": "other.zip", "package_sha256": "9" * 64}, Outcome.UNKNOWN),
        ({"package_sha256": "9" * 64}, Outcome.OTHER_HASH),
        ({"package": "renamed.zip"}, Outcome.ACCEPTED),
        ({"regulator": "us_sec"}, Outcome.UNREADABLE),
        ({"status": "maybe"}, Outcome.UNREADABLE),
        ({"package_sha256": "1" * 63}, Outcome.UNREADABLE),
        ({"received_at": "2026-11-06T10:00:00"}, Outcome.UNREADABLE),
        ({"received_at": "0001-01-01T00:00:00+23:59"}, Outcome.UNREADABLE),
        ({"reference": "a\x1b[31m"}, Outcome.UNREADABLE),
        ({"note": "one key more"}, Outcome.UNREADABLE),
        ({"messages": [{"code": "x"}]}, Outcome.UNREADABLE),
        ({"messages": None}, Outcome.UNREADABLE),
    ],
)
def test_what_a_receipt_may_come_to(
    ws: Workspace, tmp_path: Path, changes: Mapping[str, Any], outcome: Outcome
) -> None:
    """Each way to be wrong has its name; nothing but a match by content touches a filing; all of it is in the log."""
    assert take(ws, put(tmp_path, **changes)) is outcome
    states = [one.state for one in ws.workflow.filings("cn_pbc")]
    assert states == [FilingState.ACCEPTED if outcome is Outcome.ACCEPTED else FilingState.SEALED, FilingState.SEALED]
    assert ws.workflow.audit_entries()[-1].action == f"receipt {outcome}"
    assert [one.outcome for one in ws.workflow.receipts()] == [outcome]
    assert ws.workflow.verify_audit().broken is None


def test_the_latest_receipt_counts_whenever_it_arrives(ws: Workspace, tmp_path: Path) -> None:
    """A later rejection overrules an acceptance; an older or equally old one is a conflict that decides nothing."""
    rejection = {"status": "rejected", "reference": "r2"}
    assert take(ws, put(tmp_path)) is Outcome.ACCEPTED
    assert take(ws, put(tmp_path, **rejection)) is Outcome.CONFLICT
    assert take(ws, put(tmp_path, **rejection, received_at="2026-11-06T09:00:00+08:00")) is Outcome.CONFLICT
    assert ws.workflow.filings("cn_pbc")[0].state is FilingState.ACCEPTED
    assert take(ws, put(tmp_path, **rejection, received_at="2026-11-07T09:00:00+08:00")) is Outcome.REJECTED
    assert ws.workflow.filings("cn_pbc")[0].state is FilingState.REJECTED


def test_what_a_rejected_amendment_would_have_replaced_stays_in_force(ws: Workspace, tmp_path: Path) -> None:
    """And the rejected submission may be filed again, with a reason, as the next sequence that replaces it too."""
    assert [one.sequence for one in all_in_force(ws.workflow.filings())] == [2]
    assert take(ws, put(tmp_path, package_sha256="2" * 64, status="rejected")) is Outcome.REJECTED
    assert [one.sequence for one in all_in_force(ws.workflow.filings())] == [1]
    again = ws.workflow.begin_filing("cn_pbc", f"{NAME[:-1]}2", AT, "maria", "it was sent damaged")
    assert (again.sequence, again.replaces) == (3, 1)
    withdrawal = ws.workflow.begin_withdrawal("cn_pbc", "demo_cashloan", Period.parse("2026-10"), "why", AT, "maria")
    assert (withdrawal.sequence, withdrawal.replaces) == (3, 1), "what was begun and never sealed gives way"


def test_where_all_that_was_filed_was_rejected_there_is_nothing_to_take_back(ws: Workspace, tmp_path: Path) -> None:
    """A rejected filing is not in force and is no withdrawal: asking for one is refused and begins nothing."""
    for reference, digest in (("r1", "1" * 64), ("r2", "2" * 64)):
        assert (
            take(ws, put(tmp_path, package_sha256=digest, reference=reference, status="rejected")) is Outcome.REJECTED
        )
    with pytest.raises(FilingRefused, match="nothing of demo_cashloan/2026-10 is in force"):
        ws.workflow.begin_withdrawal("cn_pbc", "demo_cashloan", Period.parse("2026-10"), "why", AT, "maria")
    assert [one.sequence for one in ws.workflow.filings("cn_pbc")] == [1, 2]


def test_an_inbox_is_emptied_of_what_was_read(ws: Workspace, tmp_path: Path) -> None:
    """Receipts are taken by name; one that is not whole yet stays until it is, and links are left alone."""
    inbox = ws.store.inbox("cn_pbc")
    put(inbox, "a.json")
    put(inbox, "b.json", package_sha256="9" * 64)
    whole = put(inbox, "c.json", package_sha256="2" * 64).read_bytes()
    (inbox / "c.json").write_bytes(whole[:40])
    (inbox / ".d.json").write_bytes(whole)
    (inbox / "e.json").symlink_to(tmp_path / "outside.json")
    taken = pipeline.inbox(ws, AT)
    assert [one.record.outcome for one in taken] == [Outcome.ACCEPTED, Outcome.OTHER_HASH, Outcome.UNREADABLE]
    assert {path.name for path in inbox.iterdir()} == {"c.json", ".d.json", "e.json"}
    assert pipeline.inbox(ws, AT) == [], "what was said once is not said again"
    assert pipeline.inbox(ws, AT + timedelta(minutes=5), again=True) == []
    again = pipeline.inbox(ws, AT, again=True)
    assert {one.record for one in again} == {one.record for one in taken}, "unless the same look is made again"
    assert not any(one.is_new for one in again) and all(one.file.exists() for one in again)
    (inbox / "c.json").write_bytes(whole)
    assert [one.record.outcome for one in pipeline.inbox(ws, AT)] == [Outcome.ACCEPTED]


def test_only_plain_files_of_a_sane_size_are_read(ws: Workspace, tmp_path: Path) -> None:
    """Links, folders, pipes and floods are refused before a byte is kept."""
    target = put(tmp_path, "target.json")
    (tmp_path / "link").symlink_to(target)
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "flood").open("wb") as file:
        file.truncate((16 << 20) + 1)
    for name in ("link", "folder", "pipe", "flood", "absent"):
        with pytest.raises(ConfigurationError):
            take(ws, tmp_path / name)
    assert ws.workflow.receipts() == [] and not (ws.store.root / "receipts").exists()


HOSTILE = [
    b"", b"null", b"[]", b"{}", b"\xff\xfe{}", b"[" * 100_000, b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    b'{"format":"loantape-receipt/1","format":"loantape-receipt/1"}', b"NaN", b'{"format": NaN}', b"1" * 10_000,
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>', b"\x00" * 100,
    json.dumps(GOOD).encode("utf-16"), json.dumps(GOOD | {"reference": "x" * 3000}).encode(), b"{" * 1_000_000,
    json.dumps(GOOD | {"messages": [{"code": "a", "text": "b"}] * 5000}).encode(), json.dumps([GOOD]).encode(),
]  # fmt: skip


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_bytes_are_unreadable_and_nothing_else(data: bytes) -> None:
    """Whatever the bytes, the reader gives a receipt or a ValueError whose text quotes none of them."""
    with pytest.raises(ValueError, match=r"^(it|a key|messages|reference)") as wrong:
        read(data, "cn_pbc")
    assert len(str(wrong.value)) < 200 and not isinstance(wrong.value, UnicodeDecodeError)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner), max_leaves=5))
@settings(max_examples=150)
def test_any_value_in_any_place_is_read_or_refused(value: Any) -> None:
    """Every key of a good receipt with any JSON value in it: a receipt comes out, or a ValueError."""
    for key in GOOD:
        try:
            found = read(json.dumps(GOOD | {key: value}).encode(), "cn_pbc")
        except ValueError:
            continue
        assert key in ("reference", "package", "messages") and found.sha256 == "1" * 64


def test_the_command_line_tells_and_ends_accordingly(ws: Workspace, tmp_path: Path) -> None:
    """0 for an acceptance, 1 for what needs a person, 2 for what is no file; the sentence says which package."""
    where = ("--store", ws.store.root, "--keys", ws.keys.folder)
    code, out, _ = cli("receipt", put(tmp_path), "--regulator", "cn_pbc", *where)
    assert code == 0 and "cn_pbc/demo_cashloan/2026-10/1 accepted" in out and "R0001" in out
    code, out, _ = cli(
        "receipt", put(tmp_path, status="rejected", package_sha256="2" * 64), "--regulator", "cn_pbc", *where
    )
    assert code == 1 and "REJECTED" in out
    assert cli("receipt", tmp_path / "absent", "--regulator", "cn_pbc", *where)[0] == 2
    assert cli("inbox", *where)[1].startswith("no receipts")


def test_every_regulator_declares_its_form() -> None:
    """Each says where the form comes from and how sure that is, in English and Chinese."""
    for filing in catalog.filings().values():
        form = filing.receipt
        assert form is not None and form.source and form.confidence and form.en and form.zh, filing.regulator
