"""Which deliveries count as finished: by name, by two looks, by an absent writer, by what they declare."""

from __future__ import annotations

import io
import os
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loantape import landing
from loantape.errors import ConfigurationError
from loantape.landing import places, ready

from .conftest import MANIFEST, contents, put, zipped

AT_ONCE = landing.Rules(settle_seconds=0)


def look(place: landing.Place, rules: landing.Rules = AT_ONCE) -> tuple[list[str], dict[str, str]]:
    """Names of what is ready, and the reason of each that waits."""
    found = landing.look_twice(place, lambda _: True, rules, sleep=lambda _: None)
    return [one.name for one in found.ready], {one.name: one.reason for one in found.waiting}


def test_finished_folders_and_zips_are_ready_and_other_things_are_nothing(place: landing.Folder, folder: Path) -> None:
    """Answer keys, notes and hidden folders are neither deliveries nor waiting."""
    put(folder, "b_2026-10", contents("2026-10"))
    put(folder, ".aside", contents("2026-10"))
    (folder / "A.ZIP").write_bytes(zipped(contents("2026-09")))
    (folder / "b_2026-10.answers.csv").write_text("rule\n")
    (folder / "notes.tmp").write_text("")
    assert look(place) == (["A.ZIP", "b_2026-10"], {})


@pytest.mark.parametrize("suffix", ready.UNFINISHED)
def test_a_name_that_says_it_is_being_written_holds_its_delivery_back(
    place: landing.Folder, folder: Path, suffix: str
) -> None:
    """A temporary name, in capitals too, at the top or inside a folder, is in progress, and so is its folder."""
    put(folder, "whole", contents("2026-10"))
    put(folder, "half", {**contents("2026-10"), "loan.csv" + suffix.upper(): b"id"})
    put(folder, "folder" + suffix, contents("2026-10"))
    (folder / f"a.zip{suffix}").write_bytes(zipped(contents("2026-10")))
    names, waiting = look(place)
    assert names == ["whole"]
    assert set(waiting) == {"half", "folder" + suffix, f"a.zip{suffix}"}
    assert all("says that it is being written" in reason for reason in waiting.values())


def test_a_hidden_file_holds_its_folder_back(place: landing.Folder, folder: Path) -> None:
    """Transfer programs that write to a hidden name beside the final one are still at it."""
    put(folder, "half", {**contents("2026-10"), ".loan_2026-10.csv.Xy12": b"id"})
    assert look(place)[0] == []


def test_what_is_missing_is_named(place: landing.Folder, folder: Path) -> None:
    """No manifest, a cut manifest, a listed file that is absent or has another size: each waits with its reason."""
    files = contents("2026-10")
    put(folder, "no_manifest", {name: data for name, data in files.items() if name != MANIFEST})
    put(folder, "cut_manifest", {**files, MANIFEST: files[MANIFEST][:-3]})
    put(folder, "absent", {name: data for name, data in files.items() if not name.startswith("fee")})
    put(folder, "short", {**files, "loan_2026-10.csv": files["loan_2026-10.csv"][:-1]})
    (folder / "empty").mkdir()
    (folder / "link").symlink_to(put(folder.parent, "elsewhere", files))
    names, waiting = look(place)
    assert names == []
    assert waiting["no_manifest"] == waiting["empty"] == "it has no manifest.json yet"
    assert waiting["cut_manifest"] == "its manifest.json ends before it is complete"
    assert "has not arrived" in waiting["absent"] and "fee_2026-10.csv" in waiting["absent"]
    assert "the same" not in waiting["short"] and "its manifest.json says" in waiting["short"]
    assert waiting["link"] == "it is a link or no file at all"


def test_what_is_whole_but_wrong_is_ready(place: landing.Folder, folder: Path) -> None:
    """A manifest that is whole but wrong, and links inside, do not wait: ``receive`` refuses them."""
    put(folder, "wrong_json", {MANIFEST: b'{"a": 1,}'})
    put(folder, "wrong_keys", {MANIFEST: b'{"a": 1}'})
    (put(folder, "linked", contents("2026-10")) / "x.csv").symlink_to("/etc/hostname")
    assert look(place) == (["linked", "wrong_json", "wrong_keys"], {})


