"""The body of an article: which blocks of the page are its text."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from ingest.blocks import NAMED, Block, Place
from ingest.dates import parse_date
from ingest.features import CHEAP_VOICES, VOICES, Columns, Hints, Matrix, is_hopeless
from ingest.forest import load
from ingest.text_patterns import (
    ABOVE_TEXT,
    BELOW_TEXT,
    CAPTION_LINE,
    COMMENTS_LINE,
    CONTACT_LINE,
    DATE_LINE,
    DATELINE,
    POINTER_LINE,
)
from ingest.word_counts import count_words, has_signs, size_by_signs

Scores = NDArray[np.float32]

#: The models in ingest/data, each with the voices it hears. The first is sure of three pages of four;
#: only for the rest is the second asked, and trafilatura, which takes a quarter of a page's time.
FIRST, SECOND = ("body_first", CHEAP_VOICES), ("body_second", VOICES)
#: The first is sure if it expects to be wrong about no larger share of the words that it keeps.
MAX_DOUBT = 0.05
#: With more doubt of both, of a page in a script without spaces, the sizes may be to blame. Labelled pages
#: leave at most half as much; short articles that would lose paragraphs, more than twice as much.
_MUCH_DOUBT = 0.2
#: The probability from which a block is kept.
KEPT = 0.5

#: A page of more blocks is read so far and no further.
MAX_BLOCKS = 6_000
#: A block of so many words that holds so many other kept blocks repeats them (a print version).
_COPY_WORDS = 100
_COPY_BLOCKS = 3
_COPIED_CHARACTERS = 60
_COPY_CHARACTERS = 100_000
_MAX_COMPARED = 400

#: What has no more words and stands in a box of these names is a pull quote or asks for subscribers.
_BOX_WORDS = 40
_QUOTE_BOX = 1 << list(NAMED).index("quote")
_SUBSCRIBE_BOX = 1 << list(NAMED).index("subscribe")
_QUOTE_TAGS = frozenset({"blockquote", "aside"})
_QUOTE_SIGNS = '“”"„«»‘’ '
_QUOTED_CHARACTERS = 20
_HEADINGS = frozenset({"h2", "h3", "h4"})
_ITEMS = frozenset({"li"})
#: So many blocks before and after are looked at.
_REACH = 40
#: More of a block in links than this, and it leads away from the article.
_MAX_LINKED = 0.4
_ABOVE_COMMENTS = 0.75

_ABOVE_LINES = 10
#: A dateline or a day alone is the first or second line; a chronicle has several days.
_DATELINES = 2
_SHORT_WORDS = 30


def body_of(blocks: Sequence[Block], hints: Hints) -> list[str]:
    """The text of the blocks that are the article, in page order, without what is there twice."""
    blocks = blocks[:MAX_BLOCKS]
    return text_of_blocks(blocks, scores(blocks, hints)) if blocks else []


def text_of_blocks(blocks: Sequence[Block], probabilities: Scores) -> list[str]:
    """The body, given what the model says of each block: copies go, and lines that are no text by their wording."""
    kept = kept_of(blocks, probabilities)
    texts = [block.text for block, wanted in zip(blocks, kept, strict=True) if wanted]
    return trim(without_copies(texts))


def kept_of(blocks: Sequence[Block], probabilities: Scores) -> list[bool]:
    """For each block whether it is kept, given what the model says of it.

    Where the text around them is kept, a list and a heading are too; nothing is from the comments on.
    """
    kept = (probabilities > KEPT).tolist()
    _leave_boxes(blocks, kept)
    _fill(blocks, kept)
    end = _comments(blocks, kept)
    return [*kept[:end], *[False] * (len(kept) - end)]


def scores(blocks: Sequence[Block], hints: Hints) -> Scores:
    """The probability of each block that it belongs to the article.

    The models learnt a size that is too small for scripts without spaces: in a short article of those
    no paragraph looks like one. Where that leaves them in doubt, they are asked again with signs counted.
    """
    hopeless = is_hopeless(blocks)

    def said_by(columns: Columns) -> Scores:
        found = (_found(name, columns.rows(voices), hopeless) for name, voices in (FIRST, SECOND))
        return first_sure(found, columns.sizes)

    columns = Columns(blocks, hints, hopeless)
    said = said_by(columns)
    in_doubt = doubt(said, columns.sizes) > _MUCH_DOUBT
    if in_doubt and any(has_signs(block.text) for block in blocks):
        said = said_by(Columns(blocks, hints, hopeless, size_by_signs))
    return said


def _found(name: str, rows: Matrix, hopeless: NDArray[np.bool_]) -> Scores:
    found = np.zeros(len(hopeless), dtype=np.float32)
    if not hopeless.all():
        found[~hopeless] = load(name).probabilities(rows[~hopeless])
    return found


def first_sure(found: Iterable[Scores], sizes: Scores) -> Scores:
    """What the first model says that is not in doubt, else the last; no further one is asked.

    Args:
        found: the probabilities of the blocks as each model sees them, in the order of asking.
        sizes: of the blocks, in words.
    """
    said = np.zeros(len(sizes), dtype=np.float32)
    for said in found:
        if doubt(said, sizes) <= MAX_DOUBT:
            break
    return said


def doubt(probabilities: Scores, sizes: Scores) -> float:
    """The words that a model expects to be wrong about, as a share of those that it keeps."""
    kept = float(sizes[probabilities > KEPT].sum())
    wrong = float((sizes * np.minimum(probabilities, 1 - probabilities)).sum())
    return wrong / max(kept, 1.0)


def _leave_boxes(blocks: Sequence[Block], kept: list[bool]) -> None:
    """Leave out what a box says that is named for quotations or for subscribers: it repeats or advertises."""
    chosen = [at for at, is_kept in enumerate(kept) if is_kept]
    texts = [blocks[at].text for at in chosen]
    body = "\n".join(texts) if sum(map(len, texts)) <= _COPY_CHARACTERS else ""
    for at in chosen:
        block = blocks[at]
        if block.words > _BOX_WORDS:
            continue
        named = block.place.own | block.inline | next(iter(block.place.near), 0)
        is_quotation = named & _QUOTE_BOX or block.place.tag in _QUOTE_TAGS or block.place.is_aside
        quoted = block.text.strip(_QUOTE_SIGNS)
        if named & _SUBSCRIBE_BOX or (
            is_quotation and len(quoted) > _QUOTED_CHARACTERS and body.count(quoted) > 1
        ):
            kept[at] = False


def _fill(blocks: Sequence[Block], kept: list[bool]) -> None:
    """Keep lists, then headings, that stand between kept blocks of the same box and lead nowhere."""
    boxes = {
        id(block.place.parent)
        for block, is_kept in zip(blocks, kept, strict=True)
        if is_kept and block.place.tag != "li"
    }
    for tags in (_ITEMS, _HEADINGS):
        at = 0
        while at < len(blocks):
            end = at + 1
            if blocks[at].place.tag in tags and not kept[at]:
                while tags is _ITEMS and end < len(blocks) and _is_next(blocks, kept, end):
                    end += 1
                if _is_within_text(blocks, kept, at, end, boxes):
                    kept[at:end] = [True] * (end - at)
            at = end


def _is_next(blocks: Sequence[Block], kept: list[bool], at: int) -> bool:
    """True for another item, not kept, of the same list."""
    return (
        not kept[at]
        and blocks[at].place.tag in _ITEMS
        and blocks[at].place.parent is blocks[at - 1].place.parent
    )


def _is_within_text(
    blocks: Sequence[Block], kept: list[bool], start: int, end: int, boxes: set[int]
) -> bool:
    around = _boxes(blocks[start].place)
    if blocks[start].place.tag in _HEADINGS:  # one that stands deeper is that of another box
        around = islice(around, 1)
    box = next((place for place in around if id(place) in boxes), None)
    if box is None or any(_leads_away(block) for block in blocks[start:end]):
        return False
    reach = range(max(start - _REACH, 0), start), range(end, min(end + _REACH, len(blocks)))
    before = next((at for at in reversed(reach[0]) if blocks[at].place.parent is box), None)
    after = next((at for at in reach[1] if kept[at] or blocks[at].place.parent is box), None)
    return before is not None and after is not None and kept[before] and kept[after]


def _boxes(place: Place) -> Iterator[Place]:
    """The three nearest elements around a block's own."""
    for _ in range(3):
        if place.parent is None:
            return
        place = place.parent
        yield place


