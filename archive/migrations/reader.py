"""Steps 15 to 17: counts and orders that pages show, kept up to date by triggers as rows are written.

A page must not take longer because the archive has grown. What would have to be counted or sorted
over many articles is kept here ready; no code that writes articles or tags knows of it.
"""

from sqlite_utils import Database

from archive.migrations.registry import migrations, run

_DAY = "coalesce(date({0}.published_at), '')"


def _count(table: str, key: str, row: str, columns: str = "articles", values: str = "1") -> str:
    """An upsert that adds a row of a triggering table to the counts of its key."""
    names = [name.strip() for name in columns.split(",")]
    added = ", ".join(f"{name} = {name} + excluded.{name}" for name in names)
    return (
        f"insert into {table} ({key}, {columns}) values ({row}, {values}) "
        f"on conflict do update set {added};"
    )


def _uncount(table: str, where: str, columns: str = "articles", values: str = "1") -> str:
    """Takes a row out of the counts of its key; a count of nought is no row."""
    pairs = zip(columns.split(","), values.split(","), strict=True)
    taken = ", ".join(f"{name} = {name} - {value}" for name, value in pairs)
    return (
        f"update {table} set {taken} where {where}; "
        f"delete from {table} where {where} and articles <= 0;"
    )


@migrations()
def m015_counts_of_articles_and_entities(db: Database) -> None:
    _lists_of_articles(db)
    _articles_by_site_and_author(db)
    _articles_by_entity(db)


def _lists_of_articles(db: Database) -> None:
    run(
        db,
        # The front page without the copies, which stand under their originals.
        "create index articles_originals on articles(published_at) where duplicate_of is null",
        # What searches filter by, apart from the long texts.
        """
        create index articles_filters on articles(
            id, published_at, site, language, word_count, is_paywalled, duplicate_of
        )
        """,
        "create index articles_first_seen_at on articles(first_seen_at)",
        "create index articles_without_summary on articles(id) where summary is null",
    )


def _articles_by_site_and_author(db: Database) -> None:
    run(
        db,
        """
        create table site_days (
            site text not null,
            day text not null,
            articles integer not null,
            primary key (site, day)
        ) without rowid
        """,
        """
        create table site_totals (
            site text primary key,
            articles integer not null
        ) without rowid
        """,
        "create index site_totals_articles on site_totals(articles)",
        """
        create table article_authors (
            author text not null,
            published_at text not null,
            article_id integer not null references articles(id) on delete cascade,
            primary key (author, published_at, article_id)
        ) without rowid
        """,
        "create index article_authors_article on article_authors(article_id)",
        """
        create table author_totals (
            author text primary key,
            articles integer not null
        ) without rowid
        """,
        "create index author_totals_articles on author_totals(articles)",
    )
    days = f"coalesce(new.site, ''), {_DAY.format('new')}"
    old_site = "site = coalesce(old.site, '')"
    come = _count("site_days", "site, day", days) + _count(
        "site_totals", "site", "coalesce(new.site, '')"
    )
    gone = _uncount("site_days", f"{old_site} and day = {_DAY.format('old')}") + _uncount(
        "site_totals", old_site
    )
    authors = """
        insert or ignore into article_authors (author, published_at, article_id)
        select value, coalesce(new.published_at, ''), new.id from json_each(new.authors)
        where type = 'text' and value <> '';
    """
    no_authors = "delete from article_authors where article_id = old.id;"
    run(
        db,
        f"create trigger article_authors_come after insert on article_authors begin "
        f"{_count('author_totals', 'author', 'new.author')} end",
        f"create trigger article_authors_go after delete on article_authors begin "
        f"{_uncount('author_totals', 'author = old.author')} end",
        f"create trigger articles_counted after insert on articles begin {come} {authors} end",
        # Before, and not after: what is deleted along with an article asks for its date and site.
        f"""
        create trigger articles_uncounted before delete on articles begin
            delete from article_entities where article_id = old.id;
            {no_authors} {gone}
        end
        """,
        f"""
        create trigger articles_recounted after update of site, published_at on articles
        when new.site is not old.site or new.published_at is not old.published_at
        begin {gone} {come} end
        """,
        f"""
        create trigger articles_authors_change after update of authors, published_at on articles
        when new.authors is not old.authors or new.published_at is not old.published_at
        begin {no_authors} {authors} end
        """,
        """
        insert into site_days select coalesce(site, ''), coalesce(date(published_at), ''), count(*)
        from articles group by 1, 2
        """,
        "insert into site_totals select site, sum(articles) from site_days group by site",
        """
        insert or ignore into article_authors
        select value, coalesce(a.published_at, ''), a.id from articles a, json_each(a.authors)
        where type = 'text' and value <> ''
        """,
    )


