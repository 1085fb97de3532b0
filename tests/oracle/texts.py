"""Texts as lenders write them and as nobody should: for each form, right ones, wrong ones and their neighbours.

Belongs here: characters and texts, given a ``random.Random``. Not here: layouts and files (``generate``).
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from loantape.declare import Code, Day, Flag, Identifier, Integer, Number, Stamp, Text

PLAIN = "abcXYZ019 _-./#*:"
CHINESE = "借据款示例银行有限公司甲乙丙"
STRANGE = "\ufeff\u2028\u2029\u00a0\u3000\u200b\u0301éßŸ€\u3400\ue000\ufffd\uffff"
STRANGE += "\U0001f600\U0001f468\u200d\U00020000\U0010ffff"
CONTROLS = "\x01\x08\x0b\x0c\x1a\x1b\x1c\x1f\x7f\x80\x85\x9f\t"
WIDE = "ＡＢ１２－．，（）：；！？～＂％\u3000"
WRONG = [
    "1_0",
    "inf",
    "nan",
    "-inf",
    "NaN",
    "١٢",
    "１２",
    "1e5",
    "1E5",
    "0x1F",
    "+5",
    ".5",
    "5.",
    "12.345",
    "1,234.56",
    "-",
    "--",
    "1.2.3",
    "²",
    "½",
    "Ⅷ",
    "−5",
    "1-2",
    "'5",
    "5%",
    "￥5",
    "NULL",
    "null",
    "N/A",
    "#REF!",
    "#N/A",
    "TRUE",
    "31/02/2026",
    "2026-2-3",
    "2026-10-31T00:00:00",
    "20261301",
    "2026-02-29",
    "1900-02-29",
    "0000-00-00",
    "24:00:00",
    "2147483647",
    "2147483648",
    "-2147483648",
    "-2147483649",
    "9999999999",
    "0000000000001",
    "-0",
    "00",
    "-000.00",
    "9999999999999999.99",
    "10000000000000000",
    "999999.999999",
    "1000000",
    "0.07400000000000001",
    "0.0740000000001",
    "1.0000000000000002",
    "0.1",
    "0.10",
    "99.99999999999999999",
    "123456789012345678901234567890",
    "340282366920938463463374607431768211456",
    "18446744073709551616",
]
DAYS = [
    "0001-01-01",
    "9999-12-31",
    "0000-12-31",
    "2024-02-29",
    "2023-02-29",
    "1900-02-29",
    "2000-02-29",
    "1582-10-10",
    "1969-12-31",
    "1970-01-01",
    "2026-04-31",
    "2026-12-31",
    "2038-01-19",
    "2262-04-12",
]


def characters(random: Random, count: int, nasty: float) -> str:
    """Any characters but line ends and NUL."""
    pools = [PLAIN, CHINESE] if random.random() > nasty else [PLAIN, CHINESE, STRANGE, CONTROLS, WIDE, WIDE, "\"'|,;`"]
    pool = random.choice(pools) + random.choice(pools)
    return "".join(random.choice(pool) for _ in range(count))


def text_for(form: Any, random: Random, nasty: float) -> str:
    """A text for a column of this form: mostly right, with probability ``nasty`` perhaps not."""
    if random.random() < nasty:
        wrong = random.choice((*WRONG, characters(random, random.randint(0, 12), 1.0), ""))
        return random.choice((wrong, wrong, " " + wrong, wrong + "\u3000", wide(wrong)))
    text = _right(form, random, nasty)
    if random.random() < nasty:
        text = random.choice((" " + text, text + " ", "\t" + text, text + "\u00a0", "\u3000" + text, wide(text)))
        if random.random() < 0.3:
            at = random.randint(0, len(text))
            text = text[:at] + random.choice(STRANGE + CONTROLS + "0'\",-.") + text[at:]
    return text


def wide(text: str) -> str:
    """The same in full width."""
    return "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text)


def _right(form: Any, random: Random, nasty: float) -> str:
    if isinstance(form, Text):
        size = random.choice((random.randint(0, 8), form.max_length, form.max_length + random.randint(-1, 1)))
        return characters(random, size if random.random() < nasty else min(size, random.randint(1, 12)), nasty)
    if isinstance(form, Identifier):
        size = random.choice((1, 3, form.max_length, form.max_length + random.choice((0, 0, 1))))
        return "".join(random.choice("AZaz09._:/#*-") for _ in range(size))
    if isinstance(form, Integer):
        return str(random.choice((0, 1, 12, random.randint(-(2**31), 2**31 - 1), random.randint(0, 999))))
    if isinstance(form, Number):
        return _number(form, random)
    if isinstance(form, Day | Stamp):
        return _moment(form, random)
    if isinstance(form, Flag):
        return random.choice((form.true, form.false))
    assert isinstance(form, Code)
    return random.choice(tuple(form.to))


def _number(form: Number, random: Random) -> str:
    digits = random.choice((1, 3, 4, 7, max(1, form.precision - form.scale + random.choice((0, 0, 1)))))
    whole = "".join(random.choice("0123456789") for _ in range(digits))
    if random.random() < 0.1:
        whole = "9" * digits
    if form.group and random.random() < 0.6:
        head = len(whole) % 3 or 3
        whole = form.group.join([whole[:head], *(whole[at : at + 3] for at in range(head, len(whole), 3))])
        if random.random() < 0.05:
            at = random.randint(0, len(whole))
            whole = whole[:at] + form.group + whole[at:]
    decimals = "".join(random.choice("0123456789") for _ in range(random.randint(0, form.scale)))
    if form.noise and random.random() < 0.4:
        rest = max(0, form.noise - form.scale - random.choice((0, 0, 1, 3, -1)))
        decimals = decimals.ljust(form.scale, "0") + random.choice(("0", "9")) * rest
        decimals = decimals[:-1] + random.choice("0123456789") if decimals else decimals
    text = whole + (random.choice((form.point, form.point, form.point, ".", ",")) + decimals if decimals else "")
    return random.choice(("", "", "", "-")) + text


def _moment(form: Day | Stamp, random: Random) -> str:
    text = random.choice((form.form, *form.also))
    day = str(date(1990, 1, 1) + timedelta(random.randint(0, 20_000)))
    if random.random() < 0.15:
        day = random.choice(DAYS)
    parts = {"%Y": day[:4], "%m": day[5:7], "%d": day[8:]}
    clock = random.choice(("000000", "235959", "120102", "240000", "236000", "235960"))
    parts |= {"%H": clock[:2], "%M": clock[2:4], "%S": clock[4:]}
    for directive, part in parts.items():
        text = text.replace(directive, part)
    return text
