"""The commands `newsarchive feeds add|list|remove|poll|import|export`: the feeds that are followed."""

import json
import logging
import sys
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from archive.logs import Log
from archive.terminal import Progress, counted
from ingest.fetch_cli import fetching

if TYPE_CHECKING:
    from archive.records import Feed
    from archive.store import Archive
    from ingest.fetch import Fetcher, FetchOptions
    from ingest.listing import Listing
    from ingest.workers import Workers

_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def feeds() -> None:
    """Follow feeds: add, list, remove, poll, import, export

    The archive keeps the feeds that you follow, and when each is to be read again. newsarchive watch
    reads them all day; newsarchive feeds poll reads those whose time has come, and ends.

    \b
    Examples:
      newsarchive feeds add https://example.com/
      newsarchive feeds import subscriptions.opml
      newsarchive feeds list
      newsarchive feeds poll
    """


@feeds.command()
@click.argument("addresses", nargs=-1, required=True, metavar="URL...")
@click.option("--all", "is_all", is_flag=True,
              help="Follow all the feeds that a web page names, not only its first")  # fmt: skip
@fetching
@click.pass_obj
def add(db: Path, addresses: tuple[str, ...], is_all: bool, fetch: "FetchOptions") -> None:
    """Follow feeds, or the feeds of web pages

    A URL is that of a feed (RSS, Atom, JSON Feed), or of a page, a site's home or an article, that
    names its feed. The feed is read to see that it is one; its articles come with the next poll.
    Without https:// or http://, https is tried first, then http.

    \b
    Examples:
      newsarchive feeds add https://example.com/feed.xml
      newsarchive feeds add example.com example.org --all
    """
    from archive import Archive
    from ingest.errors import IngestError
    from ingest.feed_finder import address_of, http_instead
    from ingest.fetch import Fetcher
    from ingest.fetch_errors import advise_on_feed
    from ingest.workers import Workers

    has_failed = False
    with Archive(db) as archive, Fetcher(fetch) as fetcher, Workers() as workers:
        for argument in addresses:
            try:
                url = address_of(argument)
                try:
                    _add(archive, fetcher, workers, url, is_all)
                except IngestError as error:
                    plain = http_instead(argument, url, error)
                    if plain is None:
                        raise
                    click.echo(f"{url}: {error.cause}. Trying {plain}", err=True)
                    _add(archive, fetcher, workers, plain, is_all)
            except IngestError as error:
                has_failed = True
                advise_on_feed(error)
                click.echo(str(error), err=True)
    sys.exit(int(has_failed))


def _add(
    archive: "Archive", fetcher: "Fetcher", workers: "Workers", url: str, is_all: bool
) -> None:
    """Follow the feed at an address, or those that the page there names, and say so."""
    from ingest.feed_finder import find_feeds

    if known := archive.following.get(url):
        _say_known(known)
        return
    found = find_feeds(fetcher, workers, url, is_all)
    for feed in found.feeds:
        if archive.following.follow(feed.url, feed.title):
            title = _one_line(feed.title or feed.url)
            click.echo(
                f"Following {title} ({feed.url}): {counted(feed.entries, 'article')} in it now."
            )
        elif known := archive.following.get(feed.url):
            _say_known(known)
    if found.others:
        click.echo(
            f"{url} names other feeds too (--all follows them): {' '.join(found.others)}",
            err=True,
        )


def _say_known(feed: "Feed") -> None:
    from archive.times import to_text

    since = (to_text(feed.followed_at) or "")[:10]
    title = _one_line(feed.name)
    click.echo(f"{title} ({feed.url}) is followed already, since {since}.", err=True)


@feeds.command("list")
@_as_json
@click.pass_obj
def list_(db: Path, as_json: bool) -> None:
    """List the feeds that are followed

    With their number of articles, when each was read and is to be read again, how long it waits
    between two readings, and what went wrong the last time.

    \b
    Examples:
      newsarchive feeds list
      newsarchive feeds list --json
    """
    from archive import Archive
    from ingest.feeds_table import as_record, as_table

    with Archive(db, "read") as archive:
        found = archive.following.feeds()
    if as_json:
        click.echo(json.dumps([as_record(feed) for feed in found], ensure_ascii=False, indent=2))
    elif found:
        click.echo(as_table(found))
    else:
        click.echo("No feed is followed. Add one with: newsarchive feeds add URL", err=True)


