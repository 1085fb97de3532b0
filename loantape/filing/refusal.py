"""When a filing must not be made: outside its scope, with open errors, or without the period before it.

Belongs here: the refusals that hold for every regulator. Not here: what breaks the rules of one format (outgoing.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from loantape.declare import Filing, Lender, Period, Severity, Waiver
from loantape.errors import FilingRefused
from loantape.filing import waived

_SHOWN, _SHOWN_KEYS = 10, 3  # rules in the message, rows of each; the findings themselves are never cut


def in_scope(con: Any, filing: Filing, lender: Lender) -> bool:
    """Whether the filing covers this lender: its jurisdiction, and every kind of lender the submission names."""
    return lender.jurisdiction == filing.jurisdiction and not _foreign_types(con, filing)


def refuse_unless_fileable(con: Any, filing: Filing, lender: Lender, waivers: Sequence[Waiver] = ()) -> None:
    """Raise FilingRefused when the submission is outside the filing's scope or has findings of severity ERROR.

    Those that ``waivers`` in effect cover do not count.
    """
    if lender.jurisdiction != filing.jurisdiction:
        raise FilingRefused(
            f"{filing.regulator} takes filings of {filing.jurisdiction!r} lenders; {lender.name} is"
            f" {lender.jurisdiction!r} {filing.zh}不适用于该法域的机构",
            "choose a regulator of the lender's jurisdiction 请选择机构所在法域的监管报送",
        )
    foreign = _foreign_types(con, filing)
    if foreign:
        raise FilingRefused(
            f"{filing.regulator} does not take filings of lenders of type {', '.join(foreign)}; it takes"
            f" {', '.join(filing.lender_types)} {filing.zh}不适用于{'、'.join(foreign)}类机构",
            "file this lender with the regulator it reports to 请向该机构所属的监管部门报送",
        )
    still_open, bound = waived.open_sql(waivers)
    rules = con.execute(
        f"SELECT rule, count(*), min(key, {_SHOWN_KEYS}) FROM findings WHERE severity = ? AND {still_open}"
        " GROUP BY rule ORDER BY rule",
        [Severity.ERROR.value, *bound],
    ).fetchall()
    if rules:
        total = sum(count for _, count, _ in rules)
        named = ", ".join(f"{rule} {count}{_rows(keys, count)}" for rule, count, keys in rules[:_SHOWN])
        more = f", and {len(rules) - _SHOWN} more rules" if len(rules) > _SHOWN else ""
        aside = waived.open_errors(con) - total
        apart = f"; {aside} more are waived 另有{aside}个已豁免" if aside else ""
        raise FilingRefused(
            f"{total} open error(s) block this filing: {named}{more} 共{total}个未解决的错误，不能报送{apart}",
            "see loantape findings --severity ERROR; correct them in a new delivery, or explain them: loantape waive"
            " 请查看错误并在新的报送中更正，或书面说明并由他人接受",
        )


def _rows(keys: list[str] | None, count: int) -> str:
    """The first rows of a rule, by the key that a finding shows; nothing where its findings are of no row."""
    named = [key for key in dict.fromkeys(keys or ()) if key]
    return f" ({', '.join(named)}{' …' if count > len(named) else ''})" if named else ""


def lacks_previous(filing: Filing, period: Period, previous: Period | None) -> bool:
    """Whether the filing needs the month before ``period`` and ``previous``, the latest one there is, is not that."""
    return filing.needs_previous and not filing.first_period and previous != period.month_before()


def refuse_without_previous(filing: Filing, name: str, period: Period, previous: Period | None) -> None:
    """Raise FilingRefused when the filing compares with the month before and there is no submission of it."""
    if lacks_previous(filing, period, previous):
        wanted = period.month_before()
        found = f"the latest one before is {previous}" if previous else "there is none before"
        raise FilingRefused(
            f"{filing.regulator} files movements since {wanted}, and {name} has no submission of that month;"
            f" {found} 缺少{wanted}期的报送批次，无法生成本期发生额",
            f"receive and read the delivery of {wanted}, check {name} again, then file it; a lender that had no loans"
            f" then delivers files without rows 请先接收并读取{wanted}期数据，重新校验后再报送；当时没有贷款的报空表",
        )


def _foreign_types(con: Any, filing: Filing) -> list[str]:
    """The kinds of lender in the submission that the filing does not cover."""
    if not filing.lender_types:
        return []
    found = con.execute(
        "SELECT lender_type FROM tape_institution UNION SELECT lender_type FROM tape_loan ORDER BY lender_type"
    ).fetchall()
    return [kind for (kind,) in found if kind is not None and kind not in filing.lender_types]
