"""Evidence that the cost of the loan was shown and confirmed before the contract."""

from __future__ import annotations

from schemas.tape import codes
from schemas.tape.field import Count, Flag, Rate, Stamp, TapeModel, Text, field


class Disclosure(TapeModel):
    """One row per cost sheet shown for an IOU; local times."""

    iou_no: Text = field("IOU number", "借据号", source="G20", required=True, max_length=100)
    cost_sheet_id: Text = field(
        "Cost sheet", "明示表编号", source="金规〔2026〕2号 [S]; G74", required=True, max_length=100
    )
    cost_sheet_version: Text = field(
        "Version of the sheet", "明示表版本", source="金规〔2026〕2号 [S]; G74", max_length=30
    )
    sheet_total_annual_pct: Rate = field(
        "Total annual cost on the sheet",
        "明示表年化综合融资成本",
        source="金规〔2026〕2号 [S]; A4",
        unit="percent",
        ge=0,
    )
    sheet_shown_at: Stamp = field("Shown", "展示时间", source="金规〔2026〕2号 [S]; G75", unit="time", required=True)
    sheet_confirmed_at: Stamp = field("Confirmed", "确认时间", source="金规〔2026〕2号 [S]; G75", unit="time")
    read_seconds: Count = field("Reading time", "阅读时长", source="金规〔2026〕2号 [S]; G76", unit="seconds", ge=0)
    confirm_type: Text = field(
        "How it was confirmed", "确认方式", source="金规〔2026〕2号 [S]; G77", unit="code", codes=codes.CONFIRM_TYPE
    )
    contract_signed_at: Stamp = field("Contract signed", "合同签署时间", source="G78", unit="time")
    is_default_ticked: Flag = field(
        "A box was ticked beforehand", "默认勾选标识", source="银保监会令2020年第9号 [B-H]; G79", unit="flag"
    )
    is_bundled: Flag = field("Sold in a bundle", "捆绑标识", source="银保监会令2020年第9号 [B-H]; G79", unit="flag")

    @classmethod
    def key(cls) -> tuple[str, ...]:
        return ("iou_no", "cost_sheet_id")
