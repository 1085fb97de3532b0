"""Who the lender works with: platforms, co-lenders, guarantors, insurers."""

from __future__ import annotations

from schemas.tape import codes
from schemas.tape.field import Day, Flag, TapeModel, Text, field


class Partner(TapeModel):
    """One row per co-operation agreement per reporting date."""

    partner_agreement_no: Text = field(
        "Co-operation agreement", "合作协议号", source="EAST 513 [P]; G87", required=True, max_length=100
    )
    partner_uscc: Text = field(
        "Partner's unified social credit code",
        "合作方统一社会信用代码",
        source="EAST 513 [P]; G88",
        required=True,
        max_length=18,
    )
    partner_name: Text = field("Partner", "合作方名称", source="EAST 513 [P]; G88", required=True, max_length=200)
    partner_type: Text = field(
        "Kind of partner",
        "合作方类型",
        source="EAST 513 [P]; G88",
        unit="code",
        codes=codes.PARTNER_TYPE,
        required=True,
    )
    partner_service: Text = field(
        "Kind of co-operation",
        "合作方式",
        source="EAST 513 [P]; G88",
        unit="code",
        codes=codes.PARTNER_SERVICE,
        required=True,
    )
    partner_group_id: Text = field(
        "Partner's group", "合作方集团", source="银保监办发〔2021〕24号 [B-H]; G89", max_length=32
    )
    is_on_list: Flag = field(
        "On the published partner list", "名单标识", source="金规〔2025〕9号 [S]; G93", unit="flag"
    )
    list_version: Text = field("Version of the list", "名单版本", source="金规〔2025〕9号 [S]; G93", max_length=30)
    list_published_on: Day = field("Listed since", "名单公布日期", source="金规〔2025〕9号 [S]; A3", unit="date")
    list_removed_on: Day = field("Taken off the list", "移出名单日期", source="金规〔2025〕9号 [S]; A3", unit="date")
    is_head_office_signed: Flag = field(
        "Agreement signed by the head office", "总行签署标识", source="金规〔2025〕9号 [S]; A3", unit="flag"
    )
    has_approval_floor: Flag = field(
        "The partner sets a floor to approvals", "合作方设定通过率标识", source="金规〔2025〕9号 [S]; A3", unit="flag"
    )
    agreement_from: Day = field("Agreement from", "协议起始日期", source="EAST 513 [P]", unit="date")
    agreement_to: Day = field("Agreement to", "协议到期日期", source="EAST 513 [P]", unit="date")
    agreement_status: Text = field(
        "Status of the agreement", "协议状态", source="EAST 513 [P]", unit="code", codes=codes.AGREEMENT_STATUS
    )

    @classmethod
    def key(cls) -> tuple[str, ...]:
        return ("partner_agreement_no",)
