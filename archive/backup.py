"""A copy of an archive that others are writing to: one moment of it, whole, checked, under its name at once.

SQLite's online backup (https://www.sqlite.org/backup.html) is read from one snapshot of the
write-ahead log: writers go on meanwhile, and what they write is not in the copy.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from archive import times
from archive.database import open_unchanged, sqlite_errors
from archive.errors import ArchiveBusy, ArchiveCorrupt, ArchiveError, ArchiveReadOnly

#: The tables whose rows are counted on both sides; all others follow from these.
COUNTED = (
    "articles",
    "pages",
    "revisions",
    "ledger",
    "sources",
    "summaries",
    "entities",
    "mentions",
)
#: Pages copied before progress is told and Ctrl-C heard; 16 MiB with the usual page of 4 KiB.
_PAGES = 4096
#: What is left free on the disk beside the copy, in bytes.
_ROOM = 16 * 1024 * 1024


@dataclass(frozen=True)
class Backup:
    """A finished backup: where it is, its size, the rows of its main tables."""

    path: Path
    bytes: int
    rows: dict[str, int]


def backup(
    source: Path,
    target: Path,
    is_forced: bool = False,
    is_quick: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Backup:
    """Copy an archive as it is at this moment, check the copy, and give it its name.

    Args:
        source: the archive; it is not changed, nor upgraded.
        target: the file to be, or a folder, in which the file is named after the archive and the time.
        is_forced: an archive that stands there is replaced, unless another process has it open.
        is_quick: check the structure of the copy without comparing its indexes with their tables.
        progress: called with the pages copied and the pages there are.

    Raises:
        ArchiveError: it says what is in the way; the target is then as it was.
    """
    if target.is_dir():
        moment = f"{times.now():%Y%m%dT%H%M%SZ}"
        target = target / f"{source.stem}-{moment}{source.suffix or '.db'}"
    target = target.resolve()  # what a link points to is replaced, and the link stays
    with open_unchanged(source) as connection:
        _check_target(source, target, is_forced)
        size = _size_of(connection)
        _check_room(target, size)
        partial = target.with_name(f"{target.name}.partial")
        copy = _claim(partial, target)
        try:
            with sqlite_errors(partial):
                rows = _fill(connection, copy, progress)
                _check_copy(copy, source, rows, is_quick)
                copy.execute("pragma journal_mode = delete")
                _name(partial, target, is_forced)
        except BaseException:
            _remove(partial)
            raise
        finally:
            copy.close()
    return Backup(target, target.stat().st_size, rows)


def _check_target(source: Path, target: Path, is_forced: bool) -> None:
    if not target.parent.is_dir():
        raise ArchiveError(
            str(target), f"the folder {target.parent} does not exist", "Make it first."
        )
    if not target.exists():
        return
    if not target.is_file():
        raise ArchiveError(str(target), "it is a pipe or a device", "Name a file or a folder.")
    if target.samefile(source):
        raise ArchiveError(str(target), "it is the archive itself", "Name another file.")
    if not is_forced:
        raise _is_there(target)


def _is_there(target: Path) -> ArchiveError:
    return ArchiveError(
        str(target), "there is such a file already", "Name another, or replace it with --force."
    )


def _size_of(connection: sqlite3.Connection) -> int:
    pages, size = (
        connection.execute(f"pragma {name}").fetchone()[0] for name in ("page_count", "page_size")
    )
    return int(pages * size)


def _check_room(target: Path, size: int) -> None:
    free = shutil.disk_usage(target.parent).free
    if free < size + _ROOM:
        raise ArchiveError(
            str(target),
            f"the backup needs {size / 1e6:.0f} MB, and the disk has {free / 1e6:.0f} MB free",
            "Free some space, or name a file on another disk.",
        )


def _claim(partial: Path, target: Path) -> sqlite3.Connection:
    """A database under a passing name that is ours alone; what a backup that was killed left is cleared."""
    for is_last in (False, True):
        copy = sqlite3.connect(partial, timeout=0, isolation_level=None)
        try:
            # The lock is kept until the connection is closed.
            copy.execute("pragma locking_mode = exclusive")
            copy.execute("begin exclusive")
            copy.execute("rollback")
        except sqlite3.DatabaseError as error:
            copy.close()
            if "locked" in str(error):
                raise ArchiveBusy(
                    str(target), "another backup is being written there", "Wait for it to finish."
                ) from error
            if is_last or "unable to open" in str(error) or "readonly" in str(error):
                raise _not_writable(target) from error
            _remove(partial)
        else:
            break
    # If this is killed the copy is made anew: it need not be kept safe on the way.
    copy.execute("pragma synchronous = off")
    return copy


def _not_writable(target: Path) -> ArchiveReadOnly:
    return ArchiveReadOnly(
        str(target),
        f"the folder {target.parent} cannot be written to",
        "Check its permissions, or name a file elsewhere.",
    )


def _fill(
    connection: sqlite3.Connection, copy: sqlite3.Connection, progress: Callable[[int, int], None]
) -> dict[str, int]:
    """Copy a snapshot; return how many rows its main tables have."""
    # Within a transaction the copy is of the moment of its first read. Without one SQLite begins
    # anew whenever another process writes, and would never end beside a busy ingest.
    connection.execute("begin")
    try:
        rows = _rows_of(connection)
        connection.backup(
            copy,
            pages=_PAGES,
            progress=lambda _status, left, total: progress(total - left, total),
        )
    finally:
        connection.execute("rollback")
    return rows


def _rows_of(connection: sqlite3.Connection) -> dict[str, int]:
    there = {
        name
        for (name,) in connection.execute("select name from sqlite_master where type = 'table'")
    }
    return {
        table: connection.execute(f"select count(*) from {table}").fetchone()[0]
        for table in COUNTED
        if table in there
    }


def _check_copy(
    copy: sqlite3.Connection, source: Path, rows: dict[str, int], is_quick: bool
) -> None:
    check = "quick_check" if is_quick else "integrity_check"
    (found,) = copy.execute(f"pragma {check}(1)").fetchone()
    if found != "ok":
        raise ArchiveCorrupt(
            str(source),
            f"its copy is damaged, and so is it ({found})",
            f"See: newsarchive --db {source} doctor",
        )
    if (copied := _rows_of(copy)) != rows:
        raise ArchiveCorrupt(
            str(source), f"its copy has other rows ({copied} instead of {rows})", "Copy it again."
        )


def _name(partial: Path, target: Path, is_forced: bool) -> None:
    """The copy under its name, on the disk: the whole of it, or what was there before."""
    _sync(partial)
    if is_forced and target.exists():
        _retire(target)
        partial.replace(target)
    else:
        try:
            os.link(partial, target)
            partial.unlink()
        except FileExistsError as error:
            raise _is_there(target) from error
        except OSError:  # a file system without hard links
            if target.exists():
                raise _is_there(target) from None
            partial.replace(target)
    _sync(target.parent)


def _retire(target: Path) -> None:
    """Close the log of an archive that is to be replaced: SQLite would play it into the new one.

    Raises:
        ArchiveBusy: another process has the archive open.
    """
    old = sqlite3.connect(target, timeout=0, isolation_level=None)
    try:
        old.execute("pragma journal_mode = delete")
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            raise ArchiveBusy(
                str(target),
                "another process has this archive open",
                "Stop what reads or writes it, then run the command again.",
            ) from error
        # Damaged, or no archive at all: that may be why it is replaced.
    finally:
        old.close()
    for ending in ("-wal", "-shm", "-journal"):
        target.with_name(target.name + ending).unlink(missing_ok=True)


def _remove(partial: Path) -> None:
    for ending in ("", "-journal", "-wal", "-shm"):
        partial.with_name(partial.name + ending).unlink(missing_ok=True)


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
