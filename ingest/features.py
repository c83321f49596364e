"""What a model is told of each block of a page: who kept it, where it stands, what it looks like."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.block_places import kind_of, places, up
from ingest.blocks import LANDMARKS, NAMED, NEAR, Block, Place, tag_code
from ingest.text_patterns import (
    ABOVE,
    BELOW,
    BYLINE,
    CAPTION,
    CONTACT,
    COPYRIGHT,
    DATED,
    POINTER,
)  # fmt: skip
from ingest.word_counts import guessed_size

Matrix = NDArray[np.float32]
#: Gives the size of a text in words, given the number of its runs of letters and digits.
Measure = Callable[[str, int], float]

_WORD = re.compile(r"\w+")
_SENTENCE_END = (".", "!", "?", "…", "。", "”", '"', "“", "»", "؟", "।", "！", "？", "」", "’", ")")
_HARD_END = (".", "!", "?", "…", "。", "।", "！", "？", "」")
_SENTENCE = re.compile(r"[.!?。] ")
_BULLETS = frozenset("•-–—*▪►»>→|")
_QUOTES = frozenset("\"“„«»'‘「")
_NOTES = {
    "pointer": POINTER,
    "above": ABOVE,
    "below": BELOW,
    "captioned": CAPTION,
    "contact": CONTACT,
    "copyright": COPYRIGHT,
    "byline": BYLINE,
    "dated": DATED,
}
#: A voice may cut a block's ends; the first and last words of longer ones tell.
_ENDS = 6
#: Only blocks up to this size are read for notes, bylines and pointers.
_NOTE_WORDS = 45
_NOTE_CHARACTERS = 2000
#: Of a body that a voice found so much is compared.
_MAX_BODY_CHARACTERS = 200_000


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known of a page apart from its blocks.

    titles and description as found; body_of asks a voice by its name for the body as it sees it.
    """

    titles: tuple[str, ...]
    description: str | None
    body_of: Callable[[str], str | None]


#: The voices whose bodies are compared; a silent one says nothing. The cheap ones cost nothing more.
VOICES = ("trafilatura", "jsonld")
CHEAP_VOICES = ("jsonld",)


class Held:
    """A body to look blocks up in."""

    def __init__(self, body: str, measure: Measure) -> None:
        body = body[:_MAX_BODY_CHARACTERS]
        self.words = _WORD.findall(body.lower())
        self.text = f" {' '.join(self.words)} "
        lines = (_WORD.findall(line) for line in body.lower().splitlines())
        self.lines = {" ".join(words) for words in lines}
        #: Its size in words.
        self.size = max(measure(body, len(self.words)), 1)

    def share(self, words: Sequence[str], folded: str) -> float:
        """1 if the block is in the body, 0.5 if its ends are, 0 if it is not."""
        if not words:
            return 0.0
        if len(words) < 4:
            return float(folded in self.lines)
        if f" {folded} " in self.text:
            return 1.0
        if len(words) >= 2 * _ENDS:
            first = f" {' '.join(words[:_ENDS])} " in self.text
            last = f" {' '.join(words[-_ENDS:])} " in self.text
            return 0.5 * (first + last) if first or last else 0.0
        return 0.0


class Columns:
    """What is told of each block of a page, a column for each fact.

    Args:
        hopeless: what `is_hopeless` says of the blocks; of those only that is told which others need.
        measure: gives the size of a text in words; as in training if none is given.
    """

    def __init__(
        self, blocks: Sequence[Block], hints: Hints, hopeless: Any, measure: Measure = guessed_size
    ) -> None:
        self._blocks = blocks
        self._hints = hints
        self._measure = measure
        self._words = [_WORD.findall(block.text.lower()) for block in blocks]
        self._folded = [" ".join(found) for found in self._words]
        #: The size of each block in words.
        self.sizes = sizes_of(blocks, self._words, measure)
        self._columns = _looks(blocks, self._words, self._folded, self.sizes, hopeless)
        self._columns |= places(blocks, self.sizes)
        self._columns |= _heads(blocks, self._words, self._folded, hints)
        self._names = _names(blocks)
        self._around = _around(blocks)
        self._kin: dict[str, Sequence[Any]] = {
            "kind": [kind_of(b) for b in blocks],
            "parent": [up(b.place, 1) for b in blocks],
        }
        self._heard: dict[str, dict[str, Any]] = {}

    def rows(self, voices: Sequence[str]) -> Matrix:
        """A row of numbers for each block: float32 (blocks, features of a model that hears these voices)."""
        columns = {**self._columns, **self._votes(voices)}
        floats = {name: np.asarray(c, dtype=np.float32) for name, c in columns.items()}
        parts = [np.column_stack(list(floats.values())), self._names, _neighbours(floats)]
        return np.hstack([*parts, _surroundings(floats, *self._around)])

    def _votes(self, voices: Sequence[str]) -> dict[str, Any]:
        columns: dict[str, Any] = {}
        for name in voices:
            if name not in self._heard:
                body = self._hints.body_of(name)
                held = Held(body, self._measure) if body else None
                self._heard[name] = _vote(name, self._kept(held), self.sizes, held, self._kin)
            columns |= self._heard[name]
        return columns

    def _kept(self, held: "Held | None") -> Any:
        """How much of each block a voice's body holds; -1 where it is silent."""
        if held is None:
            return np.full(len(self._blocks), -1, dtype=np.float32)
        pairs = zip(self._words, self._folded, strict=True)
        return np.array([held.share(words, folded) for words, folded in pairs], dtype=np.float32)


