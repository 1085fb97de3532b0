"""One delivered line as a person may see it: its defect in place, its people hidden."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from loantape.declare import Column, FileKind, FileLayout, Lender
from loantape.intake.showing import line_of

HEADER = b"iou,amount,term,id_type,id_no,phone,name\n"


def test_identities_are_hidden_in_a_record(deliver: Callable[..., Any], tools: Any) -> None:
    """A record shows what it says but for the columns of the vault; unmasked it is the line as it came."""
    lender = tools.loan_lender()
    read = deliver({"loan.csv": HEADER + b'A1,1.00,2,B01,CANARY1,CANARY2,"CAN,ARY"\n'}, lender)
    shown = line_of(read.con, read.folder, lender, "loan.csv", 2)
    assert shown.startswith("A1,1.00,2,B01,***") and "CAN" not in shown
    raw = line_of(read.con, read.folder, lender, "loan.csv", 2, raw=True)
    assert raw == 'A1,1.00,2,B01,CANARY1,CANARY2,"CAN,ARY"'


def test_a_broken_line_shows_where_it_is_broken(deliver: Callable[..., Any], tools: Any) -> None:
    """Of a line that is no record only delimiters and quotes are shown where the file carries identities."""
    lender = tools.loan_lender()
    read = deliver({"loan.csv": HEADER + '"A1,2.00,张三,CANARY\n'.encode()}, lender)
    assert line_of(read.con, read.folder, lender, "loan.csv", 2) == '"xx,x.xx,xx,xxxxxx'


def test_a_fixed_width_line_shows_its_columns(deliver: Callable[..., Any]) -> None:
    """Columns of a fixed-width line are told apart by their places, whatever signs they hold."""
    columns = (
        Column("iou", "loan.iou_no", at=(1, 4)),
        Column("kind", "loan.id_type", at=(5, 3)),
        Column("name", "identity.name", at=(8, 6)),
    )
    layout = FileLayout("loan.txt", columns, kind=FileKind.FIXED, header=False)
    lender = Lender("fixed", "F", "F", "cn", "s/1", (replace(layout, encoding="gbk"),))
    read = deliver({"loan.txt": "A,01B01".encode("gbk") + "张三丰".encode("gbk") + b"\n"}, lender)
    assert line_of(read.con, read.folder, lender, "loan.txt", 1) == "A,01|B01|*** (3 characters)"
