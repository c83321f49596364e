"""Articles in, summaries, tags and vectors out: one pass of the encoder for a batch of articles.

Nothing here knows the database: the same function serves the command, the importable API and any
engine that maps it over many machines.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from archive import Summary
from archive.records import Model, Tagging, Task, WorkItem
from summarize.encoder import Encoded, Encoder
from summarize.extractive import ExtractiveSummarizer
from summarize.sentences import Sentence, split_sentences
from summarize.tagging import Document, Tagger, tagging_of
from summarize.vectors import mean_vector, pack


@dataclass(frozen=True)
class Enrichment:
    """What was made of one article; None for what was not asked for."""

    summary: Summary | None = None
    tagging: Tagging | None = None
    vector: bytes | None = None
    tokens: int = 0


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
            return Model("tags", self._tagger.name, self._tagger.revision)
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

    def enrich(self, items: Sequence[WorkItem]) -> list[Enrichment]:
        """Make what each item asks for."""
        reading = [item for item in items if item.tasks & {"summary", "vector"}]
        encoded = dict(zip((i.article_id for i in reading), self._encode(reading), strict=True))
        tagged = self._tag([item for item in items if "tags" in item.tasks])
        return [
            self._one(item, encoded.get(item.article_id), tagged.get(item.article_id))
            for item in items
        ]

    def _one(
        self,
        item: WorkItem,
        read: tuple[list[Sentence], Encoded, bool] | None,
        tagging: Tagging | None,
    ) -> Enrichment:
        if read is None:
            return Enrichment(tagging=tagging)
        sentences, encoded, has_title = read
        # The title is the first text encoded; it is no sentence of the article.
        first = 1 if has_title else 0
        vectors, tokens = encoded.vectors[first:], encoded.tokens[first:]
        summary = vector = None
        if "summary" in item.tasks:
            title_vector = encoded.vectors[0] if has_title else None
            summary = self._summarizer.summarize(sentences, vectors, tokens, title_vector)
        if "vector" in item.tasks:
            whole = vectors if len(vectors) else encoded.vectors
            weights = np.array(tokens if len(vectors) else encoded.tokens, np.float32)
            vector = pack(mean_vector(whole, weights))
        return Enrichment(summary, tagging, vector, sum(encoded.tokens))

    def _encode(self, items: Sequence[WorkItem]) -> list[tuple[list[Sentence], Encoded, bool]]:
        split = [split_sentences(item.text) for item in items]
        texts: list[str] = []
        bounds = []
        for item, sentences in zip(items, split, strict=True):
            start = len(texts)
            texts += [item.title] if item.title else []
            texts += [sentence.text for sentence in sentences]
            bounds.append((start, len(texts)))
        encoded = self._encoder.encode(texts)
        return [
            (
                sentences,
                Encoded(encoded.vectors[start:end], encoded.tokens[start:end]),
                bool(item.title),
            )
            for item, sentences, (start, end) in zip(items, split, bounds, strict=True)
        ]

    def _tag(self, items: Sequence[WorkItem]) -> dict[int, Tagging]:
        documents = [
            Document(i.text, i.title, i.published_at.date() if i.published_at else None)
            for i in items
        ]
        found = self._tagger.find(documents)
        return {
            item.article_id: tagging_of(document, mentions, self._tagger)
            for item, document, mentions in zip(items, documents, found, strict=True)
        }
