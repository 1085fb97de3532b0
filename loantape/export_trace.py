"""Traces as a person reads them, and as JSON.

Belongs here: the layout. Not here: what is traced (``loantape.trace``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from loantape import terminal
from loantape.lineage.fields import Field
from loantape.lineage.rows import COUNT, DISTINCT, SUM
from loantape.trace.back import Use
from loantape.trace.cell import Source, Traced, words_of
from loantape.trace.filings import Filed
from loantape.trace.places import Line

_SHOWN_FORMULA = 600
_ADDS = {
    SUM: "their sum is the value as filed 合计与报送值一致",
    COUNT: "their count is the value as filed 笔数与报送值一致",
    DISTINCT: "their distinct values are as many as filed 去重计数与报送值一致",
}
_PARTS = {
    SUM: "their sum, which with that of the other tables is the value as filed 合计，与其他各表合计之和等于报送值",
    COUNT: "their count, which with that of the other tables is the value as filed 笔数，与其他各表笔数之和等于报送值",
    DISTINCT: "their distinct values, counted once over all tables as filed 去重计数，跨各表去重后等于报送值",
}


def write_cell(traced: Traced, as_json: bool) -> None:
    """One traced value."""
    if as_json:
        terminal.write_json(_record(traced))
        return
    console = terminal.console(soft_wrap=True, highlight=False)
    for line in _lines(traced):
        console.print(line)


def _lines(traced: Traced) -> Iterator[str]:
    one, table, column = traced.filed, traced.table, traced.column
    yield f"{one.record.name} ({_state(one)}): {table.names[0]} {table.en} {table.zh}"
    key = ", ".join(f"{name} {value}" for name, value in traced.key.items())
    yield f"  {traced.file}, record 记录 {traced.row}" + (f" ({key})" if key else "")
    yield f"  column 列 {column.code}: {column.en} {column.zh}"
    personal = "  (names a person: masked 个人信息，已脱敏)" if traced.is_personal else ""
    yield f"  value as filed 报送值: {traced.value or '(empty 空)'}{personal}"
    if any(column.why):
        yield f"  {column.why[0]} {column.why[1]}"
    if traced.formula:
        cut = traced.formula[:_SHOWN_FORMULA] + (" …" if len(traced.formula) > _SHOWN_FORMULA else "")
        yield f"  formula 公式: {cut}"
    if traced.is_constant:
        yield "  nothing of the tape is read for it: it is the same in every record 固定值，不取自数据"
    for field in traced.fields:
        en, zh, unit = words_of(field)
        yield f"  field 字段: {field[0]}.{field[1]}  {en} {zh} [{unit}]"
    for field in traced.deciding:
        en, zh, unit = words_of(field)
        yield f"  decides 决定记录: {field[0]}.{field[1]}  {en} {zh} [{unit}]"
    for source in traced.sources:
        yield from _of_source(source)
    yield (
        f"  submission 报送批次: {one.record.submission}, content {one.manifest['submission']['content_sha256'][:16]}…;"
        f" rule book 规则库 {one.manifest['rule_book']}; code 程序 {one.manifest['code_version']}"
    )


def _of_source(source: Source) -> Iterator[str]:
    words = _PARTS if source.is_part else _ADDS
    adds = f"; {words[source.adds]}: {source.total}" if source.adds else ""
    yield f"  {source.table} of {source.submission}: {source.rows:,} row(s) 行{adds}"
    for line in source.lines:
        values = ", ".join(f"{name} {value if value is not None else '–'}" for name, value in line.values.items())
        term = f"; adds 计入 {line.term}" if source.adds and line.term is not None else ""
        yield f"    {line.key}: {values}{term}"
        if line.file is None:
            yield "      given by the lender's declaration, in no file 由机构声明给出"
            continue
        place = f", bytes 字节 {line.bytes[0]}–{line.bytes[1]}" if line.bytes else ""
        yield f"      {line.file}, line 行 {line.line}{place}"
        yield f"      {line.text}"
        unread = [name for name, header in line.columns.items() if header is None]
        if unread:
            yield f"      not in the line, set while reading 非原始列，读取时生成: {', '.join(unread)}"
    if source.rows > len(source.lines):
        yield f"    … {source.rows - len(source.lines):,} more; --all shows all 其余请用 --all 查看"


def _record(traced: Traced) -> Mapping[str, Any]:
    one = traced.filed
    return {
        "filing": _filing(one),
        "file": traced.file,
        "table": traced.table.names[0],
        "row": traced.row,
        "key": dict(traced.key),
        "column": {"code": traced.column.code, "en": traced.column.en, "zh": traced.column.zh},
        "value": traced.value,
        "is_personal": traced.is_personal,
        "is_constant": traced.is_constant,
        "why_en": traced.column.why[0],
        "why_zh": traced.column.why[1],
        "formula": traced.formula,
        "fields": list(map(_field, traced.fields)),
        "deciding": list(map(_field, traced.deciding)),
        "sources": [
            {
                "table": source.table,
                "submission": source.submission,
                "rows": source.rows,
                "adds": source.adds or None,
                "total": source.total,
                "is_part": source.is_part,
                "shown": [_line(line) for line in source.lines],
            }
            for source in traced.sources
        ],
        "submission": one.manifest["submission"],
        "rule_book": one.manifest["rule_book"],
        "code_version": one.manifest["code_version"],
    }


def _field(field: Field) -> dict[str, str]:
    return dict(zip(("table", "field", "en", "zh", "unit"), (*field, *words_of(field)), strict=True))


def _state(one: Filed) -> str:
    return "in force 有效" if one.in_force else "not in force any more 已失效"


def _filing(one: Filed) -> dict[str, Any]:
    """Which filing, and whether it is in force."""
    record = one.record
    return {
        "filing": record.name,
        "package": record.package_name,
        "sequence": record.sequence,
        "in_force": one.in_force,
    }


def _line(line: Line) -> Mapping[str, Any]:
    return {
        "row": line.row,
        "key": line.key,
        "values": dict(line.values),
        "columns": dict(line.columns),
        "adds": line.term,
        "file": line.file,
        "line": line.line,
        "bytes": line.bytes,
        "text": line.text,
    }


def write_uses(uses: Sequence[Use], as_json: bool) -> None:
    """Filings that used a loan, a rule or a limit: one entry per filing and table."""
    if as_json:
        records = [
            _filing(use.filed)
            | {"table": use.table, "rows": [{"file": file, "row": row} for file, row in use.rows]}
            | {"columns": list(use.cells)}
            | use.said
            for use in uses
        ]
        terminal.write_json(records)
        return
    console = terminal.console(soft_wrap=True, highlight=False)
    if not uses:
        console.print("no filing used it 没有报送使用它")
    before = None
    for use in uses:
        if use.filed is not before:
            console.print(f"{use.filed.record.name} (sequence 序号 {use.filed.record.sequence}, {_state(use.filed)})")
            before = use.filed
        by_file: dict[str, list[int]] = {}
        for file, row in use.rows:
            by_file.setdefault(file, []).append(row)
        for file, rows in by_file.items():
            cells = f", columns 列 {', '.join(use.cells)}" if use.cells else ""
            console.print(f"  {use.table}: {file}, records 记录 {', '.join(map(str, rows))}{cells}")
        if use.said:
            said = "; ".join(
                f"{name} {', '.join(value) if isinstance(value, list) else value}" for name, value in use.said.items()
            )
            console.print(f"  {use.table}: {said}" if use.table else f"  {said}")
