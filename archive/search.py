"""Full-text search over title, summary and text, ranked and with the found words marked."""

import json
import re

from sqlite_utils import Database

from archive.records import SNIPPET_MARKS, SearchResult

#: BM25 weights: a word in the title counts more than in the summary, there more than in the text.
_WEIGHTS = "10.0, 4.0, 1.0"
_SNIPPET_TOKENS = 32

_TERM = re.compile(r'"([^"]*)"|(\S+)')


def fts_query(words: str) -> str:
    """Turn what a person typed into an FTS5 query that cannot fail.

    Words are all required; "quoted words" are a phrase; everything else is taken literally.
    Returns "" where there is nothing to search for.
    """
    terms = []
    for phrase, word in _TERM.findall(words):
        # Bytes that are no UTF-8 come from the command line as surrogates, which SQLite cannot take.
        encodable = (phrase or word).encode("utf-8", "ignore").decode()
        literal = encodable.replace('"', " ").replace("\x00", " ")
        if re.search(r"\w", literal):
            terms.append(f'"{literal}"')
    return " ".join(terms)


def search_sql() -> str:
    """The query behind `search`, for whoever runs it on a connection of their own (the reader does).

    Parameters: query (from `fts_query`), start_mark and end_mark (`SNIPPET_MARKS`), limit, offset.
    """
    return f"""
        select a.id, a.title, a.url, a.site, a.published_at, a.summary, a.tags,
               snippet(articles_fts, -1, :start_mark, :end_mark, '…', {_SNIPPET_TOKENS}) as snippet,
               -bm25(articles_fts, {_WEIGHTS}) as score
        from articles_fts join articles a on a.id = articles_fts.rowid
        where articles_fts match :query
        order by score desc, a.published_at desc, a.id desc limit :limit offset :offset
        """


def search(db: Database, words: str, limit: int = 20, offset: int = 0) -> list[SearchResult]:
    """Articles that hold all the words, best first (BM25), and the newest of equals first."""
    query = fts_query(words)
    if not query:
        return []
    start_mark, end_mark = SNIPPET_MARKS
    rows = db.execute(
        search_sql(),
        {
            "query": query,
            "start_mark": start_mark,
            "end_mark": end_mark,
            "limit": limit,
            "offset": offset,
        },
    )
    return [
        SearchResult(
            article_id, title, url, site, day, summary, tuple(json.loads(tags)), snippet, score
        )
        for article_id, title, url, site, day, summary, tags, snippet, score in rows
    ]


def count(db: Database, words: str) -> int:
    """How many articles `search` would find without a limit."""
    query = fts_query(words)
    if not query:
        return 0
    return int(
        db.execute(
            "select count(*) from articles_fts where articles_fts match ?", [query]
        ).fetchone()[0]
    )
