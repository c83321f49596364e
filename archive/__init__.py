"""The archive: one SQLite file. Records, migrations, the store; no network, no model, no web."""

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
