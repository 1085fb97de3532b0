"""A draft as a person reads it on a terminal, and as a program takes it.

Belongs here: tables and JSON, in English and Chinese. Not here: what is in a draft.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from loantape import terminal
from loantape.onboard.draft import Draft
from loantape.onboard.profile import ColumnProfile


def as_json(draft: Draft) -> dict[str, Any]:
    """What ``onboard --json`` prints: facts of the file, the columns, the doubts and the module."""
    return {
        "lender": draft.lender,
        "file": draft.file,
        **draft.facts,
        "columns": [
            asdict(one) | {"forms": [{"form": form, "share": round(share, 6)} for form, share in one.forms]}
            for one in draft.profile
        ],
        "doubts": [asdict(doubt) for doubt in draft.doubts],
        "module": draft.module,
    }


def print_profile(draft: Draft, console: Console | None = None) -> None:
    """The file's facts, a table of its columns and the doubts. No value of a person stands in any of them."""
    out = console or terminal.console()
    facts = draft.facts
    cut = f", delimiter {facts['delimiter']!r}" if facts["delimiter"] else ""
    out.print(
        Text(
            f"{draft.file}: {facts['kind']}, {facts['encoding']}{cut}, {'header' if facts['header'] else 'no header'},"
            f" {facts['rows']:,} rows 行{'' if facts['whole_file'] else ' (sample 抽样)'}"
        )
    )
    table = Table(title="columns 列")
    for name in ("#", "name 列名", "filled 非空", "distinct 不同值", "fits 形式", "range 范围", "field 标准字段"):
        figures = name.startswith(("#", "filled", "distinct"))
        table.add_column(name, justify="right" if figures else "left", overflow="fold")
    for one in draft.profile:
        table.add_row(*(Text(cell) for cell in _cells(one)))
    out.print(table)
    if draft.doubts:
        doubts = Table(title="doubtful 存疑")
        doubts.add_column("column 列")
        doubts.add_column("what to decide 待定事项", overflow="fold")
        for doubt in draft.doubts:
            doubts.add_row(Text(doubt.column or "(file 文件)"), Text(f"{doubt.en}\n{doubt.zh}"))
        out.print(doubts)


def _cells(one: ColumnProfile) -> tuple[str, ...]:
    words = "".join(f"\n{word!r} × {number:,}" for word, number in one.empty_words.items())
    ends = f"{one.least} … {one.most}" if one.least and one.most else " ".join(one.examples)
    return (
        str(one.place),
        one.name + ("\n(personal 个人信息)" if one.personal else ""),
        f"{one.filled:,}{words}",
        f"{'' if one.distinct_is_exact else '≈ '}{one.distinct:,}",
        "\n".join(f"{form}{'' if share == 1 else f'  {100 * share:.1f} %'}" for form, share in _narrow(one)),
        ends,
        "\n".join(one.to) or "undecided 未定",
    )


def _narrow(one: ColumnProfile) -> list[tuple[str, float]]:
    """The narrowest form that all values fit; where that is a text, the narrowest that most of them fit besides."""
    whole = [(form, share) for form, share in one.forms if share == 1][:1]
    most = [(form, share) for form, share in one.forms if share < 1][:1]
    return whole if whole and not whole[0][0].startswith("Text") else most + whole
