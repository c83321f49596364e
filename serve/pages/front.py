"""The front page: the latest articles by day, copies under their originals, who is in the news."""

from itertools import groupby
from typing import Any

from datasette.utils.asgi import Forbidden
from datasette.views.index import IndexView

from serve import queries, wording
from serve.news import in_the_news, rising
from serve.paging import articles_where, listing
from serve.visit import Visit, answer, visit_of

#: The articles that are nobody's copy.
ORIGINALS = articles_where("a.duplicate_of is null", "articles_originals")


async def front(request: Any, datasette: Any) -> Any:
    """The latest articles; Datasette's own index for those who may not read any."""
    try:
        visit = await visit_of(request, datasette, ("articles",))
    except Forbidden:
        visit = None
    if visit is None:
        return await databases_index(request, datasette)
    return await answer(visit, _front)


async def databases_index(request: Any, datasette: Any) -> Any:
    """Datasette's own front page, which ours stands in front of."""
    request.scope["url_route"]["kwargs"].setdefault("format", None)
    return await IndexView(datasette).dispatch_request(request)


async def _front(visit: Visit) -> Any:
    with_links = await visit.may_see("entities", "article_entities")
    page = await listing([(db, {}) for db in visit.dbs], ORIGINALS, visit.place())
    cards = await visit.cards(page.keys, with_links)
    return await visit.page(
        "front",
        days=_by_day(cards),
        copies=await queries.copies(page.keys, visit.are_several),
        news=await in_the_news(visit.dbs) if with_links else None,
        rising=await rising(visit.dbs) if with_links and page.is_first else (),
        listing=page,
        path="/",
        is_first=page.is_first,
    )


def _by_day(cards: list[queries.Card]) -> list[tuple[str, list[queries.Card]]]:
    grouped = groupby(cards, key=lambda card: wording.weekday(card.published_at))
    return [(day, list(of_day)) for day, of_day in grouped]
