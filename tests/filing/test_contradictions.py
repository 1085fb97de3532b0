"""Packages that are consistently wrong: hashes, totals and signature made to match, and still one thing contradicts.

Belongs here: a case for each thing that a receiver compares. Not here: changed bytes or structure
(test_every_package.py).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loantape.errors import PackageRejected
from loantape.filing.sign import MinisignSigner, signature_path
from loantape.filing.verify import verify
from loantape.keys import Keys
from templates.cn_pbc.reader import detail
from templates.cn_pbc.reader.distinct import hashed, repeated
from tests.filing.every_package import (
    CODE,
    DAY,
    FILINGS,
    GOLDEN,
    PAPER,
    SHEET,
    Members,
    edited,
    in_book,
    in_data,
    in_member,
    rebuilt,
    seal,
    zipped,
)

Change = Callable[[Members], None]
PBC = f"{CODE}_%s_{DAY}"
STOCK, FLOWS, CUSTOMERS = (f"{PBC % table}.dat" for table in ("CLGRDK", "GRDKFS", "GRKHXX"))
EAST = "B0001H111000001-%s-20261031.txt"
LOANS, CONTRACTS, INTERNET = (EAST % table for table in ("GRXDYWJJB", "XDHTB", "HLWDKHTFJB"))
LIST, RESULTS = (f"示例银行监管标准化数据{kind}（20261031）.xlsx" for kind in ("报送清单", "检核结果"))
G09 = f"{CODE}_G09_{DAY}_reconstructed.xlsx"
TEXT = '<is><t xml:space="preserve">%s</t></is>'
RULE = TEXT % "JHGZ0514"


def manifest(**stated: Any) -> Change:
    """Other statements in the manifest."""

    def change(members: Members) -> None:
        members["manifest.json"] = json.dumps(json.loads(members["manifest.json"]) | stated).encode()

    return change


def member(name: str, data: bytes) -> Change:
    return lambda members: members.update({name: data})


def book(name: str, old: str, new: str, sheet: str = SHEET) -> Change:
    return in_book(name, sheet, old.encode(), new.encode())


def together(*changes: Change) -> Change:
    def change(members: Members) -> None:
        for one in changes:
            one(members)

    return change


def result(old: str, new: str) -> Change:
    """In the workbook of results, the row of the rule that table 409 has a ledger account."""

    def change(members: Members) -> None:
        def edit(parts: Members) -> None:
            head, row, rest = re.split(f"({RULE}.*?</row>)".encode(), parts[SHEET], maxsplit=1, flags=re.DOTALL)
            assert old.encode() in row, row
            parts[SHEET] = head + row.replace(old.encode(), new.encode(), 1) + rest

        members[RESULTS] = edited(members[RESULTS], edit)

    return change


def results_less(members: Members) -> None:
    """The results without their last rule, and a manifest with as many rows."""

    def edit(parts: Members) -> None:
        parts[SHEET] = re.sub(rb"(.*)<row .*?</row>", rb"\1", parts[SHEET], flags=re.DOTALL)

    members[RESULTS] = edited(members[RESULTS], edit)
    found = json.loads(members["manifest.json"])
    (entry,) = (one for one in found["files"] if one["name"] == RESULTS)
    entry["records"] -= 1
    members["manifest.json"] = json.dumps(found).encode()


def flow(line: int, column: int, value: str) -> Change:
    """One field of a flow, of a line counted from 1."""

    def change(members: Members) -> None:
        records = [record.split("|") for record in members[FLOWS].decode().split("\n")]
        was = "|".join(records[line - 1])
        records[line - 1][column - 1] = value
        in_data(FLOWS, was.encode(), "|".join(records[line - 1]).encode())(members)

    return change


def log(old: bytes, new: bytes) -> Change:
    """In a check file, and in the zip with it."""

    def change(members: Members) -> None:
        check = STOCK.replace(".dat", ".log")
        in_member(check, old, new)(members)
        members[STOCK.replace(".dat", ".zip")] = zipped({one: members[one] for one in (STOCK, check)})

    return change


def summary(text: str) -> Change:
    return member("findings-summary.csv", text.encode())


def page(old: bytes, new: bytes) -> Change:
    return in_member("report.html", old, new)


HEAD = "rule,severity,count\n"
SECOND = "xl/worksheets/sheet2.xml"
SEPTEMBER = {"period": "2026-09-30", "submission": {"name": "demo_bank/2026-09/v1", "content_sha256": "c0ffee"}}
EARLIER = {"name": "cn_pbc/demo_bank/2026-10/1", "package": "cn_pbc_demo_bank_2026-10_1.zip", "sha256": "0"}

# regulator, what is changed, what must be said of it; the file names are as they were sealed
CASES: dict[str, tuple[str, Change, str]] = {
    "no day": ("cn_pbc", manifest(period="2026-10-32"), r"'period' is '2026-10-32', no day"),
    "a day in other words": ("cn_pbc", manifest(period="20261031"), "'period' is '20261031', no day"),
    "no time": ("cn_pbc", manifest(created_at="2026-11-05T25:00:00"), "'created_at' is"),
    "another period": ("us_sec", manifest(period="2026-09-30"), "make 'us_sec_demo_bank_2026-09_1.zip'"),
    "another lender": ("cn_pbc", manifest(lender="demo_other"), "make 'cn_pbc_demo_other_2026-10_1.zip'"),
    "another sequence": ("cn_pbc", manifest(sequence=2), "make 'cn_pbc_demo_bank_2026-10_2.zip'"),
    "no sequence": ("cn_pbc", manifest(sequence=0), "sequence 0 counts no filing"),
    "another regulator": ("cn_pbc", manifest(regulator="us_sec"), "make 'us_sec_demo_bank_2026-10_1.zip'"),
    "another's submission": (
        "cn_pbc", manifest(submission={"name": "x/2026-10/v1", "content_sha256": "0"}), "'x/2026-10/v1' is not one of",
    ),
    "replaces itself": (
        "cn_pbc", manifest(amendment={"reason": "x", "differences": [], "replaces": EARLIER}), "is no earlier filing",
    ),
    "signed at another time": ("cn_pbc", manifest(created_at="2026-11-05T09:31:00"), "says created:2026-11-05T09:30"),
    "another severity": (
        "cn_pbc",
        manifest(format_rules=[{"rule": "A", "table": "b", "severity": "X", "rows_checked": 1, "rows_failed": 1}]),
        "format rule A has severity 'X'",
    ),
    "an error among the findings": ("cn_pbc", summary(f"{HEAD}ARR-001,ERROR,2\n"), "line 2: 2 error.s. of ARR-001"),
    "findings without heading": ("cn_pbc", summary("PRC-001,INFO,2\n"), "line 1 is not the heading"),
    "findings that are not counted": ("us_sec", summary(f"{HEAD}PRC-001,INFO,-2\n"), "line 2 is not a rule, a sev"),
    "findings of no severity": ("us_sec", summary(f"{HEAD}PRC-001,BAD,2\n"), "line 2 is not a rule, a severity"),
    "findings twice": ("us_sec", summary(f"{HEAD}A,INFO,1\nA,INFO,1\n"), "line 3: repeated or out of order"),
    "a script": ("cn_pbc", page(b"<body>", b"<body><script>1</script>"), "report.html line 3: <script>"),
    "an event": ("cn_pbc", page(b"<body>", b"<body onload='x()'>"), "line 3: <body onload=…>"),
    "a picture from elsewhere": ("cn_pbc", page(b"<body>", b"<body><img src='//x/y'>"), "line 3: <img src=…>"),
    "a style from elsewhere": ("cn_pbc", page(b"<body>", b"<style>@import 'x'</style><body>"), "a style that fetches"),
    "half a page": ("cn_pbc", page(b"</html>\n", b""), "does not end with </html>"),
    "no page": ("cn_pbc", member("report.html", b"hello"), "not a whole HTML document"),
    "another's report": ("cn_pbc", page(b"demo_bank", b"demo_cash"), "no report on demo_bank/2026-10/v1"),
    "a report of September": ("cn_pbc", page(b" 2026-10<", b" 2026-09<"), "title is of another period"),
    "no PDF": ("cn_pbc", member("report.en.pdf", b"%PDF en"), "report.en.pdf is not a whole PDF"),
    "half a PDF": ("cn_pbc", member("report.zh-CN.pdf", PAPER[:-6]), "report.zh-CN.pdf is not a whole PDF"),
    "a PDF that does not open": (
        "cn_pbc", member("report.en.pdf", PAPER.replace(b"<</Type", b"<< /Type")), "is no cross-reference",
    ),
    "a PDF that acts": (
        "cn_pbc", member("report.en.pdf", PAPER.replace(b"Root 1 0 R", b"Root 1 0 R/JavaScript(x)")), "/JavaScript",
    ),
    # EAST's workbooks
    "a table's name": ("cn_nfra_east", book(LIST, "信贷合同表", "信贷合同"), "row 4, column 表名: '信贷合同' where"),
    "a table's number": ("cn_nfra_east", book(LIST, TEXT % "503", TEXT % "505"), "row 6, column 表号: '505'"),
    "a table's mode": ("cn_nfra_east", book(LIST, "增量", "全量"), "row 3, column 采集方式: '全量'"),
    "a table twice": ("cn_nfra_east", book(LIST, TEXT % "ZCHXB", TEXT % "SXXXB"), r"missing \['ZCHXB'\]"),
    "a rule twice": ("cn_nfra_east", result("JHGZ0514", "JHGZ0513"), "row 5: rule 'JHGZ0513' is none, or there twice"),
    "a rule of no table": ("cn_nfra_east", result("个人信贷分户账", "个人贷款"), "row 5: '个人贷款', 'GRXDFHZ' and"),
    "a rule of no field": ("cn_nfra_east", result(TEXT % "MXKMBH", TEXT % "MXKMBX"), "'MXKMBX' are no table and field"),
    "more that lack a field": (
        "cn_nfra_east",
        together(result("<v>6</v></c><c r=\"K", "<v>3</v></c><c r=\"K"), result("100.00%", "50.00%")),
        "row 5: 3 records lack MXKMBH by rule JHGZ0514, 6 of GRXDFHZ do",
    ),
    "a strong rule unexplained": (
        "cn_nfra_east", result("数据源无总账会计科目，按规范缺省值填报", ""), "JHGZ0514 is broken by 6 records and not",
    ),
    "a rule less": ("cn_nfra_east", results_less, "the files say that nothing break it, the manifest"),
    "no results in the manifest": ("cn_nfra_east", manifest(format_rules=[]), "the manifest nothing"),
    # EAST's data
    "31 February": (
        "cn_nfra_east", in_member(LOANS, b"\x0120270115\x01", b"\x0120270231\x01"),
        f"{LOANS} line 1, field DKDQRQ: a date that does not exist",
    ),
    "no risk class": (
        "cn_nfra_east", in_member(LOANS, "\x01正常\x01".encode(), "\x01良好\x01".encode()),
        "line 1, field DKWJFL: not a word of its list",
    ),
    "a bank's word that it has not": (
        "cn_nfra_east", in_member(CONTRACTS, "\x01有效\x01".encode(), "\x01其他-\x01".encode()),
        "line 1, field HTZT: not a word of its list",
    ),
    "alone with a partner": (
        "cn_nfra_east", in_member(INTERNET, "\x01无\x01".encode(), b"\x01HZ-9\x01"),
        "line 1, field HZXYBH: not 无, though the bank lends alone",
    ),
    "a field less": (
        "cn_nfra_east", in_member(CONTRACTS, b"\x01HT-3\x01HT-3\x01", b"\x01HT-3\x01"),
        f"{CONTRACTS} line 3 has a record of 17 fields, not 18",
    ),
    # G09
    "more than the whole": (
        "cn_nfra_g09", book(G09, '"C28" s="2"><v>21958.64<', '"C28" s="2"><v>21958.65<'),
        "lines 1.6.1 in column A do not add up: 21958.65, line 1 is only 21958.64",
    ),
    "own funds over the whole": (
        "cn_nfra_g09", book(G09, '"C38" s="2"><v>6650.00<', '"C38" s="2"><v>21958.65<'), "lines 8.1.2, 8.2.2, 8.3.2 in",
    ),
    "a negative amount": (
        "cn_nfra_g09", book(G09, '"C38" s="2"><v>6650.00<', '"C38" s="2"><v>-1.00<'), "line 8.1.2, column A: -1",
    ),
    "half a partner": ("cn_nfra_g09", book(G09, '"C37" s="0"><v>1<', '"C37" s="0"><v>1.5<'), "1.5 counts nothing"),
    "a partner more": ("cn_nfra_g09", book(G09, '"C37" s="0"><v>1<', '"C37" s="0"><v>3<'), "has 1 partners, part I"),
    "another line": ("cn_nfra_g09", book(G09, TEXT % "1.6.2", TEXT % "1.6.3"), "row 29 is not the line it should be"),
    "a share": ("cn_nfra_g09", book(G09, "<v>30.00<", "<v>130.00<", SECOND), "row 4, column F: 130.*100 percent"),
    "a partner's balance": ("cn_nfra_g09", book(G09, "<v>9500.00<", "<v>9500.01<", SECOND), "balances of 9500.01"),
    "another day inside": ("cn_nfra_g09", book(G09, "报告日 2026-10-31", "报告日 2026-09-30"), "G09_I row 2 is not of"),
    # the PBoC's
    "no time of creation": ("cn_pbc", log(b" 17:30:00", b" 17:61:00"), "log line 4 says '2026-11-05 17:61:00', which"),
    "a day of no month": (
        "cn_pbc", in_data(STOCK, b"|2027-01-15|D|0|", b"|2027-02-31|D|0|"), "line 2, column 21: a date that does not",
    ),
    "no currency": ("cn_pbc", in_data(STOCK, b"|USD|", b"|USB|"), "line 3, column 13: no currency of ISO 4217"),
    "a grant that ended": ("cn_pbc", flow(2, 12, "2026-10-20"), "line 2, column 12: a grant, which ends no loan"),
    "an end of another month": ("cn_pbc", flow(5, 12, "2026-09-30"), "line 5, column 12: not in the month of the file"),
    "a number twice": (
        "cn_pbc", flow(3, 28, "20261031-0-LF01-b91dffaf6c365c23c8102c470e287e79"),
        "line 3, column 28: the same as in line 1",
    ),
    "granted later": (
        "cn_pbc", in_data(STOCK, b"|2026-01-15|2027", b"|2026-11-01|2027"), "line 1, column 10: after the day of the",
    ),
    "born later": (
        "cn_pbc", in_data(CUSTOMERS, b"ac||||||0008", b"ac|||||2026-10-31|0008"), "line 2, column 8: not before the",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys") / "keys")


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("packages")
    return {name: seal(name, folder, keys) for name in FILINGS}


def rejected(package: Path, keys: Keys) -> str:
    """What is said, in both languages."""
    with pytest.raises(PackageRejected) as wrong:
        verify(package, keys.public_key_text(), FILINGS)
    assert re.search("[\u4e00-\u9fff]{2}", wrong.value.what), wrong.value.what
    return wrong.value.what


def changed(original: Path, package: Path, keys: Keys, change: Change) -> Path:
    """A copy of a package with members changed, hashes made to match and signed again, under a name of its own."""
    package.write_bytes(original.read_bytes())
    rebuilt(package, keys, change)
    return package


@pytest.mark.parametrize("what", CASES)
def test_what_contradicts_is_named(what: str, originals: dict[str, Path], keys: Keys, tmp_path: Path) -> None:
    """One wrong statement in an otherwise consistent, signed package is rejected, saying what is wrong and where."""
    regulator, change, words = CASES[what]
    package = changed(originals[regulator], tmp_path / originals[regulator].name, keys, change)
    if what == "signed at another time":
        comment = f"file:{package.name}\tcreated:2026-11-05T09:30:00\tprehashed"
        signature_path(package).write_bytes(MinisignSigner(keys.signing_key()).sign(package, comment))
    assert re.search(words, rejected(package, keys))


@pytest.mark.parametrize("regulator", sorted(FILINGS))
def test_a_package_of_another_period_than_its_files_is_found(
    regulator: str, originals: dict[str, Path], keys: Keys, tmp_path: Path
) -> None:
    """Name, manifest, submission and report may all say September: the names of the regulator's files do not."""
    package = tmp_path / f"{regulator}_demo_bank_2026-09_1.zip"
    change = together(manifest(**SEPTEMBER), page(b"2026-10<", b"2026-09<"), page(b"/2026-10/", b"/2026-09/"))
    said = rejected(changed(originals[regulator], package, keys, change), keys)
    assert re.search("is of (20261031|2026-10), the package of 2026-09-30", said), said


