"""What an export holds: which articles, feeds and pages, one at a time, however many there are."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from archive.articles import ARRAYS
from archive.choosing import authors_called
from archive.entity_names import entities_called
from archive.store import Archive

#: Rows that are read at once: memory does not grow with the archive.
_CHUNK = 200
_EVIDENCE = """
    select p.id, s.url, l.state, l.reason, x.url, p.last_seen_at
    from pages p
    left join ledger l on l.url = p.requested_url
    left join sources s on s.id = l.source_id
    left join articles x on x.id = l.article_id
"""
#: Pages that were seen after another of the same address was.
_RETURNED = """
    select r.id from pages r where r.last_seen_at is not null and exists (
        select 1 from pages o where o.requested_url = r.requested_url and o.id <> r.id
        and (o.fetched_at between r.fetched_at and r.last_seen_at
             or o.last_seen_at between r.fetched_at and r.last_seen_at)
    )
"""
#: Columns of articles that mean something in their own file alone.
_LOCAL = ("id", "page_id", "duplicate_of")


@dataclass(frozen=True)
class Selection:
    """Which articles: all conditions hold; None is no condition.

    Attributes:
        since, until: first and last day of publication, UTC; an article without a date is on none.
        site: host of the outlet, without www.
        entity: name, slug or alias of an entity that the text mentions.
        tag: one of the article's tags.
        author: a name of the byline, in any capitals.
    """

    since: date | None = None
    until: date | None = None
    site: str | None = None
    entity: str | None = None
    tag: str | None = None
    author: str | None = None

    @property
    def is_all(self) -> bool:
        """True if no condition is set."""
        return self == Selection()


def columns(archive: Archive) -> tuple[str, ...]:
    """The names in an exported record, in their order."""
    names = [row[1] for row in archive.db.execute("pragma table_info(articles)")]
    return (*(name for name in names if name not in _LOCAL), "duplicate_of_url")


def articles(archive: Archive, selection: Selection) -> Iterator[dict[str, Any]]:
    """The records of the articles that match, in the order of their ids.

    A record holds every column of articles but those that mean something in this file alone; arrays
    are lists, is_paywalled is a bool; duplicate_of_url is the URL of the original.

    Raises:
        NoSuchEntity: the selection names one that the archive does not know.
    """
    where, values = _condition(archive, selection)
    names = columns(archive)
    wanted = ", ".join(f"a.{name}" for name in names[:-1])
    last_id = 0
    while True:
        rows = archive.db.execute(
            f"""
            select a.id, {wanted}, o.url from articles a
            left join articles o on o.id = a.duplicate_of
            where a.id > ? and {where} order by a.id limit {_CHUNK}
            """,
            [last_id, *values],
        ).fetchall()
        for _, *row in rows:
            record = dict(zip(names, row, strict=True))
            yield {
                **record,
                **{name: json.loads(record[name]) for name in ARRAYS},
                "is_paywalled": bool(record["is_paywalled"]),
            }
        if len(rows) < _CHUNK:
            return
        last_id = rows[-1][0]


def ids(archive: Archive, selection: Selection) -> list[tuple[int, str | None]]:
    """Id and time of publication of the articles that match.

    Raises:
        NoSuchEntity: the selection names one that the archive does not know.
    """
    where, values = _condition(archive, selection)
    return archive.db.execute(
        f"select a.id, a.published_at from articles a where {where}", values
    ).fetchall()


def feeds(archive: Archive, is_followed: bool = False) -> list[tuple[str, str | None]]:
    """URL and title of every feed on the web that was read, or that is followed, by URL."""
    return archive.db.execute(
        "select url, title from sources where kind = 'feed' and url like 'http%' "
        "and is_followed >= ? order by url",
        [is_followed],
    ).fetchall()


@dataclass(frozen=True)
class Evidence:
    """A stored page and what became of it.

    Attributes:
        page_id: pages.id.
        source_url: the source that named its address.
        state, reason: what the ledger says of its address.
        article_url: the URL of the article that was read from it.
        last_seen_at: when the same bytes last came again; None if they came once.
        is_return: it stands for that last time: other bytes had come in between.
    """

    page_id: int
    source_url: str | None
    state: str | None
    reason: str | None
    article_url: str | None
    last_seen_at: str | None
    is_return: bool = False


def pages(archive: Archive, selection: Selection) -> Iterator[Evidence]:
    """Every stored page, or those of the articles that match; in the order of their ids.

    After every page come, by their dates, those that came back after other bytes had stood at their address:
    who reads them in this order sees every change that was seen, but for returns before the last.
    """
    where, values = _condition(archive, selection)
    if selection.is_all:
        yield from _evidence(archive, "1", [])
        returned = archive.db.execute(
            f"{_EVIDENCE} where p.id in ({_RETURNED}) order by p.last_seen_at, p.id"
        )
        for row in returned.fetchall():
            yield replace(Evidence(*row), is_return=True)
    else:
        chosen = f"p.id in (select a.page_id from articles a where {where})"
        yield from _evidence(archive, chosen, values)


def _evidence(archive: Archive, chosen: str, values: list[Any]) -> Iterator[Evidence]:
    last_id = 0
    while True:
        rows = archive.db.execute(
            f"{_EVIDENCE} where p.id > ? and {chosen} order by p.id limit {_CHUNK}",
            [last_id, *values],
        ).fetchall()
        yield from (Evidence(*row) for row in rows)
        if len(rows) < _CHUNK:
            return
        last_id = rows[-1][0]


def _condition(archive: Archive, selection: Selection) -> tuple[str, list[Any]]:
    clauses, values = ["1"], list[Any]()
    if selection.since:
        clauses.append("a.published_at >= ?")
        values.append(selection.since.isoformat())
    if selection.until:
        clauses.append("a.published_at < ?")
        values.append((selection.until + timedelta(days=1)).isoformat())
    if selection.site:
        clauses.append("a.site = ?")
        values.append(selection.site.lower().removeprefix("www."))
    if selection.author:
        clauses.append(
            "a.id in (select article_id from article_authors where author in "
            "(select value from json_each(?)))"
        )
        values.append(json.dumps(authors_called(archive.db, selection.author)))
    if selection.tag:
        clauses.append(
            "exists (select 1 from json_each(a.tags) t where t.value = ? collate nocase)"
        )
        values.append(selection.tag)
    if selection.entity:
        ids = [one.id for one in entities_called(archive.db, selection.entity)]
        clauses.append(
            "a.id in (select article_id from article_entities "
            f"where entity_id in ({', '.join('?' * len(ids))}))"
        )
        values += ids
    return " and ".join(clauses), values
