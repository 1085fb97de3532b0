"""The child locks itself down: what it may still do afterwards is read one open file and talk to its parent.

Belongs here: resource limits, no new privileges, Landlock and a seccomp filter, without root and without packages.
Not here: when it is called (``child``: after every import, before the first byte of the file is looked at).

On Linux on x86-64 and ARM64 all of it but Landlock, which older kernels lack, must take effect or the file is not
read. On other systems only the resource limits exist that the system has.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import signal
import struct
import sys
from collections.abc import Callable, Sequence

_GRACE = 5  # seconds
_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38

_SECCOMP_SET_MODE_FILTER = 1
_SECCOMP_FILTER_FLAG_TSYNC = 1  # every thread of the process, whichever library may have started one
_RET_ALLOW = 0x7FFF0000
_RET_ERRNO = 0x00050000
_RET_KILL = 0x80000000

_LANDLOCK_CREATE_RULESET = 444  # the same number on every architecture
_LANDLOCK_RESTRICT_SELF = 446
_LANDLOCK_VERSION = 1
# the first access right to files that each version of Landlock does not know: all below it can be taken away
_LANDLOCK_FILES = {1: 1 << 13, 2: 1 << 14, 3: 1 << 15, 5: 1 << 16}
_LANDLOCK_TCP_FROM = 4
_LANDLOCK_SCOPES_FROM = 6

# What reading, thinking and answering needs; every other system call fails with EPERM. Opening, creating, connecting,
# forking, executing, signalling others, stat by path: none is here.
_CALLS = {
    "x86_64": {
        "read": 0, "write": 1, "close": 3, "fstat": 5, "poll": 7, "lseek": 8, "mmap": 9, "mprotect": 10, "munmap": 11,
        "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "pread64": 17, "readv": 19,
        "writev": 20, "sched_yield": 24, "mremap": 25, "madvise": 28, "nanosleep": 35, "getpid": 39, "exit": 60,
        "gettimeofday": 96, "sigaltstack": 131, "gettid": 186, "time": 201, "futex": 202, "sched_getaffinity": 204,
        "restart_syscall": 219, "clock_gettime": 228, "clock_getres": 229, "clock_nanosleep": 230, "exit_group": 231,
        "getrandom": 318, "membarrier": 324,
    },
    "aarch64": {
        "read": 63, "write": 64, "close": 57, "fstat": 80, "ppoll": 73, "lseek": 62, "mmap": 222, "mprotect": 226,
        "munmap": 215, "brk": 214, "rt_sigaction": 134, "rt_sigprocmask": 135, "rt_sigreturn": 139, "pread64": 67,
        "readv": 65, "writev": 66, "sched_yield": 124, "mremap": 216, "madvise": 233, "nanosleep": 101, "getpid": 172,
        "exit": 93, "gettimeofday": 169, "sigaltstack": 132, "gettid": 178, "futex": 98, "sched_getaffinity": 123,
        "restart_syscall": 128, "clock_gettime": 113, "clock_getres": 114, "clock_nanosleep": 115, "exit_group": 94,
        "getrandom": 278, "membarrier": 283,
    },
}  # fmt: skip
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_SECCOMP_CALL = {"x86_64": 317, "aarch64": 277}


class NotLocked(Exception):
    """This system should have let the process lock itself down and did not; the text names the measure."""


def live_and_die_with(parent: int) -> None:
    """Linux: be killed when the parent ends, and leave at once if it already has."""
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, "parent death signal")
        if os.getppid() != parent:
            os._exit(1)


def lock(memory: int, seconds: int, highest_file: int, prepare: Callable[[], None]) -> Sequence[str]:
    """Give everything up but the open files. Returns the measures in force. Raises NotLocked.

    ``memory`` is bytes of address space, ``seconds`` processor time, ``highest_file`` the largest open descriptor.
    ``prepare`` starts what cannot be started later; threads it starts are under the same restrictions.
    """
    machine = platform.machine().replace("arm64", "aarch64")
    if sys.platform != "linux" or machine not in _CALLS:
        prepare()
        return _limit(memory, seconds, highest_file)
    measures = []
    _prctl(_PR_SET_DUMPABLE, 0, "no dumps")
    _prctl(_PR_SET_NO_NEW_PRIVS, 1, "no new privileges")
    measures.append("no new privileges")
    if _landlock():
        measures.append("landlock")
    prepare()
    # after Landlock, whose rule set is an open file for a moment, and before setting limits is a forbidden call
    measures += _limit(memory, seconds, highest_file)
    _seccomp(machine)
    measures.append("seccomp")
    return measures


def _limit(memory: int, seconds: int, highest_file: int) -> list[str]:
    measures: list[str] = []
    for name, value in (
        ("RLIMIT_AS", memory),
        ("RLIMIT_CPU", seconds),
        ("RLIMIT_FSIZE", 0),
        ("RLIMIT_CORE", 0),
        ("RLIMIT_NPROC", 0),
        ("RLIMIT_NOFILE", highest_file + 1),
    ):
        what = getattr(resource, name, None)
        if what is None:
            continue
        ceiling = resource.getrlimit(what)[1]
        wanted = value if ceiling == resource.RLIM_INFINITY else min(value, ceiling)
        # at the soft limit of time comes a signal that says so, a little later the end that cannot be ignored
        hard = wanted + _GRACE if name == "RLIMIT_CPU" and ceiling == resource.RLIM_INFINITY else wanted
        try:
            resource.setrlimit(what, (wanted, hard))
        except (ValueError, OSError):
            if sys.platform == "linux":
                raise NotLocked(name) from None
            continue  # macOS knows RLIMIT_AS by name and refuses to set it
        measures.append(name)
    return measures


def _prctl(option: int, value: int, what: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(ctypes.c_int(option), ctypes.c_ulong(value), *[ctypes.c_ulong(0)] * 3) != 0:
        raise NotLocked(what)


def _landlock() -> bool:
    """Take away all rights to files, TCP and abstract sockets that this kernel's Landlock knows; False without it."""
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(
        ctypes.c_long(_LANDLOCK_CREATE_RULESET), None, ctypes.c_size_t(0), ctypes.c_uint(_LANDLOCK_VERSION)
    )
    if version < 1:
        return False
    files = max(bit for since, bit in _LANDLOCK_FILES.items() if since <= version) - 1
    network = 3 if version >= _LANDLOCK_TCP_FROM else 0  # bind, connect
    scopes = 3 if version >= _LANDLOCK_SCOPES_FROM else 0  # abstract Unix sockets, signals
    attributes = struct.pack("=Q", files)
    if version >= _LANDLOCK_TCP_FROM:
        attributes += struct.pack("=Q", network)
    if version >= _LANDLOCK_SCOPES_FROM:
        attributes += struct.pack("=Q", scopes)
    ruleset = libc.syscall(
        ctypes.c_long(_LANDLOCK_CREATE_RULESET), attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint(0)
    )
    if ruleset < 0:
        raise NotLocked("landlock rule set")
    done = libc.syscall(ctypes.c_long(_LANDLOCK_RESTRICT_SELF), ctypes.c_int(ruleset), ctypes.c_uint(0))
    os.close(ruleset)
    if done != 0:
        raise NotLocked("landlock")
    return True


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def _seccomp(machine: str) -> None:
    code = filter_program(machine)
    program = _Program(len(code) // 8, code)
    libc = ctypes.CDLL(None, use_errno=True)
    done = libc.syscall(
        ctypes.c_long(_SECCOMP_CALL[machine]),
        ctypes.c_uint(_SECCOMP_SET_MODE_FILTER),
        ctypes.c_uint(_SECCOMP_FILTER_FLAG_TSYNC),
        ctypes.byref(program),
    )
    if done != 0:
        raise NotLocked("seccomp")


def filter_program(machine: str) -> bytes:
    """The classic BPF program: another architecture kills, a listed call is allowed, any other fails with EPERM."""
    calls = sorted(_CALLS[machine].values())

    def instruction(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
        return struct.pack("=HBBI", code, yes, no, value)

    load, equal, answer = 0x20, 0x15, 0x06
    lines = [
        instruction(load, 4),  # seccomp_data.arch
        instruction(equal, _AUDIT_ARCH[machine], yes=1),
        instruction(answer, _RET_KILL),
        instruction(load, 0),  # seccomp_data.nr
    ]
    lines += [instruction(equal, call, yes=len(calls) - at) for at, call in enumerate(calls)]
    lines += [instruction(answer, _RET_ERRNO | errno.EPERM), instruction(answer, _RET_ALLOW)]
    return b"".join(lines)