@pytest.mark.parametrize("regulator", sorted(FILINGS))
def test_a_renamed_package_is_found(regulator: str, originals: dict[str, Path], keys: Keys, tmp_path: Path) -> None:
    """Its manifest, and its signature's comment, say what it was called."""
    original = originals[regulator]
    renamed = tmp_path / original.name.replace("demo_bank", "other_bank")
    renamed.write_bytes(original.read_bytes())
    signature_path(renamed).write_bytes(signature_path(original).read_bytes())
    assert f"it was renamed, or holds another filing 报送包名称与清单不符（应为{original.name}）" in rejected(
        renamed, keys
    )
    back = renamed.rename(tmp_path / original.name)
    comment = f"file:{renamed.name}\tprehashed"
    signature_path(back).write_bytes(MinisignSigner(keys.signing_key()).sign(back, comment))
    assert f"says file:{renamed.name}, the package {original.name}" in rejected(back, keys)


@pytest.mark.parametrize("regulator", sorted(FILINGS))
def test_every_golden_file_name_gives_its_date(regulator: str, originals: dict[str, Path], keys: Keys) -> None:
    """No name of a regulator's file escapes the comparison with the period."""
    seen = verify(originals[regulator], keys.public_key_text(), FILINGS)
    assert any(f"names of {len(seen.records)} file(s) is the period's" in check.en for check in seen.checks)


