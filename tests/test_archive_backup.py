"""A backup is the archive at one moment, checked, under its name at once, and comes back as it was."""

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from archive_records import ARTICLE, save
from click.testing import CliRunner
from fault_server import RSS, UTF8
from fault_server import article as page
from ingest_command import OWN_SERVER, dump, ingest, rows
from running import running

from archive import Archive, ArchiveBusy, ArchiveCorrupt, ArchiveError
from archive import backup as module
from archive.backup import backup
from newsarchive import main

ROOT = Path(__file__).parent.parent
#: Pages that a site has; the last is not given out until the backup has been made.
PAGES = 12


def fill(path, count=3):
    with Archive(path) as archive:
        for n in range(count):
            save(archive, ARTICLE.replace(url=f"https://news.example/{n}"))
    return path


def newsarchive(db, *arguments):
    return CliRunner().invoke(main, ["--db", str(db), *map(str, arguments)])


def beside(path):
    """The names of what lies in the folder of a file."""
    return sorted(file.name for file in path.parent.iterdir())


def without(found, *columns):
    """Rows without some of their columns."""
    return [{name: row[name] for name in row if name not in columns} for row in found]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "backups").mkdir()
    return tmp_path / "backups"


def test_a_backup_holds_the_same_rows_in_one_file(tmp_path, folder):
    path = fill(tmp_path / "news.db")
    made = backup(path, folder / "news.db")
    assert beside(made.path) == ["news.db"]
    assert dump(made.path) == dump(path)
    assert made.rows["articles"] == 3
    assert made.bytes == (folder / "news.db").stat().st_size
    assert rows(made.path, "pragma journal_mode") == [{"journal_mode": "delete"}]


def test_the_command_says_what_it_made(tmp_path, folder):
    path = fill(tmp_path / "news.db")
    told = newsarchive(path, "backup", folder / "copy.db")
    assert (told.exit_code, told.stderr) == (0, "")
    assert told.stdout.startswith(f"{folder / 'copy.db'}: 3 articles, 0.")
    record = json.loads(newsarchive(path, "backup", folder / "more.db", "--json", "--quick").stdout)
    assert record.pop("seconds") >= 0
    assert record == {
        "path": str(folder / "more.db"),
        "bytes": (folder / "more.db").stat().st_size,
        "rows": {
            "articles": 3, "pages": 3, "revisions": 0, "ledger": 3,
            "sources": 0, "summaries": 0, "entities": 0, "mentions": 0,
        },
    }  # fmt: skip


def test_in_a_folder_it_is_named_after_the_archive_and_the_time(tmp_path, folder, clock):
    assert backup(fill(tmp_path / "news.db"), folder).path.name == "news-20240306T090000Z.db"


def test_what_is_written_during_the_copy_is_not_in_it(tmp_path, folder, monkeypatch):
    monkeypatch.setattr(module, "_PAGES", 8)
    path = fill(tmp_path / "news.db")
    before = dump(path)
    written = []

    def write(_done, _total):
        with Archive(path) as archive:
            save(archive, ARTICLE.replace(url=f"https://late.example/{len(written)}"))
        written.append(_done)

    made = backup(path, folder / "copy.db", progress=write)
    assert len(written) > 5
    assert dump(made.path) == before
    assert len(dump(path)["articles"]) == 3 + len(written)