def _articles_by_entity(db: Database) -> None:
    run(
        db,
        """
        create table entity_timeline (
            entity_id integer not null references entities(id) on delete cascade,
            published_at text not null,
            article_id integer not null references articles(id) on delete cascade,
            site text not null,
            mentions integer not null,
            primary key (entity_id, published_at, article_id)
        ) without rowid
        """,
        "create index entity_timeline_site on entity_timeline(entity_id, site, published_at)",
        "create index entity_timeline_article on entity_timeline(article_id)",
        """
        create table entity_days (
            entity_id integer not null,
            day text not null,
            articles integer not null,
            mentions integer not null,
            primary key (entity_id, day)
        ) without rowid
        """,
        "create index entity_days_most on entity_days(day, articles)",
        """
        create table entity_site_months (
            entity_id integer not null,
            site text not null,
            month text not null,
            articles integer not null,
            mentions integer not null,
            primary key (entity_id, site, month)
        ) without rowid
        """,
        """
        create table entity_site_totals (
            entity_id integer not null,
            site text not null,
            articles integer not null,
            mentions integer not null,
            primary key (entity_id, site)
        ) without rowid
        """,
        "create index entity_site_totals_entity on entity_site_totals(entity_id, articles)",
        "create index entity_site_totals_site on entity_site_totals(site, articles)",
        """
        create table entity_totals (
            entity_id integer primary key,
            articles integer not null,
            mentions integer not null
        )
        """,
        "create index entity_totals_articles on entity_totals(articles)",
    )
    both = ("articles, mentions", "1, new.mentions")
    minus = ("articles, mentions", "1, old.mentions")
    day = _DAY
    come = (
        _count("entity_days", "entity_id, day", f"new.entity_id, {day.format('new')}", *both)
        + _count(
            "entity_site_months",
            "entity_id, site, month",
            f"new.entity_id, new.site, substr({day.format('new')}, 1, 7)",
            *both,
        )
        + _count("entity_site_totals", "entity_id, site", "new.entity_id, new.site", *both)
        + _count("entity_totals", "entity_id", "new.entity_id", *both)
    )
    entity = "entity_id = old.entity_id"
    gone = (
        _uncount("entity_days", f"{entity} and day = {day.format('old')}", *minus)
        + _uncount(
            "entity_site_months",
            f"{entity} and site = old.site and month = substr({day.format('old')}, 1, 7)",
            *minus,
        )
        + _uncount("entity_site_totals", f"{entity} and site = old.site", *minus)
        + _uncount("entity_totals", entity, *minus)
    )
    placed = """
        insert into entity_timeline (entity_id, published_at, article_id, site, mentions)
        select ae.entity_id, coalesce(a.published_at, ''), a.id, coalesce(a.site, ''),
               ae.mention_count
        from article_entities ae join articles a on a.id = ae.article_id
    """
    mine = "where ae.article_id = new.article_id and ae.entity_id = new.entity_id;"
    removed = """
        delete from entity_timeline
        where article_id = old.article_id and entity_id = old.entity_id;
    """
    # The counts follow the timeline, the timeline follows article_entities and articles.
    run(
        db,
        f"create trigger entity_timeline_come after insert on entity_timeline begin {come} end",
        f"create trigger entity_timeline_go after delete on entity_timeline begin {gone} end",
        f"create trigger article_entities_come after insert on article_entities "
        f"begin {placed} {mine} end",
        f"create trigger article_entities_go after delete on article_entities begin {removed} end",
        f"create trigger article_entities_change after update on article_entities "
        f"begin {removed} {placed} {mine} end",
        f"""
        create trigger articles_move_in_time after update of site, published_at on articles
        when new.site is not old.site or new.published_at is not old.published_at
        begin
            delete from entity_timeline where article_id = new.id;
            {placed} where ae.article_id = new.id;
        end
        """,
        placed,
    )


def host_of(row: str) -> str:
    """The host of a row's URL: what stands between :// and the next /, ? or #, without www."""
    rest = f"substr({row}.url, instr({row}.url, '://') + 3)"
    end = f"instr(replace(replace({rest}, '?', '/'), '#', '/') || '/', '/') - 1"
    name = f"lower(substr({rest}, 1, {end}))"
    return (
        f"case when instr({row}.url, '://') = 0 then '' "
        f"when {name} like 'www.%' then substr({name}, 5) else {name} end"
    )


@migrations()
def m016_counts_of_what_was_not_taken(db: Database) -> None:
    def key(row: str) -> str:
        return f"{host_of(row)}, {row}.state, coalesce({row}.reason, '')"

    old_key = f"site = {host_of('old')} and state = old.state and reason = coalesce(old.reason, '')"
    come = (
        "insert into ledger_totals (site, state, reason, entries, last_tried_at) "
        f"values ({key('new')}, 1, new.last_tried_at) on conflict do update set "
        "entries = entries + 1, last_tried_at = max(coalesce(last_tried_at, ''), "
        "coalesce(excluded.last_tried_at, ''));"
    )
    gone = (
        f"update ledger_totals set entries = entries - 1 where {old_key}; "
        f"delete from ledger_totals where {old_key} and entries <= 0;"
    )
    run(
        db,
        """
        create table ledger_totals (
            site text not null,
            state text not null,
            reason text not null,
            entries integer not null,
            last_tried_at text,
            primary key (site, state, reason)
        ) without rowid
        """,
        "create index ledger_totals_most on ledger_totals(state, entries)",
        f"""
        insert into ledger_totals
        select {key("ledger")}, count(*), max(last_tried_at) from ledger group by 1, 2, 3
        """,
        f"create trigger ledger_counted after insert on ledger begin {come} end",
        f"create trigger ledger_uncounted after delete on ledger begin {gone} end",
        f"""
        create trigger ledger_recounted after update of url, state, reason, last_tried_at on ledger
        begin {gone} {come} end
        """,
    )


@migrations()
def m017_names_whatever_their_case(db: Database) -> None:
    run(
        db,
        "create index entities_name_nocase on entities(name collate nocase)",
        "create index aliases_alias_nocase on aliases(alias collate nocase)",
        "create index sources_last_read_at on sources(last_read_at)",
    )
