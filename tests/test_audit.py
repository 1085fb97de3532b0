"""The audit chain: every way of changing the log is detected, and the first bad entry is named."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loantape.audit import (
    GENESIS,
    AuditBroken,
    Entry,
    Head,
    canonical,
    hash_of,
    next_entry,
    read_head,
    verify_chain,
    write_head,
)

START = datetime(2026, 11, 3, 6, 30, tzinfo=UTC).replace(tzinfo=None)


def a_log(length: int) -> list[Entry]:
    log: list[Entry] = []
    head = Head(0, GENESIS)
    for number in range(length):
        entry = next_entry(
            head, START + timedelta(seconds=number), "经办人", "submission read", "a/2026-10/v1", {"n": number}
        )
        log.append(entry)
        head = Head(entry.seq, entry.hash)
    return log


LOG = a_log(30)
HEAD = Head(LOG[-1].seq, LOG[-1].hash)


def test_an_untouched_log_verifies() -> None:
    """A log as written holds, with and without its anchored head, and when entries came after the anchor."""
    for anchored in [None, HEAD, Head(7, LOG[6].hash), Head(0, GENESIS)]:
        assert verify_chain(LOG, anchored).broken is None
    assert verify_chain([], Head(0, GENESIS)).broken is None
    assert verify_chain(LOG).head == HEAD


def _flipped(text: str, place: int) -> str:
    old = text[place]
    return text[:place] + ("b" if old == "a" else "a") + text[place + 1 :]


FIELDS = ["at", "actor", "action", "object", "details", "previous_hash", "hash"]


@pytest.mark.parametrize("seed", range(120))
def test_a_changed_character_is_found_where_it_is(seed: int) -> None:
    """One character changed in any field of any entry: that entry is named as the first bad one."""
    chance = random.Random(seed)
    place, field = chance.randrange(len(LOG)), FIELDS[seed % len(FIELDS)]
    text = getattr(LOG[place], field)
    log = list(LOG)
    log[place] = replace(log[place], **{field: _flipped(text, chance.randrange(len(text)))})
    found = verify_chain(log, HEAD)
    assert found.broken and found.broken.seq == place + 1
    assert found.entries == place


@pytest.mark.parametrize("place", range(30))
def test_a_removed_entry_is_found(place: int) -> None:
    """Any entry taken out is named, the last one too because the head is anchored outside."""
    found = verify_chain(LOG[:place] + LOG[place + 1 :], HEAD)
    assert found.broken and found.broken.seq == place + 1


@pytest.mark.parametrize("place", range(29))
def test_two_swapped_entries_are_found(place: int) -> None:
    """Neighbours exchanged, or exchanged and renumbered, are found at the first of them."""
    log = list(LOG)
    log[place], log[place + 1] = log[place + 1], log[place]
    assert verify_chain(log, HEAD).broken
    log[place], log[place + 1] = replace(log[place], seq=place + 1), replace(log[place + 1], seq=place + 2)
    found = verify_chain(log, HEAD)
    assert found.broken and found.broken.seq == place + 1


@pytest.mark.parametrize("length", range(30))
def test_a_log_cut_off_is_found_by_its_anchored_head(length: int) -> None:
    """However many entries are cut off the end, the anchored head shows it and the first missing one is named."""
    found = verify_chain(LOG[:length], HEAD)
    assert found.broken and found.broken.seq == length + 1
    assert verify_chain(LOG[:length]).broken is None, "nothing but the anchor can show this"


@pytest.mark.parametrize("place", range(30))
def test_a_log_rewritten_with_fresh_hashes_is_found_by_its_anchored_head(place: int) -> None:
    """Somebody who changes an entry and computes every later hash anew still misses the anchored head."""
    log, head = list(LOG[:place]), Head(place, LOG[place - 1].hash if place else GENESIS)
    for entry in LOG[place:]:
        forged = replace(entry, actor="nobody", previous_hash=head.hash)
        forged = replace(forged, hash=hash_of(forged))
        log.append(forged)
        head = Head(forged.seq, forged.hash)
    assert verify_chain(log).broken is None
    found = verify_chain(log, HEAD)
    assert found.broken and found.broken.seq == HEAD.seq


@pytest.mark.parametrize("place", range(30))
def test_an_inserted_entry_is_found(place: int) -> None:
    """An entry slipped in anywhere, well formed as it may be, is found."""
    before = Head(place, LOG[place - 1].hash if place else GENESIS)
    extra = next_entry(before, START, "nobody", "submission ready", "a/2026-10/v1", {})
    found = verify_chain([*LOG[:place], extra, *LOG[place:]], HEAD)
    assert found.broken and found.broken.seq in (place + 1, place + 2)


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.booleans() | st.none()))
def test_details_have_one_text(details: dict[str, str | int | bool | None]) -> None:
    """The canonical text does not depend on the order in which details were given."""
    assert canonical(details) == canonical(dict(reversed(details.items())))


def test_a_float_is_refused_in_details() -> None:
    """A number without one text cannot be hashed, so it is refused."""
    with pytest.raises(TypeError, match="ratio"):
        canonical({"ratio": 0.1})  # type: ignore[dict-item]


def test_the_head_file_is_read_as_written(tmp_path: Path) -> None:
    """The anchored head survives writing and reading; a missing file is None, a damaged one an error."""
    path = tmp_path / "audit.head"
    assert read_head(path) is None
    write_head(path, HEAD)
    assert read_head(path) == HEAD
    assert [p.name for p in tmp_path.iterdir()] == ["audit.head"]
    for damage in ["", "30", f"x{HEAD}", f"{HEAD} ", "30 " + "g" * 64, f"{HEAD}\n{HEAD}\n"]:
        path.write_text(damage)
        with pytest.raises(AuditBroken):
            read_head(path)
