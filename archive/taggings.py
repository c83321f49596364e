"""Tags that stand beside those that are shown: the table `taggings`, one tagging of a model in a row.

What is shown is in `mentions`, `article_entities` and `articles.tags`, where people query it. What
another model says of the same article is kept whole, as JSON, until it is shown.
"""

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlite_utils import Database

from archive.reasons import ADDED, from_text
from archive.records import Alias, Entity, EntityType, Mention, Salience, Tagging
from archive.salience import weigh


def shown_model(db: Database, article_id: int) -> int | None:
    """The model whose tags an article shows; None where it has none."""
    row = db.execute(
        """
        select model_id from enrichments e where article_id = ? and task = 'tags' and not exists
            (select 1 from taggings t where t.article_id = e.article_id and t.model_id = e.model_id)
        """,
        [article_id],
    ).fetchone()
    return int(row[0]) if row else None


def keep(db: Database, article_id: int, model_id: int, tagging: Tagging) -> None:
    """Store a tagging beside the one that is shown."""
    db.table("taggings").upsert(
        {"article_id": article_id, "model_id": model_id, "tagging": to_json(tagging)},
        pk=("article_id", "model_id"),
    )


def drop(db: Database, article_id: int, model_id: int) -> None:
    """Forget a tagging beside the one that is shown: it is shown now, or made again."""
    db.execute("delete from taggings where article_id = ? and model_id = ?", [article_id, model_id])


def kept(
    db: Database, model_id: int, where: str, parameters: Sequence[str | int], limit: int
) -> list[tuple[int, Tagging]]:
    """What a model has beside the tags that are shown, by id, of articles `a` under a condition."""
    rows = db.execute(
        f"""
        select t.article_id, t.tagging from taggings t join articles a on a.id = t.article_id
        where t.model_id = ? and {where} order by t.article_id limit ?
        """,
        [model_id, *parameters, limit],
    )
    return [(int(article_id), from_json(stored)) for article_id, stored in rows]


def shown(db: Database, article_id: int) -> Tagging:
    """What the tagger says of the tagging that an article shows: people's decisions are left out."""
    mentions, is_overruled = _said(db, "mentions", article_id)
    title, is_title_overruled = _said(db, "title_mentions", article_id)
    if is_overruled or is_title_overruled:
        (length,) = db.execute(
            "select length(text) from articles where id = ?", [article_id]
        ).fetchone()
        return weigh(mentions, title, length, partial(_entity, db))
    entities = db.execute(
        f"""
        select {_NAME}, {_TYPE}, e.description, ae.mention_count, ae.salience
        from article_entities ae join entities e on e.id = ae.entity_id
        where ae.article_id = ? order by ae.salience desc, e.id
        """,
        [article_id],
    ).fetchall()
    (tags,) = db.execute("select tags from articles where id = ?", [article_id]).fetchone()
    return Tagging(
        tuple(mentions),
        tuple(
            Salience(Entity(name, kind, description), count, salience)
            for name, kind, description, count, salience in entities
        ),
        tuple(json.loads(tags)),
        tuple(title),
    )


#: How taggers know an entity that a decision may have renamed.
_NAME, _TYPE = "coalesce(e.tagged_name, e.name)", "coalesce(e.tagged_type, e.type)"


def _said(db: Database, table: str, article_id: int) -> tuple[list[Mention], bool]:
    """The mentions of an article as the tagger made them, and whether a decision says otherwise of one."""
    rows = db.execute(
        f"""
        select m.start, m."end", m.surface,
               coalesce({_TYPE}, m.tagged_type, m.type), {_NAME}, m.score, m.reason, m.decision_id
        from {table} m left join entities e
        on e.id = case when m.decision_id is null then m.entity_id else m.tagged_entity_id end
        where m.article_id = ? order by m.id
        """,
        [article_id],
    ).fetchall()
    mentions = [
        Mention(start, end, surface, kind, name, score, from_text(reason))
        for start, end, surface, kind, name, score, reason, _ in rows
        if reason != ADDED
    ]
    return mentions, any(row[7] is not None for row in rows)


def _entity(db: Database, key: tuple[str, EntityType]) -> Entity:
    row = db.execute(
        f"select e.description from entities e where {_NAME} = ? and {_TYPE} = ?", key
    ).fetchone()
    return Entity(*key, row[0] if row else None)


def to_json(tagging: Tagging) -> str:
    """A tagging as it is stored."""
    return json.dumps(
        {
            "mentions": list(map(_as_row, tagging.mentions)),
            "title": list(map(_as_row, tagging.title)),
            "entities": [
                {
                    "name": s.entity.name,
                    "type": s.entity.type,
                    "description": s.entity.description,
                    "aliases": [
                        [a.alias, a.valid_from, a.valid_until, a.origin] for a in s.entity.aliases
                    ],
                    "mention_count": s.mention_count,
                    "salience": s.salience,
                }
                for s in tagging.entities
            ],
            "tags": tagging.tags,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def from_json(stored: str) -> Tagging:
    """The tagging that was stored."""
    found = json.loads(stored)
    return Tagging(
        tuple(map(_from_row, found["mentions"])),
        tuple(
            Salience(
                Entity(
                    row["name"],
                    row["type"],
                    row["description"],
                    tuple(Alias(*alias) for alias in row["aliases"]),
                ),
                row["mention_count"],
                row["salience"],
            )
            for row in found["entities"]
        ),
        tuple(found["tags"]),
        tuple(map(_from_row, found.get("title", ()))),
    )


def _as_row(m: Mention) -> list[Any]:
    return [m.start, m.end, m.surface, m.type, m.entity, m.score, m.reason]


def _from_row(row: Sequence[Any]) -> Mention:
    start, end, surface, kind, entity, score, *reason = row
    return Mention(start, end, surface, kind, entity, score, tuple(*reason))
