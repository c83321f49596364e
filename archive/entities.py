"""Storing entities: found again by the name that taggers know, their names added to, slugs for addresses."""

import dataclasses
import itertools
import re
import unicodedata

from sqlite_utils import Database

from archive.decisions import Decisions
from archive.names import fold, words_of
from archive.records import Alias, Entity
from archive.rows import insert, insert_all


def entity_id(db: Database, decisions: Decisions, entity: Entity) -> int:
    """The id of an entity by name and type, stored if it is new; its aliases are added to those it has.

    One that a decision has renamed is found by the name that taggers know.
    """
    found = _find(db, entity)
    if found is None:
        new = {
            "name": entity.name,
            "type": entity.type,
            "slug": _free_slug(db, entity),
            "description": entity.description,
        }
        number = insert(db, "entities", new)
    else:
        number, description = found
        if description is None and entity.description is not None:
            _now_listed(db, number, entity)
    _add_aliases(db, decisions, number, entity)
    return number


def slugify(name: str) -> str:
    """A name for URLs: ASCII letters, digits and hyphens, lower case; may be empty."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_name.lower()).strip("-")


def _find(db: Database, entity: Entity) -> tuple[int, str | None] | None:
    for name, kind in (("tagged_name", "tagged_type"), ("name", "type")):
        row = db.execute(
            f"select id, description from entities where {name} = ? and {kind} = ?",
            [entity.name, entity.type],
        ).fetchone()
        if row:
            return int(row[0]), row[1]
    return None


def _add_aliases(db: Database, decisions: Decisions, number: int, entity: Entity) -> None:
    """Add the names that an entity does not have yet, and that no decision took from it."""
    aliases = db.execute(
        "select alias from aliases where entity_id = ? and origin != 'decision'", [number]
    )
    listed = {alias for (alias,) in aliases}
    given = entity.aliases
    if all(alias.alias != entity.name for alias in given):
        given = (Alias(entity.name, origin="name"), *given)
    rulings = decisions.rulings()
    added = [
        alias
        for alias in given
        if alias.alias not in listed and (number, dataclasses.astuple(alias)) not in rulings.removed
    ]
    rows = [
        {
            "entity_id": number,
            "alias": alias.alias,
            "valid_from": alias.valid_from,
            "valid_until": alias.valid_until,
            "origin": alias.origin,
            "folded": fold(alias.alias),
        }
        for alias in added
    ]
    insert_all(db, "aliases", rows)
    for words in {words_of(alias.alias) for alias in added}:
        if (number, words) in rulings.unaliased:
            decisions.settle_aliases(number, words)


def _now_listed(db: Database, number: int, entity: Entity) -> None:
    """Add what a list knows of an entity that was kept before any list knew it."""
    db.execute("update entities set description = ? where id = ?", [entity.description, number])
    for alias in entity.aliases:
        db.execute(
            "update aliases set valid_from = ?, valid_until = ?, origin = ? "
            "where entity_id = ? and alias = ? and origin = 'name'",
            [alias.valid_from, alias.valid_until, alias.origin, number, alias.alias],
        )


def _free_slug(db: Database, entity: Entity) -> str:
    base = slugify(entity.name) or entity.type
    taken = {
        row[0]
        for row in db.execute(
            "select slug from entities where slug = ? or slug glob ?", [base, base + "-*"]
        )
    }
    numbered = (f"{base}-{n}" for n in itertools.count(2))
    candidates = itertools.chain((base, f"{base}-{entity.type}"), numbered)
    return next(slug for slug in candidates if slug not in taken)
