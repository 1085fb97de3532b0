"""What every declaration is made of: how grave, how sure, of which reporting date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Severity(StrEnum):
    """ERROR blocks a filing; WARNING must be explained; INFO is worth knowing."""

    ERROR = "ERROR"
    WARNING = "WARNING"
    INFO = "INFO"


class Confidence(StrEnum):
    """How sure a fact is, as marked in the reference it came from."""

    PRIMARY = "P"  # read in a copy of the primary document
    SECONDARY = "S"  # read in a secondary page or repository
    BACKGROUND_HIGH = "B-H"  # from background knowledge, to be checked before it is quoted
    BACKGROUND_MEDIUM = "B-M"
    BACKGROUND_LOW = "B-L"
    OWN = "OWN"  # a convention of this project, no outside source


@dataclass(frozen=True, order=True)
class Period:
    """A reporting date. A month's last day prints as ``2026-10``, any other day in full."""

    date: date

    @classmethod
    def parse(cls, text: str) -> Period:
        """``2026-10`` means the last day of that month. Raises ValueError on anything but those two forms."""
        if len(text) == 7:
            first = date.fromisoformat(text + "-01")
            following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
            return cls(date.fromordinal(following.toordinal() - 1))
        return cls(date.fromisoformat(text))

    @property
    def is_month_end(self) -> bool:
        """Whether the date is a month's last day."""
        return date.fromordinal(self.date.toordinal() + 1).day == 1

    def month_before(self) -> Period:
        """The last day of the calendar month before this date's."""
        return Period(date.fromordinal(self.date.replace(day=1).toordinal() - 1))

    def __str__(self) -> str:
        return f"{self.date:%Y-%m}" if self.is_month_end else self.date.isoformat()
