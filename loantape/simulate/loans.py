"""The loan rows of one block of slots: amounts, prices, arrears, classes and texts, computed column by column.

Belongs here: what stands in the loan table. Not here: what moved since the month before (course), the chain of months
(population, history), child rows (children).

Amounts are in cents, rates in percent times a million, dates in days since 1970.
"""

from __future__ import annotations

import numpy as np

from loantape.simulate import course, pricing
from loantape.simulate.archetypes import Product
from loantape.simulate.book import Block, Book
from loantape.simulate.counters import MILLION, uniform
from loantape.simulate.history import history_of
from loantape.simulate.persons import persons_of
from loantape.simulate.population import ALIVE, DISPOSED, ENDED, Population, populate
from loantape.simulate.rows import EMPTY, Rows
from loantape.simulate.texts import PURPOSES

_WIDE = 1 << 31
# what draws are for (population uses the small numbers)
(AMOUNT, AMOUNT_AGAIN, NOMINAL, DUE_DAY, SHARE, PARTNER, PURPOSE, BRANCH, USE, USE_NOW, REWORKED, HOUR, READING) = (
    range(20, 33)
)
(GROUPED, APPLIED) = range(57, 59)  # persons uses those before
_BENCHMARK = 3_000_000  # the one-year loan prime rate that floating-rate contracts name; invented
_SHARES = (30_000_000, 50_000_000, 70_000_000)  # fractions funded by partners, times 1e8
_PROVISION = np.array([0, 10_000, 30_000, 300_000, 600_000, 1_000_000], np.int64)  # by class, parts per million
_PENALTY_MOST = 24_000_000  # what a court reduces on request begins above: 法发〔2017〕22号 [B-H]
_REWORKED_SHARE = 300_000  # of the loans once four months in arrears, restructured
_GROUP_SLOTS, _GROUPED_SHARE = 4, 15_000  # neighbours that are one group of connected borrowers, parts per million


def block_of(book: Book, slots: np.ndarray) -> Block:
    """The loans of some slots, given in ascending order."""
    return _LoanRows(book, populate(book.chain, book.key, slots, book.month)).block


