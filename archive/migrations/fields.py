"""Step 9: what more a page says of an article."""

from sqlite_utils import Database

from archive.migrations.registry import migrations, run


@migrations()
def m009_keywords_and_name_of_site(db: Database) -> None:
    run(
        db,
        "alter table articles add column keywords text not null default '[]' "
        "check (json_valid(keywords))",
        "alter table articles add column site_name text",
    )
