"""The outgoing tables of a PBoC filing, as relations in DuckDB, before any byte is written.

Belongs here: which rows go out, and what the sources of columns.py stand for. Not here: the movements of principal
(movements.py), the statistical forms (statistical.py), rules (format_rules.py), files (writer.py).

The masked numbers lie in one temporary table in the order of the tape, so that CLGRDK is the tape beside them: a
POSITIONAL JOIN, which neither hashes nor sorts, and keeps the order of the tape.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from loantape.declare import FilingContext
from loantape.errors import ConfigurationError, FilingRefused
from templates.cn_pbc import movements, statistical
from templates.cn_pbc.columns import CLGRDK, GRDKFS, GRKHXX, USCC
from templates.cn_pbc.forms import Chars, Column, Fixed, Table
from templates.cn_pbc.masking import born_on, masked

IS_STOCK = "(loan.loan_status IS NULL OR NOT starts_with(loan.loan_status, 'LF'))"
_LOANS = "tape_loan AS loan POSITIONAL JOIN pbc_masked AS masked"
# sorted before they are masked: masks are longer than numbers, and sorting carries them about
_BY_PSEUDONYM = (
    "SELECT identity.id_type AS id_type, identity.id_no AS id_no FROM tape_loan AS loan"
    " LEFT JOIN vault.identity AS identity"
    " ON identity.borrower_pid = loan.borrower_pid AND identity.id_type = loan.id_type ORDER BY loan.rowid"
)
_CONTROL = r"[\x00-\x1f\x7f]"


def prepare(con: Any, context: FilingContext) -> None:
    """Make every outgoing relation. The connection holds the tape, the identities and the month before.

    Raises FilingRefused when an institution has no code to name its files with.
    """
    institutions(con)
    mask(con)
    found = unclean(con)
    stock(con, context, found)
    movements.prepare(con, context)
    con.execute(
        f"CREATE TEMP VIEW {GRDKFS.relation} AS SELECT {_filed(GRDKFS, found)}, {_on(context)}, flow.since AS since"
        f" FROM {_LOANS} JOIN pbc_flow AS flow ON flow.loan_row = loan.rowid"
    )
    _customers(con, context, found)
    statistical.prepare(con, context)
    _keys(con)
    _totals(con)


def institutions(con: Any) -> list[str]:
    """The code of every reporting institution. Raises FilingRefused when one cannot name a file."""
    bad = con.execute(
        "SELECT institution_name FROM tape_institution WHERE NOT coalesce(regexp_full_match(lender_uscc, ?), FALSE)"
        " ORDER BY institution_name LIMIT 1",
        [USCC],
    ).fetchone()
    if bad:
        raise FilingRefused(
            f"institution {bad[0]!r} has no unified social credit code of 18 characters, which names its file"
            f" 机构 {bad[0]} 没有18位统一社会信用代码，无法命名报送文件",
            "correct institution.lender_uscc in a new delivery 请在新的报送中更正",
        )
    codes = [row[0] for row in con.execute("SELECT DISTINCT lender_uscc FROM tape_institution ORDER BY 1").fetchall()]
    if not codes:
        raise FilingRefused(
            "the submission names no reporting institution 报送批次中没有机构记录",
            "send institution.csv with the delivery 请随报送提供机构表",
        )
    return codes


def mask(con: Any) -> None:
    """``pbc_masked``: the masked number of each loan's borrower, one row per loan, in the order of the tape."""
    known = "vault.loan" if _has_loans(con) else f"({_BY_PSEUDONYM})"
    number = masked("known.id_type", "known.id_no")
    con.execute(f"CREATE TEMP TABLE pbc_masked AS SELECT {number} AS id_no FROM {known} AS known")
    loans, numbers = con.execute(
        "SELECT (SELECT count(*) FROM tape_loan), (SELECT count(*) FROM pbc_masked)"
    ).fetchone()
    if loans != numbers:
        raise ConfigurationError(
            f"the identity vault has {numbers} numbers for {loans} loans", "read the delivery again"
        )


def _has_loans(con: Any) -> bool:
    """Whether the vault keeps the number of each loan, as those do that were written since there is such a table."""
    (found,) = con.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'vault' AND table_name = 'loan'"
    ).fetchone()
    return bool(found)


def unclean(con: Any) -> set[str]:
    """The text sources in which any value holds a control character or an outer space: the others need no cleaning."""
    sources = sorted(
        {
            column.source
            for column in (*CLGRDK.columns, *GRDKFS.columns)
            if _is_free_text(column) and column.source.startswith("loan.")
        }
    )
    outer = " OR ".join(f"{source} LIKE ' %' OR {source} LIKE '% '" for source in sources)
    # one look at all of them together: a pattern costs as much for a short text as for a long one
    (found,) = con.execute(
        f"SELECT count(*) FILTER (regexp_matches(concat({', '.join(sources)}), '{_CONTROL}') OR {outer})"
        " FROM tape_loan AS loan"
    ).fetchone()
    return set(sources) if found else set()


def stock(con: Any, context: FilingContext, unclean: Collection[str]) -> None:
    """CLGRDK: one row per loan in stock, in the order of the tape. ``unclean`` are the sources that need cleaning."""
    con.execute(
        f"CREATE TEMP VIEW {CLGRDK.relation} AS SELECT {_filed(CLGRDK, unclean)}, {_on(context)} FROM {_LOANS}"
        f" WHERE {IS_STOCK}"
    )


def _on(context: FilingContext) -> str:
    return f"DATE '{context.period.date.isoformat()}' AS reported_on"


def _filed(table: Table, unclean: Collection[str]) -> str:
    return ", ".join(f"{_value(column, unclean)} AS {column.name}" for column in table.columns)


