"""Every lender's loans in one table of positions, borrowers told apart by pseudonym only.

Belongs here: reading attached submissions into ``position``, ``partner`` and ``borrower`` tables on a scratch
connection. Not here: what a row means (``transforms.market.positions``) or any sum over lenders (``cells``).

Members of declared dimensions are stored as their place in the declaration, amounts as whole cents, and a borrower as
128 bits of a hash of the pseudonym: among a thousand million borrowers two would meet with a chance below 1 in 10^20.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache

import duckdb
import ibis

from loantape import catalog
from loantape.progress import Progress

CENTS = ("balance", "overdue", "provision", "priced", "annual_cost")
CODED = ("province", "days", "risk")
_TAPE = "market_tape"  # the catalog of whichever submission is being read
UNKNOWN = "unknown"
_WORD = 64  # lenders told apart by the bits of one word


def load(
    con: duckdb.DuckDBPyConnection,
    prefix: str,
    tapes: Mapping[int, str],
    attach: Callable[[duckdb.DuckDBPyConnection, str, str], AbstractContextManager[None]],
    progress: Progress,
) -> None:
    """Create ``<prefix>position`` and ``<prefix>partner`` from submissions: the lender's number to its name.

    ``attach(con, catalog, submission)`` attaches one read-only.

    ``position`` has one row per lender, borrower, days past due and risk class; ``partner`` one per lender, borrower,
    partner and mode of co-operation.
    """
    cents = ", ".join(f"{name} BIGINT" for name in CENTS)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {prefix}position (lender USMALLINT, borrower UHUGEINT, "
        f"province UTINYINT, days UTINYINT, risk UTINYINT, loans UINTEGER, unnamed UINTEGER, {cents})"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {prefix}partner (lender USMALLINT, borrower UHUGEINT, partner VARCHAR, "
        "mode UTINYINT, loans UINTEGER, balance BIGINT)"
    )
    with progress.step("loans of each lender", "汇集各机构贷款", total=len(tapes)) as task:
        for number, submission in sorted(tapes.items()):
            with attach(con, _TAPE, submission):
                con.execute(f"CREATE OR REPLACE TEMP TABLE one_tape AS {_rows_of()}", {"lender": str(number)})
            sums = ", ".join(f"CAST(sum({name}) AS BIGINT)" for name in CENTS)
            con.execute(
                f"INSERT INTO {prefix}position SELECT {number}, borrower, min(province), days, risk, count(*), "
                f"count(*) FILTER (unnamed), {sums} FROM one_tape GROUP BY borrower, days, risk"
            )
            con.execute(
                f"INSERT INTO {prefix}partner SELECT {number}, borrower, partner, mode, count(*), "
                "CAST(sum(balance) AS BIGINT) FROM one_tape WHERE partner IS NOT NULL GROUP BY borrower, partner, mode"
            )
            task.advance()
    con.execute("DROP TABLE IF EXISTS one_tape")


def gather_borrowers(con: duckdb.DuckDBPyConnection, prefix: str) -> None:
    """Create ``<prefix>borrower`` from ``<prefix>position``: one row per borrower, all lenders together.

    ``lenders`` is the place of the number's class, ``days`` that of the longest days past due of any loan, ``province``
    the first code where lenders name several. The sums are those of all positions.
    """
    most = con.execute(f"SELECT coalesce(max(lender), 0) FROM {prefix}position").fetchall()[0][0]
    # one bit per lender: counting distinct lenders this way needs one pass and no set per borrower
    counted = " + ".join(
        f"bit_count(bit_or(CASE WHEN lender // {_WORD} = {word} THEN 1::UBIGINT << (lender % {_WORD})::UBIGINT "
        "ELSE 0::UBIGINT END))"
        for word in range(most // _WORD + 1)
    )
    last = len(catalog.market().MEMBERS["lenders"])
    sums = ", ".join(f"CAST(sum({name}) AS BIGINT) AS {name}" for name in CENTS)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {prefix}borrower AS SELECT borrower, min(province) AS province, "
        f"CAST(least({counted}, {last}) - 1 AS UTINYINT) AS lenders, max(days) AS days, "
        f"CAST(sum(loans) AS UINTEGER) AS loans, {sums} FROM {prefix}position GROUP BY borrower"
    )


def _rows_of() -> str:
    """SQL for the attached tape's positions, loan by loan; binds ``$lender`` for loans without a pseudonym."""
    rows, members = _statement(), catalog.market().MEMBERS
    coded = ", ".join(f"{_place(one, members[one])} AS {one}" for one in (*CODED, "mode"))
    cents = ", ".join(f"CAST({name} * 100 AS BIGINT) AS {name}" for name in CENTS)
    return (
        "SELECT md5_number(coalesce(borrower_pid, 'lender ' || $lender || ' loan ' || coalesce(iou_no, ''))) "
        "AS borrower, "
        f"borrower_pid IS NULL AS unnamed, {coded}, partner, {cents} FROM ({rows})"
    )


def _place(column: str, members: Sequence[str]) -> str:
    """SQL for the place of a text among the members; that of ``unknown``, or null, where it is none of them."""
    listed = ", ".join(f"'{member}'" for member in members)
    place = f"enum_code(TRY_CAST({column} AS ENUM({listed})))"
    return f"coalesce({place}, {members.index(UNKNOWN)}::UTINYINT)" if UNKNOWN in members else place


@cache
def _statement() -> str:
    tables = {
        name: ibis.table(
            {field: column.dtype.type for field, column in model.to_schema().columns.items()},
            name=f"tape_{name}",
            catalog=_TAPE,
            database="main",
        )
        for name, model in catalog.tape_tables().items()
        if name in ("loan", "partner")
    }
    return str(ibis.to_sql(catalog.market().positions(tables), dialect="duckdb", pretty=False))
