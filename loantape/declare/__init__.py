"""Frozen declarations: Lender, Rule, Limit, Indicator, Filing, and nothing else.

Belongs here: the shapes that content (``schemas``, ``transforms``, ``templates``) fills in. Not here: finding the
declarations (``loantape.catalog``) or running them (``loantape.pipeline``). Imports nothing of ours.
"""

from __future__ import annotations

from loantape.declare.basics import Confidence, Period, Severity
from loantape.declare.book import Grain, Limit, Rule
from loantape.declare.figures import Figures, Part, Reduced
from loantape.declare.forms import (
    Code,
    Column,
    Day,
    FileKind,
    FileLayout,
    Flag,
    Identifier,
    Integer,
    Lender,
    Number,
    Stamp,
    Text,
    Trailer,
    ValueForm,
)
from loantape.declare.outward import (
    AMOUNT_UNITS,
    AT_LEAST,
    AT_MOST,
    RATIO_UNITS,
    FiledColumn,
    FiledTable,
    Filing,
    FilingContext,
    Indicator,
    Mart,
    Receipt,
    ReceiptForm,
    RenderedFile,
    Waiver,
)

__all__ = [
    "AMOUNT_UNITS",
    "AT_LEAST",
    "AT_MOST",
    "RATIO_UNITS",
    "Code",
    "Column",
    "Confidence",
    "Day",
    "Figures",
    "FileKind",
    "FileLayout",
    "FiledColumn",
    "FiledTable",
    "Filing",
    "FilingContext",
    "Flag",
    "Grain",
    "Identifier",
    "Indicator",
    "Integer",
    "Lender",
    "Limit",
    "Mart",
    "Number",
    "Part",
    "Period",
    "Receipt",
    "ReceiptForm",
    "Reduced",
    "RenderedFile",
    "Rule",
    "Severity",
    "Stamp",
    "Text",
    "Trailer",
    "ValueForm",
    "Waiver",
]
