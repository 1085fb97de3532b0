"""A coverage-guided search for bytes on which the product and the slow reader differ; run as a program.

Belongs here: the search. Not here: what is compared (``compare``). libFuzzer's own options follow on the command line,
such as -runs=1000. The slow reader is instrumented: it is written in Python and takes another branch for every rule of
the page on intake, so inputs are kept that reach a rule in a new way.
"""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import atheris

HERE = Path(__file__).resolve().parent


def _support() -> Any:
    """The module that makes the slow reader importable, as the test run does."""
    spec = importlib.util.spec_from_file_location("batteries_conftest", HERE / "conftest.py")
    assert spec and spec.loader
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


support = _support()
with atheris.instrument_imports(include=["slow_reader"]):
    support.module("slow_reader", "reader")
compare = support.module("batteries_support", "compare")
fuzz = support.module("batteries_support", "test_fuzz")
tried = 0


def one(data: bytes) -> None:
    """The first byte chooses the layout, the others are the file."""
    global tried
    if not data or data[1:].startswith(fuzz.ARCHIVES):
        return
    layout = replace(fuzz.LAYOUTS[data[0] % len(fuzz.LAYOUTS)], pattern="a.txt")
    with tempfile.TemporaryDirectory() as folder:
        found = compare.run(Path(folder), [fuzz.Fuzzed("a.txt", data[1:], layout)])
    tried += 1
    Path("compared").write_text(str(tried))  # the fuzzer ends the process without a chance to say it at the end
    if found.differences or found.ledger:
        raise AssertionError(f"layout {data[0] % len(fuzz.LAYOUTS)}: {found.ledger + found.differences}")


def seeds(folder: Path) -> None:
    """A good file of every layout, for the search to start from."""
    for which in range(len(fuzz.LAYOUTS)):
        (folder / str(which)).write_bytes(bytes([which]) + fuzz.TOKENS[0] + 3 * fuzz.TOKENS[1])


def words(path: Path) -> None:
    """The bytes that matter, in libFuzzer's form of a dictionary."""
    quoted = ("".join(f"\\x{byte:02x}" for byte in token) for token in fuzz.TOKENS)
    path.write_text("".join(f'"{word}"\n' for word in quoted))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        seeds(corpus)
        words(Path(folder) / "words")
        atheris.Setup([*sys.argv, f"-dict={folder}/words", str(corpus)], one)
        atheris.Fuzz()
