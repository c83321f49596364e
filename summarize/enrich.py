"""Articles in, summaries, tags and vectors out: one pass of the encoder for a batch of articles.

Nothing here knows the database: the same function serves the command, the importable API and any
engine that maps it over many machines.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from archive import Summary
from archive.records import Model, Tagging, Task, WorkItem
from summarize.detector import Span
from summarize.encoder import Encoded, Encoder
from summarize.extractive import ExtractiveSummarizer
from summarize.generative import Draft, GenerativeSummarizer
from summarize.orders import is_order, orders
from summarize.sentences import Sentence, split_sentences
from summarize.tagging import Document, Tagger, tagging_of, text_offset
from summarize.vectors import Floats, mean_vector, pack

#: Articles at once: enough sentences to fill the encoder's batches with little padding.
_AT_ONCE = 16
#: Writing takes seconds an article.
_AT_ONCE_WRITING = 4


@dataclass(frozen=True)
class Enrichment:
    """What was made of one article; None or () for what was not asked for.

    summaries are of different kinds, a paragraph always among them.
    """

    summaries: tuple[Summary, ...] = ()
    tagging: Tagging | None = None
    vector: bytes | None = None
    tokens: int = 0

    @property
    def summary(self) -> Summary | None:
        """The paragraph."""
        return next((s for s in self.summaries if s.kind == "paragraph"), None)


class Enricher:
    """The models at work. They are loaded when they are first needed.

    Args:
        encoder: gives the vectors, and hears its hidden states to the tagger's detector.
        summarizer: chooses sentences.
        tagger: finds names.
        writer: writes a paragraph in place of the one that was chosen; None for none.
    """

    def __init__(
        self,
        encoder: Encoder,
        summarizer: ExtractiveSummarizer,
        tagger: Tagger,
        writer: GenerativeSummarizer | None = None,
    ) -> None:
        self._encoder = encoder
        self._summarizer = summarizer
        self._tagger = tagger
        self._writer = writer

    @property
    def articles_at_once(self) -> int:
        """How many articles `enrich` should be given: what is made of them is lost if it is stopped."""
        return _AT_ONCE if self._writer is None else _AT_ONCE_WRITING

    def model(self, task: Task) -> Model:
        """The model of a task, as it is recorded."""
        encoder = self._encoder
        if task == "tags":
            return self._tagger_model()
        if task == "vector":
            parameters = (("dimensions", encoder.dimensions), ("pooling", encoder.pooling))
            return Model("vector", encoder.name, encoder.revision, parameters)
        extractive = Model(
            "summary",
            f"{encoder.name} extractive",
            encoder.revision,
            self._summarizer.parameters,
        )
        return extractive if self._writer is None else self._writer.model(extractive)

    def _tagger_model(self) -> Model:
        tagger = self._tagger
        if tagger.detector is None:
            return Model("tags", tagger.name, tagger.revision, tagger.parameters)
        parameters = (
            *tagger.parameters,
            ("encoder", self._encoder.name),
            ("encoder_revision", self._encoder.revision),
        )
        return Model("tags", tagger.name, tagger.revision, parameters)

    def enrich(self, items: Sequence[WorkItem]) -> list[Enrichment]:
        """Make what each item asks for."""
        split = {id(item): split_sentences(item.text) for item in items}
        reading = [item for item in items if self._is_encoded(item) or self._is_heard(item)]
        passed = self._pass(reading, split)
        spans = self._spot(items, split)
        written = self._summarize([item for item in items if "summary" in item.tasks], passed)
        made = []
        for item in items:
            read = passed.get(id(item))
            tagging = vector = None
            if "tags" in item.tasks:
                seen = read.spans if read and self._is_heard(item) else spans.get(id(item), ())
                mentions = self._tagger.find(_document(item), seen)
                tagging = tagging_of(_document(item), mentions, self._tagger)
            if "vector" in item.tasks and read:
                vector = read.vector()
            tokens = sum(read.encoded.tokens) if read else 0
            made.append(Enrichment(written.get(id(item), ()), tagging, vector, tokens))
        return made

    def _is_encoded(self, item: WorkItem) -> bool:
        """Whether the item asks for something that is made of the encoder's vectors."""
        return bool(item.tasks & {"summary", "vector"})

    def _is_heard(self, item: WorkItem) -> bool:
        """Whether the tagger's detector is to listen while the encoder reads the item."""
        return "tags" in item.tasks and bool(self._tagger.detector) and self._is_read(item)

    def _is_read(self, item: WorkItem) -> bool:
        """Whether the tagger's model reads the item's language; an unknown one is tried."""
        languages = self._tagger.languages
        own = (item.language or "").partition("-")[0].lower()
        return not languages or not own or own in languages

    def _pass(self, items: Sequence[WorkItem], split: "_Split") -> "dict[int, _Pass]":
        """One pass of the encoder over titles and sentences; the detector listens to it."""
        texts, starts, bounds = _texts(items, split)
        detector = self._tagger.detector
        is_heard = detector is not None and any(map(self._is_heard, items))
        reader = detector.reader(texts) if detector is not None and is_heard else None
        encoded = self._encoder.encode(texts, reader.read if reader else None)
        spans = reader.spans if reader else [[]] * len(texts)
        return {
            id(item): _Pass(
                split[id(item)],
                bool(item.title),
                Encoded(encoded.vectors[first:end], encoded.tokens[first:end]),
                tuple(span.moved(starts[n]) for n in range(first, end) for span in spans[n]),
            )
            for item, (first, end) in zip(items, bounds, strict=True)
        }

    def _spot(self, items: Sequence[WorkItem], split: "_Split") -> dict[int, tuple[Span, ...]]:
        """A pass of the tagger's own model over titles and sentences, if it has one."""
        spotter = self._tagger.spotter
        if spotter is None:
            return {}
        reading = [item for item in items if "tags" in item.tasks and self._is_read(item)]
        texts, starts, bounds = _texts(reading, split)
        spans = spotter.spot(texts)
        return {
            id(item): tuple(span.moved(starts[n]) for n in range(first, end) for span in spans[n])
            for item, (first, end) in zip(reading, bounds, strict=True)
        }

    def _summarize(
        self, items: Sequence[WorkItem], passed: "dict[int, _Pass]"
    ) -> dict[int, tuple[Summary, ...]]:
        drafts = [self._draft(item, passed[id(item)]) for item in items]
        made = (
            [draft.extracted for draft in drafts]
            if self._writer is None
            else self._writer.summarize(drafts)
        )
        return dict(zip(map(id, items), made, strict=True))

    def _draft(self, item: WorkItem, read: "_Pass") -> Draft:
        """What is chosen of an article, which is data: sentences that give orders are no part of it."""
        left_out = orders(read.sentences)
        kept = [at for at in range(len(read.sentences)) if at not in left_out]
        has_title = bool(item.title) and not is_order(item.title)
        extracted = self._summarizer.summarize(
            [read.sentences[at] for at in kept],
            read.vectors[kept],
            [read.tokens[at] for at in kept],
            item.title if has_title else "",
            read.encoded.vectors[0] if has_title else None,
        )
        total = sum(read.tokens)
        return Draft(
            item.title if has_title else "",
            item.text,
            tuple(read.sentences),
            read.vectors,
            left_out,
            tuple(replace(s, tokens_read=total, tokens_total=total) for s in extracted),
        )


