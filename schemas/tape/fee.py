"""The cost items of a loan as disclosed to its borrower."""

from __future__ import annotations

from schemas.tape import codes
from schemas.tape.field import Count, Money, Rate, TapeModel, Text, field


class Fee(TapeModel):
    """One row per cost item of an IOU, interest included; ``fee_annual_pct`` is the item converted to a year."""

    iou_no: Text = field("IOU number", "借据号", source="G20", required=True, max_length=100)
    fee_item_no: Count = field("Item", "项目序号", source="金规〔2026〕2号 [S]; G46", unit="count", required=True, ge=1)
    fee_item_name: Text = field(
        "Name of the item", "项目名称", source="金规〔2026〕2号 [S]; G46", required=True, max_length=100
    )
    fee_type: Text = field("Kind of item", "项目类型", source="G47", unit="code", codes=codes.FEE_TYPE, required=True)
    fee_case: Text = field(
        "Normal performance or default",
        "情形",
        source="金规〔2026〕2号 [S]; G48",
        unit="code",
        codes=codes.FEE_CASE,
        required=True,
    )
    fee_method: Text = field(
        "How it is collected",
        "收取方式",
        source="金规〔2026〕2号 [S]; G49",
        unit="code",
        codes=codes.FEE_METHOD,
        required=True,
    )
    fee_standard_pct: Rate = field(
        "Standard: percent of the amount lent",
        "收取标准（占借款金额百分比）",
        source="金规〔2026〕2号 [S]; G49",
        unit="percent",
        ge=0,
    )
    fee_annual_pct: Rate = field(
        "Converted to a year", "年化折算", source="金规〔2026〕2号 [S]; G50", unit="percent", ge=0
    )
    fee_amount: Money = field("Over the whole term", "全程金额", source="金规〔2026〕2号 [S]; G49", unit="money", ge=0)
    fee_trigger: Text = field("What makes it fall due", "触发情形", source="金规〔2026〕2号 [S]; A4", max_length=200)
    collector_type: Text = field(
        "Kind of collecting entity",
        "收取主体类型",
        source="金规〔2025〕9号 [S]; G51",
        unit="code",
        codes=codes.COLLECTOR_TYPE,
        required=True,
    )
    collector_uscc: Text = field("Collecting entity's code", "收取主体代码", source="G51", max_length=18)
    collector_name: Text = field("Collecting entity", "收取主体", source="G51", max_length=200)

    @classmethod
    def key(cls) -> tuple[str, ...]:
        return ("iou_no", "fee_item_no")
