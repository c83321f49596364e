"""Which sense a name has: the rules of `data/gazetteer.jsonl`, read against the text around it.

An alias without a rule means its entity wherever it stands. A rule first forbids (`not_after`,
`not_before`, `unless`, `lone`), then asks for one piece of evidence (`after`, `before`, `needs`,
`capital`, `versions`, `with_name`); `data/README.md` describes each key. A rule that only forbids
asks for no evidence. Where the evidence is missing there is no mention: none is better than a wrong one.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from summarize import vocabulary

#: Characters either side of a name in which `needs` and `unless` look for their words.
WINDOW = 300
#: Words either side of a name that show whether the line is a headline in title case.
_LINE = 12
#: Tokens of the longest phrase that a rule may name.
_PHRASE = 5
#: Combining marks belong to the word before them, or "Meta" would be found in a word that goes on.
_TOKEN = re.compile(r"[\w\u0300-\u036f]+|[^\w\s]")
_VERSION = re.compile(r"[A-Z]?\d{1,3}[a-z]?")

Phrase = tuple[str, ...]

_FLAGS = ("with_name", "capital", "lone", "versions")
_LISTS = ("not_after", "not_before", "after", "before", "needs", "unless")


def tokenize(text: str) -> list[tuple[str, int, int]]:
    """Words and single marks with their start and end. Apostrophes and hyphens come out straight."""
    # Each replacement is one character for one, so offsets stay those of the given text.
    for variant, plain in (("’", "'"), ("‘", "'"), ("ʼ", "'"), ("‐", "-"), ("‑", "-")):
        text = text.replace(variant, plain)
    return [(m.group(), m.start(), m.end()) for m in _TOKEN.finditer(text)]


@dataclass(frozen=True, slots=True)
class Rule:
    """When an alias has the sense of its entity. Phrases are tuples of lower-case tokens."""

    not_after: frozenset[Phrase] = frozenset()
    not_before: frozenset[Phrase] = frozenset()
    after: frozenset[Phrase] = frozenset()
    before: frozenset[Phrase] = frozenset()
    needs: frozenset[str] = frozenset()
    needs_entities: frozenset[str] = frozenset()
    unless: frozenset[str] = frozenset()
    near_entity: bool = False
    with_name: bool = False
    capital: bool = False
    lone: bool = False
    versions: bool = False

    @property
    def is_conditional(self) -> bool:
        """Whether the alias needs evidence; if not, the rule only forbids."""
        return bool(
            self.after
            or self.before
            or self.needs
            or self.needs_entities
            or self.near_entity
            or self.with_name
            or self.capital
        )

    @property
    def forbids(self) -> bool:
        """Whether the alias has another sense somewhere."""
        return bool(self.not_after or self.not_before or self.unless or self.lone)


def read_rule(fields: dict[str, object]) -> Rule:
    """A rule from its JSON object. Raises ValueError for a key or a value of the wrong kind."""
    lists: dict[str, list[str]] = {}
    for key, value in fields.items():
        if key in _FLAGS:
            if value is not True:
                raise ValueError(f"rule {key} is not true")
        elif key not in _LISTS:
            raise ValueError(f"unknown rule {key}")
        elif not isinstance(value, list) or not all(isinstance(v, str) and v for v in value):
            raise ValueError(f"rule {key} is not a list of words")
        else:
            lists[key] = _expand(value)
    needs = lists.get("needs", [])
    return Rule(
        not_after=_phrases(lists.get("not_after", [])),
        not_before=_phrases(lists.get("not_before", [])),
        after=_phrases(lists.get("after", [])),
        before=_phrases(lists.get("before", [])),
        needs=frozenset(w.lower() for w in needs if " " not in w and w != "@entity"),
        needs_entities=frozenset(name for name in needs if " " in name),
        unless=frozenset(w.lower() for w in lists.get("unless", [])),
        near_entity="@entity" in needs,
        with_name="with_name" in fields,
        capital="capital" in fields,
        lone="lone" in fields,
        versions="versions" in fields,
    )


def _phrases(entries: Iterable[str]) -> frozenset[Phrase]:
    # A plain word is its own token; only the rest needs the pattern, which keeps loading quick.
    return frozenset(
        (word,) if word.isalnum() else tuple(token[0] for token in tokenize(word))
        for word in (entry.lower() for entry in entries)
    )


def _expand(entries: Iterable[str]) -> list[str]:
    """The entries with the names of word groups ("@app") replaced by their words."""
    result: list[str] = []
    for entry in entries:
        if not entry.startswith("@") or entry == "@entity":
            result.append(entry)
        elif entry in vocabulary.GROUPS:
            result.extend(vocabulary.GROUPS[entry])
        else:
            raise ValueError(f"unknown word group {entry}")
    return result


def _is_name_like(word: str) -> bool:
    """Capitalised, and not an acronym."""
    return word[0].isupper() and (len(word) == 1 or not word.isupper())


class TextView:
    """A text as tokens, with the questions that rules ask. One is made for each text."""

    def __init__(self, text: str) -> None:
        self.text = text
        tokens = tokenize(text)
        self.words = [token[0] for token in tokens]
        self.starts = [token[1] for token in tokens]
        self.ends = [token[2] for token in tokens]
        self._positions: dict[frozenset[str], list[int]] = {}
        # Several questions about one place follow each other; the last answer is kept for them.
        self._last_before: tuple[int, list[Phrase]] = (-1, [])
        self._last_after: tuple[int, list[Phrase]] = (-1, [])

    def gap(self, i: int) -> str:
        """What is between token i and the one before: "" (nothing), " ", or "\\n" (a paragraph or an end)."""
        if not 0 < i < len(self.words):
            return "\n"
        before, start = self.ends[i - 1], self.starts[i]
        if before == start:
            return ""
        return " " if start - before == 1 or self.text.count("\n", before, start) < 2 else "\n"

    def phrases_before(self, i: int) -> list[Phrase]:
        """The last one to five tokens before token i, in lower case, as far as its paragraph goes."""
        if self._last_before[0] != i:
            first = i
            while first > i - _PHRASE and self.gap(first) != "\n":
                first -= 1
            tokens = [word.lower() for word in self.words[first:i]]
            self._last_before = i, [tuple(tokens[k:]) for k in range(len(tokens))]
        return self._last_before[1]

    def phrases_after(self, j: int) -> list[Phrase]:
        """The next one to five tokens from token j on, in lower case."""
        if self._last_after[0] != j:
            end = j
            while end < j + _PHRASE and self.gap(end) != "\n":
                end += 1
            tokens = [word.lower() for word in self.words[j:end]]
            self._last_after = j, [tuple(tokens[: k + 1]) for k in range(len(tokens))]
        return self._last_after[1]

    def starts_sentence(self, i: int) -> bool:
        """Whether a capital at token i says nothing, since a sentence or a line starts there."""
        if i == 0 or self.words[i - 1] in vocabulary.BOUNDARIES:
            return True
        return "\n" in self.text[self.ends[i - 1] : self.starts[i]]

    def is_title_case(self, i: int, j: int) -> bool:
        """Whether the line about tokens i to j capitalises its words, as headlines do."""
        left, right = i, j
        while left > max(0, i - _LINE) and not self._line_ends_before(left):
            left -= 1
        while right < min(len(self.words), j + _LINE) and not self._line_ends_before(right):
            right += 1
        around = self.words[left:i] + self.words[j:right]
        long = [word for word in around if len(word) > 3 and word[0].isalpha()]
        capitals = sum(word[0].isupper() for word in long)
        return len(long) >= 2 and capitals >= 0.75 * len(long)

    def _line_ends_before(self, i: int) -> bool:
        # A comma ends it too: a list of names is no headline.
        return self.words[i - 1] in ".!?,;:" or "\n" in self.text[self.ends[i - 1] : self.starts[i]]

    @cached_property
    def _index(self) -> dict[str, list[int]]:
        """Where each word of the text stands, made once, when the first rule asks."""
        index: dict[str, list[int]] = {}
        for word, start in zip(self.words, self.starts, strict=True):
            index.setdefault(word.lower(), []).append(start)
        return index

    def has_near(self, words: frozenset[str], i: int, j: int) -> bool:
        """Whether one of the lower-case words stands within WINDOW characters of tokens i to j, outside them."""
        return bool(self.near(words, i, j))

    def near(self, words: frozenset[str], i: int, j: int) -> str:
        """That word, as it is written, or ""."""
        if words not in self._positions:
            found = (self._index.get(word, ()) for word in words)
            self._positions[words] = sorted(position for places in found for position in places)
        positions = self._positions[words]
        start, end = self.starts[i], self.ends[j - 1]
        for low, high in ((start - WINDOW, start), (end, end + WINDOW)):
            if within(positions, low, high):
                position = positions[bisect_left(positions, low)]
                return self.words[bisect_left(self.starts, position)]
        return ""

    def version_end(self, j: int) -> int:
        """The token after a version that follows token j ("11", "1.5 Pro", "S24 Ultra"), or j if none does."""
        end = j
        if self.gap(j) == " " and _VERSION.fullmatch(self.words[j]):
            end = j + 1
            while self.gap(end) == "" and self.words[end] == "." and self._is_number(end + 1):
                end += 2
            if self.gap(end) != "\n" and self.words[end].lower() in vocabulary.QUANTITIES:
                return j
            if self.gap(end) == "" and self.words[end] == "," and self._is_number(end + 1):
                return j
        for _ in range(2):
            suffixes = vocabulary.SUFFIXES if end > j else vocabulary.LONE_SUFFIXES
            if self.gap(end) == " " and self.words[end] in suffixes:
                end += 1
        return end

    def _is_number(self, i: int) -> bool:
        return self.gap(i) == "" and self.words[i].isdigit()

    def is_other_person(self, i: int, ends: frozenset[int]) -> bool:
        """Whether the surname at token i follows another first name or initial ("Kimbal Musk").

        ends: where names that are no person's end, so that in "Tesla Musk" and "on X. Musk" there is
            no other first name.
        """
        if i < 2 and self.gap(i) != " ":
            return False
        previous = self.words[i - 1]
        if previous == "." and i > 1 and self.gap(i) == " " and self.gap(i - 1) == "":
            initial = self.words[i - 2]
            return len(initial) == 1 and initial.isupper() and i - 1 not in ends
        if self.gap(i) != " " or i in ends or not _is_name_like(previous):
            return False
        if previous.lower() in vocabulary.NOT_FIRST_NAMES or previous.endswith("ing"):
            return False
        # "Court Orders Musk": where every word has a capital, only the rule's own names can tell.
        return not self.is_title_case(i, i + 1)

    def is_in_longer_name(
        self, i: int, j: int, starts: frozenset[int], ends: frozenset[int]
    ) -> bool:
        """Whether a capitalised word that is no known name stands beside tokens i to j ("Malcolm X")."""
        if self.is_title_case(i, j):
            return False
        before = self.words[i - 1] if self.gap(i) == " " and i not in ends else "a"
        after = self.words[j] if self.gap(j) == " " and j not in starts else "a"
        return any(
            _is_name_like(word) and word.lower() not in vocabulary.NOT_FIRST_NAMES
            for word in (before, after)
        )

    def is_hyphenated(self, i: int, j: int, starts: frozenset[int], ends: frozenset[int]) -> bool:
        """Whether a hyphen makes tokens i to j part of another word: "X-ray", not "X-owned", "ex-Apple"."""
        if self.gap(j) == "" and self.words[j] == "-" and self.gap(j + 1) == "":
            word = self.words[j + 1].lower()
            if word not in vocabulary.HYPHEN_AFTER and j + 1 not in starts:
                return True
        if self.gap(i) == "" and self.words[i - 1] == "-" and i > 1 and self.gap(i - 1) == "":
            word = self.words[i - 2].lower()
            return word not in vocabulary.HYPHEN_BEFORE and i - 1 not in ends
        return False

    def is_address(self, j: int) -> bool:
        """Whether a name that ends at token j goes on as a host name ("Tesla.com")."""
        return (
            self.gap(j) == ""
            and self.gap(j + 1) == ""
            and self.words[j] == "."
            and self.words[j + 1] in vocabulary.DOMAINS
        )


def within(positions: list[int], start: int, end: int) -> bool:
    """Whether one of the sorted positions is in start to end, end exclusive."""
    k = bisect_left(positions, start)
    return k < len(positions) and positions[k] < end
