"""What moved between two planted deliveries: which loans break which rule that compares two months.

Belongs here: the rules on loans beside the month before, told once more on rows of integers, so that the answer key
does not come from the code it is compared with. Not here: who is planted (planting), rules on one month (mistakes).

Values may be unknown, and truth has three values: a rule is broken only where it is known to be false.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loantape.simulate.book import Book
from loantape.simulate.rows import EMPTY, LITERALS, LITERALS_END, NUMBERED, SKIP, TEXT, Rows

_TOLERANCE = 1  # cent, as schemas/limits/tolerances.toml
_OBSERVATION = 12  # months, as schemas/limits/provisions.toml


@dataclass(frozen=True)
class Truth:
    """Where something is known to be true, and where it is known to be false."""

    true: np.ndarray
    false: np.ndarray

    def __and__(self, other: Truth) -> Truth:
        return Truth(self.true & other.true, self.false | other.false)

    def __or__(self, other: Truth) -> Truth:
        return Truth(self.true | other.true, self.false & other.false)

    def __invert__(self) -> Truth:
        return Truth(self.false, self.true)

    def known(self) -> Truth:
        """False where it is not known to be true."""
        return Truth(self.true, ~self.true)


@dataclass(frozen=True)
class Value:
    """Numbers, and where they are known."""

    number: np.ndarray
    known: np.ndarray

    def _truth(self, holds: np.ndarray, other: Value) -> Truth:
        known = self.known & other.known
        return Truth(known & holds, known & ~holds)

    def same(self, other: Value) -> Truth:
        return self._truth(self.number == other.number, other)

    def below(self, other: Value) -> Truth:
        return self._truth(self.number < other.number, other)

    def at_most(self, other: Value) -> Truth:
        return self._truth(self.number <= other.number, other)

    def among(self, numbers: list[int]) -> Truth:
        found = np.isin(self.number, numbers)
        return Truth(self.known & found, self.known & ~found)

    def plus(self, other: Value, sign: int = 1) -> Value:
        known = self.known & other.known
        return Value(np.where(known, self.number + sign * np.where(known, other.number, 0), 0), known)

    def or_else(self, number: int) -> Value:
        return Value(np.where(self.known, self.number, number), np.ones(self.number.size, bool))

    def is_known(self) -> Truth:
        return Truth(self.known, ~self.known)


@dataclass(frozen=True)
class Side:
    """The loan rows of one month, in the texts of this month's book; unknown where the loan was not delivered."""

    rows: Rows
    at: np.ndarray
    delivered: np.ndarray
    texts: np.ndarray  # this book's number for each text of the rows' own book

    def __getitem__(self, name: str) -> Value:
        cells = self.rows[name][self.at]
        kind = self.rows.columns.kinds[self.rows.columns.place[name]]
        if kind == TEXT:
            printed = (cells > EMPTY) & (cells <= LITERALS_END)
            numbers = np.where(printed, cells - LITERALS, cells)
            known = self.delivered & (cells != EMPTY)
            return Value(np.where(known, self.texts[np.where(known, numbers, 0)], 0), known)
        if kind == NUMBERED:  # a text in its place is a value too, below all numbers
            known = self.delivered & (cells != EMPTY)
            printed = known & (cells <= LITERALS_END)
            numbers = self.texts[np.where(printed, cells - LITERALS, 0)]
            return Value(np.where(printed, -1 - numbers, np.where(known, cells, 0)), known)
        known = self.delivered & (cells > LITERALS_END)
        return Value(np.where(known, cells, 0), known)

    def status(self) -> tuple[np.ndarray, np.ndarray]:
        """The 24 characters of the credit bureau's status, and where they are known."""
        cells = self.rows["payment_status_24m"][self.at]
        known = self.delivered & (cells > LITERALS_END)
        return self.rows.strips[np.where(known, cells, 0)], known


@dataclass(frozen=True)
class Moved:
    """One month beside the month before, loan by loan."""

    now: Side
    then: Side
    book: Book

    def number(self, value: int) -> Value:
        size = self.now.at.size
        return Value(np.full(size, value), np.ones(size, bool))

    def is_(self, side: Side, name: str, *texts: str) -> Truth:
        return side[name].among([self.book.texts.number(text) for text in texts])


def broken(now: Side, then: Side, book: Book) -> dict[str, np.ndarray]:
    """Code to where the rule is broken, of the loans that are delivered now."""
    moved = Moved(now, then, book)
    rules = _money(moved) | _terms(moved) | _states(moved) | _arrears(moved)
    return {code: truth.false & now.delivered for code, truth in rules.items()}


def _implies(condition: Truth, consequence: Truth) -> Truth:
    return ~condition | consequence


def _zero(value: Value) -> Truth:
    return value.among([0])


def _positive(value: Value) -> Truth:
    return ~value.at_most(Value(np.zeros(value.number.size, np.int64), np.ones(value.number.size, bool)))


