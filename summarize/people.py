"""People in an article: full names, and the surnames, first names and initials that stand for them."""

import unicodedata
from collections.abc import Sequence

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


class People:
    """The full names of one article."""

    def __init__(self, names: Sequence[Name]) -> None:
        self._full: list[tuple[tuple[str, ...], Name]] = []
        for name in names:
            if name.type != "person":
                continue
            words = parts(name.known[0] if name.known else name.surface)
            if len(words) > 1 and len(words[0]) > 1:
                self._full.append((words, name))

    def full_name(self, name: Name) -> Name | None:
        """The full name that a name of a person stands for; None where the article gives none, or two.

        Of several people with one surname it is the one whose full name came last before it.
        """
        words = parts(name.surface)
        if not words:
            return None
        fits = [(full, other) for full, other in self._full if is_same(words, full)]
        people: dict[tuple[str, str], list[Name]] = {}
        for full, other in fits:
            people.setdefault((full[0], full[-1]), []).append(other)
        if not people:
            # "MrBeast", "xQc": a name that no first name goes with.
            is_initial = len(words) == 2 and len(words[0]) == 1
            return name if (len(words) > 1 and not is_initial) or _is_handle(name.surface) else None
        if len(people) == 1:
            return _first_known(next(iter(people.values())))
        before = [
            (other.start, key)
            for key, all_ in people.items()
            for other in all_
            if other.start < name.start
        ]
        return _first_known(people[max(before)[1]]) if before else None


def _first_known(names: list[Name]) -> Name:
    """One name for all of a person: one that the gazetteer knows, else the fullest, else the first."""
    return next(
        (n for n in names if n.known), max(names, key=lambda n: (len(parts(n.surface)), -n.start))
    )


def _is_handle(surface: str) -> bool:
    inner = surface[1:]
    if " " in surface:
        return False
    return any(c.isdigit() for c in surface) or (
        any(c.isupper() for c in inner) and not surface.isupper()
    )
