"""What people's decisions make of a name: pure functions, asked of each mention of an article.

Decisions hold in the order in which they were made, each on what those before it have left. So what
a mention means follows from what the tagger said and from the decisions that stand, and from nothing
else: one that is undone is as if it had never been, and an article that is tagged again comes out the same.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from archive.names import words_of
from archive.records import EntityType

DecisionKind = Literal["merge", "split", "rename", "alias", "unalias", "ignore"]
KINDS: tuple[DecisionKind, ...] = ("merge", "split", "rename", "alias", "unalias", "ignore")

#: An alias: the name, the days from which and until which it held, and where it is from.
AliasRow = tuple[str, str | None, str | None, str]

#: Between two words of a name texts may have any white space, and any of the apostrophes.
_SPACE = re.compile(r"\s+")
_APOSTROPHE = re.compile("['’ʼ]")


@dataclass(frozen=True)
class Decision:
    """One decision: a row of `decisions`.

    Attributes:
        kind: merge (entity_id is target_id), split (some mentions of entity_id are target_id),
            rename (entity_id is called name and is a type), alias, unalias (entity_id is, or is
            not, called name), ignore (name is no entity, or not entity_id).
        surfaces, articles: what a split is about, as written and by URL; empty for all.
        valid_from, valid_until: ISO days of publication, the second exclusive; None for open.
        removed: the aliases that an unalias took away: alias, from, until, origin.
    """

    id: int
    kind: DecisionKind
    entity_id: int | None
    target_id: int | None = None
    name: str | None = None
    type: EntityType | None = None
    surfaces: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    valid_from: str | None = None
    valid_until: str | None = None
    made_at: str = ""
    made_by: str = ""
    note: str | None = None
    undone_at: str | None = None
    undone_by: str | None = None
    removed: tuple[AliasRow, ...] = ()

    def holds_on(self, day: str) -> bool:
        """Whether it is about articles of an ISO day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day < self.valid_until
        )


@dataclass(frozen=True)
class Verdict:
    """Whom a mention means after all decisions, and the last that had a say (None: no decision)."""

    entity_id: int | None
    decision_id: int | None = None


@dataclass(frozen=True)
class Place:
    """The article in which a name stands: its URL and its ISO day."""

    url: str
    day: str


class Rulings:
    """Decisions that stand, ready to be asked of many mentions."""

    def __init__(self, decisions: Iterable[Decision]) -> None:
        self._by_entity: dict[int, list[Decision]] = {}
        self._by_words: dict[str, list[Decision]] = {}
        self._surfaces: dict[int, frozenset[str]] = {}
        #: Names that decisions have taken from entities, and the aliases that are gone by that.
        self.unaliased: set[tuple[int, str]] = set()
        self.removed: set[tuple[int, AliasRow]] = set()
        names: dict[str, None] = {}
        for one in sorted(decisions, key=lambda d: d.id):
            if one.kind == "rename":
                continue
            if one.kind in ("merge", "split") or one.name is None:
                self._by_entity.setdefault(one.entity_id or 0, []).append(one)
                self._surfaces[one.id] = frozenset(map(words_of, one.surfaces))
            else:
                self._by_words.setdefault(words_of(one.name), []).append(one)
            if one.kind == "alias" and one.name:
                names[one.name] = None
            if one.kind == "unalias" and one.name and one.entity_id is not None:
                self.unaliased.add((one.entity_id, words_of(one.name)))
                self.removed |= {(one.entity_id, row) for row in one.removed}
        self._wanted = _pattern(names)

    def __bool__(self) -> bool:
        return bool(self._by_entity or self._by_words)

    def verdict(self, surface: str, entity_id: int | None, place: Place) -> Verdict:
        """What a mention means for which the tagger said `entity_id`."""
        words = words_of(surface)
        by_words = self._by_words.get(words, ())
        at, decided = -1, None
        while True:
            by_entity = self._by_entity.get(entity_id, ()) if entity_id is not None else ()
            following = [d for d in (*by_words, *by_entity) if d.id > at]
            following = [d for d in following if self._is_about(d, words, entity_id, place)]
            if not following:
                return Verdict(entity_id, decided)
            one = min(following, key=lambda d: d.id)
            at = one.id
            meant = _meant(one)
            if meant != entity_id or one.kind == "ignore":
                entity_id, decided = meant, one.id

    def _is_about(self, one: Decision, words: str, entity_id: int | None, place: Place) -> bool:
        if one.kind == "alias":
            return one.holds_on(place.day)
        if one.entity_id is not None and one.entity_id != entity_id:
            return False
        if one.kind == "unalias":
            return one.holds_on(place.day)
        surfaces = self._surfaces.get(one.id)
        if surfaces and words not in surfaces:
            return False
        return not one.articles or place.url in one.articles

    def added_names(
        self, text: str, taken: Sequence[tuple[int, int]]
    ) -> Iterator[tuple[int, int, str]]:
        """Where a text has names that decisions gave somebody, outside the stretches taken.

        taken: start and end of what is a mention already, in order.
        """
        if self._wanted is None:
            return
        at = 0
        for match in self._wanted.finditer(text):
            while at < len(taken) and taken[at][1] <= match.start():
                at += 1
            if at == len(taken) or match.end() <= taken[at][0]:
                yield match.start(), match.end(), match.group()


def _meant(one: Decision) -> int | None:
    if one.kind in ("merge", "split"):
        return one.target_id
    return one.entity_id if one.kind == "alias" else None


def _pattern(names: Iterable[str]) -> re.Pattern[str] | None:
    """What finds these names as whole words, as they are written, the longest first."""
    parts = []
    for name in sorted(names, key=lambda n: (-len(n), n)):
        words = [_APOSTROPHE.sub("['’ʼ]", re.escape(word)) for word in _SPACE.split(name.strip())]
        parts.append(r"\s+".join(words))
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)") if parts else None
