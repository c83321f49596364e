"""Paging by place, not by number: a page begins after an article, whatever has come in since."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from serve.several import each, joined

#: Articles on a page of a list.
PAGE_SIZE = 30

_CURSOR = re.compile(r"(.{0,40})_([0-9]{1,18})(?:@(.{1,255}))?", re.DOTALL)
#: Before and behind every id.
_FIRST_ID, _LAST_ID = -1, 2**62

Direction = Literal["older", "newer"]


@dataclass(frozen=True)
class Cursor:
    """The place of an article in the order of lists: newest first, those without a date last.

    archive is the name of its archive where there are several.
    """

    published_at: str | None
    article_id: int
    archive: str | None = None

    def __str__(self) -> str:
        within = f"@{self.archive}" if self.archive else ""
        return f"{self.published_at or ''}_{self.article_id}{within}"

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        """The cursor that was written so, or None."""
        found = _CURSOR.fullmatch(text)
        return cls(found[1] or None, int(found[2]), found[3]) if found else None


@dataclass(frozen=True)
class Place:
    """Which page is asked for: the articles older or newer than a cursor, or the first page."""

    cursor: Cursor | None = None
    direction: Direction = "older"


#: An article: the Datasette database of its archive, and its id there.
Key = tuple[Any, int]


@dataclass(frozen=True)
class Listing:
    """The articles on a page, each an archive and an id, and the cursors of the pages around it."""

    keys: tuple[Key, ...]
    newer: Cursor | None = None
    older: Cursor | None = None
    is_first: bool = True


@dataclass(frozen=True)
class Source:
    """What a list is chosen from, as SQL, and the columns that an index holds in order.

    Attributes:
        tables: what follows "from".
        where: a condition that others may follow.
        at: column of the date of publication.
        id: column of the article's id.
        undated: the condition under which there is no date.
        dated: its opposite.
    """

    tables: str
    where: str
    at: str
    id: str
    undated: str
    dated: str


def articles_where(where: str, index: str) -> Source:
    """Articles (named a) under a condition, in the order of an index that suits it."""
    return Source(
        f"articles a indexed by {index}", where, "a.published_at", "a.id", "a.published_at is null",
        "a.published_at is not null",
    )  # fmt: skip


def timeline(table: str, where: str) -> Source:
    """A table (named t) that keeps articles in order under a key, with "" for no date."""
    return Source(
        f"{table} t", where, "t.published_at", "t.article_id", "t.published_at = ''",
        "t.published_at > ''",
    )  # fmt: skip


async def listing(
    shelves: Sequence[tuple[Any, Mapping[str, Any]]], source: Source, place: Place
) -> Listing:
    """The page of articles at a place.

    Args:
        shelves: the archives, each with what the source is bound to there. Articles of one time
            stand in the order of their archives.
    """
    is_one = len(shelves) == 1
    rows = joined(
        await each(
            range(len(shelves)),
            lambda position: _rows(shelves, position, source, place),
        )
    )
    if not is_one:
        rows.sort(reverse=place.direction == "older")
        rows = rows[: PAGE_SIZE + 1]
    has_more = len(rows) > PAGE_SIZE
    rows = rows[:PAGE_SIZE]
    if place.direction == "newer":
        if not has_more:
            return await listing(shelves, source, Place())
        rows.reverse()
    is_first = place.cursor is None
    if not rows:
        return Listing((), is_first=is_first)
    keys = tuple((shelves[-minus][0], number) for _, minus, number in rows)
    first, last = (
        Cursor(at or None, number, None if is_one else db.name)
        for (at, _, number), (db, _) in ((rows[0], keys[0]), (rows[-1], keys[-1]))
    )
    return Listing(
        keys,
        newer=None if is_first else first,
        older=last if has_more or place.direction == "newer" else None,
        is_first=is_first,
    )


def page_queries(source: Source, place: Place) -> list[str]:
    """The queries for a page: dated and undated one after the other, each a range of an index."""
    order = "desc" if place.direction == "older" else "asc"
    return [
        f"select {source.id} as id, {source.at} as published_at from {source.tables} "
        f"where {source.where} and {condition} "
        f"order by {source.at} {order}, {source.id} {order} limit :limit"
        for condition in _conditions(source, place)
    ]


async def _rows(
    shelves: Sequence[tuple[Any, Mapping[str, Any]]], position: int, source: Source, place: Place
) -> list[tuple[str, int, int]]:
    """(time or "", position of the archive with a minus, id): these sort as lists are ordered."""
    db, parameters = shelves[position]
    bound = {
        **parameters,
        "cursor_at": place.cursor.published_at if place.cursor else None,
        "cursor_id": id_within(shelves, position, place.cursor) if place.cursor else None,
    }
    rows: list[Any] = []
    for query in page_queries(source, place):
        bound["limit"] = PAGE_SIZE + 1 - len(rows)
        rows += (await db.execute(query, bound)).rows
        if len(rows) > PAGE_SIZE:
            break
    return [(row["published_at"] or "", -position, row["id"]) for row in rows]


def id_within(shelves: Sequence[tuple[Any, Any]], position: int, cursor: Cursor) -> int:
    """The id behind which the cursor stands in the archive at a position."""
    names = [db.name for db, _ in shelves]
    place = names.index(cursor.archive) if cursor.archive in names else 0
    if position == place:
        return cursor.article_id
    return _FIRST_ID if position < place else _LAST_ID


def _conditions(source: Source, place: Place) -> Sequence[str]:
    dated, undated, number = source.dated, source.undated, source.id
    if place.cursor is None:
        return (dated, undated)
    is_dated = bool(place.cursor.published_at)
    if place.direction == "older":
        if is_dated:
            return (f"{dated} and ({source.at}, {number}) < (:cursor_at, :cursor_id)", undated)
        return (f"{undated} and {number} < :cursor_id",)
    if is_dated:
        return (f"({source.at}, {number}) > (:cursor_at, :cursor_id)",)
    return (f"{undated} and {number} > :cursor_id", dated)
