"""Rows that contradict each other: what points nowhere, is of another text, cannot be, never ends."""

from collections.abc import Iterator
from datetime import timedelta

from sqlite_utils import Database

from archive import times
from archive.decisions import Decisions
from archive.doctor.check import Check, Patient, sql, statements
from archive.doctor.orphans import clear_orphans, loose, orphans
from archive.names import fold
from archive.records import Task

#: What a task has made of an article: tables and the condition under which a row is its work.
_MADE: dict[Task, tuple[str, ...]] = {
    "summary": ("summaries",),
    "tags": ("mentions", "title_mentions", "article_entities", "taggings"),
    "vector": ("vectors",),
}
#: Nothing waits longer than a week and a quarter for its next try (`archive.retries`).
_LONGEST_WAIT = timedelta(days=9)


def forget(patient: Patient, wanted: str) -> None:
    """Take away what was made of articles, to be made again by `newsarchive summarize`.

    wanted: a query for (article id, task).
    """
    written = [f"create temp table doctor_wrong as {wanted}"]
    for task, tables in _MADE.items():
        chosen = f"(select article_id from temp.doctor_wrong where task = '{task}')"
        written += [f"delete from {table} where article_id in {chosen}" for table in tables]
        written.append(f"delete from enrichments where task = '{task}' and article_id in {chosen}")
        if task in _MIRRORS:
            column, empty = _MIRRORS[task]
            written.append(f"update articles set {column} = {empty} where id in {chosen}")
    patient.write(*written, "drop table temp.doctor_wrong")


_MIRRORS: dict[Task, tuple[str, str]] = {"summary": ("summary", "null"), "tags": ("tags", "'[]'")}


def _decide(patient: Patient) -> None:
    decisions = Decisions(Database(patient.connection))
    while not decisions.is_settled():
        with patient.transaction():
            decisions.settle()


_LOST_REVISIONS = f"select id {loose('revisions', 'article_id', 'articles', 'id')}"
_LOST_CHANGES = f"select id {loose('field_changes', 'article_id', 'articles', 'id')}"


_NO_MODEL = """
    select e.article_id, e.task from enrichments e left join models m on m.id = e.model_id
    where m.task is not e.task
    union select s.article_id, 'summary' from summaries s
    where not exists (select 1 from models m where m.id = s.model_id and m.task = 'summary')
    union select v.article_id, 'vector' from vectors v
    where not exists (select 1 from models m where m.id = v.model_id and m.task = 'vector')
    union select n.article_id, 'tags' from mentions n
    where not exists (select 1 from models m where m.id = n.model_id and m.task = 'tags')
    union select n.article_id, 'tags' from title_mentions n
    where not exists (select 1 from models m where m.id = n.model_id and m.task = 'tags')
    union select t.article_id, 'tags' from taggings t
    where not exists (select 1 from models m where m.id = t.model_id and m.task = 'tags')
"""
#: The latest model that has made vectors, where none is the current one.
_NONE_CURRENT = """
    select max(id) from models m
    where task = 'vector' and exists (select 1 from vectors v where v.model_id = m.id)
      and not exists (select 1 from models c where c.task = 'vector' and c.is_current)
    having max(id) is not null
"""
_STALE = """
    select e.article_id, e.task from enrichments e join articles a on a.id = e.article_id
    where e.content_hash <> a.content_hash
"""
#: A receipt or a mention outside of the text, or a mention that stands elsewhere in it.
_MISPLACED = """
    select s.article_id, 'summary' as task from summary_sentences r
    join summaries s on s.id = r.summary_id join articles a on a.id = s.article_id
    where r.source_start < 0 or r.source_end > length(a.text) or exists (
        select 1 from json_each(r.other_sources) o
        where not coalesce(case when o.type = 'array' then
            json_extract(o.value, '$[0]') >= 0
            and json_extract(o.value, '$[0]') < json_extract(o.value, '$[1]')
            and json_extract(o.value, '$[1]') <= length(a.text)
        end, 0)
    )
    union select m.article_id, 'tags' from mentions m join articles a on a.id = m.article_id
    where substr(a.text, m.start + 1, m."end" - m.start) <> m.surface
    union select m.article_id, 'tags' from title_mentions m join articles a on a.id = m.article_id
    where substr(a.title, m.start + 1, m."end" - m.start) <> m.surface
"""
_VECTORS = """
    select v.article_id, 'vector' as task from vectors v
    where length(v.vector) = 0 or length(v.vector) % 2 <> 0 or length(v.vector) <>
        (select length(f.vector) from vectors f where f.model_id = v.model_id limit 1)
"""


def _with_task(query: str) -> str:
    return f"select article_id || ' ' || task from ({query})"


