"""Linking: which names of an article are one entity, and which entity that is.

First what the gazetteer knows and what the model sees are brought together; then each name is
resolved: as a known entity, as another name of something that the article spells out, or as a new
entity under the fullest name that the article gives it. A surname alone, or a name of which the
model is unsure, stays a mention without an entity: none is better than a wrong one.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from string import capwords

from archive.names import fold
from archive.reasons import another
from archive.records import EntityType, Mention
from summarize.detector import Span
from summarize.gazetteer import Gazetteer
from summarize.merging import Name, agree, merge
from summarize.people import People
from summarize.reading import Candidate
from summarize.repeats import repeated
from summarize.spelled_out import Abbreviations
from summarize.vocabulary import DOMAINS

#: Goes into the model's parameters: raise it when the same spans would give other links.
LINKER_VERSION = 4
#: A name that no one knows becomes an entity only if the model is this sure at its best place.
_SURE = 0.7
#: ... or, of a person or a place, this sure, where the words around speak against the listed sense.
_OTHER_SENSE = 0.5
#: ... and a name that the gazetteer's own rules passed over is its entity only if it is this sure.
_MEANT = 0.8
#: ... or this sure, where the name is an ambiguous word that needs evidence.
_SURELY_MEANT = 0.93
_SENTENCE_START = re.compile(r"(?:^|[.!?:][\"”’)]*\s+|\n|[\"“])$")
#: What is written in capitals and names nothing.
_COMMON = frozenset(
    """
    pc pcs tv tvs ai api apis ceo cto cfo cpu gpu gpus app apps vpn url wifi usa it ipo ev evs
    startup startups datacenter datacenters internet web hr pr faq sms qrcode llm llms
    """.split()
)
#: Capitals of so many letters are a place's way of standing in a dateline, fewer an abbreviation.
_SHOUTED = 5
_DATELINE = re.compile(r"(?:, [\w. ]{2,20})? (?:\([^()\n]{2,30}\) )?(?:—|–|-{1,2}) ")
#: What makes a host name of the word before it.
_ADDRESS = re.compile(rf"\.(?:{'|'.join(sorted(DOMAINS))})\b")
#: A product or a work written in small letters is one only if the model is this sure.
_SMALL_LETTERS = 0.9
#: Types that may stand for each other: a service and its company are often not to be told apart.
_LIKE: dict[EntityType, frozenset[EntityType]] = {
    "organization": frozenset({"organization", "product"}),
    "product": frozenset({"product", "organization", "work"}),
    "work": frozenset({"work", "product", "other"}),
    "other": frozenset({"other", "work", "product"}),
    "person": frozenset({"person"}),
    "place": frozenset({"place"}),
}
Key = tuple[str, EntityType]


def link(
    text: str, published_on: date | None, spans: Sequence[Span], gazetteer: Gazetteer
) -> list[Mention]:
    """The mentions of a text, in order, not overlapping.

    Args:
        published_on: decides between names that changed hands; None counts as today (UTC).
        spans: the names that the model sees.
    """
    day = published_on or datetime.now(UTC).date()
    known, passed_over = gazetteer.read(text, day)
    if not spans:
        return known
    seen = [span for span in spans if _is_plausible(text, span)]
    names = repeated(text, agree(merge(text, known, seen)))
    return _Linker(text, names, gazetteer, day.isoformat(), passed_over).mentions()


def _is_plausible(text: str, span: Span) -> bool:
    """Whether a span may be a name: no part of an address, no thing in small letters without certainty."""
    surface = text[span.start : span.end]
    if _ADDRESS.match(text, span.end - (surface[-1] == ".")):
        return False
    is_thing = span.type in ("product", "work", "other")
    return not (is_thing and surface.islower()) or span.score >= _SMALL_LETTERS


class _Linker:
    """Resolves the names of one text; used once."""

    def __init__(
        self,
        text: str,
        names: list[Name],
        gazetteer: Gazetteer,
        day: str,
        passed_over: frozenset[tuple[int, Key]],
    ) -> None:
        self._text = text
        self._names = names
        self._gazetteer = gazetteer
        self._day = day
        self._passed_over = passed_over
        self._forbidden_at = {start for start, _ in passed_over}
        self._people = People(names)
        self._short = Abbreviations(text, names)
        self._best: dict[tuple[str, EntityType], float] = {}
        for name in names:
            key = fold(name.surface), name.type
            self._best[key] = max(self._best.get(key, 0.0), name.score)
        self._spelling = self._fullest()

    def mentions(self) -> list[Mention]:
        """Each name with what it means, or None."""
        return [
            Mention(
                n.start,
                n.end,
                n.surface,
                key[1] if key else n.type,
                key and key[0],
                n.score,
                (*n.reason, *why),
            )
            for n in self._names
            for key, why in [(n.known, ()) if n.known else self._resolve(n)]
        ]

    def _resolve(self, name: Name) -> tuple[Key | None, tuple[str, ...]]:
        """Whom a name means that the gazetteer's rules have not settled, and why."""
        if name.type == "person":
            full = self._people.full_name(name)
        else:
            full = self._short.long_name(name) or name
        if full is None:
            return None, ("alone",)
        if forbidden := self._forbidden(name):
            return None, (f"forbidden={another(*forbidden)}",)
        code = "full" if name.type == "person" else "short"
        is_other = fold(full.surface) != fold(name.surface)
        why = (f"{code}={tidy(full.surface)}",) if is_other else ()
        if full.known:
            return full.known, why or ("listed",)
        if key := self._listed(full):
            return key, (*why, "listed")
        if key := self._new(full):
            return key, (*why, "new")
        return None, (*why, "unsure" if is_a_name(full.surface, full.type) else "common")

    def _forbidden(self, name: Name) -> Key | None:
        """The entity of which the gazetteer's rules say that it is not meant, though the model may think so."""
        return next(
            (
                candidate.key
                for candidate in self._gazetteer.named(fold(name.surface), self._day)
                if candidate.key[1] in _LIKE[name.type]
                and (name.start, candidate.key) in self._passed_over
            ),
            None,
        )

    def _listed(self, name: Name) -> Key | None:
        """The gazetteer's entity of that name and a fitting type, if there is but one."""
        score = self._best[fold(name.surface), name.type]
        like = _LIKE[name.type]
        fitting: list[Key] = [
            candidate.key
            for candidate in self._gazetteer.named(fold(name.surface), self._day)
            if candidate.entity.type in like and self._is_meant(name, candidate, score)
        ]
        same: list[Key] = [key for key in fitting if key[1] == name.type]
        chosen: dict[Key, None] = dict.fromkeys(same or fitting)
        return next(iter(chosen)) if len(chosen) == 1 else None

    def _is_meant(self, name: Name, candidate: Candidate, score: float) -> bool:
        """Whether the model's word is enough to take a name for an entity that no rule has found."""
        if candidate.rule is None or not candidate.rule.is_conditional:
            return score >= _MEANT
        # An ambiguous word: small letters, or the capital of a sentence's first word, say nothing.
        if candidate.entity.type == "person" or name.surface.islower():
            return False
        return score >= _SURELY_MEANT and not _SENTENCE_START.search(self._text, 0, name.start)

    def _new(self, name: Name) -> Key | None:
        """An entity of its own, under the spelling that the article uses first."""
        folded = fold(name.surface)
        is_other_sense = name.type in ("person", "place") and name.start in self._forbidden_at
        least = _OTHER_SENSE if is_other_sense else _SURE
        if self._best[folded, name.type] < least or not is_a_name(name.surface, name.type):
            return None
        key: Key = self._spelling[folded, name.type], name.type
        # One that is listed, but was not meant by its rules, is not to come in by this door.
        return None if self._gazetteer.entity(*key).aliases else key

    def _fullest(self) -> dict[tuple[str, EntityType], str]:
        """For each name, folded, the way it is written first, rather not in capitals throughout."""
        spelling: dict[tuple[str, EntityType], str] = {}
        for name in sorted(self._names, key=lambda n: " " in n.surface and n.surface.isupper()):
            spelling.setdefault((fold(name.surface), name.type), self._written(name))
        return spelling

    def _written(self, name: Name) -> str:
        """A name as its entity is to be called: of a dateline ("WASHINGTON —") not in capitals."""
        surface = tidy(name.surface)
        if not surface.isupper() or len(surface) < _SHOUTED:
            return surface
        begins_a_line = self._text[: name.start][-1:] in ("", "\n")
        is_dateline = begins_a_line and _DATELINE.match(self._text, name.end)
        return capwords(surface) if is_dateline or name.type == "place" else surface


def is_a_name(surface: str, kind: EntityType) -> bool:
    """Whether a surface can name a new entity: it has a capital, and is more than a letter or a common noun."""
    if fold(surface) in _COMMON:
        return False
    letters = [c for c in surface if c.isalpha()]
    if len(surface) > 80 or len(letters) < 2 or not any(c.isupper() for c in letters):
        return False
    return not (surface.startswith(("@", "#", "http")) or (kind == "person" and "@" in surface))


def tidy(surface: str) -> str:
    """A surface as the name of an entity: one space between words, no possessive, no "the"."""
    words = surface.replace("’", "'").split()
    name = " ".join(words).removesuffix("'s").rstrip("'")
    return name[4:] if name.startswith("the ") else name
