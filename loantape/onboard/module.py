"""The source text of a drafted lender module, laid out as the project's formatter would leave it.

Belongs here: writing declarations as Python. Not here: what is declared (``decide``), whether a file may be written
(``draft``). Texts that came out of the file are always written as string literals or in comments of one line.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from loantape.declare import Code, Column, FileKind, FileLayout, Number, Trailer, ValueForm
from loantape.onboard.doubt import Doubt

WIDTH = 120
_UNDECIDED = "UNDECIDED 未定"
_CLOSING = tuple("：，。；、！？）】")  # no line begins with one of these


@dataclass(frozen=True)
class Line:
    """One Column of the layout with its doubts; without a column, only the comment of an undecided one."""

    column: Column | None
    doubts: tuple[Doubt, ...]
    about: str = ""  # of an undecided column: its name and form


def source_of(form: ValueForm) -> str:
    """A form as Python writes it, defaults left out: ``Integer()``, ``Day("%d/%m/%Y")``."""
    if isinstance(form, Number):
        arguments = [str(form.precision), str(form.scale)]
        arguments += [
            f"{one.name}={_literal(getattr(form, one.name))}"
            for one in fields(form)[2:]
            if getattr(form, one.name) != one.default
        ]
        return f"Number({', '.join(arguments)})"
    arguments = []
    skipped = False
    for one in fields(form):
        value = getattr(form, one.name)
        if value == one.default and not (isinstance(form, Code)):
            skipped = True
        elif skipped:
            arguments.append(f"{one.name}={_literal(value)}")
        else:
            arguments.append(_literal(value))
    return f"{type(form).__name__}({', '.join(arguments)})"


def module_source(
    lender: str,
    jurisdiction: str,
    layout: FileLayout,
    lines: Sequence[Line],
    empty: tuple[str, ...],
    doubts: Sequence[Doubt],
) -> str:
    """The module: docstring, imports, doubts about the whole file, ``LENDER``. ``empty`` becomes ``_EMPTY``."""
    named = empty if len(empty) > 1 else ("",)
    layout_lines = list(_layout(layout, lines, named))
    body = [
        f'"""{_title(lender)}: drafted from one file by `loantape onboard`; a person decides what is marked doubtful.',
        "",
        "Belongs here: where each of its columns goes and how it is written. 由单个文件生成，存疑处须人工确认。",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        *_call("from loantape.declare import ", _imports(layout, lines), ""),
        "",
    ]
    if len(named) > 1:
        body += [f"_EMPTY = {_literal(named)}", ""]
    for doubt in doubts:
        about = f"{_shown(doubt.column)}: " if doubt.column else ""
        body += _comment(f"doubtful: {about}{doubt.en}", "")
        body += _comment(f"存疑：{about}{doubt.zh}", "")
    body += [
        "LENDER = Lender(",
        f"    name={_literal(lender)},",
        f"    en={_literal(_title(lender))},",
        f"    zh={_literal(_title(lender))},",
        f"    jurisdiction={_literal(jurisdiction)},",
        f"    schema_version={_literal(lender + '/1')},",
        "    files=(",
        *layout_lines,
        "    ),",
        ")",
    ]
    return "\n".join(body) + "\n"


def _title(lender: str) -> str:
    return lender.replace("_", " ").capitalize()


def _imports(layout: FileLayout, lines: Sequence[Line]) -> list[str]:
    used = {"Column", "FileLayout", "Lender"}
    for line in lines:
        if line.column is not None and line.column.to is not None:
            used.add(type(line.column.form).__name__)
    if layout.kind is not FileKind.DELIMITED:
        used.add("FileKind")
    if layout.trailer is not None:
        used.add("Trailer")
    # Text() is the form of a Column that says none
    if "Text" in used and all(not _says_form(line.column) for line in lines if _is_text(line.column)):
        used.discard("Text")
    return sorted(used)


def _is_text(column: Column | None) -> bool:
    return column is not None and type(column.form).__name__ == "Text"


def _says_form(column: Column | None) -> bool:
    return column is not None and source_of(column.form) != "Text()"


def _layout(layout: FileLayout, lines: Sequence[Line], named: tuple[str, ...]) -> Iterator[str]:
    inner, deeper = " " * 12, " " * 16
    yield "        FileLayout("
    yield f"{inner}{_literal(layout.pattern)},"
    body = list(_body(lines, named, deeper))
    alone = f"{inner}({body[0].strip()})," if len(body) == 1 else ""
    # the formatter keeps a tuple of one on one line where it fits
    if alone and not body[0].lstrip().startswith("#") and _wide(alone) <= WIDTH:
        yield alone
    elif body:
        yield from (f"{inner}(", *body, f"{inner}),")
    else:
        yield f"{inner}(),"
    for one in fields(layout):
        value = getattr(layout, one.name)
        if one.name in ("pattern", "columns", "constants") or value == one.default:
            continue
        yield f"{inner}{one.name}={_literal(value)},"
    if layout.constants:
        yield f"{inner}constants={_literal(dict(layout.constants))},"
    yield "        ),"


