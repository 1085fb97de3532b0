"""An SFTP server for tests: asyncssh's, another implementation than the client's, which can cut the line anywhere."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh
import paramiko


class Server:
    """An SFTP server of another implementation (asyncssh) over ``root``; ``fail`` is asked before each request."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.fail: Callable[[str], bool] = lambda _: False
        self.requests: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.port = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(60)

    async def _start(self) -> int:
        outer = self

        class Files(asyncssh.SFTPServer):
            def __init__(self, channel: Any) -> None:
                self._own = channel
                super().__init__(channel, chroot=str(outer.root).encode())

        class Login(asyncssh.SSHServer):
            def begin_auth(self, username: str) -> bool:
                return True

            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                return (username, password) == ("bank", "secret")

        def watched(kind: str) -> Callable[..., Any]:
            plain = getattr(asyncssh.SFTPServer, kind)

            def call(files: Any, *arguments: Any) -> Any:
                outer.requests.append(kind)
                if outer.fail(kind):
                    files._own.get_connection().abort()  # the line is cut, as when either end is killed
                    raise asyncssh.SFTPConnectionLost("cut")
                return plain(files, *arguments)

            return call

        for kind in ("open", "write", "read", "close", "rename", "remove", "stat"):
            setattr(Files, kind, watched(kind))
        self._key = asyncssh.generate_private_key("ssh-ed25519")
        self._listener = await asyncssh.create_server(
            Login, "127.0.0.1", 0, server_host_keys=[self._key], sftp_factory=Files
        )
        return int(self._listener.get_port())

    @contextmanager
    def client(self) -> Iterator[paramiko.SFTPClient]:
        """A connection of its own, as Airflow's hook opens one."""
        transport = paramiko.Transport(("127.0.0.1", self.port))
        try:
            transport.connect(username="bank", password="secret")
            client = paramiko.SFTPClient.from_transport(transport)
            assert client is not None
            yield client
        finally:
            transport.close()

    def stop(self) -> None:
        async def close() -> None:
            self._listener.close()
            await self._listener.wait_closed()

        asyncio.run_coroutine_threadsafe(close(), self._loop).result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)
