"""Waivers as a person or a program lists them, and the findings that one covers.

Belongs here: the shape of ``loantape waivers``, and what is shown before a waiver is written or accepted. Not here:
what a waiver covers (``loantape.filing.waived``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from loantape import catalog, terminal
from loantape.store import WaiverRecord, WaiverState
from loantape.waivers import Covered

_STATES = {WaiverState.PENDING: "待接受", WaiverState.ACCEPTED: "已接受", WaiverState.WITHDRAWN: "已撤回"}
_CHANGED = "findings have changed 问题已变化"


def rows(listed: Sequence[tuple[WaiverRecord, bool]]) -> list[dict[str, Any]]:
    """One mapping per waiver; moments are ISO 8601 in UTC. ``counts``: it is accepted and covers what it did then."""
    found = []
    for one, unchanged in listed:
        moments = {
            name: moment and f"{moment.isoformat()}Z"
            for name, moment in (
                ("written_at", one.written_at),
                ("accepted_at", one.accepted_at),
                ("withdrawn_at", one.withdrawn_at),
            )
        }
        found.append(
            {
                "id": one.id,
                "submission": one.submission,
                "rule": one.rule,
                "key": one.key,
                "state": str(one.state),
                "counts": unchanged and one.state is WaiverState.ACCEPTED,
                "findings_unchanged": unchanged,
                "findings": one.findings,
                "findings_sha256": one.findings_sha256,
                "reason": one.reason,
                "cites": one.cites,
                "until": str(one.until),
                "author": one.author,
                "accepter": one.accepter,
                "withdrawn_by": one.withdrawn_by,
                **moments,
            }
        )
    return found


def write_waivers(listed: Sequence[tuple[WaiverRecord, bool]], as_json: bool) -> None:
    """To standard output: JSON, or a table with each text."""
    if as_json:
        terminal.write_json(rows(listed))
        return
    if not listed:
        terminal.say("no waivers 无豁免")
        return
    table = Table()
    for title in ("waiver 豁免", "rule 规则", "findings 问题", "state 状态", "explanation 说明", "who 人员"):
        table.add_column(title, overflow="fold")
    for one, unchanged in listed:
        state = f"{one.state} {_STATES[one.state]}"
        if not unchanged and one.state is not WaiverState.WITHDRAWN:
            state = f"{state}\n{_CHANGED}"
        people = [f"{one.author} {one.written_at:%Y-%m-%d %H:%M}"]
        if one.accepted_at is not None:
            people.append(f"accepted 接受: {one.accepter} {one.accepted_at:%Y-%m-%d %H:%M}")
        if one.withdrawn_at is not None:
            people.append(f"withdrawn 撤回: {one.withdrawn_by} {one.withdrawn_at:%Y-%m-%d %H:%M}")
        scope = one.rule if one.key is None else f"{one.rule}\n{one.key}"
        said = f"{one.reason}\n{one.cites}\nuntil 至 {one.until}"
        table.add_row(one.id, scope, f"{one.findings:,}", state, said, "\n".join(people))
    terminal.console(soft_wrap=True).print(table)


def print_covered(seen: Covered, rule: str) -> None:
    """How many findings a waiver covers now, what their rule says, and the first few of them."""
    said = catalog.sentence(rule)
    terminal.say(f"{seen.submission}: {seen.count:,} findings of {rule} {seen.count:,}项问题\n{said.en}\n{said.zh}")
    table = Table("severity", "key", "file", "line", "field", "value")
    for one in seen.first:
        table.add_row(*(str(one[name] if one[name] is not None else "") for name in
                        ("severity", "key", "file", "line", "field", "value")))  # fmt: skip
    terminal.console(soft_wrap=True).print(table)
    if seen.count > len(seen.first):
        terminal.say(f"… loantape findings {seen.submission} --rule {rule} lists all 全部列出")
