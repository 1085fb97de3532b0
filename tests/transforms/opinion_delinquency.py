"""Every delinquency indicator a second time, in polars on whole cents, straight from the tapes of all months.

Belongs here: the second opinion. It shares no code with transforms: it reads tapes, never what earlier months left, so
that a mistake in a mart is one too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from statistics import median
from typing import Any

import polars as pl

Number = Fraction | None
Parts = tuple[Number, Number, int]  # numerator, denominator (None where it is not a ratio), rows
Opinion = dict[str, Parts]
NOTHING: Opinion = {"": (None, None, 0)}  # the period that is needed is not there

CENT, EIGHTH = Fraction(1, 100), Fraction(1, 10**8)


@dataclass
class Tapes:
    """The tape in question and the months before it, amounts in whole cents (US auto: in 1e-8)."""

    date: date
    loan: pl.DataFrame
    instalment: pl.DataFrame
    auto: pl.DataFrame
    previous: pl.DataFrame | None = None
    opening: pl.DataFrame | None = None
    months: Mapping[date, pl.DataFrame] = field(default_factory=dict)  # loans of every month up to this one
    told: Mapping[date, Mapping[tuple[str, str], Fraction]] | None = None  # values of indicators before this month


# --- small tools ---------------------------------------------------------------------------------------------------


def add(frame: pl.DataFrame, column: str, scale: Fraction = CENT) -> Number:
    values = frame[column].drop_nulls()
    return None if values.is_empty() else sum(values.to_list()) * scale


def closed() -> pl.Expr:
    return pl.col("loan_status").is_in(["LF01", "LF02", "LF04"]).fill_null(False)


def on_books(loan: pl.DataFrame) -> pl.DataFrame:
    return loan.filter(~closed()).with_columns(balance=pl.coalesce("balance_cny", "balance_amount"))


def total(frame: pl.DataFrame, column: str) -> Opinion:
    return {"": (add(frame, column), None, frame.height)}


def part(frame: pl.DataFrame, condition: pl.Expr, column: str | None) -> Number:
    """The sum (or, without a column, the number) where a condition is known and holds; null where nothing is known."""
    marked = frame.with_columns(holds=condition)
    known = marked.filter(pl.col("holds").is_not_null())
    if column is not None:
        # an amount that is missing where the condition holds is missing, 0 where it does not
        known = known.filter(~pl.col("holds") | pl.col(column).is_not_null())
    if known.is_empty():
        return None
    held = known.filter(pl.col("holds"))
    return Fraction(held.height) if column is None else (add(held, column) or Fraction(0))


def cut(days: int | None, edges: Sequence[int], members: Sequence[str]) -> str:
    return "unknown" if days is None else members[sum(days > edge for edge in edges)]


def groups(frame: pl.DataFrame, members: Sequence[str]) -> Iterator[tuple[str, pl.DataFrame]]:
    """The rows of each member, declared or found; ``member`` is a column of the frame."""
    found = {str(key): rows for (key,), rows in frame.group_by("member")}
    yield from ((name, found.get(name, frame.clear())) for name in {*members, *found})


def per_member(
    frame: pl.DataFrame, members: Sequence[str], numerator: Callable[[pl.DataFrame], Number],
    denominator: Callable[[pl.DataFrame], Number] | None = None,
) -> Opinion:  # fmt: skip
    """Declared members without rows have 0, or nothing where the whole frame is empty."""
    nothing = Fraction(0) if frame.height else None
    told: Opinion = {}
    for name, rows in groups(frame, members):
        if rows.height:
            told[name] = (numerator(rows), denominator(rows) if denominator else None, rows.height)
        else:
            told[name] = (nothing, nothing if denominator else None, 0)
    return told


def month_of(day: date) -> int:
    return day.year * 12 + day.month - 1


# --- the book on one date ------------------------------------------------------------------------------------------

M = ["M0", "M1", "M2", "M3", "M4", "M5", "M6", "M6+"]
SETS: dict[str, tuple[list[int], list[str]]] = {
    "DLQ-BUCKET": (
        [0, 30, 60, 90, 180, 270, 360],
        ["0", "1-30", "31-60", "61-90", "91-180", "181-270", "271-360", "361+"],
    ),
    "DLQ-G09": ([0, 30, 60, 90, 360], ["0", "1-30", "31-60", "61-90", "91-360", "361+"]),
    "DLQ-S63": ([0, 60, 90, 360], ["0", "1-60", "61-90", "91-360", "361+"]),
    "DLQ-BUREAU": ([0, 30, 60, 90, 120, 150, 180], list("01234567")),
    "DLQ-STAGE": ([0, 30, 60, 90, 120, 150, 180], M),
    "DLQ-US-BUCKET": ([0, 29, 59, 89, 119], ["0", "1-29", "30-59", "60-89", "90-119", "120+"]),
}


def named(frame: pl.DataFrame, code: str, column: str = "days_past_due") -> pl.DataFrame:
    edges, members = SETS[code]
    names = [cut(days, edges, members) for days in frame[column].to_list()]
    return frame.with_columns(member=pl.Series(names, dtype=pl.String))


def stock_figures(stock: pl.DataFrame) -> dict[str, Opinion]:
    days = pl.col("days_past_due")
    told = {
        "BAL-TOTAL": total(stock, "balance"),
        "BAL-LOANS": {"": (Fraction(stock.height), None, stock.height)},
        "DLQ-OVERDUE-1104": total(stock, "overdue_1104_amount"),
        "DLQ-OVERDUE-BALANCE": {"": (part(stock, days > 0, "balance"), None, stock.height)},
    }
    for code, (_, members) in SETS.items():
        cuts = named(stock, code)
        told[code] = per_member(cuts, members, lambda rows: add(rows, "balance"))
        told[f"{code}-LOANS"] = per_member(cuts, members, lambda rows: Fraction(rows.height))
    told["DLQ-BUCKET-1104"] = per_member(
        named(stock, "DLQ-BUCKET"), SETS["DLQ-BUCKET"][1], lambda rows: add(rows, "overdue_1104_amount")
    )
    return told


def ratios(stock: pl.DataFrame) -> dict[str, Opinion]:
    days, rows = pl.col("days_past_due"), stock.height
    whole = add(stock, "balance")
    told: dict[str, Opinion] = {}
    for code, late in {"1P": 0, "30P": 30, "60P": 60, "90P": 90}.items():
        told[f"DLQ-{code}"] = {"": (part(stock, days > late, "balance"), whole, rows)}
        told[f"DLQ-{code}-1104"] = {"": (part(stock, days > late, "overdue_1104_amount"), whole, rows)}
        told[f"DLQ-{code}-LOANS"] = {"": (part(stock, days > late, None), Fraction(rows), rows)}
    for late in (30, 60, 90):
        told[f"DLQ-US-{late}P"] = {"": (part(stock, days >= late, "balance"), whole, rows)}
        told[f"DLQ-US-{late}P-LOANS"] = {"": (part(stock, days >= late, None), Fraction(rows), rows)}
    told["DLQ-OVERDUE-PART"] = {"": (add(stock, "overdue_1104_amount"), part(stock, days > 0, "balance"), rows)}
    return told


def classes(stock: pl.DataFrame) -> dict[str, Opinion]:
    bad, rows, whole = pl.col("five_class").cast(pl.Int64) >= 3, stock.height, add(stock, "balance")
    npl, provision = part(stock, bad, "balance"), add(stock, "provision_amount")
    five = list("12345")
    by_class = stock.with_columns(member=pl.col("five_class").fill_null("unknown"))
    return {
        "DLQ-CLASS": per_member(by_class, five, lambda one: add(one, "balance")),
        "DLQ-CLASS-LOANS": per_member(by_class, five, lambda one: Fraction(one.height)),
        "DLQ-NPL": {"": (npl, whole, rows)},
        "DLQ-NPL-BALANCE": {"": (npl, None, rows)},
        "DLQ-NPL-LOANS": {"": (part(stock, bad, None), Fraction(rows), rows)},
        "DLQ-90P-NPL": {"": (part(stock, pl.col("days_past_due") > 90, "balance"), npl, rows)},
        "DLQ-COVERAGE": {"": (provision, npl, rows)},
        "DLQ-PROVISION": {"": (provision, whole, rows)},
    }


def measures(stock: pl.DataFrame) -> dict[str, Opinion]:
    """Extended, restructured, observed."""
    extended = (pl.col("extension_count") > 0) | (pl.col("loan_status") == "LS02")
    reworked = pl.col("is_restructured")
    observed = reworked & (pl.col("restructured_on").dt.offset_by("12mo") > pl.col("snapshot_date"))
    rows, whole = stock.height, add(stock, "balance")
    told: dict[str, Opinion] = {}
    for code, condition in {"EXTENDED": extended, "RESTRUCTURED": reworked, "OBSERVED": observed}.items():
        told[f"DLQ-{code}"] = {"": (part(stock, condition, "balance"), None, rows)}
        told[f"DLQ-{code}-LOANS"] = {"": (part(stock, condition, None), None, rows)}
        told[f"DLQ-{code}-SHARE"] = {"": (part(stock, condition, "balance"), whole, rows)}
    failed = reworked & (pl.col("days_past_due") > 90)
    told["DLQ-RESTRUCTURED-90P"] = {"": (part(stock, failed, "balance"), part(stock, reworked, "balance"), rows)}
    return told


def origination(stock: pl.DataFrame) -> dict[str, Opinion]:
    by_month = stock.with_columns(member=pl.col("start_date").dt.strftime("%Y-%m").fill_null("unknown"))
    late = pl.col("days_past_due") > 30
    return {
        "DLQ-ORIGINATION-30P": per_member(
            by_month, (), lambda rows: part(rows, late, "balance"), lambda rows: add(rows, "balance")
        )
        or NOTHING
    }


# --- the period ----------------------------------------------------------------------------------------------------


def this_month(column: str) -> pl.Expr:
    return pl.col(column).dt.truncate("1mo") == pl.col("snapshot_date").dt.truncate("1mo")


def disposals(loan: pl.DataFrame) -> dict[str, Opinion]:
    kinds = ["WRITTEN_OFF", "TRANSFERRED", "PAID_BY_GUARANTOR", "SECURITISED"]
    now = loan.filter(this_month("disposal_date")).with_columns(member=pl.col("disposal_type").fill_null("unknown"))
    return {
        "DLQ-DISPOSED": per_member(now, kinds, lambda rows: add(rows, "disposal_amount")),
        "DLQ-DISPOSED-LOANS": per_member(now, kinds, lambda rows: Fraction(rows.height)),
        "DLQ-RECOVERED": total(loan, "recovered_amount"),
    }


def written_off() -> pl.Expr:
    return (pl.col("disposal_type") == "WRITTEN_OFF") & this_month("disposal_date")


def losses(tapes: Tapes) -> dict[str, Opinion]:
    if tapes.previous is None:
        return {"DLQ-CHARGE-OFF": NOTHING, "DLQ-NET-LOSS": NOTHING}
    before = on_books(tapes.previous)
    lost = part(tapes.loan, written_off(), "disposal_amount")
    net = None
    if tapes.loan.height:
        net = (lost or Fraction(0)) - (add(tapes.loan, "recovered_amount") or Fraction(0))
    whole = add(before, "balance")
    return {"DLQ-CHARGE-OFF": {"": (lost, whole, before.height)}, "DLQ-NET-LOSS": {"": (net, whole, before.height)}}


def arrivals(tapes: Tapes) -> dict[str, Opinion]:
    if tapes.previous is None:
        return {"DLQ-NEW": NOTHING, "DLQ-NEW-LOANS": NOTHING}
    known = set(on_books(tapes.previous)["iou_no"].to_list())
    new = on_books(tapes.loan).filter(~pl.col("iou_no").is_in(known))
    granted = pl.when(this_month("start_date")).then(pl.lit("granted")).otherwise(pl.lit("appeared"))
    by_arrival = new.with_columns(
        member=pl.when(pl.col("start_date").is_null()).then(pl.lit("unknown")).otherwise(granted)
    )
    members = ["granted", "appeared"]
    return {
        "DLQ-NEW": per_member(by_arrival, members, lambda rows: add(rows, "balance")),
        "DLQ-NEW-LOANS": per_member(by_arrival, members, lambda rows: Fraction(rows.height)),
    }


def first_payments(tapes: Tapes) -> dict[str, Opinion]:
    loans: dict[str, list[dict[str, Any]]] = {}
    for row in tapes.loan.select("iou_no", "snapshot_date", "loan_amount", "consecutive_arrears_count").to_dicts():
        loans.setdefault(row["iou_no"], []).append(row)
    due: dict[tuple[str, int], list[tuple[Any, ...]]] = {}
    for row in tapes.instalment.to_dicts():
        for loan in loans.get(row["iou_no"], []):
            end = loan["snapshot_date"]
            if row["instalment_no"] <= 3 and row["due_date"] <= end and month_of(row["due_date"]) == month_of(end):
                owed = row["due_principal_amount"] + row["due_interest_amount"] + (row["due_fee_amount"] or 0)
                unpaid = (row["paid_amount"] or 0) < owed
                due.setdefault((row["iou_no"], row["instalment_no"]), []).append(
                    (unpaid, loan["loan_amount"], loan["consecutive_arrears_count"])
                )

    def most(values: Sequence[Any]) -> Any:
        known = [value for value in values if value is not None]
        return max(known) if known else None

    worst = [(number, *(most(one) for one in zip(*rows, strict=True))) for (_, number), rows in due.items()]
    by_number: Opinion = {}
    by_amount: Opinion = {}
    none_paid: Opinion = {}
    empty = Fraction(0) if worst else None
    for number in (1, 2, 3):
        rows = [one[1:] for one in worst if one[0] == number]
        member = str(number)
        if not rows:
            by_number[member] = by_amount[member] = none_paid[member] = (empty, empty, 0)
            continue
        amounts = [amount for _, amount, _ in rows if amount is not None]
        unpaid = [amount for unpaid, amount, _ in rows if unpaid and amount is not None]
        known = [amount for unpaid, amount, _ in rows if not unpaid or amount is not None]
        whole = sum(amounts) * CENT if amounts else None
        by_number[member] = (Fraction(sum(one[0] for one in rows)), Fraction(len(rows)), len(rows))
        by_amount[member] = (sum(unpaid) * CENT if known else None, whole, len(rows))
        told = [one for one in rows if not one[0] or one[2] is not None]
        never = sum(bool(one[0]) and one[2] >= number for one in told)
        none_paid[member] = (Fraction(never) if told else None, Fraction(len(rows)), len(rows))
    return {"DLQ-FPD": by_number, "DLQ-FPD-AMOUNT": by_amount, "DLQ-FPD-NONE": none_paid}


# --- moves ---------------------------------------------------------------------------------------------------------

LEFT = ["settled", "written_off", "transferred", "vanished"]
ENDS = {"LF01": "settled", "LF02": "written_off", "LF04": "transferred"}


def moved(opening: pl.DataFrame, tapes: Tapes, months: Mapping[date, pl.DataFrame]) -> list[dict[str, Any]]:
    """Each loan of an earlier book with what it is now; exits are looked for in ``months`` too."""
    open_now: dict[str, list[dict[str, Any]]] = {}
    ended_now: dict[str, list[dict[str, Any]]] = {}
    for row in on_books(tapes.loan).to_dicts():
        open_now.setdefault(row["iou_no"], []).append(row)
    for row in tapes.loan.filter(closed()).to_dicts():
        ended_now.setdefault(row["iou_no"], []).append(row)
    ended_between: dict[str, list[dict[str, Any]]] = {}
    for end, frame in months.items():
        for row in frame.filter(closed()).to_dicts():
            ended_between.setdefault(row["iou_no"], []).append({**row, "period": end})

    def worst(rows: Sequence[Mapping[str, Any]], column: str) -> Any:
        return max((row[column] for row in rows if row[column] is not None), default=None)

    found = []
    for row in on_books(opening).to_dicts():
        now = open_now.get(row["iou_no"], [])
        here = ended_now.get(row["iou_no"], [])
        between = [one for one in ended_between.get(row["iou_no"], []) if one["period"] > row["snapshot_date"]]

        def at_exit(column: str, here: Any = here, between: Any = between) -> Any:
            told = worst(here, column)
            return worst(between, column) if told is None else told

        found.append(
            {
                "open": bool(now),
                "days_before": row["days_past_due"],
                "days": worst(now, "days_past_due"),
                "grade_before": row["five_class"],
                "grade": worst(now, "five_class"),
                "before": row["balance"],
                "now": worst(now, "balance"),
                "exit": None if now else ENDS.get(at_exit("loan_status"), "vanished"),
                "grade_at_exit": at_exit("five_class"),
                "disposed": at_exit("disposal_amount"),
                "months": month_of(tapes.date) - month_of(row["snapshot_date"]),
            }
        )
    return found


def matrix(rows: Sequence[Mapping[str, Any]], state: Callable[[Any, str], str], members: Sequence[str]) -> Any:
    """By balance and by number."""
    cells: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        to = state(row, "") if row["open"] else row["exit"]
        cells.setdefault((state(row, "_before"), to), []).append(row["before"])
    nothing = Fraction(0) if rows else None
    by_balance: Opinion = {}
    by_number: Opinion = {}
    for before in {*members, *(one for one, _ in cells)}:
        line = {now: found for (one, now), found in cells.items() if one == before}
        declared = {*members, *LEFT} if before in members else set()
        balance = sum((sum(found) for found in line.values()), 0) * CENT if line else nothing
        number = Fraction(sum(map(len, line.values()))) if line else nothing
        for now in declared | set(line):
            here = line.get(now)
            by_balance[f"{before}>{now}"] = (sum(here) * CENT if here else nothing, balance, len(here or ()))
            by_number[f"{before}>{now}"] = (Fraction(len(here)) if here else nothing, number, len(here or ()))
    return by_balance, by_number


def rolls(tapes: Tapes) -> dict[str, Opinion]:
    told: dict[str, Opinion] = {}
    kinds: dict[str, tuple[Callable[[Any, str], str], Sequence[str]]] = {
        "DLQ-ROLL": (lambda row, when: cut(row[f"days{when}"], *SETS["DLQ-STAGE"]), M),
        "DLQ-ROLL-CLASS": (lambda row, when: row[f"grade{when}"] or "unknown", list("12345")),
        "DLQ-US-ROLL": (
            lambda row, when: cut(row[f"days{when}"], *SETS["DLQ-US-BUCKET"]),
            SETS["DLQ-US-BUCKET"][1],
        ),
    }
    for suffix, opening, months in (("", tapes.previous, {}), ("-YTD", tapes.opening, tapes.months)):
        rows = None if opening is None else moved(opening, tapes, months)
        for code, (state, members) in kinds.items():
            one, other = (NOTHING, NOTHING) if rows is None else matrix(rows, state, members)
            told[code + suffix], told[f"{code}{suffix}-LOANS"] = one, other
        told |= migration_2005(suffix, rows)
        if suffix:
            told["DLQ-MIG-2022"] = NOTHING if rows is None else migration_2022(rows)
        else:
            told |= cures(rows)
    return told


def known_sum(values: Sequence[int | None]) -> Number:
    known = [value for value in values if value is not None]
    return sum(known) * CENT if known else None


def left_of(row: Mapping[str, Any]) -> int | None:
    """The lesser balance; SQL's least skips what is missing."""
    if not row["open"]:
        return 0
    known = [value for value in (row["before"], row["now"]) if value is not None]
    return min(known) if known else None


