"""Opening a file: what is an archive, what is none, and what is said of it."""

import re
import sqlite3
import stat

import pytest
from archive_records import save

from archive import (
    Archive,
    ArchiveCorrupt,
    ArchiveError,
    ArchiveMissing,
    ArchiveReadOnly,
    ArchiveTooNew,
    NotAnArchive,
)
from archive.database import sqlite_errors
from archive.migrations import migrations

LAST_MIGRATION = migrations._migrations[-1].name


@pytest.fixture
def path(tmp_path):
    return tmp_path / "archive.db"


@pytest.fixture
def full(path):
    """A file with an article in it, closed."""
    with Archive(path) as archive:
        save(archive)
    return path


def titles(archive):
    return [row[0] for row in archive.db.execute("select title from articles")]


def names(archive):
    return {step.name for step in migrations.applied(archive.db)}


def refused(path, mode, kind):
    """Open the file in vain; return the message, which is one line that names the file."""
    with pytest.raises(kind) as caught:
        Archive(path, mode)
    message = str(caught.value)
    assert type(caught.value) is kind
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    assert caught.value.next_step
    return message


@pytest.mark.parametrize("name", ["archive.db", "odd name ?mode=memory#50%.db", "Ünï–códe.sqlite"])
def test_a_new_file(tmp_path, name):
    with Archive(tmp_path / name) as archive:
        assert names(archive) == {step.name for step in migrations._migrations}
        assert archive.status()["articles"] == 0
        settings = {
            setting: archive.db.execute(f"pragma {setting}").fetchone()[0]
            for setting in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        }
    assert settings == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "synchronous": 1,
        "busy_timeout": 30_000,
    }
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_an_existing_file_in_both_modes(full):
    before = full.read_bytes()
    for mode in ("write", "read"):
        with Archive(full, mode) as archive:
            assert titles(archive) == ["Meta goes dark"]
    assert full.read_bytes() == before


def test_a_path_as_text_and_closing_twice(full):
    archive = Archive(str(full))
    archive.close()
    archive.close()
    with pytest.raises(sqlite3.ProgrammingError):
        archive.status()


def test_nothing_can_be_written_in_read_mode(full):
    with Archive(full, "read") as archive:
        with pytest.raises(ArchiveReadOnly), sqlite_errors(full):
            save(archive)
        assert titles(archive) == ["Meta goes dark"]


def test_an_empty_file(path):
    path.touch()
    assert "empty" in refused(path, "read", NotAnArchive)
    with Archive(path) as archive:
        assert titles(archive) == []


def test_no_file(path):
    assert "ingest SOURCE" in refused(path, "read", ArchiveMissing)
    assert not path.exists()


@pytest.mark.parametrize("mode", ["read", "write"])
def test_no_folder(tmp_path, mode):
    refused(tmp_path / "nowhere" / "archive.db", mode, ArchiveMissing)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("mode", ["read", "write"])
def test_a_folder(tmp_path, mode):
    assert "folder" in refused(tmp_path, mode, NotAnArchive)


@pytest.mark.parametrize("mode", ["read", "write"])
@pytest.mark.parametrize(
    "content",
    [b"title,url\n", b"SQLite format 3", b"SQLite format 3\x00" + b"but the rest is not" * 99],
    ids=["text", "short", "header alone"],
)
def test_no_sqlite_file(path, mode, content):
    path.write_bytes(content)
    refused(path, mode, NotAnArchive)
    assert path.read_bytes() == content


@pytest.mark.parametrize("mode", ["read", "write"])
@pytest.mark.parametrize(
    "statements",
    [
        ["create table articles (id integer primary key, title text)"],
        [
            "create table _sqlite_migrations (migration_set text, name text, applied_at text)",
            "insert into _sqlite_migrations values ('blog', 'm001', '2024-01-01')",
        ],
    ],
    ids=["no migrations", "other migrations"],
)
def test_somebody_elses_database_is_left_alone(path, mode, statements):
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    before = path.read_bytes()
    assert "not a newsarchive" in refused(path, mode, NotAnArchive)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("mode", ["read", "write"])
def test_a_newer_archive(full, mode):
    with Archive(full) as archive:
        archive.db.execute(
            "insert into _sqlite_migrations (migration_set, name, applied_at)"
            " values ('archive', 'm999_from_the_future', '2099-01-01')"
        )
    message = refused(full, mode, ArchiveTooNew)
    assert "m999_from_the_future" in message
    assert "pip install -U newsarchive" in message


def test_a_protected_file(full):
    full.chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
    assert "chmod u+w" in refused(full, "write", ArchiveReadOnly)
    with Archive(full, "read") as archive:
        assert titles(archive) == ["Meta goes dark"]
        assert archive.search("dark")[0].title == "Meta goes dark"


def test_a_protected_old_file_says_that_it_cannot_be_upgraded(path):
    old_archive(path)
    path.chmod(0o444)
    assert "chmod u+w" in refused(path, "read", ArchiveReadOnly)


