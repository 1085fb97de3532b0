"""What the DAG files share: where a task finds its workspace, its time and its deliveries, and when it may try again.

Belongs here: Airflow's side of the seam to ``loantape.pipeline``. Not here: any step of the journey. It is no DAG file
(``.airflowignore``). Heavy modules are imported inside tasks, so that parsing stays quick.
"""

from __future__ import annotations

import functools
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import Asset, AssetAlias, BaseHook, ObjectStoragePath, get_current_context
from airflow.sdk.exceptions import AirflowFailException
from airflow.sdk.io import attach, has_fs

from loantape.errors import ConfigurationError, LoantapeError

# Every finished tape updates the asset of its lender through this alias, so filing DAGs need not name the lenders.
TAPES = AssetAlias("loantape_tapes", group="loantape")

# Somebody looked into the landing place and found deliveries that are new and finished.
LANDED = Asset("loantape_landed", uri="loantape://landed", group="loantape")

# What a mapped instance is called: its one argument. In a mapped task group the arguments have no names of their own.
LABEL = "{{ task.op_kwargs.values() | first | default('') }}"

DEFAULTS: Mapping[str, Any] = {
    "owner": "loantape",
    "retries": 2,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=10),
}


def step(function: Callable[..., Any]) -> Callable[..., Any]:
    """A task's function that fails at once when trying again cannot help, as the error itself says.

    Errors that are not ours (a full disk, a database that is away) keep the task's retries.
    """

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except LoantapeError as error:
            if error.retry_helps:
                raise
            raise AirflowFailException(str(error)) from error

    return call


def tape_of(submission: str) -> Asset:
    """The asset of a submission's lender, which is updated by every finished tape."""
    lender = submission.split("/")[0]
    return Asset(f"loantape_tape_{lender}", uri=f"loantape://tape/{lender}", group="loantape")


def each(values: Any) -> list[Any]:
    """What the instances of a mapped task group returned, in a list however many there are.

    Airflow hands over None where there is nothing, and the bare value where only one instance returned something.
    """
    if values is None:
        return []
    return [values] if isinstance(values, str | Mapping) else list(values)


def run_time() -> datetime:
    """The run's own time, the same at every retry and every clear: its logical date, or when it was due without one."""
    run = get_current_context()["dag_run"]
    return run.logical_date or run.run_after


def workspace() -> Any:
    """The ``pipeline.Workspace`` that the environment names."""
    from loantape import pipeline

    return pipeline.Workspace.from_environment()


def landing_place() -> Any:
    """The ``landing.Place`` of the run's parameter ``landing``, else of ``LOANTAPE_LANDING``.

    A path is a folder; an address is what Airflow's ObjectStoragePath understands: ``s3://connection@bucket/folder``.
    Raises ConfigurationError.
    """
    from loantape import landing

    named = get_current_context()["params"].get("landing") or os.environ.get("LOANTAPE_LANDING")
    if not named:
        raise ConfigurationError(
            "no landing place is named", "set LOANTAPE_LANDING, or the parameter `landing` of the run"
        )
    if "://" not in named:
        return landing.Folder(Path(named))
    _attach_s3(named)
    path = ObjectStoragePath(named)
    if path.protocol in ("file", "local"):
        return landing.Folder(Path(path.path))
    try:
        filesystem = path.fs
    except ValueError as unknown:
        raise ConfigurationError(
            f"nothing here reads {path.protocol}:// addresses", "install the Airflow provider that does"
        ) from unknown
    return landing.Bucket(filesystem, path.path, str(path))


def stamp(ws: Any, package: Path) -> None:
    """A token for a package from the authority that ``LOANTAPE_TIME_AUTHORITY`` names; nothing without one."""
    from loantape import pipeline
    from loantape.filing import timestamp

    named = os.environ.get("LOANTAPE_TIME_AUTHORITY")
    if named:
        pipeline.timestamp(ws, package, timestamp.authority(named))


