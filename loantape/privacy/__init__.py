"""Personal data: keyed pseudonyms, the identity vault, masking of texts that people and logs see.

Belongs here: everything that turns an identifier into something safe, and the one place where identifiers are kept.
Not here: the regulators' own masks, made while rendering (``templates``), and the keys themselves (``loantape.keys``).
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import secrets
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from loantape.errors import ConfigurationError

_BLOCK = 64  # bytes, SHA-256 (FIPS 180-4); HMAC pads its key to it (RFC 2104)
_PARTS = "id_type VARCHAR, id_no VARCHAR, phone VARCHAR, name VARCHAR"
_KEY_FORM = re.compile(r"[0-9a-f]{64}")

# GB 11643-1999 [B-H]: weights of the first seventeen digits; the check character by the weighted sum modulo 11.
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"


# --- pseudonyms -----------------------------------------------------------------------------------------------------


def pseudonym_sql(id_type: str, id_no: str) -> str:
    """SQL for a borrower's pseudonym from two VARCHAR expressions: 64 hexadecimal digits, null when either is null.

    HMAC-SHA-256 (RFC 2104) of ``upper(trim(id_type)) ':' upper(trim(id_no))``. Bind ``pseudonym_parameters``.
    """
    message = f"encode(upper(trim({id_type})) || ':' || upper(trim({id_no})))"
    return f"sha256($pseudonym_outer::BLOB || unhex(sha256($pseudonym_inner::BLOB || {message})))"


def pseudonym_parameters(key: bytes) -> Mapping[str, bytes]:
    """The two padded keys that ``pseudonym_sql`` names; never part of a statement's text."""
    padded = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    return {
        "pseudonym_inner": bytes(byte ^ 0x36 for byte in padded),
        "pseudonym_outer": bytes(byte ^ 0x5C for byte in padded),
    }


def id_no_parts_sql(id_no: str, source: str) -> str:
    """A subquery: ``source`` with what ``id_no_valid_sql`` looks at, made once a row and not once a digit."""
    text = f"upper(trim({id_no}))"
    return f"(SELECT *, {text} AS id_text, TRY_CAST({text}[1:17] AS BIGINT) AS id_number FROM {source})"


def id_no_valid_sql(id_type: str) -> str:
    """SQL over ``id_no_parts_sql`` for "this identity card number has the right check character": null for other
    documents and no number.

    GB 11643-1999 [B-H]: seventeen digits and a check character, ISO 7064 MOD 11-2.
    """
    weighted = " + ".join(f"(id_number // {10 ** (16 - at)}) % 10 * {weight}" for at, weight in enumerate(_ID_WEIGHTS))
    right = f"'{_ID_CHECKS}'[({weighted}) % 11 + 1] = id_text[18]"
    formed = "regexp_full_match(id_text, '[0-9]{17}[0-9X]')"
    return (
        f"CASE WHEN {id_type} = 'B01' AND id_text IS NOT NULL THEN CASE WHEN {formed} THEN {right} ELSE false END END"
    )


# --- the identity vault ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Vault:
    """An identity vault while it is attached: the names of its tables."""

    catalog: str

    @property
    def loan(self) -> str:
        """What each loan was delivered with: one row per row of ``tape_loan``, in its order, nulls for nothing."""
        return f"{self.catalog}.loan"

    @property
    def identity(self) -> str:
        """One row per borrower, ordered by pseudonym."""
        return f"{self.catalog}.identity"


@contextmanager
def writing_vault(connection: duckdb.DuckDBPyConnection, path: Path, key: str) -> Iterator[Vault]:
    """A new vault, attached, its tables empty.

    It is written beside ``path`` and renamed into place when the block ends well; otherwise nothing is left.
    """
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    catalog = "vault_being_written"
    try:
        _attach(connection, aside, key, catalog, "")
        try:
            vault = Vault(catalog)
            connection.execute(f"CREATE TABLE {vault.loan} ({_PARTS})")
            connection.execute(f"CREATE TABLE {vault.identity} (borrower_pid VARCHAR, {_PARTS})")
            yield vault
        finally:
            connection.execute(f"DETACH {catalog}")
        aside.chmod(0o600)
        _flush(aside)
        aside.replace(path)
        _flush(path.parent)
    finally:
        aside.unlink(missing_ok=True)
        aside.with_name(aside.name + ".wal").unlink(missing_ok=True)


@contextmanager
def reading_vault(
    connection: duckdb.DuckDBPyConnection, path: Path, key: str, catalog: str = "vault"
) -> Iterator[Vault]:
    """The vault attached read-only as ``catalog``.

    Columns: id_type, id_no, phone, name, and before them in ``identity`` borrower_pid. Vaults written before there was
    a table ``loan`` lack it. Raises ConfigurationError when the vault is not there or the key does not open it.
    """
    if not path.is_file():
        raise ConfigurationError(f"there is no identity vault at {path}", "read the delivery again")
    _attach(connection, path, key, catalog, ", READ_ONLY")
    try:
        yield Vault(catalog)
    finally:
        connection.execute(f"DETACH {catalog}")


