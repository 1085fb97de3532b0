"""Checking a package as its receiver: needs the package, the signer's public key and nothing of the sender's.

Belongs here: signature, structure, manifest, hashes, counts, totals. Not here: how a regulator's files are parsed (the
readers are given) or how a package is made, save the one form that its zip may have.
"""

from __future__ import annotations

import filecmp
import json
import struct
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from loantape.declare import Severity
from loantape.errors import PackageRejected, ReadBackMismatch
from loantape.filing import difference, timestamp, waived
from loantape.filing import package as layout
from loantape.filing.manifest import MANIFEST
from loantape.filing.sign import PublicKey, Signature, signature_path
from loantape.zipped import CHUNK, opening, sha256_of, write_zip

Reader = Callable[[Path], Mapping[str, tuple[int | None, Mapping[str, Decimal]]]]
_MOST_MEMBERS = 10_000
_MANIFEST_LIMIT = 64 << 20  # bytes


@dataclass(frozen=True)
class Check:
    """One thing that was looked at, and what was found; or, not ``done``, why it could not be."""

    en: str
    zh: str
    done: bool = True


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
    readers: Mapping[str, Reader],
    time_authority: Path | None = None,
) -> Verification:
    """Check a package. ``readers`` gives, by regulator, the independent reader of its files.

    Raises PackageRejected, saying what is wrong and where, and ConfigurationError for a public key that is none.
    Without a public key everything but the signature is checked, and the result says so. ``time_authority`` are the
    certificates that are trusted to vouch for the token beside the package, in PEM.
    """
    if not package.is_file():
        _reject(f"{package} is not there", "文件不存在", "give the path of the package's zip 请给出报送包路径")
    checks: list[Check] = []
    signed_by = _check_signature(package, public_key, checks)
    _check_token(package, time_authority, checks)
    with tempfile.TemporaryDirectory(prefix="loantape-verify-") as scratch:
        unpacked = Path(scratch)
        manifest = _unpack(package, unpacked, checks)
        _check_content(unpacked, manifest, readers, checks)
        _check_zip_form(package, unpacked, manifest, checks)
    return Verification(
        package,
        manifest["regulator"],
        manifest["lender"],
        manifest["period"],
        manifest["sequence"],
        manifest["created_at"],
        manifest["submission"]["name"],
        signed_by,
        {file["name"]: file["records"] for file in manifest["files"]},
        tuple(checks),
    )


def _reject(
    en: str, zh: str, next_step: str = "do not use this package; ask its sender for it again 请勿使用，请重新索取"
) -> NoReturn:
    raise PackageRejected(f"{en} {zh}", next_step)


# --- signature ----------------------------------------------------------------------------------------------------


def _check_signature(package: Path, public_key: Path | str | None, checks: list[Check]) -> str | None:
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
        _reject(f"{beside.name} is not beside the package", "报送包旁没有签名文件")
    try:
        signature = Signature.parse(beside.read_bytes())
        signature.verify(package, key)
    except ValueError as wrong:
        _reject(f"the signature {beside.name} is wrong: {wrong}", "签名无效")
    comment = signature.trusted_comment.replace("\t", ", ")
    checks.append(Check(f"signed with key {key.name}, every byte; {comment}", f"签名有效，公钥{key.name}"))
    return key.name


def _check_token(package: Path, time_authority: Path | None, checks: list[Check]) -> None:
    if time_authority is None:
        if timestamp.token_path(package).exists():
            en = "time-stamp token NOT checked: no certificate of its authority was given (--time-authority)"
            checks.append(Check(en, "未校验时间戳：未提供时间戳服务的根证书", done=False))
        return
    try:
        stamped = timestamp.check(package, time_authority)
    except ValueError as wrong:
        _reject(f"the time-stamp token is wrong: {wrong}", "时间戳无效")
    at = f"{stamped.at:%Y-%m-%d %H:%M:%S} UTC"
    checks.append(Check(f"existed at {at}, as {stamped.authority} vouches", f"可信时间戳：{at}"))


# --- structure ----------------------------------------------------------------------------------------------------


