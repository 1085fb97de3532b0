"""What a receiver finds in a package of any filing: nothing when it is untouched, and whatever anybody changed."""

from __future__ import annotations

import os
import random
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loantape.errors import PackageRejected
from loantape.filing.sign import signature_path
from loantape.filing.verify import verify
from loantape.keys import Keys
from tests.filing.every_package import (
    CODE,
    DAY,
    FILINGS,
    SHEET,
    Members,
    in_book,
    in_data,
    in_member,
    rebuilt,
    seal,
    sign,
    with_data,
)

NAMES = sorted(FILINGS)
SAMPLE = None if os.environ.get("LOANTAPE_LONG") else 120  # bytes of the zip that are changed; None: every one
STOCK, CUSTOMERS = f"{CODE}_CLGRDK_{DAY}.dat", f"{CODE}_GRKHXX_{DAY}.dat"
FORM = f"BJ{CODE}{DAY}20202"
LOANS, LIST = "B0001H111000001-GRXDYWJJB-20261031.txt", "示例银行监管标准化数据报送清单（20261031）.xlsx"
RESULTS = "示例银行监管标准化数据检核结果（20261031）.xlsx"
G09, EX102, CSV = f"{CODE}_G09_{DAY}_reconstructed.xlsx", "ex102_2026-10.xml", "products_2026-10.csv"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys") / "keys")


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("packages")
    return {name: seal(name, folder, keys) for name in NAMES}


