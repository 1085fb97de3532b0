"""The child cannot do harm: each measure is tried out from inside, after the lock, by code that means harm."""

from __future__ import annotations

import os
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from loantape.declare import Text
from loantape.errors import ConfigurationError, DeliveryError
from loantape.intake.cells import lockdown
from loantape.intake.cells.reader import CellFile

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems have resource limits only")

# runs as the child does, but what opens the file is the attack; its outcome comes back as the header
_ATTACKER = """
import ctypes, os, signal, socket, subprocess, sys, threading, time, resource
import loantape.intake.cells.child as child, loantape.intake.cells.columnar as columnar
libc = ctypes.CDLL(None, use_errno=True)
def attack(file):
    raise AssertionError
def raw(number, *arguments):
    if libc.syscall(ctypes.c_long(number), *arguments) < 0:
        raise OSError(ctypes.get_errno(), 'refused')
class Reader:
    def __init__(self, file, **_):
        self.file = file
    def describe(self):
        try:
            got = attack(self.file)
        except BaseException as wrong:
            return [type(wrong).__name__], ['?'], 0
        return ['DONE ' + str(got)], ['?'], 0
columnar.open_parquet = Reader
{attack}
child.main()
"""

ATTACKS = {
    "socket": "def attack(_): return socket.socket()",
    "unix_socket": "def attack(_): return socket.socket(socket.AF_UNIX)",
    "socket_pair": "def attack(_): return socket.socketpair()",
    "read_a_file": "def attack(_): return open('/etc/passwd').read()",
    "read_itself": "def attack(_): return open('/proc/self/environ').read()",
    "list_a_folder": "def attack(_): return os.listdir('/')",
    "write_a_file": "def attack(_): return open('/tmp/loantape-was-here', 'w')",
    "write_the_delivery": "def attack(file): return os.write(file, b'x')",
    "reopen_for_writing": "def attack(file): return os.open(f'/proc/self/fd/{file}', os.O_RDWR)",
    "truncate": "def attack(file): return os.ftruncate(file, 0)",
    "delete": "def attack(_): return os.unlink('/tmp/loantape-was-here')",
    "make_a_folder": "def attack(_): return os.mkdir('/tmp/loantape-was-here')",
    "change_mode": "def attack(file): return os.fchmod(file, 0o777)",
    "memory_file": "def attack(_): return os.memfd_create('x')",
    "fork": "def attack(_): return os.fork()",
    "vfork": "def attack(_): return raw(58)",
    "thread": "def attack(_): threading.Thread(target=print).start()",
    "execute": "def attack(_): os.execv('/bin/true', ['/bin/true'])",
    "run": "def attack(_): return subprocess.run(['/bin/true'])",
    "kill_the_parent": "def attack(_): return os.kill(os.getppid(), 0)",
    "trace": "def attack(_): return raw(101, 16, os.getppid(), 0, 0)",
    "look_into_the_parent": "def attack(_): return raw(310, os.getppid(), 0, 0, 0, 0, 0)",
    "raise_the_limits": "def attack(_): return resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))",
    "io_uring": "def attack(_): return raw(425, 1, ctypes.create_string_buffer(256))",
    "keyring": "def attack(_): return raw(250, 0, -3, 0)",
    "user_namespace": "def attack(_): return raw(272, 0x10000000)",
    "bpf": "def attack(_): return raw(321, 0, ctypes.create_string_buffer(256), 64)",
    "thirty_two_bit_calls": "def attack(_): return raw(0x40000000 + 2, b'/etc/passwd', 0)",
    "import": "def attack(_): import sqlite3; return sqlite3",
}  # fmt: skip


@pytest.fixture
def file(tmp_path: Path, write: Callable[..., str]) -> Path:
    path = tmp_path / "t.parquet"
    write(pa.table({"a": ["x", "y"]}), path)
    return path


@pytest.fixture
def attacked(file: Path, layout: Callable[..., Any]) -> Callable[..., CellFile]:
    def make(program: str, memory: int = 4 << 30, seconds: int = 60) -> CellFile:
        class Attacked(CellFile):
            _program = _ATTACKER.replace("{attack}", program)

        return Attacked(file, layout("parquet"), memory=memory, seconds=seconds)

    return make


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_system_refuses(attacked: Callable[..., CellFile], attack: str) -> None:
    """After the lock the child may only read its file and answer: the attempt fails and the child still answers."""
    with attacked(ATTACKS[attack]) as file:
        (outcome,) = file.description.header
    refusals = {"PermissionError", "OSError", "BlockingIOError", "RuntimeError", "ModuleNotFoundError", "ValueError"}
    assert outcome in refusals, outcome
    assert not Path("/tmp/loantape-was-here").exists()


def test_the_attacks_would_work_without_the_lock(attacked: Callable[..., CellFile]) -> None:
    """The attempts fail because of the lock, not because of mistakes in them: unlocked, these three succeed."""
    for attack in ("socket", "read_a_file", "fork"):
        unlocked = "child.lockdown.lock = lambda *_: []\nsys.meta_path[:] = sys.meta_path\n"
        once = "def attack(_, _go=attack):\n    got = _go(_)\n    got == 0 and os._exit(0)\n    return 1\n"
        with attacked(f"{unlocked}{ATTACKS[attack]}\n{once}") as file:
            assert file.description.header == ("DONE 1",), attack


