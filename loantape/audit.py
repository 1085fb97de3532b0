"""The hash-chained log of who did what to which submission or filing.

Belongs here: what an entry is, how entries are chained, and how a chain is verified against its anchored head. Not
here: the table they lie in (``loantape.store.workflow``), which appends in the transaction of the change it records.

Each entry's hash is SHA-256 over the canonical JSON of the entry with the hash of the one before it, so changing,
removing or moving an entry breaks every later hash. Cutting off the end breaks nothing, which is why the latest entry
is also kept outside the database, in ``audit.head``: copy that line to where the log's keeper cannot write.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from loantape.errors import EXIT_FINDINGS, LoantapeError

GENESIS = "0" * 64  # what stands before the first entry

_HEAD_LINE = re.compile(r"([0-9]{1,18}) ([0-9a-f]{64})\n?")

Detail = str | int | bool | None


class AuditBroken(LoantapeError):
    """The audit log does not continue what was anchored: entries were changed or removed, or it is another database."""

    exit_code = EXIT_FINDINGS


@dataclass(frozen=True)
class Entry:
    """One line of the log. ``at`` is ISO 8601 in UTC; ``details`` is canonical JSON and never names a person's data."""

    seq: int  # 1, 2, 3, … without gaps
    at: str
    actor: str
    action: str
    object: str
    details: str
    previous_hash: str
    hash: str


@dataclass(frozen=True)
class Head:
    """The latest entry as kept outside the log; ``seq`` 0 with GENESIS is the head of an empty log."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.seq} {self.hash}"


@dataclass(frozen=True)
class Broken:
    """The first place where a chain does not hold: ``seq`` is the place in the log, counted from 1."""

    seq: int
    what: str


@dataclass(frozen=True)
class Verified:
    """What a walk along the chain found; ``broken`` is None when every entry holds."""

    entries: int
    head: Head
    broken: Broken | None

    def __str__(self) -> str:
        found = self.broken.what if self.broken else "each follows the one before it"
        return f"{self.entries} entries hold: {found}; head {self.head}"


def canonical(value: Mapping[str, Detail]) -> str:
    """One JSON text per value: sorted keys, no blanks, no floats (their text is not unique)."""
    for key, one in value.items():
        if not isinstance(one, str | int | None):
            raise TypeError(f"{key} is {type(one).__name__}: an audit entry holds texts, whole numbers, true and false")
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def next_entry(
    previous: Head, at: datetime, actor: str, action: str, subject: str, details: Mapping[str, Detail]
) -> Entry:
    """The entry that follows ``previous``; ``at`` is UTC without zone."""
    entry = Entry(previous.seq + 1, f"{at.isoformat()}Z", actor, action, subject, canonical(details), previous.hash, "")
    return Entry(**{**vars(entry), "hash": hash_of(entry)})


def hash_of(entry: Entry) -> str:
    """SHA-256 over everything an entry says and the hash of the one before it, in hex."""
    said = {key: value for key, value in vars(entry).items() if key != "hash"}
    return hashlib.sha256(canonical(said).encode()).hexdigest()


def verify_chain(entries: Iterable[Entry], anchored: Head | None = None) -> Verified:
    """Walk a log in the order of its ``seq`` and name the first entry that does not hold.

    ``anchored`` is the head kept outside; entries may have been added after it, but it must be among them. Without it
    a log that lost its last entries looks whole.
    """
    head = Head(0, GENESIS)
    for entry in entries:
        place = head.seq + 1
        if entry.seq != place:
            return Verified(head.seq, head, Broken(place, f"entry {place} is missing: the next is {entry.seq}"))
        if entry.previous_hash != head.hash:
            return Verified(head.seq, head, Broken(place, f"entry {place} does not follow entry {head.seq}"))
        if not hmac.compare_digest(entry.hash, hash_of(entry)):
            return Verified(head.seq, head, Broken(place, f"entry {place} was changed after it was written"))
        if anchored and place == anchored.seq and entry.hash != anchored.hash:
            return Verified(head.seq, head, Broken(place, f"entry {place} is not the one that was anchored"))
        head = Head(entry.seq, entry.hash)
    if anchored and anchored.seq > head.seq:
        missing = f"entries {head.seq + 1} to {anchored.seq} are missing: the log was cut off"
        return Verified(head.seq, head, Broken(head.seq + 1, missing))
    return Verified(head.seq, head, None)


def read_head(path: Path) -> Head | None:
    """The anchored head, None when there is no such file. Raises AuditBroken when the file says something else."""
    try:
        text = path.read_text("ascii", errors="replace")
    except FileNotFoundError:
        return None
    line = _HEAD_LINE.fullmatch(text)
    if line is None:
        raise AuditBroken(f"{path} does not hold a number and a hash", "put the file back from its copy")
    return Head(int(line[1]), line[2])


def write_head(path: Path, head: Head) -> None:
    """Replace the anchored head, whole or not at all.

    The caller sees to it that nobody else does so at the same time, and that the head only ever moves forward.
    """
    aside = path.with_name(f".{path.name}.new")  # one name, so that what a killed process leaves is written over
    with aside.open("w", encoding="ascii") as file:
        file.write(f"{head}\n")
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
