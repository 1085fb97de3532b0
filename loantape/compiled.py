"""Compiled kernels, kept between runs in a folder named after the source of all of them.

Belongs here: the one way to compile. numba keeps a function's machine code as long as that function's own file is
unchanged, though it holds the code of what it calls in other files: so the folder changes when any of them does.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a function of plain numbers and arrays on its first call; it runs without Python's lock."""
    numba.config.CACHE_DIR = _folder()
    return numba.njit(cache=True, nogil=True)(function)


def inlined(function: Callable[..., Any]) -> Any:
    """``kernel`` for a few instructions that belong into their callers."""
    numba.config.CACHE_DIR = _folder()
    return numba.njit(cache=True, nogil=True, inline="always")(function)


@cache
def _folder() -> str:
    package = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        source = path.read_bytes()
        if b"from loantape.compiled import" in source:
            digest.update(hashlib.sha256(source).digest())
    beside = package / "__pycache__"
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "loantape"
    usable = os.access(beside if beside.exists() else package, os.W_OK)
    return str((beside if usable else home) / f"kernels-{digest.hexdigest()[:16]}")