def protect_temporary_files(connection: duckdb.DuckDBPyConnection) -> None:
    """From here on, whatever this connection spills to disk is encrypted with a key that lives in memory only."""
    _load_encryption(connection)
    connection.execute("SET temp_file_encryption = true")


def _attach(connection: duckdb.DuckDBPyConnection, path: Path, key: str, catalog: str, options: str) -> None:
    if not _KEY_FORM.fullmatch(key):
        raise ConfigurationError("the vault key is not 64 hexadecimal digits", "restore the keys folder from your copy")
    _load_encryption(connection)
    place = str(path).replace("'", "''")
    try:
        connection.execute(f"ATTACH '{place}' AS {catalog} (ENCRYPTION_KEY '{key}'{options})")
    except (duckdb.IOException, duckdb.InvalidInputException, duckdb.BinderException, duckdb.CatalogException) as wrong:
        # DuckDB's own message may quote the statement, and the statement holds the key
        raise ConfigurationError(
            f"the identity vault {path} does not open with the configured key",
            "use the keys folder that was in place when the delivery was read",
        ) from (None if key in str(wrong) else wrong)


def _load_encryption(connection: duckdb.DuckDBPyConnection) -> None:
    """Load DuckDB's signed httpfs extension, its door to OpenSSL, from the installed package: nothing is downloaded.

    Loading by path leaves no copy in anybody's home folder.
    """
    package = importlib.util.find_spec("duckdb_extension_httpfs")
    folders = list(package.submodule_search_locations or ()) if package else []
    version = f"v{duckdb.__version__}"
    files = [Path(folder) / "extensions" / version / "httpfs.duckdb_extension" for folder in folders]
    found = next((file for file in files if file.is_file()), None)
    if found is None:
        raise ConfigurationError(
            f"DuckDB {version} has no httpfs extension here, so identities cannot be encrypted",
            "install duckdb-extension-httpfs in the version of duckdb",
        )
    place = str(found).replace("'", "''")
    connection.execute(f"LOAD '{place}'")


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# --- masking --------------------------------------------------------------------------------------------------------

_MASK = "***"
_LONG_NUMBER = re.compile(r"[0-9](?:[0-9]{6,}|(?:[ \-]?[0-9]){10,})[Xx]?")  # phones, card and document numbers
_HAN = "[\u3400-\u9fff]"
_ANY_DIGIT = "[0-9０-９]"
_NUMERAL = "[〇零一二三四五六七八九壹贰叁肆伍陆柒捌玖]"
_BLANK = "[ \t\u00a0\u3000]"
_APART = "(?:[ \u00a0\u2000-\u200d\u3000.．·•・_‐‑–—−－-]{1,3})"
_MAIL_PART = "[^ |,，;；:：<>()（）@＠]"
# wherever one of these may stand in a text for people, what identifies is left out. Wider than any rule that looks for
# it, and written so that RE2 and Python's re read them alike: (pattern, what is put in its place).
_PERSONAL: tuple[tuple[str, str], ...] = (
    ("%B[0-9][^|]*", f"%B{_MASK}"),  # the track of a card, with the name on it
    # eleven digits or more, with blanks, dots or dashes between, or seven in one piece: a reviewer recognises a number
    # by its first three and last two
    (
        f"({_ANY_DIGIT}(?:{_APART}?{_ANY_DIGIT}){{2}})(?:{_APART}?{_ANY_DIGIT}){{6,}}((?:{_APART}?{_ANY_DIGIT}){{2}})",
        rf"\1{_MASK}\2",
    ),
    (f"({_ANY_DIGIT}{{3}}){_ANY_DIGIT}{{2,}}({_ANY_DIGIT}{{2}})", rf"\1{_MASK}\2"),
    (f"{_NUMERAL}(?:{_APART}?(?:{_NUMERAL}|[0-9０-９Xx])){{10,}}", _MASK),
    ("[0-9]{3}-[0-9]{2}-[0-9]{4}", _MASK),
    (f"{_MAIL_PART}+ ?[@＠] ?{_MAIL_PART}+[.．]{_MAIL_PART}+", _MASK),
    (
        "(姓名|联系人|收货人|收款人|付款人|户名|持卡人|借款人|担保人|经办人|申请人|客户|本人)"
        f"([:：为是叫系]{_BLANK}?|{_BLANK}+){_HAN}{{2,4}}",
        rf"\1\2{_MASK}",
    ),
    (f"{_HAN}{{2,4}}(先生|女士|小姐)", rf"{_MASK}\1"),
    (
        f"{_HAN}*(?:路|街|巷|弄|大道|胡同|村|小区|苑|里|大厦|广场)(?:{_HAN}|[A-Za-z0-9０-９ -]){{0,12}}{_ANY_DIGIT}+ ?"
        "(号|栋|幢|座|室|单元|楼|弄|组)",
        rf"{_MASK}\1",
    ),
    (
        "(护照|通行证|回乡证|台胞证|居留证|居留身份证|居住证|军官证|士兵证|警官证|[Pp][Aa][Ss][Ss][Pp][Oo][Rr][Tt]) ?"
        f"(?:号码|号|字第|[Nn][Oo][.]?)?(?:{_BLANK}|[:：为是]){{0,3}}[A-Za-z]{{0,3}}{_ANY_DIGIT}+(?:[*]+{_ANY_DIGIT}+)?",
        rf"\1{_MASK}",
    ),
    ("([Cc][Vv][VvNnCc]2?|安全码|后三码|验证码|动态码|有效期)[^0-9|]{0,5}[0-9][0-9 /-]*", rf"\1{_MASK}"),
    (
        "(密码|口令|[Pp][Aa][Ss][Ss][Ww][Oo][Rr][Dd]|[Pp][Aa][Ss][Ss][Ww][Dd])"
        f"(?:[:：=＝为是]+{_BLANK}?|{_BLANK}+)[!-~！-～]+",
        rf"\1{_MASK}",
    ),
    (
        "(微信|[Ww][Ee][Cc][Hh][Aa][Tt]|[Ww][Ee][Ii][Xx][Ii][Nn]|[Qq][Qq]) ?(?:号码|号|[Ii][Dd])?"
        f"(?:{_BLANK}|[:：为是]){{0,3}}[A-Za-z0-9_-]+(?:[*]+[0-9]+)?",
        rf"\1{_MASK}",
    ),
    (
        "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-ZＡ-Ｚ][ .·-]?"
        "[A-HJ-NP-Z0-9Ａ-Ｚ０-９]{4,5}[A-HJ-NP-Z0-9Ａ-Ｚ０-９挂学警港澳]",
        _MASK,
    ),
)
_FULL_WIDTH = "".join(chr(0xFF01 + at) for at in range(94)) + "\u3000\u00a0\u200b\u200c\u200d\u2060\ufeff"
_PLAIN = "".join(chr(0x21 + at) for at in range(94)) + "  "  # what has no width is left out
_ANY_PERSONAL = "|".join(f"(?:{pattern})" for pattern, _ in _PERSONAL)
# a key is masked only where it holds an identity number that is one: province, day of birth, check character
_IN_A_KEY = "[1-8][0-9]{5}(?:19[0-9]{2}|20[01][0-9])(?:0[1-9]|1[0-2])[0-3][0-9]{4}[0-9Xx]"
_QUOTED_VALUE = re.compile(r"""(string|value|Original Line:)(\s*)("[^"]*"|'[^']*'|[^\n]*(?=\n|$))""")


