"""The pages. Each checks Datasette's permissions first and reads only."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from datasette.database import QueryInterrupted
from datasette.utils.asgi import NotFound, Response
from datasette.views.index import IndexView

from archive.search import fts_query
from serve import chart, queries, reading, wording
from serve.archives import find_archive, may_see, permissions
from serve.paging import Cursor, Place, listing

#: Results on a page of a search, and the last page that is given.
_HITS = 20
_LAST_PAGE = 50
#: A longer question than this is cut: nobody types it, and FTS5 has a limit of its own.
_QUESTION_CHARACTERS = 300

_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}


class WrongAddress(Exception):
    """A parameter of the address cannot be understood."""


@dataclass(frozen=True)
class Visit:
    """One request for one page of the reader."""

    datasette: Any
    request: Any
    db: Any

    async def may_see(self, *tables: str) -> bool:
        """True if whoever asks may see these tables too."""
        return await may_see(self.datasette, self.request.actor, self.db, *tables)

    def place(self) -> Place:
        """Which page of a list is asked for.

        Raises:
            WrongAddress: the cursor is none of ours.
        """
        before, after = self.request.args.get("before"), self.request.args.get("after")
        text = before or after
        if not text:
            return Place()
        cursor = Cursor.parse(text)
        if cursor is None:
            raise WrongAddress("That page of the list does not exist.")
        return Place(cursor, "older" if before else "newer")

    async def page(self, template: str, status: int = 200, **context: Any) -> Any:
        """A page of ours, with its headers."""
        html = await self.datasette.render_template(
            f"newsarchive/{template}.html",
            {
                "database": self.db.name,
                "reader": wording,
                "nameplate": self.datasette.metadata("title") or "newsarchive",
                "stylesheet": self._stylesheet(),
                "question": "",
                **context,
            },
            request=self.request,
            view_name="newsarchive",
        )
        return Response.html(html, status=status, headers=dict(_HEADERS))

    async def missing(self, what: str) -> Any:
        """The page for what is not there."""
        return await self.page("message", 404, title="Not found", message=what)

    def _stylesheet(self) -> str:
        path = self.datasette.urls.static_plugins("newsarchive", "newsarchive.css")
        return f"{path}?{_stylesheet_version()}"


@cache
def _stylesheet_version() -> str:
    css = Path(__file__).with_name("static") / "newsarchive.css"
    return hashlib.sha256(css.read_bytes()).hexdigest()[:8]


async def _visit(
    request: Any, datasette: Any, db: Any, show: Callable[[Visit], Awaitable[Any]]
) -> Any:
    """Show a page, or say politely why not."""
    if request.method not in ("GET", "HEAD"):
        return Response.text("Method not allowed", status=405, headers={"allow": "GET, HEAD"})
    visit = Visit(datasette, request, db)
    try:
        response = await show(visit)
    except WrongAddress as error:
        response = await visit.page("message", 400, title="Not an address", message=str(error))
    except QueryInterrupted:
        response = await visit.page(
            "message",
            503,
            title="That took too long",
            message="The archive could not answer within its time limit. Ask for less, or try again.",
        )
    if request.method == "HEAD":
        response.body = ""
    return response


async def _open(
    request: Any, datasette: Any, tables: tuple[str, ...], show: Callable[[Visit], Awaitable[Any]]
) -> Any:
    db = await find_archive(datasette)
    if db is None:
        raise NotFound("No news archive is attached")
    for table in tables:
        await datasette.ensure_permissions(request.actor, permissions(db, table))
    return await _visit(request, datasette, db, show)


async def front(request: Any, datasette: Any) -> Any:
    """The latest articles; Datasette's own index for those who may not read any."""
    db = await find_archive(datasette)
    if db is None or not await may_see(datasette, request.actor, db, "articles"):
        return await _index(request, datasette)
    return await _visit(request, datasette, db, _front)


async def databases_index(request: Any, datasette: Any) -> Any:
    """Datasette's own front page, which ours stands in front of."""
    return await _index(request, datasette)


async def _index(request: Any, datasette: Any) -> Any:
    request.scope["url_route"]["kwargs"].setdefault("format", None)
    return await IndexView(datasette).dispatch_request(request)


async def _front(visit: Visit) -> Any:
    with_links = await visit.may_see("entities", "article_entities")
    page = await listing(visit.db, "from articles a where 1", {}, visit.place())
    cards = await queries.cards(visit.db, page.ids, with_links)
    news = await queries.in_the_news(visit.db) if with_links else None
    return await visit.page(
        "front",
        days=_by_day(cards),
        news=news,
        listing=page,
        path="/",
        is_first=page.is_first,
    )


