"""A draft is shown in both languages, to people as tables and to programs as JSON."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console

from loantape.onboard import Draft, as_json, onboard, print_profile
from loantape.progress import Progress, Task


def test_people_see_columns_and_doubts_in_both_languages(tools: Any) -> None:
    """The tables name every column, its field or that it is undecided, and every doubt in English and Chinese."""
    draft = onboard(tools.EXAMPLE, "strange")
    out = io.StringIO()
    print_profile(draft, Console(file=out, width=400))
    shown = out.getvalue()
    assert "loan_detail_20261031.txt: delimited, gb18030, delimiter '|', header, 120 rows 行" in shown
    for profile in draft.profile:
        assert profile.name in shown
    for doubt in draft.doubts:
        assert doubt.en in shown and doubt.zh in shown
    assert shown.count("undecided 未定") == 2 and shown.count("(personal 个人信息)") == 3
    assert "'-' × 84" in shown


def test_nothing_of_a_file_is_taken_for_markup(draft: Callable[..., Draft]) -> None:
    """Square brackets in names are shown as they are."""
    out = io.StringIO()
    print_profile(draft("借据号,贷款余额,[red]x[/]\nJ1,5.00,a\nJ2,6.00,b\n".encode()), Console(file=out, width=300))
    assert "[red]x[/]" in out.getvalue()


def test_programs_get_everything(tools: Any) -> None:
    """The JSON form holds the facts, each column's figures and places, the doubts and the module, and is plain JSON."""
    draft = onboard(tools.EXAMPLE, "strange")
    said = json.loads(json.dumps(as_json(draft), ensure_ascii=False))
    assert said["module"] == draft.module and said["rows"] == 120 and said["encoding"] == "gb18030"
    assert [column["name"] for column in said["columns"]] == [profile.name for profile in draft.profile]
    amount = next(column for column in said["columns"] if column["to"] == ["loan.loan_amount"])
    assert amount["forms"][0] == {"form": 'Number(7, 2, group=",")', "share": 1.0}
    assert {"column", "en", "zh"} == set(said["doubts"][0])


def test_long_work_says_how_far_it_is(tools: Any) -> None:
    """Decoding and profiling are each a step whose advances add up to the file's bytes."""
    steps: list[list[Any]] = []

    class Recorded(Progress):
        @contextmanager
        def step(self, en: str, zh: str, total: int | None = None) -> Iterator[Task]:
            steps.append([en, total, 0])

            class Counted:
                def advance(self, amount: int = 1) -> None:
                    steps[-1][2] += amount

            yield Counted()

    onboard(tools.EXAMPLE, "strange", progress=Recorded())
    size = tools.EXAMPLE.stat().st_size
    header = len(tools.EXAMPLE.read_bytes().splitlines(keepends=True)[0])
    assert steps == [["Decode", size, size], ["Profile", size, size - header]]


def test_the_example_is_what_its_script_writes(tools: Any) -> None:
    """The fictional file is the output of the script beside it, byte for byte."""
    script = tools.module_of(tools.ROOT / "examples" / "onboard" / "make_example.py")
    assert script.content() == tools.EXAMPLE.read_bytes()
