"""Words as the tagger sees them, and what their spelling says: the encoder itself ignores case.

A word is a run of letters and digits, or one mark: as the encoder's tokenizer splits, before it
cuts words into pieces.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from summarize.sense import tokenize

#: Characters of a word that the tagger sees: from its beginning, and from its end.
_HEAD, _TAIL = 10, 6
CHARACTERS = _HEAD + _TAIL
#: 0 is no character, 1 to 95 are those of ASCII; then capitals, small letters, all others.
_UPPER, _LOWER, _OTHER = 96, 97, 98
CHARACTER_KINDS = 99
_MARKS = ".,'-&/#@()\":!?$%"
#: 0 is no word; 1 to 9 see `_shape`; then the marks above.
SHAPES = 10 + len(_MARKS)
#: How a sentence is written: as prose, all small, all in capitals, each word with a capital.
CASINGS = 4


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one text: `text[start:end]` for each, straight apostrophes and hyphens in `words`."""

    words: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]


def split_words(text: str) -> Words:
    """Split a text into words."""
    tokens = tokenize(text)
    if not tokens:
        return Words((), (), ())
    words, starts, ends = zip(*tokens, strict=True)
    return Words(words, starts, ends)


@lru_cache(maxsize=100_000)
def shape(word: str) -> int:
    """The kind of spelling of a word, 1 to SHAPES - 1."""
    first = word[0]
    if not (first.isalnum() or len(word) > 1):
        return 10 + _MARKS.index(first) if first in _MARKS else 1
    if word.isdigit():
        return 2
    if any(c.isdigit() for c in word):
        return 3
    if word.islower():
        return 4
    if word.isupper():
        return 5 if len(word) == 1 else 6
    if word.istitle():
        return 7
    return 8 if first.islower() else 9


@lru_cache(maxsize=100_000)
def characters(word: str) -> tuple[int, ...]:
    """The word's characters as CHARACTERS numbers below CHARACTER_KINDS, 0 where it is shorter."""
    kept = word if len(word) <= CHARACTERS else word[:_HEAD] + word[-_TAIL:]
    return tuple(map(_character, kept)) + (0,) * (CHARACTERS - len(kept))


def casing(words: Sequence[str]) -> int:
    """How a sentence is written, 0 to CASINGS - 1."""
    letters = [word for word in words if word[0].isalpha()]
    if len(letters) < 3:
        return 0
    if all(word.islower() for word in letters):
        return 1
    if sum(word.isupper() for word in letters) >= 0.8 * len(letters):
        return 2
    long = [word for word in letters if len(word) > 3]
    return 3 if len(long) >= 3 and sum(w[0].isupper() for w in long) >= 0.8 * len(long) else 0


def _character(character: str) -> int:
    code = ord(character)
    if 32 <= code < 127:
        return code - 31
    category = unicodedata.category(character)
    return {"Lu": _UPPER, "Ll": _LOWER}.get(category, _OTHER)


def words_of_pieces(
    offsets: npt.NDArray[np.int32], starts: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """For each of the encoder's pieces (offsets of shape (pieces, 2)) the number of its word."""
    found = np.searchsorted(starts, offsets[:, 0], side="right") - 1
    return np.clip(found, 0, None).astype(np.int64)
