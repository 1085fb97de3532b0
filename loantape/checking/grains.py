"""Prepared grains: the tables a rule can be said on, declared as data.

Belongs here: for each grain, whose rows it has, which columns are joined to them and how. Not here: rules, and running
them. ``loan`` and the other tape tables are grains as they are; ``X_with_Y`` has the rows, keys and lines of ``X`` and
what ``Y`` says about each; ``partner_group`` and ``delivery`` are totals. Where a key that is joined to is repeated,
its first row counts: the repetition itself is a finding (FLD-005).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import ibis.expr.datatypes as dt

from loantape import catalog
from loantape.errors import DeclarationError

_BALANCE = dt.Decimal(38, 2)
_PCT = dt.Decimal(12, 6)


@dataclass(frozen=True)
class Grain:
    """The rows of ``base`` (a relation, aliased ``base``), each with its prepared columns.

    ``table`` is the tape table whose columns and key the rows have, None for totals. ``prepared`` gives, per added
    column, its type and its SQL over ``base`` and the ``joins``. ``has_rows`` says that ``base.rowid`` is the row of
    this submission's tape, so that a finding has a file and a line.
    """

    name: str
    table: str | None
    base: str
    prepared: Mapping[str, tuple[dt.DataType, str]] = field(default_factory=dict)
    joins: str = ""
    key: tuple[str, ...] = ()
    has_rows: bool = True
    needs_previous: bool = False
    needs_pricing: bool = False

    def columns(self) -> dict[str, dt.DataType]:
        """Every column a rule may use, with its type; ``row`` is the row of the tape table."""
        own = tape_columns(self.table) if self.table else {}
        return {"row": dt.int64, **own, **{name: kind for name, (kind, _) in self.prepared.items()}}

    def select(self, columns: Iterable[str]) -> str:
        """SQL for the grain with just these columns (and ``row``), in the order they are declared."""
        wanted = set(columns)
        parts = ['base.rowid AS "row"' if self.has_rows else 'CAST(NULL AS BIGINT) AS "row"']
        for name in self.columns():
            if name in wanted and name != "row":
                parts.append(f'{self.prepared[name][1] if name in self.prepared else f"base.{name}"} AS "{name}"')
        return f"SELECT {', '.join(parts)} FROM {self.base} AS base {self.joins}".rstrip()


@cache
def tape_columns(table: str) -> dict[str, dt.DataType]:
    """Column name to Ibis type of a tape table, in the model's order."""
    return {name: column.dtype.type for name, column in catalog.tape_tables()[table].to_schema().columns.items()}


def grain(name: str) -> Grain:
    """One grain by name. Raises DeclarationError naming those there are."""
    known = grains()
    if name not in known:
        raise DeclarationError(f"no grain is called {name!r}", f"known grains: {', '.join(known)}")
    return known[name]


@cache
def grains() -> dict[str, Grain]:
    """Every grain by name: the tape tables, then the prepared ones."""
    stored = [Grain(table, table, f"tape_{table}", key=model.key()) for table, model in catalog.tape_tables().items()]
    return {one.name: one for one in (*stored, *_with_loan(), *_loans(), *_with_previous(), *_totals())}


def _key(table: str) -> tuple[str, ...]:
    key: tuple[str, ...] = catalog.tape_tables()[table].key()
    return key


def _exists(column: str, where: str) -> tuple[dt.DataType, str]:
    """Whether the column's value is in another table; null where there is no value."""
    found = f"base.{column} IN (SELECT {column} FROM {where} WHERE {column} IS NOT NULL)"
    return dt.boolean, f"CASE WHEN base.{column} IS NOT NULL THEN {found} END"


def _with_loan() -> list[Grain]:
    added: dict[str, tuple[dt.DataType, str]] = {
        "has_loan": (dt.boolean, "CASE WHEN base.iou_no IS NOT NULL THEN loan.iou_no IS NOT NULL END"),
        "loan_start_date": (dt.date, "loan.start_date"),
        "loan_all_in_cost_pct": (_PCT, "loan.all_in_cost_pct"),
        "loan_balance_amount": (dt.Decimal(18, 2), "loan.balance_amount"),
    }
    return [
        Grain(
            f"{table}_with_loan",
            table,
            f"tape_{table}",
            added,
            "LEFT JOIN check_first_loan AS loan ON loan.iou_no = base.iou_no",
            _key(table),
        )
        for table in ("fee", "instalment", "disclosure", "consent", "loan_us_auto")
    ]


