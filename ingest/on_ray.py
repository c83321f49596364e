"""Ingesting files on a cluster: Ray Data maps `read_page` over blocks of pages; the outcome is Parquet.

    lots -> blocks of pages -> rows, staged by month -> each month's rows merged -> copies marked

Each step may be done again without harm, since what it writes has a name that follows from what it
read: so Ray begins again what a lost worker was at, and the next run goes on where this one was killed.
A page that makes a parser hang, crash or fill the memory costs itself alone (`ingest.workers`).
"""

import json
import pickle
import sys
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from archive import Article, Page, times
from archive.cluster import data_settings
from archive.parquet import month_of, row_of, table_of
from archive.parquet_folder import ParquetFolder, Part
from archive.url_forms import article_key
from ingest.errors import FetchError, IngestError, ParseError, SourceError
from ingest.intake import Outcome
from ingest.kinds import Kind
from ingest.lots import Block, Lot, lots_of, read_lot
from ingest.month_parts import mark_copies, merge, months_after
from ingest.read import Parser, read_page
from ingest.selection import Selection
from ingest.sources import Candidate
from ingest.workers import Workers, WorkLimits

#: Cores that one reader of files keeps busy: to parse a page takes twenty times as long as to read it.
_CORES_PER_READER = 16


def read_and_sign(
    page: Page, article: Article | None, parser: Parser, kind: Kind | None
) -> tuple[Article, str | None, bytes | None]:
    """The article of a page as the plain engine reads it, a warning, and the text's signature."""
    from ingest.duplicates import signature_of

    found, warning = (article, None) if article else read_page(page, parser, kind)
    return found, warning, signature_of(found.text)


@dataclass(frozen=True)
class Job:
    """What the workers are told; it travels to each of them.

    Attributes:
        output: the address of the Parquet folder.
        parts: how many files a month has in it.
        limits: of each page.
        read: what makes an article of a page, in a process of its own.
    """

    output: str
    parts: int
    parser: Parser = "all"
    kind: Kind | None = None
    selection: Selection = field(default_factory=Selection)
    limits: WorkLimits = field(default_factory=WorkLimits)
    read: Callable[..., Any] = read_and_sign

    def fingerprint(self, lot: Lot) -> str:
        """What a lot came to holds as long as this stays the same."""
        patterns = (self.selection.include, self.selection.exclude)
        told = [[pattern.pattern for pattern in some] for some in patterns]
        return json.dumps(
            [lot.fingerprint, self.parser, self.kind, str(self.selection.since), told]
        )


def ingest_on_ray(
    ray: Any,
    job: Job,
    sources: Iterable[str],
    counts: Counter[str],
    stdin: Iterable[str] = (),
) -> Iterator[Outcome | int]:
    """Read files into a Parquet folder; yield what was not taken, and numbers of pages done.

    Args:
        ray: the module, connected.
        counts: filled with what became of all, as the plain engine counts it.
    """
    folder = ParquetFolder(job.output)
    lots, errors = lots_of(sources, stdin)
    for error in errors:
        yield _refused(error, counts)
    todo = {
        lot.key: lot
        for lot in lots
        if folder.input(lot.key).get("fingerprint") != job.fingerprint(lot)
    }
    counts["inputs_done_before"] += len(lots) - len(todo)
    data_settings()
    if todo:
        yield from _parse_all(ray, job, folder, todo, counts)
    merged = yield from _merge_all(ray, job, folder, counts)
    yield from _mark_all(ray, job, folder, merged, counts)


