"""One name across an article: where the model has overlooked a name that it saw elsewhere."""

import re
from collections.abc import Sequence

from summarize.merging import Name
from summarize.people import parts
from summarize.spelled_out import bodies_of

#: A name that was seen with this score somewhere is one wherever it stands; what is added has _ADDED.
_SEEN = 0.9
_ADDED = 0.75
_SHORTEST = 4
_WORD = re.compile(r"[\w’'-]*\w")
#: After these, a word that is also somebody's surname is a place: "Kerry Washington lives in Washington".
_BEFORE_PLACES = re.compile(
    r"\b(?:in|to|from|near|at|across|outside|around|between|into)\s+$", re.I
)


def repeated(text: str, names: Sequence[Name]) -> list[Name]:
    """The names with those added that repeat one of them, in order; surnames of its people included.

    A surname that the model takes for a place or a company is the person's, unless the gazetteer
    knows it or the words before it speak for a place.
    """
    surnames = _surnames(names)
    for name in names:
        person = surnames.get(name.surface)
        is_elsewhere = _BEFORE_PLACES.search(text, max(0, name.start - 12), name.start)
        if person and name.known is None and name.type != "person" and not is_elsewhere:
            name.type, name.score = "person", min(name.score, person.score)
    wanted: dict[str, Name] = {
        name.surface: name
        for name in names
        if name.known is None
        and name.score >= _SEEN
        and len(name.surface) >= _SHORTEST
        and name.surface[0].isupper()
    }
    wanted = {**surnames, **wanted}
    bodies = bodies_of(names)
    if not wanted and not bodies:
        return list(names)
    # A word that the text also uses in small letters may stand at the beginning of a sentence.
    small = {word for word in _WORD.findall(text) if word.islower()}
    wanted = {surface: name for surface, name in wanted.items() if surface.lower() not in small}
    choices = [re.escape(surface) for surface in sorted(wanted, key=len, reverse=True)]
    choices += [rf"(?<=[Tt]he ){re.escape(body)}" for body in bodies]
    if not choices:
        return list(names)
    wanted.update(bodies)
    pattern = re.compile(rf"(?<![\w-])(?:{'|'.join(choices)})(?![\w-])")
    taken = [(name.start, name.end) for name in names]
    found = list(names)
    at = 0
    for match in pattern.finditer(text):
        while at < len(taken) and taken[at][1] <= match.start():
            at += 1
        if at < len(taken) and taken[at][0] < match.end():
            continue
        kind = wanted[match[0]].type
        found.append(Name(match.start(), match.end(), match[0], kind, _ADDED))
    return sorted(found, key=lambda name: name.start)


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
