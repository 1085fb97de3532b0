"""Consents and authorisations to process personal information."""

from __future__ import annotations

from schemas.tape import codes
from schemas.tape.field import Day, Flag, Stamp, TapeModel, Text, field


class Consent(TapeModel):
    """One row per consent given for an IOU; local times."""

    consent_id: Text = field("Consent", "同意编号", source="PIPL art. 13-17 [B-H]; G82", required=True, max_length=100)
    iou_no: Text = field("IOU number", "借据号", source="G20", required=True, max_length=100)
    consent_type: Text = field(
        "Kind of consent",
        "同意类型",
        source="PIPL art. 23, 29, 39 [B-H]; G82",
        unit="code",
        codes=codes.CONSENT_TYPE,
        required=True,
    )
    consent_version: Text = field("Version of the text", "同意书版本", source="PIPL art. 14 [B-H]", max_length=30)
    lawful_basis: Text = field(
        "Lawful basis", "处理合法性基础", source="PIPL art. 13 [B-H]", unit="code", codes=codes.LAWFUL_BASIS
    )
    purpose_text: Text = field("Purpose as told", "处理目的", source="PIPL art. 17 [B-H]", max_length=300)
    is_separate: Flag = field("Asked for separately", "单独同意标识", source="PIPL art. 23, 29, 39 [B-H]", unit="flag")
    data_class: Text = field(
        "Highest class of data", "数据等级", source="JR/T 0171-2020 [B-H]; G85", unit="code", codes=codes.DATA_CLASS
    )
    auth_letter_no: Text = field("Authorisation letter", "授权书编号", source="EAST 502 SQSBH [P]; G80", max_length=300)
    auth_from: Day = field("Valid from", "授权生效日期", source="EAST 502 SXRQ [P]; G81", unit="date")
    auth_to: Day = field("Valid to", "授权终止日期", source="EAST 502 ZZRQ [P]; G81", unit="date")
    recipient_name: Text = field("Recipient", "接收方", source="PIPL art. 23 [B-H]; G83", max_length=200)
    is_recipient_told: Flag = field(
        "Told who receives it, how to reach them, why, how and what",
        "接收方信息告知标识",
        source="PIPL art. 23 [B-H]",
        unit="flag",
    )
    cross_border_mechanism: Text = field(
        "What allows it to leave the country",
        "出境合规路径",
        source="PIPL art. 38 [B-H]",
        unit="code",
        codes=codes.CROSS_BORDER,
    )
    impact_assessment_no: Text = field("Impact assessment", "影响评估编号", source="PIPL art. 55 [B-H]", max_length=100)
    consented_at: Stamp = field("Given", "同意时间", source="PIPL art. 14 [B-H]; G83", unit="time", required=True)
    withdrawn_at: Stamp = field("Withdrawn", "撤回时间", source="PIPL art. 15 [B-H]; G83", unit="time")
    first_used_at: Stamp = field("First used", "首次使用时间", source="PIPL art. 13 [B-H]", unit="time")
    last_used_at: Stamp = field("Last used", "最近使用时间", source="PIPL art. 15 [B-H]", unit="time")
    retention_until: Day = field("Kept until", "保存期限", source="PIPL art. 19 [B-H]; G84", unit="date")
    deleted_at: Stamp = field("Deleted", "删除时间", source="PIPL art. 47 [B-H]", unit="time")

    @classmethod
    def key(cls) -> tuple[str, ...]:
        return ("consent_id",)
