"""The tables `summaries` and `summary_sentences`, and the summary that an article shows."""

import json
from collections.abc import Sequence

from sqlite_utils import Database

from archive import times
from archive.records import Summary
from archive.rows import insert, insert_all


def save(
    db: Database, article_id: int, made: Sequence[Summary], model_id: int, beside: bool = False
) -> None:
    """Store what a model has made of an article in place of what it had made before.

    beside: leave what another model shows as it is.
    """
    # Made again, what is shown stays so: there would be nothing else.
    is_shown = not beside or _shown_model(db, article_id) in (None, model_id)
    db.execute(
        "delete from summaries where article_id = ? and model_id = ?", [article_id, model_id]
    )
    for summary in made:
        _insert(db, article_id, summary, model_id)
    if is_shown:
        show(db, article_id, model_id)


def kept(
    db: Database, model_id: int, where: str, parameters: Sequence[str | int], limit: int
) -> list[int]:
    """Ids of articles `a` under a condition for which a model has summaries that are not shown."""
    rows = db.execute(
        f"""
        select distinct s.article_id from summaries s join articles a on a.id = s.article_id
        where s.model_id = ? and not s.is_current and {where} order by s.article_id limit ?
        """,
        [model_id, *parameters, limit],
    )
    return [int(article_id) for (article_id,) in rows]


def show(db: Database, article_id: int, model_id: int) -> None:
    """Let an article show what a model has made of it, in place of what it shows."""
    _show_none(db, article_id)
    key = [article_id, model_id]
    db.execute("update summaries set is_current = 1 where article_id = ? and model_id = ?", key)
    db.execute(
        """
        update articles set summary = (
            select text from summaries
            where article_id = ? and model_id = ? and kind = 'paragraph'
        ) where id = ?
        """,
        [*key, article_id],
    )


def _shown_model(db: Database, article_id: int) -> int | None:
    row = db.execute(
        "select model_id from summaries where article_id = ? and is_current limit 1", [article_id]
    ).fetchone()
    return int(row[0]) if row else None


def _show_none(db: Database, article_id: int) -> None:
    db.execute(
        "update summaries set is_current = 0 where article_id = ? and is_current", [article_id]
    )


def _insert(db: Database, article_id: int, summary: Summary, model_id: int) -> None:
    row = {
        "article_id": article_id,
        "model_id": model_id,
        "kind": summary.kind,
        "text": summary.text,
        "tokens_read": summary.tokens_read,
        "tokens_total": summary.tokens_total,
        "is_current": 0,
        "created_at": times.to_text(times.now()),
    }
    summary_id = insert(db, "summaries", row)
    sentences = [
        {
            "summary_id": summary_id,
            "position": position,
            "text": sentence.text,
            "support": sentence.support,
            "source_start": sentence.source_start,
            "source_end": sentence.source_end,
            "origin": sentence.origin,
            "other_sources": json.dumps(sentence.other_sources),
        }
        for position, sentence in enumerate(summary.sentences)
    ]
    insert_all(db, "summary_sentences", sentences)
