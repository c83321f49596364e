"""The ledger: every URL ever asked for, its state, tries, last error; and the sources that named it."""

from collections.abc import Mapping

from sqlite_utils import Database

from archive import times
from archive.records import LedgerEntry, LedgerState, Source


class Ledger:
    """The tables `sources` and `ledger`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def register(self, source: Source) -> int:
        """Note that a source is being read; return its id, the same on every run."""
        moment = times.to_text(times.now())
        row = self._db.execute("select id from sources where url = ?", [source.url]).fetchone()
        if row is None:
            table = self._db.table("sources")
            table.insert(
                {
                    "kind": source.kind,
                    "url": source.url,
                    "title": source.title,
                    "etag": source.etag,
                    "last_modified": source.last_modified,
                    "first_seen_at": moment,
                    "last_read_at": moment,
                }
            )
            return int(table.last_pk)  # type: ignore[arg-type]
        self._db.execute(
            """
            update sources set kind = ?, title = coalesce(?, title), etag = ?, last_modified = ?,
                last_read_at = ? where id = ?
            """,
            [source.kind, source.title, source.etag, source.last_modified, moment, row[0]],
        )
        return int(row[0])

    def ask(self, url: str, source_id: int | None) -> LedgerEntry:
        """The entry of a URL; a URL never asked for before becomes `pending`."""
        self._db.execute(
            """
            insert into ledger (url, source_id, state, first_seen_at) values (?, ?, 'pending', ?)
            on conflict (url) do nothing
            """,
            [url, source_id, times.to_text(times.now())],
        )
        entry = self.get(url)
        if entry is None:  # pragma: no cover - the row was written in the line above
            raise LookupError(url)
        return entry

    def get(self, url: str) -> LedgerEntry | None:
        """The entry of a URL, or None if it was never asked for."""
        row = self._db.execute(
            """
            select url, state, tries, reason, error, http_status, article_id, etag, last_modified,
                   last_tried_at
            from ledger where url = ?
            """,
            [url],
        ).fetchone()
        return LedgerEntry(*row) if row else None

    def settle(
        self,
        url: str,
        state: LedgerState,
        *,
        reason: str | None = None,
        error: str | None = None,
        http_status: int | None = None,
        page_id: int | None = None,
        article_id: int | None = None,
        etag: str | None = None,
        last_modified: str | None = None,
    ) -> None:
        """Record what became of one try. The URL must have been asked for with `ask`."""
        self._db.execute(
            """
            update ledger set state = ?, tries = tries + 1, reason = ?, error = ?,
                http_status = ?, page_id = coalesce(?, page_id),
                article_id = coalesce(?, article_id), etag = ?, last_modified = ?,
                last_tried_at = ?
            where url = ?
            """,
            [
                state,
                reason,
                error,
                http_status,
                page_id,
                article_id,
                etag,
                last_modified,
                times.to_text(times.now()),
                url,
            ],
        )

    def refused(self, url: str | None = None) -> list[tuple[str, int]]:
        """URLs that gave a page but no article, each with the id of its last page; or that one URL."""
        return self._db.execute(
            """
            select url, page_id from ledger
            where state in ('skipped', 'failed') and page_id is not null and article_id is null
              and (? is null or url = ?) order by id
            """,
            [url, url],
        ).fetchall()

    def counts(self) -> Mapping[str, int]:
        """How many URLs are in each state."""
        rows = self._db.execute("select state, count(*) from ledger group by state")
        return dict(rows.fetchall())

    def reasons(self) -> Mapping[str, int]:
        """How many skipped or failed URLs there are for each reason, most first."""
        rows = self._db.execute(
            "select coalesce(reason, 'unknown'), count(*) from skipped group by 1 order by 2 desc, 1"
        )
        return dict(rows.fetchall())
