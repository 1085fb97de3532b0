"""Parquet and Arrow files as a whole: pieces, rows, names, what is refused, and bounds that hold for large ones."""

from __future__ import annotations

import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from loantape.declare import Day, Integer, Number, Text
from loantape.errors import DeliveryError
from loantape.intake.cells import CellFile

NESTED = {
    "list": pa.array([[1], None]),
    "large list": pa.array([[1], None], pa.large_list(pa.int8())),
    "fixed list": pa.array([[1, 2], None], pa.list_(pa.int8(), 2)),
    "struct": pa.array([{"a": 1}, None]),
    "empty struct": pa.array([{}, {}], pa.struct([("a", pa.int8())])),
    "map": pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int8())),
    "binary": pa.array([b"a", None]),
    "large binary": pa.array([b"a", None], pa.large_binary()),
    "fixed binary": pa.array([b"ab", None], pa.binary(2)),
    "uuid": pa.ExtensionArray.from_storage(pa.uuid(), pa.array([bytes(16), None], pa.binary(16))),
    "dictionary of binary": pa.array([b"a", None]).dictionary_encode(),
    "duration": pa.array([1, None], pa.duration("s")),
}
ARROW_ONLY = {
    "interval": pa.array([(1, 2, 3), None], pa.month_day_nano_interval()),
    "binary view": pa.array([b"a", None], pa.binary_view()),
    "list view": pa.array([[1], None], pa.list_view(pa.int8())),
    "union": pa.UnionArray.from_sparse(pa.array([0, 0], pa.int8()), [pa.array([1, 2])]),
}
_BOTH = [(name, suffix) for name in NESTED for suffix in ("parquet", "arrow")]


@pytest.mark.parametrize(("name", "suffix"), [*_BOTH, *((name, "arrow") for name in ARROW_ONLY)])
def test_columns_without_single_values(
    tmp_path: Path, write: Callable[..., str], content: Callable[..., Any], name: str, suffix: str
) -> None:
    """A column of lists, structures, maps, bytes or spans of time refuses the file, wanted or not, and is named."""
    path = tmp_path / f"t.{suffix}"
    kind = write(pa.table({"fine": [1, 2], "odd": (NESTED | ARROW_ONLY)[name]}), path)
    with pytest.raises(DeliveryError, match=r"t\..* has a column that holds no single values: column 2"):
        content(path, kind, [(0, Integer())])


@pytest.mark.parametrize("suffix", ["parquet", "arrow", "arrows"])
def test_names_and_positions(
    tmp_path: Path, write: Callable[..., str], content: Callable[..., Any], suffix: str
) -> None:
    """Columns are told apart by position: names may repeat, be empty, hold dots or be Chinese."""
    names = ["a", "a", "", "x.y", "余额", "a"]
    path = tmp_path / f"t.{suffix}"
    kind = write(pa.Table.from_arrays([pa.array([at, None]) for at in range(6)], names=names), path)
    read = content(path, kind, [(5, Integer()), (0, Integer()), (3, Text()), (0, Integer())])
    assert read.description.header == tuple(names) and read.description.types == ("int64",) * 6
    assert read.columns == [["5", ""], ["0", ""], ["3", ""], ["0", ""]]
    assert read.drift == [(2, "int64")]


