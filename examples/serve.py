"""Airflow's own site over what the demo made, on this machine only, without a login: to look at, never to run with.

make serve        then open the address it prints; Ctrl-C stops it
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from demo import ROOT, prepare_environment


def main() -> None:
    """Become ``airflow standalone`` with the demo's folders; does not return."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dir", type=Path, default=ROOT / "build" / "demo", help="the demo's folder")
    parser.add_argument("--port", default="8080", help="port on 127.0.0.1")
    options = parser.parse_args()
    folder = options.dir.resolve()
    if not (folder / "store").is_dir():
        sys.exit(f"{folder} holds no demo: run `make demo` first")
    prepare_environment(folder)
    address = f"http://127.0.0.1:{options.port}"
    os.environ.update(
        AIRFLOW__API__HOST="127.0.0.1",
        AIRFLOW__API__PORT=options.port,
        AIRFLOW__API__BASE_URL=address,
        AIRFLOW__CORE__EXECUTION_API_SERVER_URL=f"{address}/execution/",
        LOANTAPE_SETTLE_SECONDS="5",  # here somebody may drop a delivery in
        LOANTAPE_LOOK_MINUTES="1",
        AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS="True",
        PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    )
    print(f"{address} in about half a minute; Ctrl-C stops it", flush=True)
    airflow = str(Path(sys.executable).parent / "airflow")
    os.execv(airflow, [airflow, "standalone"])  # noqa: S606 - no shell, and nothing in it comes from outside


if __name__ == "__main__":
    main()
