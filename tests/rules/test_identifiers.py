"""Persons in texts: what a delivery's text becomes on its way to the rules, and what a finding shows of it."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from loantape import catalog
from loantape.checking.compile import compile_grain
from loantape.declare import Period
from loantape.privacy import masked_sql
from schemas.grains.texts import keys_of, with_texts, words_of
from schemas.rules.privacy_kinds import KINDS, SOCIAL_SECURITY, Kind
from schemas.tape import TABLES

LIMITS = catalog.limits().at(Period.parse("2026-10"))
EVERY_KIND = (*KINDS, SOCIAL_SECURITY)
FOUND = [pytest.param(kind, text, id=f"{kind.name}-{n}") for kind in EVERY_KIND for n, text in enumerate(kind.found)]
CLEAN = [pytest.param(kind, text, id=f"{kind.name}-{n}") for kind in EVERY_KIND for n, text in enumerate(kind.clean)]
WIDE = str.maketrans({**{chr(at): chr(at + 0xFEE0) for at in range(0x21, 0x7F)}, " ": "\u3000"})


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        columns = dict.fromkeys((*words_of("loan"), *keys_of("loan")))
        opened.execute(f"CREATE TABLE tape_loan ({', '.join(f'{name} VARCHAR' for name in columns)})")
        yield opened


def texts_of(con: duckdb.DuckDBPyConnection, **cells: str) -> str | None:
    """What the rules see of a loan with these texts."""
    con.execute("DELETE FROM tape_loan")
    con.execute(
        f"INSERT INTO tape_loan ({', '.join(cells)}) VALUES ({', '.join('?' * len(cells))})", list(cells.values())
    )
    on = with_texts("loan")
    for name, select in on.made.items():
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {select}")
    row = con.execute(f"SELECT texts FROM ({on.select(['texts'])})").fetchone()
    return row[0] if row else None


def is_found(con: duckdb.DuckDBPyConnection, kind: Kind, texts: str | None) -> bool:
    """Whether the kind is in the texts that the rules see."""
    columns = with_texts("loan").columns()
    (predicate,) = compile_grain("seen", columns, [(kind.name, lambda t: kind.absent(t.texts, LIMITS))])
    found = con.execute(
        f"SELECT count(*) FROM (SELECT $texts::VARCHAR AS texts) AS t0 WHERE NOT ({predicate.sql})", {"texts": texts}
    ).fetchone()
    return found == (1,)


def delivered(example: str) -> dict[str, str]:
    """The cells of a loan that an example of a kind stands for."""
    words, _, keys = example.partition("‖")
    cells = {"purpose_text": words.partition(": ")[2].rstrip()} if words else {}
    return cells | ({"contract_no": keys.partition(": ")[2]} if keys else {})


@pytest.mark.parametrize(("kind", "example"), FOUND)
def test_what_a_rule_looks_for_reaches_it(con: duckdb.DuckDBPyConnection, kind: Kind, example: str) -> None:
    """The one quick look at all texts of a row lets nothing pass that a rule would find."""
    assert is_found(con, kind, texts_of(con, **delivered(example)))


@pytest.mark.parametrize(("kind", "example"), CLEAN)
def test_what_is_none_is_none_on_a_tape_either(con: duckdb.DuckDBPyConnection, kind: Kind, example: str) -> None:
    """Clean texts are clean on their whole way, whether the quick look stops at them or not."""
    assert not is_found(con, kind, texts_of(con, **delivered(example)))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.name in ("ID_CARD", "MOBILE", "CARD", "EMAIL")])
def test_full_width_characters_hide_nothing(con: duckdb.DuckDBPyConnection, kind: Kind) -> None:
    """An identifier in full-width characters, and with characters of no width in between, is found as well."""
    text = delivered(kind.found[0])["purpose_text"]
    assert is_found(con, kind, texts_of(con, purpose_text=text.translate(WIDE)))
    assert is_found(con, kind, texts_of(con, purpose_text="\u200b".join(text)))


@pytest.mark.parametrize(("kind", "example"), FOUND)
def test_a_finding_does_not_show_what_it_accuses(con: duckdb.DuckDBPyConnection, kind: Kind, example: str) -> None:
    """What a finding shows of a cell holds no identifier of the kind any more."""
    for cells in (delivered(example), {name: text.translate(WIDE) for name, text in delivered(example).items()}):
        for text in (texts_of(con, **cells), *cells.values()):
            shown = con.execute(f"SELECT {masked_sql('t')} FROM (SELECT $t::VARCHAR AS t)", {"t": text}).fetchone()
            assert shown is not None
            if shown[0] is not None:
                again = texts_of(con, purpose_text=shown[0])
                assert not is_found(con, kind, again), shown[0]


def test_the_cell_in_question_is_named_and_no_other(con: duckdb.DuckDBPyConnection) -> None:
    """The finding's value begins with the column, says nothing of clean cells, and names every suspicious one."""
    seen = texts_of(con, product_name="示例贷", purpose_text="电话13800000000", contract_no="HT110105194912310021")
    assert seen == "purpose_text: 电话13800000000‖contract_no: HT110105194912310021"
    assert texts_of(con, product_name="示例贷", purpose_text="日常消费", contract_no="HT0000000000001") is None


def test_a_text_cannot_pass_for_a_key(con: duckdb.DuckDBPyConnection) -> None:
    """The mark between texts and keys in a delivered text is not taken for one."""
    mobile = next(kind for kind in KINDS if kind.name == "MOBILE")
    assert is_found(con, mobile, texts_of(con, purpose_text="旅游‖13800000000"))


def test_every_text_of_the_tape_is_looked_at_or_leaves_no_room() -> None:
    """Each text is a word, a key, a code, shorter than an identity number, the loan's number, or has its own form."""
    for table, model in TABLES.items():
        looked_at = {*words_of(table), *keys_of(table)}
        for name, column in model.to_schema().columns.items():
            meta = column.metadata["loantape"]
            if column.dtype.type.is_string() and name not in looked_at:
                short = meta.max_length is not None and meta.max_length < 18
                assert meta.codes or short or name == "iou_no" or name.endswith(("_uscc", "_pid", "_24m")), name


def test_every_table_with_texts_has_its_rules() -> None:
    """All kinds are looked for wherever people write, identity numbers wherever keys have room for one."""
    rules = [rule for rule in catalog.rules().values() if rule.fields == ("texts",)]
    for table in TABLES:
        found = [rule for rule in rules if rule.on == f"{table}_with_texts"]
        if table != "loan_us_auto":
            assert len(found) == (len(KINDS) if words_of(table) else 1 if keys_of(table) else 0), table
