"""Enriching an archive: what is missing or stale is made, in batches, and each article is saved whole."""

import logging
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from archive import Archive, NewsarchiveError
from archive.records import Task, WorkItem
from archive.runs import Run
from summarize.enrich import Enricher, Enrichment
from summarize.settling import settle

#: Articles in a batch: enough sentences to fill the encoder's batches with little padding.
_BATCH = 16

TASKS: tuple[Task, ...] = ("summary", "tags", "vector")

_log = logging.getLogger(__name__)


def summarize_archive(
    archive: Archive,
    enricher: Enricher,
    run: Run,
    force: bool = False,
    started: Callable[[int], None] | None = None,
) -> Iterator[tuple[WorkItem, Enrichment | None]]:
    """Make what is missing; yield each article with what was made, None where it failed.

    Args:
        force: make everything again.
        started: called once with the number of articles to do.

    One article that fails is recorded in `errors`, counted as failed, and left to do.
    """
    model_ids = {task: archive.enrichments.model_id(enricher.model(task)) for task in TASKS}
    total = archive.enrichments.count_work(model_ids, force)
    if started:
        started(total)
    if not total:
        return
    for batch in _batched(archive.enrichments.work(model_ids, force), _BATCH):
        for item, enrichment in zip(batch, _enrich(enricher, batch, run), strict=True):
            if enrichment is not None:
                run.count("tokens", enrichment.tokens)
                run.count("done" if _save(archive, item, enrichment, model_ids) else "changed")
            yield item, enrichment


def _enrich(enricher: Enricher, batch: list[WorkItem], run: Run) -> list[Enrichment | None]:
    try:
        return list(enricher.enrich(batch))
    except NewsarchiveError:
        raise  # a model is missing or broken: no article is at fault, and none can be done
    except Exception as error:
        if len(batch) > 1:
            # Find the one that fails; the others are to be done all the same.
            half = len(batch) // 2
            return _enrich(enricher, batch[:half], run) + _enrich(enricher, batch[half:], run)
        item = batch[0]
        message = (
            f"article {item.article_id}: it could not be summarized ({type(error).__name__}: "
            f"{error}). Please report it; the other articles are not affected."
        )
        _log.debug("article %s", item.article_id, exc_info=error)
        run.error(f"article {item.article_id}", "summarize", "crash", " ".join(message.split()))
        run.count("failed")
        return [None]


def _save(
    archive: Archive, item: WorkItem, enrichment: Enrichment, model_ids: dict[Task, int]
) -> bool:
    """Save what was made; False if another process has changed the article: it stays to be done."""
    with archive.transaction():
        if not archive.enrichments.is_current(item):
            return False
        if enrichment.summary is not None:
            archive.enrichments.save_summary(item, enrichment.summary, model_ids["summary"])
        if enrichment.tagging is not None:
            tagging = settle(enrichment.tagging, archive.enrichments, enrichment.vector)
            archive.enrichments.save_tagging(item, tagging, model_ids["tags"])
        if enrichment.vector is not None:
            archive.enrichments.save_vector(item, enrichment.vector, model_ids["vector"])
    return True


def _batched(items: Iterable[WorkItem], size: int) -> Iterator[list[WorkItem]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
