"""Search: by words (BM25), by meaning (vectors), or by both; filtered, sorted, the found words marked.

The functions take a plain SQLite connection, so that the command line and the reader's pages ask in
the same way and get the same order.
"""

import heapq
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from archive.asked_words import fts_query, unwanted_query
from archive.found import Ranked, results
from archive.question import BY_DATE, Filters, Question, filters, where
from archive.records import SearchResult
from archive.vector_index import VectorIndex

#: At most so many articles are ranked: of a word that more hold, those that came in last.
MOST_RANKED = 5_000
#: Where a filter chooses among the articles that hold common words, so many of those are looked
#: through at most, from the filter's newest on.
MOST_LOOKED_THROUGH = 100_000
#: At most so many are given, whatever the page asked for.
MOST_GIVEN = 1000
#: The nearest articles that a search by meaning looks at.
_NEAREST = 200
#: The best hits by words whose middle is taken for the meaning of a question.
_FEEDBACK = 5
#: Articles with a lower cosine have little to do with each other.
_LEAST_COSINE = 0.35
#: Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009) with their constant.
_FUSION = 60
#: BM25 weights: a word in the title counts more than in the summary, there more than in the text.
_WEIGHTS = "10.0, 4.0, 1.0"


@dataclass(frozen=True)
class Found:
    """A page of results. is_capped: there are more than total, which were not ranked."""

    results: list[SearchResult]
    total: int
    is_capped: bool = False


def search(
    connection: sqlite3.Connection,
    question: Question,
    limit: int = 20,
    offset: int = 0,
    index: VectorIndex | None = None,
) -> Found:
    """Articles that answer a question, best first, and the newest of equals first.

    Args:
        index: for questions by meaning; made anew where none is given.
    """
    if question.asks_nothing:
        return Found([], 0)
    chosen = filters(connection, question)
    marking = query = fts_query(question.words)
    if question.like is not None or (query and question.by != "words"):
        index = index or VectorIndex()
        index.refresh(connection)
        ranked = _by_meaning(connection, question, chosen, index)
        total, is_capped = len(ranked), False
        marking = fts_query(question.words, " OR ")
        if question.by == "both" and question.like is None:
            by_words, _, is_capped = _by_words(connection, question, query, chosen)
            ranked = _fused([by_words, ranked])
            total = len(ranked)
        if question.order == "date":
            ranked = _by_date(connection, ranked)
    else:
        ranked, total, is_capped = _by_words(
            connection, question, query, chosen, min(MOST_GIVEN, offset + limit)
        )
    page = ranked[:MOST_GIVEN][offset : offset + limit]
    return Found(results(connection, page, marking), total, is_capped)


def count_words(connection: sqlite3.Connection, query: str) -> int:
    """How many articles an FTS5 query finds, counted no further than `MOST_RANKED` and one."""
    sql = "select count(*) from (select 1 from articles_fts where articles_fts match ? limit ?)"
    return int(connection.execute(sql, [query, MOST_RANKED + 1]).fetchone()[0])


def _by_words(
    connection: sqlite3.Connection,
    question: Question,
    query: str,
    chosen: Filters,
    wanted: int = MOST_GIVEN,
) -> tuple[Ranked, int, bool]:
    """The order by words and filters: (id, score), how many in all, whether some were left out.

    wanted is how many are needed of the order, at least.
    """
    bound = chosen.bound | {"query": query, "cap": MOST_RANKED + 1}
    candidates, is_capped, is_filtered = _candidates(connection, chosen.base, bound)
    by_score = bool(query) and question.order == "relevance"
    is_chosen = not chosen.conditions or (is_filtered and chosen.is_base_alone)
    if is_chosen and not query:
        # They come in the order that is asked for, and there is nothing left to filter by.
        return candidates[:MOST_GIVEN], len(candidates), is_capped
    total = None
    if is_chosen and by_score:
        # The best are enough, so that only theirs are the dates to look up.
        total = len(candidates)
        candidates = _best(candidates, wanted)
    scores = dict(candidates)
    kept = _tuples(
        connection,
        "select a.id, a.published_at from json_each(:ids) wanted "
        "cross join articles a indexed by articles_filters on a.id = wanted.value "
        f"{where(chosen.conditions)}",
        {**bound, "ids": json.dumps(list(scores))},
    )
    ranked = [(scores[number] if by_score else 0.0, at or "", number) for number, at in kept]
    ranked.sort(reverse=True)
    given = [(number, scores[number]) for _, _, number in ranked[:MOST_GIVEN]]
    return given, len(ranked) if total is None else total, is_capped


def _tuples(connection: sqlite3.Connection, sql: str, bound: Mapping[str, Any]) -> list[Any]:
    """All rows as plain tuples, whatever the connection makes of them: thousands are read."""
    cursor = connection.cursor()
    cursor.row_factory = None
    return cursor.execute(sql, bound).fetchall()


def _best(candidates: Ranked, wanted: int) -> Ranked:
    """The best of them, and those with the same score as the last of these."""
    best = heapq.nlargest(wanted, candidates, key=itemgetter(1))
    if not best:
        return []
    least = best[-1][1]
    return [one for one in candidates if one[1] >= least][:MOST_GIVEN]


_MATCH = "select rowid{} from articles_fts where articles_fts match :query {} order by rowid desc"
_SCORE = f", -bm25(articles_fts, {_WEIGHTS})"


