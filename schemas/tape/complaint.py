"""Complaints of borrowers and what became of them."""

from __future__ import annotations

from schemas.tape import codes
from schemas.tape.field import Day, Flag, TapeModel, Text, field

_ORDER = "银保监会令2020年第3号 [B-H]; G99"


class Complaint(TapeModel):
    """One row per complaint that was open in the period; without an IOU where it concerns none."""

    complaint_no: Text = field("Complaint", "投诉编号", source=_ORDER, required=True, max_length=100)
    iou_no: Text = field("IOU number", "借据号", source="G20", max_length=100)
    complaint_topic: Text = field(
        "About", "投诉事项", source=_ORDER, unit="code", codes=codes.COMPLAINT_TOPIC, required=True
    )
    received_on: Day = field("Received", "受理日期", source=_ORDER, unit="date", required=True)
    is_extended: Flag = field("Time to decide was extended once", "第一次延期标识", source=_ORDER, unit="flag")
    is_extended_again: Flag = field("Extended twice", "第二次延期标识", source=_ORDER, unit="flag")
    decided_on: Day = field("Decided", "处理决定日期", source=_ORDER, unit="date")
    told_on: Day = field("The person was told", "告知日期", source=_ORDER, unit="date")
    complaint_result: Text = field("Result", "处理结果", source=_ORDER, unit="code", codes=codes.COMPLAINT_RESULT)

    @classmethod
    def key(cls) -> tuple[str, ...]:
        return ("complaint_no",)
