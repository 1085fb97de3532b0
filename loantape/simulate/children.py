"""Rows that hang on a loan: cost items, instalments, cost sheets, consents.

Belongs here: the child tables of one block. Not here: the loan itself (loans), collection contacts and complaints
(contacts), partners and the institution (parties).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np

from loantape.simulate import pricing
from loantape.simulate.book import Block, Book
from loantape.simulate.contacts import complaints_of, contacts_of
from loantape.simulate.counters import MILLION, uniform
from loantape.simulate.population import ALIVE, ENDED
from loantape.simulate.rows import EMPTY, ONCE, SKIP, Rows, columns_of

FEE_ITEMS, CONSENTS = 4, 3  # rows set aside per loan; those not needed are skipped
SHEETS_SINCE = (date(2026, 8, 1) - date(1970, 1, 1)).days  # cost sheets: 金规〔2026〕2号 in force [S]
(ASKS_BUREAU, WITHDRAWN, WITHDRAWN_AFTER) = range(70, 73)
_BUREAU_SHARE, _WITHDRAWN_SHARE = 300_000, 20_000
_CONSENT_YEARS_DAYS = 3_650
_KEPT_DAYS = 1_827  # after maturity
_DUTIES = (
    "is_reading_forced", "is_no_other_fee_declared", "is_lender_named", "is_rate_shown", "is_schedule_shown",
    "is_default_shown", "is_complaint_route_shown", "is_partner_named",
)  # fmt: skip


class Children:
    """Builds the child rows of blocks of one book."""

    def __init__(self, book: Book) -> None:
        self.book = book
        prefix = {"iou_no": book.archetype.prefix}
        texts = book.texts
        self.fee_columns = columns_of("fee", texts, prefix)
        self.instalment_columns = columns_of("instalment", texts, prefix)
        self.disclosure_columns = columns_of("disclosure", texts, prefix | {"cost_sheet_id": "MS" + prefix["iou_no"]})
        own = book.archetype.prefix
        self.consent_columns = columns_of(
            "consent", texts, prefix | {"consent_id": "TY" + own, "auth_letter_no": "SQ" + own}
        )
        self.contact_columns = columns_of("contact", texts, prefix | {"contact_id": "CS" + own})
        self.complaint_columns = columns_of("complaint", texts, prefix | {"complaint_no": "TS" + own})
        self._fee_types = texts.numbers([one.instalment_fee_type for one in book.archetype.products])
        named = {"INSTALMENT_FEE": "分期手续费", "GUARANTEE": "担保费"}
        self._fee_names = texts.numbers([named[one.instalment_fee_type] for one in book.archetype.products])

    def tables(self, block: Block) -> Iterator[Rows]:
        """The loan rows of a block and those of its child tables, each made when it is asked for."""
        yield block.loan
        yield self.fees(block)
        yield self.instalments(block)
        yield self.disclosures(block)
        yield self.consents(block)
        yield contacts_of(self.book, self.contact_columns, block)
        yield complaints_of(self.book, self.complaint_columns, block)

    def fees(self, block: Block) -> Rows:
        """Interest, upfront fee, fee with each instalment, penalty: the annual parts of the first three sum exactly."""
        book, text, loans = self.book, self.book.texts.number, block.number.size
        rows = Rows(self.fee_columns, loans * FEE_ITEMS)
        product = block.population.product
        from_guarantor = np.array([p.instalment_fee_type == "GUARANTEE" for p in book.archetype.products])[product]
        codes = np.array([one.uscc for one in book.agreements] or [EMPTY], np.int64)[block.agreement]
        names = np.array([one.name for one in book.agreements] or [EMPTY], np.int64)[block.agreement]
        with_instalments = block.instalment_fee * block.population.instalments
        extra = block.all_in - block.nominal
        upfront_part = extra * block.upfront_fee // np.maximum(1, block.upfront_fee + with_instalments)
        upfront_part = np.where(with_instalments > 0, upfront_part, extra)
        standard_upfront = book.of_product(product, "upfront_fee") * block.population.term
        own = (text("LENDER"), text(book.uscc), text(book.archetype.institution_name))
        items: tuple[tuple[Any, ...], ...] = (
            (
                text("贷款利息"), text("INTEREST"), "PER_INSTALMENT", block.nominal, block.nominal, block.interest, own,
                True,
            ),
            (
                text("服务费"), text("SERVICE"), "UPFRONT", standard_upfront, upfront_part, block.upfront_fee, own,
                block.upfront_fee > 0,
            ),
            (
                self._fee_names[product],
                self._fee_types[product],
                "PER_INSTALMENT",
                book.of_product(product, "instalment_fee"),
                extra - upfront_part,
                with_instalments,
                (
                    np.where(from_guarantor, text("GUARANTOR"), own[0]),
                    np.where(from_guarantor, codes, own[1]),
                    np.where(from_guarantor, names, own[2]),
                ),
                block.instalment_fee > 0,
            ),
            (text("罚息"), text("PENALTY"), "ON_EVENT", block.penalty, block.penalty, EMPTY, own, True),
        )  # fmt: skip
        taken = np.zeros(loans, np.int64)
        for place, (name, kind, method, standard, annual, amount, collector, applies) in enumerate(items):
            here = rows.cells[:, place::FEE_ITEMS]
            at = rows.columns.place
            taken += applies
            here[at["iou_no"]] = block.number
            here[at["fee_item_no"]] = taken
            here[at["fee_item_name"]] = name
            here[at["fee_type"]] = kind
            here[at["fee_case"]] = text("DEFAULT") if method == "ON_EVENT" else text("NORMAL")
            here[at["fee_method"]] = text(method)
            here[at["fee_standard_pct"]] = standard
            here[at["fee_annual_pct"]] = annual
            here[at["fee_amount"]] = amount
            here[at["fee_trigger"]] = text("未按约定日期足额还款") if method == "ON_EVENT" else EMPTY
            here[at["collector_type"]], here[at["collector_uscc"]], here[at["collector_name"]] = collector
            rows.keep[place::FEE_ITEMS] = np.where(applies, ONCE, SKIP)
        return rows

    def instalments(self, block: Block) -> Rows:
        """The whole schedule of loans granted this month; for the others the instalment that fell due in it."""
        people, book = block.population, self.book
        granted = (people.start_month == book.month) & (block.method != pricing.REVOLVING)
        due_now = (people.elapsed >= 1) & (people.elapsed <= people.instalments)
        due_now |= (people.elapsed >= 1) & (block.method == pricing.REVOLVING)
        counts = np.where(granted, people.instalments, due_now)
        rows = Rows(self.instalment_columns, int(counts.sum()))
        settled = (people.outcome == ENDED) | ((people.outcome == ALIVE) & (people.bucket == 0))
        loan, number, principal, interest = pricing.instalment_rows(
            counts, granted, block.method, block.amount, block.nominal, block.payment, people.instalments, people.term,
            people.elapsed, block.due_principal, block.due_interest,
        )  # fmt: skip
        grace = np.where(block.method == pricing.AT_MATURITY, people.term - 1, 0)
        fee = block.instalment_fee[loan]
        rows["iou_no"] = block.number[loan]
        rows["instalment_no"] = number
        due = book.day(people.start_month[loan] + grace[loan] + number, block.due_day[loan])
        rows["due_date"] = due
        rows["due_principal_amount"] = principal
        rows["due_interest_amount"] = interest
        rows["due_fee_amount"] = fee
        paid = settled[loan] & ~granted[loan]
        rows["paid_date"] = np.where(paid, due, EMPTY)
        rows["paid_amount"] = np.where(paid, principal + interest + fee, EMPTY)
        return rows

    def disclosures(self, block: Block) -> Rows:
        """One cost sheet per loan granted since they are required."""
        text = self.book.texts.number
        rows = Rows(self.disclosure_columns, block.number.size)
        confirmed = block.started_at + block.read_seconds
        rows["iou_no"] = rows["cost_sheet_id"] = block.number
        rows["cost_sheet_version"] = text("V1")
        rows["sheet_total_annual_pct"] = block.all_in
        rows["sheet_shown_at"] = block.started_at
        rows["sheet_confirmed_at"] = confirmed
        rows["read_seconds"] = block.read_seconds
        kinds = {"CHECKOUT": "CHECKOUT", "BRANCH": "SIGNED"}
        confirmed_by = [kinds.get(one.channel, "POPUP") for one in self.book.archetype.products]
        rows["confirm_type"] = self.book.texts.numbers(confirmed_by)[block.population.product]
        rows["contract_signed_at"] = confirmed + 30
        places = {"CHECKOUT": "CHECKOUT", "BRANCH": "OFFLINE"}
        shown_at = [places.get(one.channel, "ONLINE") for one in self.book.archetype.products]
        rows["disclosure_channel"] = self.book.texts.numbers(shown_at)[block.population.product]
        rows["sheet_method"] = text("SIMPLE")  # as the all-in cost is computed, whatever rate the lender advertises
        rows["sheet_principal_amount"] = block.amount
        rows["sheet_term_count"] = block.loan["term_count"]
        rows["normal_item_count"] = 1 + (block.upfront_fee > 0) + (block.instalment_fee > 0)
        rows["default_item_count"] = 1
        for duty in _DUTIES:
            rows[duty] = 1
        rows["is_default_ticked"] = rows["is_bundled"] = 0
        rows.keep[:] = np.where(block.start_date >= SHEETS_SINCE, ONCE, SKIP)
        return rows

    def consents(self, block: Block) -> Rows:
        """Processing, giving to the partner, bureau query: each given a minute before the cost sheet is shown."""
        book, text = self.book, self.book.texts.number
        rows = Rows(self.consent_columns, block.number.size * CONSENTS)
        names = np.array([one.name for one in book.agreements] or [EMPTY], np.int64)[block.agreement]
        # who reports to the credit bureau needs consent to that for every loan: 国务院令631 art. 29 [B-H]
        asks = uniform(book.key, block.number, ASKS_BUREAU, MILLION) < _BUREAU_SHARE
        asks |= book.archetype.reports_credit
        withdrawn = uniform(book.key, block.number, WITHDRAWN, MILLION) < _WITHDRAWN_SHARE
        day = block.start_date + 35 + uniform(book.key, block.number, WITHDRAWN_AFTER, 150)
        withdrawn_at = np.where(withdrawn & (day <= book.snapshot), day * 86_400 + 43_200, EMPTY)
        own = text(book.archetype.institution_name)
        given, first_used = block.started_at - 60, block.started_at
        # used with each instalment: on its due day in this month, if one has fallen due since the grant
        due_now = book.day(np.array(book.month), block.due_day) * 86_400 + 36_000
        used = np.where(block.population.start_month == book.month, first_used, due_now)
        items: tuple[tuple[Any, ...], ...] = (
            ("GENERAL", "贷款审批、发放与贷后管理", own, True, used, EMPTY),
            ("SHARE", "向合作方提供贷款申请与还款信息", names, block.shares_data, used, EMPTY),
            ("CREDIT_QUERY", "查询个人信用报告", own, asks, first_used, withdrawn_at),
        )
        for place, (kind, purpose, recipient, applies, last_used, taken_back) in enumerate(items):
            shared = kind == "SHARE"
            here = rows.cells[:, place::CONSENTS]
            at = rows.columns.place
            here[at["consent_id"]] = block.number * 10 + place + 1
            here[at["iou_no"]] = block.number
            here[at["consent_type"]] = text(kind)
            here[at["auth_from"]] = block.start_date
            here[at["auth_to"]] = block.start_date + _CONSENT_YEARS_DAYS
            here[at["recipient_name"]] = recipient
            here[at["consent_version"]] = text("V2023-1")
            here[at["lawful_basis"]] = text("CONSENT")
            here[at["purpose_text"]] = text(purpose)
            here[at["is_separate"]] = here[at["is_recipient_told"]] = int(shared)
            here[at["data_class"]] = text("C2")
            here[at["auth_letter_no"]] = block.number * 10 + place + 1
            here[at["impact_assessment_no"]] = text(f"PIA-{book.archetype.prefix}-01") if shared else EMPTY
            here[at["consented_at"]] = given
            here[at["first_used_at"]] = first_used
            here[at["last_used_at"]] = last_used
            here[at["retention_until"]] = block.loan["maturity_date"] + _KEPT_DAYS
            here[at["withdrawn_at"]] = taken_back
            rows.keep[place::CONSENTS] = np.where(applies, ONCE, SKIP)
        return rows
