"""A worked example of every figure of the view across lenders, from published cells.

Belongs here: a small market's cells, and what each figure is then. Not here: any figure (``market``). Amounts are yuan.
A cell names its members; what it does not name is summed over. A measure that is None is hidden, and so is every figure
that needs it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from transforms import rows

Cells = Mapping[str, Sequence[Mapping[str, Any]]]
Example = tuple[Cells, Mapping[str, Decimal | None]]  # cells by table; the figure by member, "" for the market


def _rows(fields: str, *values: tuple[Any, ...]) -> list[Mapping[str, Any]]:
    return list(rows(fields, *values))


_TOTALS = _rows("balance", (1000,)) + _rows("lender balance", ("A", 600), ("B", 400))
_DAYS = _rows("days balance", ("0", 800), ("1-30", 100), ("31-60", 50), ("61-90", 30), ("91+", 20)) + _rows(
    "lender days balance",
    ("A", "0", 500),
    ("A", "1-30", 50),
    ("A", "31-60", 26),
    ("A", "61-90", 15),
    ("A", "91+", 9),
    ("B", "0", 300),
    ("B", "1-30", 50),
    ("B", "31-60", 24),
    ("B", "61-90", 15),
    ("B", "91+", 11),
)
_RISK = _rows("risk balance", ("1", 900), ("2", 60), ("3", 20), ("4", 12), ("5", 8)) + _rows(
    "lender risk balance",
    ("A", "1", 540),
    ("A", "2", 36),
    ("A", "3", 12),
    ("A", "4", 7),
    ("A", "5", 5),
    ("B", "1", 360),
    ("B", "2", 24),
    ("B", "3", 8),
    ("B", "4", None),  # few borrowers stand behind it: the lender has no rate
    ("B", "5", None),
)
_BY_DAYS, _BY_RISK, _BALANCES = {"quality": _TOTALS + _DAYS}, {"quality": _TOTALS + _RISK}, {"quality": _TOTALS}
_ALL = _rows("borrowers balance", (100, 1000))
_PROVINCES = _rows("province borrowers balance", ("33", 60, 700), ("44", 40, 300))
_LENDERS = _rows("lenders borrowers balance", ("1", 70, 500), ("2", 25, 300), ("3", 5, 200))
_BORROWER_DAYS = _rows("days borrowers balance", ("0", 80, 750), ("1-30", 12, 150), ("91+", 8, 100))
_MULTI = {
    "borrowers": _ALL
    + _PROVINCES
    + _LENDERS
    + _BORROWER_DAYS
    + _rows(
        "province lenders borrowers balance",
        ("33", "1", 45, 400),
        ("33", "2", 13, 200),
        ("33", "3", 2, 100),
        ("44", "1", 25, 100),
        ("44", "2", 12, 100),
        ("44", "3", 3, 100),
    )
    + _rows(
        "days lenders borrowers balance",
        ("0", "1", 60, 420),
        ("0", "2", 17, 200),
        ("0", "3", 3, 130),
        ("1-30", "1", 6, 50),
        ("1-30", "2", 5, 60),
        ("1-30", "3", 1, 40),
        ("91+", "1", 4, 30),
        ("91+", "2", 3, 40),
        ("91+", "3", 1, 30),
    )
    + _rows(
        "days province borrowers balance",
        ("0", "33", 50, 560),
        ("0", "44", 30, 190),
        ("1-30", "33", 6, 84),
        ("1-30", "44", 6, 66),
        ("91+", "33", 4, 56),
        ("91+", "44", 4, 44),
    )
}
_PARTNERS = {"partners": _rows("balance", (400,)) + _rows("partner balance", ("P1", 300), ("P2", 100))}


def _by(total: str, members: Mapping[str, str | None]) -> Mapping[str, Decimal | None]:
    return {"": Decimal(total), **{name: None if one is None else Decimal(one) for name, one in members.items()}}


EXAMPLES: Mapping[str, Example] = {
    "MKT-OVERDUE": (_BY_DAYS, _by("0.2", {"A": "0.1666666667", "B": "0.25"})),
    "MKT-OVERDUE-1104": (
        {**_BALANCES, "overdue": _rows("overdue_amount", (50,)) + _rows("lender overdue_amount", ("A", 24), ("B", 26))},
        _by("0.05", {"A": "0.04", "B": "0.065"}),
    ),
    "MKT-30P": (_BY_DAYS, _by("0.1", {"A": "0.0833333333", "B": "0.125"})),
    "MKT-90P": (_BY_DAYS, _by("0.02", {"A": "0.015", "B": "0.0275"})),
    "MKT-NPL": (_BY_RISK, _by("0.04", {"A": "0.04", "B": None})),
    "MKT-COST": (
        {
            "pricing": _rows("priced_balance annual_cost", (900, 126))
            + _rows("lender priced_balance annual_cost", ("A", 500, 60), ("B", 400, 66))
        },
        _by("0.14", {"A": "0.12", "B": "0.165"}),
    ),
    "MKT-PROVISION": (
        {**_BALANCES, "provisions": _rows("provision", (25,)) + _rows("lender provision", ("A", 12), ("B", 13))},
        _by("0.025", {"A": "0.02", "B": "0.0325"}),
    ),
    "MKT-MULTI": (
        _MULTI,
        _by("0.3", {"33": "0.25", "44": "0.375", "0": "0.25", "1-30": "0.5", "91+": "0.5"}),
    ),
    "MKT-MULTI-BALANCE": (_MULTI, _by("0.5", {"33": "0.4285714286", "44": "0.6666666667"})),
    "MKT-MULTI-OVERDUE": (
        _MULTI,
        _by("0.25", {"1": "0.16", "2": "0.3333333333", "3": "0.35", "33": "0.2", "44": "0.3666666667"}),
    ),
    "MKT-MULTI-90P": (
        _MULTI,
        _by("0.08", {"1": "0.0571428571", "2": "0.12", "3": "0.2", "33": "0.0666666667", "44": "0.1"}),
    ),
    "MKT-PARTNERED": ({**_BALANCES, **_PARTNERS}, _by("0.4", {})),
    "MKT-PARTNER": (_PARTNERS, {"P1": Decimal("0.75"), "P2": Decimal("0.25")}),
}
