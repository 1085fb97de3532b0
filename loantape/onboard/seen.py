"""What has been seen of one column so far, in bounded memory whatever the file's size.

Belongs here: adding blocks of values up, exactly where they can be counted and by a sketch where they cannot. Not here:
the tests on one value (``kernel``), or what follows from the counts (``forms``). Delivered values are kept in memory
only: few distinct ones with their counts, and the ends of the range.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from loantape.onboard import kernel, written

# Texts that stand for "nothing" in files of this trade. The first ones never mean anything else.
SURE_EMPTY = ("-", "--", "---", "\\N", "NULL", "null", "Null", "(null)", "#N/A", "0000-00-00", "0000-00-00 00:00:00")
MAYBE_EMPTY = ("N/A", "n/a", "NA", "/", "None", "none", "NaN", "nan", "nil", "无", "空", "暂无")
EMPTY_WORDS = (*SURE_EMPTY, *MAYBE_EMPTY)

KEPT_TEXTS = 2_000  # distinct values that are counted one by one
SKETCH = 4_096  # smallest hashes kept: exact up to here, about 1.6 % off beyond

_PLAIN_FORMS = {0xFF01 + at: chr(0x21 + at) for at in range(0x5E)} | {0x3000: " "}
_WHITE = " \t\xa0\u3000"


@dataclass
class Seen:
    """Counts over the values of a column that are neither blank nor a word for "empty"."""

    total: int = 0
    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(kernel.FLAGS, dtype=np.int64))
    figures: NDArray[np.int64] = field(default_factory=lambda: np.zeros(kernel.FIGURES, dtype=np.int64))
    decimals: NDArray[np.int64] = field(default_factory=lambda: np.zeros((3, kernel.DECIMALS), dtype=np.int64))
    years: NDArray[np.int64] = field(
        default_factory=lambda: np.tile(np.array([9999, 0], dtype=np.int64), (len(written.FORMS), 1))
    )
    ends: NDArray[np.float64] = field(default_factory=lambda: np.array([np.inf, -np.inf]))
    end_texts: list[str] = field(default_factory=lambda: ["", "", ""])  # least, most, longest
    dates: Counter[int] = field(default_factory=Counter)  # which date forms fit together: how many values
    sketch: NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))

    def add(self, values: pa.StringArray, weights: NDArray[np.int64]) -> None:
        """Add distinct, not empty texts, each with how often it stands there."""
        if not len(values):
            return
        _, offsets, data = values.buffers()
        starts = np.frombuffer(offsets, dtype=np.int32)[values.offset : values.offset + len(values) + 1]
        table, lengths = written.templates()
        places = np.full(3, -1, dtype=np.int64)
        dates, hashes = np.zeros(len(values), dtype=np.int64), np.zeros(len(values), dtype=np.uint64)
        kernel.observe(
            np.frombuffer(data, dtype=np.uint8),
            starts.astype(np.int64),
            weights,
            table,
            lengths,
            self.counts,
            self.figures,
            self.decimals,
            self.years,
            self.ends,
            places,
            dates,
            hashes,
        )
        self.total += int(weights.sum())
        for end, place in enumerate(places.tolist()):
            if place >= 0:
                self.end_texts[end] = values[place].as_py()
        masks, which = np.unique(dates, return_inverse=True)
        for mask, number in zip(masks.tolist(), np.bincount(which, weights).tolist(), strict=True):
            self.dates[mask] += int(number)
        self.sketch = np.unique(np.concatenate((self.sketch, hashes)))[:SKETCH]

    def fits(self, flag: int) -> int:
        """How many of the values have a flag of the kernel."""
        return int(self.counts[flag])

    def all_are(self, flag: int) -> bool:
        """Whether there are values and each has the flag."""
        return self.total > 0 and self.fits(flag) == self.total

    def share(self, flag: int) -> float:
        """The part of the values that has the flag, 0 without values."""
        return self.fits(flag) / self.total if self.total else 0.0

    def distinct(self) -> tuple[int, bool]:
        """How many different values there are, and whether that is exact."""
        if len(self.sketch) < SKETCH:
            return len(self.sketch), True
        return int((SKETCH - 1) / (float(self.sketch[-1]) / 2.0**64)), False


@dataclass
class ColumnSeen:
    """One column: as delivered, and as it would be without outer white space and full-width forms."""

    raw: Seen = field(default_factory=Seen)
    clean: Seen = field(default_factory=Seen)
    rows: int = 0
    blank: int = 0  # nothing at all
    white: int = 0  # nothing but white space
    words: Counter[str] = field(default_factory=Counter)  # words for "empty", as delivered
    texts: Counter[str] | None = field(default_factory=Counter)  # every value but blanks; None when there are too many
    clean_texts: Counter[str] | None = field(default_factory=Counter)

    def add(self, column: pa.ChunkedArray) -> None:
        """Add a block of the column: text without nulls."""
        counted = pc.value_counts(column.combine_chunks())
        values, weights = counted.field("values"), counted.field("counts").to_numpy(zero_copy_only=False)
        self.rows += len(column)
        self.blank += int(weights[_mask(pc.equal(values, ""))].sum())
        values, weights = _kept(values, weights, pc.not_equal(values, ""))
        self.texts = _merged(self.texts, values, weights)
        values, weights = self._without_words(values, weights)
        block = Seen()
        block.add(values, weights)
        self.raw.add(values, weights)
        if not block.fits(kernel.SPACED) and not block.fits(kernel.WIDE):
            self.clean.add(values, weights)
            self.clean_texts = _merged(self.clean_texts, values, weights)
            return
        plain = cleaned(values)
        self.white += int(weights[_mask(pc.equal(plain, ""))].sum())
        plain, weights = _kept(plain, weights, pc.not_equal(plain, ""))
        plain, weights = self._without_words(plain, weights)
        self.clean.add(plain, weights)
        self.clean_texts = _merged(self.clean_texts, plain, weights)

    def _without_words(self, values: Any, weights: NDArray[np.int64]) -> tuple[Any, NDArray[np.int64]]:
        words = pc.is_in(values, value_set=pa.array(EMPTY_WORDS))
        found = _mask(words)
        if not found.any():
            return values, weights
        for word, number in zip(values.filter(words).to_pylist(), weights[found].tolist(), strict=True):
            self.words[word] += number
        return _kept(values, weights, pc.invert(words))


def cleaned(values: pa.StringArray) -> pa.StringArray:
    """The texts with full-width forms made plain and without white space at their ends."""
    # no value holds a line end, so that one pass over all of them is enough
    joined = "\n".join(values.to_pylist()).translate(_PLAIN_FORMS)
    return pc.utf8_trim(pa.array(joined.split("\n"), pa.string()), characters=_WHITE) if len(values) else values


def _mask(chosen: Any) -> NDArray[np.bool_]:
    return chosen.to_numpy(zero_copy_only=False)


def _kept(values: Any, weights: NDArray[np.int64], chosen: Any) -> tuple[Any, NDArray[np.int64]]:
    return values.filter(chosen), np.ascontiguousarray(weights[_mask(chosen)])


def _merged(texts: Counter[str] | None, values: Any, weights: NDArray[np.int64]) -> Counter[str] | None:
    """The counts by value, or None once there are more than are kept."""
    if texts is None or len(values) > KEPT_TEXTS:
        return None
    for value, number in zip(values.to_pylist(), weights.tolist(), strict=True):
        texts[value] += number
    return texts if len(texts) <= KEPT_TEXTS else None