def _candidates(
    connection: sqlite3.Connection, base: str | None, bound: dict[str, Any]
) -> tuple[Ranked, bool, bool]:
    """(id, score) of at most `MOST_RANKED` articles, those that came in last.

    It starts from the words; where more articles hold them than are ranked, from the filters.

    Returns:
        the candidates; whether there are more; whether they are only what the base chooses.
    """
    if not bound["query"]:
        sql = base or BY_DATE.format(where="")
        return *_capped([(number, 0.0) for (number,) in _tuples(connection, sql, bound)]), True
    everywhere = f"{_MATCH.format(_SCORE, '')} limit :cap"
    # To count is a fifth of the work of scoring, which then is done once.
    counted = f"{_MATCH.format('', '')} limit :cap"
    if base is None or len(_tuples(connection, counted, bound)) <= MOST_RANKED:
        return *_capped(_tuples(connection, everywhere, bound)), False
    chosen, is_capped = _capped([(n, 0.0) for (n,) in _tuples(connection, base, bound)])
    ids = [number for number, _ in chosen]
    ends = {"first": min(ids, default=0), "last": max(ids, default=0), "most": MOST_LOOKED_THROUGH}
    # However long ago the first article of the filter came in, no more are looked through.
    oldest = f"{_MATCH.format('', 'and rowid between :first and :last')} limit 1 offset :most"
    for (number,) in _tuples(connection, oldest, bound | ends):
        is_capped = is_capped or number > ends["first"]
        ends["first"] = number
    # The plus keeps FTS5 from being asked for each row by itself, which is far slower.
    within = "and rowid between :first and :last and +rowid in (select value from json_each(:ids))"
    bound = {**bound, "ids": json.dumps(ids), **ends}
    return _tuples(connection, _MATCH.format(_SCORE, within), bound), is_capped, True


def _capped(found: Ranked) -> tuple[Ranked, bool]:
    """What is ranked of it, and whether something is left out."""
    return found[:MOST_RANKED], len(found) > MOST_RANKED


def _by_meaning(
    connection: sqlite3.Connection, question: Question, chosen: Filters, index: VectorIndex
) -> Ranked:
    """The nearest articles to the article named, or to the middle of the best hits by words.

    That middle stands for the meaning of the question (pseudo-relevance feedback, Rocchio 1971): no
    model need be loaded to answer. Where few articles hold all the words, any of them will do.
    """
    if question.like is not None:
        seeds = {question.like: 1.0}
    else:
        seeds = _feedback(connection, fts_query(question.words))
        if len(seeds) < _FEEDBACK:
            seeds = _feedback(connection, fts_query(question.words, " OR ")) | seeds
    vectors = {
        vector: weight
        for number, weight in seeds.items()
        if (vector := index.vector(connection, number))
    }
    if not vectors:
        return []
    near = index.nearest(connection, index.mean(vectors), _NEAREST)
    near = [(number, cosine) for number, cosine in near if cosine >= _LEAST_COSINE]
    ids = f"({', '.join(str(int(number)) for number, _ in near) or 'null'})"
    rows = connection.execute(
        "select a.id from articles a indexed by articles_filters "
        f"{where([f'a.id in {ids}', *chosen.conditions])}",
        chosen.bound,
    )
    kept = {row[0] for row in rows} - {question.like} - _unwanted(connection, question, ids)
    return [(number, cosine) for number, cosine in near if number in kept]


def _unwanted(connection: sqlite3.Connection, question: Question, ids: str) -> set[int]:
    """Those of some articles that hold words which are said to be unwanted."""
    query = unwanted_query(question.words)
    if not query:
        return set()
    sql = f"select rowid from articles_fts where articles_fts match ? and +rowid in {ids}"
    return {row[0] for row in connection.execute(sql, [query])}


def _feedback(connection: sqlite3.Connection, query: str) -> dict[int, float]:
    """The best hits by words with the weight of each, which falls with the square of its score."""
    rows = connection.execute(
        f"""
        select id, score from (
            select rowid as id, -bm25(articles_fts, {_WEIGHTS}) as score from articles_fts
            where articles_fts match ? order by rowid desc limit ?
        ) order by score desc limit ?
        """,
        [query, MOST_RANKED, _FEEDBACK],
    ).fetchall()
    # Of a word that stands nearly everywhere, BM25 may be 0.
    best = max((score for _, score in rows), default=0.0) or 1.0
    return {number: max(score / best, 0.01) ** 2 for number, score in rows}


def _fused(lists: Sequence[Ranked]) -> Ranked:
    """One order out of several, by the places in each."""
    scores: dict[int, float] = {}
    for ranked in lists:
        for place, (number, _score) in enumerate(ranked, 1):
            scores[number] = scores.get(number, 0.0) + 1 / (_FUSION + place)
    return sorted(scores.items(), key=lambda pair: (-pair[1], -pair[0]))


def _by_date(connection: sqlite3.Connection, ranked: Ranked) -> Ranked:
    ids = ", ".join(str(int(number)) for number, _ in ranked) or "null"
    days = dict(
        connection.execute(
            f"select id, published_at from articles indexed by articles_filters where id in ({ids})"
        ).fetchall()
    )
    return sorted(ranked, key=lambda pair: (days.get(pair[0]) or "", pair[0]), reverse=True)