@given(st.data())
def test_every_proper_beginning_of_a_manifest_is_cut_short(data: st.DataObject) -> None:
    """Wherever a manifest is cut it is seen to be cut, and the whole one is not, however it is written."""
    raw = contents(data.draw(st.sampled_from(["2026-10", "2026-02-15"])), lender="demo")[MANIFEST]
    raw = data.draw(st.sampled_from([raw, b"\xef\xbb\xbf" + raw, raw.replace(b"demo", "花呗".encode())]))
    assert ready.is_cut_short(raw[: data.draw(st.integers(0, len(raw) - 1))])
    assert not ready.is_cut_short(raw) and not ready.is_cut_short(raw + b"\r\n")
    assert ready.is_cut_short(raw + b"\0" * 8), "room that was set aside and not written yet"


@given(st.integers(0, 10**6), st.booleans(), st.binary(max_size=40))
def test_every_proper_beginning_of_a_zip_is_cut_short(
    tmp_path_factory: pytest.TempPathFactory, cut: int, inner: bool, comment: bytes
) -> None:
    """Wherever a zip is cut, its end has not arrived, even when it holds another zip whose end has."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("loan.csv", "id\n" * 40)
        if inner:
            archive.writestr("inner.bin", zipped({"a": b"b"}))
        archive.comment = comment
    whole = packed.getvalue()
    folder = tmp_path_factory.mktemp("landing")
    (folder / "whole.zip").write_bytes(whole)
    (folder / "cut.zip").write_bytes(whole[: cut % len(whole)])
    assert look(landing.Folder(folder))[0] == ["whole.zip"]


def test_a_large_zip_is_whole_too(place: landing.Folder, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A zip whose end is written in 64 bits is read by that end."""
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 10)
    whole = zipped(contents("2026-10"))
    assert b"PK\6\6" in whole
    (folder / "a.zip").write_bytes(whole)
    (folder / "b.zip").write_bytes(whole[:-1])
    assert look(place)[0] == ["a.zip"]


@pytest.mark.parametrize("what", ["grows", "same size", "renamed over", "new file", "gone"])
def test_whatever_changes_between_two_looks_waits(place: landing.Folder, folder: Path, what: str) -> None:
    """A change of size, of content only, of the file behind a name or of the list of files is seen."""
    path = put(folder, "a", contents("2026-10"))
    put(folder, "b", contents("2026-10"))
    before = (path / "loan_2026-10.csv").stat()
    loan = path / "loan_2026-10.csv"

    def change(seconds: float) -> None:
        assert seconds == 7
        if what == "grows":
            loan.write_bytes(loan.read_bytes() + b"x")
        elif what == "same size":
            loan.write_bytes(loan.read_bytes()[::-1])
            os.utime(loan, ns=(before.st_atime_ns, before.st_mtime_ns))  # as tools that keep times do
        elif what == "renamed over":
            (path.parent / "other").write_bytes(loan.read_bytes())
            (path.parent / "other").rename(loan)
        elif what == "new file":
            (path / "more.csv").write_bytes(b"")
        else:
            path.rename(path.with_name(".away"))

    rules = landing.Rules(settle_seconds=7)
    found = landing.look_twice(place, lambda _: True, rules, sleep=change)
    assert [one.name for one in found.ready] == ["b"]
    assert [(one.name, one.reason) for one in found.waiting] == [("a", "it changed between two looks")]


def test_nothing_new_costs_no_waiting(place: landing.Folder, folder: Path) -> None:
    """When no candidate is wanted there is no second look."""
    put(folder, "a", contents("2026-10"))

    def never(_: float) -> None:
        raise AssertionError("slept for nothing")

    assert landing.look_twice(place, lambda _: False, landing.Rules(), sleep=never).ready == ()


