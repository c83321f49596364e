"""The command `newsarchive watch`."""

import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.logs import Log, log_format
from archive.terminal import counted
from ingest.fetch_cli import fetching

if TYPE_CHECKING:
    from ingest.fetch import FetchOptions


@click.command()
@click.option("--new-only", is_flag=True,
              help="Do not look again at articles of the last week for changes")  # fmt: skip
@fetching
@click.option("--verbose", "-v", is_flag=True,
              help="Print a line for each reading and each article, also where nothing is new")  # fmt: skip
@log_format
@click.pass_obj
def watch(db: Path, new_only: bool, verbose: bool, log_format: str, fetch: "FetchOptions") -> None:
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
    from ingest.duplicates import mark_duplicates
    from ingest.feeds_cli import existing
    from ingest.fetch import Fetcher
    from ingest.following import Poll, Poller
    from ingest.poll_report import as_record, has_news, line_of, totals_of
    from ingest.telling import tell_article
    from ingest.watching import Stopper
    from ingest.watching import watch as polls

    logging.getLogger().addHandler(logging.NullHandler())
    started = time.monotonic()
    log = Log("watch", log_format, is_dated=True)
    with existing(db) as archive, Stopper() as stopper, archive.runs.record("watch") as run:
        following = archive.following.counts()
        log.note("started", _opening(following), is_dated=False, feeds=following["followed"])
        for poll in polls(
            archive,
            lambda: Fetcher(fetch),
            lambda fetcher, workers: Poller(archive, fetcher, run, new_only, workers),
            stopper,
        ):
            if not isinstance(poll, Poll):
                tell_article(log, poll, verbose)
                continue
            if poll.error:
                log.problem("feed", poll.error, **as_record(poll))
            elif verbose or has_news(poll):
                log.result("feed", line_of(poll), **as_record(poll))
            if poll.counts.get("added") or poll.counts.get("updated"):
                mark_duplicates(archive)
            if poll.result == "stopped":
                run.count("interrupted")
            run.keep()
        counts = run.counts
    seconds = time.monotonic() - started
    message = totals_of(counts, seconds)
    log.result("ended", message, is_dated=False, **counts, seconds=round(seconds, 1))


def _opening(following: dict[str, Any]) -> str:
    if not following["followed"]:
        return "No feed is followed yet. Add one with: newsarchive feeds add URL. Waiting."
    feeds = counted(following["followed"], "feed")
    return f"Watching {feeds}, the next at {following['next_poll_at']}. Ctrl-C stops."
