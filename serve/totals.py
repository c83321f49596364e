"""Counts and rankings that stand ready in the archive: each is one range of an index, whatever its size."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from serve import queries
from serve.queries import Name

#: Company is looked for in at most this many of an entity's articles, the latest.
LATEST_FOR_COMPANY = 500
_NAMES_SHOWN = 14
_SITES_SHOWN = 12
_INDEX_SHOWN = 200


@dataclass(frozen=True)
class Outlet:
    """A site with a number of articles."""

    site: str
    count: int


@dataclass(frozen=True)
class Total:
    """Articles and mentions of an entity, and the first and last date."""

    articles: int = 0
    mentions: int = 0
    first: str | None = None
    last: str | None = None


ENTITY_TOTAL = "select articles, mentions from entity_totals where entity_id = ?"
ENTITY_ENDS = """
    select (select published_at from entity_timeline
            where entity_id = :entity and published_at > '' order by published_at limit 1),
           (select published_at from entity_timeline
            where entity_id = :entity order by published_at desc limit 1)
"""
ENTITY_DAYS = "select day, mentions from entity_days where entity_id = ? and day > '' order by day"
ENTITY_SITES = """
    select site, articles from entity_site_totals where entity_id = ?
    order by articles desc, site limit ?
"""
SITE_DAYS = "select day, articles from site_days where site = ? and day > '' order by day"
SITE_NAMES = """
    select e.name, e.type, e.slug, t.articles from (
        select entity_id, articles from entity_site_totals where site = ?
        order by articles desc limit ?
    ) t join entities e on e.id = t.entity_id order by t.articles desc, e.name
"""
COMPANY = """
    select e.name, e.type, e.slug, count(*) as articles
    from (
        select article_id from entity_timeline where entity_id = :entity
        order by published_at desc limit :latest
    ) own
    join article_entities other on other.article_id = own.article_id
    join entities e on e.id = other.entity_id
    where other.entity_id <> :entity
    group by e.id order by articles desc, sum(other.mention_count) desc, e.name limit :names
"""
ALL_SITES = (
    "select site, articles from site_totals where articles > 0 order by articles desc limit ?"
)
ALL_NAMES = """
    select e.name, e.type, e.slug, t.articles from (
        select entity_id, articles from entity_totals order by articles desc limit ?
    ) t join entities e on e.id = t.entity_id order by t.articles desc, e.name
"""


async def entity_total(db: Any, entity_id: int) -> Total:
    """How much there is about an entity, and between which dates."""
    counts = (await db.execute(ENTITY_TOTAL, [entity_id])).first()
    first, last = (await db.execute(ENTITY_ENDS, {"entity": entity_id})).first()
    return Total(counts[0], counts[1], first or None, last or None) if counts else Total()


async def days(db: Any, query: str, key: Any) -> list[tuple[str, int]]:
    """(ISO day, count) for each day with any, by `ENTITY_DAYS` or `SITE_DAYS`."""
    return [(day, count) for day, count in (await db.execute(query, [key])).rows]


async def company(db: Any, entity_id: int) -> tuple[Name, ...]:
    """The entities most often in the same articles, with the number of those articles."""
    found = await db.execute(
        COMPANY, {"entity": entity_id, "latest": LATEST_FOR_COMPANY, "names": _NAMES_SHOWN}
    )
    return tuple(Name(*row) for row in found.rows)


async def entity_sites(db: Any, entity_id: int, limit: int = _SITES_SHOWN) -> list[Outlet]:
    """The sites that write most about an entity."""
    found = await db.execute(ENTITY_SITES, [entity_id, limit])
    return [Outlet(*row) for row in found.rows]


async def site_names(db: Any, site: str) -> tuple[Name, ...]:
    """The entities that a site writes most about."""
    found = await db.execute(SITE_NAMES, [site, _NAMES_SHOWN])
    return tuple(Name(*row) for row in found.rows)


async def all_sites(db: Any) -> list[Outlet]:
    """The sites with most articles."""
    return [Outlet(*row) for row in (await db.execute(ALL_SITES, [_INDEX_SHOWN])).rows]


async def all_names(db: Any) -> tuple[Name, ...]:
    """The entities in most articles."""
    return tuple(Name(*row) for row in (await db.execute(ALL_NAMES, [_INDEX_SHOWN])).rows)


def counted_authors(rows: list[Any]) -> list[Outlet]:
    """The authors most often named in some rows of `articles.authors`."""
    found = Counter(name for row in rows for name in queries.strings_in(row["authors"]))
    return [Outlet(*pair) for pair in found.most_common(_SITES_SHOWN)]
