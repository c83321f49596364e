"""What models made on a cluster, from Parquet into an archive."""

from archive import Archive
from archive.parquet import Row, models_of, summaries_of, tagging_of
from archive.records import Task, WorkItem
from summarize.enrich import Enrichment
from summarize.pipeline import save


def save_enrichment(archive: Archive, article_id: int, row: Row) -> bool:
    """Save what a row holds of models, unless the archive has it; True if something was saved.

    What was made from another text than the archive's article has is left.
    """
    models = models_of(row)
    ids: dict[Task, int] = {
        model.task: archive.enrichments.model_id(model) for model in models.values()
    }
    tasks = archive.enrichments.missing(article_id, row["content_hash"], ids)
    if not tasks:
        return False
    item = WorkItem(
        article_id, row["title"], row["text"], row["published_at"], row["language"],
        row["content_hash"], frozenset(tasks),
    )  # fmt: skip
    made = Enrichment(
        summaries_of(row) if "summary" in tasks else (),
        tagging_of(row) if "tags" in tasks else None,
        row["vector"] if "vector" in tasks else None,
    )
    return save(archive, item, made, ids, beside=False)
