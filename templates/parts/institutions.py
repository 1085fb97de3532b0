"""What more than one Chinese regulator asks of the institutions of a submission.

Belongs here: refusals before any table is made. Not here: what one regulator alone asks (each folder).
"""

from __future__ import annotations

from typing import Any

from loantape.errors import FilingRefused

WAY_OUT = "correct it in a new delivery of this period; nothing was written 请在本期新的报送中更正；未写出任何文件"


def refuse_repeated(con: Any, field: str, en: str, zh: str) -> None:
    """Raise FilingRefused where two rows of ``tape_institution`` have one value of a field that names files or people.

    ``en`` and ``zh`` are what the field is.
    """
    found = con.execute(
        f"SELECT {field}, count(*), min(institution_name), max(institution_name) FROM tape_institution"
        f" WHERE {field} IS NOT NULL GROUP BY {field} HAVING count(*) > 1 ORDER BY {field} LIMIT 1"
    ).fetchone()
    if found:
        value, rows, first, last = found
        raise FilingRefused(
            f"{rows} rows of institution ({first!r}, {last!r}) have the one {en} {value!r}, so their files cannot be"
            f" told apart 机构表中{rows}行（{first}、{last}）使用同一{zh} {value}，无法区分报送文件",
            WAY_OUT,
        )
