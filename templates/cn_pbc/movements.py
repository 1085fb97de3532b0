"""Movements of principal between the month before and this one: what GRDKFS files.

Belongs here: one row per loan with what it opened and closed with and what moved it, and one row per flow. Not here:
columns (columns.py) or rules that flows and stocks must keep (format_rules.py).

A loan opens with its balance in the stock of the month before and closes with its balance in this one; a loan that is
not in a stock has none there. What was granted, repaid and disposed of in between is what the tape says (drawn_amount,
repaid_principal_amount, disposal_amount); where it says nothing, it is what is left between the balances.
"""

from __future__ import annotations

from typing import Any

from loantape.declare import FilingContext

STOCK_BEFORE = "out_cn_pbc__stock_before"
MOVEMENT = "out_cn_pbc__movement"
# how the loan left, as the tape tells it; a guarantor's payment is a repayment like any other
_DISPOSED_AS = "CASE loan.disposal_type WHEN 'WRITTEN_OFF' THEN 'LF02' WHEN 'TRANSFERRED' THEN 'LF04'"
_DISPOSED_AS += " WHEN 'SECURITISED' THEN 'LF07' WHEN 'PAID_BY_GUARANTOR' THEN 'LF01' ELSE loan.loan_status END"
# 01 续贷, 02 借新还旧, 09 其他: which kind of grant is which is our reading
_RESTRUCTURED = (
    "CASE loan.grant_type WHEN 'RENEWED' THEN '01' WHEN 'REFINANCED' THEN '02' WHEN 'RESTRUCTURED' THEN '09'"
)
_RESTRUCTURED += " END"


def prepare(con: Any, context: FilingContext) -> None:
    """``out_cn_pbc__stock_before``, ``out_cn_pbc__movement`` and ``pbc_flow``, one row per loan, loan and flow."""
    con.execute(
        f"""CREATE TEMP TABLE {STOCK_BEFORE} AS
        SELECT iou_no, min(lender_uscc) AS lender_uscc, min(currency) AS currency, count(*) AS times,
            sum(balance_amount) AS balance_amount, sum(balance_cny) AS balance_cny
        FROM previous.tape_loan WHERE starts_with(loan_status, 'LS') GROUP BY iou_no"""
    )
    until = context.period.date
    since = context.period.month_before().date
    _movement(con, since.isoformat(), until.isoformat())
    _flows(con, since.isoformat(), f"{until:%Y%m%d}")


def _movement(con: Any, since: str, until: str) -> None:
    """Amounts in the loan's currency."""
    within = f"> DATE '{since}' AND {{day}} <= DATE '{until}'"
    left_on = "coalesce(loan.disposal_date, loan.ended_on)"
    has_left = "(loan.disposal_type IS NOT NULL OR loan.loan_status IN ('LF02', 'LF04'))"
    disposed = (
        f"CASE WHEN {has_left} AND {left_on} {within.format(day=left_on)} THEN"
        " coalesce(loan.disposal_amount, before.balance_amount + coalesce(loan.drawn_amount, 0)"
        " - coalesce(loan.repaid_principal_amount, 0)) ELSE 0 END"
    )
    con.execute(
        f"""CREATE TEMP TABLE {MOVEMENT} AS
        SELECT *, coalesce(said_repaid, opening + granted - disposed - closing) AS repaid FROM (
            SELECT *, coalesce(
                said_granted,
                CASE WHEN is_new THEN loan_amount
                ELSE greatest(closing + disposed + coalesce(said_repaid, 0) - opening, 0) END
            ) AS granted
            FROM (
                SELECT loan.rowid AS loan_row, loan.iou_no, loan.lender_uscc, loan.currency, loan.loan_amount,
                    CASE WHEN starts_with(loan.loan_status, 'LF') THEN 0 ELSE loan.balance_amount END AS closing,
                    coalesce(before.balance_amount, 0) AS opening,
                    {disposed} AS disposed,
                    loan.drawn_amount AS said_granted, loan.repaid_principal_amount AS said_repaid,
                    before.iou_no IS NULL AND loan.start_date {within.format(day="loan.start_date")} AS is_new,
                    CASE WHEN starts_with(loan.loan_status, 'LF') THEN coalesce(loan.ended_on, loan.disposal_date)
                        END AS ended_on,
                    {left_on} AS disposed_on,
                    {_DISPOSED_AS} AS disposed_as,
                    {_RESTRUCTURED} AS restructured,
                    coalesce(nullif(before.balance_amount, 0), loan.balance_amount) AS rate_from,
                    CASE WHEN nullif(before.balance_amount, 0) IS NULL THEN loan.balance_cny ELSE before.balance_cny
                        END AS rate_to
                FROM tape_loan AS loan LEFT JOIN {STOCK_BEFORE} AS before ON before.iou_no = loan.iou_no
                WHERE before.iou_no IS NOT NULL OR NOT starts_with(loan.loan_status, 'LF')
                    OR loan.drawn_amount <> 0 OR loan.repaid_principal_amount <> 0
            )
        )"""
    )


def _flows(con: Any, since: str, day: str) -> None:
    """Grants, repayments and what left the books, one row each for a loan; none of nothing.

    The tape knows no transactions of the business system, so a flow's number is made of the reporting date, its
    direction and status, and the MD5 of the IOU number: the same in every rendering, and no other flow's.
    """
    number = f"'{day}-' || direction || '-' || status || '-' || md5(iou_no)"
    repaid = "repaid + CASE WHEN disposed_as = 'LF01' THEN disposed ELSE 0 END"
    con.execute(
        f"""CREATE TEMP TABLE pbc_flow AS
        SELECT loan_row, direction, status, restructured, ended_on, amount, DATE '{since}' AS since,
            {_in_yuan("amount")} AS amount_cny, {number} AS number
        FROM (
            SELECT *, '1' AS direction, granted AS amount,
                CASE WHEN is_new AND restructured IS NOT NULL THEN 'LF05' ELSE 'LF01' END AS status
            FROM (SELECT * REPLACE (CASE WHEN is_new THEN restructured END AS restructured, NULL AS ended_on)
                FROM {MOVEMENT})
            UNION ALL
            SELECT * REPLACE (NULL AS restructured), '0', {repaid}, 'LF01' FROM {MOVEMENT}
            UNION ALL
            SELECT * REPLACE (NULL AS restructured, disposed_on AS ended_on), '0', disposed, disposed_as
            FROM {MOVEMENT} WHERE disposed_as <> 'LF01'
        ) WHERE amount <> 0"""
    )


def _in_yuan(amount: str) -> str:
    """At the rate the lender's own balance of the loan tells, in whole cents, half up: no float may touch money."""
    cents = {name: f"CAST({name} * 100 AS HUGEINT)" for name in (amount, "rate_from", "rate_to")}
    product = f"{cents[amount]} * {cents['rate_to']}"
    return (
        f"CASE WHEN currency = 'CNY' THEN {amount} WHEN rate_from > 0 AND rate_to >= 0 THEN"
        f" CAST((2 * {product} + {cents['rate_from']}) // (2 * {cents['rate_from']}) AS DECIMAL(36, 0)) * 0.01 END"
    )
