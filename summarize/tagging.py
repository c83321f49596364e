"""Entity tags: the seam for taggers, and which of the entities an article is about.

A tagger finds mentions and says what they mean; `tagging_of` counts and weighs them. The gazetteer
is one tagger; a model that reads the text is another, behind the same protocol.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from archive.records import Alias, Entity, EntityType, Mention, Tagging
from archive.salience import weigh
from summarize.detector import NameDetector, Span
from summarize.gazetteer import Gazetteer
from summarize.linking import LINKER_VERSION, link

_BETWEEN = "\n\n"

Key = tuple[str, EntityType]
Parameters = tuple[tuple[str, str | int | float | bool], ...]


@dataclass(frozen=True)
class Document:
    """What a tagger reads: title and text, and the day on which names are to be understood."""

    text: str
    title: str | None = None
    published_on: date | None = None


class Spotter(Protocol):
    """A model that finds names in a pass of its own."""

    name: str

    @property
    def revision(self) -> str: ...

    @property
    def parameters(self) -> Parameters: ...

    def spot(self, texts: Sequence[str]) -> list[list[Span]]:
        """The names in each text, in order, not overlapping."""


class Tagger(Protocol):
    """Finds mentions in documents and resolves them to entities.

    Attributes:
        detector: the model that listens to the encoder's pass, None for a tagger that needs none.
        spotter: the model that reads by itself; None for a tagger that has none.
        languages: codes of those that the model reads; none are named where it reads all.
    """

    name: str
    languages: frozenset[str]

    @property
    def revision(self) -> str: ...

    @property
    def parameters(self) -> Parameters: ...

    @property
    def detector(self) -> NameDetector | None: ...

    @property
    def spotter(self) -> Spotter | None: ...

    def find(self, document: Document, spans: Sequence[Span] = ()) -> list[Mention]:
        """The mentions of a document in order; all offsets are into `whole_text(document)`.

        spans: the names that the detector or the spotter has seen.
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
    """Mentions in the text and in the title, entities with salience, and the tags (`archive.salience`)."""
    offset = text_offset(document)
    title = [m for m in found if m.end <= offset]
    mentions = [
        dataclasses.replace(m, start=m.start - offset, end=m.end - offset)
        for m in found
        if m.start >= offset
    ]
    return weigh(mentions, title, len(document.text), lambda key: _entity(key, found, tagger))


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
    spotter: Spotter | None = None
    languages: frozenset[str] = frozenset()

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
    """A model's names and the gazetteer's, linked within the article.

    Args:
        detector: the embedded model; None takes it with the weights of the package.
        spotter: a model that reads by itself, in the embedded one's place.
        languages: codes of those that the model reads, none for all; the embedded one reads English.
    """

    def __init__(
        self,
        detector: NameDetector | None = None,
        spotter: Spotter | None = None,
        languages: frozenset[str] = frozenset({"en"}),
    ) -> None:
        self.spotter = spotter
        self.languages = languages
        self._model: NameDetector | Spotter = spotter or detector or NameDetector()
        self.detector = self._model if isinstance(self._model, NameDetector) else None
        self.name = self._model.name
        self._gazetteer = Gazetteer.load()

    @property
    def revision(self) -> str:
        """The model's and the gazetteer's: what is known decides as much as what is seen."""
        return f"{self._model.revision}+{self._gazetteer.revision}"

    @property
    def parameters(self) -> Parameters:
        """What else decides the result, for the table `models`."""
        own = self.spotter.parameters if self.spotter else ()
        return (*own, ("linker", LINKER_VERSION))

    def find(self, document: Document, spans: Sequence[Span] = ()) -> list[Mention]:
        """See `Tagger.find`."""
        text = whole_text(document)
        return link(text, document.published_on, spans, self._gazetteer)

    def entity(self, name: str, entity_type: EntityType) -> Entity:
        """See `Tagger.entity`."""
        return self._gazetteer.entity(name, entity_type)
