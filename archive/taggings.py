"""Tags that stand beside those that are shown: the table `taggings`, one tagging of a model in a row.

What is shown is in `mentions`, `article_entities` and `articles.tags`, where people query it. What
another model says of the same article is kept whole, as JSON, until it is shown.
"""

import json
from collections.abc import Sequence

from sqlite_utils import Database

from archive.records import Alias, Entity, Mention, Salience, Tagging


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
    """The tagging that an article shows, read back from the tables."""
    mentions = db.execute(
        """
        select m.start, m."end", m.surface, m.type, e.name, m.score
        from mentions m left join entities e on e.id = m.entity_id
        where m.article_id = ? order by m.id
        """,
        [article_id],
    ).fetchall()
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
        tuple(Mention(*row) for row in mentions),
        tuple(
            Salience(Entity(name, kind, description), count, salience)
            for name, kind, description, count, salience in entities
        ),
        tuple(json.loads(tags)),
    )


def to_json(tagging: Tagging) -> str:
    """A tagging as it is stored."""
    return json.dumps(
        {
            "mentions": [
                [m.start, m.end, m.surface, m.type, m.entity, m.score] for m in tagging.mentions
            ],
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
        tuple(Mention(*row) for row in found["mentions"]),
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
    )
