"""Frozen declarations: Lender, Rule, Limit, Indicator, Filing, and nothing else.

Belongs here: the shapes that content (``schemas``, ``transforms``, ``templates``) fills in. Not here: finding the
declarations (``loantape.catalog``) or running them (``loantape.pipeline``). Imports nothing of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any


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

    def month_before(self) -> Period:
        """The last day of the calendar month before this date's."""
        return Period(date.fromordinal(self.date.replace(day=1).toordinal() - 1))

    def __str__(self) -> str:
        tomorrow = date.fromordinal(self.date.toordinal() + 1)
        return f"{self.date:%Y-%m}" if tomorrow.day == 1 else self.date.isoformat()


# --- how a lender's text becomes a value: docs/reference/intake.md writes each form out, nothing is accepted by accident


@dataclass(frozen=True)
class Text:
    """Kept as it is, surrounding blanks included; at most ``max_length`` characters and no control characters."""

    max_length: int = 300


@dataclass(frozen=True)
class Identifier:
    """A key: 1 to ``max_length`` of the ASCII letters, digits and ``. _ : / # * -``, nothing else."""

    max_length: int = 64


@dataclass(frozen=True)
class Integer:
    """An optional minus and digits 0-9, nothing else."""


@dataclass(frozen=True)
class Number:
    """A decimal: optional minus, digits 0-9, one ``point``. More than ``scale`` decimals does not parse.

    ``times`` turns a fraction into a percent (100) exactly, in DECIMAL arithmetic. ``noise`` is for senders whose
    spreadsheets write binary fractions out in full (0.07400000000000001): so many decimals may be written if the value
    differs from its first ``scale`` decimals, rounded, by less than 1e-12; 0 allows none of it. ``group`` is the
    thousands separator that may stand before every third digit: all of them or none; empty allows none.
    """

    precision: int = 20
    scale: int = 2
    times: int = 1
    noise: int = 0
    point: str = "."
    group: str = ""


@dataclass(frozen=True)
class Day:
    """A calendar date in exactly one of the written forms: ``%Y`` ``%m`` ``%d`` of fixed width and literal characters.

    ``%m/%Y`` means the first day of that month. ``also`` are further forms; two that could read one text differently
    are refused as a declaration.
    """

    form: str = "%Y-%m-%d"
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stamp:
    """A local date and time in exactly one of the written forms (``%Y %m %d %H %M %S``)."""

    form: str = "%Y-%m-%d %H:%M:%S"
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Flag:
    """A boolean written in exactly one of two ways."""

    true: str = "1"
    false: str = "0"


@dataclass(frozen=True)
class Code:
    """A code list: delivered text to canonical code. Text outside it does not parse."""

    to: Mapping[str, str]


ValueForm = Text | Identifier | Integer | Number | Day | Stamp | Flag | Code


@dataclass(frozen=True)
class Column:
    """One delivered column: its header, where it goes, how it is written.

    ``to`` is ``table.field`` of the canonical tape (several targets may read one column: give one Column each),
    ``identity.<part>`` for the vault (id_no, phone, name), or None when it is not taken, and then ``ignored`` says why.
    ``trim`` takes blanks around the text away; ``full_width`` turns full-width ASCII forms and the ideographic space
    into their plain ones before the text is read, and reports that it did. ``at`` is where a fixed-width file has the
    column: first byte of the record, from 1, and length in bytes.
    """

    header: str
    to: str | None
    form: ValueForm = Text()
    empty: tuple[str, ...] = ("",)
    required: bool = True
    ignored: str | None = None
    trim: bool = False
    full_width: bool = False
    at: tuple[int, int] | None = None


class FileKind(StrEnum):
    """What a delivered file is made of."""

    DELIMITED = "delimited"
    FIXED = "fixed"
    PARQUET = "parquet"
    ARROW = "arrow"
    XLSX = "xlsx"


@dataclass(frozen=True)
class Trailer:
    """A last line that is no record: its first field is ``marker``, the others say what ``fields`` names.

    A name is ``rows``, ``table.field`` (the sum of that field) or empty for what is not looked at. ``at`` places them
    in a fixed-width record, the marker first, as in ``Column.at``.
    """

    marker: str
    fields: tuple[str, ...]
    at: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class FileLayout:
    """One kind of delivered file. ``pattern`` is a glob on its name; ``quote`` is None where quoting is not allowed.

    A name may end in ``.gz``, ``.zst`` or ``.zip`` besides, which says how the file is packed. ``constants`` gives
    canonical fields that the file does not carry but that hold for each of its rows (``{"loan.currency": "USD"}``),
    typed as the tape types them; ``{period}`` in one stands for the reporting date. Without a ``header`` the columns
    come in the declared order. ``sheet`` names the worksheet of an XLSX file; None means that it has only one.
    """

    pattern: str
    columns: tuple[Column, ...]
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str | None = '"'
    required: bool = True
    constants: Mapping[str, str] = field(default_factory=dict)
    kind: FileKind = FileKind.DELIMITED
    header: bool = True
    trailer: Trailer | None = None
    sheet: str | None = None


@dataclass(frozen=True)
class Lender:
    """How one lender's files become the canonical tape.

    ``rows`` are canonical rows that hold for every delivery of this lender and that it does not send
    (``{"institution": [{...}]}``).
    """

    name: str
    en: str
    zh: str
    jurisdiction: str  # "cn", "us": which presence duties and rules apply
    schema_version: str  # what a manifest must say, e.g. "standard/1"
    files: tuple[FileLayout, ...]
    rows: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)


