"""A receipt as JSON, for receivers whose own form is not public: declared here, so that both sides can agree on it.

Belongs here: reading one, whatever the bytes hold. Not here: what becomes of it (``loantape.filing.receipts``).

No regulator publishes this form. None of theirs was found in public: it is reconstructed from what every receipt must
say (who, which package by its content, accepted or not, when) and a gateway has to translate into it::

    {"format": "loantape-receipt/1", "regulator": "cn_pbc", "reference": "20261106-000017",
     "package": "cn_pbc_demo_cashloan_2026-10_1.zip", "package_sha256": "…64 hexadecimal digits…",
     "status": "accepted", "received_at": "2026-11-06T10:00:00+08:00",
     "messages": [{"code": "R0001", "text": "…"}]}

``status`` is ``accepted`` or ``rejected``; ``received_at`` states its zone; ``messages`` may be left out. Any other
key, or a key twice, is an error: what nobody reads must not look as if somebody did.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn

from loantape.declare import Confidence, Receipt, ReceiptForm

FORMAT = "loantape-receipt/1"
_MOST_BYTES, _MOST_MESSAGES, _LONGEST = 1 << 20, 1000, 2000
_KEYS = {"format", "regulator", "reference", "package", "package_sha256", "status", "received_at"}
_DEEPEST = 8


def read(data: bytes, regulator: str) -> Receipt:
    """The receipt that these bytes are. Raises ValueError, saying what is wrong in words of ours, for anything else."""
    if len(data) > _MOST_BYTES:
        raise ValueError(f"it has {len(data)} bytes, more than {_MOST_BYTES}")
    if data.count(b"{") + data.count(b"[") > _MOST_MESSAGES + _DEEPEST:
        raise ValueError("it is nested too deeply or has too many messages")
    try:
        found = json.loads(data.decode("utf-8"), object_pairs_hook=_once, **_NUMBERLESS)
    except UnicodeDecodeError as wrong:
        raise ValueError(f"it is not UTF-8 at byte {wrong.start}") from wrong
    except json.JSONDecodeError as wrong:
        raise ValueError(f"it is not JSON at line {wrong.lineno}, column {wrong.colno}") from wrong
    except RecursionError as wrong:
        raise ValueError("it is nested too deeply") from wrong
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ValueError(f"it does not say format {FORMAT!r}")
    if not _KEYS <= found.keys() <= _KEYS | {"messages"}:
        odd = sorted(_KEYS - found.keys()) or ["others than the form knows"]
        raise ValueError(f"its keys are not those of the form: {', '.join(odd)}")
    texts = {key: _text(found[key], key) for key in _KEYS}
    if texts["regulator"] != regulator:
        raise ValueError(f"it is a receipt of another regulator than {regulator}")
    if not re.fullmatch("[0-9a-f]{64}", texts["package_sha256"]):
        raise ValueError("package_sha256 is not 64 hexadecimal digits")
    if texts["status"] not in ("accepted", "rejected"):
        raise ValueError("status is neither accepted nor rejected")
    return Receipt(
        texts["reference"],
        texts["package"],
        texts["package_sha256"],
        texts["status"] == "accepted",
        _moment(texts["received_at"]),
        _messages(found.get("messages", [])),
    )


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _no_number(_: str) -> NoReturn:
    raise ValueError("it holds a number, and the form has none")


_NUMBERLESS: Mapping[str, Any] = dict.fromkeys(("parse_int", "parse_float", "parse_constant"), _no_number)


def _text(value: Any, key: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST or not value.isprintable():
        raise ValueError(f"{key} is not a text of 1 to {_LONGEST} printable characters")
    return value


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError
        return moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError) as wrong:
        raise ValueError("received_at is not a moment with its zone, such as 2026-11-06T10:00:00+08:00") from wrong


def _messages(found: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(found, list):
        raise ValueError("messages is not a list")
    read_ = []
    for one in found:
        if not isinstance(one, dict) or one.keys() != {"code", "text"}:
            raise ValueError("a message has other keys than code and text")
        read_.append((_text(one["code"], "code"), _text(one["text"], "text")))
    return tuple(read_)


GENERIC = ReceiptForm(
    FORMAT,
    read,
    "reconstructed: no receipt of this regulator is public",
    Confidence.OWN,
    "JSON of our own that a gateway translates the regulator's receipt into.",
    "自定JSON回执格式（监管机构的回执格式未公开，由报送网关转换）。",
)
