"""The PBoC's tables written a second time, in plain Python and decimals, from V2.1 [P]; shares no code with them.

Belongs here: CLGRDK, GRDKFS, GRKHXX and form 20202 from rows given as dictionaries. Not here: tests.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Loan = Mapping[str, Any]
Numbers = Mapping[str, str]  # pseudonym to raw number
STOCK = ("LS01", "LS02", "LS03", "LS04")
ZERO = Decimal(0)


def string(value: str | None) -> str:
    """Control characters as spaces, no outer spaces, nothing for none."""
    blanked = "".join(" " if ord(c) < 0x20 or ord(c) == 0x7F else c for c in value or "")
    return blanked.strip(" ")


def day(value: date | None) -> str:
    return f"{value.year:04d}-{value.month:02d}-{value.day:02d}" if value else ""


def fixed(value: Decimal | None, scale: int) -> str:
    return "" if value is None else f"{value.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP) + 0:f}"


def mask(kind: str, number: str) -> str:
    number = number.strip(" ").upper()
    digest = hashlib.md5(number.encode("utf-8")).hexdigest()
    return number[:14] + digest if kind == "B01" else digest


def _who_and_what(loan: Loan, numbers: Numbers) -> list[str | None]:
    """Columns 1 to 11 of CLGRDK and GRDKFS."""
    return [
        loan["lender_uscc"], loan["branch_no"], loan["lender_region"], loan["id_type"],
        mask(loan["id_type"], numbers[loan["borrower_pid"]]), loan["borrower_region"], loan["iou_no"],
        loan["contract_no"], loan["product_class"], day(loan["start_date"]), day(loan["maturity_date"]),
    ]  # fmt: skip


def _terms(loan: Loan) -> list[str | None]:
    """Columns 16 to 23 of CLGRDK and GRDKFS."""
    floating = loan["rate_type"] == "RF02"
    return [
        loan["rate_type"], fixed(loan["nominal_annual_pct"], 5), loan.get("benchmark_type"),
        fixed(loan.get("benchmark_pct"), 5) if floating else "", "",
        day(loan.get("repricing_date") or loan["maturity_date"]), loan["guarantee_type"],
        "1" if loan["is_first_loan"] else "0",
    ]  # fmt: skip


def stock_record(loan: Loan, numbers: Numbers) -> str:
    """One record of CLGRDK."""
    fields = [
        *_who_and_what(loan, numbers), day(loan.get("extended_maturity_date")), loan["currency"],
        fixed(loan["balance_amount"], 2), fixed(loan["balance_cny"], 2), *_terms(loan), "FQ0" + loan["five_class"],
        loan["loan_status"], loan.get("overdue_type") if loan["loan_status"] == "LS03" else "",
        loan.get("purpose_text"),
    ]  # fmt: skip
    assert len(fields) == 27
    return "|".join(string(field) for field in fields)


def _file(records: Sequence[tuple[Any, str]]) -> bytes:
    """In order, LF between records, none after the last."""
    return "\n".join(record for _, record in sorted(records)).encode("utf-8")


def stock_file(loans: Sequence[Loan], numbers: Numbers) -> bytes:
    """CLGRDK: stock only."""
    stock = [loan for loan in loans if loan["loan_status"] in STOCK]
    return _file([(string(loan["iou_no"]).encode(), stock_record(loan, numbers)) for loan in stock])


# --- flows ----------------------------------------------------------------------------------------------------------


def flows(loans: Sequence[Loan], before: Sequence[Loan], since: date, until: date) -> list[dict[str, Any]]:
    """What moved each loan between two month ends: its direction, status, amount and, where it ended, the day."""
    opened = {loan["iou_no"]: loan for loan in before if loan["loan_status"] in STOCK}
    found: list[dict[str, Any]] = []
    for loan in loans:
        then = opened.get(loan["iou_no"])
        opening = then["balance_amount"] if then else ZERO
        ended = loan["loan_status"] not in STOCK
        if then is None and ended and not loan.get("drawn_amount") and not loan.get("repaid_principal_amount"):
            continue  # was out of stock before already
        closing = ZERO if ended else loan["balance_amount"]
        granted = loan.get("drawn_amount")
        is_new = then is None and since < loan["start_date"] <= until
        left_on = loan.get("disposal_date") or loan.get("ended_on")
        left = ZERO
        if (loan.get("disposal_type") or loan["loan_status"] in ("LF02", "LF04")) and since < left_on <= until:
            left = loan["disposal_amount"]
        if granted is None:
            paid_back = loan.get("repaid_principal_amount") or ZERO
            granted = loan["loan_amount"] if is_new else max(ZERO, closing + left + paid_back - opening)
        recovered = opening + granted - closing - left
        how = {
            "WRITTEN_OFF": "LF02",
            "TRANSFERRED": "LF04",
            "SECURITISED": "LF07",
            "PAID_BY_GUARANTOR": "LF01",
        }.get(loan.get("disposal_type") or "", loan["loan_status"])
        if how == "LF01":
            recovered, left = recovered + left, ZERO
        over = (loan.get("ended_on") or loan.get("disposal_date")) if ended else None
        renewed = {"RENEWED": "01", "REFINANCED": "02", "RESTRUCTURED": "09"}.get(loan.get("grant_type") or "")
        restructured = renewed if is_new else None
        common = {"loan": loan, "then": then}
        if granted:
            status = "LF05" if restructured else "LF01"
            found.append(common | {"to": "1", "status": status, "amount": granted, "on": None, "by": restructured})
        if recovered:
            found.append(common | {"to": "0", "status": "LF01", "amount": recovered, "on": over, "by": None})
        if left:
            found.append(common | {"to": "0", "status": how, "amount": left, "on": left_on, "by": None})
    return found


def _in_yuan(flow: Mapping[str, Any]) -> Decimal:
    """At the rate that the lender's own balance of the loan tells, the month before where there was one."""
    loan, then, amount = flow["loan"], flow["then"], flow["amount"]
    if loan["currency"] == "CNY":
        return Decimal(amount)
    told = then if then and then["balance_amount"] else loan
    rate = Decimal(told["balance_cny"]) / Decimal(told["balance_amount"])
    return (amount * rate).quantize(Decimal("0.01"), ROUND_HALF_UP)


