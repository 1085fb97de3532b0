"""From delivered bytes to the tape: nothing lost, nothing moved, nothing invented."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loantape import catalog
from loantape.errors import ConfigurationError, DeliveryError, LineLedgerMismatch
from loantape.intake import parse, reading, typed
from loantape.intake.reading import raw_line
from loantape.intake.typed import sql_types
from loantape.keys import Keys
from loantape.privacy import reading_vault

GOOD = b"A%d,U,N,b,MARKETING,Y,2026-01-31,12/2026\n"


def good(count: int, start: int = 0) -> bytes:
    return b"".join(GOOD % at for at in range(start, start + count))


def test_values_constants_and_empty_tables(deliver: Callable[..., Any], tools: Any) -> None:
    """A row becomes its typed values; constants are filled in; tables without a file exist and are empty."""
    read = deliver({"partner.csv": tools.HEADER + b"\n" + good(1) + b'B,U,"N ""x"", y",,-,N,,\n'}, tools.small_lender())
    filled = (
        "partner_agreement_no, partner_uscc, partner_name, partner_type, partner_service, is_on_list, agreement_from, "
        "agreement_to, agreement_status"
    )
    assert read.rows(f"SELECT {filled} FROM tape_partner ORDER BY rowid") == [
        ("A0", "U", "N", "BANK", "MARKETING", True, date(2026, 1, 31), date(2026, 12, 1), "VALID"),
        ("B", "U", 'N "x", y', "OTHER", None, False, None, None, "VALID"),
    ]
    for table in catalog.tape_tables():
        described = read.rows("SELECT column_name, column_type FROM (DESCRIBE tape_" + table + ")")
        assert dict(described) == sql_types(table) and [name for name, _ in described] == list(sql_types(table))
    assert read.rows("SELECT institution_name, snapshot_date FROM tape_institution") == [("S", date(2026, 10, 31))]
    assert read.summary.rows["partner"] == 2 and read.summary.rows["loan"] == 0


def test_what_does_not_parse_keeps_its_text(deliver: Callable[..., Any], tools: Any) -> None:
    """Each unparsable cell is null in the tape and its text is kept with row and field."""
    data = tools.HEADER + b"\n" + good(1) + b"B,U,%s,x,S,y,2025/1/3,13/2026\n" % (b"n" * 21) + good(1, 2)
    read = deliver({"partner.csv": data}, tools.small_lender())
    assert read.rows("SELECT * FROM unparsed ORDER BY ALL") == [
        ("partner", 1, "agreement_from", "2025/1/3"),
        ("partner", 1, "agreement_to", "13/2026"),
        ("partner", 1, "is_on_list", "y"),
        ("partner", 1, "partner_name", "n" * 21),
        ("partner", 1, "partner_type", "x"),
    ]
    assert read.summary.unparsed == 5
    assert read.rows("SELECT partner_agreement_no, is_on_list FROM tape_partner ORDER BY rowid")[1] == ("B", None)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_encodings_and_line_ends_do_not_matter(
    deliver: Callable[..., Any], tools: Any, encoding: str, end: bytes, bom: str
) -> None:
    """The same rows come out of every declared encoding, line end and byte order mark."""
    text = bom + tools.HEADER.decode() + "\n" + "".join(f"借据{at}𠮷,U,名€,b,MARKETING,Y,,\n" for at in range(50))
    data = text.replace("\n", end.decode()).encode(encoding)
    read = deliver({"partner.csv": data}, tools.small_lender(encoding))
    assert read.rows("SELECT partner_agreement_no, partner_name FROM tape_partner ORDER BY rowid") == [
        (f"借据{at}𠮷", "名€") for at in range(50)
    ]
    assert read.rows("SELECT has_bom, encoding, accepted_lines FROM files") == [(bool(bom), encoding, 50)]


def test_rejected_lines_leave_their_neighbours(deliver: Callable[..., Any], tools: Any) -> None:
    """Broken lines are counted with their reason; the lines around them are rows at their own places."""
    broken = [
        b'"open,U,N,b,M,Y,,\n',
        b"a,b\n",
        b"\xff,U,N,b,M,Y,,\n",
        b"a\0,U,N,b,M,Y,,\n",
        b'x"y,U,N,b,M,Y,,\n',
        b"\n",
    ]
    data = (
        tools.HEADER + b"\r\n" + b"".join(good(2, at * 2) + line for at, line in enumerate(broken)) + good(1, 99)[:-1]
    )
    read = deliver({"partner.csv": data}, tools.small_lender())
    assert [
        reason for (reason,) in read.rows("SELECT reason FROM lines WHERE kind = 'rejected' ORDER BY first_line")
    ] == [
        "unbalanced_quote",
        "field_count",
        "undecodable",
        "nul",
        "stray_quote",
    ]
    expected = [f"A{at}" for at in range(12)] + ["A99"]
    assert [row[0] for row in read.rows("SELECT partner_agreement_no FROM tape_partner ORDER BY rowid")] == expected
    assert read.summary.lines == {"header": 1, "accepted": 13, "rejected": 5, "blank": 1, "trailer": 0}
    every_row_is_its_line(read, "partner")


def every_row_is_its_line(read: Any, table: str) -> None:
    """accepted_runs says for each row which physical line it is, and raw_line fetches exactly that line."""
    rows = read.rows(
        f"SELECT t.rowid, partner_agreement_no, r.file, r.first_line + t.rowid - r.first_row FROM tape_{table} AS t "
        f"LEFT JOIN accepted_runs AS r ON t.rowid BETWEEN r.first_row AND r.last_row AND r.table_name = '{table}' "
        "ORDER BY t.rowid"
    )
    for _, agreement, file, line in rows:
        raw = raw_line(read.folder / "original" / file, read.con, file, line)
        assert raw.split(b",")[0] == agreement.encode()


def test_rows_keep_the_order_of_lines_and_files(deliver: Callable[..., Any], tools: Any) -> None:
    """Over many blocks, threads and files, row ids follow the files of the manifest and their lines."""
    first = tools.HEADER + b"\n" + good(120_000)
    second = tools.HEADER + b"\n" + good(5, 120_000) + b"\n" + good(5, 120_005)
    read = deliver({"partner1.csv": first, "partner2.csv": second}, tools.small_lender())
    read.con.execute("SET threads = 4")
    assert read.rows("SELECT count(*), count(*) FILTER (partner_agreement_no = 'A' || rowid) FROM tape_partner") == [
        (120_010, 120_010)
    ]
    assert read.rows("SELECT file, first_row, last_row, first_line FROM accepted_runs ORDER BY first_row") == [
        ("partner1.csv", 0, 119_999, 2),
        ("partner2.csv", 120_000, 120_004, 2),
        ("partner2.csv", 120_005, 120_009, 8),
    ]
    assert raw_line(read.folder / "original/partner1.csv", read.con, "partner1.csv", 100_001).startswith(b"A99999,")
    assert raw_line(read.folder / "original/partner2.csv", read.con, "partner2.csv", 12).startswith(b"A120009,")
    for beyond in (0, 13):
        with pytest.raises(DeliveryError):
            raw_line(read.folder / "original/partner2.csv", read.con, "partner2.csv", beyond)


def test_buffers_used_again_hold_nothing_of_before(
    deliver: Callable[..., Any], tools: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over dozens of pieces that share buffers, every text, short, long, quoted or missing, is the one of its line."""
    monkeypatch.setattr(parse, "_PIECE", 4096)
    forms = (
        b"A%d,U,short,b,M,Y,2026-01-31,\n",
        b"A%d,a text of line number %d,,-,M,N,,12/2026\n",
        b'A%d,"say ""%d""",x,b,,Y,,\n',
    )
    body = b"".join(form % ((at,) * form.count(b"%d")) for at in range(150_000) for form in (forms[at * 7 % 3],))
    read = deliver({"partner.csv": tools.HEADER + b"\n" + body}, tools.small_lender())
    kind = "(rowid * 7) % 3"
    wrong = f"""SELECT count(*), count(*) FILTER (
        partner_agreement_no IS DISTINCT FROM 'A' || rowid
        OR partner_uscc IS DISTINCT FROM CASE {kind} WHEN 0 THEN 'U' WHEN 1 THEN 'a text of line number ' || rowid
            ELSE 'say "' || rowid || '"' END
        OR partner_name IS DISTINCT FROM CASE {kind} WHEN 0 THEN 'short' WHEN 2 THEN 'x' END
        OR partner_type IS DISTINCT FROM CASE WHEN {kind} <> 1 THEN 'BANK' END
        OR partner_service IS DISTINCT FROM CASE {kind} WHEN 2 THEN NULL ELSE 'M' END
        OR is_on_list IS DISTINCT FROM ({kind} <> 1)
        OR agreement_from IS DISTINCT FROM CASE {kind} WHEN 0 THEN DATE '2026-01-31' END
        OR agreement_to IS DISTINCT FROM CASE {kind} WHEN 1 THEN DATE '2026-12-01' END) FROM tape_partner"""
    assert read.rows(wrong) == [(150_000, 0)]


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [b'"', b",", b"\n", b"\r", b"\0", b"\xff", b"\xe5\x80\x9f", b"a,b,c,d,e,f,g,h\n", b"P,U,N,b,M,Y,,\n"]
        ),
        max_size=60,
    ).map(b"".join)
)
def test_rows_equal_accepted_lines(tools: Any, body: bytes) -> None:
    """Whatever the bytes, the parser makes a row of each accepted line, and every line is of one kind."""
    with tempfile.TemporaryDirectory() as folder:
        read = tools.receive_and_read(Path(folder), {"partner.csv": tools.HEADER + b"\n" + body}, tools.small_lender())
        (counts,) = read.rows(
            "SELECT physical_lines, header_lines, accepted_lines, rejected_lines, blank_lines, trailer_lines FROM files"
        )
        assert counts[0] == sum(counts[1:])
        assert read.rows("SELECT count(*) FROM tape_partner") == [(counts[2],)]
        assert read.rows("SELECT sum(end_byte - first_byte), sum(last_line - first_line + 1) FROM lines") == [
            (len(tools.HEADER) + 1 + len(body), counts[0])
        ]
        read.con.close()


