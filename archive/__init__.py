"""The archive: one SQLite file. Records, migrations, the store; no network, no model, no web."""

from typing import TYPE_CHECKING, Any

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


def __getattr__(name: str) -> Any:
    # What parses pages needs the records alone: the store, with sqlite_utils, takes as long to load
    # as all of the parser.
    if name == "Archive":
        from archive.store import Archive

        return Archive
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
