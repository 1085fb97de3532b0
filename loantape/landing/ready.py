"""Which deliveries of a landing place are complete and not being written any more.

Belongs here: the rules by which a delivery counts as finished, and the two looks. Not here: what lies in a place
(``places``), or whether it was taken before (``notes``). Nothing is opened before its name, two looks and, where the
system can tell, the absence of a writer all say that it is finished; of what is opened then, a manifest or a zip's
end, only these are read.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from loantape.errors import ConfigurationError, DeliveryError
from loantape.intake.manifest import LARGEST_MANIFEST, MANIFEST, parse_manifest, plain_name
from loantape.landing.places import Arrival, Place, SeenFile, StillChanging

# What senders and transfer programs call a file until it is whole.
UNFINISHED = (
    *(".part", ".partial", ".filepart", ".crdownload", ".download", ".opdownload", ".aria2", ".!ut"),
    *(".tmp", ".temp", ".writing", ".upload", ".uploading", ".incomplete", ".inprogress", ".in-progress"),
    *("._copying_", ".swp", ".lock", "~"),
)
_ZIP_TAIL = 22 + 0xFFFF + 20 + 56  # bytes: the end record with the longest comment, and what precedes it in a large zip


@dataclass(frozen=True)
class Rules:
    """What the operator settles. ``done_marker`` starting with a dot is added to a delivery's name: ``x.zip.done``
    lies beside ``x.zip``; any other is the name of a file inside a folder, such as ``_SUCCESS``.
    """

    settle_seconds: float = 10.0
    done_marker: str | None = None
    late_after: timedelta = timedelta(hours=6)

    @classmethod
    def from_environment(cls) -> Rules:
        """From ``LOANTAPE_SETTLE_SECONDS``, ``LOANTAPE_DONE_MARKER`` and ``LOANTAPE_LATE_HOURS``.

        Raises ConfigurationError for what is no number of at least 0, or no plain name.
        """
        marker = os.environ.get("LOANTAPE_DONE_MARKER") or None
        if marker and not plain_name("x" + marker):
            raise ConfigurationError(
                f"LOANTAPE_DONE_MARKER is {marker!r}", "give a suffix such as .done, or a file name such as _SUCCESS"
            )
        late = timedelta(hours=_number("LOANTAPE_LATE_HOURS", cls.late_after / timedelta(hours=1)))
        return cls(_number("LOANTAPE_SETTLE_SECONDS", cls.settle_seconds), marker, late)

    @property
    def marker_inside(self) -> str | None:
        """The marker's name when it lies inside a delivery's folder."""
        return self.done_marker if self.done_marker and self.done_marker[0] != "." else None

    @property
    def marker_beside(self) -> str | None:
        """What is added to a delivery's name when the marker lies beside it."""
        return self.done_marker if self.done_marker and self.done_marker[0] == "." else None


@dataclass(frozen=True)
class Waiting:
    """A delivery that is left alone: why, and since when nothing about it has changed, None where nobody knows."""

    name: str
    reason: str
    unchanged_since: datetime | None

    def is_late(self, at: datetime, rules: Rules) -> bool:
        """Whether it has been like this for so long that somebody should ask the sender."""
        return self.unchanged_since is None or at - self.unchanged_since >= rules.late_after


@dataclass(frozen=True)
class Listing:
    """What a look found: deliveries to take, and deliveries to leave alone for now."""

    ready: Sequence[Arrival]
    waiting: Sequence[Waiting]


def look_twice(
    place: Place, wanted: Callable[[Arrival], bool], rules: Rules, sleep: Callable[[float], None] = time.sleep
) -> Listing:
    """Look, let ``rules.settle_seconds`` pass, look again, and examine what has not changed, in order of names.

    ``wanted`` says of a delivery that its name allows whether it is to be looked at further; when none is, there is no
    second look and no waiting time. Raises ConfigurationError when the place is not there.
    """
    there = place.look()
    waiting: list[Waiting] = []
    candidates = []
    for arrival in there.values():
        if not is_delivery(arrival):
            if is_unfinished(arrival.name) and ".zip" in arrival.name.casefold():
                waiting.append(Waiting(arrival.name, "its name says that it is being written", arrival.changed))
        elif reason := _unfinished_by_name(arrival, there, rules):
            waiting.append(Waiting(arrival.name, reason, arrival.changed))
        elif wanted(arrival):
            candidates.append(arrival)
    if not candidates:
        return Listing((), waiting)
    sleep(rules.settle_seconds)
    again = place.look({arrival.name for arrival in candidates})
    ready = []
    for arrival in candidates:
        now = again.get(arrival.name)
        if now is None or now.stamp != arrival.stamp:
            changed = now.changed if now else arrival.changed
            waiting.append(Waiting(arrival.name, "it changed between two looks", changed))
        elif reason := _unfinished_inside(place, now, rules):
            waiting.append(Waiting(arrival.name, reason, now.changed))
        else:
            ready.append(now)
    return Listing(ready, sorted(waiting, key=lambda one: one.name))


