"""What was done with each delivery of a landing place, so that it is not fetched and hashed again at every look.

Belongs here: small files below ``<store>/.landing/``, one per delivery as it was seen, none of which is ever changed.
Not here: submissions and their states, which the workflow database knows. Losing a note costs time and nothing else: a
delivery taken in twice is the same submission. A delivery that changed has another stamp, so no note speaks of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from loantape.landing.places import Arrival
from loantape.store.durable import publish

_REFUSED = "refused"
_ANNOUNCED = "announced"


class Notes:
    """The notes on one landing place, as they were when this was made."""

    def __init__(self, store: Path, address: str) -> None:
        self._folder = store / ".landing" / hashlib.sha256(address.encode()).hexdigest()[:16]
        self._received: dict[str, set[str]] = {}
        self._refused: set[str] = set()
        self._announced: set[str] = set()
        if not self._folder.is_dir():
            return
        with os.scandir(self._folder) as entries:
            for entry in entries:
                stamp, _, said = entry.name.partition(".")
                if said == _REFUSED:
                    self._refused.add(stamp)
                elif said == _ANNOUNCED:
                    self._announced.add(stamp)
                elif stamp:
                    self._received.setdefault(stamp, set()).add(said.replace(".", "/"))

    def submission(self, arrival: Arrival) -> str | None:
        """The submission a delivery became, None when it never was taken or a change of it would not show."""
        if not arrival.can_be_told_apart:
            return None
        return max(self._received.get(arrival.stamp, ()), default=None)

    def was_refused(self, arrival: Arrival) -> bool:
        """Whether exactly this was refused before."""
        return arrival.can_be_told_apart and arrival.stamp in self._refused

    def announced_at(self, arrival: Arrival) -> datetime | None:
        """When exactly this was last announced."""
        if not arrival.can_be_told_apart or arrival.stamp not in self._announced:
            return None
        note = json.loads((self._folder / f"{arrival.stamp}.{_ANNOUNCED}").read_text("utf-8"))
        return datetime.fromisoformat(note["at"])

    def note_received(self, arrival: Arrival, submission: str, at: datetime) -> None:
        """That a delivery was taken into the store as ``submission``."""
        self._write(arrival, submission.replace("/", "."), {"submission": submission}, at)
        (self._folder / f"{arrival.stamp}.{_REFUSED}").unlink(missing_ok=True)

    def note_refused(self, arrival: Arrival, reason: str, at: datetime) -> None:
        """That a delivery cannot be taken in as it is."""
        self._write(arrival, _REFUSED, {"reason": reason}, at)

    def note_announced(self, arrival: Arrival, at: datetime) -> None:
        """That somebody was told of a delivery."""
        self._write(arrival, _ANNOUNCED, {}, at)

    def _write(self, arrival: Arrival, said: str, more: Mapping[str, str], at: datetime) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # no stamp in front: a look that meets it takes it for no note
        working = self._folder / f".{secrets.token_hex(8)}"
        note = {"delivery": arrival.name, "at": at.isoformat(), **more}
        working.write_text(json.dumps(note, ensure_ascii=False) + "\n", "utf-8")
        publish(working, self._folder / f"{arrival.stamp}.{said}")