def migration_2005(suffix: str, rows: Sequence[Mapping[str, Any]] | None) -> dict[str, Opinion]:
    codes = (f"DLQ-MIG-2005{suffix}", f"DLQ-MIG-2005-PERFORMING{suffix}")
    if rows is None:
        return dict.fromkeys(codes, NOTHING)

    def worse(row: Mapping[str, Any], bad: bool) -> bool | None:
        if not row["open"]:
            return False
        if row["grade"] is None:
            return None
        return bool(row["grade"] >= "3") if bad else bool(row["grade"] > row["grade_before"])

    def parts(of: Sequence[Mapping[str, Any]], bad: bool) -> Parts:
        moves = [(worse(row, bad), left_of(row)) for row in of]
        up = [left if holds else 0 for holds, left in moves if holds is not None]
        return known_sum(up), known_sum([left for _, left in moves]), len(of)

    known = [row for row in rows if row["grade_before"] in ("1", "2", "3", "4")]
    empty = Fraction(0) if known else None
    by_class: Opinion = {}
    for grade in "1234":
        of = [row for row in known if row["grade_before"] == grade]
        by_class[grade] = parts(of, False) if of else (empty, empty, 0)
    performing = [row for row in rows if row["grade_before"] in ("1", "2")]
    return {codes[0]: by_class, codes[1]: {"": parts(performing, True)}}


