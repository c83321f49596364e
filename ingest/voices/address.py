"""What the address of a page says: the day, in many of them."""

from ingest.dates import date_in_url
from ingest.document import Document
from ingest.voices import Reading


def read(document: Document) -> Reading:
    """Read the address that the page was asked at, else the one that it gives for itself."""
    return Reading(published_at=date_in_url(document.url) or date_in_url(document.declared_url))
