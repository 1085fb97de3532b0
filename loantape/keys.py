"""The keys of one installation: pseudonyms, the identity vault, the signature on filings.

Belongs here: making each key once, safely, and reading it back. Not here: what is done with a key
(``loantape.privacy``, ``loantape.filing``). The folder lies outside the store: whoever copies the data has no keys.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from loantape.errors import ConfigurationError

_PSEUDONYM = "pseudonym.key"
_VAULT = "vault.key"
_SIGNING = "signing.key"
_PUBLIC = "signing.pub"
_KEY_BYTES = 32
_FINGERPRINT = b"loantape: which pseudonym key is this"  # no borrower's document type and number

# Layout of an unencrypted minisign secret key: algorithm, no key derivation, BLAKE2b checksum, and the derivation's
# salt and limits all zero; then key id, Ed25519 seed and public key, checksum.
_ALGORITHM = b"Ed"
_SECRET_HEADER = _ALGORITHM + b"\0\0" + b"B2" + bytes(32 + 8 + 8)


@dataclass(frozen=True)
class SigningKey:
    """An Ed25519 key pair with the eight-byte id that minisign prints next to every signature."""

    key_id: bytes
    seed: bytes

    @cached_property
    def private(self) -> Ed25519PrivateKey:
        """The key that signs."""
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @cached_property
    def public(self) -> bytes:
        """The 32 bytes that verify."""
        return self.private.public_key().public_bytes_raw()

    @property
    def name(self) -> str:
        """The key id as minisign writes it: sixteen hexadecimal digits, last byte first."""
        return self.key_id[::-1].hex().upper()

    def secret_text(self) -> str:
        """The secret key as a minisign file."""
        body = self.key_id + self.seed + self.public
        check = hashlib.blake2b(_ALGORITHM + body, digest_size=32).digest()
        return _minisign_file("minisign secret key " + self.name, _SECRET_HEADER + body + check)

    def public_text(self) -> str:
        """The public key as a minisign file."""
        return _minisign_file("minisign public key " + self.name, _ALGORITHM + self.key_id + self.public)

    @classmethod
    def parse(cls, text: str) -> SigningKey:
        """Read an unencrypted minisign secret key. Raises ValueError on anything else, a wrong checksum included."""
        lines = text.splitlines()
        raw = base64.b64decode(lines[1], validate=True) if len(lines) >= 2 else b""
        header, body, check = raw[: len(_SECRET_HEADER)], raw[len(_SECRET_HEADER) : -32], raw[-32:]
        if header != _SECRET_HEADER or len(body) != 8 + 64:
            raise ValueError("not an unencrypted minisign secret key")
        if check != hashlib.blake2b(_ALGORITHM + body, digest_size=32).digest():
            raise ValueError("the checksum of the secret key is wrong")
        key = cls(body[:8], body[8:40])
        if key.public != body[40:]:
            raise ValueError("the two halves of the key pair do not belong together")
        return key


class Keys:
    """The keys in ``folder``. Each is made on first use, readable by its owner only, and never changed afterwards."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def pseudonym_key(self) -> bytes:
        """32 bytes for the borrowers' pseudonyms. Losing it cuts the link between periods: keep a copy."""
        return bytes.fromhex(self._hex(_PSEUDONYM))

    def pseudonym_fingerprint(self) -> str:
        """Which pseudonym key this is, in 16 hexadecimal digits that say nothing else of it.

        Pseudonyms of two submissions name the same borrowers only where both were made with one key.
        """
        return hmac.digest(self.pseudonym_key(), _FINGERPRINT, "sha256").hex()[:16]

    def vault_key(self) -> str:
        """The identity vault's encryption key, as 64 hexadecimal digits."""
        return self._hex(_VAULT)

    def signing_key(self) -> SigningKey:
        """The key pair that signs filings. Its public half lies beside it, ready to be given to receivers."""
        text = self._text(_SIGNING, lambda: SigningKey(secrets.token_bytes(8), secrets.token_bytes(32)).secret_text())
        try:
            key = SigningKey.parse(text)
        except (ValueError, binascii.Error) as wrong:
            raise self._damaged(_SIGNING) from wrong
        self._text(_PUBLIC, key.public_text)
        return key

    def signing_secret(self) -> str:
        """The signing key as a minisign secret key file, not encrypted: the folder's permissions protect it."""
        return self.signing_key().secret_text()

    def public_key_text(self) -> str:
        """The public key as a minisign file: what a receiver needs to verify our packages."""
        return self.signing_key().public_text()

    def _hex(self, name: str) -> str:
        text = self._text(name, lambda: secrets.token_hex(_KEY_BYTES) + "\n").strip()
        try:
            if len(bytes.fromhex(text)) != _KEY_BYTES:
                raise ValueError("wrong length")
        except ValueError as wrong:
            raise self._damaged(name) from wrong
        return text

    def _text(self, name: str, make: Callable[[], str]) -> str:
        path = self.folder / name
        try:
            if not path.exists():
                self._create(path, make())
            return path.read_text(encoding="ascii")
        except OSError as wrong:
            raise ConfigurationError(
                f"the key {path} cannot be read or made: {wrong.strerror}",
                "make the keys folder writable for its owner, or point to another with LOANTAPE_KEYS",
            ) from wrong
        except UnicodeDecodeError as wrong:
            raise self._damaged(name) from wrong

    def _create(self, path: Path, text: str) -> None:
        """Link a finished file into place: of two processes one wins, and both then read the same key."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="ascii") as writing:
                writing.write(text)
                writing.flush()
                os.fsync(writing.fileno())
            try:
                os.link(aside, path)
            except FileExistsError:
                return
        finally:
            aside.unlink()

    def _damaged(self, name: str) -> ConfigurationError:
        return ConfigurationError(
            f"the key {self.folder / name} is damaged",
            "restore it from your copy; a new key would not fit pseudonyms, vaults or signatures made before",
        )


def _minisign_file(comment: str, raw: bytes) -> str:
    return f"untrusted comment: {comment}\n{base64.b64encode(raw).decode('ascii')}\n"
