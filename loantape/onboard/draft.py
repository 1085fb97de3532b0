"""One strange file to one drafted module: the order of the steps, and writing the result down.

Belongs here: what follows what, and the file that is written. Not here: how any step does its work.
"""

from __future__ import annotations

import os
import re
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from loantape.declare import Code, Column, Day, FileLayout, Flag, Identifier, Stamp, Text, Trailer, ValueForm
from loantape.errors import ConfigurationError
from loantape.onboard import kernel
from loantape.onboard.cells import drifts
from loantape.onboard.decide import Decided, decide
from loantape.onboard.doubt import Doubt
from loantape.onboard.fields import Match, assign, plain_name, tables_for, targets
from loantape.onboard.forms import month_comes_first
from loantape.onboard.module import Line, module_source, source_of
from loantape.onboard.personal import looks_personal, named_personal
from loantape.onboard.profile import ColumnProfile, profile_of
from loantape.onboard.scanning import Scanned, scan
from loantape.onboard.seen import SURE_EMPTY, ColumnSeen
from loantape.privacy import mask
from loantape.progress import Progress, silent

_LENDER = re.compile(r"[a-z][a-z0-9_]{0,62}")
_JURISDICTIONS = ("cn", "us")
_HABIT = 3  # columns that share a word for "empty" before it is taken for the lender's habit
_UNDECIDED = "UNDECIDED 未定"


@dataclass(frozen=True)
class Draft:
    """``module`` is the source of ``schemas/lenders/<lender>.py``; ``profile`` has one entry per column, in order."""

    lender: str
    file: str
    facts: Mapping[str, str | int | bool]  # encoding, delimiter, rows … as they were found
    module: str
    profile: tuple[ColumnProfile, ...]
    doubts: tuple[Doubt, ...]

    def write(self, folder: Path, force: bool = False) -> Path:
        """Write ``<lender>.py`` whole or not at all. Raises ConfigurationError where one is there and not ``force``."""
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{self.lender}.py"
        aside = folder / f".{target.name}.{secrets.token_hex(8)}"
        try:
            with aside.open("x", encoding="utf-8") as stream:
                stream.write(self.module)
                stream.flush()
                os.fsync(stream.fileno())
            if force:
                aside.replace(target)
            else:
                os.link(aside, target)  # fails when somebody else was first
        except FileExistsError:
            raise ConfigurationError(
                f"{target} is there already", "name another folder or lender, or say that it may be overwritten"
            ) from None
        finally:
            aside.unlink(missing_ok=True)
        return target


def onboard(
    path: Path,
    lender: str,
    *,
    table: str | None = None,
    jurisdiction: str = "cn",
    sheet: str | None = None,
    progress: Progress | None = None,
) -> Draft:
    """Profile a file and draft the lender's module.

    ``table`` is the tape table whose rows the file brings, by default the one most columns name;
    ``sheet`` the worksheet of an XLSX file that has several. Raises
    ConfigurationError for a name that is no module's, an unknown table or jurisdiction, and DeliveryError for a file
    that nothing can be told from.
    """
    if not _LENDER.fullmatch(lender):
        raise ConfigurationError(
            f"{mask(lender)!r} cannot be a lender's name", "use small letters, digits and underscores"
        )
    if jurisdiction not in _JURISDICTIONS:
        raise ConfigurationError(f"no jurisdiction is called {jurisdiction!r}", f"one of {', '.join(_JURISDICTIONS)}")
    scanned = scan(path, progress or silent(), sheet)
    tables = tables_for(scanned.header, table, jurisdiction)
    return _draft(scanned, lender, tables, jurisdiction)


