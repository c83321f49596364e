"""What publishers changed lately, in all articles or those of one site; and the same as a feed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from archive.history import FIELD_LABELS, NONE, READ_OTHERWISE
from archive.question import Question
from serve import queries, totals, wording
from serve.archives import article_path
from serve.edits import LATEST, Edit, EditKey, find, tell
from serve.feeds import Entry, Feed, atom, json_feed
from serve.pages.article import CHANGE_TABLES
from serve.pages.machines import cached
from serve.pages.search import as_archives_write
from serve.paging import PAGE_SIZE, Cursor, id_within
from serve.several import each, joined
from serve.unknown import in_words, unknown
from serve.visit import Visit, open_page

_SITES_OFFERED = 200
#: So many numbers and names that went, and so many that came, are told of an edit; its own page has all.
_NAMES_TOLD = 12


@dataclass(frozen=True)
class Listed:
    """An edit in a list, with its article; is_stealth: it came with no new date of modification."""

    article: queries.Card
    seen_at: str
    is_stealth: bool
    edit: Edit


@dataclass(frozen=True)
class Page:
    """Edits, the latest first; older: behind which there may be more, until when all were looked through."""

    listed: Sequence[Listed]
    older: Cursor | None


async def edits(request: Any, datasette: Any) -> Any:
    """The latest edits of all articles."""
    return await open_page(request, datasette, ("articles", *CHANGE_TABLES), _edits)


async def feed(request: Any, datasette: Any) -> Any:
    """The latest edits, for feed readers."""
    return await open_page(request, datasette, ("articles", *CHANGE_TABLES), _feed)


async def _edits(visit: Visit) -> Any:
    asked = await _asked(visit)
    only_stealth = visit.request.args.get("stealth") == "1"
    page = await _page(visit, asked.site, only_stealth)
    chosen = _address(asked.site, only_stealth)
    return await visit.page(
        "edits",
        listed=page.listed,
        older=page.older,
        is_first=visit.place().cursor is None,
        site=asked.site or "",
        only_stealth=only_stealth,
        chosen=chosen,
        sites=(await totals.all_sites(visit.dbs))[:_SITES_OFFERED],
        unknown=[] if page.listed else await unknown(visit, asked),
        field_labels=FIELD_LABELS,
        no_value=NONE,
        read_otherwise=READ_OTHERWISE,
        most_names=_NAMES_TOLD,
    )


async def _feed(visit: Visit) -> Any:
    asked = await _asked(visit)
    only_stealth = visit.request.args.get("stealth") == "1"
    page = await _page(visit, asked.site, only_stealth)
    chosen = _address(asked.site, only_stealth)
    form = visit.request.url_vars["form"]
    query = f"?{chosen}" if chosen else ""
    missing = [] if page.listed else await unknown(visit, asked)
    made = Feed(
        " · ".join(filter(None, ("Changes", asked.site, visit.nameplate))),
        visit.absolute(f"/-/changes.{form}{query}"),
        visit.absolute(f"/-/changes{query}"),
        [_entry(visit, one) for one in page.listed],
        in_words(missing),
    )
    if form == "atom":
        return cached(visit, atom(made), "application/atom+xml; charset=utf-8")
    body = json.dumps(json_feed(made), ensure_ascii=False).encode("utf-8", "replace")
    return cached(visit, body, "application/feed+json; charset=utf-8")


async def _asked(visit: Visit) -> Question:
    """The one filter that names something, as the archives write it."""
    site = (visit.request.args.get("site") or "")[:200].strip()
    site = site.encode("utf-8", "ignore").decode()
    return await as_archives_write(visit, Question(site=site or None))


def _address(site: str | None, only_stealth: bool) -> str:
    given = {"site": site, "stealth": "1" if only_stealth else None}
    return urlencode({name: value for name, value in given.items() if value})


async def _page(visit: Visit, site: str | None, only_stealth: bool) -> Page:
    cursor = visit.place().cursor
    shelves = [(db, None) for db in visit.dbs]
    found = await each(
        range(len(shelves)),
        lambda place: visit.read(
            partial(
                find,
                behind=(cursor.published_at or "", id_within(shelves, place, cursor)) if cursor else LATEST,
                site=site,
                only_stealth=only_stealth,
            ),
            shelves[place][0],
        ),
    )  # fmt: skip
    # In the order of lists: of one time, those of the first archive first.
    places = [
        [(seen_at, -place, number, is_stealth) for (seen_at, number), is_stealth in one.keys]
        for place, one in enumerate(found)
    ]
    ends = [
        (one.further[0], -place, one.further[1])
        for place, one in enumerate(found)
        if one.further is not None
    ]
    end = max(ends, default=None)
    rows = sorted((row for row in joined(places) if end is None or row[:3] >= end), reverse=True)
    last = rows[PAGE_SIZE - 1][:3] if len(rows) > PAGE_SIZE else end
    older = (
        Cursor(last[0], last[2], visit.name_of(visit.dbs[-last[1]])) if last is not None else None
    )
    return Page(await _listed(visit, rows[:PAGE_SIZE]), older)


async def _listed(visit: Visit, rows: Sequence[tuple[str, int, int, bool]]) -> list[Listed]:
    """The edits of a page, each with its article; one that has gone meanwhile is left out."""
    wanted: dict[Any, list[EditKey]] = {}
    for seen_at, minus, number, _ in rows:
        wanted.setdefault(visit.dbs[-minus], []).append((seen_at, number))
    told: Sequence[Mapping[EditKey, Edit]] = await each(
        list(wanted), lambda db: visit.read(partial(tell, keys=wanted[db]), db)
    )
    of_archive = dict(zip(wanted, told, strict=True))
    keys = list(dict.fromkeys((visit.dbs[-minus], number) for _, minus, number, _ in rows))
    cards = {(card.archive, card.id): card for card in await visit.cards(keys, with_links=False)}
    listed = []
    for seen_at, minus, number, is_stealth in rows:
        db = visit.dbs[-minus]
        card, edit = (
            cards.get((visit.name_of(db), number)),
            of_archive[db].get((seen_at, number)),
        )
        if card and edit:
            listed.append(Listed(card, seen_at, is_stealth, edit))
    return listed


def _entry(visit: Visit, one: Listed) -> Entry:
    path = f"{article_path(one.article.id, one.article.archive)}/changes"
    return Entry(
        # Each edit of an article is an entry of its own.
        url=visit.absolute(f"{path}#{one.seen_at}"),
        external_url=None,
        title=one.article.title,
        summary=_in_words(one),
        published_at=one.seen_at,
        updated_at=one.seen_at,
        language=wording.language_tag(one.article.language),
    )


def _in_words(one: Listed) -> str:
    """What was changed, in one line."""
    edit = one.edit
    parts = []
    if edit.title:
        old = "".join(run.text for run in edit.title if run.kind != "added")
        new = "".join(run.text for run in edit.title if run.kind != "removed")
        parts.append(f"Title: {old} → {new}")
    if edit.is_text_changed:
        parts.append("Text changed")
    for name in ("numbers", "names"):
        gone, come = (
            list(dict.fromkeys(getattr(edit.found, f"{name}_{which}")))
            for which in ("removed", "added")
        )
        marked = [
            *(f"-{value}" for value in gone[:_NAMES_TOLD]),
            *(f"+{value}" for value in come[:_NAMES_TOLD]),
        ]
        if max(len(gone), len(come)) > _NAMES_TOLD:
            marked.append("and others")
        if marked:
            parts.append(f"{name.capitalize()}: {', '.join(marked)}")
    parts += [
        f"{FIELD_LABELS[field.field]}: {field.before or NONE} → {field.after or NONE}"
        for field in edit.fields
    ]
    if one.is_stealth:
        parts.append("No new date of modification")
    if edit.is_read_otherwise:
        parts.append(READ_OTHERWISE)
    return ". ".join(part.rstrip(".") for part in parts) + "."
