"""When deliveries are taken in: what is new in the landing place, up to a checked and measured submission.

Belongs here: wiring. What the steps do is in ``loantape.pipeline``, which deliveries are finished and new in
``loantape.landing``. A run may see the same deliveries any number of times: a finished step does nothing.

It runs when ``loantape_landing`` found something, and every morning whether it did or not. A delivery that was refused
is tried again when it has changed, in the morning, and in every run that a person starts.

At the end, what had been checked against a tape that this run replaced is checked again.

Deliveries are received and read side by side, one mapped instance each; checking starts when all of them have been
read, because a check compares a tape with the lender's previous period, which may have arrived in the same run. A
delivery that fails stops only itself: the others go on, and the last task fails the run.
"""

from __future__ import annotations

from collections.abc import Sequence

from airflow.sdk import (
    DAG,
    AssetOrTimeSchedule,
    CronTriggerTimetable,
    Param,
    TriggerRule,
    get_current_context,
    task,
    task_group,
)
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from wiring import (
    DEFAULTS,
    LABEL,
    LANDED,
    TAPES,
    each,
    first_of,
    landing_place,
    landing_rules,
    run_time,
    say_what_waits,
    step,
    tape_of,
    workspace,
)

with DAG(
    "loantape_intake",
    description="Receive, read, check and measure every new delivery in the landing place",
    doc_md=__doc__,
    schedule=AssetOrTimeSchedule(timetable=CronTriggerTimetable("0 6 * * *", timezone="UTC"), assets=[LANDED]),
    catchup=False,
    max_active_runs=1,
    tags=["loantape", "intake"],
    default_args=DEFAULTS,
    params={
        "landing": Param(
            None, type=["null", "string"], title="Landing place", description="Empty means LOANTAPE_LANDING"
        ),
        "everything": Param(
            False, type="boolean", title="Everything", description="Also what was taken in before; changes nothing"
        ),
    },
):

    @task
    @step
    def list_deliveries() -> list[dict[str, str]]:
        """The finished deliveries that are not in the store yet: names, and stamps of what they were when listed."""
        from loantape import landing

        context = get_current_context()
        found = landing.arrived(
            workspace(),
            landing_place(),
            landing_rules(),
            everything=context["params"]["everything"],
            refused=context["dag_run"].run_type != "asset_triggered",
        )
        say_what_waits(found.waiting)
        return [{"name": arrival.name, "stamp": arrival.stamp} for arrival in first_of(found.ready)]

    @task(map_index_template="{{ task.op_kwargs['delivery']['name'] }}")
    @step
    def receive(delivery: dict[str, str]) -> str:
        """The delivered bytes into the store; the submission's name, or "" when it changed since it was listed."""
        from loantape import landing

        taken = landing.receive(
            workspace(), landing_place(), delivery["name"], delivery["stamp"], run_time(), landing_rules()
        )
        return taken or ""

    @task(map_index_template=LABEL)
    @step
    def read(submission: str) -> str:
        """Bytes into line ledger and tape."""
        from loantape import pipeline

        if not submission:
            raise AirflowSkipException("it changed since it was listed: the next look decides")
        pipeline.read(workspace(), submission, run_time())
        return submission

    # ALL_DONE where every delivery is awaited: one that failed must not hold up the others.
    @task(trigger_rule=TriggerRule.ALL_DONE)
    @step
    def list_read(submissions: object) -> list[str]:
        """Names of the submissions that were read, each once."""
        return sorted(set(each(submissions)))

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
        outlet_events[TAPES].add(tape_of(submission), extra=result)  # type: ignore[index]
        return result

    @task(trigger_rule=TriggerRule.ALL_DONE, outlets=[TAPES])
    @step
    def refresh(*, outlet_events: object = None) -> list[str]:
        """Submissions that were checked against a tape that has been replaced, checked and measured again."""
        from loantape import pipeline

        names = [found.submission for found in pipeline.refresh(workspace(), run_time())]
        for name in names:
            outlet_events[TAPES].add(tape_of(name), extra={"submission": name})  # type: ignore[index]
        return names

    @task(trigger_rule=TriggerRule.ALL_DONE)
    @step
    def all_came_through(deliveries: Sequence[object], received: object, read: object, measured: object) -> int:
        """Fails the run when something did not come through: a run's own state looks at its last tasks only."""
        left = sum(not submission for submission in each(received))
        arrived, done = each(read), each(measured)
        taken = set(arrived)
        if len(arrived) + left != len(deliveries) or len(done) != len(taken):
            raise AirflowFailException(
                f"{len(deliveries)} deliveries, {left} still changing, {len(arrived)} read, {len(taken)} submissions, "
                f"{len(done)} measured: see the tasks that failed"
            )
        return len(done)

    @task_group
    def take_in(delivery: dict[str, str]) -> tuple[object, object]:
        received = receive(delivery=delivery)
        return received, read(submission=received)

    @task_group
    def validate(submission: str) -> object:
        return measure(submission=check(submission=submission))

    landed = list_deliveries()
    receipts, readings = take_in.expand(delivery=landed)
    finished = validate.expand(submission=list_read(readings))
    finished >> refresh()
    all_came_through(landed, receipts, readings, finished)
