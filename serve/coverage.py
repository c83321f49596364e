"""Who wrote about an entity, who was first, and how sites compare over time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from serve import chart, totals
from serve.several import each, summed
from serve.totals import Holder

_SITES_COMPARED = 8
_FIRST_SHOWN = 8
#: So many of the latest months (or years, where there are more months) are set side by side.
_MOST_COLUMNS = 36

FIRST = """
    select a.id, a.title, a.site, a.site_name, a.published_at from (
        select article_id, published_at from entity_timeline
        where entity_id = ? and published_at > '' order by published_at, article_id limit ?
    ) t join articles a on a.id = t.article_id order by t.published_at, a.id
"""
FIRST_OF_SITE = """
    select a.id, a.title, a.site, a.site_name, a.published_at from (
        select article_id from entity_timeline
        where entity_id = ? and site = ? and published_at > '' order by published_at limit 1
    ) t join articles a on a.id = t.article_id
"""
MONTHS = """
    select month, articles from entity_site_months
    where entity_id = ? and site = ? and month > '' order by month desc
"""


@dataclass(frozen=True)
class First:
    """An article that was early; archive is the name of its own where there are several."""

    id: int
    title: str
    site: str | None
    site_name: str | None
    published_at: str
    archive: str | None


@dataclass(frozen=True)
class Row:
    """One site: what it is called, articles in all and by period, its first article, its chart."""

    site: str
    name: str | None
    articles: int
    first: First | None
    counts: Mapping[str, int]
    bars: tuple[chart.Bar, ...]


@dataclass(frozen=True)
class Coverage:
    """Sites side by side over the same periods (months YYYY-MM, or years YYYY), oldest first."""

    first: list[First]
    periods: tuple[str, ...]
    rows: tuple[Row, ...]
    most: int
    width: float

    def articles_of(self, period: str) -> int:
        """How many articles the sites have of a period, in all."""
        return sum(row.counts.get(period, 0) for row in self.rows)


async def coverage(holders: Sequence[Holder], are_several: bool) -> Coverage:
    """The coverage of an entity in the archives that know it."""
    first = await _first(holders, FIRST, (_FIRST_SHOWN,), are_several)
    sites = await totals.entity_sites(holders, _SITES_COMPARED)
    months = {one.site: await _months(holders, one.site) for one in sites}
    seen = sorted({month for counts in months.values() for month in counts})
    length = 7 if len(_between(seen)) <= _MOST_COLUMNS else 4
    periods = tuple(_between(sorted({month[:length] for month in seen}))[-_MOST_COLUMNS:])
    counts = {site: _summed(found, length) for site, found in months.items()}
    most = max((n for found in counts.values() for n in found.values()), default=1)
    rows = []
    for one in sites:
        found = await _first(holders, FIRST_OF_SITE, (one.site,), are_several)
        bars = tuple(
            chart.bar(n, period, counts[one.site].get(period, 0), most)
            for n, period in enumerate(periods)
        )
        rows.append(
            Row(one.site, one.name, one.count, next(iter(found), None), counts[one.site], bars)
        )
    return Coverage(first[:_FIRST_SHOWN], periods, tuple(rows), most, chart.width_of(len(periods)))


async def _first(
    holders: Sequence[Holder], query: str, values: tuple[Any, ...], are_several: bool
) -> list[First]:
    """The earliest articles, the earliest first."""
    found = await each(holders, lambda one: one[0].execute(query, [one[1]["id"], *values]))
    first = [
        First(number, title, site, name, published_at, db.name if are_several else None)
        for (db, _), answer in zip(holders, found, strict=True)
        for number, title, site, name, published_at in answer.rows
    ]
    return first if len(holders) == 1 else sorted(first, key=lambda one: one.published_at)


async def _months(holders: Sequence[Holder], site: str) -> dict[str, int]:
    found = await each(holders, lambda one: one[0].execute(MONTHS, [one[1]["id"], site]))
    return summed(tuple(row) for answer in found for row in answer.rows)


def _summed(months: Mapping[str, int], length: int) -> dict[str, int]:
    sums: dict[str, int] = {}
    for month, count in months.items():
        sums[month[:length]] = sums.get(month[:length], 0) + count
    return sums


def _between(periods: list[str]) -> list[str]:
    """All months, or years, from the first to the last."""
    if not periods:
        return []
    if len(periods[0]) == 4:
        return [f"{year:04}" for year in range(int(periods[0]), int(periods[-1]) + 1)]
    start, end = (
        12 * int(period[:4]) + int(period[5:]) - 1 for period in (periods[0], periods[-1])
    )
    return [f"{n // 12:04}-{n % 12 + 1:02}" for n in range(start, end + 1)]
