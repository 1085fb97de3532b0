"""A sentence about something that a person has to decide, in English and Chinese.

Belongs here: the shape of a doubt. Not here: any doubt itself. The sentences never quote a delivered value.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Doubt:
    """``column`` is the column's name as it may be shown; empty where the file as a whole is meant."""

    column: str
    en: str
    zh: str
