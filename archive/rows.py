"""Rows into tables, fast: one prepared statement for each shape of row.

`sqlite_utils` looks at the schema for every row that it inserts, which takes longer than the
insertion; articles come with some thirty rows each.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlite_utils import Database


def insert(db: Database, table: str, row: Mapping[str, Any]) -> int:
    """Insert a row; return its id."""
    cursor = db.execute(_statement(table, tuple(row)), tuple(row.values()))
    return int(cursor.lastrowid)  # type: ignore[arg-type]  # an insertion has one


def insert_all(db: Database, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns in the same order."""
    rows = iter(rows)
    first = next(rows, None)
    if first is not None:
        values = (tuple(row.values()) for row in chain((first,), rows))
        db.conn.executemany(_statement(table, tuple(first)), values)


@lru_cache(maxsize=64)
def _statement(table: str, columns: tuple[str, ...]) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    return f'insert into "{table}" ({names}) values ({", ".join("?" * len(columns))})'
