"""An entity: its names, how often it is in the news, with whom, where; and who covers it."""

from typing import Any
from urllib.parse import urlencode

from serve import chart, queries, totals, wording
from serve.coverage import coverage as covered
from serve.paging import listing, timeline
from serve.visit import Visit, open_page

TABLES = ("articles", "entities", "article_entities")
_MISSING = "Nobody and nothing of that name is known to this archive."
TIMELINE = timeline("entity_timeline", "t.entity_id = :entity_id")


async def entity(request: Any, datasette: Any) -> Any:
    """One entity."""
    return await open_page(request, datasette, TABLES, _entity)


async def names(request: Any, datasette: Any) -> Any:
    """The entities in most articles."""
    return await open_page(request, datasette, TABLES, _names)


async def coverage(request: Any, datasette: Any) -> Any:
    """Who wrote about an entity, and when."""
    return await open_page(request, datasette, TABLES, _coverage)


async def _entity(visit: Visit) -> Any:
    db = visit.db
    row = await queries.find_entity(db, visit.named("slug"))
    if row is None:
        return await visit.missing(_MISSING)
    page = await listing(db, TIMELINE, {"entity_id": row["id"]}, visit.place())
    aliases = await queries.aliases(db, row["id"]) if await visit.may_see("aliases") else []
    return await visit.page(
        "entity",
        entity=row,
        total=await totals.entity_total(db, row["id"]),
        aliases=[
            (alias, held)
            for alias, start, end in aliases
            if (held := wording.held(start, end)) or alias != row["name"]
        ],
        chart=chart.draw(await totals.days(db, totals.ENTITY_DAYS, row["id"])),
        company=await totals.company(db, row["id"]),
        sites=await totals.entity_sites(db, row["id"]),
        cards=await queries.cards(db, page.ids, with_links=True),
        listing=page,
        path=f"/-/entity/{row['slug']}",
        feed=urlencode({"entity": row["slug"]}),
        feed_name=row["name"],
        row_path=visit.datasette.urls.row(db.name, "entities", row["id"]),
        data=f"{visit.datasette.urls.table(db.name, 'article_tags')}"
        "{format}?" + urlencode({"entity_id__exact": row["id"]}),
    )


async def _names(visit: Visit) -> Any:
    return await visit.page("names", names=await totals.all_names(visit.db))


async def _coverage(visit: Visit) -> Any:
    row = await queries.find_entity(visit.db, visit.named("slug"))
    if row is None:
        return await visit.missing(_MISSING)
    return await visit.page("coverage", entity=row, coverage=await covered(visit.db, row["id"]))
