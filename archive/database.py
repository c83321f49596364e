"""Opening the file: is it ours, is it sound, may we write, does it need upgrading?"""

import os
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from sqlite_utils import Database

from archive.errors import (
    ArchiveBusy,
    ArchiveCorrupt,
    ArchiveError,
    ArchiveMissing,
    ArchiveReadOnly,
    ArchiveTooNew,
    NotAnArchive,
)
from archive.migrations import migrations

Mode = Literal["write", "read"]

#: How long a statement waits for another process's write lock, in seconds.
BUSY_TIMEOUT_S = 30.0

#: Memory for pages of the file while writing, at most.
_CACHE_KIB = 64 * 1024
#: Pages in the write-ahead log at which it is brought into the file: 64 MB.
_LOG_PAGES = 16_000

_MAGIC = b"SQLite format 3\x00"


def open_database(path: Path, mode: Mode) -> Database:
    """Open an archive file, creating it (write mode only) or upgrading it when it is older.

    Raises:
        ArchiveMissing, NotAnArchive, ArchiveTooNew, ArchiveReadOnly, ArchiveCorrupt, ArchiveBusy.
    """
    _check_path(path, mode)
    with sqlite_errors(path):
        database = _connect(path, mode)
        try:
            has_pending = _check_schema(database, path)
            if has_pending and mode == "read":
                database.close()
                open_database(path, "write").close()
                database = _connect(path, mode)
            elif has_pending:
                _upgrade(database)
            if mode == "write":
                _use_write_ahead_log(database)
        except BaseException:
            database.close()
            raise
    return database


@contextmanager
def open_unchanged(path: Path, mode: Mode = "read") -> Iterator[sqlite3.Connection]:
    """An archive as it is, whether or not this version knows its schema; nothing is upgraded.

    Raises:
        ArchiveMissing, NotAnArchive, ArchiveReadOnly, ArchiveCorrupt, ArchiveBusy.
    """
    if not path.exists():
        _check_path(path, "read")
    _check_path(path, mode)
    with sqlite_errors(path):
        database = _connect(path, mode)
        try:
            _check_ours(database, path)
            yield database.conn
        finally:
            database.close()


def is_protected(path: Path) -> bool:
    """True if nobody has write permission on the file.

    The permission bits are read, not tried: a protected archive is protected from root too.
    """
    return path.exists() and not path.stat().st_mode & 0o222


@contextmanager
def sqlite_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's errors about the file into ours; errors about SQL stay as they are."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        translated = translate(error, path)
        if translated is None:
            raise
        raise translated from error


def translate(error: sqlite3.DatabaseError, path: Path) -> ArchiveError | None:
    """The error of ours that says what SQLite's says of the file; None for one about SQL."""
    message, subject = str(error), str(path)
    folded = message.lower()
    if "locked" in folded or "busy" in folded:
        return ArchiveBusy(
            subject,
            f"another process kept it locked for {BUSY_TIMEOUT_S:g} seconds",
            "Wait for it to finish, then run the command again; nothing is lost.",
        )
    if "readonly" in folded:
        return ArchiveReadOnly(
            subject, "it cannot be written to", "Check the permissions of the file and its folder."
        )
    if "not a database" in folded:
        return NotAnArchive(subject, "it is not a SQLite file", "Name another file with --db.")
    if re.search(r"malformed|corrupt|disk i/o error", folded):
        return ArchiveCorrupt(
            subject,
            f"the file is damaged ({message})",
            "Restore a backup, or try: sqlite3 FILE .recover",
        )
    if "full" in folded:
        return ArchiveError(subject, "the disk is full", "Free some space and run again.")
    if "unable to open" in folded:
        return ArchiveError(subject, "it cannot be opened", "Check the path and its permissions.")
    return None


