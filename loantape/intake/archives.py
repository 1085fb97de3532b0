"""Zip archives from outside, opened under limits: what is in them is read as streams and never extracted by name.

Belongs here: the structure of a zip (APPNOTE 6.3.3) and everything a hostile or broken one can try. Not here: inflating
(``unpack``), what its files mean (``delivery``). The standard library's reader is not used: it forgives archives that
two programs would read differently, and every one of those is refused here.
"""

from __future__ import annotations

import itertools
import os
import stat
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from loantape.errors import DeliveryError
from loantape.intake import unpack
from loantape.intake.flow import Block, Ring, read_blocks
from loantape.intake.manifest import MOST_FILES, plain_name, same_name

LARGEST_DIRECTORY = 4 << 20  # bytes of the central directory: 1000 members of any name fit

_END = struct.Struct("<4s4H2LH")  # end of central directory record
_END_64 = struct.Struct("<4sQ2H2L4Q")  # zip64 end of central directory record
_LOCATOR_64 = struct.Struct("<4sLQL")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_FULL_16, _FULL_32 = 0xFFFF, 0xFFFFFFFF  # "the value stands in the zip64 record"
_STORED, _DEFLATED = 0, 8
_DESCRIBED, _UTF8 = 0x8, 0x800  # flags: sizes follow the data; the name is UTF-8
_SECRET = 0x1 | 0x20 | 0x40 | 0x2000  # flags: encrypted, a patch, strongly encrypted, masked
_ZIP64, _UNICODE_PATH = 0x0001, 0x7075  # extra fields
_LONGEST_DESCRIPTOR = 24
_DOS_NOT_PLAIN = 0x8 | 0x10 | 0x400  # volume label, directory, reparse point


@dataclass(frozen=True)
class _Member:
    raw_name: bytes
    name: str
    flags: int
    method: int
    crc: int
    packed: int
    unpacked: int
    header_at: int
    attributes: int
    data_at: int = 0


