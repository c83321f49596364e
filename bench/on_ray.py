"""The engine ray beside the plain one, on the same pages: what a page costs, and what a second worker brings.

python bench/on_ray.py [--warc FILE] [--pages 1500] [--articles 200] [--rounds 3]

Each engine runs in a process of its own, in turns, so that what else the machine does meets all of
them. A run does a small input first, by which workers start and load what they need, and then the whole. The
rate is that of the whole; processor time is that of all processes, less that of another run whose
whole is a few pages. Without --warc, pages are generated (`bench.news_pages`).

"At work" is the share of the time in which a worker ran or waited for a core (/proc/PID/schedstat): what is missing
from 100% is what the engine lets it wait. On cores of their own, two workers are so much faster than one as they are at
work, and as their processor time for each page allows; where others use the machine, the clock cannot tell.
"""

import argparse
import io
import json
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from functools import partial
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import measure
from bench.news_pages import news_page

#: Engine and workers of each row.
ROWS = {
    "ingest": (("plain", 1), ("plain", 2), ("ray", 1), ("ray", 2)),
    "summarize": (("plain", 1), ("ray", 1), ("ray", 2)),
}
SMALL, FEW = 64, 8


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--warc", type=Path)
    parser.add_argument("--pages", type=int, default=1_500)
    parser.add_argument("--articles", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", nargs=5, metavar=("WORK", "ENGINE", "WORKERS", "SMALL", "WHOLE"))
    options = parser.parse_args()
    if options.child:
        work, engine, workers, small, whole = options.child
        print(json.dumps(_CHILDREN[work, engine](int(workers), small, whole)))
        return
    measure.adopt_orphans()
    with tempfile.TemporaryDirectory() as folder:
        small, whole = Path(folder, "small.warc.gz"), Path(folder, "whole.warc.gz")
        few = Path(folder, "few.warc.gz")
        write_warc(small, range(SMALL))
        write_warc(few, range(SMALL, SMALL + FEW))
        if options.pages:
            write_warc(whole, range(SMALL + FEW, SMALL + FEW + options.pages))
            report("ingest", small, few, options.warc or whole, options.rounds)
        if options.articles:
            write_warc(small, range(FEW))
            write_warc(whole, range(SMALL + FEW, SMALL + FEW + options.articles))
            report("summarize", small, few, whole, options.rounds)


def report(work: str, small: Path, few: Path, whole: Path, rounds: int) -> None:
    """Run every row in every round, and print the medians."""
    rates: dict[tuple[str, int], list[float]] = {}
    costs: dict[tuple[str, int], list[float]] = {}
    shares: dict[tuple[str, int], list[float]] = {}
    rows = {}
    for _ in range(rounds):
        for engine, workers in ROWS[work]:
            base, less = _run(work, engine, workers, small, few)
            cost, said = _run(work, engine, workers, small, whole)
            key = engine, workers
            rows[key] = cost, said
            rates.setdefault(key, []).append(said["done"] / said["seconds"])
            shares.setdefault(key, []).append(said["at_work"] / said["seconds"] / workers)
            costs.setdefault(key, []).append(
                (cost.cpu_seconds - base.cpu_seconds) / (said["done"] - less["done"])
            )
            print(
                f"  {work} {engine} {workers}: {rates[key][-1]:.2f} /s, {costs[key][-1] * 1000:.1f} ms",
                file=sys.stderr,
            )
    unit = "pages" if work == "ingest" else "articles"
    first = median(costs["plain", 1])
    print(
        f"\n| {work}, workers | ready after s | {unit}/s | CPU ms each | of plain, 1 | at work | on own cores, to 1 | memory MB |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for (engine, workers), (cost, said) in rows.items():
        rate, spent = median(rates[engine, workers]), median(costs[engine, workers])
        share, own = median(shares[engine, workers]), ""
        if workers > 1 and share:
            own = f"{workers * share / median(shares[engine, 1]) * median(costs[engine, 1]) / spent:.2f}"
        print(
            f"| {engine}, {workers} | {said['ready']:.1f} | {rate:.2f} | {spent * 1000:.1f} "
            f"| {spent / first:.2f} | {share:.0%} | {own} | {cost.peak_bytes / 1e6:,.0f} |"
        )


def write_warc(path: Path, numbers: range) -> None:
    """A WARC file of generated pages, as a crawler writes it."""
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for number in numbers:
            body = news_page(number).html
            headers = StatusAndHeaders(
                "200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1"
            )
            url = f"https://news{number % 50}.example/story/{number}"
            record = writer.create_warc_record(
                url, "response", payload=io.BytesIO(body), length=len(body), http_headers=headers
            )
            writer.write_record(record)


def _run(
    work: str, engine: str, workers: int, small: Path, whole: Path
) -> tuple[measure.Cost, dict[str, float]]:
    command = [
        sys.executable,
        __file__,
        "--child",
        work,
        engine,
        str(workers),
        str(small),
        str(whole),
    ]
    threads = {"OMP_NUM_THREADS": str(workers if engine == "plain" else 1)}
    cost = measure.run(command, env=threads)
    if cost.exit_code:
        raise SystemExit(cost.output)
    return cost, json.loads(cost.output.splitlines()[-1])


def _timed(prepare, work) -> dict[str, float]:
    """Do the small input and the whole one; seconds until it was ready, seconds and number of the whole."""
    started = time.monotonic()
    prepare()
    ready = time.monotonic()
    with AtWork() as at_work:
        done = work()
    seconds = time.monotonic() - ready
    return {"ready": ready - started, "seconds": seconds, "done": done, "at_work": at_work.seconds}


class AtWork:
    """Seconds in which the workers of this session ran or waited for a core, in the block."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._seen: dict[str, float] = {}
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._sample)

    def __enter__(self) -> "AtWork":
        self._look(is_first=True)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._is_over.set()
        self._thread.join()
        self._look()

    def _sample(self) -> None:
        while not self._is_over.wait(0.5):
            self._look()

    def _look(self, is_first: bool = False) -> None:
        for process in measure.processes_of(os.getsid(0)):
            try:
                command = (process / "cmdline").read_bytes()
                if b"forkserver" not in command and b"ModelActor" not in command:
                    continue
                times = (
                    process / "schedstat"
                ).read_text()  # of its main thread, which does the work
            except OSError:
                continue  # it has ended
            total = sum(map(int, times.split()[:2])) / 1e9
            before = self._seen.get(process.name, total if is_first else 0.0)
            self.seconds += total - before
            self._seen[process.name] = total


def _ingest_plain(workers: int, small: str, whole: str) -> dict[str, float]:
    from archive import Archive
    from ingest.duplicates import mark_duplicates
    from ingest.fetch import Fetcher, FetchOptions
    from ingest.pipeline import Ingester
    from ingest.workers import Workers

    with (
        tempfile.TemporaryDirectory() as folder,
        Workers(workers) as pool,
        Archive(Path(folder, "a.db")) as archive,
        Fetcher(FetchOptions()) as fetcher,
        archive.runs.record("ingest") as run,
    ):

        def take(path: str) -> int:
            number = sum(1 for _ in Ingester(archive, fetcher, run, workers=pool).ingest([path]))
            mark_duplicates(archive)
            return number

        return _timed(lambda: take(small), lambda: take(whole))


def _ingest_ray(workers: int, small: str, whole: str) -> dict[str, float]:
    from archive.parquet_folder import ParquetFolder
    from ingest.on_ray import Job, ingest_on_ray

    ray = _ray(workers)
    with tempfile.TemporaryDirectory() as folder:

        def take(path: str) -> int:
            counts: Counter[str] = Counter()
            job = Job(folder, ParquetFolder(folder).prepare(None))
            return sum(
                one for one in ingest_on_ray(ray, job, [path], counts) if isinstance(one, int)
            )

        found = _timed(lambda: take(small), lambda: take(whole))
    ray.shutdown()
    return found


def _archive_of(folder: str, *warcs: str):
    """Archives of the articles in WARC files."""
    from archive import Archive
    from ingest.fetch import Fetcher, FetchOptions
    from ingest.pipeline import Ingester

    for warc in warcs:
        path = Path(folder, Path(warc).name + ".db")
        with (
            Archive(path) as archive,
            Fetcher(FetchOptions()) as fetcher,
            archive.runs.record("ingest") as run,
        ):
            for _ in Ingester(archive, fetcher, run).ingest([warc]):
                pass
        yield path


def _summarize(workers: int, small: str, whole: str, with_ray: bool) -> dict[str, float]:
    from archive import Archive
    from summarize.defaults import default_enricher
    from summarize.on_ray import Making, archive_engine
    from summarize.pipeline import TASKS, summarize_archive

    making = Making(partial(default_enricher, "float32"), TASKS)
    ray = _ray(workers) if with_ray else None
    engine = archive_engine(ray, making) if ray else None
    with tempfile.TemporaryDirectory() as folder:
        paths = list(_archive_of(folder, small, whole))

        def make(path: Path) -> int:
            with Archive(path) as archive, archive.runs.record("summarize") as run:
                return sum(1 for _ in summarize_archive(archive, making.make(), run, engine=engine))

        found = _timed(lambda: make(paths[0]), lambda: make(paths[1]))
    if ray:
        ray.shutdown()
    return found


def _ray(workers: int):
    import ray

    from archive.cluster import OnRay, cluster

    ray.init(
        num_cpus=workers,
        include_dashboard=False,
        _node_ip_address="127.0.0.1",
        log_to_driver=False,
        logging_level="error",
    )
    return cluster(OnRay()).__enter__()


_CHILDREN = {
    ("ingest", "plain"): _ingest_plain,
    ("ingest", "ray"): _ingest_ray,
    ("summarize", "plain"): partial(_summarize, with_ray=False),
    ("summarize", "ray"): partial(_summarize, with_ray=True),
}

if __name__ == "__main__":
    main()
