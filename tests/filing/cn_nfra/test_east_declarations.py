"""EAST's tables and rules against the regulator's own lists, and every rule against its examples."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from loantape.declare import Severity
from templates.cn_nfra_east import conditions, rules, tables
from templates.cn_nfra_east.filing import FILING
from templates.cn_nfra_east.forms import Absent, Amount, Chars, Count, Day, Rate, Time
from templates.cn_nfra_east.outgoing import LINKS
from templates.cn_nfra_east.reader import _TABLES as READ

HERE = Path(__file__).parent
FOLDER = Path(rules.__file__).parent


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_fields_are_those_of_the_final_layout_in_order() -> None:
    """Numbers, codes, names and order of all fields are the regulator's (list taken on 2026-11-29)."""
    listed = [
        (row["table"], row["table_code"], row["field_code"], row["field_name"])
        for row in lines(HERE / "east_fields.csv")
    ]
    declared = [(table.number, table.code, field.code, field.zh) for table in tables.TABLES for field in table.fields]
    assert declared == listed


def test_the_forms_are_those_of_the_draft_elements() -> None:
    """Where the draft gives a form, the field has it; the customer number is longer in the final version [P]."""
    forms = {"D20.2": Amount, "D10.4": Rate, "C8": Day, "I..4": Count}
    declared = {(table.number, field.code): field.form for table in tables.TABLES for field in table.fields}
    for row in lines(HERE / "east_fields.csv"):
        form, wanted = declared[row["table"], row["field_code"]], row["draft_format"]
        if wanted in forms:
            assert isinstance(form, forms[wanted]), row
        elif wanted and row["field_code"] == "HXJYSJ":
            assert isinstance(form, Time)
        elif wanted:
            size = 70 if row["field_code"] == "KHTYBH" else int(wanted.lstrip("C."))
            assert form == Chars(size), row


def test_the_reader_restates_the_same_layout() -> None:
    """The reader's own list of fields is that of the declarations: neither was made from the other."""
    for table in tables.TABLES:
        assert [name for name, _ in READ[table.code].columns()] == [field.code for field in table.fields]
        assert READ[table.code].key == table.key
        assert tuple(READ[table.code].sums) == table.totals


def test_every_draft_rule_is_asked_or_left_out_with_a_reason() -> None:
    """Each rule number of the draft for these tables is there once, as strong as in the draft unless it was changed."""
    listed = {row["code"]: row for row in lines(HERE / "east_draft_rule_numbers.csv")}
    asked = {one.code: one for one in rules.draft_rules()}
    left = {row["code"]: row for row in lines(FOLDER / "draft_rules_left_out.csv")}
    assert not asked.keys() & left.keys()
    assert {code for code in asked if code.startswith("JHGZ")} | left.keys() == listed.keys()
    for code, one in asked.items():
        if code in listed and not one.changed:
            assert one.strong == (listed[code]["strong"] == "1"), code
            assert one.table.number == listed[code]["table"], code
    for row in left.values():
        assert row["why_en"] and row["why_zh"], row["code"]


def test_strong_rules_stop_a_filing_unless_the_tape_lacks_the_field() -> None:
    """Severity follows from the draft's own mark; a field the tape does not carry is explained, not refused."""
    severity = {rule.code: rule.severity for rule in FILING.rules}
    for one in rules.draft_rules():
        assert (severity[one.code] is Severity.ERROR) == (one.strong and one.absent is None), one.code
    assert all(rule.draft for rule in FILING.rules if not rule.code.startswith("EAST-"))
    kinds = Counter(one.kind for one in rules.draft_rules())
    assert kinds.keys() == rules._KINDS.keys()
    exists = {(one.table.number, one.field.code): one.argument for one in rules.draft_rules() if one.kind == "exists"}
    assert exists == {ours: ":".join(theirs) for ours, theirs in LINKS.items()}


def test_no_rule_shows_what_is_of_a_person() -> None:
    """A refusal names the record by its key; names, masks and numbers of customers are never among its fields."""
    for rule in FILING.rules:
        assert not set(rule.fields) & {"KHTYBH", "KHMC", "ZHMC", "ZJHM", "KHZJHM", "LXDH", "DBRXM", "DBRZJHM"} - {
            field.code for table in tables.TABLES for field in table.fields if field.absent
        }, rule.code
    for grain in FILING.outgoing:
        assert not set(grain.key) & {"KHTYBH", "KHMC", "ZHMC", "ZJHM", "KHZJHM", "LXDH"}


def test_every_field_without_a_source_is_in_the_readme_with_its_reason() -> None:
    """What is filed as a default is said, table by table, with the reason."""
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    for table in tables.TABLES:
        for why in Absent:
            codes = [field.code for field in table.fields if field.absent is why]
            if codes and why is not Absent.REMARK:
                assert f"| {table.number} | {' '.join(codes)} | {why.en} · {why.zh} |" in readme, (table.number, why)


@pytest.mark.parametrize(
    ("text", "row", "holds"),
    [
        ("QBJE!=0 => QBRQ!=99991231", {"QBJE": "1", "QBRQ": "99991231"}, False),
        ("QBJE!=0 => QBRQ!=99991231", {"QBJE": "0", "QBRQ": "99991231"}, True),
        ("DKZT=结清|DKZT=核销 => DKYE=0", {"DKZT": "核销", "DKYE": "1"}, False),
        ("DKZT=结清|DKZT=核销 => DKYE=0", {"DKZT": "正常", "DKYE": "1"}, True),
        ("LJQKQS>=LXQKQS", {"LJQKQS": "1", "LXQKQS": "2"}, False),
    ],
)
def test_conditions_say_what_they_say(text: str, row: dict[str, str], holds: bool) -> None:
    """The small language of the rules, on records made by hand."""
    from decimal import Decimal

    named = next(table for table in tables.TABLES if table.number == "503").named
    condition = conditions.read(text, named)
    typed = {code: Decimal(value) if conditions._is_number(named[code]) else value for code, value in row.items()}
    assert condition.holds_for(typed) is holds
