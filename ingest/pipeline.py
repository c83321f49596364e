"""Ingesting: source -> candidate -> page -> article -> archive; many at once, nothing lost.

Here sources are followed to their candidates; `ingest.intake` takes each of them, and
`ingest.scheduler` runs all of that side by side. Whatever happens to one input is recorded in the
ledger and reported as an `Outcome`; it never stops the others.
"""

import dataclasses
import io
from collections.abc import Callable, Generator, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from archive import Archive, Page
from archive.addresses import file_url, is_url, normal, normalize_url, shown
from archive.records import DueEntry, Source
from archive.runs import Run
from ingest.crew import crew
from ingest.errors import FetchError, IngestError
from ingest.feeds import read_feed
from ingest.fetch import Fetcher
from ingest.host_threads import host_of
from ingest.identity import is_removed
from ingest.intake import RESULTS, Intake, Outcome, Result, Steps, names_a_file, too_many
from ingest.kinds import HEAD_BYTES, LISTINGS, STREAMS, Kind, kind_of
from ingest.link_files import read_bookmarks, read_opml
from ingest.listing import Budget, Entry, Limits, Listing
from ingest.read import Parser
from ingest.scheduler import Read, Start, Wait, observed
from ingest.selection import Selection
from ingest.sitemaps import read_sitemap
from ingest.sites import MAX_ARTICLES, is_home, read_home
from ingest.sources import (
    Candidate,
    files_in,
    ledger_url,
    named,
    open_file,
    path_of,
    read_file,
    read_list,
)
from ingest.streams import Item, items_of, with_remarks
from ingest.workers import Workers

__all__ = ["CONNECTIONS", "RESULTS", "Ingester", "Outcome", "Result"]

