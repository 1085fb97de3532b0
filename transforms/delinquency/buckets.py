"""The named sets of buckets that days past due are cut into.

Belongs here: bounds, names and sources. Not here: any figure. The bounds that Chinese forms use are also dated limits
(schemas/limits/buckets.toml), by which the rules go; a test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from loantape.declare import Confidence
from transforms import band, names


@dataclass(frozen=True)
class Buckets:
    """One set: ``bands`` are (member, last day of it), the last without end; ``dimension`` names the set's members."""

    dimension: str
    bands: Sequence[tuple[str, int | None]]
    en: str
    zh: str
    cites: str
    confidence: Confidence
    jurisdictions: tuple[str, ...]

    def of(self, days: Any) -> Any:
        """The member that a number of days past due falls into; null where the days are."""
        return band(days, self.bands)

    @property
    def members(self) -> tuple[str, ...]:
        return names(self.bands)


DAYS_1104 = Buckets(
    "days_1104",
    (
        ("0", 0),
        ("1-30", 30),
        ("31-60", 60),
        ("61-90", 90),
        ("91-180", 180),
        ("181-270", 270),
        ("271-360", 360),
        ("361+", None),
    ),
    "in the day buckets of the 1104 returns",
    "1104口径",
    "1104 G11 day buckets",
    Confidence.SECONDARY,
    ("cn",),
)
DAYS_G09 = Buckets(
    "days_g09",
    (("0", 0), ("1-30", 30), ("31-60", 60), ("61-90", 90), ("91-360", 360), ("361+", None)),
    "in the day buckets of 1104 form G09_I, item 1.2",
    "1104 G09_I口径",
    "1104 G09_I 1.2.1-1.2.6",
    Confidence.SECONDARY,
    ("cn",),
)
DAYS_S63 = Buckets(
    "days_s63",
    (("0", 0), ("1-60", 60), ("61-90", 90), ("91-360", 360), ("361+", None)),
    "in the day buckets of 1104 form S63",
    "1104 S63口径",
    "1104 S63 day buckets",
    Confidence.SECONDARY,
    ("cn",),
)
CREDIT_BUREAU = Buckets(
    "credit_bureau",
    (("0", 0), ("1", 30), ("2", 60), ("3", 90), ("4", 120), ("5", 150), ("6", 180), ("7", None)),
    "in the credit bureau's payment states 1 to 7",
    "征信还款状态口径",
    "Second-generation credit bureau, RpyStatus 1-7",
    Confidence.SECONDARY,
    ("cn",),
)
STAGES = Buckets(
    "stage",
    (
        ("M0", 0),
        ("M1", 30),
        ("M2", 60),
        ("M3", 90),
        ("M4", 120),
        ("M5", 150),
        ("M6", 180),
        ("M6+", None),
    ),
    "by stage of delinquency, M0 (current) to M6+ (over 180 days)",
    "M0至M6+",
    "industry practice, no rule",
    Confidence.BACKGROUND_HIGH,
    ("cn",),
)
# US practice counts from the 30th day, a month being 30 days
DAYS_US = Buckets(
    "days_us",
    (("0", 0), ("1-29", 29), ("30-59", 59), ("60-89", 89), ("90-119", 119), ("120+", None)),
    "in steps of 30 days counted from the 30th",
    "美国口径",
    "US practice; days as in EX-102 currentDelinquencyStatus",
    Confidence.BACKGROUND_MEDIUM,
    ("us",),
)
