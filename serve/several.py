"""Several archives read as one: each is asked by itself, all at once, and the answers are put together.

An article belongs to one archive, and its address names it. An entity is the same in all of them by
its slug, a site by its host, an author by the name. Of one archive every answer is what it was.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

Answer = TypeVar("Answer")
Item = TypeVar("Item")

#: BM25 gives a word that stands in more than half of all articles this little weight (SQLite, FTS5).
_LEAST_WEIGHT = 1e-6


async def each(dbs: Sequence[Any], ask: Callable[[Any], Awaitable[Answer]]) -> list[Answer]:
    """What each archive answers, in their order."""
    if len(dbs) == 1:
        return [await ask(dbs[0])]
    return list(await asyncio.gather(*(ask(db) for db in dbs)))


def joined(lists: Iterable[Iterable[Item]]) -> list[Item]:
    """The items of all, one after another."""
    return [item for items in lists for item in items]


def summed(pairs: Iterable[tuple[Any, int]]) -> dict[Any, int]:
    """The sum of the numbers of each key, the keys in the order of their first."""
    totals: dict[Any, int] = {}
    for key, number in pairs:
        totals[key] = totals.get(key, 0) + number
    return totals


def most(lists: Sequence[Sequence[tuple[Any, int]]], limit: int) -> list[tuple[Any, int]]:
    """The keys with the highest sums, highest first; of one list, that list."""
    if len(lists) == 1:
        return list(lists[0])
    ranked = sorted(summed(joined(lists)).items(), key=lambda pair: (-pair[1], pair[0]))
    return ranked[:limit]


@dataclass(frozen=True)
class Commonness:
    """How many articles an archive has, and how many of them hold each word of a question."""

    articles: int
    holding: tuple[int, ...]

    @property
    def weight(self) -> float:
        """What BM25 makes of the words: the sum of their inverse document frequencies."""
        return sum(
            max(_LEAST_WEIGHT, math.log((self.articles - n + 0.5) / (n + 0.5)))
            for n in self.holding
        )


def factors(found: Sequence[Commonness]) -> list[float]:
    """For each archive the factor that makes its scores those that it would give among all.

    A word that is rare in one archive weighs more there, so that its hits would stand before better
    ones of an archive that is full of the matter. The factor puts the frequency among all in the
    place of that in one; it is exact for one word, and for more as far as they are alike in this
    (global statistics, as in Callan, "Distributed information retrieval", 2000).
    """
    if not found or not found[0].holding:
        return [1.0] * len(found)
    together = Commonness(
        sum(one.articles for one in found),
        tuple(sum(numbers) for numbers in zip(*(one.holding for one in found), strict=True)),
    )
    return [together.weight / one.weight for one in found]
