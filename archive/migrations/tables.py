"""Steps 1 to 6: runs, pages, articles, what models add, search, views for people."""

from sqlite_utils import Database

from archive.migrations.registry import migrations, run


@migrations()
def m001_runs_and_errors(db: Database) -> None:
    run(
        db,
        """
        create table runs (
            id integer primary key,
            command text not null,
            arguments text not null default '[]',
            versions text not null default '{}',
            started_at text not null,
            finished_at text,
            counts text not null default '{}',
            is_complete integer not null default 0 check (is_complete in (0, 1))
        )
        """,
        """
        create table errors (
            id integer primary key,
            run_id integer references runs(id) on delete cascade,
            subject text not null,
            stage text not null,
            reason text not null,
            message text not null,
            occurred_at text not null
        )
        """,
        "create index errors_run on errors(run_id)",
        "create index errors_subject on errors(subject)",
    )


@migrations()
def m002_sources_pages_articles(db: Database) -> None:
    run(
        db,
        """
        create table sources (
            id integer primary key,
            kind text not null,
            url text not null unique,
            title text,
            etag text,
            last_modified text,
            first_seen_at text not null,
            last_read_at text not null
        )
        """,
        """
        create table pages (
            id integer primary key,
            requested_url text not null,
            final_url text not null,
            fetched_at text not null,
            http_status integer,
            headers text not null default '{}',
            body blob not null,
            body_bytes integer not null,
            body_sha256 text not null,
            unique (requested_url, body_sha256)
        )
        """,
        """
        create table articles (
            id integer primary key,
            url text not null unique,
            site text,
            title text not null,
            description text,
            authors text not null default '[]' check (json_valid(authors)),
            published_at text,
            modified_at text,
            language text,
            section text,
            text text not null,
            word_count integer not null,
            image_url text,
            is_paywalled integer not null default 0 check (is_paywalled in (0, 1)),
            summary text,
            tags text not null default '[]' check (json_valid(tags)),
            content_hash text not null,
            duplicate_of integer references articles(id) on delete set null,
            page_id integer references pages(id) on delete set null,
            first_seen_at text not null,
            updated_at text not null
        )
        """,
        "create index articles_published_at on articles(published_at)",
        "create index articles_site on articles(site, published_at)",
        "create index articles_content_hash on articles(content_hash)",
        "create index articles_duplicate_of on articles(duplicate_of)",
        "create index articles_page on articles(page_id)",
        """
        create table revisions (
            id integer primary key,
            article_id integer not null references articles(id) on delete cascade,
            seen_at text not null,
            title text not null,
            text text not null,
            content_hash text not null
        )
        """,
        "create index revisions_article on revisions(article_id, seen_at)",
        """
        create table field_votes (
            article_id integer not null references articles(id) on delete cascade,
            field text not null,
            extractor text not null,
            value text not null,
            is_chosen integer not null check (is_chosen in (0, 1)),
            primary key (article_id, field, extractor)
        ) without rowid
        """,
        """
        create table ledger (
            id integer primary key,
            url text not null unique,
            source_id integer references sources(id) on delete set null,
            state text not null check (state in ('pending', 'article', 'source', 'skipped', 'failed')),
            tries integer not null default 0,
            http_status integer,
            reason text,
            error text,
            first_seen_at text not null,
            last_tried_at text,
            next_try_at text,
            etag text,
            last_modified text,
            page_id integer references pages(id) on delete set null,
            article_id integer references articles(id) on delete set null
        )
        """,
        "create index ledger_state on ledger(state, next_try_at)",
        "create index ledger_source on ledger(source_id)",
        "create index ledger_article on ledger(article_id)",
        "create index ledger_page on ledger(page_id)",
    )


@migrations()
def m003_models_and_what_they_made(db: Database) -> None:
    run(
        db,
        """
        create table models (
            id integer primary key,
            task text not null check (task in ('summary', 'tags', 'vector')),
            name text not null,
            revision text not null,
            parameters text not null default '{}' check (json_valid(parameters)),
            unique (task, name, revision, parameters)
        )
        """,
        """
        create table enrichments (
            article_id integer not null references articles(id) on delete cascade,
            task text not null check (task in ('summary', 'tags', 'vector')),
            model_id integer not null references models(id),
            content_hash text not null,
            created_at text not null,
            primary key (article_id, task, model_id)
        ) without rowid
        """,
        "create index enrichments_model on enrichments(model_id)",
        """
        create table summaries (
            id integer primary key,
            article_id integer not null references articles(id) on delete cascade,
            model_id integer not null references models(id),
            kind text not null,
            text text not null,
            tokens_read integer not null,
            tokens_total integer not null,
            is_current integer not null default 1 check (is_current in (0, 1)),
            created_at text not null,
            unique (article_id, model_id, kind)
        )
        """,
        "create index summaries_model on summaries(model_id)",
        "create unique index summaries_current on summaries(article_id, kind) where is_current",
        """
        create table summary_sentences (
            summary_id integer not null references summaries(id) on delete cascade,
            position integer not null,
            text text not null,
            support real not null,
            source_start integer not null,
            source_end integer not null,
            primary key (summary_id, position)
        ) without rowid
        """,
        """
        create table vectors (
            article_id integer not null references articles(id) on delete cascade,
            model_id integer not null references models(id),
            vector blob not null,
            primary key (article_id, model_id)
        ) without rowid
        """,
        "create index vectors_model on vectors(model_id)",
    )


