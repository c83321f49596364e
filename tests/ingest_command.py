"""Running `newsarchive ingest` in the tests, and looking at what it did."""

import contextlib
import json
import sqlite3

from click.testing import CliRunner
from new_archive import new_archive

from newsarchive import main

#: Options for a server on this machine that need not be spared; a later option overrides them.
OWN_SERVER = ("--allow-private", "--delay", "0", "--retries", "0", "--recheck", "0")


def ingest(db, *arguments, stdin=None, options=OWN_SERVER):
    """The result of the command: exit_code, stdout, stderr.

    Where there is no archive it finds a new one, copied. That it makes its own is tried by the commands
    of test_readme.py and test_end_to_end_together.py; what is no use of it makes none: by `run`.
    """
    if not db.exists() and db.parent.exists():
        new_archive(db)
    return run(db, "ingest", *options, *arguments, stdin=stdin)


def run(db, *arguments, stdin=None):
    """The result of any command."""
    result = CliRunner().invoke(main, ["--db", str(db), *map(str, arguments)], input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def rows(db, query, *values):
    """The rows of a query as dictionaries."""
    connection = sqlite3.connect(db)
    connection.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in connection.execute(query, values)]
    finally:
        connection.close()


def change(db, statement, *values):
    """Write to an archive as another program would."""
    with contextlib.closing(sqlite3.connect(db)) as connection, connection:
        connection.execute(statement, values)


def ledger(db, url):
    """(state, reason, HTTP status) of a URL."""
    found = rows(db, "select state, reason, http_status from ledger where url = ?", url)
    return tuple(found[0].values()) if found else None


def dump(db):
    """All that an ingest writes, without times and the runs themselves: equal if nothing changed."""
    articles = rows(db, "select * from articles")
    for article in articles:
        del article["last_seen_at"]
    return {
        "articles": articles,
        "pages": rows(db, "select id, requested_url, final_url, body_sha256 from pages"),
        "revisions": rows(db, "select * from revisions"),
        "field changes": rows(db, "select * from field_changes"),
        "votes": rows(db, "select * from field_votes"),
        "ledger": rows(db, "select id, url, state, reason, article_id, page_id from ledger"),
        "sources": rows(db, "select id, kind, url, title from sources"),
    }


def totals(result):
    """The counts of the totals line or of --json, without the zeros."""
    if result.stdout.startswith("{"):
        report = json.loads(result.stdout)
        names = ("added", "updated", "unchanged", "skipped", "failed", "passed_over")
        return {name.replace("_", " "): report[name] for name in names if report.get(name)}
    line = result.stdout.splitlines()[-1]
    counts = line.split(" in ")[0].split(", ")
    return {name: int(number) for name, number in (c.rsplit(" ", 1) for c in counts) if int(number)}
