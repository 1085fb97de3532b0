"""Every concentration indicator a second time, in polars and fractions of whole cents, straight from the tape.

Belongs here: the second opinion. It shares no code with transforms, and the numbers of limits are written out here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from fractions import Fraction

import polars as pl

from tests.transforms.tapes import Frames

Number = Fraction | None
Parts = tuple[Number, Number, int]  # numerator, denominator (None where it is not a ratio), rows
Opinion = dict[str, Parts]
CENT, EIGHTH = Fraction(1, 100), Fraction(1, 10**8)
CLOSED = ("LF01", "LF02", "LF04")
TOP = (1, 5, 10, 20)
CONSUMER = ("F0219", "F02131", "F02132", "F042")


def covers(code: str) -> bool:
    """Whether the second opinion on an indicator is here."""
    return code.startswith("CON-")


def half_away(value: Fraction) -> int:
    """Rounded to a whole number, halves away from zero."""
    sign = -1 if value < 0 else 1
    return sign * int(abs(value) + Fraction(1, 2))


def on_books(frames: Frames) -> pl.DataFrame:
    """Loans that have not ended, with balance and the lender's own part in cents."""
    loan = frames["loan"].filter(~pl.col("loan_status").is_in(CLOSED).fill_null(False))
    loan = loan.with_columns(balance=pl.coalesce("balance_cny", "balance_amount"))
    own = [
        _own(*row)
        for row in loan.select("currency", "balance", "own_balance_amount", "partner_share_fraction").iter_rows()
    ]
    return loan.with_columns(own=pl.Series(own, dtype=pl.Int64))


def _own(currency: str | None, balance: int | None, stated: int | None, share: int | None) -> int | None:
    if currency == "CNY":
        return balance if stated is None else stated
    return None if balance is None else half_away(balance * (1 - Fraction(share or 0, 10**8)))


def total(frame: pl.DataFrame, column: str, scale: Fraction = CENT) -> Number:
    values = frame[column].drop_nulls()
    return None if values.is_empty() else sum(values.to_list()) * scale


def with_agreements(frames: Frames, loans: pl.DataFrame) -> pl.DataFrame:
    partner = frames["partner"].filter(pl.col("partner_agreement_no").is_not_null())
    told = partner.with_columns(group=pl.coalesce("partner_group_id", "partner_uscc"))
    told = told.group_by("partner_agreement_no").agg(pl.col("partner_uscc", "group").min())
    return loans.join(told, on="partner_agreement_no", how="left", maintain_order="left")


def part(
    frame: pl.DataFrame, condition: Iterable[bool | None], column: str | None, whole: Number, rows: int
) -> Opinion:
    """The sum (or the number) where a condition holds; unknown ones count nowhere, and all unknown is unknown."""
    values = [1] * frame.height if column is None else frame[column].to_list()
    scale = Fraction(1) if column is None else CENT
    known = [
        value if holds else 0
        for holds, value in zip(condition, values, strict=True)
        if holds is not None and not (holds and value is None)
    ]
    return {"": (sum(known) * scale if known else None, whole, rows)}


