"""Validators with an environment of their own: dataframely and pointblank on a polars frame, soda-core on DuckDB.

Runs in that environment and knows nothing of Loantape: what to ask is in ``questions.json``, the frame in
``tape.parquet``. Loading the frame and building the schema from expressions are not in the seconds, the frame is in
the memory.

    python benchmarks/peers/foreign.py --case dataframely --work FOLDER --rows 100000
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def dataframely(work: Path, rows: int) -> Callable[[], dict[str, Any]]:
    """Every question as a rule; the failures are a table of rows by rules, with counts."""
    import dataframely as dy

    frame, asked = _frame(work)
    columns = {name: dy.Any() for name in frame.columns}

    def rule(expression: Any) -> Any:
        return dy.rule()(lambda cls: expression)

    schema = type("Tape", (dy.Schema,), {**columns, **{name: rule(one) for name, one in asked.items()}})

    def run() -> dict[str, Any]:
        _, failure = schema.filter(frame)
        return {"asked": len(asked), "found": sum(failure.counts().values())}

    return run


def pointblank(work: Path, rows: int) -> Callable[[], dict[str, Any]]:
    """Every question as ``col_vals_expr``; each step keeps the rows that fail."""
    import pointblank as pb

    frame, asked = _frame(work)

    def run() -> dict[str, Any]:
        validation = pb.Validate(data=frame)
        for expression in asked.values():
            validation = validation.col_vals_expr(expr=expression)
        validation = validation.interrogate()
        broken = sum(bool(step.eval_error) for step in validation.validation_info)
        return {"asked": len(asked) - broken, "found": int(sum(validation.n_failed().values()))}

    return run


def soda(work: Path, rows: int) -> Callable[[], dict[str, Any]]:
    """Every question as a ``failed_rows`` check with an SQL expression: counts only."""
    from soda_core.contracts import verify_contract_locally

    entries = json.loads((work / "questions.json").read_text())["questions"]
    path = work / f"tape_{rows}.duckdb"
    limit = os.environ.get("LOANTAPE_MEMORY_LIMIT")
    limited = f"  configuration: {{memory_limit: {limit}}}\n" if limit else ""
    source, contract = work / "soda.yml", work / "contract.yml"
    source.write_text(
        f"type: duckdb\nname: bench\nconnection:\n  database: {path}\n  schema: main\n  read_only: true\n" + limited
    )
    checks = [
        {"failed_rows": {"name": one["name"], "qualifier": one["name"], "expression": f"NOT ({one['sql']})"}}
        for one in entries
    ]
    wanted = {"dataset": f"bench/{path.stem}/main/tape_loan", "columns": [], "checks": checks}
    contract.write_text(json.dumps(wanted))  # JSON is YAML

    def run() -> dict[str, Any]:
        result = verify_contract_locally(
            data_source_file_path=str(source), contract_file_path=str(contract), publish=False
        )
        (verified,) = result.contract_verification_results
        counted = [one.threshold_value for one in verified.check_results]
        counted = [one for one in counted if one is not None]
        return {"asked": len(counted), "found": int(sum(counted))}

    return run


def _frame(work: Path) -> tuple[Any, dict[str, Any]]:
    import polars as pl

    asked = json.loads((work / "questions.json").read_text())
    expressions = {
        one["name"]: pl.Expr.deserialize(bytes.fromhex(one["polars"])) for one in asked["questions"] if one["polars"]
    }
    return pl.read_parquet(work / "tape.parquet", columns=asked["columns"]), expressions


CASES = {"dataframely": dataframely, "pointblank": pointblank, "soda-core": soda}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", choices=list(CASES), required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--rows", type=int, required=True)
    arguments = parser.parse_args()
    run = CASES[arguments.case](arguments.work, arguments.rows)
    started, spent = time.perf_counter(), time.process_time()
    found = run()
    figures = {"seconds": time.perf_counter() - started, "cpu": time.process_time() - spent, **found}
    status = Path("/proc/self/status").read_text()
    peak = int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024
    print(json.dumps({**figures, "mib": peak}))


if __name__ == "__main__":
    main()
