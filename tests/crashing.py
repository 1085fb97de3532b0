"""Kills a piece of work, as kill -9 would, before any one of its effects, and says which effects it had.

Belongs here: what an effect is, and the processes that are killed. Not here: what must be true afterwards.

An effect is what outlives the process or reaches another one: a file below a folder is made, renamed, linked or
removed, bytes are flushed or copied, a transaction of the workflow database commits, a request goes to an SFTP server.
Work that changes something in a way Python does not see names that place itself, with ``effect``. It runs in a child
forked from a process that has imported what it needs and started no thread, so that hundreds of kills cost little.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
_OPENED_TO_WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
# what Python says before it does it (see its table of audit events): which of the arguments are paths
_CHANGES = {
    "os.rename": slice(0, 2), "os.link": slice(0, 2), "os.symlink": slice(1, 2), "os.remove": slice(0, 1),
    "os.mkdir": slice(0, 1), "os.rmdir": slice(0, 1), "os.truncate": slice(0, 1), "os.chmod": slice(0, 1),
}  # fmt: skip

_noticed: list[Callable[[str], None]] = []  # whoever hears of effects: nobody outside a process that is to be killed


def effect(label: str) -> None:
    """Say that an effect comes now."""
    for notice in _noticed:
        notice(label)


@dataclass(frozen=True)
class Ended:
    """How work ended. ``effects`` are those it had, in order, and where it was killed the one that it did not have."""

    killed: bool
    code: int
    effects: tuple[str, ...]
    output: str  # "" where it was killed


class Crashing:
    """Runs functions, named ``module:function``, in processes that can be killed before an effect."""

    def __init__(self, killer: subprocess.Popen[str]) -> None:
        self._killer = killer

    def run(self, work: str, below: Path, *arguments: object, kill_before: int | None = None) -> Ended:
        """Call ``work(below, *arguments)``, to be killed before the effect of that number, counted from 0.

        A function that raises fails the test, unless it raises SystemExit: its code is in the answer.
        """
        texts = [str(one) for one in (below, *arguments)]
        asked = json.dumps({"work": work, "arguments": texts, "kill_before": kill_before})
        assert self._killer.stdin and self._killer.stdout
        self._killer.stdin.write(asked + "\n")
        self._killer.stdin.flush()
        answer = json.loads(self._killer.stdout.readline())
        told = [json.loads(line) for line in answer["told"].splitlines()]
        failed = [one["failed"] for one in told if "failed" in one]
        assert not failed, failed[0]
        assert answer["code"] >= 0 or answer["code"] == -signal.SIGKILL, answer
        effects = tuple(one["effect"] for one in told if "effect" in one)
        output = "".join(one["output"] for one in told if "output" in one)
        return Ended(answer["code"] == -signal.SIGKILL, answer["code"], effects, output)

    def every_kill(
        self, work: str, fresh: Callable[[], Path], *arguments: object, most: int | None = None
    ) -> Iterator[tuple[Path, Ended]]:
        """A folder that ``fresh`` gives and ``work`` is done in; then others, where it is killed before each effect.

        ``most`` spreads so many kills evenly over the effects.
        """
        whole = fresh()
        ended = self.run(work, whole, *arguments)
        yield whole, ended
        count = len(ended.effects)
        places = range(count) if most is None else sorted({at * count // most for at in range(most)})
        for at in places:
            folder = fresh()
            killed = self.run(work, folder, *arguments, kill_before=at)
            assert killed.killed and len(killed.effects) == at + 1, killed
            yield folder, killed


@contextmanager
def crashing(*modules: str, **variables: str) -> Iterator[Crashing]:
    """What runs work of these modules, which are imported once, in an environment with these variables."""
    command = [sys.executable, "-c", "from tests.crashing import serve; serve()", *modules]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **variables}
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, env=environment, **pipes) as killer:
        yield Crashing(killer)
        assert killer.stdin
        killer.stdin.close()


def tree(folder: Path, but: Sequence[str] = ()) -> dict[str, bytes]:
    """Relative path to bytes of every file below a folder; without those whose path starts with one of ``but``."""
    return {
        name: path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not (name := str(path.relative_to(folder))).startswith(tuple(but))
    }


# --- in the process that forks, and in its children -----------------------------------------------------------------


def serve() -> None:
    """Fork a child for each line of standard input, and answer with how it ended."""
    for name in sys.argv[1:]:
        importlib.import_module(name)
    for line in sys.stdin:
        asked = json.loads(line)
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.close(reading)
            _work(asked, writing)
        os.close(writing)
        told = b"".join(iter(lambda end=reading: os.read(end, 1 << 16), b""))
        os.close(reading)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(json.dumps({"code": code, "told": told.decode()}), flush=True)


def _work(asked: dict[str, Any], telling: int) -> None:
    """Never returns."""
    module, _, name = asked["work"].partition(":")
    function = getattr(importlib.import_module(module), name)
    below, *arguments = asked["arguments"]
    left = asked["kill_before"]

    def tell(**said: str) -> None:
        os.write(telling, (json.dumps(said) + "\n").encode())

    def notice(label: str) -> None:
        nonlocal left
        tell(effect=label)
        if left is not None:
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1

    code, said = 0, StringIO()
    _watch(below, notice)
    try:
        with redirect_stdout(said), redirect_stderr(said):
            function(Path(below), *arguments)
    except SystemExit as ended:
        code = int(ended.code or 0)
    except BaseException:  # noqa: BLE001 - whatever it is, the test that asked for this fails with it
        tell(failed=traceback.format_exc() + said.getvalue())
    tell(output=said.getvalue())
    os._exit(code)


def _watch(below: str, notice: Callable[[str], None]) -> None:
    """Have every effect told before it comes. This cannot be undone in this process."""
    _noticed.append(notice)

    def concerns(path: object) -> bool:
        if isinstance(path, os.PathLike | bytes | str):
            text = os.fsdecode(path)
            return text.startswith(below) or not text.startswith("/")  # below a folder that is being removed
        return False

    def heard(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & _OPENED_TO_WRITE and concerns(path):
                notice(f"open {os.fsdecode(path)}")
        elif event in _CHANGES:
            paths = arguments[_CHANGES[event]]
            if event == "os.mkdir" and not _can_be_made(paths[0]):
                return
            if any(map(concerns, paths)):
                notice(f"{event} {' '.join(os.fsdecode(one) for one in paths)}")

    sys.addaudithook(heard)
    for module, name in ((os, "fsync"), (os, "copy_file_range")):
        setattr(module, name, _told(getattr(module, name), name))
    if "duckdb" in sys.modules:
        import duckdb

        connect = duckdb.connect

        def connecting(database: object, **named: Any) -> Any:
            if str(database) != ":memory:":
                notice("duckdb.connect")
            return connect(database, **named)

        duckdb.connect = connecting
    if "sqlalchemy" in sys.modules:
        import sqlalchemy

        def committing(con: Any) -> None:
            if not con.get_execution_options().get("loantape_reading"):
                notice("commit")

        sqlalchemy.event.listen(sqlalchemy.engine.Engine, "commit", committing)
    if "paramiko" in sys.modules:
        from paramiko.sftp import BaseSFTP

        send = BaseSFTP._send_packet

        def sending(client: Any, kind: int, packet: Any) -> None:
            notice(f"sftp request {kind}")
            send(client, kind, packet)

        BaseSFTP._send_packet = sending


def _can_be_made(folder: Any) -> bool:
    """Whether making a folder changes anything: making one with its parents tries the whole of it first."""
    path = Path(os.fsdecode(folder))
    return path.parent.is_dir() and not path.exists()


def _told(function: Callable[..., Any], label: str) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        effect(label)
        return function(*arguments, **named)

    return call