class Sums:
    """Sums over the members of a dimension, and what is told of them."""

    def __init__(self, members: Iterable[str | None], amounts: Iterable[int | None]) -> None:
        self.rows: dict[str, int] = {}
        self.cents: dict[str, int | None] = {}
        for member, amount in zip(members, amounts, strict=True):
            name = "unknown" if member is None else member
            self.rows[name] = self.rows.get(name, 0) + 1
            if amount is not None:
                self.cents[name] = (self.cents.get(name) or 0) + amount
        self.all_rows = sum(self.rows.values())
        self.positive = {name: cents for name, cents in self.cents.items() if cents is not None and cents > 0}

    def shares(self) -> Opinion:
        if not self.rows:
            return {"": (None, None, 0)}
        known = [cents for cents in self.cents.values() if cents is not None]
        whole = sum(known) * CENT if known else None
        return {
            name: (None if self.cents.get(name) is None else Fraction(self.cents[name] or 0) * CENT, whole, rows)
            for name, rows in self.rows.items()
        }

    def top_shares(self) -> Opinion:
        ranked = sorted((-cents, name) for name, cents in self.positive.items() if name != "unknown")
        whole = sum(self.positive.values()) * CENT if self.positive else None
        return {
            str(k): (-sum(cents for cents, _ in ranked[:k]) * CENT if ranked else None, whole, self.all_rows)
            for k in TOP
        }

    def one(
        self, numerator: Callable[[list[Fraction]], Fraction], denominator: Callable[[list[Fraction]], Fraction]
    ) -> Opinion:
        amounts = sorted(cents * CENT for cents in self.positive.values())
        if not amounts:
            return {"": (None, None, self.all_rows)}
        return {"": (numerator(amounts), denominator(amounts), self.all_rows)}

    def hhi(self) -> Opinion:
        return self.one(lambda xs: sum((x * x for x in xs), Fraction(0)), lambda xs: sum(xs) ** 2)

    def normalised(self) -> Opinion:
        return self.one(
            lambda xs: len(xs) * sum((x * x for x in xs), Fraction(0)) - sum(xs) ** 2,
            lambda xs: (len(xs) - 1) * sum(xs) ** 2,
        )

    def gini(self) -> Opinion:
        # twice the mean difference over all pairs, both orders: another formula than the one under test
        return self.one(
            lambda xs: sum((x * (2 * i - len(xs) - 1) for i, x in enumerate(xs, 1)), Fraction(0)),
            lambda xs: len(xs) * sum(xs, Fraction(0)),
        )


def _dimensions(frames: Frames, stock: pl.DataFrame, joint: pl.DataFrame) -> Mapping[str, Sums]:
    enhanced = stock.filter(_is_enhanced(stock))
    own = [("OWN", cents) for cents in stock["own"]]
    parts = [
        (partner, None if balance is None or mine is None else balance - mine)
        for partner, balance, mine in joint.select("partner_uscc", "balance", "own").iter_rows()
    ]
    funders = own + parts
    auto = (
        frames["loan_us_auto"]
        .filter(pl.col("iou_no").is_not_null())
        .group_by("iou_no")
        .agg(pl.col("obligor_state").min())
    )
    states = stock.join(auto, on="iou_no", how="left")

    def of(frame: pl.DataFrame, member: pl.Expr, amount: str = "balance") -> Sums:
        return Sums(frame.select(member.alias("member"))["member"].to_list(), frame[amount].to_list())

    return {
        "PARTNER": of(joint, pl.col("partner_uscc")),
        "GROUP": of(joint, pl.col("group")),
        "PRODUCT": of(stock, pl.col("product_name")),
        "REGION": of(stock, pl.col("borrower_region").str.head(2)),
        "CHANNEL": of(stock, pl.col("channel")),
        "ENHANCER": of(enhanced, pl.col("enhancer_uscc"), "enhanced_amount"),
        "FUNDER": Sums([name for name, _ in funders], [cents for _, cents in funders]),
        "BORROWER": of(stock, _borrower()),
        "STATE": of(states, pl.col("obligor_state")),
    }


def _borrower() -> pl.Expr:
    return pl.coalesce("borrower_pid", pl.lit("IOU ") + pl.col("iou_no"), pl.lit("unknown"))


def _is_enhanced(stock: pl.DataFrame) -> pl.Series:
    told = pl.col("enhancer_type").is_not_null() | (pl.col("enhanced_amount") > 0).fill_null(False)
    return stock.select(told.alias("told"))["told"]


def least_share(kind: str | None, start: date | None) -> int | None:
    """The least part of a partner, in 1e-8, where one was in force."""
    if start is None or kind not in ("BANK", "CFC", "TRUST", "AFC") or start < date(2022, 1, 1):
        return None
    return 30_000_000


def opinion(frames: Frames) -> dict[str, Opinion]:
    """Numerator, denominator and rows of every indicator of concentration, by code and member."""
    stock = on_books(frames)
    joint = with_agreements(frames, stock.filter(pl.col("coop_mode") == "JOINT"))
    told: dict[str, Opinion] = {}
    for code, sums in _dimensions(frames, stock, joint).items():
        if code != "BORROWER":
            told[f"CON-{code}"] = sums.shares()
        told[f"CON-{code}-TOP-SHARE"] = sums.top_shares()
        told[f"CON-{code}-HHI"] = sums.hhi()
        told[f"CON-{code}-HHI-N"] = sums.normalised()
        told[f"CON-{code}-GINI"] = sums.gini()
    return told | _partners(frames, stock, joint) | _others(frames, stock) | _borrowers(frames, stock)


