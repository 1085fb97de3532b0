"""Compiled kernels, kept between runs in a folder named after the source of all of a package's.

Belongs here: the ways to compile, and words of eight bytes. numba keeps a function's machine code as long as that
function's own file is unchanged, though it holds the code of what it calls in other files: so the folder changes when
any file of its package does that has kernels. Kernels of one package call none of another.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba import types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a function of plain numbers and arrays on its first call; it runs without Python's lock."""
    numba.config.CACHE_DIR = _folder(function.__module__.split(".")[0])
    return numba.njit(cache=True, nogil=True)(function)


def vectors(function: Callable[..., Any]) -> Any:
    """``kernel`` for loops that become vector instructions: dividing by zero gives what IEEE 754 says, not an error."""
    numba.config.CACHE_DIR = _folder(function.__module__.split(".")[0])
    return numba.njit(cache=True, nogil=True, error_model="numpy")(function)


def inlined(function: Callable[..., Any]) -> Any:
    """``kernel`` for a few instructions that belong into their callers."""
    numba.config.CACHE_DIR = _folder(function.__module__.split(".")[0])
    return numba.njit(cache=True, nogil=True, inline="always")(function)


@cache
def _folder(name: str) -> str:
    digest = hashlib.sha256()
    package = Path(__file__).parent.parent / name
    for path in sorted(package.rglob("*.py")):
        source = path.read_bytes()
        if b"from loantape.compiled import" in source:
            digest.update(hashlib.sha256(source).digest())
    return str(cache_folder(name) / f"kernels-{digest.hexdigest()[:16]}")


def cache_folder(name: str) -> Path:
    """Where what a package compiled is kept: beside its sources, or in the user's cache where those are read-only."""
    package = Path(__file__).parent.parent / name
    beside = package / "__pycache__"
    usable = os.access(beside if beside.exists() else package, os.W_OK)
    return beside if usable else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "loantape"


@intrinsic
def as_bits(typing: Any, value: Any) -> Any:
    """The eight bytes of a float as a whole number."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.int64))

    return types.int64(types.float64), generate


@intrinsic
def from_bits(typing: Any, bits: Any) -> Any:
    """The float whose eight bytes are this whole number."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.float64))

    return types.float64(types.int64), generate


@intrinsic
def load_word(typing: Any, source: Any, at: Any) -> Any:
    """Eight bytes of an array as one word, wherever they start."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _address(context, builder, signature.args[0], arguments)
        word = builder.load(builder.bitcast(place, context.get_value_type(types.uint64).as_pointer()))
        word.align = 1
        return word

    return types.uint64(source, at), generate


@intrinsic
def store_word(typing: Any, target: Any, at: Any, word: Any) -> Any:
    """One word as eight bytes of an array, wherever they start."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _address(context, builder, signature.args[0], arguments)
        stored = builder.store(arguments[2], builder.bitcast(place, arguments[2].type.as_pointer()))
        stored.align = 1
        return context.get_dummy_value()

    return types.void(target, at, types.uint64), generate


def _address(context: Any, builder: Any, kind: Any, arguments: Any) -> Any:
    array = make_array(kind)(context, builder, arguments[0])
    return builder.gep(array.data, [arguments[1]])
