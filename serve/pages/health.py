"""Health: what is read, what fails and why, what is left to do, which sites fall silent, last runs."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from serve import wording
from serve.news import newest_date
from serve.visit import Visit, open_page

#: The backlog is counted no further.
_MOST_COUNTED = 1000
#: Drops are looked for among the sites with most articles.
_SITES_WATCHED = 100
_USUAL_WEEKS = 8
#: A site falls silent if its week has less than this share of a usual one, which has so many.
_DROP_SHARE = 0.34
_DROP_LEAST = 5

WITHOUT_SUMMARY = (
    f"select count(*) from (select 1 from articles where summary is null limit {_MOST_COUNTED + 1})"
)
SOURCES = """
    select kind, url, title, last_read_at from sources order by last_read_at desc limit 40
"""
FAILURES = """
    select site, reason, entries, last_tried_at from ledger_totals
    where state = ? order by entries desc limit 40
"""
RUNS = """
    select command, started_at, finished_at, counts, is_complete from runs
    order by id desc limit 12
"""
ERRORS = "select occurred_at, stage, reason, subject, message from errors order by id desc limit 20"
DROPS = f"""
    select t.site,
        (select coalesce(sum(articles), 0) from site_days d
         where d.site = t.site and d.day between :first and :last) as now,
        (select coalesce(sum(articles), 0) from site_days d
         where d.site = t.site and d.day >= :before and d.day < :first) as earlier
    from (select site from site_totals order by articles desc limit {_SITES_WATCHED}) t
"""


@dataclass(frozen=True)
class Drop:
    """A site with far fewer articles in the last seven days than in a usual week."""

    site: str
    now: int
    usual: float


async def health(request: Any, datasette: Any) -> Any:
    """How the archive is doing."""
    return await open_page(request, datasette, ("articles",), _health)


async def _health(visit: Visit) -> Any:
    db = visit.db

    async def rows(table: str, query: str, *values: Any) -> list[Any] | None:
        """The rows, or None for who may not see the table."""
        return list((await db.execute(query, values)).rows) if await visit.may_see(table) else None

    waiting = (await db.execute(WITHOUT_SUMMARY)).first()[0]
    return await visit.page(
        "health",
        waiting=min(waiting, _MOST_COUNTED),
        is_more_waiting=waiting > _MOST_COUNTED,
        newest=await newest_date(db),
        drops=await drops(db),
        sources=await rows("sources", SOURCES),
        failed=await rows("ledger", FAILURES, "failed"),
        skipped=await rows("ledger", FAILURES, "skipped"),
        runs=[(run, _counts(run["counts"])) for run in await rows("runs", RUNS) or []],
        errors=await rows("errors", ERRORS),
    )


async def drops(db: Any) -> list[Drop]:
    """The sites that have fallen silent, the largest first."""
    end = wording.parse(await newest_date(db))
    if end is None or end.year < 2:
        return []
    last = end.date()
    first = last - timedelta(days=6)
    bound = {
        "first": first.isoformat(),
        "last": last.isoformat(),
        "before": (first - timedelta(weeks=_USUAL_WEEKS)).isoformat(),
    }
    found = [
        Drop(site, now, earlier / _USUAL_WEEKS)
        for site, now, earlier in (await db.execute(DROPS, bound)).rows
    ]
    silent = [
        drop for drop in found if drop.usual >= _DROP_LEAST and drop.now < _DROP_SHARE * drop.usual
    ]
    return sorted(silent, key=lambda drop: drop.now - drop.usual)


def _counts(stored: str) -> str:
    """The totals of a run in words."""
    try:
        counts = json.loads(stored)
    except ValueError:
        return ""
    if not isinstance(counts, dict):
        return ""
    return ", ".join(f"{name} {value}" for name, value in counts.items())
