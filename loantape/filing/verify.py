"""Checking a package as its receiver: needs the package, the signer's public key and nothing of the sender's.

Belongs here: signature, structure, hashes, counts, totals, and the order of all checks. Not here: what the package
states of itself (stated.py), what our own files in it hold (ours.py), how a regulator's files are parsed (the filings
are given) or how a package is made, save the one form that its zip may have.
"""

from __future__ import annotations

import filecmp
import struct
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loantape.declare import Filing
from loantape.errors import PackageRejected, ReadBackMismatch
from loantape.filing import difference, ours, stated, timestamp, waived
from loantape.filing import package as layout
from loantape.filing.manifest import MANIFEST
from loantape.filing.rejection import Check, reject
from loantape.filing.sign import PublicKey, Signature, signature_path
from loantape.zipped import CHUNK, opening, sha256_of, write_zip

_MOST_MEMBERS = 10_000
_MANIFEST_LIMIT = 64 << 20  # bytes


@dataclass(frozen=True)
class Verification:
    """A package that passed every check, and which those were. ``signed_by`` is None when no key was given."""

    package: Path
    regulator: str
    lender: str
    period: str
    sequence: int
    created_at: str
    submission: str
    signed_by: str | None
    records: Mapping[str, int | None]
    checks: tuple[Check, ...]

    def lines(self) -> list[str]:
        """What a person reads: English and Chinese, one check per line."""
        head = f"{self.package.name}: {self.regulator}, {self.lender}, {self.period}, sequence {self.sequence}"
        return [head, *(f"{'ok' if check.done else '--'}  {check.en}  {check.zh}" for check in self.checks)]


def verify(
    package: Path,
    public_key: Path | str | None,
    filings: Mapping[str, Filing],
    time_authority: Path | None = None,
) -> Verification:
    """Check a package. ``filings`` gives, by regulator, the independent reader of its files and how they are dated.

    Raises PackageRejected, saying what is wrong and where, and ConfigurationError for a public key that is none.
    Without a public key everything but the signature is checked, and the result says so. ``time_authority`` are the
    certificates that are trusted to vouch for the token beside the package, in PEM.
    """
    if not package.is_file():
        reject(f"{package} is not there", "文件不存在", "give the path of the package's zip 请给出报送包路径")
    checks: list[Check] = []
    signature = _check_signature(package, public_key, checks)
    _check_token(package, time_authority, checks)
    with tempfile.TemporaryDirectory(prefix="loantape-verify-") as scratch:
        unpacked = Path(scratch)
        manifest = _unpack(package, unpacked, checks)
        stated.check_name(package.name, manifest, checks)
        if signature is not None:
            stated.check_comment(signature.trusted_comment, package.name, manifest)
        _check_content(unpacked, manifest, filings, checks)
        _check_zip_form(package, unpacked, manifest, checks)
    return Verification(
        package,
        manifest["regulator"],
        manifest["lender"],
        manifest["period"],
        manifest["sequence"],
        manifest["created_at"],
        manifest["submission"]["name"],
        signature.key_name if signature else None,
        {file["name"]: file["records"] for file in manifest["files"]},
        tuple(checks),
    )


# --- signature ----------------------------------------------------------------------------------------------------


def _check_signature(package: Path, public_key: Path | str | None, checks: list[Check]) -> Signature | None:
    if public_key is None:
        checks.append(
            Check(
                "signature NOT checked: no public key was given, so nothing says who made this package",
                "未校验签名：未提供公钥，无法确认来源",
                done=False,
            )
        )
        return None
    key = PublicKey.parse(public_key)
    beside = signature_path(package)
    if not beside.is_file():
        reject(f"{beside.name} is not beside the package", "报送包旁没有签名文件")
    try:
        signature = Signature.parse(beside.read_bytes())
        signature.verify(package, key)
    except ValueError as wrong:
        reject(f"the signature {beside.name} is wrong: {wrong}", "签名无效")
    comment = signature.trusted_comment.replace("\t", ", ")
    checks.append(Check(f"signed with key {key.name}, every byte; {comment}", f"签名有效，公钥{key.name}"))
    return signature


