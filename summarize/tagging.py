"""Entity tags: the seam for taggers, and which of the entities an article is about.

A tagger finds mentions and says what they mean; `tagging_of` counts and weighs them. The gazetteer
is one tagger; a model that reads the text is another, behind the same protocol.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from archive.records import Entity, EntityType, Mention, Salience, Tagging

#: Entities below this share of the most salient one are not tags, and there are no more tags than this.
_MIN_SALIENCE = 0.1
_MAX_TAGS = 15
_BETWEEN = "\n\n"


@dataclass(frozen=True)
class Document:
    """What a tagger reads: title and text, and the day on which names are to be understood."""

    text: str
    title: str | None = None
    published_on: date | None = None


class Tagger(Protocol):
    """Finds mentions in documents and resolves them to entities."""

    name: str
    revision: str

    def find(self, documents: Sequence[Document]) -> list[list[Mention]]:
        """The mentions of each document in order; offsets are into `whole_text(document)`."""

    def entity(self, name: str, entity_type: EntityType) -> Entity:
        """All that is known of an entity that `find` named."""


def whole_text(document: Document) -> str:
    """Title and text together: a name spelled out in the title explains the text, and vice versa."""
    return document.text if not document.title else document.title + _BETWEEN + document.text


def text_offset(document: Document) -> int:
    """Where the text begins in `whole_text`."""
    return len(document.title) + len(_BETWEEN) if document.title else 0


def tagging_of(document: Document, found: Sequence[Mention], tagger: Tagger) -> Tagging:
    """Mentions in the text (offsets into it), entities with salience, and the tags.

    Salience grows with the logarithm of the mentions; a name in the title counts as two and a half
    times as much, one in the first fifth of the text as one and a half; the highest is 1.
    """
    offset = text_offset(document)
    in_title = {(m.entity, m.type) for m in found if m.entity and m.end <= offset}
    mentions = tuple(
        Mention(m.start - offset, m.end - offset, m.surface, m.type, m.entity, m.score)
        for m in found
        if m.start >= offset
    )
    raw: dict[tuple[str, EntityType], float] = {}
    counts: dict[tuple[str, EntityType], int] = {}
    first: dict[tuple[str, EntityType], int] = {}
    for name, entity_type in sorted(in_title, key=str):
        if name:
            counts[name, entity_type], first[name, entity_type] = 0, 0
    for mention in mentions:
        if mention.entity:
            key = (mention.entity, mention.type)
            counts[key] = counts.get(key, 0) + 1
            first.setdefault(key, mention.start)
    for key, count in counts.items():
        weight = 1.0 + (1.5 if key in in_title else 0.0)
        weight += 0.5 if first[key] < 0.2 * len(document.text) else 0.0
        raw[key] = weight * math.log1p(max(count, 1))
    highest = max(raw.values(), default=1.0)
    order = sorted(raw, key=lambda key: (-round(raw[key], 6), first[key], key))
    entities = tuple(
        Salience(tagger.entity(*key), counts[key], round(raw[key] / highest, 4)) for key in order
    )
    tags = [s.entity.name for s in entities if s.salience >= _MIN_SALIENCE]
    return Tagging(mentions, entities, tuple(dict.fromkeys(tags))[:_MAX_TAGS])


class GazetteerTagger:
    """The tagger that knows names from a list (`summarize.gazetteer`)."""

    name = "gazetteer"

    def __init__(self) -> None:
        from summarize.gazetteer import Gazetteer

        self._gazetteer = Gazetteer.load()
        self.revision = self._gazetteer.revision

    def find(self, documents: Sequence[Document]) -> list[list[Mention]]:
        """See `Tagger.find`."""
        return [self._gazetteer.find(whole_text(d), d.published_on) for d in documents]

    def entity(self, name: str, entity_type: EntityType) -> Entity:
        """See `Tagger.entity`."""
        return self._gazetteer.entity(name, entity_type)
