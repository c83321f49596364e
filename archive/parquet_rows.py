"""Reading Parquet that holds articles: the rows of folders and files that match a selection."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from archive.choosing import spellings
from archive.entities import slugify
from archive.errors import NewsarchiveError
from archive.export import Selection
from archive.names import composed
from archive.parquet import Row, schema
from archive.parquet_folder import ParquetFolder

if TYPE_CHECKING:
    import pyarrow

#: Rows in a transaction: others can write between two.
_AT_ONCE = 250
#: Without these there is no article.
_NEEDED = ("url", "title", "text")


class NotArticles(NewsarchiveError):
    """A Parquet file that does not hold articles, or not what is asked of it."""


def rows(sources: Sequence[str], selection: Selection) -> Iterator[Row]:
    """The rows of Parquet folders and files that match, with every column of `archive.parquet.schema`.

    Raises:
        NotArticles: a file cannot be read, is no Parquet or has no articles; or entities are asked
            for and no row has any.
    """
    has_entities = not selection.entity
    for source in sources:
        found = ParquetFolder(source)
        for path, month in found.files():
            if not _may_match(month, selection):
                continue
            for batch in _batches(found, path):
                has_entities = has_entities or batch["entities"].null_count < len(batch)
                yield from _matching(batch, selection)
    if not has_entities:
        raise NotArticles(
            ", ".join(sources), "no article there has entities yet",
            "Make them with: newsarchive summarize --engine ray DIR",
        )  # fmt: skip


def batches(found: Iterable[Row]) -> Iterator[list[Row]]:
    """Rows in batches, each short enough to be written in one transaction."""
    coming = iter(found)
    while some := list(islice(coming, _AT_ONCE)):
        yield some


def _batches(folder: ParquetFolder, path: str) -> "Iterator[pyarrow.Table]":
    """A file in pieces of all columns; one that the file lacks is null."""
    import pyarrow as pa

    wanted = schema()
    try:
        for batch in folder.batches_in(path):
            if missing := [name for name in _NEEDED if name not in batch.schema.names]:
                raise NotArticles(
                    path, f"it has no column {' and no column '.join(missing)}",
                    "newsarchive ingest --engine ray and newsarchive export parquet write such files.",
                )  # fmt: skip
            columns = [
                batch[field.name].cast(field.type)
                if field.name in batch.schema.names
                else pa.nulls(len(batch), field.type)
                for field in wanted
            ]
            yield pa.table(columns, schema=wanted)
    except (OSError, pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        cause = " ".join(str(error).split())
        raise NotArticles(
            path, f"it cannot be read as Parquet ({cause})", "Make it again."
        ) from None


def _may_match(month: str | None, selection: Selection) -> bool:
    """False for a month of which no day is wanted."""
    if month is None:
        return True
    if month == "undated":
        return not (selection.since or selection.until)
    since, until = str(selection.since or "")[:7], str(selection.until or "9999-99")[:7]
    return since <= month <= until


def _matching(batch: "pyarrow.Table", selection: Selection) -> Iterator[Row]:
    import pyarrow as pa
    import pyarrow.compute as pc

    if selection.since:
        batch = batch.filter(pc.greater_equal(batch["published_at"], _midnight(selection.since)))
    if selection.until:
        end = _midnight(selection.until + timedelta(days=1))
        batch = batch.filter(pc.less(batch["published_at"], end))
    if selection.site:
        hosts = pa.array(spellings(selection.site), batch["site"].type)
        batch = batch.filter(pc.is_in(batch["site"], value_set=hosts))
    for row in batch.to_pylist():
        if selection.author is not None and not _is_by(row, selection.author):
            continue
        if selection.entity is None or _names(row, selection.entity):
            yield row


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _is_by(row: Row, wanted: str) -> bool:
    """True if a row's article has an author of that name, in whatever capitals."""
    folded = composed(wanted).casefold()
    return any(composed(name).casefold() == folded for name in row["authors"] or ())


def _names(row: Row, wanted: str) -> bool:
    """True if a row's article mentions an entity of that name, slug or alias."""
    folded = wanted.casefold()
    for entity in row["entities"] or ():
        aliases: list[dict[str, Any]] = entity["aliases"] or []
        names = [entity["name"], *(alias["alias"] for alias in aliases)]
        if slugify(entity["name"]) == wanted or any(folded == name.casefold() for name in names):
            return True
    return False
