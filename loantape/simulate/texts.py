"""Texts of a simulated delivery and the numbers that carry check characters.

Belongs here: word lists, unified social credit codes, and the interned byte strings that rows refer to by number.
Not here: which row gets which text.
"""

from __future__ import annotations

import numpy as np

# A few county-level codes in the form of GB/T 2260.
REGIONS = (
    "110101", "110105", "120101", "210102", "230102", "310101", "310115", "320102", "330106", "340102",
    "350203", "370102", "410102", "420106", "430102", "440103", "440305", "500103", "510104", "610103",
)  # fmt: skip
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_SYLLABLES = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平"
NAMES = tuple(a + b + c for a in _SURNAMES for b in _SYLLABLES for c in _SYLLABLES)
PURPOSES = (
    ("DAILY", "日常消费"),
    ("DURABLES", "购买家用电器"),
    ("TRAVEL", "旅游"),
    ("EDUCATION", "职业培训"),
    ("MEDICAL", "医疗支出"),
    ("DECORATION", "房屋装修"),
)

# persons named in a text, one for each kind of the rule book and in its order
PERSONAL_TEXTS = (
    "11010519491231002X", "110105491231002", "电话13800000000", "6222 0200 0000 0007", "zhang.san@example.com",
    "联系人:张三", "北京市朝阳区建国路88号", "护照E12345678", "密码:abc123", "微信zhang_san", "粤B12345",
)  # fmt: skip

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def uscc(region: str, serial: int, slip: int = 0) -> str:
    """A fictional unified social credit code with valid check characters: GB 32100-2015, and GB 11714 inside it.

    ``slip`` puts the one of GB 11714 off by so much.
    """
    organisation = f"MA{serial:06d}"
    total = sum(int(c, 36) * w for c, w in zip(organisation, _ORGANISATION_WEIGHTS, strict=True))
    check = (11 - total % 11 + slip) % 11
    body = f"91{region}{organisation}{'X' if check == 10 else check}"
    total = sum(_USCC_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + _USCC_ALPHABET[(31 - total % 31) % 31]


def wrong_code(code: str) -> str:
    """The same code with another check character."""
    return code[:-1] + ("0" if code[-1] != "0" else "1")


class Texts:
    """Texts by number, quoted where a comma or quote asks for it; packed as bytes for the writer."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._numbers: dict[str, int] = {}
        self._parts: list[str] = []
        self._encoded: dict[str, list[bytes]] = {}
        self._packed: dict[str, tuple[np.ndarray, np.ndarray]] = {}

    def number(self, text: str) -> int:
        """The number of a text, which is added when it is new."""
        known = self._numbers.get(text)
        if known is not None:
            return known
        written = text
        if any(mark in text for mark in ',"\n\r'):
            written = '"' + text.replace('"', '""') + '"'
        self._numbers[text] = len(self._parts)
        self._parts.append(written)
        self._packed.clear()
        return len(self._parts) - 1

    def numbers(self, texts: tuple[str, ...] | list[str]) -> np.ndarray:
        """The numbers of several texts."""
        return np.array([self.number(text) for text in texts], np.int64)

    def numbers_in(self, other: Texts) -> np.ndarray:
        """The number that each of these texts has among others, to which they are added."""
        return other.numbers(list(self._numbers))

    def ranks(self) -> np.ndarray:
        """The place of each text in alphabetical order."""
        ranks = np.empty(len(self._numbers), np.int64)
        ranks[[self._numbers[text] for text in sorted(self._numbers)]] = np.arange(len(self._numbers))
        return ranks

    def __len__(self) -> int:
        return len(self._parts)

    def packed(self, encoding: str | None = None) -> tuple[np.ndarray, np.ndarray]:
        """All bytes in a row, and where each text starts (one more entry than texts); the lender's encoding if none."""
        encoding = encoding or self._encoding
        if encoding not in self._packed:
            parts = self._encoded.setdefault(encoding, [])
            parts += [part.encode(encoding) for part in self._parts[len(parts) :]]
            starts = np.concatenate(([0], np.cumsum([len(part) for part in parts]))).astype(np.int64)
            self._packed[encoding] = np.frombuffer(b"".join(parts) + bytes(64), np.uint8), starts
        return self._packed[encoding]
