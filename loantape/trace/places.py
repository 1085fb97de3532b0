"""The delivered lines that rows of a tape were: file, line, bytes, and the line with the cells looked for marked.

Belongs here: from a row of a tape table to its line. Not here: which rows (``cell``, ``back``), or what is masked in a
line (``loantape.intake.showing``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from loantape import catalog
from loantape.checking.findings import key_sql, value_sql
from loantape.intake.showing import column_for, line_of, place_of
from loantape.privacy import mask_value
from loantape.store import SubmissionName
from loantape.workspace import Workspace


@dataclass(frozen=True)
class Line:
    """One row of a tape table and the line it was. ``columns`` are the headers of the fields; None where the line does
    not carry a field, which reading set. ``file`` is None for rows that a lender's declaration gives."""

    row: int
    key: str
    values: Mapping[str, str | None]
    columns: Mapping[str, str | None]
    term: str | None
    file: str | None
    line: int | None
    bytes: tuple[int, int] | None
    text: str | None


def lines_of(
    ws: Workspace,
    con: Any,
    submission: str,
    table: str,
    rows: Sequence[tuple[int, Any]],
    fields: Sequence[str],
    identity: Sequence[str] = (),
) -> list[Line]:
    """The lines of rows (row, term) of a tape table, in their order. ``identity`` are parts of the vault looked for in
    the same line. Values that name a person are masked."""
    name = table.rpartition("tape_")[2]
    grain, lender = catalog.grain(name), catalog.lender(SubmissionName.parse(submission).lender)
    folder = ws.store.folder(submission)
    shown = ", ".join([key_sql(grain, "t"), *(value_sql(grain, field, "t") for field in fields)])
    targets = [f"{name}.{field}" for field in fields] + [f"identity.{part}" for part in identity]
    found = []
    with _ledger(ws, con, submission, table) as ledger:
        for row, term in rows:
            key, *values = con.execute(f"SELECT {shown} FROM {table} AS t WHERE rowid = ?", [row]).fetchone()
            place = ledger.execute(
                "SELECT file, first_line + ? - first_row FROM accepted_runs"
                " WHERE table_name = ? AND ? BETWEEN first_row AND last_row",
                [row, name, row],
            ).fetchone()
            said = dict(zip(fields, values, strict=True)) | {f"identity.{one}": mask_value("") for one in identity}
            if place is None:
                found.append(Line(row, key, said, {}, _text(term), None, None, None, None))
                continue
            file, line = place
            columns = {to.removeprefix(f"{name}."): column_for(lender, file, to) for to in targets}
            text = line_of(ledger, folder, lender, file, line, marked=targets)
            said = {one: value for one, value in said.items() if not one.startswith("identity.")}
            found.append(
                Line(
                    row, key, said, columns, _text(term), file, line, place_of(ledger, folder, lender, file, line), text
                )
            )
    return found


@contextmanager
def _ledger(ws: Workspace, con: Any, submission: str, table: str) -> Iterator[Any]:
    """The line ledger of the submission that a table is of: the month before has its own."""
    if "." not in table:
        yield con
        return
    with ws.store.reading(submission) as own:
        yield own


def _text(term: Any) -> str | None:
    return None if term is None else str(term)
