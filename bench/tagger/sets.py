"""Labelled sentences for the tagger: the public sets in a folder, and the project's own.

What a set never marks is left open: there a word may bear any of the labels that its annotators
would have passed over, and the loss sums over them.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from archive.records import ENTITY_TYPES, EntityType
from summarize.crf import LABELS, label_number
from summarize.words import split_words

OWN = Path(__file__).with_name("sentences.txt")
#: Sentences of all news and of the informal web, to measure with and never trained on.
APART = tuple(Path(__file__).with_name(name) for name in ("news.txt", "web.txt"))
_BRACKET = re.compile(r"\[([^\[\]|]+)\|([A-Z])\]")
_LETTERS: dict[str, EntityType] = {
    "P": "person",
    "O": "organization",
    "D": "product",
    "L": "place",
    "W": "work",
    "X": "other",
}
_COARSE: dict[str, EntityType] = {"PER": "person", "ORG": "organization", "LOC": "place"}
#: What a set's own label may be here; a type, several, or O beside them.
_FINE: dict[str, tuple[str, ...]] = {
    "product": ("product",),
    "creative-work": ("work", "product"),
    "book": ("work",), "poem": ("work",), "album": ("work",), "song": ("work",),
    "magazine": ("work", "organization"), "academicjournal": ("work", "organization"),
    "award": ("other",), "event": ("other",), "election": ("other",), "conference": ("other",),
    "programlang": ("product",),
    "misc": ("O", "other", "work", "product"),
    "astronomicalobject": ("O", "place"),
}  # fmt: skip
#: CrossNER's products include kinds of systems ("recommender system"): O is as good.
_CROSSNER_PRODUCT = ("O", "product", "other")


@dataclass(frozen=True)
class Labelled:
    """A sentence: its text, and for each of its words the numbers of the labels it may bear."""

    text: str
    words: tuple[str, ...]
    allowed: tuple[frozenset[int], ...]


def public_set(path: Path) -> Iterator[Labelled]:
    """The sentences of a file of {tokens, ner, coarse}, the tokens joined by spaces."""
    name = path.name.partition(".")[0]
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        tokens, fine, coarse = row["tokens"], row["ner"], row["coarse"]
        text = " ".join(tokens)
        options: list[tuple[str, str, str]] = []  # per token: B, I or O, its label, the set's own
        for f, c in zip(fine, coarse, strict=True):
            options.append((c[0] if c != "O" else f[0], c[2:], f[2:]))
        yield _label(text, tokens, options, name)


def _label(
    text: str, tokens: list[str], options: list[tuple[str, str, str]], name: str
) -> Labelled:
    found = split_words(text)
    allowed: list[frozenset[int]] = []
    at, end = 0, len(tokens[0])
    begun = -1
    for start in found.starts:
        while start >= end:
            at += 1
            end += 1 + len(tokens[at])
        bio, coarse, fine = options[at]
        kinds = _kinds(name, coarse, fine, tokens[at])
        here = "B" if bio == "B" and begun != at else "I"
        begun = at
        labels: set[int] = set()
        for kind in kinds:
            if kind == "O":
                labels.add(0)
            elif kind == "any":
                labels.update(range(len(LABELS)))
            elif kind.startswith("?"):
                labels.update(
                    (label_number("B", _kind(kind[1:])), label_number("I", _kind(kind[1:])))
                )
            else:
                labels.add(label_number(here, _kind(kind)))
        allowed.append(frozenset(labels))
    return Labelled(text, found.words, tuple(allowed))


def _kind(name: str) -> EntityType:
    return next(kind for kind in ENTITY_TYPES if kind == name)


def _kinds(name: str, coarse: str, fine: str, token: str) -> tuple[str, ...]:
    """What a token may be: types, "O", types that may begin or go on ("?"), "any"."""
    if name == "btc" and token[0] in "@#":
        return ("any",)
    if coarse in _COARSE:
        return (_COARSE[coarse],)
    if name.startswith("crossner") and fine == "product":
        return _CROSSNER_PRODUCT
    if fine in _FINE:
        return _FINE[fine]
    if name in ("btc", "uner_ewt"):
        return ("O", "?product", "?work", "?other")
    if name == "wnut17":
        return ("O", "?other")
    if name == "crossner_ai" or fine:
        return ("O", "?product", "?other")
    return ("O",)


def marked(line: str) -> tuple[str, list[tuple[int, int, EntityType]]]:
    """The text of a line with names in brackets, "[Meta|O] said", and the spans of the names."""
    text, spans, last = "", [], 0
    for match in _BRACKET.finditer(line):
        text += line[last : match.start()]
        start = len(text)
        text += match[1]
        spans.append((start, len(text), _LETTERS[match[2]]))
        last = match.end()
    return text + line[last:], spans


def own_set(lines: list[str]) -> Iterator[Labelled]:
    """The project's own sentences: every name is marked, all else is none."""
    for line in lines:
        text, spans = marked(line)
        found = split_words(text)
        labels = [0] * len(found.words)
        for start, end, kind in spans:
            inside = [n for n, at in enumerate(found.starts) if start <= at < end]
            if not inside or found.starts[inside[0]] != start or found.ends[inside[-1]] != end:
                raise ValueError(f"a name is not made of whole words: {line}")
            for n in inside:
                labels[n] = label_number("B" if n == inside[0] else "I", kind)
        yield Labelled(text, found.words, tuple(frozenset([label]) for label in labels))