@pytest.mark.parametrize("suffix", ["parquet", "arrow", "arrows"])
def test_pieces_of_any_size(
    tmp_path: Path, write: Callable[..., str], content: Callable[..., Any], layout: Callable[..., Any], suffix: str
) -> None:
    """Rows come in order and numbered without a gap, whatever pieces the file is written in; any row can be shown."""
    rows = 150_001
    table = pa.table({"n": pa.array(np.arange(rows)), "t": pa.array(np.arange(rows) % 7).cast(pa.string())})
    path = tmp_path / f"t.{suffix}"
    if suffix == "parquet":
        pq.write_table(table, path, row_group_size=70_000, data_page_size=5_000)
        kind = "parquet"
    else:
        kind = write(table, path)
    read = content(path, kind, [(0, Integer()), (1, Text())])
    assert read.columns[0] == [str(at) for at in range(rows)] and read.columns[1][:8] == list("01234560")
    assert read.lines == list(range(1, rows + 1))
    assert content(path, kind, []).lines == read.lines
    with CellFile(path, layout(kind)) as file:
        sizes = [len(batch.lines) for batch in file.batches([(0, Integer())])]
        assert max(sizes) <= 65_536 and sum(sizes) == rows
        for line in (1, 65_537, 70_000, 70_001, rows):
            assert file.row(line) == (str(line - 1), str((line - 1) % 7))
        assert file.row(0) == file.row(rows + 1) == ()


def test_an_iteration_that_is_left(tmp_path: Path, write: Callable[..., str], layout: Callable[..., Any]) -> None:
    """A second iteration starts from the first row; the first one, taken up again, says that it is over."""
    path = tmp_path / "t.parquet"
    write(pa.table({"n": pa.array(np.arange(200_000))}), path)
    with CellFile(path, layout("parquet")) as file:
        first = file.batches([(0, Integer())])
        assert next(first).lines[0] == 1
        assert sum(len(batch.lines) for batch in file.batches([(0, Integer())])) == 200_000
        with pytest.raises(RuntimeError, match="another iteration"):
            next(first)
        with pytest.raises(ValueError, match="not in the file"):
            next(file.batches([(1, Integer())]))


@pytest.mark.parametrize("suffix", ["parquet", "arrow", "arrows"])
def test_empty_tables(tmp_path: Path, write: Callable[..., str], content: Callable[..., Any], suffix: str) -> None:
    """A file with columns and no rows has no rows; one without columns has no columns."""
    path = tmp_path / f"t.{suffix}"
    kind = write(pa.table({"a": pa.array([], pa.float64())}), path)
    read = content(path, kind, [(0, Number())])
    assert read.lines == [] and read.columns == [[]] and read.drift == [(0, "double")]
    kind = write(pa.table({}), path)
    assert content(path, kind, []).description.header == ()


def test_too_many_columns(tmp_path: Path, write: Callable[..., str], content: Callable[..., Any]) -> None:
    """4,096 columns are accepted, one more is not."""
    for width in (4096, 4097):
        path = tmp_path / "t.arrow"
        write(pa.table([pa.array([1])] * width, names=[str(at) for at in range(width)]), path)
        if width == 4096:
            assert len(content(path, "arrow", [(4095, Integer())]).description.header) == 4096
        else:
            with pytest.raises(DeliveryError, match="has 4097 columns"):
                content(path, "arrow", [])


def test_files_of_another_kind(tmp_path: Path, write: Callable[..., str], content: Callable[..., Any]) -> None:
    """What is no file of the declared kind is called so; an encrypted Parquet file is called encrypted."""
    path = tmp_path / "t.parquet"
    write(pa.table({"a": [1]}), path)
    whole = path.read_bytes()
    for data, kind, words in (
        (b"", "parquet", "is not a Parquet file"),
        (b"a,b\n1,2\n", "parquet", "is not a Parquet file"),
        (b"PARE" + whole[4:-4] + b"PARE", "parquet", "is encrypted"),
        (whole, "arrow", "is not an Arrow IPC file"),
        (b"FEA1" + bytes(100), "arrow", "is not an Arrow IPC file"),
        (b"", "arrow", "is not an Arrow IPC file"),
        (b"PAR1", "parquet", "is damaged"),
        (whole[:-1], "parquet", "is damaged"),
    ):
        path.write_bytes(data)
        with pytest.raises(DeliveryError, match=rf"^t\.parquet {words}"):
            content(path, kind, [])


