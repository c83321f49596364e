"""`Archive`: the one file, open. The only code that writes to it is behind this class."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlite_utils import Database

from archive.addresses import shown
from archive.articles import Articles, Saved
from archive.captures import Captures, NotReplaced
from archive.database import Mode, open_database
from archive.decisions import Decisions
from archive.enrichment import Enrichments
from archive.following import Following
from archive.ledger import Ledger
from archive.models import Models
from archive.question import Question
from archive.records import Article, LedgerState, Page, SearchResult
from archive.removing import ArticleRemoved, Removals
from archive.runs import Runs
from archive.search import Found, search
from archive.signatures import Signatures
from archive.timeline import Timeline


class Archive:
    """An open archive file.

    Args:
        path: the file; in write mode it is created if it does not exist.
        mode: "write", or "read", in which nothing can be changed.

    Raises:
        ArchiveError: a subclass says why the file cannot be used (see `archive.errors`).

    Each part answers for its own tables: `ledger`, `following`, `articles`, `captures`,
    `decisions`, `enrichments`, `models`, `removals`, `runs`, `signatures`, `timeline`. Statements outside `transaction()` commit one by one.
    """

    def __init__(self, path: str | Path, mode: Mode = "write") -> None:
        self.path = Path(path)
        self.db: Database = open_database(self.path, mode)
        self.ledger = Ledger(self.db)
        self.following = Following(self.db)
        self.articles = Articles(self.db)
        self.captures = Captures(self.db)
        self.decisions = Decisions(self.db)
        self.enrichments = Enrichments(self.db, self.decisions)
        self.models = Models(self.db)
        self.removals = Removals(self.db)
        self.runs = Runs(self.db)
        self.signatures = Signatures(self.db)
        self.timeline = Timeline(self.db)

    def __enter__(self) -> "Archive":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. The write lock is taken at once, so that waiting happens here alone.

        Within another it is part of that one: many articles are saved fastest in one transaction.
        """
        if self.db.conn.in_transaction:
            yield
            return
        # What a statement may have to take back, half of all that is written, stays in memory. Not for
        # longer: what is sorted or made anew outside may be larger than memory.
        self.db.execute("pragma temp_store = memory")
        try:
            self.db.execute("begin immediate")
            try:
                yield
                self.db.commit()
            except BaseException:
                self.db.rollback()
                raise
        finally:
            self.db.execute("pragma temp_store = default")

    def save_article(
        self,
        article: Article,
        page: Page,
        asked_url: str,
        address: Callable[[Article], str] | None = None,
        capture_of: int | None = None,
    ) -> Saved:
        """Save an article with its page and settle the ledger entry, in one transaction.

        address: tells the URL under which to save it, where the archive may hold it under another.
            It is asked within the transaction, so that no other process adds a row in between.
        capture_of: the source, for a page that somebody has seen before now (`archive.captures`).

        A capture that is older than what is held may still add an earlier text (`archive.timeline`).

        Raises:
            ArticleRemoved: it, or what the URL led to, was taken out (`archive.removing`).
            NotReplaced: the archive has a later page of it, and nothing to add.
        """
        with self.transaction():
            if address is not None:
                article = article.replace(url=address(article))
            if removal := self.removals.of(article.url, asked_url):
                raise ArticleRemoved(asked_url, removal)
            outlived = None
            if capture_of is not None:
                outlived = self._outlived(article, page, capture_of)
            if outlived is None:
                saved = self.articles.save(article, page)
                if capture_of is not None and saved.outcome == "unchanged":
                    self.timeline.insert(saved.article_id, article, page)
                self.ledger.settle(
                    asked_url,
                    "article",
                    http_status=page.http_status,
                    page_id=saved.page_id,
                    article_id=saved.article_id,
                    etag=page.header("etag"),
                    last_modified=page.header("last-modified"),
                )
                return saved
            earlier = self._save_earlier(outlived, article, page, asked_url)
        # Only now: an error within would take back what was learnt of when a known text stood.
        if earlier is None:
            raise outlived
        return earlier

    def _outlived(self, article: Article, page: Page, source_id: int) -> NotReplaced | None:
        try:
            self.captures.check_address(article.url, page, source_id)
        except NotReplaced as found:
            return found
        return None

    def _save_earlier(
        self, outlived: NotReplaced, article: Article, page: Page, asked_url: str
    ) -> Saved | None:
        """Add what an older capture says to the history of its article; None if that is nothing."""
        number = outlived.article_id
        if outlived.reason != "older_capture" or not self.timeline.insert(number, article, page):
            return None
        page_id = self.articles.save_page(page)
        known = self.ledger.get(asked_url)
        if known is None or known.state == "pending":
            self.ledger.settle(
                asked_url,
                "article",
                http_status=page.http_status,
                page_id=page_id,
                article_id=number,
            )
        return Saved(number, page_id, "updated")

    def save_refusal(
        self,
        asked_url: str,
        state: LedgerState,
        reason: str,
        error: str,
        page: Page | None = None,
        http_status: int | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        """Record why a URL gave no article; a page that came back is kept, to be parsed again.

        retry_after_s is how long the server asked to be left alone, in seconds.
        """
        with self.transaction():
            page_id = self.articles.save_page(page) if page else None
            self.ledger.settle(
                asked_url,
                state,
                reason=reason,
                error=error,
                http_status=page.http_status if page else http_status,
                page_id=page_id,
                retry_after_s=retry_after_s,
            )

    def compact(self) -> None:
        """Write the file anew without free pages, as one file with no -wal beside it: to publish it."""
        self.db.execute("pragma journal_mode = delete")
        self.db.execute("vacuum")

    def search(
        self, question: str | Question, limit: int = 20, offset: int = 0
    ) -> list[SearchResult]:
        """Articles that hold all the words, or answer a whole question, best first."""
        return self.find(question, limit, offset).results

    def find(self, question: str | Question, limit: int = 20, offset: int = 0) -> Found:
        """The same, with how many there are in all. See `archive.search`."""
        asked = Question(words=question) if isinstance(question, str) else question
        return search(self.db.conn, asked, limit, offset)

    def status(self) -> dict[str, Any]:
        """What the archive holds and what is left to do, for people and for programs."""
        # From the counts that triggers keep, and the ends of an index: never by reading articles.
        articles, sites, first, last = self.db.execute(
            """
            select (select coalesce(sum(articles), 0) from article_blocks),
                   (select count(*) from site_totals where site <> ''),
                   (select min(published_at) from articles),
                   (select max(published_at) from articles)
            """
        ).fetchone()
        count = {
            table: self.db.execute(f"select count(*) from {table}").fetchone()[0]
            for table in ("sources", "pages", "revisions", "entities", "mentions")
        }
        return {
            "path": shown(str(self.path)),
            "bytes": self.path.stat().st_size,
            "articles": articles,
            "sites": sites,
            "first_published_at": first,
            "last_published_at": last,
            **count,
            "ledger": dict(self.ledger.counts()),
            "not_taken": dict(self.ledger.reasons()),
            "retries": self.ledger.retries(),
            "feeds": self.following.counts(),
            "models": self.models.counts(),
            "runs": self.runs.last(),
        }
