"""Waivers from the command line to the sealed package: what blocks, what is explained, and what the receiver reads."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import zipfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from loantape import catalog, pipeline, waivers
from loantape.declare import Period, Waiver
from loantape.errors import ConfigurationError, FilingRefused
from loantape.filing import package as layout
from loantape.filing import waived
from loantape.pipeline import Workspace
from loantape.progress import silent
from loantape.simulate import simulate
from loantape.statements import checked
from loantape.store import State
from tests.filing.life import AT, CN, Screen, cli, open_workspace, resent, take_in

V1 = f"{CN}/v1"
REASON = "the rate will be shown <script>alert(1)</script> [red]right[/red] from the next period on"
CITES = "letter of the branch, 2026-11-03"
ZH = "展示利率将于下期更正，已书面通知借款人并承诺退还差额，详见分行来函。"
KEYS = ("CB0000000003001", "CB0000000004000")
RULES = ("PRC-004", "PRC-012", "PRC-016")
FINDINGS = "rule VARCHAR, severity VARCHAR, grain VARCHAR, key VARCHAR, file VARCHAR, line BIGINT, field VARCHAR," + (
    " value VARCHAR"
)


@pytest.fixture(scope="module")
def blocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one submission, in which two loans show a wrong rate: five errors of three rules."""
    folder = tmp_path_factory.mktemp("waived")
    first = simulate("demo_colending", Period.parse("2026-10"), 12, folder / "first", seed=3, progress=silent())[0]
    wrong = {(row, "shown_annual_rate_pct"): "5.0" for row in (3, 4)}
    ws = take_in(folder / "store", [resent(first, folder / "second", "loan.csv", wrong)])
    assert [(rule, count) for rule, _, count in pipeline.review(ws, CN).by_rule] == [
        ("PRC-004", 1), ("PRC-012", 2), ("PRC-016", 2),
    ]  # fmt: skip
    return folder / "store"


@pytest.fixture
def root(blocked: Path, tmp_path: Path) -> Path:
    """That store, for one test to change."""
    return copied(blocked, tmp_path)


