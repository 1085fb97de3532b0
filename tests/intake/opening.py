"""Opens hostile deliveries, each in a process of its own, and says what came of it: run as a script by the tests.

Belongs here: the child process, what it may write, what it cost. Not here: the deliveries (``test_archives``).

``opening.py JOBS``: JOBS is a JSON list of ``[delivery, target]`` paths. Prints one JSON object per job: ``outcome``
(taken, refused, or how it died), ``what``, ``seconds`` (of processor time), ``mebibytes`` (peak resident), ``outside``
(paths outside the target that it tried to write, make, rename or remove).
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

from loantape.declare import Column, FileLayout, Lender
from loantape.errors import DeliveryError
from loantape.intake import flow
from loantape.intake.delivery import open_delivery, receive
from loantape.progress import silent

SECONDS = 60  # then the process is ended from outside
_CHANGES = ("os.mkdir", "os.rename", "os.link", "os.symlink", "os.remove", "os.rmdir", "os.truncate", "os.chmod")
_RELATIVE = ("os.remove", "os.rmdir")  # what removes a tree names its entries within an open folder
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


def lender() -> Lender:
    """One column, one file, which may be packed."""
    layout = FileLayout("partner*.csv", (Column("a", None, ignored="only bytes matter here"),))
    return Lender("small", "Small", "小", "cn", "small/1", (layout,))


def watch(target: Path, outside: list[str]) -> None:
    """From now on every path that is written to outside ``target`` is noted, whether or not it succeeds."""

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            touched = [path] if isinstance(flags, int) and flags & _WRITING else []
        else:
            touched = [one for one in arguments if isinstance(one, str | bytes)] if event in _CHANGES else []
        folders = [one for one in arguments if isinstance(one, int) and one >= 0] if event in _RELATIVE else []
        base = Path(f"/proc/self/fd/{folders[0]}").readlink() if folders else Path()
        for path in touched:
            if isinstance(path, str | bytes | os.PathLike):
                place = os.path.realpath(base / os.fsdecode(path))
                if not Path(place).is_relative_to(target):
                    outside.append(place)

    sys.addaudithook(hook)


def attempt(delivery: Path, target: Path) -> dict[str, object]:
    """Open and receive one delivery."""
    outside: list[str] = []
    watch(target.resolve(), outside)
    outcome, what = "taken", ""
    started = time.process_time()
    try:
        receive(open_delivery(delivery), lender(), target, silent())
    except DeliveryError as wrong:
        outcome, what = "refused", wrong.what
    return {"outcome": outcome, "what": what, "seconds": time.process_time() - started, "outside": outside}


def apart(delivery: Path, target: Path) -> dict[str, object]:
    """The same in a forked process, with its peak memory."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(SECONDS)
        try:
            os.write(writing, json.dumps(attempt(delivery, target)).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answers:
        answer = answers.read()
    _, status, usage = os.wait4(child, 0)
    said = json.loads(answer) if answer else {"outcome": f"died {status}", "what": "", "seconds": -1, "outside": []}
    return {**said, "mebibytes": usage.ru_maxrss // 1024}


if __name__ == "__main__":
    flow.LineCount("x.csv", "utf-8").take(bytes(8))  # compiled before anything is measured
    for sent, place in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")):
        print(json.dumps(apart(Path(sent), Path(place))), flush=True)
