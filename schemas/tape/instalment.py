"""What is due and what was paid, by instalment."""

from __future__ import annotations

from schemas.tape.field import Count, Day, Money, TapeModel, Text, field


class Instalment(TapeModel):
    """One row per instalment: the whole schedule for loans granted in the period, for others what fell due in it."""

    iou_no: Text = field("IOU number", "借据号", source="G20", required=True, max_length=100)
    instalment_no: Count = field("Instalment", "期次", source="G54", unit="count", required=True, ge=1)
    due_date: Day = field("Due", "应还日期", source="一表通 8.15 [S]; G55", unit="date", required=True)
    due_principal_amount: Money = field(
        "Principal due", "应还本金", source="EAST 503 XQYHBJ [P]; G55", unit="money", required=True, ge=0
    )
    due_interest_amount: Money = field(
        "Interest due", "应还利息", source="EAST 503 XQYHLX [P]; G55", unit="money", required=True, ge=0
    )
    due_fee_amount: Money = field("Fees due", "应还费用", source="G55", unit="money", ge=0)
    paid_date: Day = field("Paid on", "实还日期", source="G56", unit="date")
    paid_amount: Money = field("Paid", "实还金额", source="G56", unit="money", ge=0)

    @classmethod
    def key(cls) -> tuple[str, ...]:
        return ("iou_no", "instalment_no")
