"""An index of words in memory, which cuts texts into words as the archive's own does."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Any

# Of the last migration that has made the archive's index.
from archive.migrations.unspaced import TOKENIZER


@contextmanager
def word_index(columns: str, rows: Iterable[tuple[Any, ...]]) -> Iterator[sqlite3.Connection]:
    """A connection to a table `articles_fts` of these columns alone.

    Args:
        columns: their names, with commas between.
        rows: for each a number, then its columns.
    """
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(
            f'create virtual table articles_fts using fts5({columns}, tokenize="{TOKENIZER}")'
        )
        marks = ", ".join("?" for _ in columns.split(","))
        insert = f"insert into articles_fts (rowid, {columns}) values (?, {marks})"
        connection.executemany(insert, rows)
        yield connection
