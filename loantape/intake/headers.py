"""Which layout a delivered file has, and whether its header holds the columns that layout declares.

Belongs here: file names, header lines, names of control totals. Not here: the lines below the header (``ledger``).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from loantape import catalog
from loantape.declare import FileLayout, Lender
from loantape.errors import DeliveryError
from loantape.intake.ledger import header_line, scannable
from loantape.intake.manifest import DeclaredFile
from loantape.privacy import mask


def layouts_of(names: Sequence[str], lender: Lender) -> Mapping[str, FileLayout]:
    """File name to its layout: the one whose pattern matches. Raises DeliveryError for none, several, or a gap."""
    found = {}
    for name in names:
        matching = [layout for layout in lender.files if fnmatchcase(name, layout.pattern)]
        if len(matching) != 1:
            raise DeliveryError(
                f"{name} fits {len(matching) or 'none'} of the file layouts of {lender.name}",
                f"name files as agreed: {', '.join(layout.pattern for layout in lender.files)}",
            )
        found[name] = matching[0]
    for layout in lender.files:
        if layout.required and layout not in found.values():
            raise DeliveryError(f"no file {layout.pattern} was delivered", f"{lender.name} always sends one: add it")
    return found


def read_header(path: Path, layout: FileLayout) -> Sequence[str]:
    """A file's column names in order. Raises DeliveryError for a missing, repeated or unknown column."""
    names = _parse(path, layout)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DeliveryError(f"{path.name} has two columns {_shown(twice)}", "give each column its own name")
    declared = {column.header: column.required for column in layout.columns}
    required = {column.header for column in layout.columns if column.required}
    missing = [header for header in declared if header in required and header not in names]
    if missing:
        raise DeliveryError(f"{path.name} lacks the column {_shown(missing)}", "send every column of the agreed layout")
    unknown = [name for name in names if name not in declared]
    if unknown:
        raise DeliveryError(
            f"{path.name} has columns that its layout does not know: {_shown(unknown)}",
            "leave them out, or have the layout declare them",
        )
    return names


def refuse_unknown_totals(file: DeclaredFile, layout: FileLayout) -> None:
    """Raise DeliveryError for a control total that names no numeric field which this file feeds."""
    fed = {column.to.split(".")[0] for column in layout.columns if column.to} - {"identity"}
    for name in file.control_totals:
        table, field = name.split(".")
        columns = catalog.tape_tables()[table].to_schema().columns if table in fed else {}
        if field not in columns or not any(kind in str(columns[field].dtype).lower() for kind in ("decimal", "int")):
            raise DeliveryError(
                f"the control total {name} of {file.name} is no number that this file brings",
                "declare totals of amounts and counts only, as table.field",
            )


def _parse(path: Path, layout: FileLayout) -> list[str]:
    encoding = scannable(layout)
    raw = header_line(path, encoding)
    if not raw:
        raise DeliveryError(f"{path.name} has no header line", "the first line names the columns")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as wrong:
        raise DeliveryError(
            f"the header of {path.name} is not {encoding} (byte {wrong.start + 1})", f"send the file in {encoding}"
        ) from None
    if layout.quote is None:
        return text.split(layout.delimiter)
    try:
        rows = list(csv.reader([text], delimiter=layout.delimiter, quotechar=layout.quote, strict=True))
    except csv.Error:
        raise DeliveryError(f"the quotes in the header of {path.name} do not match", "correct the header") from None
    return rows[0]


def _shown(names: Sequence[str]) -> str:
    """At most five names, shortened and masked: a file without a header shows data here."""
    return ", ".join(repr(mask(name)[:40]) for name in names[:5]) + (", …" if len(names) > 5 else "")