_SUMMARIES_SHOWN = "select s.text from summaries s where s.article_id = a.id and s.is_current"
_OTHER_SUMMARY = f"""
    articles a where a.summary is not null and a.summary not in ({_SUMMARIES_SHOWN})
    or a.summary is null and exists ({_SUMMARIES_SHOWN})
"""
#: Tags that name nobody whom the article is known to mention.
_OTHER_TAGS = """
    articles a where a.tags <> '[]' and a.id not in (select article_id from undecided) and exists (
        select 1 from json_each(a.tags) t where t.value not in (
            select e.name from article_entities ae join entities e on e.id = ae.entity_id
            where ae.article_id = a.id
        )
    )
"""

_STATES = """
    state = 'pending' and (tries > 0 or last_tried_at is not null)
    or state <> 'pending' and (tries = 0 or last_tried_at is null)
    or state in ('failed', 'skipped') and reason is null
    or state = 'failed' and failures = 0 or state <> 'failed' and failures <> 0
    or state <> 'failed' and next_try_at is not null
"""
_GONE = "state = 'article' and article_id is null"


def _stuck(patient: Patient) -> Iterator[str]:
    latest = times.to_text(times.now() + _LONGEST_WAIT)
    yield from patient.rows(
        """
        select url from sources
        where is_followed and (next_poll_at is null or next_poll_at > ?)
        """,
        latest,
    )
    yield from patient.rows(
        "select url from ledger where state = 'failed' and next_try_at > ? "
        "and not exists (select 1 from sources s where s.url = ledger.url and s.is_followed)",
        latest,
    )


def _release(patient: Patient) -> None:
    now, latest = (times.to_text(times.now() + wait) for wait in (timedelta(), _LONGEST_WAIT))
    patient.write(
        f"update sources set next_poll_at = '{now}' "
        f"where is_followed and (next_poll_at is null or next_poll_at > '{latest}')",
        f"update ledger set next_try_at = '{now}' "
        f"where state = 'failed' and next_try_at > '{latest}'",
    )


_COPIES = """
    select c.id from articles c join articles o on o.id = c.duplicate_of
    where o.id = c.id or o.duplicate_of is not null order by c.id
"""


def _other_folding(patient: Patient) -> Iterator[str]:
    patient.connection.create_function("fold", 1, fold, deterministic=True)
    return patient.rows("select alias from aliases where folded <> fold(alias)")


_TIME = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]Z"
_AGAIN = "newsarchive doctor --fix takes it away; newsarchive summarize then makes it anew."
_TAKEN_AWAY = "Took it away. Now run: newsarchive summarize"


