"""Detached signatures in minisign's format: Ed25519 over the BLAKE2b-512 hash of the file, comment signed too.

Belongs here: making, writing and reading one signature, and the small interface that another signer (SM2, a hardware
key) would fill. Not here: making keys (``loantape.keys``) or what is signed (package.py, verify.py).
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from nacl.bindings import (
    crypto_generichash_blake2b_final,
    crypto_generichash_blake2b_init,
    crypto_generichash_blake2b_update,
)

from loantape.errors import ConfigurationError
from loantape.keys import SigningKey

_PREHASHED = b"ED"
_KEY = b"Ed"
_CHUNK = 1 << 20
_UNTRUSTED = "untrusted comment: signature from loantape key "
_TRUSTED = "trusted comment: "


class Hashing(Protocol):
    """A hash of bytes that come in pieces, as those of hashlib."""

    def update(self, piece: Any, /) -> None:
        """Take the next bytes."""

    def digest(self) -> bytes:
        """The hash of all of them."""


class Signer(Protocol):
    """Whatever can sign a file."""

    def hashing(self) -> Hashing:
        """A new hash of the kind that it signs."""

    def sign(self, path: Path, trusted_comment: str, digest: bytes | None = None) -> bytes:
        """The whole signature file for the bytes of ``path`` and, with them, the comment.

        ``digest`` is what ``hashing`` gives for those bytes, where somebody has it already.
        """


@dataclass(frozen=True)
class MinisignSigner:
    """Signs with an Ed25519 key; the same bytes and comment give the same signature."""

    key: SigningKey

    def hashing(self) -> Hashing:
        """BLAKE2b-512, as minisign hashes first."""
        return _hashing()

    def sign(self, path: Path, trusted_comment: str, digest: bytes | None = None) -> bytes:
        """Four lines, as ``minisign -S -H`` writes them."""
        signature = self.key.private.sign(digest or _hash(path))
        both = self.key.private.sign(signature + trusted_comment.encode())
        return Signature(self.key.key_id, signature, trusted_comment, both).to_bytes()


@dataclass(frozen=True)
class PublicKey:
    """The key of one signer: minisign's eight-byte id and 32 bytes."""

    key_id: bytes
    raw: bytes

    @property
    def name(self) -> str:
        """The id as minisign prints it."""
        return self.key_id[::-1].hex().upper()

    @classmethod
    def parse(cls, key: Path | str) -> PublicKey:
        """From a file, the text of one, or its key line. Raises ConfigurationError when it is none of these."""
        text = str(key)
        if isinstance(key, Path) or (len(text) < 1000 and "\n" not in text and Path(text).is_file()):
            try:
                text = Path(key).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as wrong:
                raise ConfigurationError(
                    f"the public key {key} cannot be read 无法读取公钥", "give the signer's .pub file 请提供公钥文件"
                ) from wrong
        lines = [line for line in text.splitlines() if line and not line.startswith("untrusted comment:")]
        try:
            raw = base64.b64decode(lines[0], validate=True) if len(lines) == 1 else b""
        except binascii.Error:
            raw = b""
        if len(raw) != 42 or raw[:2] != _KEY:
            raise ConfigurationError(
                "this is not a minisign public key, nor the name of a file with one 不是minisign公钥",
                "give the signer's .pub file or its second line 请提供公钥文件或其第二行",
            )
        return cls(raw[2:10], raw[10:])


@dataclass(frozen=True)
class Signature:
    """A signature file. ``to_bytes`` is its only accepted form, so that no byte of it can change unnoticed."""

    key_id: bytes
    signature: bytes
    trusted_comment: str
    both: bytes  # the signature over signature and trusted comment

    @property
    def key_name(self) -> str:
        """The id of the key that made it, as minisign prints it."""
        return self.key_id[::-1].hex().upper()

    def to_bytes(self) -> bytes:
        """The four lines, each ended by a line feed."""
        first = base64.b64encode(_PREHASHED + self.key_id + self.signature).decode()
        second = base64.b64encode(self.both).decode()
        return f"{_UNTRUSTED}{self.key_name}\n{first}\n{_TRUSTED}{self.trusted_comment}\n{second}\n".encode()

    @classmethod
    def parse(cls, data: bytes) -> Signature:
        """Raises ValueError, saying what is wrong, for anything that ``to_bytes`` does not give."""
        try:
            lines = data.decode("utf-8").split("\n")
            if len(lines) != 5 or not lines[2].startswith(_TRUSTED):
                raise ValueError("it does not have the four lines of a signature")
            first, second = (base64.b64decode(line, validate=True) for line in (lines[1], lines[3]))
        except (UnicodeDecodeError, binascii.Error) as wrong:
            raise ValueError("it is not text in base64") from wrong
        if len(first) != 74 or len(second) != 64 or first[:2] != _PREHASHED:
            raise ValueError("it is not a prehashed Ed25519 signature")
        found = cls(first[2:10], first[10:], lines[2].removeprefix(_TRUSTED), second)
        if found.to_bytes() != data:
            raise ValueError("it is not in its one accepted form")
        return found

    def verify(self, path: Path, key: PublicKey) -> None:
        """Raises ValueError, saying what is wrong, unless ``key`` signed these bytes and this comment."""
        if self.key_id != key.key_id:
            raise ValueError(f"it was made with key {self.key_name}, not with {key.name}")
        public = Ed25519PublicKey.from_public_bytes(key.raw)
        for signature, message, what in (
            (self.signature, _hash(path), "the bytes of the package are not those that were signed"),
            (self.both, self.signature + self.trusted_comment.encode(), "the comment is not the one that was signed"),
        ):
            try:
                public.verify(signature, message)
            except InvalidSignature as wrong:
                raise ValueError(what) from wrong


def signature_path(package: Path) -> Path:
    """Where the signature of a package lies: beside it."""
    return package.with_name(package.name + ".minisig")


class _Blake2b:
    """BLAKE2b-512 by libsodium: Python's own takes a fifth longer, and a package has gigabytes."""

    def __init__(self) -> None:
        self._state = crypto_generichash_blake2b_init(digest_size=64)

    def update(self, piece: bytes, /) -> None:
        crypto_generichash_blake2b_update(self._state, piece)

    def digest(self) -> bytes:
        return bytes(crypto_generichash_blake2b_final(self._state))


def _hashing() -> Hashing:
    return _Blake2b()


def _hash(path: Path) -> bytes:
    digest = _hashing()
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            digest.update(piece)
    return digest.digest()
