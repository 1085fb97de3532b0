"""What is computed and what goes out: indicators, marts, filings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from loantape.declare.basics import Confidence, Period
from loantape.declare.book import Grain, Rule

AT_MOST, AT_LEAST = "at most", "at least"
AMOUNT_UNITS = ("money", "count")  # the value is the numerator
RATIO_UNITS = ("fraction", "percent", "days", "per_10000")  # the value is numerator over denominator
# a name with a month or day in the form of ISO 8601
ISO_DATED = r".*?(?<![0-9-])(?P<period>(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])(?:-[0-9]{2})?)(?![0-9-]).*"


@dataclass(frozen=True)
class Indicator:
    """One computed number, or one number per member of a dimension.

    ``measure(tape)`` takes table names to Ibis tables and returns Figures, or an Ibis table of ``member`` ('' for a
    total), ``position``, ``numerator``, ``denominator`` (null where it is no ratio) and ``rows``. ``formula`` is in
    words, ``notation`` in symbols. The value is held against the ``limit`` of that name in force, on the side that
    ``bound`` says.
    """

    code: str
    unit: str
    grain: str
    dimension: str  # "" for one total
    en: str
    zh: str
    formula: str
    cites: str
    confidence: Confidence
    example: tuple[Mapping[str, Sequence[Mapping[str, Any]]], Mapping[str, Decimal | None]]
    measure: Callable[[Mapping[str, Any]], Any]
    jurisdictions: tuple[str, ...] = ()
    notation: str = ""
    limit: str = ""
    bound: str = AT_MOST
    unlisted: tuple[str, str] = ("", "")  # why no rows add up to it, English and Chinese, where none do


@dataclass(frozen=True)
class Mart:
    """A small table that each period leaves for later ones, which read it as ``history_<name>`` with a ``period``.

    ``measure(tape)`` takes tape tables and prepared grains, all of its own period; one row per ``grain``.
    """

    name: str
    grain: str
    en: str
    zh: str
    cites: str
    measure: Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Waiver:
    """A written explanation for findings of one rule of one submission; moments are UTC without zone.

    It counts once a second person has accepted it, for the ``findings`` that were there when it was written, known by
    ``findings_sha256``; with a ``key`` for those of that key only, as findings show it.
    """

    id: str  # lender/2026-10/v1/w1
    rule: str
    key: str | None
    reason: str
    cites: str
    until: Period  # the last period that it may be used for
    findings: int
    findings_sha256: str
    author: str
    written_at: datetime
    accepter: str | None = None  # None while nobody has accepted it
    accepted_at: datetime | None = None


@dataclass(frozen=True)
class FilingContext:
    """What a renderer may know besides the tape. Time is an argument, never a clock."""

    lender: str
    period: Period
    submission: str  # lender/2026-10/v1
    sequence: int
    created_at: datetime  # UTC without zone, stated by the caller
    previous: str | None = None  # the submission before, attached as the catalog ``previous`` where a filing needs it
    previous_sha256: str | None = None  # of its delivered content
    # names and hashes of what the lender delivered of earlier periods, which findings and report look back on
    earlier: tuple[tuple[str, str], ...] = ()
    # for a filing that ``needs_year``: the submissions of the calendar year's months before this one, by the catalog
    # each is attached as (``month_01``), as name and hash; ``month_00`` is December before, what is not there left out
    year: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()  # the accepted explanations of the submission's findings


@dataclass(frozen=True)
class RenderedFile:
    """A file as the regulator names it. ``records`` is None where the format has no records."""

    name: str
    path: Path
    records: int | None
    control_totals: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Receipt:
    """What a receiver says of one package, known by the SHA-256 of its bytes; ``at`` is UTC without zone."""

    reference: str  # the receiver's own number
    package: str
    sha256: str
    accepted: bool
    at: datetime
    messages: tuple[tuple[str, str], ...] = ()  # code and text


@dataclass(frozen=True)
class ReceiptForm:
    """The form of a regulator's receipts. ``read(bytes, regulator)`` raises ValueError for what is not in it.

    The text of that error never quotes the bytes.
    """

    name: str
    read: Callable[[bytes, str], Receipt]
    source: str
    confidence: Confidence
    en: str
    zh: str


@dataclass(frozen=True)
class FiledColumn:
    """One place of a filed record: what the regulator calls it, its names, and the column of the outgoing relation.

    ``column`` is empty where the format has a place that nothing is filed in, or a word that never changes; ``why``
    says so, in English and Chinese. It also says why a column of the relation reads nothing of the tape. Where the
    relation holds a code, ``words`` gives what is filed for it. What an amendment changed in an ``is_personal`` column
    is never shown; in one of ``is_free_text`` with what identifies a person masked; in others whole, unless an identity
    number stands there.
    """

    code: str
    en: str
    zh: str
    column: str = ""
    why: tuple[str, str] = ("", "")
    words: Mapping[str, str] = field(default_factory=dict)
    is_personal: bool = False
    is_free_text: bool = False

    @property
    def heading(self) -> str:
        """What differences call it: code and Chinese name, or the one where they are the same."""
        return self.code if self.code == self.zh else f"{self.code} {self.zh}"


@dataclass(frozen=True)
class FiledTable:
    """One table of a filing as its files hold it: a filed value is found again in it, an amendment is compared by it.

    ``names`` are what people call it, the first one where it is shown. ``file`` is a regular expression for the whole
    name of its files; its named groups are columns of ``relation`` that have one value in a file, and so has
    ``institution``, where it is none of them. ``only`` are further such columns of the whole table. ``key`` tells the
    records of one file apart, ``order`` is how they are sorted in it. ``batches(path)`` gives the records of a file in
    their order, headings left out, as Arrow record batches of texts with one column for each of ``columns``; nothing
    is judged, since ``read_back`` did that.
    """

    names: tuple[str, ...]
    en: str
    zh: str
    relation: str
    columns: tuple[FiledColumn, ...]
    file: str
    key: tuple[str, ...]
    order: tuple[str, ...]
    batches: Callable[[Path], Iterator[Any]]
    only: Mapping[str, str] = field(default_factory=dict)
    institution: str = ""

    @property
    def fixed(self) -> tuple[str, ...]:
        """The columns of ``relation`` that have one value in each file."""
        named = tuple(re.compile(self.file).groupindex)
        return (*named, self.institution) if self.institution else named

    def record(self, path: Path, number: int) -> Sequence[str | None] | None:
        """The values of a file's record, counted from 1, in the order of ``columns``; None beyond the last."""
        before = 0
        for batch in self.batches(path) if number > 0 else ():
            if number <= before + len(batch):
                return [column[number - before - 1].as_py() for column in batch.columns]
            before += len(batch)
        return None


