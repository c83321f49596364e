"""Counts and rankings that stand ready in the archive: each is one range of an index, whatever its size."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from serve import queries
from serve.queries import Name
from serve.several import each, most, summed

#: An archive that knows an entity, and its row there.
Holder = tuple[Any, Any]

#: Company is looked for in at most this many of an entity's articles, the latest.
LATEST_FOR_COMPANY = 500
_NAMES_SHOWN = 14
_SITES_SHOWN = 12
_INDEX_SHOWN = 200


@dataclass(frozen=True)
class Outlet:
    """A site with a number of articles; name: what its latest article says it is called."""

    site: str
    count: int
    name: str | None = None


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
SITE_CALLED = """
    select s.value, (select site_name from articles where site = s.value order by published_at desc limit 1)
    from json_each(?) s
"""
ALL_NAMES = """
    select e.name, e.type, e.slug, t.articles from (
        select entity_id, articles from entity_totals order by articles desc limit ?
    ) t join entities e on e.id = t.entity_id order by t.articles desc, e.name
"""


async def entity_total(holders: Sequence[Holder]) -> Total:
    """How much there is about an entity, and between which dates."""
    parts = await each(holders, _entity_total)
    dates = [day for part in parts for day in (part.first, part.last) if day]
    return Total(
        sum(part.articles for part in parts),
        sum(part.mentions for part in parts),
        min(dates, default=None),
        max(dates, default=None),
    )


async def _entity_total(holder: Holder) -> Total:
    db, entity = holder
    counts = (await db.execute(ENTITY_TOTAL, [entity["id"]])).first()
    first, last = (await db.execute(ENTITY_ENDS, {"entity": entity["id"]})).first()
    return Total(counts[0], counts[1], first or None, last or None) if counts else Total()


async def entity_days(holders: Sequence[Holder]) -> list[tuple[str, int]]:
    """(ISO day, mentions) for each day with any."""
    found = await each(holders, lambda one: one[0].execute(ENTITY_DAYS, [one[1]["id"]]))
    return _days(found)


async def site_days(dbs: Sequence[Any], site: str) -> list[tuple[str, int]]:
    """(ISO day, articles) for each day with any."""
    return _days(await each(dbs, lambda db: db.execute(SITE_DAYS, [site])))


def _days(found: Sequence[Any]) -> list[tuple[str, int]]:
    return list(summed((day, count) for answer in found for day, count in answer.rows).items())


async def company(holders: Sequence[Holder]) -> tuple[Name, ...]:
    """The entities most often in the same articles, with the number of those articles."""
    bound = {"latest": LATEST_FOR_COMPANY, "names": _looked_at(holders, _NAMES_SHOWN)}
    found = await each(
        holders, lambda one: one[0].execute(COMPANY, {"entity": one[1]["id"], **bound})
    )
    return names(found, _NAMES_SHOWN)


async def entity_sites(holders: Sequence[Holder], limit: int = _SITES_SHOWN) -> list[Outlet]:
    """The sites that write most about an entity."""
    looked_at = _looked_at(holders, limit)
    found = await each(holders, lambda one: one[0].execute(ENTITY_SITES, [one[1]["id"], looked_at]))
    return await called([db for db, _ in holders], outlets(found, limit))


async def called(dbs: Sequence[Any], sites: Sequence[Outlet]) -> list[Outlet]:
    """The same sites, each with the name that it goes by."""
    hosts = json.dumps([one.site for one in sites if one.site])
    found = await each(dbs, lambda db: db.execute(SITE_CALLED, [hosts]))
    known = {site: name for answer in reversed(found) for site, name in answer.rows if name}
    return [replace(one, name=known.get(one.site)) for one in sites]


async def site_names(dbs: Sequence[Any], site: str) -> tuple[Name, ...]:
    """The entities that a site writes most about."""
    looked_at = _looked_at(dbs, _NAMES_SHOWN)
    found = await each(dbs, lambda db: db.execute(SITE_NAMES, [site, looked_at]))
    return names(found, _NAMES_SHOWN)


async def all_sites(dbs: Sequence[Any]) -> list[Outlet]:
    """The sites with most articles."""
    return outlets(await each(dbs, lambda db: db.execute(ALL_SITES, [_INDEX_SHOWN])), _INDEX_SHOWN)


async def all_names(dbs: Sequence[Any]) -> tuple[Name, ...]:
    """The entities in most articles."""
    return names(await each(dbs, lambda db: db.execute(ALL_NAMES, [_INDEX_SHOWN])), _INDEX_SHOWN)


def _looked_at(several: Sequence[Any], shown: int) -> int:
    """So many leaders of each archive are added up: who leads in all need not lead in one."""
    return shown if len(several) == 1 else 5 * shown


def names(found: Sequence[Any], limit: int) -> tuple[Name, ...]:
    """The leading entities of rows (name, type, slug, count), those of several archives added up."""
    lists = [
        [((name, kind, slug), count) for name, kind, slug, count in answer.rows] for answer in found
    ]
    return tuple(Name(name, kind, slug, count) for (name, kind, slug), count in most(lists, limit))


def outlets(found: Sequence[Any], limit: int) -> list[Outlet]:
    """The leading sites of rows (site, count), those of several archives added up."""
    lists = [[(site, count) for site, count in answer.rows] for answer in found]
    return [Outlet(site, count) for site, count in most(lists, limit)]


def counted_authors(rows: list[Any]) -> list[Outlet]:
    """The authors most often named in some rows of `articles.authors`."""
    found = Counter(name for row in rows for name in queries.strings_in(row["authors"]))
    return [Outlet(*pair) for pair in found.most_common(_SITES_SHOWN)]
