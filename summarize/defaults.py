"""The models that are used where none is named."""

from functools import cache
from typing import Literal

from summarize.encoder import Encoder, Precision
from summarize.enrich import Enricher
from summarize.extractive import ExtractiveSummarizer
from summarize.tagging import GazetteerTagger, ModelTagger

TaggerName = Literal["model", "gazetteer"]


@cache
def default_enricher(precision: Precision = "auto", tagger: TaggerName = "model") -> Enricher:
    """The embedded encoder, the extractive summarizer, and a tagger; built once a process.

    tagger: "model" finds any name and knows those of the gazetteer; "gazetteer" finds only the latter.
    """
    chosen = ModelTagger() if tagger == "model" else GazetteerTagger()
    return Enricher(Encoder(precision=precision), ExtractiveSummarizer(), chosen)
