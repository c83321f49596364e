"""The table `models`: which model of a task is current, how much each has done, what is forgotten."""

from typing import Any

from sqlite_utils import Database

from archive.records import Task


class Models:
    """The ledger of models."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def current(self, task: Task) -> int | None:
        """The id of the model of a task that was made current last; None before the first."""
        return current_model(self._db, task)

    def make_current(self, task: Task, model_id: int) -> None:
        """Let a model be the current one of its task.

        For vectors this is all: those of the current model alone are used. What summaries and tags
        an article shows is changed article by article (`Enrichments.show_summaries`, `show_tagging`).
        """
        make_current(self._db, task, model_id)

    def forget(self, model_id: int) -> None:
        """Delete all that a model has made, and the model. Call it only of one that no article shows."""
        for table in ("summaries", "taggings", "vectors", "enrichments"):
            self._db.execute(f"delete from {table} where model_id = ?", [model_id])
        self._db.execute("delete from models where id = ?", [model_id])

    def counts(self) -> list[dict[str, Any]]:
        """Of each model that has done anything: id, task, name, revision, is_current, and articles.

        articles are those it has worked on, up_to_date those whose present text it has read,
        shown those that show what it has made.
        """
        return list(
            self._db.query(
                """
                select m.id, m.task, m.name, m.revision, m.is_current, sum(b.made) as articles,
                       sum(b.up_to_date) as up_to_date,
                       case m.task
                           when 'vector' then m.is_current * sum(b.made)
                           when 'tags' then sum(b.made) - (
                               select count(*) from taggings t where t.model_id = m.id
                           )
                           else sum(b.made) - (
                               select count(distinct s.article_id) from summaries s
                               where s.model_id = m.id and not s.is_current
                           )
                       end as shown
                from enrichment_blocks b join models m on m.id = b.model_id and m.task = b.task
                group by m.id having sum(b.made) > 0 order by m.task, m.id
                """
            )
        )


def current_model(db: Database, task: Task) -> int | None:
    """See `Models.current`."""
    row = db.execute("select id from models where task = ? and is_current", [task]).fetchone()
    return int(row[0]) if row else None


def make_current(db: Database, task: Task, model_id: int) -> None:
    """See `Models.make_current`."""
    db.execute(
        "update models set is_current = 0 where task = ? and is_current and id <> ?",
        [task, model_id],
    )
    db.execute("update models set is_current = 1 where id = ? and not is_current", [model_id])
