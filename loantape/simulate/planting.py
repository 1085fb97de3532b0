"""Plants errors into blocks of rows and keeps the account of what a check must find.

Belongs here: who gets an error, how findings are recorded, comparison with the previous month-end. Not here: the errors
themselves (mistakes) or the writing of the key (answers).

Which error a loan gets depends on its slot, the month, its clean state and that of the loan beside it only (slots 2n
and 2n + 1 are beside each other), so the month before can be planted again to know what it delivered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from loantape import catalog
from loantape.simulate.book import Block, Book
from loantape.simulate.children import CONSENTS, FEE_ITEMS, SHEETS_SINCE, Children
from loantape.simulate.counters import MILLION, uniform
from loantape.simulate.loans import block_of
from loantape.simulate.moving import broken, sides
from loantape.simulate.population import ALIVE, DISPOSED, ENDED
from loantape.simulate.rows import EMPTY, ONCE, SKIP, Rows, is_value, literal

(PLANTED, KIND) = range(90, 92)
_SLOT = 1 << 17  # a slot times this plus a month is one number per slot and month


class Tables(NamedTuple):
    """One block's rows, table by table."""

    loan: Rows
    fee: Rows
    instalment: Rows
    disclosure: Rows
    consent: Rows
    contact: Rows
    complaint: Rows


def tables_of(children: Children, block: Block) -> Tables:
    """The loan rows of a block and those of its child tables."""
    return Tables(*children.tables(block))


@dataclass(frozen=True)
class Selected:
    """Some rows of one table."""

    rows: Rows
    at: np.ndarray

    def __getitem__(self, name: str) -> np.ndarray:
        return self.rows[name][self.at]

    def __setitem__(self, name: str, cells: Any) -> None:
        self.rows[name][self.at] = cells

    def become(self, fate: int) -> None:
        """What becomes of these rows: SKIP, TWICE, AND_BROKEN."""
        self.rows.keep[self.at] = fate


@dataclass
class Findings:
    """What a check must find in one block: code, rows, and how many lines below each row's own the finding is."""

    pending: list[tuple[str, Selected, int]] = field(default_factory=list)

    def add(self, code: str, where: Selected, below: int = 0) -> None:
        if where.at.size:
            self.pending.append((code, where, below))


class Facts:
    """Yes-or-no columns of some clean loans: what errors can be planted in them."""

    def __init__(self, book: Book, block: Block, tables: Tables, at: np.ndarray) -> None:
        loan, text = Selected(block.loan, at), book.texts.number
        self.loan = loan
        outcome = block.population.outcome[at]
        self.everyone = np.ones(at.size, bool)
        self.open = outcome == ALIVE
        self.ended = outcome == ENDED
        self.days = loan["days_past_due"]
        self.late = self.days > 0
        self.on_time = self.open & ~self.late
        self.interest_late = self.late & (loan["overdue_interest_amount"] > 0)
        self.granted = self.open & (block.population.start_month[at] == book.month)
        self.older = self.open & ~self.granted
        self.revolving = loan["is_revolving"] == 1
        self.by_instalments = np.isin(loan["repay_method"], (text("EQUAL_INSTALMENT"), text("EQUAL_PRINCIPAL")))
        self.bullet = loan["repay_method"] == text("BULLET")
        self.level = loan["instalment_amount"] != EMPTY
        self.fixed = loan["rate_type"] == text("RF01")
        self.joint = self.open & (loan["coop_mode"] == text("JOINT"))
        self.with_partner = loan["coop_mode"] != text("SOLE")
        self.agreement = block.agreement[at] >= 0
        self.internet = loan["is_internet_loan"] == 1
        self.capped = loan["start_date"] >= CAPPED_SINCE
        self.matures_later = loan["maturity_date"] > book.snapshot + 5
        self.matured = loan["maturity_date"] < book.snapshot
        self.reported = loan["is_credit_reported"] == 1
        self.principal_late = self.late & (loan["overdue_principal_amount"] > 0)
        self.paid = block.population.paid[at]
        self.missed = loan["cumulative_arrears_count"]
        self.sheet = block.start_date[at] >= SHEETS_SINCE
        self.bureau = tables.consent.keep[at * CONSENTS + 2] == ONCE
        self._of_history(block, at)
        self._beside(block, at)
        self.offline = loan["channel"] == text("BRANCH")
        self.platform = loan["channel"] == text("PLATFORM")
        self.checkout = loan["channel"] == text("CHECKOUT")
        self.simple = loan["shown_method"] == text("SIMPLE")
        self.referral = loan["coop_mode"] == text("REFERRAL")
        self.enhanced = loan["enhancer_type"] != EMPTY
        self.guarantee_fee = tables.fee.keep[at * FEE_ITEMS + 2] == ONCE
        self.upfront_fee = tables.fee.keep[at * FEE_ITEMS + 1] == ONCE
        self.shared = tables.consent.keep[at * CONSENTS + 1] == ONCE
        self.withdrawn = self.bureau & (tables.consent["withdrawn_at"][at * CONSENTS + 2] != EMPTY)
        self.grouped = loan["connected_group_id"] != EMPTY
        self.next_due = loan["next_due_date"] != EMPTY
        self.paid_now = loan["paid_in_period_amount"] > 0
        self.due_now = loan["due_in_period_amount"] > 0
        self.noticed = loan["adverse_notice_at"] != EMPTY
        self.first_instalment, self.instalment = _first_rows(tables.instalment, block.number[at])
        self.first_contact, self.has_contact = _first_rows(tables.contact, block.number[at])
        self.first_complaint, self.has_complaint = _first_rows(tables.complaint, block.number[at])
        places = np.minimum(self.first_complaint, tables.complaint.keep.size - 1)
        decided = tables.complaint["decided_on"][places] if places.size and tables.complaint.keep.size else EMPTY
        self.complaint_decided = self.has_complaint & (decided != EMPTY)

    def _of_history(self, block: Block, at: np.ndarray) -> None:
        """What the months before say; ``bucket`` counts the instalments in arrears, 0 where none is."""
        people, history = block.population, block.history
        self.settled = people.outcome[at] == ENDED
        self.written_off = people.outcome[at] == DISPOSED
        self.settled_early = self.settled & (people.paid[at] < people.instalments[at])
        self.bucket = np.where(self.open, people.bucket[at], 0)
        self.was_late = history.bucket_before[at] > 0
        self.ever_late = history.first_late[at] > 0
        self.ever_paid = history.last_paid[at] > 0
        self.class_changed = history.grade_before[at] > 0
        self.restructured = history.reworked[at] > 0
        self.grade = history.grade[at]

    def _beside(self, block: Block, at: np.ndarray) -> None:
        """The loan in the other slot of a pair, and whether there is one that is delivered as it is."""
        slots = block.population.slot
        place = np.searchsorted(slots, slots[at] ^ 1)
        there = np.minimum(place, slots.size - 1)
        self.has_beside = (slots[there] == slots[at] ^ 1) & ~np.isin(there, at)
        self.beside = Selected(block.loan, there)
        self.beside_is_open = block.population.outcome[there] == ALIVE
        self.beside_is_settled = block.population.outcome[there] == ENDED


