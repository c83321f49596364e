"""The schema, as numbered steps. A step is never edited once it has been released: add another.

`sqlite_utils.Migrations` runs each step in a transaction and records it in `_sqlite_migrations`.
The tables are written as SQL because checks, partial indexes and triggers have no other form.
What each table and column means is in `archive.descriptions`.
"""

# Steps run in the order in which these modules register them, which is that of their numbers.
from archive.migrations import tables  # isort: skip
from archive.migrations import history  # isort: skip
from archive.migrations import fields  # isort: skip
from archive.migrations import feeds  # isort: skip
from archive.migrations import entities  # isort: skip
from archive.migrations import reader  # isort: skip
from archive.migrations import models  # isort: skip
from archive.migrations import decisions  # isort: skip
from archive.migrations import work  # isort: skip
from archive.migrations import removals  # isort: skip
from archive.migrations import undecided  # isort: skip
from archive.migrations import unspaced  # isort: skip
from archive.migrations import sightings  # isort: skip
from archive.migrations import authors  # isort: skip
from archive.migrations import past  # isort: skip
from archive.migrations.registry import migrations

__all__ = [
    "authors",
    "decisions",
    "entities",
    "feeds",
    "fields",
    "history",
    "migrations",
    "models",
    "past",
    "reader",
    "removals",
    "sightings",
    "tables",
    "undecided",
    "unspaced",
    "work",
]
