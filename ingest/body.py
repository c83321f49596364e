"""The body of an article: what is taken away before an extractor reads the page, what is put back after.

Extractors decide block by block and lose sub-headings and short list items; they also keep boxes
that stand in the middle of a text. Before: boxes that their markup names (newsletter, related,
caption, ...) are removed and layout tables are dissolved. After: the blocks between the first and
the last one kept, in the part of the page that holds them, are put back.
"""

import re

from lxml.html import HtmlElement
from lxml.html.builder import P

from ingest.clean import fold
from ingest.document import text_of

_BOX = re.compile(
    r"newsletter|sign-?up|subscri|read-?more|related|cookie|consent|share|social|comment|promo|"
    r"caption|credit|advert|byline|author-?(?:box|bio)|pull-?quote",
    re.I,
)
_BOX_TAGS = frozenset({"figcaption", "form", "nav", "aside", "footer"})
_BOXES = ("div", "aside", "section", "ul", "p", "figure", "figcaption", "form", "nav", "footer",
          "span", "td", "li")  # fmt: skip
#: A box with more words than this may be the article in a badly named container: it stays.
_BOX_MAX_WORDS = 120

#: A credit within a line is a caption's end, if the line has fewer words than this.
_CREDIT = re.compile(r"credit|caption", re.I)
_CAPTION_MAX_WORDS = 60

#: A table cell with more words than this is layout, not data.
_CELL_WORDS = 60

_BLOCKS = ("p", "h2", "h3", "h4", "li", "blockquote", "pre", "div")
#: Where text may stand that is parted by <br><br> and not by paragraphs.
_CONTAINERS = frozenset({"div", "td", "center", "article", "section", "main", "body", "font"})
_BLOCK_TAGS = _CONTAINERS | {
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "table", "tr", "blockquote",
    "pre", "figure", "figcaption", "aside", "nav", "header", "footer", "form", "hr", "address",
    "script", "style", "iframe",
}  # fmt: skip
#: More of a block in links than this, and it leads away from the article.
_MAX_LINKED = 0.4
#: The blocks must account for this share of the extracted words, or the extracted text stands.
_MIN_MATCHED = 0.8

_POINTER = re.compile(
    r"^(?:read (?:more|also|next)|see also|also read|more on this|related|recommended|watch|listen|"
    r"lesen sie auch|mehr zum thema|lire aussi|leia (?:também|mais)|lea también|sign up|subscribe|share|"
    r"advertisement|anzeige|photo|image|credit)\b[^.!?]{0,200}$|^(?:read more|share):|^lesen sie auch:",
    re.I,
)
#: What stands above a text: a byline with its date, a picture's caption.
_ABOVE = re.compile(
    r"^(?:by|written by|posted|published|updated|reported by|von|text:)\b.*\b(?:19|20)\d\d\b|"
    r"^(?:by|von) [A-Z]\S+(?: [A-Z]\S+){1,3}$|"
    r"^[A-Z]\w+ [A-Z]\w+, [^.]{0,40}\b(?:writer|reporter|correspondent|staff)\b|"
    r"^(?:[A-Z]\w+ \d{1,2}, (?:19|20)\d\d|\d{1,2} [A-Z]\w+ (?:19|20)\d\d) [|·–—-] ",
    re.I,
)
_ABOVE_LINES = 10
_CAPTION = re.compile(
    r"\bphoto(?:graph)?s?(?:/|:| by\b| courtesy)|\bfile photo\b|getty images|\b(?:illustration|drawing) by\b|"
    r"\((?:AP|Reuters|AFP|dpa)[^)]{0,40}\)$",
    re.I,
)
#: What stands below it: each ends the text where less than a quarter of the words would follow.
_BELOW = re.compile(
    r"^(?:what readers say|(?:reader )?comments?|related (?:stories|articles|news)|read more|more stories|"
    r"most read|about the authors?|you (?:may|might) also like|recommended(?: for you)?|share this(?: article)?)\W*$",
    re.I,
)
_CONTACT = re.compile(r"\b(?:can be reached|contact|reach|follow)\b.*@", re.I)
_SHORT_WORDS = 30

_LIST_MARK = re.compile(r"^[-*•] (?=\S)", re.M)


def prepare(tree: HtmlElement) -> HtmlElement:
    """Remove named boxes from a tree and dissolve layout tables; the tree is changed and returned."""
    for table in list(tree.iter("table")):
        if any(len(text_of(cell).split()) > _CELL_WORDS for cell in table.iter("td")):
            for part in list(table.iter("table", "tbody", "thead", "tr", "td", "th")):
                part.tag = "div"
        elif len(list(table.iter("td", "th"))) == 1 and table.getparent() is not None:
            table.drop_tree()  # one short cell is a picture with its caption, or a box
    for element in {line_break.getparent() for line_break in tree.iter("br")}:
        _part_by_breaks(element)
    for element in list(tree.iter(*_BOXES)):
        name = f"{element.get('class') or ''} {element.get('id') or ''}"
        if element.tag not in _BOX_TAGS and not _BOX.search(name):
            continue
        parent = element.getparent()
        if element.tag == "span" and _CREDIT.search(name) and _is_caption(parent):
            element = parent
        if element.getparent() is not None and len(text_of(element).split()) < _BOX_MAX_WORDS:
            element.drop_tree()
    return tree


