"""The feeds that the operator follows: which, how each fared, when each is to be read again."""

import dataclasses
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from archive import times
from archive.records import Feed, PollHints

_COLUMNS = """
    s.id, s.url, s.title, s.etag, s.last_modified, s.followed_at,
    case when s.poll_interval_s is not null
         or exists (select 1 from ledger r where r.url = s.url and r.state = 'source')
         then s.last_read_at end,
    s.next_poll_at, s.poll_interval_s, s.poll_hints,
    s.last_changed_at, s.failures, s.last_status, s.last_error
"""
_ARTICLES = "(select count(distinct l.article_id) from ledger l where l.source_id = s.id)"
#: Places of times and of the hints in a row of these.
_TIMES, _HINTS = (5, 6, 7, 10), 9


class Following:
    """The columns of `sources` that concern feeds which are followed."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def follow(self, url: str, title: str | None = None) -> bool:
        """Follow a feed, to be read at once; False if it was followed already."""
        now = times.to_text(times.now())
        cursor = self._db.execute(
            """
            insert into sources (kind, url, title, first_seen_at, last_read_at, is_followed,
                                 followed_at, next_poll_at)
            values ('feed', :url, :title, :now, :now, 1, :now, :now)
            on conflict (url) do update set
                kind = 'feed', title = coalesce(sources.title, :title), is_followed = 1,
                followed_at = :now, next_poll_at = :now, failures = 0, last_error = null
            where not sources.is_followed
            """,
            {"url": url, "title": title, "now": now},
        )
        return cursor.rowcount > 0

    def unfollow(self, feed: Feed, error: str | None = None, status: int | None = None) -> None:
        """Stop following a feed; what came from it stays. error says why, if it was not asked for."""
        self._db.execute("update ledger set next_try_at = null where url = ?", [feed.url])
        self._db.execute(
            """
            update sources set is_followed = 0, next_poll_at = null,
                last_error = coalesce(?, last_error), last_status = coalesce(?, last_status)
            where id = ?
            """,
            [error, status, feed.id],
        )

    def feeds(self) -> list[Feed]:
        """All that are followed, by title, with the number of their articles."""
        order = "coalesce(s.title, s.url) collate nocase, s.id"
        return self._select(f"s.is_followed order by {order}", counted=_ARTICLES)

    def due(self) -> list[Feed]:
        """Those whose time has come, the longest waiting first."""
        condition = "s.is_followed and s.next_poll_at <= ? order by s.next_poll_at, s.id"
        return self._select(condition, times.to_text(times.now()))

    def get(self, url: str) -> Feed | None:
        """The feed at a URL, if it is followed."""
        return next(iter(self._select("s.is_followed and s.url = ?", url)), None)

    def find(self, name: str) -> list[Feed]:
        """The feeds that are followed and meant by a number, a URL, or a title in whatever case."""
        is_number = name.isascii() and name.isdecimal() and len(name) < 19
        by_number = "s.is_followed and s.id = ?"
        if is_number and (found := self._select(by_number, int(name), counted=_ARTICLES)):
            return found
        condition = "s.is_followed and (s.url = ?1 or s.title = ?1 collate nocase) order by s.id"
        return self._select(condition, name, counted=_ARTICLES)

    def next_poll_at(self) -> datetime | None:
        """When the next feed is to be read; None if none is followed."""
        row = self._db.execute("select min(next_poll_at) from sources where is_followed").fetchone()
        return times.from_text(row[0])

    def claim(self, feed: Feed, until: datetime) -> bool:
        """Take a feed for reading, until a time; False if another process has taken or left it."""
        cursor = self._db.execute(
            "update sources set next_poll_at = ? where id = ? and is_followed and next_poll_at is ?",
            [times.to_text(until), feed.id, times.to_text(feed.next_poll_at)],
        )
        return cursor.rowcount > 0

    def release(self, feed: Feed) -> None:
        """Give a feed back unread, or read in part: it is due at once."""
        self._db.execute(
            "update sources set next_poll_at = ? where id = ? and is_followed",
            [times.to_text(times.now()), feed.id],
        )

    def was_read(
        self,
        feed: Feed,
        title: str | None,
        status: int | None,
        next_poll_at: datetime,
        interval_s: int,
        hints: PollHints,
        etag: str | None,
        last_modified: str | None,
        is_changed: bool,
    ) -> None:
        """Record a reading that went well, and of which all was taken."""
        now = times.to_text(times.now())
        self._db.execute(
            """
            update sources set title = coalesce(:title, title), last_read_at = :now,
                last_polled_at = :now, failures = 0,
                last_error = null, last_status = :status, poll_interval_s = :interval,
                poll_hints = :hints, next_poll_at = case when is_followed then :next end,
                etag = :etag, last_modified = :modified,
                last_changed_at = case when :changed then :now else last_changed_at end
            where id = :id
            """,
            {
                "now": now,
                "title": title,
                "status": status,
                "interval": interval_s,
                "hints": json.dumps(dataclasses.asdict(hints)),
                "next": times.to_text(next_poll_at),
                "etag": etag,
                "modified": last_modified,
                "changed": is_changed,
                "id": feed.id,
            },
        )

    def has_failed(
        self, feed: Feed, error: str, status: int | None, next_poll_at: datetime
    ) -> None:
        """Record a reading that failed; the ledger's next try is the next poll."""
        moment = times.to_text(next_poll_at)
        self._db.execute(
            """
            update sources set last_polled_at = ?, failures = failures + 1, last_error = ?,
                last_status = ?, next_poll_at = case when is_followed then ? end
            where id = ?
            """,
            [times.to_text(times.now()), error, status, moment, feed.id],
        )
        self._db.execute("update ledger set next_try_at = ? where url = ?", [moment, feed.url])

    def move(self, feed: Feed, url: str) -> None:
        """A feed has a new address: its row keeps its id, and takes over what that address gave before."""
        other = self._db.execute("select id from sources where url = ?", [url]).fetchone()
        if other is not None and other[0] != feed.id:
            self._db.execute(
                "update ledger set source_id = ? where source_id = ?", [feed.id, other[0]]
            )
            self._db.execute("delete from sources where id = ?", [other[0]])
        self._db.execute("update sources set url = ? where id = ?", [url, feed.id])

    def counts(self) -> dict[str, Any]:
        """How many are followed, how many of them failed last time, when the next is to be read."""
        followed, failing, next_poll_at = self._db.execute(
            "select count(*), coalesce(sum(failures > 0), 0), min(next_poll_at) "
            "from sources where is_followed"
        ).fetchone()
        return {"followed": followed, "failing": failing, "next_poll_at": next_poll_at}

    def _select(self, condition: str, *values: object, counted: str = "null") -> list[Feed]:
        query = f"select {_COLUMNS}, {counted} from sources s where {condition}"
        return [_feed(row) for row in self._db.execute(query, list(values))]


def _feed(row: Sequence[Any]) -> Feed:
    cells = list(row)
    for place in _TIMES:
        cells[place] = times.from_text(cells[place])
    hints = json.loads(cells[_HINTS])
    cells[_HINTS] = PollHints(
        float(hints.get("least_s", 0.0)),
        tuple(hints.get("skip_hours", ())),
        tuple(hints.get("skip_days", ())),
    )
    return Feed(*cells)
