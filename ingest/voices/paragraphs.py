"""The body, decided block by block: a model weighs who kept a block, where it stands, how it looks."""

from ingest.body import body_of
from ingest.document import Document
from ingest.features import Hints
from ingest.voices import Reading


def read(document: Document, hints: Hints) -> Reading:
    """Keep the blocks of the page that are the article's text."""
    kept = body_of(document.blocks, hints)
    return Reading(text="\n".join(kept) or None)