def _partners(frames: Frames, stock: pl.DataFrame, joint: pl.DataFrame) -> dict[str, Opinion]:
    by_partner = Sums(joint["partner_uscc"].to_list(), joint["balance"].to_list())
    ranked = sorted(
        ((-(cents or 0), name) for name, cents in by_partner.cents.items() if name != "unknown"),
    )[:10]
    online = joint.filter(pl.col("is_internet_loan").fill_null(True))
    groups = Sums(online["group"].to_list(), online["own"].to_list())
    in_yuan = frames["institution"].filter(pl.col("currency") == "CNY")
    capital = total(in_yuan, "tier1_net_amount")
    whole, all_own, joint_whole = total(stock, "balance"), total(stock, "own"), total(joint, "balance")
    shares = joint["partner_share_fraction"].to_list()
    least = [least_share(*row) for row in joint.select("lender_type", "start_date").iter_rows()]
    low = [None if share is None or line is None else share < line for share, line in zip(shares, least, strict=True)]
    own_low = [None if share is None else share > 70_000_000 for share in shares]
    bound = [share for share, line in zip(shares, least, strict=True) if line is not None]
    known = [share for share in bound if share is not None]
    bands = [
        None
        if share is None
        else next(n for n, end in (("0-30", 3), ("30-50", 5), ("50-70", 7), ("70-100", 99)) if share < end * 10**7)
        for share in shares
    ]
    banded = Sums(bands, joint["balance"].to_list())
    empty = Fraction(0) if joint.height else None
    together = [
        None if mode is None else mode == "JOINT" and net is not False
        for mode, net in stock.select("coop_mode", "is_internet_loan").iter_rows()
    ]
    # a loan whose mode is not known and that is no internet loan is not one of these, whatever its mode
    together = [
        False if holds is None and net is False else holds
        for holds, net in zip(together, stock["is_internet_loan"].to_list(), strict=True)
    ]
    del whole
    return {
        "CON-COFUNDED": {"": (joint_whole, None, joint.height)},
        "CON-COFUNDED-OWN": {"": (total(joint, "own"), None, joint.height)},
        "CON-PARTNER-TOP": {name: (-cents * CENT, None, by_partner.rows[name]) for cents, name in ranked}
        or {"": (None, None, 0)},
        "CON-PARTNER-TIER1": {
            name: (None if groups.cents.get(name) is None else Fraction(groups.cents[name] or 0) * CENT, capital, rows)
            for name, rows in groups.rows.items()
        }
        or {"": (None, None, 0)},
        "CON-PARTNERS-TOTAL": part(stock, together, "own", all_own, stock.height),
        "CON-PARTNER-SHARE-LEAST": {"": (Fraction(min(known), 10**4) if known else None, Fraction(10_000), len(bound))},
        "CON-PARTNER-SHARE-LOW": part(joint, low, "balance", joint_whole, joint.height),
        "CON-PARTNER-SHARE-LOW-LOANS": part(joint, low, None, None, joint.height),
        "CON-OWN-SHARE-LOW": part(joint, own_low, "balance", joint_whole, joint.height),
        "CON-PARTNER-SHARE-BAND": dict.fromkeys(("0-30", "30-50", "50-70", "70-100"), (empty, None, 0))
        | {name: (Fraction(banded.cents.get(name) or 0) * CENT, None, rows) for name, rows in banded.rows.items()},
    }


