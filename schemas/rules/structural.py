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
_INTAKE = "docs/reference/intake.md"

SENTENCES: Mapping[str, Sentence] = {
    one.code: one
    for one in (
        Sentence(
            "READ-001",
            "The delivered text can be read as its declared type.",
            "报送文本可按申报的类型读取。",
            _LENDER,
        ),
        Sentence(
            "READ-002",
            "The physical line can be read as one record.",
            "该物理行可读取为一条记录。",
            _LENDER,
        ),
        Sentence(
            "READ-003",
            "The declared control total equals the computed one.",
            "申报的控制总数与计算结果一致。",
            "the delivery's manifest or trailer record",
        ),
        Sentence(
            "READ-004",
            "A file that carries amounts declares at least one sum of them.",
            "含金额的文件至少申报一项金额合计。",
            _INTAKE,
            Severity.WARNING,
        ),
        Sentence(
            "READ-005",
            "The declared trailer record ends the file and can be read.",
            "文件以申报的尾记录结束且尾记录可读取。",
            _LENDER,
        ),
        Sentence(
            "READ-006",
            "Every required column is there exactly once.",
            "每个必需列出现且仅出现一次。",
            _LENDER,
        ),
        Sentence(
            "READ-007",
            "Every delivered column is declared.",
            "报送的每一列均已申报。",
            _LENDER,
            Severity.WARNING,
        ),
        Sentence(
            "READ-008",
            "Columns are named exactly as declared.",
            "列名与申报完全一致。",
            _LENDER,
            Severity.WARNING,
        ),
        Sentence(
            "READ-009",
            "Columns come in the declared order.",
            "列的顺序与申报一致。",
            _LENDER,
            Severity.INFO,
        ),
        Sentence(
            "READ-010",
            "All lines of a file end in the same way.",
            "文件各行的换行方式一致。",
            _INTAKE,
            Severity.WARNING,
        ),
        Sentence(
            "READ-011",
            "The last line is ended.",
            "最后一行有换行符。",
            _INTAKE,
            Severity.WARNING,
        ),
        Sentence(
            "READ-012",
            "The bytes look like the declared encoding.",
            "字节内容与申报的编码相符。",
            _LENDER,
            Severity.WARNING,
        ),
        Sentence(
            "READ-013",
            "The value is written without full-width letters, digits, signs or blanks.",
            "取值不含全角字母、数字、符号或空格。",
            _INTAKE,
            Severity.INFO,
        ),
        Sentence(
            "READ-014",
            "The text has no blanks around it.",
            "文本首尾没有空白。",
            _INTAKE,
            Severity.WARNING,
        ),
        Sentence(
            "READ-015",
            "The file gives the column the declared type.",
            "文件中该列的类型与申报一致。",
            _LENDER,
            Severity.WARNING,
        ),
        Sentence(
            "READ-016",
            "The cell holds a value, not a formula or an error.",
            "单元格为数值或文本，而非公式或错误值。",
            _INTAKE,
        ),
        Sentence("FLD-001", "A required value is present.", "必填项已填报。", _TAPE),
        Sentence("FLD-002", "The value is in the field's code list.", "取值在代码表内。", _TAPE),
        Sentence("FLD-003", "The value is within the field's range.", "取值在允许范围内。", _TAPE),
        Sentence("FLD-004", "The text has the field's length and form.", "文本长度与格式符合要求。", _TAPE),
        Sentence("FLD-005", "The key names one row only.", "主键唯一。", _TAPE),
        Sentence("FLD-006", "What the model's own checks say of the field holds.", "字段满足模型自带的校验。", _TAPE),
    )
}
