"""A page decoded and parsed once, for all the voices to read."""

import copy
import itertools
import re
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import lxml.etree
import lxml.html
from lxml.html import HtmlElement

from ingest.errors import NotAnArticle

if TYPE_CHECKING:
    from ingest.blocks import Block
#: Pages of news have up to 5,000 elements and 80 attributes in a tag; libraries need a tenth of a
#: millisecond for an element, and with many attributes in one tag time grows with their square.
MAX_ELEMENTS = 30_000
MAX_ATTRIBUTES = 1_000
#: Of data for programs in a page: characters times "<" among them, which libraries search for
#: pairwise. The most that a page of news was seen to have is a quarter of it.
_MAX_DATA_COST = 2_000_000_000
#: No table of news is wider; extractors make an empty cell for each column that a cell spans.
_MAX_SPAN = 100
_MAX_SPANS = 10_000

#: A comment, or a tag up to its end; one of more characters than this is looked into.
_VALUE = r"=\s*+(?:\"[^\"]*+\"|'[^']*+')"
_TAG = re.compile(rf"<!--.*?(?:-->|\Z)|<([a-zA-Z]++)(?:{_VALUE}|[^>=]++|=)*+", re.S)
_LONG_TAG = 4096
_RAW_TEXT = frozenset({"script", "style"})

#: What <br> becomes in text: white space like any other, but told apart from the source's own lines.
LINE_BREAK = "\u2028"

#: No address of an article or image is longer; data in a URL is.
_MAX_URL_CHARACTERS = 2048
#: No headline is longer, with the names of site and section after it.
_MAX_TITLE_CHARACTERS = 1000

#: Characters that XML forbids and text does not need; lxml cuts text at a NUL, SQLite refuses halves
#: of surrogate pairs.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
#: A character by its number: &#1; gives what the text itself must not hold.
_REFERENCE = re.compile(r"&#(?:0*(\d{1,7})|[xX]0*([0-9a-fA-F]{1,6}));?")


class Document:
    """A page of HTML: its text, its tree, its address. The tree must not be changed by a reader.

    is_cut says that elements are nested deeper than the parser goes (256), and what stands below is
    not in the tree.

    Args:
        text: the decoded page.
        url: where it came from, or None.

    Raises:
        NotAnArticle: reason "empty", if there is no markup or text at all; "too_complex", if it is
            made so that reading it would take minutes (see the limits above).
    """

    def __init__(self, text: str, url: str | None = None) -> None:
        self.html = _REFERENCE.sub(_harmless, CONTROL.sub(" ", text))
        self.url = url
        self.tree, self._elements, self.is_cut = _parse(self.html, url or "the page")

    def copy_of_tree(self) -> HtmlElement:
        """A tree that the caller may change."""
        return copy.deepcopy(self.tree)

    @cached_property
    def blocks(self) -> "list[Block]":
        """The blocks of text in page order (see `ingest.blocks`)."""
        from ingest.blocks import blocks_of

        return blocks_of(self.tree)

    @cached_property
    def language(self) -> str:
        """The language that <html> declares, in lower case, or ""."""
        return next(iter(self.strings("/html/@lang | /html/@xml:lang")), "").lower()

    @cached_property
    def page_title(self) -> str:
        """What <title> says, in one line."""
        # An <svg> has titles too.
        title = self.tree.find("head/title")
        title = self.tree.find(".//title") if title is None else title
        return text_of(title)[:_MAX_TITLE_CHARACTERS] if title is not None else ""

    @cached_property
    def most_children(self) -> int:
        """The largest number of children of one element."""
        return max(map(len, self._elements))

    @cached_property
    def declared_url(self) -> str | None:
        """The absolute http(s) address that the page gives for itself: rel=canonical, else og:url."""
        return self.canonical_url or self.open_graph_url

    @cached_property
    def canonical_url(self) -> str | None:
        """The address in <link rel=canonical>, absolute, or None."""
        return self._address('//link[contains(concat(" ", @rel, " "), " canonical ")]/@href')

    @cached_property
    def open_graph_url(self) -> str | None:
        """The address in og:url, absolute, or None."""
        return self._address('//meta[@property="og:url" or @name="og:url"]/@content')

    def strings(self, xpath: str) -> list[str]:
        """The non-empty strings that an XPath of attributes or text() gives, stripped."""
        found = self.tree.xpath(xpath)
        return [value.strip() for value in map(str, found) if value.strip()]

    def _address(self, xpath: str) -> str | None:
        return next(filter(None, map(self.absolute, self.strings(xpath))), None)

    def absolute(self, address: str | None) -> str | None:
        """An address in the page as an absolute http(s) URL; None if it is none."""
        try:
            url = urljoin(self.url or "", (address or "").strip())
            parts = urlsplit(url)
        except ValueError:
            return None
        if not address or parts.scheme not in ("http", "https") or not parts.hostname:
            return None
        return url if len(url) <= _MAX_URL_CHARACTERS and not CONTROL.search(url) else None


