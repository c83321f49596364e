"""Feeds: RSS and Atom, read from bytes with feedparser, which never sees a URL or a path."""

import io
import re
from dataclasses import dataclass
from urllib.parse import urljoin

from ingest.errors import SourceError

_FEED_ROOT = re.compile(rb"<(?:\w+:)?(rss|feed|rdf)\b", re.I)
_HTML_ROOT = re.compile(rb"<(?:!doctype\s+html|html)\b", re.I)
_SITEMAP_ROOT = re.compile(rb"<(?:\w+:)?(urlset|sitemapindex)\b", re.I)
#: Where a root element is looked for; declarations and comments stand before it.
_HEAD_BYTES = 4096


@dataclass(frozen=True)
class Feed:
    """A feed's title and the absolute addresses of its entries, in its order, each once."""

    title: str | None
    links: tuple[str, ...]


def looks_like_feed(body: bytes) -> bool:
    """True if the bytes begin as RSS or Atom does, whatever their name or Content-Type."""
    head = body[:_HEAD_BYTES]
    root, html = _FEED_ROOT.search(head), _HTML_ROOT.search(head)
    return bool(root) and not (html and root and html.start() < root.start())


def looks_like_sitemap(body: bytes) -> bool:
    """True if the bytes begin as a sitemap does."""
    return bool(_SITEMAP_ROOT.search(body[:_HEAD_BYTES]))


def read_feed(body: bytes, url: str) -> Feed:
    """Read a feed.

    Raises:
        SourceError: reason "malformed_feed" or "empty_feed".
    """
    import feedparser

    parsed = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
    links: dict[str, None] = {}
    for entry in parsed.entries:
        if link := str(entry.get("link") or "").strip():
            links.setdefault(_absolute(url, link))
    if links:
        return Feed(parsed.feed.get("title") or None, tuple(links))
    if parsed.bozo:
        cause = " ".join(str(parsed.get("bozo_exception", "not well-formed")).split())
        raise SourceError(
            url,
            "malformed_feed",
            f"the feed cannot be read ({cause})",
            "Check it with a feed validator, or ingest the articles by their own addresses.",
        )
    raise SourceError(
        url, "empty_feed", "the feed has no entries", "Try again when something was published."
    )


def _absolute(url: str, link: str) -> str:
    try:
        return urljoin(url, link)
    except ValueError:
        return link  # no URL: the fetcher will say so
