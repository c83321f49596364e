"""What is wrong with an archive, what it means, and what of it can be put right: `newsarchive doctor`.

    check.py      what a check and its findings are
    examining.py  runs the checks, in an order in which a repair shows what else is wrong
    files.py      the file: its structure, schema, log, the disk
    orphans.py    rows that point to rows which are gone
    rows.py       rows that contradict each other
    fields.py     titles, lengths, languages that the texts do not bear out
    numbers.py    counts kept by triggers, against those counted anew
    contents.py   texts, the search index, stored pages: all that has to be read whole

A check reads in chunks or from indexes: memory does not grow with the archive. Nothing is written,
and no lock is held, unless repairs are asked for.
"""

from archive.doctor.check import Check, Finding, Report
from archive.doctor.examining import CHECKS, examine

__all__ = ["CHECKS", "Check", "Finding", "Report", "examine"]
