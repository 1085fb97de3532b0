"""The tables of EAST 5.0 that are filed, in order of their numbers. Belongs here: their list, and nothing else."""

from __future__ import annotations

from templates.cn_nfra_east.forms import Table
from templates.cn_nfra_east.tables_accounts import ACCOUNTS, MOVEMENTS
from templates.cn_nfra_east.tables_contracts import CONTRACTS_501, INTERNET_502, PARTNERS_513
from templates.cn_nfra_east.tables_credit import CLASS_CHANGES_705, LINES_701, WRITE_OFFS_702
from templates.cn_nfra_east.tables_loans import LOANS_503

TABLES: tuple[Table, ...] = (
    ACCOUNTS,
    MOVEMENTS,
    CONTRACTS_501,
    INTERNET_502,
    LOANS_503,
    PARTNERS_513,
    LINES_701,
    WRITE_OFFS_702,
    CLASS_CHANGES_705,
)
