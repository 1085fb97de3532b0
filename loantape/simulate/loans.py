"""The loan rows of one block of slots: amounts, prices, arrears, classes and texts, computed column by column.

Belongs here: what stands in the loan table and the facts its child tables share. Not here: the chain of months
(population), child rows (children).

Amounts are in cents, rates in percent times a million, dates in days since 1970.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loantape.simulate import pricing
from loantape.simulate.archetypes import Archetype, Product
from loantape.simulate.counters import MILLION, key_of, uniform
from loantape.simulate.population import ALIVE, DISPOSED, ENDED, Chain, Population, chain_of, populate
from loantape.simulate.rows import EMPTY, Rows, columns_of
from loantape.simulate.texts import NAMES, PURPOSES, REGIONS, Texts, uscc

IDENTITY_COLUMNS = ("id_no", "phone", "name")
_WIDE = 1 << 31
# what draws are for (population uses the small numbers)
(AMOUNT, AMOUNT_AGAIN, NOMINAL, DUE_DAY, SHARE, PARTNER, PURPOSE, BRANCH, USE, USE_NOW, REWORKED, HOUR, READING) = (
    range(20, 33)
)
(PERSON, BIRTH, SEQUENCE, PHONE, NAME, HOME, SHARED_PERSON) = range(50, 57)
_BENCHMARK = 3_000_000  # the one-year loan prime rate that floating-rate contracts name; invented
_SHARES = (30_000_000, 50_000_000, 70_000_000)  # fractions funded by partners, times 1e8
_PROVISION = np.array([0, 10_000, 30_000, 300_000, 600_000, 1_000_000], np.int64)  # by class, parts per million
_REWORKED_SHARE = 300_000  # of the loans once four months in arrears, restructured


def month_days(first_month: int, months: int) -> np.ndarray:
    """The first day of each month from ``first_month`` (year * 12 + month - 1), in days since 1970."""
    start = np.datetime64("1970-01", "M") + (first_month - 1970 * 12)
    return (start + np.arange(months)).astype("datetime64[D]").astype(np.int64)


@dataclass(frozen=True)
class Agreement:
    """One partner agreement of the lender, as texts."""

    number: int
    uscc: int
    name: int


@dataclass(frozen=True)
class Block:
    """One block of loans: its rows and the columns that child rows need."""

    population: Population
    loan: Rows
    number: np.ndarray  # slot * 1000 + generation: the digits of IOU, contract, sheet and consent numbers
    method: np.ndarray
    amount: np.ndarray
    nominal: np.ndarray
    payment: np.ndarray  # level payment without fees
    upfront_fee: np.ndarray
    instalment_fee: np.ndarray
    all_in: np.ndarray
    penalty: np.ndarray
    open_balance: np.ndarray  # before a closure or write-off of this month
    due_principal: np.ndarray
    due_interest: np.ndarray
    start_date: np.ndarray
    due_day: np.ndarray
    started_at: np.ndarray  # seconds since 1970 when the cost sheet was shown
    read_seconds: np.ndarray
    agreement: np.ndarray  # index into Book.agreements, -1 for none
    shares_data: np.ndarray


class Book:
    """Everything about one lender's simulated book that does not change from block to block."""

    def __init__(self, archetype: Archetype, seed: int, month: int) -> None:
        self.archetype = archetype
        self.month = month
        self.key = key_of(seed, archetype.number)
        self.people_key = key_of(seed, 0)
        self.chain: Chain = chain_of(archetype)
        self.texts = Texts(archetype.encoding)
        self.first_days = month_days(month - 1200, 1300)
        self.snapshot = int(self.first_days[1201]) - 1
        self.uscc = uscc(archetype.region, archetype.number * 1000 + 1)
        self.licence = f"X{archetype.number:04d}H{archetype.region}01"
        prefix = archetype.prefix
        numbered = {"iou_no": prefix, "contract_no": "HT" + prefix}
        self.columns = columns_of("loan", self.texts, numbered, IDENTITY_COLUMNS)
        self._names = self.texts.numbers(NAMES)
        self._regions = self.texts.numbers(REGIONS)
        self._region_numbers = np.array([int(region) for region in REGIONS], np.int64)
        self._purpose_codes = self.texts.numbers([code for code, _ in PURPOSES])
        self._purpose_texts = self.texts.numbers([text for _, text in PURPOSES])
        birthdays = (np.datetime64("1965-01-01") + np.arange(14_600)).astype(str)  # to 2004
        self._birthdays = np.array([int(day.replace("-", "")) for day in birthdays], np.int64)
        self._branches = self.texts.numbers([f"B{number:03d}" for number in range(1, 6)])
        self._classes = self.texts.numbers(["0", "1", "2", "3", "4", "5"])
        self.agreements = tuple(
            Agreement(
                self.texts.number(f"HZ-{prefix}-{place:02d}"),
                self.texts.number(uscc(partner.region, archetype.number * 1000 + 500 + place)),
                self.texts.number(partner.name),
            )
            for place, partner in enumerate(archetype.partners, 1)
        )
        first_service = archetype.partners[0].service if archetype.partners else ""
        self._usable = np.array([i for i, p in enumerate(archetype.partners) if p.service == first_service] or [-1])

    def day(self, months: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Days since 1970 of a day in each month (month numbers)."""
        return self.first_days[months - self.month + 1200] + day - 1

    def of_product(self, product: np.ndarray, what: str) -> np.ndarray:
        """A number each product declares, per loan."""
        return np.array([int(getattr(one, what)) for one in self.archetype.products], np.int64)[product]

    def text_of_product(self, product: np.ndarray, what: str) -> np.ndarray:
        """A text each product declares, per loan."""
        return self.texts.numbers([getattr(one, what) for one in self.archetype.products])[product]

    def block(self, slots: np.ndarray) -> Block:
        """The loans of some slots, given in ascending order."""
        people = populate(self.chain, self.key, slots, self.month)
        return _LoanRows(self, people).block


class _LoanRows:
    """The columns of one block, topic by topic."""

    def __init__(self, book: Book, people: Population) -> None:
        self.book, self.people = book, people
        self.number = people.slot * 1000 + people.generation
        self.rows = Rows(book.columns, people.slot.size)
        self._schedule()
        self._price()
        self._perform()
        self._lender_and_contract()
        self._borrower()
        self._partners()
        self._classify()
        started = self.start_date * 86_400 + 9 * 3_600 + self._draw(HOUR, 36_000)
        self.block = Block(
            people, self.rows, self.number, self.method, self.amount, self.nominal, self.payment, self.upfront,
            self.fee, self.all_in, self.penalty, self.open_balance, self.due[0], self.due[1], self.start_date,
            self.due_day, started, 5 + self._draw(READING, 56), self.agreement, self.shares_data,
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
        self.penalty = self.nominal * 3 // 2
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
            people.elapsed,
        )  # fmt: skip
        revolving = self.method == pricing.REVOLVING
        used = self._draw(USE, 600_000) + 200_000
        used += uniform(self.book.key, self.number * 100_000 + people.last_current, USE_NOW, 200_000)
        drawn = self.amount * used // MILLION
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

    def _lender_and_contract(self) -> None:
        rows, people, book, text = self.rows, self.people, self.book, self.book.texts.number
        own = book.archetype
        revolving = self.method == pricing.REVOLVING
        rows["snapshot_date"] = book.snapshot
        rows["lender_uscc"] = text(book.uscc)
        rows["licence_no"] = text(book.licence)
        rows["lender_type"] = text(own.lender_type)
        rows["branch_no"] = book._branches[self._draw(BRANCH, 5)]
        rows["lender_region"] = text(own.region)
        rows["contract_no"] = rows["iou_no"] = self.number
        rows["product_name"] = book.text_of_product(people.product, "name")
        rows["product_class"] = book.text_of_product(people.product, "product_class")
        rows["is_internet_loan"] = self._product("is_internet_loan")
        rows["is_revolving"] = revolving
        purpose = self._draw(PURPOSE, len(PURPOSES))
        rows["purpose_code"] = book._purpose_codes[purpose]
        rows["purpose_text"] = book._purpose_texts[purpose]
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
        # three persons in ten are customers of every simulated lender: the same slot, the same person
        own = uniform(book.key, slot, PERSON, _WIDE) + (1 << 32)
        shared = uniform(book.people_key, slot, SHARED_PERSON, 10) < 3
        person = np.where(shared, slot, own)
        key = book.people_key
        home = uniform(key, person, HOME, len(REGIONS))
        birthday = book._birthdays[uniform(key, person, BIRTH, book._birthdays.size)]
        rows["id_type"] = book.texts.number("B01")
        rows["is_related_party"] = 0
        rows["birth_year"] = birthday // 10_000
        rows["borrower_region"] = book._regions[home]
        rows["is_first_loan"] = self.people.generation == 0
        written = birthday * 1_000 + uniform(key, person, SEQUENCE, 999) + 1
        rows["id_no"] = book._region_numbers[home] * 100_000_000_000 + written
        rows["phone"] = 19_900_000_000 + uniform(key, person, PHONE, 100_000_000)
        rows["name"] = book._names[uniform(key, person, NAME, len(NAMES))]

    def _partners(self) -> None:
        rows, book = self.rows, self.book
        product = self.people.product
        partnered = np.array([one.partnered for one in book.archetype.products])[product]
        joint = np.array([one.coop_mode == "JOINT" for one in book.archetype.products])[product]
        usable = book._usable[uniform(book.key, self.people.slot, PARTNER, book._usable.size)]
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
        rows, people = self.rows, self.people
        reworked = (people.worst >= 4) & (self._draw(REWORKED, MILLION) < _REWORKED_SHARE)
        grade = 1 + (self.days > 0) + (self.days > 90) + (self.days > 270) + (self.days > 360)
        grade = np.where(reworked, np.maximum(grade, 2), grade)
        grade = np.where(people.outcome == DISPOSED, 5, grade)
        rows["five_class"] = self.book._classes[grade]
        rows["is_restructured"] = reworked
        rows["provision_amount"] = self.own_balance * _PROVISION[grade] // MILLION