class _Site(ThreadingHTTPServer):
    """A site whose last page comes only when it is released."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.released = threading.Event()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        kind, body = (
            UTF8,
            page(f"Boat {self.path} turns up", text=f"The boat was {self.path}. " * 9),
        )
        if self.path == "/feed":
            links = "".join(f"<item><link>/a/{n}</link></item>" for n in range(PAGES))
            kind, body = RSS, f'<rss version="2.0"><channel>{links}</channel></rss>'.encode()
        elif not self.path.startswith("/a/"):
            self.send_error(404)
            return
        if self.path == f"/a/{PAGES - 1}":
            self.server.released.wait(300)
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def wait_for_articles(path, number):
    while True:
        if path.exists():
            with sqlite3.connect(path, timeout=60) as connection:
                try:
                    if connection.execute("select count(*) from articles").fetchone()[0] >= number:
                        return
                except sqlite3.OperationalError:  # its tables are just being made
                    pass
        time.sleep(0.05)


def test_a_backup_of_a_running_ingest_is_restored_and_the_ingest_goes_on_from_it(tmp_path, folder):
    path, restored = tmp_path / "news.db", tmp_path / "restored.db"
    with running(_Site()) as site:
        options = [*OWN_SERVER, "--recheck", "24", "--connect-to"]
        target = f"boats.example:127.0.0.1:{site.server_port}"
        arguments = [*options, target, "http://boats.example/feed"]
        command = [sys.executable, "-m", "newsarchive", "--db", str(path), "ingest", *arguments]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
            try:
                wait_for_articles(path, PAGES - 1)
                made = backup(path, folder / "news.db")
                assert process.poll() is None
                site.released.set()
                assert process.wait(300) == 0
            finally:
                process.kill()
        assert newsarchive(made.path, "backup", restored).exit_code == 0
        # The moment of the backup: eleven articles, whole, and the last page asked for.
        whole, final = dump(restored), dump(path)
        is_copy = ("duplicate_of", "duplicate_share")  # found out when an ingest ends
        assert without(whole["articles"], *is_copy) == without(final["articles"][:-1], *is_copy)
        assert whole["pages"] == final["pages"][:-1]
        assert whole["votes"] == [v for v in final["votes"] if v["article_id"] < PAGES]
        assert {row["state"]: row["url"] for row in whole["ledger"]}["pending"].endswith("/a/11")
        assert newsarchive(restored, "doctor").exit_code == 0
        # What was on its way is asked for again, and nothing else is missing.
        assert ingest(restored, *arguments[len(OWN_SERVER) :]).exit_code == 0
    again, times = dump(restored), ("first_seen_at", "updated_at")
    for table in final:
        assert without(again[table], *times) == without(final[table], *times)


def test_nothing_is_overwritten_unless_it_is_asked_for(tmp_path, folder):
    path = fill(tmp_path / "news.db")
    target = folder / "news.db"
    target.write_text("precious")
    refused = newsarchive(path, "backup", target)
    assert (refused.exit_code, refused.stderr) == (
        1,
        f"Error: {target}: there is such a file already. Name another, or replace it with --force.\n",
    )
    assert target.read_text() == "precious"
    assert newsarchive(path, "backup", target, "--force").exit_code == 0
    assert dump(target) == dump(path)
    assert beside(target) == ["news.db"]


def test_a_restored_archive_does_not_meet_the_log_of_the_one_it_replaces(tmp_path, folder):
    path = fill(tmp_path / "news.db")
    saved = dump(backup(path, folder / "news.db").path)
    with Archive(path) as archive:
        archive.db.execute("pragma wal_autocheckpoint = 0")
        save(archive, ARTICLE.replace(url="https://news.example/wrong"))
        # As after a power cut: the log is there, and nobody has the file open.
        shutil.copy(f"{path}-wal", tmp_path / "log")
    shutil.copy(tmp_path / "log", f"{path}-wal")
    path.write_bytes(b"torn" + path.read_bytes()[4:])
    assert newsarchive(folder / "news.db", "backup", path, "--force").exit_code == 0
    assert dump(path) == saved
    assert rows(path, "pragma integrity_check") == [{"integrity_check": "ok"}]


def test_an_archive_in_use_is_not_replaced(tmp_path, folder):
    path = fill(tmp_path / "news.db")
    copy = backup(path, folder / "news.db").path
    with Archive(path, "read") as reader:
        reader.articles.find("1")
        with pytest.raises(ArchiveBusy, match="another process has this archive open"):
            backup(copy, path, is_forced=True)
        assert reader.status()["articles"] == 3
    assert "news.db.partial" not in beside(path)


def test_a_damaged_archive_gives_no_backup(tmp_path, folder):
    path = fill(tmp_path / "news.db", 40)
    with sqlite3.connect(path) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
        connection.execute("pragma journal_mode = delete")
        (root,) = connection.execute(
            "select rootpage from sqlite_master where name = 'articles_content_hash'"
        ).fetchone()
        (size,) = connection.execute("pragma page_size").fetchone()
    connection.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * size + size - 200)
        file.write(b"\xff" * 150)
    with pytest.raises(ArchiveCorrupt, match="damaged"):
        backup(path, folder / "news.db")
    assert list(folder.iterdir()) == []


def test_what_a_killed_backup_left_is_cleared_and_one_under_way_is_left_alone(tmp_path, folder):
    path = fill(tmp_path / "news.db")
    partial = folder / "news.db.partial"
    partial.write_bytes(os.urandom(5000))
    backup(path, folder / "news.db")
    assert beside(folder / "news.db") == ["news.db"]

    other = sqlite3.connect(partial, isolation_level=None)
    other.execute("begin exclusive")
    with pytest.raises(ArchiveBusy, match="another backup is being written there"):
        backup(path, folder / "news.db", is_forced=True)
    other.close()
    assert partial.exists()


def test_ctrl_c_leaves_nothing_behind(tmp_path, folder):
    def stop(_done, _total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backup(fill(tmp_path / "news.db"), folder / "news.db", progress=stop)
    assert list(folder.iterdir()) == []


def test_an_archive_of_another_version_is_copied_as_it_is(tmp_path, folder):
    path = fill(tmp_path / "news.db")
    with sqlite3.connect(path) as connection:
        connection.execute(
            "insert into _sqlite_migrations values (null, 'archive', 'm999_later', '2030-01-01')"
        )
    connection.close()
    made = backup(path, folder / "news.db").path
    assert rows(made, "select name from _sqlite_migrations order by id desc limit 1") == [
        {"name": "m999_later"}
    ]


@pytest.mark.parametrize(
    ("target", "message"),
    [("news.db", "it is the archive itself"), ("no/such/news.db", "does not exist")],
)
def test_where_no_backup_can_be(tmp_path, target, message):
    path = fill(tmp_path / "news.db")
    before = dump(path)
    with pytest.raises(ArchiveError, match=message):
        backup(path, tmp_path / target, is_forced=True)
    assert dump(path) == before


def test_a_disk_without_room_is_told_before_anything_is_copied(tmp_path, folder, monkeypatch):
    usage = shutil.disk_usage(folder)._replace(free=1_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    with pytest.raises(ArchiveError, match="the disk has 1 MB free"):
        backup(fill(tmp_path / "news.db"), folder / "news.db")
    assert list(folder.iterdir()) == []


def test_a_protected_archive_is_copied(tmp_path, folder):
    path = fill(tmp_path / "news.db")
    path.chmod(stat.S_IRUSR)
    assert dump(backup(path, folder / "news.db").path) == dump(path)