#: So many servers are asked at once where nothing else is said.
CONNECTIONS = 16

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
        connections: how many servers are asked at once; 1 does one source after the other, so that
            the rows come in the same order each time.
        recheck: an article that a listing names is not asked for again within this time, unless the
            listing gives it a later date.
        workers: where pages are parsed; workers of its own if None.
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
        connections: int = CONNECTIONS,
        recheck: timedelta = timedelta(0),
        workers: Workers | None = None,
    ) -> None:
        self._archive = archive
        self._run = run
        self._stdin = stdin
        self._found = found or (lambda _number: None)
        self._kind = kind
        self._selection = selection or Selection()
        self._limits = limits or Limits()
        self._connections = connections
        self._workers = workers
        self._intake = Intake(archive, fetcher, run, parser, self._selection, recheck)
        self._seen: set[str] = set()
        self._taken = 0
        self.stop: Callable[[], None] = lambda: None

    def ingest(
        self, sources: Iterable[str], again: Iterable[DueEntry] = ()
    ) -> Generator[Outcome, None, None]:
        """Ingest each source (see `ingest.sources`), then what is due again; yield each outcome."""
        return self.run(self._each(sources, again))

    def run(self, task: Steps) -> Generator[Any, None, None]:
        """Run a task (`ingest.scheduler`) with all that it starts; count its outcomes, yield all.

        `stop` ends it after the step at hand, and may be called by the handler of a signal.
        """
        with crew(self._connections, self._workers) as scheduler:
            self.stop = scheduler.stop
            scheduler.max_leaves = self._wanted(scheduler.max_leaves)
            for outcome in scheduler.run(task):
                if not isinstance(outcome, Outcome):
                    yield outcome
                    continue
                if outcome.result != "noted":
                    self._run.count(outcome.result)
                self._taken += outcome.article_id is not None
                scheduler.max_leaves = self._wanted(scheduler.max_leaves)
                if outcome.result != "passed_over":
                    yield outcome
                if self._taken == self._selection.limit:
                    return

    def _wanted(self, leaves: int) -> int:
        """No more candidates are under way than articles are wanted still."""
        limit = self._selection.limit
        return leaves if limit is None else min(leaves, limit - self._taken)

    def again(self, entries: Iterable[DueEntry]) -> Steps:
        """The steps that ask again for what the ledger says is due (`archive.ledger.due`).

        What a source named is taken as the page that it was then, the rest as if it were named anew.
        """
        for entry in entries:
            if entry.source is None or entry.source_id is None:
                yield from self._each([entry.url])
            elif self._claim(entry.url):
                self._found(1)
                candidate = Candidate(entry.url, entry.source)
                yield from self._take(entry.url, candidate, entry.source_id, in_order=False)

    def _each(self, sources: Iterable[str], again: Iterable[DueEntry] = ()) -> Steps:
        for argument in sources:
            if argument == "-":
                yield from self._each(read_list(iter(self._stdin)))
            elif is_url(argument) and not argument.startswith("file://"):
                yield Start(self._url(shown(argument), self._kind, self._budget()), is_source=True)
            else:
                yield Start(self._path(argument), is_source=True, in_order=True)
        yield from self.again(again)

    def _budget(self) -> Budget:
        return Budget(self._limits.sources, self._limits.urls)

    def _claim(self, url: str) -> bool:
        """True for the first who asks for a URL in this run."""
        is_first = url not in self._seen
        self._seen.add(url)
        return is_first

    def _url(self, argument: str, kind: Kind | None, budget: Budget, depth: int = 0) -> Steps:
        try:
            url = normalize_url(argument)
        except ValueError as error:
            cause = FetchError(
                argument, "bad_url", f"this is no URL ({error})", "Check its spelling."
            )
            yield self._intake.refuse(argument, cause)
            return
        if not self._claim(url):
            return
        page = yield from self._intake.fetch(url, source_id=None)
        if page is None:
            self._found(1)
            if self._intake.is_unchanged(url):  # and of what it named, something may be due
                yield from self.again(self._archive.ledger.due(url))
            return
        found = kind or kind_of(page.body)
        if found in LISTINGS:
            yield from self._listing(url, page, found, budget, depth)
        elif found in STREAMS:
            yield from self._stream(url, io.BytesIO(page.body), found)
        elif kind == "site" or (kind is None and is_home(url) and depth == 0):
            yield from self._home(url, page, kind, budget)
        else:
            yield from self._single(url, page, "page", kind)

    def _path(self, argument: str) -> Steps:
        try:
            path = path_of(argument)
            url = file_url(path)
            if path.is_dir():
                files = files_in(path)
                source = Source("folder", url)
                self._found(len(files))
                candidates = (Candidate(file_url(file), source, kind=self._kind) for file in files)
                yield from self._candidates(candidates, source)
            elif self._claim(url):
                yield from self._file(path, url)
        except (IngestError, OSError, ValueError) as error:
            yield self._intake.refuse(ledger_url(argument), named(error, argument))

    def _file(self, path: Path, url: str) -> Steps:
        with open_file(path) as file:
            kind = self._kind or kind_of(file.read(HEAD_BYTES))
        if kind in STREAMS:
            with path.open("rb") as file:
                yield from self._stream(url, file, kind)
        elif kind in LISTINGS:
            yield Start(self._listing(url, read_file(path), kind, self._budget()), is_source=True)
        else:
            yield from self._single(url, read_file(path), kind, self._kind)

    def _single(self, url: str, page: Page, source_kind: str, kind: Kind | None) -> Steps:
        """Take a page in hand, which was claimed; kind is what the operator says that it is."""
        source = Source(source_kind, page.requested_url)
        self._found(1)
        candidate = Candidate(url, source, page, kind=kind)
        yield from self._take(url, candidate, self._register(source), in_order=True)

    def _listing(self, url: str, page: Page, kind: Kind, budget: Budget, depth: int = 0) -> Steps:
        try:
            listing: Listing = yield Read(url, _READERS[kind], (page.body, page.final_url))
        except IngestError as error:
            error.subject = url
            self._found(1)
            yield self._intake.refuse(url, error, page)
            return
        source = Source(kind, url, listing.title)
        self._settle(source, page.http_status)
        if number := listing.without_link:
            has = "has no link; it is" if number == 1 else "have no link; they are"
            yield self._intake.note(url, "no_link", f"{number} of its entries {has} passed over.")
        if listing.damage:
            listing.damage.subject = url
            yield self._intake.refuse(url, listing.damage, page)
        missed: list[Outcome] = []
        is_whole = (
            self._selection.is_all and listing.is_whole and len(listing.entries) <= budget.urls
        )
        steps = self.follow(source, listing, budget, depth)
        yield from observed(steps, lambda found: missed.append(found) if found.is_missed else None)
        yield Wait()
        # Not before its last article: a run that is stopped here must read the source again.
        if is_whole and not missed and budget.articles != 0:
            self._archive.ledger.remember(url, page.header("etag"), page.header("last-modified"))

    def follow(
        self, source: Source, listing: Listing, budget: Budget | None = None, depth: int = 0
    ) -> Steps:
        """The steps that take what a listing names, within the limits of the source that was named."""
        budget = budget or self._budget()
        entries = listing.entries[: budget.urls]
        budget.urls -= len(entries)
        self._found(len(entries))
        # One host is asked one thing at a time, so that keeping the order costs nothing.
        in_order = len({host_of(entry.url) for entry in entries}) == 1
        candidates = (
            Candidate(entry.url, source, date=entry.date, title=entry.title) for entry in entries
        )
        yield from self._candidates(candidates, source, in_order, budget)
        if len(entries) < len(listing.entries):
            yield self._too_many(source.url, f"{self._limits.urls:,} addresses")
        for entry in listing.sources:
            if self._selection.is_old(entry.date):
                self._run.count("passed_over")
            elif depth >= self._limits.depth:
                yield self._too_many(source.url, f"{self._limits.depth} levels of sitemaps")
                return
            elif budget.sources <= 0:
                yield self._too_many(source.url, f"{self._limits.sources:,} sitemaps or feeds")
                return
            elif entry.url.startswith("file:") and not source.url.startswith("file:"):
                yield self._intake.refuse(entry.url, names_a_file(entry.url))
            else:
                budget.sources -= 1
                yield Start(self._url(entry.url, None, budget, depth + 1), is_source=True)

    def _stream(self, url: str, file: io.BufferedIOBase, kind: Kind) -> Steps:
        """Take pages or articles from a file that holds many, one by one."""
        source = Source(kind, url)
        self._settle(source, None)
        steps = self._candidates(items_of(source, file, self._found), source)
        yield from with_remarks(self._intake, source, steps)

    def _home(self, url: str, page: Page, kind: Kind | None, budget: Budget) -> Steps:
        """Take a site's home page as its article, if it is one, else what it leads to.

        That is its feeds, else the sitemaps that robots.txt names, else its links to articles.
        """
        refusal = None
        if kind is None:
            try:
                article, warning = yield self._intake.reading(url, page)
            except IngestError as error:
                refusal = error
                refusal.subject = url
            else:
                source_id = self._register(Source("page", page.requested_url))
                known = self._archive.ledger.ask(url, source_id)
                self._found(1)
                yield self._intake.keep(url, page, article, warning, known)
                return
        try:
            listing: Listing = yield Read(url, read_home, (page,))
        except IngestError as error:
            error.subject = url
            self._found(1)
            yield self._intake.refuse(url, error, page)
            return
        if not listing.sources:
            sitemaps = yield from self._intake.sitemaps_of(url)
            listing = dataclasses.replace(listing, sources=tuple(map(Entry, sitemaps)))
        if not (listing.sources or listing.entries):
            if refusal is None:
                yield from self._single(url, page, "page", None)
            else:
                self._found(1)
                source_id = self._register(Source("page", page.requested_url))
                yield self._intake.refuse(url, refusal, page, source_id)
            return
        source = Source("site", url, listing.title)
        self._settle(source, page.http_status)
        if listing.sources:
            listing = dataclasses.replace(listing, entries=())
        budget.articles = None if self._selection.limit else MAX_ARTICLES
        yield from self.follow(source, listing, budget, depth=0)

    def _register(self, source: Source) -> int:
        with self._archive.transaction():  # another process may be reading the same source
            return self._archive.ledger.register(source)

    def _settle(self, source: Source, http_status: int | None) -> None:
        with self._archive.transaction():
            self._archive.ledger.ask(source.url, self._archive.ledger.register(source))
            self._archive.ledger.settle(source.url, "source", http_status=http_status)

    def _candidates(
        self,
        candidates: Iterable[Item],
        source: Source,
        in_order: bool = True,
        budget: Budget | None = None,
    ) -> Steps:
        source_id = self._register(source)
        for candidate in candidates:
            if candidate is None:
                self._run.count("passed_over")
            elif isinstance(candidate, IngestError):
                yield self._intake.refuse(candidate.subject, candidate, source_id=source_id)
            elif budget and budget.articles == 0:
                return
            elif (is_first := self._claim(url := normal(candidate.url))) or candidate.is_capture:
                is_wanted = self._selection.wants(url) and not is_removed(self._archive, url)
                if is_wanted and not self._selection.is_old(candidate.date):
                    if budget and budget.articles:
                        budget.articles -= 1
                    candidate = dataclasses.replace(candidate, is_again=not is_first)
                    yield from self._take(url, candidate, source_id, in_order)
                else:
                    self._run.count("passed_over")
            elif source.kind in STREAMS:
                # Listed twice, it is one request; a line that comes twice is passed over, and that is said.
                self._run.count("passed_over")

    def _take(self, url: str, candidate: Candidate, source_id: int, in_order: bool) -> Steps:
        """Begin to take a candidate; in order, it is saved after those before it in its source."""
        if known := self._intake.is_fresh(url, candidate):
            yield Outcome(url, "unchanged", known.article_id)
            return
        yield Start(self._intake.take(url, candidate, source_id), in_order=in_order)

    def _too_many(self, url: str, what: str) -> Outcome:
        self._found(1)
        return self._intake.refuse(url, too_many(url, what))
