"""What an article said before: kept where a page says otherwise, so that nothing of what was seen is lost."""

import json
from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

from archive import times
from archive.records import RECORD_TYPE, Page
from archive.rows import insert, insert_all

#: Columns of articles whose changes become rows of `field_changes`; title and text make revisions.
FIELDS = ("authors", "published_at", "description", "is_paywalled")
#: Columns of which a change is kept.
KEPT = frozenset({"content_hash", *FIELDS})


def keep_past(
    db: Database, article_id: int, before: Mapping[str, Any], after: Mapping[str, Any], page: Page
) -> None:
    """Keep what a page with other bytes has changed; call it before the row of the article is written anew.

    Between a page and a record of JSON Lines only another title or text is kept, and marked: what differs may
    be how another program read the page.

    Args:
        before, after: the columns of the article that come from its page.
        page: from which the article is as it is after.
    """
    # Its page came then, even if nobody wrote down when it was seen last.
    page_id, last_seen_at = db.execute(
        "select a.page_id, coalesce(a.last_seen_at, p.fetched_at) from articles a "
        "left join pages p on p.id = a.page_id where a.id = ?",
        [article_id],
    ).fetchone()
    known = {
        "article_id": article_id,
        "last_seen_at": last_seen_at,
        "seen_at": times.to_text(page.fetched_at),
    }
    is_read_otherwise = is_another_kind(db, page, page_id)
    if before["content_hash"] != after["content_hash"]:
        columns = ("title", "text", "content_hash", "modified_at")
        earlier = {name: before[name] for name in columns}
        insert(db, "revisions", {**known, **earlier, "is_read_otherwise": int(is_read_otherwise)})
    if is_read_otherwise:
        return
    is_stealth = int(before["modified_at"] == after["modified_at"])
    insert_all(
        db,
        "field_changes",
        (
            {
                **known,
                "field": field,
                "value_before": _as_text(before[field]),
                "value_after": _as_text(after[field]),
                "is_stealth": is_stealth,
            }
            for field in FIELDS
            if before[field] != after[field]
        ),
    )


def is_another_kind(db: Database, page: Page, page_id: int | None) -> bool:
    """Whether of a page and one that is held one is a record of JSON Lines, and the other is not."""
    row = db.execute("select headers from pages where id = ?", [page_id]).fetchone()
    if row is None:
        return False
    held = {name.lower(): value for name, value in json.loads(row[0]).items()}
    return page.is_record != (held.get("content-type") == RECORD_TYPE)


def field_changes(db: Database, article_id: int) -> list[dict[str, Any]]:
    """The changes of an article beside title and text, oldest first."""
    return list(
        db.query(
            "select field, value_before, value_after, is_stealth, last_seen_at, seen_at from field_changes "
            "where article_id = ? order by seen_at, id",
            [article_id],
        )
    )


def _as_text(value: Any) -> str | None:
    return None if value is None else str(value)
