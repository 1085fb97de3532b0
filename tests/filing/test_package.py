"""Packages: sealed once, verified by anyone with the public key, rejected when any byte or member differs."""

from __future__ import annotations

import base64
import json
import random
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from loantape import catalog
from loantape.declare import FilingContext, Period
from loantape.errors import ConfigurationError, LoantapeError, PackageRejected, ReadBackMismatch
from loantape.filing import make, refusal
from loantape.filing import package as layout
from loantape.filing.sign import MinisignSigner, PublicKey, Signature, signature_path
from loantape.filing.timestamp import FolderAuthority, stamp
from loantape.filing.verify import Verification, verify
from loantape.keys import Keys
from loantape.privacy import writing_vault
from loantape.progress import silent
from loantape.zipped import write_zip
from tests.filing.conftest import IDENTITIES_OF_LOANS, create_tape
from tests.filing.every_package import reports

FILING = catalog.filing("cn_pbc")
FILINGS = catalog.filings()
SUBMISSION = (
    "CREATE TABLE submission AS SELECT 'demo_cashloan' AS lender, DATE '2026-10-31' AS period, 1 AS version,"
    " 'cn' AS jurisdiction, 'standard/1' AS schema_version, 'c0ffee' AS content_sha256,"
    " TIMESTAMP '2026-11-03 06:00:00' AS received_at, '0.1.0' AS loantape_version"
)
LOANS = [{"iou_no": f"JJ-{n:04d}", "borrower_pid": ("pid-1", "pid-2", "pid-4")[n % 3]} for n in range(40)]
FINDINGS = "CREATE TABLE findings (rule VARCHAR, severity VARCHAR, key VARCHAR)"


REPORTS = reports("demo_cashloan/2026-10/v1")


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "keys")


@pytest.fixture
def vault(tape: Callable[..., Any], keys: Keys, tmp_path: Path) -> Path:
    path = tmp_path / "identity.vault"
    con = tape(LOANS)
    with writing_vault(con, path, keys.vault_key()) as kept:
        con.execute(f"INSERT INTO {kept.identity} FROM vault.identity")
        con.execute(f"INSERT INTO {kept.loan} {IDENTITIES_OF_LOANS}")
    return path


@pytest.fixture
def con(tape: Callable[..., Any]) -> Any:
    made = tape(LOANS)
    made.execute("DETACH vault")
    made.execute("DETACH previous")
    made.execute(SUBMISSION)
    made.execute(FINDINGS)
    made.execute(
        "INSERT INTO findings (rule, severity)"
        " VALUES ('PRC-010', 'WARNING'), ('PRC-010', 'WARNING'), ('PRC-007', 'INFO')"
    )
    return made


@pytest.fixture
def month_before(tmp_path: Path) -> Path:
    """The submission of the month before: a lender that had no loans then."""
    path = tmp_path / "before.duckdb"
    with duckdb.connect(str(path)) as made:
        create_tape(made)
    return path


@pytest.fixture
def sealed(con: Any, context: FilingContext, keys: Keys, vault: Path, month_before: Path, tmp_path: Path) -> Path:
    rendered = make.render(con, FILING, context, tmp_path / "files", vault, keys, silent(), month_before)
    return make.seal(con, FILING, context, rendered, REPORTS, keys, tmp_path / "out").path


def public_key(keys: Keys) -> str:
    return keys.public_key_text()


def test_a_good_package_is_accepted(sealed: Path, keys: Keys) -> None:
    """A receiver with nothing but the package and the key gets every check, in two languages, and the counts."""
    seen = verify(sealed, public_key(keys), FILINGS)
    assert isinstance(seen, Verification)
    assert seen.regulator == "cn_pbc"
    assert seen.signed_by == keys.signing_key().name
    # 40 loans in stock, 40 grants, and one person under three pseudonyms
    assert sorted(seen.records.values(), key=str) == [1, 1, 40, 40, 40, 40, None, None, None]
    # signature, members, name, hashes, rules of the format, findings, three reports, dates, six files of records, form
    assert len(seen.checks) == 17
    assert all(check.en and check.zh for check in seen.checks)
    assert "demo_cashloan" in "\n".join(seen.lines())


