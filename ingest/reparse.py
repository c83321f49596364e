"""Today's parser over the pages that are stored: what it reads otherwise, and what it reads now.

Nothing is fetched. An article keeps its id and its URL. What only the parser has changed is no
revision; see `archive.articles.Articles.save`.
"""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Literal

from archive import Archive, Article, Page
from archive.addresses import shown
from archive.article_names import article_called, spellings
from archive.articles import Held
from archive.errors import NewsarchiveError, PageDamaged
from archive.removing import REASON, ArticleRemoved
from ingest.errors import IngestError, ParseError
from ingest.host_threads import HostThreads
from ingest.identity import address_of
from ingest.read import Parser, read_page
from ingest.scheduler import Read, Room, Scheduler, Start, Task
from ingest.workers import Workers

Result = Literal["changed", "added", "unchanged", "refused", "failed"]

#: Results in the order in which totals name them; refused is a page that was no article before.
RESULTS: tuple[Result, ...] = ("changed", "added", "unchanged", "refused", "failed")

#: Articles that are listed at once.
_CHUNK = 200
#: Columns that follow from others; to name them too would say nothing.
_FOLLOWING = frozenset({"content_hash", "word_count"})


@dataclass(frozen=True)
class Reparsed:
    """What became of one stored page.

    Attributes:
        subject: the article's URL, or the URL that was asked for.
        fields: the columns of articles that are read otherwise; () unless the result is "changed".
        error: one line, where the result is "failed".
        reason: its short code; for a refused page, why.
    """

    subject: str
    result: Result
    article_id: int | None = None
    title: str | None = None
    fields: tuple[str, ...] = ()
    error: str | None = None
    reason: str | None = None


class Reparser:
    """Reads stored pages again, in worker processes; what comes of it is in the order of the pages.

    Args:
        archive: open for writing, or for reading if is_dry.
        parser: see `ingest.parse_article`.
        is_dry: say what would change, and change nothing.
    """

    def __init__(self, archive: Archive, parser: Parser = "all", is_dry: bool = False) -> None:
        self._archive = archive
        self._parser = parser
        self._is_dry = is_dry

    def all(self, limit: int | None = None) -> Iterator[Reparsed]:
        """Every article of which the page is kept, then every page that gave no article.

        Args:
            limit: so many pages at most, the oldest articles first.
        """
        return self._run(islice(self._tasks_of_all(), limit))

    def named(self, ids_or_urls: Iterable[str]) -> Iterator[Reparsed]:
        """The articles and refused pages of these ids and URLs."""
        return self._run(map(self._task_of, dict.fromkeys(ids_or_urls)))

    def _run(self, tasks: Iterable[Task]) -> Iterator[Reparsed]:
        def start_each() -> Task:
            for task in tasks:
                yield Start(task, in_order=True)

        with Workers() as workers:
            room = Room(in_order=4 * workers.count)
            scheduler = Scheduler[Reparsed](HostThreads(0), workers, room)
            yield from scheduler.run(start_each())

    def _tasks_of_all(self) -> Iterator[Task]:
        last_id = 0
        while rows := self._archive.articles.with_pages(last_id, _CHUNK):
            for article_id, url, page_id in rows:
                yield self._again(article_id, url, page_id)
            last_id = rows[-1][0]
        for url, page_id in self._archive.ledger.refused():
            yield self._refused(url, page_id)

    def _task_of(self, name: str) -> Task:
        try:
            row = article_called(self._archive, name)
        except NewsarchiveError as error:
            pages = map(self._archive.ledger.refused, spellings(name))
            refused = next(filter(None, pages), None)
            if refused:
                yield from self._refused(*refused[0])
            else:
                yield _failed(shown(name), "unknown", str(error))
            return
        if row["page_id"] is None:
            cause = "the page of this article was not kept. Ingest it again."
            yield _failed(shown(name), "no_page", f"{shown(name)}: {cause}")
        else:
            yield from self._again(row["id"], row["url"], row["page_id"])

    def _again(self, article_id: int, url: str, page_id: int) -> Task:
        page = self._page(page_id, url)
        if isinstance(page, Reparsed):
            yield replace(page, article_id=article_id)
            return
        read = yield from self._read(page, url)
        if isinstance(read, IngestError):
            yield _failed(url, read.reason, f"{read} Its article stays as it was.", article_id)
            return
        article = read.replace(url=url)
        found = self._archive.articles.changed_columns(article_id, article)
        if not found:
            yield Reparsed(url, "unchanged", article_id, article.title)
            return
        if not self._is_dry:
            with self._archive.transaction():
                self._archive.articles.save_again(article_id, article, Held(url, page_id, page))
        fields = tuple(name for name in found if name not in _FOLLOWING)
        yield Reparsed(url, "changed", article_id, article.title, fields)

    def _refused(self, url: str, page_id: int) -> Task:
        page = self._page(page_id, url)
        if isinstance(page, Reparsed):
            yield page
            return
        article = yield from self._read(page, url)
        if isinstance(article, ParseError):
            yield _failed(url, article.reason, str(article))
        elif isinstance(article, IngestError):
            yield Reparsed(url, "refused", reason=article.reason)
        else:
            yield self._found(article, page, url)

    def _found(self, article: Article, page: Page, url: str) -> Reparsed:
        """Take the article of a page that gave none before."""
        asked = self._archive.ledger.get(url)
        before_id = asked.article_id if asked else None
        address = address_of(self._archive, article, page.final_url, before_id)
        known = self._archive.articles.find(address)
        if known is not None:  # it was read from another address, perhaps later: it stays
            return Reparsed(url, "unchanged", known["id"], known["title"])
        if self._is_dry:
            return Reparsed(url, "added", None, article.title)
        try:
            saved = self._archive.save_article(article.replace(url=address), page, url)
        except ArticleRemoved:
            return Reparsed(url, "refused", reason=REASON)
        return Reparsed(url, "added", saved.article_id, article.title)

    def _page(self, page_id: int, url: str) -> Page | Reparsed:
        try:
            return self._archive.articles.get_page(page_id)
        except PageDamaged as error:
            return _failed(url, "damaged_page", str(error))

    def _read(self, page: Page, url: str) -> Generator[Any, Any, Article | IngestError]:
        try:
            article: Article = (yield Read(url, read_page, (page, self._parser)))[0]
        except IngestError as error:
            error.subject = url
            return error
        return article


def _failed(subject: str, reason: str, error: str, article_id: int | None = None) -> Reparsed:
    return Reparsed(subject, "failed", article_id, error=error, reason=reason)
