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
        literal = (phrase or word).replace('"', " ").replace("\x00", " ")
        if re.search(r"\w", literal):
            terms.append(f'"{literal}"')
    return " ".join(terms)


def search(db: Database, words: str, limit: int = 20, offset: int = 0) -> list[SearchResult]:
    """Articles that hold all the words, best first (BM25), and the newest of equals first."""
    query = fts_query(words)
    if not query:
        return []
    rows = db.execute(
        f"""
        select a.id, a.title, a.url, a.site, a.published_at, a.summary, a.tags,
               snippet(articles_fts, -1, ?, ?, '…', {_SNIPPET_TOKENS}),
               -bm25(articles_fts, {_WEIGHTS}) as score
        from articles_fts join articles a on a.id = articles_fts.rowid
        where articles_fts match ?
        order by score desc, a.published_at desc, a.id desc limit ? offset ?
        """,
        [*SNIPPET_MARKS, query, limit, offset],
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
