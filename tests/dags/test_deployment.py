"""The image and the compose file: pinned, unprivileged, secrets from outside, reachable from this machine only."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SECRETS = ["POSTGRES_PASSWORD", "AIRFLOW_JWT_SECRET", "AIRFLOW_SECRET_KEY", "AIRFLOW_FERNET_KEY"]
SECRETS += ["AIRFLOW_ADMIN_PASSWORD", "LANDING_FOLDER"]


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))


def test_the_services_are_those_of_a_local_executor(compose: Any) -> None:
    """Six services: database, one-off preparation, and Airflow's four components, each kept healthy."""
    airflow = {"apiserver", "scheduler", "dag-processor", "triggerer"}
    assert set(compose["services"]) == {"postgres", "init"} | airflow
    for name in airflow | {"postgres"}:
        assert compose["services"][name]["healthcheck"]["test"], name
    for name in airflow:
        service = compose["services"][name]
        assert service["depends_on"]["init"] == {"condition": "service_completed_successfully"}
        assert service["cap_drop"] == ["ALL"] and service["environment"]["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"


def test_ports_are_open_on_this_machine_only(compose: Any) -> None:
    """No service listens on an outside address."""
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports == ["127.0.0.1:8080:8080"]


@pytest.mark.parametrize("name", SECRETS)
def test_what_must_be_given_has_no_default(name: str) -> None:
    """Every use of a secret stops the start when it is not set."""
    uses = re.findall(r"\$\{" + name + r"([^}]*)\}", (ROOT / "docker-compose.yml").read_text("utf-8"))
    assert uses and all(use.startswith(":?") for use in uses)


def test_submissions_and_keys_are_seen_by_the_tasks_only(compose: Any) -> None:
    """Keys reach the scheduler, where the LocalExecutor's tasks run, and nothing else; deliveries are read-only."""
    seen = {
        name: [volume for volume in service.get("volumes", []) if "/data/" in volume]
        for name, service in compose["services"].items()
    }
    assert [name for name, volumes in seen.items() if any("/data/keys" in one for one in volumes)] == ["scheduler"]
    assert next(one for one in seen["scheduler"] if "/data/landing" in one).endswith(":ro")
    assert {name for name, volumes in seen.items() if volumes} == {"scheduler", "init"}


def test_the_preparation_is_python_that_compiles(compose: Any) -> None:
    """The script that prepares the databases has no syntax error."""
    python, flag, script = compose["services"]["init"]["command"]
    assert (python, flag) == ("python", "-c")
    compile(script, "init", "exec")


def test_the_image_is_built_from_the_lock_and_runs_without_privileges() -> None:
    """Every install is hash-checked or installs nothing but ourselves; the last user is not root."""
    lines = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text("utf-8")).splitlines()
    installs = [part for line in lines for part in line.split("&&") if "pip install" in part]
    assert installs and all("--require-hashes" in part or "--no-deps" in part for part in installs)
    assert [line for line in lines if line.startswith("USER")] == ["USER loantape"]
    assert any("PYTHONPATH=/opt/loantape" in line for line in lines)


def test_everything_the_image_copies_is_there_and_let_through() -> None:
    """Each file copied from the project exists and is not held back by .dockerignore."""
    let_through = {
        line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")
    }
    copies = [line for line in (ROOT / "Dockerfile").read_text("utf-8").splitlines() if line.startswith("COPY")]
    for line in copies:
        words = shlex.split(line)[1:]
        if not words[0].startswith("--from"):
            for name in words[:-1]:
                assert (ROOT / name).exists() and name in let_through, name
