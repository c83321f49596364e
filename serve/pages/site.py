"""A site (publisher), an author, and the list of sites."""

import sqlite3
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

from archive.choosing import authors_called, site_known
from archive.question import Question
from serve import chart, totals
from serve.pages.article import CHANGE_TABLES
from serve.paging import articles_where, listing, timeline
from serve.several import each, joined, most
from serve.unknown import unknown
from serve.visit import Visit, open_page

#: Whom a site's articles are by, and where an author's stand, is told of the latest of them.
LATEST = 300
SITE = articles_where("a.site = :site", "articles_site")
AUTHOR = timeline("article_authors", "t.author = :author")
SITE_AUTHORS = """
    select a.authors from (
        select id from articles where site = ? order by published_at desc limit ?
    ) newest join articles a on a.id = newest.id
"""
AUTHOR_SITES = """
    select a.site, count(*) from (
        select article_id from article_authors where author = ? order by published_at desc limit ?
    ) newest join articles a indexed by articles_filters on a.id = newest.article_id
    group by a.site order by 2 desc, 1 limit 12
"""
TOTAL_OF_SITE = "select articles from site_totals where site = ?"
TOTAL_OF_AUTHOR = "select articles from author_totals where author = ?"
_SITES_SHOWN, _NAMES_SHOWN, _REASONS_SHOWN = 12, 14, 12
AUTHOR_NAMES = """
    select e.name, e.type, e.slug, count(*) as articles from (
        select article_id from article_authors where author = ? order by published_at desc limit ?
    ) newest
    join article_entities ae on ae.article_id = newest.article_id
    join entities e on e.id = ae.entity_id
    group by e.id order by articles desc, e.name limit 14
"""
NOT_TAKEN = """
    select state, reason, entries from ledger_totals
    where site = ? and state in ('failed', 'skipped') order by entries desc limit 12
"""


async def site(request: Any, datasette: Any) -> Any:
    """One site."""
    return await open_page(request, datasette, ("articles",), _site)


async def sites(request: Any, datasette: Any) -> Any:
    """The sites with most articles."""
    return await open_page(request, datasette, ("articles",), _sites)


async def author(request: Any, datasette: Any) -> Any:
    """One author."""
    return await open_page(request, datasette, ("articles",), _author)


async def _site(visit: Visit) -> Any:
    name = visit.named("site")
    holders, total = await _counted(visit, TOTAL_OF_SITE, name)
    if not holders or not name:
        known = await _first(visit, lambda connection: site_known(connection, name))
        if known:
            return visit.elsewhere(f"/-/site/{quote(known, safe='')}")
        near = await _near(visit, Question(site=name))
        return await visit.missing("This archive holds no article of that site.", near)
    with_links = await visit.may_see("entities", "article_entities")
    page = await listing([(db, {"site": name}) for db in holders], SITE, visit.place())
    authors = await each(holders, lambda db: db.execute(SITE_AUTHORS, [name, LATEST]))
    return await visit.page(
        "site",
        site=name,
        called=(await totals.called(holders, [totals.Outlet(name, total)]))[0].name,
        total=total,
        chart=chart.draw(await totals.site_days(holders, name)),
        names=await totals.site_names(holders, name) if with_links else (),
        authors=totals.counted_authors(joined(answer.rows for answer in authors)),
        not_taken=await _not_taken(visit, name) if await visit.may_see("ledger") else [],
        cards=await visit.cards(page.keys, with_links),
        listing=page,
        path=f"/-/site/{quote(name, safe='')}",
        feed=urlencode({"site": name}),
        sees_changes=await visit.may_see(*CHANGE_TABLES),
        feed_name=name,
        data=[
            (
                visit.name_of(db),
                None,
                f"{visit.datasette.urls.table(db.name, 'articles')}"
                "{format}?" + urlencode({"site__exact": name, "_sort_desc": "published_at"}),
            )
            for db in holders
        ],
    )


async def _counted(visit: Visit, query: str, name: str) -> tuple[list[Any], int]:
    """The archives that have articles under a name, and how many articles they have in all."""
    found = await each(visit.dbs, lambda db: db.execute(query, [name]))
    counts = {
        db: answer.first()[0] for db, answer in zip(visit.dbs, found, strict=True) if answer.rows
    }
    return list(counts), sum(counts.values())


async def _near(visit: Visit, asked: Question) -> dict[str, str]:
    """The names that are near to a site or an author that is not known, each with its page."""
    found = await unknown(visit, asked)
    return {name: f"/-/{one.filter}/{quote(name, safe='')}" for one in found for name in one.near}


async def _first(visit: Visit, ask: Callable[[sqlite3.Connection], Any]) -> Any:
    """What the first archive that has an answer says; None if none has."""
    for db in visit.dbs:
        if found := await visit.read(ask, db):
            return found
    return None


async def _not_taken(visit: Visit, name: str) -> list[tuple[str, int]]:
    """How many addresses of a site gave no article, by reason, or by state where none is told."""
    found = await each(visit.dbs, lambda db: db.execute(NOT_TAKEN, [name]))
    rows = [
        [(reason or state, entries) for state, reason, entries in answer.rows] for answer in found
    ]
    return most(rows, _REASONS_SHOWN)


async def _sites(visit: Visit) -> Any:
    return await visit.page(
        "sites",
        sites=await totals.called(visit.dbs, await totals.all_sites(visit.dbs)),
    )


async def _author(visit: Visit) -> Any:
    name = visit.named("author")
    holders, total = await _counted(visit, TOTAL_OF_AUTHOR, name)
    if not holders:
        known = await _first(visit, lambda connection: authors_called(connection, name))
        if known:
            return visit.elsewhere(f"/-/author/{quote(known[0], safe='')}")
        near = await _near(visit, Question(author=name))
        return await visit.missing("No article in this archive names that author.", near)
    with_links = await visit.may_see("entities", "article_entities")
    page = await listing([(db, {"author": name}) for db in holders], AUTHOR, visit.place())
    sites = await each(holders, lambda db: db.execute(AUTHOR_SITES, [name, LATEST]))
    known = await each(
        holders if with_links else [], lambda db: db.execute(AUTHOR_NAMES, [name, LATEST])
    )
    return await visit.page(
        "author",
        author=name,
        total=total,
        sites=await totals.called(
            holders, [one for one in totals.outlets(sites, _SITES_SHOWN) if one.site]
        ),
        names=totals.names(known, _NAMES_SHOWN),
        cards=await visit.cards(page.keys, with_links),
        listing=page,
        path=f"/-/author/{quote(name, safe='')}",
        feed=urlencode({"author": name}),
        feed_name=name,
    )
