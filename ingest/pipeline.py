"""Ingesting: source -> candidate -> page -> article -> archive, one at a time, nothing lost.

Whatever happens to one input is recorded in the ledger and reported as an `Outcome`; it never
stops the others.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from archive import Archive, Article, Page
from archive.records import LedgerState, Source
from archive.runs import Run
from ingest.canonical import normalize_url
from ingest.errors import FetchError, IngestError, NotAPage, SourceError
from ingest.feeds import read_feed
from ingest.fetch import Fetcher, NotModified
from ingest.parse import Parser, parse_page
from ingest.sources import (
    Candidate,
    file_url,
    files_in,
    form_of,
    is_url,
    path_of,
    read_file,
    read_list,
    shown,
)
from ingest.text_files import parse_text

Result = Literal["added", "updated", "unchanged", "skipped", "failed"]

#: Results in the order in which totals name them.
RESULTS: tuple[Result, ...] = ("added", "updated", "unchanged", "skipped", "failed")


@dataclass(frozen=True)
class Outcome:
    """What became of one input: the article's id and title, or the error in one line."""

    subject: str
    result: Result
    article_id: int | None = None
    title: str | None = None
    error: str | None = None
    reason: str | None = None
    warning: str | None = None


class Ingester:
    """Ingests sources into an archive; one object is one run.

    Args:
        archive: open for writing.
        fetcher: fetches what is not in hand.
        run: takes the counts and the errors.
        stdin: the lines that the source "-" stands for.
        parser: see `ingest.parse_article`.
        found: called with the number of candidates each time a source has been read.
    """

    def __init__(
        self,
        archive: Archive,
        fetcher: Fetcher,
        run: Run,
        stdin: Iterable[str] = (),
        parser: Parser = "all",
        found: Callable[[int], None] | None = None,
    ) -> None:
        self._archive = archive
        self._fetcher = fetcher
        self._run = run
        self._stdin = stdin
        self._parser = parser
        self._found = found or (lambda _number: None)
        self._seen: set[str] = set()

    def ingest(self, sources: Iterable[str]) -> Iterator[Outcome]:
        """Ingest each source (see `ingest.sources`); yield an outcome for each input met."""
        for argument in sources:
            for outcome in self._ingest_source(argument):
                self._run.count(outcome.result)
                yield outcome

    def _ingest_source(self, argument: str) -> Iterator[Outcome]:
        if argument == "-":
            for entry in read_list(iter(self._stdin)):
                yield from self._ingest_source(entry)
        elif is_url(argument) and not argument.startswith("file://"):
            yield from self._ingest_url(shown(argument))
        else:
            yield from self._ingest_path(argument)

    def _ingest_url(self, argument: str) -> Iterator[Outcome]:
        try:
            url = normalize_url(argument)
        except ValueError as error:
            cause = FetchError(
                argument, "bad_url", f"this is no URL ({error})", "Check its spelling."
            )
            yield self._refuse(argument, cause)
            return
        if url in self._seen:
            return
        page_or_outcome = self._fetch(url, source_id=None)
        if isinstance(page_or_outcome, Outcome):
            self._seen.add(url)
            self._found(1)
            yield page_or_outcome
        elif form_of(page_or_outcome.body) in ("feed", "sitemap"):
            yield from self._ingest_feed(url, page_or_outcome)
        else:
            source = Source("page", url)
            self._found(1)
            yield from self._ingest_candidates([Candidate(url, source, page_or_outcome)], source)

    def _ingest_path(self, argument: str) -> Iterator[Outcome]:
        try:
            path = path_of(argument)
            if path.is_dir():
                files = files_in(path)
                source = Source("folder", file_url(path))
                self._found(len(files))
                candidates = (Candidate(file_url(file), source) for file in files)
                yield from self._ingest_candidates(candidates, source)
                return
            page = read_file(path)
        except (IngestError, OSError, ValueError) as error:
            yield self._refuse(_ledger_url(argument), _named(error, argument))
            return
        form = form_of(page.body)
        if form in ("feed", "sitemap"):
            yield from self._ingest_feed(page.requested_url, page)
            return
        source = Source(form, page.requested_url)
        self._found(1)
        yield from self._ingest_candidates([Candidate(page.requested_url, source, page)], source)

    def _ingest_feed(self, url: str, page: Page) -> Iterator[Outcome]:
        self._seen.add(url)
        try:
            if form_of(page.body) == "sitemap":
                raise SourceError(
                    url,
                    "sitemap",
                    "this is a sitemap, which this version does not read",
                    "Ingest the site's feed, or articles by their addresses.",
                )
            feed = read_feed(page.body, page.final_url)
        except SourceError as error:
            self._found(1)
            yield self._refuse(url, error, page)
            return
        source = Source("feed", url, feed.title, page.header("etag"), page.header("last-modified"))
        with self._archive.transaction():
            self._archive.ledger.ask(url, self._archive.ledger.register(source))
            self._archive.ledger.settle(url, "source", http_status=page.http_status)
        self._found(len(feed.links))
        yield from self._ingest_candidates((Candidate(link, source) for link in feed.links), source)

    def _ingest_candidates(
        self, candidates: Iterable[Candidate], source: Source
    ) -> Iterator[Outcome]:
        with self._archive.transaction():  # another process may be reading the same source
            source_id = self._archive.ledger.register(source)
        for candidate in candidates:
            try:
                url = normalize_url(candidate.url)
            except ValueError:
                url = candidate.url
            if url in self._seen:
                continue  # listed twice in this run: one request a page
            self._seen.add(url)
            yield self._ingest_one(url, candidate, source_id)

    def _ingest_one(self, url: str, candidate: Candidate, source_id: int) -> Outcome:
        self._archive.ledger.ask(url, source_id)
        if url.startswith("file:") and not candidate.source.url.startswith("file:"):
            error = SourceError(
                url, "bad_url", "a feed on the web cannot name files on this machine",
                "Ingest the file itself if you want it.",
            )  # fmt: skip
            return self._refuse(url, error, source_id=source_id)
        page = candidate.page
        if page is None:
            page_or_outcome = self._fetch(url, source_id)
            if isinstance(page_or_outcome, Outcome):
                return page_or_outcome
            page = page_or_outcome
        try:
            article, warning = self._parse(page)
        except IngestError as error:
            error.subject = url  # the page may have been read under the address where it ended
            return self._refuse(url, error, page, source_id)
        except Exception as error:  # one bad page must not end a run
            return self._refuse(url, _crash(url, error), page, source_id)
        saved = self._archive.save_article(article, page, url)
        if warning:
            self._run.error(url, "parse", "charset", warning)
        return Outcome(url, saved.outcome, saved.article_id, article.title, warning=warning)

    def _parse(self, page: Page) -> tuple[Article, str | None]:
        if page.requested_url.startswith("file:") and form_of(page.body) == "text":
            return parse_text(page)
        return parse_page(page, self._parser)

    def _fetch(self, url: str, source_id: int | None) -> Page | Outcome:
        """The page at a URL, or the outcome where there is nothing (new) to parse."""
        try:
            if url.startswith("file:"):
                return read_file(path_of(url))
            known = self._archive.ledger.ask(url, source_id)
            if known.state != "article":
                return self._fetcher.get(url)
            return self._fetcher.get(url, known.etag, known.last_modified)
        except NotModified:
            self._archive.ledger.settle(
                url,
                "article",
                http_status=304,
                etag=known.etag,
                last_modified=known.last_modified,
            )
            return Outcome(url, "unchanged", known.article_id)
        except IngestError as error:
            return self._refuse(url, error, source_id=source_id)

    def _refuse(
        self,
        url: str,
        error: IngestError,
        page: Page | None = None,
        source_id: int | None = None,
    ) -> Outcome:
        """Record in ledger and run why an input gave no article."""
        state: LedgerState = "failed" if isinstance(error, FetchError | SourceError) else "skipped"
        if error.reason == "crash":
            state = "failed"
        message = str(error)
        self._archive.ledger.ask(url, source_id)
        # What is no text is not kept: a linked video would fill the archive.
        keep = None if isinstance(error, NotAPage | SourceError) else page
        status = error.http_status or (page.http_status if page else None)
        self._archive.save_refusal(url, state, error.reason, message, keep, status)
        stage = "fetch" if page is None else "parse"
        self._run.error(url, stage, error.reason, message)
        return Outcome(url, state, error=message, reason=error.reason)  # type: ignore[arg-type]


def _crash(url: str, error: Exception) -> IngestError:
    return IngestError(
        url,
        "crash",
        f"parsing failed inside a library ({type(error).__name__}: {error})",
        "Please report it with the page; the other pages are not affected.",
    )


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
