"""The models that are used where none is named."""

from functools import cache

from summarize.encoder import Encoder, Precision
from summarize.enrich import Enricher
from summarize.extractive import ExtractiveSummarizer
from summarize.tagging import GazetteerTagger


@cache
def default_enricher(precision: Precision = "auto") -> Enricher:
    """The embedded encoder, the extractive summarizer, the gazetteer; built once a process."""
    return Enricher(Encoder(precision=precision), ExtractiveSummarizer(), GazetteerTagger())