def _check_path(path: Path, mode: Mode) -> None:
    subject = str(path)
    if path.is_dir():
        raise NotAnArchive(subject, "it is a folder", "Name a file with --db.")
    if not path.exists():
        if mode == "read":
            raise ArchiveMissing(
                subject,
                "there is no such archive",
                f"Make one with: newsarchive --db {subject} ingest SOURCE",
            )
        if not path.parent.is_dir():
            raise ArchiveMissing(
                subject, f"the folder {path.parent} does not exist", "Make it first."
            )
        return
    if mode == "write" and is_protected(path):
        raise ArchiveReadOnly(
            subject,
            "the file is protected against writing",
            f"Allow it with: chmod u+w {subject}",
        )
    if mode == "write" and not os.access(path, os.W_OK):
        raise ArchiveReadOnly(
            subject, "you may not write to the file", "Ask its owner, or work on a copy."
        )
    try:
        with path.open("rb") as file:
            head = file.read(len(_MAGIC))
    except OSError as error:
        raise ArchiveError(
            subject, f"it cannot be read ({error.strerror})", "Check its permissions."
        ) from error
    if head and head != _MAGIC:
        raise NotAnArchive(subject, "it is not a SQLite file", "Name another file with --db.")
    if not head and mode == "read":
        raise NotAnArchive(subject, "the file is empty", "Name another file with --db.")


def _connect(path: Path, mode: Mode) -> Database:
    query = "mode=rwc"
    if mode == "read":
        query = "mode=ro&immutable=1" if _is_sealed(path) else "mode=ro"
    # isolation_level=None: transactions begin where `Archive.transaction` says, nowhere else.
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?{query}",
        uri=True,
        timeout=BUSY_TIMEOUT_S,
        isolation_level=None,
    )
    connection.execute("pragma foreign_keys = on")
    return Database(connection)


def _is_sealed(path: Path) -> bool:
    # SQLite puts two files beside a database with a write-ahead log even to read it. Where we may
    # not, and nobody has it open, it can be read as a file that does not change.
    beside = (Path(f"{path}-wal"), Path(f"{path}-shm"))
    return not os.access(path.resolve().parent, os.W_OK) and not any(p.exists() for p in beside)


def _upgrade(database: Database) -> None:
    # One transaction, its lock taken first: of several processes that open a new file at once one
    # makes the tables, the others find them made; and a kill leaves no half of an archive.
    database.execute("begin immediate")
    try:
        migrations.apply(database)
        database.commit()
    except BaseException:
        database.rollback()
        raise


def _use_write_ahead_log(database: Database) -> None:
    # SQLite does not wait where a file changes its journal, which happens once: so wait here.
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            database.execute("pragma journal_mode = wal")
            break
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
    database.execute("pragma synchronous = normal")
    # Writing touches some thirty indices: their inner pages stay in memory, and pages that are
    # written again and again go from the log into the file once. See docs/million.md.
    database.execute(f"pragma cache_size = -{_CACHE_KIB}")
    database.execute(f"pragma wal_autocheckpoint = {_LOG_PAGES}")
    # A reader that looks long lets the log grow; when it has gone, the log shrinks again.
    database.execute(f"pragma journal_size_limit = {4096 * _LOG_PAGES}")


def is_foreign(connection: sqlite3.Connection) -> bool:
    """True if the file holds tables, and they are not an archive's."""
    names = {row[0] for row in connection.execute("select name from sqlite_master")}
    if not names:
        return False
    if "_sqlite_migrations" not in names:
        return True
    query = "select 1 from _sqlite_migrations where migration_set = ? limit 1"
    return connection.execute(query, [migrations.name]).fetchone() is None


def _check_ours(database: Database, path: Path) -> None:
    if is_foreign(database.conn):
        raise NotAnArchive(
            str(path),
            "it is a SQLite database, but not a newsarchive",
            "Name another file with --db.",
        )


def _check_schema(database: Database, path: Path) -> bool:
    """Return whether migrations are pending; raise if the file is not ours or is too new."""
    _check_ours(database, path)
    pending = {step.name for step in migrations.pending(database)}
    applied = {step.name for step in migrations.applied(database)}
    known = pending | {step.name for step in migrations._migrations}
    if unknown := sorted(applied - known):
        raise ArchiveTooNew(
            str(path),
            f"it was written by a later version (unknown migration {unknown[-1]})",
            "Upgrade with: pip install -U newsarchive",
        )
    return bool(pending)
