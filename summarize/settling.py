"""Linking to the archive: the new names of an article are entities that the archive may know already.

Within an article `summarize.linking` has done its work, and the gazetteer's entities stand. What is
left are names that no list knows. One that an earlier article brought in, in whatever spelling, is
that entity; where several are called so, the company they are named in decides.
"""

from collections.abc import Iterable

import numpy as np

from archive.enrichment import Enrichments
from archive.names import fold
from archive.records import Alias, Entity, EntityType, Mention, Salience, Tagging
from summarize.vectors import Floats, unpack

Key = tuple[str, EntityType]
#: How much the share of common company counts beside the likeness of the articles.
_COMPANY = 2.0
#: Types between which taggers waver: a service and its company, a book and an event.
_LIKE: tuple[frozenset[EntityType], ...] = (
    frozenset({"organization", "product"}),
    frozenset({"product", "work"}),
    frozenset({"work", "other"}),
)


def settle(tagging: Tagging, enrichments: Enrichments, vector: bytes | None) -> Tagging:
    """The tagging with the archive's entities in place of new ones that it knows already.

    Args:
        vector: the article's, packed; None where there is none to compare by.
    """
    own = {(s.entity.name, s.entity.type) for s in tagging.entities}
    read = unpack(vector) if vector else None
    settled = {
        (s.entity.name, s.entity.type): _known(s.entity, own, enrichments, read)
        for s in tagging.entities
        if s.entity.description is None
    }
    changes = {
        key: entity
        for key, entity in settled.items()
        if entity is not None and (entity.name, entity.type) != key
    }
    return _renamed(tagging, changes) if changes else tagging


def _known(
    entity: Entity, own: set[Key], enrichments: Enrichments, vector: Floats | None
) -> Entity | None:
    found: dict[int, Entity] = {}
    for name in dict.fromkeys((entity.name, *(alias.alias for alias in entity.aliases))):
        # One word is no name of a person: it may be anyone's.
        if entity.type == "person" and " " not in name.strip() and name != entity.name:
            continue
        found.update(enrichments.entities_named(fold(name)))
    like = [(n, e) for n, e in found.items() if _is_like(e.type, entity.type)]
    exact = [(n, e) for n, e in like if e.type == entity.type]
    candidates = exact or like
    if len(candidates) < 2:
        return candidates[0][1] if candidates else None
    named = [(n, e) for n, e in candidates if e.name == entity.name]
    if len(named) == 1:
        return named[0][1]
    return max(candidates, key=lambda c: (_fit(c[0], own, enrichments, vector), -c[0]))[1]


def _is_like(one: EntityType, other: EntityType) -> bool:
    return one == other or any({one, other} <= pair for pair in _LIKE)


def _fit(number: int, own: set[Key], enrichments: Enrichments, vector: Floats | None) -> float:
    """How well an article fits the company in which an entity has been named so far."""
    context = enrichments.company_of(number)
    shared = len(own & context.names) / max(len(own), 1)
    likeness = 0.0
    if vector is not None and context.vectors:
        vectors = np.stack([unpack(packed) for packed in context.vectors])
        if vectors.shape[1] == len(vector):
            mean = vectors.mean(0)
            likeness = float(mean @ vector) / max(float(np.linalg.norm(mean)), 1e-12)
    return round(_COMPANY * shared + likeness, 3)


def _renamed(tagging: Tagging, changes: dict[Key, Entity]) -> Tagging:
    """The tagging with other entities in the places of some."""

    def mention(m: Mention) -> Mention:
        entity = changes.get((m.entity, m.type)) if m.entity else None
        if entity is None:
            return m
        return Mention(m.start, m.end, m.surface, entity.type, entity.name, m.score)

    merged: dict[Key, Salience] = {}
    for salience in tagging.entities:
        old = salience.entity
        entity = changes.get((old.name, old.type))
        if entity is not None:
            aliases = (Alias(old.name, origin="article"), *old.aliases)
            entity = Entity(entity.name, entity.type, entity.description, aliases)
        entity = entity or old
        key = entity.name, entity.type
        if key not in merged:
            merged[key] = Salience(entity, salience.mention_count, salience.salience)
        else:
            first = merged[key]
            count = first.mention_count + salience.mention_count
            merged[key] = Salience(first.entity, count, first.salience)
    names = {key[0]: entity.name for key, entity in changes.items()}
    return Tagging(
        tuple(map(mention, tagging.mentions)),
        tuple(merged.values()),
        _once(names.get(tag, tag) for tag in tagging.tags),
    )


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
