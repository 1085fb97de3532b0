"""How the view across lenders is written: for a person on a terminal, as rows for a spreadsheet.

Belongs here: turning the finished view into lines. Not here: computing it (``loantape.market``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from loantape import catalog, terminal
from loantape.errors import ConfigurationError
from loantape.export import write_rows

DIMENSIONS = ("province", "lenders", "days", "risk", "lender", "partner", "mode", "band")
FIELDS = ("part", "name", *DIMENSIONS, "measure", "value", "state")
SHOWN, HIDDEN = "shown", "hidden"
_TERMINAL_CELLS = 60  # of one table on a terminal; a file and JSON have all


def rows(view: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every value of the view as a mapping of ``FIELDS``, in its order; all texts."""

    def row(part: str, name: str, measure: str, value: Any, **members: str) -> dict[str, Any]:
        told = {"part": part, "name": name, "measure": measure} | {one: members.get(one, "") for one in DIMENSIONS}
        return told | {"value": "" if value is None else str(value), "state": HIDDEN if value is None else SHOWN}

    for name, value in view["totals"].items():
        yield row("total", name, "", value)
    for table in view["tables"]:
        for cell in table["cells"]:
            for measure in table["measures"]:
                yield row("cell", table["name"], measure, (cell["values"] or {}).get(measure), **cell["key"])
    for one in view["figures"]:
        members = {one["by"]: one["member"]} if one["by"] else {}
        yield row("figure", one["code"], "value", one["value"], **members) | (
            {"state": one["reason"]} if one["reason"] else {}
        )
    for figure in view["peers"]:
        for place, value in zip(("quartile 1", "median", "quartile 3"), figure["quartiles"], strict=True):
            yield row("peers", figure["code"], place, value)
        for peer in figure["lenders"]:
            yield row("peers", figure["code"], "below_fraction", peer["below_fraction"], lender=peer["lender"])
    for tenth, value in enumerate(view["exposure_deciles"], start=1):
        yield row("exposure", "decile", str(tenth), value)
    partners = view["partners"]
    yield row("partners", "partners", "", partners["partners"])
    yield row("partners", "hhi", "", partners["hhi"])
    for count, value in partners["top_shares"].items():
        yield row("partners", "top_share", count, value)
    for partner, served in partners["lenders_served"].items():
        yield row("partners", "lenders_served", "", served, partner=partner)
    for one in view["warnings"]:
        members = {name: one[name] for name in ("lender", "partner") if name in one}
        for measure in ("value", "direction", "mean", "low", "high", "periods"):
            yield row("warning", one["code"], measure, one[measure], **members)


def write_view(view: Mapping[str, Any], out: Path) -> None:
    """Write the view's rows as CSV, XLSX or Parquet, by the file's name. Raises ConfigurationError for another."""
    form = out.suffix.removeprefix(".").lower()
    if form not in ("csv", "xlsx", "parquet"):
        raise ConfigurationError(f"{out.name} is no form of a market view", "name a .csv, .xlsx or .parquet file")
    write_rows(rows(view), FIELDS, "market", form, out)


def print_view(view: Mapping[str, Any]) -> None:
    """A person's view of a market: totals, ratios, borrowers by number of lenders, partners, warnings."""
    console, figures = terminal.console(), {one.code: one for one in catalog.market().FIGURES}
    console.print(f"{view['jurisdiction']} {view['period']}: {', '.join(view['submissions'])}")
    totals = Table("total 合计", "value 数值", title="market 市场")
    for name, value in view["totals"].items():
        totals.add_row(name, _text(value))
    console.print(totals)
    ratios = Table("code", "figure 指标", "by 维度", "member 成员", "value 数值", title="ratios 比率")
    for one in view["figures"]:
        said = figures[one["code"]]
        if one["by"] not in ("province", "partner"):
            ratios.add_row(one["code"], f"{said.en} {said.zh}", one["by"], one["member"], one["value"] or one["reason"])
    console.print(ratios)
    for table in view["tables"]:
        _print_table(console, table)
    deciles = ", ".join(view["exposure_deciles"]) or "–"
    console.print(f"joint exposure, deciles 合计余额十分位数: {deciles}")
    partners = view["partners"]
    top = ", ".join(f"{count}: {_text(share)}" for count, share in partners["top_shares"].items())
    console.print(f"partners 合作方: {partners['partners']}; HHI {_text(partners['hhi'])}; top 前N大 {top}")
    warnings = Table("code", "who 对象", "value 数值", "", "low 下限", "high 上限", title="early warnings 预警")
    for one in view["warnings"]:
        who = one.get("lender") or one.get("partner")
        warnings.add_row(one["code"], who, one["value"], one["direction"], one["low"], one["high"])
    if view["warnings"]:
        console.print(warnings)
    else:
        console.print("no early warnings 无预警")


def _print_table(console: Console, table: Mapping[str, Any]) -> None:
    shown = Table(*table["dimensions"], *table["measures"], title=f"{table['en']}\n{table['zh']}")
    for cell in table["cells"][:_TERMINAL_CELLS]:
        members = []
        for name in table["dimensions"]:
            member = cell["key"].get(name)
            en, zh = ("all", "合计") if member is None else catalog.market_words(name, member)
            members.append(en if en == zh else f"{en} {zh}")
        shown.add_row(*members, *(_text((cell["values"] or {}).get(one)) for one in table["measures"]))
    console.print(shown)
    if len(table["cells"]) > _TERMINAL_CELLS:
        left = len(table["cells"]) - _TERMINAL_CELLS
        console.print(f"{left:,} more cells: --json or --out has all 另有{left:,}个单元格，见--json或--out")


def _text(value: Any) -> str:
    return "– hidden 不予公布" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
