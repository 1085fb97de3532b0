"""When receipts are looked for: every few minutes, in the inbox of every regulator below the store.

Belongs here: wiring. What a receipt is, and what it changes, is in ``loantape.filing.receipts``. A look takes all that
lies there; then it fails when one needs a person: a rejection, a contradiction, other bytes than were sealed, or what
is no receipt.
"""

from __future__ import annotations

from airflow.sdk import DAG, task
from airflow.sdk.exceptions import AirflowFailException
from wiring import DEFAULTS, run_time, step, time_between_looks, workspace

with DAG(
    "loantape_receipts",
    description="Take the receipts that have arrived, and say which need a person",
    doc_md=__doc__,
    schedule=time_between_looks(),
    catchup=False,
    max_active_runs=1,
    tags=["loantape", "filing"],
    default_args=DEFAULTS,
):

    @task
    @step
    def take_receipts() -> int:
        """How many were taken. Each was recorded before this task says that one needs a person."""
        from loantape import pipeline

        taken = pipeline.inbox(workspace(), run_time(), again=True)  # a retry says what the killed try would have
        bad = [one.line() for one in taken if not one.is_good]
        if bad:
            raise AirflowFailException("; ".join(bad)[:4000])
        return len(taken)

    take_receipts()