def _others(frames: Frames, stock: pl.DataFrame) -> dict[str, Opinion]:
    whole = total(stock, "balance")
    enhanced = stock.filter(_is_enhanced(stock))
    kinds = ("GUARANTEE_INSURANCE", "CREDIT_INSURANCE", "GUARANTOR", "OTHER")
    by_kind = Sums(enhanced["enhancer_type"].to_list(), enhanced["balance"].to_list())
    home = [None if one is None else one[:2] for one in stock["lender_region"]]
    away = [
        None if region is None or own is None else region[:2] != own
        for region, own in zip(stock["borrower_region"].to_list(), home, strict=True)
    ]
    online = stock.filter(pl.col("is_internet_loan"))
    applied = [
        None if region is None or own is None else region[:2] != own[:2]
        for region, own in online.select("apply_region", "lender_region").iter_rows()
    ]
    amounts = stock["enhanced_amount"].fill_null(0)
    empty = Fraction(0) if enhanced.height else None
    return {
        "CON-ENHANCED": part(stock, _is_enhanced(stock).to_list(), "balance", whole, stock.height),
        "CON-ENHANCED-AMOUNT": {"": (sum(amounts.to_list()) * CENT if stock.height else None, whole, stock.height)},
        "CON-ENHANCER-KIND": dict.fromkeys(kinds, (empty, None, 0))
        | {name: (Fraction(by_kind.cents.get(name) or 0) * CENT, None, rows) for name, rows in by_kind.rows.items()},
        "CON-CROSS-REGION": part(stock, away, "balance", whole, stock.height),
        "CON-CROSS-REGION-LOANS": part(stock, away, None, None, stock.height),
        "CON-CROSS-REGION-APPLIED": part(online, applied, "balance", total(online, "balance"), online.height),
    }


# code: whose debts, of which classes, whether a network loan is needed, limit, of net assets, kinds of lender
_CAPS = {
    "BORROWER-ASSETS": ("borrower", None, "", Fraction(1, 10), True, ("MICRO",)),
    "BORROWER-GROUP-ASSETS": ("group", None, "", Fraction(15, 100), True, ("MICRO",)),
    "BORROWER-CONSUMER": ("borrower", CONSUMER, "", Fraction(200_000), False, ("CFC",)),
    "BORROWER-INTERNET": ("borrower", ("F0219",), "each", Fraction(200_000), False, ()),
    "BORROWER-NETWORK-CONSUMER": ("borrower", CONSUMER, "any", Fraction(200_000), False, ("MICRO",)),
    "BORROWER-NETWORK-BUSINESS": ("borrower", ("F022",), "any", Fraction(10_000_000), False, ("MICRO",)),
}


def _borrowers(frames: Frames, stock: pl.DataFrame) -> dict[str, Opinion]:
    in_yuan = frames["institution"].filter(pl.col("currency") == "CNY")
    assets = total(in_yuan, "net_assets_amount")
    whole = total(stock, "balance")
    told: dict[str, Opinion] = {}
    for code, (whose, classes, network, limit, of_assets, kinds) in _CAPS.items():
        member = _borrower() if whose == "borrower" else pl.col("connected_group_id")
        loans = stock.with_columns(member=member)
        if whose == "group":
            loans = loans.filter(pl.col("member").is_not_null())
        ranked, over = [], []
        for (name,), rows in loans.group_by("member"):
            owed = _owed(rows, classes, network)
            if owed is not None and owed > 0:
                ranked.append((-owed, str(name), rows.height))
            types = [one for one in rows["lender_type"] if one is not None]
            line = None if kinds and (not types or max(types) not in kinds) else limit
            if of_assets:
                line = None if line is None or assets is None else line * assets
            if line is not None:
                amount = Fraction(0) if owed is None else owed
                over.append(amount if amount > line else Fraction(0))
        largest = sorted(ranked, key=lambda one: (one[0], one[1]))[:10]
        told[f"CON-{code}"] = {
            str(name): (-owed, assets if of_assets else None, rows) for owed, name, rows in largest
        } or {"": (None, None, 0)}
        told[f"CON-{code}-OVER"] = {"": (sum(over, Fraction(0)) if over else None, whole, stock.height)}
    return told


def _owed(rows: pl.DataFrame, classes: tuple[str, ...] | None, network: str) -> Number:
    if classes is not None:
        of_kind = rows.filter(pl.col("product_class").is_in(classes))
        if network == "any" and not of_kind["is_internet_loan"].any():
            return None
        if network == "each":
            of_kind = of_kind.filter(pl.col("is_internet_loan"))
        rows = of_kind
    return total(rows, "balance")
