"""Why each name of an article means what it does: reasons, other candidates, names of then, decisions."""

from dataclasses import dataclass, field
from typing import Any

from archive.decisions import get_decision
from archive.entities_table import as_record
from archive.entity_names import Connection
from archive.names import fold
from archive.reasons import DETECTORS, from_text, in_words

#: Entities that a name could mean: so many are told.
_CANDIDATES = 5


@dataclass(frozen=True)
class FormerName:
    """A name that an article uses, and the entity that has another one now."""

    surface: str
    entity: str
    slug: str
    since: str

    def __str__(self) -> str:
        return f"{self.surface} is now called {self.entity} (since {self.since})"


@dataclass(frozen=True)
class Candidate:
    """An entity that has the name, too or alone, and whether it had it on the day of the article."""

    name: str
    type: str
    slug: str
    valid_from: str | None
    valid_until: str | None
    is_held: bool
    is_meant: bool


@dataclass(frozen=True)
class Why:
    """One mention and all that explains it. place is "title" or "text"; offsets are into it."""

    place: str
    start: int
    end: int
    surface: str
    type: str
    entity: str | None
    slug: str | None
    score: float
    model: str
    reason: tuple[str, ...]
    candidates: tuple[Candidate, ...] = ()
    former: FormerName | None = None
    decision: dict[str, Any] | None = field(default=None)
    tagged: str | None = None

    @property
    def detector(self) -> str | None:
        """Who saw it: list, model, repeat or decision; None where it was not noted."""
        return next((code for code in self.reason if code in DETECTORS), None)

    @property
    def in_words(self) -> str:
        """The reason for people."""
        return in_words(self.reason) or "tagged before reasons were kept"


def why(db: Connection, article_id: int) -> list[Why]:
    """Each mention of an article, those of the title first, with what explains it."""
    moment = db.execute(
        "select coalesce(published_at, first_seen_at) from articles where id = ?", [article_id]
    ).fetchone()[0]
    names = _Names(db, moment[:10])
    found = []
    for place, table in (("title", "title_mentions"), ("text", "mentions")):
        rows = db.execute(
            f"""
            select m.start, m."end", m.surface, m.type, e.name, e.slug, m.score, o.name, m.reason,
                   m.entity_id, m.decision_id, t.name
            from {table} m join models o on o.id = m.model_id
            left join entities e on e.id = m.entity_id
            left join entities t on t.id = m.tagged_entity_id
            where m.article_id = ? order by m.start, m.id
            """,
            [article_id],
        ).fetchall()
        for row in rows:
            start, end, surface, kind, entity, slug, score, model, *rest = row
            reason, entity_id, decision_id, tagged = rest
            candidates, former = names.of(surface, entity_id)
            found.append(
                Why(
                    *(place, start, end, surface, kind, entity, slug, score, model),
                    from_text(reason),
                    candidates,
                    former,
                    names.decision(decision_id),
                    tagged,
                )
            )
    return found


def former_names(db: Connection, article_id: int) -> list[FormerName]:
    """The names in an article of entities that are called otherwise now, each once, in order."""
    return list(dict.fromkeys(w.former for w in why(db, article_id) if w.former))


class _Names:
    """The names of entities on a day, each asked once."""

    def __init__(self, db: Connection, day: str) -> None:
        self._db = db
        self._day = day
        self._found: dict[tuple[str, int | None], Any] = {}
        self._decisions: dict[int, dict[str, Any]] = {}

    def of(
        self, surface: str, entity_id: int | None
    ) -> tuple[tuple[Candidate, ...], FormerName | None]:
        """Who has a name, and whether whom it means is called otherwise now."""
        key = fold(surface), entity_id
        if key not in self._found:
            self._found[key] = self._look_up(surface, entity_id)
        candidates, former = self._found[key]
        return candidates, former

    def _look_up(
        self, surface: str, entity_id: int | None
    ) -> tuple[tuple[Candidate, ...], FormerName | None]:
        rows = self._db.execute(
            """
            select e.id, e.name, e.type, e.slug, a.valid_from, a.valid_until
            from aliases a join entities e on e.id = a.entity_id
            where a.folded = ? and e.merged_into is null order by e.id = ? desc, e.id, a.id
            """,
            [fold(surface), entity_id],
        ).fetchall()
        candidates: dict[int, Candidate] = {}
        former = None
        for number, name, kind, slug, start, end in rows:
            is_held = (start is None or start <= self._day) and (end is None or self._day < end)
            candidates.setdefault(
                number,
                Candidate(name, kind, slug, start, end, is_held, number == entity_id),
            )
            if number == entity_id and end is not None and fold(name) != fold(surface):
                former = FormerName(surface, name, slug, end)
        return tuple(candidates.values())[:_CANDIDATES], former

    def decision(self, number: int | None) -> dict[str, Any] | None:
        """A decision that had the last say on a mention."""
        if number is not None and number not in self._decisions:
            one = get_decision(self._db, number)
            if one is not None:
                self._decisions[number] = as_record(self._db, one)
        return self._decisions.get(number) if number is not None else None