def _parse(text: str, subject: str) -> tuple[HtmlElement, list[HtmlElement], bool]:
    """The tree, its elements, and whether it was cut where elements are nested too deep."""
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    empty = NotAnArticle(subject, "empty", "the page is empty", "Check the address in a browser.")
    if not text.strip():
        raise empty
    if _has_endless_tag(text):
        raise too_complex(subject, f"a tag in it has more than {MAX_ATTRIBUTES:,} attributes")
    try:
        # Bytes, since lxml refuses text that carries an encoding declaration of its own.
        tree = lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (lxml.etree.ParserError, lxml.etree.XMLSyntaxError) as error:
        raise empty from error
    # They are kept: lxml makes the object of an element anew for each reader that finds none.
    elements = list(itertools.islice(tree.iter(), MAX_ELEMENTS + 1))
    if len(elements) > MAX_ELEMENTS:
        raise too_complex(subject, f"it has more than {MAX_ELEMENTS:,} elements")
    data = [
        str(script.text or "")
        for script in tree.iter("script")
        if "json" in script.get("type", "").lower()
    ]
    if sum(len(text) * text.count("<") for text in data) > _MAX_DATA_COST:
        raise too_complex(subject, "the data for programs in it hold too much markup")
    _limit_spans(tree)
    for line_break in tree.iter("br"):
        # So that the words before and after it stay two words in text_content().
        line_break.tail = f"{LINE_BREAK}{line_break.tail or ''}"
    is_cut = any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log)
    return tree, elements, is_cut


def _harmless(reference: re.Match[str]) -> str:
    """A reference to a character, or a space where that is one of `CONTROL`."""
    number = int(reference[1]) if reference[1] else int(reference[2], 16)
    return " " if number <= 0x10FFFF and CONTROL.match(chr(number)) else reference.group()


def _has_endless_tag(text: str) -> bool:
    """True if a tag has too many attributes; what scripts, styles and comments hold are no tags."""
    at = 0
    while tag := _TAG.search(text, at):
        at = tag.end()
        name = (tag.group(1) or "").lower()
        is_long = name and at - tag.start() > _LONG_TAG
        if is_long and len(re.sub(_VALUE, " ", tag.group()).split()) > MAX_ATTRIBUTES:
            return True
        if name in _RAW_TEXT:
            end = re.compile(f"</{name}", re.I).search(text, at)
            if end is None:
                return False
            at = end.end()
    return False


def _limit_spans(tree: HtmlElement) -> None:
    """Take away spans of table cells that no table has."""
    spans = 0
    for cell in tree.iter("td", "th"):
        for name in ("colspan", "rowspan"):
            value = cell.get(name)
            if value is None:
                continue
            span = int(value) if value.isdecimal() and len(value) < 9 else _MAX_SPAN + 1
            spans += span
            if span > _MAX_SPAN or spans > _MAX_SPANS:
                del cell.attrib[name]


def too_complex(subject: str, what: str) -> NotAnArticle:
    """The page is made so that reading it would cost too much."""
    return NotAnArticle(
        subject, "too_complex", f"no page of news is made like this: {what}",
        "If it is an article, save its text alone and ingest the file.",
    )  # fmt: skip


def text_of(element: HtmlElement) -> str:
    """The text of an element and its children in one line."""
    return " ".join(str(element.text_content()).split())
