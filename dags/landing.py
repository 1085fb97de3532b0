"""When the landing place is looked at: every few minutes, and intake starts when something new is finished there.

Belongs here: wiring. What finished means is in ``loantape.landing``. What a look finds is announced by an asset event,
once, on which ``loantape_intake`` starts. A look that finds nothing new leaves no trace but its own run.
"""

from __future__ import annotations

from airflow.sdk import DAG, Param, task
from airflow.sdk.exceptions import AirflowSkipException
from wiring import (
    DEFAULTS,
    LANDED,
    landing_place,
    landing_rules,
    run_time,
    say_what_waits,
    step,
    time_between_looks,
    workspace,
)

with DAG(
    "loantape_landing",
    description="Look whether a finished delivery has landed, and start intake when one has",
    doc_md=__doc__,
    schedule=time_between_looks(),
    catchup=False,
    max_active_runs=1,
    tags=["loantape", "intake"],
    default_args=DEFAULTS,
    params={
        "landing": Param(
            None, type=["null", "string"], title="Landing place", description="Empty means LOANTAPE_LANDING"
        )
    },
):

    @task(outlets=[LANDED])
    @step
    def look(*, outlet_events: object = None) -> list[str]:
        """Names of the deliveries that have become ready since the last look."""
        from loantape import landing

        found = landing.announce(workspace(), landing_place(), landing_rules(), run_time())
        say_what_waits(found.waiting)
        names = [arrival.name for arrival in found.ready]
        if not names:
            raise AirflowSkipException("nothing new")  # a skipped task announces nothing
        outlet_events[LANDED].extra = {"deliveries": len(names)}  # type: ignore[index]
        return names

    look()
