"""What has to be read whole: texts and their hashes, the search index over them, stored pages."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from archive.doctor.check import Check, Patient, statements
from archive.migrations.unspaced import has_signs
from archive.records import Article
from archive.stored_pages import is_whole

#: Articles read at a time: what is compared is of one moment, and memory stays small.
_CHUNK = 500
#: The index is asked for so many words of a column, and of so many articles, evenly spread.
_PROBES, _MOST_PROBED = 3, 2_000
_PIECE = re.compile(r"(?<!\S)[A-Za-z0-9][^\s\"\x00]*")


def chunks(patient: Patient, table: str) -> Iterator[tuple[int, int]]:
    """The ids of a table in ranges: the first and the last of each."""
    last = 0
    query = (
        f"select min(id), max(id) from (select id from {table} where id > ? order by id limit ?)"
    )
    while True:
        first, end = patient.connection.execute(query, [last, _CHUNK]).fetchone()
        if first is None:
            return
        yield first, end
        last = end


@contextmanager
def _one_moment(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("begin")
    try:
        yield
    finally:
        connection.execute("rollback")


def hash_of(title: str, text: str) -> str:
    """The hash that an article with this title and text has."""
    return Article(url="", title=title, text=text).content_hash


def _other_texts(patient: Patient) -> Iterator[int]:
    query = "select id, title, text, content_hash from articles where id between ? and ?"
    for ends in chunks(patient, "articles"):
        for number, title, text, content_hash in patient.connection.execute(query, ends):
            if hash_of(title, text) != content_hash:
                yield number


#: Its text can be read from there: what stands in its place is not to be taken for the true one.
_HAS_PAGE = "page_id in (select id from pages)"


def _hash_texts(patient: Patient) -> None:
    connection = patient.connection
    connection.create_function("hash_of", 2, hash_of, deterministic=True)
    for first, last in chunks(patient, "articles"):
        patient.write(
            "update articles set content_hash = hash_of(title, text) "
            f"where id between {first} and {last} and content_hash <> hash_of(title, text) "
            f"and not coalesce({_HAS_PAGE}, 0)"
        )


#: Articles that the index lacks, and what it has of articles that are gone.
_UNMATCHED = """
    select a.id from articles a where not exists (
        select 1 from articles_fts_docsize d where d.id = a.id
    )
    union all
    select d.id from articles_fts_docsize d where not exists (
        select 1 from articles a where a.id = d.id
    )
