"""Showing what a model has made before: nothing is computed again."""

from collections.abc import Callable, Mapping

from archive import Archive
from archive.records import EVERYTHING, Selection, Task
from summarize.settling import settle

#: Articles in a transaction: other processes may write between two.
_AT_ONCE = 100


def show_kept(
    archive: Archive,
    models: Mapping[Task, int],
    selection: Selection = EVERYTHING,
    shown: Callable[[int], None] | None = None,
) -> int:
    """Let articles show what these models have made of them and what stands beside something else.

    Vectors are of one model for the whole archive: its own become current once it has done every
    article.

    Args:
        models: for each task, the id of the model that is to be current.
        shown: called with a number of articles when these show something else.

    Returns:
        How many articles show other summaries or tags than before. Stopped at any time, the rest is
        left to the next call.
    """
    changed: set[int] = set()
    for show in (_show_summaries, _show_taggings):
        while articles := show(archive, models, selection):
            if shown:
                shown(len(articles - changed))
            changed |= articles
    with archive.transaction():
        for task, model_id in models.items():
            if task != "vector" or not archive.enrichments.count_work({task: model_id}):
                archive.models.make_current(task, model_id)
    return len(changed)


def _show_summaries(archive: Archive, models: Mapping[Task, int], selection: Selection) -> set[int]:
    if "summary" not in models:
        return set()
    with archive.transaction():
        kept = archive.enrichments.kept_summaries(models["summary"], selection, _AT_ONCE)
        for article_id in kept:
            archive.enrichments.show_summaries(article_id, models["summary"])
    return set(kept)


def _show_taggings(archive: Archive, models: Mapping[Task, int], selection: Selection) -> set[int]:
    if "tags" not in models:
        return set()
    with archive.transaction():
        kept = archive.enrichments.kept_taggings(models["tags"], selection, _AT_ONCE)
        for article_id, tagging in kept:
            # Settled as if it were made now: the archive may know more names than it did then.
            vector = archive.enrichments.current_vector(article_id)
            length = archive.articles.text_length(article_id)
            settled = settle(tagging, archive.enrichments, vector, length)
            archive.enrichments.show_tagging(article_id, settled, models["tags"])
    return {article_id for article_id, _ in kept}