def migration_2022(rows: Sequence[Mapping[str, Any]]) -> Opinion:
    known = [row for row in rows if row["grade_before"] in ("1", "2", "3", "4")]
    empty = Fraction(0) if known else None
    told: Opinion = {}
    for grade in "1234":
        of = [row for row in known if row["grade_before"] == grade]
        if not of:
            told[grade] = (empty, empty, 0)
            continue
        amounts: list[int | None] = []
        for row in of:
            if row["open"]:
                amounts.append(None if row["grade"] is None else row["now"] if row["grade"] > grade else 0)
            elif row["exit"] in ("written_off", "transferred"):
                end = row["grade_at_exit"]
                amounts.append(None if end is None else row["disposed"] if end > grade and end >= "3" else 0)
            else:
                amounts.append(0)
        up = known_sum(amounts)
        opening = sum(row["before"] * row["months"] for row in of) * CENT
        told[grade] = (None if up is None else up * 12, opening, len(of))
    return told


def cures(rows: Sequence[Mapping[str, Any]] | None) -> dict[str, Opinion]:
    codes = ("DLQ-CURE", "DLQ-US-CURE")
    npl = ("DLQ-CURE-NPL", "DLQ-CURE-NPL-LOANS")
    if rows is None:
        return dict.fromkeys((*codes, *(f"{code}-LOANS" for code in codes), *npl), NOTHING)

    def parts(of: Sequence[Mapping[str, Any]], holds: Callable[[Any], bool | None]) -> tuple[Parts, Parts]:
        known = [(holds(row), row["before"]) for row in of if holds(row) is not None]
        balance = sum(before for cured, before in known if cured) * CENT if known else None
        number = Fraction(sum(bool(cured) for cured, _ in known)) if known else None
        whole = sum(row["before"] for row in of) * CENT if of else None
        return (balance, whole, len(of)), (number, Fraction(len(of)) if of else None, len(of))

    def cured(row: Mapping[str, Any]) -> bool | None:
        return False if not row["open"] else None if row["days"] is None else row["days"] == 0

    def upgraded(row: Mapping[str, Any]) -> bool | None:
        return False if not row["open"] else None if row["grade"] is None else row["grade"] < "3"

    told: dict[str, Opinion] = {}
    late = [row for row in rows if row["days_before"] is not None and row["days_before"] > 0]
    empty: Parts = (Fraction(0), Fraction(0), 0) if late else (None, None, 0)
    for code, cuts in (("DLQ-CURE", SETS["DLQ-STAGE"]), ("DLQ-US-CURE", SETS["DLQ-US-BUCKET"])):
        told[code], told[f"{code}-LOANS"] = {}, {}
        for member in cuts[1][1:]:
            of = [row for row in late if cut(row["days_before"], *cuts) == member]
            one, other = parts(of, cured) if of else (empty, empty)
            told[code][member], told[f"{code}-LOANS"][member] = one, other
    bad = [row for row in rows if row["grade_before"] in ("3", "4", "5")]
    one, other = parts(bad, upgraded)
    told[npl[0]], told[npl[1]] = {"": one}, {"": other}
    return told


