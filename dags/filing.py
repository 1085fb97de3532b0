"""When filings are made: one DAG per regulator, which wakes when a tape is finished and files what is ready.

Belongs here: wiring. A regulator's DAG is there because its folder in ``templates`` is. What is filed already is found
and left as it is, so a run may happen any number of times.
"""

from __future__ import annotations

from airflow.sdk import DAG, task, task_group
from wiring import DEFAULTS, LABEL, TAPES, run_time, step, workspace

from loantape import catalog


def filing_dag(regulator: str, title: str) -> DAG:
    """The DAG of one regulator."""
    with DAG(
        f"loantape_filing_{regulator}",
        description=title,
        doc_md=__doc__,
        schedule=[TAPES],
        catchup=False,
        max_active_runs=1,
        tags=["loantape", "filing", regulator],
        default_args=DEFAULTS,
    ) as dag:

        @task
        @step
        def list_ready() -> list[str]:
            """Names of the submissions that this regulator's filing covers and nothing blocks."""
            from loantape import pipeline

            return list(pipeline.fileable(workspace(), regulator))

        @task(map_index_template=LABEL)
        @step
        def render_and_seal(submission: str) -> str:
            """The signed package; its place in the store."""
            from loantape import pipeline

            ws = workspace()
            package = pipeline.file(ws, submission, regulator, run_time())
            return str(package.relative_to(ws.store.root))

        @task(map_index_template=LABEL)
        @step
        def hand_over(package: str) -> str:
            """The package in the regulator's outbox; its place in the store."""
            from loantape import pipeline

            ws = workspace()
            placed = pipeline.hand_over(ws, ws.store.root / package, run_time())
            return str(placed.relative_to(ws.store.root))

        @task_group
        def file_one(submission: str) -> object:
            return hand_over(package=render_and_seal(submission=submission))

        file_one.expand(submission=list_ready())
    return dag


for _filing in catalog.filings().values():
    globals()[f"loantape_filing_{_filing.regulator}"] = filing_dag(_filing.regulator, _filing.en)