def test_the_public_key_may_be_a_file_its_text_or_its_line(sealed: Path, keys: Keys, tmp_path: Path) -> None:
    """However the key was handed over, it works; anything else is named as no key."""
    text = public_key(keys)
    file = tmp_path / "signing.pub"
    file.write_text(text)
    for key in (file, str(file), text, text.splitlines()[1]):
        assert verify(sealed, key, FILINGS).signed_by
    for key in (tmp_path / "absent.pub", "absent.pub", "", sealed, text.splitlines()[1][:-4]):
        with pytest.raises(ConfigurationError):
            verify(sealed, key, FILINGS)


def test_without_a_key_it_says_that_nobody_vouches(sealed: Path) -> None:
    """Integrity can be checked without a key; the result says that the signature was not."""
    seen = verify(sealed, None, FILINGS)
    assert seen.signed_by is None
    assert "NOT checked" in seen.checks[0].en
    assert [line[:2] for line in seen.lines()[1:3]] == ["--", "ok"]


def test_another_key_is_rejected(sealed: Path, tmp_path: Path) -> None:
    """A signature by anyone else does not count, even one that claims the same key id."""
    other = Keys(tmp_path / "other")
    with pytest.raises(PackageRejected, match="made with key"):
        verify(sealed, public_key(other), FILINGS)
    ours = PublicKey.parse(public_key(Keys(tmp_path / "keys")))
    forged = replace(other.signing_key(), key_id=ours.key_id)
    signature_path(sealed).write_bytes(MinisignSigner(forged).sign(sealed, "file:x"))
    with pytest.raises(PackageRejected, match="not those that were signed"):
        verify(sealed, public_key(Keys(tmp_path / "keys")), FILINGS)


def test_any_changed_byte_of_the_signature_is_rejected(sealed: Path, keys: Keys) -> None:
    """Every byte of the .minisig counts: whichever is changed, in value or only in letter case, is rejected."""
    beside, key = signature_path(sealed), public_key(keys)
    good = beside.read_bytes()
    for position in range(len(good)):
        for bit in (0, 5):
            beside.write_bytes(good[:position] + bytes([good[position] ^ 1 << bit]) + good[position + 1 :])
            with pytest.raises(PackageRejected):
                _signature_only(sealed, key)
    for other in (good + b"\n", good[:-1], b"\xef\xbb\xbf" + good, good.replace(b"\n", b"\r\n"), b""):
        beside.write_bytes(other)
        with pytest.raises(PackageRejected):
            verify(sealed, key, FILINGS)
    beside.write_bytes(good)
    assert verify(sealed, key, FILINGS)
    beside.unlink()
    with pytest.raises(PackageRejected, match="not beside"):
        verify(sealed, key, FILINGS)


def _signature_only(sealed: Path, key: str) -> None:
    """The signature step alone, so that every byte can be tried: verify() runs it first."""
    from loantape.filing.verify import _check_signature

    _check_signature(sealed, key, [])


