"""Counts and orders that triggers keep, against those counted anew from the rows they are made of."""

from dataclasses import dataclass

from archive.doctor.check import Check, sql, statements
from archive.migrations.reader import host_of
from archive.signatures import DATED_AT

_DAY = "coalesce(date({0}published_at), '')"


@dataclass(frozen=True)
class _Kept:
    """A table of counts: its columns, the query that counts them anew, and what else a row holds.

    extra is a column that cannot be counted anew to the letter: a row that is missing gets what is
    known of it, the others keep theirs. harm is what comes of wrong rows.
    """

    table: str
    what: str
    columns: str
    counted: str
    extra: str = ""
    harm: str = "Pages show wrong numbers, or lists that lack articles."


#: In this order: each is made of those before it.
_TABLES = (
    _Kept(
        "article_authors",
        "entries in the list of authors' articles",
        "author, published_at, article_id",
        """
        select distinct j.value, coalesce(a.published_at, ''), a.id
        from articles a, json_each(a.authors) j where j.type = 'text' and j.value <> ''
        """,
    ),
    _Kept(
        "author_totals",
        "counts of articles by author",
        "author, articles",
        "select author, count(*) from article_authors group by author",
    ),
    _Kept(
        "site_days",
        "counts of articles by site and day",
        "site, day, articles",
        f"select coalesce(site, ''), {_DAY.format('')}, count(*) from articles group by 1, 2",
    ),
    _Kept(
        "site_totals",
        "counts of articles by site",
        "site, articles",
        "select coalesce(site, ''), count(*) from articles group by 1",
    ),
    _Kept(
        "entity_timeline",
        "entries in the list of entities' articles",
        "entity_id, published_at, article_id, site, mentions",
        """
        select ae.entity_id, coalesce(a.published_at, ''), a.id, coalesce(a.site, ''),
               ae.mention_count
        from article_entities ae join articles a on a.id = ae.article_id
        """,
    ),
    _Kept(
        "entity_days",
        "counts of articles by entity and day",
        "entity_id, day, articles, mentions",
        f"""
        select entity_id, {_DAY.format("")}, count(*), sum(mentions)
        from entity_timeline group by 1, 2
        """,
    ),
    _Kept(
        "entity_site_months",
        "counts of articles by entity, site and month",
        "entity_id, site, month, articles, mentions",
        f"""
        select entity_id, site, substr({_DAY.format("")}, 1, 7), count(*), sum(mentions)
        from entity_timeline group by 1, 2, 3
        """,
    ),
    _Kept(
        "entity_site_totals",
        "counts of articles by entity and site",
        "entity_id, site, articles, mentions",
        "select entity_id, site, count(*), sum(mentions) from entity_timeline group by 1, 2",
    ),
    _Kept(
        "entity_totals",
        "counts of articles by entity",
        "entity_id, articles, mentions",
        "select entity_id, count(*), sum(mentions) from entity_timeline group by 1",
    ),
    _Kept(
        "ledger_totals",
        "counts of addresses by site and state",
        "site, state, reason, entries",
        f"""
        select {host_of("l")}, l.state, coalesce(l.reason, ''), count(*) {{}}
        from ledger l group by 1, 2, 3
        """,
        "last_tried_at",
    ),
    _Kept(
        "article_blocks",
        "counts of articles by block of ids",
        "block, articles",
        "select id >> 10, count(*) from articles group by 1",
        harm="newsarchive summarize does not find all that is to do.",
    ),
    _Kept(
        "enrichment_blocks",
        "counts of what models have made by block of ids",
        "task, model_id, block, made, up_to_date",
        """
        select e.task, e.model_id, e.article_id >> 10, count(*),
               sum(e.content_hash = a.content_hash)
        from enrichments e join articles a on a.id = e.article_id group by 1, 2, 3
        """,
        harm="newsarchive summarize does not find all that is to do.",
    ),
    _Kept(
        "unsigned",
        "entries in the list of articles that are to be looked at for copies",
        "article_id",
        f"""
        select a.id from articles a left join signatures s on s.article_id = a.id
        where s.article_id is null or s.content_hash <> a.content_hash
            or s.dated_at <> {DATED_AT}
        """,
        harm="Copies of these articles are not looked for, or once more than needed.",
    ),
)


def _check(kept: _Kept) -> Check:
    first, table = kept.columns.partition(",")[0], kept.table
    counted = f"with counted ({kept.columns}) as ({kept.counted.format('')})"
    filling, columns = counted, kept.columns
    if kept.extra:
        columns += f", {kept.extra}"
        filling = f"with counted ({columns}) as ({kept.counted.format(f', max({kept.extra})')})"
    present = f"select {kept.columns} from {table}"
    missing = f"select * from counted except {present}"
    wrong = f"{present} except select * from counted"
    return Check(
        f"counts.{table}",
        f"{kept.what} that are not what is counted anew",
        kept.harm,
        "newsarchive doctor --fix counts them anew.",
        sql(
            f"{counted} select distinct {first} from (select * from ({missing}) "
            f"union select * from ({wrong}))"
        ),
        statements(
            f"create temp table doctor_wrong as {counted} {wrong}",
            f"delete from {table} where ({kept.columns}) in (select * from temp.doctor_wrong)",
            f"{filling} insert into {table} ({columns}) select {columns} from counted "
            f"where ({kept.columns}) not in ({present})",
            "drop table temp.doctor_wrong",
        ),
        "Counted them anew.",
        is_slow=True,
    )


CHECKS = tuple(_check(kept) for kept in _TABLES)
