"""Enriching an archive: what is missing or stale is made, in batches, and each article is saved whole."""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice

from archive import Archive, NewsarchiveError, deciding
from archive.records import EVERYTHING, Selection, Task, WorkItem
from archive.runs import Run
from summarize.current import show_kept
from summarize.enrich import Enricher, Enrichment
from summarize.settling import settle

TASKS: tuple[Task, ...] = ("summary", "tags", "vector")

#: Takes batches, and gives each with what was made of its articles, in the same order.
Engine = Callable[
    [Iterable[list[WorkItem]]], Iterator[tuple[list[WorkItem], list[Enrichment | Exception]]]
]

_log = logging.getLogger(__name__)


def summarize_archive(
    archive: Archive,
    enricher: Enricher,
    run: Run,
    force: bool = False,
    started: Callable[[int], None] | None = None,
    tasks: Collection[Task] = TASKS,
    selection: Selection = EVERYTHING,
    beside: bool = False,
    engine: Engine | None = None,
) -> Iterator[tuple[WorkItem, Enrichment | None]]:
    """Make what is missing; yield each article with what was made, None where it failed.

    What a model has made is shown at once, what it had made before included, so that going back to
    an earlier model computes nothing; vectors are used once every article has them.

    Args:
        force: make everything again.
        started: called once with the number of articles to do.
        tasks: what is to be made.
        selection: of which articles.
        beside: keep what is made beside what is shown.
        engine: what enriches the batches; this process if None.

    One article that fails is recorded in `errors`, counted as failed, and left to do.
    """
    deciding.settle(archive)
    model_ids = {task: archive.enrichments.model_id(enricher.model(task)) for task in tasks}
    if not beside and (shown := show_kept(archive, model_ids, selection)):
        run.count("shown", shown)
    total = archive.enrichments.count_work(model_ids, force, selection)
    if started:
        started(total)
    if not total:
        return
    work = archive.enrichments.work(model_ids, force, selection)
    run_batches = engine or partial(_here, enricher)
    for batch, made in run_batches(_batched(work, enricher.articles_at_once)):
        done = list(zip(batch, made, strict=True))
        # Together: the search index takes sixteen texts at once for little more than one.
        with archive.transaction():
            for item, enrichment in done:
                if isinstance(enrichment, Exception):
                    _record(run, item, enrichment)
                    continue
                run.count("tokens", enrichment.tokens)
                is_saved = save(archive, item, enrichment, model_ids, beside)
                run.count("done" if is_saved else "changed")
        for item, enrichment in done:
            yield item, None if isinstance(enrichment, Exception) else enrichment
    if not beside and "vector" in model_ids:
        show_kept(archive, {"vector": model_ids["vector"]}, selection)


def enrich_each(enricher: Enricher, batch: Sequence[WorkItem]) -> list[Enrichment | Exception]:
    """Enrich a batch; where an article makes that fail, the error stands in its place."""
    try:
        return list(enricher.enrich(batch))
    except NewsarchiveError:
        raise  # a model is missing or broken: no article is at fault, and none can be done
    except Exception as error:
        if len(batch) == 1:
            return [error]
        # Find the one that fails; the others are to be done all the same.
        half = len(batch) // 2
        return enrich_each(enricher, batch[:half]) + enrich_each(enricher, batch[half:])


def _here(
    enricher: Enricher, batches: Iterable[list[WorkItem]]
) -> Iterator[tuple[list[WorkItem], list[Enrichment | Exception]]]:
    for batch in batches:
        yield batch, enrich_each(enricher, batch)


def _record(run: Run, item: WorkItem, error: Exception) -> None:
    message = (
        f"article {item.article_id}: it could not be summarized ({type(error).__name__}: "
        f"{error}). Please report it; the other articles are not affected."
    )
    _log.debug("article %s", item.article_id, exc_info=error)
    run.error(f"article {item.article_id}", "summarize", "crash", " ".join(message.split()))
    run.count("failed")


def save(
    archive: Archive,
    item: WorkItem,
    enrichment: Enrichment,
    model_ids: Mapping[Task, int],
    beside: bool,
) -> bool:
    """Save what was made; False if another process has changed the article: it stays to be done."""
    enrichments = archive.enrichments
    with archive.transaction():
        if not enrichments.is_current(item):
            return False
        if enrichment.summaries:
            enrichments.save_summaries(item, enrichment.summaries, model_ids["summary"], beside)
        if enrichment.vector is not None:
            enrichments.save_vector(item, enrichment.vector, model_ids["vector"])
        if enrichment.tagging is not None:
            vector = enrichments.current_vector(item.article_id)
            tagging = settle(enrichment.tagging, enrichments, vector, len(item.text))
            enrichments.save_tagging(item, tagging, model_ids["tags"], beside)
    return True


def _batched(items: Iterable[WorkItem], size: int) -> Iterator[list[WorkItem]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
