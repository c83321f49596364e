"""People in an article: full names, and the surnames, first names and initials that stand for them."""

import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from summarize.merging import Name

_TITLES = frozenset(
    """
    mr mrs ms miss dr prof professor sir dame lord lady judge justice sen senator rep
    representative gov governor president chancellor minister secretary general gen col capt
    captain king queen prince princess pope ceo chairman
    """.split()
)
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})


def parts(surface: str) -> tuple[str, ...]:
    """The words of a person's name, folded, without titles, suffixes and a possessive."""
    name = surface.replace("’", "'").removesuffix("'s").rstrip("'").lstrip("@#")
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(c for c in plain if not unicodedata.combining(c)).casefold()
    words = [word.strip(".,") for word in plain.replace(".", ". ").split()]
    words = [word for word in words if word and word not in _SUFFIXES]
    while len(words) > 1 and words[0] in _TITLES:
        words = words[1:]
    return tuple(words)


def is_same(short: tuple[str, ...], full: tuple[str, ...]) -> bool:
    """Whether a name can stand for a full one.

    A surname or a first name alone; an initial and the surname; first and last name without what
    is between them.
    """
    if short == full:
        return True
    if len(short) == 1:
        return short[0] in (full[-1], full[0]) or short == full[-2:]
    if short[-1] != full[-1]:
        # "van Rossum" for "Guido van Rossum" ends alike; all else is someone else.
        return False
    first, other = short[0], full[0]
    return first == other or ((len(first) == 1 or len(other) == 1) and first[0] == other[0]) or (
        len(short) < len(full) and short == full[-len(short) :]
    )  # fmt: skip


@dataclass(slots=True)
class _Person:
    """Someone under one form of a full name: where it stands, and the name to link by."""

    words: tuple[str, ...]
    name: Name
    starts: list[int] = field(default_factory=list)


class People:
    """The full names of one article."""

    def __init__(self, names: Sequence[Name]) -> None:
        people: dict[tuple[str, ...], _Person] = {}
        for name in names:
            if name.type != "person":
                continue
            words = parts(name.known[0] if name.known else name.surface)
            if len(words) > 1 and len(words[0]) > 1:
                person = people.setdefault(words, _Person(words, name))
                person.starts.append(name.start)
                if name.known and not person.name.known:
                    person.name = name
        self._by_word: dict[str, list[_Person]] = {}
        # "Van Der Beek" is the surname of James Van Der Beek, and nobody else's full name.
        surnames = {words[at:] for words in people for at in range(1, len(words) - 1)}
        for person in people.values():
            if person.words in surnames and not person.name.known:
                continue
            for word in dict.fromkeys((person.words[0], person.words[-1])):
                self._by_word.setdefault(word, []).append(person)

    def full_name(self, name: Name) -> Name | None:
        """The full name that a name of a person stands for; None where the article gives none.

        Of several people with one surname it is the one whose full name came last before it.
        """
        words = parts(name.surface)
        if not words:
            return None
        fits = [
            person for person in self._by_word.get(words[-1], ()) if is_same(words, person.words)
        ]
        if not fits:
            # "MrBeast", "xQc": a name that no first name goes with.
            is_initial = len(words) == 2 and len(words[0]) == 1
            return name if (len(words) > 1 and not is_initial) or _is_handle(name.surface) else None
        if len({(person.words[0], person.words[-1]) for person in fits}) == 1:
            return _best(fits)
        last = {person.words: bisect_left(person.starts, name.start) for person in fits}
        before = [person for person in fits if last[person.words]]
        if not before:
            return None
        nearest = max(before, key=lambda person: person.starts[last[person.words] - 1])
        ends = nearest.words[0], nearest.words[-1]
        return _best([person for person in fits if (person.words[0], person.words[-1]) == ends])


def _best(forms: list[_Person]) -> Name:
    """Of several forms of one full name the one that the gazetteer knows, else the fullest, the first."""
    known = next((person.name for person in forms if person.name.known), None)
    return known or max(forms, key=lambda p: (len(p.words), -p.starts[0])).name


def _is_handle(surface: str) -> bool:
    inner = surface[1:]
    if " " in surface:
        return False
    return any(c.isdigit() for c in surface) or (
        any(c.isupper() for c in inner) and not surface.isupper()
    )
