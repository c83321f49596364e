"""Writes the generated documentation: docs/commands.md, docs/sql.md, the command table of README.md.

python docs/generate.py           write them
python docs/generate.py --check   exit 1 with a diff if they are out of date
"""

import difflib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from click.testing import CliRunner
from sql_page import sql_page

import newsarchive

_ROOT = Path(__file__).resolve().parent.parent
_WIDTH = 88
_TABLE = re.compile(r"(<!-- commands -->\n).*?(<!-- end of commands -->)", re.S)


def commands_page() -> str:
    """docs/commands.md: what --help prints, for the whole and for each command."""
    lines = [
        "# Commands",
        "",
        "What `--help` prints. Made by `make docs`; do not edit.",
        "",
        _help_of([]),
    ]
    context = click.Context(newsarchive.main)
    for name in newsarchive.main.list_commands(context):
        command = newsarchive.main.get_command(context, name)
        for words in _with_those_below(command, [name]):
            mark = "#" * min(len(words) + 1, 3)
            lines += [f"{mark} newsarchive {' '.join(words)}", "", _help_of(words)]
    return "\n".join(lines)


def _with_those_below(command: click.Command | None, words: list[str]) -> Iterator[list[str]]:
    """The words of a command, and of those of its group."""
    yield words
    for name, below in command.commands.items() if isinstance(command, click.Group) else ():
        yield from _with_those_below(below, [*words, name])


def _help_of(words: list[str]) -> str:
    result = CliRunner().invoke(
        newsarchive.main, [*words, "--help"], prog_name="newsarchive", terminal_width=_WIDTH
    )
    if result.exit_code:
        raise SystemExit(f"newsarchive {' '.join(words)} --help failed: {result.output}")
    return f"```\n{result.stdout.rstrip()}\n```\n"


def readme() -> str:
    """README.md with its table of commands as it is today."""
    rows = [f"| `{name}` | {line} |" for name, (_, line) in newsarchive._COMMANDS.items()]
    table = "\n".join(["| command | what it does |", "|---|---|", *rows])
    text = (_ROOT / "README.md").read_text(encoding="utf-8")
    if not _TABLE.search(text):
        raise SystemExit("README.md has lost its <!-- commands --> markers")
    return _TABLE.sub(lambda match: f"{match[1]}{table}\n{match[2]}", text)


def main(arguments: list[str]) -> int:
    """Write the pages, or with --check compare them."""
    status = 0
    pages = {
        "docs/commands.md": commands_page(),
        "docs/sql.md": sql_page(_ROOT / "archive.db"),
        "README.md": readme(),
    }
    for name, wanted in pages.items():
        path = _ROOT / name
        present = path.read_text(encoding="utf-8") if path.exists() else ""
        if "--check" not in arguments:
            path.write_text(wanted, encoding="utf-8")
        elif present != wanted:
            diff = difflib.unified_diff(
                present.splitlines(), wanted.splitlines(), name, "generated", lineterm=""
            )
            print("\n".join(diff))
            print(f"{name} is out of date. Run: make docs")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
