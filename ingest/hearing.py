"""The voices of one page, each asked once and only when somebody wants to know."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from ingest.document import Document
from ingest.voices import Reading

if TYPE_CHECKING:
    from ingest.features import Hints


class Voices(Mapping[str, Reading]):
    """What each voice says of a document, by the voice's name; looking one up asks it."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._said: dict[str, Reading] = {}
        self._voices = _voices(self)

    def __getitem__(self, name: str) -> Reading:
        if name not in self._said:
            self._said[name] = self._voices[name](self._document)
        return self._said[name]

    def is_heard(self, name: str) -> bool:
        """True for a voice that was asked already: hearing it again costs nothing."""
        return name in self._said

    def __contains__(self, name: object) -> bool:
        return name in self._voices  # Mapping's own would ask it

    def __iter__(self) -> Iterator[str]:
        return iter(self._voices)

    def __len__(self) -> int:
        return len(self._voices)


def hints_of(heard: Voices) -> "Hints":
    """What the other voices say that helps to tell a page's text from the rest."""
    from ingest.features import Hints

    structured, meta, visible = heard["jsonld"], heard["meta"], heard["markup"]
    titles = (structured.title, meta.title, visible.title)
    return Hints(
        titles=tuple(title for title in titles if title),
        description=meta.description or structured.description,
        # The models know no bodies that are made of a live blog's posts.
        body_of=lambda name: None if heard[name].posts else heard[name].text,
    )


def _voices(heard: Voices) -> dict[str, Callable[[Document], Reading]]:
    from ingest.voices import (
        address,
        jsonld,
        markup,
        metatags,
        newspaper3k,
        paragraphs,
        state,
        trafilatura,
    )  # fmt: skip

    return {
        "jsonld": jsonld.read,
        "meta": metatags.read,
        "markup": markup.read,
        "address": address.read,
        "trafilatura": trafilatura.read,
        "paragraphs": lambda document: paragraphs.read(
            document, hints_of(heard), heard["jsonld"].posts
        ),
        "state": lambda document: state.read(document, hints_of(heard)),
        "newspaper3k": newspaper3k.read,
    }
