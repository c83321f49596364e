"""Which articles a decision has not reached yet: it is applied block by block, so that others can write."""

from sqlite_utils import Database

from archive.migrations.registry import migrations, run


@migrations()
def m025_undecided(db: Database) -> None:
    run(
        db,
        """
        create table undecided (
            article_id integer primary key references articles(id) on delete cascade,
            is_renamed integer not null check (is_renamed in (0, 1))
        )
        """,
    )
