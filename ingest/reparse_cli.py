"""The command `newsarchive reparse`."""

import dataclasses
import json
import logging
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.terminal import Progress, totals

if TYPE_CHECKING:
    from archive import Archive
    from archive.runs import Run
    from ingest.reparse import Reparsed


@click.command()
@click.argument("articles", nargs=-1, metavar="[ARTICLE]...")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing")
@click.option("--parser", type=click.Choice(["all", "newspaper3k"]), default="all",
              show_default=True, help="As in: newsarchive ingest")  # fmt: skip
@click.option("--limit", type=click.IntRange(1), help="Read so many pages, oldest articles first")
@click.option("--json", "as_json", is_flag=True, help="Print totals and changes as JSON")
@click.pass_obj
def reparse(
    db: Path,
    articles: tuple[str, ...],
    dry_run: bool,
    parser: Any,
    limit: int | None,
    as_json: bool,
) -> None:
    """Read stored pages again with today's parser

    ARTICLE is a number, any address that led to it, or the path of the file that it came from;
    without one, all are read. Each article that is read otherwise than before is printed
    with the fields that change; a page that was refused and now is an article becomes one. Nothing
    is fetched. What was made from a text that changes (summary, tags, vector) is dropped, to be made
    again by newsarchive summarize.

    The exit code is 1 if a page of an article cannot be read any more; the article then stays.

    \b
    Examples:
      newsarchive reparse --dry-run --limit 1000
      newsarchive reparse
      newsarchive reparse 12 https://example.com/2024/03/05/outage.html
    """
    from archive import Archive
    from ingest.duplicates import mark_duplicates
    from ingest.reparse import RESULTS

    if articles and limit:
        raise click.UsageError("--limit is for all pages; name either articles or a limit.")
    # What the extractors log about a page is in our own line about it, or is no news.
    logging.getLogger().addHandler(logging.NullHandler())
    started = time.monotonic()
    if dry_run:
        with Archive(db, "read") as archive:
            counts, found = _report(archive, articles, parser, limit, None, as_json)
    else:
        if not db.exists():
            Archive(db, "read").close()  # to say so: there is nothing to read in a new file
        with Archive(db) as archive, archive.runs.record("reparse", articles) as run:
            counts, found = _report(archive, articles, parser, limit, run, as_json)
            mark_duplicates(archive)
    seconds = time.monotonic() - started
    if as_json:
        by_name = {name: counts.get(name, 0) for name in RESULTS}
        click.echo(json.dumps({**by_name, "seconds": round(seconds, 1), "pages": found},
                              ensure_ascii=False, indent=2))  # fmt: skip
    else:
        is_changed = counts.get("changed") or counts.get("added")
        ending = "" if is_changed else "; nothing changed"
        ending = "; dry run, nothing was written" if dry_run else ending
        click.echo(totals(counts, RESULTS, seconds) + ending)
    if counts.get("interrupted"):
        sys.exit(130)
    sys.exit(1 if counts.get("failed") else 0)


def _report(
    archive: "Archive",
    names: tuple[str, ...],
    parser: Any,
    limit: int | None,
    run: "Run | None",
    as_json: bool,
) -> tuple[dict[str, int], list[dict[str, Any]]]:
    """Read the pages, say line by line what changes; return the counts and what --json prints."""
    from ingest.reparse import Reparser

    reparser = Reparser(archive, parser, is_dry=run is None)
    counts: dict[str, int] = run.counts if run else {}
    kept: list[dict[str, Any]] = []
    with Progress("pages") as progress:
        try:
            for outcome in reparser.named(names) if names else reparser.all(limit):
                progress.advance()
                counts[outcome.result] = counts.get(outcome.result, 0) + 1
                if outcome.error:
                    progress.note(" ".join(outcome.error.split()))
                    if run:
                        run.error(outcome.subject, "parse", outcome.reason or "", outcome.error)
                if as_json and outcome.result not in ("unchanged", "refused"):
                    kept.append(dataclasses.asdict(outcome))
                elif outcome.result in ("changed", "added"):
                    click.echo(_line(outcome))
        except KeyboardInterrupt:
            progress.note("Stopped. What was read is kept; run the same command again.")
            counts["interrupted"] = 1
    return counts, kept


def _line(outcome: "Reparsed") -> str:
    number = "" if outcome.article_id is None else f"{outcome.article_id}  "
    what = ", ".join(outcome.fields) if outcome.fields else "added"
    return f"{number}{what}  {outcome.subject}"