class _LoanRows:
    """The columns of one block, topic by topic."""

    def __init__(self, book: Book, people: Population) -> None:
        self.book, self.people = book, people
        self.number = people.slot * 1000 + people.generation
        self.rows = Rows(book.columns, people.slot.size)
        self._schedule()
        may_rework = self._draw(REWORKED, MILLION) < _REWORKED_SHARE
        self.history, self.rows.strips = history_of(
            book.chain, book.key, people, book.month, book.first_days, self.due_day, may_rework
        )
        self._price()
        self._perform()
        self._lender_and_contract()
        self._borrower()
        self._partners()
        self._classify()
        self._move()
        started = self.start_date * 86_400 + 9 * 3_600 + self._draw(HOUR, 36_000)
        self.block = Block(
            people, self.rows, self.number, self.method, self.amount, self.nominal, self.payment, self.upfront,
            self.fee, self.all_in, self.penalty, self.open_balance, self.due[0], self.due[1], self.start_date,
            self.due_day, started, 5 + self._draw(READING, 56), self.agreement, self.shares_data,
            self.history, self.total_interest, self.ended_on,
        )  # fmt: skip

    def _draw(self, purpose: int, bound: int) -> np.ndarray:
        return uniform(self.book.key, self.number, purpose, bound)

    def _product(self, what: str) -> np.ndarray:
        return self.book.of_product(self.people.product, what)

    def _schedule(self) -> None:
        products: tuple[Product, ...] = self.book.archetype.products
        product = self.people.product
        least, most, step = np.array([one.amounts for one in products], np.int64).T
        choices = ((most - least) // step + 1)[product]
        drawn = np.minimum(self._draw(AMOUNT, _WIDE), self._draw(AMOUNT_AGAIN, _WIDE))
        self.amount = (least[product] + step[product] * (drawn * choices >> 31)) * 100
        longest = max(len(one.nominal) for one in products)
        nominal = np.array([(one.nominal + one.nominal[-1:] * longest)[:longest] for one in products], np.int64)
        rates = np.array([len(one.nominal) for one in products], np.int64)[product]
        self.nominal = nominal[product, self._draw(NOMINAL, _WIDE) * rates >> 31]
        self.method = np.array([pricing.METHODS[one.repay_method] for one in products], np.int64)[product]
        self.payment = pricing.level_payments(self.amount, self.nominal, self.people.instalments)
        self.fee = (self.amount * self._product("instalment_fee") + 50_000_000) // 100_000_000
        self.upfront = (self.amount * self._product("upfront_fee") * self.people.term + 50_000_000) // 100_000_000
        self.due_day = 4 + self._draw(DUE_DAY, 22)
        self.start_date = self.book.day(self.people.start_month, self.due_day)

    def _price(self) -> None:
        rows, level = self.rows, self.method == pricing.LEVEL
        net = self.amount - self.upfront
        simple, compound = pricing.annual_rates(net, self.payment + self.fee, self.people.instalments)
        has_fees = (self.fee > 0) | (self.upfront > 0)
        self.all_in = np.where(level & has_fees, np.maximum(simple, self.nominal), self.nominal)
        growth = 1.0 + self.nominal / 1_200_000_000.0
        fourth = growth * growth * growth * growth
        plain = ((fourth * fourth * fourth - 1.0) * 100_000_000.0 + 0.5).astype(np.int64)
        if self.book.archetype.shown_method == "SIMPLE":
            shown = np.where(level, simple, self.nominal)
        else:
            shown = np.where(level, compound, plain)
        self.penalty = np.minimum(self.nominal * 3 // 2, _PENALTY_MOST)
        rows["net_proceeds_amount"] = net
        rows["instalment_amount"] = np.where(level, self.payment + self.fee, EMPTY)
        rows["nominal_annual_pct"] = self.nominal
        rows["shown_annual_rate_pct"] = shown
        rows["shown_method"] = self.book.texts.number(self.book.archetype.shown_method)
        rows["all_in_cost_pct"] = self.all_in
        rows["penalty_rate_pct"] = self.penalty
        floating = np.array([one.rate_type == "RF02" for one in self.book.archetype.products])[self.people.product]
        next_year = (self.book.month // 12 + 1) * 12
        rows["rate_type"] = self.book.text_of_product(self.people.product, "rate_type")
        rows["benchmark_type"] = np.where(floating, self.book.texts.number("TR05"), EMPTY)
        rows["benchmark_pct"] = np.where(floating, _BENCHMARK, EMPTY)
        rows["repricing_date"] = np.where(floating, self.book.day(np.array(next_year), np.array(1)), EMPTY)

    def _perform(self) -> None:
        rows, people, text = self.rows, self.people, self.book.texts.number
        position = pricing.positions(
            self.method, self.amount, self.nominal, self.payment, people.instalments, people.term, people.paid,
            self.history.paid_before, people.elapsed,
        )  # fmt: skip
        self.position = position
        revolving = self.method == pricing.REVOLVING
        drawn = self._used(people.last_current)
        drawn_interest = pricing.month_interest(drawn, self.nominal)
        balance = np.where(revolving, drawn, position[0])
        behind = np.where(people.outcome == ALIVE, people.bucket, 0)
        late = behind > 0
        overdue_principal = np.where(revolving, np.minimum(drawn, drawn * behind // 10), position[1])
        overdue_interest = np.where(revolving, drawn_interest * behind, position[2])
        self.open_balance = balance
        self.due = (
            np.where(revolving, drawn // 10, position[3]),
            np.where(revolving, drawn_interest, position[4]),
        )
        alive = people.outcome == ALIVE
        self.balance = np.where(alive, balance, 0)
        overdue_principal = np.where(late, overdue_principal, 0)
        overdue_interest = np.where(late, overdue_interest, 0)
        since = np.where(late, self.book.day(self.book.month - np.maximum(behind, 1) + 1, self.due_day), EMPTY)
        self.days = np.where(late, self.book.snapshot - since, 0)
        monthly = np.isin(self.method, (pricing.LEVEL, pricing.EQUAL_PRINCIPAL))
        part = monthly & (self.days <= 90)
        open_days = self.book.snapshot - self.book.day(np.array(self.book.month), self.due_day)
        accrued = pricing.month_interest(self.balance, self.nominal) * open_days // 30
        unearned = self.days > 90
        rows["credit_limit_amount"] = np.where(
            revolving, self.amount, np.minimum(20_000_000, -(-self.amount * 3 // 200_000) * 100_000)
        )
        rows["loan_amount"] = self.amount
        rows["balance_amount"] = rows["balance_cny"] = self.balance
        rows["accrued_interest_amount"] = np.where(unearned, 0, accrued + overdue_interest)
        rows["off_balance_interest_amount"] = np.where(unearned, accrued + overdue_interest, 0)
        rows["overdue_principal_amount"] = overdue_principal
        rows["overdue_interest_amount"] = overdue_interest
        rows["principal_overdue_since"] = np.where(overdue_principal > 0, since, EMPTY)
        rows["interest_overdue_since"] = np.where(overdue_interest > 0, since, EMPTY)
        rows["days_past_due"] = self.days
        rows["consecutive_arrears_count"] = np.where(
            alive, np.minimum(people.elapsed, people.instalments) - people.paid, 0
        )
        rows["cumulative_arrears_count"] = people.ever_missed
        rows["overdue_1104_amount"] = np.where(late, np.where(part, overdue_principal, self.balance), 0)
        rows["loan_status"] = np.select(
            [people.outcome == ENDED, people.outcome == DISPOSED, late],
            [text("LF01"), text("LF02"), text("LS03")],
            text("LS01"),
        )
        both = np.where(overdue_interest > 0, text("03"), text("01"))
        rows["overdue_type"] = np.where(late, both, EMPTY)
        disposed = people.outcome == DISPOSED
        rows["disposal_type"] = np.where(disposed, text("WRITTEN_OFF"), EMPTY)
        rows["disposal_date"] = np.where(disposed, self.book.snapshot, EMPTY)
        rows["disposal_amount"] = np.where(disposed, balance, EMPTY)
        rows["recovered_amount"] = np.where(disposed, 0, EMPTY)

    def _used(self, last_current: np.ndarray) -> np.ndarray:
        """What of a revolving line is drawn: another share of it each month, the same while in arrears."""
        used = self._draw(USE, 600_000) + 200_000
        used += uniform(self.book.key, self.number * 100_000 + last_current, USE_NOW, 200_000)
        return self.amount * used // MILLION

    def _move(self) -> None:
        """What became of the loan in the month, from what it was at the end of the month before."""
        people, book, position = self.people, self.book, self.position
        revolving = self.method == pricing.REVOLVING
        before = np.where(revolving, self._used(self.history.last_current_before), position[5])
        was_granted = people.start_month == book.month
        lines = course.Lines(
            self.method, self.amount, self.nominal, self.fee, self.due_day, self.balance,
            np.where(was_granted, 0, before), self.due, (position[7], position[8]), position[6],
        )  # fmt: skip
        self.ended_on = course.fill(self.rows, book, people, self.history, lines)
        full_use = pricing.month_interest(self.amount, self.nominal) * people.term
        self.total_interest = np.where(revolving, full_use, position[9])

    def _lender_and_contract(self) -> None:
        rows, people, book, text = self.rows, self.people, self.book, self.book.texts.number
        own = book.archetype
        revolving = self.method == pricing.REVOLVING
        rows["snapshot_date"] = book.snapshot
        rows["lender_uscc"] = text(book.uscc)
        rows["licence_no"] = text(book.licence)
        rows["lender_type"] = text(own.lender_type)
        rows["branch_no"] = book.branches[self._draw(BRANCH, 5)]
        rows["lender_region"] = text(own.region)
        rows["contract_no"] = rows["iou_no"] = self.number
        rows["product_name"] = book.text_of_product(people.product, "name")
        rows["product_class"] = book.text_of_product(people.product, "product_class")
        rows["is_internet_loan"] = self._product("is_internet_loan")
        rows["is_revolving"] = revolving
        purpose = self._draw(PURPOSE, len(PURPOSES))
        rows["purpose_code"] = book.purpose_codes[purpose]
        rows["purpose_text"] = book.purpose_texts[purpose]
        rows["payment_method"] = text("SELF")
        rows["grant_type"] = text("NEW")
        rows["guarantee_type"] = np.where(self._product("enhanced") > 0, text("C99"), text("D"))
        rows["start_date"] = self.start_date
        rows["maturity_date"] = book.day(people.start_month + people.term, self.due_day)
        rows["currency"] = text("CNY")
        rows["repay_method"] = book.text_of_product(people.product, "repay_method")
        rows["repay_frequency"] = np.where(self.method == pricing.AT_MATURITY, text("ONCE"), text("MONTH"))
        rows["term_count"] = np.where(revolving, EMPTY, people.instalments)
        rows["current_term"] = np.where(revolving, EMPTY, np.minimum(people.elapsed, people.instalments))
        rows["channel"] = book.text_of_product(people.product, "channel")
        rows["decision_owner"] = text("LENDER")
        rows["extension_count"] = 0

    def _borrower(self) -> None:
        rows, book, slot = self.rows, self.book, self.people.slot
        persons = persons_of(book, slot)
        rows["id_type"] = book.texts.number("B01")
        rows["is_related_party"] = 0
        rows["birth_year"] = persons.birthday // 10_000
        rows["borrower_region"] = book.regions[persons.home]
        rows["is_first_loan"] = self.people.generation == 0
        rows["id_no"] = persons.identity
        rows["phone"] = persons.phone
        rows["name"] = persons.name
        rows["nationality"] = book.texts.number("CN")
        group = slot // _GROUP_SLOTS
        grouped = uniform(book.key, group, GROUPED, MILLION) < _GROUPED_SHARE
        rows["connected_group_id"] = np.where(grouped, group, EMPTY)
        nearby = book.own_regions[uniform(book.key, slot, APPLIED, book.own_regions.size)]
        rows["apply_region"] = nearby if book.archetype.local else book.regions[persons.home]

    def _partners(self) -> None:
        rows, book = self.rows, self.book
        product = self.people.product
        partnered = np.array([one.partnered for one in book.archetype.products])[product]
        joint = np.array([one.coop_mode == "JOINT" for one in book.archetype.products])[product]
        usable = book.usable[uniform(book.key, self.people.slot, PARTNER, book.usable.size)]
        self.agreement = np.where(partnered, usable, -1)
        numbers = np.array([one.number for one in book.agreements] or [EMPTY], np.int64)
        codes = np.array([one.uscc for one in book.agreements] or [EMPTY], np.int64)
        share = np.array(_SHARES, np.int64)[self._draw(SHARE, len(_SHARES))]
        partner_balance = np.where(joint, self.balance * share // 100_000_000, 0)
        enhanced = self._product("enhanced")
        rows["coop_mode"] = book.text_of_product(product, "coop_mode")
        rows["partner_agreement_no"] = np.where(partnered, numbers[self.agreement], EMPTY)
        rows["partner_share_fraction"] = np.where(joint, share, EMPTY)
        rows["partner_balance_amount"] = partner_balance
        rows["own_balance_amount"] = self.own_balance = self.balance - partner_balance
        rows["enhancer_type"] = np.where(enhanced > 0, book.texts.number("GUARANTOR"), EMPTY)
        rows["enhancer_uscc"] = np.where(enhanced > 0, codes[self.agreement], EMPTY)
        rows["enhanced_amount"] = np.where(enhanced > 0, self.balance * enhanced // MILLION, EMPTY)
        self.shares_data = partnered

    def _classify(self) -> None:
        rows, history = self.rows, self.history
        grade, classes = history.grade, self.book.classes
        rows["five_class"] = classes[grade]
        rows["is_credit_impaired"] = grade >= 3
        rows["is_restructured"] = history.reworked > 0
        rows["provision_amount"] = provision_of(self.own_balance, grade)


def provision_of(own_balance: np.ndarray, grade: np.ndarray) -> np.ndarray:
    """The loss provision, in cents, on what the lender funded; below normal one is asked of the smallest balance."""
    least = (grade > 1) & (own_balance > 0)
    return np.maximum(own_balance * _PROVISION[grade] // MILLION, least)
