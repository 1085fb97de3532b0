"""What was shown of a market: every view across lenders that was given out, kept as it was.

Belongs here: the files ``market/<jurisdiction>/<period>/<number>.json`` below the store. Not here: what a view says
(``loantape.market``). A view is kept because the next one must not tell, by its difference, what this one hid.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from loantape.declare import Period
from loantape.store.durable import flush, locked, publish


class Views:
    """The views kept below a store's root."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()

    def periods(self, jurisdiction: str) -> Sequence[Period]:
        """The periods that a view was shown of, the earliest first."""
        return sorted(Period.parse(one.name) for one in (self.root / "market" / jurisdiction).glob("[0-9]*"))

    def shown(self, jurisdiction: str, period: Period) -> Sequence[tuple[int, Mapping[str, Any]]]:
        """The views of a period in the order they were shown, each with its number."""
        folder = self._folder(jurisdiction, period)
        numbers = sorted(int(one.stem) for one in folder.glob("[0-9]*.json"))
        return [(number, json.loads((folder / f"{number}.json").read_text(encoding="utf-8"))) for number in numbers]

    def keep(self, jurisdiction: str, period: Period, text: str) -> int:
        """Keep a view as the next one of its period, and return its number. It appears whole or not at all."""
        folder = self._folder(jurisdiction, period)
        lock = self.root / ".locks" / f"market.{jurisdiction}.{period}.lock"
        with locked(lock, f"the view of {jurisdiction}/{period}", wait=True):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            number = 1 + max((int(one.stem) for one in folder.glob("[0-9]*.json")), default=0)
            working = folder / f".working-{secrets.token_hex(8)}"
            working.write_text(text, encoding="utf-8")
            flush(working)
            publish(working, folder / f"{number}.json")
        return number

    def _folder(self, jurisdiction: str, period: Period) -> Path:
        return self.root / "market" / jurisdiction / str(period)
