"""An SFTP server nobody here wrote: OpenSSH's, run as an ordinary user on a free port, with keys of its own.

Belongs here: starting, breaking and stopping it. Not here: what is asked of it.
"""

from __future__ import annotations

import os
import pwd
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import paramiko
import pytest

INSTALL = "install OpenSSH's server (`apt-get install -y openssh-server`); `make test` does"
_SETTINGS = """
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/allowed
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PrintMotd no
Subsystem sftp internal-sftp
ForceCommand internal-sftp -d {folder}/home
"""


class OpenSsh:
    """A running server. Logins arrive in ``home``, an existing folder; ``user`` is whom it runs as."""

    def __init__(self, folder: Path, most_bytes: int | None) -> None:
        self.folder, self.home = folder, folder / "home"
        self.user = _somebody()
        self.home.mkdir()
        for name in ("host", "login", "other"):
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", folder / name]
            subprocess.run(command, check=True)
        shutil.copyfile(folder / "login.pub", folder / "allowed")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        (folder / "settings").write_text(_SETTINGS.format(port=self.port, folder=folder))
        if os.geteuid() == 0:
            for path in (folder, *folder.iterdir()):
                os.chown(path, self.user.pw_uid, self.user.pw_gid)
        self._start(folder / "log", most_bytes)

    def _start(self, said: Path, most_bytes: int | None) -> None:
        def limit() -> None:
            if most_bytes is not None:  # a write beyond it fails, as on a full disk, rather than kills
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

        other = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
        with said.open("ab") as log:
            self._server = subprocess.Popen(
                [_sshd(), "-D", "-e", "-f", self.folder / "settings"],
                stderr=log, stdin=subprocess.DEVNULL, preexec_fn=limit, **(other if os.geteuid() == 0 else {}),
            )  # fmt: skip
        for _ in range(500):
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert self._server.poll() is None, said.read_text()
            time.sleep(0.02)
        raise AssertionError(f"sshd does not answer: {said.read_text()}")

    @property
    def host_key(self) -> str:
        """Its public key, as Airflow's connections hold one."""
        return " ".join((self.folder / "host.pub").read_text().split()[:2])

    def address(self, key: str | None = None, login: str = "login", **extra: str) -> str:
        """An Airflow connection to it that trusts the host key ``key``: its own unless another or "" is given."""
        trusted = self.host_key if key is None else key
        said = {"key_file": str(self.folder / login), "conn_retry_attempts": "1", **extra}
        said |= {"host_key": trusted} if trusted else {}
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in said.items())
        return f"sftp://{self.user.pw_name}@127.0.0.1:{self.port}?{query}"

    @contextmanager
    def client(self) -> Iterator[paramiko.SFTPClient]:
        """A connection of its own, trusting its host key."""
        transport = paramiko.Transport(("127.0.0.1", self.port))
        try:
            key = paramiko.Ed25519Key.from_private_key_file(str(self.folder / "login"))
            host = paramiko.Ed25519Key(filename=str(self.folder / "host"))
            transport.connect(hostkey=host, username=self.user.pw_name, pkey=key)
            client = paramiko.SFTPClient.from_transport(transport)
            assert client is not None
            yield client
        finally:
            transport.close()

    def folder_in(self, name: str) -> Path:
        """A new folder in ``home`` that logins may write to."""
        made = self.home / name
        made.mkdir()
        if os.geteuid() == 0:
            os.chown(made, self.user.pw_uid, self.user.pw_gid)
        return made

    def wait_idle(self) -> None:
        """Wait until it has noticed that every client is gone, and done what they had asked for."""
        for _ in range(3000):
            if not _children(self._server.pid):
                return
            time.sleep(0.01)
        raise AssertionError("a session of sshd does not end")

    def cut(self) -> None:
        """End every session at once, without a word to its client. The server itself goes on."""
        left = [self._server.pid]
        while left:
            for child in _children(left.pop(0)):
                left.append(child)
                with suppress(ProcessLookupError):  # one that ends by itself meanwhile is as good as cut
                    os.kill(child, signal.SIGSTOP)
                    os.kill(child, signal.SIGKILL)

    def stop(self) -> None:
        """End the server and its sessions."""
        self.cut()
        self._server.terminate()
        self._server.wait(60)


@contextmanager
def openssh(most_bytes: int | None = None) -> Iterator[OpenSsh]:
    """A server in a folder of its own, which goes with it. No file of it may become longer than ``most_bytes``."""
    with tempfile.TemporaryDirectory(prefix="loantape-sshd-") as folder:
        server = OpenSsh(Path(folder), most_bytes)
        try:
            yield server
        finally:
            server.stop()


def _children(process: int) -> list[int]:
    """The processes that one has begun; none once it has ended."""
    try:
        return [int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def _somebody() -> pwd.struct_passwd:
    """Who runs the server: whoever runs the tests, and where that is root the user who runs PostgreSQL for them too.

    (Not ``nobody``, who may be locked, and could then not log in.)
    """
    return pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def _sshd() -> str:
    """Fails, never skips, without one."""
    found = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.fail(f"sshd is not installed: {INSTALL}", pytrace=False)
    return found
