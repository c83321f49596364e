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


async def listing(db: Any, source: str, parameters: Mapping[str, Any], place: Place) -> Listing:
    """The page of articles at a place.

    Args:
        source: what to choose from, as SQL: tables with `articles a` among them, and a where
            clause that another condition may follow.
    """
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


async def _rows(db: Any, source: str, parameters: Mapping[str, Any], place: Place) -> list[Any]:
    order = "desc" if place.direction == "older" else "asc"
    cursor = place.cursor
    bound = {
        **parameters,
        "cursor_at": cursor.published_at if cursor else None,
        "cursor_id": cursor.article_id if cursor else None,
    }
    rows: list[Any] = []
    # Dated and undated are asked for one after the other: each is then a range of the index.
    for condition in _conditions(place):
        bound["limit"] = PAGE_SIZE + 1 - len(rows)
        found = await db.execute(
            f"select a.id as id, a.published_at as published_at {source} and {condition} "
            f"order by a.published_at {order}, a.id {order} limit :limit",
            bound,
        )
        rows += found.rows
        if len(rows) > PAGE_SIZE:
            break
    return rows


def _conditions(place: Place) -> Sequence[str]:
    dated, undated = "a.published_at is not null", "a.published_at is null"
    if place.cursor is None:
        return (dated, undated)
    is_dated = place.cursor.published_at is not None
    if place.direction == "older":
        if is_dated:
            return ("(a.published_at, a.id) < (:cursor_at, :cursor_id)", undated)
        return (f"{undated} and a.id < :cursor_id",)
    if is_dated:
        return ("(a.published_at, a.id) > (:cursor_at, :cursor_id)",)
    return (f"{undated} and a.id > :cursor_id", dated)
