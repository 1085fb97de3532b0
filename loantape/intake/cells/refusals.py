"""What a person reads when a typed file is refused as a whole: the child's codes as sentences with a next step.

Belongs here: the words. Not here: what leads to a refusal (``columnar``, ``workbook``, ``container``, ``reader``).
"""

from __future__ import annotations

from collections.abc import Mapping

from loantape.errors import DeliveryError
from loantape.privacy import mask

# code: what is wrong with the file, {detail} being the child's word on it; what the sender should do
REFUSALS: Mapping[str, tuple[str, str]] = {
    "not_parquet": ("is not a Parquet file", "send the file in the format its name says"),
    "not_arrow": ("is not an Arrow IPC file (Feather 2) or stream", "send the file in the format its name says"),
    "not_xlsx": ("is not an XLSX workbook", "save it as .xlsx and send it again"),
    "old_excel": ("is a workbook in the old binary format (.xls)", "save it as .xlsx and send it again"),
    "encrypted": ("is encrypted", "send it without a password: protect the way it travels instead"),
    "damaged": ("is damaged or breaks its own format", "write the file anew and check that it opens before sending it"),
    "rows": ("says it has another number of rows than it has ({detail})", "write the file anew"),
    "columns": ("has {detail} columns; 4,096 are the most", "send the columns of the agreed layout only"),
    "nested": (
        "has a column that holds no single values: column {detail}",
        "send lists, structures and binary columns as separate plain columns or not at all",
    ),
    "macros": ("holds macros, controls or macro sheets", "save it as a workbook without macros (.xlsx)"),
    "xml": (
        "holds XML with a DTD, entities, inclusions or stylesheets, which no workbook needs",
        "save it with a spreadsheet program and send it again",
    ),
    "nested_archive": ("holds another archive or an embedded document", "remove embedded objects from the workbook"),
    "members": ("has {detail} parts; 1,000 are the most", "save only the agreed sheet in a new workbook"),
    "ratio": ("unpacks to more than 200 times its size", "save only the agreed sheet in a new workbook"),
    "size": ("unpacks to more than 256 GiB", "split the delivery"),
    "part": ("lacks a part it refers to: {detail}", "save it with a spreadsheet program and send it again"),
    "sheets": ("has {detail} sheets, and the layout names none", "send a workbook with one sheet"),
    "sheet_missing": ("has no sheet of the declared name", "name the sheet as agreed"),
    "no_header": ("has an empty first row", "the first row names the columns"),
    "memory": ("needs more memory than it is given", "send it in smaller row groups, batches or files"),
    "time": ("takes longer to read than it is given", "send it in smaller files"),
    "silent": (
        "made the process that reads it end ({detail})",
        "write the file anew, with another program if it recurs",
    ),
    "nonsense": (
        "made the process that reads it answer what no file can say ({detail})",
        "treat the file as hostile: keep it apart and ask the sender how it was made",
    ),
}

_LONGEST = 120


def refusal(name: str, code: str, detail: str = "") -> DeliveryError:
    """The error for a file. What the child says is shortened, masked and freed of unprintable characters."""
    what, next_step = REFUSALS.get(code, REFUSALS["nonsense"])
    shown = mask("".join(one if one.isprintable() else "?" for one in detail[:_LONGEST]))
    return DeliveryError(f"{name} {what.replace('{detail}', shown)}", next_step)
