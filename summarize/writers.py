"""What is put before a model that writes: a whole article, part by part, or sentences that were chosen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from summarize.chunks import chunks
from summarize.generation import MAX_NEW_TOKENS, Generator
from summarize.prompts import PROMPT_VERSION, article_prompt, clean, rewrite_prompt, without_markers
from summarize.sentences import split_sentences

Parameters = tuple[tuple[str, str | int | float | bool], ...]
#: Summaries of parts are summarized together; so many rounds suffice for a book.
_MAX_ROUNDS = 4


@dataclass(frozen=True)
class Material:
    """What a writer may use of an article: its title and sentences, and the ones that were chosen."""

    title: str
    sentences: tuple[str, ...]
    chosen: tuple[str, ...]


class Writer(Protocol):
    """Writes about articles; that it is true is for others to check.

    own_words_only: it is to shorten, and may add no word of its own.
    """

    name: str
    own_words_only: bool

    @property
    def revision(self) -> str: ...

    @property
    def parameters(self) -> Parameters: ...

    def write(self, materials: Sequence[Material]) -> list[str]:
        """A paragraph about each article, in plain text."""


class _ModelWriter:
    """What both writers share: the model."""

    reads = ""
    own_words_only = False

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self.name = generator.files.name

    @property
    def revision(self) -> str:
        """Of the weights."""
        return self._generator.files.revision

    @property
    def parameters(self) -> Parameters:
        """What else decides the result, for the table `models`."""
        return (
            ("reads", self.reads),
            ("prompt", PROMPT_VERSION),
            ("max_new_tokens", MAX_NEW_TOKENS),
        )

    def _clean_material(self, text: str) -> str:
        return without_markers(text, self._generator.markers)


class RewritingWriter(_ModelWriter):
    """Has a chat model shorten the chosen sentences: for models too small to read an article."""

    reads = "chosen sentences"
    own_words_only = True

    def write(self, materials: Sequence[Material]) -> list[str]:
        """See `Writer.write`."""
        asked = [at for at, material in enumerate(materials) if material.chosen]
        prompts = [
            self._generator.prompt_ids(
                rewrite_prompt(self._clean_material(" ".join(materials[at].chosen)))
            )
            for at in asked
        ]
        written = [""] * len(materials)
        for at, text in zip(asked, self._generator.write(prompts), strict=True):
            written[at] = clean(text)
        return written


class ArticleWriter(_ModelWriter):
    """Has a model summarize whole articles. One longer than its window is read in parts.

    Parts are whole sentences, never cut; their summaries are summarized together, until all fits.
    """

    reads = "article"

    def write(self, materials: Sequence[Material]) -> list[str]:
        """See `Writer.write`."""
        texts = [tuple(map(self._clean_material, m.sentences)) for m in materials]
        titles = [self._clean_material(m.title) for m in materials]
        written = [""] * len(materials)
        left = [at for at, sentences in enumerate(texts) if sentences]
        for _ in range(_MAX_ROUNDS):
            parts = [(at, part) for at in left for part in self._parts(titles[at], texts[at])]
            prompts = [self._prompt(titles[at], part) for at, part in parts]
            made: dict[int, list[str]] = {at: [] for at in left}
            for (at, _), text in zip(parts, self._generator.write(prompts), strict=True):
                made[at].append(clean(text))
            for at, summaries in made.items():
                written[at] = " ".join(filter(None, summaries))
            several = [at for at in left if len(made[at]) > 1]
            shorter = {at: tuple(s.text for s in split_sentences(written[at])) for at in several}
            left = [at for at in several if _size(shorter[at]) < _size(texts[at])]
            for at in left:
                texts[at] = shorter[at]
            if not left:
                break
        return written

    def _prompt(self, title: str, sentences: Sequence[str]) -> list[int]:
        text = " ".join(sentences)
        if self._generator.family == "chat":
            return self._generator.prompt_ids(article_prompt(title, text))
        return self._generator.prompt_ids(self._generator.prefix + text)

    def _parts(self, title: str, sentences: Sequence[str]) -> list[list[str]]:
        """The sentences in parts that fit into the model's window with all that is around them."""
        around = len(self._prompt(title, ()))
        # A sentence may be a token longer behind another than by itself.
        lengths = [self._generator.tokens(" " + sentence) + 1 for sentence in sentences]
        room = self._generator.window - around
        return (
            [[sentences[at] for at in part] for part in chunks(lengths, room)] if room > 0 else []
        )


def _size(sentences: Sequence[str]) -> int:
    return sum(map(len, sentences))
