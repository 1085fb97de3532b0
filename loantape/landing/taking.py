"""From a landing place into the store: what is to be taken, and taking one delivery.

Belongs here: ``ready``, ``notes`` and ``pipeline.receive`` put together, and the spool that objects are fetched into.
Not here: what any of them decides. Called by the DAGs; needs no Airflow.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from loantape import pipeline
from loantape.errors import DeliveryError, StoreBusy
from loantape.landing.notes import Notes
from loantape.landing.places import Arrival, Place, StillChanging
from loantape.landing.ready import Listing, Rules, look_twice
from loantape.progress import Progress
from loantape.store import State
from loantape.store.durable import locked

ANNOUNCE_AGAIN_AFTER = timedelta(hours=1)
_FINISHED = frozenset({State.BLOCKED, State.READY, State.FILED})
_SPOOL = ".spool"
_log = logging.getLogger(__name__)


def arrived(
    ws: pipeline.Workspace,
    place: Place,
    rules: Rules,
    *,
    everything: bool = False,
    refused: bool = True,
    sleep: Callable[[float], None] = time.sleep,
) -> Listing:
    """The deliveries to take in now, in order of names, those refused before last, and those that are not finished.

    Left out is what was taken before and has become a finished submission, unless ``everything`` is asked for, and
    what was refused before, unless ``refused``; a delivery that changed since is neither. Raises ConfigurationError
    when the place is not there.
    """
    notes = Notes(ws.store.root, place.address)
    finished = frozenset() if everything else _finished(ws)

    def wanted(arrival: Arrival) -> bool:
        if everything:
            return True
        return notes.submission(arrival) not in finished and (refused or not notes.was_refused(arrival))

    found = look_twice(place, wanted, rules, sleep)
    # where not all of them can be taken at once, what cannot be taken in anyway must not be in the way
    return Listing(sorted(found.ready, key=notes.was_refused), found.waiting)


def announce(
    ws: pipeline.Workspace,
    place: Place,
    rules: Rules,
    at: datetime,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> Listing:
    """What has become ready since the last announcement, and is from now on announced.

    What was announced and not taken in is announced again after an hour, what was refused never: the same bytes would
    be refused again.
    """
    notes = Notes(ws.store.root, place.address)
    finished = _finished(ws)

    def wanted(arrival: Arrival) -> bool:
        if notes.submission(arrival) in finished or notes.was_refused(arrival):
            return False
        before = notes.announced_at(arrival)
        return before is None or at - before >= ANNOUNCE_AGAIN_AFTER

    found = look_twice(place, wanted, rules, sleep)
    for arrival in found.ready:
        notes.note_announced(arrival, at)
    return found


def receive(
    ws: pipeline.Workspace,
    place: Place,
    name: str,
    stamp: str,
    at: datetime,
    rules: Rules,
    progress: Progress = pipeline.SILENT,
) -> str | None:
    """Take in a delivery as it was listed. Returns the submission; None when it has changed since and is left alone.

    Raises DeliveryError when it cannot be taken in, and remembers that; StoreBusy while somebody else fetches it.
    """
    arrival = place.look({name}).get(name)
    if arrival is None or arrival.stamp != stamp:
        _say_left(name, "it changed after it was listed")
        return None
    if writing := place.open_for_writing(arrival):
        _say_left(name, f"{writing[:200]!r} is open for writing")
        return None
    notes = Notes(ws.store.root, place.address)
    try:
        with (
            _spool(ws.store.root, f"{place.address}\n{name}") as folder,
            place.at_hand(arrival, folder, rules.marker_inside) as path,
        ):
            submission = pipeline.receive(ws, path, at, progress)
    except StillChanging as changing:
        _say_left(name, str(changing))
        return None
    except DeliveryError as refused:
        now = place.look({name}).get(name)
        if now is None or now.stamp != stamp:
            _say_left(name, f"it changed while it was read: {refused.what}")
            return None
        notes.note_refused(arrival, str(refused), at)
        raise
    notes.note_received(arrival, submission, at)
    return submission


def _finished(ws: pipeline.Workspace) -> frozenset[str]:
    return frozenset(record.name for record in ws.workflow.submissions() if record.state in _FINISHED)


def _say_left(name: str, reason: str) -> None:
    _log.warning("%r is left for the next look: %s", name, reason)


@contextmanager
def _spool(store: Path, what: str) -> Iterator[Path]:
    """An empty folder in the store, for one delivery, gone afterwards; those of killed processes go with it."""
    spool = store / _SPOOL
    spool.mkdir(mode=0o700, exist_ok=True)
    own = hashlib.sha256(what.encode()).hexdigest()[:32]
    for left in spool.iterdir():
        if left.name != own:
            _remove_unless_held(store, left)
    with locked(_lock(store, own), "this delivery"):
        folder = spool / own
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _remove_unless_held(store: Path, folder: Path) -> None:
    try:
        with locked(_lock(store, folder.name), "a delivery"):
            shutil.rmtree(folder, ignore_errors=True)
    except StoreBusy:
        _log.debug("%s is in use", folder)


def _lock(store: Path, key: str) -> Path:
    return store / ".locks" / f"spool.{key}.lock"
