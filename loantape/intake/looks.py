"""What a file looks like, whatever it is declared to be: only ever a hint in an error or a warning.

Belongs here: guesses. Not here: anything that decides how a file is read.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from loantape.intake.characters import Encoding, mark_of

_SAMPLE = 1 << 20
_FEWEST = 4  # characters beyond ASCII that say something
_DELIMITERS = {",": "comma", "|": "|", "\t": "tab", ";": "semicolon", "\x01": "0x01"}
_MAGIC = {b"PAR1": "Parquet", b"PK\3\4": "a zip or XLSX", b"ARROW1": "Arrow", b"\xd0\xcf\x11\xe0": "an old Excel file"}


def looks_otherwise(path: Path, encoding: Encoding, undecodable: bool) -> str:
    """READ-012's value: what the first mebibyte looks like instead of its encoding; empty when it looks right.

    ``undecodable`` says whether any line of the file does not decode.
    """
    with path.open("rb") as reading:
        sample = reading.read(_SAMPLE)
        if reading.read(1):
            sample = sample[: max(sample.rfind(b"\n"), sample.rfind(b"\r")) + 1]
    if encoding.unit == 2:
        return ""
    if encoding.name == "utf-8":
        return "looks like gb18030" if undecodable and not _decodes(sample, "utf-8") and _is_gb(sample) else ""
    # in UTF-8, a byte from C0 on begins a character beyond ASCII
    beyond = int((np.frombuffer(sample, dtype=np.uint8) >= 0xC0).sum())
    return "looks like utf-8" if beyond >= _FEWEST and _decodes(sample, "utf-8") else ""


def hint(path: Path) -> str:
    """``; the file looks like …`` for an error text, or nothing."""
    with path.open("rb") as reading:
        sample = reading.read(1 << 16)
    for magic, what in _MAGIC.items():
        if sample.startswith(magic):
            return f"; the file looks like {what}"
    said = []
    if mark_of(sample, "utf-16") or sample[:200].count(0) > len(sample[:200]) // 3:
        return "; the file looks like utf-16"
    line = sample.replace(b"\r", b"\n").split(b"\n", 1)[0]
    if not _decodes(sample[: sample.rfind(b"\n") + 1], "utf-8") and _is_gb(sample[: sample.rfind(b"\n") + 1]):
        said.append("gb18030")
    counts = {name: line.count(sign.encode()) for sign, name in _DELIMITERS.items()}
    most = max(counts, key=counts.__getitem__)
    if counts[most]:
        said.append(f"delimited by {most}")
    return f"; the file looks like {', '.join(said)}" if said else ""


def _is_gb(sample: bytes) -> bool:
    return _decodes(sample, "gb18030")


def _decodes(sample: bytes, codec: str) -> bool:
    try:
        sample.decode(codec)
    except UnicodeDecodeError:
        return False
    return True
