"""What the pages ask of the archive. Everything is read, every value is bound.

`db` is a Datasette database: its `execute` runs in a thread, read-only, under the time limit.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from archive import times
from archive.records import ENTITY_TYPES, SNIPPET_MARKS
from archive.search import fts_query, search_sql
from serve import wording
from serve.marking import marked_pieces

#: "Most mentioned" is taken from at most this many of the latest articles, however many a day brings.
_LATEST_FOR_NAMES = 400
#: A day with fewer articles than this says little: the week is taken, or the month, or the year.
_FEW_ARTICLES = 5
_PERIODS = {"day": 1, "week": 7, "month": 30, "year": 365}
#: Company is looked for in at most this many of an entity's articles, the latest.
_LATEST_FOR_COMPANY = 2000
_NAMES_SHOWN = 14
_MOST_WORDS_EXPLAINED = 6


@dataclass(frozen=True)
class Name:
    """An entity as lists show it. Without a slug there is no page to link."""

    name: str
    type: str = "other"
    slug: str | None = None
    count: int = 0


@dataclass(frozen=True)
class Card:
    """An article as lists show it."""

    id: int
    title: str
    site: str | None
    published_at: str | None
    language: str | None
    blurb: str
    word_count: int
    is_paywalled: bool
    tags: tuple[Name, ...] = ()


@dataclass(frozen=True)
class InTheNews:
    """The entities most mentioned lately: in the last day, week, month or year of the archive."""

    unit: str
    period: str
    names: tuple[Name, ...]

    @property
    def types(self) -> list[str]:
        """The types among the names, for the key to their colours."""
        present = {name.type for name in self.names}
        return [kind for kind in ENTITY_TYPES if kind in present]


@dataclass(frozen=True)
class Hit:
    """A card with the found words marked: (text, is_found) pieces."""

    card: Card
    title: list[tuple[str, bool]]
    snippet: list[tuple[str, bool]]


@dataclass(frozen=True)
class WordCount:
    """How many articles hold one word of a search that found nothing."""

    word: str
    count: int


def _in(ids: Sequence[int]) -> str:
    return f"({', '.join('?' * len(ids))})"


def _names_in(value: str) -> list[str]:
    """The strings of a stored JSON array, whatever else it may hold."""
    try:
        items = json.loads(value)
    except ValueError:
        return []
    return [item for item in items if isinstance(item, str)] if isinstance(items, list) else []


authors_in = _names_in


async def cards(db: Any, ids: Sequence[int], with_links: bool) -> list[Card]:
    """The cards of these articles, in this order. Tags are linked if their tables may be seen."""
    if not ids:
        return []
    found = await db.execute(
        "select id, title, site, published_at, language, summary, description, "
        "substr(text, 1, 600) as beginning, word_count, is_paywalled, tags "
        f"from articles where id in {_in(ids)}",
        list(ids),
    )
    rows = {row["id"]: row for row in found.rows}
    links = await tag_links(db, ids) if with_links else {}
    return [_card(rows[number], links.get(number, {})) for number in ids if number in rows]


def _card(row: Any, links: dict[str, Name]) -> Card:
    blurb = row["summary"] or row["description"] or wording.excerpt(row["beginning"])
    return Card(
        id=row["id"],
        title=row["title"],
        site=row["site"],
        published_at=row["published_at"],
        language=row["language"],
        blurb=blurb,
        word_count=row["word_count"],
        is_paywalled=bool(row["is_paywalled"]),
        tags=tags(row["tags"], links),
    )


def tags(value: str, links: dict[str, Name]) -> tuple[Name, ...]:
    """The tags of an article, each with its entity where it has one."""
    return tuple(links.get(name, Name(name)) for name in _names_in(value))


async def tag_links(db: Any, ids: Sequence[int]) -> dict[int, dict[str, Name]]:
    """For each article, its entities by name; of two that share a name, the more salient."""
    found = await db.execute(
        "select ae.article_id, e.name, e.type, e.slug, ae.mention_count "
        "from article_entities ae join entities e on e.id = ae.entity_id "
        f"where ae.article_id in {_in(ids)} order by ae.salience",
        list(ids),
    )
    links: dict[int, dict[str, Name]] = {}
    for article_id, name, kind, slug, count in found.rows:
        links.setdefault(article_id, {})[name] = Name(name, kind, slug, count)
    return links


async def in_the_news(db: Any) -> InTheNews | None:
    """The names of the last day, or of a longer time where a day is too thin.

    Counted from the newest article, not from the clock: an archive of 2024 has news too.
    """
    newest = (await db.execute("select max(published_at) from articles")).first()[0]
    end = wording.parse(newest)
    if end is None:
        return None
    for unit, days in _PERIODS.items():
        try:
            start = times.to_text(end - timedelta(days=days))
        except OverflowError:
            return None
        window = {"start": start, "end": newest, "latest": _LATEST_FOR_NAMES}
        if unit == "year" or await _articles_in(db, window) >= _FEW_ARTICLES:
            names = await _most_mentioned(db, window)
            return InTheNews(unit, wording.period(end, days), names) if names else None
    return None


_WINDOW = (
    "select id from articles where published_at > :start and published_at <= :end "
    "order by published_at desc limit :latest"
)


async def _articles_in(db: Any, window: dict[str, Any]) -> int:
    return int((await db.execute(f"select count(*) from ({_WINDOW})", window)).first()[0])


async def _most_mentioned(db: Any, window: dict[str, Any]) -> tuple[Name, ...]:
    found = await db.execute(
        f"""
        select e.name, e.type, e.slug, sum(ae.mention_count) as mentions
        from ({_WINDOW}) recent
        join article_entities ae on ae.article_id = recent.id
        join entities e on e.id = ae.entity_id
        group by e.id order by mentions desc, count(*) desc, e.name limit :names
        """,
        {**window, "names": _NAMES_SHOWN},
    )
    return tuple(Name(*row) for row in found.rows)


async def find_entity(db: Any, slug: str) -> Any | None:
    """The row of an entity, or None."""
    found = await db.execute(
        "select id, name, type, slug, description from entities where slug = ?", [slug]
    )
    return found.first()


async def aliases(db: Any, entity_id: int) -> list[Any]:
    """The names of an entity, those that no longer hold last."""
    found = await db.execute(
        "select alias, valid_from, valid_until from aliases where entity_id = ? "
        "order by valid_until is not null, valid_until desc, id",
        [entity_id],
    )
    return list(found.rows)


async def mentions_by_day(db: Any, entity_id: int) -> list[tuple[str, int]]:
    """(ISO day, mentions) for each day with any."""
    found = await db.execute(
        """
        select date(a.published_at) as day, sum(ae.mention_count)
        from article_entities ae join articles a on a.id = ae.article_id
        where ae.entity_id = ? and day is not null
        group by day order by day
        """,
        [entity_id],
    )
    return [(day, count) for day, count in found.rows]


async def company(db: Any, entity_id: int) -> tuple[Name, ...]:
    """The entities most often in the same articles, with the number of those articles."""
    found = await db.execute(
        """
        select e.name, e.type, e.slug, count(*) as articles
        from (
            select article_id from article_entities where entity_id = :entity
            order by article_id desc limit :latest
        ) own
        join article_entities other on other.article_id = own.article_id
        join entities e on e.id = other.entity_id
        where other.entity_id <> :entity
        group by e.id order by articles desc, sum(other.mention_count) desc, e.name limit :names
        """,
        {"entity": entity_id, "latest": _LATEST_FOR_COMPANY, "names": _NAMES_SHOWN},
    )
    return tuple(Name(*row) for row in found.rows)


async def count_hits(db: Any, query: str) -> int:
    """How many articles an FTS5 query finds."""
    sql = "select count(*) from articles_fts where articles_fts match ?"
    return int((await db.execute(sql, [query])).first()[0])


async def hits(db: Any, query: str, limit: int, offset: int, with_links: bool) -> list[Hit]:
    """A page of results, best first, in the order of `archive.search.search`."""
    start_mark, end_mark = SNIPPET_MARKS
    marks = {"start_mark": start_mark, "end_mark": end_mark}
    found = await db.execute(
        search_sql(), {"query": query, "limit": limit, "offset": offset, **marks}
    )
    ids = [row["id"] for row in found.rows]
    snippets = {row["id"]: marked_pieces(row["snippet"], *SNIPPET_MARKS) for row in found.rows}
    marked = await _marked_titles(db, query, ids)
    result = []
    for card in await cards(db, ids, with_links):
        title, text = marked[card.id]
        snippet = snippets[card.id]
        # A snippet out of the title would say it twice.
        is_title = "".join(piece for piece, _ in snippet).strip("…") in card.title
        result.append(Hit(card, title, text if is_title else snippet))
    return result


async def _marked_titles(
    db: Any, query: str, ids: Sequence[int]
) -> dict[int, tuple[list[tuple[str, bool]], list[tuple[str, bool]]]]:
    if not ids:
        return {}
    start_mark, end_mark = SNIPPET_MARKS
    found = await db.execute(
        f"""
        select rowid, highlight(articles_fts, 0, ?, ?) as title,
               snippet(articles_fts, 2, ?, ?, '…', 32) as text
        from articles_fts where articles_fts match ? and rowid in {_in(ids)}
        """,
        [start_mark, end_mark, start_mark, end_mark, query, *ids],
    )
    return {
        row["rowid"]: (
            marked_pieces(row["title"], *SNIPPET_MARKS),
            marked_pieces(row["text"], *SNIPPET_MARKS),
        )
        for row in found.rows
    }


async def entities_named(db: Any, words: str) -> tuple[Name, ...]:
    """The entities that go by exactly this name or alias, whatever the case."""
    found = await db.execute(
        """
        select name, type, slug from entities
        where name = :words collate nocase or id in (
            select entity_id from aliases where alias = :words collate nocase
        )
        order by name limit 5
        """,
        {"words": words.strip().strip('"')},
    )
    return tuple(Name(*row) for row in found.rows)


async def word_counts(db: Any, words: str) -> list[WordCount]:
    """How often each word of a search would be found by itself."""
    separate = list(dict.fromkeys(words.replace('"', " ").split()))
    if len(separate) < 2:
        return []
    return [
        WordCount(word, await count_hits(db, fts_query(word)))
        for word in separate[:_MOST_WORDS_EXPLAINED]
        if fts_query(word)
    ]
