"""What the letters before the first hyphen of an indicator's code stand for, in the order topics are told.

Belongs here: topics that only indicators have, beside those of the rule book. Not here: any indicator.
"""

from __future__ import annotations

from collections.abc import Mapping

from schemas.rules import TOPICS as RULE_TOPICS

TOPICS: Mapping[str, tuple[str, str]] = {
    "BAL": ("Balances", "余额与笔数"),
    "DLQ": ("Delinquency, classes and losses", "逾期、分类与损失"),
    "CON": ("Concentration", "集中度"),
    **RULE_TOPICS,
    "MKT": ("All lenders together", "全市场"),
}
