"""What is totalled over every delivery and kept, so that later periods can be compared with the ones before them.

Belongs here: the totals, and the grains that compare them. Not here: computing and keeping them
(``loantape.checking.history``). While checking, ``check_totals(name, value)`` holds this delivery's totals and
``check_history(period, name, value)`` those of up to twelve earlier periods.
"""

from __future__ import annotations

from collections.abc import Mapping

# name to its SQL aggregate over tape_loan; each is kept as DECIMAL(38,6)
TOTALS: Mapping[str, str] = {
    "loans": "count(*)",
    "balance": "sum(balance_amount)",
}
