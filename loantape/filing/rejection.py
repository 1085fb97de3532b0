"""What a receiver's check says: what was looked at, or why the package is not to be used.

Belongs here: the two answers. Not here: the checks (verify.py, stated.py, ours.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from loantape.errors import PackageRejected


@dataclass(frozen=True)
class Check:
    """One thing that was looked at, and what was found; or, not ``done``, why it could not be."""

    en: str
    zh: str
    done: bool = True


def reject(
    en: str, zh: str, next_step: str = "do not use this package; ask its sender for it again 请勿使用，请重新索取"
) -> NoReturn:
    """Raise PackageRejected."""
    raise PackageRejected(f"{en} {zh}", next_step)
