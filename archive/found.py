"""What a search shows of each article that it found, the words found marked."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from archive.asked_words import has_beginning
from archive.names import has_unspaced_signs
from archive.records import SNIPPET_MARKS, SearchResult
from archive.word_index import word_index

#: Ids of articles and their scores, best first.
Ranked = list[tuple[int, float]]

_SNIPPET_TOKENS = 32
#: ... where each sign is a word; FTS5 gives no more.
_SNIPPET_SIGNS = 64
#: The index puts it around signs of scripts without spaces: a space of no width.
_NO_SPACE = "\u200b"


def results(connection: sqlite3.Connection, page: Ranked, query: str) -> list[SearchResult]:
    """The articles of a page of an order; query is the FTS5 query whose words are marked, or ""."""
    found = []
    with _index_of(connection, [number for number, _ in page], query) as index:
        for number, score in page:
            row = connection.execute(
                "select id, title, url, site, published_at, summary, tags from articles where id = ?",
                [number],
            ).fetchone()
            if row is None:
                continue
            article_id, title, url, site, day, summary, tags = row
            marked, snippet = _marked(index, query, article_id) if query else (title, "")
            found.append(
                SearchResult(
                    article_id, title, url, site, day, summary, tuple(json.loads(tags)), snippet,
                    score, marked or title,
                )
            )  # fmt: skip
    return found


@contextmanager
def _index_of(
    connection: sqlite3.Connection, ids: Sequence[int], query: str
) -> Iterator[sqlite3.Connection]:
    """Where the words are marked: in the archive; for a beginning of words in an index of these articles alone.

    FTS5 gathers all articles with such words for each article that is asked for.
    """
    if not has_beginning(query):
        yield connection
        return
    rows = connection.execute(
        "select id, title, summary, text from indexed_articles where id in (select value from json_each(?))",
        [json.dumps(ids)],
    )
    with word_index("title, summary, text", map(tuple, rows)) as index:
        yield index


def _marked(connection: sqlite3.Connection, query: str, article_id: int) -> tuple[str, str]:
    """The title with the found words marked, and the best stretch elsewhere: summary or text."""
    start, end = SNIPPET_MARKS
    tokens = _SNIPPET_SIGNS if has_unspaced_signs(query) else _SNIPPET_TOKENS
    row = connection.execute(
        f"""
        select highlight(articles_fts, 0, :start, :end),
               snippet(articles_fts, 1, :start, :end, '…', {tokens}),
               snippet(articles_fts, 2, :start, :end, '…', {tokens})
        from articles_fts where articles_fts match :query and rowid = :id
        """,
        {"start": start, "end": end, "query": query, "id": article_id},
    ).fetchone()
    if row is None:
        return "", ""
    title, summary, text = ((part or "").replace(_NO_SPACE, "") for part in row)
    best = max(summary, text, key=lambda part: part.count(start))
    return title, best if start in best else ""
