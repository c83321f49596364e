"""Finding the entity that a person means by what they type; and near names where there is none."""

import difflib
import sqlite3
from dataclasses import dataclass
from typing import TypeAlias

from sqlite_utils import Database

from archive.errors import NewsarchiveError
from archive.names import composed, fold
from archive.records import ENTITY_TYPES, EntityType

#: What can be asked: an archive of ours, or the reader's own connection to one.
Connection: TypeAlias = Database | sqlite3.Connection

_COLUMNS = "id, name, type, slug, merged_into"
#: Names that are compared with one that is not known, and near ones that are told.
_COMPARED = 20_000
_TOLD = 3
_ALIKE = 0.7


class NoSuchEntity(NewsarchiveError):
    """No entity has that name, or several have."""


@dataclass(frozen=True)
class Named:
    """An entity as it is found by a name. merged_into: the entity that it is by a decision."""

    id: int
    name: str
    type: EntityType
    slug: str
    merged_into: int | None = None

    def __str__(self) -> str:
        return f"{self.name} ({self.type})"


def by_id(db: Connection, number: int) -> Named:
    """The entity of an id."""
    return Named(*db.execute(f"select {_COLUMNS} from entities where id = ?", [number]).fetchone())


def named(db: Connection, text: str) -> list[Named]:
    """The entities of that slug, "name:type", name, or else alias, the most mentioned first; none if not known.

    One that is merged into another stands for that other. Spaces around and separate accents do not count.
    """
    written = dict.fromkeys((text, composed(text)))
    return next((found for one in written if (found := _named(db, one))), [])


def _named(db: Connection, text: str) -> list[Named]:
    name, _, kind = text.rpartition(":")
    is_typed = kind in ENTITY_TYPES and bool(name)
    queries = [
        ("e.slug = ?", [text]),
        ("e.name = ? collate nocase", [text]),
        ("e.tagged_name = ?", [text]),
        ("e.id in (select entity_id from aliases where alias = ? collate nocase)", [text]),
    ]
    if is_typed:
        queries.insert(0, ("e.name = ? collate nocase and e.type = ?", [name, kind]))
    for where, bound in queries:
        rows = db.execute(
            "select e.id, e.name, e.type, e.slug, e.merged_into from entities e "
            f"left join entity_totals t on t.entity_id = e.id where {where} "
            "order by coalesce(t.articles, 0) desc, e.id",
            bound,
        ).fetchall()
        found = [Named(*row) for row in rows]
        if found:
            ids = dict.fromkeys(one.merged_into or one.id for one in found)
            return [by_id(db, number) for number in ids]
    return []


def entities_called(db: Database, text: str) -> list[Named]:
    """What is `named` so.

    Raises:
        NoSuchEntity: there is none; near names are told.
    """
    if found := named(db, text):
        return found
    raise NoSuchEntity(
        text,
        "no entity of this archive has that name",
        next_step(near_names(db, text), "See what there is with: newsarchive entities list"),
    )


def next_step(near: list[str], otherwise: str) -> str:
    """What to do about a name that is not known: look at those near to it, if there are any."""
    return f"Near to it: {', '.join(near)}." if near else otherwise


def entity_called(db: Database, text: str) -> Named:
    """The one entity that a person means.

    Raises:
        NoSuchEntity: there is none, or there are several.
    """
    found = entities_called(db, text)
    if len(found) > 1:
        raise NoSuchEntity(
            text,
            f"{len(found)} entities have that name",
            f"Name one of them by its slug: {', '.join(f'{one.slug} ({one.type})' for one in found[:8])}.",
        )
    return found[0]


def near_names(db: Database, text: str) -> list[str]:
    """Names of entities that are nearly this one, the nearest first."""
    folded = fold(text)
    rows = db.execute(
        """
        select a.alias, a.folded, e.name from aliases a join entities e on e.id = a.entity_id
        where instr(a.folded, :head) limit :most
        """,
        {"head": folded[:2], "most": _COMPARED},
    ).fetchall()
    named: dict[str, str] = {}
    for alias, written, name in rows:
        shown = name if fold(name) == written else f"{name} (as {alias})"
        named.setdefault(written, shown)
        named.setdefault(fold(alias.split()[-1]), shown)  # a surname stands for its people
    near = difflib.get_close_matches(folded, named, _TOLD, _ALIKE)
    near += [written for written in named if folded in written and written not in near]
    return list(dict.fromkeys(named[written] for written in near))[:_TOLD]
