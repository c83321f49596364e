"""What is still to do: the articles for which a model has made nothing from their present text.

The one rule: an article needs a task unless `enrichments` has a row for (article, task, model) with
the article's present content hash. Triggers count the rows that do (`enrichment_blocks`) and the
articles (`article_blocks`) in blocks of ids, so that only blocks in which something lacks are read.
"""

from collections.abc import Iterator, Mapping

from sqlite_utils import Database

from archive import times
from archive.records import EVERYTHING, Selection, Task, WorkItem

#: Articles to a block, as `archive.migrations.work` counts them.
_BLOCK = 1024
#: Articles are read in chunks of this many, so that memory does not grow with the archive.
_CHUNK = 200


def count(
    db: Database, models: Mapping[Task, int], force: bool = False, selection: Selection = EVERYTHING
) -> int:
    """How many articles `find` will yield, its selection's limit left aside."""
    if not models and not force:
        return 0
    where, parameters = _needs_work(models, force, selection)
    is_all = selection.since is None and selection.site is None
    if force and not is_all:
        return int(
            db.execute(f"select count(*) from articles a where {where}", parameters).fetchone()[0]
        )
    query = f"select count(*) from articles a where id >= ? and id < ? and {where}"
    total = 0
    for block, articles, done in _blocks(db, {} if force else models):
        if is_all and not done:
            total += articles
        else:
            ends = [_BLOCK * block, _BLOCK * (block + 1)]
            total += db.execute(query, [*ends, *parameters]).fetchone()[0]
    return total


def find(
    db: Database, models: Mapping[Task, int], force: bool = False, selection: Selection = EVERYTHING
) -> Iterator[WorkItem]:
    """The articles to be worked on, oldest id first, each with its tasks; the limit is left aside."""
    if not models and not force:
        return
    where, parameters = _needs_work(models, force, selection)
    for block, _, _ in _blocks(db, {} if force else models):
        first, end = _BLOCK * block, _BLOCK * (block + 1)
        while True:
            rows = db.execute(
                f"""
                select id, title, text, published_at, language, content_hash from articles a
                where id >= ? and id < ? and {where} order by id limit {_CHUNK}
                """,
                [first, end, *parameters],
            ).fetchall()
            for article_id, title, text, published_at, language, content_hash in rows:
                tasks = set(models) if force else missing(db, article_id, content_hash, models)
                yield WorkItem(
                    article_id,
                    title,
                    text,
                    times.from_text(published_at),
                    language,
                    content_hash,
                    frozenset(tasks),
                )
            if len(rows) < _CHUNK:
                break
            first = rows[-1][0] + 1


def chosen(selection: Selection) -> tuple[str, list[str | int]]:
    """The condition that chooses articles `a`, apart from the limit."""
    clauses = ["1"]
    parameters: list[str | int] = []
    if selection.since is not None:
        clauses.append("coalesce(a.published_at, a.first_seen_at) >= ?")
        parameters.append(selection.since.isoformat())
    if selection.site is not None:
        clauses.append("a.site = ?")
        parameters.append(selection.site)
    return " and ".join(clauses), parameters


def _blocks(db: Database, models: Mapping[Task, int]) -> list[tuple[int, int, int]]:
    """The blocks in which some articles lack what one of the models makes; of no model: all blocks.

    Returns:
        block; its articles; how many of them the model that has done fewest has done.
    """
    done = [
        "coalesce((select up_to_date from enrichment_blocks "
        "where task = ? and model_id = ? and block = b.block), 0)"
        for _ in models
    ]
    # SQLite's min of a single value is another function.
    least = f"min({', '.join([*done, 'articles'])})" if models else "0"
    return db.execute(
        f"""
        select block, articles, done from (
            select block, articles, {least} as done from article_blocks b
        ) where done < articles order by block
        """,
        [value for pair in models.items() for value in pair],
    ).fetchall()


def missing(
    db: Database, article_id: int, content_hash: str, models: Mapping[Task, int]
) -> set[Task]:
    """The tasks whose model has made nothing of an article's text with this hash."""
    rows = db.execute(
        "select task, model_id from enrichments where article_id = ? and content_hash = ?",
        [article_id, content_hash],
    ).fetchall()
    return {task for task, model_id in models.items() if (task, model_id) not in set(rows)}


def _needs_work(
    models: Mapping[Task, int], force: bool, selection: Selection
) -> tuple[str, list[str | int]]:
    where, parameters = chosen(selection)
    if force:
        return where, parameters
    clauses: list[str] = []
    for task, model_id in sorted(models.items()):
        clauses.append(
            "not exists (select 1 from enrichments e where e.article_id = a.id "
            "and e.task = ? and e.model_id = ? and e.content_hash = a.content_hash)"
        )
        parameters += [task, model_id]
    return f"{where} and ({' or '.join(clauses)})", parameters