@feeds.command()
@click.argument("names", nargs=-1, required=True, metavar="FEED...")
@click.pass_obj
def remove(db: Path, names: tuple[str, ...]) -> None:
    """Follow feeds no longer

    A FEED is the number in newsarchive feeds list, the address, or the title. What came from it
    stays in the archive.

    \b
    Examples:
      newsarchive feeds remove 3
      newsarchive feeds remove https://example.com/feed.xml "The Tidewire"
    """
    has_failed = False
    with existing(db) as archive:
        for name in names:
            found = archive.following.find(name)
            if len(found) == 1:
                archive.following.unfollow(found[0])
                count = found[0].articles or 0
                stay = f"its {counted(count, 'article')} {'stays' if count == 1 else 'stay'}"
                click.echo(
                    f"Not following {_one_line(found[0].name)} ({found[0].url}) any longer; {stay}."
                )
                continue
            has_failed = True
            numbers = ", ".join(str(feed.id) for feed in found)
            cause = f"feeds {numbers} are called so; name one by its number" if found else (
                "no feed of that number, address or title is followed; see: newsarchive feeds list"
            )  # fmt: skip
            click.echo(f"{_one_line(name)}: {cause}.", err=True)
    sys.exit(int(has_failed))


@feeds.command()
@click.option("--all", "is_all", is_flag=True, help="Read every feed now, whether it is due or not")
@click.option("--new-only", is_flag=True,
              help="Do not look again at articles of the last week for changes")  # fmt: skip
@fetching
@click.option("--json", "as_json", is_flag=True, help="Print feeds, totals and errors as JSON")
@click.option("--verbose", "-v", is_flag=True, help="Print a line for each feed and each article")
@click.pass_obj
def poll(
    db: Path, is_all: bool, new_only: bool, as_json: bool, verbose: bool, fetch: "FetchOptions"
) -> None:
    """Read the feeds that are due, and take what is new

    Each feed is asked whether it has changed. Articles that are known are not fetched again, but for
    those of the last week, which are looked at for changes after one hour, three, nine and so on,
    and those that failed for a reason that may pass.

    \b
    Examples:
      newsarchive feeds poll
      newsarchive feeds poll --all --verbose
    """
    from ingest.duplicates import mark_duplicates
    from ingest.fetch import Fetcher
    from ingest.following import Poll, Poller
    from ingest.poll_report import as_record, has_news, line_of, totals_of
    from ingest.telling import tell_article

    logging.getLogger().addHandler(logging.NullHandler())
    started = time.monotonic()
    records: list[dict[str, Any]] = []
    with existing(db) as archive, Fetcher(fetch) as fetcher:
        chosen = archive.following.feeds() if is_all else archive.following.due()
        with (
            archive.runs.record("feeds poll", ["--all"] * is_all) as run,
            Progress("feeds", len(chosen)) as progress,
        ):
            log = Log("feeds poll", to_stderr=progress.note)
            batches = iter([chosen])
            try:
                polls = Poller(archive, fetcher, run, new_only).poll(lambda: next(batches, []))
                for done in polls:
                    if not isinstance(done, Poll):
                        tell_article(log, done, verbose and not as_json)
                        continue
                    progress.advance()
                    if done.error:
                        progress.note(done.error)
                    elif not as_json and (verbose or has_news(done)):
                        click.echo(line_of(done))
                    records.append(as_record(done))
                mark_duplicates(archive)
            except KeyboardInterrupt:
                progress.note("Stopped. Run the same command again to go on.")
                run.count("interrupted")
        counts, following = run.counts, archive.following.counts()
    seconds = round(time.monotonic() - started, 1)
    if as_json:
        click.echo(json.dumps({"feeds": records, "seconds": seconds}, ensure_ascii=False, indent=2))
    else:
        click.echo(totals_of(counts, seconds) + _hint(following, bool(chosen)))
    if counts.get("interrupted"):
        sys.exit(130)
    sys.exit(int(any(counts.get(name) for name in _TROUBLE)))


