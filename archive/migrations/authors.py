"""Step 28: authors are found in whatever capitals their name is typed."""

from sqlite_utils import Database

from archive.migrations.registry import migrations, run


@migrations()
def m028_authors_in_any_capitals(db: Database) -> None:
    run(db, "create index author_totals_called on author_totals(author collate nocase)")
