"""What one submission says of itself, read once into plain values.

Belongs here: the only SQL of the report, all of it aggregated. Not here: wording, order on the page. No row of a tape
leaves this module: nothing that could name a borrower, a loan or a delivered text is ever selected.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from loantape.inert import visible


@dataclass(frozen=True)
class Submission:
    """The submission's own row and the institution its tape names (None where the tape has no institution row)."""

    lender: str
    period: date
    version: int
    jurisdiction: str
    schema_version: str
    content_sha256: str
    received_at: datetime
    loantape_version: str
    institution: str | None
    lender_type: str | None
    currencies: tuple[str, ...]


@dataclass(frozen=True)
class DeliveredFile:
    """One file of the delivery; lines are physical lines.

    ``ledger`` is what the line ledger holds, kind to lines; ``rows`` what reached the tape, table to rows.
    """

    name: str
    grain: str
    size: int
    sha256: str
    encoding: str
    has_bom: bool
    physical: int
    header: int
    accepted: int
    rejected: int
    blank: int
    trailer: int
    declared: int
    ledger: dict[str, int]
    rows: dict[str, int]

    @property
    def accounted(self) -> int:
        """The lines that have a kind."""
        return self.header + self.accepted + self.rejected + self.blank + self.trailer

    @property
    def is_conserved(self) -> bool:
        """Every physical line is of exactly one kind, by the counts and again by the ledger's ranges."""
        counts = {
            "header": self.header,
            "accepted": self.accepted,
            "rejected": self.rejected,
            "blank": self.blank,
            "trailer": self.trailer,
        }
        ranges = all(self.ledger.get(kind, 0) == lines for kind, lines in counts.items())
        return self.physical == self.accounted == sum(self.ledger.values()) and ranges

    @property
    def is_on_the_tape(self) -> bool:
        """Each accepted line is one row of each table that the file feeds."""
        return all(rows == self.accepted for rows in self.rows.values()) and bool(self.rows or not self.accepted)

    @property
    def is_as_declared(self) -> bool:
        """The lines counted are the lines the sender's manifest states."""
        return self.physical == self.declared


@dataclass(frozen=True)
class Control:
    """A total the sender declared and the one computed from the accepted rows; ``computed`` None if not computable."""

    file: str
    name: str
    declared: Decimal | None
    computed: Decimal | None
    agrees: bool | None


@dataclass(frozen=True)
class RuleRun:
    """One rule as it ran; ``field`` is '' unless one code runs on many fields. ``found`` counts the findings."""

    code: str
    field: str
    severity: str
    grain: str
    checked: int
    failed: int
    status: str
    found: int


@dataclass(frozen=True)
class Held:
    """The limit that a measured number is held against: its declared name, value, side, source and confidence.

    ``bound`` is "at most" or "at least"; ``headroom`` is how far the value may still go, negative beyond the limit and
    None where there is no value.
    """

    limit: str
    value: Decimal
    bound: str
    headroom: Decimal | None
    is_breached: bool | None
    source: str
    confidence: str


@dataclass(frozen=True)
class Measured:
    """One computed number. ``member`` is '' for a total; ``value`` is null only with a ``null_reason``.

    ``held`` is None where no limit in force bounds the number.
    """

    code: str
    dimension: str
    member: str
    value: Decimal | None
    unit: str
    numerator: Decimal | None
    denominator: Decimal | None
    rows: int
    null_reason: str | None
    held: Held | None = None


@dataclass(frozen=True)
class Earlier:
    """What an earlier period of the same lender measured and found: which submission, its numbers, its findings."""

    period: date
    version: int
    content_sha256: str
    measured: tuple[Measured, ...]
    findings: dict[str, int]  # severity to how many


@dataclass(frozen=True)
class Facts:
    """Everything the page shows of a submission, each list in its order on the page."""

    submission: Submission
    files: tuple[DeliveredFile, ...]
    rejected: tuple[tuple[str, str, int], ...]  # file, reason, lines
    controls: tuple[Control, ...]
    unparsed: tuple[tuple[str, str, int], ...]  # table, field, values
    runs: tuple[RuleRun, ...]
    measured: tuple[Measured, ...]
    pricing: tuple[tuple[str, int], ...] | None  # status, loans; None where no rule asked for recomputed rates
    partner_names: dict[str, str]  # a partner's code or group to its name or names
    earlier: tuple[Earlier, ...] = ()  # the oldest first

    @property
    def failed(self) -> int:
        """The findings as counted while the rules ran: another count of what ``findings`` counts in the store."""
        return sum(run.failed for run in self.runs)

    def findings(self, severity: str | None = None) -> int:
        """How many findings there are, of one severity or of all."""
        return sum(run.found for run in self.runs if severity in (None, run.severity))


def read_facts(con: Any, earlier: Iterable[Any] = ()) -> Facts:
    """Reads an open DuckDB connection to a checked and measured submission; changes nothing.

    ``earlier`` are connections to measured submissions of earlier periods of the same lender, in any order; each is
    read before the next one is asked for.
    """
    return Facts(
        submission=_submission(con),
        files=_files(con),
        rejected=tuple(
            con.execute(
                "SELECT file, coalesce(reason, ''), sum(last_line - first_line + 1)::BIGINT FROM lines"
                " WHERE kind = 'rejected' GROUP BY ALL ORDER BY ALL"
            ).fetchall()
        ),
        controls=tuple(
            Control(*row)
            for row in con.execute(
                "SELECT file, name, declared, computed, agrees FROM control_totals ORDER BY file, name"
            ).fetchall()
        ),
        unparsed=tuple(
            con.execute("SELECT table_name, field, count(*) FROM unparsed GROUP BY ALL ORDER BY ALL").fetchall()
        ),
        runs=_runs(con),
        measured=_measured(con),
        pricing=_pricing(con),
        partner_names=_partner_names(con),
        earlier=tuple(sorted((_earlier(one) for one in earlier), key=lambda one: one.period)),
    )


