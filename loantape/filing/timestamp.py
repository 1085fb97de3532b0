"""Tokens of a time authority after RFC 3161: that a package existed at a moment somebody else vouches for.

Belongs here: asking for a token over a package's SHA-256, where it lies, checking it offline against a trusted
certificate, and the two authorities: one asked over HTTP, and a test authority in a folder. Not here: the package's own
signature (sign.py). The token lies beside the package, ``<package>.tsr``, so the package stays reproducible. Any tool
for RFC 3161 checks it too: ``openssl ts -verify -data PACKAGE -in PACKAGE.tsr -CAfile CERTIFICATE``.
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from loantape.errors import ConfigurationError, LoantapeError
from loantape.store.durable import flush, publish
from loantape.zipped import sha256_of

_MOST_BYTES = 1 << 20  # of a token
_PATIENCE_S = 30


class TimeAuthorityFailed(LoantapeError):
    """The time authority gave no token, or one that does not speak of the package."""

    retry_helps = True


class TimeAuthority(Protocol):
    """Whoever stamps. ``stamp`` takes a TimeStampReq and returns a TimeStampResp, both in DER."""

    def stamp(self, request: bytes) -> bytes:
        """Raises TimeAuthorityFailed when there is no answer."""


@dataclass(frozen=True)
class HttpAuthority:
    """An authority behind an ``https://`` or ``http://`` address, after RFC 3161 §3.4. A token proves itself."""

    url: str

    def stamp(self, request: bytes) -> bytes:
        """The body of its answer."""
        if not self.url.startswith(("https://", "http://")):
            raise ConfigurationError(f"{self.url!r} is no address of a time authority", "write https://…")
        asked = urllib.request.Request(  # noqa: S310 - the scheme was looked at
            self.url, request, {"Content-Type": "application/timestamp-query"}
        )
        try:
            with urllib.request.urlopen(asked, timeout=_PATIENCE_S) as answer:  # noqa: S310
                found: bytes = answer.read(_MOST_BYTES + 1)
        except (urllib.error.URLError, OSError) as wrong:
            raise TimeAuthorityFailed(
                f"{self.url} gave no token: {getattr(wrong, 'reason', wrong)} 时间戳服务无响应", "try again 请重试"
            ) from wrong
        return found


_SETTINGS = """[tsa]
default_tsa = authority
[authority]
serial = {folder}/serial
signer_cert = {folder}/authority.pem
signer_key = {folder}/authority.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.13762.3
digests = sha256
accuracy = secs:1
tsa_name = yes
ess_cert_id_alg = sha256
"""


@dataclass(frozen=True)
class FolderAuthority:
    """A test authority: a certificate authority of its own and ``openssl`` in a folder. It proves nothing to anybody.

    It is there to try the way of a token without asking a real one.
    """

    folder: Path

    @property
    def certificate(self) -> Path:
        """What to trust in a test: the root of this authority."""
        return self.folder / "root.pem"

    def stamp(self, request: bytes) -> bytes:
        """Stamped with the machine's own clock."""
        if not shutil.which("openssl"):
            raise ConfigurationError("the test authority needs openssl", "install it, or ask a real time authority")
        if not self.certificate.exists():
            self._make()
        with tempfile.TemporaryDirectory(prefix="loantape-tsa-") as scratch:
            asked, given, settings = (Path(scratch) / name for name in ("request", "response", "settings"))
            asked.write_bytes(request)
            settings.write_text(_SETTINGS.format(folder=self.folder.absolute()))
            command: list[str | Path] = ["openssl", "ts", "-reply", "-config", settings]
            command += ["-queryfile", asked, "-out", given]
            done = subprocess.run(command, capture_output=True, timeout=_PATIENCE_S, check=False)  # noqa: S603
            if done.returncode or not given.exists():
                raise TimeAuthorityFailed("the test authority gave no token", "look at its folder")
            return given.read_bytes()

    def _make(self) -> None:
        """A root, and a certificate below it that may stamp and nothing else; the root comes last into place."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        root_key, own_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Loantape test root, trusted by nobody")])
        own_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Loantape test time authority")])
        first = datetime.now(UTC) - timedelta(days=1)

        def builder(subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
            return (
                x509.CertificateBuilder()
                .subject_name(subject)
                .issuer_name(root_name)
                .public_key(key.public_key())
                .serial_number(x509.random_serial_number())
                .not_valid_before(first)
                .not_valid_after(first + timedelta(days=3650))
                .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
                .add_extension(
                    x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False
                )
            )

        root = builder(root_name, root_key).add_extension(x509.BasicConstraints(True, None), critical=True)
        root = root.add_extension(_usage(signs_certificates=True), critical=True)
        own = builder(own_name, own_key).add_extension(x509.BasicConstraints(False, None), critical=True)
        own = own.add_extension(_usage(signs_certificates=False), critical=True)
        own = own.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        secret = own_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (self.folder / "serial").write_text("01\n")
        (self.folder / "authority.key").touch(mode=0o600)
        (self.folder / "authority.key").write_bytes(secret)
        signed = own.sign(root_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        (self.folder / "authority.pem").write_bytes(signed)
        aside = self.folder / ".root.pem"
        aside.write_bytes(root.sign(root_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        publish(aside, self.certificate)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


@dataclass(frozen=True)
class Stamped:
    """What a token says: ``at`` is the authority's time, UTC; ``authority`` the subject of who signed it."""

    at: datetime
    authority: str


