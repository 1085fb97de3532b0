"""Every finding can say why it is one."""

from __future__ import annotations

import json
import re
import string
import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from loantape import catalog, cli
from loantape.declare import Period
from loantape.progress import silent
from loantape.simulate import simulate

LENDER, BEFORE, NOW = "demo_cashloan", "2026-09", "2026-10"
RULES = list(catalog.rules().values())
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def ran(*arguments: str) -> int:
    """The exit code of the command line."""
    argv, sys.argv = sys.argv, ["loantape", *arguments]
    try:
        with pytest.raises(SystemExit) as ended:
            cli.main()
    finally:
        sys.argv = argv
    return int(ended.value.code or 0)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two months of a small lender with every fifth loan wrong, checked."""
    from datetime import datetime

    from loantape import pipeline

    folder = tmp_path_factory.mktemp("explained")
    deliveries = simulate(
        LENDER, Period.parse(NOW), 600, folder / "deliveries", errors=0.2, months=2, progress=silent()
    )
    ws = pipeline.Workspace.open(folder / "store", None, None)
    pipeline.run(ws, deliveries, datetime(2026, 11, 5, 8))
    return folder / "store"


@pytest.fixture(scope="module")
def explained(store: Path) -> Sequence[Mapping[str, Any]]:
    """Everything that `loantape explain --most 0 --json` prints."""
    import contextlib
    import io

    with contextlib.redirect_stdout(io.StringIO()) as said:
        assert ran("explain", f"{LENDER}/{NOW}", "--store", str(store), "--most", "0", "--json") == 1
    found: Sequence[Mapping[str, Any]] = json.loads(said.getvalue())
    return found


def tape(store: Path, month: str) -> duckdb.DuckDBPyConnection:
    (database,) = (store / "submissions" / LENDER / month).glob("v1/submission.duckdb")
    return duckdb.connect(str(database), read_only=True)


def test_every_finding_is_explained_once(store: Path, explained: Sequence[Mapping[str, Any]]) -> None:
    """As many explanations as findings, each with its sentence, figures and source."""
    with tape(store, NOW) as con:
        stored = con.execute("SELECT rule, grain, key, line, field FROM findings").fetchall()
    told = [(one["rule"], one["grain"], one["key"], one["line"], one["field"]) for one in explained]
    assert sorted(told, key=str) == sorted(stored, key=str)
    assert len(explained) > 100
    for one in explained:
        assert one["message_en"] and one["message_zh"] and one["cites"]
        assert "{" not in one["said_en"] + one["said_zh"]
        if one["rule"] in catalog.rules():
            assert one["figures"].keys() == set(catalog.rules()[one["rule"]].fields)


def test_figures_are_those_of_the_tape(store: Path, explained: Sequence[Mapping[str, Any]]) -> None:
    """A figure of a loan is what the tape holds in the finding's own line, and the previous one what it held before."""
    fields = set(catalog.grain("loan").own) - {"iou_no", "row"}
    seen = compared = 0
    with tape(store, NOW) as now, tape(store, BEFORE) as before:
        for one in explained:
            if not one["grain"].startswith("loan") or one["file"] != "loan.csv":
                continue
            for name in one["figures"].keys() & fields:
                asked = f"SELECT {name} FROM tape_loan WHERE iou_no = ? ORDER BY rowid LIMIT 1"
                for con, said in ((now, one["figures"]), (before, one["previous"])):
                    held = con.execute(asked, [one["key"]]).fetchone()
                    if said is None or held is None or not isinstance(held[0], Decimal):
                        continue
                    assert Decimal(said[name]) == held[0], (one["rule"], name)
                    seen, compared = seen + 1, compared + (con is before)
    assert seen > 50 and compared > 5


def test_limits_come_with_their_source(explained: Sequence[Mapping[str, Any]]) -> None:
    """A limit that a finding names is a row of the table in force, with its source and how sure it is."""
    named = [limit for one in explained for limit in one["limits"]]
    assert named
    for limit in named:
        (row,) = [
            each
            for each in catalog.limits().series(limit["name"])
            if each.valid_from.isoformat() == limit["valid_from"] and list(each.lender_types) == limit["lender_types"]
        ]
        told = (Decimal(limit["value"]), limit["source"], limit["confidence"])
        assert told == (row.value, row.source, row.confidence)


def test_one_line_can_be_asked_for(store: Path, explained: Sequence[Mapping[str, Any]], capsys: Any) -> None:
    """`--at FILE:LINE` explains what was found on that line and nothing else; it says where to see the line."""
    some = next(one for one in explained if one["line"])
    place = f"{some['file']}:{some['line']}"
    assert ran("explain", f"{LENDER}/{NOW}", "--store", str(store), "--at", place) == 1
    said = capsys.readouterr().out
    assert said.count(" 依据: ") == sum((one["file"], one["line"]) == (some["file"], some["line"]) for one in explained)
    assert f"loantape line {LENDER}/{NOW}/v1 {some['file']} {some['line']}" in said


def test_what_is_left_out_is_said(store: Path, explained: Sequence[Mapping[str, Any]], capsys: Any) -> None:
    """A shortened list names the true count."""
    assert ran("explain", f"{LENDER}/{NOW}", "--store", str(store), "--most", "2") == 1
    assert f"2 of {len(explained)} findings shown" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--rule", "PRC-999"), "no rule is called PRC-999"),
        (("--at", "loan.csv"), "is no line of a file"),
        (("--at", "loan.csv:x"), "is no line of a file"),
    ],
)
def test_what_cannot_be_asked_is_refused(store: Path, arguments: tuple[str, str], said: str, capsys: Any) -> None:
    """An unknown rule and a place that is none end with a clear error."""
    assert ran("explain", f"{LENDER}/{NOW}", "--store", str(store), *arguments) == 2
    assert said in capsys.readouterr().err


def test_findings_have_sentences_of_their_own_in_both_languages() -> None:
    """What rules say of one finding uses the rule's own fields only, and exists in both languages or in none."""
    wrong = []
    for rule in RULES:
        en, zh = rule.says
        names = {name for text in (en, zh) for _, name, _, _ in string.Formatter().parse(text) if name is not None}
        if bool(en) != bool(zh):
            wrong.append(f"{rule.code} speaks one language")
        if names - set(rule.fields):
            wrong.append(f"{rule.code} speaks of {sorted(names - set(rule.fields))}")
        if CHINESE.search(re.sub(r"\{[^}]*\}", "", en)) or (zh and not CHINESE.search(zh)):
            wrong.append(f"{rule.code} mixes languages")
    assert wrong == []