def _body(lines: Sequence[Line], named: tuple[str, ...], deeper: str) -> Iterator[str]:
    for line in lines:
        for doubt in line.doubts:
            yield from _comment(
                f"{_UNDECIDED} {line.about}: {doubt.en}" if line.about else f"doubtful: {doubt.en}", deeper
            )
            yield from _comment(f"未定：{doubt.zh}" if line.about else f"存疑：{doubt.zh}", deeper)
        if line.column is not None:
            yield from _column(line.column, named, deeper)


def _column(column: Column, named: tuple[str, ...], indent: str) -> list[str]:
    arguments = [_literal(column.header), _literal(column.to)]
    form = source_of(column.form)
    if form != "Text()":
        arguments.append(form)
    if column.empty == named and len(named) > 1:
        arguments.append("_EMPTY" if form != "Text()" else "empty=_EMPTY")
    elif column.empty != ("",):
        arguments.append(_literal(column.empty) if form != "Text()" else f"empty={_literal(column.empty)}")
    for name in ("required", "ignored", "trim", "full_width", "at"):
        value = getattr(column, name)
        if value != next(one.default for one in fields(column) if one.name == name):
            arguments.append(f"{name}={_literal(value)}")
    if isinstance(column.form, Code) and _wide(f"{indent}Column({', '.join(arguments)}),") > WIDTH:
        return [
            f"{indent}Column(",
            *(
                row
                for argument in arguments
                for row in (
                    _code(column.form.to, indent + "    ") if argument == form else [f"{indent}    {argument},"]
                )
            ),
            f"{indent}),",
        ]
    return _call(f"{indent}Column(", arguments, indent, closing="),")


def _code(to: Mapping[str, str], indent: str) -> list[str]:
    """A code list, on one line where it fits, else one pair per line."""
    one_line = f"{indent}{source_of(Code(to))},"
    if _wide(one_line) <= WIDTH:
        return [one_line]
    pairs = [f"{indent}        {_literal(text)}: {_literal(code)}," for text, code in to.items()]
    return [f"{indent}Code(", f"{indent}    {{", *pairs, f"{indent}    }}", f"{indent}),"]


def _call(opening: str, arguments: Sequence[str], indent: str, closing: str = "") -> list[str]:
    """A call or import on one line where it fits, otherwise one argument per line."""
    one_line = opening + ", ".join(arguments) + closing
    if _wide(one_line) <= WIDTH:
        return [one_line]
    bracket, end = ("", closing) if opening.endswith("(") else ("(", ")")
    return [opening + bracket, *(f"{indent}    {argument}," for argument in arguments), indent + end]


def _comment(text: str, indent: str) -> Iterator[str]:
    """A comment, wrapped at spaces and between Chinese characters."""
    rest = "".join(one if one.isprintable() else "?" for one in " ".join(text.split()))
    start = f"{indent}# "
    while rest:
        room = WIDTH - _wide(start)
        cut = len(rest)
        if _wide(rest) > room:
            cut, used = 0, 0
            for at, one in enumerate(rest):
                used += _wide(one)
                if used > room:
                    break
                if one == " " or (ord(one) > 0x2E80 and rest[at + 1 : at + 2] not in _CLOSING):
                    cut = at + 1
            cut = cut or room
        yield f"{start}{rest[:cut].rstrip()}"
        rest = rest[cut:].lstrip()
        start = f"{indent}#   … "  # no line of a comment may read as code


def _shown(name: str) -> str:
    return f'"{name}"'


def _wide(text: str) -> int:
    """Columns of a terminal: East Asian wide characters take two, as the formatter counts them."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def _literal(value: Any) -> str:
    match value:
        case FileKind():
            return f"FileKind.{value.name}"
        case Trailer():
            return f"Trailer({_literal(value.marker)}, {_literal(value.fields)})"
        case str():
            return _text(value)
        case tuple():
            inside = ", ".join(_literal(one) for one in value)
            return f"({inside},)" if len(value) == 1 else f"({inside})"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_literal(key)}: {_literal(one)}" for key, one in value.items()) + "}"
    return repr(value)


def _text(value: str) -> str:
    """A string literal in the quotes the formatter prefers: double ones, unless single ones save escapes."""
    shown = repr(value)
    if shown[0] == '"':
        return shown
    inside = shown[1:-1]
    if '"' in value and "'" not in value:
        return shown
    return '"' + inside.replace("\\'", "'").replace('"', '\\"') + '"'
