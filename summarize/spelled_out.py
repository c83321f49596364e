"""Short names that an article itself explains: acronyms, and the first word of a long name."""

import re
from collections.abc import Sequence

from archive.names import fold
from archive.records import EntityType
from summarize.merging import Name

_SMALL = frozenset({"of", "the", "and", "for", "in", "on", "de", "a", "an", "to", "&"})
_WORD = re.compile(r"[^\W_]+")
#: First words that say too little to stand for a name.
_GENERAL = frozenset(
    """
    american national international united european british federal first new general royal
    global world digital social great south north east west university bank department ministry
    office institute committee commission association house supreme high court federation society
    center centre council board union league party foundation college school open big the us uk
    san los las data cloud
    """.split()
)
#: Last words that stand for a name once it has been given in full: "the Commission".
_BODIES = frozenset(
    """
    commission department agency bank court ministry council committee university institute
    foundation association bureau authority union parliament senate
    """.split()
)


class Abbreviations:
    """The short names of one article."""

    def __init__(self, text: str, names: Sequence[Name]) -> None:
        self._long: dict[str, list[Name]] = {}
        self._answers: dict[tuple[str, EntityType], Name | None] = {}
        long = [n for n in names if n.type != "person" and len(_words(n.surface)) > 1]
        for name in long:
            for key in _short_forms(name, text):
                self._long.setdefault(key, []).append(name)

    def long_name(self, name: Name) -> Name | None:
        """The long name that a short one stands for in this article; None if there is none, or two."""
        key = name.surface, name.type
        if key not in self._answers:
            self._answers[key] = self._find(name)
        return self._answers[key]

    def _find(self, name: Name) -> Name | None:
        words = _words(name.surface)
        if len(words) != 1:
            return None
        found = [
            n
            for n in self._long.get(words[0], [])
            if n.surface != name.surface and _fits(n.type, name.type)
        ]
        different = {fold(n.surface) for n in found}
        if len(different) != 1:
            return None
        return next((n for n in found if n.known), found[0])


def bodies_of(names: Sequence[Name]) -> dict[str, Name]:
    """The last words of organizations that may stand for them, "Commission", where only one has it."""
    found: dict[str, dict[str, Name]] = {}
    for name in names:
        words = _words(name.surface)
        if name.type == "organization" and len(words) > 1 and words[-1].lower() in _BODIES:
            found.setdefault(words[-1], {})[fold(name.surface)] = name
    return {body: next(iter(all_.values())) for body, all_ in found.items() if len(all_) == 1}


def _short_forms(name: Name, text: str) -> set[str]:
    """What may stand for a long name later: its initials, what follows it in brackets, its first word."""
    words = _words(name.surface)
    heads = [word for word in words if word.lower() not in _SMALL]
    forms = {"".join(word[0] for word in heads).upper(), "".join(word[0] for word in words).upper()}
    forms = {form for form in forms if len(form) >= 3}
    bracket = re.match(r"\s?\(([A-Z][\w.&-]{1,9})\)", text[name.end : name.end + 14])
    if bracket:
        forms.add(bracket[1].replace(".", ""))
    first = words[0]
    is_telling = len(first) > 3 and first[0].isupper() and first.lower() not in _GENERAL
    if name.type == "organization" and name.known is None and is_telling:
        forms.add(first)
    if name.type == "organization" and words[-1].lower() in _BODIES:
        forms.add(words[-1])
    return forms


def _words(surface: str) -> list[str]:
    words = _WORD.findall(surface.replace("’s", "").replace("'s", "").replace(".", ""))
    return words[1:] if len(words) > 1 and words[0].lower() == "the" else words


def _fits(long: EntityType, short: EntityType) -> bool:
    both = {long, short}
    return (
        long == short or both <= {"organization", "product"} or both <= {"work", "other", "product"}
    )
