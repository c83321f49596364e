"""A site (publisher), an author, and the list of sites."""

from typing import Any
from urllib.parse import quote, urlencode

from serve import chart, queries, totals
from serve.paging import articles_where, listing, timeline
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
    db, name = visit.db, visit.named("site")
    total = await db.execute("select articles from site_totals where site = ?", [name])
    if not total.rows or not name:
        return await visit.missing("This archive holds no article of that site.")
    with_links = await visit.may_see("entities", "article_entities")
    page = await listing(db, SITE, {"site": name}, visit.place())
    authors = (await db.execute(SITE_AUTHORS, [name, LATEST])).rows
    not_taken = (await db.execute(NOT_TAKEN, [name])).rows if await visit.may_see("ledger") else []
    return await visit.page(
        "site",
        site=name,
        total=total.first()[0],
        chart=chart.draw(await totals.days(db, totals.SITE_DAYS, name)),
        names=await totals.site_names(db, name) if with_links else (),
        authors=totals.counted_authors(authors),
        not_taken=not_taken,
        cards=await queries.cards(db, page.ids, with_links),
        listing=page,
        path=f"/-/site/{quote(name, safe='')}",
        feed=urlencode({"site": name}),
        feed_name=name,
        data=f"{visit.datasette.urls.table(db.name, 'articles')}"
        "{format}?" + urlencode({"site__exact": name, "_sort_desc": "published_at"}),
    )


async def _sites(visit: Visit) -> Any:
    return await visit.page("sites", sites=await totals.all_sites(visit.db))


async def _author(visit: Visit) -> Any:
    db, name = visit.db, visit.named("author")
    total = await db.execute("select articles from author_totals where author = ?", [name])
    if not total.rows:
        return await visit.missing("No article in this archive names that author.")
    with_links = await visit.may_see("entities", "article_entities")
    page = await listing(db, AUTHOR, {"author": name}, visit.place())
    names = (await db.execute(AUTHOR_NAMES, [name, LATEST])).rows if with_links else []
    found = (await db.execute(AUTHOR_SITES, [name, LATEST])).rows
    return await visit.page(
        "author",
        author=name,
        total=total.first()[0],
        sites=[totals.Outlet(*row) for row in found if row[0]],
        names=tuple(queries.Name(*row) for row in names),
        cards=await queries.cards(db, page.ids, with_links),
        listing=page,
        path=f"/-/author/{quote(name, safe='')}",
    )