def authority(named: str) -> TimeAuthority:
    """The authority that an address or a folder names."""
    return HttpAuthority(named) if "://" in named else FolderAuthority(Path(named))


def token_path(package: Path) -> Path:
    """Where the token of a package lies: beside it."""
    return package.with_name(package.name + ".tsr")


def stamp(package: Path, asked: TimeAuthority) -> Path:
    """Ask for a token over the package's SHA-256 and lay it beside the package; the one there is stays. Its path.

    The caller sees to it that nobody else asks for one over this package at the same time. Raises TimeAuthorityFailed
    when the answer is none, refuses, or speaks of other bytes or another question.
    """
    target = token_path(package)
    if target.exists():
        return target
    digest = bytes.fromhex(sha256_of(package))
    # the library hashes what it is given, and a package may be larger than memory: it gets a stand-in of which only the
    # hash is in the request, and there that of the package is put in its place
    stand_in = secrets.token_bytes(32)
    made = TimestampRequestBuilder(stand_in, HashAlgorithm.SHA256, nonce=True, cert_req=True).build()
    placed, wanted = made.as_bytes(), hashlib.sha256(stand_in).digest()
    assert placed.count(wanted) == 1
    answer = asked.stamp(placed.replace(wanted, digest))
    try:
        if len(answer) > _MOST_BYTES:
            raise ValueError("it is too long")
        response = decode_timestamp_response(answer)
        if response.status not in (0, 1):
            raise ValueError(f"it refuses, with status {response.status}")
        told = response.tst_info
        if told.message_imprint.message != digest or told.nonce != made.nonce:
            raise ValueError("it speaks of other bytes or of another question")
    except ValueError as wrong:
        raise TimeAuthorityFailed(
            f"the time authority's answer is no token: {wrong} 时间戳无效", "ask it again"
        ) from wrong
    aside = target.with_name(f".{target.name}.stamping")  # one name: what a killed process left is written over
    aside.write_bytes(answer)
    flush(aside)
    publish(aside, target)
    return target


def check(package: Path, trusted: Path) -> Stamped:
    """What the token beside a package says, once ``trusted``, certificates in PEM, vouch for who signed it.

    Nothing is asked of anybody. Raises ValueError, saying what is wrong, and ConfigurationError when there are no
    certificates in ``trusted``.
    """
    try:
        roots = x509.load_pem_x509_certificates(trusted.read_bytes())
    except (OSError, ValueError) as wrong:
        raise ConfigurationError(
            f"{trusted} holds no certificate 不是证书文件",
            "give the time authority's root certificate in PEM 请提供根证书",
        ) from wrong
    try:
        data = token_path(package).read_bytes()
    except OSError as absent:
        raise ValueError(f"{token_path(package).name} is not beside the package") from absent
    if len(data) > _MOST_BYTES:
        raise ValueError("the token is too long")
    digest = bytes.fromhex(sha256_of(package))
    try:
        response = decode_timestamp_response(data)
        told = response.tst_info
    except ValueError as wrong:
        raise ValueError("it is not a token") from wrong
    if told.message_imprint.message != digest:
        raise ValueError("it speaks of other bytes than the package's")
    builder = VerifierBuilder(roots=list(roots))
    try:
        builder.build().verify(response, digest)
    except (VerificationError, ValueError) as wrong:
        raise ValueError("no trusted certificate vouches for it") from wrong
    at = told.gen_time
    signer = x509.load_der_x509_certificate(next(iter(response.signed_data.certificates)))
    return Stamped(at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC), signer.subject.rfc4514_string())
