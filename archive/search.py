"""Search: by words (BM25), by meaning (vectors), or by both; filtered, sorted, the found words marked.

The functions take a plain SQLite connection, so that the command line and the reader's pages ask in
the same way and get the same order.
"""

import dataclasses
import heapq
import json
import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import Any, Literal

from archive.records import SNIPPET_MARKS, SearchResult
from archive.vector_index import VectorIndex

Order = Literal["relevance", "date"]
By = Literal["words", "meaning", "both"]

#: At most so many articles are ranked: of a word that more hold, those that came in last.
MOST_RANKED = 5_000
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
_SNIPPET_TOKENS = 32
_MOST_TERMS = 60

_TERM = re.compile(r'"([^"]*)"|(\S+)')


@dataclass(frozen=True)
class Question:
    """What is looked for. Without words the filters alone choose, newest first.

    Attributes:
        words: as a person types them.
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


def fts_query(words: str, joined_by: str = " ") -> str:
    """Turn what a person typed into an FTS5 query that cannot fail.

    Words are all required (or, joined by " OR ", any); "quoted words" are a phrase; everything else
    is taken literally. Returns "" where there is nothing to search for.
    """
    return joined_by.join(terms(words))


def terms(words: str) -> list[str]:
    """The words and phrases of what a person typed, each an FTS5 query."""
    found = []
    for phrase, word in _TERM.findall(words):
        # Bytes that are no UTF-8 come from the command line as surrogates, which SQLite cannot take.
        encodable = (phrase or word).encode("utf-8", "ignore").decode()
        literal = encodable.replace('"', " ").replace("\x00", " ")
        if re.search(r"\w", literal):
            found.append(f'"{literal}"')
    return found


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
    if not query and question.like is None and not question.has_filters:
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
        ranked, total, is_capped = _by_words(connection, question, query, entity_id)
    page = ranked[:MOST_GIVEN][offset : offset + limit]
    return Found(_results(connection, page, marking), total, is_capped)


def count_words(connection: sqlite3.Connection, query: str) -> int:
    """How many articles an FTS5 query finds, counted no further than `MOST_RANKED` and one."""
    sql = "select count(*) from (select 1 from articles_fts where articles_fts match ? limit ?)"
    return int(connection.execute(sql, [query, MOST_RANKED + 1]).fetchone()[0])


Ranked = list[tuple[int, float]]


def _by_words(
    connection: sqlite3.Connection, question: Question, query: str, entity_id: int
) -> tuple[Ranked, int, bool]:
    """The order by words and filters: (id, score), how many in all, whether some were left out."""
    conditions, bound = _filters(question, entity_id)
    bound |= {"query": query, "cap": MOST_RANKED + 1}
    candidates = _candidates(connection, _base(question), bound)
    is_capped = len(candidates) > MOST_RANKED
    candidates = candidates[:MOST_RANKED]
    by_score = bool(query) and question.order == "relevance"
    total = None
    if not query and _is_base_alone(question):
        # They come in the order that is asked for, and there is nothing left to filter by.
        return candidates[:MOST_GIVEN], len(candidates), is_capped
    if by_score and not conditions:
        # The best are enough, so that only theirs are the dates to look up.
        total = len(candidates)
        candidates = heapq.nlargest(MOST_GIVEN, candidates, key=itemgetter(1))
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


def _candidates(connection: sqlite3.Connection, base: str | None, bound: dict[str, Any]) -> Ranked:
    """(id, score) of at most `MOST_RANKED` and one articles, those that came in last.

    It starts from the words; where more articles hold them than are ranked, from the filters.
    """
    if not bound["query"]:
        sql = base or _BY_DATE.format(where="")
        return [(number, 0.0) for (number,) in _tuples(connection, sql, bound)]
    match = (
        f"select rowid, -bm25(articles_fts, {_WEIGHTS}) from articles_fts "
        "where articles_fts match :query {} order by rowid desc limit :cap"
    )
    found = _tuples(connection, match.format(""), bound)
    if base is None or len(found) <= MOST_RANKED:
        return found
    ids = [number for (number,) in _tuples(connection, base, bound)]
    # The plus keeps FTS5 from being asked for each row by itself, which is far slower.
    within = "and rowid between :first and :last and +rowid in (select value from json_each(:ids))"
    ends = {"first": min(ids, default=0), "last": max(ids, default=0)}
    return _tuples(connection, match.format(within), {**bound, "ids": json.dumps(ids), **ends})


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
    kept = {row[0] for row in rows} - {question.like}
    return [(number, cosine) for number, cosine in near if number in kept]


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


def _results(connection: sqlite3.Connection, page: Ranked, query: str) -> list[SearchResult]:
    results = []
    for number, score in page:
        row = connection.execute(
            "select id, title, url, site, published_at, summary, tags from articles where id = ?",
            [number],
        ).fetchone()
        if row is None:
            continue
        article_id, title, url, site, day, summary, tags = row
        marked, snippet = _marked(connection, query, article_id) if query else (title, "")
        results.append(
            SearchResult(
                article_id, title, url, site, day, summary, tuple(json.loads(tags)), snippet,
                score, marked or title,
            )
        )  # fmt: skip
    return results


def _marked(connection: sqlite3.Connection, query: str, article_id: int) -> tuple[str, str]:
    """The title with the found words marked, and the best stretch elsewhere: summary or text."""
    start, end = SNIPPET_MARKS
    row = connection.execute(
        f"""
        select highlight(articles_fts, 0, :start, :end),
               snippet(articles_fts, 1, :start, :end, '…', {_SNIPPET_TOKENS}),
               snippet(articles_fts, 2, :start, :end, '…', {_SNIPPET_TOKENS})
        from articles_fts where articles_fts match :query and rowid = :id
        """,
        {"start": start, "end": end, "query": query, "id": article_id},
    ).fetchone()
    if row is None:
        return "", ""
    title, summary, text = (part or "" for part in row)
    best = max(summary, text, key=lambda part: part.count(start))
    return title, best if start in best else ""
