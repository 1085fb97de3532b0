"""What a package states of itself, as a receiver reads it: its manifest, its name, its signature's comment, its dates.

Belongs here: that each statement is of its kind, and that none contradicts another. Not here: what the members hold
(verify.py, ours.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from loantape.declare import Filing, Period, Severity
from loantape.filing import package as layout
from loantape.filing.rejection import Check, reject

RuleResults = Mapping[str, tuple[int, int]]


def parse_manifest(data: bytes) -> dict[str, Any]:
    """The manifest, with every key that a check relies on, of its type. Raises PackageRejected."""
    try:
        manifest = json.loads(data)
    except (UnicodeDecodeError, json.JSONDecodeError) as wrong:
        reject(f"manifest.json is not JSON: {wrong}", "清单不是JSON")
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
        reject(f"manifest.json does not say format {layout.FORMAT!r}", "清单格式标识不符")
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
        reject("the manifest does not list the companions of a package", "清单中的附属文件不符")
    _check_times(manifest)
    return manifest


def _check_amendment(manifest: dict[str, Any]) -> None:
    """What an amendment says of what it replaces, and a withdrawal of what it takes back."""
    earlier: dict[str, type | tuple[type, ...]] = {"name": str, "package": str, "sha256": str}
    if manifest["format"] == layout.WITHDRAWAL:
        _demand(manifest, {"withdraws": dict, "reason": str}, "a withdrawal")
        _demand(manifest["withdraws"], earlier, "what it withdraws")
        if manifest["files"]:
            reject("a withdrawal holds files of the regulator", "撤回包中含有报送文件")
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
            reject(f"manifest.json: {where} has no {key!r} of the right kind", f"清单缺少有效的{key}")


# --- name, sequence and times -------------------------------------------------------------------------------------


def _check_times(manifest: Mapping[str, Any]) -> None:
    """The reporting date is a day, ``created_at`` a moment, in the one form that each is written in."""
    forms: tuple[tuple[str, str, Callable[[str], str]], ...] = (
        ("period", "day YYYY-MM-DD", lambda text: date.fromisoformat(text).isoformat()),
        ("created_at", "time YYYY-MM-DDThh:mm:ss", lambda text: datetime.fromisoformat(text).isoformat()),
    )
    for key, kind, same in forms:
        try:
            holds = same(manifest[key]) == manifest[key]
        except ValueError:
            holds = False
        if not holds:
            reject(f"manifest.json: {key!r} is {manifest[key]!r}, no {kind}", f"清单中的{key}不是有效的日期或时间")


def check_name(file_name: str, manifest: Mapping[str, Any], checks: list[Check]) -> None:
    """Regulator, lender, period and sequence are those of the package's own name, and of whatever else is named.

    A package that was renamed is not what it is called. Raises PackageRejected.
    """
    regulator, lender, sequence = manifest["regulator"], manifest["lender"], manifest["sequence"]
    period = Period(date.fromisoformat(manifest["period"]))
    wanted = layout.name_of(regulator, lender, period, sequence)
    if sequence < 1:
        reject(f"manifest.json: sequence {sequence} counts no filing", "清单中的序号不成立")
    if file_name != wanted:
        reject(
            f"the package is called {file_name!r}; regulator, lender, period and sequence of its manifest make"
            f" {wanted!r}: it was renamed, or holds another filing",
            f"报送包名称与清单不符（应为{wanted}）：被改名或内容属于另一报送",
        )
    submission = manifest["submission"]["name"]
    if not re.fullmatch(re.escape(f"{lender}/{period}/v") + "[1-9][0-9]*", submission):
        reject(
            f"manifest.json: submission {submission!r} is not one of {lender}, {period}",
            "清单中的报送批次不属于该机构和报告期",
        )
    for earlier in ((manifest.get("amendment") or {}).get("replaces"), manifest.get("withdraws")):
        if earlier is not None:
            _check_earlier(earlier, regulator, lender, period, sequence)
    checks.append(
        Check(
            f"the name says what the manifest says: {regulator}, {lender}, {period}, sequence {sequence}",
            "包名与清单一致",
        )
    )


def _check_earlier(earlier: Mapping[str, str], regulator: str, lender: str, period: Period, sequence: int) -> None:
    """What is replaced or withdrawn was filed before, for the same regulator, lender and period."""
    head, _, number = earlier["name"].rpartition("/")
    if head != f"{regulator}/{lender}/{period}" or not re.fullmatch("[1-9][0-9]*", number) or int(number) >= sequence:
        reject(
            f"manifest.json: {earlier['name']!r} is no earlier filing of {regulator}, {lender}, {period}",
            "被更正或撤回的报送不是该机构该报告期的先前报送",
        )
    if earlier["package"] != layout.name_of(regulator, lender, period, int(number)):
        reject(
            f"manifest.json: {earlier['package']!r} is not the package of {earlier['name']}",
            "被更正或撤回的报送包名称不符",
        )


def check_comment(comment: str, file_name: str, manifest: Mapping[str, Any]) -> None:
    """What a signature's trusted comment says of file and time is what was signed. Raises PackageRejected."""
    said = dict(part.split(":", 1) for part in comment.split("\t") if ":" in part)
    for key, wanted in (("file", file_name), ("created", manifest["created_at"])):
        if said.get(key, wanted) != wanted:
            reject(
                f"the signature's trusted comment says {key}:{said[key]}, the package {wanted}",
                f"签名的可信注释（{key}）与报送包不符",
            )


