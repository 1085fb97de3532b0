"""When deliveries are taken in: everything in the landing folder, up to a checked and measured submission.

Belongs here: wiring. What the steps do is in ``loantape.pipeline``. A run may see the same deliveries any number of
times: a finished step does nothing.

Deliveries are received and read side by side, one mapped instance each; checking starts when all of them have been
read, because a check compares a tape with the lender's previous period, which may have arrived in the same run. A
delivery that fails stops only itself: the others go on, and the last task fails the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from airflow.sdk import DAG, Asset, Param, TriggerRule, task, task_group
from airflow.sdk.exceptions import AirflowFailException
from wiring import DEFAULTS, LABEL, TAPES, deliveries_in, landing_folder, run_time, step, workspace

with DAG(
    "loantape_intake",
    description="Receive, read, check and measure every delivery in the landing folder",
    doc_md=__doc__,
    schedule="0 6 * * *",
    catchup=False,
    max_active_runs=1,
    tags=["loantape", "intake"],
    default_args=DEFAULTS,
    params={
        "landing": Param(
            None, type=["null", "string"], title="Landing folder", description="Empty means LOANTAPE_LANDING"
        )
    },
):

    @task
    @step
    def list_deliveries() -> list[str]:
        """Names of the deliveries there are."""
        return deliveries_in(landing_folder())

    @task(map_index_template=LABEL)
    @step
    def receive(delivery: str) -> str:
        """The delivered bytes into the store; the submission's name."""
        from loantape import pipeline

        return pipeline.receive(workspace(), landing_folder() / delivery, run_time())

    @task(map_index_template=LABEL)
    @step
    def read(submission: str) -> str:
        """Bytes into line ledger and tape."""
        from loantape import pipeline

        pipeline.read(workspace(), submission, run_time())
        return submission

    # ALL_DONE where every delivery is awaited: one that failed must not hold up the others.
    @task(trigger_rule=TriggerRule.ALL_DONE)
    @step
    def list_read(submissions: Iterable[str]) -> list[str]:
        """Names of the submissions that were read, each once."""
        return sorted(set(submissions or ()))

    @task(map_index_template=LABEL)
    @step
    def check(submission: str) -> str:
        """Every rule in force, against the previous period too."""
        from loantape import pipeline

        pipeline.check(workspace(), submission, run_time())
        return submission

    @task(map_index_template=LABEL, outlets=[TAPES], multiple_outputs=False)
    @step
    def measure(submission: str, *, outlet_events: object = None) -> dict[str, str | int]:
        """Every indicator; the tape is finished, whether it is ready to file or blocked."""
        from loantape import pipeline

        ws = workspace()
        pipeline.measure(ws, submission, run_time())
        found = pipeline.review(ws, submission)
        result = {"submission": submission, "errors": found.errors, "warnings": found.warnings}
        lender = submission.split("/")[0]
        tape = Asset(f"loantape_tape_{lender}", uri=f"loantape://tape/{lender}", group="loantape")
        outlet_events[TAPES].add(tape, extra=result)  # type: ignore[index]
        return result

    @task(trigger_rule=TriggerRule.ALL_DONE)
    @step
    def all_came_through(deliveries: Sequence[str], read: Iterable[str], measured: Iterable[object]) -> int:
        """Fails the run when something did not come through: a run's own state looks at its last tasks only."""
        arrived, taken, done = list(read or ()), set(read or ()), list(measured or ())
        if len(arrived) != len(deliveries) or len(done) != len(taken):
            raise AirflowFailException(
                f"{len(deliveries)} deliveries, {len(arrived)} read, {len(taken)} submissions, {len(done)} measured: "
                "see the tasks that failed"
            )
        return len(done)

    @task_group
    def take_in(delivery: str) -> object:
        return read(submission=receive(delivery=delivery))

    @task_group
    def validate(submission: str) -> object:
        return measure(submission=check(submission=submission))

    landed = list_deliveries()
    readings = take_in.expand(delivery=landed)
    all_came_through(landed, readings, validate.expand(submission=list_read(readings)))
