"""Files are profiled as a whole up to a size, and beyond it by a stated sample; either way in bounded memory."""

from __future__ import annotations

import gzip
import resource
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loantape.onboard import Draft, opening
from loantape.onboard.opening import Encoding, Source, blocks, ranges_of

HEADER = "借据号|贷款余额|放款日期|备注\n"


def lines(count: int, first: int = 0) -> str:
    return "".join(f"J{n:08d}|{n % 9973}.{n % 100:02d}|2026/01/{n % 28 + 1:02d}|样本\n" for n in range(first, count))


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The sizes at which sampling begins, a thousandth of what they are."""
    monkeypatch.setattr(opening, "WHOLE", 400_000)
    monkeypatch.setattr(opening, "PART", 50_000)
    monkeypatch.setattr(opening, "BLOCK", 8_192)
    yield


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "utf-16"])
def test_a_large_file_is_sampled_at_head_middle_and_tail(draft: Callable[..., Draft], packed: bool, codec: str) -> None:
    """Rows of all three parts are seen, none is cut in two, and the draft says that it is a sample."""
    text = HEADER + lines(20_000)
    text = text.replace("J00010000|27.00|", "J00010000|27.0001|")  # only in the middle of the file
    text = text.replace("J00019999|53.99|", "J00019999|-53.99|")  # only in the last line
    data = text.encode(codec)
    one = draft(gzip.compress(data, 1) if packed else data, "big.txt.gz" if packed else "big.txt")
    assert not one.facts["whole_file"] and one.facts["lines_left_out"] == 0
    assert 0.9 * 150_000 < int(one.facts["rows"]) * len(data) / 20_000 < 1.05 * 150_000
    assert any(doubt.en.startswith("a sample: 50,000 bytes each of the head") for doubt in one.doubts)
    amounts = one.profile[1]
    assert amounts.least == "-53.99" and any("Number(8, 4)" in form for form, _ in amounts.forms)
    assert abs(one.profile[0].distinct - int(one.facts["rows"])) < 0.06 * int(one.facts["rows"])


@pytest.mark.usefixtures("small_limits")
def test_a_file_up_to_the_size_is_seen_whole(draft: Callable[..., Draft]) -> None:
    """Below the limit every row counts, however many blocks it takes."""
    one = draft((HEADER + lines(9_000)).encode("gb18030"))
    assert one.facts["whole_file"] and one.facts["rows"] == 9_000 and one.profile[2].filled == 9_000


def test_many_values_are_counted_nearly(draft: Callable[..., Draft]) -> None:
    """Beyond four thousand different values their number is an estimate, near the truth, and says so."""
    one = draft((HEADER + lines(60_000)).encode())
    profile = one.profile[0]
    assert not profile.distinct_is_exact and abs(profile.distinct - 60_000) < 6_000
    assert one.profile[1].filled == 60_000


@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(st.text(alphabet="a中\x01|", max_size=12), min_size=1, max_size=30),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    size=st.integers(24, 80),
    codec=st.sampled_from(["utf-8", "gb18030", "utf-16-le", "utf-16-be"]),
)
def test_blocks_are_whole_lines(tools: Any, texts: list[str], end: str, size: int, codec: str) -> None:
    """Whatever the size of a block, the blocks together are the file and each ends where a line ends."""
    data = "".join(text + end for text in texts).encode(codec)
    path = Path(tools.folder) / "lines.txt"
    path.write_bytes(data)
    kept = opening.BLOCK
    opening.BLOCK = size - size % 2
    try:
        encoding = Encoding(codec, codec, 0, len(data), False)
        found = list(blocks(Source(path, False, path.name), encoding, ranges_of(encoding)))
    finally:
        opening.BLOCK = kept
    assert b"".join(found) == data
    for block in found:
        assert block.decode(codec).endswith(end)


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A folder of the module's own."""
    import types

    return types.SimpleNamespace(folder=tmp_path_factory.mktemp("blocks"))


def test_memory_does_not_grow_with_the_file(draft: Callable[..., Draft]) -> None:
    """A file of forty mebibytes needs no more than a few blocks' worth of memory beyond a small one."""
    draft((HEADER + lines(20_000)).encode("gb18030"), "small.txt")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    part = lines(20_000).encode("gb18030")
    one = draft(HEADER.encode("gb18030") + part * 48, "large.txt")
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert one.facts["rows"] == 960_000
    assert after - before < 400 << 10  # kibibytes