def test_a_long_line_is_read(deliver: Callable[..., Any], tools: Any) -> None:
    """A line of several megabytes is a line like any other; its too long text is kept."""
    data = tools.HEADER + b"\n" + good(1) + b"B,U," + b"n" * 5_000_000 + b",b,S,Y,,\n" + good(1, 2)
    read = deliver({"partner.csv": data}, tools.small_lender())
    assert read.summary.rows["partner"] == 3
    assert read.rows("SELECT field, length(text) FROM unparsed") == [("partner_name", 5_000_000)]


def test_control_totals_are_exact(deliver: Callable[..., Any], tools: Any) -> None:
    """Totals are summed in decimals over the rows of their file and compared with the declared ones."""
    data = b"iou,amount,term,id_type,id_no,phone,name\n" + b"".join(b"I%d,0.10,3,,,,\n" % at for at in range(10))
    totals = {"loan.csv": {"loan.loan_amount": "1.00", "loan.term_count": "31"}}
    read = deliver({"loan.csv": data}, tools.loan_lender(), totals)
    assert read.rows("SELECT name, declared, computed, agrees FROM control_totals ORDER BY name") == [
        ("loan.loan_amount", Decimal("1"), Decimal("1"), True),
        ("loan.term_count", Decimal("31"), Decimal("30"), False),
    ]
    assert read.summary.control_totals_wrong == 1


