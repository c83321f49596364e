"""Atom (RFC 4287) and JSON Feed (version 1.1) of a list of articles."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

_ATOM = "http://www.w3.org/2005/Atom"
#: What XML 1.0 cannot hold, not even escaped.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Entry:
    """An article as feeds give it. url is the reader's page, external_url the publisher's."""

    url: str
    external_url: str | None
    title: str
    summary: str
    published_at: str | None
    updated_at: str
    authors: Sequence[str] = ()
    tags: Sequence[str] = ()
    language: str | None = None


@dataclass(frozen=True)
class Feed:
    """A list of articles, newest first. html_url is the page of which this is the feed, told what is said of it."""

    title: str
    url: str
    html_url: str
    entries: Sequence[Entry]
    told: str | None = None

    @property
    def updated_at(self) -> str:
        """When the newest of it came in or changed."""
        return max((entry.updated_at for entry in self.entries), default="1970-01-01T00:00:00Z")


def atom(feed: Feed) -> bytes:
    """The feed as an Atom document; titles and summaries are plain text."""
    ElementTree.register_namespace("", _ATOM)
    root = ElementTree.Element(f"{{{_ATOM}}}feed")
    _add(root, "title", feed.title)
    if feed.told:
        _add(root, "subtitle", feed.told)
    _add(root, "id", feed.url)
    _add(root, "updated", feed.updated_at)
    _add(root, "link", None, rel="self", type="application/atom+xml", href=feed.url)
    _add(root, "link", None, rel="alternate", type="text/html", href=feed.html_url)
    _add(_add(root, "author", None), "name", feed.title)
    for item in feed.entries:
        entry = _add(root, "entry", None)
        if item.language:
            entry.set("{http://www.w3.org/XML/1998/namespace}lang", item.language)
        _add(entry, "title", item.title)
        _add(entry, "id", item.url)
        _add(entry, "link", None, rel="alternate", type="text/html", href=item.url)
        if item.external_url:
            _add(entry, "link", None, rel="via", href=item.external_url)
        _add(entry, "updated", item.updated_at)
        if item.published_at:
            _add(entry, "published", item.published_at)
        for name in item.authors:
            _add(_add(entry, "author", None), "name", name)
        for tag in item.tags:
            _add(entry, "category", None, term=tag)
        _add(entry, "summary", item.summary)
    document: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def json_feed(feed: Feed) -> dict[str, object]:
    """The feed as JSON Feed 1.1 has it."""
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        **({"description": feed.told} if feed.told else {}),
        "home_page_url": feed.html_url,
        "feed_url": feed.url,
        "items": [_item(entry) for entry in feed.entries],
    }


def _item(entry: Entry) -> dict[str, object]:
    item: dict[str, object | None] = {
        "id": entry.url,
        "url": entry.url,
        "external_url": entry.external_url,
        "title": entry.title,
        "content_text": entry.summary,
        "date_published": entry.published_at,
        "date_modified": entry.updated_at,
        "authors": [{"name": name} for name in entry.authors] or None,
        "tags": list(entry.tags) or None,
        "language": entry.language,
    }
    return {name: value for name, value in item.items() if value is not None}


def _add(
    parent: ElementTree.Element, name: str, text: str | None, **attributes: str
) -> ElementTree.Element:
    clean = {key: _NO_XML.sub("�", value) for key, value in attributes.items()}
    element = ElementTree.SubElement(parent, f"{{{_ATOM}}}{name}", clean)
    if text is not None:
        element.text = _NO_XML.sub("�", text)
    return element
