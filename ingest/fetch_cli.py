"""The options of every command that fetches."""

import functools
from collections.abc import Callable
from typing import Any

import click

#: A whole page may take so many times --timeout, however slowly it trickles.
_PAGE_TIMEOUTS = 3


def _connect_to(
    _context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> dict[str, tuple[str, int]]:
    found = {}
    for value in values:
        host, _, target = value.partition(":")
        address, _, port = target.rpartition(":")
        if not (host and address and port.isdecimal()):
            raise click.BadParameter(f"{value!r} is not HOST:ADDRESS:PORT")
        found[host] = (address, int(port))
    return found


_OPTIONS = (
    click.option("--timeout", type=click.FloatRange(0.1), default=20.0, show_default=True,
                 help="Wait so many seconds for a server, and three times as long for a whole page"),
    click.option("--delay", type=click.FloatRange(0), default=1.0, show_default=True,
                 help="Leave so many seconds between two requests to a host"),
    click.option("--retries", type=click.IntRange(0, 10), default=2, show_default=True,
                 help="Try again so often after a failure that may pass"),
    click.option("--allow-private", is_flag=True,
                 help="Also connect to this machine and to private networks"),
    click.option("--connect-to", multiple=True, callback=_connect_to, metavar="HOST:ADDRESS:PORT",
                 help="Connect to ADDRESS:PORT for HOST, as curl does; for tests and mirrors"),
)  # fmt: skip


def fetching(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of fetching; it gets them as one argument, `fetch`."""

    @functools.wraps(command)
    def gathered(
        *arguments: Any,
        timeout: float,
        delay: float,
        retries: int,
        allow_private: bool,
        connect_to: dict[str, tuple[str, int]],
        **others: Any,
    ) -> Any:
        from ingest.fetch import FetchOptions

        fetch = FetchOptions(
            timeout_s=timeout,
            total_timeout_s=_PAGE_TIMEOUTS * timeout,
            connect_to=connect_to,
            allow_private=allow_private,
            delay_s=delay,
            retries=retries,
        )
        return command(*arguments, fetch=fetch, **others)

    decorated: Callable[..., Any] = gathered
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated
