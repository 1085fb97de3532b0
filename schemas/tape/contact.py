"""Contacts with borrowers to collect what is overdue."""

from __future__ import annotations

from schemas.tape import codes
from schemas.tape.field import Flag, Stamp, TapeModel, Text, field

_GUIDE = "《金融机构个人消费类贷款催收工作指引（试行）》 [S]"


class Contact(TapeModel):
    """One row per contact made in the period to collect an IOU; local times."""

    contact_id: Text = field("Contact", "催收记录编号", source="ours", required=True, max_length=100)
    iou_no: Text = field("IOU number", "借据号", source="G20", required=True, max_length=100)
    contacted_at: Stamp = field("Made", "催收时间", source=f"{_GUIDE}; G97", unit="time", required=True)
    contact_method: Text = field(
        "How", "催收方式", source=_GUIDE, unit="code", codes=codes.CONTACT_METHOD, required=True
    )
    collection_stage: Text = field(
        "Who collects", "催收阶段", source=f"{_GUIDE}; G96", unit="code", codes=codes.COLLECTION_STAGE, required=True
    )
    agency_uscc: Text = field("Agency's code", "委外机构代码", source="G96", max_length=18)
    agency_name: Text = field("Agency", "委外机构名称", source="G96", max_length=200)
    is_third_party: Flag = field(
        "To somebody else than the debtor", "第三人联系标识", source=f"{_GUIDE}; G98", unit="flag"
    )
    has_night_consent: Flag = field(
        "The debtor agreed to contact at night", "夜间催收同意标识", source=_GUIDE, unit="flag"
    )
    is_recorded: Flag = field("Recorded", "录音录像标识", source="GB/T 45251-2025 [S]", unit="flag")

    @classmethod
    def key(cls) -> tuple[str, ...]:
        return ("contact_id",)
