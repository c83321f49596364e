"""Articles in, summaries, tags and vectors out: one pass of the encoder for a batch of articles.

Nothing here knows the database: the same function serves the command, the importable API and any
engine that maps it over many machines.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from archive import Summary
from archive.records import Model, Tagging, Task, WorkItem
from summarize.detector import Span
from summarize.encoder import Encoded, Encoder
from summarize.extractive import ExtractiveSummarizer
from summarize.sentences import Sentence, split_sentences
from summarize.tagging import Document, Tagger, tagging_of, text_offset
from summarize.vectors import mean_vector, pack


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
    """The models at work. They are loaded when they are first needed."""

    def __init__(self, encoder: Encoder, summarizer: ExtractiveSummarizer, tagger: Tagger) -> None:
        self._encoder = encoder
        self._summarizer = summarizer
        self._tagger = tagger

    def model(self, task: Task) -> Model:
        """The model of a task, as it is recorded."""
        encoder = self._encoder
        if task == "tags":
            return self._tagger_model()
        if task == "vector":
            return Model(
                "vector",
                encoder.name,
                encoder.revision,
                (("dimensions", encoder.dimensions), ("pooling", "token mean of sentences")),
            )
        return Model(
            "summary",
            f"{encoder.name} extractive",
            encoder.revision,
            self._summarizer.parameters,
        )

    def _tagger_model(self) -> Model:
        tagger = self._tagger
        if tagger.detector is None:
            return Model("tags", tagger.name, tagger.revision)
        parameters = (
            *tagger.parameters,
            ("encoder", self._encoder.name),
            ("encoder_revision", self._encoder.revision),
        )
        return Model("tags", tagger.name, tagger.revision, parameters)

    def enrich(self, items: Sequence[WorkItem]) -> list[Enrichment]:
        """Make what each item asks for."""
        read = {id(item): self._read_by(item) for item in items}
        reading = [item for item in items if any(read[id(item)])]
        passed = dict(zip(map(id, reading), self._pass(reading), strict=True))
        tagged = self._tag([item for item in items if "tags" in item.tasks], passed)
        return [self._one(item, passed.get(id(item)), tagged.get(id(item))) for item in items]

    def _read_by(self, item: WorkItem) -> tuple[bool, bool]:
        """Whether the summarizer, and whether the tagger's model, needs the encoder to read an item."""
        is_english = item.language is None or item.language.partition("-")[0].lower() == "en"
        is_detected = self._tagger.detector is not None and is_english
        return bool(item.tasks & {"summary", "vector"}), "tags" in item.tasks and is_detected

    def _one(self, item: WorkItem, read: "_Pass | None", tagging: Tagging | None) -> Enrichment:
        if read is None or not item.tasks & {"summary", "vector"}:
            return Enrichment(tagging=tagging, tokens=sum(read.encoded.tokens) if read else 0)
        encoded = read.encoded
        # The title is the first text encoded; it is no sentence of the article.
        first = 1 if item.title else 0
        vectors, tokens = encoded.vectors[first:], encoded.tokens[first:]
        summaries: tuple[Summary, ...] = ()
        vector = None
        if "summary" in item.tasks:
            title_vector = encoded.vectors[0] if item.title else None
            summaries = self._summarizer.summarize(
                read.sentences, vectors, tokens, item.title, title_vector
            )
        if "vector" in item.tasks:
            whole = vectors if len(vectors) else encoded.vectors
            weights = np.array(tokens if len(vectors) else encoded.tokens, np.float32)
            vector = pack(mean_vector(whole, weights))
        return Enrichment(summaries, tagging, vector, sum(encoded.tokens))

    def _pass(self, items: Sequence[WorkItem]) -> "list[_Pass]":
        """One pass of the encoder over titles and sentences; the detector listens to it."""
        split = [split_sentences(item.text) for item in items]
        texts: list[str] = []
        starts: list[int] = []  # of each text in its article's `whole_text`
        bounds = []
        for item, sentences in zip(items, split, strict=True):
            first = len(texts)
            offset = text_offset(_document(item))
            if item.title:
                texts.append(item.title)
                starts.append(0)
            texts += [sentence.text for sentence in sentences]
            starts += [offset + sentence.start for sentence in sentences]
            bounds.append((first, len(texts)))
        detector = self._tagger.detector
        is_heard = detector is not None and any(self._read_by(item)[1] for item in items)
        reader = detector.reader(texts) if detector is not None and is_heard else None
        encoded = self._encoder.encode(texts, reader.read if reader else None)
        spans = reader.spans if reader else [[]] * len(texts)
        return [
            _Pass(
                sentences,
                Encoded(encoded.vectors[first:end], encoded.tokens[first:end]),
                tuple(span.moved(starts[n]) for n in range(first, end) for span in spans[n]),
            )
            for sentences, (first, end) in zip(split, bounds, strict=True)
        ]

    def _tag(self, items: Sequence[WorkItem], passed: "dict[int, _Pass]") -> dict[int, Tagging]:
        tagged = {}
        for item in items:
            document = _document(item)
            spans = passed[id(item)].spans if self._read_by(item)[1] else ()
            mentions = self._tagger.find(document, spans)
            tagged[id(item)] = tagging_of(document, mentions, self._tagger)
        return tagged


@dataclass(frozen=True)
class _Pass:
    """What one pass of the encoder says of an article: spans are offsets into its `whole_text`."""

    sentences: list[Sentence]
    encoded: Encoded
    spans: tuple[Span, ...]


def _document(item: WorkItem) -> Document:
    return Document(item.text, item.title, item.published_at.date() if item.published_at else None)
