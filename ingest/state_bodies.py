"""Which part of a page's data for programs is its article: as HTML, to be read like any other.

The data of one page may hold many articles: related ones, the latest ones, a whole cache. Each body
belongs to the nearest object around it that has a headline or an address; it is taken if these are
the page's, or if nothing else comes into question.
"""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ingest.clean import fold
from ingest.word_counts import size

#: Keys, folded, under which bodies stand.
_BODIES = frozenset(
    "articlebody body bodyhtml bodytext blocks content contentelements contents elements html "
    "maintext paragraphs rendered richtext story storybody text value".split()
)
_HEADLINES = ("headline", "title", "headlines", "name")
_ADDRESSES = (
    "canonical_url",
    "canonicalUrl",
    "url",
    "website_url",
    "link",
    "path",
    "slug",
    "id",
    "_id",
)
#: Keys of a block that hold its text, the likeliest first.
_TEXTS = (
    "content",
    "text",
    "html",
    "value",
    "body",
    "children",
    "content_elements",
    "items",
    "data",
)
#: Kinds of blocks that are no text of the article.
_OTHER = re.compile(
    r"image|photo|picture|gallery|video|audio|embed|raw_?html|iframe|script|advert|^ads?$|promo|"
    r"related|teaser|interstitial|link_list|newsletter|oembed|reference|story|table_of",
    re.I,
)
_HEADING = re.compile(r"head(?:er|ing)|subtitle|^h[1-6]$", re.I)
_LINE = re.compile(r"^(?:text|span|link|hyperlink|a|strong|em|bold|italic)$", re.I)
_MARKUP = re.compile(r"<(?:p|br|div|h[1-6]|li|blockquote)\b", re.I)

_MAX_NODES = 200_000
_MAX_DEPTH = 60
_MAX_BLOCKS = 5_000
_MAX_BLOCK_DEPTH = 12
_MAX_BODY_CHARACTERS = 1_000_000
#: In all bodies of a page.
_MAX_ALL_BLOCKS = 200_000
_MAX_ALL_CHARACTERS = 8_000_000
_MAX_HEADLINE_CHARACTERS = 500
#: Words of a body; of one that has neither headline nor address, and is the only one.
_MIN_WORDS = 60
_MIN_WORDS_ALONE = 150
#: A headline that is contained in another is the same if it has so many characters.
_SAME_CHARACTERS = 15
_MIN_ID_CHARACTERS = 5
#: The parts of an address that may name an article, and numbers in them.
_NAME = re.compile(r"[^/?=&.]+")
_NUMBER = re.compile(r"\d{5,}")


@dataclass(frozen=True)
class Wanted:
    """What is known of the page: its headlines and addresses, as its own markup gives them."""

    titles: tuple[str, ...]
    urls: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """A body as HTML, its size in words, and the object around it that has a headline or an address."""

    html: str
    words: float
    owner: Mapping[str, Any] | None


def body_in(values: list[Any], wanted: Wanted) -> Found | None:
    """The page's article in its data, or None where there is none, or it is in doubt."""
    found = list(_bodies(values))
    mine = [one for one in found if one.owner is not None and _is_of(one.owner, wanted)]
    if mine:
        return max(mine, key=lambda one: one.words)
    # What has another headline is another article.
    strange = [
        one for one in found
        if one.owner is None or not (wanted.titles and _headline(one.owner))
    ]  # fmt: skip
    groups: dict[int | str, Found] = {}
    for one in strange:
        key = id(one.owner) if one.owner is not None else one.html
        if key not in groups or groups[key].words < one.words:
            groups[key] = one
    alone = [one for one in groups.values() if one.words >= _MIN_WORDS_ALONE]
    return alone[0] if len(alone) == 1 else None


def _bodies(values: list[Any]) -> Iterator[Found]:
    """Every body in the data, with whose it is."""
    known = _references(values)
    stack: list[tuple[Any, str, Mapping[str, Any] | None, int]] = [
        (value, "", None, 0) for value in reversed(values)
    ]
    seen: set[int] = set()
    nodes = characters = 0
    budget = _Budget(_MAX_ALL_BLOCKS)
    while stack and nodes < _MAX_NODES and characters < _MAX_ALL_CHARACTERS and budget.blocks > 0:
        value, key, owner, depth = stack.pop()
        nodes += 1
        value = _meant(value, known)
        if isinstance(value, dict | list):
            if id(value) in seen or depth > _MAX_DEPTH:
                continue
            seen.add(id(value))
        if isinstance(value, dict) and (_headline(value) or _addresses(value)):
            owner = value
        if isinstance(value, str | list) and (key in _BODIES or _is_html(value)):
            markup = _markup(value, known, budget)
            words = size(re.sub(r"<[^<>]*>", " ", markup))
            if words >= _MIN_WORDS:
                characters += len(markup)
                yield Found(markup, words, owner)
        if isinstance(value, dict):
            stack += [(child, _key(name), owner, depth + 1) for name, child in value.items()]
        elif isinstance(value, list):
            stack += [(child, "", owner, depth + 1) for child in reversed(value)]


def _key(name: Any) -> str:
    # Apollo's keys carry arguments: body({"format":"html"}).
    return re.sub(r"[_-]", "", str(name)[:60].partition("(")[0]).lower()


def _is_html(value: Any) -> bool:
    return isinstance(value, str) and value.count("<p") + value.count("<br") >= 3


