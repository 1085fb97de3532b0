"""Evidence that the cost of the loan was shown and confirmed before the contract."""

from __future__ import annotations

from schemas.tape import codes
from schemas.tape.field import Count, Flag, Money, Rate, Stamp, TapeModel, Text, field


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
    disclosure_channel: Text = field(
        "Where it was shown", "展示渠道", source="金规〔2026〕2号 [S]; A4", unit="code", codes=codes.DISCLOSURE_CHANNEL
    )
    sheet_method: Text = field(
        "How the sheet's annual cost was computed",
        "明示表年化方法",
        source="公告〔2021〕3号 [S]; A1",
        unit="code",
        codes=codes.SHOWN_METHOD,
    )
    sheet_principal_amount: Money = field("Principal on the sheet", "明示表本金", source="A4 [S]", unit="money", ge=0)
    sheet_term_count: Count = field("Instalments on the sheet", "明示表期数", source="A4 [S]", unit="count", ge=0)
    normal_item_count: Count = field(
        "Cost items of normal performance on the sheet", "正常履约项目数", source="A4 [S]", unit="count", ge=0
    )
    default_item_count: Count = field(
        "Cost items on default on the sheet", "违约项目数", source="A4 [S]", unit="count", ge=0
    )
    is_reading_forced: Flag = field("Reading time was forced", "强制阅读标识", source="A4 [S]", unit="flag")
    is_no_other_fee_declared: Flag = field(
        "Declared that nothing else is charged", "无其他费用声明标识", source="A4 [S]", unit="flag"
    )
    is_lender_named: Flag = field("The lender is named", "贷款主体披露标识", source="B, art. 17 [B-M]", unit="flag")
    is_rate_shown: Flag = field(
        "The annual rate is shown", "实际年利率披露标识", source="B, art. 17 [B-M]", unit="flag"
    )
    is_schedule_shown: Flag = field(
        "The schedule is shown", "还本付息安排披露标识", source="B, art. 17 [B-M]", unit="flag"
    )
    is_default_shown: Flag = field(
        "Collection and liability on default are shown",
        "逾期清收及违约责任披露标识",
        source="B, art. 17 [B-M]",
        unit="flag",
    )
    is_complaint_route_shown: Flag = field(
        "The way to complain is shown", "咨询投诉渠道披露标识", source="B, art. 17 [B-M]", unit="flag"
    )
    is_partner_named: Flag = field(
        "The partner and its part are named", "合作方及职责披露标识", source="B, partner chapter [B-M]", unit="flag"
    )
    is_default_ticked: Flag = field(
        "A box was ticked beforehand", "默认勾选标识", source="银保监会令2020年第9号 [B-H]; G79", unit="flag"
    )
    is_bundled: Flag = field("Sold in a bundle", "捆绑标识", source="银保监会令2020年第9号 [B-H]; G79", unit="flag")

    @classmethod
    def key(cls) -> tuple[str, ...]:
        return ("iou_no", "cost_sheet_id")
