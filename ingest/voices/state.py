"""The body that stands only in a page's data for programs, where its markup has no article; and what stands beside it."""

import html

from ingest.body import body_of
from ingest.document import Document
from ingest.errors import NotAnArticle
from ingest.features import Hints
from ingest.page_state import values_of
from ingest.state_bodies import Wanted, body_in
from ingest.state_facts import authors_in, published_in
from ingest.voices import Reading


def read(document: Document, hints: Hints) -> Reading:
    """Find the article in the scripts and read its HTML as if it had stood on the page."""
    titles = hints.titles or ((document.page_title,) if document.page_title else ())
    urls = tuple(filter(None, (document.url, document.declared_url)))
    found = body_in(values_of(document), Wanted(titles, urls))
    if found is None:
        return Reading()
    title = html.escape(titles[0]) if titles else ""
    page = f"<html><body><article><h1>{title}</h1>\n{found.html}</article></body></html>"
    try:
        inner = Document(page, document.url)
    except NotAnArticle:  # made so that reading it would take minutes
        return Reading()
    kept = body_of(inner.blocks, Hints(hints.titles, hints.description, lambda _name: None))
    owner = found.owner or {}
    return Reading(
        text="\n".join(kept) or None,
        published_at=published_in(owner),
        authors=authors_in(owner),
    )
