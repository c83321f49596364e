"""What models add to articles: summaries with receipts, entity tags, vectors; and what is still to do."""

import dataclasses
import itertools
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping

from sqlite_utils import Database

from archive import times
from archive.articles import has_text
from archive.names import fold
from archive.records import (
    Alias,
    Entity,
    EntityContext,
    Model,
    Summary,
    Tagging,
    Task,
    WorkItem,
)

#: Articles are read in chunks of this many, so that memory does not grow with the archive.
_CHUNK = 200
#: Articles that show in what company an entity is named.
_CONTEXT = 20


class Enrichments:
    """The tables `models`, `enrichments`, `summaries`, `vectors`, `entities`, `mentions` and theirs."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def model_id(self, model: Model) -> int:
        """The id of a model as used; the same name with other parameters is another model."""
        parameters = json.dumps(dict(model.parameters), sort_keys=True)
        key = [model.task, model.name, model.revision, parameters]
        self._db.execute(
            "insert into models (task, name, revision, parameters) values (?, ?, ?, ?) "
            "on conflict do nothing",
            key,
        )
        row = self._db.execute(
            "select id from models where task = ? and name = ? and revision = ? and parameters = ?",
            key,
        ).fetchone()
        return int(row[0])

    def count_work(self, models: Mapping[Task, int], force: bool = False) -> int:
        """How many articles `work` will yield."""
        where, parameters = _needs_work(models, force)
        query = f"select count(*) from articles a where {where}"
        return int(self._db.execute(query, parameters).fetchone()[0])

    def work(self, models: Mapping[Task, int], force: bool = False) -> Iterator[WorkItem]:
        """Articles for which a task's model has made nothing from the present text, oldest id first.

        Args:
            models: for each task wanted, the id of the model that is to do it.
            force: yield every article with every task.

        The one rule of what is to do: an article needs a task unless `enrichments` has a row for
        (article, task, model) with the article's present content hash.
        """
        where, parameters = _needs_work(models, force)
        last_id = 0
        while True:
            rows = self._db.execute(
                f"""
                select id, title, text, published_at, language, content_hash from articles a
                where id > ? and ({where}) order by id limit {_CHUNK}
                """,
                [last_id, *parameters],
            ).fetchall()
            for article_id, title, text, published_at, language, content_hash in rows:
                tasks = set(models) if force else self._missing(article_id, content_hash, models)
                yield WorkItem(
                    article_id,
                    title,
                    text,
                    times.from_text(published_at),
                    language,
                    content_hash,
                    frozenset(tasks),
                )
            if len(rows) < _CHUNK:
                return
            last_id = rows[-1][0]

    def is_current(self, item: WorkItem) -> bool:
        """True if the article still has the text that the item was made from."""
        return has_text(self._db, item.article_id, item.content_hash)

    def save_summary(self, item: WorkItem, summary: Summary, model_id: int) -> None:
        """Store a summary with its receipts and make it the article's current one of its kind."""
        self._db.execute(
            "delete from summaries where article_id = ? and model_id = ? and kind = ?",
            [item.article_id, model_id, summary.kind],
        )
        self._db.execute(
            "update summaries set is_current = 0 where article_id = ? and kind = ?",
            [item.article_id, summary.kind],
        )
        table = self._db.table("summaries")
        table.insert(
            {
                "article_id": item.article_id,
                "model_id": model_id,
                "kind": summary.kind,
                "text": summary.text,
                "tokens_read": summary.tokens_read,
                "tokens_total": summary.tokens_total,
                "is_current": 1,
                "created_at": times.to_text(times.now()),
            }
        )
        self._db.table("summary_sentences").insert_all(
            {
                "summary_id": table.last_pk,
                "position": position,
                "text": sentence.text,
                "support": sentence.support,
                "source_start": sentence.source_start,
                "source_end": sentence.source_end,
            }
            for position, sentence in enumerate(summary.sentences)
        )
        self._db.execute(
            "update articles set summary = ? where id = ?", [summary.text, item.article_id]
        )
        self._done(item, "summary", model_id)

    def save_vector(self, item: WorkItem, vector: bytes, model_id: int) -> None:
        """Store an article's vector, packed by `summarize.vectors.pack`."""
        self._db.table("vectors").upsert(
            {"article_id": item.article_id, "model_id": model_id, "vector": vector},
            pk=("article_id", "model_id"),
        )
        self._done(item, "vector", model_id)

    def save_tagging(self, item: WorkItem, tagging: Tagging, model_id: int) -> None:
        """Store an article's mentions and entities in place of those it had."""
        for table in ("mentions", "article_entities"):
            self._db.execute(f"delete from {table} where article_id = ?", [item.article_id])
        ids = {
            (salience.entity.name, salience.entity.type): self.entity_id(salience.entity)
            for salience in tagging.entities
        }
        self._db.table("mentions").insert_all(
            {
                "article_id": item.article_id,
                "entity_id": ids.get((mention.entity, mention.type)) if mention.entity else None,
                "start": mention.start,
                "end": mention.end,
                "surface": mention.surface,
                "type": mention.type,
                "score": mention.score,
                "model_id": model_id,
            }
            for mention in tagging.mentions
        )
        self._db.table("article_entities").insert_all(
            {
                "article_id": item.article_id,
                "entity_id": ids[salience.entity.name, salience.entity.type],
                "mention_count": salience.mention_count,
                "salience": salience.salience,
            }
            for salience in tagging.entities
        )
        self._db.execute(
            "update articles set tags = ? where id = ?",
            [json.dumps(tagging.tags, ensure_ascii=False), item.article_id],
        )
        # The mentions of any other model are gone: it would have to do the article again.
        self._db.execute(
            "delete from enrichments where article_id = ? and task = 'tags'", [item.article_id]
        )
        self._done(item, "tags", model_id)

    def entity_id(self, entity: Entity) -> int:
        """The id of an entity by name and type, stored if it is new; its aliases are added to those it has."""
        row = self._db.execute(
            "select id from entities where name = ? and type = ?", [entity.name, entity.type]
        ).fetchone()
        if row:
            entity_id = int(row[0])
        else:
            table = self._db.table("entities")
            table.insert(
                {
                    "name": entity.name,
                    "type": entity.type,
                    "slug": self._free_slug(entity),
                    "description": entity.description,
                }
            )
            entity_id = int(table.last_pk)  # type: ignore[arg-type]
        aliases = self._db.execute("select alias from aliases where entity_id = ?", [entity_id])
        listed = {alias for (alias,) in aliases}
        if all(alias.alias != entity.name for alias in entity.aliases):
            entity = dataclasses.replace(
                entity, aliases=(Alias(entity.name, origin="name"), *entity.aliases)
            )
        self._db.table("aliases").insert_all(
            {
                "entity_id": entity_id,
                "alias": alias.alias,
                "valid_from": alias.valid_from,
                "valid_until": alias.valid_until,
                "origin": alias.origin,
                "folded": fold(alias.alias),
            }
            for alias in entity.aliases
            if alias.alias not in listed
        )
        return entity_id

    def entities_named(self, folded: str) -> list[tuple[int, Entity]]:
        """The entities that have a name of this folded form (`archive.names.fold`), oldest first."""
        rows = self._db.execute(
            """
            select distinct e.id, e.name, e.type, e.description
            from aliases a join entities e on e.id = a.entity_id
            where a.folded = ? order by e.id
            """,
            [folded],
        )
        return [
            (number, Entity(name, kind, description)) for number, name, kind, description in rows
        ]

    def company_of(self, entity_id: int) -> EntityContext:
        """Whom an entity is named with, and the vectors of the latest articles that name it."""
        articles = (
            "select article_id from article_entities where entity_id = ? "
            f"order by article_id desc limit {_CONTEXT}"
        )
        names = self._db.execute(
            f"""
            select distinct e.name, e.type from article_entities ae
            join entities e on e.id = ae.entity_id
            where ae.article_id in ({articles}) and ae.entity_id != ?
            """,
            [entity_id, entity_id],
        )
        vectors = self._db.execute(
            f"select vector from vectors where article_id in ({articles}) order by article_id",
            [entity_id],
        )
        return EntityContext(
            frozenset((name, kind) for name, kind in names),
            tuple(vector for (vector,) in vectors),
        )

    def counts(self) -> list[dict[str, str | int]]:
        """How many articles each model has worked on, and how many of those are up to date."""
        return list(
            self._db.query(
                """
                select m.task, m.name, m.revision, count(*) as articles,
                       sum(e.content_hash = a.content_hash) as up_to_date
                from enrichments e
                join models m on m.id = e.model_id
                join articles a on a.id = e.article_id
                group by m.id order by m.task, m.id
                """
            )
        )

    def _missing(self, article_id: int, content_hash: str, models: Mapping[Task, int]) -> set[Task]:
        rows = self._db.execute(
            "select task, model_id from enrichments where article_id = ? and content_hash = ?",
            [article_id, content_hash],
        ).fetchall()
        return {task for task, model_id in models.items() if (task, model_id) not in set(rows)}

    def _done(self, item: WorkItem, task: Task, model_id: int) -> None:
        self._db.table("enrichments").upsert(
            {
                "article_id": item.article_id,
                "task": task,
                "model_id": model_id,
                "content_hash": item.content_hash,
                "created_at": times.to_text(times.now()),
            },
            pk=("article_id", "task", "model_id"),
        )

    def _free_slug(self, entity: Entity) -> str:
        base = slugify(entity.name) or entity.type
        taken = {
            row[0]
            for row in self._db.execute(
                "select slug from entities where slug = ? or slug glob ?", [base, base + "-*"]
            )
        }
        numbered = (f"{base}-{n}" for n in itertools.count(2))
        candidates = itertools.chain((base, f"{base}-{entity.type}"), numbered)
        return next(slug for slug in candidates if slug not in taken)


def slugify(name: str) -> str:
    """A name for URLs: ASCII letters, digits and hyphens, lower case; may be empty."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_name.lower()).strip("-")


def _needs_work(models: Mapping[Task, int], force: bool) -> tuple[str, list[str | int]]:
    if force:
        return "1", []
    clauses: list[str] = []
    parameters: list[str | int] = []
    for task, model_id in sorted(models.items()):
        clauses.append(
            "not exists (select 1 from enrichments e where e.article_id = a.id "
            "and e.task = ? and e.model_id = ? and e.content_hash = a.content_hash)"
        )
        parameters += [task, model_id]
    return " or ".join(clauses) or "0", parameters