@dataclass(frozen=True)
class Filing:
    """What is filed with one regulator from one submission.

    ``prepare(connection, context)`` makes the outgoing tables before any byte is written, each a temporary relation
    ``out_<regulator>__<table>``; ``outgoing`` says their columns, and what is joined for rules across tables. ``rules``
    are those of the format, on these grains: where one of severity ERROR does not hold, nothing is filed.
    ``render(connection, folder, context)`` writes the regulator's files into ``folder`` and returns them; how the rules
    came out is in the temporary table ``format_runs``. ``read_back(folder)`` re-parses the files with code that shares
    nothing with the writer and returns, per file name, the records and control totals it found. ``tables`` say which
    record and column of which file a value of the outgoing tables is in; by them a value is traced, and an amendment
    held against the filing it replaces. ``dated`` is a regular expression for the whole names of the files, whose group
    ``period`` is the reporting date, as YYYYMMDD, YYYY-MM-DD or YYYY-MM; a name that it does not match gives none.
    ``rule_results(folder)``, where files say themselves how the format's draft rules came out, reads that back: by
    rule, the records checked and those that break it. A filing that ``needs_previous`` has the
    submission of the month before attached as ``previous``, one that ``needs_year`` those of the months of the year, as
    far as they were delivered.
    """

    regulator: str
    code: str
    en: str
    zh: str
    jurisdiction: str
    lender_types: tuple[str, ...]  # empty: every type of that jurisdiction
    needs_identity: bool
    render: Callable[[Any, Path, FilingContext], Sequence[RenderedFile]]
    read_back: Callable[[Path], Mapping[str, tuple[int | None, Mapping[str, Decimal]]]]
    notes_en: str = ""
    notes_zh: str = ""
    needs_previous: bool = False
    needs_year: bool = False
    first_period: str = (
        ""  # what is filed without a submission before, by which source; empty: nothing is, it is refused
    )
    prepare: Callable[[Any, FilingContext], None] | None = None
    outgoing: tuple[Grain, ...] = ()
    rules: tuple[Rule, ...] = ()
    receipt: ReceiptForm | None = None  # None: none is read
    tables: tuple[FiledTable, ...] = ()
    dated: str = ISO_DATED
    rule_results: Callable[[Path], Mapping[str, tuple[int, int]]] | None = None