def _check_token(package: Path, time_authority: Path | None, checks: list[Check]) -> None:
    if time_authority is None:
        if timestamp.token_path(package).exists():
            en = "time-stamp token NOT checked: no certificate of its authority was given (--time-authority)"
            checks.append(Check(en, "未校验时间戳：未提供时间戳服务的根证书", done=False))
        return
    try:
        stamped = timestamp.check(package, time_authority)
    except ValueError as wrong:
        reject(f"the time-stamp token is wrong: {wrong}", "时间戳无效")
    at = f"{stamped.at:%Y-%m-%d %H:%M:%S} UTC"
    checks.append(Check(f"existed at {at}, as {stamped.authority} vouches", f"可信时间戳：{at}"))


# --- structure ----------------------------------------------------------------------------------------------------


def _unpack(package: Path, unpacked: Path, checks: list[Check]) -> dict[str, Any]:
    """Unpack the members the manifest names, and no other, under their plain names; returns the manifest."""
    try:
        with zipfile.ZipFile(package) as archive:
            members = archive.infolist()
            if len(members) > _MOST_MEMBERS:
                reject(f"the zip has {len(members)} members", "压缩包成员过多")
            for member in members:
                name = member.filename
                plain_name = Path(name).name == name and name not in ("", "..")
                if member.compress_type != zipfile.ZIP_STORED or member.flag_bits & 0x1 or not plain_name:
                    reject(f"member {name!r} is compressed, encrypted or not a plain file", f"成员{name!r}格式不符")
            names = [member.filename for member in members]
            if not names or names[0] != MANIFEST or members[0].file_size > _MANIFEST_LIMIT:
                reject("the first member is not manifest.json", "第一个成员不是manifest.json")
            manifest = stated.parse_manifest(archive.read(members[0]))
            listed = [entry["name"] for entry in (*manifest["companions"], *manifest["files"])]
            if names[1:] != listed:
                extra, missing = sorted(set(names[1:]) - set(listed)), sorted(set(listed) - set(names[1:]))
                reject(
                    f"members differ from the manifest: not listed {extra}, missing {missing}; or some are repeated"
                    " or in another order",
                    "成员与清单不一致",
                )
            (unpacked / "files").mkdir()
            (unpacked / "companions").mkdir()
            for member in members:
                with archive.open(member) as source, _place(unpacked, manifest, member.filename).open("wb") as target:
                    while piece := source.read(CHUNK):
                        target.write(piece)
    except (
        zipfile.BadZipFile,
        EOFError,
        NotImplementedError,
        OSError,
        ValueError,
        RuntimeError,
        struct.error,
    ) as wrong:
        reject(f"the zip is damaged: {wrong}", "压缩包已损坏")
    checks.append(
        Check(f"{len(members)} members, exactly those of the manifest", f"共{len(members)}个成员，与清单完全一致")
    )
    return manifest


def _place(unpacked: Path, manifest: Mapping[str, Any], name: str) -> Path:
    if any(file["name"] == name for file in manifest["files"]):
        return unpacked / "files" / name
    return unpacked / "companions" / name


def _check_zip_form(package: Path, unpacked: Path, manifest: Mapping[str, Any], checks: list[Check]) -> None:
    """The zip is byte for byte the one form that its members have: nothing before, between or behind them."""
    names = [entry["name"] for entry in (*manifest["companions"], *manifest["files"])]
    places = {name: _place(unpacked, manifest, name) for name in (MANIFEST, *names)}
    again = unpacked / "again.zip"
    write_zip(again, {name: opening(path) for name, path in places.items()})
    if not filecmp.cmp(package, again, shallow=False):
        reject("the zip holds bytes that belong to no member, or another form of one", "压缩包含有多余的字节")
    checks.append(Check("no byte of the zip is outside its members", "压缩包无多余字节"))


# --- content ------------------------------------------------------------------------------------------------------