def _looks(
    blocks: Sequence[Block], words: list[list[str]], folded: list[str], sizes: Any, hopeless: Any
) -> dict[str, Any]:
    lengths = np.array([len(block.text) for block in blocks], dtype=np.float32)
    repeats = Counter(folded)
    # Of blocks that no model looks at only that is told which their neighbours are told.
    texts = ["" if no else b.text for b, no in zip(blocks, hopeless, strict=True)]
    notes = [
        text if len(w) <= _NOTE_WORDS and len(text) <= _NOTE_CHARACTERS else ""
        for text, w in zip(texts, words, strict=True)
    ]
    return {
        "size": np.log1p(sizes),
        "characters": np.log1p(lengths),
        "linked": np.array([b.linked for b in blocks]) / lengths,
        "links": np.array([b.links for b in blocks]) / (sizes + 1),
        "strong": np.array([b.strong for b in blocks]) / lengths,
        "emphasised": np.array([b.emphasised for b in blocks]) / lengths,
        "tag": [tag_code(b.place) for b in blocks],
        "ends": [
            2 * b.text.endswith(_HARD_END) + b.text.endswith(_SENTENCE_END) for b in blocks
        ],
        "colon": [text.endswith(":") for text in texts],
        "question": [text.endswith("?") for text in texts],
        "sentences": [len(_SENTENCE.findall(text)) if text else 0 for text in texts],
        "commas": np.array([text.count(",") for text in texts]) / (sizes + 1),
        "lower": [text[:1].islower() for text in texts],
        "bullet": [text[:1] in _BULLETS for text in texts],
        "quoted": [text[:1] in _QUOTES for text in texts],
        "digits": np.array([sum(map(str.isdigit, text)) for text in texts]) / lengths,
        "upper": np.array([sum(map(str.isupper, text)) for text in texts]) / lengths,
        "capitalised": [
            sum(w[0].isupper() for w in t.split()) / max(len(t.split()), 1) for t in texts
        ],
        "mean word": [len(f) / (len(w) + 1) for f, w in zip(folded, words, strict=True)],
        "repeats": [min(repeats[f], 5) for f in folded],
        **{
            name: [bool(note and pattern.search(note)) for note in notes]
            for name, pattern in _NOTES.items()
        },
        "at": ["@" in note or "http" in note for note in notes],
        "bars": [
            min(note.count("|") + note.count("·") + note.count("/"), 5) if note else 0 for note in notes
        ],
    }  # fmt: skip


def _heads(
    blocks: Sequence[Block], words: list[list[str]], folded: list[str], hints: Hints
) -> dict[str, Any]:
    """Where the headline stands, and what repeats it or the description."""
    titles = {" ".join(_WORD.findall(title.lower())) for title in hints.titles}
    title_words = set(" ".join(titles).split())
    description = f" {' '.join(_WORD.findall((hints.description or '').lower()))} "
    described = set(description.split())
    count = len(blocks)
    is_title = [f in titles and len(w) > 1 for f, w in zip(folded, words, strict=True)]
    heads = [at for at, block in enumerate(blocks) if block.place.tag == "h1"]
    titled = [at for at in heads if is_title[at]] or [at for at in range(count) if is_title[at]]
    head = (titled or heads or [-1])[-1 if titled and len(titled) < 3 else 0]
    return {
        "is title": is_title,
        "of title": [len(title_words.intersection(w)) / (len(w) + 1) for w in words],
        "of description": [
            len(described.intersection(w)) / (max(len(w), len(described)) + 1) for w in words
        ],
        "in description": [len(w) > 3 and f" {f} " in description for f, w in zip(folded, words, strict=True)],
        "from head": (np.arange(count) - head).clip(-20, 40) if head >= 0 else np.full(count, -99),
    }  # fmt: skip


def _vote(
    name: str, kept: Any, sizes: Any, held: Held | None, kin: Mapping[str, Sequence[Any]]
) -> dict[str, Any]:
    """What one voice says of each block, of its kin and of the blocks before and after it."""
    count = len(kept)
    columns: dict[str, Any] = {name: kept}
    if held is not None:
        found = float((kept * sizes).sum())
        columns[f"{name} found"] = np.full(count, min(found / held.size, 2.0))
        columns[f"{name} words"] = np.full(count, np.log1p(held.size))
    else:
        columns[f"{name} found"] = kept
        columns[f"{name} words"] = np.zeros(count)
    mass = (kept > 0.4) * sizes
    for group, keys in kin.items():
        columns[f"{name} of {group}"] = (
            np.full(count, -1) if held is None else _share_of_group(keys, mass, sizes)
        )
    columns[f"{name} before"] = (np.cumsum(mass) - mass) / max(float(mass.sum()), 1.0)
    columns[f"{name} last"] = _distance(kept > 0.4)
    columns[f"{name} next"] = _distance((kept > 0.4)[::-1])[::-1]
    return columns


