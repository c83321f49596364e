"""Step 29: what a page said of itself before is kept too, and what is no change of the publisher's is told apart."""

from sqlite_utils import Database

from archive.migrations.registry import migrations, run


@migrations()
def m029_field_changes(db: Database) -> None:
    run(
        db,
        """
        create table field_changes (
            id integer primary key,
            article_id integer not null references articles(id) on delete cascade,
            field text not null,
            value_before text,
            value_after text,
            is_stealth integer not null check (is_stealth in (0, 1)),
            last_seen_at text,
            seen_at text not null
        )
        """,
        "create index field_changes_of_articles on field_changes(article_id, seen_at)",
        "create index field_changes_seen on field_changes(seen_at, article_id)",
        "create index revisions_seen on revisions(seen_at, article_id)",
        "alter table revisions add column is_read_otherwise integer not null default 0",
        "drop view stealth_edits",
        """
        create view stealth_edits as
        select a.id as article_id, r.id as revision_id, r.last_seen_at, r.seen_at, a.site, a.url,
               r.modified_at, r.title as title_before, coalesce(n.title, a.title) as title_after,
               r.text <> coalesce(n.text, a.text) as is_text_changed
        from revisions r
        join articles a on a.id = r.article_id
        left join revisions n on n.id = (
            select id from revisions
            where article_id = r.article_id and (seen_at, id) > (r.seen_at, r.id)
            order by seen_at, id limit 1
        )
        where r.modified_at is case when n.id is null then a.modified_at else n.modified_at end
        and not r.is_read_otherwise
        """,
    )
