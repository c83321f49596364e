"""Articles that are taken out of the archive, and do not come back by themselves.

A publisher withdraws a story, a court orders it, a page was read by mistake. What the article said goes,
with everything made of it; that it was here, when it went, by whom and why, stays in `removals`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass

from sqlite_utils import Database

from archive import times
from archive.errors import NewsarchiveError

#: ledger.reason of the addresses of an article that was taken out.
REASON = "removed"
_COLUMNS = "url, article_url, article_id, removed_at, removed_by, note"


@dataclass(frozen=True)
class Removal:
    """An address that led to an article, and when, by whom and why that was taken out."""

    url: str
    article_url: str
    article_id: int
    removed_at: str
    removed_by: str
    note: str | None

    def __str__(self) -> str:
        told = f"{self.removed_by} has removed it at {self.removed_at}"
        return f"{told} ({self.note})" if self.note else told


@dataclass(frozen=True)
class Removed:
    """What was taken out: the article's id and title, and its addresses, its own first."""

    article_id: int
    title: str
    urls: tuple[str, ...]


class ArticleRemoved(NewsarchiveError):
    """An article was to be saved that somebody has taken out."""

    def __init__(self, subject: str, removal: Removal) -> None:
        super().__init__(subject, str(removal), _next_step(removal))
        self.removal = removal


class NotRemoved(NewsarchiveError):
    """An address was to be let in again that nobody has taken out."""


