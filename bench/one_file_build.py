"""Writes many articles into one archive by the real write path, and says how fast, along the way."""

import itertools
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TypeVar

from made_up import Drawn, Maker

from archive import Archive
from archive.records import Model, Source, Task
from ingest.duplicates import mark_duplicates

#: Articles to a run: as a busy archive takes them, one ingest and one summarize each.
_RUN = 1000
#: Articles to a transaction, as what comes in bulk is written.
_BULK = 100
#: Articles that `newsarchive summarize` saves in one transaction.
_BATCH = 16
#: One address in so many leads to nothing.
_GONE = 20
#: Articles with higher numbers are in none of the archives.
_LATER = 2_000_000
_STAGES = ("save", "compare", "enrich")


T = TypeVar("T")


class Clock:
    """Wall and processor seconds of each stage since the last look."""

    def __init__(self) -> None:
        self.articles = 0
        self.wall = dict.fromkeys(_STAGES, 0.0)
        self.cpu = dict.fromkeys(_STAGES, 0.0)

    @contextmanager
    def of(self, stage: str) -> Iterator[None]:
        """Times what is done inside."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall[stage] += time.perf_counter() - wall
        self.cpu[stage] += time.process_time() - cpu

    def rates(self) -> str:
        """Articles a second by the wall's clock and by the processor's, and milliseconds by stage."""
        wall, cpu = sum(self.wall.values()), sum(self.cpu.values())
        stages = " + ".join(f"{1000 * self.cpu[stage] / self.articles:.2f}" for stage in _STAGES)
        return f"{self.articles / wall:.0f} | {self.articles / cpu:.0f} | {stages}"


def models() -> list[Model]:
    """The models that `newsarchive summarize` uses, so that it finds nothing left to do."""
    from summarize.defaults import default_enricher
    from summarize.pipeline import TASKS

    return [default_enricher().model(task) for task in TASKS]


def run(count: int, words: int, path: Path) -> None:
    """Write `count` articles to a new file; print a line for every tenth.

    The last run of each tenth is written as news comes in, article by article, all others as what is
    brought in bulk. To draw the articles is not timed.
    """
    for name in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        name.unlink(missing_ok=True)
    drawn = Maker(count, words).articles()
    print("| articles | bulk: articles/s | by processor | ms: save + compare + enrich "
          "| singly: articles/s | by processor | ms | file, MB | log, MB |")  # fmt: skip
    print(f"|{'---:|' * 9}", flush=True)
    with Archive(path) as archive:
        model_ids = {one.task: archive.enrichments.model_id(one) for one in models()}
        done = tenth = 0
        clocks = {True: Clock(), False: Clock()}
        while some := list(itertools.islice(drawn, _RUN)):
            is_last = 10 * (done + _RUN) // count > tenth
            _take(archive, some, model_ids, clocks[not is_last], not is_last)
            done += len(some)
            if is_last:
                rates = " | ".join(clocks[in_bulk].rates() for in_bulk in (True, False))
                sizes = (_mb(Path(f"{path}{ending}")) for ending in ("", "-wal"))
                print(f"| {done:,} | {rates} | {' | '.join(sizes)} |", flush=True)
                tenth = 10 * done // count
                clocks = {True: Clock(), False: Clock()}


def add(paths: Sequence[Path], runs: int, words: int) -> None:
    """Write the same articles to each of several archives in turn; print a line for each archive.

    What the machine does besides changes from minute to minute; in turn, all archives get their
    share of it, and may be compared.
    """
    drawn = Maker(_LATER, words).articles(_LATER + int(time.time()) % 1_000_000)
    clocks = {(path, in_bulk): Clock() for path in paths for in_bulk in (True, False)}
    held = dict.fromkeys(paths, 0)
    for _ in range(runs):
        for in_bulk in (True, False):
            some = list(itertools.islice(drawn, _RUN // 2))
            for path in paths:
                with Archive(path) as archive:
                    ids = {one.task: archive.enrichments.model_id(one) for one in models()}
                    _take(archive, some, ids, clocks[path, in_bulk], in_bulk)
                    held[path] = archive.status()["articles"]
    print("| articles | bulk: articles/s | by processor | ms: save + compare + enrich "
          "| singly: articles/s | by processor | ms |\n" + f"|{'---:|' * 7}")  # fmt: skip
    for path in paths:
        rates = " | ".join(clocks[path, in_bulk].rates() for in_bulk in (True, False))
        print(f"| {held[path]:,} | {rates} |", flush=True)


def _take(
    archive: Archive, some: list[Drawn], model_ids: dict[Task, int], clock: Clock, in_bulk: bool
) -> None:
    """One run of ingest, and one of summarize."""
    by_url = {one.article.url: one for one in some}
    clock.articles += len(some)
    with clock.of("save"), archive.runs.record("ingest") as ingest:
        feeds = {site: _feed(archive, site) for site in {str(one.article.site) for one in some}}
        for together in batched(some, _BULK if in_bulk else 1):
            with archive.transaction() if in_bulk else nullcontext():
                for one in together:
                    _save(archive, one, feeds[str(one.article.site)])
        ingest.count("added", len(some))
    with clock.of("compare"):
        mark_duplicates(archive)
    with clock.of("enrich"), archive.runs.record("summarize") as summarize:
        _enrich(archive, by_url, model_ids, _BULK if in_bulk else _BATCH)
        summarize.count("done", len(some))


def _feed(archive: Archive, site: str) -> int:
    with archive.transaction():
        return archive.ledger.register(Source("feed", f"https://{site}/feed"))


def _save(archive: Archive, one: Drawn, source_id: int) -> None:
    archive.ledger.ask(one.article.url, source_id)
    saved = archive.save_article(one.article, one.page, one.article.url)
    if saved.article_id % _GONE == 0:
        gone = f"{one.article.url}/gone"
        archive.ledger.ask(gone, source_id)
        archive.save_refusal(gone, "failed", "http_404", f"{gone}: not found", None, 404)


def _enrich(
    archive: Archive, by_url: dict[str, Drawn], model_ids: dict[Task, int], batch: int
) -> None:
    store = archive.enrichments
    if store.count_work(model_ids) != len(by_url):
        raise SystemExit("the archive does not know what is to do")
    urls = archive.articles.ids_of(by_url)
    made = {number: by_url[url] for url, number in urls.items()}
    for items in batched(store.work(model_ids), batch):
        with archive.transaction():
            for item in items:
                one = made[item.article_id]
                store.save_summaries(item, (one.summary,), model_ids["summary"])
                store.save_tagging(item, one.tagging, model_ids["tags"])
                store.save_vector(item, one.vector, model_ids["vector"])


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of so many; `itertools` has it from Python 3.12 on."""
    items = iter(items)
    while some := list(itertools.islice(items, size)):
        yield some


def _mb(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:,.0f}" if path.exists() else "0"
