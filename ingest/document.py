"""A page decoded and parsed once, for all the voices to read."""

import copy
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

#: What <br> becomes in text: white space like any other, but told apart from the source's own lines.
LINE_BREAK = "\u2028"

#: No address of an article or image is longer; data in a URL is.
_MAX_URL_CHARACTERS = 2048
#: No headline is longer, with the names of site and section after it.
_MAX_TITLE_CHARACTERS = 1000

#: Characters that XML forbids and text does not need; lxml cuts text at a NUL, SQLite refuses halves
#: of surrogate pairs.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class Document:
    """A page of HTML: its text, its tree, its address. The tree must not be changed by a reader.

    Args:
        text: the decoded page.
        url: where it came from, or None.

    Raises:
        NotAnArticle: reason "empty", if there is no markup or text at all.
    """

    def __init__(self, text: str, url: str | None = None) -> None:
        self.html = CONTROL.sub(" ", text)
        self.url = url
        self.tree = _parse(self.html, url or "the page")

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


def _parse(text: str, subject: str) -> HtmlElement:
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    empty = NotAnArticle(subject, "empty", "the page is empty", "Check the address in a browser.")
    if not text.strip():
        raise empty
    try:
        # Bytes, since lxml refuses text that carries an encoding declaration of its own.
        tree = lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (lxml.etree.ParserError, lxml.etree.XMLSyntaxError) as error:
        raise empty from error
    for line_break in tree.iter("br"):
        # So that the words before and after it stay two words in text_content().
        line_break.tail = f"{LINE_BREAK}{line_break.tail or ''}"
    return tree


def text_of(element: HtmlElement) -> str:
    """The text of an element and its children in one line."""
    return " ".join(str(element.text_content()).split())
