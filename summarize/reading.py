"""One text and the names found in it: three rounds that decide which of them are mentions.

First the names that need no evidence; then those whose own neighbourhood speaks for them; last those
whose entity the text has named already, since a word seldom changes its sense within an article.
"""

import re
from bisect import bisect_left, insort
from dataclasses import dataclass, field

from archive.reasons import another
from archive.records import Alias, Entity, EntityType, Mention
from summarize.sense import WINDOW, Phrase, Rule, TextView, within

_SURE, _DEFAULT, _BESIDE, _NEAR, _ELSEWHERE = 1.0, 0.95, 0.9, 0.8, 0.7
#: Between the tokens of a phrase, where no space is written.
_JOINED = re.compile(r" ?([-']) ?")
#: How much speaks for a candidate, and what, as `archive.reasons` tells it.
_Evidence = tuple[float, str]
_NONE: _Evidence = (0.0, "")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A name of an entity, and the rule by which it means that entity."""

    entity: Entity
    alias: Alias
    rule: Rule | None

    @property
    def key(self) -> tuple[str, EntityType]:
        """What tells the entity from every other."""
        return self.entity.name, self.entity.type

    @property
    def is_surname(self) -> bool:
        """Whether the name is a single word for a person, which a first name can turn into another."""
        alias = self.alias.alias
        is_word = " " not in alias and not alias.startswith("@")
        return self.entity.type == "person" and is_word and alias != self.entity.name

    @property
    def is_full_name(self) -> bool:
        """Whether the name stands for a person without another name near."""
        return self.entity.type == "person" and not self.is_surname

    def exists_by(self, day: str) -> bool:
        """Whether the name was in use on an ISO day, or before it."""
        return self.alias.valid_from is None or self.alias.valid_from <= day

    def holds_on(self, day: str) -> bool:
        """Whether the name was in use on an ISO day; `until` is the first day on which it was not."""
        until = self.alias.valid_until
        return self.exists_by(day) and (until is None or day < until)


@dataclass(frozen=True, slots=True)
class Option:
    """A name in the text up to token `end`, or `version_end` where a version belongs to it."""

    end: int
    version_end: int
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where names start; the longest name first."""

    start: int
    options: tuple[Option, ...]


@dataclass(slots=True)
class _Known:
    """What the text is known to name: start offsets, sorted, by entity."""

    full_names: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    by_name: dict[str, list[int]] = field(default_factory=dict)
    things: list[int] = field(default_factory=list)


