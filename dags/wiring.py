"""What the DAG files share: where a task finds its workspace, its time and its deliveries, and when it may try again.

Belongs here: Airflow's side of the seam to ``loantape.pipeline``. Not here: any step of the journey. It is no DAG file
(``.airflowignore``). Heavy modules are imported inside tasks, so that parsing stays quick.
"""

from __future__ import annotations

import functools
import logging
import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import AssetAlias, get_current_context
from airflow.sdk.exceptions import AirflowFailException

from loantape.errors import ConfigurationError, LoantapeError

# Every finished tape updates the asset of its lender through this alias, so filing DAGs need not name the lenders.
TAPES = AssetAlias("loantape_tapes", group="loantape")

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


def run_time() -> datetime:
    """The run's own time, the same at every retry and every clear: its logical date, or when it was due without one."""
    run = get_current_context()["dag_run"]
    return run.logical_date or run.run_after


def workspace() -> Any:
    """The ``pipeline.Workspace`` that the environment names."""
    from loantape import pipeline

    return pipeline.Workspace.from_environment()


def landing_folder() -> Path:
    """The run's parameter ``landing``, else ``LOANTAPE_LANDING``. Raises ConfigurationError."""
    named = get_current_context()["params"].get("landing") or os.environ.get("LOANTAPE_LANDING")
    if not named or not Path(named).is_dir():
        raise ConfigurationError(
            f"the landing folder {named!r} is not there", "set LOANTAPE_LANDING, or the parameter `landing` of the run"
        )
    return Path(named)


def deliveries_in(landing: Path) -> list[str]:
    """The names of the deliveries in a landing folder, sorted: zips, and folders whose manifest has arrived.

    A sender puts the manifest in last, so a folder without one is still being written: it is logged and left alone.
    """
    found = []
    for path in sorted(landing.iterdir()):
        if path.name.startswith("."):
            continue
        if path.suffix == ".zip" or (path / "manifest.json").is_file():
            found.append(path.name)
        elif path.is_dir():
            logging.getLogger(__name__).warning("%s has no manifest.json yet: it waits for the next run", path.name)
    return found
