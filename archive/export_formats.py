"""The formats of an export, apart from WARC: JSON Lines, CSV, Markdown, OPML."""

import csv
import io
import json
import re
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

#: What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: Of a title in a file name. With day, digest and ending it stays below 143 bytes, the least that a file system
#: is known to take (eCryptfs).
_NAME_CHARACTERS = 60
_NAME_BYTES = 105
#: Fields that stand at the head of a Markdown file, in this order; empty ones are left out.
_FRONT = (
    "title", "url", "site", "site_name", "authors", "published_at", "modified_at", "language", "section",
    "keywords", "tags", "description", "summary", "image_url", "is_paywalled", "duplicate_of_url", "content_hash",
)  # fmt: skip
#: What Markdown or a browser would read as more than text.
_INLINE = re.compile(r"([\\`*_\[\]<>])|&(?=#?\w+;)")
_LINE_START = re.compile(r"(?m)^(\s*)(?:([#+\-=~|>])|(\d+)([.)]))")
#: XML 1.0 cannot hold these, not even as references.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_jsonl(records: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """An object a line, UTF-8, as `newsarchive ingest` reads it back."""
    for record in records:
        yield (json.dumps(record, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def as_csv(names: Sequence[str], records: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """RFC 4180 in UTF-8, a heading first; lists are joined by "; "; no cell is a formula."""
    yield _csv_line(names)
    for record in records:
        yield _csv_line([_cell(record[name]) for name in names])


def as_opml(feeds: Iterable[tuple[str, str | None]]) -> bytes:
    """OPML 2.0, an outline a feed."""
    root = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(root, "head"), "title").text = "Feeds of newsarchive"
    body = ET.SubElement(root, "body")
    for url, title in feeds:
        text = _NOT_XML.sub("�", title or url)
        ET.SubElement(body, "outline", type="rss", text=text, xmlUrl=_NOT_XML.sub("", url))
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def markdown_name(record: Mapping[str, Any]) -> str:
    """The file name of an article: day, words of the title, and a digest that tells it from others.

    Letters and digits of any script, and hyphens: nothing of a page becomes part of a path, and Windows and macOS take
    it as it is.
    """
    day = re.fullmatch(r"\d{4}-\d\d-\d\d", (record["published_at"] or "")[:10])
    title = _name_part(record["title"]) or "article"
    # Of the address and not of the text: an article that changes stays in its file.
    digest = _short_digest(record["url"])
    return f"{day[0] if day else 'undated'}-{title}-{digest}.md"


def _name_part(title: str) -> str:
    """A title in lower case, its words parted by hyphens; letters with accents are those without, as in slugs."""
    text = unicodedata.normalize("NFC", title[: 10 * _NAME_CHARACTERS])
    words = re.split("-+", "".join(map(_name_sign, text)).lower())
    name = "-".join(filter(None, words))[:_NAME_CHARACTERS]
    return name.encode()[:_NAME_BYTES].decode("utf-8", "ignore").strip("-")


def _name_sign(sign: str) -> str:
    plain = unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode()
    if plain.isalnum():
        return plain
    kind = unicodedata.category(sign)
    if kind == "Cf":
        return ""  # stands within words, and is not seen
    return sign if kind[0] in "LMN" else "-"


def as_markdown(record: Mapping[str, Any]) -> bytes:
    """An article with its fields as front matter: YAML, of which JSON values are a part."""
    head = [
        f"{name}: {_yaml(record[name])}" for name in _FRONT if record[name] not in (None, [], "")
    ]
    paragraphs = [f"# {_plain(' '.join(record['title'].split()))}", _plain(record["text"])]
    return ("---\n" + "\n".join(head) + "\n---\n\n" + "\n\n".join(paragraphs) + "\n").encode(
        "utf-8", "replace"
    )


def _short_digest(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]


def _csv_line(cells: Sequence[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode("utf-8", "replace")


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int | float):
        return str(value)
    text = "; ".join(value) if isinstance(value, list) else value or ""
    return "'" + text if text.startswith(_FORMULA) else text


def _yaml(value: Any) -> str:
    # YAML ends a line at some signs at which JSON does not.
    shown = json.dumps(value, ensure_ascii=False)
    return re.sub("[\x7f-\x9f\u2028\u2029\ufeff]", lambda sign: f"\\u{ord(sign[0]):04x}", shown)


def _plain(text: str) -> str:
    """Text as Markdown that shows it to the letter: no heading, list, link or HTML comes of it."""
    text = _INLINE.sub(lambda sign: f"\\{sign[1]}" if sign[1] else "&amp;", text)
    return _LINE_START.sub(lambda m: f"{m[1]}\\{m[2]}" if m[2] else f"{m[1]}{m[3]}\\{m[4]}", text)
