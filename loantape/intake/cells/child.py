"""The child process that opens one typed file: imports, locks itself down, and answers the parent's requests.

Belongs here: the order of those steps and the loop of requests. Not here: reading files (``columnar``, ``workbook``),
the lock (``lockdown``), the parent's side (``reader``). Nothing it is told comes from the file but texts and numbers.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO

from loantape.intake.cells import lockdown
from loantape.intake.cells.protocol import FRAME, Batch, Ending, Reader, Refused, Wanted, batch_parts, message

# what opens each kind of file, by module, so that a kind's imports are paid for only where it is read
OPENERS = {
    "parquet": ("loantape.intake.cells.columnar", "open_parquet"),
    "arrow": ("loantape.intake.cells.columnar", "open_arrow"),
    "xlsx": ("loantape.intake.cells.workbook", "open_workbook"),
}


class _NoImports:
    """Answers every further import with "no such module": pyarrow looks for pandas late, and can do without."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def main() -> None:
    """Run as the child. Its argument is JSON: ``kind``, ``file``, ``memory``, ``seconds``, ``parent``, ``options``."""
    order = json.loads(sys.argv[1])
    lockdown.live_and_die_with(order["parent"])
    module, name = OPENERS[order["kind"]]
    code = importlib.import_module(module)
    opener = getattr(code, name)
    sys.meta_path.insert(0, _NoImports())
    requests, answers = os.fdopen(0, "rb", buffering=0), os.fdopen(1, "wb", buffering=0)
    try:
        measures = lockdown.lock(order["memory"], order["seconds"], max(2, order["file"]), code.prepare)
    except lockdown.NotLocked as wrong:
        _send(answers, [message({"unlocked": str(wrong)})])
        os._exit(1)
    gc.freeze()
    serve(lambda: opener(order["file"], **order["options"]), requests, answers, measures)
    os._exit(0)


def serve(opener: Callable[[], Reader], requests: BinaryIO, answers: BinaryIO, measures: Sequence[str]) -> None:
    """Answer requests until there are no more. A file that is refused ends the conversation."""
    reader: Reader | None = None
    rows: Iterator[Batch | Ending] = iter(())
    while (request := _receive(requests)) is not None:
        try:
            reader = reader or opener()
            match request["ask"]:
                case "describe":
                    header, types, lines = reader.describe()
                    content = {"header": list(header), "types": list(types), "lines": lines, "locked": list(measures)}
                    _send(answers, [message(content)])
                case "batches":
                    rows = reader.batches([Wanted(*one) for one in request["wanted"]])
                case "next":
                    _send(answers, _written(next(rows)))
                case "row":
                    _send(answers, [message({"row": list(reader.row(request["line"]))})])
        except Refused as why:
            rows = iter(())
            _send(answers, [message({"refused": why.code, "detail": why.detail})])
            return
        except MemoryError:
            rows = iter(())
            reader = None
            _send(answers, [message({"refused": "memory", "detail": ""})])
            return


def _written(answer: Batch | Ending) -> Any:
    if isinstance(answer, Batch):
        return batch_parts(answer)
    return [message({"blank": list(answer.blank), "drift": list(answer.drift)})]


def _send(answers: BinaryIO, parts: Any) -> None:
    for part in parts:
        left = memoryview(part)
        while left:
            left = left[answers.write(left) :]


def _receive(requests: BinaryIO) -> dict[str, Any] | None:
    """The next request; None when the parent closed the pipe."""
    head = _exactly(requests, FRAME.size)
    if head is None:
        return None
    body = _exactly(requests, FRAME.unpack(head)[1])
    return None if body is None else json.loads(body)


def _exactly(stream: BinaryIO, size: int) -> bytes | None:
    data = b""
    while len(data) < size:
        piece = stream.read(size - len(data))
        if not piece:
            return None
        data += piece
    return data
