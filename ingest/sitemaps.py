"""Sitemaps: XML and text, indexes, news sitemaps (the protocol of sitemaps.org, version 0.9)."""

import re
from dataclasses import replace
from typing import cast
from urllib.parse import urljoin

import lxml.etree

from ingest.clean import one_line
from ingest.dates import parse_date
from ingest.errors import SourceError
from ingest.listing import Entry, Listing, unique
from ingest.packed import inflate

#: The protocol's own limit for one sitemap, uncompressed.
MAX_BYTES = 50 * 1024 * 1024
#: ... and for the addresses in it.
MAX_ENTRIES = 50_000

#: The commonest fault of sitemaps. Recovery would drop the name after it: ?a=1&b=2 as ?a=1=2.
_STRAY_AMPERSAND = re.compile(rb"&(?!#?\w+;)")
_NUMBER = re.compile(rb"&#(?:[xX]([0-9a-fA-F]{1,8})|(\d{1,10}));")
_PIECE_BYTES = 64 * 1024


def read_sitemap(body: bytes, url: str) -> Listing:
    """Read a sitemap or an index, plain or gzip.

    An entry's date is the publication date of a news sitemap, else lastmod. What stands before the
    place where a sitemap is damaged, or meets a limit, is taken.

    Raises:
        SourceError: reason "malformed_sitemap" or "empty_sitemap", where nothing can be taken.
    """
    body, cause = inflate(body, MAX_BYTES)
    pages: list[Entry] = []
    sitemaps: list[Entry] = []
    if body.lstrip().startswith((b"http://", b"https://", b"\xef\xbb\xbfhttp", b"#")):
        pages = _addresses(body)
    else:
        fault = _read_xml(body, pages, sitemaps)
        cause = cause or fault
    if len(pages) + len(sitemaps) > MAX_ENTRIES:
        cause = f"it has more than {MAX_ENTRIES:,} entries"
        del pages[MAX_ENTRIES:], sitemaps[MAX_ENTRIES:]
    if not pages and not sitemaps and not cause:
        raise SourceError(
            url, "empty_sitemap", "the sitemap names no pages", "Ingest the site's feed instead."
        )
    pages = [replace(entry, url=_absolute(url, entry.url)) for entry in pages]
    sitemaps = [replace(entry, url=_absolute(url, entry.url)) for entry in sitemaps]
    damage = _damage(url, cause, has_entries=bool(pages or sitemaps)) if cause else None
    if damage and not pages and not sitemaps:
        raise damage
    return Listing(None, unique(pages), unique(sitemaps), damage=damage)


def readable_xml(body: bytes) -> bytes:
    """XML in which an ampersand that begins no entity is written as one, and a number of no sign as no sign."""
    return _NUMBER.sub(_of_a_sign, _STRAY_AMPERSAND.sub(b"&amp;", body))


def _of_a_sign(reference: re.Match[bytes]) -> bytes:
    """A numeric reference; to U+FFFD where no sign has that number, which lxml would read and then fail to tell."""
    number = int(b"0" + reference[1], 16) if reference[1] else int(reference[2])
    is_sign = number and not 0xD800 <= number <= 0xDFFF and number <= 0x10FFFF
    return reference[0] if is_sign else b"&#xFFFD;"


def _read_xml(body: bytes, pages: list[Entry], sitemaps: list[Entry]) -> str | None:
    """Add the entries of an XML sitemap to the lists; return what is wrong with it, else None."""
    # No DTD, no entity, no network: a sitemap needs none of them.
    parser = lxml.etree.XMLPullParser(
        ("end",), recover=True, resolve_entities=False, no_network=True, load_dtd=False,
        huge_tree=False,
    )  # fmt: skip
    text = readable_xml(body)
    is_closed = False
    for at in range(0, len(text), _PIECE_BYTES):
        parser.feed(text[at : at + _PIECE_BYTES])
        for _, item in parser.read_events():
            element = cast("lxml.etree._Element", item)
            name = _local_name(element)
            if name in ("url", "sitemap"):
                if entry := _entry(element):
                    (pages if name == "url" else sitemaps).append(entry)
                _forget(element)
            is_closed = is_closed or name in ("urlset", "sitemapindex")
        if is_closed or len(pages) + len(sitemaps) > MAX_ENTRIES:
            break
    # The parser is not closed: that would close what the damage cut off, half an address too.
    fatal = [entry for entry in parser.feed_error_log if entry.level_name == "FATAL"]
    if fatal:
        return " ".join(fatal[0].message.split())
    return None if is_closed else "it ends too early"


def _forget(element: lxml.etree._Element) -> None:
    """Free an element that was read, and those before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _entry(element: lxml.etree._Element) -> Entry | None:
    """Only direct children count: images and videos within an entry have addresses of their own."""
    texts: dict[str, str] = {}
    for child in element:
        within = child.iter() if _local_name(child) == "news" else (child,)
        for part in within:
            if (name := _local_name(part)) and (text := (part.text or "").strip()):
                texts.setdefault(name, text)
    url = texts.get("loc")
    if not url:
        return None
    date = parse_date(texts.get("publication_date")) or parse_date(texts.get("lastmod"))
    return Entry("".join(url.split()), date, one_line(texts.get("title")))


def _addresses(body: bytes) -> list[Entry]:
    """A text sitemap: one address a line, in UTF-8."""
    lines = (line.strip() for line in body.decode("utf-8-sig", "replace").splitlines())
    return [Entry(line) for line in lines if line.startswith(("http://", "https://"))]


def _absolute(url: str, address: str) -> str:
    """The protocol asks for whole addresses; some sitemaps leave out the host."""
    try:
        return urljoin(url, address)
    except ValueError:
        return address  # no URL: the fetcher will say so


def _damage(url: str, cause: str, has_entries: bool) -> SourceError:
    return SourceError(
        url,
        "malformed_sitemap",
        f"the sitemap cannot be read {'to its end ' if has_entries else ''}({cause})",
        "What stands before was taken; the site's feed may have the rest."
        if has_entries
        else "Ingest the site's feed, or articles by their addresses.",
    )


def _local_name(element: lxml.etree._Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""