@migrations()
def m004_entities(db: Database) -> None:
    types = "'person', 'organization', 'product', 'place', 'work', 'other'"
    run(
        db,
        f"""
        create table entities (
            id integer primary key,
            name text not null,
            type text not null check (type in ({types})),
            slug text not null unique,
            description text,
            unique (name, type)
        )
        """,
        """
        create table aliases (
            id integer primary key,
            entity_id integer not null references entities(id) on delete cascade,
            alias text not null,
            valid_from text,
            valid_until text,
            origin text not null
        )
        """,
        "create index aliases_entity on aliases(entity_id)",
        "create index aliases_alias on aliases(alias)",
        f"""
        create table mentions (
            id integer primary key,
            article_id integer not null references articles(id) on delete cascade,
            entity_id integer references entities(id) on delete cascade,
            start integer not null,
            "end" integer not null,
            surface text not null,
            type text not null check (type in ({types})),
            score real not null,
            model_id integer not null references models(id),
            check (start < "end")
        )
        """,
        "create index mentions_article on mentions(article_id, start)",
        "create index mentions_entity on mentions(entity_id, article_id)",
        "create index mentions_model on mentions(model_id)",
        """
        create table article_entities (
            article_id integer not null references articles(id) on delete cascade,
            entity_id integer not null references entities(id) on delete cascade,
            mention_count integer not null,
            salience real not null,
            primary key (article_id, entity_id)
        ) without rowid
        """,
        "create index article_entities_entity on article_entities(entity_id, article_id)",
    )


@migrations()
def m005_full_text_search(db: Database) -> None:
    columns = "title, summary, text"
    new = "new.id, new.title, new.summary, new.text"
    forget = (
        f"insert into articles_fts(articles_fts, rowid, {columns}) "
        "values ('delete', old.id, old.title, old.summary, old.text);"
    )
    remember = f"insert into articles_fts(rowid, {columns}) values ({new});"
    run(
        db,
        f"""
        create virtual table articles_fts using fts5(
            {columns},
            content='articles', content_rowid='id',
            tokenize='porter unicode61 remove_diacritics 2'
        )
        """,
        f"create trigger articles_fts_insert after insert on articles begin {remember} end",
        f"create trigger articles_fts_delete after delete on articles begin {forget} end",
        # Only these three columns: writing tags or dates must not rebuild an article's index.
        f"create trigger articles_fts_update after update of {columns} on articles "
        f"begin {forget} {remember} end",
        "insert into articles_fts(articles_fts) values ('rebuild')",
    )


@migrations()
def m006_views_for_people(db: Database) -> None:
    run(
        db,
        """
        create view latest as
        select id, published_at, site, title, summary, tags, url
        from articles
        order by published_at desc, id desc
        """,
        """
        create view article_tags as
        select a.id as article_id, a.published_at, a.site, a.title,
               e.id as entity_id, e.name as entity, e.type,
               ae.mention_count, ae.salience
        from article_entities ae
        join articles a on a.id = ae.article_id
        join entities e on e.id = ae.entity_id
        """,
        """
        create view entity_mentions_by_day as
        select e.id as entity_id, e.name as entity, e.type,
               date(a.published_at) as day,
               count(*) as articles, sum(ae.mention_count) as mentions
        from article_entities ae
        join articles a on a.id = ae.article_id
        join entities e on e.id = ae.entity_id
        where a.published_at is not null
        group by e.id, date(a.published_at)
        """,
        """
        create view skipped as
        select l.url, l.state, l.reason, l.error, l.http_status, l.tries,
               l.last_tried_at, l.next_try_at, s.kind as source_kind, s.url as source_url
        from ledger l left join sources s on s.id = l.source_id
        where l.state in ('skipped', 'failed')
        """,
    )