def _by_day(cards: list[queries.Card]) -> list[tuple[str, list[queries.Card]]]:
    grouped = groupby(cards, key=lambda card: wording.weekday(card.published_at))
    return [(day, list(of_day)) for day, of_day in grouped]


async def article(request: Any, datasette: Any) -> Any:
    """One article."""
    return await _open(request, datasette, ("articles",), _article)


async def _article(visit: Visit) -> Any:
    db, text = visit.db, visit.request.url_vars["id"]
    is_id = text.isascii() and text.isdecimal() and len(text) <= 18
    row = await reading.find_article(db, int(text)) if is_id else None
    if row is None:
        return await visit.missing("There is no article with that number in this archive.")
    with_links = await visit.may_see("entities", "article_entities")
    links = (await queries.tag_links(db, [row["id"]])).get(row["id"], {}) if with_links else {}
    revision_count = 0
    revisions: list[reading.Revision] = []
    if await visit.may_see("revisions"):
        revision_count, revisions = await reading.revisions(db, row["id"])
    return await visit.page(
        "article",
        article=row,
        byline=reading.byline(row),
        facts=reading.facts(row),
        body=await reading.body(
            db,
            row,
            with_receipts=await visit.may_see("summaries", "summary_sentences"),
            with_mentions=await visit.may_see("mentions", "entities"),
        ),
        tags=queries.tags(row["tags"], links),
        names=await reading.people_and_things(db, row) if with_links else (),
        original=wording.web_link(row["url"]),
        image=wording.web_link(row["image_url"]),
        copy_of=await reading.original_of(db, row),
        revision_count=revision_count,
        revisions=revisions,
        votes=await reading.votes(db, row["id"]) if await visit.may_see("field_votes") else [],
        row_path=visit.datasette.urls.row(db.name, "articles", row["id"]),
    )


async def entity(request: Any, datasette: Any) -> Any:
    """One entity."""
    tables = ("articles", "entities", "article_entities")
    return await _open(request, datasette, tables, _entity)


async def _entity(visit: Visit) -> Any:
    db = visit.db
    row = await queries.find_entity(db, visit.request.url_vars["slug"])
    if row is None:
        return await visit.missing("Nobody and nothing of that name is known to this archive.")
    source = (
        "from article_entities ae join articles a on a.id = ae.article_id "
        "where ae.entity_id = :entity_id"
    )
    page = await listing(db, source, {"entity_id": row["id"]}, visit.place())
    aliases = await queries.aliases(db, row["id"]) if await visit.may_see("aliases") else []
    return await visit.page(
        "entity",
        entity=row,
        aliases=[
            (alias, held)
            for alias, start, end in aliases
            if (held := wording.held(start, end)) or alias != row["name"]
        ],
        chart=chart.draw(await queries.mentions_by_day(db, row["id"])),
        company=await queries.company(db, row["id"]),
        cards=await queries.cards(db, page.ids, with_links=True),
        listing=page,
        path=f"/-/entity/{row['slug']}",
        row_path=visit.datasette.urls.row(db.name, "entities", row["id"]),
    )


async def search(request: Any, datasette: Any) -> Any:
    """Search by words."""
    return await _open(request, datasette, ("articles",), _search)


async def _search(visit: Visit) -> Any:
    db = visit.db
    question = (visit.request.args.get("q") or "")[:_QUESTION_CHARACTERS].strip()
    query = fts_query(question)
    with_links = await visit.may_see("entities", "article_entities")
    if not query:
        news = await queries.in_the_news(db) if with_links else None
        return await visit.page("search", question=question, hits=None, news=news)
    total = await queries.count_hits(db, query)
    last = max(1, min(_LAST_PAGE, -(-total // _HITS)))
    number = min(last, _number(visit.request.args.get("page")))
    hits = await queries.hits(db, query, _HITS, _HITS * (number - 1), with_links) if total else []
    sees_aliases = with_links and await visit.may_see("aliases")
    return await visit.page(
        "search",
        question=question,
        hits=hits,
        total=total,
        number=number,
        last=last,
        previous_page=_search_path(question, number - 1) if number > 1 else None,
        next_page=_search_path(question, number + 1) if number < last else None,
        entities=await queries.entities_named(db, question) if sees_aliases else (),
        words=[] if total else await queries.word_counts(db, question),
    )


def _number(text: str | None) -> int:
    """A page number; what is none is the first."""
    if not text or not text.isascii() or not text.isdecimal():
        return 1
    return max(1, min(_LAST_PAGE, int(text[:9])))


def _search_path(question: str, number: int) -> str:
    return "/-/search?" + urlencode({"q": question, "page": number})