def _draft(scanned: Scanned, lender: str, tables: Sequence[str], jurisdiction: str) -> Draft:
    named = bool(scanned.header)
    shown = [_shown(name) for name in scanned.header] if named else _places(len(scanned.columns))
    matches = assign(scanned.header or ("",) * len(shown), scanned.columns, tables)
    twice = {name for name, number in Counter(scanned.header).items() if number > 1}
    doubts = [*scanned.doubts]
    months = month_comes_first([column.clean for column in scanned.columns], jurisdiction == "us")
    decided: list[list[Decided]] = []
    for at, column in enumerate(scanned.columns):
        header = scanned.header[at] if named else ""
        found: list[Match | None] = [*matches[at]] if header not in twice or not named else []
        if named and (header in twice or not header.strip()):
            doubts.append(Doubt(shown[at], "its name is empty or stands twice", "列名为空或重复"))
        one = [
            decide(header, shown[at], column, match, [shown[o] for o in match.rivals] if match else [], months)
            for match in found or [None]
        ]
        decided.append([_typed(one, shown[at], scanned.types[at : at + 1]) for one in _settled(one)])
    habit = _habit(decided, scanned.columns)
    decided = [[_with_habit(one, habit) for one in many] for many in _like_the_others(decided)]
    personal = [
        looks_personal(column)
        or any((one.to or "").startswith("identity.") for one in decided[at])
        or (named and named_personal(plain_name(scanned.header[at])[0]) and not any(one.to for one in decided[at]))
        for at, column in enumerate(scanned.columns)
    ]
    decided = [[_discreet(one) if personal[at] else one for one in many] for at, many in enumerate(decided)]
    constants, missing = _left(decided, scanned, tables)
    doubts += missing
    lines = [line for at in range(len(shown)) for line in _lines(scanned, at, shown[at], decided[at], personal[at])]
    columns = tuple(line.column for line in lines if line.column is not None)
    layout = FileLayout(
        _pattern(scanned.name),
        columns,
        encoding=scanned.encoding,
        delimiter=scanned.delimiter,
        quote=scanned.quote,
        kind=scanned.kind,
        header=named,
        trailer=Trailer(scanned.trailer[0], _trailer_fields(scanned)) if scanned.trailer else None,
        constants=constants,
        sheet=scanned.sheet,
    )
    if layout.pattern != scanned.name:
        doubts.append(Doubt("", f"file names are taken to be {layout.pattern}", f"文件名按 {layout.pattern} 匹配"))
    module = module_source(lender, jurisdiction, layout, lines, ("", *habit), doubts)
    profiles = tuple(
        profile_of(at + 1, shown[at], column, decided[at], personal=personal[at], month_first=months)
        for at, column in enumerate(scanned.columns)
    )
    told = [*doubts, *(doubt for many in decided for one in many for doubt in one.doubts)]
    return Draft(lender, scanned.name, scanned.facts, module, profiles, tuple(dict.fromkeys(told)))


def _shown(name: str) -> str:
    return mask(name)[:60]


def _places(count: int) -> list[str]:
    return [f"column_{at + 1}" for at in range(count)]


def _settled(many: list[Decided]) -> list[Decided]:
    """Where one place of a column holds, the others that do not are dropped."""
    placed = [one for one in many if one.to is not None]
    return placed or many[:1]


def _like_the_others(decided: Sequence[Sequence[Decided]]) -> list[list[Decided]]:
    """Forms of columns without values: days, months and flags are written as elsewhere in the file."""
    seen = [one for many in decided for one in many if one.to is not None and not one.unseen]
    usual: dict[tuple[type, str], Counter[ValueForm]] = {}
    for one in seen:
        if isinstance(one.form, Day | Stamp | Flag):
            usual.setdefault((type(one.form), one.unit), Counter())[one.form] += 1
    return [
        [
            replace(one, form=usual[type(one.form), one.unit].most_common(1)[0][0])
            if one.unseen and (type(one.form), one.unit) in usual
            else one
            for one in many
        ]
        for many in decided
    ]


def _typed(one: Decided, shown: str, own: Sequence[str]) -> Decided:
    """The type a file itself gives a column, where it is not what the form asks for."""
    if one.to is None or not any(drifts(one.form, kind) for kind in own):
        return one
    doubt = Doubt(
        shown,
        f"stored as {own[0]}: every delivery will say so (READ-015)",
        f"存储类型为 {own[0]}：每次报送都会提示 READ-015",
    )
    return replace(one, doubts=(*one.doubts, doubt))