def _number(variable: str, otherwise: float) -> float:
    text = os.environ.get(variable) or str(otherwise)
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", text):
        raise ConfigurationError(f"{variable} is {text!r}", "give a number of at least 0, such as 10 or 0.5")
    return float(text)


def is_delivery(arrival: Arrival) -> bool:
    """Whether a name in the landing place can be a delivery: a folder, a zip, or something that hides what it is."""
    if is_unfinished(arrival.name) and not arrival.is_folder:
        return False
    return arrival.is_folder or arrival.trouble is not None or arrival.name.casefold().endswith(".zip")


def is_unfinished(name: str) -> bool:
    """Whether a name says that its file or folder is still being written."""
    return name.startswith(".") or name.casefold().endswith(UNFINISHED)


def _unfinished_by_name(arrival: Arrival, there: Mapping[str, Arrival], rules: Rules) -> str | None:
    """What can be told from names alone."""
    if arrival.trouble:
        return f"it {arrival.trouble}"
    if is_unfinished(arrival.name):
        return "its name says that it is being written"
    names = {file.name for file in arrival.files}
    if arrival.is_folder:
        for name in sorted(names):
            if any(is_unfinished(part) for part in name.split("/")):
                return f"the name of {name[:200]!r} in it says that it is being written"
        if MANIFEST not in names:
            return f"it has no {MANIFEST} yet"
        if rules.marker_inside and rules.marker_inside not in names:
            return f"it has no {rules.marker_inside} yet"
    if rules.marker_beside and arrival.name + rules.marker_beside not in there:
        return f"there is no {arrival.name}{rules.marker_beside} beside it yet"
    return None


def _unfinished_inside(place: Place, arrival: Arrival, rules: Rules) -> str | None:
    """What a settled delivery lacks. What is wrong with one that lacks nothing is for ``pipeline.receive`` to say."""
    if not all(file.is_plain for file in arrival.files):
        return None
    if writing := place.open_for_writing(arrival):
        return f"{writing[:200]!r} is open for writing, or cannot be opened for reading"
    try:
        return _missing_files(place, arrival) if arrival.is_folder else _missing_end(place, arrival)
    except StillChanging as changing:
        return str(changing)


def _missing_files(place: Place, arrival: Arrival) -> str | None:
    """Whether the manifest is whole and every file it lists is there in its declared size."""
    sizes = {file.name: file.size for file in arrival.files}
    manifest = next(file for file in arrival.files if file.name == MANIFEST)
    if manifest.size > LARGEST_MANIFEST:
        return None
    raw = place.part(arrival, manifest, 0, manifest.size)
    if len(raw) != manifest.size or is_cut_short(raw):
        return f"its {MANIFEST} ends before it is complete"
    try:
        declared = parse_manifest(raw).files
    except DeliveryError:
        return None
    for file in declared:
        if file.name not in sizes:
            return f"{file.name!r} is in its {MANIFEST} and has not arrived"
        if sizes[file.name] != file.bytes:
            return f"{file.name!r} has {sizes[file.name]} bytes, its {MANIFEST} says {file.bytes}"
    return None


def is_cut_short(raw: bytes) -> bool:
    """Whether a JSON object ends too early: a document that is wrong but whole is not cut short."""
    if not raw.rstrip().endswith(b"}") or b"\0" in raw:
        return True
    text = raw.decode("utf-8", "replace").rstrip()
    try:
        json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as wrong:
        return wrong.pos >= len(text.removeprefix("\ufeff")) or wrong.msg.startswith("Unterminated string")
    except (ValueError, RecursionError):
        return False
    return False


def _missing_end(place: Place, arrival: Arrival) -> str | None:
    """Whether a zip has its end record and, where that says, its directory."""
    file: SeenFile = arrival.files[0]
    start = max(0, file.size - _ZIP_TAIL)
    tail = place.part(arrival, file, start, file.size - start)
    at = tail.rfind(b"PK\5\6")
    cut = "its end has not arrived: it is no complete zip archive"
    if len(tail) != file.size - start or at < 0 or at + 22 > len(tail):
        return cut
    if at + 22 + int.from_bytes(tail[at + 20 : at + 22], "little") != len(tail):
        return cut
    size, offset = (int.from_bytes(tail[at + n : at + n + 4], "little") for n in (12, 16))
    if 0xFFFFFFFF in (size, offset):
        large = tail.rfind(b"PK\6\6", 0, at)
        if large < 0 or large + 56 > at:
            return cut
        size, offset = (int.from_bytes(tail[large + n : large + n + 8], "little") for n in (40, 48))
    if offset + size > start + at:
        return cut
    empty = size == 0
    return None if empty or place.part(arrival, file, offset, 4) == b"PK\1\2" else cut
