"""Articles that were taken out: where they stood, when, by whom and why; nothing of what they said."""

from sqlite_utils import Database

from archive.migrations.registry import migrations, run


@migrations()
def m024_removals(db: Database) -> None:
    run(
        db,
        """
        create table removals (
            url text primary key,
            article_url text not null,
            article_id integer not null,
            removed_at text not null,
            removed_by text not null,
            note text
        )
        """,
        "create index removals_article_url on removals(article_url)",
        "create index removals_article_id on removals(article_id)",
        # To delete an article must not read the index over all signatures.
        "create index signature_bands_article on signature_bands(article_id)",
    )
