"""One name across an article: where the model has overlooked a name that it saw elsewhere."""

import re
from collections.abc import Iterator, Sequence

from summarize.merging import Name
from summarize.people import parts
from summarize.sense import tokenize
from summarize.spelled_out import bodies_of

#: A name that was seen with this score somewhere is one wherever it stands; what is added has _ADDED.
_SEEN = 0.9
_ADDED = 0.75
_SHORTEST = 4
#: After these, a word that is also somebody's surname is a place: "Kerry Washington lives in Washington".
_BEFORE_PLACES = re.compile(
    r"\b(?:in|(?<!according )to|from|near|at|across|outside|around|between|into)\s+$", re.I
)
_INITIAL = re.compile(r"(?<!\w)([A-Z])\.\s?$")
_Key = tuple[str, ...]


def repeated(text: str, names: Sequence[Name]) -> list[Name]:
    """The names with those added that repeat one of them, in order; surnames of its people included.

    A surname that the model takes for a place or a company is the person's, unless the gazetteer
    knows it or the words before it speak for a place. "The Commission" repeats the one organization
    that ends so.
    """
    surnames = _surnames(names)
    for name in names:
        person = surnames.get(name.surface)
        is_elsewhere = _BEFORE_PLACES.search(text, max(0, name.start - 12), name.start)
        if person and name.known is None and name.type != "person" and not is_elsewhere:
            name.type, name.score = "person", min(name.score, person.score)
    wanted = {**surnames, **{name.surface: name for name in names if _is_sure(name)}}
    bodies = bodies_of(names)
    if not wanted and not bodies:
        return list(names)
    tokens = tokenize(text)
    # A word that the text also uses in small letters may stand at the beginning of a sentence.
    small = {word for word, _, _ in tokens if word.islower()}
    keys: dict[_Key, Name] = {}
    for surface, name in wanted.items():
        key = tuple(token[0] for token in tokenize(surface))
        if len(key) > 1 or surface.lower() not in small:
            keys.setdefault(key, name)
    found = [*names, *_places(text, tokens, keys, bodies, names)]
    return _with_initials(text, sorted(found, key=lambda name: name.start), surnames)


def _with_initials(text: str, names: list[Name], surnames: dict[str, Name]) -> list[Name]:
    """The names, an initial before a surname made part of it: "J. Halonen", where it is that person's."""
    kept: list[Name] = []
    for name in names:
        person = surnames.get(name.surface.removesuffix("’s").removesuffix("'s"))
        initial = _INITIAL.search(text, max(0, name.start - 4), name.start)
        if person and initial and name.type == "person" and person.surface[0] == initial[1]:
            name.start = initial.start(1)
            name.surface = text[name.start : name.end]
            if kept and kept[-1].start == name.start:
                kept.pop()  # the initial, taken for a name by itself
        kept.append(name)
    return kept


def _places(
    text: str,
    tokens: list[tuple[str, int, int]],
    keys: dict[_Key, Name],
    bodies: dict[str, Name],
    names: Sequence[Name],
) -> Iterator[Name]:
    """Where the text repeats a wanted name outside those it has: the longest one at each place."""
    words = [token[0] for token in tokens]
    # Looked up by their first word and length: a text may name thousands that begin alike.
    lengths: dict[str, set[int]] = {}
    for key in keys:
        lengths.setdefault(key[0], set()).add(len(key))
    taken = at = 0
    for i, (word, start, _) in enumerate(tokens):
        while at < len(names) and names[at].end <= start:
            at += 1
        if start < taken:
            continue
        here = (tuple(words[i : i + length]) for length in lengths.get(word, ()))
        if standing := [key for key in here if key in keys]:
            key = max(standing, key=len)
            name = keys[key]
        elif word in bodies and i and words[i - 1].lower() == "the":
            key, name = (word,), bodies[word]
        else:
            continue
        end = tokens[i + len(key) - 1][2]
        is_free = at == len(names) or names[at].start >= end
        if is_free and not (_joined(text, start - 1) or _joined(text, end)):
            yield Name(start, end, text[start:end], name.type, _ADDED, reason=("repeat",))
            taken = end


def _joined(text: str, at: int) -> bool:
    """Whether a hyphen there makes a name part of another word."""
    return 0 <= at < len(text) and text[at] in "-\u2010\u2011"


def _is_sure(name: Name) -> bool:
    surface = name.surface
    is_seen = name.known is None and name.score >= _SEEN
    return is_seen and len(surface) >= _SHORTEST and surface[0].isupper()


def _surnames(names: Sequence[Name]) -> dict[str, Name]:
    """The last words of the full names of people, as the text writes them."""
    found: dict[str, Name] = {}
    for name in names:
        last = name.surface.removesuffix("’s").removesuffix("'s").split()[-1]
        # The gazetteer has its own rules for the surnames of those whom it knows.
        is_full = name.type == "person" and name.known is None and len(parts(name.surface)) > 1
        if is_full and name.score >= _SEEN and len(last) >= _SHORTEST - 1 and last[0].isupper():
            found.setdefault(last, name)
    return found
