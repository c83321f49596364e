"""Where in the history of an article an older capture belongs: WARCs come in any order."""

from dataclasses import dataclass

from sqlite_utils import Database

from archive import times
from archive.past import is_another_kind
from archive.records import Article, Page


@dataclass(frozen=True)
class _Text:
    """A text of an article while it stood.

    Attributes:
        revision_id: revisions.id; None for the present text.
        page_id: of the present text; None for others, of which it is not known.
        content_hash: of title and text.
        first, last: when it was first and last seen, UTC, ISO 8601.
    """

    revision_id: int | None
    content_hash: str
    first: str
    last: str
    page_id: int | None = None


class Timeline:
    """The texts of an article in their order, to which a capture may add one."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def insert(self, article_id: int, article: Article, page: Page) -> bool:
        """Let an older capture tell what stood then; call it within a transaction.

        A text that is not known of that time becomes a revision; one that is known stood a little longer, or from
        a little earlier on. What contradicts the archive, a text amid the days of another, is not taken.

        Returns:
            True if a revision was added.
        """
        moment = times.to_text(page.fetched_at) or ""
        texts = self._texts(article_id)
        before = max((n for n, text in enumerate(texts) if text.first <= moment), default=-1)
        earlier = texts[before] if before >= 0 else None
        later = texts[before + 1] if before + 1 < len(texts) else None
        if earlier and earlier.content_hash == article.content_hash:
            self._stood_until(earlier, moment)
            return False
        if later is None or (earlier and moment <= earlier.last):
            return False
        is_known = later.content_hash == article.content_hash
        is_return = any(text.content_hash == article.content_hash for text in texts)
        if not is_return and self._is_held(page):
            return False
        if earlier:
            self._replaced_at(earlier, moment)
        if is_known:  # it only came earlier than was thought
            return False
        self._db.table("revisions").insert(
            {
                "article_id": article_id,
                "last_seen_at": moment,
                "seen_at": later.first,
                "title": article.title,
                "text": article.text,
                "content_hash": article.content_hash,
                "modified_at": times.to_text(article.modified_at),
                "is_read_otherwise": int(is_another_kind(self._db, page, later.page_id)),
            }
        )
        return True

    def _texts(self, article_id: int) -> list[_Text]:
        """The texts of an article, the oldest first."""
        content_hash, page_id, last, first = self._db.execute(
            """
            select a.content_hash, a.page_id, coalesce(a.last_seen_at, ''), (
                select coalesce(min(p.fetched_at), '') from pages p where p.id = a.page_id
                or p.requested_url in (select url from ledger where article_id = a.id)
            ) from articles a where a.id = ?
            """,
            [article_id],
        ).fetchone()
        revisions = self._db.execute(
            "select id, content_hash, coalesce(last_seen_at, ''), seen_at from revisions "
            "where article_id = ? order by seen_at, id",
            [article_id],
        ).fetchall()
        texts = []
        for number, hashed, until, replaced_at in revisions:
            texts.append(_Text(number, hashed, first, max(first, until)))
            first = replaced_at
        return [*texts, _Text(None, content_hash, first, max(first, last), page_id)]

    def _is_held(self, page: Page) -> bool:
        """True for bytes that were read before: if they say what no text of then says, the parser has changed."""
        query = "select 1 from pages where requested_url = ? and body_sha256 = ?"
        return (
            self._db.execute(query, [page.requested_url, page.body_sha256]).fetchone() is not None
        )

    def _stood_until(self, text: _Text, moment: str) -> None:
        if text.revision_id is not None and moment > text.last:
            query = "update revisions set last_seen_at = ? where id = ?"
            self._db.execute(query, [moment, text.revision_id])

    def _replaced_at(self, text: _Text, moment: str) -> None:
        query = "update revisions set seen_at = ? where id = ?"
        self._db.execute(query, [moment, text.revision_id])
