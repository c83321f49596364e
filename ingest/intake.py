"""One candidate: fetch it, read it, keep it, or record why not. Nothing that happens here ends a run."""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from urllib.parse import urljoin

from archive import Archive, Article, Page, retries, times
from archive.captures import NotReplaced
from archive.errors import PageDamaged
from archive.past import KEPT
from archive.records import LedgerEntry, LedgerState
from archive.removing import ArticleRemoved
from archive.runs import Run
from ingest.errors import FetchError, IngestError, NotAnArticle, NotAPage, ParseError, SourceError
from ingest.fetch import Fetcher, NotModified
from ingest.fetch_errors import crash_error
from ingest.identity import address_of
from ingest.kinds import Kind
from ingest.read import Parser, read_page
from ingest.scheduler import Fetch, Read
from ingest.selection import Selection
from ingest.sources import Candidate, path_of, read_file

_REPORT = "Please report it with the address; the other pages are not affected."

Result = Literal["added", "updated", "unchanged", "skipped", "failed"]

#: Results in the order in which totals name them.
RESULTS: tuple[Result, ...] = ("added", "updated", "unchanged", "skipped", "failed")


@dataclass(frozen=True)
class Outcome:
    """What became of one input: the article's id and title, or the error in one line.

    result is "noted" for a remark on a source, which is no input and counts nowhere, and
    "passed_over" for what is not wanted, which is counted and not told.
    """

    subject: str
    result: Result | Literal["noted", "passed_over"]
    article_id: int | None = None
    title: str | None = None
    error: str | None = None
    reason: str | None = None
    warning: str | None = None

    @property
    def is_missed(self) -> bool:
        """True for what the same command, or one that allows more, may take another time."""
        is_passing = retries.is_passing(self.reason) or self.reason == "private_address"
        return self.result == "failed" and is_passing


#: A task's part that gives a value: steps of `ingest.scheduler`, outcomes, and in the end the value.
Steps = Generator[Any, Any, None]
PageSteps = Generator[Any, Any, Page | None]


