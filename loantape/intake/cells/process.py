"""The parent's end of the child: starting it, requests and answers under a deadline, ending it for sure.

Belongs here: the process and its pipes. Not here: what the answers mean (``reader``). Whatever goes wrong in the child
becomes a DeliveryError about the file it was given.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import signal
import stat
import subprocess  # the child's command is fixed, its one argument is JSON of ours
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from loantape.errors import ConfigurationError, DeliveryError
from loantape.intake.cells.protocol import BATCH, FRAME, JSON, MAX_FRAME, message
from loantape.intake.cells.refusals import refusal

_ROOT = Path(__file__).resolve().parents[3]
# the package is found where this module was; appended, so that nothing beside it can take a library's name
PROGRAM = "from loantape.intake.cells.child import main; main()"
_START = "import sys; sys.path.append(sys.argv.pop(2)); "

# an empty environment but for this: no thread is started, and memory comes from where the limit is noticed
_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "1",
}
_PIPE = 1 << 20
_F_SETPIPE_SZ = 1031
_LAST_WORDS = 5.0  # seconds a child that closed its pipe has to end by itself


class Child:
    """A running child that holds one file. ``seconds`` is both its processor time and how long it is waited for."""

    def __init__(
        self, path: Path, kind: str, options: Mapping[str, Any], memory: int, seconds: int, program: str = PROGRAM
    ) -> None:
        self._name = path.name
        self._left = float(seconds)
        file = _open(path)
        order = {
            "kind": kind, "file": file, "memory": memory, "seconds": seconds, "parent": os.getpid(), "options": options,
        }  # fmt: skip
        try:
            self._process = subprocess.Popen(  # noqa: S603  no shell, and nothing of the delivery in the command
                [sys.executable, "-I", "-B", "-c", _START + program, json.dumps(order), str(_ROOT)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                pass_fds=(file,),
                start_new_session=True,
                env=_ENVIRONMENT,
                cwd="/",
            )
        finally:
            os.close(file)
        if self._process.stdin is None or self._process.stdout is None:
            raise AssertionError("both pipes were asked for")
        self._requests, self._answers = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._requests, False)
        os.set_blocking(self._answers, False)
        if sys.platform == "linux":
            _widen(self._answers)

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    def ask(self, **request: Any) -> None:
        """Send a request without waiting for its answer."""
        left = memoryview(message(request))
        while left:
            self._wait(self._requests, select.POLLOUT)
            try:
                left = left[os.write(self._requests, left) :]
            except BrokenPipeError:
                raise self._ended() from None

    def answer(self) -> dict[str, Any] | memoryview:
        """The next answer: a JSON object, or the payload of a batch. Raises DeliveryError for everything else."""
        kind, size = FRAME.unpack(self._exactly(FRAME.size))
        if kind not in (JSON, BATCH) or size > MAX_FRAME:
            raise self.nonsense("frame")
        payload = self._exactly(size)
        if kind == BATCH:
            return payload
        try:
            content = json.loads(bytes(payload))
        except (ValueError, RecursionError):
            raise self.nonsense("text") from None
        if not isinstance(content, dict):
            raise self.nonsense("form")
        if "unlocked" in content:
            raise ConfigurationError(
                f"the process that reads {self._name} could not lock itself down: {content['unlocked']!r:.80}",
                "allow seccomp and Landlock where this runs (containers: the default profile does)",
            )
        if "refused" in content:
            raise refusal(self._name, str(content["refused"]), str(content.get("detail", "")))
        return content

    def nonsense(self, detail: str) -> DeliveryError:
        """The error for an answer that the child of an honest file does not give; the child is ended."""
        self.end()
        return refusal(self._name, "nonsense", detail)

    def end(self) -> None:
        """End the child if it still runs, and wait for it; harmless when it has ended already."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _exactly(self, size: int) -> memoryview:
        data = memoryview(bytearray(size))
        at = 0
        while at < size:
            self._wait(self._answers, select.POLLIN)
            got = os.readv(self._answers, [data[at:]])
            if not got:
                raise self._ended()
            at += got
        return data

    def _wait(self, pipe: int, event: int) -> None:
        poll = select.poll()
        poll.register(pipe, event)
        before = time.monotonic()
        ready = poll.poll(max(0.0, self._left) * 1000)
        self._left -= time.monotonic() - before
        if not ready:
            self.end()
            raise refusal(self._name, "time")

    def _ended(self) -> DeliveryError:
        """The child is gone, or closed its pipe: say why."""
        try:
            code = self._process.wait(_LAST_WORDS)
        except subprocess.TimeoutExpired:
            return self.nonsense("pipe")
        self.end()
        if code == -signal.SIGXCPU or code == -signal.SIGKILL:
            return refusal(self._name, "time" if code == -signal.SIGXCPU else "memory")
        how = signal.Signals(-code).name if -code in set(signal.Signals) else f"exit code {code}"
        return refusal(self._name, "silent", how)


def _open(path: Path) -> int:
    """The file, open for reading. Raises DeliveryError for anything but a regular file."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as wrong:
        raise DeliveryError(
            f"{path.name} cannot be opened: {wrong.strerror}", "deliver it as a regular file"
        ) from wrong
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise DeliveryError(f"{path.name} is no regular file", "deliver it as a regular file")
    return file


def _widen(pipe: int) -> None:
    """A larger pipe, so that a batch needs fewer turns; the system may refuse, and then it is only slower."""
    with contextlib.suppress(OSError):
        fcntl.fcntl(pipe, _F_SETPIPE_SZ, _PIPE)
