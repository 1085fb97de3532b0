"""What people read on a terminal: delivered text stands there as it is, and nothing in it is obeyed.

Belongs here: the one console, and the ways to say a line and to write JSON. Not here: which characters a screen obeys
(``inert``), or what is said.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterable
from typing import IO, Any, cast

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from loantape.inert import in_json, visible


class _Inert(Console):
    """Nothing in a text is markup or an emoji by name, and what a screen would obey is written out."""

    def render_str(self, text: str, **how: Any) -> Text:
        """A text that comes as a string."""
        return super().render_str(visible(text), **how)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Whatever else comes: only what the console itself adds is for the screen to obey."""
        for one in super().render(renderable, options):
            yield one if one.control else Segment(visible(one.text), one.style)


def console(*, stderr: bool = False, soft_wrap: bool = False, highlight: bool = True) -> Console:
    """A console for texts of any origin. No markup: a colour is a style, given as such."""
    return _Inert(stderr=stderr, soft_wrap=soft_wrap, highlight=highlight, markup=False, emoji=False)


def say(text: str, *, err: bool = False) -> None:
    """One line, or several, to standard output or error."""
    typer.echo(visible(text), err=err)


def write_json(value: Any) -> None:
    """A value as JSON to standard output."""
    sys.stdout.write(in_json(json.dumps(value, ensure_ascii=False, indent=1)) + "\n")


class _Shown(io.TextIOBase):
    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(visible(text))
        return len(text)


def shown(stream: IO[str]) -> IO[str]:
    """A stream for texts that people see: what a screen would obey is written out."""
    return cast(IO[str], _Shown(stream))