"""


def _not_found(patient: Patient) -> Iterator[int]:
    """Articles that the search finds by other words than theirs.

    FTS5's own integrity check would lock the archive while it reads it whole. So the number of
    words that the index has of each column is compared with that of the text, cut up by the same
    tokenizer into an index of a few articles; and of up to 2,000 articles the index is asked for
    some of their words, lest others have taken their place.
    """
    yield from patient.rows(_UNMATCHED)
    if not patient.is_quick:
        yield from _out_of_step(patient)


def _out_of_step(patient: Patient) -> Iterator[int]:
    connection = patient.connection
    (written,) = connection.execute(
        "select sql from sqlite_master where name = 'articles_fts'"
    ).fetchone()
    tokenizer = re.search(r"tokenize\s*=\s*(\"[^\"]*\"|'[^']*')", written)
    connection.execute("drop table if exists temp.doctor_fts")
    connection.execute(
        "create virtual table temp.doctor_fts using fts5(title, summary, text, content='', "
        f"tokenize={tokenizer[1] if tokenizer else 'unicode61'})"
    )
    step = patient.number("select max(id) from articles") // _MOST_PROBED + 1
    for ends in chunks(patient, "articles"):
        # The end of the moment takes back what was put into the new index, too.
        with _one_moment(connection):
            found = list(_chunk_out_of_step(connection, ends, step))
        yield from found
    connection.execute("drop table temp.doctor_fts")


def _chunk_out_of_step(
    connection: sqlite3.Connection, ends: tuple[int, int], step: int
) -> Iterator[int]:
    """Of the articles with ids between these; every so manieth is asked for by its words."""
    rows = connection.execute(
        "select id, title, summary, text from indexed_articles where id between ? and ?", ends
    ).fetchall()
    insert = "insert into temp.doctor_fts (rowid, title, summary, text) values (?, ?, ?, ?)"
    connection.executemany(insert, rows)
    sizes = connection.execute(
        """
        select n.id, d.sz = n.sz from temp.doctor_fts_docsize n
        cross join articles_fts_docsize d on d.id = n.id
        """
    )
    is_equal = dict(sizes.fetchall())
    for number, *columns in rows:
        # One that the index lacks has been told already.
        if number not in is_equal:
            continue
        if not is_equal[number] or (
            number % step == 0 and not _answers(connection, number, columns)
        ):
            yield number


def _answers(connection: sqlite3.Connection, number: int, columns: list[Any]) -> bool:
    """True if the index finds an article by words of each of its columns."""
    probe = " AND ".join(
        f"{name} : {' AND '.join(words)}"
        if len(words) == 1
        else f"{name} : ({' AND '.join(words)})"
        for name, text in zip(("title", "summary", "text"), columns, strict=True)
        if (words := _words_of(text))
    )
    if not probe:
        return True
    for table in ("articles_fts", "doctor_fts"):
        query = f"select 1 from {table} where {table} match ? and rowid = ?"
        if connection.execute(query, [probe, number]).fetchone():
            # Of a word that is none to the tokenizer, the new index knows nothing either.
            return table == "articles_fts"
    return True


def _words_of(text: str | None) -> list[str]:
    """Some pieces of a text between spaces, spread over it, as FTS5 queries.

    Of each stretch the longest: long words are rare, and the index tells of those at once.
    """
    pieces = _PIECE.findall(text or "")
    step = -(-len(pieces) // _PROBES) or 1
    stretches = (pieces[start : start + step] for start in range(0, len(pieces), step))
    return [f'"{max(stretch, key=len)}"' for stretch in stretches]


def _damaged_pages(patient: Patient) -> Iterator[str]:
    ids = "select id from pages where id between ? and ?"
    one = "select requested_url, body, body_bytes, body_sha256 from pages where id = ?"
    for ends in chunks(patient, "pages"):
        for (number,) in patient.connection.execute(ids, ends).fetchall():
            row = patient.connection.execute(one, [number]).fetchone()
            if row and not is_whole(*row[1:]):
                yield f"{number} {row[0]}"


#: These come before the checks of rows: a text with another hash has old work of models.
TEXTS = (
    Check(
        "texts",
        "articles whose text is not the one that their hash was made of",
        "The text was changed by another program. What models made of the old one is still shown.",
        "newsarchive reparse ID brings the true text back from the stored page; newsarchive doctor "
        "--fix leaves the article as it is until then. Where no page is stored, --fix takes the text "
        "as it is, makes the hash anew and takes away what was made of the old text. newsarchive "
        "summarize then makes that anew.",
        _other_texts,
        _hash_texts,
        "Made the hash anew where no page is stored.",
        is_slow=True,
    ),
)

CHECKS = (
    Check(
        "search",
        "articles that the search does not know as they are",
        "It finds them by words that they do not hold, or not at all.",
        "newsarchive doctor --fix builds the search index anew; others cannot write meanwhile.",
        _not_found,
        statements(
            "delete from unspaced",
            f"insert into unspaced select id from articles where {has_signs()}",
            "insert into articles_fts(articles_fts) values ('rebuild')",
        ),
        "Built the search index anew.",
    ),
    Check(
        "pages",
        "stored pages that are not as they came",
        "The page cannot be read, or is not the one whose hash was kept: it cannot be parsed again.",
        "The same bytes put it right: ingest that file, WARC or export again. Or take the page from a "
        "backup. The article stays as it is.",
        _damaged_pages,
        is_slow=True,
    ),
)
