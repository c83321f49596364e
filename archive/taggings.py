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
    """The tagging that an article shows, people's decisions among it."""
    entities = db.execute(
        """
        select e.name, e.type, e.description, ae.mention_count, ae.salience
        from article_entities ae join entities e on e.id = ae.entity_id
        where ae.article_id = ? order by ae.salience desc, e.id
        """,
        [article_id],
    ).fetchall()
    (tags,) = db.execute("select tags from articles where id = ?", [article_id]).fetchone()
    return Tagging(
        tuple(_mentions(db, "mentions", article_id, _SHOWN)),
        tuple(
            Salience(Entity(name, kind, description), count, salience)
            for name, kind, description, count, salience in entities
        ),
        tuple(json.loads(tags)),
        tuple(_mentions(db, "title_mentions", article_id, _SHOWN)),
    )


def said(db: Database, article_id: int) -> Tagging:
    """What the tagger says in the tagging that an article shows: people's decisions are left out."""
    overruled = " union all ".join(
        f"select 1 from {table} where article_id = :id and decision_id is not null"
        for table in ("mentions", "title_mentions")
    )
    renamed = (
        "select 1 from article_entities ae join entities e on e.id = ae.entity_id "
        "where ae.article_id = :id and e.tagged_name is not null"
    )
    query = f"select exists ({overruled} union all {renamed})"
    if not db.execute(query, {"id": article_id}).fetchone()[0]:
        return shown(db, article_id)
    (length,) = db.execute(
        "select length(text) from articles where id = ?", [article_id]
    ).fetchone()
    return weigh(
        _mentions(db, "mentions", article_id, _SAID),
        _mentions(db, "title_mentions", article_id, _SAID),
        length,
        partial(_entity, db),
    )


#: How taggers know an entity that a decision may have renamed.
_NAME, _TYPE = "coalesce(e.tagged_name, e.name)", "coalesce(e.tagged_type, e.type)"
#: Name and type of whom a mention means, the entity, and which mentions: as shown, as the tagger said.
_SHOWN = ("e.name", "m.type", "m.entity_id", "1")
_SAID = (
    _NAME,
    f"coalesce({_TYPE}, m.tagged_type, m.type)",
    "case when m.decision_id is null then m.entity_id else m.tagged_entity_id end",
    f"m.reason is not '{ADDED}'",
)


def _mentions(
    db: Database, table: str, article_id: int, parts: tuple[str, str, str, str]
) -> list[Mention]:
    name, kind, entity, wanted = parts
    rows = db.execute(
        f"""
        select m.start, m."end", m.surface, {kind}, {name}, m.score, m.reason
        from {table} m left join entities e on e.id = {entity}
        where m.article_id = ? and {wanted} order by m.id
        """,
        [article_id],
    )
    return [
        Mention(start, end, surface, kind, name, score, from_text(reason))
        for start, end, surface, kind, name, score, reason in rows.fetchall()
    ]


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