_NUMBERS = "code, dimension, member, value, unit, numerator, denominator, rows, null_reason"
_LIMITS = (
    'limit_name AS "limit", limit_value AS value, bound, headroom, is_breached, limit_source AS source,'
    " limit_confidence AS confidence"
)


def _measured(con: Any) -> tuple[Measured, ...]:
    ordered = "FROM indicators ORDER BY code, dimension, rowid"
    numbers = [Measured(**row) for row in _named(con, f"SELECT {_NUMBERS} {ordered}")]
    # what was measured before numbers were held against limits has no such columns
    if not con.execute(
        "SELECT 1 FROM duckdb_columns() WHERE table_name = 'indicators' AND column_name = 'limit_name' AND NOT internal"
    ).fetchall():
        return tuple(numbers)
    limits = [None if row["limit"] is None else Held(**row) for row in _named(con, f"SELECT {_LIMITS} {ordered}")]
    return tuple(replace(one, held=held) for one, held in zip(numbers, limits, strict=True))


def _earlier(con: Any) -> Earlier:
    (row,) = _named(con, "SELECT period, version, content_sha256 FROM submission")
    findings = con.execute("SELECT severity, count(*) FROM findings GROUP BY severity ORDER BY severity").fetchall()
    return Earlier(**row, measured=_measured(con), findings=dict(findings))


def _submission(con: Any) -> Submission:
    (row,) = _named(
        con,
        "SELECT lender, period, version, jurisdiction, schema_version, content_sha256, received_at, loantape_version"
        " FROM submission",
    )
    institutions = con.execute("SELECT institution_name, lender_type FROM tape_institution ORDER BY rowid").fetchall()
    institution, lender_type = institutions[0] if institutions else (None, None)
    currencies = con.execute(
        "SELECT DISTINCT currency FROM tape_loan WHERE currency IS NOT NULL ORDER BY currency"
    ).fetchall()
    return Submission(
        **row,
        institution=institution and visible(institution),
        lender_type=lender_type,
        currencies=tuple(currency for (currency,) in currencies),
    )


def _named(con: Any, query: str) -> list[dict[str, Any]]:
    """The rows of a query as mappings of column name to value."""
    found = con.execute(query)
    columns = [column[0] for column in found.description]
    return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def _files(con: Any) -> tuple[DeliveredFile, ...]:
    ledger: dict[str, dict[str, int]] = {}
    for file, kind, lines in con.execute(
        "SELECT file, kind, sum(last_line - first_line + 1)::BIGINT FROM lines GROUP BY ALL ORDER BY ALL"
    ).fetchall():
        ledger.setdefault(file, {})[kind] = lines
    rows: dict[str, dict[str, int]] = {}
    for file, table, count in con.execute(
        "SELECT file, table_name, sum(last_row - first_row + 1)::BIGINT FROM accepted_runs GROUP BY ALL ORDER BY ALL"
    ).fetchall():
        rows.setdefault(file, {})[table] = count
    found = _named(
        con,
        "SELECT file AS name, grain, bytes AS size, sha256, encoding, has_bom, physical_lines AS physical,"
        " header_lines AS header, accepted_lines AS accepted, rejected_lines AS rejected, blank_lines AS blank,"
        " trailer_lines AS trailer, declared_lines AS declared FROM files ORDER BY rowid",
    )
    return tuple(
        DeliveredFile(**row, ledger=ledger.get(row["name"], {}), rows=rows.get(row["name"], {})) for row in found
    )


def _runs(con: Any) -> tuple[RuleRun, ...]:
    # Engine codes run once per field and table; a code with findings but without a run still has to appear.
    return tuple(
        RuleRun(*row)
        for row in con.execute(
            """
            WITH found AS (
                SELECT rule, severity, grain, count(*) AS found,
                       CASE WHEN rule LIKE 'FLD-%' OR rule LIKE 'READ-%' THEN coalesce(field, '') ELSE '' END AS field
                FROM findings GROUP BY ALL
            ),
            ran AS (
                SELECT rule, coalesce(field, '') AS field, severity, grain, sum(rows_checked)::BIGINT AS checked,
                       sum(rows_failed)::BIGINT AS failed, min(status) AS status
                FROM rule_runs GROUP BY ALL
            )
            SELECT rule, field, severity, grain, coalesce(checked, 0), coalesce(failed, 0), coalesce(status, 'ran'),
                   coalesce(found, 0)
            FROM ran FULL JOIN found USING (rule, field, severity, grain)
            ORDER BY rule, grain, field
            """
        ).fetchall()
    )


def _pricing(con: Any) -> tuple[tuple[str, int], ...] | None:
    # The check step recomputes rates only where a rule in scope compares them.
    if not con.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'loan_pricing' AND NOT internal").fetchall():
        return None
    return tuple(con.execute("SELECT status, count(*) FROM loan_pricing GROUP BY ALL ORDER BY ALL").fetchall())


def _partner_names(con: Any) -> dict[str, str]:
    # Indicators name a partner by its code and a group by its number; a group is told by all partners in it.
    return dict(
        con.execute(
            """
            SELECT known_as, string_agg(DISTINCT partner_name, ' + ' ORDER BY partner_name)
            FROM (
                SELECT partner_uscc AS known_as, partner_name FROM tape_partner
                UNION ALL
                SELECT partner_group_id, partner_name FROM tape_partner
            ) WHERE known_as IS NOT NULL AND partner_name IS NOT NULL GROUP BY known_as ORDER BY known_as
            """
        ).fetchall()
    )
