"""Make one delivery per reporting month out of the real tape beside this file.

Belongs here: cutting by month and writing manifests. The lines themselves are copied byte for byte.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

TAPE = Path(__file__).with_name("americredit_abs_ee_loan_months.csv")
_ENDING_DATE = b"reportingPeriodEndingDate"
_BALANCE = b"reportingPeriodActualEndBalanceAmount"


def periods() -> list[str]:
    """Every month end in the tape, ``YYYY-MM-DD``, earliest first."""
    return sorted(_lines_by_period()[1])


def write_deliveries(out: Path, periods: Sequence[str]) -> list[Path]:
    """Write one delivery folder per period (``2020-01`` or ``2020-01-31``) below ``out``. Returns the folders.

    Raises KeyError for a period the tape does not have.
    """
    header, months = _lines_by_period()
    by_month = {period[:7]: period for period in months}
    folders = []
    for asked in periods:
        period = by_month[asked[:7]]
        data = header + b"".join(months[period])
        folder = out / f"americredit_{period[:7]}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "loans.csv").write_bytes(data)
        manifest = {
            "format": "loantape-delivery/1",
            "lender": "americredit",
            "period": period,
            "schema": "abs-ee/1",
            "files": [
                {
                    "name": "loans.csv",
                    "bytes": len(data),
                    "sha256": hashlib.sha256(data).hexdigest(),
                    "lines": 1 + len(months[period]),
                    "control_totals": {
                        "loan.rows": str(len(months[period])),
                        "loan.balance_amount": str(_sum(header, months[period], _BALANCE)),
                    },
                }
            ],
        }
        (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        folders.append(folder)
    return folders


def _lines_by_period() -> tuple[bytes, Mapping[str, list[bytes]]]:
    """The header line and the lines of each period, ends included. The tape has no quotes, so commas separate."""
    header, *lines = TAPE.read_bytes().splitlines(keepends=True)
    at = header.rstrip().split(b",").index(_ENDING_DATE)
    months: dict[str, list[bytes]] = defaultdict(list)
    for line in lines:
        month, day, year = line.split(b",", at + 1)[at].decode("ascii").split("-")
        months[f"{year}-{month}-{day}"].append(line)
    return header, months


def _sum(header: bytes, lines: Sequence[bytes], name: bytes) -> Decimal:
    """What a column adds up to; nothing and ``-`` are no amount."""
    at = header.rstrip().split(b",").index(name)
    texts = (line.split(b",", at + 1)[at].decode("ascii") for line in lines)
    return sum((Decimal(text) for text in texts if text not in ("", "-")), Decimal(0))


def main() -> None:
    """Write deliveries and print their folders."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="where the delivery folders go")
    parser.add_argument("periods", nargs="*", help="reporting months such as 2020-03 (default: all there are)")
    options = parser.parse_args()
    for written in write_deliveries(options.out, options.periods or periods()):
        print(written)


if __name__ == "__main__":
    main()
