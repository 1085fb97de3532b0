"""Seeded files as lenders send them, clean ones and nasty ones, with the layout that declares them.

Belongs here: files and their control totals. Not here: layouts (``layouts``), the texts of single fields (``texts``),
what a file means (``reader``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from loantape.declare import FileKind, FileLayout, Integer, Number

from . import reader
from .layouts import random_layout
from .lines import MARKS, Refused
from .texts import characters, text_for, wide

ENDS = ("\n", "\r\n", "\r")
INVALID = {
    "utf-8": (
        b"\xff",
        b"\xe4\xbd",
        b"\xed\xa0\x80",
        b"\xc0\x80",
        b"\xf4\x90\x80\x80",
        b"\x80",
        b"\xf0\x9f\x98",
        b"\xc3",
    ),
    "gb18030": (
        b"\x80",
        b"\xff",
        b"\x81",
        b"\x81\x30",
        b"\x81\x30\x81",
        b"\xfe\x39\xfe\x39",
        b"\x81\x7f",
        b"\x83\x36\xc7\x39",
    ),
    "gbk": (b"\x80", b"\xff", b"\x81", b"\xfe\xff", b"\xaa\xa1", b"\x84\x31\x95\x33", b"\xa2\xe3"),
    "gb2312": (b"\x80", b"\x81\x40", b"\xa1", b"\xaa\xa1", b"\xf8\xa1", b"\xa2\xe3"),
    "latin-1": (b"\x80", b"\x9f", b"\x85", b"\x93x\x94"),
    "utf-16-le": (b"\x00\xd8", b"\x00\xdc", b"\xff\xdf\x00\xd8", b"x", b"\xff\xfe"),
    "utf-16-be": (b"\xd8\x00", b"\xdc\x00", b"\xdf\xff\xd8\x00", b"x", b"\xfe\xff"),
}


@dataclass
class Made:
    """A file, its layout (whose pattern is the file's name), and the control totals its manifest declares."""

    name: str
    content: bytes
    layout: FileLayout
    totals: dict[str, str] = field(default_factory=dict)


def make(random: Random, name: str, large: float = 0.004) -> Made:
    """One file; ``large`` is how often one has megabytes."""
    layout = random_layout(random, name)
    nasty = random.choice((0.0, 0.05, 0.15, 0.5))
    content = _File(layout, random, nasty).content(large)
    totals: dict[str, str] = {}
    if random.random() < 0.25:
        totals = _totals(content, layout, random)
    return Made(name, content, layout, totals)


class _File:
    """Writes one file."""

    def __init__(self, layout: FileLayout, random: Random, nasty: float) -> None:
        self.layout, self.random, self.nasty = layout, random, nasty
        self.fixed = layout.kind == FileKind.FIXED
        self.codec = layout.encoding
        if layout.encoding == "utf-16":
            self.codec = random.choice(("utf-16-le", "utf-16-be"))
        self.headers = list(dict.fromkeys(column.header for column in layout.columns))
        self.delivered = list(self.headers)

    def happens(self, chance: float = 1.0) -> bool:
        return self.random.random() < self.nasty * chance

    def content(self, large: float) -> bytes:
        random = self.random
        if self.happens(0.08):
            return random.randbytes(random.choice((0, 1, 2, 5, 300)))
        if random.random() < 0.1:
            self.nasty = 0.0  # a good file in another encoding than the declared one
            self.codec = random.choice(("gb18030" if self.codec == "utf-8" else "utf-8",) * 4 + ("utf-16-le",))
        end = random.choice(ENDS)
        lines = [self.header()] if self.layout.header else []
        count = random.choice((0, 1, 3, 10, 10, 30, 60))
        if random.random() < large:
            count = 20_000
        # one long line, so that what follows lies around a power of two, where a reader may have to go on reading
        size = 2 ** random.randint(14, 24) - random.randint(0, 3_000) if random.random() < large * 5 else 0
        place = random.randrange(count) if count else 0
        lines += [self.line(size if at == place and not self.fixed else 0) for at in range(count)]
        written = [line + self.end(end) for line in lines]
        body = self.mark() + b"".join(written)
        if self.layout.trailer and not self.happens(0.5):
            body = self.with_trailer(body, end)
        if random.random() < 0.15:
            body += b"".join(self.end(end) for _ in range(random.randint(1, 3)))
        if random.random() < 0.15:
            body = body[: -len(end.encode(self.codec))]
        return self.damaged(body)

    def mark(self) -> bytes:
        random = self.random
        if self.happens(0.1):
            return random.choice(
                (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x84\x31\x95\x33", b"\xef\xbb", b"\xef\xbb\xbf" * 2)
            )
        wanted = self.layout.encoding == "utf-16" or random.random() < 0.2
        return MARKS.get(self.codec, b"") if wanted else b""

    def end(self, usual: str) -> bytes:
        return (self.random.choice(ENDS) if self.happens(0.3) else usual).encode(self.codec)

    def encode(self, text: str) -> bytes:
        return text.encode(self.codec, self.random.choice(("ignore", "replace")))

    def header(self) -> bytes:
        random, names = self.random, list(self.headers)
        if random.random() < 0.15 or self.happens():
            random.shuffle(names)
        for at, name in enumerate(names):
            if self.happens(0.5):
                names[at] = random.choice(
                    (name.upper(), name.lower(), " " + name, name + "\u3000", wide(name), name + "\t")
                )
        if self.happens():
            names.insert(random.randint(0, len(names)), random.choice(("", " ", "unknown", "新列", "x\0", *names)))
        if self.happens(0.5) and len(names) > 1:
            names.pop(random.randrange(len(names)))
        if self.happens(0.3):
            names = random.choice(([], ["x", "y"], [""], ['"x', *names], names[:1]))
        declared = {reader.alike(name): name for name in self.headers}
        self.delivered = [declared.get(reader.alike(name), "") for name in names]
        if self.fixed:
            return self.encode("".join(names))
        quoted = [self.quoted(name, 0.1) for name in names]
        return self.encode(self.layout.delimiter.join(quoted))

    def quoted(self, text: str, chance: float) -> str:
        quote = self.layout.quote
        if quote is None:
            return text if self.happens(0.5) else text.replace(self.layout.delimiter, "")
        needed = self.layout.delimiter in text or quote in text
        if (needed and not self.happens(0.3)) or self.random.random() < chance:
            return quote + text.replace(quote, quote * 2) + quote
        return text

    def texts(self, size: int) -> list[str]:
        """One text for each delivered column."""
        forms = {column.header: column for column in self.layout.columns}
        texts = []
        for name in self.headers if self.fixed else self.delivered:
            column = forms.get(name)
            if column is None:
                texts.append(characters(self.random, 3, self.nasty))
            elif self.random.random() < 0.1:
                texts.append(self.random.choice(column.empty))
            else:
                texts.append(text_for(column.form, self.random, self.nasty))
        if size and texts:
            one = self.random.choice(("x", "借", "9", "x,"))
            texts[-1] = one * (size // (len(self.encode(one)) or 1))
        return texts

    def line(self, size: int) -> bytes:
        random, texts = self.random, self.texts(size)
        if self.happens(0.2):
            return random.choice((b"", b"", self.encode(" "), self.encode("\u3000")))
        if self.fixed:
            return self.spoilt(self.record(texts))
        if self.happens(0.2):
            texts.insert(random.randint(0, len(texts)), random.choice(("", "extra")))
        if self.happens(0.2) and texts:
            texts.pop(random.randrange(len(texts)))
        text = self.layout.delimiter.join(self.quoted(one, 0.2) for one in texts)
        if self.happens(0.4):
            for _ in range(random.randint(1, 4)):
                at = random.randint(0, len(text))
                text = text[:at] + random.choice((self.layout.quote or '"', '"', "\n", "\r", "\0")) + text[at:]
        return self.spoilt(self.encode(text))

    def record(self, texts: list[str]) -> bytes:
        places = {column.header: column.at for column in self.layout.columns}
        length = max(first + size - 1 for first, size in places.values())  # type: ignore[misc]
        record = bytearray(b" " * length)
        for header, text in zip(self.headers, texts, strict=True):
            first, size = places[header]  # type: ignore[misc]
            data = self.encode(text.replace("\n", " ").replace("\r", " "))
            while len(data) > size and not self.happens(0.2):
                text = text[:-1] if len(text) > 1 else ""
                data = self.encode(text)
            data = data[:size].rjust(size) if self.random.random() < 0.3 else data[:size].ljust(size)
            record[first - 1 : first - 1 + size] = data
        if self.happens(0.3):
            across = self.encode(self.random.choice(("借", "é", "\u3400", "Ａ")))
            at = max(0, self.random.choice(list(places.values()))[0] - self.random.choice((2, 3)))  # type: ignore[index]
            record[at : at + len(across)] = across
        if self.happens(0.2):
            return bytes(record[:-1]) if self.random.random() < 0.5 else bytes(record) + b" "
        return bytes(record)

    def spoilt(self, line: bytes) -> bytes:
        random = self.random
        if self.happens(0.3):
            at = random.randint(0, len(line))
            if self.codec.startswith("utf-16") and random.random() < 0.8:
                at -= at % 2
            line = line[:at] + random.choice(INVALID[self.codec]) + line[at + random.choice((0, 0, 1, 2)) :]
        return line

    def with_trailer(self, body: bytes, end: str) -> bytes:
        """The body with its trailer, which is right unless something nasty happens."""
        trailer, random = self.layout.trailer, self.random
        assert trailer is not None
        try:
            found = reader.read(body, self.layout)
        except Refused:
            return body
        rows = str(found.count("accepted") + found.count("rejected"))
        texts = [trailer.marker]
        for name in trailer.fields:
            total = rows if name == "rows" else characters(random, 3, 0)
            if name and name != "rows":
                total = str(sum((row[name] for row in found.rows if row[name] is not None), start=0))
            if self.happens():
                total = text_for(Number(18, 2), random, 0.5)
            texts.append(total)
        if self.happens(0.3):
            texts.append("more")
        if self.fixed:
            length = max(sum(place) - 1 for place in trailer.at)
            record = bytearray(b" " * length)
            for (first, size), text in zip(trailer.at, texts, strict=False):
                record[first - 1 : first - 1 + size] = self.encode(text).rjust(size)[-size:]
            line = bytes(record) + (b" more" if self.happens() else b"")
        else:
            line = self.encode(self.layout.delimiter.join(self.quoted(text, 0.2) for text in texts))
        return body + self.spoilt(line) + self.end(end)

    def damaged(self, body: bytes) -> bytes:
        random = self.random
        if self.happens(0.1):
            body = body[: random.randint(0, len(body))]
        if self.happens(0.1) and body:
            changed = bytearray(body)
            for _ in range(random.randint(1, 5)):
                changed[random.randrange(len(changed))] = random.choice(
                    (0, 10, 13, 34, 44, 128, 255, random.randrange(256))
                )
            body = bytes(changed)
        return body


def _totals(content: bytes, layout: FileLayout, random: Random) -> dict[str, str]:
    """Totals for the manifest, about half of them right."""
    names = [
        column.to
        for column in layout.columns
        if column.to and isinstance(column.form, Number | Integer) and random.random() < 0.6
    ]
    tables = sorted({column.to.split(".")[0] for column in layout.columns if column.to})
    names += [f"{table}.rows" for table in tables if random.random() < 0.5]
    try:
        found = reader.read(content, layout, dict.fromkeys(names, "0"))
    except Refused:
        return {}
    right = {total.name: f"{total.computed:f}" for total in found.totals if total.origin == "manifest"}
    return {name: text if random.random() < 0.6 else f"{random.randint(0, 999)}" for name, text in right.items()}
