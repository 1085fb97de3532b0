"""When filings are made: one DAG per regulator, which wakes when a tape is finished and files what is ready.

Belongs here: wiring. A regulator's DAG is there because its folder in ``templates`` is. What is filed already is found
and left as it is, so a run may happen any number of times.

What would amend a filing in force, or come after a withdrawal, is not filed by a schedule: a person starts the DAG with
the parameters ``submission`` and ``reason``. While an amendment waits for that, ``say_what_waits`` fails the run.

Packages go into the regulator's outbox in the store, or to the address that ``LOANTAPE_OUTBOX_<REGULATOR>`` names.
"""

from __future__ import annotations

from airflow.sdk import DAG, Param, TriggerRule, get_current_context, task, task_group
from airflow.sdk.exceptions import AirflowFailException
from wiring import DEFAULTS, LABEL, TAPES, handing_over, run_time, stamp, step, workspace

from loantape import catalog
from loantape.errors import ConfigurationError


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
        params={
            "submission": Param(
                None, type=["null", "string"], title="Submission", description="Only this one: lender/2026-10/v2"
            ),
            "reason": Param(
                None,
                type=["null", "string"],
                title="Reason",
                description="Why what was filed is amended; goes into the package",
            ),
        },
    ) as dag:

        @task
        @step
        def list_ready() -> list[str]:
            """Names of the submissions that this regulator's filing covers and nothing blocks; or the one asked for."""
            from loantape import pipeline

            params = get_current_context()["params"]
            if params["submission"]:
                return [params["submission"]]
            if params["reason"]:
                raise ConfigurationError("a reason is given and no submission", "name the submission that it is about")
            return list(pipeline.fileable(workspace(), regulator))

        @task(map_index_template=LABEL)
        @step
        def render_and_seal(submission: str) -> str:
            """The signed package; its place in the store."""
            from loantape import pipeline

            ws = workspace()
            reason = get_current_context()["params"]["reason"]
            package = pipeline.file(ws, submission, regulator, run_time(), reason=reason)
            stamp(ws, package)
            return str(package.relative_to(ws.store.root))

        @task(map_index_template=LABEL)
        @step
        def hand_over(package: str) -> str:
            """The package where its regulator looks; its place there."""
            from loantape import pipeline

            ws = workspace()
            with handing_over(regulator) as place:
                return pipeline.hand_over(ws, ws.store.root / package, run_time(), place)

        @task(trigger_rule=TriggerRule.ALL_DONE)
        @step
        def hand_over_rest() -> list[str]:
            """What is sealed and waits all the same: withdrawals, and what an earlier run could not hand over."""
            from loantape import pipeline

            ws = workspace()
            packages = pipeline.waiting(ws, regulator)
            if not packages:
                return []
            for package in packages:
                stamp(ws, package)
            with handing_over(regulator) as place:
                return [pipeline.hand_over(ws, package, run_time(), place) for package in packages]

        @task(trigger_rule=TriggerRule.ALL_DONE)
        @step
        def say_what_waits() -> int:
            """Fails the run while an amendment of what is in force waits for a person to say why."""
            from loantape import pipeline

            due = pipeline.amendable(workspace(), regulator)
            amends = [f"{name} amends {standing}" for name, standing in due if standing]
            if amends:
                raise AirflowFailException(
                    f"{'; '.join(amends)}: start this DAG with the parameters submission and reason"
                )
            return len(due)

        @task_group
        def file_one(submission: str) -> object:
            return hand_over(package=render_and_seal(submission=submission))

        file_one.expand(submission=list_ready()) >> hand_over_rest() >> say_what_waits()
    return dag


for _filing in catalog.filings().values():
    globals()[f"loantape_filing_{_filing.regulator}"] = filing_dag(_filing.regulator, _filing.en)