def test_any_changed_byte_of_the_zip_is_rejected(sealed: Path, keys: Keys) -> None:
    """600 changed bytes anywhere in the zip, cuts and additions are all rejected, with the key or without."""
    key, good = public_key(keys), sealed.read_bytes()
    chosen = random.Random(5)
    positions = {0, len(good) - 1, *chosen.sample(range(len(good)), 600)}
    for position in sorted(positions):
        sealed.write_bytes(good[:position] + bytes([good[position] ^ 1 << chosen.randrange(8)]) + good[position + 1 :])
        with pytest.raises(PackageRejected, match=r"[\u4e00-\u9fff]"):
            verify(sealed, key, FILINGS)
        if position % 10 == 0:
            with pytest.raises(PackageRejected):
                verify(sealed, None, FILINGS)
    for other in (good + b"\0", b"\0" + good, good[:-1], good[: len(good) // 2], b""):
        sealed.write_bytes(other)
        with pytest.raises(PackageRejected):
            verify(sealed, key, FILINGS)
        with pytest.raises(PackageRejected):
            verify(sealed, None, FILINGS)


def _rebuilt(sealed: Path, keys: Keys, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The package with changed members, signed again with the right key: what only the structure can give away."""
    with zipfile.ZipFile(sealed) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    import io

    write_zip(sealed, {name: lambda data=data: io.BytesIO(data) for name, data in members.items()})
    signature_path(sealed).write_bytes(MinisignSigner(keys.signing_key()).sign(sealed, f"file:{sealed.name}"))
    return sealed


def _edit_manifest(edit: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        manifest = json.loads(members["manifest.json"])
        edit(manifest)
        members["manifest.json"] = json.dumps(manifest).encode()

    return change


def _replace_total(manifest: dict[str, Any]) -> None:
    manifest["files"][0]["control_totals"]["14 贷款余额"] = "1"


def _one_record_more(manifest: dict[str, Any]) -> None:
    manifest["files"][0]["records"] += 1


def _amends(**stated: Any) -> Callable[[dict[str, bytes]], None]:
    return _edit_manifest(lambda manifest: manifest.update(stated))


_ONE = {"table": "CLGRDK", "file": "report.html", "added": 0, "removed": 0, "changed": 0}
CHANGES: dict[str, tuple[Callable[[dict[str, bytes]], None], str]] = {
    "amendment is no object": (_amends(amendment=["x"]), "the amendment has no 'reason'"),
    "amendment is empty": (_amends(amendment={}), "the amendment has no 'reason'"),
    "amends nothing": (_amends(amendment={"reason": "x", "differences": [], "replaces": 7}), "what it replaces has no"),
    "difference unnamed": (_amends(amendment={"reason": "x", "differences": [{}]}), "a difference has no"),
    "difference not there": (_amends(amendment={"reason": "x", "differences": [_ONE]}), "does not list the companions"),
    "withdraws nothing": (_amends(format="loantape-withdrawal/1"), "a withdrawal has no 'withdraws'"),
    "withdrawal with files": (
        _amends(format="loantape-withdrawal/1", reason="x", withdraws={"name": "a", "package": "b", "sha256": "c"}),
        "holds files of the regulator",
    ),
    "added member": (lambda members: members.update({"extra.txt": b"x"}), "not listed \\['extra.txt'\\]"),
    "removed member": (lambda members: members.pop("report.html"), "missing \\['report.html'\\]"),
    "changed report": (lambda members: members.update({"report.html": b"<html>"}), "another size"),
    "same size": (lambda members: members.update({"report.html": members["report.html"].upper()}), "another SHA-256"),
    "member path": (lambda members: members.update({"../evil": b"x"}), "not a plain file"),
    "no manifest": (lambda members: members.pop("manifest.json"), "not manifest.json"),
    "not JSON": (lambda members: members.update({"manifest.json": b"{"}), "not JSON"),
    "a list": (lambda members: members.update({"manifest.json": b"[]"}), "format"),
    "other format": (_edit_manifest(lambda m: m.update(format="other/9")), "format"),
    "no regulator": (_edit_manifest(lambda m: m.pop("regulator")), "'regulator'"),
    "unknown regulator": (_edit_manifest(lambda m: m.update(regulator="mars")), "'mars_demo_cashloan_2026-10_1.zip'"),
    "wrong type": (_edit_manifest(lambda m: m["files"][0].update(bytes="9")), "'bytes'"),
    "other total": (_edit_manifest(_replace_total), "control totals"),
    "other count": (_edit_manifest(_one_record_more), "records"),
    "no companions": (_edit_manifest(lambda m: m.update(companions=[])), "companions"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_changes_under_a_good_signature_are_named(name: str, sealed: Path, keys: Keys) -> None:
    """Even when the right key signed it, a package that contradicts itself is rejected, saying where."""
    change, words = CHANGES[name]
    _rebuilt(sealed, keys, change)
    with pytest.raises(PackageRejected, match=words) as rejected:
        verify(sealed, public_key(keys), FILINGS)
    assert any("\u4e00" <= character <= "\u9fff" for character in rejected.value.what)
    assert rejected.value.next_step


def test_an_unknown_regulator_is_named(sealed: Path, keys: Keys) -> None:
    """An installation that does not know the regulator says so, and whom it knows."""
    with pytest.raises(PackageRejected, match="no reader for the files of 'cn_pbc'") as rejected:
        verify(sealed, public_key(keys), {"us_sec": catalog.filing("us_sec")})
    assert "us_sec" in rejected.value.next_step


def test_a_regulator_file_that_breaks_its_own_form_is_rejected(sealed: Path, keys: Keys) -> None:
    """Hashes that agree do not help a data file that its regulator would not accept."""

    def change(members: dict[str, bytes]) -> None:
        import hashlib

        manifest = json.loads(members["manifest.json"])
        data = next(entry for entry in manifest["files"] if entry["name"].endswith(".dat"))
        members[data["name"]] = members[data["name"]].replace(b"|RF01|", b"|RF09|")
        data["sha256"] = hashlib.sha256(members[data["name"]]).hexdigest()
        members["manifest.json"] = json.dumps(manifest).encode()

    _rebuilt(sealed, keys, change)
    with pytest.raises(PackageRejected, match="line 1, column 16"):
        verify(sealed, public_key(keys), FILINGS)


def test_other_zips_are_rejected(sealed: Path, keys: Keys) -> None:
    """Compressed members, repeated members and bytes between members are not a package, whoever signed them."""
    with zipfile.ZipFile(sealed) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    for kind in ("deflated", "repeated", "comment"):
        with zipfile.ZipFile(sealed, "w") as archive:
            for name, data in members:
                archive.writestr(name, data, zipfile.ZIP_DEFLATED if kind == "deflated" else zipfile.ZIP_STORED)
            if kind == "repeated":
                with pytest.warns(UserWarning, match="Duplicate"):
                    archive.writestr("report.html", b"another")
            if kind == "comment":
                archive.comment = b"hidden"
        signature_path(sealed).write_bytes(MinisignSigner(keys.signing_key()).sign(sealed, "file:x"))
        with pytest.raises(PackageRejected):
            verify(sealed, public_key(keys), FILINGS)


def test_the_signature_format_is_minisigns() -> None:
    """The published example of the format's author verifies here: same hash, same comment, same key id."""
    key = PublicKey.parse("RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3")
    assert key.name == "E7620F1842B4E81F"
    first = base64.b64decode(
        "RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo="
    )
    both = base64.b64decode("y/rUw2y8/hOUYjZU71eHp/Wo1KZ40fGy2VJEDl34XMJM+TX48Ss/17u3IvIfbVR1FkZZSNCisQbuQY+bHwhEBg==")
    published = Signature(first[2:10], first[10:], "timestamp:1556193335\tfile:test", both)
    assert Signature.parse(published.to_bytes()) == published


def test_the_published_signature_verifies(tmp_path: Path) -> None:
    """A signature made by another implementation over the bytes 'test' is accepted, and over 'Test' it is not."""
    key = PublicKey.parse("RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3")
    first = base64.b64decode(
        "RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo="
    )
    both = base64.b64decode("y/rUw2y8/hOUYjZU71eHp/Wo1KZ40fGy2VJEDl34XMJM+TX48Ss/17u3IvIfbVR1FkZZSNCisQbuQY+bHwhEBg==")
    published = Signature(first[2:10], first[10:], "timestamp:1556193335\tfile:test", both)
    file = tmp_path / "test"
    file.write_bytes(b"test")
    published.verify(file, key)
    with pytest.raises(ValueError, match="comment"):
        replace(published, trusted_comment="timestamp:1556193336\tfile:test").verify(file, key)
    file.write_bytes(b"Test")
    with pytest.raises(ValueError, match="bytes"):
        published.verify(file, key)


def test_sealing_twice_gives_the_same_bytes(
    con: Any, context: FilingContext, keys: Keys, vault: Path, month_before: Path, tmp_path: Path
) -> None:
    """Package and signature depend on their inputs alone."""
    made = []
    for attempt in ("a", "b"):
        rendered = make.render(con, FILING, context, tmp_path / attempt / "files", vault, keys, silent(), month_before)
        sealed = make.seal(con, FILING, context, rendered, REPORTS, keys, tmp_path / attempt).path
        made.append((sealed.name, sealed.read_bytes(), signature_path(sealed).read_bytes()))
    assert made[0] == made[1]


def test_a_package_of_the_first_form_is_still_accepted(
    con: Any,
    context: FilingContext,
    keys: Keys,
    vault: Path,
    month_before: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was sealed before reports were printed has a page and no PDF, says so by its form, and verifies."""
    first = "loantape-package/1"
    monkeypatch.setattr(layout, "FORMAT", first)
    monkeypatch.setattr(layout, "REPORTS", ("report.html",))
    rendered = make.render(con, FILING, context, tmp_path / "files", vault, keys, silent(), month_before)
    sealed = make.seal(con, FILING, context, rendered, REPORTS, keys, tmp_path / "out").path
    with zipfile.ZipFile(sealed) as archive:
        assert json.loads(archive.read("manifest.json"))["format"] == first
        assert "report.en.pdf" not in archive.namelist()
    monkeypatch.undo()
    assert verify(sealed, public_key(keys), FILINGS)


def test_the_manifest_says_what_was_filed(sealed: Path) -> None:
    """Everything a receiver may ask later is in the manifest, and the findings summary counts what was open."""
    with zipfile.ZipFile(sealed) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        summary = archive.read("findings-summary.csv").decode()
    assert sealed.name == "cn_pbc_demo_cashloan_2026-10_1.zip"
    assert manifest["submission"] == {
        "name": "demo_cashloan/2026-10/v1",
        "content_sha256": "c0ffee",
        "schema": "standard/1",
        "read_by": "0.1.0",
        "received_at": "2026-11-03T06:00:00",
    }
    assert manifest["period"] == "2026-10-31"
    assert manifest["created_at"] == "2026-11-05T09:30:00"
    assert manifest["rule_book"] == catalog.book_version()
    assert [entry["name"].rsplit(".")[-1] for entry in manifest["files"]] == ["dat", "log", "zip"] * 3
    assert summary == "rule,severity,count\nPRC-007,INFO,1\nPRC-010,WARNING,2\n"


def test_a_copied_package_verifies(sealed: Path, keys: Keys, tmp_path: Path) -> None:
    """Copying takes the signature along and leaves nothing else behind."""
    copied = make.copy_package(sealed, tmp_path / "outgoing")
    assert verify(copied, public_key(keys), FILINGS)
    assert {path.name for path in (tmp_path / "outgoing").iterdir()} == {copied.name, signature_path(copied).name}


def test_a_token_of_a_time_authority_is_part_of_the_check(sealed: Path, keys: Keys, tmp_path: Path) -> None:
    """With the authority's certificate the receiver is told the time; without it, that the token was not looked at."""
    authority = FolderAuthority(tmp_path / "tsa")
    with pytest.raises(PackageRejected, match="not beside"):
        stamp(Path(shutil.copy(sealed, tmp_path / "other.zip")), authority)
        verify(sealed, public_key(keys), FILINGS, authority.certificate)
    token = stamp(sealed, authority)
    seen = verify(sealed, public_key(keys), FILINGS, authority.certificate)
    assert any("existed at" in check.en and "test time authority" in check.en for check in seen.checks)
    assert any("token NOT checked" in check.en for check in verify(sealed, public_key(keys), FILINGS).checks)
    assert make.copy_package(sealed, tmp_path / "sent").with_name(token.name).read_bytes() == token.read_bytes()
    stamp(other := Path(shutil.copy(sealed, tmp_path / "sent" / "b.zip")), FolderAuthority(tmp_path / "stranger"))
    shutil.copy(other.with_name("b.zip.tsr"), token)
    with pytest.raises(PackageRejected, match="no trusted certificate"):
        verify(sealed, public_key(keys), FILINGS, authority.certificate)


# --- rendering through the machine ---------------------------------------------------------------------------------


def test_a_refused_filing_leaves_nothing(
    con: Any, context: FilingContext, keys: Keys, vault: Path, month_before: Path, tmp_path: Path
) -> None:
    """A value the format cannot express stops the filing before a single file appears."""
    con.execute("UPDATE tape_loan SET contract_no = 'a|b' WHERE iou_no = 'JJ-0007'")
    before = {path.name for path in tmp_path.iterdir()}
    with pytest.raises(LoantapeError, match="JJ-0007"):
        make.render(con, FILING, context, tmp_path / "files", vault, keys, silent(), month_before)
    assert {path.name for path in tmp_path.iterdir()} == before
    assert con.execute("SELECT count(*) FROM duckdb_databases() WHERE database_name = 'vault'").fetchone() == (0,)


@pytest.mark.parametrize("lie", ["records", "totals", "file"])
def test_a_writer_that_lies_is_caught(
    lie: str, con: Any, context: FilingContext, keys: Keys, vault: Path, month_before: Path, tmp_path: Path
) -> None:
    """What the independent reader finds must equal what the tape says, or nothing is left to seal."""

    def render(connection: Any, folder: Path, given: FilingContext) -> Any:
        data, check, archive, *others = FILING.render(connection, folder, given)
        match lie:
            case "records":
                return [replace(data, records=39), check, archive, *others]
            case "totals":
                return [
                    replace(data, control_totals={**data.control_totals, "14 贷款余额": Decimal(1)}),
                    check,
                    archive,
                    *others,
                ]
            case _:
                return [data, archive, *others]

    with pytest.raises(ReadBackMismatch):
        make.render(
            con, replace(FILING, render=render), context, tmp_path / "files", vault, keys, silent(), month_before
        )
    assert not (tmp_path / "files").exists()


def test_without_identities_there_is_no_masking(
    con: Any, context: FilingContext, keys: Keys, month_before: Path, tmp_path: Path
) -> None:
    """A filing that masks identity numbers says so when the vault is missing."""
    for vault in (None, tmp_path / "absent.vault"):
        with pytest.raises(ConfigurationError):
            make.render(con, FILING, context, tmp_path / "files", vault, keys, silent(), month_before)


# --- refusals ------------------------------------------------------------------------------------------------------


def test_open_errors_block_a_filing(con: Any) -> None:
    """Findings of severity ERROR block, by rule, count and the first rows; warnings do not."""
    lender = replace(next(iter(catalog.lenders().values())), jurisdiction="cn")
    refusal.refuse_unless_fileable(con, FILING, lender)
    con.execute(
        "INSERT INTO findings VALUES ('ARR-002', 'ERROR', 'JJ-2'), ('ARR-002', 'ERROR', 'JJ-1'),"
        " ('IDN-006', 'ERROR', ''), ('PTR-001', 'ERROR', 'JJ-1'), ('PTR-001', 'ERROR', 'JJ-1')"
    )
    con.execute("INSERT INTO findings SELECT 'ZZZ-001', 'ERROR', 'JJ-' || i FROM range(10, 15) AS r(i)")
    said = (
        r"10 open error.*ARR-002 2 \(JJ-1, JJ-2\), IDN-006 1, PTR-001 2 \(JJ-1 …\), ZZZ-001 5 \(JJ-10, JJ-11, JJ-12 …\)"
    )
    with pytest.raises(LoantapeError, match=said):
        refusal.refuse_unless_fileable(con, FILING, lender)


def test_lenders_outside_the_scope_are_refused(con: Any) -> None:
    """A small-loan company does not report CLGRDK, nor does anyone of another jurisdiction."""
    lender = replace(next(iter(catalog.lenders().values())), jurisdiction="cn")
    assert refusal.in_scope(con, FILING, lender)
    with pytest.raises(LoantapeError, match="'us'"):
        refusal.refuse_unless_fileable(con, FILING, replace(lender, jurisdiction="us"))
    con.execute("UPDATE tape_loan SET lender_type = 'MICRO' WHERE iou_no = 'JJ-0001'")
    assert not refusal.in_scope(con, FILING, lender)
    with pytest.raises(LoantapeError, match="MICRO"):
        refusal.refuse_unless_fileable(con, FILING, lender)


# --- reproducibility -----------------------------------------------------------------------------------------------


def test_periods_and_times_come_from_the_context(
    con: Any, context: FilingContext, keys: Keys, vault: Path, month_before: Path, tmp_path: Path
) -> None:
    """Nothing asks the clock: another stated time changes the check file's fourth line and nothing else of it."""
    later = replace(context, created_at=datetime(2030, 1, 2, 3, 4, 5), period=Period(date(2026, 10, 31)))
    logs = []
    for number, given in enumerate((context, later)):
        folder = tmp_path / f"f{number}"
        make.render(con, FILING, given, folder, vault, keys, silent(), month_before)
        logs.append(next(folder.glob("*.log")).read_text().split("\n"))
        shutil.rmtree(folder)
    assert logs[1][3] == "2030-01-02 11:04:05"
    assert logs[0][:3] + logs[0][4:] == logs[1][:3] + logs[1][4:]