def _is_caption(element: HtmlElement | None) -> bool:
    """True for the short line that a picture's credit stands in."""
    return element is not None and len(text_of(element).split()) < _CAPTION_MAX_WORDS


def _part_by_breaks(element: HtmlElement) -> None:
    """Turn text that is parted by two or more <br> in a row into paragraphs."""
    if element.tag not in _CONTAINERS:
        return
    if not element.xpath("./br[not(normalize-space(following-sibling::node()[1]))]"):
        return  # no break is followed by another at once
    pieces, breaks = [P(element.text or "")], 0
    for child in list(element):
        tail = child.tail or ""
        if child.tag == "br":
            breaks += 1
            if breaks == 2:
                pieces.append(P())
            _append_text(pieces[-1], tail)
            breaks = 0 if tail.strip() else breaks
        elif child.tag in _BLOCK_TAGS:
            child.tail, breaks = None, 0
            pieces += [child, P(tail)]
        else:
            breaks = 0
            pieces[-1].append(child)
    element.text = None
    element[:] = [piece for piece in pieces if piece.tag != "p" or len(piece) or text_of(piece)]


def _append_text(element: HtmlElement, text: str) -> None:
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


def complete(tree: HtmlElement, text: str) -> str:
    """Put back the blocks that an extractor dropped from the middle of a body.

    Args:
        tree: the prepared tree.
        text: what the extractor found, one paragraph a line.

    Returns:
        The paragraphs in page order, one a line; `text` without list marks where the tree has
        no such blocks (text parted by <br>, for example).
    """
    lines = trim(_LIST_MARK.sub("", text).splitlines())
    wanted = {fold(line) for line in lines}
    blocks = [(element, text_of(element)) for element in tree.iter(*_BLOCKS) if _is_leaf(element)]
    kept = [at for at, (_, content) in enumerate(blocks) if content and fold(content) in wanted]
    matched = {fold(blocks[at][1]) for at in kept}
    words = sum(len(line.split()) for line in lines)
    if sum(len(line.split()) for line in lines if fold(line) in matched) < _MIN_MATCHED * words:
        return "\n".join(lines)
    home = _home([blocks[at] for at in kept])
    result: list[str] = []
    seen = set(kept)
    for at in range(kept[0], kept[-1] + 1) if kept else ():
        element, content = blocks[at]
        is_wanted = at in seen or (
            home is not None and home in element.iterancestors() and _is_prose(element, content)
        )
        if is_wanted and content and content not in result[-1:]:
            result.append(content)
    return "\n".join(trim(result))


def trim(lines: list[str]) -> list[str]:
    """Lines of a body without bylines and captions above it, pointers within, contacts below."""
    total = sum(len(line.split()) for line in lines)
    result: list[str] = []
    words = 0
    for at, line in enumerate(lines):
        if _BELOW.match(line.strip()) and words > 0.75 * total:
            break
        is_short = len(line.split()) <= _SHORT_WORDS
        if is_short and (_CAPTION.search(line) or (at < _ABOVE_LINES and _ABOVE.match(line))):
            continue
        if not line.strip() or _is_pointer(line):
            continue
        words += len(line.split())
        result.append(line)
    for at in range(len(result) - 1, max(len(result) - 6, 0), -1):
        if len(result[at].split()) <= _SHORT_WORDS and _CONTACT.search(result[at]):
            return result[:at]
    return result


def _is_leaf(element: HtmlElement) -> bool:
    """A block that holds text itself, not other blocks."""
    return next(element.iterdescendants(*_BLOCKS, "table", "ul", "ol"), None) is None


def _is_pointer(line: str) -> bool:
    return bool(_POINTER.match(line.strip()))


def _is_prose(element: HtmlElement, content: str) -> bool:
    if element.tag == "div" or not content or _is_pointer(content):
        return False
    linked = sum(len(text_of(link)) for link in element.iter("a"))
    return linked <= _MAX_LINKED * len(content)


def _home(blocks: list[tuple[HtmlElement, str]]) -> HtmlElement | None:
    """The deepest element that holds nine tenths of the words of the blocks."""
    words: dict[HtmlElement, int] = {}
    total = 0
    for element, content in blocks:
        count = len(content.split())
        total += count
        for depth, ancestor in enumerate(element.iterancestors()):
            words[ancestor] = words.get(ancestor, 0) + count
            if depth > 60:
                break
    holders = [element for element, count in words.items() if count >= 0.9 * total]
    return max(holders, key=lambda element: sum(1 for _ in element.iterancestors()), default=None)
