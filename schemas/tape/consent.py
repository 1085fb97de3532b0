"""Consents and authorisations to process personal information."""

from __future__ import annotations

from schemas.tape import codes
from schemas.tape.field import Day, Stamp, TapeModel, Text, field


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
    auth_letter_no: Text = field("Authorisation letter", "授权书编号", source="EAST 502 SQSBH [P]; G80", max_length=300)
    auth_from: Day = field("Valid from", "授权生效日期", source="EAST 502 SXRQ [P]; G81", unit="date")
    auth_to: Day = field("Valid to", "授权终止日期", source="EAST 502 ZZRQ [P]; G81", unit="date")
    recipient_name: Text = field("Recipient", "接收方", source="PIPL art. 23 [B-H]; G83", max_length=200)
    consented_at: Stamp = field("Given", "同意时间", source="PIPL art. 14 [B-H]; G83", unit="time", required=True)
    withdrawn_at: Stamp = field("Withdrawn", "撤回时间", source="PIPL art. 15 [B-H]; G83", unit="time")

    @classmethod
    def key(cls) -> tuple[str, ...]:
        return ("consent_id",)
