"""The finished view of one market and period, as plain values that go into JSON as they are.

Belongs here: the order of the steps from submissions to a view, and the shape of what is told. Not here: any step
itself, or keeping the view (``loantape.pipeline``). Amounts are texts with two decimals, ratios texts with ten; what is
hidden has no value, and nothing says whether a cell is hidden for itself or for another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import duckdb

from loantape import catalog
from loantape.declare import Period
from loantape.declare.market import MarketTable
from loantape.limits import LimitTable
from loantape.market.cells import count
from loantape.market.exposure import count_exposure
from loantape.market.figures import Peer, Ratio, Shown, concentration, decimal, peers, quantile, ratios
from loantape.market.history import Series, band, earlier_values
from loantape.market.positions import gather_borrowers, load
from loantape.market.releases import Attach, Release, rebuild
from loantape.market.sums import Sums
from loantape.privacy.sensitive import Policy
from loantape.privacy.suppress import suppress
from loantape.privacy.tables import TOTAL, Key, Tables
from loantape.progress import Progress

FORMAT = "loantape-market/1"
QUARTILES = (Fraction(1, 4), Fraction(1, 2), Fraction(3, 4))
_EXPOSURE = MarketTable(
    "exposure",
    "borrower",
    ("band",),
    (("band",),),
    "Borrowers by what they owe to all lenders together, in yuan.",
    "借款人：按全部机构合计余额分档（元）",
    counts="borrowers",
    fixed=True,
)


@dataclass(frozen=True)
class Asked:
    """What a view is made of: submissions by lender, earlier periods with theirs, and what was shown before.

    ``shown`` are (view, whether it is of the same period). All lenders that appear anywhere are in ``lenders``.
    """

    jurisdiction: str
    period: Period
    submissions: Sequence[str]
    earlier: Sequence[tuple[Period, Sequence[str]]]
    shown: Sequence[tuple[Mapping[str, Any], bool]]
    inputs: str


def make(
    con: duckdb.DuckDBPyConnection, asked: Asked, limits: LimitTable, attach: Attach, progress: Progress
) -> dict[str, Any]:
    """The view. Raises NotDisclosable where so few borrowers stand behind it that hiding cells cannot protect them."""
    day, market = asked.period.date, catalog.market()
    policy = Policy.on(limits, day)
    lenders = _lenders(asked)
    current = _by_number(asked.submissions, lenders)
    load(con, "", current, attach, progress)
    gather_borrowers(con, "")
    releases = [
        rebuild(con, number, view, current, lenders, attach, progress, same_period=same)
        for number, (view, same) in enumerate(asked.shown)
    ]
    sums = Sums(con, market.TABLES)
    tables: list[dict[str, Any]] = []
    shown: dict[str, Shown] = {}
    with progress.step(
        "protecting borrowers in each table", "逐表保护借款人信息", total=len(market.TABLES) + 1
    ) as task:
        for table in market.TABLES:
            counted, stay = count(sums, table, lenders, releases, policy.least)
            shown[table.name] = _shown(counted, suppress(counted, policy, stay).hidden)
            tables.append(_table(table, counted, shown[table.name]))
            task.advance()
        bounds = [limits.value(name, day).value for name in market.BANDS]
        step = limits.value("joint_exposure_decile_step_amount", day).value
        exposure = count_exposure(con, bounds, step, policy, releases)
        stay = [key for key in exposure.tables.keys if _stays(key, releases, exposure.tables)]
        shown["exposure"] = _shown(exposure.tables, suppress(exposure.tables, policy, stay).hidden)
        tables.append(_table(_EXPOSURE, exposure.tables, shown["exposure"]))
        task.advance()
    found = {figure.code: ratios(figure, shown) for figure in market.FIGURES}
    periods = [(period, _by_number(names, lenders)) for period, names in asked.earlier]
    series = earlier_values(con, periods, lenders, policy.least, attach, progress)
    return {
        "format": FORMAT,
        "jurisdiction": asked.jurisdiction,
        "period": str(asked.period),
        "submissions": list(asked.submissions),
        "inputs": asked.inputs,
        "policy": {
            "least_borrowers": policy.least,
            "dominance_fraction": f"{policy.dominance:f}",
            "range_fraction": f"{policy.range:f}",
            "compared_with": len(asked.shown),
        },
        "totals": _totals(con, shown, len(current), policy.least),
        "tables": tables,
        "figures": [_figure(one) for code in found for one in found[code]],
        "peers": [_peers(code, peers(found[code])) for code in found if peers(found[code])],
        "exposure_deciles": [_money(one) for one in exposure.deciles],
        "partners": _partners(con, shown["partners"], market.TOP),
        "warnings": _warnings(found, series, limits, asked.period),
    }


def _lenders(asked: Asked) -> Sequence[str]:
    names = set(asked.submissions)
    names |= {name for _, earlier in asked.earlier for name in earlier}
    names |= {name for view, _ in asked.shown for name in view["submissions"]}
    return sorted({name.split("/")[0] for name in names})


def _by_number(submissions: Sequence[str], lenders: Sequence[str]) -> Mapping[int, str]:
    return {lenders.index(name.split("/")[0]): name for name in submissions}


def _shown(tables: Tables, hidden: Any) -> Shown:
    values = {measure.name: tables.values(measure) for measure in tables.measures}
    cells = {
        key: {name: int(of[place]) for name, of in values.items()}
        for place, key in enumerate(tables.keys)
        if not hidden[place]
    }
    left_out = frozenset(key for place, key in enumerate(tables.keys) if hidden[place])
    return Shown(
        tables.dimensions, cells, left_out, list(dict.fromkeys(member for key in tables.keys for member in key))
    )


def _stays(key: Key, releases: Sequence[Release], tables: Tables) -> bool:
    hidden = any(key in release.hidden.get("exposure", ()) for release in releases)
    return hidden and bool(tables.borrowers[tables.place[key]])


def _table(table: MarketTable, counted: Tables, shown: Shown) -> dict[str, Any]:
    cells = []
    for key in counted.keys:
        members = {name: member for name, member in zip(table.dimensions, key, strict=True) if member != TOTAL}
        values = shown.cells.get(key)
        told = None if values is None else {name: _told(table, name, one) for name, one in values.items()}
        cells.append({"key": members, "shown": values is not None, "values": told})
    return {
        "name": table.name,
        "en": table.en,
        "zh": table.zh,
        "dimensions": list(table.dimensions),
        "measures": [measure.name for measure in counted.measures],
        "cells": cells,
    }


def _told(table: MarketTable, measure: str, value: int) -> int | str:
    return _money(value) if measure in table.amounts else value


def _money(cents: int) -> str:
    return f"{Decimal(cents).scaleb(-2):.2f}"


def _totals(con: duckdb.DuckDBPyConnection, shown: Mapping[str, Shown], lenders: int, least: int) -> dict[str, Any]:
    loans, customers = (shown["size"].value(one) for one in ("loans", "customers"))
    (unnamed,) = con.execute("SELECT coalesce(sum(unnamed), 0) FROM position").fetchall()[0]
    balance = shown["quality"].value("balance")
    return {
        "lenders": lenders,
        "borrowers": shown["borrowers"].value("borrowers"),
        "borrowers_of_each_lender": customers if isinstance(customers, int) else None,
        "loans": loans if isinstance(loans, int) else None,
        "balance": _money(balance) if isinstance(balance, int) else None,
        # a handful would point at persons
        "loans_without_pseudonym": int(unnamed) if unnamed == 0 or unnamed >= least else f"fewer than {least}",
    }


def _figure(one: Ratio) -> dict[str, Any]:
    value = one.value
    return {
        "code": one.code,
        "by": one.by,
        "member": one.member,
        "value": None if value is None else f"{decimal(value):f}",
        "reason": one.reason,
    }


def _peers(code: str, found: Sequence[Peer]) -> dict[str, Any]:
    values = [one.value for one in found]
    return {
        "code": code,
        "quartiles": [f"{decimal(quantile(values, at)):f}" for at in QUARTILES],
        "lenders": [
            {
                "lender": one.lender,
                "value": f"{decimal(one.value):f}",
                "below_fraction": f"{decimal(one.below_fraction):f}",
            }
            for one in found
        ],
    }


def _partners(con: duckdb.DuckDBPyConnection, shown: Shown, counts: Sequence[int]) -> dict[str, Any]:
    found = concentration(shown, "balance", counts)
    served = con.execute("SELECT partner, count(DISTINCT lender) FROM partner GROUP BY partner ORDER BY partner")
    told = {key[0] for key in shown.cells if key[0] != TOTAL and key[1:] == (TOTAL,)}
    return {
        "partners": found.partners,
        "hhi": None if found.hhi is None else f"{decimal(found.hhi):f}",
        "top_shares": {
            str(count): None if share is None else f"{decimal(share):f}" for count, share in found.top.items()
        },
        "lenders_served": {partner: number for partner, number in served.fetchall() if partner in told},
    }


def _warnings(
    found: Mapping[str, Sequence[Ratio]], series: Series, limits: LimitTable, period: Period
) -> Sequence[dict[str, Any]]:
    """Lenders and partners whose ratio lies outside the band of its own earlier values."""
    number: dict[str, Fraction] = {
        name: Fraction(limits.value(f"early_warning_{name}", period.date).value)
        for name in ("min_periods", "deviations", "min_move_fraction")
    }
    warnings = []
    for figure in catalog.market().FIGURES:
        for one in found[figure.code] if figure.is_watched else ():
            earlier, value = series.get((one.code, one.member), []), one.value
            if (
                value is None
                or one.by not in ("lender", "partner")
                or len(earlier) < max(2, int(number["min_periods"]))
            ):
                continue
            made = band(value, earlier, number["deviations"], number["min_move_fraction"])
            if made.is_outside:
                warnings.append(
                    {
                        "code": one.code,
                        one.by: one.member,
                        "value": f"{decimal(value):f}",
                        "direction": "above" if value > Fraction(made.mean) else "below",
                        "mean": f"{made.mean:f}",
                        "low": f"{made.low:f}",
                        "high": f"{made.high:f}",
                        "periods": made.periods,
                    }
                )
    return warnings
