"""Linking to the archive: the new names of an article are entities that the archive may know already.

Within an article `summarize.linking` has done its work, and the gazetteer's entities stand. What is
left are names that no list knows. One that an earlier article brought in, in whatever spelling, is
that entity; where several are called so, the company they are named in decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from archive.enrichment import Enrichments
from archive.names import fold
from archive.reasons import another
from archive.records import Alias, Entity, EntityType, Mention, Tagging
from archive.salience import weigh
from summarize.vectors import Floats, unpack

Key = tuple[str, EntityType]
#: Of entities that share a name, so many that were not meant are told.
_OTHERS_TOLD = 3
#: How much the share of common company counts beside the likeness of the articles.
_COMPANY = 2.0
#: Types between which taggers waver: a service and its company, a book and an event.
_LIKE: tuple[frozenset[EntityType], ...] = (
    frozenset({"organization", "product"}),
    frozenset({"product", "work"}),
    frozenset({"work", "other"}),
)


@dataclass(frozen=True)
class _Known:
    """The entity of the archive that a new name means, and those that it might have meant."""

    entity: Entity
    others: tuple[Entity, ...] = ()

    @property
    def reason(self) -> tuple[str, ...]:
        """Why it is this one, as `archive.reasons` tells it."""
        others = (f"over={another(e.name, e.type)}" for e in self.others)
        return ("company", *others) if self.others else ("known",)


def settle(
    tagging: Tagging, enrichments: Enrichments, vector: bytes | None, text_length: int
) -> Tagging:
    """The tagging with the archive's entities in place of new ones that it knows already.

    Args:
        vector: the article's, packed; None where there is none to compare by.
        text_length: characters of the article's text.
    """
    own = {(s.entity.name, s.entity.type) for s in tagging.entities}
    read = unpack(vector) if vector else None
    settled = {
        (s.entity.name, s.entity.type): known
        for s in tagging.entities
        if s.entity.description is None
        and (known := _known(s.entity, own, enrichments, read)) is not None
    }
    return _renamed(tagging, settled, text_length) if settled else tagging


def _known(
    entity: Entity, own: set[Key], enrichments: Enrichments, vector: Floats | None
) -> _Known | None:
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
        return _Known(candidates[0][1]) if candidates else None
    named = [(n, e) for n, e in candidates if e.name == entity.name]
    if len(named) == 1:
        return _Known(named[0][1])
    best = max(candidates, key=lambda c: (_fit(c[0], own, enrichments, vector), -c[0]))
    return _Known(best[1], tuple(e for n, e in candidates if n != best[0])[:_OTHERS_TOLD])


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


def _renamed(tagging: Tagging, settled: Mapping[Key, _Known], text_length: int) -> Tagging:
    """The tagging with other entities in the places of some."""

    def mention(m: Mention) -> Mention:
        known = settled.get((m.entity, m.type)) if m.entity else None
        if known is None:
            return m
        entity = known.entity
        reason = (*(code for code in m.reason if code != "new"), *known.reason)
        return replace(m, type=entity.type, entity=entity.name, reason=reason)

    entities: dict[Key, Entity] = {}
    for old in (salience.entity for salience in tagging.entities):
        entity = old
        known = settled.get((old.name, old.type))
        if known is not None and (known.entity.name, known.entity.type) != (old.name, old.type):
            aliases = (Alias(old.name, origin="article"), *old.aliases)
            entity = replace(known.entity, aliases=aliases)
        entities.setdefault((entity.name, entity.type), entity)
    return weigh(
        [mention(m) for m in tagging.mentions],
        [mention(m) for m in tagging.title],
        text_length,
        entities.__getitem__,
    )
