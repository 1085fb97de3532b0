"""Random layouts over tables of the tape: every encoding, delimiter, quote, form and kind of text file.

Belongs here: layouts, given a ``random.Random``. Not here: files in them (``generate``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

from loantape.catalog import tape_tables
from loantape.declare import (
    Code,
    Column,
    Day,
    FileKind,
    FileLayout,
    Flag,
    Identifier,
    Integer,
    Number,
    Stamp,
    Text,
    Trailer,
)

from . import reader

ENCODINGS = (
    "utf-8",
    "utf-8",
    "utf-8",
    "gb18030",
    "gb18030",
    "gbk",
    "gb2312",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "latin-1",
)
FIXED_ENCODINGS = ("utf-8", "gb18030", "gbk", "gb2312", "latin-1")
DELIMITERS = (",", ",", "|", "\t", ";", "\x01", "^", "~", "\x1f", ":")
QUOTES = ('"', '"', None, "'", "`")
TABLES = ("partner", "loan", "consent")
SET_BY_INTAKE = {"snapshot_date", "borrower_pid", "is_id_no_valid"}  # not columns of a lender without identities
NAMES = [
    "iou_no",
    "Amount",
    "借据号",
    "余额",
    "name",
    "date-1",
    "Ref.No",
    "x1",
    "Ｎｏ",
    "Straße",
    "rate%",
    "id_A",
    "id_B",
    "合同编号",
    "flag",
    "type",
    "code",
    "Z",
]


def random_layout(random: Random, name: str) -> FileLayout:
    """A layout over one or two tables of the tape."""
    fixed = random.random() < 0.22
    encoding = random.choice(FIXED_ENCODINGS if fixed else ENCODINGS)
    delimiter = random.choice(DELIMITERS)
    quote = random.choice([one for one in QUOTES if one != delimiter])
    targets = [
        (f"{table}.{field_name}", str(column.dtype))
        for table in random.sample(TABLES, random.choice((1, 1, 1, 2)))
        for field_name, column in tape_tables()[table].to_schema().columns.items()
        if field_name not in SET_BY_INTAKE
    ]
    chosen = random.sample(targets, min(len(targets), random.randint(1, 10)))
    headers = list(_headers(random, len(chosen) + 2, encoding, "" if fixed or quote else delimiter))
    columns = []
    for target, kind in chosen:
        shared = columns and random.random() < 0.06
        header = random.choice(columns).header if shared else headers.pop()
        columns.append(_column(random, header, target, kind))
    if random.random() < 0.3:
        columns.insert(random.randint(0, len(columns)), Column(headers.pop(), None, ignored="not needed"))
    trailer = _trailer(random, [target for target, kind in chosen if "decimal" in kind or "int" in kind])
    header = random.random() < (0.1 if fixed else 0.75)
    layout = FileLayout(name, tuple(columns), encoding, delimiter, quote, True, {}, FileKind.DELIMITED, header, trailer)
    return _with_places(layout, random) if fixed else layout


def _headers(random: Random, count: int, encoding: str, forbidden: str) -> Iterator[str]:
    seen: set[str] = set()
    spelled = "ascii" if random.random() < 0.5 else encoding
    while len(seen) < count:
        name = random.choice(NAMES) + random.choice(("", "", "2", " b", "_C", "列"))
        usable = name.encode(spelled, "ignore").decode(spelled) == name and not (forbidden and forbidden in name)
        if usable and reader.alike(name) not in seen and name == name.strip():
            seen.add(reader.alike(name))
            yield name


def _column(random: Random, header: str, target: str, kind: str) -> Column:
    empty = random.choice((("",), ("",), ("", "-"), ("-",), ("", "NULL", " ", "\u3000")))
    required, trim, full_width = random.random() < 0.7, random.random() < 0.25, random.random() < 0.25
    return Column(header, target, _form(random, kind), empty, required, None, trim, full_width)


def _form(random: Random, kind: str) -> Any:
    if kind == "boolean":
        return random.choice((Flag(), Flag("Y", "N"), Flag("是", "否"), Flag("true", "false"), Flag("T", "")))
    if kind == "date":
        return random.choice((
            Day(), Day("%Y%m%d"), Day("%Y/%m/%d", ("%Y-%m-%d", "%Y%m%d")), Day("%d.%m.%Y"), Day("%m/%Y"),
            Day("%Y年%m月%d日", ("%Y年%m月",)), Day("%Y%m"),
        ))  # fmt: skip
    if kind == "int32":
        return Integer()
    if kind.startswith("decimal"):
        precision, scale = (int(part) for part in kind[8:-1].split(","))
        point, group = random.choice(((".", ""), (".", ""), (".", ","), (",", "."), (",", ""), (".", " "), (".", "'")))
        times = random.choice((1, 1, 1, 100))
        written = scale + 2 if times == 100 else random.choice((scale, scale, max(0, scale - 1), 0))
        digits = random.choice((precision, max(20, written + 1), max(written + 1, 8)))
        noise = random.choice((0, 0, 0, written + 1, 15, 17, written + 18))
        return Number(digits, written, times, noise if noise > written else 0, point, group)
    if kind == "string":
        codes = Code(
            {"b": "BANK", "甲": "A", "": "NONE"} if random.random() < 0.3 else {"1": "ONE", "01": "TWO", " ": "X"}
        )
        return random.choice((
            Text(), Text(20), Text(5), Text(random.choice((1, 300, 5000))), Identifier(), Identifier(8), codes
        ))  # fmt: skip
    return random.choice((Stamp(), Stamp("%Y%m%d%H%M%S"), Stamp("%Y/%m/%d %H:%M", ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d"))))


def _trailer(random: Random, numbers: list[str]) -> Trailer | None:
    if random.random() > 0.35:
        return None
    possible = ["rows", "", *numbers]
    names = [random.choice(possible) for _ in range(random.randint(0, 3))]
    names = [name for at, name in enumerate(names) if not name or name not in names[:at]]
    return Trailer(random.choice(("T", "EOF", "合计", "TRAILER", "9")), tuple(names))


def _with_places(layout: FileLayout, random: Random) -> FileLayout:
    """The same in fixed width: columns side by side in any order, sometimes with bytes between them."""
    headers = list(dict.fromkeys(column.header for column in layout.columns))
    random.shuffle(headers)
    places, first = {}, 1
    for header in headers:
        first += random.choice((0, 0, 0, 0, 1, 3))
        places[header] = (first, random.choice((1, 2, 6, 10, 12, 20, 33)))
        first += places[header][1]
    columns = tuple(replace(column, at=places[column.header]) for column in layout.columns)
    trailer = layout.trailer
    if trailer:
        size = max(1, len(trailer.marker.encode(layout.encoding, "ignore")))
        at = [(1, size)]
        for _ in trailer.fields:
            at.append((sum(at[-1]) + random.choice((0, 1)), random.choice((4, 12, 20))))
        marker = trailer.marker.encode(layout.encoding, "ignore").decode(layout.encoding) or "T"
        trailer = Trailer(marker, trailer.fields, tuple(at))
    return replace(layout, columns=columns, kind=FileKind.FIXED, trailer=trailer)
