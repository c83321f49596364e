"""What the command groups share: the archive's path, errors in one line, progress on stderr."""

import sqlite3
import sys
from pathlib import Path
from typing import Any

import click

from archive.addresses import is_text, shown
from archive.database import translate
from archive.errors import NewsarchiveError
from archive.history import without_controls

#: Of an argument in an error message.
_MOST_SHOWN = 200


def as_one_line(error: Exception, path: Path) -> click.ClickException | None:
    """An error of ours, of SQLite about the file, or about bytes that are no text, as click shows it: one line, exit code 1.

    None for any other error: that is a fault of the program, and its traceback is wanted.
    """
    if isinstance(error, sqlite3.DatabaseError):
        error = translate(error, path) or error
    elif isinstance(error, UnicodeEncodeError):
        error = _not_encodable(error)
    if isinstance(error, NewsarchiveError):
        return click.ClickException(without_controls(str(error)))
    return None


def _not_encodable(error: UnicodeEncodeError) -> NewsarchiveError:
    """What is said of text that cannot be looked for, kept or printed as it is."""
    if is_text(error.object[error.start : error.end]):
        return NewsarchiveError(
            "the output",
            f"it holds signs that {error.encoding} has not",
            "Set the variable PYTHONIOENCODING to utf-8, and give the command again.",
        )
    return NewsarchiveError(
        repr(shown(error.object[:_MOST_SHOWN])),
        "it holds bytes that are no text in UTF-8",
        "Type it anew, or copy it as text.",
    )


class Progress:
    """A bar with rates and remaining time on stderr; silent where stderr is no terminal.

    Use it in a with block; `note` writes a line to stderr without breaking the bar.
    """

    def __init__(self, unit: str, total: int = 0) -> None:
        self._unit = unit
        self._total = total
        self._tokens = 0
        self._bar: Any = None

    def __enter__(self) -> "Progress":
        if sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(total=self._total, unit=f" {self._unit}", file=sys.stderr, leave=False)
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def add_total(self, number: int) -> None:
        """So many more are to be done."""
        self._total += number
        if self._bar is not None:
            self._bar.total = self._total
            self._bar.refresh()

    def advance(self, number: int = 1, tokens: int = 0) -> None:
        """So many more are done, in which models have read so many tokens."""
        self._tokens += tokens
        if self._bar is not None:
            if self._tokens:
                rate = self._tokens / max(self._bar.format_dict["elapsed"], 1e-9)
                self._bar.set_postfix_str(f"{rate:,.0f} tokens/s", refresh=False)
            self._bar.update(number)

    def note(self, line: str) -> None:
        """Write a line to stderr, above the bar."""
        if self._bar is not None:
            self._bar.write(line, file=sys.stderr)
        else:
            click.echo(line, err=True)


def totals(counts: dict[str, int], names: tuple[str, ...], seconds: float) -> str:
    """The closing line of a run: "added 3, updated 0, failed 1 in 2.5 s"."""
    parts = ", ".join(f"{name} {counts.get(name, 0)}" for name in names)
    return f"{parts} in {seconds:.1f} s"


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number of things: "1 article", "2 articles"; many: how they are called, if not with an s."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"