class Reading:
    """Decides the hits of one text; used once."""

    def __init__(self, view: TextView, hits: list[Hit]) -> None:
        self._view = view
        self._hits = hits
        self._starts = frozenset(hit.start for hit in hits)
        things = (o for hit in hits for o in hit.options[:1])
        self._ends = frozenset(
            option.version_end
            for option in things
            if any(candidate.entity.type != "person" for candidate in option.candidates)
        )
        self._known = _Known()
        #: Where a rule forbids a name: the start, and the entity that is not meant.
        self.forbidden: set[tuple[int, tuple[str, EntityType]]] = set()

    def mentions(self) -> list[Mention]:
        """The mentions, in order."""
        found: dict[int, tuple[Mention, Candidate]] = {}
        pending: list[tuple[Hit, Option, list[Candidate]]] = []
        for hit in self._hits:
            option, allowed = self._first_allowed(hit)
            if option is None:
                continue
            free = [c for c in allowed if c.rule is None or not c.rule.is_conditional]
            if len(free) == 1 == len(allowed):
                self._note(hit, free[0])
                found[hit.start] = self._mention(hit, option, free[0], self._free(free[0]))
            else:
                pending.append((hit, option, allowed))
        # Surnames last: the full names that they lean on may need evidence themselves.
        pending.sort(key=lambda entry: all(c.rule and c.rule.with_name for c in entry[2]))
        undecided: list[tuple[Hit, Option, list[Candidate]]] = []
        for hit, option, allowed in pending:
            best = self._best(hit, option, allowed)
            if best is None:
                undecided.append((hit, option, allowed))
                continue
            found[hit.start] = self._mention(hit, option, *best)
            if best[0].is_full_name:
                self._note_name(hit, best[0])
        named = {candidate.key for _, candidate in found.values()}
        for hit, option, allowed in undecided:
            known = [c for c in allowed if c.key in named and not (c.rule and c.rule.with_name)]
            if len(known) == 1:
                found[hit.start] = self._mention(hit, option, known[0], (_ELSEWHERE, "elsewhere"))
        return [found[start][0] for start in sorted(found)]

    def _first_allowed(self, hit: Hit) -> tuple[Option | None, list[Candidate]]:
        """The longest name that nothing forbids, and whom it may mean."""
        for option in hit.options:
            allowed = []
            for candidate in option.candidates:
                if self._is_forbidden(hit.start, option, candidate):
                    self.forbidden.add((self._view.starts[hit.start], candidate.key))
                else:
                    allowed.append(candidate)
            if allowed:
                return option, allowed
        return None, []

    def _is_forbidden(self, i: int, option: Option, candidate: Candidate) -> bool:
        view, rule, j = self._view, candidate.rule, option.end
        if candidate.is_surname and view.is_other_person(i, self._ends):
            return True
        if rule is None:
            return False
        if not rule.not_after.isdisjoint(view.phrases_before(i)):
            return True
        if not rule.not_before.isdisjoint(view.phrases_after(j)):
            return True
        if candidate.is_surname:
            return False
        if view.is_hyphenated(i, j, self._starts, self._ends):
            return True
        if self._beside(i, option, rule):
            return False
        if rule.lone and view.is_in_longer_name(i, j, self._starts, self._ends):
            return True
        return bool(rule.unless) and view.has_near(rule.unless, i, j)

    def _beside(self, i: int, option: Option, rule: Rule) -> str:
        """What next to the name speaks for it, as `archive.reasons` tells it; "" if nothing does."""
        view = self._view
        if rule.versions and option.version_end > option.end:
            return "version"
        for phrases, found in (
            (rule.after, view.phrases_before(i)),
            (rule.before, view.phrases_after(option.end)),
        ):
            if not phrases.isdisjoint(found):
                return f"beside={_written(next(one for one in found if one in phrases))}"
        # A handle or a hashtag is written by someone who means a name.
        is_handle = view.gap(i) == "" and view.words[i - 1] in "@#" and not rule.with_name
        return "handle" if is_handle else ""

    def _best(
        self, hit: Hit, option: Option, allowed: list[Candidate]
    ) -> tuple[Candidate, _Evidence] | None:
        """The one candidate with the strongest evidence; None if there is none, or two are equal."""
        found = [(self._evidence(hit.start, option, c), c) for c in allowed]
        if all(c.rule and c.rule.with_name for c in allowed):
            return self._last_named(hit, [c for evidence, c in found if evidence[0]])
        top = max(evidence[0] for evidence, _ in found)
        best = [(c, evidence) for evidence, c in found if evidence[0] == top]
        return best[0] if top and len(best) == 1 else None

    def _evidence(self, i: int, option: Option, candidate: Candidate) -> _Evidence:
        view, rule, j = self._view, candidate.rule, option.end
        if rule is None or not rule.is_conditional:
            # The sense without evidence gives way to one that has some.
            return _ELSEWHERE, "default"
        if rule.with_name:
            return _named(candidate) if candidate.key in self._known.full_names else _NONE
        if beside := self._beside(i, option, rule):
            return _BESIDE, beside
        if rule.capital and not view.starts_sentence(i) and not view.is_title_case(i, j):
            return _BESIDE, "capital"
        start, end = view.starts[i] - WINDOW, view.ends[j - 1] + WINDOW
        near = view.near(rule.needs, i, j) or next(
            (n for n in rule.needs_entities if within(self._known.by_name.get(n, []), start, end)),
            "",
        )
        if not near and rule.near_entity and within(self._known.things, start, end):
            near = "an organization or a product"
        return (_NEAR, f"near={near}") if near else _NONE

    def _last_named(
        self, hit: Hit, candidates: list[Candidate]
    ) -> tuple[Candidate, _Evidence] | None:
        """Of several people with that surname, the one whose full name came last before it."""
        if not candidates:
            return None
        at = self._view.starts[hit.start]

        def last(candidate: Candidate) -> int:
            places = self._known.full_names[candidate.key]
            k = bisect_left(places, at)
            return places[k - 1] if k else -places[0]

        best = max(candidates, key=last)
        return best, _named(best)

    def _note(self, hit: Hit, candidate: Candidate) -> None:
        """Remember a sure mention as evidence for others."""
        start = self._view.starts[hit.start]
        self._known.by_name.setdefault(candidate.entity.name, []).append(start)
        if candidate.is_full_name:
            self._note_name(hit, candidate)
        if candidate.entity.type in ("organization", "product"):
            self._known.things.append(start)

    def _note_name(self, hit: Hit, candidate: Candidate) -> None:
        insort(self._known.full_names.setdefault(candidate.key, []), self._view.starts[hit.start])

    def _free(self, candidate: Candidate) -> _Evidence:
        forbids = candidate.rule is not None and candidate.rule.forbids
        is_one_of_several = forbids or candidate.is_surname
        return (_DEFAULT, "default") if is_one_of_several else (_SURE, "only")

    def _mention(
        self, hit: Hit, option: Option, candidate: Candidate, evidence: _Evidence
    ) -> tuple[Mention, Candidate]:
        has_version = candidate.rule is not None and candidate.rule.versions
        last = (option.version_end if has_version else option.end) - 1
        start, end = self._view.starts[hit.start], self._view.ends[last]
        entity = candidate.entity
        surface = self._view.text[start:end]
        score, why = evidence
        others = {c.key: None for c in option.candidates if c.key != candidate.key}
        reason = ("list", why, *(f"not={another(*key)}" for key in others))
        return Mention(start, end, surface, entity.type, entity.name, score, reason), candidate


def _written(phrase: Phrase) -> str:
    """A phrase of tokens as people write it."""
    return _JOINED.sub(r"\1", " ".join(phrase))


def _named(candidate: Candidate) -> _Evidence:
    """The evidence for a surname whose full name the text has."""
    return _BESIDE, f"full={candidate.entity.name}"