def _unpack(package: Path, unpacked: Path, checks: list[Check]) -> dict[str, Any]:
    """Unpack the members the manifest names, and no other, under their plain names; returns the manifest."""
    try:
        with zipfile.ZipFile(package) as archive:
            members = archive.infolist()
            if len(members) > _MOST_MEMBERS:
                _reject(f"the zip has {len(members)} members", "压缩包成员过多")
            for member in members:
                name = member.filename
                plain_name = Path(name).name == name and name not in ("", "..")
                if member.compress_type != zipfile.ZIP_STORED or member.flag_bits & 0x1 or not plain_name:
                    _reject(f"member {name!r} is compressed, encrypted or not a plain file", f"成员{name!r}格式不符")
            names = [member.filename for member in members]
            if not names or names[0] != MANIFEST or members[0].file_size > _MANIFEST_LIMIT:
                _reject("the first member is not manifest.json", "第一个成员不是manifest.json")
            manifest = _parse_manifest(archive.read(members[0]))
            listed = [entry["name"] for entry in (*manifest["companions"], *manifest["files"])]
            if names[1:] != listed:
                extra, missing = sorted(set(names[1:]) - set(listed)), sorted(set(listed) - set(names[1:]))
                _reject(
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
        _reject(f"the zip is damaged: {wrong}", "压缩包已损坏")
    checks.append(
        Check(f"{len(members)} members, exactly those of the manifest", f"共{len(members)}个成员，与清单完全一致")
    )
    return manifest


def _place(unpacked: Path, manifest: Mapping[str, Any], name: str) -> Path:
    if any(file["name"] == name for file in manifest["files"]):
        return unpacked / "files" / name
    return unpacked / "companions" / name


def _parse_manifest(data: bytes) -> dict[str, Any]:
    """The manifest, with every key this module relies on, of its type."""
    try:
        manifest = json.loads(data)
    except (UnicodeDecodeError, json.JSONDecodeError) as wrong:
        _reject(f"manifest.json is not JSON: {wrong}", "清单不是JSON")
    wanted: dict[str, type | tuple[type, ...]] = {
        "format": str,
        "regulator": str,
        "lender": str,
        "period": str,
        "sequence": int,
        "created_at": str,
        "submission": dict,
        "files": list,
        "companions": list,
    }
    if not isinstance(manifest, dict) or manifest.get("format") not in layout.COMPANIONS:
        _reject(f"manifest.json does not say format {layout.FORMAT!r}", "清单格式标识不符")
    _demand(manifest, wanted, "manifest.json")
    _demand(manifest["submission"], {"name": str, "content_sha256": str}, "submission")
    of_file: dict[str, type | tuple[type, ...]]
    for entry in manifest["files"]:
        of_file = {"name": str, "bytes": int, "sha256": str, "records": (int, type(None)), "control_totals": dict}
        _demand(entry, of_file, "a file")
    for entry in manifest["companions"]:
        _demand(entry, {"name": str, "bytes": int, "sha256": str}, "a companion")
    _check_amendment(manifest)
    if [entry["name"] for entry in manifest["companions"]] != list(layout.companions_of(manifest)):
        _reject("the manifest does not list the companions of a package", "清单中的附属文件不符")
    return manifest


def _check_amendment(manifest: dict[str, Any]) -> None:
    """What an amendment says of what it replaces, and a withdrawal of what it takes back."""
    earlier: dict[str, type | tuple[type, ...]] = {"name": str, "package": str, "sha256": str}
    if manifest["format"] == layout.WITHDRAWAL:
        _demand(manifest, {"withdraws": dict, "reason": str}, "a withdrawal")
        _demand(manifest["withdraws"], earlier, "what it withdraws")
        if manifest["files"]:
            _reject("a withdrawal holds files of the regulator", "撤回包中含有报送文件")
    amendment = manifest.get("amendment")
    if amendment is None:
        return
    _demand(amendment, {"reason": str, "differences": list}, "the amendment")
    if amendment.get("replaces") is not None:
        _demand(amendment["replaces"], earlier, "what it replaces")
    for one in amendment["differences"]:
        _demand(one, {"table": str, "file": str, "added": int, "removed": int, "changed": int}, "a difference")


def _demand(entry: Any, wanted: Mapping[str, type | tuple[type, ...]], where: str) -> None:
    for key, kind in wanted.items():
        if not isinstance(entry, dict) or not isinstance(entry.get(key), kind) or isinstance(entry.get(key), bool):
            _reject(f"manifest.json: {where} has no {key!r} of the right kind", f"清单缺少有效的{key}")


def _check_zip_form(package: Path, unpacked: Path, manifest: Mapping[str, Any], checks: list[Check]) -> None:
    """The zip is byte for byte the one form that its members have: nothing before, between or behind them."""
    names = [entry["name"] for entry in (*manifest["companions"], *manifest["files"])]
    places = {name: _place(unpacked, manifest, name) for name in (MANIFEST, *names)}
    again = unpacked / "again.zip"
    write_zip(again, {name: opening(path) for name, path in places.items()})
    if not filecmp.cmp(package, again, shallow=False):
        _reject("the zip holds bytes that belong to no member, or another form of one", "压缩包含有多余的字节")
    checks.append(Check("no byte of the zip is outside its members", "压缩包无多余字节"))


# --- content ------------------------------------------------------------------------------------------------------


def _check_content(
    unpacked: Path, manifest: Mapping[str, Any], readers: Mapping[str, Reader], checks: list[Check]
) -> None:
    for entry in (*manifest["companions"], *manifest["files"]):
        path = _place(unpacked, manifest, entry["name"])
        if path.stat().st_size != entry["bytes"]:
            _reject(f"{entry['name']} has another size than the manifest says", f"{entry['name']}大小与清单不符")
        if sha256_of(path) != entry["sha256"]:
            _reject(f"{entry['name']} has another SHA-256 than the manifest says", f"{entry['name']}哈希与清单不符")
    checks.append(Check("size and SHA-256 of every member", "每个成员的大小与SHA-256一致"))
    _check_format_rules(manifest, checks)
    _check_waivers(manifest, checks)
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
    reader = readers.get(manifest["regulator"])
    if reader is None:
        _reject(
            f"there is no reader for the files of {manifest['regulator']!r}",
            "没有该监管报送的读取程序",
            f"use an installation that knows this regulator; this one knows {', '.join(sorted(readers))}",
        )
    try:
        found = reader(unpacked / "files")
    except ReadBackMismatch as wrong:
        raise PackageRejected(wrong.what, wrong.next_step) from wrong
    if set(found) != {entry["name"] for entry in manifest["files"]}:
        _reject(f"the reader found {sorted(found)}", "读取到的文件与清单不符")
    for entry in manifest["files"]:
        records, totals = found[entry["name"]]
        if records != entry["records"]:
            _reject(
                f"{entry['name']} holds {records} records, the manifest says {entry['records']}",
                f"{entry['name']}记录数与清单不符",
            )
        computed = {name: layout.plain(total) for name, total in totals.items()}
        if computed != entry["control_totals"]:
            said = _differing(computed, entry["control_totals"])
            _reject(
                f"{entry['name']}: control totals differ from the manifest: {said}",
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


def _check_differences(
    unpacked: Path, manifest: Mapping[str, Any], amendment: Mapping[str, Any], checks: list[Check]
) -> None:
    """The files of differences hold as many added, removed and changed records as the manifest says."""
    for one in amendment["differences"]:
        try:
            counts = difference.counted(_place(unpacked, manifest, one["file"]))
        except ValueError as wrong:
            _reject(f"{one['file']} is no file of differences: {wrong}", "不是更正差异文件")
        if counts != {change: one[change] for change in counts}:
            _reject(f"{one['file']}: {counts} in the file, other counts in the manifest", "更正差异数与清单不符")
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


def _check_format_rules(manifest: Mapping[str, Any], checks: list[Check]) -> None:
    """What the manifest says of the format's rules: counts that are counts, and none broken that stops a filing."""
    runs: Any = manifest.get("format_rules", [])
    if not isinstance(runs, list):
        _reject("manifest.json: 'format_rules' is no list", "清单中的format_rules不是列表")
    wanted: dict[str, type | tuple[type, ...]] = {
        "rule": str,
        "table": str,
        "severity": str,
        "rows_checked": int,
        "rows_failed": int,
    }
    for run in runs:
        _demand(run, wanted, "a format rule")
        checked, failed = run["rows_checked"], run["rows_failed"]
        if not 0 <= failed <= checked:
            _reject(
                f"manifest.json: format rule {run['rule']} says {failed} of {checked} rows break it",
                f"格式规则{run['rule']}的条数不成立",
            )
        if failed and run["severity"] == Severity.ERROR.value:
            _reject(
                f"manifest.json: format rule {run['rule']} is broken by {failed} rows, which stops a filing",
                f"有{failed}条记录违反格式规则{run['rule']}，不应报送",
            )
    if runs:
        checks.append(
            Check(f"{len(runs)} rules of the format, none broken that stops a filing", f"{len(runs)}条格式规则均未阻断")
        )


def _check_waivers(manifest: Mapping[str, Any], checks: list[Check]) -> None:
    try:
        checks += [Check(*line) for line in waived.told(manifest.get("waivers", []))]
    except ValueError as wrong:
        _reject(f"manifest.json: {wrong}", "清单中的豁免不成立")
