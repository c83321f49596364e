"""Errors that are shown to people.

    NewsarchiveError
    ├── ArchiveError            the file itself
    │   ├── ArchiveMissing      asked to read a file that does not exist
    │   ├── NotAnArchive        not SQLite, or somebody else's database
    │   ├── ArchiveTooNew       written by a later newsarchive
    │   ├── ArchiveReadOnly     asked to write to a protected file
    │   ├── ArchiveCorrupt      SQLite says that the file is damaged
    │   ├── ArchiveBusy         another process held the write lock too long
    │   └── PageDamaged         a stored page is not as it came
    ├── ingest.errors           FetchError, NotAnArticle, SourceError ...
    └── summarize.errors        ModelError ...

Every message is one line: the input, the cause, the next step.
"""


class NewsarchiveError(Exception):
    """The base of every error that newsarchive raises on purpose.

    Attributes:
        subject: the input at fault: a URL, a path, a row.
        cause: what went wrong, without a full stop.
        next_step: what the person can do about it, a whole sentence, or "".
    """

    def __init__(self, subject: str, cause: str, next_step: str = "") -> None:
        super().__init__(subject, cause, next_step)
        self.subject = subject
        self.cause = cause
        self.next_step = next_step

    def __str__(self) -> str:
        line = f"{self.subject}: {self.cause}."
        if self.next_step:
            line += f" {self.next_step}"
        # A cause may quote input; a message stays one line whatever it quotes.
        return " ".join(line.split())


class ArchiveError(NewsarchiveError):
    """The archive file cannot be used as asked."""


class ArchiveMissing(ArchiveError):
    """There is no file to read."""


class NotAnArchive(ArchiveError):
    """The file is not a newsarchive database."""


class ArchiveTooNew(ArchiveError):
    """The file has migrations that this version does not know."""


class ArchiveReadOnly(ArchiveError):
    """The file is protected against writing."""


class ArchiveCorrupt(ArchiveError):
    """SQLite cannot read the file's structure."""


class ArchiveBusy(ArchiveError):
    """Another process kept the write lock for longer than the busy timeout."""


class PageDamaged(ArchiveError):
    """A stored page cannot be read, or is not the one whose digest was kept."""