def _check_content(
    unpacked: Path, manifest: Mapping[str, Any], filings: Mapping[str, Filing], checks: list[Check]
) -> None:
    for entry in (*manifest["companions"], *manifest["files"]):
        path = _place(unpacked, manifest, entry["name"])
        if path.stat().st_size != entry["bytes"]:
            reject(f"{entry['name']} has another size than the manifest says", f"{entry['name']}大小与清单不符")
        if sha256_of(path) != entry["sha256"]:
            reject(f"{entry['name']} has another SHA-256 than the manifest says", f"{entry['name']}哈希与清单不符")
    checks.append(Check("size and SHA-256 of every member", "每个成员的大小与SHA-256一致"))
    stated.check_format_rules(manifest, checks)
    _check_waivers(manifest, checks)
    ours.check(unpacked / "companions", manifest, checks)
    if manifest["format"] == layout.WITHDRAWAL:
        withdrawn = manifest["withdraws"]
        checks.append(
            Check(
                f"withdraws {withdrawn['name']}, package {withdrawn['sha256']}: {manifest['reason']}",
                f"撤回{withdrawn['name']}",
            )
        )
        return
    if amendment := manifest.get("amendment"):
        _check_differences(unpacked, manifest, amendment, checks)
    filing = filings.get(manifest["regulator"])
    if filing is None:
        reject(
            f"there is no reader for the files of {manifest['regulator']!r}",
            "没有该监管报送的读取程序",
            f"use an installation that knows this regulator; this one knows {', '.join(sorted(filings))}",
        )
    stated.check_dates(manifest, filing, checks)
    try:
        found = filing.read_back(unpacked / "files")
        said = filing.rule_results(unpacked / "files") if filing.rule_results else None
    except ReadBackMismatch as wrong:
        raise PackageRejected(wrong.what, wrong.next_step) from wrong
    if set(found) != {entry["name"] for entry in manifest["files"]}:
        reject(f"the reader found {sorted(found)}", "读取到的文件与清单不符")
    for entry in manifest["files"]:
        records, totals = found[entry["name"]]
        if records != entry["records"]:
            reject(
                f"{entry['name']} holds {records} records, the manifest says {entry['records']}",
                f"{entry['name']}记录数与清单不符",
            )
        computed = {name: layout.plain(total) for name, total in totals.items()}
        if computed != entry["control_totals"]:
            differing = _differing(computed, entry["control_totals"])
            reject(
                f"{entry['name']}: control totals differ from the manifest: {differing}",
                f"{entry['name']}控制总数与清单不符（文件值≠清单值）",
            )
        if records is not None:
            shown = ", ".join(f"{name} {value}" for name, value in sorted(computed.items()))
            checks.append(
                Check(
                    f"{entry['name']}: {records} records read again; {shown}",
                    f"{entry['name']}：重新读取{records}条，控制总数一致",
                )
            )

    if said is not None:
        stated.check_results(manifest, said, checks)


def _check_differences(
    unpacked: Path, manifest: Mapping[str, Any], amendment: Mapping[str, Any], checks: list[Check]
) -> None:
    """The files of differences hold as many added, removed and changed records as the manifest says."""
    for one in amendment["differences"]:
        try:
            counts = difference.counted(_place(unpacked, manifest, one["file"]))
        except ValueError as wrong:
            reject(f"{one['file']} is no file of differences: {wrong}", "不是更正差异文件")
        if counts != {change: one[change] for change in counts}:
            reject(f"{one['file']}: {counts} in the file, other counts in the manifest", "更正差异数与清单不符")
    replaced = amendment.get("replaces")
    what = f"amends {replaced['name']}, package {replaced['sha256']}" if replaced else "comes after a withdrawal"
    figures = "; ".join(
        f"{one['table']} +{one['added']} -{one['removed']} ~{one['changed']}" for one in amendment["differences"]
    )
    checks.append(Check(f"{what}: {amendment['reason']} ({figures})", f"更正原因：{amendment['reason']}"))


def _differing(computed: Mapping[str, str], claimed: Mapping[str, Any]) -> str:
    """Every total that differs: its name, what the file gives and what the manifest says."""
    names = [name for name in sorted({*computed, *claimed}) if computed.get(name) != claimed.get(name)]
    return "; ".join(
        f"{name} is {computed.get(name, 'not there')} in the file, {claimed.get(name, 'not there')} in the manifest"
        for name in names
    )


def _check_waivers(manifest: Mapping[str, Any], checks: list[Check]) -> None:
    try:
        checks += [Check(*line) for line in waived.told(manifest.get("waivers", []))]
    except ValueError as wrong:
        reject(f"manifest.json: {wrong}", "清单中的豁免不成立")
