"""Decisions about names applied to articles: mentions, entities with salience, tags, all at once.

One way for both occasions: a decision is made or undone, and an article is tagged again.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from archive.reasons import ADDED
from archive.records import Entity, EntityType, Mention
from archive.rulings import Place, Rulings
from archive.salience import weigh
from archive.taggings import shown_model

TABLES = ("mentions", "title_mentions")


@dataclass
class _Row:
    """A mention as it is stored, and as it is to be."""

    id: int | None
    start: int
    end: int
    surface: str
    type: EntityType
    score: float
    tagged_id: int | None
    tagged_type: EntityType
    was: tuple[Any, ...]
    is_added: bool
    entity_id: int | None = None
    decision_id: int | None = None

    @property
    def stored(self) -> tuple[Any, ...]:
        """entity_id, type, tagged_entity_id, tagged_type, decision_id."""
        is_overruled = self.decision_id is not None and not self.is_added
        told = (self.tagged_id, self.tagged_type) if is_overruled else (None, None)
        return self.entity_id, self.type, *told, self.decision_id


class Applying:
    """The decisions that stand, on their way to articles; used within one transaction.

    Args:
        model_id: the model whose tags the articles are about to show; None for those that they show.
    """

    def __init__(self, db: Database, rulings: Rulings, model_id: int | None = None) -> None:
        self._db = db
        self._model_id = model_id
        self._rulings = rulings
        self._entities: dict[int, Entity] = {}

    def apply(self, article_ids: Iterable[int], always: bool = False) -> tuple[int, int]:
        """Bring articles up to date; return how many have changed, and how many of their mentions.

        always: make entities and tags anew even where no mention has changed.
        """
        articles = mentions = 0
        for article_id in article_ids:
            changed = self._apply(article_id, always)
            articles += changed is not None
            mentions += changed or 0
        return articles, mentions

    def _apply(self, article_id: int, always: bool) -> int | None:
        article = self._db.execute(
            "select url, title, text, coalesce(published_at, first_seen_at), tags "
            "from articles where id = ?",
            [article_id],
        ).fetchone()
        if article is None:
            return None
        url, title, text, moment, tags = article
        self._find_title_names(article_id, title)
        place = Place(url, moment[:10])
        kept: dict[str, list[_Row]] = {}
        changed = 0
        for table, whole in zip(TABLES, (text, title), strict=True):
            rows = self._rows(table, article_id)
            changed += self._decide(table, article_id, rows, whole, place)
            kept[table] = rows
        if not changed and not always:
            return None
        is_changed = self._weigh(article_id, kept, len(text), json.loads(tags))
        return changed if changed or is_changed else None

    def _rows(self, table: str, article_id: int) -> list[_Row]:
        found = self._db.execute(
            f'select id, start, "end", surface, type, score, entity_id, tagged_entity_id, '
            f"tagged_type, decision_id, reason from {table} where article_id = ? order by start, id",
            [article_id],
        ).fetchall()
        rows = []
        for number, start, end, surface, kind, score, entity, tagged, told, ruling, why in found:
            was = entity, kind, tagged, told, ruling
            said: tuple[int | None, EntityType] = (entity, kind)
            if why == ADDED:
                # No tagger knows of it: it stands as long as a decision gives the name to somebody.
                said = None, "other"
            elif ruling is not None:
                said = tagged, told or kind
            rows.append(_Row(number, start, end, surface, kind, score, *said, was, why == ADDED))
        return rows

    def _decide(
        self, table: str, article_id: int, rows: list[_Row], text: str, place: Place
    ) -> int:
        """Decide every row and write what has changed; `rows` becomes what stands. Return how many changed."""
        for row in rows:
            self._resolve(row, place)
        gone = [row for row in rows if row.is_added and row.entity_id is None]
        rows[:] = [row for row in rows if not (row.is_added and row.entity_id is None)]
        changed = [row for row in rows if row.stored != row.was]
        self._db.conn.executemany(
            f"update {table} set entity_id = ?, type = ?, tagged_entity_id = ?, tagged_type = ?, "
            "decision_id = ? where id = ?",
            [(*row.stored, row.id) for row in changed],
        )
        self._db.conn.executemany(f"delete from {table} where id = ?", [(row.id,) for row in gone])
        new = self._added(article_id, rows, text, place)
        if new:
            model_id = self._model_of(article_id)
            self._db.conn.executemany(
                f'insert into {table} (article_id, start, "end", surface, type, score, model_id, '
                f"entity_id, decision_id, reason) values (?, ?, ?, ?, ?, ?, ?, ?, ?, '{ADDED}')",
                [
                    (
                        *(article_id, row.start, row.end, row.surface, row.type, row.score),
                        *(model_id, row.entity_id, row.decision_id),
                    )
                    for row in new
                ],
            )
            rows += new
            rows.sort(key=lambda row: row.start)
        return len(changed) + len(gone) + len(new)

    def _resolve(self, row: _Row, place: Place) -> None:
        verdict = self._rulings.verdict(row.surface, row.tagged_id, place)
        row.entity_id, row.decision_id = verdict.entity_id, verdict.decision_id
        entity = row.entity_id and self._entity(row.entity_id)
        row.type = entity.type if entity else row.tagged_type

    def _added(self, article_id: int, rows: list[_Row], text: str, place: Place) -> list[_Row]:
        """The names that the tagger has not found and that decisions give to somebody."""
        taken = [(row.start, row.end) for row in rows]
        new = []
        for start, end, surface in self._rulings.added_names(text, taken):
            row = _Row(None, start, end, surface, "other", 1.0, None, "other", (), True)
            self._resolve(row, place)
            if row.entity_id is not None:
                new.append(row)
        # An article that was never tagged gets its names when it is.
        return new if new and self._model_of(article_id) is not None else []

    def _model_of(self, article_id: int) -> int | None:
        return self._model_id or shown_model(self._db, article_id)

    def _find_title_names(self, article_id: int, title: str) -> None:
        """Names in the title, for an article that was tagged before they were kept."""
        query = "select 1 from {} where article_id = ? and {} limit 1"
        is_new = self._db.execute(
            query.format("mentions", "reason is not null"), [article_id]
        ).fetchone()
        has_title = self._db.execute(query.format("title_mentions", "1"), [article_id]).fetchone()
        if is_new or has_title:
            return
        named = self._db.execute(
            """
            select e.id, e.type, e.name from article_entities ae
            join entities e on e.id = ae.entity_id where ae.article_id = :id
            union select m.entity_id, m.type, m.surface from mentions m
            where m.article_id = :id and m.entity_id is not null and m.decision_id is null
            """,
            {"id": article_id},
        ).fetchall()
        model_id = self._model_of(article_id)
        taken: list[tuple[int, int]] = []
        for entity_id, kind, name in sorted(named, key=lambda row: (-len(row[2]), row)):
            start = title.find(name)
            end = start + len(name)
            if model_id is None or start < 0 or any(a < end and start < b for a, b in taken):
                continue
            taken.append((start, end))
            self._db.execute(
                'insert into title_mentions (article_id, entity_id, start, "end", surface, type, '
                "score, model_id) values (?, ?, ?, ?, ?, ?, 1, ?)",
                [article_id, entity_id, start, end, name, kind, model_id],
            )

    def _weigh(
        self, article_id: int, kept: dict[str, list[_Row]], length: int, old_tags: list[str]
    ) -> bool:
        """Make the article's entities and tags anew from its mentions; whether they are others."""
        ids: dict[tuple[str, EntityType], int] = {}

        def mention(row: _Row) -> Mention:
            entity = self._entity(row.entity_id) if row.entity_id is not None else None
            if entity is not None and row.entity_id is not None:
                ids[entity.name, entity.type] = row.entity_id
            return Mention(
                row.start, row.end, row.surface, row.type, entity.name if entity else None
            )

        text, title = ([mention(row) for row in kept[table]] for table in TABLES)
        tagging = weigh(text, title, length, lambda key: self._entity(ids[key]))
        wanted = {
            ids[s.entity.name, s.entity.type]: (s.mention_count, s.salience)
            for s in tagging.entities
        }
        found = self._db.execute(
            "select entity_id, mention_count, salience from article_entities where article_id = ?",
            [article_id],
        ).fetchall()
        before = {number: (count, salience) for number, count, salience in found}
        # Triggers count each row anew: only what is another is written.
        self._db.conn.executemany(
            "delete from article_entities where article_id = ? and entity_id = ?",
            [(article_id, number) for number in before if number not in wanted],
        )
        self._db.conn.executemany(
            "update article_entities set mention_count = ?, salience = ? "
            "where article_id = ? and entity_id = ?",
            [
                (*value, article_id, number)
                for number, value in wanted.items()
                if number in before and before[number] != value
            ],
        )
        self._db.conn.executemany(
            "insert into article_entities (article_id, entity_id, mention_count, salience) "
            "values (?, ?, ?, ?)",
            [(article_id, n, *value) for n, value in wanted.items() if n not in before],
        )
        tags = list(tagging.tags)
        if tags != old_tags:
            self._db.execute(
                "update articles set tags = ? where id = ?",
                [json.dumps(tags, ensure_ascii=False), article_id],
            )
        return wanted != before or tags != old_tags

    def _entity(self, number: int) -> Entity:
        if number not in self._entities:
            name, kind, description = self._db.execute(
                "select name, type, description from entities where id = ?", [number]
            ).fetchone()
            self._entities[number] = Entity(name, kind, description)
        return self._entities[number]
