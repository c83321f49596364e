"""One candidate: fetch it, read it, keep it, or record why not. Nothing that happens here ends a run."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urljoin

from archive import Archive, Article, Page
from archive.records import LedgerEntry, LedgerState
from archive.runs import Run
from ingest.errors import FetchError, IngestError, NotAnArticle, NotAPage, SourceError
from ingest.fetch import Fetcher, NotModified
from ingest.parse import Parser
from ingest.read import read_page
from ingest.selection import Selection
from ingest.sources import Candidate, path_of, read_file

Result = Literal["added", "updated", "unchanged", "skipped", "failed"]

#: Results in the order in which totals name them.
RESULTS: tuple[Result, ...] = ("added", "updated", "unchanged", "skipped", "failed")


@dataclass(frozen=True)
class Outcome:
    """What became of one input: the article's id and title, or the error in one line.

    result is "noted" for a remark on a source, which is no input and counts nowhere.
    """

    subject: str
    result: Result | Literal["noted"]
    article_id: int | None = None
    title: str | None = None
    error: str | None = None
    reason: str | None = None
    warning: str | None = None


class Intake:
    """Takes candidates into an archive, one at a time.

    Args:
        archive: open for writing.
        fetcher: fetches what is not in hand.
        run: takes the counts and the errors.
        parser: see `ingest.parse_article`.
        selection: which articles are wanted.
    """

    def __init__(
        self, archive: Archive, fetcher: Fetcher, run: Run, parser: Parser, selection: Selection
    ) -> None:
        self._archive = archive
        self._fetcher = fetcher
        self._run = run
        self._parser = parser
        self._selection = selection

    def take(self, url: str, candidate: Candidate, source_id: int) -> Outcome | None:
        """Bring one article into the archive; None if it was passed over, being too old."""
        known = self._archive.ledger.ask(url, source_id)
        if url.startswith("file:") and not candidate.source.url.startswith("file:"):
            return self.refuse(url, names_a_file(url), source_id=source_id, title=candidate.title)
        page = candidate.page
        if page is None:
            page_or_outcome = self.fetch(url, source_id, candidate.title)
            if isinstance(page_or_outcome, Outcome):
                return page_or_outcome
            page = page_or_outcome
        try:
            article, warning = self._read(candidate, page)
        except IngestError as error:
            error.subject = url  # the page may have been read under the address where it ended
            return self.refuse(url, error, page, source_id, candidate.title)
        except Exception as error:  # one bad page must not end a run
            return self.refuse(url, _crash(url, error), page, source_id, candidate.title)
        if self._selection.is_old(article.published_at):
            self._pass_over(url, known)
            return None
        saved = self._archive.save_article(article, page, url)
        if warning:
            self._run.error(url, "parse", "charset", warning)
        return Outcome(url, saved.outcome, saved.article_id, article.title, warning=warning)

    def _read(self, candidate: Candidate, page: Page) -> tuple[Article, str | None]:
        if candidate.article is not None:
            return candidate.article, None
        return read_page(page, self._parser, candidate.kind)

    def is_article(self, page: Page) -> bool:
        """True if the page can be read as an article."""
        try:
            read_page(page, self._parser)
        except Exception:  # whatever is wrong with it, it is none
            return False
        return True

    def sitemaps_of(self, url: str) -> tuple[str, ...]:
        """The sitemaps that a site's robots.txt names (RFC 9309, section 2.2.4); none if it has none."""
        try:
            found = self._fetcher.sitemaps(url)
        except IngestError:
            return ()
        return tuple(dict.fromkeys(urljoin(url, address) for address in found))

    def _pass_over(self, url: str, known: LedgerEntry) -> None:
        """Record that an article is older than wanted; one that is in the archive stays as it is."""
        if known.article_id is not None or self._selection.since is None:
            return
        old = NotAnArticle(
            url, "too_old", f"it was published before {self._selection.since.date()}",
            "Ingest it without --since if you want it.",
        )  # fmt: skip
        self._archive.save_refusal(url, "skipped", old.reason, str(old))

    def fetch(self, url: str, source_id: int | None, title: str | None = None) -> Page | Outcome:
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
            return self.refuse(url, error, source_id=source_id, title=title)

    def refuse(
        self,
        url: str,
        error: IngestError,
        page: Page | None = None,
        source_id: int | None = None,
        title: str | None = None,
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
        return Outcome(url, state, title=title, error=message, reason=error.reason)  # type: ignore[arg-type]


def names_a_file(url: str) -> SourceError:
    """The refusal of a file that something on the web names."""
    return SourceError(
        url, "bad_url", "a source on the web cannot name files on this machine",
        "Ingest the file itself if you want it.",
    )  # fmt: skip


def _crash(url: str, error: Exception) -> IngestError:
    return IngestError(
        url,
        "crash",
        f"parsing failed inside a library ({type(error).__name__}: {error})",
        "Please report it with the page; the other pages are not affected.",
    )
