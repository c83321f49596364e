"""Ingesting: source -> candidate -> page -> article -> archive, one at a time, nothing lost.

Here sources are followed to their candidates; `ingest.intake` takes each of them. Whatever happens
to one input is recorded in the ledger and reported as an `Outcome`; it never stops the others.
"""

import dataclasses
import io
import itertools
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from archive import Archive, Page
from archive.records import Source
from archive.runs import Run
from ingest.canonical import normalize_url
from ingest.errors import FetchError, IngestError, SourceError
from ingest.feeds import read_feed
from ingest.fetch import Fetcher
from ingest.intake import RESULTS, Intake, Outcome, Result, names_a_file
from ingest.json_lines import read_json_lines
from ingest.kinds import HEAD_BYTES, LISTINGS, STREAMS, Kind, kind_of
from ingest.link_files import read_bookmarks, read_opml
from ingest.listing import Entry, Limits, Listing
from ingest.parse import Parser
from ingest.selection import Selection
from ingest.sitemaps import read_sitemap
from ingest.sites import MAX_ARTICLES, is_home, read_home
from ingest.sources import (
    Candidate,
    file_url,
    files_in,
    is_url,
    open_file,
    path_of,
    read_file,
    read_list,
    shown,
)
from ingest.warc import read_warc

__all__ = ["RESULTS", "Ingester", "Outcome", "Result"]

#: A stream gives candidates, errors, and None for what is passed over.
Item = Candidate | IngestError | None

_READERS: dict[Kind, Callable[[bytes, str], Listing]] = {
    "feed": read_feed,
    "sitemap": read_sitemap,
    "opml": read_opml,
    "bookmarks": read_bookmarks,
}


