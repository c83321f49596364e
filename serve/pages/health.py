"""Health: what is read, what fails and why, what is left to do, which sites fall silent, last runs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from serve import wording
from serve.news import newest_date
from serve.several import each, joined, summed
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
#: So many rows of each table, of all archives together.
_SHOWN = {"sources": 40, "ledger": 40, "runs": 12, "errors": 20}


@dataclass(frozen=True)
class Drop:
    """A site with far fewer articles in the last seven days than in a usual week."""

    site: str
    now: int
    usual: float


async def health(request: Any, datasette: Any) -> Any:
    """How the archives are doing."""
    return await open_page(request, datasette, ("articles",), _health)


async def _health(visit: Visit) -> Any:

    async def rows(
        table: str, query: str, order: str, *values: Any
    ) -> list[tuple[str | None, Any]] | None:
        """The rows, each with the name of its archive; or None for who may not see the table."""
        if not await visit.may_see(table):
            return None
        found = await each(visit.dbs, lambda db: db.execute(query, values))
        rows = [
            (visit.name_of(db), row)
            for db, answer in zip(visit.dbs, found, strict=True)
            for row in answer.rows
        ]
        if len(visit.dbs) > 1:
            rows.sort(key=lambda pair: pair[1][order], reverse=True)
        return rows[: _SHOWN[table]]

    found = await each(visit.dbs, lambda db: db.execute(WITHOUT_SUMMARY))
    waiting = [answer.first()[0] for answer in found]
    return await visit.page(
        "health",
        waiting=sum(min(number, _MOST_COUNTED) for number in waiting),
        is_more_waiting=any(number > _MOST_COUNTED for number in waiting),
        newest=await newest_date(visit.dbs),
        drops=await drops(visit.dbs),
        sources=await rows("sources", SOURCES, "last_read_at"),
        failed=await rows("ledger", FAILURES, "entries", "failed"),
        skipped=await rows("ledger", FAILURES, "entries", "skipped"),
        runs=[
            (archive, run, _counts(run["counts"]))
            for archive, run in await rows("runs", RUNS, "started_at") or []
        ],
        errors=await rows("errors", ERRORS, "occurred_at"),
    )


async def drops(dbs: Sequence[Any]) -> list[Drop]:
    """The sites that have fallen silent, the largest first."""
    end = wording.parse(await newest_date(dbs))
    if end is None or end.year < 2:
        return []
    last = end.date()
    first = last - timedelta(days=6)
    bound = {
        "first": first.isoformat(),
        "last": last.isoformat(),
        "before": (first - timedelta(weeks=_USUAL_WEEKS)).isoformat(),
    }
    rows = joined(answer.rows for answer in await each(dbs, lambda db: db.execute(DROPS, bound)))
    lately = summed((site, now) for site, now, _ in rows)
    before = summed((site, earlier) for site, _, earlier in rows)
    found = [Drop(site, now, before[site] / _USUAL_WEEKS) for site, now in lately.items()]
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
