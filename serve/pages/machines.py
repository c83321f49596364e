"""Pages for programs: feeds, the description of the search, sitemaps, robots.txt."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

from datasette.utils import tilde_encode
from datasette.utils.asgi import Response

from archive.asked_words import nothing_to_find
from serve import asking, queries, wording
from serve.archives import article_path, find_archives, may_see, settings
from serve.feeds import Entry, Feed, atom, json_feed
from serve.pages.front import ORIGINALS
from serve.pages.search import answer_to, as_archives_write
from serve.paging import Key, Place, listing
from serve.several import each
from serve.unknown import in_words, unknown
from serve.visit import Visit, open_page

_ENTRIES = 50
#: Articles in one part of the sitemap; the protocol allows 50,000.
_SITEMAP_PART = 1000
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_HEADERS = {"x-content-type-options": "nosniff"}

FEED_ROWS = f"""
    select a.id, a.url, a.title, {queries.DEK} as dek, a.summary, a.description,
           substr(a.text, 1, 600) as beginning,
           a.published_at, a.updated_at, a.authors, a.tags, a.language
    from json_each(?) wanted cross join articles a on a.id = wanted.value order by wanted.key
"""
SITEMAP_ROWS = """
    select id, published_at from articles indexed by articles_filters
    where id > ? and id <= ? and duplicate_of is null
"""


async def feed(request: Any, datasette: Any) -> Any:
    """The newest articles of a search, or of the whole archive, for feed readers."""
    return await open_page(request, datasette, ("articles",), _feed)


async def opensearch(request: Any, datasette: Any) -> Any:
    """The OpenSearch 1.1 description, by which a browser adds the search."""
    return await open_page(request, datasette, ("articles",), _opensearch)


async def sitemap(request: Any, datasette: Any) -> Any:
    """The index of the sitemap, or one part of it."""
    return await open_page(request, datasette, ("articles",), _sitemap)


async def robots(request: Any, datasette: Any) -> Any:
    """robots.txt: crawlers are sent away unless the operator has let them in."""
    archives = await find_archives(datasette)
    seen = [db for db in archives if await may_see(datasette, None, db, "articles")]
    base = datasette.urls.path("/")
    if not (seen and settings(datasette).get("robots") == "allow"):
        return Response.text("User-agent: *\nDisallow: /\n", headers=dict(_HEADERS))
    lines = ["User-agent: *"]
    # Pages made on request for people; every article is reached without them.
    lines += [
        f"Disallow: {base}-/{page}"
        for page in ("search", "feed.", "changes", "health", "coverage/")
    ]
    lines += [f"Disallow: {base}{tilde_encode(db.route)}" for db in archives]
    whole = datasette.absolute_url(request, datasette.urls.path("/sitemap.xml"))
    return Response.text("\n".join([*lines, f"Sitemap: {whole}", ""]), headers=dict(_HEADERS))


async def _feed(visit: Visit) -> Any:
    asked = asking.question(visit.request.args)
    archive = asking.archive(visit.request.args)
    visit = visit.within(archive)
    if not await visit.may_see("entities", "article_entities"):
        asked = asking.without_entities(asked)
    asked = await as_archives_write(visit, asking.without_meaning(asked))
    chosen = asking.address(asked, sort="", archive=archive)
    page = "/"
    title = visit.nameplate
    told = asking.unused(visit.request.args)
    if asked.words and asked.asks_nothing:
        told.append(nothing_to_find(asked.words))
    if asked.words or asked.has_filters:
        newest = asking.by_date(asked)
        found, _ = await answer_to(visit, newest, 1, _ENTRIES)
        keys = [(db, result.article_id) for db, result in found.results]
        page = f"/-/search?{chosen}"
        parts = [asked.words, asked.site, asked.author, await _entity_name(visit, asked.entity)]
        title = f"{' · '.join(filter(None, parts)) or 'Search'} · {title}"
    else:
        keys = list((await listing([(db, {}) for db in visit.dbs], ORIGINALS, Place())).keys)
    if not keys and (missing := in_words(await unknown(visit, asked))):
        told.append(missing)
    form = visit.request.url_vars["form"]
    own = f"/-/feed.{form}" + (f"?{chosen}" if chosen else "")
    entries = await _entries(visit, keys)
    made = Feed(title, visit.absolute(own), visit.absolute(page), entries, " ".join(told) or None)
    if form == "atom":
        return cached(visit, atom(made), "application/atom+xml; charset=utf-8")
    body = json.dumps(json_feed(made), ensure_ascii=False).encode("utf-8", "replace")
    return cached(visit, body, "application/feed+json; charset=utf-8")


async def _entity_name(visit: Visit, slug: str | None) -> str | None:
    holders = await queries.find_entity(visit.dbs, slug) if slug else []
    return holders[0][1]["name"] if holders else slug


async def _entries(visit: Visit, keys: list[Key]) -> list[Entry]:
    """The entries of articles, in their order."""
    ids = queries.by_archive(keys)
    found = await each(list(ids), lambda db: db.execute(FEED_ROWS, [json.dumps(ids[db])]))
    entries = {
        (db, row["id"]): _entry(visit, row, visit.name_of(db))
        for db, answer in zip(ids, found, strict=True)
        for row in answer.rows
    }
    return [entries[key] for key in keys if key in entries]


def _entry(visit: Visit, row: Any, archive: str | None) -> Entry:
    when = wording.parse(row["published_at"])
    changed = wording.parse(row["updated_at"]) or datetime.fromtimestamp(0, UTC)
    return Entry(
        url=visit.absolute(article_path(row["id"], archive)),
        external_url=wording.web_link(row["url"]),
        title=row["title"],
        summary=queries.blurb(row),
        published_at=f"{when:%Y-%m-%dT%H:%M:%SZ}" if when else None,
        updated_at=f"{changed:%Y-%m-%dT%H:%M:%SZ}",
        authors=queries.strings_in(row["authors"]),
        tags=queries.strings_in(row["tags"]),
        language=wording.language_tag(row["language"]),
    )


def cached(visit: Visit, body: bytes, content_type: str) -> Any:
    """The answer with an ETag; nothing but that where the asker has it already."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {**_HEADERS, "etag": etag, "cache-control": "max-age=60"}
    if etag in (visit.request.headers.get("if-none-match") or ""):
        return Response(b"", status=304, headers=headers, content_type=content_type)
    return Response(body, headers=headers, content_type=content_type)


