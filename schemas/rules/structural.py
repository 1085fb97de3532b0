"""What every delivered line and every field of the tape is held to, before any rule with a citation.

Belongs here: the sentences of the codes that reading and the field constraints report under. Not here: how they are
checked (``loantape.checking``), or which constraint a field has (``schemas/tape``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from loantape.declare import Severity


@dataclass(frozen=True)
class Sentence:
    """What a code says, in both languages, and where it comes from."""

    code: str
    en: str
    zh: str
    cites: str
    severity: Severity = Severity.ERROR


_TAPE = "the tape's declaration, docs/reference/tape.md"
_LENDER = "the lender's declaration, docs/reference/lenders.md"

SENTENCES: Mapping[str, Sentence] = {
    one.code: one
    for one in (
        Sentence(
            "READ-001", "The delivered text can be read as its declared type.", "报送文本可按申报的类型读取。", _LENDER
        ),
        Sentence("READ-002", "The physical line can be read as one record.", "该物理行可读取为一条记录。", _LENDER),
        Sentence(
            "READ-003",
            "The declared control total equals the computed one.",
            "申报的控制总数与计算结果一致。",
            "the delivery's manifest",
        ),
        Sentence("FLD-001", "A required value is present.", "必填项已填报。", _TAPE),
        Sentence("FLD-002", "The value is in the field's code list.", "取值在代码表内。", _TAPE),
        Sentence("FLD-003", "The value is within the field's range.", "取值在允许范围内。", _TAPE),
        Sentence("FLD-004", "The text has the field's length and form.", "文本长度与格式符合要求。", _TAPE),
        Sentence("FLD-005", "The key names one row only.", "主键唯一。", _TAPE),
    )
}
