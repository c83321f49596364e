"""What a check is, and what it finds."""

import dataclasses
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: So many of the rows at fault are named.
SUBJECTS_NAMED = 5


@dataclass(frozen=True)
class Patient:
    """An archive that is looked at: where it lies, and a connection, for writing if it is to be repaired.

    is_quick: what takes long is left out.
    """

    path: Path
    connection: sqlite3.Connection
    is_quick: bool = False

    def rows(self, sql: str, *values: Any) -> Iterator[Any]:
        """The rows of a query, one by one; of a query for one column, its values."""
        for row in self.connection.execute(sql, values):
            yield row[0] if len(row) == 1 else row

    def number(self, sql: str, *values: Any) -> int:
        """The one number that a query gives."""
        return int(self.connection.execute(sql, values).fetchone()[0] or 0)

    def write(self, *statements: str) -> None:
        """Run statements in one transaction."""
        with self.transaction():
            for statement in statements:
                self.connection.execute(statement)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        self.connection.execute("begin immediate")
        try:
            yield
            self.connection.execute("commit")
        except BaseException:
            self.connection.execute("rollback")
            raise


@dataclass(frozen=True)
class Check:
    """One thing that may be wrong.

    Attributes:
        name: short and stable, for programs.
        what: what is wrong, in the plural, as it stands before a number: "articles whose ...".
        meaning: what comes of it, a sentence or two.
        advice: what to do about it.
        find: names what is at fault, one by one.
        repair: puts right what can be; None where nothing can be done without a person.
        done: what a repair has done, a sentence.
        is_slow: it reads the archive whole; a quick look leaves it out.
    """

    name: str
    what: str
    meaning: str
    advice: str
    find: Callable[[Patient], Iterator[Any]]
    repair: Callable[[Patient], None] | None = None
    done: str = ""
    is_slow: bool = False


@dataclass(frozen=True)
class Finding:
    """What a check found: how many are at fault, and the first of them. left: after a repair."""

    check: str
    count: int
    subjects: tuple[str, ...]
    what: str
    meaning: str
    advice: str
    done: str = ""
    left: int = 0

    @property
    def is_repaired(self) -> bool:
        """True if a repair has left nothing."""
        return bool(self.done) and not self.left


@dataclass(frozen=True)
class Report:
    """All that was looked at and found."""

    path: str
    checks: int
    findings: tuple[Finding, ...]

    @property
    def is_sound(self) -> bool:
        """True if nothing is wrong, or no longer."""
        return all(finding.is_repaired for finding in self.findings)

    def as_record(self) -> dict[str, Any]:
        """The report as --json prints it."""
        findings = [
            {**dataclasses.asdict(one), "is_repaired": one.is_repaired} for one in self.findings
        ]
        return {
            "path": self.path,
            "is_sound": self.is_sound,
            "checks": self.checks,
            "findings": findings,
        }


def sql(query: str) -> Callable[[Patient], Iterator[Any]]:
    """A way to find by one query."""
    return lambda patient: patient.rows(query)


def statements(*written: str) -> Callable[[Patient], None]:
    """A repair by statements in one transaction."""
    return lambda patient: patient.write(*written)
