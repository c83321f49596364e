"""The page for Prometheus: what stands ready in the archives, and how long requests took."""

import json
import shutil
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import NotFound, Response

from archive import times
from serve import wording
from serve.metrics import are_asked_for, are_shown, exposition
from serve.news import newest_date
from serve.pages.health import WITHOUT_SUMMARY
from serve.visit import Visit, open_page

if TYPE_CHECKING:
    from prometheus_client.core import GaugeMetricFamily

#: Tables of one row for each outlet, or less: they may be read whole.
ARTICLES = "select coalesce(sum(articles), 0), count(*) from site_totals"
LEDGER = "select state, reason, sum(entries) from ledger_totals group by state, reason"
LAST_ADDED = "select max(first_seen_at) from articles"
#: The last run of each command, among the latest of all.
RUNS = """
    select command, started_at, finished_at, is_complete, counts from runs where id in (
        select max(id) from runs where id > (select max(id) from runs) - 1000 group by command
    ) order by command
"""
FEEDS = """
    select count(*), coalesce(sum(failures > 0), 0), coalesce(sum(next_poll_at < ?), 0)
    from sources where is_followed
"""


async def metrics(request: Any, datasette: Any) -> Any:
    """Numbers for Prometheus, to those who may see what they are of."""
    if not are_shown(datasette):
        raise NotFound("Metrics are not given out here")
    # Asked for in so many words, numbers of private tables are told; the tables stay closed.
    private = () if are_asked_for(datasette) else ("ledger", "runs", "sources")
    return await open_page(request, datasette, ("articles", *private), _metrics)


async def _metrics(visit: Visit) -> Any:
    gauges = _Gauges()
    gauges.set("info", "The version that serves", 1, version=version("newsarchive"))
    for db in visit.dbs:
        await _archive(db, gauges)
    accept = visit.request.headers.get("accept") or ""
    body, kind = exposition(visit.datasette, gauges.all(), accept)
    return Response(body, headers={"x-content-type-options": "nosniff"}, content_type=kind)


class _Gauges:
    """Numbers by name and labels, as Prometheus's library has them."""

    def __init__(self) -> None:
        self._families: dict[str, GaugeMetricFamily] = {}

    def set(self, name: str, about: str, value: float | None, **labels: str) -> None:
        """Tell a number; of None nothing is told."""
        from prometheus_client.core import GaugeMetricFamily

        if name not in self._families:
            self._families[name] = GaugeMetricFamily(
                f"newsarchive_{name}", about, labels=list(labels)
            )
        if value is not None:
            self._families[name].add_metric(list(labels.values()), value)

    def all(self) -> Iterator["GaugeMetricFamily"]:
        """Each name with its numbers."""
        yield from self._families.values()


async def _archive(db: Any, gauges: _Gauges) -> None:
    of = {"archive": db.name}
    articles, sites = (await db.execute(ARTICLES)).first()
    gauges.set("articles", "Articles in the archive", articles, **of)
    gauges.set("sites", "Sites of which it has articles", sites, **of)
    waiting = (await db.execute(WITHOUT_SUMMARY)).first()[0]
    gauges.set(
        "waiting_for_summary", "Articles without a summary, counted up to 1001", waiting, **of
    )
    gauges.set(
        "newest_article_timestamp_seconds",
        "When the newest article was published",
        _seconds(await newest_date([db])),
        **of,
    )
    gauges.set(
        "last_added_timestamp_seconds",
        "When an article came in last",
        _seconds((await db.execute(LAST_ADDED)).first()[0]),
        **of,
    )
    await _ledger(db, gauges, of)
    await _runs(db, gauges, of)
    now = times.to_text(times.now())
    followed, failing, due = (await db.execute(FEEDS, [now])).first()
    gauges.set("feeds_followed", "Feeds that are followed", followed, **of)
    gauges.set("feeds_failing", "Followed feeds whose last reading failed", failing, **of)
    gauges.set("feeds_due", "Followed feeds whose next reading is due", due, **of)
    _files(Path(db.path), gauges, of)


async def _ledger(db: Any, gauges: _Gauges, of: dict[str, str]) -> None:
    states = dict.fromkeys(("pending", "article", "source", "skipped", "failed"), 0)
    gauges.set(
        "not_taken", "Addresses that gave no article, by reason", None, **of, state="", reason=""
    )
    for state, reason, entries in (await db.execute(LEDGER)).rows:
        states[state] = states.get(state, 0) + entries
        if state in ("skipped", "failed"):
            gauges.set("not_taken", "", entries, **of, state=state, reason=reason or "unknown")
    for state, entries in states.items():
        gauges.set("ledger", "Addresses ever asked for, by state", entries, **of, state=state)


async def _runs(db: Any, gauges: _Gauges, of: dict[str, str]) -> None:
    for command, started, finished, is_complete, counts in (await db.execute(RUNS)).rows:
        run = {**of, "command": command}
        gauges.set("last_run_started_timestamp_seconds", "When each command was run last",
                   _seconds(started), **run)  # fmt: skip
        gauges.set("last_run_finished_timestamp_seconds", "When that run ended",
                   _seconds(finished), **run)  # fmt: skip
        gauges.set("last_run_complete", "1 if that run went to its end", is_complete, **run)
        for what, number in json.loads(counts).items():
            gauges.set("last_run_count", "The totals of that run", number, **run, what=what)


def _files(path: Path, gauges: _Gauges, of: dict[str, str]) -> None:
    log = Path(f"{path}-wal")
    gauges.set("file_bytes", "Size of the file", path.stat().st_size, **of)
    gauges.set("log_bytes", "Size of its write-ahead log",
               log.stat().st_size if log.exists() else 0, **of)  # fmt: skip
    free = shutil.disk_usage(path.parent).free
    gauges.set("disk_free_bytes", "Free space on its disk", free, **of)


def _seconds(moment: str | None) -> float | None:
    when = wording.parse(moment)
    return when.timestamp() if when else None
