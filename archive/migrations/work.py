"""Steps 22 and 23: what is still to do is known without reading what is done; signs of vectors."""

from sqlite_utils import Database

from archive.migrations.registry import migrations, run

#: Articles are counted in blocks of 1,024 ids.
_BLOCK = "{0} >> 10"


@migrations()
def m022_what_is_still_to_do(db: Database) -> None:
    _blocks_of_articles(db)
    _blocks_of_enrichments(db)
    _articles_to_compare(db)


def _blocks_of_articles(db: Database) -> None:
    block = _BLOCK.format
    run(
        db,
        """
        create table article_blocks (
            block integer primary key,
            articles integer not null
        )
        """,
        f"insert into article_blocks select {block('id')}, count(*) from articles group by 1",
        f"""
        create trigger article_blocks_come after insert on articles begin
            insert into article_blocks values ({block("new.id")}, 1)
            on conflict do update set articles = articles + 1;
        end
        """,
        # Before, while its hash can still be read: what was made of it is uncounted by it.
        f"""
        create trigger article_blocks_go before delete on articles begin
            delete from enrichments where article_id = old.id;
            update article_blocks set articles = articles - 1 where block = {block("old.id")};
            delete from article_blocks where block = {block("old.id")} and articles <= 0;
        end
        """,
    )


def _blocks_of_enrichments(db: Database) -> None:
    block = _BLOCK.format

    def counted(row: str, made: int) -> str:
        """Adds a row of enrichments to its block, or takes it out (made: -1)."""
        return f"""
            insert into enrichment_blocks
            select {row}.task, {row}.model_id, {block(f"{row}.article_id")}, {made},
                   {made} * coalesce({row}.content_hash = (
                       select content_hash from articles where id = {row}.article_id), 0)
            where true
            on conflict do update set made = made + excluded.made,
                up_to_date = up_to_date + excluded.up_to_date;
        """

    run(
        db,
        """
        create table enrichment_blocks (
            task text not null,
            model_id integer not null,
            block integer not null,
            made integer not null,
            up_to_date integer not null,
            primary key (task, model_id, block)
        ) without rowid
        """,
        f"""
        insert into enrichment_blocks
        select e.task, e.model_id, {block("e.article_id")}, count(*),
               sum(e.content_hash = a.content_hash)
        from enrichments e join articles a on a.id = e.article_id group by 1, 2, 3
        """,
        f"create trigger enrichment_blocks_come after insert on enrichments "
        f"begin {counted('new', 1)} end",
        f"create trigger enrichment_blocks_go after delete on enrichments "
        f"begin {counted('old', -1)} "
        "delete from enrichment_blocks where task = old.task and model_id = old.model_id "
        f"and block = {block('old.article_id')} and made <= 0; end",
        f"create trigger enrichment_blocks_change after update on enrichments "
        f"begin {counted('old', -1)} {counted('new', 1)} end",
        # A text that changes makes what was made of the old one stale, or current again.
        f"""
        create trigger enrichment_blocks_follow after update of content_hash on articles
        when new.content_hash is not old.content_hash
        begin
            insert into enrichment_blocks
            select task, model_id, {block("article_id")}, 0,
                   (content_hash = new.content_hash) - (content_hash = old.content_hash)
            from enrichments where article_id = new.id
            on conflict do update set up_to_date = up_to_date + excluded.up_to_date;
        end
        """,
    )


def _articles_to_compare(db: Database) -> None:
    dated_at = """
        case when a.published_at is null then a.first_seen_at
             when a.published_at like '%T00:00:00Z' then substr(a.published_at, 1, 11) || '23:59:59Z'
             else a.published_at end
    """
    run(
        db,
        """
        create table unsigned (
            article_id integer primary key references articles(id) on delete cascade
        )
        """,
        f"""
        insert into unsigned
        select a.id from articles a left join signatures s on s.article_id = a.id
        where s.article_id is null or s.content_hash <> a.content_hash or s.dated_at <> {dated_at}
        """,
        "create trigger unsigned_come after insert on articles "
        "begin insert into unsigned values (new.id); end",
        """
        create trigger unsigned_again
        after update of content_hash, published_at, first_seen_at on articles
        when new.content_hash <> old.content_hash or new.published_at is not old.published_at
            or new.first_seen_at <> old.first_seen_at
        begin insert or ignore into unsigned values (new.id); end
        """,
        """
        create trigger unsigned_forgotten after delete on signatures begin
            insert or ignore into unsigned select id from articles where id = old.article_id;
        end
        """,
        "drop index articles_signing",
    )


@migrations()
def m023_signs_of_vectors(db: Database) -> None:
    from archive.vector_index import sign_code

    run(
        db,
        # By model, so that those of one are read in a row; ten times smaller than the vectors.
        """
        create table vector_codes (
            model_id integer not null references models(id),
            article_id integer not null references articles(id) on delete cascade,
            code blob,
            primary key (model_id, article_id)
        ) without rowid
        """,
        "create index vector_codes_article on vector_codes(article_id)",
        # SQLite has no function for signs: whoever saves a vector adds them, or a reader does.
        """
        create trigger vector_codes_come after insert on vectors begin
            insert into vector_codes values (new.model_id, new.article_id, null)
            on conflict do update set code = null;
        end
        """,
        """
        create trigger vector_codes_change after update on vectors begin
            update vector_codes set code = null
            where model_id = new.model_id and article_id = new.article_id;
        end
        """,
        """
        create trigger vector_codes_go after delete on vectors begin
            delete from vector_codes
            where model_id = old.model_id and article_id = old.article_id;
        end
        """,
    )
    db.conn.create_function("sign_code", 1, sign_code, deterministic=True)
    db.execute(
        "insert into vector_codes select model_id, article_id, sign_code(vector) from vectors"
    )
