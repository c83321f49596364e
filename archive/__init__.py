"""The archive: one SQLite file. Records, migrations, the store; no network, no model, no web."""

import sys
from typing import TYPE_CHECKING, Any

from archive import without_pandas
from archive.errors import (
    ArchiveBusy,
    ArchiveCorrupt,
    ArchiveError,
    ArchiveMissing,
    ArchiveReadOnly,
    ArchiveTooNew,
    NewsarchiveError,
    NotAnArchive,
)
from archive.records import (
    Alias,
    Article,
    Entity,
    FieldVote,
    Mention,
    Page,
    Summary,
    SummarySentence,
)

if TYPE_CHECKING:
    from archive.store import Archive

__all__ = [
    "Alias",
    "Archive",
    "ArchiveBusy",
    "ArchiveCorrupt",
    "ArchiveError",
    "ArchiveMissing",
    "ArchiveReadOnly",
    "ArchiveTooNew",
    "Article",
    "Entity",
    "FieldVote",
    "Mention",
    "NewsarchiveError",
    "NotAnArchive",
    "Page",
    "Summary",
    "SummarySentence",
]

# Here, before whichever part is the first to load sqlite_utils.
sys.meta_path.insert(0, without_pandas.WithoutPandas())


def __getattr__(name: str) -> Any:
    # What parses pages needs the records alone: the store, with sqlite_utils, takes as long to load
    # as all of the parser.
    if name == "Archive":
        from archive.store import Archive

        return Archive
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
