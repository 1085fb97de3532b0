"""The zip container of an XLSX workbook: every member is looked at, within limits, before any is understood.

Belongs here: what makes a workbook refused as a package: encryption, macros, archives within, bombs, XML with a DTD.
Not here: what the sheets say (``workbook``, ``sheet``). Limits: docs/reference/intake.md, "Archives and packed files".
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import BinaryIO
from xml.parsers import expat

from loantape.intake.cells.protocol import Refused

DAMAGED = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, OSError, NotImplementedError, struct.error)
"""What zipfile raises for a container that breaks its own format."""

MAX_MEMBERS = 1000
MAX_RATIO = 200
RATIO_FROM = 1 << 20
MAX_UNPACKED = 1 << 38
CHUNK = 1 << 18
SEPARATOR = " "  # between a namespace and a local name, as expat gives them

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_ARCHIVES = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ",
    b"7z\xbc\xaf",
    b"Rar!",
    b"\x28\xb5\x2f\xfd",
    _OLE,
)
_LOCAL_HEADER = 30
_XINCLUDE = "http://www.w3.org/2001/XInclude"
_MACRO_PARTS = ("vbaproject", "macrosheet", "vbadata", "activex")
_MACRO_TYPES = ("macroenabled", "ms-office.vbaproject", "macrosheet", "excel.intlmacrosheet")
_CONTENT_TYPES = "[content_types].xml"


class Container:
    """A workbook's package behind an open stream. Members are looked up regardless of case, as Excel does."""

    def __init__(self, stream: BinaryIO) -> None:
        """Raises Refused for what is no zip, breaks a limit, or holds what no workbook here may hold."""
        head = stream.read(8)
        if head == _OLE:
            raise Refused("encrypted" if _holds(stream, _ENCRYPTED_STREAM) else "old_excel")
        if head[:4] != b"PK\x03\x04":
            raise Refused("not_xlsx")
        try:
            self._zip = zipfile.ZipFile(stream)
        except (*DAMAGED, ValueError, UnicodeDecodeError) as wrong:
            raise Refused("damaged") from wrong
        self._members = self._within_limits()

    def _within_limits(self) -> Mapping[str, zipfile.ZipInfo]:
        infos = self._zip.infolist()
        if len(infos) > MAX_MEMBERS:
            raise Refused("members", str(len(infos)))
        members: dict[str, zipfile.ZipInfo] = {}
        end = 0
        for info in sorted(infos, key=lambda one: one.header_offset):
            name = info.filename.lower()
            if info.flag_bits & 0x1:
                raise Refused("encrypted")
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.header_offset < end:
                raise Refused("damaged")
            if name in members:
                raise Refused("damaged")
            if info.file_size > max(RATIO_FROM, MAX_RATIO * info.compress_size):
                raise Refused("ratio")
            if any(part in name for part in _MACRO_PARTS):
                raise Refused("macros")
            end = info.header_offset + _LOCAL_HEADER + len(info.filename) + info.compress_size
            members[name] = info
        if sum(info.file_size for info in infos) > MAX_UNPACKED:
            raise Refused("size")
        return members

    def has(self, name: str) -> bool:
        """Whether the package has this part."""
        return name.lower() in self._members

    def open(self, name: str) -> BinaryIO:
        """A part's unpacked bytes; their checksum is verified at the end. Raises Refused if there is no such part."""
        info = self._members.get(name.lower())
        if info is None:
            raise Refused("part", name[:100])
        return self._zip.open(info)  # type: ignore[return-value]

    def read(self, name: str) -> bytes:
        """A small part as a whole."""
        try:
            with self.open(name) as part:
                return part.read()
        except DAMAGED as wrong:
            raise Refused("damaged") from wrong

    def check_xml(self, name: str) -> None:
        """Raise Refused unless a part is well-formed XML without DTD, entities, XInclude and stylesheet."""
        parser = guarded_parser()
        try:
            parser.Parse(self.read(name), True)
        except expat.ExpatError as wrong:
            raise Refused("damaged") from wrong

    def inspect(self, but: str = "") -> None:
        """Unpack every part but one once: checksums, archives within, DTDs, entities, XInclude. Raises Refused."""
        try:
            for name, info in self._members.items():
                if name != but.lower() and not info.is_dir():
                    self._inspect(name)
        except DAMAGED as wrong:
            raise Refused("damaged") from wrong
        types = self.read(_CONTENT_TYPES).lower() if self.has(_CONTENT_TYPES) else b""
        if any(one.encode() in types for one in _MACRO_TYPES):
            raise Refused("macros")

    def _inspect(self, name: str) -> None:
        with self.open(name) as part:
            data = part.read(CHUNK)
            if data.startswith(_ARCHIVES):
                raise Refused("nested_archive")
            # drawings of old comments (VML) need not be well-formed, and nothing here reads them
            lenient = not name.endswith((".xml", ".rels"))
            if lenient and not name.endswith(".vml"):
                while part.read(CHUNK):
                    pass
                return
            parser: expat.XMLParserType | None = guarded_parser()
            while data:
                if parser is not None:
                    try:
                        parser.Parse(data, False)
                    except expat.ExpatError as wrong:
                        if not lenient:
                            raise Refused("damaged") from wrong
                        parser = None
                data = part.read(CHUNK)
            if not lenient and parser is not None:
                finish(parser)


def guarded_parser() -> expat.XMLParserType:
    """An expat parser that raises Refused at the first sign of a DTD, an entity, XInclude or a stylesheet."""
    parser = expat.ParserCreate(namespace_separator=SEPARATOR)
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.ExternalEntityRefHandler = _refuse
    parser.SkippedEntityHandler = _refuse
    parser.StartNamespaceDeclHandler = _no_include
    parser.ProcessingInstructionHandler = _no_stylesheet
    parser.XmlDeclHandler = _unicode_only
    return parser


def finish(parser: expat.XMLParserType) -> None:
    """The document must be over. Raises Refused when it is not."""
    try:
        parser.Parse(b"", True)
    except expat.ExpatError as wrong:
        raise Refused("damaged") from wrong


def _refuse(*_: object) -> int:
    raise Refused("xml")


def _no_include(_: str | None, uri: str | None) -> None:
    if uri == _XINCLUDE:
        raise Refused("xml")


def _no_stylesheet(target: str, _: str) -> None:
    if target == "xml-stylesheet":
        raise Refused("xml")


def _unicode_only(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding is not None and encoding.lower() not in ("utf-8", "utf-16"):
        raise Refused("damaged")


def _holds(stream: BinaryIO, wanted: bytes) -> bool:
    """Whether bytes occur in the rest of a stream."""
    kept = b""
    while piece := stream.read(CHUNK):
        kept = kept[-len(wanted) :] + piece
        if wanted in kept:
            return True
    return False
