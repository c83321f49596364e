"""What publishers changed in the articles of an archive, the latest first."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from archive.diff import Changes, Run, changes, diff
from archive.history import FieldChange, fields_told
from serve.paging import PAGE_SIZE

_NOTHING = Changes()

#: When, and of which article: what was found at one time is one edit.
EditKey = tuple[str, int]

#: Behind every time, as "" is before each.
LATEST: EditKey = ("~", 0)
#: So many of each kind are looked through for one page, where only some are wanted.
_LOOKED_THROUGH = 2_000

_NEXT = """
    left join revisions n on n.id = (
        select id from revisions
        where article_id = r.article_id and (seen_at, id) > (r.seen_at, r.id)
        order by seen_at, id limit 1
    )
"""
REVISED = f"""
    select r.seen_at, r.article_id, a.site,
           not r.is_read_otherwise
           and r.modified_at is case when n.id is null then a.modified_at else n.modified_at end
    from (
        select id, seen_at, article_id, modified_at, is_read_otherwise from revisions
        where (seen_at, article_id) < (:seen_at, :article_id)
        order by seen_at desc, article_id desc limit :limit
    ) r join articles a on a.id = r.article_id {_NEXT}
"""
RESTATED = """
    select f.seen_at, f.article_id, a.site, f.is_stealth
    from (
        select seen_at, article_id, is_stealth from field_changes
        where (seen_at, article_id) < (:seen_at, :article_id)
        order by seen_at desc, article_id desc limit :limit
    ) f join articles a on a.id = f.article_id
"""
REVISIONS = f"""
    select r.seen_at, r.article_id, r.last_seen_at, r.title, r.text,
           coalesce(n.title, a.title), coalesce(n.text, a.text), r.is_read_otherwise
    from json_each(:keys) wanted
    cross join revisions r
        on r.article_id = wanted.value ->> 1 and r.seen_at = wanted.value ->> 0
    join articles a on a.id = r.article_id {_NEXT}
"""
FIELDS = """
    select f.seen_at, f.article_id, f.last_seen_at, f.field, f.value_before, f.value_after
    from json_each(:keys) wanted
    cross join field_changes f
        on f.article_id = wanted.value ->> 1 and f.seen_at = wanted.value ->> 0
    order by f.id
"""


@dataclass(frozen=True)
class Found:
    """The keys of edits, the latest first, each with whether it came with no new date of modification.

    further: behind which more may be found; None where nothing is left.
    """

    keys: tuple[tuple[EditKey, bool], ...]
    further: EditKey | None = None


@dataclass(frozen=True)
class Edit:
    """What was changed in an article at one time.

    Attributes:
        last_seen_at: until when it was seen without the change; None where that is not known.
        title: the runs from one title to the next; () where it stayed.
        is_text_changed: the text is another.
        found: numbers and names that came and went in title and text.
        fields: what changed beside both.
        is_read_otherwise: see `archive.history.Change`.
    """

    last_seen_at: str | None = None
    title: tuple[Run, ...] = ()
    is_text_changed: bool = False
    found: Changes = _NOTHING
    fields: tuple[FieldChange, ...] = ()
    is_read_otherwise: bool = False


def find(
    connection: sqlite3.Connection,
    behind: EditKey = LATEST,
    site: str | None = None,
    only_stealth: bool = False,
) -> Found:
    """One page of edits and one more, behind a key; of a site alone, or only those without a new date."""
    limit = _LOOKED_THROUGH if site or only_stealth else PAGE_SIZE + 1
    bound = {"seen_at": behind[0], "article_id": behind[1], "limit": limit}
    stealthy: dict[EditKey, bool] = {}
    sites: dict[EditKey, str | None] = {}
    ends = []
    for query in (REVISED, RESTATED):
        rows = connection.execute(query, bound).fetchall()
        for seen_at, article_id, host, is_stealth in rows:
            key = (seen_at, article_id)
            stealthy[key] = stealthy.get(key, False) or bool(is_stealth)
            sites[key] = host
        if len(rows) == limit:
            ends.append(min((seen_at, article_id) for seen_at, article_id, *_ in rows))
    # Behind this one kind may have more, which comes before what the other has there.
    end = max(ends, default=None)
    keys = sorted((key for key in stealthy if end is None or key >= end), reverse=True)
    wanted = [
        (key, stealthy[key])
        for key in keys
        if (not site or sites[key] == site) and (not only_stealth or stealthy[key])
    ]
    page = tuple(wanted[: PAGE_SIZE + 1])
    return Found(page, end)


def tell(connection: sqlite3.Connection, keys: Iterable[EditKey]) -> dict[EditKey, Edit]:
    """What was changed, by key."""
    bound = {"keys": json.dumps(list(keys))}
    restated: dict[EditKey, list[Any]] = {}
    for row in connection.execute(FIELDS, bound):
        restated.setdefault((row[0], row[1]), []).append(row)
    told = {
        key: Edit(rows[0]["last_seen_at"], fields=fields_told(rows))
        for key, rows in restated.items()
    }
    for seen_at, article_id, *revision in connection.execute(REVISIONS, bound):
        key = (seen_at, article_id)
        told[key] = _edit(revision, told.get(key, Edit()).fields)
    return told


def _edit(revision: Sequence[object], fields: tuple[FieldChange, ...]) -> Edit:
    last_seen_at, title, text, new_title, new_text, is_read_otherwise = revision
    return Edit(
        last_seen_at=str(last_seen_at) if last_seen_at else None,
        title=diff(str(title), str(new_title)) if title != new_title else (),
        is_text_changed=text != new_text,
        found=changes(f"{title}\n{text}", f"{new_title}\n{new_text}"),
        fields=fields,
        is_read_otherwise=bool(is_read_otherwise),
    )
