"""Our own files in a package, as a receiver reads them: the summary of findings, the reports, a withdrawal's notice.

Belongs here: that each can be used for what it is, and contradicts neither itself nor the manifest. Not here: how they
are made, the files of differences (difference.py), or the regulator's files.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from loantape.declare import Period, Severity
from loantape.filing import package as layout
from loantape.filing.rejection import Check, reject

_LINKS = ("src", "srcset", "href", "data", "action", "formaction", "poster", "background", "xlink:href")
_ACTIVE = ("script", "iframe", "frame", "object", "embed", "applet", "base", "link")
_FETCHES = re.compile(r"@import|url\(\s*['\"]?(?!data:|#)", re.IGNORECASE)
_TAIL = 1024  # bytes: where the end of a PDF must be
# names of a PDF that make it do something when it is opened
_ACTING = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|SubmitForm)\b")
_STREAM = re.compile(rb"stream\r?\n.*?endstream", re.DOTALL)  # binary, where any name may stand by chance


def check(folder: Path, manifest: Mapping[str, Any], checks: list[Check]) -> None:
    """Every companion that lies in ``folder``. Raises PackageRejected naming file and line."""
    for name in layout.COMPANIONS[manifest["format"]]:
        reads = _READS.get(name)
        if reads is not None:
            checks.append(reads(folder / name, manifest))


# --- findings -----------------------------------------------------------------------------------------------------


def _findings(path: Path, manifest: Mapping[str, Any]) -> Check:
    """Rule, severity, count, in order; of errors those that the manifest's waivers cover: others stop a filing."""
    waived: Counter[str] = Counter()
    for one in manifest.get("waivers") or ():
        waived[one["rule"]] += one["findings"]
    try:
        with path.open(encoding="utf-8", newline="") as file:
            head, *rows = [*csv.reader(file, strict=True)] or [[]]
    except (UnicodeDecodeError, csv.Error, ValueError) as wrong:
        reject(f"{path.name} cannot be read as CSV: {type(wrong).__name__}", f"{path.name}不是CSV")
    if head != ["rule", "severity", "count"]:
        reject(f"{path.name} line 1 is not the heading rule,severity,count", f"{path.name}第1行不是列名")
    total, last = 0, ("", "")
    for line, row in enumerate(rows, 2):
        if len(row) != 3 or not row[0] or row[1] not in list(Severity) or not re.fullmatch("[1-9][0-9]*", row[2]):
            reject(
                f"{path.name} line {line} is not a rule, a severity and how many findings it has",
                f"{path.name}第{line}行不是规则、严重程度和条数",
            )
        if row[1] == Severity.ERROR.value and int(row[2]) > waived[row[0]]:
            covered = f", of which waivers cover {waived[row[0]]}" if waived[row[0]] else ""
            reject(
                f"{path.name} line {line}: {row[2]} error(s) of {row[0]}, which stop a filing{covered}",
                f"{path.name}第{line}行：{row[0]}有{row[2]}个错误，不应报送",
            )
        if (row[0], row[1]) <= last:
            reject(f"{path.name} line {line}: repeated or out of order", f"{path.name}第{line}行重复或乱序")
        last, total = (row[0], row[1]), total + int(row[2])
    return Check(
        f"{path.name}: {total} findings of {len(rows)} rules, no error that is not waived",
        f"{path.name}：{len(rows)}条规则共{total}个发现，无未豁免的错误",
    )


# --- reports ------------------------------------------------------------------------------------------------------


