"""What the pages ask of the archives. Everything is read, every value is bound.

`db` is a Datasette database: its `execute` runs in a thread, read-only, under the time limit. An
article is a key, (db, id), where it may be of any of several archives.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from serve import wording
from serve.paging import Key
from serve.several import each


@dataclass(frozen=True)
class Name:
    """An entity as lists show it. Without a slug there is no page to link."""

    name: str
    type: str = "other"
    slug: str | None = None
    count: int = 0


@dataclass(frozen=True)
class Card:
    """An article as lists show it; archive is the name of its own where there are several."""

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
    archive: str | None = None
    site_name: str | None = None


#: The dek of an article `a`: one line that stands under its title.
DEK = "(select text from summaries where article_id = a.id and kind = 'dek' and is_current)"


def _in(ids: Sequence[int]) -> str:
    return f"({', '.join('?' * len(ids))})"


def strings_in(value: str) -> list[str]:
    """The strings of a stored JSON array, whatever else it may hold."""
    try:
        items = json.loads(value)
    except ValueError:
        return []
    return [item for item in items if isinstance(item, str)] if isinstance(items, list) else []


async def cards(keys: Sequence[Key], with_links: bool, are_several: bool = False) -> list[Card]:
    """The cards of these articles, in this order. Tags are linked if their tables may be seen."""
    ids = by_archive(keys)
    made = await each(
        list(ids), lambda db: _cards(db, ids[db], with_links, db.name if are_several else None)
    )
    found = {(db, card.id): card for db, some in zip(ids, made, strict=True) for card in some}
    return [found[key] for key in keys if key in found]


def by_archive(keys: Sequence[Key]) -> dict[Any, list[int]]:
    """The ids of articles by their archive."""
    ids: dict[Any, list[int]] = {}
    for db, number in keys:
        ids.setdefault(db, []).append(number)
    return ids


async def _cards(db: Any, ids: Sequence[int], with_links: bool, archive: str | None) -> list[Card]:
    found = await db.execute(
        f"select id, title, site, site_name, published_at, language, {DEK} as dek, summary, description, "
        "substr(text, 1, 600) as beginning, word_count, is_paywalled, tags, duplicate_of "
        f"from articles a where id in {_in(ids)}",
        list(ids),
    )
    links = await tag_links(db, ids) if with_links else {}
    return [_card(row, links.get(row["id"], {}), archive) for row in found.rows]


def _card(row: Any, links: dict[str, Name], archive: str | None) -> Card:
    return Card(
        id=row["id"],
        title=row["title"],
        site=row["site"],
        published_at=row["published_at"],
        language=row["language"],
        blurb=blurb(row),
        word_count=row["word_count"],
        is_paywalled=bool(row["is_paywalled"]),
        tags=tags(row["tags"], links),
        duplicate_of=row["duplicate_of"],
        archive=archive,
        site_name=row["site_name"],
    )


def blurb(row: Any) -> str:
    """What stands under a title in a list, from dek, summary, description and beginning."""
    told: str = row["dek"] or row["summary"] or row["description"]
    return told or wording.excerpt(row["beginning"])


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


async def entities_named(dbs: Sequence[Any], words: str) -> tuple[Name, ...]:
    """The entities that go by exactly this name or alias, whatever the case."""
    found = await each(
        dbs, lambda db: db.execute(ENTITIES_NAMED, {"words": words.strip().strip('"')})
    )
    return tuple(dict.fromkeys(Name(*row) for answer in found for row in answer.rows))


ENTITIES_NAMED = """
        select name, type, slug from entities
        where merged_into is null and id in (select entity_id from entity_totals) and (
            name = :words collate nocase or id in (
                select coalesce(e.merged_into, e.id) from aliases a
                join entities e on e.id = a.entity_id where a.alias = :words collate nocase
            )
        )
        order by name limit 5
"""


async def find_entity(dbs: Sequence[Any], slug: str) -> list[tuple[Any, Any]]:
    """The archives that know an entity, each with its row there, or that of the one which it is by now."""
    found = await each(dbs, lambda db: db.execute(FIND_ENTITY, [slug]))
    return [(db, answer.first()) for db, answer in zip(dbs, found, strict=True) if answer.rows]


#: One that was split off another until that was undone, and that no article names, is that other again.
FIND_ENTITY = """
    select e.id, e.name, e.type, e.slug, e.description
    from (
        select coalesce(
            asked.merged_into,
            (
                select d.entity_id from decisions d
                where d.target_id = asked.id and d.kind = 'split' and asked.description is null
                  and asked.id not in (select entity_id from entity_totals)
                  and not exists (
                      select 1 from decisions s where s.undone_at is null
                      and (s.target_id = asked.id or s.entity_id = asked.id)
                  )
                order by d.id desc limit 1
            ),
            asked.id
        ) as id
        from entities asked where asked.slug = ?
    ) led
    join entities one on one.id = led.id
    join entities e on e.id = coalesce(one.merged_into, one.id)
"""


@dataclass(frozen=True)
class Copy:
    """An article with the text of another: where, what it is called, the share in common.

    others: how many more copies the same site has, all later ones.
    """

    id: int
    title: str
    site: str | None
    site_name: str | None
    published_at: str | None
    share: float | None
    others: int = 0


#: Copies that a list names in all; an article's own page has more.
_COPIES_SHOWN = 400

COPIES = """
    select o.value as original, c.id, c.title, c.site, c.site_name, c.published_at, c.duplicate_share
    from json_each(?) o cross join articles c on c.duplicate_of = o.value limit ?
"""


async def copies(
    keys: Sequence[Key], are_several: bool
) -> dict[tuple[str | None, int], list[Copy]]:
    """For each original, by the archive and id that its card has, the first copy of each site, the earliest first."""
    ids = by_archive(keys)
    found = await each(
        list(ids), lambda db: db.execute(COPIES, [json.dumps(ids[db]), _COPIES_SHOWN])
    )
    result: dict[tuple[str | None, int], list[Copy]] = {}
    for db, answer in zip(ids, found, strict=True):
        for original, *copy in answer.rows:
            key = (db.name if are_several else None, original)
            result.setdefault(key, []).append(Copy(*copy))
    return {key: _first_of_sites(group) for key, group in result.items()}


def _first_of_sites(copies: list[Copy]) -> list[Copy]:
    copies.sort(key=lambda copy: (copy.published_at or "~", copy.id))
    by_site: dict[str | None, list[Copy]] = {}
    for copy in copies:
        by_site.setdefault(copy.site, []).append(copy)
    return [replace(group[0], others=len(group) - 1) for group in by_site.values()]


async def title_of(db: Any, article_id: int | None) -> str | None:
    """The title of an article, or None."""
    if article_id is None:
        return None
    row = (await db.execute("select title from articles where id = ?", [article_id])).first()
    return row["title"] if row else None


async def aliases(db: Any, entity_id: int) -> list[tuple[str, str | None, str | None]]:
    """The names of an entity and of those merged into it, those that no longer hold last."""
    found = await db.execute(
        "select alias, valid_from, valid_until from aliases where entity_id in "
        "(select :id union all select id from entities where merged_into = :id) "
        "order by valid_until is not null, valid_until desc, entity_id <> :id, id",
        {"id": entity_id},
    )
    return list(dict.fromkeys(tuple(row) for row in found.rows))
