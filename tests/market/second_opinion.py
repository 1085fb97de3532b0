"""Every cell and figure of a view computed a second time, in polars on whole cents, sharing nothing with the code."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import polars as pl

Key = tuple[tuple[str, str], ...]  # (dimension, member) of each dimension that is not summed over, in order of name
_PROVINCES = {"11", "33", "44", "54", "65"}  # of the random markets, those that are provinces

DIMENSIONS = {
    "borrowers": ("province", "lenders", "days"),
    "quality": ("lender", "days", "risk"),
    "size": ("lender",),
    "pricing": ("lender",),
    "overdue": ("lender",),
    "provisions": ("lender",),
    "partners": ("partner", "mode"),
    "exposure": ("band",),
}


def loans(market: Mapping[str, Mapping[str, pl.DataFrame]]) -> pl.DataFrame:
    """All loans on the books of all lenders."""
    found = []
    for name, frames in market.items():
        partner = frames["partner"].rename({"partner_agreement_no": "agreement"})
        loan = frames["loan"].filter(~pl.col("loan_status").str.starts_with("LF"))
        loan = loan.join(partner, left_on="partner_agreement_no", right_on="agreement", how="left")
        found.append(loan.with_columns(lender=pl.lit(name.split("/")[0])))
    both = pl.concat(found, how="vertical_relaxed")
    edges, labels = [0, 30, 60, 90], ["0", "1-30", "31-60", "61-90", "91+"]
    place = sum(((pl.col("days_past_due") > edge).cast(pl.Int32) for edge in edges), pl.lit(0))
    province = pl.col("borrower_region").str.slice(0, 2)
    partnered = pl.col("coop_mode").is_in(["JOINT", "REFERRAL"])
    return both.with_columns(
        person=pl.coalesce("borrower_pid", pl.concat_str(pl.lit("only "), "iou_no")),
        level=place.fill_null(-1),
        days=place.replace_strict(dict(enumerate(labels)), default=None, return_dtype=pl.String).fill_null("unknown"),
        risk=pl.col("five_class").fill_null("unknown"),
        province=pl.when(province.is_in(list(_PROVINCES))).then(province).otherwise(pl.lit("unknown")),
        partner=pl.when(partnered).then(pl.col("partner_uscc").fill_null("unknown")),
        mode=pl.col("coop_mode"),
        balance=pl.col("balance_cents"),
        priced=pl.when(pl.col("cost_micro").is_not_null()).then(pl.col("balance_cents")).otherwise(0),
        # cents times millionths of a percent, to the cent, halves away from zero: all are positive
        annual=((pl.col("balance_cents").cast(pl.Int128) * pl.col("cost_micro") * 2 + 100_000_000) // 200_000_000)
        .cast(pl.Int64)
        .fill_null(0),
    )


def people(all_loans: pl.DataFrame) -> pl.DataFrame:
    """One row per person."""
    found = all_loans.group_by("person").agg(
        pl.col("lender").n_unique().alias("count"),
        pl.col("balance").sum(),
        pl.col("level").max(),
        pl.col("province").min(),
    )
    labels = {-1: "unknown", 0: "0", 1: "1-30", 2: "31-60", 3: "61-90", 4: "91+"}
    lenders = {1: "1", 2: "2", 3: "3", 4: "4"}
    bands = [5_000_000, 10_000_000, 20_000_000, 50_000_000]
    names = ["-50000", "50000-100000", "100000-200000", "200000-500000", "500000+"]
    band = sum(((pl.col("balance") > edge).cast(pl.Int32) for edge in bands), pl.lit(0))
    return found.with_columns(
        days=pl.col("level").replace_strict(labels, return_dtype=pl.String),
        lenders=pl.col("count").cast(pl.Int64).replace_strict(lenders, default="5+", return_dtype=pl.String),
        band=band.replace_strict(dict(enumerate(names)), return_dtype=pl.String),
    )


def cells(market: Mapping[str, Mapping[str, pl.DataFrame]]) -> dict[str, dict[Key, dict[str, Any]]]:
    """Table to cell to its measures, and how many ``people`` stand behind it and their two largest parts of each."""
    every = loans(market)
    one_each = people(every).with_columns(loans=pl.lit(1))
    sources = {
        "borrowers": (one_each, {"balance": "balance"}, "borrowers"),
        "quality": (every, {"balance": "balance"}, ""),
        "size": (every.with_columns(one=pl.lit(1)), {"loans": "one"}, "customers"),
        "pricing": (every, {"priced_balance": "priced", "annual_cost": "annual"}, ""),
        "overdue": (every, {"overdue_amount": "overdue_cents"}, ""),
        "provisions": (every, {"provision": "provision_cents"}, ""),
        "partners": (every.filter(pl.col("partner").is_not_null()), {"balance": "balance"}, ""),
        "exposure": (one_each, {}, "borrowers"),
    }
    found: dict[str, dict[Key, dict[str, Any]]] = {}
    for name, (frame, measures, counts) in sources.items():
        found[name] = {}
        for size in range(len(DIMENSIONS[name]) + 1):
            for chosen in itertools.combinations(DIMENSIONS[name], size):
                parts = frame.group_by([*chosen, "person"]).agg(
                    pl.col(column).sum() for column in set(measures.values())
                )
                groups = parts.group_by(chosen) if chosen else [((), parts)]
                for members, rows in groups:
                    cell: dict[str, Any] = {"people": rows["person"].n_unique()}
                    for measure, column in measures.items():
                        ordered = sorted(rows[column].to_list(), reverse=True)
                        cell[measure] = sum(ordered)
                        cell[f"largest {measure}"] = [*ordered, 0, 0][:2]
                        cell[f"parts {measure}"] = sum(part != 0 for part in ordered)
                    if counts:
                        cell[counts] = cell["people"]
                        if name == "size" and not chosen:
                            cell[counts] = every.select("lender", "person").unique().height
                    found[name][tuple(sorted(zip(chosen, members, strict=True)))] = cell
    return found


def key_of(cell: Mapping[str, Any]) -> Key:
    """A view's cell as a key here."""
    return tuple(sorted(cell["key"].items()))


def fraction(part: int, whole: int) -> str:
    """Ten decimals, half up."""
    scaled = Fraction(part, whole) * 10**10
    rounded = int(scaled + Fraction(1, 2))
    return f"{rounded // 10**10}.{rounded % 10**10:010d}"