class Ingester:
    """Ingests sources into an archive; one object is one run.

    Args:
        archive: open for writing.
        fetcher: fetches what is not in hand.
        run: takes the counts and the errors.
        stdin: the lines that the source "-" stands for.
        parser: see `ingest.parse_article`.
        found: called with the number of candidates each time a source has been read.
        kind: what the sources are, where that is not to be detected.
        selection: which articles are wanted.
        limits: how far one source may lead.
    """

    def __init__(
        self,
        archive: Archive,
        fetcher: Fetcher,
        run: Run,
        stdin: Iterable[str] = (),
        parser: Parser = "all",
        found: Callable[[int], None] | None = None,
        kind: Kind | None = None,
        selection: Selection | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._archive = archive
        self._run = run
        self._stdin = stdin
        self._found = found or (lambda _number: None)
        self._kind = kind
        self._selection = selection or Selection()
        self._limits = limits or Limits()
        self._intake = Intake(archive, fetcher, run, parser, self._selection)
        self._seen: set[str] = set()
        self._taken = 0
        self._sources_left = self._urls_left = 0

    def ingest(self, sources: Iterable[str]) -> Iterator[Outcome]:
        """Ingest each source (see `ingest.sources`); yield an outcome for each input met."""
        for argument in sources:
            for outcome in self._ingest_source(argument):
                if outcome.result != "noted":
                    self._run.count(outcome.result)
                yield outcome
                self._taken += outcome.article_id is not None
                if self._taken == self._selection.limit:
                    return

    def _ingest_source(self, argument: str) -> Iterator[Outcome]:
        self._sources_left, self._urls_left = self._limits.sources, self._limits.urls
        if argument == "-":
            for entry in read_list(iter(self._stdin)):
                yield from self._ingest_source(entry)
        elif is_url(argument) and not argument.startswith("file://"):
            yield from self._ingest_url(shown(argument), self._kind)
        else:
            yield from self._ingest_path(argument)

    def _ingest_url(self, argument: str, kind: Kind | None, depth: int = 0) -> Iterator[Outcome]:
        try:
            url = normalize_url(argument)
        except ValueError as error:
            cause = FetchError(
                argument, "bad_url", f"this is no URL ({error})", "Check its spelling."
            )
            yield self._intake.refuse(argument, cause)
            return
        if url in self._seen:
            return
        page_or_outcome = self._intake.fetch(url, source_id=None)
        if isinstance(page_or_outcome, Outcome):
            self._seen.add(url)
            self._found(1)
            yield page_or_outcome
            return
        page = page_or_outcome
        found = kind or kind_of(page.body)
        if found in LISTINGS:
            yield from self._ingest_listing(url, page, found, depth)
        elif found in STREAMS:
            self._seen.add(url)
            yield from self._ingest_stream(url, io.BytesIO(page.body), found)
        elif kind == "site" or (kind is None and is_home(url) and depth == 0):
            yield from self._ingest_home(url, page, kind)
        else:
            yield from self._ingest_single(page, "page", kind)

    def _ingest_path(self, argument: str) -> Iterator[Outcome]:
        try:
            path = path_of(argument)
            url = file_url(path)
            if path.is_dir():
                files = files_in(path)
                source = Source("folder", url)
                self._found(len(files))
                candidates = (Candidate(file_url(file), source, kind=self._kind) for file in files)
                yield from self._ingest_candidates(candidates, source)
                return
            yield from self._ingest_file(path, url)
        except (IngestError, OSError, ValueError) as error:
            yield self._intake.refuse(_ledger_url(argument), _named(error, argument))

    def _ingest_file(self, path: Path, url: str) -> Iterator[Outcome]:
        with open_file(path) as file:
            kind = self._kind or kind_of(file.read(HEAD_BYTES))
        if kind in STREAMS:
            with path.open("rb") as file:
                yield from self._ingest_stream(url, file, kind)
        elif kind in LISTINGS:
            yield from self._ingest_listing(url, read_file(path), kind)
        else:
            yield from self._ingest_single(read_file(path), kind, self._kind)

    def _ingest_single(self, page: Page, source_kind: str, kind: Kind | None) -> Iterator[Outcome]:
        """Take a page in hand; kind is what the operator says that it is."""
        source = Source(source_kind, page.requested_url)
        candidate = Candidate(page.requested_url, source, page, kind=kind)
        self._found(1)
        yield from self._ingest_candidates([candidate], source)

    def _ingest_listing(
        self, url: str, page: Page, kind: Kind, depth: int = 0
    ) -> Iterator[Outcome]:
        self._seen.add(url)
        try:
            listing = _READERS[kind](page.body, page.final_url)
        except SourceError as error:
            error.subject = url
            self._found(1)
            yield self._intake.refuse(url, error, page)
            return
        source = Source(kind, url, listing.title, page.header("etag"), page.header("last-modified"))
        self._settle(source, page.http_status)
        if listing.without_link:
            yield self._note(url, "no_link", f"{listing.without_link} of its entries have no link")
        if listing.damage:
            listing.damage.subject = url
            yield self._intake.refuse(url, listing.damage, page)
        yield from self._follow(source, listing, depth)

    def _follow(self, source: Source, listing: Listing, depth: int) -> Iterator[Outcome]:
        """Take what a listing names, within the limits of the source that was named."""
        entries = listing.entries[: self._urls_left]
        self._urls_left -= len(entries)
        self._found(len(entries))
        candidates = (
            Candidate(entry.url, source, date=entry.date, title=entry.title) for entry in entries
        )
        yield from self._ingest_candidates(candidates, source)
        if len(entries) < len(listing.entries):
            yield self._too_many(source.url, f"{self._limits.urls:,} addresses")
        for entry in listing.sources:
            if self._selection.is_old(entry.date):
                self._run.count("passed_over")
            elif depth >= self._limits.depth:
                yield self._too_many(source.url, f"{self._limits.depth} levels of sitemaps")
                return
            elif self._sources_left <= 0:
                yield self._too_many(source.url, f"{self._limits.sources:,} sitemaps or feeds")
                return
            elif entry.url.startswith("file:") and not source.url.startswith("file:"):
                yield self._intake.refuse(entry.url, names_a_file(entry.url))
            else:
                self._sources_left -= 1
                yield from self._ingest_url(entry.url, None, depth + 1)

    def _ingest_stream(self, url: str, file: io.BufferedIOBase, kind: Kind) -> Iterator[Outcome]:
        """Take pages or articles from a file that holds many, one by one."""
        source = Source(kind, url)
        self._settle(source, None)
        read = read_warc if kind == "warc" else read_json_lines
        yield from self._ingest_candidates(self._announced(read(file, url, source)), source)

    def _announced(self, items: Iterable[Item]) -> Iterator[Item]:
        for item in items:
            self._found(int(item is not None))
            yield item

    def _ingest_home(self, url: str, page: Page, kind: Kind | None) -> Iterator[Outcome]:
        """Take a site's home page as its article, if it is one, else what it leads to.

        That is its feeds, else the sitemaps that robots.txt names, else its links to articles.
        """
        try:
            listing = None
            if kind == "site" or not self._intake.is_article(page):
                listing = read_home(page)
        except IngestError as error:
            self._found(1)
            yield self._intake.refuse(url, error, page)
            return
        if listing and not listing.sources:
            sitemaps = tuple(Entry(address) for address in self._intake.sitemaps_of(url))
            listing = dataclasses.replace(listing, sources=sitemaps)
        if listing is None or not (listing.sources or listing.entries):
            yield from self._ingest_single(page, "page", None)
            return
        self._seen.add(url)
        source = Source("site", url, listing.title)
        self._settle(source, page.http_status)
        if listing.sources:
            listing = dataclasses.replace(listing, entries=())
        outcomes = self._follow(source, listing, depth=0)
        yield from itertools.islice(outcomes, None if self._selection.limit else MAX_ARTICLES)

    def _settle(self, source: Source, http_status: int | None) -> None:
        with self._archive.transaction():
            self._archive.ledger.ask(source.url, self._archive.ledger.register(source))
            self._archive.ledger.settle(source.url, "source", http_status=http_status)

    def _ingest_candidates(self, candidates: Iterable[Item], source: Source) -> Iterator[Outcome]:
        with self._archive.transaction():  # another process may be reading the same source
            source_id = self._archive.ledger.register(source)
        for candidate in candidates:
            if isinstance(candidate, IngestError):
                yield self._intake.refuse(candidate.subject, candidate, source_id=source_id)
            elif candidate is None:
                self._run.count("passed_over")
            elif (url := _normal(candidate.url)) not in self._seen:
                self._seen.add(url)
                outcome = None
                if self._selection.wants(url) and not self._selection.is_old(candidate.date):
                    outcome = self._intake.take(url, candidate, source_id)
                if outcome:
                    yield outcome
                else:
                    self._run.count("passed_over")
            elif source.kind in STREAMS:
                # Listed twice, it is one request; held twice, the first is taken and that is said.
                self._run.count("passed_over")

    def _note(self, url: str, reason: str, remark: str) -> Outcome:
        """A remark on a source that was read."""
        line = f"{url}: {remark}; they are passed over."
        self._run.error(url, "read", reason, line)
        return Outcome(url, "noted", warning=line)

    def _too_many(self, url: str, what: str) -> Outcome:
        error = SourceError(
            url, "too_many", f"it leads to more than {what}, the rest was left out",
            "Ingest the sitemaps that you want by their own addresses.",
        )  # fmt: skip
        self._found(1)
        return self._intake.refuse(url, error)


def _normal(url: str) -> str:
    try:
        return normalize_url(url)
    except ValueError:
        return url  # the fetcher will say so


def _ledger_url(argument: str) -> str:
    """The URL under which a path that cannot be read stands in the ledger."""
    try:
        return file_url(path_of(argument))
    except (SourceError, ValueError):
        return argument


def _named(error: Exception, argument: str) -> IngestError:
    if isinstance(error, IngestError):
        return error
    return SourceError(
        shown(argument), "unreadable_file", f"it cannot be read ({error})", "Check the path."
    )