def test_a_file_that_may_not_be_read(full, monkeypatch):
    def forbidden(_path, _mode):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", forbidden)
    assert "cannot be read (Permission denied)" in refused(full, "read", ArchiveError)


def test_somebody_elses_file_in_a_folder_of_theirs(full, monkeypatch):
    # As root every file may be written to, so the answer of the system is put here.
    monkeypatch.setattr("os.access", lambda _path, _kind: False)
    assert "may not write" in refused(full, "write", ArchiveReadOnly)
    with Archive(full, "read") as archive:
        assert titles(archive) == ["Meta goes dark"]
        assert [file.name for file in full.parent.iterdir()] == [full.name]


def test_a_file_that_is_being_written_is_not_taken_as_unchanging(full, monkeypatch):
    with Archive(full) as writer:
        writer.db.execute("update articles set title = 'Not yet in the main file'")
        monkeypatch.setattr("os.access", lambda _path, _kind: False)
        with Archive(full, "read") as reader:
            assert titles(reader) == ["Not yet in the main file"]


@pytest.mark.parametrize("mode", ["read", "write"])
def test_a_damaged_first_page(full, mode):
    whole = full.read_bytes()
    full.write_bytes(whole[:100] + b"\xff" * 900 + whole[1000:])
    assert ".recover" in refused(full, mode, ArchiveCorrupt)


def read_all(path, mode):
    with sqlite_errors(path), Archive(path, mode) as archive:
        tables = archive.db.execute("select name from sqlite_master where type = 'table'")
        for (table,) in tables.fetchall():
            archive.db.execute(f"select * from [{table}]").fetchall()


@pytest.mark.parametrize("mode", ["read", "write"])
@pytest.mark.parametrize("pages", [1, 5, 20])
def test_a_truncated_file(full, mode, pages):
    full.write_bytes(full.read_bytes()[: 4096 * pages])
    with pytest.raises(ArchiveCorrupt, match=re.escape(f"{full}: the file is damaged (")):
        read_all(full, mode)


def test_damage_found_later_is_told_likewise(full):
    # An article of several pages, two of which are lost.
    with Archive(full) as archive:
        archive.db.execute("update articles set text = ?", ["x" * 100_000])
    whole = full.read_bytes()
    lost = whole.index(b"x" * 4092) - 4
    full.write_bytes(whole[:lost] + b"\xff" * 8192 + whole[lost + 8192 :])
    with pytest.raises(ArchiveCorrupt, match="Restore a backup"):
        read_all(full, "read")


def test_errors_in_sql_stay_what_they_are(archive):
    with (
        pytest.raises(sqlite3.OperationalError, match="no such table"),
        sqlite_errors(archive.path),
    ):
        archive.db.execute("select * from nowhere")
    with pytest.raises(sqlite3.IntegrityError), sqlite_errors(archive.path):
        archive.db.execute("insert into revisions (article_id) values (1)")


def old_archive(path):
    """A file as the first three migrations left it, with one article."""
    from sqlite_utils import Database

    database = Database(sqlite3.connect(path))
    migrations.apply(database, stop_before="m004_entities")
    database.execute(
        "insert into articles (url, title, text, word_count, content_hash, first_seen_at, updated_at)"
        " values ('http://a.example/', 'Old news', 'A lighthouse', 2, 'x', '2024', '2024')"
    )
    database.conn.commit()
    database.close()


@pytest.mark.parametrize("mode", ["read", "write"])
def test_an_old_file_is_upgraded(path, mode):
    old_archive(path)
    with Archive(path, mode) as archive:
        assert names(archive) == {step.name for step in migrations._migrations}
        assert titles(archive) == ["Old news"]
        assert archive.status()["entities"] == 0
        assert archive.db.execute("pragma integrity_check").fetchall() == [("ok",)]


def test_articles_of_an_old_file_can_be_found(path):
    old_archive(path)
    with Archive(path) as archive:
        assert [hit.title for hit in archive.search("lighthouse")] == ["Old news"]


def test_an_upgrade_that_fails_changes_nothing(path, monkeypatch):
    old_archive(path)

    def broken(database):
        database.execute("create table half_done (id integer)")
        raise RuntimeError("the power failed")

    steps = migrations._migrations
    step = migrations._Migration(LAST_MIGRATION, broken)
    monkeypatch.setattr(migrations, "_migrations", [*steps[:-1], step])
    with pytest.raises(RuntimeError):
        Archive(path)
    monkeypatch.undo()
    connection = sqlite3.connect(path)
    applied = connection.execute("select count(*) from _sqlite_migrations").fetchone()[0]
    half = connection.execute("select 1 from sqlite_master where name = 'half_done'").fetchone()
    connection.close()
    assert (applied, half) == (3, None)
    with Archive(path) as archive:
        assert titles(archive) == ["Old news"]
