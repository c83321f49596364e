"""Steps 7 and 8: the history of articles and their copies."""

from sqlite_utils import Database

from archive.migrations.registry import migrations, run


@migrations()
def m007_revisions_keep_the_date_of_modification(db: Database) -> None:
    # What replaced a revision is the next one of the article, or else the article as it is.
    run(
        db,
        "alter table revisions add column modified_at text",
        """
        create view stealth_edits as
        select a.id as article_id, r.id as revision_id, r.seen_at, a.site, a.url, r.modified_at,
               r.title as title_before, coalesce(n.title, a.title) as title_after,
               r.text <> coalesce(n.text, a.text) as is_text_changed
        from revisions r
        join articles a on a.id = r.article_id
        left join revisions n on n.id = (
            select min(id) from revisions where article_id = r.article_id and id > r.id
        )
        where r.modified_at is case when n.id is null then a.modified_at else n.modified_at end
        """,
    )


@migrations()
def m008_signatures_of_texts(db: Database) -> None:
    run(
        db,
        "alter table articles add column duplicate_share real",
        """
        create table signatures (
            article_id integer primary key references articles(id) on delete cascade,
            content_hash text not null,
            dated_at text not null,
            signature blob
        )
        """,
        """
        create table signature_bands (
            bucket integer not null,
            article_id integer not null references signatures(article_id) on delete cascade,
            primary key (bucket, article_id)
        ) without rowid
        """,
        # What decides whether an article is to be signed again, apart from the long texts.
        """
        create index articles_signing
        on articles(id, content_hash, published_at, first_seen_at)
        """,
        # The copies of an article that is deleted are looked at again: another is their original.
        """
        create trigger articles_forget_copies before delete on articles begin
            update articles set duplicate_share = null where duplicate_of = old.id;
            delete from signatures
            where article_id in (select id from articles where duplicate_of = old.id);
        end
        """,
    )