def flow_file(loans: Sequence[Loan], before: Sequence[Loan], numbers: Numbers, since: date, until: date) -> bytes:
    """GRDKFS: by IOU number, direction and status."""
    records = []
    for flow in flows(loans, before, since, until):
        loan = flow["loan"]
        iou = hashlib.md5(loan["iou_no"].encode()).hexdigest()
        fields = [
            *_who_and_what(loan, numbers), day(flow["on"]), loan["currency"], fixed(flow["amount"], 2),
            fixed(_in_yuan(flow), 2), *_terms(loan), flow["status"], "", flow["by"], flow["to"],
            f"{until:%Y%m%d}-{flow['to']}-{flow['status']}-{iou}", loan.get("purpose_text"),
        ]  # fmt: skip
        assert len(fields) == 29
        key = (string(loan["iou_no"]).encode(), flow["to"], flow["status"])
        records.append((key, "|".join(string(field) for field in fields)))
    return _file(records)


# --- customers and forms --------------------------------------------------------------------------------------------


def customer_file(loans: Sequence[Loan], before: Sequence[Loan], numbers: Numbers, since: date, until: date) -> bytes:
    """GRKHXX: whoever has a loan in stock or a flow, by kind and masked number."""
    moved = {flow["loan"]["iou_no"] for flow in flows(loans, before, since, until)}
    people: dict[tuple[str, str], list[Loan]] = {}
    for loan in loans:
        if loan["loan_status"] in STOCK or loan["iou_no"] in moved:
            document = loan["id_type"], mask(loan["id_type"], numbers[loan["borrower_pid"]])
            people.setdefault(document, []).append(loan)
    records = []
    for (kind, number), theirs in people.items():
        latest = sorted(theirs, key=lambda loan: (loan["start_date"], loan["iou_no"].encode()))
        lines: dict[str, list[Loan]] = {}
        for loan in theirs:
            lines.setdefault(loan["product_name"], []).append(loan)
        limits = [
            max((one.get("credit_limit_amount") or Decimal(-1) for one in line), default=Decimal(-1))
            if all(one["currency"] == "CNY" for one in line)
            else Decimal(-1)
            for line in lines.values()
        ]
        used = sum((loan["balance_cny"] for loan in theirs if loan["loan_status"] in STOCK), ZERO)
        nationality = [loan["nationality"] for loan in latest if loan.get("nationality")]
        related = [loan["is_related_party"] for loan in theirs if loan.get("is_related_party") is not None]
        born = f"{number[6:10]}-{number[10:12]}-{number[12:14]}" if kind == "B01" else ""
        fields = [
            theirs[0]["lender_uscc"], kind, number, nationality[-1] if nationality else "", "", "", "", born,
            latest[-1]["borrower_region"], "", "", "", str(int(any(related))) if related else "",
            "" if min(limits) < 0 else fixed(sum(limits, ZERO), 2), fixed(used, 2),
        ]  # fmt: skip
        assert len(fields) == 15
        records.append(((kind, number), "|".join(fields)))
    return _file(records)


def risk_items(loans: Sequence[Loan]) -> dict[str, Decimal]:
    """Form 20202, the items that a tape of loans in yuan gives."""
    stock = [loan for loan in loans if loan["loan_status"] in STOCK]

    def total(keep: Any) -> Decimal:
        return sum((loan["balance_cny"] for loan in stock if keep(loan)), ZERO)

    classes = {f"2020201{n - 1}": total(lambda loan, n=n: loan["five_class"] == str(n)) for n in range(1, 6)}
    return {
        "20202002": total(lambda loan: True),
        **classes,
        "20202015": total(lambda loan: loan["days_past_due"] > 0),
        "20202016": total(lambda loan: loan["days_past_due"] > 90),
        "20202017": sum((loan["provision_amount"] for loan in stock), ZERO),
    }