@contextmanager
def handing_over(regulator: str) -> Iterator[Any]:
    """The ``outbox.Place`` that ``LOANTAPE_OUTBOX_<REGULATOR>`` names, None for the outbox in the store.

    A path is a folder. ``sftp://connection/folder`` is a folder below the login's own, ``sftp://connection//folder``
    one from the root, over the connection of that name in Airflow. Raises ConfigurationError.
    """
    from loantape import outbox

    variable = f"LOANTAPE_OUTBOX_{regulator.upper()}"
    address = os.environ.get(variable)
    if not address:
        yield None
        return
    if "://" not in address:
        if not Path(address).is_dir():
            raise ConfigurationError(f"{variable}: {address} is not a folder", "make it, or name another")
        yield outbox.Folder(Path(address))
        return
    scheme, _, rest = address.partition("://")
    connection, _, folder = rest.partition("/")
    if scheme != "sftp" or not connection or not folder:
        raise ConfigurationError(f"{variable} is {address!r}", "write a path, or sftp://connection/folder")
    from airflow.providers.sftp.hooks.sftp import SFTPHook
    from paramiko import AuthenticationException, BadHostKeyException, SSHException

    with ExitStack() as opened:
        try:
            client = opened.enter_context(SFTPHook(ssh_conn_id=connection).get_managed_conn())
        except SSHException as refused:
            # what paramiko's policy says of a host without a key: it has no class of its own
            unknown = "not found in known_hosts" in str(refused)
            if unknown or isinstance(refused, BadHostKeyException):
                raise ConfigurationError(
                    f"{address}: the server's host key is not the one we know; nothing was sent"
                    " 服务器主机密钥不符，未发送",
                    f"ask the receiver for its key, and put it into the extra of connection {connection} as host_key"
                    " 请向接收方核实主机密钥并写入连接配置",
                ) from refused
            if isinstance(refused, AuthenticationException):
                raise ConfigurationError(
                    f"{address}: the server does not let us in; nothing was sent 登录被拒绝，未发送",
                    f"look at login, password and key of connection {connection} 请检查连接的登录凭据",
                ) from refused
            raise
        yield outbox.SftpFolder(client, folder, address)


def time_between_looks() -> timedelta:
    """``LOANTAPE_LOOK_MINUTES``, 5 unless set. Raises ConfigurationError, which Airflow shows as an import error."""
    minutes = os.environ.get("LOANTAPE_LOOK_MINUTES") or "5"
    if not minutes.isdecimal() or not 1 <= int(minutes) <= 1440:
        raise ConfigurationError(f"LOANTAPE_LOOK_MINUTES is {minutes!r}", "give whole minutes, 1 to 1440")
    return timedelta(minutes=int(minutes))


def landing_rules() -> Any:
    """The ``landing.Rules`` that the environment sets."""
    from loantape import landing

    return landing.Rules.from_environment()


def first_of(ready: Sequence[Any]) -> Sequence[Any]:
    """As many as Airflow maps tasks over in one run; the next run takes the others."""
    from airflow.sdk.configuration import conf

    most = conf.getint("core", "max_map_length", fallback=1024)
    if len(ready) > most:
        logging.getLogger(__name__).warning("%d deliveries are ready, this run takes %d of them", len(ready), most)
    return ready[:most]


def say_what_waits(waiting: Iterable[Any]) -> None:
    """Each unfinished delivery into the task's log, by name and reason: a warning once it has been so for long."""
    rules, at = landing_rules(), run_time()
    log = logging.getLogger(__name__)
    for one in waiting:
        since = f", unchanged since {one.unchanged_since:%Y-%m-%d %H:%M:%S} UTC" if one.unchanged_since else ""
        level = logging.WARNING if one.is_late(at, rules) else logging.INFO
        log.log(level, "%r is not finished and waits: %s%s", one.name[:200], one.reason, since)


def _attach_s3(address: str) -> None:
    """Let ObjectStoragePath read S3 through s3fs where Airflow's Amazon provider, which would do it, is not installed.

    The connection means what it means to that provider: login and password are the key and its secret, the extra has
    ``endpoint_url``, ``region_name`` and ``aws_session_token``. Without one, the environment's ``AWS_*`` are used.
    """
    protocol, _, rest = address.partition("://")
    if protocol not in ("s3", "s3a") or has_fs(protocol):
        return
    from s3fs import S3FileSystem

    user, at, _ = rest.partition("/")[0].rpartition("@")
    if not at:
        attach(protocol, fs=S3FileSystem())
        return
    connection = BaseHook.get_connection(user)
    extra = connection.extra_dejson
    region = extra.get("region_name")
    filesystem = S3FileSystem(
        key=connection.login or None,
        secret=connection.password or None,
        token=extra.get("aws_session_token"),
        endpoint_url=extra.get("endpoint_url"),
        client_kwargs={"region_name": region} if region else {},
    )
    attach(protocol, user, fs=filesystem)
