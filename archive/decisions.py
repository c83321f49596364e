"""The table `decisions`: what people have decided about names; made, undone, and applied to the archive."""

import dataclasses
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from archive import times
from archive.applying import TABLES, Applying
from archive.entity_names import Connection
from archive.errors import NewsarchiveError
from archive.names import fold, may_lack_spaces, words_of
from archive.records import EntityType
from archive.rulings import AliasRow, Decision, Rulings

_COLUMNS = tuple(field.name for field in dataclasses.fields(Decision))
_JSON = ("surfaces", "articles", "removed")
#: Articles to which decisions are applied in one transaction.
BLOCK = 200


class DecisionError(NewsarchiveError):
    """A decision cannot be made or undone as asked."""


@dataclass(frozen=True)
class Effect:
    """What a decision came to: its number, and how many articles and mentions have changed."""

    decision: Decision
    articles: int = 0
    mentions: int = 0


class Decisions:
    """People's decisions about names. Call what writes within a transaction."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._rulings: tuple[int, Rulings] | None = None

    def all(self, undone_too: bool = False) -> list[Decision]:
        """The decisions that stand, in their order."""
        where = "" if undone_too else "where undone_at is null"
        rows = self._db.execute(f"select {', '.join(_COLUMNS)} from decisions {where} order by id")
        return [_decision(row) for row in rows.fetchall()]

    def about(self, entity_id: int) -> list[Decision]:
        """Those that stand and are about an entity, as what they start from or lead to."""
        return [d for d in self.all() if entity_id in (d.entity_id, d.target_id)]

    def get(self, number: int) -> Decision | None:
        """A decision by its number."""
        return get_decision(self._db, number)

    def make(self, decision: Decision) -> Decision:
        """Keep a decision; its id, time and `removed` are filled in here. `settle` applies it to articles.

        Raises:
            DecisionError: it is about an entity that is another one by now, or gives one the name
                that another has.
        """
        decision = self._followed(decision)
        moment = decision.made_at or times.to_text(times.now()) or ""
        values = dataclasses.asdict(dataclasses.replace(decision, made_at=moment))
        del values["id"]
        for name in _JSON:
            values[name] = json.dumps(values[name], ensure_ascii=False)
        table = self._db.table("decisions")
        table.insert(values)
        number = int(table.last_pk)  # type: ignore[arg-type]
        made = dataclasses.replace(decision, id=number, made_at=moment)
        self._await(self._touched_by(made), made)
        self._settle_entities(made)
        self._rulings = None
        return self.get(number) or made

    def _followed(self, decision: Decision) -> Decision:
        """The decision with the entity as its target that the target is by now."""
        merged = {
            d.entity_id: d for d in self.all() if d.kind == "merge" and d.entity_id is not None
        }
        if decision.entity_id in merged:
            one = merged[decision.entity_id]
            raise DecisionError(
                f"entity {decision.entity_id}",
                f"it is another by decision {one.id}",
                f"Say it of that other, or first: newsarchive entities undo {one.id}",
            )
        target = decision.target_id
        while target in merged:
            target = merged[target].target_id
        if target is not None and target == decision.entity_id:
            raise DecisionError(f"entity {target}", "it would become itself", "")
        return dataclasses.replace(decision, target_id=target)

    def undo(self, number: int, by: str) -> Decision:
        """Take a decision back: everything is as if it had never been made, whatever came after it.

        `settle` applies that to articles.

        Raises:
            DecisionError: there is no such decision that stands, or a name it frees is taken.
        """
        decision = self.get(number)
        if decision is None or decision.undone_at is not None:
            raise DecisionError(
                f"decision {number}",
                "there is none of that number"
                if decision is None
                else f"{decision.undone_by} has undone it at {decision.undone_at}",
                "See them all with: newsarchive entities log",
            )
        self._db.execute(
            "update decisions set undone_at = ?, undone_by = ? where id = ?",
            [times.to_text(times.now()), by, number],
        )
        if decision.kind == "rename":
            articles: Iterable[int] = self._articles_of(decision.entity_id)
        else:
            # A mention on which it had a say was decided last by it or by one after it.
            articles = self._ids("decision_id >= ?", [number])
        self._await(articles, decision)
        self._settle_entities(decision)
        self._rulings = None
        return self.get(number) or decision

    def is_settled(self) -> bool:
        """True if the decisions that stand have been applied to every article."""
        return self._db.execute("select 1 from undecided limit 1").fetchone() is None

    def settle(self) -> tuple[int, int]:
        """Apply the decisions that stand to a block of the articles that wait for it.

        What a mention means follows from what the tagger said and from all decisions: so it does
        not matter which article comes when, nor whether it comes twice.

        Returns:
            how many articles have changed, and how many of their mentions.
        """
        waiting = self._db.execute(
            "select article_id, is_renamed from undecided order by article_id limit ?", [BLOCK]
        ).fetchall()
        applying = Applying(self._db, self.rulings())
        changes = [applying.apply([number], bool(renamed)) for number, renamed in waiting]
        self._db.conn.executemany(
            "delete from undecided where article_id = ?", [(number,) for number, _ in waiting]
        )
        return sum(articles for articles, _ in changes), sum(mentions for _, mentions in changes)

    def _await(self, articles: Iterable[int], decision: Decision) -> None:
        self._db.conn.executemany(
            "insert into undecided values (?, ?) on conflict do update "
            "set is_renamed = max(is_renamed, excluded.is_renamed)",
            [(number, decision.kind == "rename") for number in articles],
        )

    def apply_to(self, article_id: int, model_id: int, always: bool = False) -> None:
        """Apply the decisions that stand to an article that has just been tagged by a model."""
        always = always or self._has_renamed(article_id)
        if always or self.rulings():
            Applying(self._db, self.rulings(), model_id).apply([article_id], always)

    def rulings(self) -> Rulings:
        """The decisions that stand; read again when this process or another has changed the file."""
        version = int(self._db.execute("pragma data_version").fetchone()[0])
        if self._rulings is None or self._rulings[0] != version:
            self._rulings = version, Rulings(self.all())
        return self._rulings[1]

    def _has_renamed(self, article_id: int) -> bool:
        found = self._db.execute(
            "select 1 from article_entities ae join entities e on e.id = ae.entity_id "
            "where ae.article_id = ? and e.tagged_name is not null limit 1",
            [article_id],
        )
        return found.fetchone() is not None

    # Which articles a decision is about

    def _touched_by(self, made: Decision) -> list[int]:
        if made.kind == "rename":
            return self._articles_of(made.entity_id)
        if made.kind in ("alias", "ignore") and made.name:
            return self._articles_with(made.name)
        return self._ids("entity_id = ?", [made.entity_id])

    def _articles_of(self, entity_id: int | None) -> list[int]:
        found = set(self._ids("entity_id = ?", [entity_id]))
        rows = self._db.execute(
            "select article_id from article_entities where entity_id = ?", [entity_id]
        )
        return sorted(found | {number for (number,) in rows})

    def _articles_with(self, name: str) -> list[int]:
        """The articles in whose title or text these words stand, in any case, or some that are alike."""
        if may_lack_spaces(name):
            query = "select id from articles where instr(text, ?1) or instr(title, ?1)"
            return [number for (number,) in self._db.execute(query, [name])]
        words = " ".join(word.strip("+#") for word in words_of(name).split())
        query = "select rowid from articles_fts where articles_fts match ? order by rowid"
        return [number for (number,) in self._db.execute(query, [f'"{words}"'])]

    def _ids(self, where: str, bound: Sequence[Any]) -> list[int]:
        query = " union ".join(f"select article_id from {t} where {where}" for t in TABLES)
        rows = self._db.execute(f"{query} order by 1", [*bound, *bound])
        return [number for (number,) in rows.fetchall()]

    # What a decision makes of entities themselves: their names, and into which they are merged

    def _settle_entities(self, changed: Decision) -> None:
        standing = self.all()
        touched = [n for n in (changed.entity_id, changed.target_id) if n is not None]
        merges = {d.entity_id: d.target_id for d in standing if d.kind == "merge"}
        for entity_id in (changed.entity_id, *merges):
            target = merges.get(entity_id)
            while target in merges:
                target = merges[target]
            self._db.execute(
                "update entities set merged_into = ?1 where id = ?2 and merged_into is not ?1",
                [target, entity_id],
            )
        for entity_id in touched:
            self._rename(entity_id, [d for d in standing if d.entity_id == entity_id])
        if changed.kind in ("alias", "unalias"):
            self.settle_aliases(changed.entity_id or 0, words_of(changed.name or ""), changed)

    def _rename(self, entity_id: int, decisions: list[Decision]) -> None:
        name, kind, tagged_name, tagged_type = self._db.execute(
            "select name, type, tagged_name, tagged_type from entities where id = ?", [entity_id]
        ).fetchone()
        base = (tagged_name or name, tagged_type or kind)
        now: tuple[str, EntityType] = base
        for one in decisions:
            if one.kind == "rename":
                now = one.name or now[0], one.type or now[1]
        if now == (name, kind):
            return
        tagged = base if now != base else (None, None)
        try:
            self._db.execute(
                "update entities set name = ?, type = ?, tagged_name = ?, tagged_type = ? "
                "where id = ?",
                [*now, *tagged, entity_id],
            )
        except sqlite3.IntegrityError as error:
            raise DecisionError(
                f"{now[0]} ({now[1]})",
                "there is another entity of that name and type",
                f'If they are one, say: newsarchive entities merge "{name}" "{now[0]}"',
            ) from error
        self._db.execute(
            "delete from aliases where entity_id = ? and origin = 'rename'", [entity_id]
        )
        listed = self._db.execute(
            "select 1 from aliases where entity_id = ? and alias = ?", [entity_id, now[0]]
        )
        if listed.fetchone() is None:
            self._insert_aliases(entity_id, [(now[0], None, None, "rename")])

    def settle_aliases(self, entity_id: int, words: str, undone: Decision | None = None) -> None:
        """Make the rows of one alias anew: those of lists and articles, then decision by decision.

        undone: a decision that was just made or undone.
        """
        have = self._db.execute(
            "select alias, valid_from, valid_until, origin, id from aliases where entity_id = ? "
            "order by id",
            [entity_id],
        ).fetchall()
        before: dict[AliasRow, int] = {row[:4]: row[4] for row in have if words_of(row[0]) == words}
        mine = [
            d
            for d in self.all()
            if d.entity_id == entity_id
            and d.kind in ("alias", "unalias")
            and words_of(d.name or "") == words
        ]
        # What there was before some of it was taken away is kept with what takes away.
        kept = [row for d in (*mine, *([undone] if undone else [])) for row in d.removed]
        base = list(dict.fromkeys([*kept, *(row for row in before if row[3] != "decision")]))
        # A name that stood for itself before a list knew it gives way to what the list says of it.
        listed = {row[0] for row in base if row[3] != "name"}
        base = [row for row in base if row[3] != "name" or row[0] not in listed]
        self._db.conn.executemany(
            "update decisions set removed = ? where id = ?",
            [(json.dumps(base, ensure_ascii=False), d.id) for d in mine if d.kind == "unalias"],
        )
        self._rulings = None
        now = base
        for one in mine:
            if one.kind == "alias" and one.name:
                now = [*now, (one.name, one.valid_from, one.valid_until, "decision")]
            else:
                now = list(_without(now, one))
        gone = [number for row, number in before.items() if row not in now]
        self._db.conn.executemany("delete from aliases where id = ?", [(n,) for n in gone])
        self._insert_aliases(entity_id, [row for row in dict.fromkeys(now) if row not in before])

    def _insert_aliases(self, entity_id: int, rows: Iterable[AliasRow]) -> None:
        self._db.conn.executemany(
            "insert into aliases (entity_id, alias, valid_from, valid_until, origin, folded) "
            "values (?, ?, ?, ?, ?, ?)",
            [(entity_id, *row, fold(row[0])) for row in rows],
        )


def get_decision(db: Connection, number: int) -> Decision | None:
    """A decision by its number."""
    row = db.execute(
        f"select {', '.join(_COLUMNS)} from decisions where id = ?", [number]
    ).fetchone()
    return _decision(row) if row else None


def _without(aliases: Iterable[AliasRow], one: Decision) -> Iterator[AliasRow]:
    """Aliases without the days on which a decision says that the name did not hold."""
    cut_from, cut_until = one.valid_from, one.valid_until
    for row in aliases:
        alias, start, end, _origin = row
        left: list[tuple[str, str | None, str | None]] = []
        if cut_from is not None and (start is None or start < cut_from):
            left.append((alias, start, min(filter(None, (end, cut_from)))))
        if cut_until is not None and (end is None or cut_until < end):
            left.append((alias, max(filter(None, (start, cut_until))), end))
        yield from (row if part == row[:3] else (*part, "decision") for part in left)


def _decision(row: Sequence[Any]) -> Decision:
    fields = dict(zip(_COLUMNS, row, strict=True))
    for name in _JSON:
        fields[name] = tuple(
            tuple(item) if isinstance(item, list) else item for item in json.loads(fields[name])
        )
    return Decision(**fields)
