"""The command `newsarchive ingest`."""

import dataclasses
import json
import logging
import re
import sys
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.cluster import EngineType, OnRay
from archive.logs import Log, log_format
from archive.terminal import Progress, totals
from ingest.fetch_cli import fetching
from ingest.kinds import KINDS

if TYPE_CHECKING:
    from ingest.fetch import FetchOptions


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
@click.argument("sources", nargs=-1, metavar="SOURCE...")
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
@click.option("--connections", type=click.IntRange(1, 64), default=16, show_default=True,
              help="Ask so many servers at once, each of them one thing at a time")  # fmt: skip
@click.option("--recheck", type=click.FloatRange(0), default=24.0, show_default=True,
              metavar="HOURS",
              help="Ask again for a known article that a list names only after so many hours, or "
              "when the list gives it a later date")  # fmt: skip
@click.option("--retry-failed", is_flag=True,
              help="Also ask again for what failed for a passing reason and is due")  # fmt: skip
@click.option("--engine", type=EngineType(), default="plain", show_default=True, metavar="ENGINE",
              help="plain: this machine, into the archive; ray or ray=ADDRESS: files on a cluster, into --output")  # fmt: skip
@click.option("--output", metavar="DIR",
              help="With --engine ray: the folder for Parquet files, or its address (s3://...)")  # fmt: skip
@click.option("--parts", type=click.IntRange(1), metavar="N",
              help="With --engine ray: files a month in a new folder, one for each 250,000 articles that "
              "you expect of a month  [default: 1]")  # fmt: skip
@fetching
@click.option("--json", "as_json", is_flag=True, help="Print totals, articles and errors as JSON")
@click.option("--verbose", "-v", is_flag=True, help="Print a line for each input")
@log_format
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
    connections: int,
    recheck: float,
    retry_failed: bool,
    engine: OnRay | None,
    output: str | None,
    parts: int | None,
    as_json: bool,
    verbose: bool,
    log_format: str,
    fetch: "FetchOptions",
) -> None:
    """Fetch and parse articles into the archive

    A SOURCE is the address of an article, of a site's home page, of a feed (RSS, Atom, JSON Feed)
    or of a sitemap; an HTML or text file or a folder of them; a file of feeds (OPML), of bookmarks,
    of pages (WARC) or of articles (JSON Lines); or - for a list of sources on standard input. What
    it is, is detected from its content, also within gzip. The same article is stored once, however often it is met; a changed one keeps its earlier text.

    What could not be taken is reported in one line each and kept in the ledger; the exit code is
    then 1. Nothing stops the other inputs. What failed for a reason that may pass is asked for again
    by --retry-failed, when its time has come; so is what a run that was killed left undone.

    With --engine ray, files (WARC, JSON Lines, HTML, text; paths, patterns, or addresses of an object store) are
    read by all machines of a Ray cluster, and the articles are written as Parquet, partitioned by
    month. A file that was read is not read again while it stays the same. newsarchive import brings
    articles from there into an archive.

    \b
    Examples:
      newsarchive ingest https://example.com/feed.xml
      newsarchive ingest https://example.com/sitemap.xml --since 2024-03-01 --exclude /sport/
      newsarchive ingest CC-NEWS-20240305.warc.gz --include example.com --limit 500
      newsarchive ingest https://example.com/2024/03/05/outage.html saved/ notes.txt
      cat urls.txt | newsarchive --db tech.db ingest -
      newsarchive ingest --retry-failed
      newsarchive ingest --engine ray --output news/ 'CC-NEWS-202403*.warc.gz'
    """
    if not all(source.strip() for source in sources):
        raise click.UsageError("A SOURCE is empty: name an address, a file or a folder.")
    _check(engine, output, parts, limit, retry_failed, sources)
    if engine and output:
        from ingest import ray_cli
        from ingest.selection import Selection

        selection = Selection(since, None, include, exclude)
        ray_cli.run(engine, sources, output, parts, parser, kind, selection, as_json)
        return
    if not sources and not retry_failed:
        raise click.UsageError("Missing argument 'SOURCE...'.")
    from archive import Archive
    from archive.addresses import shown
    from ingest.duplicates import BATCH, mark_duplicates
    from ingest.fetch import Fetcher
    from ingest.pipeline import RESULTS, Ingester
    from ingest.selection import Selection
    from ingest.telling import tell_problems, tell_result

    # What the extractors log about a page is in our own line about it, or is no news.
    logging.getLogger().addHandler(logging.NullHandler())
    started = time.monotonic()
    outcomes: list[dict[str, object]] = []
    named = (*["--retry-failed"] * retry_failed, *(shown(source) for source in sources))
    with Archive(db) as archive, Fetcher(fetch) as fetcher:
        with archive.runs.record("ingest", named) as run, Progress("pages") as progress:
            log = Log("ingest", log_format, to_stderr=progress.note)
            stdin = (line.decode("utf-8", "surrogateescape") for line in sys.stdin.buffer)
            ingester = Ingester(
                archive, fetcher, run, stdin, parser, progress.add_total,
                kind, Selection(since, limit, include, exclude),
                connections=connections, recheck=timedelta(hours=recheck),
            )  # fmt: skip
            again = archive.ledger.due() if retry_failed else []
            if retry_failed and not again:
                log.note("idle", _nothing_due(archive.ledger.retries()))
            unmarked = 0
            try:
                for outcome in ingester.ingest(sources, again):
                    unmarked += outcome.result in ("added", "updated")
                    if unmarked == BATCH:  # while others fetch and parse; in the end nobody would
                        mark_duplicates(archive)
                        unmarked = 0
                    progress.advance(int(outcome.result != "noted"))
                    tell_problems(log, outcome)
                    if as_json:
                        outcomes.append(dataclasses.asdict(outcome))
                    elif verbose:
                        tell_result(log, outcome)
                mark_duplicates(archive)
            except KeyboardInterrupt:
                log.note("stopped", "Stopped. Run the same command again to go on.")
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
        line = totals(counts, names, seconds).replace("_", " ")
        line += "" if changed else "; nothing changed"
        told: dict[str, Any] = {name: counts.get(name, 0) for name in names}
        log.result("ended", line, **told, seconds=round(seconds, 1))
    if counts.get("interrupted"):
        sys.exit(130)
    sys.exit(1 if counts.get("skipped") or counts.get("failed") else 0)


def _check(
    engine: OnRay | None,
    output: str | None,
    parts: int | None,
    limit: int | None,
    retry_failed: bool,
    sources: tuple[str, ...],
) -> None:
    """Refuse options that go together with another engine alone."""
    if engine is None:
        if output or parts:
            raise click.UsageError("--output and --parts are for --engine ray")
    elif not output:
        raise click.UsageError("--engine ray writes Parquet: name a folder with --output")
    elif limit or retry_failed or not sources:
        raise click.UsageError(
            "--engine ray reads each SOURCE as a whole: it has no --limit and no --retry-failed"
        )


def _nothing_due(retries: Mapping[str, Any]) -> str:
    parts = ["Nothing is due to be asked for again"]
    if retries["waiting"]:
        parts.append(f"{retries['waiting']} wait, the first until {retries['next_try_at']}")
    if retries["given_up"]:
        parts.append(f"{retries['given_up']} failed too often and were given up")
    return "; ".join(parts) + "."