def copied(store: Path, folder: Path) -> Path:
    shutil.copytree(store, folder / "store")
    shutil.copytree(store.with_name("keys"), folder / "keys")
    return folder / "store"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the readable report, which takes most of the time."""
    reports = {name: name.encode() for name in layout.REPORTS}
    monkeypatch.setattr(catalog, "report_builder", lambda: lambda *_: reports)


def run(root: Path, *words: object, out: io.StringIO | None = None) -> tuple[int, str, str]:
    return cli(*words, "--store", root, "--keys", root.with_name("keys"), out=out)


def waive(root: Path, rule: str, *more: object, reason: str = REASON) -> tuple[int, str, str]:
    words = ("waive", CN, "--rule", rule, "--reason", reason, "--cites", CITES, "--until", "2026-12")
    return run(root, *words, "--yes", "--actor", "maria", "--at", "2026-11-05T10:00:00", *more)


def accept(root: Path, number: int, actor: str = "olivia") -> tuple[int, str, str]:
    return run(root, "accept-waiver", f"{V1}/w{number}", "--yes", "--actor", actor, "--at", "2026-11-06")


def waive_all(root: Path, reason: str = REASON) -> None:
    for number, rule in enumerate(RULES, 1):
        assert waive(root, rule, reason=reason)[0] == accept(root, number)[0] == 0


def file(root: Path, regulator: str = "cn_nfra_east") -> tuple[int, str, str]:
    return run(root, "file", CN, "--regulator", regulator, "--at", "2026-11-06")


@pytest.mark.timeout(900)
def test_from_blocked_to_filed_on_the_command_line(root: Path) -> None:
    """What is not waived blocks, by rule and number; what is shown is what is covered; two people are needed; then it
    is filed, the manifest and the receiver's check tell each text, and taking one back changes nothing sealed."""
    assert "5 open error(s)" in file(root)[2]
    code, said, _ = waive(root, "PRC-012", "--key", KEYS[0])
    assert code == 0 and "1 findings of PRC-012" in said and KEYS[0] in said and KEYS[1] not in said
    assert f"{V1}/w1: pending" in said
    assert "5 open error(s)" in file(root)[2], "nobody has accepted it yet"
    code, _, wrong = accept(root, 1, "maria")
    assert code == 1 and "written by maria" in wrong
    code, said, _ = accept(root, 1)
    assert code == 0 and REASON in said and f"{V1} is blocked" in said
    code, _, wrong = file(root)
    assert code == 1 and "4 open error(s) block this filing" in wrong
    assert re.findall(r"(PRC-\d+) (\d)", wrong) == [("PRC-004", "1"), ("PRC-012", "1"), ("PRC-016", "2")]
    assert "1 more are waived 另有1个已豁免" in wrong
    for number, words in enumerate(((RULES[0],), (RULES[1], "--key", KEYS[1]), (RULES[2],)), 2):
        assert waive(root, *words)[0] == 0
        code, said, _ = accept(root, number)
    assert f"{V1} is ready" in said
    code, package, wrong = file(root)
    assert code == 0, wrong
    path = Path(package.strip())
    sealed = path.read_bytes()
    stated = manifest_of(path)["waivers"]
    assert [(one["id"], one["rule"], one["key"], one["findings"]) for one in stated] == [
        (f"{V1}/w1", "PRC-012", KEYS[0], 1),
        (f"{V1}/w2", "PRC-004", None, 1),
        (f"{V1}/w3", "PRC-012", KEYS[1], 1),
        (f"{V1}/w4", "PRC-016", None, 2),
    ]
    assert {(one["reason"], one["cites"], one["until"]) for one in stated} == {(REASON, CITES, "2026-12")}
    assert {(one["author"], one["written_at"]) for one in stated} == {("maria", "2026-11-05T10:00:00")}
    assert {(one["accepter"], one["accepted_at"]) for one in stated} == {("olivia", "2026-11-06T00:00:00")}
    said = run(root, "withdraw-waiver", f"{V1}/w4", "--actor", "vera")[1]
    assert f"{V1} is filed" in said
    assert file(root)[:2] == (0, package) and path.read_bytes() == sealed, "what is sealed stays"
    assert "2 open error(s)" in file(root, "cn_nfra_g09")[2], "nothing else is filed with what was withdrawn"
    _, said, wrong = cli("verify", path, "--public-key", root.with_name("keys") / "signing.pub")
    lines = [line for line in said.splitlines() if line.startswith("ok  waiver ")]
    assert len(lines) == 4 and all(REASON in line and CITES in line for line in lines), wrong
    assert "written by maria, accepted by olivia" in lines[0] and "豁免：PRC-012，1项" in lines[0]
    assert run(root, "audit", "verify")[0] == 0


def manifest_of(package: Path) -> dict[str, Any]:
    with zipfile.ZipFile(package) as archive:
        found: dict[str, Any] = json.loads(archive.read("manifest.json"))
    return found


@pytest.mark.timeout(900)
def test_the_report_tells_them_and_two_builds_are_one(root: Path, tmp_path: Path) -> None:
    """Page and prints in both languages hold each text, citation, author and accepter, as texts; the same waivers
    written and accepted again elsewhere give the same package to the byte; loans are not named."""
    other = copied(root, tmp_path / "elsewhere")
    packages = []
    for one in (root, other):
        waive_all(one, ZH)
        packages.append(Path(file(one)[1].strip()))
    assert hashlib.sha256(packages[0].read_bytes()).digest() == hashlib.sha256(packages[1].read_bytes()).digest()
    with zipfile.ZipFile(packages[0]) as archive:
        texts = {"report.html": archive.read("report.html").decode()}
        for name in layout.REPORTS[1:]:
            pages = PdfReader(io.BytesIO(archive.read(name))).pages
            texts[name] = "".join(page.extract_text() for page in pages)
    for name, text in texts.items():
        plain = re.sub(r"\s+", "", text)
        for told in (ZH, CITES, "maria", "olivia", "2026-11-0510:00:00", "2026-11-0600:00:00", f"{V1}/w3"):
            assert re.sub(r"\s+", "", told) in plain, (name, told)
        assert not [key for key in KEYS if key in plain]
    assert "Waivers:findingsthatwereexplainedinwriting" in re.sub(r"\s+", "", texts["report.en.pdf"])
    assert "豁免：经书面说明的发现" in re.sub(r"\s+", "", texts["report.zh-CN.pdf"])


