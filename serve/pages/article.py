"""An article, the changes of its text, and the page as it was stored."""

import re
from typing import Any

from datasette.utils.asgi import Response

from archive.errors import PageDamaged
from archive.history import FIELD_LABELS, NONE, READ_OTHERWISE
from archive.stored_pages import unpack
from archive.why import Why, former_names, why
from serve import changes, citation, queries, reading, wording
from serve.visit import HEADERS, Visit, open_article

#: What has to be read to tell why a name means what it does.
NAME_TABLES = ("mentions", "title_mentions", "entities", "aliases", "decisions")
#: What has to be read to tell what was changed.
CHANGE_TABLES = ("revisions", "field_changes")
_MISSING = "There is no article with that number in this archive."


async def article(request: Any, datasette: Any) -> Any:
    """One article."""
    return await open_article(request, datasette, ("articles",), _article)


async def article_changes(request: Any, datasette: Any) -> Any:
    """What its publisher changed in an article."""
    return await open_article(request, datasette, ("articles", *CHANGE_TABLES), _changes)


async def article_names(request: Any, datasette: Any) -> Any:
    """Each name of an article, whom it means, and why."""
    return await open_article(request, datasette, ("articles", *NAME_TABLES), _names)


async def stored_page(request: Any, datasette: Any) -> Any:
    """The bytes of the page as they came, to be saved and never to be shown."""
    return await open_article(request, datasette, ("articles", "pages"), _stored_page)


def _number(visit: Visit) -> int | None:
    text = visit.request.url_vars["id"]
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None


async def _row(visit: Visit) -> Any | None:
    number = _number(visit)
    return None if number is None else await reading.find_article(visit.db, number)


async def _gone(visit: Visit) -> Any | None:
    """The page of an article that was taken out: only that, and when (RFC 9110, section 15.5.11)."""
    number = _number(visit)
    if number is None or not await visit.may_see("removals"):
        return None
    day = await reading.removed_on(visit.db, number)
    if day is None:
        return None
    message = f"This article was taken out of the archive on {wording.day(day)}."
    return await visit.page("message", 410, title="Taken out", message=message)


async def _article(visit: Visit) -> Any:
    db, row = visit.db, await _row(visit)
    if row is None:
        return await _gone(visit) or await visit.missing(_MISSING)
    with_links = await visit.may_see("entities", "article_entities")
    links = (await queries.tag_links(db, [row["id"]])).get(row["id"], {}) if with_links else {}
    sees_names = await visit.may_see(*NAME_TABLES)
    sees_changes = await visit.may_see(*CHANGE_TABLES)
    copies = await reading.copies_of(db, row)
    authors = queries.strings_in(row["authors"])
    cited = (authors, row["published_at"], row["title"], row["site"], row["url"])
    return await visit.page(
        "article",
        article=row,
        authors=authors,
        facts=reading.facts(row),
        body=await reading.body(
            db,
            row,
            with_receipts=await visit.may_see("summaries", "summary_sentences"),
            with_mentions=await visit.may_see("mentions", "entities"),
        ),
        tags=queries.tags(row["tags"], links),
        names=await reading.people_and_things(db, row) if with_links else (),
        former=await visit.read(lambda c: former_names(c, row["id"])) if sees_names else (),
        sees_names=sees_names,
        original=wording.web_link(row["url"]),
        image=wording.web_link(row["image_url"]),
        picture=wording.web_link(row["image_url"]) if visit.shows_images else None,
        copy_of=await reading.original_of(db, row),
        copies=copies,
        related=await _related(visit, row, copies) if await visit.may_see("vectors") else [],
        change_count=await reading.change_count(db, row["id"]) if sees_changes else 0,
        votes=await reading.votes(db, row["id"]) if await visit.may_see("field_votes") else [],
        has_page=(
            row["page_id"] is not None and not visit.is_public and await visit.may_see("pages")
        ),
        apa=citation.apa(*cited),
        bibtex=citation.bibtex(*cited, row["first_seen_at"]),
        row_path=visit.datasette.urls.row(db.name, "articles", row["id"]),
    )


async def _related(visit: Visit, row: Any, copies: list[Any]) -> list[queries.Card]:
    index = await visit.vectors()
    others = {copy["id"] for copy in copies} | {row["duplicate_of"]}
    ids = await visit.read(
        lambda connection: reading.related_ids(connection, index, row["id"], others)
    )
    return await visit.cards([(visit.db, number) for number in ids], with_links=False)


async def _changes(visit: Visit) -> Any:
    row = await _row(visit)
    if row is None:
        return await visit.missing(_MISSING)
    latest = "where article_id = ? order by seen_at desc, id desc limit ?"
    bound = [row["id"], changes.MOST_SHOWN]
    texts = await visit.db.execute(
        "select last_seen_at, seen_at, title, text, modified_at, is_read_otherwise "
        f"from revisions {latest}",
        bound,
    )
    fields = await visit.db.execute(
        "select field, value_before, value_after, is_stealth, last_seen_at, seen_at "
        f"from field_changes {latest}",
        bound,
    )
    earlier = texts.rows[::-1], fields.rows[::-1]
    steps = await visit.read(lambda _connection: changes.steps(row, *earlier))
    return await visit.page(
        "changes",
        article=row,
        steps=steps,
        field_labels=FIELD_LABELS,
        no_value=NONE,
        read_otherwise=READ_OTHERWISE,
        change_count=await reading.change_count(visit.db, row["id"]),
    )


async def _names(visit: Visit) -> Any:
    row = await _row(visit)
    if row is None:
        return await visit.missing(_MISSING)
    found = await visit.read(lambda connection: why(connection, row["id"]))
    groups: dict[Any, list[Why]] = {}
    for one in found:
        key = one.surface, one.entity, one.type, one.reason, one.score, one.tagged
        groups.setdefault(key, []).append(one)
    return await visit.page("why", article=row, groups=list(groups.values()))


async def _stored_page(visit: Visit) -> Any:
    row = await _row(visit)
    if visit.is_public:
        return await visit.page(
            "message", 403, title="Not here", message="Stored pages are not given out here."
        )
    found = row and (
        await visit.db.execute(
            "select body, body_bytes, body_sha256, final_url from pages where id = ?",
            [row["page_id"]],
        )
    )
    page = found.first() if found else None
    if row is None or page is None:
        return await visit.missing("No stored page is kept for this article.")
    try:
        unpacked = unpack(page["final_url"], page["body"], page["body_bytes"], page["body_sha256"])
    except PageDamaged as error:
        return await visit.page("message", 500, title="Damaged", message=str(error))
    site = re.sub(r"[^a-z0-9.-]+", "-", (row["site"] or "page").lower())[:60]
    # An attachment of no type that a browser runs, in a sandbox should it open all the same.
    return Response(
        unpacked,
        headers={
            **HEADERS,
            "content-security-policy": "default-src 'none'; sandbox",
            "content-disposition": f'attachment; filename="{site}-{row["id"]}.html"',
        },
        content_type="application/octet-stream",
    )
