"""Runs: one row for each invocation, with versions, counts, times, and what went wrong."""

import json
import platform
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from sqlite_utils import Database

from archive import times
from archive.addresses import shown

#: Packages whose version can change what an article says or what is made of it.
_PACKAGES = ("newsarchive", "newspaper3k", "trafilatura", "transformers", "torch")


class Run:
    """A run that is under way; `counts` is written when it ends, however it ends."""

    def __init__(self, db: Database, run_id: int) -> None:
        self._db = db
        self.id = run_id
        self.counts: dict[str, int] = {}

    def count(self, what: str, number: int = 1) -> None:
        """Add to one of the run's totals."""
        self.counts[what] = self.counts.get(what, 0) + number

    def keep(self) -> None:
        """Write the totals as they are now, so that a run of days that is killed has told them."""
        query = "update runs set counts = ? where id = ?"
        self._db.execute(query, [json.dumps(self.counts), self.id])

    def error(self, subject: str, stage: str, reason: str, message: str) -> None:
        """Keep an error: what it was about, in which stage, a short reason and the whole line."""
        self._db.table("errors").insert(
            {
                "run_id": self.id,
                "subject": subject,
                "stage": stage,
                "reason": reason,
                "message": message,
                "occurred_at": times.to_text(times.now()),
            }
        )


class Runs:
    """The tables `runs` and `errors`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    @contextmanager
    def record(self, command: str, arguments: Sequence[str] = ()) -> Iterator[Run]:
        """Record what happens inside the block as one run."""
        table = self._db.table("runs")
        table.insert(
            {
                "command": command,
                "arguments": _as_json(arguments),
                "versions": json.dumps(_versions()),
                "started_at": times.to_text(times.now()),
            }
        )
        run = Run(self._db, int(table.last_pk))  # type: ignore[arg-type]
        is_complete = False
        try:
            yield run
            is_complete = "interrupted" not in run.counts
        finally:
            self._db.execute(
                "update runs set finished_at = ?, counts = ?, is_complete = ? where id = ?",
                [times.to_text(times.now()), json.dumps(run.counts), is_complete, run.id],
            )

    def has_any(self, command: str) -> bool:
        """True if the command was ever run on this archive."""
        query = "select 1 from runs where command = ? limit 1"
        return self._db.execute(query, [command]).fetchone() is not None

    def has_finished(self, command: str, arguments: Sequence[str]) -> bool:
        """True if the command was run to its end with these arguments."""
        query = "select 1 from runs where command = ? and arguments = ? and is_complete limit 1"
        row = self._db.execute(query, [command, _as_json(arguments)])
        return row.fetchone() is not None

    def last(self) -> list[dict[str, Any]]:
        """The latest run of each command."""
        rows = self._db.query(
            """
            select command, started_at, finished_at, counts from runs
            where id in (select max(id) from runs group by command) order by command
            """
        )
        return [{**row, "counts": json.loads(row["counts"])} for row in rows]


def _as_json(arguments: Sequence[str]) -> str:
    return json.dumps([*map(shown, arguments)], ensure_ascii=False)


@cache
def _versions() -> Mapping[str, str]:
    found = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # an install without that part
            continue
    return found
