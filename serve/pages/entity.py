"""An entity: its names, how often it is in the news, with whom, where; and who covers it."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from serve import chart, queries, totals, wording
from serve.coverage import coverage as covered
from serve.paging import listing, timeline
from serve.several import each, joined
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
    holders = await queries.find_entity(visit.dbs, visit.named("slug"))
    if not holders:
        return await visit.missing(_MISSING)
    if moved := _moved(visit, holders):
        return visit.elsewhere(f"/-/entity/{moved}")
    shelves = [(db, {"entity_id": entity["id"]}) for db, entity in holders]
    page = await listing(shelves, TIMELINE, visit.place())
    row = _best(holders)
    return await visit.page(
        "entity",
        entity=row,
        total=await totals.entity_total(holders),
        aliases=await _aliases(holders, row["name"]) if await visit.may_see("aliases") else [],
        chart=chart.draw(await totals.entity_days(holders)),
        company=await totals.company(holders),
        sites=await totals.entity_sites(holders),
        cards=await visit.cards(page.keys, with_links=True),
        listing=page,
        path=f"/-/entity/{row['slug']}",
        feed=urlencode({"entity": row["slug"]}),
        feed_name=row["name"],
        data=[
            (
                visit.name_of(db),
                visit.datasette.urls.row(db.name, "entities", entity["id"]),
                f"{visit.datasette.urls.table(db.name, 'article_tags')}"
                "{format}?" + urlencode({"entity_id__exact": entity["id"]}),
            )
            for db, entity in holders
        ],
    )


def _moved(visit: Visit, holders: Sequence[totals.Holder]) -> str | None:
    """The slug under which every archive has the entity now, where it was merged into another."""
    slugs = {entity["slug"] for _, entity in holders}
    return None if visit.named("slug") in slugs else str(_best(holders)["slug"])


def _best(holders: Sequence[totals.Holder]) -> Any:
    """The first row that describes the entity, or the first."""
    rows = [row for _, row in holders]
    return next((row for row in rows if row["description"]), rows[0])


async def _aliases(holders: Sequence[totals.Holder], name: str) -> list[tuple[str, str]]:
    """The other names of an entity, each with when it held."""
    found = await each(holders, lambda one: queries.aliases(one[0], one[1]["id"]))
    known = dict.fromkeys((alias, wording.held(start, end)) for alias, start, end in joined(found))
    return [(alias, held) for alias, held in known if held or alias != name]


async def _names(visit: Visit) -> Any:
    return await visit.page("names", names=await totals.all_names(visit.dbs))


async def _coverage(visit: Visit) -> Any:
    holders = await queries.find_entity(visit.dbs, visit.named("slug"))
    if not holders:
        return await visit.missing(_MISSING)
    if moved := _moved(visit, holders):
        return visit.elsewhere(f"/-/coverage/{moved}")
    found = await covered(holders, visit.are_several)
    return await visit.page("coverage", entity=_best(holders), coverage=found)
