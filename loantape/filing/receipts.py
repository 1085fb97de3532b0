"""Receipts: bytes kept as they came, read in the form the regulator's folder declares, bound to a package by its hash.

Belongs here: taking one receipt, and all that lie in an inbox. Not here: a form (``templates``), or what a receipt
changes (``loantape.store``).
"""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from loantape import catalog
from loantape.declare import Receipt
from loantape.errors import ConfigurationError
from loantape.store.files import plain
from loantape.store.states import Outcome, ReceiptRecord
from loantape.workspace import Workspace

_MOST_BYTES = 16 << 20  # what is longer is no receipt, and is not kept

SENTENCES = {
    Outcome.ACCEPTED: ("accepted by its receiver", "接收方已接受"),
    Outcome.REJECTED: ("REJECTED by its receiver", "接收方已退回"),
    Outcome.REPEATED: ("says what an earlier receipt said", "与此前回执一致"),
    Outcome.CONFLICT: ("says otherwise than a receipt of the same moment or later: ask the receiver", "与其他回执矛盾"),
    Outcome.OTHER_HASH: (
        "names a package of ours, but not the bytes that were sealed",
        "哈希不符",
    ),
    Outcome.UNKNOWN: ("names no package that was sealed here", "不是本机构封存的报送包"),
    Outcome.UNREADABLE: ("is not in the form of this regulator's receipts", "不符合回执格式"),
}


@dataclass(frozen=True)
class Taken:
    """One receipt that was taken: which file, what it came to, and whether its bytes were new."""

    file: Path
    record: ReceiptRecord
    is_new: bool

    @property
    def is_good(self) -> bool:
        """Whether it says that a package arrived as it was sealed and was accepted."""
        return self.record.outcome in (Outcome.ACCEPTED, Outcome.REPEATED)

    def line(self) -> str:
        """What a person reads."""
        en, zh = SENTENCES[self.record.outcome]
        again = "" if self.is_new else " (taken before 已处理过)"
        detail = f": {self.record.detail}" if self.record.detail else ""
        return f"{self.file.name}: {self.record.filing or '—'} {en} {zh}{again}{detail}"


def take(ws: Workspace, file: Path, regulator: str, at: datetime) -> Taken:
    """Take one receipt. Raises ConfigurationError for a file that is none, or a regulator without a form."""
    filing = catalog.filing(regulator)
    if filing.receipt is None:
        raise ConfigurationError(
            f"{regulator} declares no form of its receipts 未声明回执格式", "declare one in its folder below templates"
        )
    data = _read(file)
    digest = hashlib.sha256(data).hexdigest()
    found: Receipt | str
    try:
        found = filing.receipt.read(data, filing.regulator)
    except ValueError as wrong:
        found = str(wrong)
    ws.store.keep_receipt(filing.regulator, digest, data)
    record, is_new = ws.workflow.take_receipt(filing.regulator, digest, found, at, ws.actor)
    return Taken(file, record, is_new)


def take_inbox(ws: Workspace, at: datetime, again: bool = False) -> list[Taken]:
    """Take what lies in the inboxes, by name; a receipt that was read is removed, since its bytes are kept.

    One that is not in its form stays, since it may not have arrived whole. Hidden files and parts are left alone.
    ``again`` tells what was taken at this very moment, too.
    """
    taken = []
    for regulator in sorted(catalog.filings()):
        if catalog.filing(regulator).receipt is None:
            continue
        known = ws.workflow.receipts(regulator) if again else []
        told = {one.sha256: one for one in known if one.taken_at == plain(at)}
        for file in sorted(ws.store.inbox(regulator).iterdir()):
            if file.name.startswith(".") or file.suffix == ".part" or file.is_symlink() or not file.is_file():
                continue
            one = take(ws, file, regulator, at)
            if one.record.outcome is not Outcome.UNREADABLE:
                file.unlink()
            was_told = told.pop(one.record.sha256, None)
            if one.is_new or was_told or one.record.outcome is not Outcome.UNREADABLE:
                taken.append(one)
        taken += [Taken(ws.store.receipt(regulator, sha256), one, False) for sha256, one in told.items()]
    return taken


def _read(file: Path) -> bytes:
    """The bytes of a plain file of a receipt's size: no link, pipe or device is opened for reading."""
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                raise ConfigurationError(
                    f"{file} is no plain file 不是普通文件", "name the receipt itself 请指定回执文件"
                )
            data = opened.read(_MOST_BYTES + 1)
    except OSError as wrong:
        raise ConfigurationError(
            f"{file} cannot be read: {wrong.strerror} 无法读取", "name the receipt itself 请指定回执文件"
        ) from wrong
    if len(data) > _MOST_BYTES:
        raise ConfigurationError(f"{file} has more than {_MOST_BYTES} bytes 文件过大", "that is no receipt 不是回执")
    return data
