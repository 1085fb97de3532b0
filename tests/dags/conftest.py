"""An Airflow home of its own for each test process, and the project's DAGs loaded into it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
DAGS = ROOT / "dags"
AT = datetime(2026, 11, 3, 6, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def airflow_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A fresh home with an empty database. Airflow reads its settings on import, so they are set before."""
    assert "airflow" not in sys.modules, "something imported Airflow before its home was set"
    home = tmp_path_factory.mktemp("airflow")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("AIRFLOW", "LOANTAPE_"))]:
            patch.delenv(name)
        patch.setenv("AIRFLOW_HOME", str(home))
        patch.setenv("AIRFLOW__CORE__DAGS_FOLDER", str(DAGS))
        patch.setenv("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
        patch.setenv("AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT", "300")
        patch.setenv("AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION", "False")
        patch.setenv("AIRFLOW__LOGGING__LOGGING_LEVEL", "ERROR")
        from airflow.utils import db

        db.initdb()
        yield home


@pytest.fixture(scope="session")
def dag_bag(airflow_home: Path) -> Any:
    """Every DAG of the project, parsed as the DAG processor parses them."""
    from airflow.dag_processing.dagbag import BundleDagBag

    return BundleDagBag(DAGS, bundle_path=DAGS, bundle_name="dags-folder")


def run(dag: Any, at: datetime = AT, **conf: Any) -> dict[tuple[str, str], str]:
    """Run a DAG in this process; the state of every task instance, by task and by the name of its mapped instance."""
    with pytest.MonkeyPatch.context() as patch:
        for task in dag.tasks:
            patch.setattr(task, "retries", 0)
        # what one test run is given stays with the DAG in this process: say what is meant each time
        given = {"everything": False, **conf} if "everything" in dag.params else conf
        instances = dag.test(logical_date=at, run_conf=given or None).get_task_instances()
    return {(one.task_id.split(".")[-1], one.rendered_map_index or ""): str(one.state) for one in instances}


def woken() -> set[str]:
    """The DAGs that an asset event has woken since the last call and the scheduler has not started yet."""
    from airflow.models.asset import AssetDagRunQueue
    from airflow.utils.session import create_session

    with create_session() as session:
        names = {row.target_dag_id for row in session.query(AssetDagRunQueue).all()}
        session.query(AssetDagRunQueue).delete()
    return names
