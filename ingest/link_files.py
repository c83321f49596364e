"""Files that hold addresses: OPML (lists of feeds) and the bookmark files that browsers export."""

import lxml.etree
import lxml.html

from ingest.clean import one_line
from ingest.document import text_of
from ingest.errors import SourceError
from ingest.listing import Entry, Listing, unique
from ingest.packed import inflate
from ingest.sitemaps import readable_xml

_MAX_BYTES = 50 * 1024 * 1024
_WEB = ("http://", "https://")
#: OPML 2.0 writes xmlUrl; programs have written it in these ways too.
_FEED_ATTRIBUTES = ("xmlUrl", "xmlurl", "xmlURL", "url")


def read_opml(body: bytes, url: str) -> Listing:
    """The feeds in an OPML file (1.0, 2.0), in its order, each once, as `sources`.

    What stands before damage is taken.

    Raises:
        SourceError: reason "malformed_opml" or "empty_opml".
    """
    # No DTD, no entity, no network: OPML needs none of them.
    parser = lxml.etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True
    )
    body, cause = inflate(body, _MAX_BYTES)
    try:
        root = lxml.etree.fromstring(readable_xml(body), parser)
    except lxml.etree.XMLSyntaxError as error:
        raise _malformed(url, str(error)) from error
    if root is None:
        raise _malformed(url, "it is not XML")
    fatal = [entry.message for entry in parser.error_log if entry.level_name == "FATAL"]
    damage = _malformed(url, cause or fatal[0]) if cause or fatal else None
    found: list[Entry] = []
    without = 0
    for outline in root.iter("{*}outline"):
        address = next((text for name in _FEED_ATTRIBUTES if (text := outline.get(name))), "")
        if (address := address.strip()).lower().startswith(_WEB):
            title = outline.get("title") or outline.get("text")
            found.append(Entry(address, None, one_line(title)))
        elif not len(outline):  # an outline with others in it is a folder
            without += 1
    if not found and damage:
        raise damage
    if not found:
        raise SourceError(
            url, "empty_opml", "the OPML file names no feeds", "Export it again with its feeds."
        )
    return Listing(one_line(root.findtext(".//title")), (), unique(found), without, damage)


def read_bookmarks(body: bytes, url: str) -> Listing:
    """The addresses in a bookmark file (the Netscape format that every browser exports).

    What stands before damage is taken.

    Raises:
        SourceError: reason "malformed_bookmarks" or "empty_bookmarks".
    """
    body, cause = inflate(body, _MAX_BYTES)
    damage = _malformed_bookmarks(url, cause) if cause else None
    if damage and not body.strip():
        raise damage
    tree = lxml.html.document_fromstring(body, parser=lxml.html.HTMLParser(encoding="utf-8"))
    found: list[Entry] = []
    without = 0
    for link in tree.iter("a"):
        address = (link.get("href") or "").strip()
        if address.lower().startswith(_WEB):
            found.append(Entry(address, None, one_line(text_of(link))))
        else:
            without += 1  # javascript:, place:, about: and files
    if not found and damage:
        raise damage
    if not found:
        raise SourceError(
            url, "empty_bookmarks", "the bookmark file holds no web addresses", "Export it again."
        )
    return Listing(one_line(tree.findtext(".//title")), unique(found), (), without, damage)


def _malformed_bookmarks(url: str, cause: str) -> SourceError:
    return SourceError(
        url, "malformed_bookmarks", f"the bookmark file cannot be read to its end ({cause})",
        "What stands before was taken; export it again.",
    )  # fmt: skip


def _malformed(url: str, cause: str) -> SourceError:
    return SourceError(
        url,
        "malformed_opml",
        f"the OPML file cannot be read ({' '.join(cause.split())})",
        "Export it again, or ingest the feeds by their addresses.",
    )