# --- the rule book ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Grain:
    """The rows a rule can be said of: those of ``base`` (a relation, aliased ``base``) with prepared columns.

    ``table`` is the tape table whose columns (``own``, name to Ibis type) and key the rows have, None for totals.
    ``prepared`` gives, per added column, its type and its SQL over ``base`` and the ``joins``. ``has_rows`` says that
    ``base.rowid`` is the row of this submission's tape, so that a finding has a file and a line. ``needs_history`` asks
    for the totals of the periods before this one, ``check_history(period, name, value)``, beside this delivery's own,
    ``check_totals(name, value)``.
    """

    name: str
    table: str | None
    base: str
    own: Mapping[str, Any] = field(default_factory=dict)
    prepared: Mapping[str, tuple[Any, str]] = field(default_factory=dict)
    joins: str = ""
    key: tuple[str, ...] = ()
    has_rows: bool = True
    needs_previous: bool = False
    needs_pricing: bool = False
    needs_history: bool = False

    def columns(self) -> dict[str, Any]:
        """Every column a rule may use, with its type; ``row`` is the row of the tape table."""
        return {**self.own, **{name: kind for name, (kind, _) in self.prepared.items()}}

    def select(self, columns: Iterable[str]) -> str:
        """SQL for the grain with just these columns (and ``row``), in the order they are declared."""
        wanted = set(columns)
        parts = ['base.rowid AS "row"' if self.has_rows else 'CAST(NULL AS BIGINT) AS "row"']
        for name in self.columns():
            if name in wanted and name != "row":
                parts.append(f'{self.prepared[name][1] if name in self.prepared else f"base.{name}"} AS "{name}"')
        return f"SELECT {', '.join(parts)} FROM {self.base} AS base {self.joins}".rstrip()


@dataclass(frozen=True)
class Rule:
    """A sentence that must hold on one grain. True or null holds, false is a finding.

    ``holds(table, limits)`` returns an Ibis boolean on the grain's table. ``fields`` are the columns a reviewer is
    shown; the first is the finding's field. ``passes`` and ``fails`` are partial rows; fields they leave out are null.
    ``says`` are the sentences of one finding: ``{name}`` stands for a field among ``fields``.
    """

    code: str
    on: str
    severity: Severity
    fields: tuple[str, ...]
    cites: str
    confidence: Confidence
    en: str
    zh: str
    passes: tuple[Mapping[str, Any], ...]
    fails: tuple[Mapping[str, Any], ...]
    holds: Callable[[Any, Any], Any]
    since: date | None = None
    until: date | None = None
    jurisdictions: tuple[str, ...] = ()  # empty: everywhere
    lender_types: tuple[str, ...] = ()  # empty: every type
    says: tuple[str, str] = ("", "")  # English and Chinese, with the row's figures in braces; empty: the sentence
    draft: bool = False  # read in a draft of its source, and labelled so wherever it is shown

    def in_force(self, on: date) -> bool:
        """Whether the rule's dates cover a day, both ends included."""
        return (self.since is None or self.since <= on) and (self.until is None or on <= self.until)


@dataclass(frozen=True)
class Limit:
    """A number a rule compares with, from ``valid_from`` until ``valid_to`` (both inclusive; None: open).

    ``times`` names another limit: what is in force is ``value`` times that one on the same day, and nothing where that
    one is not known. ``after_unknown`` says that what was in force just before this row is not known, so that a gap
    there is no mistake.
    """

    name: str
    value: Decimal
    unit: str
    source: str
    confidence: Confidence
    valid_from: date
    valid_to: date | None = None
    lender_types: tuple[str, ...] = ()
    note_en: str = ""
    note_zh: str = ""
    times: str = ""
    after_unknown: bool = False


# --- indicators and filings ---------------------------------------------------------------------------------------


AT_MOST, AT_LEAST = "at most", "at least"


@dataclass(frozen=True)
class Indicator:
    """One computed number, or one number per member of a dimension.

    ``measure(tape)`` takes table names to Ibis tables and returns an Ibis table of ``member`` ('' for a total),
    ``position``, ``numerator``, ``denominator`` (null where it is no ratio) and ``rows``. ``formula`` is in words,
    ``notation`` in symbols. The value is held against the ``limit`` of that name in force, on the side ``bound`` says.
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


@dataclass(frozen=True)
class Mart:
    """A small table that each period leaves for later ones, which read it as ``history_<name>`` with a ``period``.

    ``measure(tape)`` takes the tables that an indicator may read, history excepted; one row per ``grain``.
    """

    name: str
    grain: str
    en: str
    zh: str
    cites: str
    measure: Callable[[Mapping[str, Any]], Any]


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


@dataclass(frozen=True)
class RenderedFile:
    """A file as the regulator names it. ``records`` is None where the format has no records."""

    name: str
    path: Path
    records: int | None
    control_totals: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Filing:
    """What is filed with one regulator from one submission.

    ``prepare(connection, context)`` makes the outgoing tables before any byte is written, each a temporary relation
    ``out_<regulator>__<table>``; ``outgoing`` says their columns, and what is joined for rules across tables. ``rules``
    are those of the format, on these grains: where one of severity ERROR does not hold, nothing is filed.
    ``render(connection, folder, context)`` writes the regulator's files into ``folder`` and returns them; how the rules
    came out is in the temporary table ``format_runs``. ``read_back(folder)`` re-parses the files with code that shares
    nothing with the writer and returns, per file name, the records and control totals it found. A filing that
    ``needs_previous`` has the submission of the month before attached as ``previous``.
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
    first_period: str = (
        ""  # what is filed without a submission before, by which source; empty: nothing is, it is refused
    )
    prepare: Callable[[Any, FilingContext], None] | None = None
    outgoing: tuple[Grain, ...] = ()
    rules: tuple[Rule, ...] = ()