def test_lists_show_texts_and_obey_nothing(root: Path) -> None:
    """A table and JSON with each text as it is, who did what, and whether it counts."""
    waive_all(root)
    waive(root, "PRC-004", "--key", KEYS[1])
    run(root, "withdraw-waiver", f"{V1}/w2", "--actor", "maria", "--at", "2026-11-07")
    shown = re.sub(r"[\s│]|\x1b\[[0-9;]*m", "", run(root, "waivers", CN, out=Screen())[1])
    assert re.sub(r"\s", "", REASON) in shown and "olivia2026-11-06" in shown and "pending" in shown
    listed = json.loads(run(root, "waivers", "--json")[1])
    assert [(one["state"], one["counts"]) for one in listed] == [
        ("accepted", True), ("withdrawn", False), ("accepted", True), ("pending", False),
    ]  # fmt: skip
    assert listed[0]["reason"] == REASON and listed[1]["withdrawn_at"] == "2026-11-07T00:00:00Z"
    assert open_workspace(root).workflow.state(V1) is State.BLOCKED


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--rule", "PRC-001"), 1, "no finding of PRC-001"),
        (("--rule", "PRC-012", "--key", "nobody"), 1, "with the key given"),
        (("--reason", "too short"), 2, "20 to 1000 characters"),
        (("--reason", "y" * 1001), 2, "20 to 1000 characters"),
        (("--reason", "what a screen obeys \x1b[31m in a text"), 2, "20 to 1000 characters"),
        (("--reason", "the borrower 11010519491231002X was told in time"), 2, "may be a person's"),
        (("--reason", "电话１３８０００００００１的借款人已经被告知，下期将会更正"), 2, "疑似个人信息"),
        (("--cites", " "), 2, "the citation has 1 to 300"),
        (("--cites", "email someone@example.com"), 2, "may be a person's"),
        (("--until", "2026-09"), 1, "has expired"),
        (("--until", "soon"), 2, "is not a period"),
        (("--actor", "13800000001"), 2, "may be a person's"),
    ],
)
def test_what_cannot_be_waived_is_said(root: Path, words: Sequence[str], code: int, said: str) -> None:
    """A clear reason for each, the exit code of a refusal or of wrong input, and nothing is written."""
    given = {"--rule": "PRC-012", "--reason": REASON, "--cites": CITES, "--until": "2026-10", "--actor": "maria"}
    given |= dict(zip(words[::2], words[1::2], strict=True))
    ended, _, wrong = run(root, "waive", CN, "--yes", *(part for pair in given.items() for part in pair))
    assert (ended, said in wrong) == (code, True), wrong
    assert "Traceback" not in wrong and open_workspace(root).workflow.waivers() == []


