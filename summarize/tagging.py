"""Entity tags: the seam for taggers, and which of the entities an article is about.

A tagger finds mentions and says what they mean; `tagging_of` counts and weighs them. The gazetteer
is one tagger; a model that reads the text is another, behind the same protocol.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from archive.records import Alias, Entity, EntityType, Mention, Salience, Tagging
from summarize.detector import NameDetector, Span
from summarize.gazetteer import Gazetteer
from summarize.linking import LINKER_VERSION, link

#: Entities below this share of the most salient one are not tags, and there are no more tags than this.
_MIN_SALIENCE = 0.1
_MAX_TAGS = 15
#: A place is a tag from this many mentions on.
_MANY = 3
#: How much a place counts beside anything else.
_PLACE = 0.5
_BETWEEN = "\n\n"

Key = tuple[str, EntityType]
Parameters = tuple[tuple[str, str | int | float | bool], ...]


@dataclass(frozen=True)
class Document:
    """What a tagger reads: title and text, and the day on which names are to be understood."""

    text: str
    title: str | None = None
    published_on: date | None = None


class Tagger(Protocol):
    """Finds mentions in documents and resolves them to entities.

    detector is the model that listens to the encoder's pass, None for a tagger that needs none.
    """

    name: str

    @property
    def revision(self) -> str: ...

    @property
    def parameters(self) -> Parameters: ...

    @property
    def detector(self) -> NameDetector | None: ...

    def find(self, document: Document, spans: Sequence[Span] = ()) -> list[Mention]:
        """The mentions of a document in order; all offsets are into `whole_text(document)`.

        spans: the names that the detector has seen.
        """

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
    times as much, one in the first fifth of the text as one and a half; a place half as much as
    anything else, since most stories have one and are not about it. The highest is 1. An entity
    that no list knows is a tag only if the article names it twice, or in title and text; a place
    only if it is in the title or named three times.
    """
    offset = text_offset(document)
    in_title = {(m.entity, m.type) for m in found if m.entity and m.end <= offset}
    mentions = tuple(
        Mention(m.start - offset, m.end - offset, m.surface, m.type, m.entity, m.score)
        for m in found
        if m.start >= offset
    )
    raw: dict[Key, float] = {}
    counts: dict[Key, int] = {}
    first: dict[Key, int] = {}
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
        raw[key] = weight * math.log1p(max(count, 1)) * (_PLACE if key[1] == "place" else 1.0)
    highest = max(raw.values(), default=1.0)
    order = sorted(raw, key=lambda key: (-round(raw[key], 6), first[key], key))
    entities = tuple(
        Salience(_entity(key, found, tagger), counts[key], round(raw[key] / highest, 4))
        for key in order
    )
    tags = [
        s.entity.name
        for s in entities
        if s.salience >= _MIN_SALIENCE
        and _is_telling(s, (s.entity.name, s.entity.type) in in_title)
    ]
    return Tagging(mentions, entities, tuple(dict.fromkeys(tags))[:_MAX_TAGS])


def _is_telling(salience: Salience, is_in_title: bool) -> bool:
    """Whether an entity says what the article is about, and is not merely one of its names."""
    count = salience.mention_count
    if salience.entity.type == "place":
        return is_in_title or count >= _MANY
    if salience.entity.description is None:
        return count > 1 or (is_in_title and count > 0)
    return True


def _entity(key: Key, found: Sequence[Mention], tagger: Tagger) -> Entity:
    """What the tagger knows of an entity; of one that it does not know, how the article writes it."""
    entity = tagger.entity(*key)
    if entity.description or entity.aliases:
        return entity
    surfaces = dict.fromkeys(m.surface for m in found if (m.entity, m.type) == key)
    if entity.type == "person":  # a surname is no alias: it is others' too
        surfaces = dict.fromkeys(surface for surface in surfaces if " " in surface)
    return Entity(
        *key, None, tuple(Alias(s, origin="article") for s in surfaces if s != entity.name)
    )


class GazetteerTagger:
    """The tagger that knows names from a list (`summarize.gazetteer`), and no others."""

    name = "gazetteer"
    parameters: Parameters = ()
    detector: NameDetector | None = None

    def __init__(self) -> None:
        self._gazetteer = Gazetteer.load()
        self.revision = self._gazetteer.revision

    def find(self, document: Document, spans: Sequence[Span] = ()) -> list[Mention]:  # noqa: ARG002
        """See `Tagger.find`."""
        return self._gazetteer.find(whole_text(document), document.published_on)

    def entity(self, name: str, entity_type: EntityType) -> Entity:
        """See `Tagger.entity`."""
        return self._gazetteer.entity(name, entity_type)


class ModelTagger:
    """The embedded tagger: what the detector sees, what the gazetteer knows, linked within the article."""

    name = "newsarchive-tagger"

    def __init__(self, detector: NameDetector | None = None) -> None:
        self._network = detector or NameDetector()
        self.detector: NameDetector | None = self._network
        self._gazetteer = Gazetteer.load()

    @property
    def revision(self) -> str:
        """The network's and the gazetteer's: what is known decides as much as what is seen."""
        return f"{self._network.revision}+{self._gazetteer.revision}"

    @property
    def parameters(self) -> Parameters:
        """What else decides the result, for the table `models`."""
        return (("linker", LINKER_VERSION),)

    def find(self, document: Document, spans: Sequence[Span] = ()) -> list[Mention]:
        """See `Tagger.find`."""
        text = whole_text(document)
        return link(text, document.published_on, spans, self._gazetteer)

    def entity(self, name: str, entity_type: EntityType) -> Entity:
        """See `Tagger.entity`."""
        return self._gazetteer.entity(name, entity_type)
