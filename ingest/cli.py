"""The command `newsarchive ingest`."""

import dataclasses
import json
import logging
import sys
import time
from pathlib import Path
from typing import Any

import click

from archive.terminal import Progress, totals

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


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option(
    "--parser",
    type=click.Choice(["all", "newspaper3k"]),
    default="all",
    show_default=True,
    help="Let all extractors vote, or believe newspaper3k first",
)
@click.option("--timeout", type=click.FloatRange(0.1), default=20.0, show_default=True,
              help="Wait so many seconds for a server, and three times as long for a whole page")  # fmt: skip
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
    timeout: float,
    connect_to: dict[str, tuple[str, int]],
    as_json: bool,
    verbose: bool,
) -> None:
    """Fetch and parse articles into the archive

    A SOURCE is the address of an article or of an RSS or Atom feed, an HTML or text file, a folder
    of them, or - for a list of sources on standard input. What it is, is detected from its content.
    The same article is stored once, however often it is met; a changed one keeps its earlier text.

    What could not be taken is reported in one line each and kept in the ledger; the exit code is
    then 1. Nothing stops the other inputs.

    \b
    Examples:
      newsarchive ingest https://example.com/feed.xml
      newsarchive ingest https://example.com/2024/03/05/outage.html saved/ notes.txt
      cat urls.txt | newsarchive --db tech.db ingest -
    """
    from archive import Archive
    from ingest.fetch import Fetcher, FetchOptions
    from ingest.pipeline import RESULTS, Ingester
    from ingest.sources import shown

    # What the extractors log about a page is in our own line about it, or is no news.
    logging.getLogger().addHandler(logging.NullHandler())
    started = time.monotonic()
    outcomes: list[dict[str, object]] = []
    named = tuple(shown(source) for source in sources)
    options = FetchOptions(
        timeout_s=timeout, total_timeout_s=_PAGE_TIMEOUTS * timeout, connect_to=connect_to
    )
    with Archive(db) as archive, Fetcher(options) as fetcher:
        with archive.runs.record("ingest", named) as run, Progress("pages") as progress:
            stdin = (line.decode("utf-8", "surrogateescape") for line in sys.stdin.buffer)
            ingester = Ingester(archive, fetcher, run, stdin, parser, progress.add_total)
            try:
                for outcome in ingester.ingest(sources):
                    progress.advance()
                    for line in filter(None, (outcome.error, outcome.warning)):
                        progress.note(line)
                    if as_json:
                        outcomes.append(dataclasses.asdict(outcome))
                    elif verbose:
                        click.echo(
                            f"{outcome.result}  {outcome.subject}  {outcome.title or ''}".rstrip()
                        )
            except KeyboardInterrupt:
                progress.note("Stopped. Run the same command again to go on.")
                run.count("interrupted")
        counts = run.counts
    seconds = time.monotonic() - started
    if as_json:
        totals_by_name = {name: counts.get(name, 0) for name in RESULTS}
        click.echo(json.dumps({**totals_by_name, "seconds": round(seconds, 1), "inputs": outcomes},
                              ensure_ascii=False, indent=2))  # fmt: skip
    else:
        changed = counts.get("added", 0) + counts.get("updated", 0)
        click.echo(totals(counts, RESULTS, seconds) + ("" if changed else "; nothing changed"))
    if counts.get("interrupted"):
        sys.exit(130)
    sys.exit(1 if counts.get("skipped") or counts.get("failed") else 0)
