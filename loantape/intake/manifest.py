"""The manifest: what a sender says it sends. One per delivery; every wrong word in it is an error that names itself.

Belongs here: reading ``manifest.json`` strictly. Not here: whether the files agree with it (``delivery``).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Any, NoReturn

from loantape.declare import Period
from loantape.errors import DeliveryError

MANIFEST = "manifest.json"
FORMAT = "loantape-delivery/1"
LARGEST_MANIFEST = 16 << 20  # bytes
MOST_FILES = 1000
HIGHEST_SEQUENCE = 1_000_000_000

_DELIVERY_KEYS = {"format", "lender", "period", "schema", "files"}
_OPTIONAL_DELIVERY_KEYS = {"sequence"}
_FILE_KEYS = {"name", "bytes", "sha256", "lines"}
_OPTIONAL_FILE_KEYS = {"control_totals"}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TOTAL = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,8})?")
_ROWS = re.compile(r"[0-9]{1,18}")
_TOTAL_NAME = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_PERIOD = re.compile(r"[0-9]{4}-[0-9]{2}(-[0-9]{2})?")
_LENDER = re.compile(r"[a-z][a-z0-9_]*")

_RESERVED = frozenset('/\\:*?"<>|')
# Look like a separator or a colon, and no normalisation says so.
_LOOKALIKES = frozenset(
    "\N{DIVISION SLASH}\N{FRACTION SLASH}\N{BIG SOLIDUS}\N{SET MINUS}\N{REVERSE SOLIDUS OPERATOR}"
    "\N{BIG REVERSE SOLIDUS}\N{RATIO}\N{MODIFIER LETTER COLON}"
)
# Printable as Python sees it, and yet nothing is seen (Unicode: Default_Ignorable_Code_Point).
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
# Names of devices on Windows, whatever follows the first dot.
_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", "clock$", "conin$", "conout$"]
    + [f"{port}{digit}" for port in ("com", "lpt") for digit in range(10)]
)


@dataclass(frozen=True)
class DeclaredFile:
    """One file as the manifest declares it; ``lines`` are physical lines of its content, the header included."""

    name: str
    bytes: int  # as delivered, packed if it is packed
    sha256: str  # of the same bytes
    lines: int
    control_totals: Mapping[str, Decimal]  # "table.field" to its sum over the file, "table.rows" to how many there are


@dataclass(frozen=True)
class Manifest:
    """A delivery as its sender declares it; of two for one period the one with the higher ``sequence`` counts."""

    lender: str
    period: Period
    schema: str
    sequence: int
    files: Sequence[DeclaredFile]
    document: Mapping[str, Any]  # as it was sent

    def content_sha256(self) -> str:
        """The identity of the delivery's bytes: the hash of everything declared, whatever the layout of the JSON."""
        return sha256(json.dumps(self.document, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def parse_manifest(raw: bytes) -> Manifest:
    """Read a manifest. Raises DeliveryError, naming the entry, when anything is missing, unknown or mistyped."""
    try:
        document = json.loads(
            raw.decode("utf-8-sig"), object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant
        )
    except UnicodeDecodeError as wrong:
        raise _bad(f"is not UTF-8 (byte {wrong.start + 1})", "write it in UTF-8") from None
    except json.JSONDecodeError as wrong:
        raise _bad(f"is not JSON: {wrong.msg} in line {wrong.lineno}, column {wrong.colno}", "correct it") from None
    except (ValueError, RecursionError):
        # an integer of more than 4300 digits, or brackets nested beyond reason
        raise _bad("is not a manifest: a number or its nesting is too large", "write it as documented") from None
    top = _keys(document, "the manifest", _DELIVERY_KEYS, _OPTIONAL_DELIVERY_KEYS)
    if top["format"] != FORMAT:
        raise _bad(f"does not say format {FORMAT!r}", f"send a delivery of the format {FORMAT}")
    lender = _text(top["lender"], "lender")
    if not _LENDER.fullmatch(lender):
        raise _bad("names a lender that is no name (small letters, digits, _)", "use the name agreed for the lender")
    files = top["files"]
    if not isinstance(files, list) or not files or len(files) > MOST_FILES:
        raise _bad(f"has no list of 1 to {MOST_FILES} files", "list every file under 'files'")
    declared = tuple(_file(entry, f"files[{at}]") for at, entry in enumerate(files))
    folded = [same_name(file.name) for file in declared]
    if len(set(folded)) != len(folded):
        twice = next(file.name for file in declared if folded.count(same_name(file.name)) > 1)
        raise _bad(f"lists {twice!r} twice (letter case is not a difference)", "list each file once")
    period, schema = _period(top["period"]), _text(top["schema"], "schema")
    return Manifest(lender, period, schema, _sequence(top.get("sequence", 1)), declared, document)


def plain_name(name: str) -> bool:
    """A file name that stays in its folder, and means the same file, on every system.

    No path, drive, device, control, invisible or reserved character, in any of the forms that Unicode's compatibility
    normalisation (NFKC) or a conversion to an older code page turns into one; composed characters (NFC) only.
    """
    return (
        0 < len(name.encode("utf-8", "surrogatepass")) <= 255
        and name.isprintable()
        and unicodedata.is_normalized("NFC", name)
        and not _LOOKALIKES.intersection(name)
        and not _UNSEEN.search(name)
        and _stays(name)
        and _stays(unicodedata.normalize("NFKC", name))
    )


def same_name(name: str) -> str:
    """What two names share that some system takes for the same: letter case and compatibility forms are gone."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def _stays(name: str) -> bool:
    return (
        not _RESERVED.intersection(name)
        and name == name.strip(" ")
        and not name.startswith(".")
        and not name.endswith(".")
        and name.split(".")[0].rstrip(" ").casefold() not in _DEVICES
    )


def _file(entry: Any, where: str) -> DeclaredFile:
    entry = _keys(entry, where, _FILE_KEYS, _OPTIONAL_FILE_KEYS)
    name = _text(entry["name"], f"{where}.name")
    if not plain_name(name) or same_name(name) == MANIFEST:
        raise _bad(f"has a file name in {where} that is not a plain name", "use names without folders or drives")
    if not _SHA256.fullmatch(_text(entry["sha256"], f"{where}.sha256")):
        raise _bad(f"has no SHA-256 in {where}.sha256", "write 64 small hexadecimal digits")
    totals = entry.get("control_totals", {})
    if not isinstance(totals, dict):
        raise _bad(f"has no object in {where}.control_totals", 'write {"table.field": "123.45"}')
    return DeclaredFile(
        name,
        _count(entry["bytes"], f"{where}.bytes"),
        entry["sha256"],
        _count(entry["lines"], f"{where}.lines"),
        {key: _total(key, value, where) for key, value in totals.items()},
    )


def _total(key: str, value: Any, where: str) -> Decimal:
    if not _TOTAL_NAME.fullmatch(key):
        raise _bad(f"has a control total in {where} that is not named table.field", "name it as in loan.balance_amount")
    if key.endswith(".rows") and not (isinstance(value, str) and _ROWS.fullmatch(value)):
        raise _bad(f"has no whole number in {where}.control_totals[{key!r}]", 'write it as in "2500", in quotes')
    if not isinstance(value, str) or not _TOTAL.fullmatch(value):
        raise _bad(f"has no decimal string in {where}.control_totals[{key!r}]", 'write it as in "123.45", in quotes')
    return Decimal(value)


def _sequence(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= HIGHEST_SEQUENCE:
        raise _bad("has no whole number from 1 in sequence", "number corrections 1, 2, 3, … or leave sequence out")
    return value


def _period(value: Any) -> Period:
    text = _text(value, "period")
    try:
        if not _PERIOD.fullmatch(text):
            raise ValueError
        return Period.parse(text)
    except ValueError:
        raise _bad("has a period that is no date", "write the reporting date as in 2026-10-31") from None


def _keys(value: Any, where: str, needed: set[str], optional: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _bad(f"has no object where {where} belongs", "write it as documented")
    missing, unknown = needed - value.keys(), value.keys() - needed - optional
    if missing:
        raise _bad(f"lacks {', '.join(sorted(missing))} in {where}", "add it")
    if unknown:
        names = ", ".join(repr(key[:40]) for key in sorted(unknown)[:5])
        raise _bad(f"has unknown keys in {where}: {names}", "remove them or correct their spelling")
    return value


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise _bad(f"has no text in {where}", "write a JSON string")
    return value


def _count(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 62:
        raise _bad(f"has no whole number in {where}", "write a JSON number without decimals, 0 or more")
    return value


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _bad("says the same key twice in one object", "keep one of them")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise _bad(f"holds {name}, which is not JSON", "write numbers only")


def _bad(what: str, next_step: str) -> DeliveryError:
    return DeliveryError(f"{MANIFEST} {what}", f"{next_step}, then send the delivery again")