def test_an_older_package_is_held_to_what_it_says(originals: dict[str, Path], keys: Keys, tmp_path: Path) -> None:
    """One of form 2, whose manifest knows no rules, is accepted, and says what was not compared."""
    original = originals["cn_nfra_east"]
    older = together(manifest(format="loantape-package/2", format_rules=[]), page(b"demo_bank", b"a bank"))
    seen = verify(changed(original, tmp_path / original.name, keys, older), keys.public_key_text(), FILINGS)
    assert [check.en for check in seen.checks if not check.done] == [
        "results of rules in the files NOT compared: this older manifest has none"
    ]


def test_numbers_with_one_hash_are_compared_as_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """That two numbers of transactions have the same hash does not make them the same."""
    monkeypatch.setattr(detail, "hashed", lambda values: np.zeros(len(values), np.uint64))
    assert FILINGS["cn_pbc"].read_back(GOLDEN / "cn_pbc")


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=16), min_size=1, max_size=30))
def test_what_is_there_twice_has_a_hash_that_is(texts: list[str]) -> None:
    """Whatever the texts, and wherever a batch begins, exactly those that are there twice have a repeated hash."""
    whole, cut = pa.array(texts), len(texts) // 2
    found = repeated([hashed(whole.slice(0, cut)), hashed(whole.slice(cut))])
    counts = Counter(text.rstrip("\0") for text in texts)
    twice = {text for text in texts if counts[text.rstrip("\0")] > 1}
    assert {text for text, one in zip(texts, hashed(whole), strict=True) if one in found} == twice
