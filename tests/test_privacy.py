"""Pseudonyms are keyed and right, the vault is closed, and texts for people carry no identifiers."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loantape import privacy
from loantape.errors import ConfigurationError

CON = duckdb.connect(":memory:")
KEY = "0123456789abcdef" * 4
ASCII = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40)
CJK = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=20)


@settings(max_examples=200, deadline=None)
@given(st.binary(min_size=1, max_size=100), ASCII, ASCII | CJK)
def test_a_pseudonym_is_pythons_hmac(key: bytes, id_type: str, id_no: str) -> None:
    """The SQL gives the HMAC-SHA-256 that Python gives, for keys of any length and numbers of any script."""
    found = CON.execute(
        f"SELECT {privacy.pseudonym_sql('a', 'b')} FROM (SELECT $a AS a, $b AS b) AS t",
        {**privacy.pseudonym_parameters(key), "a": id_type, "b": id_no},
    ).fetchone()
    message = f"{id_type.upper()}:{id_no.upper()}".encode()
    assert found == (hmac.new(key, message, hashlib.sha256).hexdigest(),)


def test_a_pseudonym_ignores_case_and_outer_blanks_only() -> None:
    """The same document is the same person however it was typed; another key or type is not."""

    def pseudonym(id_type: str | None, id_no: str | None, key: bytes = b"k" * 32) -> str | None:
        row = CON.execute(
            f"SELECT {privacy.pseudonym_sql('a', 'b')} FROM (SELECT $a::VARCHAR AS a, $b::VARCHAR AS b) AS t",
            {**privacy.pseudonym_parameters(key), "a": id_type, "b": id_no},
        ).fetchone()
        return row[0] if row else None

    one = pseudonym("B01", "11010519491231002X")
    assert one == pseudonym(" b01", "11010519491231002x ")
    others = [pseudonym("B03", "11010519491231002X"), pseudonym("B01", "1"), pseudonym("B01", "1", b"x" * 32)]
    assert len({one, *others}) == 4
    assert pseudonym("B01", None) is None and pseudonym(None, "1") is None


def is_valid(id_type: str | None, id_no: str | None) -> bool | None:
    row = CON.execute(
        f"SELECT {privacy.id_no_valid_sql('a')} FROM "
        f"{privacy.id_no_parts_sql('b', '(SELECT $a::VARCHAR AS a, $b::VARCHAR AS b) AS t')} AS p",
        {"a": id_type, "b": id_no},
    ).fetchone()
    return row[0] if row else None


def oracle(id_no: str) -> bool:
    """GB 11643-1999 from its definition: weights 2^(18-i) mod 11, the whole sum congruent 1 modulo 11."""
    if len(id_no) != 18 or not all(c in "0123456789" for c in id_no[:17]) or id_no[17] not in "0123456789X":
        return False
    values = [int(c) if c != "X" else 10 for c in id_no]
    return sum(value * pow(2, 17 - at, 11) for at, value in enumerate(values)) % 11 == 1


@settings(max_examples=300, deadline=None)
@given(st.text("0123456789X", min_size=16, max_size=19))
def test_the_check_character_is_the_standards(id_no: str) -> None:
    """Every number is judged as the standard's own congruence judges it, whatever its last character."""
    assert is_valid("B01", id_no) == oracle(id_no)
    for last in "0123456789X":
        assert is_valid("B01", id_no[:17] + last) == oracle(id_no[:17] + last)


def test_the_check_is_for_identity_cards_only() -> None:
    """Published example 11010519491231002X is right in both cases; other documents and empty cells are not judged."""
    assert is_valid("B01", "11010519491231002X") is True and is_valid("B01", " 11010519491231002x ") is True
    assert is_valid("B01", "110105194912310021") is False and is_valid("B01", "") is False
    assert is_valid("B01", "１１０１０５１９４９１２３１００２X") is False
    assert is_valid("B03", "x") is None and is_valid("B01", None) is None and is_valid(None, "1") is None


def test_the_vault_is_encrypted_and_opens_with_its_key_only(tmp_path: Path) -> None:
    """No stored byte shows a name; the right key reads it, read-only; a wrong one does not and is not quoted."""
    con = duckdb.connect(str(tmp_path / "s.duckdb"))
    privacy.protect_temporary_files(con)
    path = tmp_path / "identity.vault"
    with privacy.writing_vault(con, path, KEY) as kept:
        con.execute(f"INSERT INTO {kept.identity} SELECT i, 'B01', i, i, 'CANARY-NAME-' || i FROM range(5000) AS r(i)")
    assert b"CANARY" not in path.read_bytes()
    with privacy.reading_vault(con, path, KEY) as kept:
        assert con.execute(f"SELECT count(*), min(name) FROM {kept.identity}").fetchone() == (5000, "CANARY-NAME-0")
        with pytest.raises(duckdb.InvalidInputException):
            con.execute(f"DELETE FROM {kept.identity}")
    for key in ("f" * 64, "short", KEY.upper() + "'"):
        with pytest.raises(ConfigurationError) as caught, privacy.reading_vault(con, path, key):
            pass
        assert key not in str(caught.value)
    assert {file.name for file in tmp_path.iterdir()} <= {"s.duckdb", "s.duckdb.wal", "identity.vault"}


