"""Captures: pages that a WARC holds, seen by somebody at some time, which the archive may have later."""

from sqlite_utils import Database

from archive import times
from archive.records import Page


class NotReplaced(Exception):
    """A capture is not to take the place of what the archive has.

    Attributes:
        reason: "older_capture", or "file_held" for the address of a file that came from elsewhere.
    """

    def __init__(self, article_id: int, reason: str) -> None:
        super().__init__(article_id, reason)
        self.article_id = article_id
        self.reason = reason


class Captures:
    """Tells which captures may bring an article up to date. It reads, and writes nothing."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def check(self, article_id: int, page: Page, source_id: int) -> None:
        """Refuse a page that an article has outlived; what was read from the same bytes may pass.

        The dates are compared of all pages that are held of the article, and when it was seen as it is.

        Raises:
            NotReplaced: it is older, or is said to be a file on this machine (see `is_own`).
        """
        held = self._db.execute(
            """
            with held(id) as (
                select page_id from articles where id = :article
                union
                select p.id from pages p join ledger l on l.url = p.requested_url
                where l.article_id = :article
                union
                select id from pages where requested_url = :asked
            )
            select p.body_sha256, max(p.fetched_at, coalesce(p.last_seen_at, ''), coalesce(a.last_seen_at, '')),
                   p.id = a.page_id
            from held join pages p on p.id = held.id join articles a on a.id = :article
            """,
            {"article": article_id, "asked": page.requested_url},
        ).fetchall()
        if any(is_current and digest == page.body_sha256 for digest, _, is_current in held):
            return
        if page.requested_url.startswith("file:") and not self._is_of(article_id, source_id):
            raise NotReplaced(article_id, "file_held")
        moment = times.to_text(page.fetched_at) or ""
        latest = max((seen_at for _, seen_at, _ in held), default="")
        is_known = any(digest == page.body_sha256 for digest, *_ in held)
        if moment < latest or (moment == latest and is_known):
            raise NotReplaced(article_id, "older_capture")

    def check_address(self, article_url: str, page: Page, source_id: int) -> None:
        """`check` for the article that stands under a URL, if there is one.

        Raises:
            NotReplaced: see `check`.
        """
        row = self._db.execute("select id from articles where url = ?", [article_url]).fetchone()
        if row:
            self.check(int(row[0]), page, source_id)

    def is_own(self, url: str, source_id: int) -> bool:
        """True if nobody named a URL before this source: a WARC never speaks for a file of ours."""
        row = self._db.execute("select source_id from ledger where url = ?", [url]).fetchone()
        return row is None or row[0] == source_id

    def _is_of(self, article_id: int, source_id: int) -> bool:
        """True if all that led to an article was named by this source first."""
        (found,) = self._db.execute(
            "select min(source_id is ?) from ledger where article_id = ?", [source_id, article_id]
        ).fetchone()
        return bool(found)
