"""Search: ranked, filtered, paged, the found words marked; and help where nothing is found."""

import sqlite3
from dataclasses import dataclass
from typing import Any

from archive.records import ENTITY_TYPES, SNIPPET_MARKS, SearchResult
from archive.search import MOST_GIVEN, Found, Question, count_words, fts_query
from archive.search import search as find
from serve import asking, queries, totals
from serve.marking import marked_pieces
from serve.news import in_the_news
from serve.visit import Visit, open_page

#: Results on a page of a search.
_HITS = 20
_MOST_WORDS_EXPLAINED = 6
_SITES_OFFERED = 60


@dataclass(frozen=True)
class Hit:
    """A card with the found words marked: (text, is_found) pieces."""

    card: queries.Card
    title: list[tuple[str, bool]]
    snippet: list[tuple[str, bool]]


@dataclass(frozen=True)
class WordCount:
    """How many articles hold one word of a search that found nothing."""

    word: str
    count: int


async def search(request: Any, datasette: Any) -> Any:
    """Search by words."""
    return await open_page(request, datasette, ("articles",), _search)


async def _search(visit: Visit) -> Any:
    asked = asking.question(visit.request.args)
    sees_vectors = await visit.may_see("vectors")
    if not sees_vectors:
        asked = asking.without_meaning(asked)
    with_links = await visit.may_see("entities", "article_entities")
    if not with_links:
        asked = asking.without_entities(asked)
    common: dict[str, Any] = {
        "question": asked.words,
        "asked": asked,
        "values": asking.parameters(asked),
        "address": asking.address,
        "sites": (await totals.all_sites(visit.db))[:_SITES_OFFERED],
        "types": ENTITY_TYPES if with_links else (),
        "ways": asking.BY if sees_vectors else {},
        "orders": asking.ORDERS,
    }
    if not fts_query(asked.words) and asked.like is None and not asked.has_filters:
        news = await in_the_news(visit.db) if with_links else None
        return await visit.page("search", hits=None, news=news, **common)
    number = _number(visit.request.args.get("page"))
    found, number = await answer_to(visit, asked, number)
    last = max(1, -(-min(found.total, MOST_GIVEN) // _HITS))
    sees_aliases = with_links and await visit.may_see("aliases")
    return await visit.page(
        "search",
        hits=await _hits(visit, found.results, with_links),
        total=found.total,
        is_capped=found.is_capped,
        page_number=number,
        number_of_pages=last,
        entities=(
            await queries.entities_named(visit.db, asked.words)
            if sees_aliases and asked.words
            else ()
        ),
        entity=await queries.find_entity(visit.db, asked.entity) if asked.entity else None,
        like=await queries.title_of(visit.db, asked.like),
        words=[] if found.total else await visit.read(lambda c: _word_counts(c, asked.words)),
        feed=asking.address(asked, sort="", by=""),
        feed_name=asked.words or "this search",
        **common,
    )


async def answer_to(
    visit: Visit, asked: Question, number: int, size: int = _HITS
) -> tuple[Found, int]:
    """A page of results; the last one where the number is too high."""
    index = None
    if asked.like is not None or asked.by != "words":
        index = await visit.vectors()
    async with visit.costly():
        found = await visit.read(lambda c: find(c, asked, size, size * (number - 1), index))
    last = max(1, -(-min(found.total, MOST_GIVEN) // size))
    if number > last:
        return await answer_to(visit, asked, last, size)
    return found, number


async def _hits(visit: Visit, results: list[SearchResult], with_links: bool) -> list[Hit]:
    by_id = {result.article_id: result for result in results}
    return [
        Hit(
            card,
            marked_pieces(by_id[card.id].marked_title, *SNIPPET_MARKS),
            marked_pieces(by_id[card.id].snippet, *SNIPPET_MARKS),
        )
        for card in await queries.cards(visit.db, list(by_id), with_links)
    ]


def _word_counts(connection: sqlite3.Connection, words: str) -> list[WordCount]:
    """How often each word of a search would be found by itself."""
    separate = list(dict.fromkeys(words.replace('"', " ").split()))
    if len(separate) < 2:
        return []
    return [
        WordCount(word, count_words(connection, fts_query(word)))
        for word in separate[:_MOST_WORDS_EXPLAINED]
        if fts_query(word)
    ]


def _number(text: str | None) -> int:
    """A page number; what is none is the first."""
    if not text or not text.isascii() or not text.isdecimal():
        return 1
    return max(1, min(MOST_GIVEN // _HITS, int(text[:9])))
