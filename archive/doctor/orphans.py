"""Rows that point to rows which are gone, by the foreign keys of the schema."""

import sqlite3
from collections.abc import Iterator

from archive.doctor.check import Patient


def _references(connection: sqlite3.Connection) -> Iterator[tuple[str, str, str, str, str]]:
    """Every foreign key: (table, column, table it points to, its column, on delete)."""
    tables = connection.execute(
        "select name from sqlite_master where type = 'table' order by rowid"
    ).fetchall()
    for (table,) in tables:
        keys = connection.execute(
            'select "from", "table", coalesce("to", \'id\'), on_delete from pragma_foreign_key_list(?)',
            [table],
        )
        for column, other, key, action in keys.fetchall():
            yield table, column, other, key, action


def loose(table: str, column: str, other: str, key: str) -> str:
    """The end of a query for the rows of a table whose column points to no row of another."""
    return (
        f"from {table} where {column} is not null and not exists "
        f"(select 1 from {other} o where o.{key} = {table}.{column})"
    )


#: What cannot be made again is not deleted, though what it belonged to is gone.
_KEPT = frozenset({"revisions", "field_changes"})


def orphans(patient: Patient) -> Iterator[str]:
    """References to rows that are not there: table, column and value."""
    for table, column, other, key, _ in _references(patient.connection):
        if other != "models" and table not in _KEPT:
            for value in patient.rows(f"select {column} {loose(table, column, other, key)}"):
                yield f"{table}.{column} {value}"


def clear_orphans(patient: Patient) -> None:
    """Do what SQLite itself would have done when the row they point to was deleted."""
    written = []
    for table, column, other, key, action in _references(patient.connection):
        if other == "models" or table in _KEPT:
            continue
        end = loose(table, column, other, key)
        if action == "CASCADE":
            written.append(f"delete {end}")
        elif action == "SET NULL":
            written.append(
                f"update {table} set {column} = null {end.removeprefix(f'from {table}')}"
            )
    patient.write(*written)
