"""No page reads a table whole that grows with the archive: the plan of every query says so."""

import re
import shutil
import sqlite3

import pytest
from datasette.database import Database
from serve_archive import STORIES, build, opened

from archive import Archive
from archive.records import Model

#: One row each, or one for each outlet: these may be read whole.
SMALL = {
    "sources", "runs", "models", "sqlite_master", "_sqlite_migrations", "site_totals", "ledger_totals",
}  # fmt: skip
#: Other spellings, which lead to the page.
MOVED = ["/-/author/ada%20writer", "/-/site/www.daily.example"]
PAGES = [
    *MOVED,
    "/",
    "/?before=2024-03-05T17:04:00Z_4",
    "/?after=2024-03-05T17:04:00Z_4",
    "/?before=_2",
    "/?after=_1",
    "/-/article/4",
    "/-/article/4/changes",
    "/-/article/4/names",
    "/-/article/4/page",
    "/-/entities",
    "/-/entity/meta",
    "/-/entity/meta?before=2024-03-05T21:00:00Z_5",
    "/-/coverage/meta",
    "/-/changes",
    "/-/changes?site=daily.example&stealth=1&before=2024-06-01T00:00:00Z_4",
    "/-/changes.atom",
    "/-/sites",
    "/-/site/daily.example",
    "/-/site/daily.example?before=2024-03-05T21:00:00Z_5",
    "/-/author/Ada%20Writer",
    "/-/author/Ada%20Writer?before=2024-03-05T21:00:00Z_5",
    "/-/health",
    "/-/metrics",
    "/-/search",
    "/-/search?q=meta",
    "/-/search?q=no+such+words",
    "/-/search?q=meta&sort=date&by=both",
    "/-/search?q=meta&by=meaning",
    "/-/search?like=4",
    "/-/search?site=daily.example",
    "/-/search?author=ada+writer&since=2024-01-01",
    "/-/search?q=meta&author=nobody&entity=Nobody%20Known&site=www.nowhere.example",
    "/-/search?entity=meta&since=2024-01-01&until=2024-12-31",
    "/-/search?since=2024-01-01&language=en&length=short&paywall=no&type=person",
    "/-/search?q=meta&site=daily.example&entity=meta&since=2024-01-01&type=person&language=en",
    "/-/feed.atom",
    "/-/feed.json?entity=meta",
    "/-/opensearch.xml",
    "/sitemap.xml",
    "/sitemap-1.xml",
    "/robots.txt",
]
#: Those that ask otherwise where there are several archives.
PAGES_OF_SEVERAL = [
    "/",
    "/?before=2024-03-05T17:04:00Z_4@b",
    "/?after=_1@a",
    "/-/article/b/4",
    "/-/entity/meta",
    "/-/coverage/meta",
    "/-/changes",
    "/-/site/daily.example",
    "/-/author/Ada%20Writer",
    "/-/health",
    "/-/metrics",
    "/-/search?q=meta+dark",
    "/-/search?q=no+such+words",
    "/-/search?q=meta&by=both&archive=b",
    "/-/feed.atom?q=meta",
    "/sitemap-1.xml",
]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = build(tmp_path_factory.mktemp("plans") / "a.db", *STORIES)
    with Archive(path) as archive:
        model = archive.enrichments.model_id(Model("vector", "test", "1"))
        archive.models.make_current("vector", model)
        for number in range(1, 6):
            archive.db.execute("insert into vectors values (?, ?, ?)", [number, model, b"\0<" * 64])
    return path


def scans(plan):
    """The tables that a plan reads whole: a scan with no index that gives the wanted order."""
    found = []
    for *_, line in plan:
        whole = re.match(r"SCAN (\S+)(?P<index> USING (COVERING )?INDEX (\S+))?", line)
        if whole and "VIRTUAL TABLE" not in line:
            found.append((whole[1], whole["index"]))
    return found


async def asked_by(monkeypatch, address, *paths):
    """Every statement that a page runs, as SQLite saw it."""
    statements = []
    connect = Database.connect

    def traced(self, *args, **options):
        connection = connect(self, *args, **options)
        connection.set_trace_callback(statements.append)
        return connection

    monkeypatch.setattr(Database, "connect", traced)
    with opened(*paths) as datasette:
        await datasette.invoke_startup()
        statements.clear()
        response = await datasette.client.get(address)
    assert response.status_code == (302 if address in MOVED else 200), address
    return [s for s in dict.fromkeys(statements) if re.match(r"\s*(select|with)\b", s, re.I)]


@pytest.mark.parametrize("address", PAGES)
async def test_no_query_of_a_page_reads_a_large_table_whole(monkeypatch, path, address):
    statements = await asked_by(monkeypatch, address, path)
    assert address == "/robots.txt" or len(statements) > 1
    nothing_large_is_read_whole(address, statements, path)


@pytest.mark.parametrize("address", PAGES_OF_SEVERAL)
async def test_nor_does_a_page_of_several_archives(monkeypatch, path, tmp_path, address):
    other = shutil.copy(path, tmp_path / "b.db")
    statements = await asked_by(monkeypatch, address, path, other)
    assert len(statements) > 1
    nothing_large_is_read_whole(address, statements, path)


def nothing_large_is_read_whole(address, statements, path):
    connection = sqlite3.connect(path)
    for statement in statements:
        if "sqlite_master" in statement or "pragma" in statement.lower():
            continue
        aliases = {
            alias or table: table
            for table, alias in re.findall(
                r"(?:from|join)\s+(\w+)(?:\s+(?!on\b|where\b|order\b|indexed\b|join\b|group\b|limit\b|cross\b)(\w+))?",
                statement,
                re.I,
            )
        }
        for name, index in scans(connection.execute(f"explain query plan {statement}")):
            table = aliases.get(name, name)
            # The first rows of an index, or of the table by its numbers, and no more than asked for.
            in_order = index is not None or "order by id" in statement
            is_ordered = in_order and re.search(r"limit\s+\S+", statement, re.I)
            is_made = table in ("json_each", "wanted", "o", "w") or name.startswith("(")
            assert is_ordered or is_made or table in SMALL or is_derived(connection, table), (
                f"{address} reads {table} whole:\n{statement}"
            )
    connection.close()


def is_derived(connection, name):
    """True for a subquery, whose own reading is told in other lines of the plan."""
    row = connection.execute("select 1 from sqlite_master where name = ?", [name]).fetchone()
    return row is None


def test_the_check_sees_a_scan(path):
    connection = sqlite3.connect(path)
    plan = connection.execute("explain query plan select count(*) from articles where title = 'x'")
    assert scans(plan) == [("articles", None)]
    connection.close()
