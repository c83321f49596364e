"""What is to be made in a Parquet folder, in batches of rows; and what was made, into the rows."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archive.parquet import ENRICHED, model_record, schema
from archive.parquet_folder import MADE, ParquetFolder, Part
from archive.records import Task, WorkItem
from summarize.enrich import Enricher

if TYPE_CHECKING:
    import pyarrow

#: Rows in a batch: enough that an actor's work is long beside the way to it.
_BATCH = 64
#: The columns that a task fills.
_COLUMNS: dict[Task, tuple[str, ...]] = {
    "summary": ("summary", "summaries"),
    "tags": ("tags", "mentions", "title_mentions", "entities"),
    "vector": ("vector",),
}
#: What is read of a row to make the rest.
_READ = ("url", "title", "text", "published_at", "language", "content_hash", "models")


@dataclass(frozen=True)
class Batch:
    """Rows of a part that need something: the number of their group in the file, and theirs in it."""

    part: Part
    group: int
    rows: tuple[int, ...]

    @property
    def name(self) -> str:
        """What was made of them is staged under this."""
        return f"{self.group:05}-{self.rows[0]:05}"


def model_keys(enricher: Enricher, tasks: Collection[Task]) -> dict[Task, str]:
    """For each task the model that does it, as JSON."""
    return {task: _key(model_record(enricher.model(task))) for task in tasks}


def batches_of(
    folder: ParquetFolder, part: Part, wanted: Mapping[Task, str] | None
) -> Iterator[Batch]:
    """The rows of a part that lack something by the models that are wanted; all if that is None."""
    for group, table in enumerate(folder.groups(part, ["models"])):
        rows = [
            row
            for row, models in enumerate(table["models"].to_pylist())
            if wanted is None or _missing(models, wanted)
        ]
        for start in range(0, len(rows), _BATCH):
            yield Batch(part, group, tuple(rows[start : start + _BATCH]))


def read_batch(
    folder: ParquetFolder, batch: Batch, tasks: Collection[Task], wanted: Mapping[Task, str] | None
) -> list[tuple[str, WorkItem]]:
    """The address of each row, and what is to be made of it."""
    rows = folder.group(batch.part, batch.group, _READ).take(list(batch.rows)).to_pylist()
    return [
        (
            row["url"],
            WorkItem(
                0, row["title"], row["text"], row["published_at"], row["language"],
                row["content_hash"],
                frozenset(tasks if wanted is None else _missing(row["models"], wanted)),
            ),
        )
        for row in rows
    ]  # fmt: skip


def made_table(rows: list[dict[str, Any]]) -> "pyarrow.Table":
    """What was made, as it is staged: url, content_hash and the columns that models fill."""
    import pyarrow as pa

    columns = pa.schema([schema().field(name) for name in ("url", "content_hash", *ENRICHED)])
    return pa.Table.from_pylist(rows, schema=columns)


def merge_made(url: str, part: Part) -> None:
    """Bring what is staged for a part into its rows; what was made from another text is dropped."""
    import pyarrow as pa

    folder = ParquetFolder(url)
    staged = folder.staged(part, MADE)
    made = {
        (row["url"], row["content_hash"]): row
        for table in staged.values()
        for row in table.to_pylist()
    }
    if made:
        folder.write(
            part, pa.concat_tables([_filled(table, made) for table in folder.groups(part)])
        )
    folder.drop(list(staged))


def _key(record: Mapping[str, str]) -> str:
    return json.dumps(dict(record), sort_keys=True)


def _missing(models: Iterable[Mapping[str, str]] | None, wanted: Mapping[Task, str]) -> set[Task]:
    """The tasks of which a row has nothing by the model that is wanted."""
    there = {_key(record) for record in models or ()}
    return {task for task, key in wanted.items() if key not in there}


def _filled(
    table: "pyarrow.Table", made: Mapping[tuple[str, str], Mapping[str, Any]]
) -> "pyarrow.Table":
    import pyarrow as pa

    keys = zip(table["url"].to_pylist(), table["content_hash"].to_pylist(), strict=True)
    found = [made.get(key) for key in keys]
    if not any(found):
        return table
    old = table.select(list(ENRICHED)).to_pylist()
    new = [_one(before, row) if row else before for before, row in zip(old, found, strict=True)]
    for name in ENRICHED:
        field = schema().field(name)
        values = pa.array([row[name] for row in new], field.type)
        table = table.set_column(table.schema.get_field_index(name), field, values)
    return table


def _one(before: Mapping[str, Any], made: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a row with those of the tasks that were done in their places."""
    tasks: set[Task] = {record["task"] for record in made["models"]}
    models = [record for record in before["models"] or () if record["task"] not in tasks]
    changed = {name: made[name] for task in tasks for name in _COLUMNS[task]}
    return {**before, **changed, "models": [*models, *made["models"]]}
