"""Who is in the news: the names of the last days, and those that rise above their usual level."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from archive import times
from archive.records import ENTITY_TYPES
from serve import wording
from serve.queries import Name
from serve.several import each, joined, summed
from serve.totals import names

#: "Most mentioned" is taken from at most this many of the latest articles, however many a day brings.
_LATEST_FOR_NAMES = 400
#: A day with fewer articles than this says little: the week is taken, or the month, or the year.
_FEW_ARTICLES = 5
_PERIODS = {"day": 1, "week": 7, "month": 30, "year": 365}
_NAMES_SHOWN = 14

_WEEK = 7
#: The usual level of a week is the mean of so many weeks before it.
_USUAL_WEEKS = 8
#: Who rises is looked for among so many names of each day of the week, the most mentioned.
_NAMES_OF_A_DAY = 100
_RISING_LOOKED_AT = 80
_RISING_SHOWN = 8
#: A name in fewer articles does not rise, nor one that is not well above its usual level.
_RISING_LEAST = 3
_RISING_TIMES = 1.5


@dataclass(frozen=True)
class InTheNews:
    """The entities most mentioned lately: in the last day, week, month or year of the archive."""

    unit: str
    period: str
    names: tuple[Name, ...]

    @property
    def types(self) -> list[str]:
        """The types among the names, for the key to their colours."""
        present = {name.type for name in self.names}
        return [kind for kind in ENTITY_TYPES if kind in present]


@dataclass(frozen=True)
class Rising:
    """An entity in more articles of the last seven days than in a usual week."""

    name: Name
    usual: float

    @property
    def usually(self) -> str:
        """The usual level in words."""
        return f"usually {round(self.usual):,}" if self.usual >= 1 else "rarely before"


async def newest_date(dbs: Sequence[Any]) -> str | None:
    """The newest date of publication that is not in the future, as it is stored."""
    now = times.to_text(times.now())
    query = "select max(published_at) from articles where published_at <= ?"
    found = await each(dbs, lambda db: db.execute(query, [now]))
    return max(filter(None, (answer.first()[0] for answer in found)), default=None)


async def in_the_news(dbs: Sequence[Any]) -> InTheNews | None:
    """The names of the last day, or of a longer time where a day is too thin.

    Counted from the newest article, not from the clock: an archive of 2024 has news too.
    """
    newest = await newest_date(dbs)
    end = wording.parse(newest)
    if end is None:
        return None
    for unit, days in _PERIODS.items():
        try:
            start = times.to_text(end - timedelta(days=days))
        except OverflowError:
            return None
        window = {"start": start, "end": newest, "latest": _LATEST_FOR_NAMES}
        if unit == "year" or await _articles_in(dbs, window) >= _FEW_ARTICLES:
            found = await _most_mentioned(dbs, window)
            return InTheNews(unit, wording.period(end, days), found) if found else None
    return None


async def rising(dbs: Sequence[Any]) -> tuple[Rising, ...]:
    """The entities of the archive's last seven days that most exceed what is usual for them.

    The measure is the excess in standard deviations of a Poisson count, (n - usual) / √(usual + 1).
    """
    end = wording.parse(await newest_date(dbs))
    if end is None or end.year < 2:
        return ()
    days = [end.date() - timedelta(days=n) for n in range(_WEEK)]
    before = days[-1] - timedelta(weeks=_USUAL_WEEKS)
    query = "select 1 from articles where published_at >= ? and published_at < ? limit 1"
    weeks = [before.isoformat(), days[-1].isoformat()]
    if not any(answer.rows for answer in await each(dbs, lambda db: db.execute(query, weeks))):
        return ()
    bound = rising_values(days, before)
    found = [answer.rows for answer in await each(dbs, lambda db: db.execute(rising_sql(), bound))]
    earlier = summed((tuple(row[:3]), row[4]) for row in joined(found))
    lately = summed((tuple(row[:3]), row[3]) for row in joined(found))
    risen = [
        Rising(Name(name, kind, slug, now), earlier[name, kind, slug] / _USUAL_WEEKS)
        for (name, kind, slug), now in lately.items()
        if now >= _RISING_LEAST and now >= _RISING_TIMES * earlier[name, kind, slug] / _USUAL_WEEKS
    ]
    risen.sort(key=lambda one: (one.usual - one.name.count) / math.sqrt(one.usual + 1))
    return tuple(risen[:_RISING_SHOWN])


def rising_sql() -> str:
    """The query behind `rising`: the leaders of each day, then exact sums for the best of them."""
    leaders = " union all ".join(
        "select * from (select entity_id, articles from entity_days "
        f"where day = :day{n} order by articles desc limit {_NAMES_OF_A_DAY})"
        for n in range(_WEEK)
    )
    total = "select coalesce(sum(d.articles), 0) from entity_days d where d.entity_id = e.id and"
    return f"""
        select e.name, e.type, e.slug,
               ({total} d.day between :first and :last) as now,
               ({total} d.day >= :before and d.day < :first) as earlier
        from (
            select entity_id, sum(articles) as seen from ({leaders})
            group by entity_id order by seen desc limit {_RISING_LOOKED_AT}
        ) best join entities e on e.id = best.entity_id
        """


def rising_values(days: list[date], before: date) -> dict[str, str]:
    """What `rising_sql` is bound to; days are newest first."""
    named = {f"day{n}": day.isoformat() for n, day in enumerate(days)}
    ends = {"first": days[-1], "last": days[0], "before": before}
    return {**named, **{name: day.isoformat() for name, day in ends.items()}}


_WINDOW = (
    "select id from articles where published_at > :start and published_at <= :end "
    "order by published_at desc limit :latest"
)


async def _articles_in(dbs: Sequence[Any], window: dict[str, Any]) -> int:
    query = f"select count(*) from ({_WINDOW})"
    found = await each(dbs, lambda db: db.execute(query, window))
    return sum(answer.first()[0] for answer in found)


_MOST_MENTIONED = f"""
        select e.name, e.type, e.slug, sum(ae.mention_count) as mentions
        from ({_WINDOW}) recent
        join article_entities ae on ae.article_id = recent.id
        join entities e on e.id = ae.entity_id
        group by e.id order by mentions desc, count(*) desc, e.name limit :names
"""


async def _most_mentioned(dbs: Sequence[Any], window: dict[str, Any]) -> tuple[Name, ...]:
    bound = {**window, "names": _NAMES_SHOWN if len(dbs) == 1 else _LATEST_FOR_NAMES}
    return names(await each(dbs, lambda db: db.execute(_MOST_MENTIONED, bound)), _NAMES_SHOWN)
