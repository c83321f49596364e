"""Search: ranked, filtered, paged, the found words marked; and help where nothing is found."""

import dataclasses
import sqlite3
from dataclasses import dataclass
from functools import partial
from typing import Any

from archive.asked_words import fts_query, nothing_to_find, terms, unwanted_query
from archive.question import Question, known, lacks_vectors
from archive.records import ENTITY_TYPES, SNIPPET_MARKS, SearchResult
from archive.search import MOST_GIVEN, Found, count_words
from archive.search import search as find
from serve import asking, queries, totals
from serve.marking import marked_pieces
from serve.news import in_the_news
from serve.several import Commonness, each, factors, joined, summed
from serve.unknown import unknown
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
    archive = asking.archive(visit.request.args)
    attached = visit.dbs
    # An article to be like is known by its number, which is of one archive: the first, where none is named.
    visit = visit.within(archive or (visit.db.name if asked.like is not None else None))
    sees_vectors = await visit.may_see("vectors")
    if not sees_vectors:
        asked = asking.without_meaning(asked)
    with_links = await visit.may_see("entities", "article_entities")
    if not with_links:
        asked = asking.without_entities(asked)
    asked = await as_archives_write(visit, asked)
    common: dict[str, Any] = {
        "question": asked.words,
        "asked": asked,
        "values": asking.parameters(asked),
        "address": partial(asking.address, archive=archive),
        "archives": [db.name for db in attached] if visit.are_several else (),
        "chosen_archive": archive or "",
        "sites": (await totals.all_sites(visit.dbs))[:_SITES_OFFERED],
        "types": ENTITY_TYPES if with_links else (),
        "ways": asking.BY if sees_vectors else {},
        "orders": asking.ORDERS,
        "unused": asking.unused(visit.request.args),
    }
    if asked.asks_nothing:
        news = await in_the_news(visit.dbs) if with_links else None
        told = nothing_to_find(asked.words)
        return await visit.page("search", hits=None, nothing_to_find=told, news=news, **common)
    number = _number(visit.request.args.get("page"))
    found, number = await answer_to(visit, asked, number)
    last = max(1, -(-min(found.total, MOST_GIVEN) // _HITS))
    sees_aliases = with_links and await visit.may_see("aliases")
    return await visit.page(
        "search",
        hits=await _hits(visit, found, with_links),
        total=found.total,
        is_capped=found.is_capped,
        page_number=number,
        number_of_pages=last,
        entities=(
            await queries.entities_named(visit.dbs, asked.words)
            if sees_aliases and asked.words
            else ()
        ),
        like=await queries.title_of(visit.db, asked.like),
        words=[] if found.total else await _words(visit, asked.words),
        unknown=[] if found.total else await unknown(visit, asked),
        excluded=0 if found.total else await _excluded(visit, asked.words),
        lacks_vectors=not found.total and await _lack_vectors(visit, asked),
        feed=asking.address(asked, sort="", by="", archive=archive),
        feed_name=asked.words or "this search",
        **common,
    )


async def _lack_vectors(visit: Visit, asked: Question) -> bool:
    """Whether no archive has what a search by meaning compares."""
    found = await each(visit.dbs, lambda db: visit.read(partial(lacks_vectors, question=asked), db))
    return all(found)


async def as_archives_write(visit: Visit, asked: Question) -> Question:
    """The question with its site, author and entity as the first archive writes them that knows them."""
    if not (asked.site or asked.author or asked.entity):
        return asked
    found = await each(visit.dbs, lambda db: visit.read(partial(known, question=asked), db))
    written = {name: text for one in reversed(found) for name, text in one.items()}
    return dataclasses.replace(asked, **written)


@dataclass(frozen=True)
class Merged:
    """A page of results of all archives, each with its archive; total and is_capped as in `Found`."""

    results: list[tuple[Any, SearchResult]]
    total: int
    is_capped: bool


async def answer_to(
    visit: Visit, asked: Question, number: int, size: int = _HITS
) -> tuple[Merged, int]:
    """A page of results; the last one where the number is too high."""
    is_one = len(visit.dbs) == 1
    first = size * (number - 1)

    async def ask(db: Any) -> tuple[Found, Commonness]:
        index = None
        if asked.like is not None or asked.by != "words":
            index = await visit.vectors(db)
        # Of several archives each may have all that is shown, and the pages before it.
        limit, offset = (size, first) if is_one else (min(first + size, MOST_GIVEN), 0)

        def work(connection: sqlite3.Connection) -> tuple[Found, Commonness]:
            common = Commonness(0, ()) if is_one else _commonness(connection, asked)
            return find(connection, asked, limit, offset, index), common

        return await visit.read(work, db)

    async with visit.costly():
        answers = await each(visit.dbs, ask)
    total = sum(found.total for found, _ in answers)
    last = max(1, -(-min(total, MOST_GIVEN) // size))
    if number > last:
        return await answer_to(visit, asked, last, size)
    ranked = _ranked(visit, asked, answers)
    shown = ranked if is_one else ranked[first : first + size]
    return Merged(shown, total, any(found.is_capped for found, _ in answers)), number


def _ranked(
    visit: Visit, asked: Question, answers: list[tuple[Found, Commonness]]
) -> list[tuple[Any, SearchResult]]:
    """The results of all archives in one order: that in which each has its own."""
    weights = factors([common for _, common in answers])
    scored = [
        (weight * result.score, result.published_at or "", db, result)
        for db, weight, (found, _) in zip(visit.dbs, weights, answers, strict=True)
        for result in found.results
    ]
    if len(answers) > 1:
        is_by_date = asked.order == "date" or not (asked.words or asked.like)
        scored.sort(key=lambda one: one[1] if is_by_date else one[:2], reverse=True)
    return [(db, result) for _, _, db, result in scored]


def _commonness(connection: sqlite3.Connection, asked: Question) -> Commonness:
    """How common the words of a question are in an archive, where they decide the order."""
    words = terms(asked.words) if asked.by == "words" and asked.order == "relevance" else []
    newest = connection.execute("select max(id) from articles").fetchone()[0] or 0
    return Commonness(newest, tuple(count_words(connection, word) for word in words))


async def _hits(visit: Visit, found: Merged, with_links: bool) -> list[Hit]:
    by_key = {(visit.name_of(db), result.article_id): result for db, result in found.results}
    keys = [(db, result.article_id) for db, result in found.results]
    hits = []
    for card in await visit.cards(keys, with_links):
        result = by_key[card.archive, card.id]
        hits.append(
            Hit(
                card,
                marked_pieces(result.marked_title, *SNIPPET_MARKS),
                marked_pieces(result.snippet, *SNIPPET_MARKS),
            )
        )
    return hits


async def _excluded(visit: Visit, words: str) -> int:
    """How many articles hold all that is to be found, where some words are to be left out."""
    if not unwanted_query(words):
        return 0
    wanted = " AND ".join(terms(words))
    counts = await each(visit.dbs, lambda db: visit.read(lambda c: count_words(c, wanted), db))
    return sum(counts)


async def _words(visit: Visit, words: str) -> list[WordCount]:
    """How often each word of a search would be found by itself, in all archives."""
    found = await each(visit.dbs, lambda db: visit.read(lambda c: _word_counts(c, words), db))
    counts = summed((one.word, one.count) for one in joined(found))
    return [WordCount(word, count) for word, count in counts.items()]


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
