"""The ledger: every URL ever asked for, its state, tries, last error; and the sources that named it."""

import random
from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

from archive import times
from archive.records import DueEntry, LedgerEntry, LedgerState, Source
from archive.retries import MAX_FAILURES, next_try
from archive.rows import insert

#: What is to be asked for again: left undone by a run that was killed, or failed and waited long
#: enough. Not what is read from a file of many, nor a followed feed, which has its own rhythm.
_IS_DUE = """
    (l.state = 'pending' or (l.state = 'failed' and l.next_try_at <= :now))
    and (s.kind is null or s.kind not in ('warc', 'jsonl'))
    and not exists (select 1 from sources f where f.url = l.url and f.is_followed)
"""
#: Articles of the last week that are looked at again for changes: after an hour, three, nine ...
_IS_TO_REVISIT = """
    l.state = 'article' and l.first_seen_at >= strftime('%Y-%m-%dT%H:%M:%SZ', :now, '-7 days')
    and strftime('%s', :now) - strftime('%s', l.last_tried_at) >= max(
        3600, 2 * (strftime('%s', l.last_tried_at) - strftime('%s', l.first_seen_at))
    )
"""
_DUE_COLUMNS = "l.url, s.id, s.kind, s.url, s.title, l.id"


class Ledger:
    """The tables `sources` and `ledger`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def register(self, source: Source) -> int:
        """Note that a source is being read; return its id, the same on every run."""
        moment = times.to_text(times.now())
        row = self._db.execute("select id from sources where url = ?", [source.url]).fetchone()
        if row is None:
            new = {
                "kind": source.kind,
                "url": source.url,
                "title": source.title,
                "etag": source.etag,
                "last_modified": source.last_modified,
                "first_seen_at": moment,
                "last_read_at": moment,
            }
            return insert(self._db, "sources", new)
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

    def validators(self, entry: LedgerEntry) -> tuple[str | None, str | None]:
        """ETag and Last-Modified with which to ask whether a URL has changed since all of it was taken."""
        if entry.state == "article":
            return entry.etag, entry.last_modified
        query = "select etag, last_modified from sources where url = ?"
        row = self._db.execute(query, [entry.url]).fetchone() if entry.state == "source" else None
        return (row[0], row[1]) if row else (None, None)

    def remember(self, url: str, etag: str | None, last_modified: str | None) -> None:
        """All that a source named was taken: next time ask only whether it has changed since."""
        query = "update sources set etag = ?, last_modified = ? where url = ?"
        self._db.execute(query, [etag, last_modified, url])

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
        retry_after_s: float | None = None,
    ) -> None:
        """Record what became of one try. The URL must have been asked for with `ask`.

        A failure that may pass gets a time for the next try (`archive.retries`), not before
        retry_after_s, which the server may have asked for.
        """
        now = times.now()
        failures, again = 0, None
        if state == "failed":
            row = self._db.execute("select failures from ledger where url = ?", [url]).fetchone()
            failures = (row[0] if row else 0) + 1
            spread = random.random()  # noqa: S311  # jitter, no secret
            again = next_try(url, reason, failures, now, spread, retry_after_s)
        self._db.execute(
            """
            update ledger set state = ?, tries = tries + 1, reason = ?, error = ?,
                http_status = ?, page_id = coalesce(?, page_id),
                article_id = coalesce(?, article_id), etag = ?, last_modified = ?,
                last_tried_at = ?, next_try_at = ?, failures = ?
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
                times.to_text(now),
                times.to_text(again),
                failures,
                url,
            ],
        )

    def is_due(self, url: str) -> bool:
        """True if a URL was never asked for, or is to be asked for again."""
        row = self._db.execute(
            f"""
            select {_IS_DUE} from ledger l left join sources s on s.id = l.source_id
            where l.url = :url
            """,
            {"url": url, "now": times.to_text(times.now())},
        ).fetchone()
        return row is None or bool(row[0])

    def due(self, source_url: str | None = None, with_articles: bool = False) -> list[DueEntry]:
        """What is to be asked for again now, by source: of all, or of what one source named first.

        with_articles adds the source's articles of the last week whose turn has come to be looked
        at for changes: an hour after they were first seen, then each time after thrice as long.
        """
        query = f"select {_DUE_COLUMNS} from ledger l left join sources s on s.id = l.source_id"
        query += f" where {_IS_DUE}"
        if source_url is not None:
            # Few are due, and a source may have named very many: the plus keeps to the index of states.
            query += " and +s.url = :source"
        if source_url is not None and with_articles:
            query += f"""
                union all
                select {_DUE_COLUMNS} from sources s join ledger l on l.source_id = s.id
                where s.url = :source and {_IS_TO_REVISIT}
            """
        rows = self._db.execute(
            f"{query} order by 2, 6", {"source": source_url, "now": times.to_text(times.now())}
        )
        return [
            DueEntry(url, source_id, Source(*source) if source_id is not None else None)
            for url, source_id, *source, _ in rows
        ]

    def retries(self) -> dict[str, Any]:
        """How many URLs are due, wait for their next try, or were given up; and when the next is due."""
        now = times.to_text(times.now())
        joined = "from ledger l left join sources s on s.id = l.source_id"
        due = self._db.execute(f"select count(*) {joined} where {_IS_DUE}", {"now": now})
        waiting = self._db.execute(
            f"select count(*), min(l.next_try_at) {joined} where l.state = 'failed' "
            "and l.next_try_at > :now "
            "and not exists (select 1 from sources f where f.url = l.url and f.is_followed)",
            {"now": now},
        )
        given_up = self._db.execute(
            "select count(*) from ledger where state = 'failed' and next_try_at is null "
            "and failures >= ?",
            [MAX_FAILURES],
        )
        number, next_try_at = waiting.fetchone()
        return {
            "due": due.fetchone()[0],
            "waiting": number,
            "given_up": given_up.fetchone()[0],
            "next_try_at": next_try_at,
        }

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
        rows = self._db.execute("select state, sum(entries) from ledger_totals group by state")
        return dict(rows.fetchall())

    def reasons(self) -> Mapping[str, int]:
        """How many skipped or failed URLs there are for each reason, most first."""
        rows = self._db.execute(
            """
            select coalesce(nullif(reason, ''), 'unknown'), sum(entries) from ledger_totals
            where state in ('skipped', 'failed') group by 1 order by 2 desc, 1
            """
        )
        return dict(rows.fetchall())
