"""The file as such: its version, structure, schema, write-ahead log, the disk it lies on."""

import re
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlite_utils import Database

from archive.database import open_unchanged
from archive.doctor.check import Check, Finding, Patient
from archive.migrations import migrations

#: SQLite tells no more faults of the structure than this.
_MOST_FAULTS = 100
#: Faults of an index alone; it is made anew from its table.
_OF_AN_INDEX = re.compile(
    r"row \d+ missing from index|wrong # of entries in index|non-unique entry in index"
    r"|rowid not at end-of-record for row \d+ of index"
)
#: A write-ahead log is usually 4 MB. A larger one was not written back for long.
_LARGE_LOG = 256 * 1024 * 1024
#: Free space that an archive needs to grow: a share of its size, and at least so many bytes.
_ROOM_SHARE, _LEAST_ROOM = 0.1, 64 * 1024 * 1024


def is_older(path: Path) -> bool:
    """True if steps of the schema are missing in the file that this version knows."""
    with open_unchanged(path) as connection:
        return bool(_pending(connection))


def upgraded() -> Finding:
    """What is told of an archive that has just been upgraded."""
    return Finding(
        "version",
        1,
        (),
        "schemas of an earlier version",
        "The program would have upgraded it at its next command.",
        "newsarchive doctor --fix upgrades it.",
        "Upgraded it.",
    )


def version(patient: Patient) -> Finding | None:
    """Whether the schema is that of this version of the program."""
    if pending := _pending(patient.connection):
        return Finding(
            "version",
            len(pending),
            tuple(pending[:5]),
            "steps of the schema that are missing",
            "The archive is of an earlier version; the program upgrades it at its next command. "
            "What else may be wrong can be told then.",
            "newsarchive doctor --fix upgrades it. Make a backup first.",
        )
    known = {step.name for step in migrations._migrations}
    applied = [step.name for step in migrations.applied(Database(patient.connection))]
    if unknown := [name for name in applied if name not in known]:
        return Finding(
            "version",
            len(unknown),
            tuple(unknown[:5]),
            "steps of the schema that this version does not know",
            "The archive was written by a later version of the program, which alone can judge it.",
            "Upgrade with: pip install -U newsarchive",
        )
    return None


def _pending(connection: sqlite3.Connection) -> list[str]:
    return [step.name for step in migrations.pending(Database(connection))]


def _damages(patient: Patient) -> Iterator[str]:
    check = "quick_check" if patient.is_quick else "integrity_check"
    try:
        for line in patient.rows(f"pragma {check}({_MOST_FAULTS})"):
            if line != "ok":
                yield line
    except sqlite3.DatabaseError as error:
        yield str(error)


def _make_indexes_anew(patient: Patient) -> None:
    if all(_OF_AN_INDEX.match(line) for line in _damages(patient)):
        patient.connection.execute("reindex")


def _differences(patient: Patient) -> Iterator[str]:
    """The tables, indexes, triggers and views that are missing, or are others."""
    for part in _as_it_should_be():
        kind, name = part.kind, part.name
        there = patient.connection.execute(
            "select sql from sqlite_master where type = ? and name = ?", [kind, name]
        ).fetchone()
        if there is None:
            yield f"{kind} {name} is missing"
        elif kind == "table" and not part.text.startswith("CREATE VIRTUAL"):
            for column in sorted(part.columns - _columns(patient.connection, name)):
                yield f"table {name} has no column {column}"
        elif " ".join(there[0].split()) != " ".join(part.text.split()):
            yield f"{kind} {name} is another"


def _restore_schema(patient: Patient) -> None:
    texts = {(part.kind, part.name): part.text for part in _as_it_should_be()}
    written = []
    for line in _differences(patient):
        kind, name, *_ = line.split()
        if kind != "table":
            written += [f"drop {kind} if exists {name}", texts[kind, name]]
    patient.write(*written)


_SCHEMA = """
    select type, name, sql from sqlite_master
    where sql is not null and name not like 'sqlite_%' and name not like 'articles_fts_%'
       or type = 'trigger'
    order by type <> 'table', rowid
"""


@dataclass(frozen=True)
class _Part:
    """A table, index, trigger or view, with the statement that makes it and the columns it has."""

    kind: str
    name: str
    text: str
    columns: frozenset[str]


@cache
def _as_it_should_be() -> tuple[_Part, ...]:
    """The schema of a new archive, which is made in memory."""
    database = Database(memory=True)
    try:
        migrations.apply(database)
        parts = database.conn.execute(_SCHEMA).fetchall()
        return tuple(
            _Part(kind, name, text, _columns(database.conn, name)) for kind, name, text in parts
        )
    finally:
        database.close()


def _columns(connection: sqlite3.Connection, table: str) -> frozenset[str]:
    found = connection.execute("select name from pragma_table_info(?)", [table])
    return frozenset(name for (name,) in found)


def _large_log(patient: Patient) -> Iterator[str]:
    log = Path(f"{patient.path}-wal")
    size = log.stat().st_size if log.exists() else 0
    if size > max(_LARGE_LOG, patient.path.stat().st_size // 4):
        yield f"{log}: {size / 1e6:.0f} MB"


def _write_log_back(patient: Patient) -> None:
    patient.connection.execute("pragma wal_checkpoint(truncate)")


def _full_disk(patient: Patient) -> Iterator[str]:
    free = shutil.disk_usage(patient.path.resolve().parent).free
    if free < max(_LEAST_ROOM, patient.path.stat().st_size * _ROOM_SHARE):
        yield f"{patient.path.resolve().parent}: {free / 1e6:.0f} MB free"


CHECKS = (
    Check(
        "disk",
        "disks that are nearly full",
        "When it is full nothing can be added, and no backup made.",
        "Free some space, or move the archive to a larger disk.",
        _full_disk,
    ),
    Check(
        "structure",
        "faults in the structure of the file",
        "Parts of the file were not written as they should have been: a failing disk, a copy made "
        "while others wrote to it, or another program. What is damaged may be lost.",
        "Restore a backup (docs/operations.md), or try: sqlite3 FILE .recover. "
        "Where only indexes are at fault, newsarchive doctor --fix makes them anew.",
        _damages,
        _make_indexes_anew,
        "Made the indexes anew from their tables.",
    ),
    Check(
        "schema",
        "parts of the schema that are missing or were changed",
        "Without its triggers, searches and counts fall out of step with the articles; without its "
        "indexes, pages are slow.",
        "newsarchive doctor --fix makes triggers, indexes and views as they should be. "
        "Tables come back with a backup alone.",
        _differences,
        _restore_schema,
        "Made triggers, indexes and views as they should be.",
    ),
    Check(
        "log",
        "write-ahead logs that have grown large",
        "It takes disk space and slows every read. A reader that has been open for days, or a "
        "program that was killed, kept it from being written back.",
        "Stop readers that have been open for long, then: newsarchive doctor --fix",
        _large_log,
        _write_log_back,
        "Wrote it back into the archive.",
    ),
)