def check_dates(manifest: Mapping[str, Any], filing: Filing, checks: list[Check]) -> None:
    """The date in the name of each file of the regulator is the manifest's period. Raises PackageRejected."""
    dated = 0
    for entry in manifest["files"]:
        named = re.fullmatch(filing.dated, entry["name"])
        if named is None:
            continue
        text, dated = named["period"], dated + 1
        try:
            of_file = date(int(text[:4]), int(text[4:6]), int(text[6:])) if text.isdigit() else Period.parse(text).date
        except ValueError:
            reject(f"{entry['name']} names {text}, which is no day", f"{entry['name']}中的日期不存在")
        if of_file.isoformat() != manifest["period"]:
            reject(
                f"{entry['name']} is of {text}, the package of {manifest['period']}",
                f"{entry['name']}的日期与清单报告期不符",
            )
    if dated:
        checks.append(
            Check(
                f"the date in the names of {dated} file(s) is the period's, {manifest['period']}",
                f"{dated}个文件名中的日期与报告期一致",
            )
        )


# --- rules of the format ------------------------------------------------------------------------------------------


def check_format_rules(manifest: Mapping[str, Any], checks: list[Check]) -> None:
    """What the manifest says of the format's rules: counts that are counts, and none broken that stops a filing."""
    runs: Any = manifest.get("format_rules", [])
    if not isinstance(runs, list):
        reject("manifest.json: 'format_rules' is no list", "清单中的format_rules不是列表")
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
        if run["severity"] not in list(Severity):
            reject(
                f"manifest.json: format rule {run['rule']} has severity {run['severity']!r}, which is none",
                f"格式规则{run['rule']}的严重程度不存在",
            )
        if not 0 <= failed <= checked:
            reject(
                f"manifest.json: format rule {run['rule']} says {failed} of {checked} rows break it",
                f"格式规则{run['rule']}的条数不成立",
            )
        if failed and run["severity"] == Severity.ERROR.value:
            reject(
                f"manifest.json: format rule {run['rule']} is broken by {failed} rows, which stops a filing",
                f"有{failed}条记录违反格式规则{run['rule']}，不应报送",
            )
    again = _repeated(run["rule"] for run in runs)
    if again:
        reject(f"manifest.json: format rule {again} is there twice", f"格式规则{again}重复")
    if runs:
        checks.append(
            Check(f"{len(runs)} rules of the format, none broken that stops a filing", f"{len(runs)}条格式规则均未阻断")
        )


def _repeated(names: Iterable[str]) -> str | None:
    seen: set[str] = set()
    return next((name for name in names if name in seen or seen.add(name)), None)  # type: ignore[func-returns-value]


def check_results(manifest: Mapping[str, Any], said: RuleResults, checks: list[Check]) -> None:
    """What the regulator's own files say of the draft rules is what the manifest says. Raises PackageRejected.

    A package of an older form whose manifest says nothing of rules is not held to it.
    """
    stated = {
        run["rule"]: (run["rows_checked"], run["rows_failed"])
        for run in manifest.get("format_rules", [])
        if run.get("draft")
    }
    if not stated and manifest["format"] != layout.FORMAT:
        checks.append(
            Check(
                "results of rules in the files NOT compared: this older manifest has none",
                "未比对检核结果：旧版清单无规则结果",
                done=False,
            )
        )
        return
    for rule in sorted({*said, *stated}):
        if said.get(rule) != stated.get(rule):
            in_file, in_manifest = (
                f"{of[1]} of {of[0]} records" if of else "nothing" for of in (said.get(rule), stated.get(rule))
            )
            reject(
                f"rule {rule}: the files say that {in_file} break it, the manifest {in_manifest}",
                f"规则{rule}的检核结果与清单不符",
            )
    checks.append(
        Check(f"the files' own results of {len(said)} rules are the manifest's", f"{len(said)}条检核结果与清单一致")
    )
