"""The reporting institution. Not here: partners."""

from __future__ import annotations

from schemas.tape import codes
from schemas.tape.field import Count, Day, Money, TapeModel, Text, field


class Institution(TapeModel):
    """One row per reporting institution per reporting date; amounts in ``currency``."""

    lender_uscc: Text = field(
        "Unified social credit code",
        "统一社会信用代码",
        source="GB 32100-2015 [B-H]; G2",
        required_in=("cn",),
        max_length=18,
    )
    licence_no: Text = field("Financial licence number", "金融许可证号", source="EAST 5.0 [P]; G3", max_length=15)
    institution_name: Text = field("Name", "机构名称", source="EAST 5.0 [P]", required=True, max_length=200)
    lender_type: Text = field(
        "Kind of lender", "机构类型", source="G4", unit="code", codes=codes.LENDER_TYPE, required=True
    )
    lender_region: Text = field(
        "Region of registration", "机构地区代码", source="GB/T 2260 [P]; G6", required_in=("cn",), max_length=6
    )
    snapshot_date: Day = field("Reporting date", "报送日期", source="G1", unit="date", required=True)
    currency: Text = field("Currency", "币种", source="GB/T 12406 [P]; G35", required=True, max_length=3)
    tier1_net_amount: Money = field(
        "Net tier-1 capital", "一级资本净额", source="PBoC form 20203046 [P]; G7", unit="money", ge=0
    )
    net_assets_amount: Money = field("Net assets", "净资产", source="G8", unit="money")

    # the lender's own books on the same loans: what the sums of the tape are compared with
    loan_count: Count = field("Loans on the books", "贷款笔数", source="control total, ours", unit="count", ge=0)
    loan_balance_amount: Money = field("Loans outstanding", "贷款余额", source="form 20202002 [P]", unit="money", ge=0)
    overdue_balance_amount: Money = field("Overdue loans", "逾期贷款", source="form 20202015 [P]", unit="money", ge=0)
    provision_total_amount: Money = field(
        "Loss provisions", "贷款减值准备", source="form 20202017 [P]", unit="money", ge=0
    )
    opening_balance_amount: Money = field(
        "Outstanding at the start of the period", "期初余额", source="control total, ours", unit="money", ge=0
    )
    granted_amount: Money = field("Granted in the period", "本期发放", source="control total, ours", unit="money", ge=0)
    repaid_amount: Money = field("Repaid in the period", "本期收回", source="control total, ours", unit="money", ge=0)
    written_off_amount: Money = field(
        "Written off in the period", "本期核销", source="control total, ours", unit="money", ge=0
    )
    transferred_amount: Money = field(
        "Transferred in the period", "本期转让", source="control total, ours", unit="money", ge=0
    )

    @classmethod
    def key(cls) -> tuple[str, ...]:
        return ("institution_name",)