def test_a_reader_that_loses_a_row_is_caught(
    deliver: Callable[..., Any], tools: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the reader's rows and the byte ledger differ by one, nothing is accepted: that fault is ours."""
    honest = typed.rows_sql
    monkeypatch.setattr(typed, "rows_sql", lambda *args: honest(*args) + " LIMIT 1")
    with pytest.raises(LineLedgerMismatch, match="1 rows, the byte count says 2"):
        deliver({"partner.csv": tools.HEADER + b"\n" + good(2)}, tools.small_lender())


def test_changed_originals_are_noticed(tmp_path: Path, tools: Any) -> None:
    """One changed byte in a received file stops the reading."""
    read = tools.receive_and_read(tmp_path, {"partner.csv": tools.HEADER + b"\n" + good(2)}, tools.small_lender())
    path = read.folder / "original/partner.csv"
    path.write_bytes(path.read_bytes().replace(b"MARKETING", b"MARKETINH", 1))
    with pytest.raises(DeliveryError, match="not what was received"):
        original = read.folder / "original"
        reading._look_at_files(original, reading._manifest(original), tools.small_lender(), reading.Progress())


def test_order_must_be_kept(tmp_path: Path, tools: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that may reorder rows is refused."""
    read = tools.receive_and_read(tmp_path, {"partner.csv": tools.HEADER + b"\n" + good(2)}, tools.small_lender())
    read.con.execute("SET preserve_insertion_order = false")
    with pytest.raises(ConfigurationError):
        reading._refuse_unordered(read.con)


def test_the_vault_keeps_what_each_loan_came_with_and_each_borrower_once(
    deliver: Callable[..., Any], tools: Any
) -> None:
    """Row by row beside the loans, nulls where a file says nothing, in the order of files and lines; a borrower of two
    files is one borrower."""
    layout = tools.loan_lender().files[0]
    bare = replace(layout, pattern="bare.csv", columns=layout.columns[:3])
    second = replace(layout, pattern="second.csv")
    lender = replace(
        tools.loan_lender(),
        files=(bare, replace(layout, pattern="first.csv"), second),
        rows={"loan": ({"iou_no": "D"},)},
    )
    header, short = b"iou,amount,term,id_type,id_no,phone,name\n", b"iou,amount,term\n"
    read = deliver(
        {
            "first.csv": header + b"A,1,1,B01, 110x ,1,Wang\nbroken\nB,1,1,,,,\n",
            "bare.csv": short + b"C,1,1\n",
            "second.csv": header + b"E,1,1,B01,110X,2,Li\nF,1,1,B03,P1,,\n",
        },
        lender,
    )
    kept = read.folder / "identity.vault"
    with reading_vault(read.con, kept, Keys(read.folder.parent / "keys").vault_key()) as vault:
        beside = read.rows(
            "SELECT iou_no, loan.id_type, known.id_type, id_no, phone, name, borrower_pid IS NULL"
            f" FROM tape_loan AS loan POSITIONAL JOIN {vault.loan} AS known"
        )
        assert beside == [
            ("D", None, None, None, None, None, True),
            ("A", "B01", "B01", " 110x ", "1", "Wang", False),
            ("B", None, None, None, None, None, True),
            ("C", None, None, None, None, None, True),
            ("E", "B01", "B01", "110X", "2", "Li", False),
            ("F", "B03", "B03", "P1", None, None, False),
        ]
        borrowers = read.rows(f"SELECT id_type, id_no, phone, name FROM {vault.identity} ORDER BY id_type")
        assert borrowers == [("B01", "110X", "2", "Li"), ("B03", "P1", None, None)]
        pids = read.rows("SELECT DISTINCT borrower_pid FROM tape_loan WHERE borrower_pid IS NOT NULL ORDER BY 1")
        assert pids == read.rows(f"SELECT borrower_pid FROM {vault.identity} ORDER BY 1")


def test_identifiers_are_nowhere_in_plain(deliver: Callable[..., Any], tools: Any) -> None:
    """ID numbers, phones and names are in the original and, encrypted, in the vault: in no other byte that is left."""
    people = [(f"1101051949123{at:04}X", f"1380000{at:04}", f"CANARY-NAME-{at}") for at in range(3000)]
    lines = "".join(f"I{at},1.00,1,B01,{i},{p},{n}\n" for at, (i, p, n) in enumerate(people))
    data = ("iou,amount,term,id_type,id_no,phone,name\n" + lines + "bad," + ",".join(people[0]) + "\n").encode()
    read = deliver({"loan.csv": data}, tools.loan_lender())
    read.con.close()
    files = [path for path in read.folder.rglob("*") if path.is_file() and path.parent.name != "original"]
    assert {path.name for path in files} == {"submission.duckdb", "identity.vault"}
    for path in files:
        stored = path.read_bytes()
        for person in (people[0], people[1234], people[-1]):
            assert not any(part.encode() in stored for part in person), path.name
        assert b"CANARY" not in stored