class Archive:
    """A zip whose structure passed every check. ``members`` maps a plain file name to its unpacked size in bytes."""

    def __init__(self, path: Path, *, most: int = MOST_FILES + 1) -> None:
        """Raises DeliveryError when it is broken, ambiguous, has more than ``most`` members, or tries anything but
        plain files at its top."""
        self._shown = path.name
        try:
            self._handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as wrong:
            raise self._bad(f"cannot be read: {wrong.strerror}", "make the delivery readable") from None
        try:
            directory, directory_at, count = self._directory(most)
            listed = self._listed(directory, count)
            self._refuse_doubles(listed)
            self._members = {member.name: member for member in self._placed(listed, directory_at)}
        except OSError as wrong:
            os.close(self._handle)
            raise self._bad(f"cannot be read: {wrong.strerror}", "make the delivery readable") from None
        except DeliveryError:
            os.close(self._handle)
            raise

    @property
    def members(self) -> Mapping[str, int]:
        """Plain file name to unpacked size, as the archive's directory declares it."""
        return {name: member.unpacked for name, member in self._members.items()}

    def blocks(self, name: str, budget: unpack.Budget, shown: str = "") -> Iterator[Block]:
        """A member's bytes, never more than declared; raises DeliveryError, which names it ``shown``, if they differ
        or are damaged."""
        member = self._members[name]
        meter = unpack.Meter(shown or name, budget)
        left, crc = member.unpacked, 0
        for block in self._content(member, meter):
            left -= len(block)
            if left < 0:
                raise self._bad(f"unpacks more of {name!r} than it declares", "pack it again")
            crc = zlib.crc32(block, crc)
            yield block
        if left:
            raise self._bad(f"unpacks less of {name!r} than it declares", "pack it again")
        if crc != member.crc:
            raise self._bad(f"is damaged in {name!r}", "pack and send it again")

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._handle)

    def _content(self, member: _Member, meter: unpack.Meter) -> Iterator[Block]:
        if member.method == _DEFLATED:
            yield from unpack.deflated(self._packed(member), meter)
            return
        for block in self._packed(member):
            meter.took(len(block))
            meter.gave(len(block))
            yield block

    def _packed(self, member: _Member) -> Iterator[Block]:
        try:
            yield from read_blocks(self._handle, Ring(), member.data_at, member.data_at + member.packed)
        except OSError as wrong:
            raise self._bad(f"cannot be read: {wrong.strerror}", "make the delivery readable") from None

    def _read(self, size: int, at: int) -> bytes:
        return os.pread(self._handle, size, at) if at >= 0 else b""

    def _directory(self, most: int) -> tuple[bytes, int, int]:
        """The central directory, where it starts, and how many members it has. Its size is looked at before anything
        is parsed or kept: a million members cost memory first."""
        size = os.fstat(self._handle).st_size
        tail_at = max(0, size - _END.size - _FULL_16)
        tail = self._read(size - tail_at, tail_at)
        at = tail.rfind(b"PK\5\6")
        if at < 0 or len(tail) < at + _END.size:
            if not self._read(2, 0).startswith(b"PK"):
                raise DeliveryError(
                    f"{self._shown} is not a delivery: that is a folder or a zip",
                    "name those only; dir/*/ names all folders",
                )
            raise self._bad("is not a complete zip archive", "send it again, or send a folder")
        _, disk, first_disk, here, count, length, start, comment = _END.unpack_from(tail, at)
        if at + _END.size + comment != len(tail):
            raise self._bad("goes on behind its end", "pack it again, with nothing behind it")
        end = tail_at + at
        said = (disk, first_disk, here, count, length, start)
        full = _FULL_16 in said[:4] or _FULL_32 in said[4:]
        if full or self._read(4, end - _LOCATOR_64.size) == b"PK\6\7":
            end, disk, first_disk, here, count, length, start = self._end_64(end, said)
        if disk or first_disk or here != count:
            raise self._bad("is one part of several", "send one whole archive")
        if length > LARGEST_DIRECTORY or count > most:
            raise self._bad(f"holds {count} members, at most {most} are read", "pack the delivery's files only")
        if start + length != end:
            raise self._bad("has a directory that is not where its end says", "pack it again with a usual tool")
        return self._read(length, start), start, count

    def _end_64(self, end: int, said: tuple[int, ...]) -> tuple[int, int, int, int, int, int, int]:
        """What the zip64 record says, the plain one having said the same wherever it could, and where it stands."""
        record_at = end - _LOCATOR_64.size - _END_64.size
        record, locator = self._read(_END_64.size, record_at), self._read(_LOCATOR_64.size, end - _LOCATOR_64.size)
        if len(record) == _END_64.size and len(locator) == _LOCATOR_64.size:
            mark, rest, _, _, disk, first_disk, here, count, length, start = _END_64.unpack(record)
            values = (disk, first_disk, here, count, length, start)
            largest = [_FULL_16] * 4 + [_FULL_32] * 2
            agreed = all(one in (value, full) for one, value, full in zip(said, values, largest, strict=True))
            whole = (mark, rest) == (b"PK\6\6", _END_64.size - 12)
            if agreed and whole and _LOCATOR_64.unpack(locator) == (b"PK\6\7", 0, record_at, 1):
                return record_at, disk, first_disk, here, count, length, start
        raise self._bad("has no zip64 record where one must be", "pack it again with a usual tool")

    def _listed(self, directory: bytes, count: int) -> Sequence[_Member]:
        listed: list[_Member] = []
        at = 0
        while len(listed) < count and len(directory) >= at + _CENTRAL.size:
            entry = _CENTRAL.unpack_from(directory, at)
            mark, _, _, flags, method, _, _, crc, packed, size, named, extra, comment, disk, _, attributes, place = (
                entry
            )
            at += _CENTRAL.size
            raw, fields = directory[at : at + named], directory[at + named : at + named + extra]
            at += named + extra + comment
            if mark != b"PK\1\2" or at > len(directory):
                break
            name = self._name(raw, flags, fields)
            size, packed, place = self._sizes(name, fields, [size, packed, place])
            member = _Member(raw, name, flags, method, crc, packed, size, place, attributes)
            self._refuse_bad_member(member, disk)
            listed.append(member)
        if not listed or len(listed) != count or at != len(directory):
            raise self._bad("has a directory that does not list its members", "pack it again with a usual tool")
        return listed

    def _name(self, raw: bytes, flags: int, fields: bytes) -> str:
        try:
            name = raw.decode("utf-8" if flags & _UTF8 else "ascii")
        except UnicodeDecodeError:
            raise self._bad(
                f"holds a name that is not marked as UTF-8: {ascii(raw[:80])[1:]}",
                "pack with a tool that writes UTF-8 names, or send a folder",
            ) from None
        other = self._extra(fields, _UNICODE_PATH)
        if other is not None and other[5:] != raw:
            raise self._bad(f"gives {name[:80]!r} two names", "pack it again with a usual tool")
        return name

    def _sizes(self, name: str, fields: bytes, values: list[int]) -> list[int]:
        """Size, packed size and place, taken from the zip64 field where they do not fit the plain ones."""
        wanted = values.count(_FULL_32)
        if wanted:
            wide = self._extra(fields, _ZIP64)
            if wide is None or len(wide) < 8 * wanted:
                raise self._bad(f"does not say how large {name[:80]!r} is", "pack it again with a usual tool")
            large = iter(struct.unpack_from(f"<{wanted}Q", wide))
            values = [next(large) if value == _FULL_32 else value for value in values]
        return values

    def _extra(self, fields: bytes, wanted: int) -> bytes | None:
        """The content of the extra field of this kind, None where there is none."""
        found, at = None, 0
        while at + 4 <= len(fields):
            kind, length = struct.unpack_from("<2H", fields, at)
            if kind == wanted:
                if found is not None or at + 4 + length > len(fields):
                    raise self._bad("holds a member described twice", "pack it again with a usual tool")
                found = fields[at + 4 : at + 4 + length]
            at += 4 + length
        return found

    def _refuse_bad_member(self, member: _Member, disk: int) -> None:
        shown = ascii(member.name[:80])
        if not plain_name(member.name):
            raise self._bad(
                f"holds {shown}, which is not a plain file name", "pack the files themselves, not their folder"
            )
        mode = member.attributes >> 16
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG) or member.attributes & _DOS_NOT_PLAIN:
            raise self._bad(f"holds {shown}, which is a link, a folder or a device", "pack regular files only")
        unpack.refuse_nested_name(member.name)
        if member.flags & _SECRET:
            raise self._bad(f"holds {shown} under a password", "pack it without a password")
        if member.method not in (_STORED, _DEFLATED):
            raise self._bad(f"holds {shown} in an unusual compression", "pack with store or deflate")
        if disk or (member.method == _STORED and member.packed != member.unpacked):
            raise self._bad(f"lies about the size of {shown}", "pack it again with a usual tool")
        if member.unpacked > unpack.LARGEST_FILE:
            raise self._bad(f"holds {shown} of more than {unpack.LARGEST_FILE} bytes", "send it in parts")
        if member.unpacked > max(unpack.RATIO_APPLIES_FROM, unpack.HIGHEST_RATIO * member.packed):
            raise self._bad(
                f"packs {shown} more than {unpack.HIGHEST_RATIO} times", "send this file unpacked, in a folder"
            )

    def _refuse_doubles(self, listed: Sequence[_Member]) -> None:
        seen: set[str] = set()
        for member in listed:
            if same_name(member.name) in seen:
                raise self._bad(f"holds {member.name[:80]!r} twice", "pack each file once")
            seen.add(same_name(member.name))
        if sum(member.unpacked for member in listed) > unpack.LARGEST_TOTAL:
            raise self._bad(f"unpacks to more than {unpack.LARGEST_TOTAL} bytes", "send it in parts")

    def _placed(self, listed: Sequence[_Member], directory_at: int) -> Iterator[_Member]:
        """The members with their data's place. Together with the directory they are the archive, byte for byte."""
        order = sorted(listed, key=lambda member: member.header_at)
        places = [*(member.header_at for member in order), directory_at]
        if places[0] != 0:
            raise self._bad("does not begin with a member", "pack it again, with nothing before it")
        for member, (_, following) in zip(order, itertools.pairwise(places), strict=True):
            data_at = self._data_at(member)
            spare = following - data_at - member.packed
            if spare < 0:
                raise self._bad("holds members that overlap", "pack it again with a usual tool")
            if spare > (_LONGEST_DESCRIPTOR if member.flags & _DESCRIBED else 0):
                raise self._bad(f"holds bytes of no member behind {member.name[:80]!r}", "pack it again")
            yield _Member(**{**vars(member), "data_at": data_at})

    def _data_at(self, member: _Member) -> int:
        """Where a member's data starts, its own header having said the same of it as the directory."""
        header = self._read(_LOCAL.size, member.header_at)
        if len(header) == _LOCAL.size:
            mark, _, flags, method, _, _, crc, packed, size, named, extra = _LOCAL.unpack(header)
            raw = self._read(named, member.header_at + _LOCAL.size)
            fields = self._read(extra, member.header_at + _LOCAL.size + named)
            if flags & _DESCRIBED:
                crc, packed, size = member.crc, member.packed, member.unpacked
            elif _FULL_32 in (packed, size):
                size, packed, _ = self._sizes(member.name, fields, [size, packed, 0])
            same = (mark, raw, method) == (b"PK\3\4", member.raw_name, member.method)
            same &= (flags ^ member.flags) & (_SECRET | _DESCRIBED | _UTF8) == 0
            if same and (crc, packed, size) == (member.crc, member.packed, member.unpacked):
                return member.header_at + _LOCAL.size + named + extra
        raise self._bad(f"describes {member.name[:80]!r} in two ways", "pack it again with a usual tool")

    def _bad(self, what: str, next_step: str) -> DeliveryError:
        return DeliveryError(f"{self._shown} {what}", f"{next_step}, then send the delivery again")
