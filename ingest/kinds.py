"""What the bytes of a source are, told by their beginning; names and Content-Types are not asked."""

import json
import re
from typing import Literal

from ingest.decode import decoded_head
from ingest.packed import inflate

Kind = Literal["html", "text", "feed", "sitemap", "opml", "bookmarks", "warc", "jsonl", "site"]

#: What `--as` takes.
KINDS: tuple[Kind, ...] = (
    "html", "text", "feed", "sitemap", "opml", "bookmarks", "warc", "jsonl", "site",
)  # fmt: skip
#: Kinds that are read whole and name addresses.
LISTINGS: frozenset[Kind] = frozenset({"feed", "sitemap", "opml", "bookmarks"})
#: Kinds that hold pages or articles and are read record by record.
STREAMS: frozenset[Kind] = frozenset({"warc", "jsonl"})

#: How much of a source is looked at.
HEAD_BYTES = 64 * 1024
#: Where a root element is looked for; declarations and comments stand before it.
_ROOT_BYTES = 4096

_MARKUP = re.compile(rb"<(?:!doctype|html|head|body|article|div|p|h1|meta)\b", re.I)
_HTML_ROOT = re.compile(rb"<(?:!doctype\s+html|html)\b", re.I)
_BOOKMARKS = re.compile(rb"<!doctype\s+netscape-bookmark-file", re.I)
_ROOTS: tuple[tuple[Kind, re.Pattern[bytes]], ...] = (
    ("feed", re.compile(rb"<(?:\w+:)?(?:rss|feed|rdf)\b", re.I)),
    ("sitemap", re.compile(rb"<(?:\w+:)?(?:urlset|sitemapindex)\b", re.I)),
    ("opml", re.compile(rb"<opml\b", re.I)),
)
_ADDRESS = re.compile(rb"https?://[^\s<>\"]+")
_JSON_FEED = re.compile(
    rb"\"version\"\s*:\s*\"https?:(?:\\?/){2}(?:www\.)?jsonfeed\.org(?:\\?/)version"
)
_JSON_URL = re.compile(rb"\{.*\"url\"\s*:", re.S)
_JSON_TEXT = re.compile(rb"\"(?:maintext|text)\"\s*:")


def kind_of(body: bytes) -> Kind:
    """The kind of a source, from its first 64 KB; of a gzip file, that of its content."""
    # A file that was cut off is what its beginning says; how far it can be read is another matter.
    head = decoded_head(inflate(body, HEAD_BYTES)[0], HEAD_BYTES)
    if head.startswith(b"WARC/"):
        return "warc"
    if head.lstrip().startswith(b"{"):
        return _json_kind(head.lstrip(), is_whole=len(head) < HEAD_BYTES)
    if _BOOKMARKS.search(head[:_ROOT_BYTES]):
        return "bookmarks"
    html = _HTML_ROOT.search(head[:_ROOT_BYTES])
    for kind, pattern in _ROOTS:
        root = pattern.search(head[:_ROOT_BYTES])
        if root and not (html and html.start() < root.start()):
            return kind
    if _is_list(head):
        return "sitemap"
    return "html" if _MARKUP.search(head) else "text"


def _json_kind(head: bytes, is_whole: bool) -> Kind:
    """A JSON Feed is one object that says so; JSON Lines hold an article a line."""
    if _JSON_FEED.search(head):
        return "feed"
    for line in head.splitlines()[:10]:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict) and "url" in record and {"maintext", "text"} & set(record):
            return "jsonl"
    # One article may be longer than the head, so that no line in it is whole.
    if not is_whole and _JSON_URL.match(head) and _JSON_TEXT.search(head):
        return "jsonl"
    return "text"


def _is_list(head: bytes) -> bool:
    """True for addresses, one a line (a text sitemap); the last line may be cut off."""
    lines = [line.strip() for line in head.removeprefix(b"\xef\xbb\xbf").splitlines()]
    filled = [line for line in lines if line and not line.startswith(b"#")]
    return bool(filled) and all(_ADDRESS.fullmatch(line) for line in filled)