def _loans() -> list[Grain]:
    def loan(name: str, prepared: Mapping[str, tuple[dt.DataType, str]], joins: str = "", **more: Any) -> Grain:
        return Grain(name, "loan", "tape_loan", prepared, joins, _key("loan"), **more)

    return [
        loan("loan_with_institution", {"has_institution": _exists("lender_uscc", "tape_institution")}),
        loan("loan_with_partner", {"has_partner": _exists("partner_agreement_no", "tape_partner")}),
        loan("loan_with_disclosure", {"has_disclosure": _exists("iou_no", "tape_disclosure")}),
        loan(
            "loan_with_pricing",
            {
                "simple_annual_pct": (dt.Decimal(18, 8), "pricing.simple_annual_pct"),
                "irr_annual_pct": (dt.Decimal(18, 8), "pricing.irr_annual_pct"),
            },
            'LEFT JOIN loan_pricing AS pricing ON pricing."row" = base.rowid',
            needs_pricing=True,
        ),
        loan(
            # null when the loan has no cost items, or one of them is not known
            "loan_with_fees",
            {"normal_fee_annual_pct": (dt.Decimal(38, 6), "fees.normal_fee_annual_pct")},
            "LEFT JOIN (SELECT iou_no, CASE WHEN count(*) FILTER (fee_case IS NULL OR (fee_case = 'NORMAL' AND "
            "fee_annual_pct IS NULL)) = 0 THEN coalesce(sum(fee_annual_pct) FILTER (fee_case = 'NORMAL'), 0) END AS "
            "normal_fee_annual_pct FROM tape_fee WHERE iou_no IS NOT NULL GROUP BY iou_no) AS fees "
            "ON fees.iou_no = base.iou_no",
        ),
        loan(
            # *_on is the first day; a count without a day means that the day is not known
            "loan_with_consent",
            {
                f"{kind}_consent_{what}": (of, sql.format(kind=kind))
                for kind in ("general", "share")
                for what, of, sql in (
                    (
                        "count",
                        dt.int64,
                        "CASE WHEN base.iou_no IS NOT NULL THEN coalesce(consents.{kind}_count, 0) END",
                    ),
                    ("on", dt.date, "consents.{kind}_on"),
                )
            },
            "LEFT JOIN (SELECT iou_no, "
            + ", ".join(
                f"count(*) FILTER (consent_type = '{kind.upper()}') AS {kind}_count, "
                f"CAST(min(consented_at) FILTER (consent_type = '{kind.upper()}') AS DATE) AS {kind}_on"
                for kind in ("general", "share")
            )
            + " FROM tape_consent WHERE iou_no IS NOT NULL GROUP BY iou_no) AS consents "
            "ON consents.iou_no = base.iou_no",
        ),
    ]


def _with_previous() -> list[Grain]:
    join = "LEFT JOIN check_first_previous_loan AS previous_loan ON previous_loan.iou_no = base.iou_no"
    loan = tape_columns("loan")
    carried = ("start_date", "loan_amount", "balance_amount", "cumulative_arrears_count")
    return [
        Grain(
            "loan_with_previous",
            "loan",
            "tape_loan",
            {f"previous_{name}": (loan[name], f"previous_loan.{name}") for name in carried},
            join,
            _key("loan"),
            needs_previous=True,
        ),
        Grain(
            "loan_us_auto_with_previous",
            "loan_us_auto",
            "tape_loan_us_auto",
            {"previous_closing_balance_amount": (loan["balance_amount"], "previous_loan.balance_amount")},
            join,
            _key("loan_us_auto"),
            needs_previous=True,
        ),
        Grain(
            "previous_without_current",
            "loan",
            "previous.tape_loan",
            {"is_in_current": _exists("iou_no", "tape_loan")},
            key=_key("loan"),
            has_rows=False,
            needs_previous=True,
        ),
    ]


def _totals() -> list[Grain]:
    return [
        Grain(
            # one row per partner and its affiliates; lent together with it, in yuan
            "partner_group",
            None,
            "(SELECT coalesce(partner.partner_group_id, partner.partner_uscc) AS partner_group_id, "
            "sum(loan.balance_cny) AS co_funded_balance_cny FROM check_first_partner AS partner "
            "JOIN tape_loan AS loan ON loan.partner_agreement_no = partner.partner_agreement_no "
            "WHERE loan.coop_mode = 'JOINT' GROUP BY 1)",
            {
                "partner_group_id": (dt.string, "base.partner_group_id"),
                "co_funded_balance_cny": (_BALANCE, "base.co_funded_balance_cny"),
                "tier1_net_cny": (
                    _BALANCE,
                    "(SELECT sum(tier1_net_amount) FROM tape_institution WHERE currency = 'CNY')",
                ),
            },
            key=("partner_group_id",),
            has_rows=False,
        ),
        Grain(
            # one row; all loans of the delivery, in yuan
            "delivery",
            None,
            "(SELECT sum(balance_cny) AS balance_cny, "
            "sum(balance_cny) FILTER (coop_mode = 'JOINT') AS co_funded_balance_cny, "
            "sum(enhanced_amount) AS enhanced_amount FROM tape_loan)",
            {
                "balance_cny": (_BALANCE, "base.balance_cny"),
                "co_funded_balance_cny": (_BALANCE, "base.co_funded_balance_cny"),
                "enhanced_amount": (_BALANCE, "base.enhanced_amount"),
            },
            has_rows=False,
        ),
    ]
