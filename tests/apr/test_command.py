"""`loantape apr`: what it prints, what it refuses and how it says so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from loantape import cli

Run = Callable[..., tuple[int, str, str]]
HEAD = "id,kind,when,amount\n"
UNIT = "id,kind,when,amount,unit_period\n"
LOAN = "L1,advance,2026-01-15,100000\nL1,payment,2026-02-15,50500\nL1,payment,2026-03-15,50500\n"


def test_the_page_prints_what_it_says(run: Run) -> None:
    """The how-to's table, through the how-to's command, gives the how-to's answer."""
    page = (Path(__file__).parents[2] / "docs" / "howto" / "apr.md").read_text(encoding="utf-8")
    table = page.split("```csv\n")[1].split("```")[0]
    shown = page.split("--method cn_compound\n")[1].split("```")[0]
    assert run(table, "--method", "cn_compound") == (0, shown, "")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Write a table, run the command in this process: exit code, standard output, standard error."""

    def called(table: str | bytes, *options: str) -> tuple[int, str, str]:
        path = tmp_path / "flows.csv"
        path.write_bytes(table if isinstance(table, bytes) else table.encode())
        monkeypatch.setattr(sys, "argv", ["loantape", "apr", str(path), *options])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return called


def test_a_table_of_loans_becomes_a_table_of_rates(run: Run) -> None:
    """One line per loan in order of first mention, eight decimals, a status; rows in any order; 1 for a finding."""
    table = (
        HEAD
        + "L2,payment,2027-01-15,110\n"
        + LOAN
        + "L2,advance,2026-01-15,100\n"
        + "L3,advance,2026-01-15,1\nL3,advance,2026-02-15,1\n"
        + "L4,advance,2026-01-15,100.00\nL4,payment,2026-09-15,100\n"
        + "L5,advance,2026-01-15,100\nL5,payment,2027-01-15,90\n"
        + '"a,b",advance,2026-01-15,1\n"a,b",payment,2026-01-16,1000000000\n'
    )
    code, out, err = run(table, "--method", "cn_compound")
    assert (code, err) == (1, "")
    assert out.splitlines() == [
        "id,apr_pct,status",
        "L2,10.00000000,ok",
        "L1,8.29044094,ok",
        "L3,,no rate",
        "L4,0.00000000,ok",
        "L5,-10.00000000,negative rate",
        '"a,b",,out of range',
    ]
    assert run(HEAD + LOAN, "--method", "cn_compound")[0] == 0


def test_halves_are_rounded_up_in_decimals(run: Run) -> None:
    """A rate that is exactly half a unit of the ninth decimal goes away from zero, in either direction."""
    table = HEAD + "up,flow,0,-100\nup,flow,1,112.345678905\ndown,flow,0,-100\ndown,flow,1,87.654321095\n"
    _, out, _ = run(table, "--method", "xirr")
    assert out.splitlines()[1:] == ["up,12.34567891,ok", "down,-12.34567891,negative rate"]


def test_json_lists_every_rate_of_a_loan_with_several(run: Run) -> None:
    """The one nearest to zero is the rate; all stand beside it; decimals stay text."""
    code, out, _ = run(HEAD + "x,flow,0,-100\nx,flow,1,230\nx,flow,2,-132\n", "--method", "xirr", "--json")
    assert code == 1
    assert json.loads(out) == {
        "method": "xirr",
        "basis": "act/365",
        "loans": [
            {
                "id": "x",
                "apr_pct": "10.00000000",
                "status": "several rates",
                "rates": ["10.00000000", "20.00000000"],
            }
        ],
    }


def test_the_working_adds_up(run: Run) -> None:
    """--explain shows each flow with interval, discount and worth; the worths add up to the sum shown, which is 0."""
    table = HEAD.strip() + ",unit_period\n" + "".join(line + ",month\n" for line in LOAN.splitlines())
    code, out, _ = run(table.replace("01-15", "01-10"), "--method", "us_reg_z", "--explain", "L1")
    assert code == 0
    assert "12 CFR 1026 Appendix J" in out and "现值" in out and "given 已指定" in out
    rows = [line.split(" | ") for line in out.splitlines() if line.startswith("2026-")]
    assert [row[2:4] for row in rows] == [["0", "0"], ["1", "1/6"], ["2", "1/6"]]
    for row in rows:
        assert abs(Decimal(row[1]) * Decimal(row[4]) - Decimal(row[5])) < Decimal("0.000001")
    assert abs(sum(Decimal(row[5]) for row in rows)) < Decimal("0.0000001")
    rate = run(table.replace("01-15", "01-10"), "--method", "us_reg_z")[1].splitlines()[1].split(",")[1]
    assert f"= {rate} %" in out


@pytest.mark.parametrize("method", ["us_reg_z", "us_reg_z_talc", "eu_ccd", "cn_simple", "cn_compound", "xirr"])
def test_every_method_explains_itself(run: Run, method: str) -> None:
    """The working of each method names its equation, its root and its rate in both languages."""
    code, out, _ = run(HEAD + LOAN, "--method", method, "--explain", "L1")
    assert code == 0
    for word in ("equation 方程", "intervals 期间", "root 方程的解", "rate 年利率", "status 状态: ok"):
        assert word in out
    none = run(HEAD + "L1,advance,0,1\n", "--method", method, "--explain", "L1", "--json")
    if method not in ("us_reg_z", "us_reg_z_talc"):  # these need to know their unit-period
        assert "no rate 无解" in "".join(json.loads(none[1])["working"])


WRONG = {
    "no file of flows": (b"", "line 1 is empty"),
    "a missing column": ("id,kind,when\n", "column amount is missing"),
    "an unknown column": ("id,kind,when,amount,note\n", "column note is unknown"),
    "only a header": (HEAD, "holds no flows"),
    "a kind": (HEAD + LOAN + "L1,fee,2026-01-15,1\n", "line 5, column kind: 'fee'"),
    "a date": (HEAD + "L1,advance,2026-02-30,1\n", "line 2, column when: '2026-02-30'"),
    "a moment": (HEAD + "L1,advance,soon,1\n", "line 2, column when: 'soon'"),
    "a division": (HEAD + "L1,advance,1/0,1\n", "line 2, column when: '1/0'"),
    "an amount": (HEAD + 'L1,advance,0,"1,000"\n', "line 2, column amount: '1,000'"),
    "an exponent": (HEAD + "L1,advance,0,1e5\n", "column amount: '1e5'"),
    "not a number": (HEAD + "L1,advance,0,nan\n", "column amount: 'nan'"),
    "too many digits": (HEAD + "L1,advance,0,1234567890.1234567891\n", "more than 18 digits"),
    "a sign": (HEAD + "L1,advance,0,-1\n", "column amount: '-1' is below zero"),
    "no id": (HEAD + " ,advance,0,1\n", "column id"),
    "too few values": (HEAD + "L1,advance,0\n", "line 2 has 3 values for 4 columns"),
    "an open quote": (HEAD + 'L1,advance,0,"1\n', "is no CSV"),
    "another encoding": (HEAD.encode() + "甲,advance,0,1\n".encode("gb18030"), "is no UTF-8"),
    "dates and numbers": (HEAD + LOAN + "L1,payment,3,1\n", "line 5, column when: '3' mixes dates and numbers"),
    "flows and payments": (HEAD + LOAN + "L1,flow,2026-04-15,1\n", "line 5, column kind: 'flow' mixes"),
    "a unit-period": ("id,kind,when,amount,unit_period\nL1,advance,0,1,moon\n", "column unit_period: 'moon'"),
    "units a year": ("id,kind,when,amount,units_per_year\nL1,advance,0,1,0\n", "column units_per_year: '0'"),
    "two unit-periods": (
        "id,kind,when,amount,unit_period\nL1,advance,0,1,month\nL1,payment,1,1,week\n",
        "line 3, column unit_period: 'week' differs from line 2",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named_with_its_place(run: Run, name: str) -> None:
    """File, line, column and value, a next step, exit code 2, and never a traceback."""
    table, said = WRONG[name]
    code, out, err = run(table, "--method", "xirr")
    assert (code, out) == (2, "")
    assert said in err, err
    assert "flows.csv" in err and "\n  next: " in err and "Traceback" not in err


@pytest.mark.parametrize(
    ("table", "options", "said"),
    [
        (HEAD + LOAN, ("--method", "apr"), "choose one of us_reg_z"),
        (HEAD + LOAN, ("--method", "xirr", "--basis", "act/366"), "choose one of act/365"),
        (HEAD + LOAN, ("--method", "eu_ccd", "--basis", "act/365"), "no basis"),
        (HEAD + LOAN, ("--method", "xirr", "--explain", "L9"), "no loan 'L9'"),
        (HEAD + LOAN, ("--method", "xirr", "--basis", "periodic"), "counts periods"),
        (HEAD + "L1,advance,0,1\nL1,payment,1,1\n", ("--method", "us_reg_z"), "units_per_year"),
        (UNIT + "L1,advance,0,1,month\nL1,payment,1/2,1,month\n", ("--method", "us_reg_z_talc"), "whole unit-periods"),
        (UNIT + "L1,advance,2026-01-01,1,day\n", ("--method", "eu_ccd"), "week, month or year"),
        (
            UNIT + "L1,advance,2026-01-01,1,term\nL1,payment,2028-01-01,1,term\n",
            ("--method", "us_reg_z"),
            "within a year",
        ),
    ],
)
def test_options_and_methods_say_what_they_need(run: Run, table: str, options: tuple[str, ...], said: str) -> None:
    """An unknown method, basis or loan, and times a method cannot use, end with code 2 and the next step."""
    code, _, err = run(table, *options)
    assert code == 2
    assert said in err and "next: " in err


def test_a_missing_file_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A path that is not there is told as such."""
    monkeypatch.setattr(sys, "argv", ["loantape", "apr", "nowhere.csv", "--method", "xirr"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert "nowhere.csv" in capsys.readouterr().err


def test_a_long_table_flows_through_standard_input(tmp_path: Path) -> None:
    """100,000 flows (a million in the long form) are read, solved and written, one line for every loan."""
    loans = 77_000 if os.environ.get("LOANTAPE_LONG") else 7_700
    days = ["2026-01-15"] + [f"{2026 + (m > 11)}-{m % 12 + 1:02d}-15" for m in range(1, 13)]
    table = tmp_path / "long.csv"
    with table.open("w") as out:
        out.write(HEAD)
        for k in range(loans):
            out.write(f"L{k},advance,{days[0]},100000\n")
            out.writelines(f"L{k},payment,{day},{8833 + k % 500}.30\n" for day in days[1:])
    started = time.perf_counter()
    with table.open("rb") as reading:
        done = subprocess.run(
            [sys.executable, "-m", "loantape.cli", "apr", "-", "--method", "cn_simple"],
            stdin=reading,
            capture_output=True,
            check=True,
        )
    seconds = time.perf_counter() - started
    lines = done.stdout.decode().splitlines()
    assert len(lines) == loans + 1
    assert lines[1] == "L0,10.89566769,ok"
    print(f"{13 * loans:,} flows in {seconds:.1f} s")
