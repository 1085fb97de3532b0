"""pandera's own validation: on the DuckDB table through Ibis, and on a polars frame that is in memory already."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from peers import tape


def on_ibis(path: Path) -> dict[str, Any]:
    """``validate(lazy=True)`` of the columns and rules as one schema."""
    import ibis
    import pandera.errors
    import pandera.ibis as pa
    from peers.ours import connect

    from loantape import catalog
    from loantape.checking.schema import to_pandera_schema

    whole = to_pandera_schema("loan", tape.rules(), catalog.limits(), tape.PERIOD, tape.JURISDICTION)
    schema = pa.DataFrameSchema({n: whole.columns[n] for n in tape.columns()}, checks=whole.checks, name="loan")
    table = ibis.duckdb.from_connection(connect(path)).table("tape_loan")
    found = 0
    try:
        schema.validate(table, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        found = len(errors.failure_cases)
    return {"asked": len(tape.questions()), "found": found}


def prepare_polars(work: Path) -> tuple[Any, Any]:
    """The frame in memory, and a schema whose checks are polars expressions made by Ibis of the same questions."""
    import pandera.polars as pa
    import polars as pl

    frame = pl.read_parquet(work / "tape.parquet", columns=list(tape.columns()))
    asked = tape.questions()
    expressions = tape.polars_expressions(asked)

    def check(name: str) -> Any:
        return pa.Check(lambda data: data.lazyframe.select(expressions[name]), name=name)

    absent = {one.field for one in asked if one.presence}
    columns = {}
    for name, kind in frame.schema.items():
        own = [one.name for one in asked if one.field == name and not one.presence and one.name in expressions]
        columns[name] = pa.Column(kind, checks=[check(one) for one in own], nullable=name not in absent)
    wide = [check(one.name) for one in asked if not one.field and one.name in expressions]
    return frame, (pa.DataFrameSchema(columns, checks=wide), len(expressions))


def on_polars(prepared: tuple[Any, Any]) -> dict[str, Any]:
    import pandera.errors

    frame, (schema, asked) = prepared
    found = 0
    try:
        schema.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        found = len(errors.failure_cases)
    return {"asked": asked, "found": found}