class Intake:
    """Takes candidates into an archive; what waits for network or parser is a step of a task.

    Args:
        archive: open for writing.
        fetcher: fetches what is not in hand.
        run: takes the counts and the errors.
        parser: see `ingest.parse_article`.
        selection: which articles are wanted.
        recheck: see `Ingester`.
    """

    def __init__(
        self,
        archive: Archive,
        fetcher: Fetcher,
        run: Run,
        parser: Parser,
        selection: Selection,
        recheck: timedelta,
    ) -> None:
        self._archive = archive
        self._fetcher = fetcher
        self._run = run
        self._parser = parser
        self._selection = selection
        self._recheck = recheck

    def take(self, url: str, candidate: Candidate, source_id: int) -> Steps:
        """Bring one article into the archive."""
        known = self._archive.ledger.ask(url, source_id)
        if url.startswith("file:") and not candidate.source.url.startswith("file:"):
            yield self.refuse(url, names_a_file(url), source_id=source_id, title=candidate.title)
            return
        if self._is_claimed(url, candidate, known, source_id):
            yield Outcome(url, "passed_over", reason="file_held")
            return
        page = candidate.page or (yield from self.fetch(url, source_id, candidate.title))
        if page is None:
            return
        try:
            if candidate.article is not None:
                article, warning = candidate.article, candidate.warning
            else:
                article, warning = yield self.reading(url, page, candidate.kind)
        except IngestError as error:
            error.subject = url  # the page may have been read under the address where it ended
            yield self._outlived(url, candidate, source_id, error) or self.refuse(
                url, error, page, source_id, candidate.title
            )
            return
        yield from self._read_before(article, page, known, candidate.kind)
        if not (candidate.is_capture or candidate.is_dated):
            yield self.keep(url, page, article, warning, known)
            return
        # An earlier version may have been saved meanwhile.
        known = self._archive.ledger.ask(url, source_id)
        kept = self.keep(url, page, article, warning, known, source_id)
        is_told = candidate.is_again and kept.result == "unchanged"
        yield Outcome(url, "passed_over") if is_told else kept

    def _is_claimed(
        self, url: str, candidate: Candidate, known: LedgerEntry, source_id: int
    ) -> bool:
        """True for a capture of a file that this machine was asked for otherwise, and that gave nothing."""
        is_file = candidate.is_capture and url.startswith("file:") and known.article_id is None
        return is_file and not self._archive.captures.is_own(url, source_id)

    def _outlived(
        self, url: str, candidate: Candidate, source_id: int, error: IngestError
    ) -> Outcome | None:
        """The outcome of a capture that is no article, where that says nothing of the address today."""
        known = self._archive.ledger.get(url)
        if not candidate.is_capture or candidate.page is None or known is None:
            return None
        if candidate.is_again and known.reason == error.reason:
            return Outcome(url, "passed_over")
        try:
            if known.article_id is not None:
                self._archive.captures.check(known.article_id, candidate.page, source_id)
        except NotReplaced as found:
            return Outcome(url, "passed_over", reason=found.reason)
        return None

    def reading(self, url: str, page: Page, kind: Kind | None = None) -> Read:
        """The step that reads a page; its answer is what `read_page` returns."""
        return Read(url, read_page, (page, self._parser, kind))

    def _read_before(
        self, article: Article, page: Page, known: LedgerEntry, kind: Kind | None
    ) -> Steps:
        """Read the page that is held with today's parser too, where the article says something else now.

        Otherwise what a later parser reads otherwise would pass for a change of the publisher's.
        """
        articles = self._archive.articles
        number = known.article_id or articles.ids_of([article.url]).get(article.url)
        if number is None or KEPT.isdisjoint(articles.changed_columns(number, article)):
            return
        try:
            held = articles.held(number)
            if held is None or held.page.body_sha256 == page.body_sha256:
                return
            before, _ = yield self.reading(held.url, held.page, kind)
        except (IngestError, PageDamaged):
            return  # it stays as it was read then
        with self._archive.transaction():
            articles.save_again(number, before, held)

    def keep(
        self,
        url: str,
        page: Page,
        article: Article,
        warning: str | None,
        known: LedgerEntry,
        capture_of: int | None = None,
    ) -> Outcome:
        """Save an article, unless it is older than wanted, or a capture (of that source) than is held."""
        if self._selection.is_old(article.published_at):
            self._pass_over(url, known)
            return Outcome(url, "passed_over")

        def address(article: Article) -> str:
            return address_of(self._archive, article, page.final_url, known.article_id)

        try:
            saved = self._archive.save_article(article, page, url, address, capture_of)
        except ArticleRemoved as error:
            # Without the page: what was taken out must not come back as the page of a refusal.
            return self.refuse(url, removed(url, error))
        except NotReplaced as found:
            if known.state == "pending":  # it leads to the article all the same
                self._archive.ledger.settle(url, "article", article_id=found.article_id)
            return Outcome(url, "passed_over", reason=found.reason)
        if warning:
            # Of a page the charset can be in doubt, of a record its dates.
            self._run.error(url, "parse", "date" if page.is_record else "charset", warning)
        return Outcome(url, saved.outcome, saved.article_id, article.title, warning=warning)

    def is_fresh(self, url: str, candidate: Candidate) -> LedgerEntry | None:
        """The ledger's entry of an article that need not be asked for again yet, else None."""
        # To spare servers; to look at a file costs nobody anything.
        is_here = candidate.page is not None or url.startswith("file:")
        if is_here or not self._recheck:
            return None
        known = self._archive.ledger.get(url)
        tried_at = times.from_text(known.last_tried_at) if known else None
        if known is None or known.state != "article" or tried_at is None:
            return None
        is_newer = candidate.date is not None and candidate.date > tried_at
        return None if is_newer or times.now() - tried_at >= self._recheck else known

    def _is_whole(self, known: LedgerEntry) -> bool:
        """True for a source whose articles are all to be asked for again, changed or not."""
        return known.state == "source" and not self._recheck

    def is_unchanged(self, url: str) -> bool:
        """True if a URL was last answered with "not modified"."""
        known = self._archive.ledger.get(url)
        return known is not None and known.http_status == 304

    def sitemaps_of(self, url: str) -> Generator[Any, Any, tuple[str, ...]]:
        """The sitemaps that a site's robots.txt names (RFC 9309, section 2.2.4); none if it has none."""
        try:
            found: tuple[str, ...] = yield Fetch(url, self._fetcher.sitemaps, (url,))
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

    def fetch(self, url: str, source_id: int | None, title: str | None = None) -> PageSteps:
        """The page at a URL; None where there is nothing (new) to parse, which is told."""
        try:
            if url.startswith("file:"):
                return read_file(path_of(url))
            known = self._archive.ledger.ask(url, source_id)
            conditions = () if self._is_whole(known) else self._archive.ledger.validators(known)
            page: Page = yield Fetch(url, self._fetcher.get, (url, *conditions))
        except NotModified:
            self._archive.ledger.settle(
                url,
                known.state,
                http_status=304,
                etag=known.etag,
                last_modified=known.last_modified,
            )
            if known.article_id is not None:
                self._archive.articles.see(known.article_id, times.now())
            yield Outcome(url, "unchanged", known.article_id)
            return None
        except Exception as error:  # one bad server must not end a run
            cause = error if isinstance(error, IngestError) else crash_error(url, error, _REPORT)
            yield self.refuse(url, cause, source_id=source_id, title=title)
            return None
        return page

    def note(self, url: str, reason: str, remark: str) -> Outcome:
        """A remark on a source that was read."""
        line = f"{url}: {remark}"
        self._run.error(url, "read", reason, line)
        return Outcome(url, "noted", warning=line)

    def refuse(
        self,
        url: str,
        error: IngestError,
        page: Page | None = None,
        source_id: int | None = None,
        title: str | None = None,
    ) -> Outcome:
        """Record in ledger and run why an input gave no article."""
        is_failure = isinstance(error, FetchError | SourceError | ParseError)
        state: LedgerState = "failed" if is_failure else "skipped"
        message = str(error)
        self._archive.ledger.ask(url, source_id)
        # What is no text is not kept: a linked video would fill the archive.
        keep = None if isinstance(error, NotAPage | SourceError) else page
        status = error.http_status or (page.http_status if page else None)
        wait_s = error.retry_after_s if isinstance(error, FetchError) else None
        self._archive.save_refusal(url, state, error.reason, message, keep, status, wait_s)
        stage = "fetch" if page is None else "parse"
        self._run.error(url, stage, error.reason, message)
        return Outcome(url, state, title=title, error=message, reason=error.reason)  # type: ignore[arg-type]


def too_many(url: str, what: str) -> SourceError:
    """What is said of a source that leads too far."""
    return SourceError(
        url, "too_many", f"it leads to more than {what}, the rest was left out",
        "Ingest the sitemaps that you want by their own addresses.",
    )  # fmt: skip


def removed(url: str, error: ArticleRemoved) -> NotAnArticle:
    """The refusal of what somebody has taken out of the archive."""
    return NotAnArticle(url, "removed", error.cause, error.next_step)


def names_a_file(url: str) -> SourceError:
    """The refusal of a file that something on the web names."""
    return SourceError(
        url, "bad_url", "a source on the web cannot name files on this machine",
        "Ingest the file itself if you want it.",
    )  # fmt: skip
