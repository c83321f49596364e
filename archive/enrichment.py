"""What models add to articles: summaries with receipts, entity tags, vectors; and what is still to do."""

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence

from sqlite_utils import Database

from archive import summaries, taggings, times, work
from archive.articles import has_text
from archive.decisions import Decisions
from archive.entities import entity_id
from archive.models import current_model, make_current
from archive.reasons import as_text
from archive.records import (
    EVERYTHING,
    Entity,
    EntityContext,
    Model,
    Selection,
    Summary,
    Tagging,
    Task,
    WorkItem,
)
from archive.rows import insert_all
from archive.vector_index import sign_code

#: Articles that show in what company an entity is named.
_CONTEXT = 20


class Enrichments:
    """The tables `models`, `enrichments`, `summaries`, `vectors`, `entities`, `mentions` and theirs."""

    def __init__(self, db: Database, decisions: Decisions) -> None:
        self._db = db
        self._decisions = decisions

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

    def count_work(
        self, models: Mapping[Task, int], force: bool = False, selection: Selection = EVERYTHING
    ) -> int:
        """How many articles `work` will yield."""
        total = work.count(self._db, models, force, selection)
        return total if selection.limit is None else min(total, selection.limit)

    def work(
        self, models: Mapping[Task, int], force: bool = False, selection: Selection = EVERYTHING
    ) -> Iterator[WorkItem]:
        """Articles for which a task's model has made nothing from the present text, oldest id first.

        Args:
            models: for each task wanted, the id of the model that is to do it.
            force: yield every article with every task.
            selection: of these articles alone, and no more than its limit.

        See `archive.work` for the one rule of what is to do.
        """
        return itertools.islice(work.find(self._db, models, force, selection), selection.limit)

    def is_current(self, item: WorkItem) -> bool:
        """True if the article still has the text that the item was made from."""
        return has_text(self._db, item.article_id, item.content_hash)

    def save_summaries(
        self, item: WorkItem, made: Sequence[Summary], model_id: int, beside: bool = False
    ) -> None:
        """Store what a model has made, with its receipts, and show it.

        beside: keep it beside what another model shows; without such, it is shown all the same.
        """
        summaries.save(self._db, item.article_id, made, model_id, beside)
        self._done(item, "summary", model_id)

    def show_summaries(self, article_id: int, model_id: int) -> None:
        """Let an article show what a model has made of it before."""
        summaries.show(self._db, article_id, model_id)

    def kept_summaries(self, model_id: int, selection: Selection, limit: int) -> list[int]:
        """Articles for which a model has summaries beside those that are shown."""
        where, parameters = work.chosen(selection)
        return summaries.kept(self._db, model_id, where, parameters, limit)

    def save_vector(self, item: WorkItem, vector: bytes, model_id: int) -> None:
        """Store an article's vector, packed by `summarize.vectors.pack`.

        Vectors of two models cannot be compared, so those of the current one alone are used;
        without such, this one becomes it.
        """
        self._db.execute(
            "insert into vectors (article_id, model_id, vector) values (?, ?, ?) "
            "on conflict do update set vector = excluded.vector",
            [item.article_id, model_id, vector],
        )
        self._db.execute(
            "update vector_codes set code = ? where model_id = ? and article_id = ?",
            [sign_code(vector), model_id, item.article_id],
        )
        if current_model(self._db, "vector") is None:
            make_current(self._db, "vector", model_id)
        self._done(item, "vector", model_id)

    def current_vector(self, article_id: int) -> bytes | None:
        """The packed vector of an article by the current model, or None."""
        row = self._db.execute(
            "select v.vector from vectors v join models m on m.id = v.model_id "
            "where v.article_id = ? and m.is_current",
            [article_id],
        ).fetchone()
        return row[0] if row else None

    def save_tagging(
        self, item: WorkItem, tagging: Tagging, model_id: int, beside: bool = False
    ) -> None:
        """Store an article's mentions and entities and show them; those of another model are kept.

        beside: keep it beside what another model shows; without such, it is shown all the same.
        """
        shown = taggings.shown_model(self._db, item.article_id)
        if beside and shown not in (None, model_id):
            taggings.keep(self._db, item.article_id, model_id, tagging)
        else:
            self.show_tagging(item.article_id, tagging, model_id)
        self._done(item, "tags", model_id)

    def show_tagging(self, article_id: int, tagging: Tagging, model_id: int) -> None:
        """Let an article show this tagging of a model, with the decisions that stand applied.

        That of another model is kept beside it.
        """
        shown = taggings.shown_model(self._db, article_id)
        if shown not in (None, model_id):
            kept = taggings.said(self._db, article_id)
            taggings.keep(self._db, article_id, shown, kept)
        taggings.drop(self._db, article_id, model_id)
        for table in ("mentions", "title_mentions", "article_entities"):
            self._db.execute(f"delete from {table} where article_id = ?", [article_id])
        ids = {
            (salience.entity.name, salience.entity.type): self.entity_id(salience.entity)
            for salience in tagging.entities
        }
        for table, found in (("mentions", tagging.mentions), ("title_mentions", tagging.title)):
            mentions = [
                {
                    "article_id": article_id,
                    "entity_id": ids.get((mention.entity, mention.type))
                    if mention.entity
                    else None,
                    "start": mention.start,
                    "end": mention.end,
                    "surface": mention.surface,
                    "type": mention.type,
                    "score": mention.score,
                    "model_id": model_id,
                    "reason": as_text(mention.reason),
                }
                for mention in found
            ]
            insert_all(self._db, table, mentions)
        # Two names that a tagger takes for two may be one by now.
        is_plain = len(set(ids.values())) == len(ids)
        entities = [
            {
                "article_id": article_id,
                "entity_id": ids[salience.entity.name, salience.entity.type],
                "mention_count": salience.mention_count,
                "salience": salience.salience,
            }
            for salience in tagging.entities
            if is_plain
        ]
        insert_all(self._db, "article_entities", entities)
        self._db.execute(
            "update articles set tags = ? where id = ?",
            [json.dumps(tagging.tags, ensure_ascii=False), article_id],
        )
        self._decisions.apply_to(article_id, model_id, always=not is_plain)

    def kept_taggings(
        self, model_id: int, selection: Selection, limit: int
    ) -> list[tuple[int, Tagging]]:
        """Articles for which a model has a tagging beside the one that is shown, and this tagging."""
        where, parameters = work.chosen(selection)
        return taggings.kept(self._db, model_id, where, parameters, limit)

    def entity_id(self, entity: Entity) -> int:
        """The id of an entity, stored if it is new (`archive.entities`)."""
        return entity_id(self._db, self._decisions, entity)

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
        """Whom an entity is named with; the current vectors of the latest articles that name it."""
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
            f"select vector from vectors where article_id in ({articles}) and model_id = ? "
            "order by article_id",
            [entity_id, current_model(self._db, "vector")],
        )
        return EntityContext(
            frozenset((name, kind) for name, kind in names),
            tuple(vector for (vector,) in vectors),
        )

    def missing(self, article_id: int, content_hash: str, models: Mapping[Task, int]) -> set[Task]:
        """The tasks whose model has made nothing of an article's text with this hash."""
        return work.missing(self._db, article_id, content_hash, models)

    def _done(self, item: WorkItem, task: Task, model_id: int) -> None:
        self._db.execute(
            """
            insert into enrichments (article_id, task, model_id, content_hash, created_at)
            values (?, ?, ?, ?, ?)
            on conflict do update set content_hash = excluded.content_hash,
                created_at = excluded.created_at
            """,
            [item.article_id, task, model_id, item.content_hash, times.to_text(times.now())],
        )