def _within(value: Value, size: int) -> Truth:
    near = np.abs(value.number) <= size
    return Truth(value.known & near, value.known & ~near)


def _has_previous(m: Moved) -> Truth:
    return Truth(m.then.delivered, ~m.then.delivered)


def _granted_since(m: Moved) -> Truth:
    return ~m.now["start_date"].at_most(m.number(_previous_period(m)))


def _previous_period(m: Moved) -> int:
    return int(m.book.first_days[1200]) - 1


def _is_next_month(m: Moved) -> Truth:
    day = m.now["snapshot_date"]
    of_month = (day.number >= m.book.first_days[1200]) & (day.number < m.book.first_days[1201])
    return Truth(day.known & of_month, day.known & ~of_month)


def _has_new_terms(m: Moved) -> Truth:
    found = Truth(np.zeros(m.now.at.size, bool), np.ones(m.now.at.size, bool))
    for name in ("extension_count", "restructure_count"):
        found = found | m.then[name].or_else(0).below(m.now[name].or_else(0))
    return Truth(found.true & m.then.delivered, found.false & m.then.delivered)


def _money(m: Moved) -> dict[str, Truth]:
    now, then = m.now, m.then
    plain = ~now["is_revolving"].among([1])
    disposed_on, amount = now["disposal_date"], now["disposal_amount"]
    of_month = disposed_on.known & (disposed_on.number >= m.book.first_days[1200]) & amount.known
    disposed = Value(np.where(of_month, amount.number, 0), np.ones(amount.number.size, bool))
    flow = now["drawn_amount"].plus(now["repaid_principal_amount"], -1).plus(disposed, -1)
    left = now["balance_amount"].plus(flow, -1)
    return {
        "MOV-002": now["start_date"].same(then["start_date"]),
        "MOV-003": _implies(plain, now["loan_amount"].same(then["loan_amount"])),
        "MOV-004": _implies(plain, now["balance_amount"].at_most(then["balance_amount"])),
        "MOV-006": _implies(_is_next_month(m), _within(left.plus(then["balance_amount"], -1), _TOLERANCE)),
        "MOV-007": _has_previous(m) | _granted_since(m),
        "MOV-008": _implies(_granted_since(m) & plain, now["drawn_amount"].same(now["loan_amount"])),
        "MOV-009": _implies(~_has_previous(m) & _granted_since(m), _within(left, _TOLERANCE)),
        "MOV-010": _implies(_has_previous(m) & plain, _zero(now["drawn_amount"])),
    }


# a field, the rule that it stays, and whether an extension or restructuring may change it
_STAYS = (
    ("contract_no", "MOV-011", False),
    ("id_type", "MOV-013", False),
    ("birth_year", "MOV-014", False),
    ("currency", "MOV-015", False),
    ("product_class", "MOV-016", False),
    ("product_name", "MOV-017", False),
    ("is_internet_loan", "MOV-018", False),
    ("is_revolving", "MOV-019", False),
    ("lender_uscc", "MOV-020", False),
    ("shown_annual_rate_pct", "MOV-021", False),
    ("shown_method", "MOV-022", False),
    ("net_proceeds_amount", "MOV-023", False),
    ("grant_type", "MOV-024", False),
    ("repay_method", "MOV-025", True),
    ("repay_frequency", "MOV-026", True),
    ("rate_type", "MOV-027", True),
    ("term_count", "MOV-028", True),
    ("maturity_date", "MOV-029", True),
)


def _terms(m: Moved) -> dict[str, Truth]:
    now, then, new_terms = m.now, m.then, _has_new_terms(m)
    found = {
        code: now[name].same(then[name]) | new_terms if agreed else now[name].same(then[name])
        for name, code, agreed in _STAYS
    }
    found["MOV-012"] = now["id_no"].same(then["id_no"]) & now["id_type"].same(
        then["id_type"]
    )  # what the pseudonym hides
    fixed = m.is_(now, "rate_type", "RF01") & m.is_(then, "rate_type", "RF01")
    ended = m.is_(now, "coop_mode", "ENDED")
    return found | {
        "MOV-030": _implies(fixed & ~new_terms, now["nominal_annual_pct"].same(then["nominal_annual_pct"])),
        "MOV-031": now["coop_mode"].same(then["coop_mode"]) | ended,
        "MOV-032": now["partner_agreement_no"].same(then["partner_agreement_no"]) | ended,
    }


