"""Where the posts of a live blog stand on its page: by its data, its microdata, or its repeated markup."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from ingest.blocks import Block, Place
from ingest.clean import fold
from ingest.document import Document, text_of
from ingest.live_blogs import Post, clock_in, has_time, lines_above

_DECLARED = '//*[contains(concat(" ", @itemprop, " "), " liveBlogUpdate ")]'
#: What is repeated where posts are not declared, and how far above its time it may be.
_REPEATED = frozenset({"article", "section", "div", "li"})
_LEVELS = 8
_MAX_TIMES = 3_000
_MAX_GROUPS = 8
_MAX_DECLARED = 1_000
#: Fewer are no live blog, unless they are declared; nor are they where most of the text is elsewhere.
_MIN_POSTS = 3
_MIN_SHARE = 0.5

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_MAX_HEADING_WORDS = 60
#: A time in a longer block is one of the text.
_MAX_LABEL_WORDS = 20
#: Signs between a time and a heading in one line.
_BETWEEN = " |·•:–—-"
#: A heading stands so many blocks above its text at most: a time and a name may be between.
_BLOCKS_BETWEEN = 3
_MAX_LINKED = 0.4
#: So many posts of the data must be on the page, or the data are of something else.
_MIN_SHOWN = 2
#: A post without a heading is known again by so many first words.
_FIRST_WORDS = 8


@dataclass(frozen=True)
class Placed:
    """A post, and the block in whose place, or before which, its line stands."""

    post: Post
    at: int
    is_heading: bool
    #: Blocks that then say nothing more: that of its time, links to it.
    silent: tuple[int, ...] = ()


def posts_on_page(
    document: Document, blocks: Sequence[Block], kept: Sequence[bool], known: Sequence[Post]
) -> list[Placed]:
    """The posts on the page of a live blog, in page order; none on any other page.

    Args:
        document: the page.
        blocks: its blocks.
        kept: for each block whether it is text of the body.
        known: the posts as the page's data give them.
    """
    told = _known_again(blocks, kept, known)
    marked = _marked(document, blocks, kept)
    return told if len(told) >= len(marked) else marked


def with_lines(
    blocks: Sequence[Block], kept: Sequence[bool], placed: Sequence[Placed], known: Sequence[Post]
) -> list[str]:
    """The texts of the kept blocks, each post below the line of its time and heading.

    What the page's data have of a live blog and the page shows nowhere, where it shows the latest posts alone,
    stands among the others in the order of the data.

    Args:
        blocks, kept, known: see `posts_on_page`.
        placed: what that gave.
    """
    shown = _shown(blocks, known) if placed else {}
    absent = [post for post in known if post.text and post not in shown]
    if len(shown) < _MIN_SHOWN:
        absent = []
    lines = lines_above([*(one.post for one in placed), *absent])
    above = {
        one.at: (line, one.is_heading)
        for one, line in zip(placed, lines[: len(placed)], strict=True)
    }
    silent = {at for one in placed for at in one.silent}
    parts: list[list[str]] = [[]]
    part_of = []
    for at, block in enumerate(blocks):
        line, is_heading = above.get(at, ("", False))
        if at in above:
            parts.append([])
        part_of.append(len(parts) - 1)
        if line and not (not is_heading and block.text.startswith(line)):
            parts[-1].append(line)
        if kept[at] and not is_heading and at not in silent:
            parts[-1].append(block.text)
    if absent:
        told = dict(zip(absent, lines[len(placed) :], strict=True))
        parts = _with_absent(parts, {post: part_of[at] for post, at in shown.items()}, known, told)
    return [text for part in parts for text in part]


def _shown(blocks: Sequence[Block], known: Sequence[Post]) -> dict[Post, int]:
    """The posts of which the first words stand on the page, kept or not, each with their block."""
    ends: list[int] = []
    folded = [fold(block.text) for block in blocks]
    for text in folded:
        ends.append((ends[-1] if ends else 0) + len(text) + 1)
    page = "\n".join(folded)
    found = {post: page.find(_start(post.text)) for post in known if _start(post.text)}
    return {post: bisect_right(ends, at) for post, at in found.items() if at >= 0}


def _with_absent(
    parts: Sequence[list[str]],
    part_of: Mapping[Post, int],
    known: Sequence[Post],
    told: Mapping[Post, str],
) -> list[list[str]]:
    """The parts of a text, with each absent post behind the one that stands before it in the data.

    Args:
        parts: what stands above the posts, and each post.
        part_of: the parts of posts that are shown.
        known: all posts of the data, in their order there.
        told: the absent posts, with their lines.
    """
    order = [part_of[post] for post in known if post in part_of]
    is_reversed = sum(a > b for a, b in pairwise(order)) > sum(a < b for a, b in pairwise(order))
    behind: dict[int, list[str]] = defaultdict(list)
    last = min(order) - 1
    for post in reversed(known) if is_reversed else known:
        if post in told:
            behind[last] += [line for line in (told[post], *post.text.split("\n\n")) if line]
        else:
            last = part_of.get(post, last)
    return [[*part, *behind.get(number, ())] for number, part in enumerate(parts)]


def _known_again(
    blocks: Sequence[Block], kept: Sequence[bool], known: Sequence[Post]
) -> list[Placed]:
    """Posts whose heading, or whose first words, stand above or in a kept text."""
    headings = {fold(post.heading): post for post in reversed(known) if post.heading}
    starts = {_start(post.text): post for post in reversed(known) if post.text}
    if not headings and not starts:
        return []
    folded = [fold(b.text) if b.words <= _MAX_HEADING_WORDS else "" for b in blocks]
    told: dict[Post, list[int]] = defaultdict(list)
    for at, text in enumerate(folded):
        if text in headings:
            told[headings[text]].append(at)
    found: dict[Post, Placed] = {}
    for post, places in told.items():
        above = [at for at in places if _is_above_text(blocks, kept, folded, at, headings)]
        if above:
            # A list of the posts may stand above them, with a link to each.
            best = min(above, key=lambda at: (_leads_away(blocks[at]), not _is_heading(blocks[at])))
            repeats = [at for at in places if at != best and _leads_away(blocks[at])]
            first = min(repeats, default=0)
            repeats += [first - 1] if first and _is_heading(blocks[first - 1]) else []
            found[post] = Placed(post, best, is_heading=True, silent=tuple(repeats))
    for at, block in enumerate(blocks):
        started = starts.get(_start(block.text)) if kept[at] else None
        if started and started not in found and folded[at] not in headings:
            found[started] = Placed(started, at, is_heading=False)
    return sorted(found.values(), key=lambda one: one.at)


def _start(text: str) -> str:
    return " ".join(fold(text[:200]).split()[:_FIRST_WORDS])


def _is_above_text(
    blocks: Sequence[Block],
    kept: Sequence[bool],
    folded: Sequence[str],
    at: int,
    headings: Mapping[str, Post],
) -> bool:
    """True if a text follows before the next heading, or the body has the heading itself."""
    if kept[at]:
        return True
    for below in range(at + 1, min(at + 1 + _BLOCKS_BETWEEN, len(blocks))):
        if folded[below] in headings:
            return False
        if kept[below]:
            return True
    return False


def _leads_away(block: Block) -> bool:
    return block.linked >= _MAX_LINKED * len(block.text)


def _marked(document: Document, blocks: Sequence[Block], kept: Sequence[bool]) -> list[Placed]:
    """Posts that microdata declare, or that are repeated elements, each with a time and a heading."""
    declared = document.tree.xpath(_DECLARED)[:_MAX_DECLARED]
    if declared:
        return _placed(blocks, kept, {element: _time_of(element) for element in declared})
    words = sum(block.words for block, is_kept in zip(blocks, kept, strict=True) if is_kept)
    best: list[Placed] = []
    for group in _repeated(document):
        placed = _placed(blocks, kept, group)
        headed = sum(one.is_heading for one in placed)
        is_live = headed >= _MIN_POSTS and 2 * headed >= len(placed) > len(best)
        if not is_live or _are_teasers(document, group):
            continue
        if _words(blocks, kept, group) >= _MIN_SHARE * words:
            best = placed
    return best


def _are_teasers(document: Document, posts: Iterable[HtmlElement]) -> bool:
    """True if at least half of the headings lead to what they announce."""
    headings = [heading for post in posts for heading in post.iter(*_HEADINGS)]
    return 2 * sum(_leads_elsewhere(document, one) for one in headings) >= max(len(headings), 1)


def _leads_elsewhere(document: Document, heading: HtmlElement) -> bool:
    """True for a heading that is a link to another page, not to a place on its own."""
    links = (*heading.iter("a"), *heading.iterancestors("a"))
    href = next((str(link.get("href") or "").strip() for link in links), "")
    if not href or href.startswith("#"):
        return False
    address = document.absolute(href)
    return address is None or urlsplit(address).path != urlsplit(document.url or "").path


def _time_of(post: HtmlElement) -> HtmlElement | None:
    """The element that says when a declared post was written."""
    dated = './/*[@itemprop="datePublished" or (self::time and @datetime)]'
    return next(iter(post.xpath(dated)), None)


def _repeated(document: Document) -> Iterator[dict[HtmlElement, HtmlElement]]:
    """Groups of elements side by side, each with the first time of day in it."""
    groups: dict[tuple[HtmlElement, str], dict[HtmlElement, HtmlElement]] = defaultdict(dict)
    for number, time in enumerate(document.tree.iter("time")):
        if number >= _MAX_TIMES:
            break
        if not has_time(time.get("datetime") or ""):
            continue
        above = time.iterancestors()
        for _, element in zip(range(_LEVELS), above, strict=False):
            parent = element.getparent()
            if parent is not None and element.tag in _REPEATED:
                groups[parent, element.tag].setdefault(element, time)
    largest = sorted(groups.values(), key=len, reverse=True)[:_MAX_GROUPS]
    yield from (group for group in largest if len(group) >= _MIN_POSTS)


def _placed(
    blocks: Sequence[Block],
    kept: Sequence[bool],
    posts: Mapping[HtmlElement, HtmlElement | None],
) -> list[Placed]:
    """Those posts of which a text is kept, in page order."""
    places: dict[HtmlElement, list[int]] = defaultdict(list)
    for at, block in enumerate(blocks):
        if (post := _post_of(block.place, posts)) is not None:
            places[post].append(at)
    found = (_place(blocks, kept, places[post], posts[post]) for post in places)
    return [one for one in found if one is not None]


def _post_of(
    place: Place | None, posts: Mapping[HtmlElement, HtmlElement | None]
) -> HtmlElement | None:
    while place is not None:
        if place.element in posts:
            return place.element
        place = place.parent
    return None


def _place(
    blocks: Sequence[Block], kept: Sequence[bool], own: Sequence[int], time: HtmlElement | None
) -> Placed | None:
    """Where the line of a post stands, given its blocks; None if its time is one of its text."""
    heading = next((at for at in own if _is_heading(blocks[at])), None)
    shown = text_of(time) if time is not None else ""
    label = next((at for at in own if shown and shown in blocks[at].text), None)
    if label is not None and label != heading and blocks[label].words > _MAX_LABEL_WORDS:
        if not blocks[label].text.startswith(shown):
            return None
        label = None
    text = next((at for at in own if kept[at] and at not in (heading, label)), None)
    if text is None and (heading is None or not kept[heading]):
        return None
    words = blocks[heading].text if heading is not None else ""
    if label == heading and shown:
        words = words.replace(shown, "", 1).strip(_BETWEEN)
    post = Post(
        heading=words,
        written_at=(time.get("datetime") or time.get("content") or "") if time is not None else "",
        clock=clock_in(shown),
    )
    at = heading if heading is not None else text
    if at is None:
        return None
    silent = () if label is None or label == heading else (label,)
    return Placed(post, at, heading is not None, silent)


def _is_heading(block: Block) -> bool:
    is_declared = "headline" in (block.place.element.get("itemprop") or "").split()
    return block.words <= _MAX_HEADING_WORDS and (block.place.tag in _HEADINGS or is_declared)


def _words(
    blocks: Sequence[Block], kept: Sequence[bool], posts: Mapping[HtmlElement, HtmlElement]
) -> int:
    return sum(
        block.words
        for block, is_kept in zip(blocks, kept, strict=True)
        if is_kept and _post_of(block.place, posts) is not None
    )
