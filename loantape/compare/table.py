"""The comparison of one tape table, in SQL, on a connection that has both submissions as ``old`` and ``new``.

Belongs here: pairing rows, telling fields apart, sums of money. Not here: which submissions (``comparing``).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import duckdb

from loantape import catalog
from loantape.catalog import grain
from loantape.checking.findings import key_sql, value_sql
from loantape.compare.changes import ADDED, CHANGED, REMOVED, MoneyChange, TableChange
from loantape.declare import Grain
from loantape.privacy import masked_sql

SIDES = ("old", "new")

DIFFERENCE = """CREATE TABLE difference (rank INTEGER, "table" VARCHAR, change VARCHAR, key VARCHAR,
    old_row BIGINT, new_row BIGINT, position INTEGER, field VARCHAR, old VARCHAR, new VARCHAR, paired BOOLEAN)"""


class TableComparison:
    """The comparison of one tape table; leaves its rows in ``difference``."""

    def __init__(self, con: duckdb.DuckDBPyConnection, rank: int, table: str) -> None:
        self._con, self._rank, self._table = con, rank, table
        self._grain: Grain = grain(table)
        columns = {side: self._columns_of(side) for side in SIDES}
        declared = [name for name in self._grain.columns() if name != "row"]
        self._fields = [name for name in declared if all(name in columns[side] for side in SIDES)]
        self._not_compared = [name for name in declared if (name in columns["old"]) != (name in columns["new"])]
        self._is_there = all(columns.values())
        # fields of which a delivered text did not parse, in either submission
        unparsed = "SELECT DISTINCT field FROM {side}.main.unparsed WHERE table_name = ?"
        self._unparsed = [
            name
            for (name,) in con.execute(
                " UNION ".join(unparsed.format(side=side) for side in SIDES), [table, table]
            ).fetchall()
            if name in self._fields
        ]

    def compare(self) -> TableChange:
        """Add this table's rows to ``difference`` and return its figures."""
        if not self._is_there:
            return TableChange(self._table, 0, 0, not_compared=self._not_compared)
        rows = {side: self._count(f"{side}.main.tape_{self._table}") for side in SIDES}
        for side in SIDES:
            self._con.execute(f"CREATE OR REPLACE VIEW {side}_rows AS {self._source(side)}")
        unpaired = self._find_unpaired()
        self._compare_paired()
        if any(unpaired.values()):
            self._compare_unpaired()
        counts = dict(
            self._con.execute(
                "SELECT change, count(DISTINCT (old_row, new_row)) FROM difference WHERE rank = ? GROUP BY change",
                [self._rank],
            ).fetchall()
        )
        fields = self._con.execute(
            "SELECT field, count(*) FROM difference WHERE rank = ? AND change = ? GROUP BY field, position "
            "ORDER BY position",
            [self._rank, CHANGED],
        ).fetchall()
        return TableChange(
            self._table,
            rows["old"],
            rows["new"],
            counts.get(ADDED, 0),
            counts.get(REMOVED, 0),
            counts.get(CHANGED, 0),
            unpaired["old"],
            unpaired["new"],
            dict(fields),
            self._money(),
            self._not_compared,
        )

    # --- the two sides -----------------------------------------------------------------------------------------

    def _columns_of(self, side: str) -> set[str]:
        found = self._con.execute(
            "SELECT column_name FROM duckdb_columns() WHERE database_name = ? AND table_name = ?",
            [side, f"tape_{self._table}"],
        ).fetchall()
        return {name for (name,) in found}

    def _source(self, side: str) -> str:
        """Rows with their number, and beside a field that has them the texts that did not parse."""
        texts, joins = "", ""
        for number, name in enumerate(self._unparsed):
            texts += f', u{number}.text AS "{name} text"'
            joins += (
                f" LEFT JOIN (SELECT \"row\", string_agg(text, ' ' ORDER BY text) AS text FROM {side}.main.unparsed "
                f"WHERE table_name = '{self._table}' AND field = '{name}' GROUP BY ALL) AS u{number} "
                f'ON u{number}."row" = t.rowid'
            )
        fields = ", ".join(f't."{name}"' for name in self._fields)
        return f'SELECT t.rowid AS "row", {fields}{texts} FROM {side}.main.tape_{self._table} AS t{joins}'

    def _compared(self) -> list[str]:
        """Every column of a side that is compared."""
        return [*self._fields, *(f"{name} text" for name in self._unparsed)]

    def _find_unpaired(self) -> dict[str, int]:
        """Make ``repeated``, the keys that occur more than once on a side; count each side's rows without a pair."""
        key = ", ".join(f'"{name}"' for name in self._grain.key)
        known = " AND ".join(f'"{name}" IS NOT NULL' for name in self._grain.key)
        twice = " UNION ".join(
            f"SELECT {key} FROM {side}.main.tape_{self._table} WHERE {known} GROUP BY ALL HAVING count(*) > 1"
            for side in SIDES
        )
        self._con.execute(f"CREATE OR REPLACE TABLE repeated AS {twice}")
        self._repeats = self._count("repeated") > 0
        return {
            side: self._count(f"{side}.main.tape_{self._table} AS t WHERE {self._is_unpaired('t')}") for side in SIDES
        }

    def _is_unpaired(self, alias: str) -> str:
        parts = [f'{alias}."{name}" IS NULL' for name in self._grain.key]
        if self._repeats:
            same = " AND ".join(f'r."{name}" = {alias}."{name}"' for name in self._grain.key)
            parts.append(f"EXISTS (SELECT 1 FROM repeated AS r WHERE {same})")
        return f"({' OR '.join(parts)})"

    # --- the difference ----------------------------------------------------------------------------------------

    def _compare_paired(self) -> None:
        """One hash join on the key; fields are told apart on the fly, so nothing but differences is written down."""
        differ = " OR ".join(f'o."{name}" IS DISTINCT FROM n."{name}"' for name in self._compared())
        join = " AND ".join(f'o."{name}" = n."{name}"' for name in self._grain.key)
        cells = ", ".join(
            f"CASE WHEN {self._differs(name)} THEN {{'position': {position}, 'field': '{name}', "
            f"'old': {self._shown(name, 'o')}, 'new': {self._shown(name, 'n')}}} END"
            for position, name in enumerate(self._fields)
        )
        paired = {side: f"(SELECT * FROM {side}_rows AS t WHERE NOT {self._is_unpaired('t')})" for side in SIDES}
        self._con.execute(
            f"""INSERT INTO difference
            SELECT {self._rank}, '{self._table}', change, key, old_row, new_row,
                cell.position, cell.field, cell.old, cell.new, true
            FROM (
                SELECT change, key, old_row, new_row, unnest(cells) AS cell FROM (
                    SELECT {self._ends("o", "n")},
                        CASE WHEN o."row" IS NULL OR n."row" IS NULL THEN [NULL]
                            ELSE list_filter([{cells}], lambda cell: cell IS NOT NULL) END AS cells
                    FROM {paired["old"]} AS o FULL JOIN {paired["new"]} AS n ON {join}
                    WHERE o."row" IS NULL OR n."row" IS NULL OR {differ}
                )
            )"""
        )

    def _compare_unpaired(self) -> None:
        """The multiset difference of whole rows: the n-th of equal rows stands against the n-th of them."""
        columns = self._compared()
        own = ", ".join(f'"{name}"' for name in columns)
        alike = " AND ".join(f'o."{name}" IS NOT DISTINCT FROM n."{name}"' for name in [*columns, "occurrence"])
        sides = {
            side: f'(SELECT *, row_number() OVER (PARTITION BY {own} ORDER BY "row") AS occurrence '
            f"FROM {side}_rows AS t WHERE {self._is_unpaired('t')})"
            for side in SIDES
        }
        self._con.execute(
            f"""INSERT INTO difference
            SELECT {self._rank}, '{self._table}', change, key, old_row, new_row, NULL, NULL, NULL, NULL, false
            FROM (SELECT {self._ends("o", "n")} FROM {sides["old"]} AS o FULL JOIN {sides["new"]} AS n ON {alike}
                WHERE o."row" IS NULL OR n."row" IS NULL)"""
        )

    def _ends(self, old: str, new: str) -> str:
        return (
            f"CASE WHEN {old}.\"row\" IS NULL THEN '{ADDED}' WHEN {new}.\"row\" IS NULL THEN '{REMOVED}' "
            f"ELSE '{CHANGED}' END AS change, "
            f'CASE WHEN {old}."row" IS NULL THEN {key_sql(self._grain, new)} ELSE {key_sql(self._grain, old)} END '
            f'AS key, {old}."row" AS old_row, {new}."row" AS new_row'
        )

    def _differs(self, name: str) -> str:
        parts = [name, *([f"{name} text"] if name in self._unparsed else [])]
        return " OR ".join(f'o."{part}" IS DISTINCT FROM n."{part}"' for part in parts)

    def _shown(self, name: str, alias: str) -> str:
        shown = value_sql(self._grain, name, alias)
        return f'coalesce({shown}, {masked_sql(f"""{alias}."{name} text" """)})' if name in self._unparsed else shown

    def _money(self) -> list[MoneyChange]:
        """Each money field's sum on each side, by currency where rows have one. One scan per side."""
        meta = {name: column.metadata["loantape"] for name, column in self._schema_columns().items()}
        names = [name for name in self._fields if meta[name].unit == "money"]
        if not names:
            return []
        currency = "coalesce(currency, '')" if "currency" in self._fields else "''"
        sums = ", ".join(f'sum("{name}") AS "{name}"' for name in names)
        sides = {}
        for side in SIDES:
            found = self._con.execute(
                f"SELECT {currency} AS currency, {sums} FROM {side}.main.tape_{self._table} GROUP BY 1"
            ).fetchall()
            sides[side] = {row[0]: dict(zip(names, row[1:], strict=True)) for row in found}
        nothing: Mapping[str, Decimal] = {}
        changes = [
            MoneyChange(
                name, code, sides["old"].get(code, nothing).get(name), sides["new"].get(code, nothing).get(name)
            )
            for name in names
            for code in sorted({*sides["old"], *sides["new"]})
        ]
        return [one for one in changes if one.old is not None or one.new is not None]

    def _schema_columns(self) -> Mapping[str, Any]:
        columns: Mapping[str, Any] = catalog.tape_tables()[self._table].to_schema().columns
        return columns

    def _count(self, relation: str) -> int:
        counted = self._con.execute(f"SELECT count(*) FROM {relation}").fetchone()
        return int(counted[0]) if counted else 0