def _leads_away(block: Block) -> bool:
    is_link = block.linked >= _MAX_LINKED * len(block.text)
    return is_link or bool(POINTER_LINE.match(block.text))


def _comments(blocks: Sequence[Block], kept: list[bool]) -> int:
    """Where the comments begin, if three quarters of the kept words stand above; else the end."""
    total = sum(block.words for block, is_kept in zip(blocks, kept, strict=True) if is_kept)
    words = 0
    for at, block in enumerate(blocks):
        if words > _ABOVE_COMMENTS * total and COMMENTS_LINE.match(block.text[:60]):
            return at
        words += block.words if kept[at] else 0
    return len(blocks)


def without_copies(texts: list[str]) -> list[str]:
    """Paragraphs without the second of two that are the same, and without copies of several others."""
    seen: set[str] = set()
    unique = []
    for text in texts:
        if len(text) < _COPIED_CHARACTERS or text not in seen:
            unique.append(text)
        seen.add(text)
    long = [text for text in unique if _COPIED_CHARACTERS <= len(text) <= _COPY_CHARACTERS]
    long = long[:_MAX_COMPARED]
    copies = {
        text
        for text in long
        if count_words(text) >= _COPY_WORDS
        and sum(other in text for other in long if other is not text) >= _COPY_BLOCKS
    }
    return [text for text in unique if text not in copies]


def trim(lines: list[str]) -> list[str]:
    """Lines of a body without bylines and captions above it, pointers within, contacts below."""
    total = sum(count_words(line) for line in lines)
    result: list[str] = []
    words = 0
    for at, line in enumerate(lines):
        if BELOW_TEXT.match(line.strip()) and words > 0.75 * total:
            break
        is_short = count_words(line) <= _SHORT_WORDS
        if is_short and (
            CAPTION_LINE.search(line) or (at < _ABOVE_LINES and ABOVE_TEXT.match(line))
        ):
            continue
        if at < _DATELINES and (DATELINE.match(line) or _is_only_day(line, lines)):
            continue
        if not line.strip() or POINTER_LINE.match(line.strip()):
            continue
        words += count_words(line)
        result.append(line)
    for at in range(len(result) - 1, max(len(result) - 6, 0), -1):
        if count_words(result[at]) <= _SHORT_WORDS and CONTACT_LINE.search(result[at]):
            return result[:at]
    return result


def _is_only_day(line: str, lines: list[str]) -> bool:
    """True for a day in a text that is not told by days, as a chronicle is."""
    return _is_day(line) and sum(map(_is_day, lines)) == 1


def _is_day(line: str) -> bool:
    """True for a day and nothing else; what only looks like one, as 31 June, stays for a person to see."""
    return bool(DATE_LINE.match(line)) and parse_date(line) is not None
