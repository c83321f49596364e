"""A site's home page: where its articles are named."""

import re
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from archive import Page
from archive.addresses import normalize_url
from ingest.canonical import site_of
from ingest.clean import one_line
from ingest.decode import decode
from ingest.document import Document, text_of
from ingest.listing import Entry, Listing, unique

#: So many articles are taken from a home page where --limit does not say.
MAX_ARTICLES = 100

_FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json"})
_COMMENTS = re.compile(r"\bcomments?\b|kommentar|commentaires", re.I)
_DATED = re.compile(r"/(?:19|20)\d\d[/-]\d\d?\b")
_SLUG = re.compile(r"[^/]*\w(?:-\w+){3,}[^/]*/?$|\w+(?:_\w+){3,}/?$")
_NO_ARTICLE = re.compile(
    r"/(?:tags?|topics?|category|categories|authors?|search|page|login|subscribe|newsletters?|about|"
    r"contact|privacy|terms|video|live)(?:/|$)|\.(?:pdf|jpe?g|png|gif|webp|mp[34]|zip)$",
    re.I,
)
_HEADLINE_WORDS = 4


def is_home(url: str) -> bool:
    """True for the address of a whole site."""
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and parts.path in ("", "/") and not parts.query


def read_home(page: Page) -> Listing:
    """What a home page names: its feeds as `sources`, links that look like articles as `entries`.

    Raises:
        NotAPage: the bytes are no text.
    """
    text = decode(page.body, page.requested_url, page.header("content-type")).text
    document = Document(text, page.final_url)
    feeds = [
        Entry(address, None, one_line(link.get("title")))
        for link in document.tree.iter("link")
        if _names_feed(link) and (address := document.absolute(link.get("href")))
    ]
    links = [
        Entry(address, None, one_line(text_of(link)))
        for link in document.tree.iter("a")
        if (address := document.absolute(link.get("href"))) and _is_article(link, address, page)
    ]
    return Listing(one_line(document.tree.findtext(".//title")), unique(links), unique(feeds))


def _names_feed(link: HtmlElement) -> bool:
    """True for <link rel="alternate"> to a feed of articles; WordPress names one of comments too."""
    named = f"{link.get('title') or ''} {link.get('href') or ''}"
    return (
        "alternate" in (link.get("rel") or "").lower().split()
        and (link.get("type") or "").split(";")[0].strip().lower() in _FEED_TYPES
        and not _COMMENTS.search(named)
    )


def _is_article(link: HtmlElement, address: str, page: Page) -> bool:
    """Addresses of articles have a date or a headline in them, or a headline for a text."""
    try:
        parts = urlsplit(normalize_url(address))
    except ValueError:
        return False
    if site_of(address) != site_of(page.final_url) or parts.path in ("", "/"):
        return False
    if _NO_ARTICLE.search(parts.path):
        return False
    if _DATED.search(parts.path) or _SLUG.search(parts.path.rpartition("/")[2] or parts.path):
        return True
    return len(text_of(link).split()) >= _HEADLINE_WORDS
