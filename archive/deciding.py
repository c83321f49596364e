"""Decisions as people ask for them: by names; checked, and told what is wrong with them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Concatenate, ParamSpec

from archive.article_names import article_called
from archive.decisions import DecisionError, Effect
from archive.entity_names import Named, by_id, entity_called
from archive.names import words_of
from archive.records import Entity, EntityType
from archive.rulings import Decision, DecisionKind
from archive.store import Archive

P = ParamSpec("P")

#: Between two blocks of articles: long enough for another process that waits for its turn to write.
_PAUSE_S = 0.05


@dataclass(frozen=True)
class Who:
    """Who decides, and why."""

    by: str
    note: str | None = None


def settle(archive: Archive) -> tuple[int, int]:
    """Apply decisions to the articles that wait for it, block by block: others write in between.

    A run that is killed is gone on with by the next.

    Returns:
        how many articles have changed, and how many of their mentions.
    """
    articles = mentions = 0
    while not archive.decisions.is_settled():
        if not archive.db.conn.in_transaction:
            time.sleep(_PAUSE_S)
        with archive.transaction():
            changed = archive.decisions.settle()
        articles, mentions = articles + changed[0], mentions + changed[1]
    return articles, mentions


def _deciding(
    decide: Callable[Concatenate[Archive, P], Decision],
) -> Callable[Concatenate[Archive, P], Effect]:
    """Decide in one transaction, which is all that a decision about few articles takes."""

    @wraps(decide)
    def run(archive: Archive, /, *args: P.args, **kwargs: P.kwargs) -> Effect:
        with archive.transaction():
            decision = decide(archive, *args, **kwargs)
            first = archive.decisions.settle()
        rest = settle(archive)
        return Effect(decision, first[0] + rest[0], first[1] + rest[1])

    return run


@_deciding
def merge(archive: Archive, one: str, into: str, who: Who) -> Decision:
    """Make one entity another: its mentions, now and later, are of that other.

    Raises:
        NoSuchEntity, DecisionError.
    """
    first, second = entity_called(archive.db, one), entity_called(archive.db, into)
    if first.id == second.id:
        raise DecisionError(one, f"it is {second} already", "")
    return _make(archive, who, "merge", first.id, target_id=second.id)


@_deciding
def split(
    archive: Archive,
    entity: str,
    into: str,
    kind: EntityType | None,
    surfaces: Sequence[str],
    articles: Sequence[str],
    who: Who,
) -> Decision:
    """Make some mentions of an entity another: those of some surfaces, those in some articles, or both.

    Args:
        into: an entity by its name; made if there is none.
        kind: the type of one that is made; None takes that of the entity.
        articles: as `archive.article_names.article_called` takes them.

    Raises:
        NoSuchEntity, DecisionError.
    """
    first = entity_called(archive.db, entity)
    if not surfaces and not articles:
        raise DecisionError(
            entity, "all of it would be split off", "Name some --surface or --article."
        )
    for surface in surfaces:
        _check_name(surface)
    urls = tuple(_url(archive, article) for article in articles)
    target = _entity_of(archive, into, kind or first.type)
    if target.id == first.id:
        raise DecisionError(into, f"it is {first} itself", "Give the other entity a name.")
    return _make(
        archive,
        who,
        "split",
        first.id,
        target_id=target.id,
        surfaces=tuple(surfaces),
        articles=urls,
    )


@_deciding
def rename(
    archive: Archive, entity: str, name: str | None, kind: EntityType | None, who: Who
) -> Decision:
    """Give an entity another canonical name, or another type; its address stays.

    Raises:
        NoSuchEntity, DecisionError.
    """
    one = entity_called(archive.db, entity)
    name = " ".join(name.split()) if name else None
    if name is not None:
        _check_name(name)
    if (name or one.name, kind or one.type) == (one.name, one.type):
        raise DecisionError(entity, f"it is {one} already", "")
    return _make(archive, who, "rename", one.id, name=name, type=kind)


def add_alias(
    archive: Archive, entity: str, alias: str, since: date | None, until: date | None, who: Who
) -> Effect:
    """Make a name mean an entity wherever it stands, in articles published between two days.

    Args:
        until: the first day on which it no longer does.

    Raises:
        NoSuchEntity, DecisionError.
    """
    return _alias(archive, "alias", entity, alias, since, until, who)


def remove_alias(
    archive: Archive, entity: str, alias: str, since: date | None, until: date | None, who: Who
) -> Effect:
    """Make a name not mean an entity, in articles published between two days.

    Raises:
        NoSuchEntity, DecisionError.
    """
    return _alias(archive, "unalias", entity, alias, since, until, who)


@_deciding
def _alias(
    archive: Archive,
    kind: DecisionKind,
    entity: str,
    alias: str,
    since: date | None,
    until: date | None,
    who: Who,
) -> Decision:
    one = entity_called(archive.db, entity)
    _check_name(alias)
    if since and until and since >= until:
        raise DecisionError(alias, f"{until} is not after {since}", "Turn the days round.")
    return _make(
        archive,
        who,
        kind,
        one.id,
        name=" ".join(alias.split()),
        valid_from=since.isoformat() if since else None,
        valid_until=until.isoformat() if until else None,
    )


@_deciding
def ignore(archive: Archive, name: str | None, entity: str | None, who: Who) -> Decision:
    """Make a name no entity: anywhere, or where it would mean one; or an entity none, whatever its name.

    Raises:
        NoSuchEntity, DecisionError.
    """
    one = entity_called(archive.db, entity) if entity else None
    if name is not None:
        _check_name(name)
        name = " ".join(name.split())
    return _make(archive, who, "ignore", one.id if one else None, name=name)


@_deciding
def undo(archive: Archive, number: int | None, by: str) -> Decision:
    """Take back a decision, or the latest that stands.

    Raises:
        DecisionError: there is none.
    """
    if number is None:
        standing = archive.decisions.all()
        if not standing:
            raise DecisionError(str(archive.path), "no decision stands that could be undone")
        number = standing[-1].id
    return archive.decisions.undo(number, by)


def _make(
    archive: Archive, who: Who, kind: DecisionKind, entity_id: int | None, **about: object
) -> Decision:
    wanted = Decision(0, kind, entity_id, made_by=who.by, note=who.note, **about)  # type: ignore[arg-type]
    like = [one for one in archive.decisions.all() if _is_like(one, wanted)]
    if like and what(like[-1]) == what(wanted):
        raise DecisionError(
            f"decision {like[-1].id}",
            f"{like[-1].made_by} has decided the same at {like[-1].made_at}",
            "Nothing is left to do.",
        )
    return archive.decisions.make(wanted)


def _is_like(one: Decision, other: Decision) -> bool:
    """Whether two decisions are about the same entity and the same name."""
    is_same_name = words_of(one.name or "") == words_of(other.name or "")
    return one.entity_id == other.entity_id and is_same_name


def what(one: Decision) -> tuple[object, ...]:
    """What a decision says, whoever made it and when."""
    return (
        *(one.kind, one.entity_id, one.target_id, one.name, one.type),
        *(one.surfaces, one.articles, one.valid_from, one.valid_until),
    )


def _entity_of(archive: Archive, name: str, kind: EntityType) -> Named:
    """The entity of a name and a type, made if there is none."""
    _check_name(name)
    name = " ".join(name.split())
    row = archive.db.execute(
        "select id from entities where slug = ? or (name = ? collate nocase and type = ?) "
        "order by slug = ? desc limit 1",
        [name, name, kind, name],
    ).fetchone()
    number = row[0] if row else archive.enrichments.entity_id(Entity(name, kind))
    found = by_id(archive.db, number)
    return by_id(archive.db, found.merged_into) if found.merged_into else found


def _url(archive: Archive, article: str) -> str:
    return str(article_called(archive, article)["url"])


def _check_name(name: str) -> None:
    if not words_of(name):
        raise DecisionError(repr(name), "it has no letter and no digit", "Name it as texts do.")