# --- words for nothing ------------------------------------------------------------------------------------------------


def _habit(decided: Sequence[Sequence[Decided]], columns: Sequence[ColumnSeen]) -> tuple[str, ...]:
    """Words for "empty" that several columns use: the lender's way, so that all columns get them."""
    used = Counter(word for many in decided for word in {w for one in many for w in one.empty if w and one.to})
    return tuple(sorted(word for word, number in used.items() if number >= _HABIT))


def _with_habit(one: Decided, habit: Sequence[str]) -> Decided:
    meant: set[str] = set()
    if isinstance(one.form, Flag):
        meant = {one.form.true, one.form.false}
    if isinstance(one.form, Code):
        meant = set(one.form.to)
    open_text = isinstance(one.form, Text | Identifier)
    more = [word for word in habit if word not in meant and (not open_text or word in SURE_EMPTY)]
    return replace(one, empty=("", *sorted({*one.empty, *more} - {""})))


def _discreet(one: Decided) -> Decided:
    """A personal column is never drafted as a list of its values."""
    return replace(one, form=Text()) if isinstance(one.form, Code | Flag) and not one.to else one


# --- what the layout says ---------------------------------------------------------------------------------------------


def _lines(scanned: Scanned, at: int, shown: str, decided: Sequence[Decided], personal: bool) -> list[Line]:
    name = scanned.header[at] if scanned.header else shown
    place = scanned.at[at] if scanned.at else None
    lines = []
    for one in decided:
        if one.to is not None:
            column = Column(name, one.to, one.form, one.empty, trim=one.trim, full_width=one.full_width, at=place)
            lines.append(Line(column, one.doubts))
            continue
        filled = scanned.columns[at].raw.total
        about = f'"{shown}" ({source_of(one.form)}, {filled:,} of {scanned.columns[at].rows:,} filled)'
        doubts = one.doubts
        if personal:
            doubts = (*doubts, Doubt(shown, "it may hold personal data", "可能含个人信息"))
        # without names, and in records of fixed length, every column keeps its place by being declared
        kept = not scanned.header or place is not None
        column = Column(name, None, ignored=_UNDECIDED, at=place) if kept else None  # type: ignore[assignment]
        lines.append(Line(column, tuple(dict.fromkeys(doubts)), about))
    return lines


def _left(
    decided: Sequence[Sequence[Decided]], scanned: Scanned, tables: Sequence[str]
) -> tuple[Mapping[str, str], list[Doubt]]:
    """Constants that the values prove, and the fields every row needs and no column brings."""
    fed = {one.to for many in decided for one in many}
    constants: dict[str, str] = {}
    doubts = []
    documents = [scanned.columns[at] for at, many in enumerate(decided) if any(o.to == "identity.id_no" for o in many)]
    if documents and "loan.id_type" not in fed and documents[0].clean.share(kernel.ID_VALID) >= 0.99:
        constants["loan.id_type"] = "B01"
        doubts.append(
            Doubt(
                "",
                "loan.id_type is B01 for every row: all documents have an identity card's check character",
                "loan.id_type 统一取 B01：全部证件号码均通过身份证校验位",
            )
        )
    missing = [one.to for one in targets(tables) if one.required and one.to not in fed]
    if missing:
        doubts.append(
            Doubt(
                "",
                f"required and not delivered, give each a column or a constant: {', '.join(missing)}",
                f"必填但文件未提供，须指定列或常量：{'、'.join(missing)}",
            )
        )
    return constants, doubts


def _pattern(name: str) -> str:
    """The name as a glob: a date or number in it may differ next time."""
    escaped = re.sub(r"([\[?*])", r"[\1]", name)
    return re.sub(r"[0-9]{4,}(?:[-_.]?[0-9]{2}(?![0-9]))*", "*", escaped)


def _trailer_fields(scanned: Scanned) -> tuple[str, ...]:
    rows = str(scanned.facts["rows"])
    return tuple("rows" if field.strip().lstrip("0") == rows else "" for field in scanned.trailer[1:])
