"""Entities and decisions as they are listed and told."""

from typing import Any

from sqlite_utils import Database

from archive.entity_names import Connection, Named, by_id
from archive.rulings import Decision
from archive.store import Archive

#: What articles call an entity: so many surfaces are told.
_SURFACES = 12


def listed(db: Database, words: str, kind: str | None, limit: int) -> list[dict[str, Any]]:
    """Entities that articles mention, the most mentioned first; with words, those that have them in a name.

    The names of what is merged into an entity are names of it; those with the words come first.
    """
    conditions, bound = ["e.merged_into is null"], {"limit": limit, "kind": kind, "words": words}
    if kind:
        conditions.append("e.type = :kind")
    if words:
        conditions.append(
            "e.id in (select coalesce(m.merged_into, m.id) from aliases a "
            "join entities m on m.id = a.entity_id where instr(lower(a.alias), lower(:words)))"
        )
    rows = db.execute(
        "select e.id, e.name, e.type, e.slug, t.articles, t.mentions from entity_totals t "
        f"join entities e on e.id = t.entity_id where {' and '.join(conditions)} "
        "order by t.articles desc, e.id limit :limit",
        bound,
    ).fetchall()
    names = ("name", "type", "slug", "articles", "mentions")
    return [
        {
            **dict(zip(names, row, strict=True)),
            "aliases": _other_names(db, number, row[0], words),
        }
        for number, *row in rows
    ]


def _other_names(db: Database, entity_id: int, name: str, words: str) -> list[str]:
    """What else leads to an entity, its own names before those of what is merged into it."""
    rows = db.execute(
        "select a.alias from aliases a join entities m on m.id = a.entity_id "
        "where m.id = :id or m.merged_into = :id "
        "order by instr(lower(a.alias), lower(:words)) = 0, m.id <> :id, a.id",
        {"id": entity_id, "words": words},
    ).fetchall()
    return [alias for alias in dict.fromkeys(alias for (alias,) in rows) if alias != name]


def described(archive: Archive, named: Named) -> dict[str, Any]:
    """All that is known of an entity."""
    db = archive.db
    description, articles, mentions = db.execute(
        "select e.description, coalesce(t.articles, 0), coalesce(t.mentions, 0) from entities e "
        "left join entity_totals t on t.entity_id = e.id where e.id = ?",
        [named.id],
    ).fetchone()
    surfaces = db.query(
        "select surface, count(*) as mentions from mentions where entity_id = ? "
        f"group by surface order by 2 desc, 1 limit {_SURFACES}",
        [named.id],
    )
    return {
        "name": named.name,
        "type": named.type,
        "slug": named.slug,
        "description": description,
        "articles": articles,
        "mentions": mentions,
        "aliases": _aliases(db, named.id),
        "surfaces": list(surfaces),
        "decisions": [as_record(db, one) for one in archive.decisions.about(named.id)],
    }


def _aliases(db: Database, entity_id: int) -> list[dict[str, Any]]:
    return list(
        db.query(
            "select alias, valid_from, valid_until, origin from aliases where entity_id = ? "
            "order by id",
            [entity_id],
        )
    )


def as_record(db: Connection, one: Decision) -> dict[str, Any]:
    """A decision for programs, and in words."""
    entity, target = (
        _named(db, number, one) if number is not None else None
        for number in (one.entity_id, one.target_id)
    )
    return {
        "id": one.id,
        "kind": one.kind,
        "entity": entity,
        "target": target,
        "name": one.name,
        "type": one.type,
        "surfaces": list(one.surfaces),
        "articles": list(one.articles),
        "valid_from": one.valid_from,
        "valid_until": one.valid_until,
        "made_at": one.made_at,
        "made_by": one.made_by,
        "note": one.note,
        "undone_at": one.undone_at,
        "undone_by": one.undone_by,
        "says": _says(one, entity, target),
    }


def _named(db: Connection, number: int, one: Decision) -> str:
    """An entity as it is called, or as it was before it was renamed."""
    if one.kind != "rename":
        return str(by_id(db, number))
    name, kind = db.execute(
        "select coalesce(tagged_name, name), coalesce(tagged_type, type) from entities where id = ?",
        [number],
    ).fetchone()
    return f"{name} ({kind})"


def _says(one: Decision, entity: str | None, target: str | None) -> str:
    days = "".join(
        f" {word} {day}"
        for word, day in (("from", one.valid_from), ("until", one.valid_until))
        if day
    )
    if one.kind == "merge":
        return f"{entity} is {target}"
    if one.kind == "split":
        written = f" written {', '.join(one.surfaces)}" if one.surfaces else ""
        where = f" in {', '.join(one.articles)}" if one.articles else ""
        return f"{entity}{written}{where} is {target}"
    if one.kind == "rename":
        now = " and ".join(
            told
            for told in (one.name and f"called {one.name}", one.type and f"of type {one.type}")
            if told
        )
        return f"{entity} is {now}"
    if one.kind in ("alias", "unalias"):
        return f"{one.name} {'means' if one.kind == 'alias' else 'does not mean'} {entity}{days}"
    if one.name is None:
        return f"{entity} is no entity"
    return f"{one.name} is no entity{f' where it would be {entity}' if entity else ''}"