def _is_free_text(column: Column) -> bool:
    return isinstance(column.form, Chars) and column.form.is_free_text


def _value(column: Column, unclean: Collection[str]) -> str:
    """Control characters become spaces, outer spaces go, an empty string is no value; rates get five decimals [P]."""
    match column.form:
        case Chars() if _is_free_text(column):
            if column.source in unclean:
                return f"nullif(trim(regexp_replace({column.source}, '{_CONTROL}', ' ', 'g'), ' '), '')"
            return f"nullif({column.source}, '')"
        case Fixed(kind=kind):
            return f"CAST({column.source} AS DECIMAL({kind.precision}, {kind.scale}))"
        case _:
            return column.source


def _customers(con: Any, context: FilingContext, unclean: Collection[str]) -> None:
    """GRKHXX: one row per institution and document of a borrower with a loan in stock or a flow in the period.

    A card of 15 digits and the one of 18 it became are one document. Region and nationality are those of the latest
    loan. A line of credit is one per product: the highest limit that its loans state, unknown where none does or one is
    not in yuan.
    """
    person = "coalesce(masked.id_no, loan.borrower_pid)"
    limit = "CASE WHEN bool_and(loan.currency = 'CNY') THEN max(loan.credit_limit_amount) END"
    born = born_on("id_type", "min(id_no)")
    con.execute(
        f"""CREATE TEMP TABLE pbc_customer AS
        WITH product AS (
            SELECT loan.lender_uscc, loan.id_type, {person} AS person, min(masked.id_no) AS id_no,
                min(loan.borrower_pid) AS borrower_pid,
                {limit} AS credit_limit, coalesce(sum(loan.balance_cny) FILTER ({IS_STOCK}), 0) AS credit_used,
                max((loan.start_date, loan.iou_no)) AS latest,
                arg_max(loan.borrower_region, (loan.start_date, loan.iou_no)) AS borrower_region,
                arg_max(loan.nationality, (loan.start_date, loan.iou_no)) AS nationality,
                bool_or(loan.is_related_party) AS is_related_party
            FROM {_LOANS}
            WHERE {IS_STOCK} OR loan.rowid IN (SELECT loan_row FROM pbc_flow)
            GROUP BY loan.lender_uscc, loan.id_type, person, loan.product_name
        )
        SELECT lender_uscc, id_type, min(borrower_pid) AS borrower_pid, min(id_no) AS id_no, {born} AS born_on,
            CASE WHEN count(*) = count(credit_limit) THEN sum(credit_limit) END AS credit_limit,
            sum(credit_used) AS credit_used, arg_max(borrower_region, latest) AS borrower_region,
            arg_max(nationality, latest) AS nationality, bool_or(is_related_party) AS is_related_party
        FROM product GROUP BY lender_uscc, id_type, person"""
    )
    con.execute(
        f"CREATE TEMP VIEW {GRKHXX.relation} AS SELECT {_filed(GRKHXX, unclean)}, {_on(context)},"
        " borrower_pid AS customer FROM pbc_customer AS customer"
    )


def is_in_order(con: Any) -> bool:
    """Whether the stock comes in order of its IOU numbers already, so that nothing has to be sorted or grouped."""
    (back,) = con.execute(
        f"SELECT count(*) FROM (SELECT c07 < lag(c07) OVER () AS back FROM {CLGRDK.relation}) WHERE back"
    ).fetchone()
    return bool(back == 0)


def _keys(con: Any) -> None:
    """How often each record is there, by what makes it one: the IOU, the number of the transaction, the customer."""
    times = "count(*) AS times"
    if is_in_order(con):  # then equal ones are neighbours
        select = f"c07, CASE WHEN c07 = lag(c07) OVER () THEN 2 ELSE 1 END AS times FROM {CLGRDK.relation}"
    else:
        select = f"c07, {times} FROM {CLGRDK.relation} GROUP BY c07"
    con.execute(f"CREATE TEMP VIEW {CLGRDK.relation}_keys AS SELECT {select}")
    con.execute(
        f"CREATE TEMP VIEW {GRDKFS.relation}_keys AS SELECT min(c07) AS c07, {times} FROM {GRDKFS.relation}"
        " GROUP BY c28"
    )
    con.execute(
        f"CREATE TEMP VIEW {GRKHXX.relation}_keys AS SELECT min(customer) AS customer, {times} FROM {GRKHXX.relation}"
        " GROUP BY c01, c02, c03"
    )


def _totals(con: Any) -> None:
    """``out_cn_pbc__totals``: figures that two tables give of the same thing, and of how many loans."""
    con.execute(
        f"""CREATE TEMP VIEW out_cn_pbc__totals AS
        SELECT 'used' AS total_name, c01 AS lender_uscc, '' AS currency, sum(filed) AS filed, sum(expected) AS expected,
            sum(loans) AS loans
        FROM (
            SELECT c01, c15 AS filed, 0 AS expected, 0 AS loans FROM {GRKHXX.relation}
            UNION ALL SELECT c01, 0, c15, 1 FROM {CLGRDK.relation}
        ) GROUP BY c01
        UNION ALL
        SELECT 'stock', lender_uscc, currency, sum(filed), sum(expected), sum(loans) FROM (
            SELECT c01 AS lender_uscc, c13 AS currency, c14 AS filed, 0 AS expected, 1 AS loans FROM {CLGRDK.relation}
            UNION ALL
            SELECT c01, c13, 0, CASE c27 WHEN '1' THEN c14 ELSE -c14 END, 1 FROM {GRDKFS.relation}
            UNION ALL
            SELECT lender_uscc, currency, 0, balance_amount, 1 FROM {movements.STOCK_BEFORE}
        ) GROUP BY lender_uscc, currency"""
    )
