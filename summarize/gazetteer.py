"""The gazetteer: known names of tech news, found in text and resolved to their entities.

The names are in `data/gazetteer.jsonl`, one entity a line. Names are found by token, the longest
first; `summarize.sense` decides whether an ambiguous one is meant. No model, no network.
"""

import hashlib
import json
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from archive.errors import NewsarchiveError
from archive.names import fold
from archive.records import ENTITY_TYPES, Alias, Entity, EntityType, Mention
from summarize.reading import Candidate, Hit, Option, Reading
from summarize.sense import Rule, TextView, read_rule, tokenize

#: Goes into the revision: raise it when the same data would give other mentions.
MATCHER_VERSION = 2
_DATA = Path(__file__).parent / "data" / "gazetteer.jsonl"
_FIELDS = {"name", "type", "description", "aliases"}
_ALIAS_FIELDS = {"alias", "from", "until", "rule"}


class GazetteerError(NewsarchiveError):
    """The gazetteer's data cannot be used; the subject names file and line."""


class _Node:
    """A step in the tree of names. Keys are tokens, with a space in front where one is between."""

    __slots__ = ("names", "next")

    def __init__(self) -> None:
        self.next: dict[str, _Node] = {}
        self.names: list[Candidate] = []


_Line: TypeAlias = tuple[Entity, list[Candidate]]


class Gazetteer:
    """Names and their entities. Make one with `load`; it does not change and may be shared."""

    def __init__(self, lines: list[_Line], revision: str) -> None:
        self.revision = revision
        self._entities = {(entity.name, entity.type): entity for entity, _ in lines}
        self._roots: dict[str, _Node] = {}
        self._names = [name for _, names in lines for name in names]
        for name in self._names:
            self._add(name)

    @classmethod
    def load(cls, path: Path | None = None) -> "Gazetteer":
        """Read the data file (default: the one that comes with the package).

        Raises GazetteerError, naming file and line, if it cannot be read or a line is malformed.
        """
        path = path or _DATA
        try:
            data = path.read_bytes()
            text = data.decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise GazetteerError(str(path), f"cannot be read: {error}") from error
        lines: list[_Line] = []
        seen: set[tuple[str, str]] = set()
        for number, line in enumerate(text.split("\n"), 1):
            if not line.strip():
                continue
            try:
                entity, names = _read_line(line)
                if (entity.name, entity.type) in seen:
                    raise ValueError(f"{entity.name} ({entity.type}) is there twice")
            except ValueError as error:
                raise GazetteerError(
                    f"{path}, line {number}", str(error), "See summarize/data/README.md."
                ) from error
            seen.add((entity.name, entity.type))
            lines.append((entity, names))
        digest = hashlib.sha256(data).hexdigest()[:12]
        return cls(lines, f"{digest}.{MATCHER_VERSION}")

    @property
    def entities(self) -> tuple[Entity, ...]:
        """All entities, in the order of the file."""
        return tuple(self._entities.values())

    def entity(self, name: str, type: EntityType) -> Entity:  # noqa: A002 - the word of the records
        """The entity of that canonical name and type; one that is not listed comes back bare."""
        return self._entities.get((name, type)) or Entity(name, type)

    def named(self, folded: str, day: str) -> tuple[Candidate, ...]:
        """Whom a name can mean on an ISO day, spelled in any way (`archive.names.fold`); no surnames.

        Which sense is meant is not asked: that is for `find`, or for whoever asks to decide.
        """
        names = [n for n in self._by_fold.get(folded, ()) if not n.is_surname]
        return _candidates(names, day)

    @cached_property
    def _by_fold(self) -> dict[str, list[Candidate]]:
        """The names, folded; one letter is too little without a rule."""
        found: dict[str, list[Candidate]] = {}
        for name in self._names:
            folded = fold(name.alias.alias)
            if len(folded) > 1:
                found.setdefault(folded, []).append(name)
        return found

    def find(self, text: str, published_on: date | None = None) -> list[Mention]:
        """The mentions in a text: in order, not overlapping, `text[start:end] == surface`.

        published_on decides between names that changed hands; None counts as today (UTC).
        score is 1.0 for a name that can mean one thing only, lower where context decided.
        """
        return self.read(text, published_on or datetime.now(UTC).date())[0]

    def read(
        self, text: str, day: date
    ) -> tuple[list[Mention], frozenset[tuple[int, tuple[str, EntityType]]]]:
        """The mentions in a text (see `find`), and what a rule forbids: start and entity."""
        view = TextView(text)
        reading = Reading(view, self._hits(view, day.isoformat()))
        return reading.mentions(), frozenset(reading.forbidden)

    def _add(self, name: Candidate) -> None:
        tokens = tokenize(name.alias.alias)
        keys = [
            word if n == 0 or tokens[n - 1][2] == start else " " + word
            for n, (word, start, _) in enumerate(tokens)
        ]
        variants = [keys]
        shouted = [key.upper() for key in keys]
        if name.rule is None and any(key[0] == " " for key in keys) and shouted != keys:
            variants.append(shouted)  # for headlines in capitals
        for variant in variants:
            node = self._roots.setdefault(variant[0], _Node())
            for key in variant[1:]:
                node = node.next.setdefault(key, _Node())
            node.names.append(name)

    def _hits(self, view: TextView, day: str) -> list[Hit]:
        """Every place where a name stands that existed on the day, leftmost and longest."""
        hits: list[Hit] = []
        resume = 0
        roots = self._roots
        for i, word in enumerate(view.words):
            if word not in roots or i < resume:
                continue
            options = self._options(view, i, day)
            if options:
                hits.append(Hit(i, options))
                resume = options[0].end
        return hits

    def _options(self, view: TextView, i: int, day: str) -> tuple[Option, ...]:
        """The names that start at token i, longest first."""
        options: list[Option] = []
        node: _Node | None = self._roots[view.words[i]]
        j = i + 1
        while node is not None:
            candidates = _candidates(node.names, day)
            if candidates and not view.is_address(j):
                has_versions = any(c.rule is not None and c.rule.versions for c in candidates)
                end = view.version_end(j) if has_versions else j
                options.append(Option(j, end, candidates))
            gap = view.gap(j)
            node = None if gap == "\n" else node.next.get(gap + view.words[j])
            j += 1
        return tuple(reversed(options))


