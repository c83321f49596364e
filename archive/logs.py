"""What a command that runs for long tells on its way: lines for people, or JSON for programs that gather logs.

A line of JSON is an object with the fields time, level, command, event and message, and those of its
event (docs/operations.md lists them). Results go to standard output, problems to standard error, in
either form.
"""

import json
from collections.abc import Callable
from typing import Any, Literal

import click

from archive import times

Level = Literal["info", "warning", "error"]


def _to_stderr(line: str) -> None:
    click.echo(line, err=True)


class Log:
    """Tells what happens.

    Args:
        command: the command that runs.
        form: "text" or "json".
        is_dated: lines of text begin with the time.
        to_stderr: writes a line to standard error, where a progress bar may be in the way.
    """

    def __init__(
        self,
        command: str,
        form: str = "text",
        is_dated: bool = False,
        to_stderr: Callable[[str], None] = _to_stderr,
    ) -> None:
        self._command = command
        self._as_json = form == "json"
        self._is_dated = is_dated
        self._to_stderr = to_stderr

    def result(self, event: str, message: str, is_dated: bool | None = None, **fields: Any) -> None:
        """Tell of something that went well."""
        click.echo(self._line("info", event, message, is_dated, fields))

    def note(self, event: str, message: str, is_dated: bool | None = None, **fields: Any) -> None:
        """Tell of something on the way, which is no result."""
        self._to_stderr(self._line("info", event, message, is_dated, fields))

    def problem(self, event: str, message: str, level: Level = "error", **fields: Any) -> None:
        """Tell of something that went wrong, or may have."""
        self._to_stderr(self._line(level, event, message, None, fields))

    def _line(
        self, level: Level, event: str, message: str, is_dated: bool | None, fields: dict[str, Any]
    ) -> str:
        moment = times.to_text(times.now())
        if not self._as_json:
            dated = self._is_dated if is_dated is None else is_dated
            return f"{moment}  {message}" if dated else message
        told = {name: value for name, value in fields.items() if value is not None}
        record = {
            "time": moment,
            "level": level,
            "command": self._command,
            "event": event,
            "message": message,
            **told,
        }
        return json.dumps(record, ensure_ascii=False)


#: The option of every command that runs for long; the command gets it as log_format.
log_format = click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    envvar="NEWSARCHIVE_LOG_FORMAT",
    show_default=True,
    show_envvar=True,
    help="Tell what happens in lines for people, or in JSON for programs that gather logs",
)
