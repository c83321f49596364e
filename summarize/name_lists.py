"""Lists of names as features for the tagger: a hint that a word may be a name, not a decision.

Case is ignored, and so is sense: "will" is a first name here. What a list says is seen by the tagger
beside everything else.
"""

import hashlib
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from archive.records import EntityType
from summarize.gazetteer import Gazetteer
from summarize.sense import tokenize

_FOLDER = Path(__file__).parent / "data" / "lists"
#: One bit of a word's mask each; a name of several words has "begin" on its first word, "in" on all.
_GAZETTEER: dict[EntityType, int] = {
    "person": 6,
    "organization": 7,
    "product": 8,
    "place": 9,
    "work": 10,
    "other": 10,
}
FEATURES = (
    "common first name",
    "first name",
    "common surname",
    "surname",
    "large place",
    "place",
    "known person",
    "known organization",
    "known product",
    "known place",
    "known work",
    "begins a known name",
)
_BEGIN = 11
_LONGEST = 6


class NameLists:
    """All lists. Make one with `load`; it does not change and may be shared."""

    def __init__(self, words: dict[str, int], names: dict[tuple[str, ...], int]) -> None:
        self._words = words
        self._names = names
        self._longest: dict[str, int] = {}
        for name in names:
            self._longest[name[0]] = max(self._longest.get(name[0], 0), len(name))

    @classmethod
    def load(cls) -> "NameLists":
        """The lists that come with the package, and the names of the gazetteer."""
        words: dict[str, int] = {}
        names: dict[tuple[str, ...], int] = {}
        for file, bit in (("first_names", 0), ("surnames", 2)):
            for common, name in read_list(file):
                words[name] = words.get(name, 0) | 1 << (bit if common else bit + 1)
        for common, name in read_list("places"):
            _add(names, name, 4 if common else 5)
        for _, name in read_list("organizations"):
            _add(names, name, 7)
        for entity in _gazetteer().entities:
            for alias in entity.aliases:
                if len(alias.alias) > 1:
                    _add(names, alias.alias, _GAZETTEER[entity.type])
        return cls(words, names)

    def masks(self, words: Sequence[str]) -> list[int]:
        """For each word the bits of FEATURES that hold for it; the longest name counts."""
        folded = [word.lower() for word in words]
        found = [self._words.get(word, 0) for word in folded]
        at = 0
        while at < len(folded):
            length = min(self._longest.get(folded[at], 0), len(folded) - at)
            while length and tuple(folded[at : at + length]) not in self._names:
                length -= 1
            if not length:
                at += 1
                continue
            mask = self._names[tuple(folded[at : at + length])]
            found[at] |= 1 << _BEGIN
            for inside in range(at, at + length):
                found[inside] |= mask
            at += length
        return found


@cache
def lists_revision() -> str:
    """The first 12 digits of a SHA-256 over the list files."""
    digest = hashlib.sha256()
    for path in sorted(_FOLDER.glob("*.txt")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def read_list(name: str) -> Iterable[tuple[bool, str]]:
    """The names of a file; those of its first paragraph are the common ones."""
    common, _, rest = (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").partition("\n\n")
    yield from ((True, line) for line in common.split("\n") if line)
    yield from ((False, line) for line in rest.split("\n") if line)


def _add(names: dict[tuple[str, ...], int], name: str, bit: int) -> None:
    key = tuple(token[0].lower() for token in tokenize(name))
    if 0 < len(key) <= _LONGEST:
        names[key] = names.get(key, 0) | 1 << bit


@cache
def _gazetteer() -> Gazetteer:
    return Gazetteer.load()
