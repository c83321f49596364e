"""Days on the command line: how one is written, and two in order."""

from datetime import date, datetime
from typing import Any

import click


class _Day(click.DateTime):
    """A day as YYYY-MM-DD; its beginning."""

    def __init__(self) -> None:
        super().__init__(["%Y-%m-%d"])

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:  # noqa: ARG002  # click's
        """How the help writes it."""
        return "YYYY-MM-DD"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """The day.

        Raises:
            click.BadParameter: there is none such.
        """
        try:
            day: datetime = super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value!r} is no day. Write it as 2024-03-05.", param, ctx)
        return day


DAY = _Day()


def days(since: datetime | None, until: datetime | None) -> tuple[date | None, date | None]:
    """The first and the last day.

    Raises:
        click.UsageError: the first is after the last.
    """
    if since and until and since > until:
        raise click.UsageError(
            f"--since {since:%Y-%m-%d} is after --until {until:%Y-%m-%d}: no day is between them."
        )
    return since and since.date(), until and until.date()
