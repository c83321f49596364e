"""Search: by words (BM25), by meaning (vectors), or by both; filtered, sorted, the found words marked.

The functions take a plain SQLite connection, so that the command line and the reader's pages ask in
the same way and get the same order.
"""

import dataclasses
import heapq
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import Any, Literal

from archive.asked_words import fts_query, unwanted_query
from archive.found import Ranked, results
from archive.records import SearchResult
from archive.vector_index import VectorIndex

Order = Literal["relevance", "date"]
By = Literal["words", "meaning", "both"]

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
class Question:
    """What is looked for. Without words the filters alone choose, newest first.

    Attributes:
        words: as a person types them; see `archive.asked_words`.
        site: host of the outlet.
        entity: slug of an entity that the article must mention.
        type: type of entity of which the article must mention one.
        language: ISO 639 code.
        since, until: first and last day of publication.
        shortest, longest: number of words of the text.
        is_paywalled: with or without a paywall notice; None for either.
        like: id of an article; what is near to it by meaning is found.
    """

    words: str = ""
    site: str | None = None
    entity: str | None = None
    type: str | None = None
    language: str | None = None
    since: date | None = None
    until: date | None = None
    shortest: int | None = None
    longest: int | None = None
    is_paywalled: bool | None = None
    order: Order = "relevance"
    by: By = "words"
    like: int | None = None

    @property
    def has_filters(self) -> bool:
        """True if more than words chooses."""
        return bool(_filters(self, 0)[0])


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
    query = fts_query(question.words)
    # What holds none of some words is nearly everything: that is no question.
    is_question = question.has_filters and not unwanted_query(question.words)
    if not query and question.like is None and not is_question:
        return Found([], 0)
    entity_id = _entity_id(connection, question)
    marking = query
    if question.like is not None or (query and question.by != "words"):
        index = index or VectorIndex()
        index.refresh(connection)
        ranked = _by_meaning(connection, question, entity_id, index)
        total, is_capped = len(ranked), False
        marking = fts_query(question.words, " OR ")
        if question.by == "both" and question.like is None:
            by_words, _, is_capped = _by_words(connection, question, query, entity_id)
            ranked = _fused([by_words, ranked])
            total = len(ranked)
        if question.order == "date":
            ranked = _by_date(connection, ranked)
    else:
        ranked, total, is_capped = _by_words(
            connection, question, query, entity_id, min(MOST_GIVEN, offset + limit)
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
    entity_id: int,
    wanted: int = MOST_GIVEN,
) -> tuple[Ranked, int, bool]:
    """The order by words and filters: (id, score), how many in all, whether some were left out.

    wanted is how many are needed of the order, at least.
    """
    conditions, bound = _filters(question, entity_id)
    bound |= {"query": query, "cap": MOST_RANKED + 1}
    candidates, is_capped, is_filtered = _candidates(connection, _base(question), bound)
    by_score = bool(query) and question.order == "relevance"
    is_chosen = not conditions or (is_filtered and _is_base_alone(question))
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
        f"{_where(conditions)}",
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
        sql = base or _BY_DATE.format(where="")
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


_BY_DATE = "select id from articles {where} order by published_at desc, id desc limit :cap"


def _is_base_alone(question: Question) -> bool:
    """True if `_base` has chosen by all that the question filters by."""
    others = dataclasses.replace(question, since=None, until=None, entity=None)
    if question.entity is None:
        others = dataclasses.replace(others, site=None)
    return not others.has_filters


def _base(question: Question) -> str | None:
    """The newest articles that the most telling filter chooses, in the order of an index."""
    days = [
        condition
        for condition, day in (
            ("published_at >= :since", question.since),
            ("published_at <= :until", question.until),
        )
        if day
    ]
    if question.entity:
        where = _where(["entity_id = :entity", *days])
        return (
            f"select article_id as id from entity_timeline {where} "
            "order by published_at desc, article_id desc limit :cap"
        )
    if question.site:
        return _BY_DATE.format(where=_where(["site = :site", *days]))
    return _BY_DATE.format(where=_where(days)) if days else None


def _filters(question: Question, entity_id: int) -> tuple[list[str], dict[str, Any]]:
    """The conditions on `articles a`, and what they are bound to."""
    entity = "ae.article_id = a.id and ae.entity_id = :entity"
    typed = (
        "exists (select 1 from article_entities ae join entities e on e.id = ae.entity_id "
        "where ae.article_id = a.id and e.type = :type)"
    )
    known: list[tuple[str, str, Any]] = [
        ("site", "a.site = :site", question.site),
        ("language", "a.language = :language", question.language),
        ("since", "a.published_at >= :since", question.since and question.since.isoformat()),
        # Behind every time of the day.
        ("until", "a.published_at <= :until", question.until and f"{question.until}~"),
        ("shortest", "a.word_count >= :shortest", question.shortest),
        ("longest", "a.word_count <= :longest", question.longest),
        ("paywalled", "a.is_paywalled = :paywalled", question.is_paywalled),
        (
            "entity",
            f"exists (select 1 from article_entities ae where {entity})",
            entity_id if question.entity else None,
        ),
        ("type", typed, question.type),
    ]
    given = [(name, condition, value) for name, condition, value in known if value is not None]
    return [condition for _, condition, _ in given], {name: value for name, _, value in given}


def _where(conditions: Sequence[str]) -> str:
    return f"where {' and '.join(conditions)}" if conditions else ""


def _entity_id(connection: sqlite3.Connection, question: Question) -> int:
    """The id behind the slug; 0, which none has, for one that is not known."""
    if not question.entity:
        return 0
    row = connection.execute(
        "select coalesce(merged_into, id) from entities where slug = ?", [question.entity]
    ).fetchone()
    return row[0] if row else 0


def _by_meaning(
    connection: sqlite3.Connection, question: Question, entity_id: int, index: VectorIndex
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
    conditions, bound = _filters(question, entity_id)
    ids = f"({', '.join(str(int(number)) for number, _ in near) or 'null'})"
    rows = connection.execute(
        "select a.id from articles a indexed by articles_filters "
        f"{_where([f'a.id in {ids}', *conditions])}",
        bound,
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
