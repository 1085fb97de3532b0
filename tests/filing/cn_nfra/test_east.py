"""EAST's files: byte for byte, by a second implementation of table 503, read back, and refused where they must be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from cryptography.hazmat.primitives import hashes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loantape.declare import FilingContext, Period
from loantape.errors import FilingRefused, ReadBackMismatch
from loantape.filing import outgoing
from templates.cn_nfra_east import rules
from templates.cn_nfra_east.filing import FILING
from tests.filing.cn_nfra.making import BANK, BASE, LETTERS, LICENCE, LOANS, PARTNER, alike, render
from tests.filing.conftest import IDENTITIES, OTHER_USCC, VAULT, create_tape, insert_rows

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "cn_nfra_east"
CODES = ("GRXDFHZ", "GRXDFHZMX", "XDHTB", "HLWDKHTFJB", "GRXDYWJJB", "HLWDKHZXYB", "SXXXB", "ZCHXB", "DKWJXTBDB")


def name(table: str) -> str:
    return f"{LICENCE}-{table}-20261031.txt"


def records(folder: Path, table: str) -> list[list[str]]:
    text = (folder / name(table)).read_text(encoding="utf-8")
    return [line.split("\x01") for line in text.split("\n")[:-1]]


@pytest.fixture
def full(tape: Callable[..., Any]) -> Any:
    """A tape with a loan of every kind, letters and an agreement."""
    return tape(alike(LOANS), [BANK], consent=alike(LETTERS), partner=[PARTNER])


# --- golden files -------------------------------------------------------------------------------------------------


def test_golden_files(full: Any, context: FilingContext, folder: Path) -> None:
    """A small tape made by hand gives exactly the committed files, and the reader finds what the tape has."""
    written = render(full, FILING, context, folder)
    assert {path.name for path in folder.iterdir()} == {path.name for path in GOLDEN.iterdir()}
    for path in sorted(folder.iterdir()):
        assert path.read_bytes() == (GOLDEN / path.name).read_bytes(), path.name
    assert FILING.read_back(folder) == {file.name: (file.records, file.control_totals) for file in written}


def test_the_example_beside_the_filing_is_the_golden_one() -> None:
    """What the folder shows as its example is what the code writes."""
    example = Path(rules.__file__).with_name("example")
    assert sorted(path.name for path in example.iterdir()) == sorted(path.name for path in GOLDEN.iterdir())
    for path in example.iterdir():
        assert path.read_bytes() == (GOLDEN / path.name).read_bytes()


def test_what_each_table_holds() -> None:
    """Taken by hand from the tape: who is in which table, and figures that are derived."""
    ious = {row[10]: row for row in records(GOLDEN, "GRXDYWJJB")}
    assert list(ious) == ["JJ-1", "JJ-2", "JJ-3", "JJ-4", "JJ-5", "JJ-6"]  # JJ-7 was settled before the month
    assert ious["JJ-3"][46] == "USA"
    assert ious["JJ-1"][46] == "440300"
    assert (ious["JJ-3"][55], ious["JJ-5"][55], ious["JJ-6"][55]) == ("其他-展期", "核销", "结清")
    assert (ious["JJ-2"][36], ious["JJ-2"][37], ious["JJ-1"][37]) == ("LPR", "4.5", "18.5")
    assert ious["JJ-2"][45] == "旅游"
    assert ious["JJ-4"][25:32] == ["833.33", "20260914", "64.01", "0.00", "20260914", "2", "3"]
    moved = [(row[12], row[13], row[15], row[16], row[18], row[19]) for row in records(GOLDEN, "GRXDFHZMX")]
    assert moved == [
        ("JJ-2", "20261008", "贷款发放", "借", "10000.00", "10000.00"),
        ("JJ-2", "20261020", "贷款还本", "贷", "500.00", "9500.00"),
        ("JJ-5", "20261031", "其他-核销", "贷", "4321.00", "0.00"),
        ("JJ-6", "20261003", "贷款还本", "贷", "1000.00", "0.00"),
    ]
    contracts = {row[4]: row for row in records(GOLDEN, "XDHTB")}
    assert (contracts["HT-1"][9], contracts["HT-1"][15]) == ("20000.00", "有效")  # two IOUs, one still alive
    assert (contracts["HT-5"][15], contracts["HT-3"][12]) == ("终结", "混合")
    internet = {row[3]: row[4:12] for row in records(GOLDEN, "HLWDKHTFJB")}
    assert "HT-3" not in internet  # no internet loan
    assert internet["HT-1"][5:] == ["SQ-1;SQ-2", "20260110", "20360114"]  # the withdrawn letter is left out
    assert internet["HT-4"][5:] == ["SQ-4", "20260114", "99991231"]
    assert internet["HT-2"][:4] == ["合作", "HZ-01", "CNY", "3000.00"]
    assert internet["HT-2"][5:] == ["合作方未提供", "99991231", "99991231"]
    assert internet["HT-5"][:2] + internet["HT-5"][5:] == ["独立", "无", "未签订", "00000000", "00000000"]
    assert [row[6] for row in records(GOLDEN, "ZCHXB")] == ["JJ-5"]
    assert [(row[4], row[8], row[9], row[10]) for row in records(GOLDEN, "DKWJXTBDB")] == [
        ("JJ-4", "正常", "关注", "逾期天数增加")
    ]
    lines = {row[7]: row[12:14] for row in records(GOLDEN, "SXXXB")}
    assert lines == {
        "HT-1": ["20000.00", "7654.32"],
        "HT-2": ["20000.00", "9500.00"],
        "HT-4": ["20000.00", "7654.32"],
        "HT-5": ["20000.00", "0.00"],
    }
    assert [row[3] for row in records(GOLDEN, "HLWDKHZXYB")] == ["HZ-01"]


# --- table 503, written a second time in plain Python -------------------------------------------------------------

PEOPLE = {pid: (kind, number, person) for pid, kind, number, _, person in IDENTITIES}
STATES = {"LS01": "正常", "LS02": "其他-展期", "LS03": "逾期", "LS04": "其他-缩期", "LF01": "结清", "LF04": "转让"}


def sm3(data: bytes) -> str:
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize().hex()


def day(value: date | None) -> str:
    return f"{value.year:04d}{value.month:02d}{value.day:02d}" if value else "99991231"


def cents(value: Decimal | None) -> str:
    return "0.00" if value is None else f"{value:.2f}"


def percent(value: Decimal) -> str:
    text = f"{value.quantize(Decimal('0.0001'), ROUND_HALF_UP) + 0:f}"
    return text.rstrip("0").rstrip(".")


def record_503(loan: Mapping[str, Any]) -> str:
    """One IOU, field by field in the order of the table."""
    _, number, person = PEOPLE[loan["borrower_pid"]]
    number = number.upper()
    late = loan["interest_overdue_since"] is not None
    region = loan["borrower_region"]
    fields = [
        LICENCE,
        loan["branch_no"],
        "示例银行",
        "",
        "",
        sm3(number.encode()),
        person[-1],
        {"B01": "居民身份证", "B03": "护照", "B04": "军官证"}[loan["id_type"]],
        {"B04": "军字"}.get(loan["id_type"], number[:6]) + sm3((person[0] + number).encode()),
        loan["contract_no"],
        loan["iou_no"],
        "",
        {"F0219": "消费贷款", "F0212": "汽车贷款", "F022": "个人经营性贷款"}[loan["product_class"]],
        "新增",
        "自主支付",
        "CNY",
        cents(loan["loan_amount"]),
        cents(loan["balance_amount"]),
        dict(zip("12345", ("正常", "关注", "次级", "可疑", "损失"), strict=True))[loan["five_class"]],
        str(loan["term_count"] or 0),
        str(loan["current_term"] or 0),
        str(loan["extension_count"] or 0),
        day(loan["start_date"]),
        day(loan["extended_maturity_date"] or loan["maturity_date"]),
        day(loan["ended_on"]),
        cents(loan["overdue_principal_amount"]),
        day(loan["principal_overdue_since"]),
        cents(loan["accrued_interest_amount"] if late else None),
        cents(loan["off_balance_interest_amount"] if late else None),
        day(loan["interest_overdue_since"]),
        str(loan["consecutive_arrears_count"] or 0),
        str(loan["cumulative_arrears_count"] or 0),
        "",
        "",
        "",
        "",
        "LPR" if loan["benchmark_type"] == "TR05" else "非LPR",
        percent(loan["nominal_annual_pct"]),
        "按月",
        "",
        "",
        "按月结息",
        day(loan["next_due_date"]),
        cents(loan["next_due_principal_amount"]),
        cents(loan["next_due_interest_amount"]),
        loan["purpose_text"],
        "USA" if region == "000840" else region[:4] + "00",
        {"F0219": "2.21.4个人贷款-其他", "F0212": "2.21.2个人贷款-汽车", "F022": ""}[loan["product_class"]],
        "是" if loan["is_internet_loan"] else "否",
        "",
        "",
        "",
        "",
        "",
        "",
        STATES[loan["loan_status"]],
        "",
        "20261031",
    ]
    assert len(fields) == 58
    return "\x01".join(fields) + "\n"


_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=25)
_WORD = _TEXT.filter(bool)
_MONEY = st.decimals(Decimal("-9999999999999999.99"), Decimal("9999999999999999.99"), places=2)
_RATE = st.decimals(Decimal("-999999.9999"), Decimal("999999.9999"), places=6)
_DAY = st.dates(date(1, 1, 1), date(9999, 12, 31))
_COUNT = st.none() | st.integers(0, 9999)


@st.composite
def any_loan(draw: st.DrawFn) -> dict[str, Any]:
    pid, kind = draw(st.sampled_from([("pid-1", "B01"), ("pid-3", "B03"), ("pid-5", "B04")]))
    return BASE | {
        "borrower_pid": pid,
        "id_type": kind,
        "branch_no": draw(_TEXT.filter(lambda text: 0 < len(text.encode()) <= 30)),
        "contract_no": draw(_WORD),
        "product_class": draw(st.sampled_from(["F0219", "F0212"])),  # one that has an industry: others are refused
        "borrower_region": draw(st.sampled_from(["440305", "110101", "000840"])),
        "loan_amount": draw(_MONEY),
        "balance_amount": draw(_MONEY),
        "five_class": draw(st.sampled_from("12345")),
        "term_count": draw(_COUNT),
        "current_term": draw(_COUNT),
        "extension_count": draw(_COUNT),
        "consecutive_arrears_count": draw(_COUNT),
        "cumulative_arrears_count": draw(_COUNT),
        "start_date": draw(_DAY),
        "maturity_date": draw(_DAY),
        "extended_maturity_date": draw(st.none() | _DAY),
        "ended_on": draw(st.none() | st.dates(date(2026, 10, 1), date(2026, 10, 31))),
        "overdue_principal_amount": draw(st.none() | _MONEY),
        "principal_overdue_since": draw(st.none() | _DAY),
        "interest_overdue_since": draw(st.none() | _DAY),
        "accrued_interest_amount": draw(st.none() | _MONEY),
        "off_balance_interest_amount": draw(st.none() | _MONEY),
        "nominal_annual_pct": draw(_RATE),
        "benchmark_type": draw(st.sampled_from([None, "TR05", "TR01"])),
        "next_due_date": draw(st.none() | _DAY),
        "next_due_principal_amount": draw(st.none() | _MONEY),
        "next_due_interest_amount": draw(st.none() | _MONEY),
        "purpose_text": draw(_TEXT.filter(bool)),
        "is_internet_loan": draw(st.booleans()),
        "loan_status": draw(st.sampled_from(sorted(STATES))),
    }


@st.composite
def any_tape(draw: st.DrawFn) -> list[dict[str, Any]]:
    numbers = draw(st.lists(_WORD, max_size=5, unique=True))
    return [draw(any_loan()) | {"iou_no": number} for number in numbers]


@pytest.fixture(scope="module")
def shared() -> Any:
    con = duckdb.connect()
    create_tape(con, institution=[BANK])
    con.execute("ATTACH ':memory:' AS vault")
    con.execute(VAULT)
    con.executemany("INSERT INTO vault.identity VALUES (?, ?, ?, ?, ?)", IDENTITIES)
    yield con
    con.close()


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(loans=any_tape())
def test_any_tape_is_filed_byte_for_byte(shared: Any, tmp_path_factory: pytest.TempPathFactory, loans: Any) -> None:
    """Whatever Unicode, numbers and days a tape holds, table 503 is what the second implementation writes."""
    folder = tmp_path_factory.mktemp("any")
    shared.execute("DELETE FROM tape_loan")
    insert_rows(shared, "tape_loan", loans)
    context = FilingContext("any", Period(date(2026, 10, 31)), "any/2026-10/v1", 1, datetime(2026, 11, 5))
    written = render(shared, FILING, context, folder, check=False)
    ordered = sorted(loans, key=lambda loan: loan["iou_no"].encode())
    assert (folder / name("GRXDYWJJB")).read_bytes() == "".join(map(record_503, ordered)).encode()
    assert FILING.read_back(folder) == {file.name: (file.records, file.control_totals) for file in written}


def test_amounts_at_the_end_of_their_range_add_up(
    tape: Callable[..., Any], context: FilingContext, folder: Path
) -> None:
    """Sums and products of the largest amounts a tape can hold do not overflow."""
    most = Decimal("9999999999999999.99")
    large = {"loan_amount": most, "balance_amount": most, "balance_cny": most, "drawn_amount": most,
             "repaid_principal_amount": most, "last_paid_on": date(2026, 10, 9), "coop_mode": "JOINT",
             "partner_share_fraction": Decimal("0.3"), "enhanced_amount": most, "partner_agreement_no": "HZ-01",
             "credit_limit_amount": most}  # fmt: skip
    con = tape(alike([BASE | large | {"iou_no": f"L-{n}"} for n in range(3)]), [BANK], partner=[PARTNER])
    written = render(con, FILING, context, folder, check=False)
    assert FILING.read_back(folder) == {file.name: (file.records, file.control_totals) for file in written}
    assert records(folder, "GRXDFHZMX")[0][19] == "19999999999999999.98"
    assert records(folder, "HLWDKHTFJB")[0][7] == "38999999999999999.97"


# --- several institutions, nothing at all -------------------------------------------------------------------------


def test_each_institution_gets_its_own_files(tape: Callable[..., Any], context: FilingContext, folder: Path) -> None:
    """Two reporting institutions in one submission: each file holds its own loans, and each has its workbooks."""
    other = BANK | {"lender_uscc": OTHER_USCC, "licence_no": "B0002H131000001", "institution_name": "另一银行"}
    loans = [{"iou_no": "A"}, {"iou_no": "B", "lender_uscc": OTHER_USCC}, {"iou_no": "C"}]
    con = tape(alike([BASE | loan for loan in loans]), [BANK, other])
    written = render(con, FILING, context, folder)
    found = FILING.read_back(folder)
    assert found == {file.name: (file.records, file.control_totals) for file in written}
    assert (found[name("GRXDYWJJB")][0], found["B0002H131000001-GRXDYWJJB-20261031.txt"][0]) == (2, 1)
    assert len(written) == 2 * (len(CODES) + 2)


def test_a_submission_without_loans_is_nine_empty_files(
    tape: Callable[..., Any], context: FilingContext, folder: Path
) -> None:
    """No loans: each table is there and empty, and the list says 0."""
    written = render(tape([], [BANK]), FILING, context, folder)
    assert all((folder / name(code)).read_bytes() == b"" for code in CODES)
    assert FILING.read_back(folder) == {file.name: (file.records, file.control_totals) for file in written}


# --- refusals -----------------------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "branch missing": ({"branch_no": None}, "JHGZ0512"),
    "branch too long in bytes": ({"branch_no": "机" * 11}, "EAST-409-NBJGH"),
    "separator inside": ({"contract_no": "HT\x011"}, "EAST-503-XDHTH"),
    "line feed inside": ({"purpose_text": "a\nb"}, "EAST-503-JJDKYT"),
    "no purpose at all": ({"purpose_text": None}, "JHGZ0675"),
    "purpose too long in bytes": ({"purpose_text": "用" * 334}, "EAST-503-JJDKYT"),
    "nobody in the vault": ({"borrower_pid": "pid-9"}, "JHGZ0638"),
    "nothing lent": ({"loan_amount": Decimal(0)}, "JHGZ1804"),
    "currency of two letters": ({"currency": "CN"}, "JHGZ2478"),
    "no class": ({"five_class": None}, "JHGZ0648"),
    "a class EAST does not know": ({"five_class": "7"}, "JHGZ2821"),
    "a status EAST does not know": ({"loan_status": "LS09"}, "JHGZ2831"),
    "no status": ({"loan_status": None}, "JHGZ0684"),
    "region abroad that is none": ({"borrower_region": "000999"}, "JHGZ0676"),
    "industry of a business": ({"product_class": "F022"}, "JHGZ0677"),
    "more instalments than four digits": ({"term_count": 10000}, "EAST-503-ZQS"),
    "no grant type": ({"grant_type": None}, "JHGZ0643"),
    "granted never": ({"start_date": None}, "JHGZ1807"),
    "IOU twice": ({"iou_no": "A"}, "EAST-503-KEY"),
}


def test_what_cannot_be_filed_is_refused(tape: Callable[..., Any], context: FilingContext, folder: Path) -> None:
    """Each breaks the rule it should, and a tape without it none; nothing is written and nobody is shown."""
    good = BASE | {"iou_no": "A"}
    con = tape(alike([good, BASE | {"iou_no": "B", "contract_no": "HT-B"}]), [BANK])
    render(con, FILING, context, folder)
    kept = {run["rule"] for run in outgoing.runs(con) if not run["rows_failed"]}
    for path in folder.iterdir():
        path.unlink()
    bad = [BASE | {"iou_no": f"JJ-{n}"} | change for n, (change, _) in enumerate(REFUSED.values())]
    con = tape(alike([good, *bad]), [BANK])
    with pytest.raises(FilingRefused) as refused:
        render(con, FILING, context, folder)
    broken = {run["rule"] for run in outgoing.runs(con) if run["rows_failed"]}
    for case, (_, rule) in REFUSED.items():
        assert rule in broken and rule in kept, case
    assert "JJ-" in refused.value.what and "nothing was written" in refused.value.next_step
    assert "110105" not in str(refused.value)
    assert list(folder.iterdir()) == []


def test_a_refusal_names_rule_record_and_way_out(
    tape: Callable[..., Any], context: FilingContext, folder: Path
) -> None:
    """The words a person gets: the draft's number, the sentence in two languages, the record's key."""
    con = tape([BASE | {"iou_no": "JJ-BAD", "loan_amount": Decimal(0)}], [BANK])
    with pytest.raises(FilingRefused, match=r"JHGZ1804 Amount lent differs from 0\. 贷款金额不等于0。") as refused:
        render(con, FILING, context, folder)
    assert "draft 征求意见稿" in refused.value.what and "JJ-BAD/20261031 (DKJE: '0.00')" in refused.value.what


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"licence_no": None}, "15 characters"),
        ({"licence_no": "../../etc/passw"}, "15 characters"),
        ({"lender_uscc": None}, "no code"),
        ({"lender_uscc": OTHER_USCC}, "names no institution"),
        ({"institution_name": "a/b"}, "slash"),
        ({"institution_name": "行" * 80}, "over 180 bytes"),
    ],
)
def test_an_institution_that_cannot_name_files_is_refused(
    change: dict[str, Any], words: str, tape: Callable[..., Any], context: FilingContext, folder: Path
) -> None:
    """Licence and name become file names; every loan belongs to an institution."""
    with pytest.raises(FilingRefused, match=words):
        render(tape([BASE], [BANK | change]), FILING, context, folder)
    with pytest.raises(FilingRefused, match="no reporting institution"):
        render(tape([BASE], []), FILING, context, folder)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"licence_no": "B0002H131000001", "institution_name": "一分行"}, "one unified social credit code"),
        ({"lender_uscc": OTHER_USCC, "institution_name": "另一银行"}, "one financial licence number"),
        ({"lender_uscc": OTHER_USCC, "licence_no": "B0002H131000001"}, "one name"),
    ],
)
def test_institutions_that_cannot_be_told_apart_are_refused(
    change: dict[str, Any], words: str, tape: Callable[..., Any], context: FilingContext, folder: Path
) -> None:
    """Two rows of one code, licence or name would mix their files: none is written."""
    with pytest.raises(FilingRefused, match=words):
        render(tape([BASE], [BANK, BANK | change]), FILING, context, folder)
    assert list(folder.iterdir()) == []


def test_a_day_inside_a_month_is_refused(tape: Callable[..., Any], folder: Path) -> None:
    """EAST is collected at the end of a month."""
    context = FilingContext("l", Period(date(2026, 10, 30)), "l/2026-10-30/v1", 1, datetime(2026, 11, 5))
    with pytest.raises(FilingRefused, match="not the last day"):
        render(tape([BASE], [BANK]), FILING, context, folder)


# --- the reader ---------------------------------------------------------------------------------------------------

WRONG = {"d": ["", "2026103", "20261301", "20270231", "00000101", "2026-10-31"],
         "e": ["", "2026103", "20270231", "00000001"], "t": ["", "240000"], "i": ["", "01", "-1", "10000", "x"],
         "a": ["", "1", "1.2", "01.00", "+1.00", "1.234", "1e3", "1,0.00", "-0"],
         "r": ["", "4.50", "4.", "04.5", "4.12345", "1234567"]}  # fmt: skip


@pytest.fixture
def whole(full: Any, context: FilingContext, folder: Path) -> Path:
    render(full, FILING, context, folder, check=False)
    assert FILING.read_back(folder)
    return folder


@pytest.mark.parametrize("code", CODES)
def test_the_reader_knows_every_field(code: str, whole: Path) -> None:
    """For each field of each table, values that its form forbids are refused, naming line and field."""
    from templates.cn_nfra_east.reader import _MASKS, _TABLES

    path = whole / name(code)
    good = path.read_bytes()
    first = good.decode().split("\n")[0].split("\x01")
    rest = good.decode().split("\n", 1)[1]
    for place, (field, form) in enumerate(_TABLES[code].columns()):
        wrong = WRONG.get(form) or ["x" * (int(form) + 1)]
        if field in _MASKS:
            wrong = [*wrong, "11010519491231002X"]
        if field == "CJRQ":
            wrong = [*wrong, "20260930"]
        for value in wrong:
            changed = [*first[:place], value, *first[place + 1 :]]
            path.write_text("\x01".join(changed) + "\n" + rest, encoding="utf-8")
            with pytest.raises(ReadBackMismatch, match=f"line 1, field {field}"):
                FILING.read_back(whole)
    path.write_bytes(good)
    assert FILING.read_back(whole)


def test_the_reader_knows_the_physical_layer(whole: Path) -> None:
    """Bytes, lines, order and the set of files: each departure is refused."""
    path = whole / name("GRXDYWJJB")
    good = path.read_bytes()
    lines = good.split(b"\n")[:-1]
    wrong = {
        "BOM": b"\xef\xbb\xbf" + good,
        "no line feed at the end": good[:-1],
        "carriage return": good.replace(b"\n", b"\r\n"),
        "control character": good.replace(b"HQ01", b"HQ\x02", 1),
        "not UTF-8": good.replace("消费贷款".encode(), "消费贷款".encode("gb18030"), 1),
        "separator at the end": good.replace(b"\n", b"\x01\n", 1),
        "a field less": good.replace(b"\x01", b"", 1),
        "empty line": good + b"\n",
        "twice": b"\n".join([*lines, lines[-1]]) + b"\n",
        "out of order": b"\n".join(lines[::-1]) + b"\n",
        "a record less": b"\n".join(lines[1:]) + b"\n",
    }
    for what, data in wrong.items():
        path.write_bytes(data)
        with pytest.raises(ReadBackMismatch):
            FILING.read_back(whole)
            pytest.fail(what)
    path.write_bytes(good)
    (whole / "notes.txt").touch()
    with pytest.raises(ReadBackMismatch, match="not the name"):
        FILING.read_back(whole)
    (whole / "notes.txt").unlink()
    path.unlink()
    with pytest.raises(ReadBackMismatch, match="lacks tables"):
        FILING.read_back(whole)