def test_all_measures_are_in_force(file: Path, layout: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The child of a real file reports every limit, no new privileges and seccomp; its status in /proc agrees."""
    seen: list[Any] = []
    described = CellFile._described
    monkeypatch.setattr(CellFile, "_described", lambda self, answer: (seen.append(answer), described(self, answer))[1])
    with CellFile(file, layout("parquet")) as opened:
        assert opened._child is not None
        status = Path(f"/proc/{opened._child.pid}/status").read_text()
        session = os.getsid(opened._child.pid)
        threads = list(Path(f"/proc/{opened._child.pid}/task").iterdir())
        assert all("Seccomp:\t2" in (thread / "status").read_text() for thread in threads)
        assert session == opened._child.pid
    assert "NoNewPrivs:\t1" in status
    limits = {"RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_CORE", "RLIMIT_NPROC", "RLIMIT_NOFILE"}
    assert limits | {"no new privileges", "seccomp"} <= set(seen[0]["locked"])


def test_too_much_memory_is_refused(attacked: Callable[..., CellFile]) -> None:
    """Ten gigabytes are not to be had; the attempt is an ordinary MemoryError inside and costs nothing outside."""
    with attacked("def attack(_): return len(bytearray(10 << 30))") as file:
        assert file.description.header == ("MemoryError",)
    with pytest.raises(DeliveryError, match=r"t\.parquet needs more memory"):
        attacked("def hungry(self): return bytearray(10 << 30)\nReader.describe = hungry").__enter__()


def test_too_much_time_is_refused(attacked: Callable[..., CellFile]) -> None:
    """A loop without end, and a sleep without end, are over when the seconds are."""
    for attack in (
        "while True: pass",
        "time.sleep(1000)",
        "signal.signal(signal.SIGXCPU, signal.SIG_IGN)\n  while 1: 1",
    ):
        before = time.monotonic()
        with pytest.raises(DeliveryError, match=r"t\.parquet takes longer"):
            attacked(f"def attack(_):\n  {attack}", seconds=2).__enter__()
        assert time.monotonic() - before < 20


def test_processor_time_counts_while_nobody_waits(attacked: Callable[..., CellFile]) -> None:
    """A child that computes while its parent is busy elsewhere is ended by its own limit, and that is what is said."""
    busy = "def batches(self, wanted):\n  while True: pass\nReader.batches = batches\ndef attack(_): return 1"
    with attacked(busy, seconds=2) as file, pytest.raises(DeliveryError, match=r"t\.parquet takes longer"):
        assert file._child is not None
        file._child.ask(ask="batches", wanted=[])
        file._child._process.wait(60)
        file._child.answer()


def test_sudden_ends_are_refused(attacked: Callable[..., CellFile]) -> None:
    """A child that crashes, in any way, is an error about the file that names how it ended."""
    ends = {"os.abort()": "SIG", "ctypes.string_at(0)": "SIGSEGV", "os._exit(7)": "exit code 7"}
    ends["sys.exit()"] = "exit|SIG"  # locked down, Python may not get through its own end
    for attack, words in ends.items():
        program = f"def crash(self):\n  {attack}\nReader.describe = crash"
        with pytest.raises(DeliveryError, match=words):
            attacked(program).__enter__()


def test_the_child_ends_with_the_block(file: Path, layout: Callable[..., Any]) -> None:
    """Whatever happens inside the block, no child is left behind."""
    pids = []
    for wrong in (None, ValueError("mine"), KeyboardInterrupt()):
        try:
            with CellFile(file, layout("parquet")) as opened:
                assert opened._child is not None
                pids.append(opened._child.pid)
                next(iter(opened.batches([(0, Text())])))
                if wrong is not None:
                    raise wrong
        except (ValueError, KeyboardInterrupt) as caught:
            assert caught is wrong
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_system_without_the_lock_is_no_excuse(attacked: Callable[..., CellFile]) -> None:
    """Where a measure that should be there fails, nothing is read, and the error is about the system."""
    program = (
        "def failing(*_):\n  raise child.lockdown.NotLocked('seccomp')\nchild.lockdown._seccomp = failing\n"
        "def attack(_): return 'read'"
    )
    with pytest.raises(ConfigurationError, match="could not lock itself down: 'seccomp'"):
        attacked(program).__enter__()


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_says_what_the_list_says(machine: str) -> None:
    """Run by a small interpreter, the filter kills other architectures, allows the listed calls and no other."""
    code = lockdown.filter_program(machine)
    program = [struct.unpack_from("=HBBI", code, at) for at in range(0, len(code), 8)]

    def run(architecture: int, call: int) -> int:
        at = loaded = 0
        while True:
            kind, yes, no, value = program[at]
            at += 1
            if kind == 0x20:
                loaded = {0: call, 4: architecture}[value]
            elif kind == 0x15:
                at += yes if loaded == value else no
            else:
                return value

    own, other = (0xC000003E, 0xC00000B7) if machine == "x86_64" else (0xC00000B7, 0xC000003E)
    allowed = set(lockdown._CALLS[machine].values())
    for call in [*range(600), 0x40000000, 0x40000002, 0xFFFFFFFF]:
        assert run(own, call) == (0x7FFF0000 if call in allowed else 0x00050001), call
        assert run(other, call) == 0x80000000
    assert not allowed & (
        {2, 41, 42, 56, 57, 58, 59, 62, 257, 322} if machine == "x86_64" else {56, 198, 203, 220, 221}
    )