def _share_of_group(keys: Sequence[Any], mass: Any, sizes: Any) -> list[float]:
    """For each block the share of the words of its group that a voice kept, its own left out."""
    kept: dict[Any, float] = defaultdict(float)
    all_of: dict[Any, float] = defaultdict(float)
    for key, part, size in zip(keys, mass.tolist(), sizes.tolist(), strict=True):
        kept[key] += part
        all_of[key] += size
    return [
        (kept[key] - part) / (all_of[key] - size) if all_of[key] - size > 0.5 else -1.0
        for key, part, size in zip(keys, mass.tolist(), sizes.tolist(), strict=True)
    ]


def _distance(marked: Any) -> Any:
    """How many blocks ago the last marked one was, itself left out; 20 for further and never."""
    count = len(marked)
    at = np.where(marked, np.arange(count), -99)
    last = np.maximum.accumulate(np.concatenate([[-99], at[:-1]])) if count else at
    return np.minimum(np.arange(count) - last, 20)


def _names(blocks: Sequence[Block]) -> Matrix:
    """For each kind of name: 3 own, 2 near, 1 above, 0 none; and the landmarks above."""
    kinds = np.arange(len(NAMED))
    own = _bits([b.place.own | b.inline for b in blocks], kinds)
    near = np.zeros_like(own)
    for level in range(NEAR):
        near |= _bits([_near(b.place, level) for b in blocks], kinds)
    above = _bits([b.place.above for b in blocks], kinds)
    named = np.maximum(np.maximum(3 * own, 2 * near), above)
    marks = _bits([b.place.landmarks for b in blocks], np.arange(len(LANDMARKS)))
    return np.hstack([named, marks]).astype(np.float32)


def _near(place: Place, level: int) -> int:
    return place.near[level] if level < len(place.near) else 0


def _bits(values: list[int], kinds: Any) -> Any:
    return (np.array(values, dtype=np.int64)[:, None] >> kinds) & 1


#: What is told of a block's neighbours; of the voices, where they were heard.
_OF_NEIGHBOURS = ("size", "linked", "tag", "ends", "trafilatura", "jsonld", "home")
_OF_SURROUNDINGS = ("size", "linked", "tag", "ends", "colon", "trafilatura", "home")


def _neighbours(columns: Mapping[str, Matrix]) -> Matrix:
    near = [columns[name] for name in _OF_NEIGHBOURS if name in columns]
    return np.column_stack([shifted(column, step) for column in near for step in (-2, -1, 1, 2)])


def _around(blocks: Sequence[Block]) -> tuple[Any, Any]:
    """The nearest block before and after that is in another box: for a list, what it stands between."""
    boxes = [up(b.place, 1) for b in blocks]
    before = np.arange(len(blocks)) - 1
    for at in range(1, len(blocks)):
        if boxes[at] == boxes[at - 1]:
            before[at] = before[at - 1]
    after = np.arange(len(blocks)) + 1
    for at in range(len(blocks) - 2, -1, -1):
        if boxes[at] == boxes[at + 1]:
            after[at] = after[at + 1]
    return before, np.minimum(after, len(blocks))


def _surroundings(columns: Mapping[str, Matrix], before: Any, after: Any) -> Matrix:
    """What stands at the places that `_around` gives; -2 where nothing is."""
    parts = []
    for name in _OF_SURROUNDINGS:
        if name in columns:
            padded = np.append(columns[name], np.float32(-2))
            parts += [padded[before], padded[after]]
    return np.column_stack(parts)


def shifted(column: Any, step: int) -> Any:
    """A column moved by some rows; -2 where nothing is."""
    moved = np.full_like(column, -2)
    if abs(step) >= len(column):
        return moved
    if step < 0:
        moved[-step:] = column[:step]
    else:
        moved[:-step] = column[step:]
    return moved


#: Short blocks of nothing but links are never text: they are not looked at (7 of 10 blocks of a page).
_HOPELESS_LINKED = 0.7
_HOPELESS_WORDS = 12


def is_hopeless(blocks: Sequence[Block]) -> Any:
    """True for each block that no article consists of."""
    return np.array(
        [
            b.linked > _HOPELESS_LINKED * len(b.text)
            and guessed_size(b.text, len(b.text.split())) < _HOPELESS_WORDS
            for b in blocks
        ],
        dtype=bool,
    )


def sizes_of(
    blocks: Sequence[Block], words: Sequence[Sequence[str]], measure: Measure = guessed_size
) -> Any:
    """The size of each block in words, given those, also in scripts that do not part them."""
    return np.array(
        [measure(b.text, len(w)) for w, b in zip(words, blocks, strict=True)],
        dtype=np.float32,
    )
