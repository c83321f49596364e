"""What the visible page and its microdata say: <h1>, itemprop, <time>, a byline in prose."""

import re

from lxml.html import HtmlElement

from ingest.document import LINE_BREAK, Document, text_of
from ingest.voices import Reading

_ARTICLE_SCOPE = '//*[@itemscope and contains(@itemtype, "schema.org/") and (contains(@itemtype, "Article") or contains(@itemtype, "BlogPosting"))]'
_BYLINE_CLASSES = (
    '//*[@rel="author" or contains(@class, "byline") or contains(@class, "author-name") '
    'or contains(@class, "article-author") or contains(@class, "article__author")]'
)
_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.?"
_DATE = rf"(?:{_MONTH} \d{{1,2}},? (?:19|20)\d\d|\d{{1,2}} {_MONTH} (?:19|20)\d\d|(?:19|20)\d\d-\d\d-\d\d)"
_TIME = r"(?:,? (?:at )?\d{1,2}[:.]\d\d ?(?:[ap]\.?m\.?)?(?: [A-Z]{2,4})?)?"
_DATED = re.compile(rf"({_DATE}{_TIME})")
_UPDATED = re.compile(rf"(?:[Uu]pdated|[Mm]odified|UPDATED)\b[^0-9.;|]{{0,25}}?({_DATE}{_TIME})")
_NAME = r"[A-ZÀ-Þ][\w’'-]+(?: (?:[A-ZÀ-Þ](?:\.|[\w’'-]*)|de|van|von|der|al|bin)){1,3}"
_BYLINE = re.compile(
    rf"^(?:(?:Written |Reported )?[Bb]y|BY|Text:|Von)[: ]\s*({_NAME}(?:(?:, | and | und | & ){_NAME})*)"
)
_SIGNED = re.compile(
    rf"^Posted\b.{{0,40}}? by ({_NAME})|^({_NAME}), [^.]{{0,40}}\b(?:writer|reporter|correspondent|staff)\b"
)
_NAME_AND_DATE = re.compile(
    rf"^(?:{_DATE}{_TIME}) [|·–—-] ({_NAME})$|^({_NAME}) [|·–—-] (?:{_DATE})"
)

#: A byline is a short line near the top of the page.
_MAX_BYLINE_CHARACTERS = 160
_MIN_LINE_CHARACTERS = 7
_LINES_READ = 150
_LINE_TAGS = frozenset({"p", "div", "td", "span", "address", "time", "b", "i", "em", "font", "li"})
#: An element with more children than this is a container, not a line.
_LINE_CHILDREN = 8


def read(document: Document) -> Reading:
    """Read microdata first, then what a person sees above the text."""
    scope = next(iter(document.tree.xpath(_ARTICLE_SCOPE)), None)
    microdata = _microdata(scope) if scope is not None else Reading()
    heading = _heading(document)
    byline_authors, byline_date, updated = _byline(document)
    times = document.strings(
        "//article//time/@datetime | //main//time/@datetime | //time/@datetime"
    )
    return Reading(
        title=microdata.title or heading,
        authors=microdata.authors or byline_authors,
        published_at=microdata.published_at or byline_date or next(iter(times), None),
        modified_at=microdata.modified_at or updated,
        text=None,
        description=microdata.description,
        language=next(iter(document.strings("/html/@lang | /html/@xml:lang")), None),
        section=microdata.section,
        image_url=microdata.image_url,
        is_article=True if scope is not None else None,
    )


def _microdata(scope: HtmlElement) -> Reading:
    def values(name: str) -> list[str]:
        found = scope.xpath(
            f'.//*[@itemprop and contains(concat(" ", @itemprop, " "), " {name} ")]'
        )
        own = [element for element in found if _item_of(element) is scope]
        return [value for element in own if (value := _value(element))]

    def first(name: str) -> str | None:
        return next(iter(values(name)), None)

    return Reading(
        title=first("headline"),
        authors=tuple(dict.fromkeys(values("author"))),
        published_at=first("datePublished"),
        modified_at=first("dateModified"),
        description=first("description"),
        section=first("articleSection"),
        image_url=first("image"),
    )


def _item_of(element: HtmlElement) -> HtmlElement | None:
    """The item that a property belongs to: a comment within an article has an author of its own."""
    return next((up for up in element.iterancestors() if up.get("itemscope") is not None), None)


def _value(element: HtmlElement) -> str | None:
    """The value of a microdata property: of a nested item its name, else as HTML defines it."""
    if element.get("itemscope") is not None:
        names = element.xpath('.//*[@itemprop="name" or @itemprop="url"]')
        return next((_value(name) for name in names), None) or text_of(element)
    for attribute in ("content", "datetime", "src", "href"):
        if value := element.get(attribute):
            return str(value).strip()
    return text_of(element) or None


def _heading(document: Document) -> str | None:
    headings = [text for h1 in document.tree.iter("h1") if (text := text_of(h1))]
    # Several: one is the masthead. The page's <title> holds the headline, so the one in it is it.
    title = " ".join(str(document.tree.findtext(".//title") or "").split())
    within = [heading for heading in headings if heading in title]
    return max(within, key=len, default=None) or max(headings, key=len, default=None)


def _byline(document: Document) -> tuple[tuple[str, ...], str | None, str | None]:
    authors: tuple[str, ...] = ()
    for element in document.tree.xpath(_BYLINE_CLASSES):
        text = text_of(element)
        match = _BYLINE.match(text) or re.match(rf"({_NAME})$", text)
        if match and len(text) <= _MAX_BYLINE_CHARACTERS:
            authors = (match.group(1),)
            break
    date = updated = None
    for line in _short_lines(document):
        if match := _UPDATED.search(line):
            updated = updated or match.group(1)
            line = _UPDATED.sub("", line)
        for pattern in (_BYLINE, _NAME_AND_DATE, _SIGNED):
            if not authors and (match := pattern.match(line)):
                authors = tuple(filter(None, match.groups()))
        if date is None and (match := _DATED.search(line)):
            date = match.group(1)
    return authors, date, updated


def _short_lines(document: Document) -> list[str]:
    """The first short lines after the headline, in page order: bylines and datelines are among them."""
    body = document.tree.find("body")
    lines: list[str] = []
    start = 0
    for element in [] if body is None else body.iter():
        if not isinstance(element.tag, str) or element.tag in ("script", "style", "noscript"):
            continue
        if element.tag == "h1":
            start = len(lines)
        if element.tag in _LINE_TAGS and len(element) <= _LINE_CHILDREN:
            for line in str(element.text_content()).split(LINE_BREAK):
                line = " ".join(line.split())
                if _MIN_LINE_CHARACTERS <= len(line) <= _MAX_BYLINE_CHARACTERS:
                    lines.append(line)
        if len(lines) > start + _LINES_READ:
            break
    return lines[start:]