def test_only_regular_files(tmp_path: Path, content: Callable[..., Any]) -> None:
    """A link, a folder, a device and a file that is not there are refused before any child is started."""
    link = tmp_path / "link"
    link.symlink_to("/etc/passwd")
    for path in (link, tmp_path, Path("/dev/zero"), tmp_path / "nothing"):
        with pytest.raises(DeliveryError, match=f"^{path.name} "):
            content(path, "parquet", [])


def test_a_text_that_is_no_utf8(tmp_path: Path, content: Callable[..., Any]) -> None:
    """Bytes in a string column that are no UTF-8 make the file damaged: they are never passed on."""
    table = pa.table({"a": pa.array([b"fine", b"\xff\xfe"])})
    path = tmp_path / "t.parquet"
    pq.write_table(table.cast(pa.schema([("a", pa.binary())])), path, store_schema=False)
    offsets, data = pa.array([0, 4, 6], pa.int32()).buffers()[1], pa.py_buffer(b"fine\xff\xfe")
    broken = pa.table({"a": pa.StringArray.from_buffers(2, offsets, data)})
    for suffix in ("parquet", "arrow"):
        path = tmp_path / f"t.{suffix}"
        if suffix == "parquet":
            pq.write_table(broken, path)
        else:
            with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, broken.schema) as writer:
                writer.write_table(broken)
        with pytest.raises(DeliveryError, match="damaged"):
            content(path, suffix, [(0, Text())])


def test_large_texts_come_in_smaller_batches(
    tmp_path: Path, write: Callable[..., str], layout: Callable[..., Any]
) -> None:
    """Batches are cut at about 64 MiB of text, so that the parent holds little however wide the rows are."""
    path = tmp_path / "t.parquet"
    write(pa.table({"a": pa.array(["x" * (1 << 20)] * 300).dictionary_encode()}), path)
    with CellFile(path, layout("parquet")) as file:
        sizes = [(len(batch.lines), batch.columns[0].nbytes) for batch in file.batches([(0, Text())])]
    assert sum(rows for rows, _ in sizes) == 300 and max(size for _, size in sizes) < 66 << 20


def test_bombs_end_in_the_child(tmp_path: Path, content: Callable[..., Any]) -> None:
    """A few kilobytes that decode to tens of gigabytes, as texts or as rows, end as an error within the limits."""
    path = tmp_path / "t.parquet"
    texts = pa.DictionaryArray.from_arrays(pa.array(np.zeros(60_000, dtype=np.int32)), pa.array(["x" * (1 << 20)]))
    pq.write_table(pa.table({"a": texts}), path, compression="zstd")
    assert path.stat().st_size < 1 << 18
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(DeliveryError, match=r"t\.parquet (needs more memory|is damaged|made the process)"):
        content(path, "parquet", [(0, Text())], memory=2 << 30, seconds=60)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 << 10  # KiB


def test_memory_does_not_grow_with_rows(tmp_path: Path, layout: Callable[..., Any]) -> None:
    """A million rows of six columns stream through a child that is given less memory than their texts need."""
    rows = 1_000_000
    numbers = np.arange(rows)
    table = pa.table(
        {
            "id": pa.array(numbers).cast(pa.string()),
            "n": pa.array(numbers),
            "x": pa.array(numbers / 100),
            "d": pa.array((numbers % 20_000).astype(np.int32)).cast(pa.date32()),
            "m": pa.array(numbers).cast(pa.decimal128(20, 0)),
            "c": pa.array(numbers % 5).cast(pa.string()).dictionary_encode(),
        }
    )
    path = tmp_path / "t.parquet"
    pq.write_table(table, path, row_group_size=200_000)
    forms = [Text(), Integer(), Number(), Day(), Number(), Text()]
    seen = 0
    with CellFile(path, layout("parquet"), memory=1 << 30) as file:
        for batch in file.batches(list(enumerate(forms))):
            seen += len(batch.lines)
            assert file._child is not None
            status = Path(f"/proc/{file._child.pid}/status")
            highest = status.read_text().split("VmHWM:")[1].split()[0] if status.exists() else "0"
    assert seen == rows and int(highest) < 500 << 10  # KiB
