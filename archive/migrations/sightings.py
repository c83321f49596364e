"""Step 27: until when a text was seen, so that a change has a time before which it was not made."""

from sqlite_utils import Database

from archive.migrations.registry import migrations, run


@migrations()
def m027_when_it_was_last_seen(db: Database) -> None:
    # Null for what was seen before this step: the articles of an archive are not all written anew. From here on
    # seen_at tells the order of revisions: a capture may add one that is older.
    run(
        db,
        "alter table articles add column last_seen_at text",
        "alter table pages add column last_seen_at text",
        "alter table revisions add column last_seen_at text",
        # The pages that came again; in few archives they are many.
        """
        create index pages_seen_again on pages(requested_url, fetched_at, last_seen_at)
        where last_seen_at is not null
        """,
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
        """,
    )
