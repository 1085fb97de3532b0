"""Which layout a delivered file has, and which of its columns are which of the layout's.

Belongs here: file names, header lines, names of control totals, and what is to be said of them. Not here: the lines
below the header (``ledger``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from loantape import catalog
from loantape.declare import FileKind, FileLayout, Lender
from loantape.errors import DeliveryError
from loantape.intake import looks
from loantape.intake.characters import encoding_of, mark_of, usual_name
from loantape.intake.ledger import refuse_unscannable
from loantape.intake.lines import decoded, line_after, split
from loantape.intake.manifest import DeclaredFile
from loantape.privacy import mask

TEXT_KINDS = (FileKind.DELIMITED, FileKind.FIXED)
ROWS = "rows"  # as in ``loan.rows``: the control total that counts records
LONGEST_HEADER = 1 << 20  # bytes
WHITE = " \t\u00a0\u3000"
_NARROW = {0xFF01 + at: 0x21 + at for at in range(94)} | {0x3000: 0x20}

COLUMN_MISSING, COLUMN_UNKNOWN, NAME_DIFFERS, ORDER_DIFFERS = "READ-006", "READ-007", "READ-008", "READ-009"


@dataclass(frozen=True)
class Header:
    """A file's columns: as many ``fields`` a line, and where each declared column that can be read stands, from 0.

    ``notes`` are (code, value) of what is to be said of the header.
    """

    fields: int
    places: Mapping[str, int]
    notes: tuple[tuple[str, str], ...] = ()


def layouts_of(names: Sequence[str], lender: Lender) -> Mapping[str, FileLayout]:
    """Content name to its layout: the one whose pattern matches. Raises DeliveryError for none, several, or a gap."""
    found = {}
    for name in names:
        matching = [layout for layout in lender.files if fnmatchcase(name, layout.pattern)]
        if len(matching) != 1:
            raise DeliveryError(
                f"{name} fits {len(matching) or 'none'} of the file layouts of {lender.name}",
                f"name files as agreed: {', '.join(layout.pattern for layout in lender.files)}",
            )
        found[name] = matching[0]
    taken = {id(layout) for layout in found.values()}
    for layout in lender.files:
        if layout.required and id(layout) not in taken:
            raise DeliveryError(f"no file {layout.pattern} was delivered", f"{lender.name} always sends one: add it")
    return found


def layout_of(name: str, lender: Lender) -> FileLayout:
    """The layout of one content name that was received. Raises DeliveryError when the lender no longer declares it."""
    for layout in lender.files:
        if fnmatchcase(name, layout.pattern):
            return layout
    raise DeliveryError(f"{lender.name} no longer declares a layout for {name}", "restore the lender's module")


def declared_names(layout: FileLayout) -> Sequence[str]:
    """The layout's columns by name, each once, in order: several Columns may read one delivered column."""
    return list(dict.fromkeys(column.header for column in layout.columns))


def in_declared_order(layout: FileLayout) -> Header:
    """The columns of a file whose lines do not name them."""
    declared = declared_names(layout)
    return Header(len(declared), {header: at for at, header in enumerate(declared)})


def read_header(path: Path, layout: FileLayout) -> Header:
    """The columns of a text file. Raises DeliveryError where nothing can be told apart; all else is a note."""
    refuse_unscannable(layout)
    name = usual_name(layout.encoding)
    with path.open("rb") as reading:
        start = reading.read(4)
    mark = mark_of(start, name)
    if name == "utf-16" and start and not mark:
        raise DeliveryError(f"{path.name} has no byte order mark", "send UTF-16 with its mark, or declare its order")
    if layout.kind is FileKind.FIXED and layout.header and not start:
        raise _no_header(path)
    if layout.kind is FileKind.FIXED or not layout.header:
        return in_declared_order(layout)
    encoding = encoding_of(name, mark)
    raw = line_after(path, 0, 0, encoding)
    if not raw[len(mark) :]:
        raise _no_header(path)
    if len(raw) > LONGEST_HEADER:
        raise DeliveryError(
            f"the header of {path.name} is longer than {LONGEST_HEADER} bytes",
            f"the first line names the columns{looks.hint(path)}",
        )
    try:
        text = decoded(raw[len(mark) :], encoding)
    except UnicodeDecodeError as wrong:
        raise DeliveryError(
            f"the header of {path.name} is not {layout.encoding} (byte {wrong.start + len(mark) + 1})",
            f"send the file in {layout.encoding}{looks.hint(path)}",
        ) from None
    names = split(text, layout)
    if names is None:
        raise DeliveryError(f"the quotes in the header of {path.name} do not match", "correct the header")
    return match(names, layout, path)