class Removals:
    """The table `removals`. Call what writes within a transaction."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def of(self, *urls: str) -> Removal | None:
        """The removal of an article to which one of these addresses led."""
        marks = ", ".join("?" * len(urls))
        row = self._db.execute(
            f"select {_COLUMNS} from removals where url in ({marks}) limit 1",
            urls,
        ).fetchone()
        return Removal(*row) if row else None

    def deny(self, *ids_or_urls: str) -> None:
        """Do nothing, unless one is the id or an address of an article that was taken out.

        Raises:
            ArticleRemoved: it is.
        """
        removal = self._called(ids_or_urls)
        if removal is not None:
            raise ArticleRemoved(ids_or_urls[0], removal)

    def all(self) -> list[Removal]:
        """All of them, the latest first; the addresses of an article together, its own first."""
        rows = self._db.execute(
            f"select {_COLUMNS} from removals "
            "order by removed_at desc, article_url, url <> article_url, url"
        )
        return [Removal(*row) for row in rows]

    def remove(self, article_id: int, by: str, note: str | None = None) -> Removed:
        """Take out an article, its earlier texts, its stored pages and all that was made of it.

        Entities that it alone has named go with it, unless a list knows them. The addresses that led to it stay in the ledger, as skipped.

        Raises:
            KeyError: there is no article of that id.
        """
        row = self._db.execute(
            "select url, title from articles where id = ?", [article_id]
        ).fetchone()
        if row is None:
            raise KeyError(article_id)
        url, title = row
        led = self._db.execute(
            "select url from ledger where article_id = ? order by id", [article_id]
        ).fetchall()
        urls = tuple(dict.fromkeys([url, *(address for (address,) in led)]))
        pages = self._pages_of(article_id, urls)
        moment = times.to_text(times.now()) or ""
        removals = [Removal(address, url, article_id, moment, by, note) for address in urls]
        self._db.conn.executemany(
            "insert or replace into removals values (?, ?, ?, ?, ?, ?)", map(astuple, removals)
        )
        named = self._named_in(article_id)
        self._db.execute("delete from articles where id = ?", [article_id])
        self._forget_nobodies(named)
        self._db.conn.executemany("delete from pages where id = ?", [(page,) for page in pages])
        self._settle(removals)
        return Removed(article_id, title, urls)

    def _called(self, ids_or_urls: Sequence[str]) -> Removal | None:
        for number in filter(str.isdecimal, ids_or_urls):
            row = self._db.execute(
                f"select {_COLUMNS} from removals where article_id = ? limit 1", [number]
            ).fetchone()
            if row is not None:
                return Removal(*row)
        return self.of(*ids_or_urls)

    def allow(self, *ids_or_urls: str) -> tuple[str, ...]:
        """Let an article in again that had this id, or to which one of these addresses led; return all its addresses.

        They are asked for by the next `newsarchive ingest --retry-failed`, or when a source names them.

        Raises:
            NotRemoved: nobody has taken it out.
        """
        removal = self._called(ids_or_urls)
        if removal is None:
            raise NotRemoved(
                ids_or_urls[0],
                "no such article was removed",
                "See all with: newsarchive remove --list",
            )
        bound = [removal.article_url]
        rows = self._db.execute(
            "select url from removals where article_url = ? order by url <> article_url, url", bound
        ).fetchall()
        self._db.execute("delete from removals where article_url = ?", bound)
        urls = tuple(address for (address,) in rows)
        self._db.conn.executemany(
            "update ledger set state = 'pending', reason = null, error = null, tries = 0, "
            "last_tried_at = null where url = ? and reason = ?",
            [(address, REASON) for address in urls],
        )
        return urls

    def erase_traces(self) -> None:
        """Leave nothing of what was deleted in the file: not in the search index, not in the log.

        Call it outside a transaction, on a connection that had `overwrite_deleted` first. It writes the whole
        search index anew.
        """
        self._db.execute("insert into articles_fts(articles_fts) values ('optimize')")
        self._db.execute("pragma wal_checkpoint(truncate)").fetchall()

    def overwrite_deleted(self) -> None:
        """From now on this connection overwrites with zeros what it deletes."""
        self._db.execute("pragma secure_delete = on").fetchall()

    def _pages_of(self, article_id: int, urls: Iterable[str]) -> list[int]:
        """The stored pages of an article, those of its earlier texts too, that no other one uses."""
        found: set[int] = set()
        for address in urls:
            rows = self._db.execute("select id from pages where requested_url = ?", [address])
            found |= {number for (number,) in rows}
        rows = self._db.execute("select page_id from articles where id = ?", [article_id])
        found |= {number for (number,) in rows if number is not None}
        rows = self._db.execute(
            "select page_id from ledger where article_id = ? and page_id is not null", [article_id]
        )
        found |= {number for (number,) in rows}
        return [page for page in sorted(found) if not self._is_used(page, article_id)]

    def _named_in(self, article_id: int) -> list[int]:
        rows = self._db.execute(
            "select entity_id from mentions where article_id = ?1 and entity_id is not null "
            "union select entity_id from title_mentions where article_id = ?1 "
            "and entity_id is not null",
            [article_id],
        )
        return [number for (number,) in rows]

    def _forget_nobodies(self, entity_ids: Iterable[int]) -> None:
        """Delete entities that this article alone has named, that no list knows and nobody has decided about."""
        self._db.conn.executemany(
            """
            delete from entities where id = ?1 and description is null
            and not exists (select 1 from mentions where entity_id = ?1)
            and not exists (select 1 from title_mentions where entity_id = ?1)
            and not exists (select 1 from mentions where tagged_entity_id = ?1)
            and not exists (select 1 from title_mentions where tagged_entity_id = ?1)
            and not exists (select 1 from decisions where entity_id = ?1 or target_id = ?1)
            """,
            [(number,) for number in entity_ids],
        )

    def _is_used(self, page_id: int, article_id: int) -> bool:
        used = self._db.execute(
            "select exists (select 1 from articles where page_id = ?1 and id <> ?2)",
            [page_id, article_id],
        )
        return bool(used.fetchone()[0])

    def _settle(self, removals: Sequence[Removal]) -> None:
        own = removals[0]
        said = f"{own.url}: {own}. {_next_step(own)}"
        self._db.conn.executemany(
            """
            update ledger set state = 'skipped', reason = ?, error = ?, http_status = null,
                etag = null, last_modified = null, next_try_at = null, failures = 0,
                article_id = null, page_id = null
            where url = ?
            """,
            [(REASON, said, one.url) for one in removals],
        )


def _next_step(removal: Removal) -> str:
    return f"To let it in again: newsarchive remove --undo {removal.article_url}"
