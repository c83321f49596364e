"""What the pages ask of the archive. Everything is read, every value is bound.

`db` is a Datasette database: its `execute` runs in a thread, read-only, under the time limit.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from serve import wording


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
    duplicate_of: int | None = None


def _in(ids: Sequence[int]) -> str:
    return f"({', '.join('?' * len(ids))})"


def strings_in(value: str) -> list[str]:
    """The strings of a stored JSON array, whatever else it may hold."""
    try:
        items = json.loads(value)
    except ValueError:
        return []
    return [item for item in items if isinstance(item, str)] if isinstance(items, list) else []


async def cards(db: Any, ids: Sequence[int], with_links: bool) -> list[Card]:
    """The cards of these articles, in this order. Tags are linked if their tables may be seen."""
    if not ids:
        return []
    found = await db.execute(
        "select id, title, site, published_at, language, summary, description, "
        "substr(text, 1, 600) as beginning, word_count, is_paywalled, tags, duplicate_of "
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
        duplicate_of=row["duplicate_of"],
    )


def tags(value: str, links: dict[str, Name]) -> tuple[Name, ...]:
    """The tags of an article, each with its entity where it has one."""
    return tuple(links.get(name, Name(name)) for name in strings_in(value))


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


async def find_entity(db: Any, slug: str) -> Any | None:
    """The row of an entity, or None."""
    found = await db.execute(
        "select id, name, type, slug, description from entities where slug = ?", [slug]
    )
    return found.first()


@dataclass(frozen=True)
class Copy:
    """An article with the text of another: where, what it is called, the share in common."""

    id: int
    title: str
    site: str | None
    published_at: str | None
    share: float | None


#: Copies that a list names in all; an article's own page has more.
_COPIES_SHOWN = 400

COPIES = """
    select o.value as original, c.id, c.title, c.site, c.published_at, c.duplicate_share
    from json_each(?) o cross join articles c on c.duplicate_of = o.value limit ?
"""


async def copies(db: Any, ids: Sequence[int]) -> dict[int, list[Copy]]:
    """For each original, its copies, the earliest first."""
    if not ids:
        return {}
    found = await db.execute(COPIES, [json.dumps(list(ids)), _COPIES_SHOWN])
    result: dict[int, list[Copy]] = {}
    for original, *copy in found.rows:
        result.setdefault(original, []).append(Copy(*copy))
    for group in result.values():
        group.sort(key=lambda copy: (copy.published_at or "~", copy.id))
    return result


async def title_of(db: Any, article_id: int | None) -> str | None:
    """The title of an article, or None."""
    if article_id is None:
        return None
    row = (await db.execute("select title from articles where id = ?", [article_id])).first()
    return row["title"] if row else None


async def aliases(db: Any, entity_id: int) -> list[Any]:
    """The names of an entity, those that no longer hold last."""
    found = await db.execute(
        "select alias, valid_from, valid_until from aliases where entity_id = ? "
        "order by valid_until is not null, valid_until desc, id",
        [entity_id],
    )
    return list(found.rows)
