"""Receipts and mentions laid over a text: spans that nest and cross, cut at every boundary.

HTML elements cannot cross. So the text is cut wherever any span begins or ends; each piece knows
the spans that cover it, and pieces in a row under the same receipts are drawn as one run.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

#: A blank line, and all the white space around it, parts paragraphs.
_BREAK = re.compile(r"\n[^\S\n]*\n\s*")


@dataclass(frozen=True)
class Span:
    """Code points start to end (exclusive) of the text."""

    start: int
    end: int

    def fits(self, length: int) -> bool:
        """False for a span that cannot belong to a text of this length."""
        return 0 <= self.start < self.end <= length


@dataclass(frozen=True)
class Segment:
    """A piece of text that no span boundary cuts.

    receipts and mentions are positions in the sequences that were given; mentions has the
    shortest first, which is the one to link.
    """

    text: str
    receipts: tuple[int, ...] = ()
    mentions: tuple[int, ...] = ()
    is_break: bool = False


@dataclass(frozen=True)
class Run:
    """Segments in a row that lie under the same receipts.

    opens and closes are the receipts whose first or last run this is.
    """

    receipts: tuple[int, ...]
    opens: tuple[int, ...]
    closes: tuple[int, ...]
    segments: tuple[Segment, ...]


Paragraph = tuple[Run, ...]


def cut(text: str, receipts: Sequence[Span], mentions: Sequence[Span]) -> list[Segment]:
    """Cut a text at every boundary; the segments together are the text.

    A span that does not fit into the text is left out: a mark in the wrong place is worse than none.
    """
    breaks = [Span(*found.span()) for found in _BREAK.finditer(text)]
    edges = {0, len(text)}
    for span in (*receipts, *mentions, *breaks):
        if span.fits(len(text)):
            edges |= {span.start, span.end}
    receipt_at = _Cover(receipts, len(text))
    mention_at = _Cover(mentions, len(text))
    break_at = _Cover(breaks, len(text))
    return [
        Segment(
            text[start:end],
            tuple(sorted(receipt_at(start))),
            tuple(
                sorted(mention_at(start), key=lambda n: (mentions[n].end - mentions[n].start, n))
            ),
            bool(break_at(start)),
        )
        for start, end in pairwise(sorted(edges))
    ]


class _Cover:
    """Which spans cover a position, asked from left to right."""

    def __init__(self, spans: Sequence[Span], length: int) -> None:
        fitting = ((span.start, span.end, n) for n, span in enumerate(spans) if span.fits(length))
        self._waiting = sorted(fitting, reverse=True)
        self._open: dict[int, int] = {}

    def __call__(self, position: int) -> list[int]:
        while self._waiting and self._waiting[-1][0] <= position:
            _start, end, number = self._waiting.pop()
            self._open[number] = end
        self._open = {number: end for number, end in self._open.items() if end > position}
        return list(self._open)


def paragraphs(segments: Sequence[Segment]) -> list[Paragraph]:
    """Gather segments into paragraphs of runs; white space between paragraphs falls away."""
    blocks = [list(_runs(block)) for block in _blocks(segments)]
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    number = 0
    for block in blocks:
        for run in block:
            for receipt in run[0].receipts:
                first.setdefault(receipt, number)
                last[receipt] = number
            number += 1
    result: list[Paragraph] = []
    number = 0
    for block in blocks:
        drawn = []
        for run in block:
            over = run[0].receipts
            opens = tuple(receipt for receipt in over if first[receipt] == number)
            closes = tuple(receipt for receipt in over if last[receipt] == number)
            drawn.append(Run(over, opens, closes, tuple(run)))
            number += 1
        result.append(tuple(drawn))
    return result


def _blocks(segments: Sequence[Segment]) -> Iterator[list[Segment]]:
    for is_break, block in groupby(segments, key=lambda segment: segment.is_break):
        kept = list(block)
        if not is_break and any(segment.text.strip() for segment in kept):
            yield kept


def _runs(block: Sequence[Segment]) -> Iterator[list[Segment]]:
    for _receipts, run in groupby(block, key=lambda segment: segment.receipts):
        yield list(run)


def plain_paragraphs(text: str) -> list[str]:
    """The paragraphs of a text without marks."""
    return [part for part in _BREAK.split(text) if part.strip()]


def marked_pieces(snippet: str, start_mark: str, end_mark: str) -> list[tuple[str, bool]]:
    """A snippet as (text, is_found) pieces; stray marks, which a page may hold, are dropped."""
    pieces: list[tuple[str, bool]] = []
    is_found = False
    for piece in re.split(f"([{start_mark}{end_mark}])", snippet):
        if piece in (start_mark, end_mark):
            is_found = piece == start_mark
        elif piece:
            pieces.append((piece, is_found))
    return pieces
