"""The blocks of a page: each run of text that a browser would set as a paragraph of its own.

One walk over the tree finds them, with what their markup says of them. Nothing is judged here.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from lxml.etree import iterwalk
from lxml.html import HtmlElement

from ingest.document import LINE_BREAK
from ingest.word_counts import count_words

#: Elements whose text no reader sees, or that are no text of a page. <head> is none of them: where a page leaves
#: out <body>, as it may, the parser puts <article> and <main> there.
_SKIPPED = frozenset(
    "script style noscript template svg math title select option button textarea iframe object audio "
    "video canvas map input label datalist".split()
)
#: Elements within a line. All others part the text before them from the text after them.
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd mark meta link nobr q "
    "rb rp rt rtc ruby s samp small source span strike strong sub sup time tt u var wbr picture".split()
)
#: Kinds of block, by the nearest element that is not inline.
TAGS = (
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "blockquote", "figcaption", "td", "th", "dd", "dt",
    "pre", "tr", "div", "article", "section", "main", "header", "body", "address", "a",
)  # fmt: skip
_TAG_CODES = {tag: code for code, tag in enumerate(TAGS)}

#: What the names of classes and ids say, each a bit, by the words in them.
NAMED = {
    "navigation": "nav menu breadcrumb masthead topbar navbar sitemap skip",
    "comment": "comment discussion disqus reply respond forum",
    "related": "related more readmore recommend recirc trending popular mostread similar teaser outbrain "
    "taboola latest suggested seealso further lesen onward promo crosslink linklist",
    "social": "share social facebook twitter whatsapp follow sharing addthis",
    "caption": "caption credit copyright bildunterschrift legend figcaption fotograf source photographer",
    "picture": "image photo picture gallery media video slideshow figure carousel player audio embed bild",
    "author": "author byline writer bio contributor autor profile person",
    "date": "date time timestamp published updated dateline datum",
    "subscribe": "newsletter subscri signup register login premium abo offer donate membership cta",
    "advert": "advert ads ad sponsor banner dfp promoted commercial anzeige",
    "sidebar": "sidebar aside rail widget secondary complementary infobox factbox box",
    "footer": "footer foot bottom imprint legal disclaimer",
    "header": "header head top hero",
    "headline": "headline title heading titel titre kicker overline topline",
    "standfirst": "standfirst lead lede intro summary subtitle subhead subheadline deck dek excerpt chapo "
    "teaser abstract description sottotitolo bajada entradilla preamble vorspann sapo hat strap subline "
    "synopsis ingress",
    "body": "body content text richtext bodytext articlebody entry fulltext wysiwyg prose corpo cuerpo "
    "paragraph maincontent copy",
    "article": "article story post artikel news articolo noticia nota",
    "main": "main primary",
    "tags": "tag topic category keyword label section",
    "hidden": "hidden hide sronly visually invisible print modal popup overlay dialog cookie consent gdpr "
    "tooltip dropdown collapse",
    "list": "list listing items feed archive river stream card grid",
    "quote": "quote pullquote blockquote zitat",
    "live": "live ticker liveblog timeline",
}  # fmt: skip
_BITS = {name: 1 << at for at, name in enumerate(NAMED)}
_WORD_BITS = {
    word: sum(_BITS[name] for name, words in NAMED.items() if word in words.split())
    for listed in NAMED.values()
    for word in listed.split()
}
#: Words that are compounded in names ("articleBodyText", "newsletterbox"); short ones would be found anywhere.
_COMPOUNDED = sorted((word for word in _WORD_BITS if len(word) > 4), key=len, reverse=True)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")

#: Elements that matter wherever they stand above a block, each a bit.
LANDMARKS = (
    "article", "main", "aside", "nav", "footer", "header", "figure", "form", "ul", "ol", "table",
    "blockquote", "section", "dl",
)  # fmt: skip
_LANDMARK_BITS = {tag: 1 << at for at, tag in enumerate(LANDMARKS)}
_LANDMARK_BITS["figcaption"] = _LANDMARK_BITS["figure"]

_NAMING = frozenset(
    ("class", "id", "itemprop", "role", "data-component", "data-testid", "data-type", "property")
)
#: A name longer than this says no more.
_MAX_NAME_CHARACTERS = 200

#: A table cell with more than this is layout, not data; so is a row of very many.
_CELL_CHARACTERS = 200
_MAX_CELLS = 60

#: Above a block, so many elements are near.
NEAR = 3


@dataclass(slots=True)
class Place:
    """A block-level element on the way from the root to a block."""

    element: HtmlElement
    tag: str
    name: str
    depth: int
    own: int  # bits of NAMED of its own class and id
    above: int  # ... of all elements above it
    near: tuple[int, ...]  # ... of the nearest elements above it, nearest first
    landmarks: int
    parent: "Place | None"

    @property
    def is_aside(self) -> bool:
        """True in an <aside>, at any depth."""
        return bool(self.landmarks & _LANDMARK_BITS["aside"])


@dataclass(slots=True)
class Block:
    """A run of text, and what its markup says."""

    place: Place
    text: str  # one line
    lines: tuple[str, ...]  # the same parted at its line breaks
    words: int
    linked: int  # characters within links
    links: int
    strong: int  # characters in bold
    emphasised: int  # characters in italics
    inline: int  # bits of NAMED of the inline elements in it


@lru_cache(maxsize=8192)
def _bits_of_word(word: str) -> int:
    bits = _WORD_BITS.get(word, 0)
    if not bits and len(word) > 5:
        for known in _COMPOUNDED:
            if known in word:
                bits |= _WORD_BITS[known]
    return bits


@lru_cache(maxsize=8192)
def _bits_of_name(name: str) -> int:
    bits = 0
    for word in _WORD.findall(name):
        bits |= _bits_of_word(word.lower())
    return bits


@dataclass(slots=True)
class _Run:
    """The pieces of a block while it is collected."""

    pieces: list[str] = field(default_factory=list)
    linked: int = 0
    links: int = 0
    strong: int = 0
    emphasised: int = 0
    inline: int = 0


def blocks_of(tree: HtmlElement) -> list[Block]:
    """The blocks of a page in its order; text that no reader sees is left out."""
    blocks: list[Block] = []
    root = Place(tree, "html", "", 0, 0, 0, (), 0, None)
    places = [root]
    run = _Run()
    in_link = in_strong = in_emphasis = breaks = 0

    def flush() -> None:
        nonlocal run
        if run.pieces:
            raw = "".join(run.pieces)
            text = " ".join(raw.split())
            if text:
                lines = (
                    tuple(filter(None, (" ".join(line.split()) for line in raw.split(LINE_BREAK))))
                    if LINE_BREAK in raw
                    else (text,)
                )
                blocks.append(
                    Block(
                        places[-1], text, lines, count_words(text), min(run.linked, len(text)), run.links,
                        min(run.strong, len(text)), min(run.emphasised, len(text)), run.inline,
                    )
                )  # fmt: skip
            run = _Run()

    def add(text: str) -> None:
        nonlocal breaks
        run.pieces.append(text)
        if not text.isspace():
            breaks = 0
            size = len(text)
            if in_link:
                run.linked += size
            if in_strong:
                run.strong += size
            if in_emphasis:
                run.emphasised += size

    row: HtmlElement | None = None
    walk = iterwalk(tree, events=("start", "end"))
    for event, element in walk:
        tag = element.tag
        if tag == "tr":
            row = element if event == "start" and row is None and _is_data(element) else None
        elif row is not None and tag in ("td", "th"):
            # The cells of a row of data are one line.
            if event == "start":
                add(f" {element.text or ''}")
            elif element.tail:
                add(element.tail)
            continue
        if event == "start":
            if tag in _SKIPPED:
                walk.skip_subtree()
                continue
            if tag == "br":
                breaks += 1
                if breaks == 2:
                    flush()
                continue
            if tag in _INLINE:
                if tag == "a":
                    in_link += 1
                    run.links += 1
                elif tag in ("b", "strong"):
                    in_strong += 1
                elif tag in ("i", "em"):
                    in_emphasis += 1
                if len(element.attrib) and (name := _name(element)):
                    run.inline |= _bits_of_name(name)
            else:
                flush()
                breaks = 0
                above = places[-1]
                name = _name(element)
                places.append(
                    Place(
                        element, tag, name, above.depth + 1, _bits_of_name(name),
                        above.above | above.own, (above.own, *above.near[: NEAR - 1]),
                        above.landmarks | _LANDMARK_BITS.get(tag, 0), above,
                    )
                )  # fmt: skip
            if element.text:
                add(element.text)
        else:
            if tag in _SKIPPED or tag == "br":
                pass
            elif tag in _INLINE:
                if tag == "a":
                    in_link -= 1
                elif tag in ("b", "strong"):
                    in_strong -= 1
                elif tag in ("i", "em"):
                    in_emphasis -= 1
            else:
                flush()
                breaks = 0
                if len(places) > 1:
                    places.pop()
            if element.tail:
                add(element.tail)
    flush()
    return blocks


def _is_data(row: HtmlElement) -> bool:
    """True for a row whose cells hold words, not paragraphs."""
    cells = 0
    for element in row.iterdescendants():
        if element.tag in ("td", "th"):
            cells += 1
        elif element.tag not in _INLINE and element.tag != "br":
            return False
        if len(element.text or "") > _CELL_CHARACTERS or cells > _MAX_CELLS:
            return False
    return cells > 1


def _name(element: HtmlElement) -> str:
    values = [value for key, value in element.items() if key in _NAMING]
    return " ".join(values)[:_MAX_NAME_CHARACTERS]


def tag_code(place: Place) -> int:
    """The kind of a block as a number, for a model."""
    return _TAG_CODES.get(place.tag, len(TAGS))