def match(names: Sequence[str], layout: FileLayout, path: Path) -> Header:
    """Delivered names to declared columns. Raises DeliveryError where not one of them is declared."""
    declared = declared_names(layout)
    folded: dict[str, str] = {}
    for header in declared:
        folded.setdefault(fold(header), header)
    found: dict[str, list[int]] = {}
    notes: list[tuple[str, str]] = []
    for at, name in enumerate(names):
        header = name if name in declared else folded.get(fold(name), "")
        if not header:
            notes.append((COLUMN_UNKNOWN, shown(name) if name else f"(empty) {at + 1}"))
            continue
        found.setdefault(header, []).append(at)
        if header != name:
            notes.append((NAME_DIFFERS, f"{shown(name)}, declared {header}"))
    if not found:
        raise DeliveryError(
            f"the header of {path.name} names none of the columns of {layout.pattern}: {_listed(names)}",
            f"the first line names the columns as agreed{looks.hint(path)}",
        )
    twice = [header for header, places in found.items() if len(places) > 1]
    needed = {column.header for column in layout.columns if column.required and column.ignored is None}
    missing = [header for header in declared if header in needed and header not in found]
    notes += [(COLUMN_MISSING, f"missing: {header}") for header in missing]
    notes += [(COLUMN_MISSING, f"twice: {header}") for header in declared if header in twice]
    once = {header: places[0] for header, places in found.items() if len(places) == 1}
    delivered = sorted(once, key=once.__getitem__)
    expected = [header for header in declared if header in once]
    moved = next((have for have, want in zip(delivered, expected, strict=True) if have != want), None)
    if moved is not None:
        notes.append((ORDER_DIFFERS, moved))
    return Header(len(names), once, tuple(notes))


def fold(name: str) -> str:
    """A name without what is no difference in meaning: white space around it, full-width forms, letter case."""
    return name.strip(WHITE).translate(_NARROW).strip(WHITE).casefold()


def refuse_unknown_totals(file: DeclaredFile, layout: FileLayout) -> None:
    """Raise DeliveryError for a control total that names no numeric field which this file feeds."""
    for name in file.control_totals:
        if not is_total(name, layout):
            raise DeliveryError(
                f"the control total {name} of {file.name} is no number that this file brings",
                "declare totals of amounts and counts only, as table.field, or table.rows",
            )


def is_total(name: str, layout: FileLayout) -> bool:
    """Whether ``table.field`` is a number that files of this layout bring, or ``table.rows`` one of its tables."""
    fed = {column.to.split(".")[0] for column in layout.columns if column.to} - {"identity"}
    table, _, field = name.partition(".")
    if table not in fed:
        return False
    columns = catalog.tape_tables()[table].to_schema().columns
    return field == ROWS or (
        field in columns and any(kind in str(columns[field].dtype).lower() for kind in ("decimal", "int"))
    )


def _no_header(path: Path) -> DeliveryError:
    return DeliveryError(f"{path.name} has no header line", "the first line names the columns")


def shown(name: str) -> str:
    """A delivered name as it may be shown: a file without a header has data here."""
    return mask(name)[:80]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(repr(shown(name)[:40]) for name in names[:5]) + (", …" if len(names) > 5 else "")