def mask(text: str) -> str:
    """An error text that is safe to show: what may identify a person and the values that parsers quote are replaced.

    Raw lines and quoted cells go entirely; a name that nothing announces cannot be told from words, so texts of ours
    never carry a cell's value in the first place.
    """
    return _without_personal(_QUOTED_VALUE.sub(rf"\1\2{_MASK}", text))


def may_identify(text: str) -> bool:
    """Whether something in a text that a person wrote may identify one: a number, an address, a name announced as one.

    Full-width characters are read as plain ones.
    """
    plain = unicodedata.normalize("NFKC", text)
    return any(_without_personal(one) != one for one in (text, plain))


def _without_personal(text: str) -> str:
    text = _LONG_NUMBER.sub(_MASK, text)
    for pattern, instead in _PERSONAL:
        text = re.sub(pattern, instead, text)
    return text


def masked_sql(text: str) -> str:
    """SQL for a text that people see, from a VARCHAR expression: what identifies a person is left out of it.

    Numbers of seven digits or more keep their first three and last two, everything else goes. A text that is masked is
    shown with plain characters for full-width ones.
    """
    plain = f"translate({text}, {_literal(_FULL_WIDTH)}, {_literal(_PLAIN)})"
    masked = plain
    for pattern, instead in _PERSONAL:
        masked = f"regexp_replace({masked}, {_literal(pattern)}, {_literal(instead)}, 'g')"
    return f"CASE WHEN regexp_matches({plain}, {_literal(_ANY_PERSONAL)}) THEN {masked} ELSE {text} END"


def masked_key_sql(key: str) -> str:
    """SQL for a key that people see: whole, so that its row is found, unless an identity number stands in it."""
    number = "upper(number)"
    weighted = " + ".join(f"CAST({number}[{at}] AS INTEGER) * {weight}" for at, weight in enumerate(_ID_WEIGHTS, 1))
    valid = f"'{_ID_CHECKS}'[({weighted}) % 11 + 1] = {number}[18]"
    found = f"list_filter(regexp_extract_all({key}, {_literal(_IN_A_KEY)}), lambda number: {valid})"
    masked = f"regexp_replace({key}, {_literal(_IN_A_KEY)}, {_literal(_MASK)}, 'g')"
    suspicious = f"regexp_matches({key}, {_literal(_IN_A_KEY)})"
    return f"CASE WHEN {suspicious} THEN CASE WHEN len({found}) > 0 THEN {masked} ELSE {key} END ELSE {key} END"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def mask_value(value: Any) -> str:
    """What may be said of one cell in a log: how long it is, never what it says."""
    return "null" if value is None else f"{_MASK} ({len(str(value))} characters)"
