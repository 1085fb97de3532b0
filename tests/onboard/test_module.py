"""A drafted module is a lender's module like any other: formatted, typed, importable, written whole."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loantape.declare import Code, Column, Day, FileLayout, Flag, Identifier, Integer, Lender, Number, Stamp, Text
from loantape.errors import ConfigurationError
from loantape.onboard import Draft, onboard
from loantape.onboard.doubt import Doubt
from loantape.onboard.module import Line, module_source, source_of

# no surrogates; and no characters this Python does not know yet, whose width a newer formatter sees otherwise
WORDS = st.text(st.characters(exclude_categories=("Cs", "Cn")), min_size=1, max_size=60)
FORMS = st.one_of(
    st.builds(Text, st.integers(1, 4000)),
    st.builds(Identifier, st.integers(1, 64)),
    st.just(Integer()),
    st.builds(
        Number, st.integers(9, 38), st.integers(0, 8), st.sampled_from([1, 100, 10_000]), st.sampled_from([0, 18])
    ),
    st.builds(Day, st.sampled_from(["%Y-%m-%d", "%d/%m/%Y"]), st.sampled_from([(), ("%Y%m%d",)])),
    st.just(Stamp()),
    st.builds(Flag, WORDS, WORDS),
    st.builds(Code, st.dictionaries(WORDS, WORDS, min_size=1, max_size=12)),
)
COLUMNS = st.builds(
    Column,
    WORDS,
    st.just("loan.iou_no"),
    FORMS,
    st.sampled_from([("",), ("", "-"), ("", "无", '"', "\\N")]),
    trim=st.booleans(),
    full_width=st.booleans(),
    at=st.sampled_from([None, (1, 12)]),
)
SENTENCES = WORDS.map(lambda word: f"nobody knows whether {word!r} is meant, or something else altogether, {word}")
DOUBTS = st.builds(Doubt, WORDS, SENTENCES, SENTENCES)


def ruff(root: Path, source: str, *command: str) -> None:
    """Run the project's linter or formatter over a source text."""
    tool = Path(sys.executable).with_name("ruff")
    done = subprocess.run(
        [tool, *command, "--no-cache", "--config", root / "pyproject.toml", "--stdin-filename", "lender.py", "-"],
        input=source.encode(),
        capture_output=True,
        cwd=root,
    )
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode() + source


def evaluated(source: str) -> Lender:
    names: dict[str, Any] = {}
    exec(compile(source, "lender.py", "exec"), names)
    lender = names["LENDER"]
    assert isinstance(lender, Lender)
    return lender


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    columns=st.lists(COLUMNS, min_size=1, max_size=6),
    doubts=st.lists(DOUBTS, max_size=3),
    pattern=WORDS,
    empty=st.sampled_from([("",), ("", "-"), ("", "无", '"', "\\N")]),
)
def test_any_declaration_survives_being_written(
    columns: list[Column], doubts: list[Doubt], pattern: str, empty: tuple[str, ...], tools: Any
) -> None:
    """The module gives back exactly the layout it was made from, and the formatter and linter have nothing to say."""
    layout = FileLayout(pattern, tuple(columns), delimiter="\x01", quote=None)
    lines = [Line(column, tuple(doubts)) for column in columns] + [Line(None, tuple(doubts), "about")]
    source = module_source("some_lender", "cn", layout, lines, empty, doubts)
    assert evaluated(source).files == (layout,)
    ruff(tools.ROOT, source, "format", "--check")
    ruff(tools.ROOT, source, "check", "--ignore", "E501")  # a delivered name may be as long as it likes


@settings(max_examples=100, deadline=None)
@given(form=FORMS)
def test_a_form_is_written_as_it_is(form: Any) -> None:
    """Evaluating what is written of a form gives that form."""
    known = {"Text": Text, "Identifier": Identifier, "Integer": Integer, "Number": Number, "Day": Day}
    assert eval(source_of(form), known | {"Stamp": Stamp, "Flag": Flag, "Code": Code}) == form


@pytest.mark.parametrize("which", ["EXAMPLE", "REAL"])
def test_a_draft_is_as_clean_as_the_project(tools: Any, tmp_path: Path, which: str) -> None:
    """The drafts of both example files pass the project's formatter, linter and type checker as they are."""
    draft = onboard(getattr(tools, which), "strange", jurisdiction="us" if which == "REAL" else "cn")
    ruff(tools.ROOT, draft.module, "format", "--check")
    ruff(tools.ROOT, draft.module, "check")
    path = draft.write(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", f"--cache-dir={tmp_path / 'cache'}", "--config-file=", path],
        capture_output=True,
        cwd=tools.ROOT,
    )
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()


def test_the_catalog_finds_a_draft_like_any_lender(tools: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A drafted module in a folder of lenders is discovered beside the others, under its name."""
    import schemas.lenders
    from loantape import catalog

    onboard(tools.EXAMPLE, "onboarded_lender").write(tmp_path)
    monkeypatch.setattr(schemas.lenders, "__path__", [*schemas.lenders.__path__, str(tmp_path)])
    catalog.lenders.cache_clear()
    try:
        assert catalog.lender("onboarded_lender").files[0].encoding == "gb18030"
        assert catalog.lender("americredit")
    finally:
        catalog.lenders.cache_clear()
        sys.modules.pop("schemas.lenders.onboarded_lender", None)


def test_a_module_is_never_overwritten_unasked(draft: Callable[..., Draft], tmp_path: Path) -> None:
    """A second draft is refused while the first is there, overwrites it when told to, and leaves nothing beside it."""
    one = draft("借据号,贷款余额\nJ1,5.00\n".encode())
    folder = tmp_path / "lenders"
    path = one.write(folder)
    path.write_text("edited", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="is there already"):
        one.write(folder)
    assert path.read_text(encoding="utf-8") == "edited"
    assert one.write(folder, force=True).read_text(encoding="utf-8") == one.module
    assert list(folder.iterdir()) == [path]


def test_the_same_file_gives_the_same_draft(tools: Any) -> None:
    """Two runs over one file give equal drafts."""
    assert onboard(tools.EXAMPLE, "strange") == onboard(tools.EXAMPLE, "strange")


def test_columns_without_a_place_are_comments_only(tools: Any, lender_of: Callable[[Draft], Lender]) -> None:
    """A column nobody decided on is no part of the layout, so that it stays a finding, and is named in a comment."""
    one = onboard(tools.EXAMPLE, "strange")
    declared = {column.header for column in lender_of(one).files[0].columns}
    assert {profile.name for profile in one.profile if not profile.to} == {"客户经理工号", "备注"}
    assert not declared & {"客户经理工号", "备注"}
    assert 'UNDECIDED 未定 "客户经理工号"' in one.module


def test_names_that_stand_twice_are_not_declared(draft: Callable[..., Draft]) -> None:
    """A name that two columns have is doubtful and neither is mapped."""
    one = draft("借据号,贷款余额,贷款余额\nJ1,5.00,6.00\nJ2,7.00,8.00\n".encode())
    assert [profile.to for profile in one.profile] == [("loan.iou_no",), (), ()]
    assert any("stands twice" in doubt.en for doubt in one.doubts)