def test_a_vault_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    """A vault appears whole or not at all."""
    con = duckdb.connect(":memory:")
    path = tmp_path / "identity.vault"
    with privacy.writing_vault(con, path, KEY) as kept:
        con.execute(f"INSERT INTO {kept.identity} VALUES ('p', 'B01', '1', '2', 'old')")
    before = path.read_bytes()
    with pytest.raises(duckdb.ConversionException), privacy.writing_vault(con, path, KEY) as kept:
        con.execute(f"INSERT INTO {kept.identity} SELECT CAST('x' AS INTEGER), '', '', '', ''")
    assert path.read_bytes() == before and [file.name for file in tmp_path.iterdir()] == ["identity.vault"]


def test_no_vault_is_an_error_that_says_so(tmp_path: Path) -> None:
    """A missing vault is never made up as an empty one."""
    missing = privacy.reading_vault(duckdb.connect(":memory:"), tmp_path / "identity.vault", KEY)
    with pytest.raises(ConfigurationError, match="no identity vault"), missing:
        pass
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "text",
    [
        "11010519491231002X",
        "id 11010519491231002x.",
        "13812345678",
        "138 1234 5678",
        "138-1234-5678",
        "6222021234567890123",
        'Could not convert string "13812345678" to INT',
    ],
)
def test_numbers_that_identify_are_masked(text: str) -> None:
    """Document, phone and account numbers disappear from a text, also when they are grouped."""
    assert not any(part in privacy.mask(text) for part in ("4912", "1381", "138 1234", "138-1234", "622202"))


def test_cells_that_a_parser_quotes_are_masked() -> None:
    """The line or cell that DuckDB quotes in an error goes entirely, names included."""
    assert "ZHANG" not in privacy.mask('Conversion Error: Could not convert string "ZHANG SAN" to INT32')
    assert "ZHANG" not in privacy.mask("CSV Error on Line: 2\nOriginal Line: 1,ZHANG SAN,x\nExpected 2")
    assert "ZHANG" not in privacy.mask('Could not convert string "O\'ZHANG" to DATE') and "3" not in privacy.mask_value(
        "ZHANG SAN 3"
    )


@pytest.mark.parametrize("text", ["period 2026-10-31", "line 123456 of loan.csv", "PRC-004 at 2026-10-31 12:00:00"])
def test_ordinary_texts_stay(text: str) -> None:
    """Dates, line numbers and codes are still readable."""
    assert privacy.mask(text) == text


def shown(sql: str, text: str | None) -> str | None:
    row = CON.execute(f"SELECT {sql} FROM (SELECT $t::VARCHAR AS t)", {"t": text}).fetchone()
    return row[0] if row else None


@pytest.mark.parametrize(
    ("text", "canaries"),
    [
        ("电话13800001234", ("0000", "1380")),
        ("138 0000 1234", ("0000",)),
        ("１３８００００１２３４", ("0000", "００００")),
        ("一三八〇〇〇〇一二三四", ("一三八",)),
        ("110105 19491231 002X", ("1949", "1231")),
        ("zhang.san@example.com", ("zhang", "example")),
        ("联系人：张三丰，旅游", ("张三",)),
        ("朝阳区建国路88号", ("88", "建国")),
        ("护照E12345678", ("E12", "345")),
        ("CVV：123 密码：hunter2", ("123", "hunter2")),
        ("微信zhang_san", ("zhang",)),
        ("粤B12345", ("B123",)),
    ],
)
def test_findings_show_no_canary(text: str, canaries: tuple[str, ...]) -> None:
    """Of numbers only the first three and the last two places are shown, of anything else nothing."""
    seen = shown(privacy.masked_sql("t"), text)
    assert seen is not None and "***" in seen
    assert not any(canary in seen for canary in canaries)


@pytest.mark.parametrize("text", ["2026-10-31 12:00:00", "示例微光信息科技有限公司", "日常消费", "123456", "LS03", ""])
def test_findings_show_what_names_nobody(text: str) -> None:
    """Dates, names of companies, codes and short numbers stay as they were sent."""
    assert shown(privacy.masked_sql("t"), text) == text
    assert shown(privacy.masked_sql("t"), None) is None


def test_a_key_is_masked_only_where_it_names_a_person() -> None:
    """A key keeps its row findable; an identity number with its right check character is left out of it."""
    key = privacy.masked_key_sql("t")
    assert shown(key, "HT11010519491231002X-1") == "HT***-1"
    assert shown(key, "PL0000000000123") == "PL0000000000123"
    assert shown(key, "HT110105194912310022") == "HT110105194912310022"
    assert shown(key, None) is None
