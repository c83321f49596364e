"""What the gazetteer knows and what the model sees, brought together into one list of names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from archive.names import fold
from archive.reasons import another
from archive.records import EntityType, Mention
from summarize.detector import Span
from summarize.vocabulary import QUANTITIES

#: Words that only say which edition of a thing is meant.
_EDITION = re.compile(
    r"(?:pro|max|plus|ultra|mini|lite|air|se|xl|series|gen|edition|beta|preview|\W|[a-z]?\d[\w.]*)+$",
    re.I,
)
_WORD = re.compile(r"\w+|%")
#: A longer name of the model beats a part of it that the gazetteer knows from this score on.
_LONGER = 0.6
#: An ambiguous name is a person or a place, and not what the gazetteer's rules say, from this on.
_SENSE = 0.8
#: Names with this score are what they are; others follow the article's majority.
_CERTAIN = 0.9


@dataclass(slots=True)
class Name:
    """A name in a text. known: the entity that the gazetteer gives it."""

    start: int
    end: int
    surface: str
    type: EntityType
    score: float
    known: tuple[str, EntityType] | None = None
    reason: tuple[str, ...] = ("model",)


def merge(text: str, known: Sequence[Mention], spans: Sequence[Span]) -> list[Name]:
    """Known and seen names in order, not overlapping.

    A known name stays as it is, unless the model sees it within a longer one ("Amazon" in "Amazon
    Prime Day"); what the longer one adds may be a mere version, and then the entity is the same.
    """
    listed = [
        Name(m.start, m.end, m.surface, m.type, m.score, (m.entity, m.type), m.reason)
        for m in known
        if m.entity
    ]
    names: list[Name] = []
    taken = [False] * len(listed)
    at = 0
    for span in sorted(spans, key=lambda s: (s.start, s.end)):
        while at < len(listed) and listed[at].end <= span.start:
            at += 1
        over = []
        k = at
        while k < len(listed) and listed[k].start < span.end:
            over.append(k)
            k += 1
        seen = Name(span.start, span.end, text[span.start : span.end], span.type, span.score)
        if not over:
            names.append(seen)
        elif len(over) == 1 and _is_within(listed[over[0]], seen) and not taken[over[0]]:
            names.append(_longer(listed[over[0]], seen, text))
            taken[over[0]] = True
    names += [name for name, is_taken in zip(listed, taken, strict=True) if not is_taken]
    return sorted(names, key=lambda name: name.start)


def _is_within(part: Name, whole: Name) -> bool:
    return whole.start <= part.start and part.end <= whole.end


def _longer(part: Name, whole: Name, text: str) -> Name:
    """The one of two names, one within the other, that counts."""
    if whole.score < _LONGER:
        return part
    if (part.start, part.end) == (whole.start, whole.end):
        # A name with several senses ("Amazon"): the model has read the sentence.
        is_other = whole.type in ("person", "place") and part.type not in ("person", "place")
        if not (is_other and part.score < 1.0 and whole.score >= _SENSE):
            return part
        return _over(part, whole, "over")
    before = whole.surface[: part.start - whole.start]
    after = whole.surface[part.end - whole.start :]
    if not before.strip() and part.type == whole.type and _EDITION.fullmatch(after.strip()):
        following = _WORD.search(text, whole.end)
        if following and following[0].lower() in QUANTITIES:
            return part  # "iPhone 5 million"
        return replace(part, start=whole.start, end=whole.end, surface=whole.surface)
    if not any(c.isalpha() for c in before + after):
        return part
    # "the", a title or a common word in front adds nothing to a name.
    if not any(word[0].isupper() for word in (before + after).split()):
        return part
    return _over(part, whole, "longer")


def _over(part: Name, whole: Name, why: str) -> Name:
    """What the model reads in place of a listed name, with that in its reason."""
    detail = another(*part.known) if part.known else part.surface
    return replace(whole, reason=("model", f"{why}={detail}"))


def agree(names: list[Name]) -> list[Name]:
    """Give each name the type that it has in most of its places in the article, weighed by score."""
    votes: dict[str, dict[EntityType, float]] = {}
    for name in names:
        types = votes.setdefault(fold(name.surface), {})
        types[name.type] = types.get(name.type, 0.0) + name.score
    for name in names:
        types = votes[fold(name.surface)]
        best = max(types, key=lambda kind: (round(types[kind], 4), kind))
        if name.known is None and best != name.type and name.score < _CERTAIN:
            name.type = best
    return names