def _candidates(names: list[Candidate], day: str) -> tuple[Candidate, ...]:
    """Whom a name can mean on a day: those whose dates hold it, else those who bore it before."""
    valid = [name for name in names if name.holds_on(day)]
    return tuple(valid or [name for name in names if name.exists_by(day)])


def _read_line(line: str) -> _Line:
    """An entity and its names from a line of JSON. Raises ValueError."""
    fields = json.loads(line)
    if not isinstance(fields, dict) or not fields.keys() <= _FIELDS:
        raise ValueError(f"not an object of {', '.join(sorted(_FIELDS))}")
    name, kind = fields.get("name"), fields.get("type")
    if not isinstance(name, str) or not name.strip():
        raise ValueError("no name")
    if kind not in ENTITY_TYPES:
        raise ValueError(f"type {kind!r} is none of {', '.join(ENTITY_TYPES)}")
    entries = fields.get("aliases", [])
    if not isinstance(entries, list):
        raise ValueError("aliases is not a list")
    pairs = [_read_alias(entry) for entry in entries]
    if all(alias.alias != name for alias, _ in pairs):
        pairs.insert(0, (Alias(name), None))
    entity = Entity(name, kind, fields.get("description"), tuple(alias for alias, _ in pairs))
    return entity, [Candidate(entity, alias, rule) for alias, rule in pairs]


def _read_alias(entry: object) -> tuple[Alias, Rule | None]:
    """An alias and its rule. Raises ValueError."""
    if not isinstance(entry, dict) or not entry.keys() <= _ALIAS_FIELDS:
        raise ValueError(f"an alias is not an object of {', '.join(sorted(_ALIAS_FIELDS))}")
    alias = entry.get("alias")
    if not isinstance(alias, str) or not tokenize(alias):
        raise ValueError("an alias has no name")
    days = (entry.get("from"), entry.get("until"))
    for day in days:
        # The form is checked too: days are compared as text.
        if day is not None and (
            not isinstance(day, str) or date.fromisoformat(day).isoformat() != day
        ):
            raise ValueError(f"{day!r} of {alias} is not an ISO day")
    if days[0] and days[1] and days[0] >= days[1]:
        raise ValueError(f"{alias} ends before it begins")
    rule = entry.get("rule")
    if rule is not None and not isinstance(rule, dict):
        raise ValueError(f"the rule of {alias} is not an object")
    return Alias(alias, *days), None if rule is None else read_rule(rule)
