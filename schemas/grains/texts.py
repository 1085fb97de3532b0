"""Rows beside those of their texts that may name a person: for nearly every row that is nothing.

Belongs here: which columns are texts, and one look at all texts of a row that is cheap where they are clean. Not here:
what an identifier is (``schemas.rules.privacy_identifiers``).

``texts`` joins the suspicious cells, each written ``column: text``: first the free texts and names in which one of
``MAYBE_PERSONAL`` stands, then behind ``KEYS`` the keys that may be an identity number. Full-width characters are
written as their plain ones, blanks and dashes of any kind as the common ones, and characters without width are left
out. It is null for a clean row, so that a rule on it costs nothing.

Not looked at, because another constraint leaves no room for a person: coded fields (FLD-002), fields shorter than an
identity number (FLD-004), what has a form of its own (IDN-001 ff., IDN-047), and the loan number of a child row, which
is looked at where it is the loan's or names no loan (IDN-011 ff.).
"""

from __future__ import annotations

from collections.abc import Sequence

import ibis.expr.datatypes as dt

from loantape.declare import Grain
from schemas.grains import on_rows, tape_columns
from schemas.tape import TABLES, Meta, meta_of

# how the columns are called that people write in; other texts are keys and codes
WORDS = ("_name", "_text", "_reason", "_trigger", "_version")
_FORMED = ("_uscc", "_pid", "_24m")
_IDENTITY_LENGTH = 18
BAR, KEYS = " | ", "‖"

_DIGIT = "[0-9０-９〇零一二三四五六七八九]"
_BETWEEN = "[\\s\u00a0\u2000-\u200d\u3000.．·•・_‐‑–—−－-]{0,3}"
# wider than any rule, on the text as it was sent: eleven digits however they are written, or a word that announces one
MAYBE_PERSONAL = (
    f"(?i){_DIGIT}(?:{_BETWEEN}{_DIGIT}){{10}}|[@＠]|[0-9]{{3}}-[0-9]{{2}}-[0-9]{{4}}|"
    "(?:姓名|联系人|收货人|收款人|付款人|户名|持卡人|借款人|担保人|经办人|申请人|客户|本人)[\\s\u00a0\u3000:：为是叫系]|"
    "先生|女士|小姐|"
    "[0-9０-９][\\s\u00a0\u3000]?(?:号|栋|幢|座|室|单元|楼|弄|组)|护照|通行证|回乡证|台胞证|居留|军官证|士兵证|警官证|passport|"
    "[cｃ][vｖ][vnｖｎ]|cvc|安全码|后三码|密码|口令|password|passwd|验证码|动态码|有效期|"
    "微信|wechat|weixin|qq|[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-ZＡ-Ｚ]"
)
# a province, a year, a month, a day; the check character is for the rule
MAYBE_IDENTITY = "[1-8][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9]{4}[0-9Xx]"

_FULL_WIDTH = "".join(chr(0xFF01 + at) for at in range(94))
_PLAIN = "".join(chr(0x21 + at) for at in range(94))
_BLANKS, _DASHES, _DOTS = "\u00a0\u2002\u2003\u2009\u3000\t", "‐‑–—−_", "·•・"
_WITHOUT_WIDTH = "\u200b\u200c\u200d\u2060\ufeff"
_FROM = KEYS + _FULL_WIDTH + _BLANKS + _DASHES + _DOTS + _WITHOUT_WIDTH
_TO = "|" + _PLAIN + " " * len(_BLANKS) + "-" * len(_DASHES) + "." * len(_DOTS)


def words_of(table: str) -> tuple[str, ...]:
    """The columns of a table that people write in, in its order."""
    return tuple(name for name, _ in _texts(table) if name.endswith(WORDS))


def keys_of(table: str) -> tuple[str, ...]:
    """The keys of a table that have room for an identity number, those aside that are judged elsewhere."""
    model = TABLES[table]
    of_the_loan = ("iou_no",) if "iou_no" not in model.key() or len(model.key()) > 1 else ()
    return tuple(
        name
        for name, meta in _texts(table)
        if not name.endswith(WORDS + _FORMED)
        and not meta.codes
        and (meta.max_length or _IDENTITY_LENGTH) >= _IDENTITY_LENGTH
        and name not in of_the_loan
    )


def plain_sql(text: str) -> str:
    """SQL for a text with every character in its plain form."""
    return f"translate({text}, {_literal(_FROM)}, {_literal(_TO)})"


def with_texts(table: str) -> Grain:
    """The rows of a table with its suspicious ``texts``, null for a clean row.

    What people write repeats itself, so each text that there is is looked at once (``check_suspects_<table>``) and then
    found again by equality; keys do not.
    """
    words, keys = words_of(table), keys_of(table)
    suspects = f"check_suspects_{table}"
    suspicious = [
        _cell_sql(name, f"base.{name} IN (SELECT text FROM {suspects} WHERE place = {n})")
        for n, name in enumerate(words)
    ]
    identities = [_cell_sql(name, f"regexp_matches(base.{name}, {_literal(MAYBE_IDENTITY)})") for name in keys]
    texts = f"nullif(concat_ws('{KEYS}', coalesce({_cells_sql(suspicious)}, ''), {_cells_sql(identities)}), '')"
    made = {suspects: _suspects_sql(table, words)} if words else {}
    return on_rows(f"{table}_with_texts", table, {"texts": (dt.string, texts)}, made=made, silent_where_null="texts")


def _suspects_sql(table: str, words: tuple[str, ...]) -> str:
    """The texts of each column in which the pattern is found.

    The count keeps DuckDB from looking at every row before it has the texts that there are.
    """
    texts = " UNION ALL ".join(
        f"SELECT {n} AS place, {name} AS text, count(*) AS rows FROM tape_{table} GROUP BY {name}"
        for n, name in enumerate(words)
    )
    found = f"CASE WHEN rows > 0 THEN regexp_matches(text, {_literal(MAYBE_PERSONAL)}) END"
    return f"SELECT place, text FROM ({texts}) WHERE {found}"


def _texts(table: str) -> list[tuple[str, Meta]]:
    meta = meta_of(TABLES[table])
    return [(name, meta[name]) for name, kind in tape_columns(table).items() if kind.is_string()]


def _cell_sql(name: str, suspicious: str) -> str:
    return f"CASE WHEN {suspicious} THEN '{name}: ' || {plain_sql(f'base.{name}')} END"


def _cells_sql(cells: Sequence[str]) -> str:
    """Cells joined, null where there is none."""
    return f"nullif(concat_ws('{BAR}', {', '.join(cells)}), '')" if cells else "CAST(NULL AS VARCHAR)"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


GRAINS = tuple(with_texts(table) for table in TABLES if words_of(table) or keys_of(table))