def _first_rows(rows: Rows, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first row of each loan in a table that has rows of some loans only, and whether there is one."""
    owners = np.append(rows["iou_no"], -1)
    first = np.searchsorted(owners[:-1], numbers)
    return first, owners[first] == numbers


CAPPED_SINCE = 20_447  # 2025-12-25 in days since 1970: caps for every kind of lender are in force [S]


@dataclass(frozen=True)
class Patch:
    """The loans that get one kind of error, and their rows in every table; ``of`` are their places in the facts."""

    book: Book
    block: Block
    tables: Tables
    facts: Facts
    of: np.ndarray
    at: np.ndarray
    findings: Findings

    @property
    def loan(self) -> Selected:
        return Selected(self.tables.loan, self.at)

    @property
    def beside(self) -> Selected:
        """The loans in the other slots of their pairs, where ``facts.has_beside``."""
        return Selected(self.tables.loan, self.facts.beside.at[self.of])

    @property
    def interest(self) -> Selected:
        return Selected(self.tables.fee, self.at * FEE_ITEMS)

    @property
    def penalty(self) -> Selected:
        return Selected(self.tables.fee, self.at * FEE_ITEMS + FEE_ITEMS - 1)

    @property
    def instalment(self) -> Selected:
        """The first delivered instalment of each loan."""
        return Selected(self.tables.instalment, self.facts.first_instalment[self.of])

    @property
    def upfront_fee(self) -> Selected:
        """The fee taken from the proceeds: written only where ``facts.upfront_fee``."""
        return Selected(self.tables.fee, self.at * FEE_ITEMS + 1)

    @property
    def guarantee_fee(self) -> Selected:
        """The fee with each instalment, a guarantor's at some lenders: written only where ``facts.guarantee_fee``."""
        return Selected(self.tables.fee, self.at * FEE_ITEMS + 2)

    @property
    def contact(self) -> Selected:
        """The first collection contact of each loan, where ``facts.has_contact``."""
        return Selected(self.tables.contact, self.facts.first_contact[self.of])

    @property
    def complaint(self) -> Selected:
        """The first complaint of each loan, where ``facts.has_complaint``."""
        return Selected(self.tables.complaint, self.facts.first_complaint[self.of])

    @property
    def status(self) -> np.ndarray:
        """A copy of the last 24 months' statuses, (loans, 24) bytes, the oldest first."""
        return self.tables.loan.strips[self.at]

    def write_status(self, characters: np.ndarray) -> None:
        """Put these statuses in the place of those there are."""
        self.tables.loan.strips[self.at] = characters

    @property
    def sheet(self) -> Selected:
        return Selected(self.tables.disclosure, self.at)

    @property
    def general(self) -> Selected:
        return Selected(self.tables.consent, self.at * CONSENTS)

    @property
    def share(self) -> Selected:
        return Selected(self.tables.consent, self.at * CONSENTS + 1)

    @property
    def bureau(self) -> Selected:
        return Selected(self.tables.consent, self.at * CONSENTS + 2)

    def only(self, mask: np.ndarray) -> Patch:
        """The same for some of its loans."""
        return Patch(self.book, self.block, self.tables, self.facts, self.of[mask], self.at[mask], self.findings)

    def text(self, text: str) -> int:
        """The cell that prints a text in a text column."""
        return self.book.texts.number(text)

    def literal(self, text: str) -> int:
        """The cell that prints a text in any column."""
        return int(literal(self.book.texts.number(text)))

    def also(self, code: str, where: Selected, below: int = 0) -> None:
        """A finding that results besides the one planted."""
        self.findings.add(code, where, below)

    def remove(self) -> None:
        """Leave out the loans with all their child rows."""
        self.loan.become(SKIP)
        for place in range(FEE_ITEMS):
            self.tables.fee.keep[self.at * FEE_ITEMS + place] = SKIP
        for place in range(CONSENTS):
            self.tables.consent.keep[self.at * CONSENTS + place] = SKIP
        self.sheet.become(SKIP)
        for rows in (self.tables.instalment, self.tables.contact, self.tables.complaint):
            rows.keep[np.isin(rows["iou_no"], self.block.number[self.at])] = SKIP


@dataclass(frozen=True)
class Mistake:
    """One kind of error: where it fits, and a function that plants it and returns the rows of its own finding."""

    code: str
    fits: Callable[[Facts], np.ndarray]
    plant: Callable[[Patch], Selected | None]


def in_force(code: str, book: Book) -> bool:
    """Whether a check at the book's month-end runs this rule; field and reading checks always run."""
    rule = catalog.rules().get(code)
    if rule is None:
        return True
    period = np.datetime64(book.snapshot, "D").astype(object)
    of_lender = not rule.lender_types or book.archetype.lender_type in rule.lender_types
    return rule.in_force(period) and of_lender


class Planter:
    """Plants the errors of one lender at one month-end."""

    def __init__(self, book: Book, share: int, mistakes: tuple[Mistake, ...]) -> None:
        self.book, self.share = book, share
        self.mistakes = tuple(one for one in mistakes if in_force(one.code, book))
        self.children = Children(book)

    def chosen(self, slots: np.ndarray) -> np.ndarray:
        """Which slots get an error this month."""
        return uniform(self.book.key, slots * _SLOT + self.book.month, PLANTED, MILLION) < self.share

    def plant(self, block: Block, tables: Tables) -> Findings:
        """Put errors into the rows; the findings that result within this delivery."""
        findings = Findings()
        at = np.flatnonzero(self.chosen(block.population.slot))
        if not at.size:
            return findings
        facts = Facts(self.book, block, tables, at)
        numbers = block.population.slot[at] * _SLOT + self.book.month
        scores = np.empty((len(self.mistakes), at.size), np.int64)
        for place, mistake in enumerate(self.mistakes):
            drawn = uniform(self.book.key, numbers, KIND * 1000 + place, 1 << 31)
            scores[place] = np.where(mistake.fits(facts), drawn, -1)
        best = scores.argmax(axis=0)
        for place, mistake in enumerate(self.mistakes):
            mine = np.flatnonzero((best == place) & (scores[place] >= 0))  # below zero: no error fits this loan
            if mine.size:
                patch = Patch(self.book, block, tables, facts, mine, at[mine], findings)
                where = mistake.plant(patch)
                if where is not None:
                    findings.add(mistake.code, where)
        findings.pending = [one for one in findings.pending if in_force(one[0], self.book)]
        return findings


def movements(earlier: Planter, now: Planter, block: Block, findings: Findings) -> np.ndarray:
    """Compare with what the month before delivered, for slots with an error in either month, or beside one.

    Adds the findings on loans of this delivery and returns the numbers of loans that should be in it and are not.
    Loans of other slots move as the clean book does, and that breaks no rule.
    """
    slots = block.population.slot
    touched = now.chosen(slots) | earlier.chosen(slots)
    touched = np.flatnonzero(touched | now.chosen(slots ^ 1) | earlier.chosen(slots ^ 1))
    if not touched.size:
        return touched
    before_block = block_of(earlier.book, slots[touched])
    before_tables = tables_of(earlier.children, before_block)
    earlier.plant(before_block, before_tables)
    then, loan = before_tables.loan, block.loan
    same_loan = block.number[touched] == before_block.number
    now_side, then_side = sides(loan, touched, then, same_loan, now.book, earlier.book)
    for code, where in broken(now_side, then_side, now.book).items():
        if in_force(code, now.book):
            findings.add(code, Selected(loan, touched[where]))
    old = then["balance_amount"]
    gone = (then.keep != SKIP) & ~(now_side.delivered & same_loan) & is_value(old) & (old > 0)
    return before_block.number[gone]
