"""What waivers cover, and what a package says of them.

Belongs here: the findings a waiver is about, frozen; which errors stay open; the manifest's entries, written and read.
Not here: who writes and accepts waivers (``loantape.waivers``), and refusing a filing (refusal.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from loantape.declare import Severity, Waiver

_AT_ONCE = 10_000  # findings that are hashed together
_IDENTITY = "rule, severity, grain, key, file, line, field, value"
_IN_ORDER = ", ".join(f"{column} NULLS FIRST" for column in _IDENTITY.split(", "))
Some = TypeVar("Some", bound=Waiver)


def frozen(con: Any, rule: str, key: str | None) -> tuple[int, str]:
    """How many findings a rule has now, of one key or of all, and the SHA-256 of what identifies each, in order.

    Whatever their order in the store: the same findings give the same hash. Values are hashed as people see them.
    """
    where, values = _of(rule, key)
    found = con.execute(f"SELECT {_IDENTITY} FROM findings WHERE {where} ORDER BY {_IN_ORDER}", values)
    count, digest = 0, hashlib.sha256()
    while rows := found.fetchmany(_AT_ONCE):
        count += len(rows)
        for row in rows:
            digest.update(json.dumps(row, ensure_ascii=False).encode() + b"\n")
    return count, digest.hexdigest()


def first(con: Any, rule: str, key: str | None, most: int) -> list[dict[str, Any]]:
    """The first findings of a rule, of one key or of all, as people see them."""
    where, values = _of(rule, key)
    found = con.execute(
        "SELECT rule, severity, key, file, line, field, value FROM findings"
        f" WHERE {where} ORDER BY file NULLS FIRST, line NULLS FIRST, key, field, value NULLS FIRST LIMIT {int(most)}",
        values,
    )
    columns = [column[0] for column in found.description]
    return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def in_effect(con: Any, waivers: Iterable[Some]) -> tuple[Some, ...]:
    """Those of the waivers whose findings are still what they were when they were written."""
    return tuple(one for one in waivers if (one.findings, one.findings_sha256) == frozen(con, one.rule, one.key))


def open_sql(waivers: Sequence[Waiver]) -> tuple[str, list[str]]:
    """SQL for "no waiver covers this finding", and its bound values."""
    parts = [_of(one.rule, one.key) for one in waivers]
    return " AND ".join(f"NOT ({where})" for where, _ in parts) or "true", [one for _, bound in parts for one in bound]


def open_errors(con: Any, waivers: Sequence[Waiver] = ()) -> int:
    """How many findings of severity ERROR no waiver covers."""
    where, values = open_sql(waivers)
    query = f"SELECT count(*) FROM findings WHERE severity = ? AND {where}"
    return int(con.execute(query, [Severity.ERROR.value, *values]).fetchone()[0])


def _of(rule: str, key: str | None) -> tuple[str, list[str]]:
    return ("rule = ?", [rule]) if key is None else ("rule = ? AND key IS NOT DISTINCT FROM ?", [rule, key])


# --- in a manifest ------------------------------------------------------------------------------------------------

_WANTED: Mapping[str, type] = {
    "id": str,
    "rule": str,
    "reason": str,
    "cites": str,
    "until": str,
    "findings": int,
    "findings_sha256": str,
    "author": str,
    "written_at": str,
    "accepter": str,
    "accepted_at": str,
}


def stated(waivers: Iterable[Waiver]) -> list[dict[str, Any]]:
    """What the manifest says of the waivers that a filing used; moments are ISO 8601 in UTC."""
    return [
        {
            "id": one.id,
            "rule": one.rule,
            "key": one.key,
            "reason": one.reason,
            "cites": one.cites,
            "until": str(one.until),
            "findings": one.findings,
            "findings_sha256": one.findings_sha256,
            "author": one.author,
            "written_at": one.written_at.isoformat(timespec="seconds"),
            "accepter": one.accepter,
            "accepted_at": one.accepted_at and one.accepted_at.isoformat(timespec="seconds"),
        }
        for one in waivers
    ]


def told(entries: Any) -> list[tuple[str, str]]:
    """The waivers of a manifest as lines for people, English and Chinese, each with its text.

    Raises ValueError for what is no list of waivers, and for one that its own author accepted.
    """
    if not isinstance(entries, list):
        raise ValueError("'waivers' is no list")
    lines = []
    for one in entries:
        for name, kind in _WANTED.items():
            if not isinstance(one, dict) or not isinstance(one.get(name), kind) or isinstance(one.get(name), bool):
                raise ValueError(f"a waiver has no {name!r} of the right kind")
        if one["findings"] < 1 or one["author"].casefold() == one["accepter"].casefold():
            raise ValueError(f"waiver {one['id']} covers nothing, or its author accepted it")
        text = f"{one['reason']} ({one['cites']})"
        people = f"written by {one['author']}, accepted by {one['accepter']}"
        lines.append(
            (
                f"waiver {one['id']}: {one['rule']}, {one['findings']} findings; {people}: {text}",
                f"豁免：{one['rule']}，{one['findings']}项，{one['author']}撰写，{one['accepter']}接受",
            )
        )
    return lines