#: Totals that make the exit code 1.
_TROUBLE = ("feeds_failed", "feeds_gone", "skipped", "failed")


def _hint(following: dict[str, Any], has_polled: bool) -> str:
    if not following["followed"]:
        return "; no feed is followed, add one with: newsarchive feeds add URL"
    return "" if has_polled else f"; the next is due at {following['next_poll_at']} (--all: now)"


@feeds.command("import")
@click.argument("source", metavar="OPML")
@fetching
@click.pass_obj
def import_(db: Path, source: str, fetch: "FetchOptions") -> None:
    """Follow the feeds that an OPML file names

    OPML is a file, an address, or - for standard input: what feed readers export. The feeds are
    not read yet; the next poll says which of them are gone.

    \b
    Examples:
      newsarchive feeds import subscriptions.opml
      curl -s https://example.com/feeds.opml | newsarchive feeds import -
    """
    from archive import Archive
    from ingest.errors import IngestError

    try:
        listing = _opml(source, fetch)
    except IngestError as error:
        raise click.ClickException(str(error)) from error
    added, known, wrong = 0, 0, 0
    with Archive(db) as archive, archive.transaction():
        for entry in listing.sources:
            url = _normal(entry.url)
            if url is None:
                wrong += 1
                click.echo(f"{_one_line(entry.url)}: this is no URL. It is passed over.", err=True)
            elif archive.following.follow(url, entry.title):
                added += 1
            else:
                known += 1
    if listing.damage:
        click.echo(f"{listing.damage} What stands before was taken.", err=True)
    parts = [f"added {added}", f"already followed {known}"]
    wrong += listing.without_link
    click.echo(", ".join([*parts, f"without an address {wrong}"] if wrong else parts))
    sys.exit(int(bool(listing.damage)))


def _opml(source: str, fetch: "FetchOptions") -> "Listing":
    """The feeds in an OPML file, by path, address, or - for standard input.

    Raises:
        IngestError: it cannot be had or read.
    """
    from archive.addresses import is_url, shown
    from ingest.errors import SourceError
    from ingest.fetch import Fetcher
    from ingest.kinds import kind_of
    from ingest.link_files import read_opml
    from ingest.sources import path_of, read_file

    if source == "-":
        body, subject = sys.stdin.buffer.read(_MAX_STDIN_BYTES), "standard input"
    elif is_url(source) and not source.startswith("file://"):
        with Fetcher(fetch) as fetcher:
            body, subject = fetcher.get(source).body, source
    else:
        body, subject = read_file(path_of(source)).body, shown(source)
    if kind_of(body) != "opml":
        raise SourceError(
            subject, "not_opml", "this is no OPML file",
            "A feed itself is followed with: newsarchive feeds add URL",
        )  # fmt: skip
    return read_opml(body, subject)


_MAX_STDIN_BYTES = 50 * 1024 * 1024


@feeds.command()
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Write to this file")
@click.pass_obj
def export(db: Path, output: Path | None) -> None:
    """Write the feeds that are followed as OPML

    Other feed readers import it. newsarchive export opml writes all feeds that were ever read.

    \b
    Examples:
      newsarchive feeds export > feeds.opml
      newsarchive feeds export -o feeds.opml
    """
    from archive import Archive
    from archive.export import feeds as feeds_of
    from archive.export_cli import write_file
    from archive.export_formats import as_opml

    with Archive(db, "read") as archive:
        found = feeds_of(archive, is_followed=True)
    content = as_opml(found)
    if output is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    else:
        write_file(output, lambda file: _fill(file, content))
        click.echo(f"{output}: {counted(len(found), 'feed')}", err=True)


def _fill(file: IO[bytes], content: bytes) -> int:
    return file.write(content)


def existing(db: Path) -> "Archive":
    """An archive that is there, for writing."""
    from archive import Archive

    if not db.exists():
        Archive(db, "read").close()  # to say so
    return Archive(db)


def _normal(url: str) -> str | None:
    from archive.addresses import normalize_url

    try:
        return normalize_url(url)
    except ValueError:
        return None


def _one_line(text: str) -> str:
    from archive.history import without_controls

    return " ".join(without_controls(text).split())
