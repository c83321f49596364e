"""Articles, their pages, their revisions, and who said what about their fields."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from archive import times
from archive.past import keep_past
from archive.records import Article, Page, SaveOutcome
from archive.rows import insert, insert_all
from archive.stored_pages import is_whole, pack, unpack

#: The columns of articles that are JSON arrays.
ARRAYS = ("authors", "keywords", "tags")

#: What a change of text makes untrue: offsets into it, and everything a model made from it.
_DERIVED_TABLES = (
    "summaries",
    "vectors",
    "mentions",
    "title_mentions",
    "article_entities",
    "taggings",
    "enrichments",
)


@dataclass(frozen=True)
class Saved:
    """What saving an article did: its id, which never changes, and the outcome."""

    article_id: int
    page_id: int | None
    outcome: SaveOutcome


@dataclass(frozen=True)
class Held:
    """The page that an article was read from, and the article's URL."""

    url: str
    page_id: int
    page: Page


class Articles:
    """The tables `pages`, `articles`, `revisions` and `field_votes`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def save(self, article: Article, page: Page) -> Saved:
        """Add an article, or bring its row up to date; what a changed one said before is kept (`archive.past`).

        It is not where both were read from the same bytes: then the parser has changed, and not what
        the publisher says.

        Call it within a transaction: it writes to several tables.
        """
        row = _article_row(article)
        old = self._db.execute(
            f"select id, page_id, {', '.join(row)} from articles where url = ?", [article.url]
        ).fetchone()
        moment, seen_at = times.to_text(times.now()), times.to_text(page.fetched_at)
        if old is None:
            page_id = self.save_page(page)
            new = {
                "id": self._next_id(),
                **row,
                "page_id": page_id,
                "first_seen_at": moment,
                "updated_at": moment,
                "last_seen_at": seen_at,
            }
            saved = Saved(insert(self._db, "articles", new), page_id, "added")
        else:
            article_id, old_page_id, *values = old
            before = dict(zip(row, values, strict=True))
            if before == row:
                self._known_page(page)
                self.see(article_id, page.fetched_at)
                return Saved(article_id, old_page_id, "unchanged")
            page_id = self.save_page(page)
            if page_id != old_page_id:
                keep_past(self._db, article_id, before, row, page)
            if (before["title"], before["text"]) != (row["title"], row["text"]):
                # White space alone makes no revision, but it moves what offsets point to.
                self._forget_derived(article_id)
            # From the same bytes it is what was seen then, however it is read now.
            seen = {"last_seen_at": seen_at} if page_id != old_page_id else {}
            self._db.table("articles").update(
                article_id, {**row, "page_id": page_id, "updated_at": moment, **seen}
            )
            saved = Saved(article_id, page_id, "updated")
        self._save_votes(saved.article_id, article)
        return saved

    def save_again(self, article_id: int, article: Article, held: Held) -> bool:
        """Save what is read now of the page that an article was read from; see `save`.

        Returns:
            False if the article has another page by now, which it keeps.
        """
        row = self._db.execute(
            "select page_id from articles where id = ? and url = ?", [article_id, held.url]
        ).fetchone()
        if row is None or row[0] != held.page_id:
            return False
        self.save(article.replace(url=held.url), held.page)
        return True

    def held(self, article_id: int) -> Held | None:
        """The page that an article was read from; None if there is no article, or its page was not kept.

        Raises:
            PageDamaged: what is stored is not what came.
        """
        row = self._db.execute(
            "select url, page_id from articles where id = ?", [article_id]
        ).fetchone()
        if row is None or row[1] is None:
            return None
        return Held(row[0], row[1], self.get_page(row[1]))

    def see(self, article_id: int, moment: datetime) -> None:
        """Record that an article stood at its address as it is here, unless it was seen later still."""
        self._db.execute(
            "update articles set last_seen_at = :moment "
            "where id = :id and coalesce(last_seen_at, '') < :moment",
            {"id": article_id, "moment": times.to_text(moment)},
        )

    def _next_id(self) -> int:
        # SQLite would give the number of the last article again once that is gone; what links to it
        # must never find another one.
        (number,) = self._db.execute(
            "select 1 + max((select coalesce(max(id), 0) from articles), "
            "(select coalesce(max(article_id), 0) from removals))"
        ).fetchone()
        return int(number)

    def save_page(self, page: Page) -> int:
        """Keep a page's bytes, compressed; the same bytes from the same URL are kept once."""
        known = self._known_page(page)
        if known is not None:
            return known
        return insert(
            self._db,
            "pages",
            {
                "requested_url": page.requested_url,
                "final_url": page.final_url,
                "fetched_at": times.to_text(page.fetched_at),
                "http_status": page.http_status,
                "headers": json.dumps(dict(page.headers), ensure_ascii=False),
                "body": pack(page.body),
                "body_bytes": len(page.body),
                "body_sha256": page.body_sha256,
            },
        )

    def _known_page(self, page: Page) -> int | None:
        """The id of the row with these bytes from this URL, which has been seen again; None if there is none.

        Where its bytes are damaged, they are put right.
        """
        row = self._db.execute(
            "select id, body, coalesce(last_seen_at, fetched_at) from pages "
            "where requested_url = ? and body_sha256 = ?",
            [page.requested_url, page.body_sha256],
        ).fetchone()
        if row is None:
            return None
        seen_at = times.to_text(page.fetched_at) or ""
        if seen_at > row[2]:
            self._db.table("pages").update(row[0], {"last_seen_at": seen_at})
        if not is_whole(row[1], len(page.body), page.body_sha256):
            self._db.table("pages").update(
                row[0], {"body": pack(page.body), "body_bytes": len(page.body)}
            )
        return int(row[0])

    def get_page(self, page_id: int) -> Page:
        """A stored page as it came back.

        Raises:
            KeyError: there is no page with that id.
            PageDamaged: what is stored is not what came.
        """
        row = self._db.execute(
            """
            select requested_url, final_url, fetched_at, body, body_bytes, body_sha256, http_status,
                   headers
            from pages where id = ?
            """,
            [page_id],
        ).fetchone()
        if row is None:
            raise KeyError(page_id)
        requested_url, final_url, fetched_at, body, size, digest, http_status, headers = row
        return Page(
            requested_url,
            final_url,
            times.from_text(fetched_at),  # type: ignore[arg-type]  # the column is not null
            unpack(requested_url, body, size, digest),
            http_status,
            tuple(json.loads(headers).items()),
        )

    def find(self, id_or_url: str) -> dict[str, Any] | None:
        """The whole row of an article by its id or any URL that led to it, arrays decoded."""
        where, value = ("id = ?", id_or_url) if id_or_url.isdecimal() else ("url = ?", id_or_url)
        row = next(self._db.query(f"select * from articles where {where}", [value]), None)
        if row is None:
            by_ledger = "id = (select article_id from ledger where url = ?)"
            row = next(self._db.query(f"select * from articles where {by_ledger}", [value]), None)
        if row is None:
            return None
        return {**row, **{name: json.loads(row[name]) for name in ARRAYS}}

    def text_length(self, article_id: int) -> int:
        """The characters of an article's text."""
        query = "select length(text) from articles where id = ?"
        return int(self._db.execute(query, [article_id]).fetchone()[0])

    def ids_behind(self, urls: Iterable[str]) -> list[int]:
        """The ids of the articles that stand under one of these URLs, or to which it led."""
        rows = self._db.execute(
            "with wanted as materialized (select value as url from json_each(?)) "
            "select a.id from wanted cross join articles a on a.url = wanted.url "
            "union select l.article_id from wanted cross join ledger l on l.url = wanted.url "
            "where l.article_id is not null order by 1",
            [json.dumps(list(urls))],
        )
        return [number for (number,) in rows.fetchall()]

    def ids_below(self, folder: str) -> list[int]:
        """The ids of the articles that came from files in a folder and the folders below it, by its file URL."""
        folder = folder.rstrip("/")
        rows = self._db.execute(
            "select distinct article_id from ledger where url > ? and url < ? "
            "and article_id is not null order by 1",
            [f"{folder}/", f"{folder}0"],  # 0 is the sign behind the slash
        )
        return [number for (number,) in rows.fetchall()]

    def ids_of(self, urls: Iterable[str]) -> dict[str, int]:
        """The ids of the articles that stand under these very URLs, by URL."""
        wanted = list(urls)
        marks = ", ".join("?" * len(wanted))
        rows = self._db.execute(f"select url, id from articles where url in ({marks})", wanted)
        return dict(rows.fetchall())

    def changed_columns(self, article_id: int, article: Article) -> tuple[str, ...]:
        """The columns that saving this article under that id would change; none if there is no such article."""
        row = _article_row(article)
        old = self._db.execute(
            f"select {', '.join(row)} from articles where id = ?", [article_id]
        ).fetchone()
        return tuple(
            name
            for (name, value), before in zip(row.items(), old or row.values(), strict=True)
            if value != before
        )

    def with_pages(self, after_id: int, limit: int) -> list[tuple[int, str, int]]:
        """Id, URL and page id of articles whose page was kept, in the order of their ids."""
        return self._db.execute(
            """
            select id, url, page_id from articles where id > ? and page_id is not null
            order by id limit ?
            """,
            [after_id, limit],
        ).fetchall()

    def revisions(self, article_id: int) -> list[dict[str, Any]]:
        """The earlier texts of an article, oldest first."""
        return list(
            self._db.query(
                "select last_seen_at, seen_at, title, text, modified_at, is_read_otherwise from revisions "
                "where article_id = ? order by seen_at, id",
                [article_id],
            )
        )

    def _forget_derived(self, article_id: int) -> None:
        for table in _DERIVED_TABLES:
            self._db.execute(f"delete from {table} where article_id = ?", [article_id])
        self._db.execute(
            "update articles set summary = null, tags = '[]' where id = ?", [article_id]
        )

    def _save_votes(self, article_id: int, article: Article) -> None:
        self._db.execute("delete from field_votes where article_id = ?", [article_id])
        insert_all(
            self._db,
            "field_votes",
            (
                {
                    "article_id": article_id,
                    "field": vote.field,
                    "extractor": vote.extractor,
                    "value": vote.value,
                    "is_chosen": vote.is_chosen,
                }
                for vote in article.votes
            ),
        )


def has_text(db: Database, article_id: int, content_hash: str) -> bool:
    """True if the article is there and still has the text with this hash."""
    row = db.execute("select content_hash from articles where id = ?", [article_id]).fetchone()
    return row is not None and row[0] == content_hash


def _article_row(article: Article) -> dict[str, Any]:
    """The columns that come from the page, in the form in which they are stored."""
    return {
        "url": article.url,
        "site": article.site,
        "title": article.title,
        "description": article.description,
        "authors": json.dumps(article.authors, ensure_ascii=False),
        "published_at": times.to_text(article.published_at),
        "modified_at": times.to_text(article.modified_at),
        "language": article.language,
        "section": article.section,
        "text": article.text,
        "word_count": article.word_count,
        "image_url": article.image_url,
        "is_paywalled": int(article.is_paywalled),
        "keywords": json.dumps(article.keywords, ensure_ascii=False),
        "site_name": article.site_name,
        "content_hash": article.content_hash,
    }