@dataclass(frozen=True)
class _Pass:
    """What one pass of the encoder says of an article: spans are offsets into its `whole_text`."""

    sentences: list[Sentence]
    has_title: bool
    encoded: Encoded
    spans: tuple[Span, ...]

    @property
    def vectors(self) -> Floats:
        """Of the sentences: the title, which is encoded before them, is none."""
        return self.encoded.vectors[int(self.has_title) :]

    @property
    def tokens(self) -> tuple[int, ...]:
        """Of the sentences."""
        return self.encoded.tokens[int(self.has_title) :]

    def vector(self) -> bytes:
        """The article's, packed; that of the title where there is no text."""
        own = (
            (self.vectors, self.tokens)
            if self.sentences
            else (self.encoded.vectors, self.encoded.tokens)
        )
        return pack(mean_vector(own[0], np.array(own[1], np.float32)))


_Split = dict[int, list[Sentence]]


def _texts(
    items: Sequence[WorkItem], split: _Split
) -> tuple[list[str], list[int], list[tuple[int, int]]]:
    """Titles and sentences of articles, where each begins in `whole_text`, and whose are whose."""
    texts: list[str] = []
    starts: list[int] = []
    bounds = []
    for item in items:
        first = len(texts)
        offset = text_offset(_document(item))
        if item.title:
            texts.append(item.title)
            starts.append(0)
        texts += [sentence.text for sentence in split[id(item)]]
        starts += [offset + sentence.start for sentence in split[id(item)]]
        bounds.append((first, len(texts)))
    return texts, starts, bounds


def _document(item: WorkItem) -> Document:
    return Document(item.text, item.title, item.published_at.date() if item.published_at else None)
