"""Makes an archive several times as large by copying its articles, in minutes instead of hours.

Each copy has an address, ids and dates of its own, later than those of the copy before; texts, names
and vectors are those of the original. What triggers keep is counted anew at the end.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from archive import Archive

_URL = "{0} || '?copy={k}'"
_DAY = "strftime('%Y-%m-%dT%H:%M:%SZ', {0}, '+{days} days')"
_HASH = "{0} || '-{k}'"
_ARTICLE, _PAGE, _SUMMARY = (
    "{0} + {k} * {articles}",
    "{0} + {k} * {pages}",
    "{0} + {k} * {summaries}",
)
#: For each table, the columns of a copy that differ from the original's, with what they become.
_COPIED: dict[str, dict[str, str]] = {
    "pages": {"id": _PAGE, "requested_url": _URL, "final_url": _URL, "fetched_at": _DAY},
    "articles": {
        "id": _ARTICLE, "url": _URL, "published_at": _DAY, "modified_at": _DAY,
        "first_seen_at": _DAY, "updated_at": _DAY, "content_hash": _HASH,
        "duplicate_of": _ARTICLE, "page_id": _PAGE,
    },
    "field_votes": {"article_id": _ARTICLE},
    "enrichments": {"article_id": _ARTICLE, "content_hash": _HASH},
    "summaries": {"id": _SUMMARY, "article_id": _ARTICLE},
    "summary_sentences": {"summary_id": _SUMMARY},
    "vectors": {"article_id": _ARTICLE},
    "vector_codes": {"article_id": _ARTICLE},
    "mentions": {"id": "null", "article_id": _ARTICLE},
    "article_entities": {"article_id": _ARTICLE},
    "article_authors": {"article_id": _ARTICLE, "published_at": _DAY},
    "signatures": {"article_id": _ARTICLE, "content_hash": _HASH, "dated_at": _DAY},
    "signature_bands": {"bucket": "{0} + 7919 * {k}", "article_id": _ARTICLE},
    "ledger": {
        "id": "null", "url": _URL, "article_id": _ARTICLE, "page_id": _PAGE,
        "first_seen_at": _DAY, "last_tried_at": _DAY,
    },
}  # fmt: skip
_DATE = "coalesce(date(published_at), '')"
#: What triggers would have counted, made anew.
_COUNTED = {
    "site_days": f"select coalesce(site, ''), {_DATE}, count(*) from articles group by 1, 2",
    "site_totals": "select site, sum(articles) from site_days group by 1",
    "author_totals": "select author, count(*) from article_authors group by 1",
    "entity_timeline": """
        select ae.entity_id, coalesce(a.published_at, ''), a.id, coalesce(a.site, ''),
               ae.mention_count
        from article_entities ae join articles a on a.id = ae.article_id order by 1, 2, 3""",
    "entity_days": f"""
        select entity_id, {_DATE}, count(*), sum(mentions) from entity_timeline group by 1, 2""",
    "entity_site_months": f"""
        select entity_id, site, substr({_DATE}, 1, 7), count(*), sum(mentions)
        from entity_timeline group by 1, 2, 3""",
    "entity_site_totals": """
        select entity_id, site, sum(articles), sum(mentions) from entity_site_months group by 1, 2""",
    "entity_totals": """
        select entity_id, sum(articles), sum(mentions) from entity_days group by 1""",
    "article_blocks": "select id >> 10, count(*) from articles group by 1",
    "enrichment_blocks": """
        select task, model_id, article_id >> 10, count(*), count(*) from enrichments group by 1, 2, 3
    """,
}


def run(path: Path, times: int) -> None:
    """Make the archive at `path`, all of which must have been enriched, `times` as large."""
    with Archive(path) as archive:
        db = archive.db
        for setting in ("journal_mode = off", "synchronous = off", "cache_size = -1000000"):
            db.execute(f"pragma {setting}")
        db.execute("pragma foreign_keys = off")
        ends = {
            table: db.execute(f"select max(id) from {table}").fetchone()[0] or 0
            for table in ("articles", "pages", "summaries")
        }
        first, last = db.execute(
            "select min(published_at), max(published_at) from articles"
        ).fetchone()
        days = db.execute("select julianday(?) - julianday(?)", [last, first]).fetchone()[0]
        with _without_triggers_and_indices(db):
            for table, changes in _COPIED.items():
                with _told(table):
                    _copy(db, table, changes, times, ends, int(days) + 1)
            for table, sql in _COUNTED.items():
                with _told(table):
                    db.execute(f"delete from {table}")
                    db.execute(f"insert into {table} {sql}")
            with _told("ledger_totals"):
                db.execute("update ledger_totals set entries = ? * entries", [times])
            with _told("articles_fts"):
                db.execute("insert into articles_fts(articles_fts) values ('rebuild')")
        db.execute("pragma journal_mode = wal")


def _copy(
    db: Database, table: str, changes: dict[str, str], times: int, ends: dict[str, int], days: int
) -> None:
    columns = [row[1] for row in db.execute(f"pragma table_info({table})").fetchall()]
    names = ", ".join(f'"{name}"' for name in columns)
    # Those that were there before: a table without ids of its own is read from a list of them.
    db.execute(f"create temp table before as select {names} from {table}")
    for k in range(1, times):
        values = ", ".join(
            changes.get(name, "{0}").format(f'"{name}"', k=k, days=k * days, **ends)
            for name in columns
        )
        db.execute(f"insert into {table} ({names}) select {values} from before")
    db.execute("drop table temp.before")


@contextmanager
def _without_triggers_and_indices(db: Database) -> Iterator[None]:
    """Drops them, and makes them again at the end: an index is made faster than it grows."""
    marks = ", ".join("?" * len({**_COPIED, **_COUNTED}))
    kept = db.execute(
        "select type, name, sql from sqlite_master where sql is not null and "
        f"(type = 'trigger' or (type = 'index' and tbl_name in ({marks}))) order by type",
        list({**_COPIED, **_COUNTED}),
    ).fetchall()
    for kind, name, _ in kept:
        db.execute(f"drop {kind} {name}")
    yield
    for _, name, sql in kept:
        with _told(name):
            db.execute(sql)


@contextmanager
def _told(what: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    print(f"{what}: {time.perf_counter() - began:.1f} s", file=sys.stderr, flush=True)