def test_nobody_acts_without_a_name_or_an_answer(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No name is taken for granted, an environment may give one, and without --yes a person is asked."""
    monkeypatch.delenv("LOANTAPE_ACTOR", raising=False)
    words = ("waive", CN, "--rule", "PRC-012", "--reason", REASON, "--cites", CITES, "--until", "2026-10")
    ended, _, wrong = run(root, *words, "--yes")
    assert ended == 2 and "nobody is named as acting" in wrong
    monkeypatch.setenv("LOANTAPE_ACTOR", "maria")
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    ended, said, _ = run(root, *words)
    assert ended == 1 and "2 findings of PRC-012" in said and open_workspace(root).workflow.waivers() == []
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert run(root, *words)[0] == 0
    assert [one.author for one in open_workspace(root).workflow.waivers()] == ["maria"]


def changed(ws: Workspace, name: str, statement: str) -> None:
    """Findings other than the check left, as another rule book would give them."""
    with ws.store.editing(name, "check", AT, inputs=ws.store.inputs(name, "check")) as con:
        con.execute(statement)


def test_other_findings_are_not_covered(root: Path) -> None:
    """One waits: it is not accepted any more. One was accepted: it counts no more, and the filing is refused."""
    waive_all(root)
    ws = open_workspace(root)
    assert waive(root, "PRC-012", "--key", KEYS[0])[0] == 0
    changed(ws, V1, "UPDATE findings SET value = '5.1' WHERE rule = 'PRC-012'")
    ended, _, wrong = accept(root, 4)
    assert ended == 1 and "what it covers has changed since" in wrong
    assert [unchanged for _, unchanged in waivers.listed(ws, CN)] == [True, False, True, False]
    with pytest.raises(FilingRefused, match=r"2 open error.*PRC-012 2.*3 more are waived"):
        pipeline.file(ws, CN, "cn_nfra_east", AT)
    waivers.answer(ws, V1, AT)
    assert ws.workflow.state(V1) is State.BLOCKED


def test_a_correction_starts_without(root: Path, blocked: Path) -> None:
    """A waiver belongs to one version: the next one has none, and its errors block."""
    waive_all(root)
    ws = open_workspace(root)
    folder = root.with_name("again")
    again = resent(blocked.with_name("second"), folder, "loan.csv", {(0, "purpose_text"): "购买家电"})
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    (folder / "manifest.json").write_text(json.dumps(manifest | {"sequence": 3}), "utf-8")
    pipeline.run(ws, [again], AT + timedelta(days=2))
    assert [ws.workflow.state(f"{CN}/v{version}") for version in (1, 2)] == [State.READY, State.BLOCKED]
    assert ws.workflow.waivers(f"{CN}/v2") == [] and len(ws.workflow.waivers()) == 3


@pytest.mark.usefixtures("quick")
def test_a_manifest_that_makes_waivers_up_is_rejected(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no waiver, covers nothing, or was accepted by its author, does not pass the receiver's check."""
    waive_all(root)
    for number, (name, value) in enumerate({"accepter": "MARIA", "findings": 0, "reason": None}.items()):
        store = copied(root, root.with_name(f"made up {number}"))
        real = waived.stated
        with monkeypatch.context() as patched:
            patched.setattr(waived, "stated", lambda of, n=name, v=value, r=real: [one | {n: v} for one in r(of)])
            package = pipeline.file(open_workspace(store), CN, "cn_nfra_g09", AT)
        ended, _, wrong = cli("verify", package)
        assert ended == 1 and "PackageRejected: manifest.json: " in wrong and "waiver" in wrong


AN_ERROR = st.tuples(
    st.sampled_from("ABC"), st.sampled_from(["ERROR", "WARNING"]), st.just("loan"),
    st.sampled_from(["", "1", "2", None]), st.just("loan.csv"), st.integers(1, 3),
    st.sampled_from(["x", None]), st.sampled_from(["0", None]),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    st.lists(AN_ERROR, max_size=12),
    st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from([None, "1", "2"])), max_size=3),
    st.randoms(),
)
def test_exactly_what_is_covered_is_not_open(found: list[Any], scopes: list[Any], random: Any) -> None:
    """Whatever findings there are: open are the errors that no waiver names by rule and key, and the hash of what is
    covered does not depend on the order in the store, and changes with any finding."""
    shuffled = random.sample(found, len(found))
    hashes = []
    for rows in (found, shuffled, [*found, ("A", "ERROR", "loan", "1", "loan.csv", 9, "x", "0")]):
        with duckdb.connect() as con:
            con.execute(f"CREATE TABLE findings ({FINDINGS})")
            for row in rows:
                con.execute("INSERT INTO findings VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
            hashes.append([waived.frozen(con, "A", key) for key in (None, "1")])
            given_ = [a_waiver(rule, key) for rule, key in scopes]
            expected = [
                row
                for row in rows
                if row[1] == "ERROR" and not any(row[0] == rule and key in (None, row[3]) for rule, key in scopes)
            ]
            assert waived.open_errors(con, given_) == len(expected)
            assert waived.in_effect(con, given_) == ()
    assert hashes[0] == hashes[1]
    assert all(one != other for one, other in zip(hashes[0], hashes[2], strict=True))


def a_waiver(rule: str, key: str | None) -> Waiver:
    return Waiver(
        "l/2026-10/v1/w1", rule, key, ZH, CITES, Period.parse("2026-10"), 1, "0" * 64, "m", datetime(2026, 11, 5)
    )


def test_words_of_everyday_are_no_personal_data() -> None:
    """An explanation may speak of values, dates, articles and amounts."""
    for text in (
        "the value of 2026-10-31 was confirmed at 1,250.00 yuan by art. 24 of 金规〔2026〕2号",
        "the string of the product's name was cut short by the sender",
    ):
        assert checked(text, ("the reason", "原因"), "say it") == text
    with pytest.raises(ConfigurationError):
        checked("联系人：张伟 已确认", ("the reason", "原因"), "say it")
