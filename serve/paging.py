"""Paging by place, not by number: a page begins after an article, whatever has come in since."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

#: Articles on a page of a list.
PAGE_SIZE = 30

_CURSOR = re.compile(r"(.{0,40})_([0-9]{1,18})", re.DOTALL)

Direction = Literal["older", "newer"]


@dataclass(frozen=True)
class Cursor:
    """The place of an article in the order of lists: newest first, those without a date last."""

    published_at: str | None
    article_id: int

    def __str__(self) -> str:
        return f"{self.published_at or ''}_{self.article_id}"

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        """The cursor that was written so, or None."""
        found = _CURSOR.fullmatch(text)
        return cls(found[1] or None, int(found[2])) if found else None


@dataclass(frozen=True)
class Place:
    """Which page is asked for: the articles older or newer than a cursor, or the first page."""

    cursor: Cursor | None = None
    direction: Direction = "older"


@dataclass(frozen=True)
class Listing:
    """Ids of the articles on a page, and the cursors of the pages around it."""

    ids: tuple[int, ...]
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


async def listing(db: Any, source: Source, parameters: Mapping[str, Any], place: Place) -> Listing:
    """The page of articles at a place."""
    rows = await _rows(db, source, parameters, place)
    has_more = len(rows) > PAGE_SIZE
    rows = rows[:PAGE_SIZE]
    if place.direction == "newer":
        if not has_more:
            return await listing(db, source, parameters, Place())
        rows.reverse()
    is_first = place.cursor is None
    if not rows:
        return Listing((), is_first=is_first)
    first, last = (Cursor(row["published_at"], row["id"]) for row in (rows[0], rows[-1]))
    return Listing(
        tuple(row["id"] for row in rows),
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


async def _rows(db: Any, source: Source, parameters: Mapping[str, Any], place: Place) -> list[Any]:
    cursor = place.cursor
    bound = {
        **parameters,
        "cursor_at": cursor.published_at if cursor else None,
        "cursor_id": cursor.article_id if cursor else None,
    }
    rows: list[Any] = []
    for query in page_queries(source, place):
        bound["limit"] = PAGE_SIZE + 1 - len(rows)
        rows += (await db.execute(query, bound)).rows
        if len(rows) > PAGE_SIZE:
            break
    return rows


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
