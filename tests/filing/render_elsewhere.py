"""Renders one fixed tape into a folder: a program of its own, run under another time zone, locale, thread count."""

from __future__ import annotations

import locale
import sys
from datetime import date, datetime
from pathlib import Path

import duckdb
from conftest import IDENTITIES, INSTITUTION, LOAN, VAULT, create_previous, create_tape, render_checked

from loantape.declare import FilingContext, Period
from templates.cn_pbc.filing import FILING

if __name__ == "__main__":
    threads, folder = int(sys.argv[1]), Path(sys.argv[2])
    locale.setlocale(locale.LC_ALL, "")
    con = duckdb.connect(config={"threads": threads})
    loans = [LOAN | {"iou_no": f"{n * 7919 % 61:05d}", "borrower_pid": ("pid-1", "pid-2")[n % 2]} for n in range(60)]
    create_tape(con, loan=loans, institution=[INSTITUTION])
    con.execute("ATTACH ':memory:' AS vault")
    con.execute(VAULT)
    con.executemany("INSERT INTO vault.identity VALUES (?, ?, ?, ?, ?)", IDENTITIES)
    folder.mkdir()
    context = FilingContext("l", Period(date(2026, 10, 31)), "l/2026-10/v1", 1, datetime(2026, 11, 5, 9, 30))
    create_previous(con, loans[:40])
    render_checked(con, FILING, folder, context)
