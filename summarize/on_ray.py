"""Models on a cluster: actors that hold the models, over an archive or over a Parquet folder.

An actor loads the models once and enriches batch after batch, by the functions of the plain engine. A
lost actor is started again by Ray with the batch that it was at.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from archive.parquet import enriched
from archive.parquet_folder import MADE, ParquetFolder
from archive.records import Task, WorkItem
from summarize.enrich import Enricher, Enrichment
from summarize.parquet_work import Batch, batches_of, made_table, merge_made, model_keys, read_batch
from summarize.pipeline import Engine, enrich_each

#: Batches that wait for each actor, so that it need not wait for them.
_AHEAD = 2
#: A batch that took its actor's process with it so often is given up.
_TRIES = 3

#: Actors that share a GPU, where there are cores for them: what an article takes beside the encoder, a core
#: has to do, and it takes longer than the encoder does there.
_PER_GPU = 8

Made = list[Enrichment | Exception]


@dataclass(frozen=True)
class Making:
    """What is to be made, and by what; it travels to the workers.

    Attributes:
        make: gives the models; called once in each actor.
        cores: of one actor.
    """

    make: Callable[[], Enricher]
    tasks: tuple[Task, ...]
    force: bool = False
    cores: int = 1


@dataclass(frozen=True)
class Done:
    """What came of some rows of a folder: how many were made, of how many tokens, and failures by address."""

    articles: int
    tokens: int
    failures: tuple[tuple[str, str], ...]


class ModelActor:
    """On a worker: the models, and batches through them."""

    def __init__(self, making: Making) -> None:
        self._making = making
        self._enricher = making.make()

    def enrich(self, batch: Sequence[WorkItem]) -> Made:
        """What was made of each article, or why nothing was."""
        return [_portable(made) for made in enrich_each(self._enricher, batch)]

    def enrich_rows(self, url: str, batch: Batch) -> Done:
        """Enrich rows of a Parquet folder, and stage what was made."""
        folder = ParquetFolder(url)
        wanted = None if self._making.force else model_keys(self._enricher, self._making.tasks)
        items = read_batch(folder, batch, self._making.tasks, wanted)
        made = self.enrich([item for _, item in items])
        rows, failures = [], []
        for (address, item), enrichment in zip(items, made, strict=True):
            if isinstance(enrichment, Exception):
                failures.append((address, str(enrichment)))
                continue
            models = [self._enricher.model(task) for task in sorted(item.tasks)]
            values = enriched(enrichment.summaries, enrichment.tagging, enrichment.vector, models)
            rows.append({"url": address, "content_hash": item.content_hash, **values})
        if rows:
            folder.stage(batch.part, batch.name, made_table(rows), MADE)
        tokens = sum(one.tokens for one in made if isinstance(one, Enrichment))
        return Done(len(rows), tokens, tuple(failures))


def archive_engine(ray: Any, making: Making) -> Engine:
    """The engine for `summarize.pipeline.summarize_archive`: batches go to actors, and come back in order."""

    def engine(batches: Iterable[list[WorkItem]]) -> Iterator[tuple[list[WorkItem], Made]]:
        done = _through_actors(ray, making, batches, lambda actor, some: actor.enrich.remote(some))
        for batch, made in done:
            yield batch, [made] * len(batch) if isinstance(made, Exception) else made

    return engine


def summarize_parquet(
    ray: Any, url: str, making: Making, counts: Counter[str], started: Callable[[int], None]
) -> Iterator[tuple[str, str] | int]:
    """Make what is missing in a Parquet folder; yield failures (address, cause), and numbers done.

    Args:
        ray: the module, connected.
        counts: filled with "done", "failed" and "tokens".
        started: called with the number of articles to do.
    """
    folder = ParquetFolder(url)
    folder.files()
    yield from _merge_all(ray, folder, counts)  # what a run that was killed has left
    wanted = None if making.force else model_keys(making.make(), making.tasks)
    batches = [batch for part in folder.parts() for batch in batches_of(folder, part, wanted)]
    started(sum(len(batch.rows) for batch in batches))
    work = _through_actors(
        ray, making, batches, lambda actor, batch: actor.enrich_rows.remote(url, batch)
    )
    for batch, done in work:
        if isinstance(done, Exception):
            counts["failed"] += len(batch.rows)
            name = f"{folder.file(batch.part)}, {len(batch.rows)} articles from {batch.name}"
            yield name, str(done)
            continue
        counts.update(done=done.articles, tokens=done.tokens, failed=len(done.failures))
        yield from done.failures
        yield done.articles
    yield from _merge_all(ray, folder, counts)


class _Lost(Exception):
    """What is told of an article whose worker was lost, or whose own error cannot travel."""


def _portable(made: Enrichment | Exception) -> Enrichment | Exception:
    """An error of a library may not be known where it arrives."""
    if isinstance(made, Exception):
        return _Lost(f"{type(made).__name__}: {made}")
    return made


def _through_actors(
    ray: Any, making: Making, batches: Iterable[Any], send: Callable[[Any, Any], Any]
) -> Iterator[tuple[Any, Any]]:
    """Each batch with what an actor has made of it, or the error that it met, in their order.

    No more batches are under way than keep the actors at work: memory does not grow with their number.
    """
    from ray.util import ActorPool

    coming = iter(batches)
    room, resources = _actors(ray, making)
    first = list(islice(coming, room))
    number = len(first)  # no models are loaded for which there is nothing to do
    actor = ray.remote(ModelActor).options(**resources, max_restarts=-1, max_task_retries=_TRIES)
    pool = ActorPool([actor.remote(making) for _ in range(number)])
    waiting: deque[Any] = deque()
    while True:
        for batch in first or islice(coming, number * _AHEAD - len(waiting)):
            pool.submit(send, batch)
            waiting.append(batch)
        first = []
        if not waiting:
            return
        try:
            made = pool.get_next()
        except ray.exceptions.RayActorError as error:
            made = _Lost(f"the process of the models ended each time ({type(error).__name__})")
        yield waiting.popleft(), made


def _actors(ray: Any, making: Making) -> tuple[int, dict[str, float]]:
    """How many actors the cluster has room for, and what each of them takes."""
    there = ray.cluster_resources()
    cores = max(1, int(there.get("CPU", 1)) // making.cores)
    if gpus := int(there.get("GPU", 0)):
        shares = max(1, min(_PER_GPU, cores // gpus))
        return gpus * shares, {"num_gpus": 1 / shares, "num_cpus": making.cores}
    return cores, {"num_cpus": making.cores}


def _merge_all(ray: Any, folder: ParquetFolder, counts: Counter[str]) -> Iterator[tuple[str, str]]:
    """Bring what was made into the files of their months; what is stuck stays staged."""
    merge = ray.remote(merge_made)
    for part, ref in [(part, merge.remote(folder.url, part)) for part in folder.staged_parts(MADE)]:
        try:
            ray.get(ref)
        except ray.exceptions.RayError as error:
            counts["failed"] += 1
            cause = " ".join(str(error).split())[-200:]
            yield folder.file(part), f"what was made could not be written and waits ({cause})"
