"""Runs the checks, one after another, each repaired before the next looks."""

import itertools
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from archive.addresses import shown
from archive.database import open_database, open_unchanged, translate
from archive.doctor import contents, fields, files, numbers, rows
from archive.doctor.check import SUBJECTS_NAMED, Check, Finding, Patient, Report
from archive.errors import ArchiveBusy

#: The order matters: what is put right by one may show, or be, what the next finds.
CHECKS: Sequence[Check] = (
    *files.CHECKS,
    *fields.TITLES,
    *contents.TEXTS,
    *rows.CHECKS,
    *fields.CHECKS,
    *numbers.CHECKS,
    *contents.CHECKS,
)


def examine(
    path: Path,
    is_repairing: bool = False,
    is_quick: bool = False,
    tell: Callable[[str], None] = lambda _name: None,
) -> Report:
    """Look for all that may be wrong with an archive.

    Args:
        path: the archive.
        is_repairing: put right what can be made again from what the archive holds.
        is_quick: leave out what reads the archive whole.
        tell: is told the name of each check before it begins.

    Raises:
        ArchiveError: it cannot be opened at all, or was locked by another process for too long.
    """
    found: list[Finding] = []
    if is_repairing and files.is_older(path):
        open_database(path, "write").close()
        found.append(files.upgraded())
    with open_unchanged(path, "write" if is_repairing else "read") as connection:
        patient = Patient(path, connection, is_quick)
        if stranger := files.version(patient):
            # Nothing more can be said of tables that are not those of this version.
            return Report(shown(str(path)), 1, (*found, stranger))
        checks = [check for check in CHECKS if not (is_quick and check.is_slow)]
        for check in checks:
            tell(check.name)
            finding = _made(patient, check, is_repairing)
            if finding:
                found.append(finding)
    return Report(shown(str(path)), len(checks) + 1, tuple(found))


def _made(patient: Patient, check: Check, is_repairing: bool) -> Finding | None:
    try:
        count, subjects = _counted(check.find(patient))
    except sqlite3.DatabaseError as error:
        return _failed(patient, check, error)
    if not count:
        return None
    done, left = "", 0
    if is_repairing and check.repair:
        try:
            check.repair(patient)
            left, remaining = _counted(check.find(patient))
        except sqlite3.DatabaseError as error:
            return _failed(patient, check, error)
        done, subjects = check.done if left < count else "", remaining or subjects
    return Finding(check.name, count, subjects, check.what, check.meaning, check.advice, done, left)


def _counted(found: Iterator[Any]) -> tuple[int, tuple[str, ...]]:
    first = tuple(str(subject) for subject in itertools.islice(found, SUBJECTS_NAMED))
    return len(first) + sum(1 for _ in found), first


def _failed(patient: Patient, check: Check, error: sqlite3.DatabaseError) -> Finding:
    ours = translate(error, patient.path)
    if isinstance(ours, ArchiveBusy):
        raise ours from error
    return Finding(
        check.name,
        1,
        (str(error),),
        "checks that could not be made",
        "A table that it reads is damaged or missing.",
        "See the findings before it; or restore a backup (docs/operations.md).",
    )