def test_what_somebody_has_open_for_writing_waits_and_is_not_opened_for_reading(
    place: landing.Folder, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A complete and settled delivery whose writer has not closed is left alone, without a byte of it read."""
    path = put(folder, "a", contents("2026-10"))
    reads: list[str] = []
    part = landing.Folder.part
    monkeypatch.setattr(landing.Folder, "part", lambda *args: reads.append(args[2].name) or part(*args))
    with (path / "fee_2026-10.csv").open("r+b"):
        assert look(place)[0] == [] and reads == []
    assert look(place)[0] == ["a"] and reads == [MANIFEST]


def test_asking_the_kernel_leaves_a_file_as_it_was(tmp_path: Path) -> None:
    """Readers do not count as writers, a waiting writer is let through, and asking a hundred times changes nothing."""
    path = tmp_path / "file"
    path.write_bytes(b"a")
    with path.open("rb"):
        assert [places.is_open_for_writing(path) for _ in range(100)] == [False] * 100
    with path.open("ab") as writing:
        assert places.is_open_for_writing(path) is True
        writing.write(b"b")
    assert places.is_open_for_writing(path) is False and path.read_bytes() == b"ab"


def test_a_marker_beside_is_waited_for_when_declared(place: landing.Folder, folder: Path) -> None:
    """With ``.done`` declared, folders and zips wait for ``<name>.done``; without, such a file means nothing."""
    put(folder, "a", contents("2026-10"))
    (folder / "b.zip").write_bytes(zipped(contents("2026-10")))
    (folder / "b.zip.done").touch()
    rules = landing.Rules(0, ".done")
    assert look(place, rules)[0] == ["b.zip"]
    assert look(place, rules)[1] == {"a": "there is no a.done beside it yet"}
    (folder / "a.done").touch()
    assert look(place, rules)[0] == look(place)[0] == ["a", "b.zip"]


def test_a_marker_inside_is_waited_for_when_declared(place: landing.Folder, folder: Path) -> None:
    """With ``_SUCCESS`` declared, folders wait for it."""
    path = put(folder, "a", contents("2026-10"))
    rules = landing.Rules(0, "_SUCCESS")
    assert look(place, rules) == ([], {"a": "it has no _SUCCESS yet"})
    (path / "_SUCCESS").touch()
    assert look(place, rules)[0] == ["a"]


def test_what_cannot_be_read_holds_up_nothing_else(place: landing.Folder, folder: Path) -> None:
    """A folder that may not be listed waits by name; the others are ready."""
    put(folder, "b", contents("2026-10"))
    put(folder, "a", contents("2026-10"))
    scandir = os.scandir

    def refuse(path: Path) -> object:
        if Path(path).name == "a":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "scandir", refuse)
        assert look(place) == (["b"], {"a": "it cannot be read: Permission denied"})


def test_waiting_becomes_late(place: landing.Folder, folder: Path) -> None:
    """A delivery is late when nothing about it has changed for the set time, or nobody knows since when."""
    (put(folder, "a", contents("2026-10")) / MANIFEST).unlink()
    waiting = landing.look_twice(place, lambda _: True, AT_ONCE).waiting[0]
    assert waiting.unchanged_since is not None
    rules = landing.Rules(late_after=timedelta(hours=6))
    assert not waiting.is_late(waiting.unchanged_since + timedelta(hours=5), rules)
    assert waiting.is_late(waiting.unchanged_since + timedelta(hours=6), rules)
    assert landing.Waiting("a", "", None).is_late(datetime(2026, 1, 1, tzinfo=UTC), rules)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unset means the defaults; what is no number or no name is refused by the setting's name."""
    assert landing.Rules.from_environment() == landing.Rules()
    monkeypatch.setenv("LOANTAPE_SETTLE_SECONDS", "0.5")
    monkeypatch.setenv("LOANTAPE_LATE_HOURS", "24")
    monkeypatch.setenv("LOANTAPE_DONE_MARKER", "_SUCCESS")
    assert landing.Rules.from_environment() == landing.Rules(0.5, "_SUCCESS", timedelta(days=1))
    for name, value in (
        ("LOANTAPE_SETTLE_SECONDS", "-1"),
        ("LOANTAPE_LATE_HOURS", "soon"),
        ("LOANTAPE_DONE_MARKER", "../x"),
    ):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            with pytest.raises(ConfigurationError, match=name):
                landing.Rules.from_environment()


def test_a_missing_place_is_a_configuration_error(tmp_path: Path) -> None:
    """A landing folder that is not there is no empty one."""
    with pytest.raises(ConfigurationError, match="No such file"):
        look(landing.Folder(tmp_path / "nowhere"))