@pytest.fixture
def package(originals: dict[str, Path], tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    original = originals[request.param]
    for path in (original, signature_path(original)):
        shutil.copyfile(path, tmp_path / path.name)
    yield tmp_path / original.name


def rejected(package: Path, key: str | None) -> str:
    """What is said of a package that must be rejected, in both languages and with the next step."""
    with pytest.raises(PackageRejected) as wrong:
        verify(package, key, FILINGS)
    assert re.search("[\u4e00-\u9fff]", wrong.value.what), wrong.value.what
    assert wrong.value.next_step
    return wrong.value.what


@pytest.mark.parametrize("package", NAMES, indirect=True)
def test_an_untouched_package_is_accepted(package: Path, keys: Keys) -> None:
    """With nothing but the package and the key: every check in two languages, and the records of every file."""
    seen = verify(package, keys.public_key_text(), FILINGS)
    assert seen.signed_by
    assert all(check.en and check.zh for check in seen.checks)
    assert sum(count or 0 for count in seen.records.values()) > 0


@pytest.mark.parametrize("package", NAMES, indirect=True)
def test_one_changed_byte_anywhere_is_found(package: Path, keys: Keys) -> None:
    """Whichever byte of the zip or of its signature is changed, with the key or, for the zip, without."""
    key, chosen = keys.public_key_text(), random.Random(11)
    for path, most in ((signature_path(package), 60 if SAMPLE else None), (package, SAMPLE)):
        good = path.read_bytes()
        places = (
            range(len(good)) if most is None else sorted({0, len(good) - 1, *chosen.sample(range(len(good)), most)})
        )
        for number, place in enumerate(places):
            path.write_bytes(good[:place] + bytes([good[place] ^ 1 << chosen.randrange(8)]) + good[place + 1 :])
            rejected(package, key)
            if path is package and number % (8 if SAMPLE else 200) == 0:
                rejected(package, None)
        path.write_bytes(good)
    assert verify(package, key, FILINGS)


@pytest.mark.parametrize("package", NAMES, indirect=True)
def test_a_package_signed_by_somebody_else_is_found(package: Path, keys: Keys, tmp_path: Path) -> None:
    """Who signs again with a key of his own is named by it."""
    sign(package, Keys(tmp_path / "attacker"))
    assert "made with key" in rejected(package, keys.public_key_text())


def _members(change: Callable[[Members], None]) -> Callable[[Path, Keys], None]:
    return lambda package, keys: rebuilt(package, keys, change)


def _raw(change: Callable[[bytes], bytes]) -> Callable[[Path, Keys], None]:
    def done(package: Path, keys: Keys) -> None:
        package.write_bytes(change(package.read_bytes()))
        sign(package, keys)

    return done


def _again(kind: str) -> Callable[[Path, Keys], None]:
    """The same members written by Python's own zip, with one thing otherwise."""

    def done(package: Path, keys: Keys) -> None:
        with zipfile.ZipFile(package) as archive:
            members = [(name, archive.read(name)) for name in archive.namelist()]
        with zipfile.ZipFile(package, "w") as archive:
            for name, data in members:
                archive.writestr(name, data, zipfile.ZIP_DEFLATED if kind == "deflated" else zipfile.ZIP_STORED)
            if kind == "twice":
                with pytest.warns(UserWarning, match="Duplicate"):
                    archive.writestr(*members[-1])
            if kind == "comment":
                archive.comment = b"hidden"
        sign(package, keys)

    return done


def _renamed(to: Callable[[str], str]) -> Callable[[Members], None]:
    def change(members: Members) -> None:
        name = next(reversed(members))
        members[to(name)] = members.pop(name)

    return change


STRUCTURE: dict[str, Callable[[Path, Keys], None]] = {
    "a member more": _members(lambda members: members.update({"extra.txt": b"x"})),
    "a member less": _members(lambda members: members.pop(next(reversed(members)))),
    "a member renamed": _members(_renamed(lambda name: "x" + name)),
    "a member in other case": _members(_renamed(str.swapcase)),
    "the manifest in other case": _members(lambda m: m.update({"Manifest.json": m["manifest.json"]})),
    "a member in a folder": _members(_renamed(lambda name: "files/" + name)),
    "a member above": _members(_renamed(lambda name: "../" + name)),
    "another order": _members(lambda members: members.update({"report.html": members.pop("report.html")})),
    "a byte behind": _raw(lambda data: data + b"\0"),
    "a byte before": _raw(lambda data: b"\0" + data),
    "a program before": _raw(lambda data: b"MZ" + b"\x90" * 510 + data),
    "cut short": _raw(lambda data: data[:-30]),
    "another zip behind": _raw(lambda data: data + data),
    "nothing": _raw(lambda data: b""),
    "a comment": _again("comment"),
    "compressed": _again("deflated"),
    "a member twice": _again("twice"),
}


@pytest.mark.parametrize("change", STRUCTURE)
@pytest.mark.parametrize("package", NAMES, indirect=True)
def test_another_structure_is_found(package: Path, change: str, keys: Keys) -> None:
    """Members added, left out, renamed, repeated, in other case or order, bytes around them: under a good signature."""
    STRUCTURE[change](package, keys)
    rejected(package, keys.public_key_text())
    rejected(package, None)


def _last_customer_gone(members: Members) -> None:
    with_data(members, CUSTOMERS, members[CUSTOMERS].rpartition(b"\n")[0])


def _form(old: bytes, new: bytes) -> Callable[[Members], None]:
    def change(members: Members) -> None:
        from tests.filing.every_package import zipped

        assert old in members[f"{FORM}.dat"]
        members[f"{FORM}.dat"] = members[f"{FORM}.dat"].replace(old, new)
        head = FORM.replace("BJ", "BI")
        members[f"{head}.zip"] = zipped({name: members[name] for name in (f"{head}.idx", f"{FORM}.dat")})

    return change


# regulator, what is changed, and what must be said of it: file and place
TAMPERED: dict[str, tuple[str, Callable[[Members], None], str]] = {
    "a data file alone": ("cn_pbc", in_member(STOCK, b"|CNY|", b"|USD|"), r"CLGRDK.*\.log line 2 says"),
    "a code of the data": ("cn_pbc", in_member(STOCK, b"|RF01|", b"|RF09|"), r"CLGRDK.*\.dat line 1, column 16"),
    "check file alone": ("cn_pbc", in_member(STOCK.replace(".dat", ".log"), b"2026-", b"2025-"), "zip holds another"),
    "a balance, consistently": ("cn_pbc", in_data(STOCK, b"7654.32|7654.32", b"7654.33|7654.33"), "sums to"),
    "a customer taken out": ("cn_pbc", _last_customer_gone, "GRKHXX has not|sums to"),
    "a class of the form": ("cn_pbc", _form(b"20202010|60.00", b"20202010|61.00"), "items 010 to 014 sum to 101.00"),
    "more overdue than loans": ("cn_pbc", _form(b"20202015|15.00", b"20202015|150.00"), "do not rise"),
    "an amount": ("cn_nfra_east", in_member(LOANS, b"\x0110000.00\x01", b"\x0110000.01\x01"), "DKJE 贷款金额 is"),
    "a form": ("cn_nfra_east", in_member(LOANS, b"\x01CNY\x01", b"\x01CNYX\x01"), r"GRXDYWJJB.*line 1, field BZ"),
    "a count in the list": ("cn_nfra_east", in_book(LIST, SHEET, b"<v>6</v></c><c", b"<v>7</v></c><c"), "another"),
    "a count in the results": ("cn_nfra_east", in_book(RESULTS, SHEET, b"<v>6</v>", b"<v>5</v>"), "were checked"),
    "a figure": ("cn_nfra_g09", in_book(G09, SHEET, b"<v>21958.64</v>", b"<v>21958.65</v>"), "do not add up"),
    "a formula": ("cn_nfra_g09", in_book(G09, SHEET, b"<v>21958.64</v>", b"<f>1+1</f><v>2</v>"), "formula"),
    "a sheet's mark": ("cn_nfra_g09", in_book(G09, SHEET, b"RECONSTRUCTED", b"OFFICIAL"), "G09_I lacks its mark"),
    "an amount of an asset": ("us_sec", in_member(EX102, b">4145.82</r", b">4145.83</r"), "Amount is 8291.65 in"),
    "an element": ("us_sec", in_member(EX102, b"<assetNumber>", b"<x/><assetNumber>"), "schema"),
    "a balance": ("zz_example", in_member(CSV, b"7654.32", b"7654.33"), "balance is 22962.97 in the file"),
    "a record": ("zz_example", in_member(CSV, b"Line,1,7654.32\n", b""), "holds 1 records"),
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERED)
def test_content_that_contradicts_itself_is_found(
    what: str, originals: dict[str, Path], keys: Keys, tmp_path: Path
) -> None:
    """Hashes made to match and the right signature do not help: the readers say what contradicts what, and where."""
    regulator, change, words = TAMPERED[what]
    package = tmp_path / originals[regulator].name
    shutil.copyfile(originals[regulator], package)
    rebuilt(package, keys, change)
    assert re.search(words, rejected(package, keys.public_key_text()))
