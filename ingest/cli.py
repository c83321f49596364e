"""The command `newsarchive ingest`."""

import dataclasses
import json
import logging
import re
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from archive.terminal import Progress, totals
from ingest.kinds import KINDS

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


def _since(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> datetime | None:
    from ingest.dates import parse_date

    moment = parse_date(value)
    if value and moment is None:
        raise click.BadParameter(f"{value!r} is no date of the past, such as 2024-03-05")
    return moment


def _patterns(
    _context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[re.Pattern[str], ...]:
    try:
        return tuple(re.compile(value) for value in values)
    except re.error as error:
        raise click.BadParameter(f"{error.pattern!r} is no regular expression ({error})") from error


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option(
    "--parser",
    type=click.Choice(["all", "newspaper3k"]),
    default="all",
    show_default=True,
    help="Let all extractors vote, or believe newspaper3k first",
)
@click.option("--as", "kind", type=click.Choice(KINDS), metavar="KIND",
              help=f"Read every SOURCE as one of: {', '.join(KINDS)}")  # fmt: skip
@click.option("--since", callback=_since, metavar="DATE",
              help="Pass over what is older, by the source's word or the article's own")  # fmt: skip
@click.option("--limit", type=click.IntRange(1), metavar="N",
              help="Stop after N articles")  # fmt: skip
@click.option("--include", multiple=True, callback=_patterns, metavar="REGEX",
              help="Take only addresses in which REGEX is found; may be repeated")  # fmt: skip
@click.option("--exclude", multiple=True, callback=_patterns, metavar="REGEX",
              help="Pass over addresses in which REGEX is found; may be repeated")  # fmt: skip
@click.option("--timeout", type=click.FloatRange(0.1), default=20.0, show_default=True,
              help="Wait so many seconds for a server, and three times as long for a whole page")  # fmt: skip
@click.option("--delay", type=click.FloatRange(0), default=1.0, show_default=True,
              help="Leave so many seconds between two requests to a host")  # fmt: skip
@click.option("--retries", type=click.IntRange(0, 10), default=2, show_default=True,
              help="Try again so often after a failure that may pass")  # fmt: skip
@click.option("--connections", type=click.IntRange(1, 64), default=16, show_default=True,
              help="Ask so many servers at once, each of them one thing at a time")  # fmt: skip
@click.option("--recheck", type=click.FloatRange(0), default=24.0, show_default=True,
              metavar="HOURS",
              help="Ask again for a known article that a list names only after so many hours, or "
              "when the list gives it a later date")  # fmt: skip
@click.option("--allow-private", is_flag=True,
              help="Also connect to this machine and to private networks")  # fmt: skip
@click.option(
    "--connect-to",
    multiple=True,
    callback=_connect_to,
    metavar="HOST:ADDRESS:PORT",
    help="Connect to ADDRESS:PORT for HOST, as curl does; for tests and mirrors",
)
@click.option("--json", "as_json", is_flag=True, help="Print totals, articles and errors as JSON")
@click.option("--verbose", "-v", is_flag=True, help="Print a line for each input")
@click.pass_obj
def ingest(
    db: Path,
    sources: tuple[str, ...],
    parser: Any,
    kind: Any,
    since: datetime | None,
    limit: int | None,
    include: tuple[re.Pattern[str], ...],
    exclude: tuple[re.Pattern[str], ...],
    timeout: float,
    delay: float,
    retries: int,
    connections: int,
    recheck: float,
    allow_private: bool,
    connect_to: dict[str, tuple[str, int]],
    as_json: bool,
    verbose: bool,
) -> None:
    """Fetch and parse articles into the archive

    A SOURCE is the address of an article, of a site's home page, of a feed (RSS, Atom, JSON Feed)
    or of a sitemap; an HTML or text file or a folder of them; a file of feeds (OPML), of bookmarks,
    of pages (WARC) or of articles (JSON Lines); or - for a list of sources on standard input. What
    it is, is detected from its content, also within gzip. The same article is stored once, however often it is met; a changed one keeps its earlier text.

    What could not be taken is reported in one line each and kept in the ledger; the exit code is
    then 1. Nothing stops the other inputs.

    \b
    Examples:
      newsarchive ingest https://example.com/feed.xml
      newsarchive ingest https://example.com/sitemap.xml --since 2024-03-01 --exclude /sport/
      newsarchive ingest CC-NEWS-20240305.warc.gz --include example.com --limit 500
      newsarchive ingest https://example.com/2024/03/05/outage.html saved/ notes.txt
      cat urls.txt | newsarchive --db tech.db ingest -
    """
    from archive import Archive
    from ingest.duplicates import mark_duplicates
    from ingest.fetch import Fetcher, FetchOptions
    from ingest.pipeline import RESULTS, Ingester
    from ingest.selection import Selection
    from ingest.sources import shown

    # What the extractors log about a page is in our own line about it, or is no news.
    logging.getLogger().addHandler(logging.NullHandler())
    started = time.monotonic()
    outcomes: list[dict[str, object]] = []
    named = tuple(shown(source) for source in sources)
    options = FetchOptions(
        timeout_s=timeout,
        total_timeout_s=_PAGE_TIMEOUTS * timeout,
        connect_to=connect_to,
        allow_private=allow_private,
        delay_s=delay,
        retries=retries,
    )
    with Archive(db) as archive, Fetcher(options) as fetcher:
        with archive.runs.record("ingest", named) as run, Progress("pages") as progress:
            stdin = (line.decode("utf-8", "surrogateescape") for line in sys.stdin.buffer)
            ingester = Ingester(
                archive, fetcher, run, stdin, parser, progress.add_total,
                kind, Selection(since, limit, include, exclude),
                connections=connections, recheck=timedelta(hours=recheck),
            )  # fmt: skip
            try:
                for outcome in ingester.ingest(sources):
                    progress.advance(int(outcome.result != "noted"))
                    for line in filter(None, (outcome.error, outcome.warning)):
                        progress.note(line)
                    if as_json:
                        outcomes.append(dataclasses.asdict(outcome))
                    elif verbose:
                        click.echo(
                            f"{outcome.result}  {outcome.subject}  {outcome.title or ''}".rstrip()
                        )
                mark_duplicates(archive)
            except KeyboardInterrupt:
                progress.note("Stopped. Run the same command again to go on.")
                run.count("interrupted")
        counts = run.counts
    seconds = time.monotonic() - started
    names = (*RESULTS, "passed_over") if counts.get("passed_over") else RESULTS
    if as_json:
        totals_by_name = {name: counts.get(name, 0) for name in names}
        click.echo(json.dumps({**totals_by_name, "seconds": round(seconds, 1), "inputs": outcomes},
                              ensure_ascii=False, indent=2))  # fmt: skip
    else:
        changed = counts.get("added", 0) + counts.get("updated", 0)
        click.echo(
            totals(counts, names, seconds).replace("_", " ")
            + ("" if changed else "; nothing changed")
        )
    if counts.get("interrupted"):
        sys.exit(130)
    sys.exit(1 if counts.get("skipped") or counts.get("failed") else 0)