@dataclass
class _Progress:
    """What has come back of a lot."""

    lot: Lot
    blocks: set[int] = field(default_factory=set)
    last: int | None = None
    refusals: list[dict[str, Any]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def is_whole(self) -> bool:
        return self.last is not None and len(self.blocks) == self.last + 1

    @property
    def is_done(self) -> bool:
        """False for what the next run is to read again: a file that breaks off may be whole then."""
        return not any(row["is_of_input"] for row in self.refusals)


def _parse_all(
    ray: Any, job: Job, folder: ParquetFolder, todo: Mapping[str, Lot], counts: Counter[str]
) -> Iterator[Outcome | int]:
    from ray.data import TaskPoolStrategy

    items = [pickle.dumps((job, lot)) for lot in todo.values()]
    cores = int(ray.cluster_resources().get("CPU", 1))
    readers = max(1, min(len(todo), cores // _CORES_PER_READER))
    blocks = (
        ray.data.from_items(items, override_num_blocks=len(items))
        # Reading waits and inflates: it takes no core from those who parse.
        .flat_map(_blocks_of, num_cpus=0, compute=TaskPoolStrategy(size=readers))
        .map(_parsed, num_cpus=1)
    )
    progress = {key: _Progress(lot) for key, lot in todo.items()}
    for row in blocks.iter_rows():
        report = pickle.loads(row["report"])  # noqa: S301  # our own worker wrote it
        one = progress[report["lot"]]
        if report["number"] in one.blocks:
            continue  # a worker was lost after its report
        one.blocks.add(report["number"])
        one.last = report["number"] if report["is_last"] else one.last
        one.counts.update(report["counts"])
        one.refusals += report["refusals"]
        counts.update(report["counts"])
        for refusal in report["refusals"]:
            yield Outcome(
                refusal["url"], refusal["state"], error=refusal["error"], reason=refusal["reason"]
            )
        for url, warning in report["warnings"]:
            yield Outcome(url, "noted", warning=warning)
        yield report["pages"]
        if one.is_whole:
            _keep(folder, job, one)
    for one in progress.values():
        if not one.is_whole:
            yield _refused(_lost(one), counts)


def _blocks_of(row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """On a worker: the blocks of a lot."""
    job, lot = pickle.loads(row["item"])  # noqa: S301  # our own driver wrote it
    for block in read_lot(lot, job.kind, job.selection):
        yield {"job": pickle.dumps(job), "lot": lot.key, "block": block.pickled()}


def _parsed(row: Mapping[str, Any]) -> dict[str, bytes]:
    """On a worker: a block parsed, and its rows staged; the report tells what became of it."""
    job, block = pickle.loads(row["job"]), pickle.loads(row["block"])  # noqa: S301
    parsing = _Parsing(job, _parsers(job.limits))
    return {"report": pickle.dumps(parsing.parse(str(row["lot"]), block))}


@cache
def _parsers(limits: WorkLimits) -> Workers:
    """The process in which a worker parses; it lives as long as the worker, over many blocks."""
    # It would begin with the main module of Ray's worker, and load Ray for nothing.
    vars(sys.modules["__main__"]).pop("__file__", None)
    return Workers(1, limits)


class _Parsing:
    """Parses blocks, and stages the rows."""

    def __init__(self, job: Job, workers: Workers) -> None:
        self._job = job
        self._folder = ParquetFolder(job.output)
        self._workers = workers

    def parse(self, lot: str, block: Block) -> dict[str, Any]:
        """Read all pages of a block; what became of them, as the driver counts and tells it."""
        counts = Counter(passed_over=block.passed_over)
        staged: dict[Part, list[dict[str, Any]]] = {}
        refusals: list[dict[str, Any]] = []
        warnings: list[tuple[str, str]] = []
        pages = [item for item in block.items if isinstance(item, Candidate)]
        readings = {id(one): self._reading(one) for one in pages}
        for item in block.items:
            try:
                if isinstance(item, IngestError):
                    raise item
                article, warning, signature = readings[id(item)].result()
            except IngestError as error:
                page = item.page if isinstance(item, Candidate) else None
                if page:
                    error.subject = item.url  # type: ignore[union-attr]
                refusals.append(_refusal(error, page))
                counts[refusals[-1]["state"]] += 1
                continue
            if self._job.selection.is_old(article.published_at):
                counts["passed_over"] += 1
                continue
            if warning := warning or item.warning:
                warnings.append((item.url, warning))
            row = {**row_of(article, item.page, item.source.url), "signature": signature}  # type: ignore[arg-type]
            month = month_of(article.published_at)
            part = self._folder.part_of(month, article_key(article.url), self._job.parts)
            staged.setdefault(part, []).append(row)
        for part, rows in staged.items():
            self._folder.stage(part, f"{lot}-{block.number:06}", table_of(rows))
        return {
            "lot": lot, "number": block.number, "is_last": block.is_last, "counts": counts,
            "refusals": refusals, "warnings": warnings, "pages": len(block.items),
        }  # fmt: skip

    def _reading(self, candidate: Candidate) -> Any:
        return self._workers.submit(
            candidate.url, self._job.read, candidate.page, candidate.article,
            self._job.parser, candidate.kind,
        )  # fmt: skip


def _merge_all(
    ray: Any, job: Job, folder: ParquetFolder, counts: Counter[str]
) -> Generator[Outcome, None, set[str]]:
    """Merge what is staged, by this run or by one that was killed; return the months that changed."""
    parts = folder.staged_parts()
    changed: set[str] = set()
    for part, found in _mapped(ray, _merge_part, job, parts):
        if found is None:
            yield _refused(_stuck(job, part.month, "merged"), counts)
            continue
        counts.update(found)
        if found["added"] or found["updated"]:
            changed.add(part.month)
    return changed


def _mark_all(
    ray: Any, job: Job, folder: ParquetFolder, months: set[str], counts: Counter[str]
) -> Iterator[Outcome]:
    # An original may have come in the month before.
    there = {part.month for part in folder.parts()}
    after = {month for month, before in months_after(there) if before in months}
    pairs = list(months_after(months | after))
    for (month, _), found in _mapped(ray, _mark_month, job, pairs):
        if found is None:
            yield _refused(_stuck(job, month, "searched for copies"), counts)


def _mapped(ray: Any, function: Any, job: Job, items: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Each item with what the function made of it on the cluster, None where it failed."""
    if not items:
        return
    rows = [{"job": pickle.dumps(job), "item": pickle.dumps(item)} for item in items]
    data = ray.data.from_items(rows, override_num_blocks=len(rows)).map(function)
    missing = dict.fromkeys(items)
    for row in data.iter_rows():
        item, found = pickle.loads(row["made"])  # noqa: S301  # our own worker wrote it
        missing.pop(item, None)
        yield item, found
    yield from missing.items()


def _merge_part(row: Mapping[str, Any]) -> dict[str, bytes]:
    job, part = pickle.loads(row["job"]), pickle.loads(row["item"])  # noqa: S301
    return {"made": pickle.dumps((part, merge(ParquetFolder(job.output), part)))}


def _mark_month(row: Mapping[str, Any]) -> dict[str, bytes]:
    job, (month, before) = pickle.loads(row["job"]), pickle.loads(row["item"])  # noqa: S301
    changed = mark_copies(ParquetFolder(job.output), month, before)
    return {"made": pickle.dumps(((month, before), changed))}


def _keep(folder: ParquetFolder, job: Job, one: _Progress) -> None:
    """Write down what came of a lot that was read to its end."""
    import pyarrow as pa

    text = pa.string()
    columns = pa.schema(
        [("url", text), ("state", text), ("reason", text), ("error", text), ("fetched_at", text)]
    )
    rows = [{name: row[name] for name in columns.names} for row in one.refusals]
    facts = {
        "lot": one.lot.name,
        "counts": json.dumps(one.counts),
        "read_at": times.to_text(times.now()) or "",
        **({"fingerprint": job.fingerprint(one.lot)} if one.is_done else {}),
    }
    folder.save_input(one.lot.key, pa.Table.from_pylist(rows, schema=columns), facts)


def _refusal(error: IngestError, page: Page | None) -> dict[str, Any]:
    is_failure = isinstance(error, FetchError | SourceError | ParseError)
    return {
        "url": error.subject,
        "state": "failed" if is_failure else "skipped",
        "reason": error.reason,
        "error": str(error),
        "fetched_at": times.to_text(page.fetched_at) if page else None,
        "is_of_input": isinstance(error, SourceError) and error.reason != "bad_record",
    }


def _refused(error: IngestError, counts: Counter[str]) -> Outcome:
    counts["failed"] += 1
    return Outcome(error.subject, "failed", error=str(error), reason=error.reason)


def _lost(one: _Progress) -> IngestError:
    known = f"{one.last + 1}" if one.last is not None else "its"
    return SourceError(
        one.lot.name, "lost", f"not all of {known} blocks of pages could be processed",
        "What was is kept. See Ray's logs for the cause, and run the same command again.",
    )  # fmt: skip


def _stuck(job: Job, month: str, what: str) -> IngestError:
    return SourceError(
        f"{job.output}, month {month}", "lost", f"it could not be {what}",
        "Nothing is lost. See Ray's logs for the cause, and run the same command again.",
    )  # fmt: skip