# --- vintages and warnings -----------------------------------------------------------------------------------------


def vintages(tapes: Tapes) -> dict[str, Opinion]:
    told: dict[str, Opinion] = {}
    points = [
        (month_of(end), loan)
        for end, frame in tapes.months.items()
        for loan in frame.with_columns(
            balance=pl.coalesce("balance_cny", "balance_amount"), closed=closed(), off=written_off()
        ).to_dicts()
        if loan["start_date"] is not None
    ]
    latest = max((month for month, _ in points), default=0)

    def late(days: int) -> Callable[[Any], bool]:
        return lambda loan: not loan["closed"] and loan["days_past_due"] is not None and loan["days_past_due"] > days

    things: dict[str, tuple[Callable[[Any], bool], str, bool]] = {
        "30P": (late(30), "balance", False),
        "90P": (late(90), "balance", False),
        "LOSS": (lambda loan: bool(loan["off"]), "disposal_amount", True),
    }
    for name, (holds, column, runs_up) in things.items():
        for suffix, by_product in (("", False), ("-PRODUCT", True)):
            cells: dict[tuple[int, str], dict[int, list[Any]]] = {}
            for month, loan in points:
                born = month_of(loan["start_date"])
                product = (loan["product_name"] or "unknown") if by_product else ""
                if 0 <= month - born <= 36:
                    cells.setdefault((born, product), {}).setdefault(month - born, []).append(loan)
            amounts: Opinion = {}
            numbers: Opinion = {}
            for (born, product), curve in cells.items():
                if 0 not in curve or latest - born > 36:
                    continue
                lent = [loan["loan_amount"] for loan in curve[0] if loan["loan_amount"] is not None]
                base = sum(lent) * CENT if lent else None
                for age, loans in curve.items():
                    if by_product and born + age != latest:
                        continue
                    seen = [one for at, here in curve.items() for one in here if at == age or (runs_up and at < age)]
                    held = [one for one in seen if holds(one)]
                    gap = runs_up and sum(at <= age for at in curve) != age + 1
                    month = f"{born // 12}-{born % 12 + 1:02d}"
                    member = f"{product}>{month}" if by_product else f"{month}>{age}"
                    amount = sum(one[column] or 0 for one in held) * CENT
                    amounts[member] = (None if gap else amount, base, len(loans))
                    numbers[member] = (None if gap else Fraction(len(held)), Fraction(len(curve[0])), len(loans))
            told[f"DLQ-VINTAGE-{name}{suffix}"] = amounts or NOTHING
            told[f"DLQ-VINTAGE-{name}{suffix}-LOANS"] = numbers or NOTHING
    return told


