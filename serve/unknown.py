"""What a search asks for that no archive knows, and what may be meant by it."""

import sqlite3
from dataclasses import dataclass
from functools import partial

from archive.choosing import near_authors, near_sites
from archive.question import Question, known
from serve.several import each, joined
from serve.visit import Visit

_TOLD = 3
_SAID = {
    "site": "No article is of the site",
    "author": "No article names an author",
    "entity": "There is no entity",
}


@dataclass(frozen=True)
class Unknown:
    """A filter of a search that nothing can pass.

    Attributes:
        filter: name of the filter, as parameters have it.
        said: what is told of it; text is what was asked for.
        near: what the archives know that is nearly that, the likeliest first.
    """

    filter: str
    said: str
    text: str
    near: tuple[str, ...]


async def unknown(visit: Visit, asked: Question) -> list[Unknown]:
    """What the question asks for that no archive of the visit knows."""
    given = {name: text for name in _SAID if (text := getattr(asked, name))}
    if not given:
        return []
    found = await each(visit.dbs, lambda db: visit.read(partial(known, question=asked), db))
    return [
        Unknown(name, _SAID[name], text, await _near(visit, name, text))
        for name, text in given.items()
        if not any(name in one for one in found)
    ]


def in_words(found: list[Unknown]) -> str | None:
    """The same in a line, for feeds; None where all is known."""
    return " ".join(f"{one.said} “{one.text}”." for one in found) or None


async def _near(visit: Visit, name: str, text: str) -> tuple[str, ...]:
    look = {"site": near_sites, "author": near_authors}.get(name)
    if look is None:
        return ()

    def work(connection: sqlite3.Connection) -> list[str]:
        return look(connection, text)

    # Names are compared with many: where strangers read, only some may ask for it at once.
    async with visit.costly():
        found = await each(visit.dbs, lambda db: visit.read(work, db))
    return tuple(dict.fromkeys(joined(found)))[:_TOLD]