def _states(m: Moved) -> dict[str, Truth]:
    now, then = m.now, m.then
    over = ("LF01", "LF02", "LF04")
    grade, before = _grade(m, now), _grade(m, then)
    changed_now = ~now["class_changed_on"].at_most(m.number(_previous_period(m)))
    recorded = changed_now.known() & now["previous_class"].same(then["five_class"]).known()
    restructured_on = then["restructured_on"]
    months = _month_and_day(restructured_on.number)
    ends = Value(_day_after_months(*months, _OBSERVATION), restructured_on.known)
    watched = then["is_restructured"].among([1]) & now["snapshot_date"].below(ends)
    lent = then["own_balance_amount"].at_most(now["own_balance_amount"])
    extended = now["extension_count"].plus(then["extension_count"], -1)
    status, told = now.status()
    status_before, told_before = then.status()
    carried = (status[:, :23] == status_before[:, 1:]).all(axis=1)
    both = told & told_before
    return {
        "MOV-033": _implies(m.is_(then, "loan_status", *over), m.is_(now, "loan_status", *over)),
        "MOV-034": _implies(m.is_(then, "loan_status", "LF02"), m.is_(now, "loan_status", "LF02")),
        "MOV-035": _implies(
            m.is_(now, "loan_status", *over) & ~m.is_(then, "loan_status", *over),
            ~now["ended_on"].at_most(m.number(_previous_period(m))),
        ),
        "MOV-036": _implies(before.below(grade), recorded),
        "MOV-037": _implies(grade.below(before), recorded & now["class_change_reason"].is_known()),
        "MOV-038": _implies(changed_now, ~now["five_class"].same(then["five_class"])),
        "MOV-039": then["extension_count"].at_most(now["extension_count"]),
        "MOV-040": then["restructure_count"].at_most(now["restructure_count"]),
        "MOV-041": _implies(_is_next_month(m), extended.at_most(m.number(1))),
        "MOV-042": _implies(watched, now["is_restructured"].among([1])),
        "MOV-043": _implies(before.below(grade) & lent, then["provision_amount"].at_most(now["provision_amount"])),
        "BUR-027": _implies(_is_next_month(m), Truth(both & carried, both & ~carried)),
        "BUR-028": now["adverse_notice_at"].same(then["adverse_notice_at"]),
    }


def _arrears(m: Moved) -> dict[str, Truth]:
    now, then = m.now, m.then
    days, before, paid = now["days_past_due"], then["days_past_due"], now["paid_in_period_amount"]
    passed = now["snapshot_date"].plus(then["snapshot_date"], -1)
    new_terms, ended = _has_new_terms(m), m.is_(now, "loan_status", "LF01", "LF02", "LF04")
    by_guarantor = m.is_(now, "disposal_type", "PAID_BY_GUARANTOR").known()
    cured = _positive(before) & _zero(days)
    owed = then["overdue_principal_amount"].plus(then["overdue_interest_amount"])
    settled = ~paid.plus(owed, -1).below(m.number(-_TOLERANCE))
    more = now["cumulative_arrears_count"].plus(then["cumulative_arrears_count"], -1)
    monthly = _is_next_month(m) & m.is_(now, "repay_frequency", "MONTH")
    return {
        "MOV-005": then["cumulative_arrears_count"].at_most(now["cumulative_arrears_count"]),
        "MOV-044": days.plus(before, -1).at_most(passed),
        "MOV-045": ~(days.below(before) & _zero(paid)) | new_terms | ended | by_guarantor,
        "MOV-046": ~cured | new_terms | ended | by_guarantor | settled,
        "MOV-047": _implies(then["extension_count"].below(now["extension_count"]) & cured, settled),
        "MOV-048": then["principal_overdue_since"].at_most(now["principal_overdue_since"]),
        "MOV-049": then["interest_overdue_since"].at_most(now["interest_overdue_since"]),
        "MOV-050": _implies(monthly, more.at_most(m.number(1))),
        "MOV-051": new_terms | then["current_term"].at_most(now["current_term"]),
        "MOV-052": then["last_paid_on"].at_most(now["last_paid_on"]),
    }


def _grade(m: Moved, side: Side) -> Value:
    """Risk classes in the order of their texts."""
    cell = side["five_class"]
    return Value(m.book.texts.ranks()[np.where(cell.known, cell.number, 0)], cell.known)


def _month_and_day(days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    return months.astype(np.int64), (dates - months).astype(np.int64)


def _day_after_months(month: np.ndarray, day: np.ndarray, months: int) -> np.ndarray:
    """The same day so many months later, the last of the month where it has no such day."""
    first = (month + months).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    following = (month + months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return np.minimum(first + day, following - 1)


def sides(now: Rows, at: np.ndarray, then: Rows, same_loan: np.ndarray, book: Book, before: Book) -> tuple[Side, Side]:
    """The loans at ``at`` of this month's rows beside all of the rows of the month before."""
    translated = before.texts.numbers_in(book.texts)
    own = np.arange(len(book.texts))
    every = np.arange(then.keep.size)
    delivered = (then.keep != SKIP) & same_loan
    return Side(now, at, now.keep[at] != SKIP, own), Side(then, every, delivered, translated)