WATCHED = [
    ("DLQ-1P", ""), ("DLQ-30P", ""), ("DLQ-90P", ""), ("DLQ-NPL", ""), ("DLQ-ROLL", "M0>M1"), ("DLQ-ROLL", "M1>M2"),
    ("DLQ-ROLL", "M2>M3"), ("DLQ-FPD", "1"), ("DLQ-CHARGE-OFF", ""), ("DLQ-US-30P", ""), ("DLQ-US-60P", ""),
    ("DLQ-US-90P", ""), ("DLQ-US-ROLL", "0>1-29"), ("DLQ-US-ROLL", "1-29>30-59"), ("DLQ-US-NET-LOSS", ""),
]  # fmt: skip


def warnings(tapes: Tapes, now: Mapping[tuple[str, str], Fraction]) -> dict[str, Opinion]:
    """From the values of this month and of those before; bands by the textbook, in exact fractions."""
    if tapes.told is None:
        return {"DLQ-BAND": NOTHING, "DLQ-WARN": NOTHING}
    scale = Fraction(40_000 * 10**10)
    band: Opinion = {}
    warn: Opinion = {}
    for figure in WATCHED:
        if figure not in now:
            continue
        before = [
            values[figure]
            for end, values in tapes.told.items()
            if figure in values and 1 <= month_of(tapes.date) - month_of(end) <= 12
        ]
        name = figure[0] if not figure[1] else f"{figure[0]}:{figure[1].replace('>', '-')}"
        lines: list[Number] = [None, None, None]
        if len(before) >= 6:
            middle = Fraction(median(before))
            spread = Fraction(median([abs(value - middle) for value in before]))
            width = max(3 * Fraction("1.4826") * spread, abs(middle) / 20)
            lines = [middle - width, middle, middle + width]
        for line, value in zip(("low", "expected", "high", "realised"), [*lines, now[figure]], strict=True):
            band[f"{name}>{line}"] = (None if value is None else value * scale, scale, len(before))
        above = None if lines[2] is None else Fraction(now[figure] > lines[2])
        warn[name] = (above, None, len(before))
    return {"DLQ-BAND": band or NOTHING, "DLQ-WARN": warn or NOTHING}


def covers(code: str) -> bool:
    """Whether this opinion is the second one of an indicator; what only US auto tapes have is elsewhere."""
    return code.startswith(("BAL-", "DLQ-")) and code not in (
        "DLQ-US-CHARGED-OFF", "DLQ-US-RECOVERED", "DLQ-US-NET-LOSS",
    )  # fmt: skip


def opinion(tapes: Tapes, now: Mapping[tuple[str, str], Fraction] | None = None) -> dict[str, Opinion]:
    """Every delinquency indicator's parts, by code and member. ``now`` are this month's values, for the warnings."""
    stock = on_books(tapes.loan)
    return {
        **stock_figures(stock),
        **ratios(stock),
        **classes(stock),
        **measures(stock),
        **origination(stock),
        **disposals(tapes.loan),
        **losses(tapes),
        **arrivals(tapes),
        **first_payments(tapes),
        **rolls(tapes),
        **vintages(tapes),
        **warnings(tapes, now or {}),
    }
