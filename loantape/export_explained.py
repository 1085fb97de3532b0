"""Explanations of findings as a person reads them, and as JSON.

Belongs here: the layout. Not here: what is said (``loantape.checking.explaining``).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from rich.text import Text

from loantape import terminal
from loantape.checking.explaining import Explained
from loantape.declare import Limit
from loantape.export import plain
from loantape.inert import in_json, visible

_COLOURS = {"ERROR": "red", "WARNING": "yellow", "INFO": "cyan"}


def print_explained(submission: str, explained: Iterable[Explained]) -> int:
    """Print each finding with its figures, limits, source and what the period before said. Returns how many."""
    console, count = terminal.console(soft_wrap=True), 0
    for count, one in enumerate(explained, 1):
        if count > 1:
            console.print()
        for line in _lines(submission, one):
            console.print(line)
    return count


def write_explained(explained: Iterable[Explained]) -> int:
    """Write them as a JSON array to standard output. Returns how many."""
    sys.stdout.write("[")
    count = 0
    for count, one in enumerate(explained, 1):
        sys.stdout.write(("" if count == 1 else ",") + "\n" + in_json(json.dumps(_record(one), ensure_ascii=False)))
    sys.stdout.write("\n]\n")
    return count


def _lines(submission: str, one: Explained) -> Iterable[Text]:
    found = one.found
    place = "" if found.file is None else f"  {found.file}" + ("" if found.line is None else f":{found.line}")
    yield Text.assemble(
        (found.rule, "bold"),
        " ",
        (found.severity.value, _COLOURS[found.severity]),
        visible(f"  {found.grain} {found.key}{place}"),
    )
    yield Text(f"  {one.sentence[0]}\n  {one.sentence[1]}")
    for said in dict.fromkeys(text for text in one.said if text):
        yield Text(visible(f"  → {said}"), style="bold")  # as a Text itself would leave some characters out
    for limit in one.limits:
        yield Text(f"  limit 限额: {_limit(limit)}")
    if one.previous:
        before = ", ".join(f"{name} {figure or '–'}" for name, figure in one.previous.items())
        yield Text(f"  the period before 上期: {before}")
    yield Text(f"  source 依据: {one.cites}" + (f" [{one.confidence}]" if one.confidence else ""))
    if found.file is not None and found.line is not None:
        yield Text(f"  the line itself 原始行: loantape line {submission} {found.file} {found.line}", style="dim")


def _limit(limit: Limit) -> str:
    until = f" to {limit.valid_to}" if limit.valid_to else ""
    kinds = f" for {', '.join(limit.lender_types)}" if limit.lender_types else ""
    return (
        f"{limit.name} = {plain(limit.value)} {limit.unit}{kinds}, from {limit.valid_from}{until}; "
        f"{limit.source} [{limit.confidence.value}]"
    )


def _record(one: Explained) -> Mapping[str, Any]:
    found = one.found
    return {
        "rule": found.rule,
        "severity": found.severity.value,
        "grain": found.grain,
        "key": found.key,
        "file": found.file,
        "line": found.line,
        "field": found.field,
        "value": found.value,
        "message_en": one.sentence[0],
        "message_zh": one.sentence[1],
        "said_en": one.said[0],
        "said_zh": one.said[1],
        "figures": one.figures,
        "previous": one.previous,
        "limits": [
            {
                "name": limit.name,
                "value": plain(limit.value),
                "unit": limit.unit,
                "source": limit.source,
                "confidence": limit.confidence.value,
                "valid_from": limit.valid_from.isoformat(),
                "valid_to": limit.valid_to and limit.valid_to.isoformat(),
                "lender_types": limit.lender_types,
            }
            for limit in one.limits
        ],
        "cites": one.cites,
        "confidence": one.confidence,
    }
