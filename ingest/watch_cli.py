"""The command `newsarchive watch`."""

import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ingest.fetch_cli import fetching

if TYPE_CHECKING:
    from ingest.fetch import FetchOptions


@click.command()
@click.option("--new-only", is_flag=True,
              help="Do not look again at articles of the last week for changes")  # fmt: skip
@fetching
@click.option("--verbose", "-v", is_flag=True,
              help="Print a line for each reading and each article, also where nothing is new")  # fmt: skip
@click.pass_obj
def watch(db: Path, new_only: bool, verbose: bool, fetch: "FetchOptions") -> None:
    """Read the feeds that are followed, each in its own rhythm

    Runs until it is stopped, with Ctrl-C or SIGTERM: then it ends after the article at hand, with
    exit code 0. A feed is read more often while it brings something new, from once a day to every ten
    minutes, and not before it wants to be. What a reading brings is one line on standard output,
    what fails one on standard error; nothing else is needed to run it as a service.

    \b
    Examples:
      newsarchive watch
      newsarchive --db /var/lib/news/archive.db watch --delay 5
    """
    from archive import times
    from ingest.duplicates import mark_duplicates
    from ingest.feeds_cli import article_notes, existing
    from ingest.fetch import Fetcher
    from ingest.following import Poll, Poller
    from ingest.poll_report import has_news, line_of, totals_of
    from ingest.watching import Stopper
    from ingest.watching import watch as polls

    logging.getLogger().addHandler(logging.NullHandler())
    started = time.monotonic()
    with existing(db) as archive, Stopper() as stopper, archive.runs.record("watch") as run:
        _say(_opening(archive.following.counts()))
        noted = article_notes(lambda line: _say(f"{times.to_text(times.now())}  {line}"), verbose)
        for poll in polls(
            archive,
            lambda: Fetcher(fetch),
            lambda fetcher: Poller(archive, fetcher, run, new_only),
            stopper,
        ):
            if not isinstance(poll, Poll):
                noted(poll)
                continue
            if poll.error:
                _say(f"{times.to_text(times.now())}  {poll.error}")
            elif verbose or has_news(poll):
                click.echo(f"{times.to_text(times.now())}  {line_of(poll)}")
            if poll.counts.get("added") or poll.counts.get("updated"):
                mark_duplicates(archive)
            if poll.result == "stopped":
                run.count("interrupted")
            run.keep()
        counts = run.counts
    click.echo(totals_of(counts, time.monotonic() - started))


def _say(line: str) -> None:
    click.echo(line, err=True)


def _opening(following: dict[str, Any]) -> str:
    if not following["followed"]:
        return "No feed is followed yet. Add one with: newsarchive feeds add URL. Waiting."
    feeds = "1 feed" if following["followed"] == 1 else f"{following['followed']} feeds"
    return f"Watching {feeds}, the next at {following['next_poll_at']}. Ctrl-C stops."
