"""Keys are made once, privately, and never replaced."""

from __future__ import annotations

import base64
import hashlib
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from loantape.errors import ConfigurationError
from loantape.keys import Keys, SigningKey


def test_keys_are_made_on_first_use_and_stay(tmp_path: Path) -> None:
    """Every key is the same for every later reader of the folder, and readable by its owner only."""
    folder = tmp_path / "keys"
    first = Keys(folder)
    made = (first.pseudonym_key(), first.vault_key(), first.signing_secret(), first.public_key_text())
    again = Keys(folder)
    assert made == (again.pseudonym_key(), again.vault_key(), again.signing_secret(), again.public_key_text())
    assert len(made[0]) == 32 and len(made[1]) == 64
    assert {path.name for path in folder.iterdir()} == {"pseudonym.key", "vault.key", "signing.key", "signing.pub"}
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in folder.iterdir())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_two_folders_have_different_keys(tmp_path: Path) -> None:
    """Keys are random."""
    assert Keys(tmp_path / "a").vault_key() != Keys(tmp_path / "b").vault_key()


def test_many_first_users_agree(tmp_path: Path) -> None:
    """Whoever comes first, all who ask at the same time get the same key."""
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: Keys(tmp_path / "keys").pseudonym_key(), range(40)))
    assert len(found) == 1


@pytest.mark.parametrize("name", ["pseudonym.key", "vault.key", "signing.key"])
@pytest.mark.parametrize("content", [b"", b"xyz", b"\xff\xfe", b"00" * 31])
def test_a_damaged_key_is_never_replaced(tmp_path: Path, name: str, content: bytes) -> None:
    """A damaged key is an error that says so; the file is left as it is."""
    (tmp_path / name).write_bytes(content)
    keys = Keys(tmp_path)
    use = {"pseudonym.key": keys.pseudonym_key, "vault.key": keys.vault_key, "signing.key": keys.signing_secret}[name]
    with pytest.raises(ConfigurationError, match="damaged"):
        use()
    assert (tmp_path / name).read_bytes() == content


def test_the_signing_key_is_a_minisign_file(tmp_path: Path) -> None:
    """Secret and public key have minisign's layout, the same key id, and belong together."""
    keys = Keys(tmp_path)
    secret = base64.b64decode(keys.signing_secret().splitlines()[1])
    public = base64.b64decode(keys.public_key_text().splitlines()[1])
    assert len(secret) == 158 and len(public) == 42
    assert secret[:6] == b"Ed\0\0B2" and public[:2] == b"Ed"
    assert secret[54:62] == public[2:10] and secret[94:126] == public[10:]
    assert secret[126:] == hashlib.blake2b(b"Ed" + secret[54:126], digest_size=32).digest()
    assert keys.signing_key().private.public_key().public_bytes_raw() == public[10:]
    assert SigningKey.parse(keys.signing_secret()) == keys.signing_key()


def test_any_changed_byte_of_the_signing_key_is_noticed(tmp_path: Path) -> None:
    """No changed secret key is used to sign."""
    comment, text = Keys(tmp_path).signing_secret().splitlines()
    raw = base64.b64decode(text)
    for at in range(len(raw)):
        changed = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        with pytest.raises(ValueError, match=r"secret key|belong together"):
            SigningKey.parse(f"{comment}\n{base64.b64encode(changed).decode()}\n")