async def _opensearch(visit: Visit) -> Any:
    root = ElementTree.Element(
        "OpenSearchDescription", xmlns="http://a9.com/-/spec/opensearch/1.1/"
    )
    # The name may have 16 characters, the description 1024.
    ElementTree.SubElement(root, "ShortName").text = visit.nameplate[:16]
    ElementTree.SubElement(root, "Description").text = f"Search {visit.nameplate}"[:1024]
    ElementTree.SubElement(root, "InputEncoding").text = "UTF-8"
    for path, kind in (("search", "text/html"), ("feed.atom", "application/atom+xml")):
        template = visit.absolute(f"/-/{path}") + "?q={searchTerms}"
        ElementTree.SubElement(root, "Url", type=kind, template=template)
    body = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    kind = "application/opensearchdescription+xml; charset=utf-8"
    return Response(body, headers=dict(_HEADERS), content_type=kind)


async def _sitemap(visit: Visit) -> Any:
    part = visit.request.url_vars.get("part")
    if part is None:
        count = min(50_000, sum((await _parts(visit)).values()))
        return _sitemap_of(
            "sitemap", [(visit.absolute(f"/sitemap-{n}.xml"), None) for n in range(1, count + 1)]
        )
    db, number = await _part_within(visit, int(part))
    bounds = [_SITEMAP_PART * (number - 1), _SITEMAP_PART * number]
    rows = (await db.execute(SITEMAP_ROWS, bounds)).rows
    paths = ((article_path(row[0], visit.name_of(db)), row[1]) for row in rows)
    return _sitemap_of(
        "url", [(visit.absolute(path), wording.parse(moment)) for path, moment in paths]
    )


async def _parts(visit: Visit) -> dict[Any, int]:
    """How many parts of the sitemap each archive takes: one after another, in their order."""
    found = await each(visit.dbs, lambda db: db.execute("select max(id) from articles"))
    newest = [answer.first()[0] or 0 for answer in found]
    return {db: -(-last // _SITEMAP_PART) for db, last in zip(visit.dbs, newest, strict=True)}


async def _part_within(visit: Visit, number: int) -> tuple[Any, int]:
    """The archive of a part of the sitemap, and which of its parts that is."""
    if len(visit.dbs) == 1:
        return visit.db, number
    before = 0
    for db, count in (await _parts(visit)).items():
        if number <= before + count:
            return db, number - before
        before += count
    return visit.dbs[-1], number


def _sitemap_of(kind: str, places: list[tuple[str, datetime | None]]) -> Any:
    root = ElementTree.Element("sitemapindex" if kind == "sitemap" else "urlset", xmlns=_SITEMAP)
    for address, when in places:
        place = ElementTree.SubElement(root, kind)
        ElementTree.SubElement(place, "loc").text = address
        if when:
            ElementTree.SubElement(place, "lastmod").text = when.date().isoformat()
    body = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return Response(body, headers=dict(_HEADERS), content_type="application/xml; charset=utf-8")