class _Page(HTMLParser):
    """What a page would run or fetch, and what it says."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.wrong: tuple[int, str] | None = None
        self.text: list[str] = []
        self.title: list[str] = []
        self._open = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._open = tag
        if tag in _ACTIVE:
            self._note(f"<{tag}>")
        for name, value in attrs:
            outside = name in _LINKS and not (value or "").startswith(("#", "data:image/"))
            refresh = tag == "meta" and name == "http-equiv" and (value or "").lower() == "refresh"
            if name.startswith("on") or outside or refresh or (name == "style" and _FETCHES.search(value or "")):
                self._note(f"<{tag} {name}=…>")

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open == "style" and _FETCHES.search(data):
            self._note("a style that fetches")
        self.text.append(data)
        if self._open == "title":
            self.title.append(data)

    def _note(self, what: str) -> None:
        self.wrong = self.wrong or (self.getpos()[0], what)


def _page(path: Path, manifest: Mapping[str, Any]) -> Check:
    """A whole HTML document that runs nothing, fetches nothing and is of this submission."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        reject(f"{path.name} is not UTF-8", f"{path.name}不是UTF-8编码")
    page = _Page()
    page.feed(text)
    page.close()
    if not text.lstrip().lower().startswith("<!doctype html>") or not {"html", "head", "title", "body"} <= page.tags:
        reject(f"{path.name} is not a whole HTML document", f"{path.name}不是完整的HTML文档")
    if not text.rstrip().lower().endswith("</html>"):
        reject(f"{path.name} is cut short: it does not end with </html>", f"{path.name}不完整")
    if page.wrong is not None:
        line, what = page.wrong
        reject(
            f"{path.name} line {line}: {what} would run or fetch something when the page is opened",
            f"{path.name}第{line}行：含有脚本或外部资源",
        )
    if manifest["format"] == layout.FORMAT:  # what reports of older packages said was not fixed
        period, submission = str(Period.parse(manifest["period"])), manifest["submission"]["name"]
        if period not in "".join(page.title) or submission not in "".join(page.text):
            reject(
                f"{path.name} is no report on {submission}: it does not name it, or its title is of another period",
                f"{path.name}不是{submission}的报告",
            )
    return Check(f"{path.name}: an HTML document that runs and fetches nothing", f"{path.name}：无脚本、无外部资源")


def _paper(path: Path, manifest: Mapping[str, Any]) -> Check:
    """The outline of a PDF: its head, its end, and a cross-reference where the end says; nothing that acts.

    What stands in its compressed streams is not looked at.
    """
    data = path.read_bytes()
    end = re.search(rb"startxref\s+([0-9]{1,12})\s+%%EOF\s*\Z", data[-_TAIL:])
    if not re.match(rb"%PDF-[12]\.[0-9]\s", data) or end is None:
        reject(f"{path.name} is not a whole PDF: its head or its end is missing", f"{path.name}不是完整的PDF")
    if not re.match(rb"xref\s|[0-9]+ [0-9]+ obj\b", data[int(end[1]) : int(end[1]) + 32]):
        reject(
            f"{path.name} cannot be opened: byte {int(end[1])} is no cross-reference, as its end says",
            f"{path.name}无法打开：交叉引用位置不符",
        )
    acting = _ACTING.search(_STREAM.sub(b"", data))
    if acting is not None:
        reject(
            f"{path.name} holds /{acting[1].decode()}, which does something when it is opened",
            f"{path.name}含有打开时执行的动作",
        )
    return Check(f"{path.name}: the outline of a PDF is whole", f"{path.name}：PDF结构完整")


def _notice(path: Path, manifest: Mapping[str, Any]) -> Check:
    """The notice of a withdrawal names what its manifest names."""
    withdrawn = manifest["withdraws"]
    stated = (manifest["regulator"], manifest["lender"], manifest["period"], manifest["reason"])
    text = path.read_bytes().decode("utf-8", "replace")
    for value in (withdrawn["name"], withdrawn["package"], withdrawn["sha256"], *stated):
        if value not in text:
            reject(f"{path.name} does not say {value!r}, as the manifest does", f"{path.name}与清单不符，缺少{value}")
    return Check(f"{path.name}: it names what the manifest names", f"{path.name}：与清单一致")


_READS: Mapping[str, Callable[[Path, Mapping[str, Any]], Check]] = {
    layout.FINDINGS: _findings,
    "report.html": _page,
    "report.en.pdf": _paper,
    "report.zh-CN.pdf": _paper,
    layout.NOTICE: _notice,
}