CHECKS = (
    Check(
        "orphans",
        "references to rows that are not there",
        "Rows were deleted by a program that does not keep foreign keys. What belonged to them is "
        "counted and listed, and cannot be shown.",
        "newsarchive doctor --fix does what deleting them would have done.",
        orphans,
        clear_orphans,
        "Deleted what belonged to rows that are gone, and cleared what pointed to them.",
        is_slow=True,
    ),
    Check(
        "revisions",
        "earlier texts of articles that are not there",
        "The articles were deleted without them. They cannot be had from anywhere else.",
        "Restore the articles from a backup; or, if they were deleted on purpose: "
        "delete from revisions where article_id not in (select id from articles)",
        sql(_LOST_REVISIONS),
    ),
    Check(
        "changes",
        "changes of articles that are not there",
        "The articles were deleted without them. They cannot be had from anywhere else.",
        "Restore the articles from a backup; or, if they were deleted on purpose: "
        "delete from field_changes where article_id not in (select id from articles)",
        sql(_LOST_CHANGES),
    ),
    Check(
        "models",
        "articles with work of a model that is not known, or is of another task",
        "Nobody can say what made it, nor make it again.",
        _AGAIN,
        sql(_with_task(_NO_MODEL)),
        lambda patient: forget(patient, _NO_MODEL),
        _TAKEN_AWAY,
    ),
    Check(
        "current",
        "archives with vectors of which no model is the current one",
        "Search by meaning finds nothing, and no article has related ones.",
        "newsarchive doctor --fix makes the latest model the current one.",
        sql(_NONE_CURRENT),
        statements(f"update models set is_current = 1 where id in ({_NONE_CURRENT})"),
        "Made the latest model the current one.",
    ),
    Check(
        "undecided",
        "articles that a decision about names has not reached",
        "newsarchive entities was stopped before it had applied one to all articles.",
        "newsarchive doctor --fix applies it, and so does the next decision.",
        sql("select article_id from undecided order by 1"),
        _decide,
        "Applied it to them.",
    ),
    Check(
        "stale",
        "articles with work of a model on an earlier text",
        "A summary, tags or a vector are shown that are not of this text.",
        _AGAIN,
        sql(_with_task(_STALE)),
        lambda patient: forget(patient, _STALE),
        _TAKEN_AWAY,
    ),
    Check(
        "places",
        "articles whose receipts or mentions do not stand where they say",
        "Links from a summary or a name lead to the wrong place of the text.",
        _AGAIN,
        sql(_with_task(_MISPLACED)),
        lambda patient: forget(patient, _MISPLACED),
        _TAKEN_AWAY,
        is_slow=True,
    ),
    Check(
        "vectors",
        "articles with a vector that is none, or of another length than its model makes",
        "Search by meaning does not find them.",
        _AGAIN,
        sql(_with_task(_VECTORS)),
        lambda patient: forget(patient, _VECTORS),
        _TAKEN_AWAY,
        is_slow=True,
    ),
    Check(
        "summaries",
        "articles whose summary is not the one in the table summaries",
        "articles.summary, which lists and searches show, is a copy, and was changed by itself.",
        "newsarchive doctor --fix copies it again.",
        sql(f"select a.id from {_OTHER_SUMMARY}"),
        statements(
            f"""
            update articles set summary = (
                select s.text from summaries s where s.article_id = articles.id and s.is_current
                order by s.kind = 'paragraph' desc, s.id desc limit 1
            ) where id in (select a.id from {_OTHER_SUMMARY})
            """
        ),
        "Copied it again.",
        is_slow=True,
    ),
    Check(
        "tags",
        "articles with tags that name no entity of theirs",
        "articles.tags, which lists show, is a copy, and was changed by itself.",
        _AGAIN,
        sql(f"select a.id from {_OTHER_TAGS}"),
        lambda patient: forget(
            patient, f"select a.id as article_id, 'tags' as task from {_OTHER_TAGS}"
        ),
        _TAKEN_AWAY,
        is_slow=True,
    ),
    Check(
        "ledger",
        "addresses in a state that cannot be",
        "They are never asked for again, or too often, and status counts them wrongly.",
        "newsarchive doctor --fix sets what follows from their state.",
        sql(f"select url from ledger where {_STATES}"),
        statements(
            "update ledger set state = 'failed', reason = coalesce(reason, 'unknown') "
            "where state = 'pending' and (tries > 0 or last_tried_at is not null)",
            f"""
            update ledger set tries = max(tries, state <> 'pending'),
                last_tried_at = case when state <> 'pending'
                                     then coalesce(last_tried_at, first_seen_at) end,
                reason = case when state in ('failed', 'skipped')
                              then coalesce(reason, 'unknown') else reason end,
                failures = case when state = 'failed' then max(failures, 1) else 0 end,
                next_try_at = case when state = 'failed' then next_try_at end
            where {_STATES}
            """,
        ),
        "Set what follows from their state.",
    ),
    Check(
        "gone",
        "addresses that gave an article which is not there",
        "The article was deleted. The address counts as taken and is not asked for again.",
        "Take it again with newsarchive ingest URL; or, if it was deleted on purpose: "
        f"delete from ledger where {_GONE}. "
        "newsarchive doctor --fix finds those again that are there under this address.",
        sql(f"select url from ledger where {_GONE}"),
        statements(
            f"""
            update ledger set article_id = (select id from articles a where a.url = ledger.url)
            where {_GONE}
            """
        ),
        "Looked for them among the articles.",
    ),
    Check(
        "waiting",
        "feeds or failures whose next turn never comes",
        "The clock was wrong when it was set, or another program set it.",
        "newsarchive doctor --fix lets it come now.",
        _stuck,
        _release,
        "Their turn is now.",
    ),
    Check(
        "copies",
        "articles that are a copy of themselves or of another copy",
        "They are shown nowhere in lists, which show originals.",
        "newsarchive doctor --fix makes them originals; the next ingest looks for copies again.",
        sql(_COPIES),
        statements(
            f"create temp table doctor_wrong as {_COPIES}",
            "delete from signatures where article_id in (select id from temp.doctor_wrong)",
            "update articles set duplicate_of = null, duplicate_share = null "
            "where id in (select id from temp.doctor_wrong)",
            "drop table temp.doctor_wrong",
        ),
        "Made them originals. The next ingest looks for copies again.",
    ),
    Check(
        "dates",
        "articles with a date that is not written as the others are",
        "Dates are compared as text: these articles stand in the wrong place, or in none.",
        "newsarchive doctor --fix writes those anew that can be understood; "
        "newsarchive reparse reads them from the pages.",
        sql(f"select id from articles where published_at not glob '{_TIME}'"),
        statements(
            f"""
            update articles set published_at = strftime('%Y-%m-%dT%H:%M:%SZ', published_at)
            where published_at not glob '{_TIME}' and strftime('%s', published_at) is not null
            """
        ),
        "Wrote them as the others are.",
    ),
    Check(
        "names",
        "names that are not found in other spellings",
        "The same person or company may come to stand twice.",
        "newsarchive doctor --fix folds them anew.",
        _other_folding,
        statements("update aliases set folded = fold(alias) where folded <> fold(alias)"),
        "Folded them anew.",
    ),
)