def _references(values: list[Any]) -> dict[str, Any]:
    """The objects of a cache (Apollo's) by the names with which others refer to them."""
    known: dict[str, Any] = {}
    stack, nodes = list(values), 0
    while stack and nodes < _MAX_NODES:
        value = stack.pop()
        nodes += 1
        if isinstance(value, dict):
            if "ROOT_QUERY" in value:
                known |= value
                continue
            stack += value.values()
        elif isinstance(value, list) and len(stack) < _MAX_NODES:
            stack += value
    return known


def _meant(value: Any, known: dict[str, Any]) -> Any:
    if known and isinstance(value, dict):
        name = value.get("__ref") or (value.get("id") if value.get("type") == "id" else None)
        return known.get(name, value) if isinstance(name, str) else value
    return value


@dataclass
class _Budget:
    """How many blocks may be looked at still."""

    blocks: int


def _markup(value: Any, known: dict[str, Any], budget: _Budget) -> str:
    """The blocks of a body as HTML, up to a limit; each string is a paragraph, or HTML itself."""
    own = _Budget(min(_MAX_BLOCKS, budget.blocks))
    before, pieces, left = own.blocks, [], _MAX_BODY_CHARACTERS
    for piece in _blocks(value, known, 0, own):
        left -= len(piece)
        if left < 0:
            break
        pieces.append(piece)
    budget.blocks -= before - own.blocks
    return "".join(pieces)


def _blocks(value: Any, known: dict[str, Any], depth: int, budget: _Budget) -> Iterator[str]:
    value = _meant(value, known)
    budget.blocks -= 1
    if depth > _MAX_BLOCK_DEPTH or budget.blocks < 0:
        return
    if isinstance(value, str):
        yield _paragraphs(value)
    elif isinstance(value, list):
        yield from _in_list(value, known, depth, budget)
    elif isinstance(value, dict):
        kind = _kind(value)
        if _OTHER.search(kind) or (_headline(value) and _addresses(value)):
            return
        inner = next((value[name] for name in _TEXTS if value.get(name)), None)
        found = "".join(_blocks(inner, known, depth + 1, budget)) if inner else ""
        if _HEADING.search(kind) and found:
            words = re.sub(r"<[^<>]*>", " ", found)
            yield f"<h2>{words}</h2>\n"
        else:
            yield found


def _in_list(
    values: list[Any], known: dict[str, Any], depth: int, budget: _Budget
) -> Iterator[str]:
    items = [_meant(item, known) for item in values[:_MAX_BLOCKS]]
    is_line = bool(items) and all(
        isinstance(item, dict) and _LINE.match(_kind(item)) and not _is_block(item)
        for item in items
    )
    if not is_line:
        for item in items:
            yield from _blocks(item, known, depth + 1, budget)
        return
    # Parts of one paragraph: bold words, links.
    parts = ("".join(_blocks(item, known, depth + 1, budget)) for item in items)
    line = "".join(re.sub(r"</?p>|\n", "", part) for part in parts)
    yield f"<p>{line}</p>\n"


def _is_block(item: dict[str, Any]) -> bool:
    """True for what is called a text and is a paragraph: Arc's blocks have an id, or markup."""
    text = next((item[name] for name in _TEXTS if isinstance(item.get(name), str)), "")
    return "_id" in item or "id" in item or bool(_MARKUP.search(text)) or size(text) > _MIN_WORDS


def _kind(block: dict[str, Any]) -> str:
    names = ("type", "nodeType", "__typename", "blockType", "name", "component", "tag")
    return next((str(block[name]) for name in names if isinstance(block.get(name), str)), "")


def _paragraphs(text: str) -> str:
    if _MARKUP.search(text):
        return f"{text}\n"
    if "<" not in text:
        text = html.escape(text, quote=False) if "&" not in text else text
    return "".join(f"<p>{line}</p>\n" for line in text.splitlines() if line.strip())


def _headline(node: Mapping[str, Any]) -> str:
    for name in _HEADLINES:
        value = node.get(name)
        if isinstance(value, dict):
            value = value.get("basic") or value.get("rendered") or value.get("main")
        if isinstance(value, str) and value.strip():
            return value[:_MAX_HEADLINE_CHARACTERS]
    return ""


def _addresses(node: Mapping[str, Any]) -> list[str]:
    values = (node.get(name) for name in _ADDRESSES)
    return [str(value) for value in values if isinstance(value, str | int) and value]


def _is_of(owner: Mapping[str, Any], wanted: Wanted) -> bool:
    """True for an object with a headline of the page, or with its address."""
    title = fold(html.unescape(_headline(owner)))
    for other in map(fold, wanted.titles):
        short, long = sorted((title, other), key=len)
        if short and (short == long or (len(short) >= _SAME_CHARACTERS and short in long)):
            return True
    names = {name for url in wanted.urls for name in _NAME.findall(_tail(url))}
    names |= {number for name in names for number in _NUMBER.findall(name)}
    for address in _addresses(owner):
        tail = _tail(address)
        if any(tail == _tail(url) for url in wanted.urls if len(tail) >= _MIN_ID_CHARACTERS):
            return True
        if len(address) >= _MIN_ID_CHARACTERS and address in names:
            return True
    return False


def _tail(address: str) -> str:
    """What tells an address from others of its site: path and query."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.path.strip('/')}?{parts.query}".removesuffix("?")
