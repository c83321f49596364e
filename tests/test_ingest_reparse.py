"""`newsarchive reparse`: stored pages, today's parser, nothing fetched."""

import json

import pytest
from archive_records import rows
from click.testing import CliRunner
from fault_server import SITE, article
from new_archive import new_archive

from archive import Archive, Page, times
from ingest import parse_article
from newsarchive import main

URLS = [f"{SITE}/{n}" for n in range(3)]
REFUSED = f"{SITE}/refused"
UNKNOWN = "there is no such article"


@pytest.fixture
def db(tmp_path):
    """An archive of three articles as an earlier parser read them, the last without a fault."""
    path = tmp_path / "archive.db"
    with Archive(new_archive(path)) as archive:
        for url in URLS:
            archive.ledger.ask(url, None)
            page = page_of(url, article(f"Boat {url[-1]} turns up"))
            read = parse_article(page.body, url).replace(url=url)
            if url == URLS[0]:
                read = read.replace(title="Menu", section="Boats")
            if url == URLS[1]:
                read = read.replace(text=read.text + "\n\nSubscribe!", authors=("By Ada",))
            archive.save_article(read, page, url)
        archive.db.execute("update articles set summary = 'short'")
    return path


def page_of(url, body):
    return Page(url, url, times.now(), body, 200, (("Content-Type", "text/html"),))


def refuse(db, body):
    with Archive(db) as archive:
        archive.ledger.ask(REFUSED, None)
        archive.save_refusal(REFUSED, "skipped", "too_short", "too short", page_of(REFUSED, body))


def table(db, name):
    with Archive(db, "read") as archive:
        return rows(archive, name)


def reparse(db, *arguments, code=0):
    result = CliRunner().invoke(main, ["--db", str(db), "reparse", *arguments])
    assert result.exit_code == code, result.output
    return result


def test_what_is_read_otherwise_is_said_and_saved(db):
    found = reparse(db).stdout.splitlines()
    assert found[0] == f"1  title, section  {URLS[0]}"
    assert found[1] == f"2  authors, text  {URLS[1]}"
    assert found[2].startswith("changed 2, added 0, unchanged 1, refused 0, failed 0 in ")
    articles = table(db, "articles")
    assert [row["title"] for row in articles] == [f"Boat {n} turns up" for n in range(3)]
    assert "Subscribe" not in articles[1]["text"]
    assert [row["summary"] for row in articles] == [None, None, "short"]
    assert [row["url"] for row in articles] == URLS


def test_a_second_run_changes_nothing(db):
    reparse(db)
    before = table(db, "articles")
    assert reparse(db).stdout.endswith("; nothing changed\n")
    assert table(db, "articles") == before


def test_what_the_parser_changed_is_no_revision(db):
    reparse(db)
    assert table(db, "revisions") == table(db, "stealth_edits") == []
    assert len(table(db, "pages")) == 3


def test_a_dry_run_writes_nothing(db):
    refuse(db, article("A lock opens"))
    before = db.read_bytes()
    result = reparse(db, "--dry-run")
    assert result.stdout.splitlines()[:3] == [
        f"1  title, section  {URLS[0]}",
        f"2  authors, text  {URLS[1]}",
        f"added  {REFUSED}",
    ]
    assert result.stdout.endswith("; dry run, nothing was written\n")
    assert db.read_bytes() == before


def test_a_refused_page_that_is_an_article_now_becomes_one(db):
    refuse(db, article("A lock opens"))
    assert f"4  added  {REFUSED}" in reparse(db, REFUSED).stdout
    with Archive(db, "read") as archive:
        entry = archive.ledger.get(REFUSED)
        assert (entry.state, entry.article_id, entry.reason) == ("article", 4, None)
        assert archive.articles.find("4")["title"] == "A lock opens"
    assert "added 0" in reparse(db).stdout


def test_a_page_that_is_no_article_still_is_no_error(db):
    refuse(db, b"<html><body>Nothing")
    assert "refused 1, failed 0" in reparse(db, REFUSED).stdout
    with Archive(db, "read") as archive:
        assert archive.ledger.get(REFUSED).tries == 1


def test_some_by_id_and_url(db):
    assert reparse(db, "2", URLS[0], "2", "--dry-run").stdout.startswith(
        f"2  authors, text  {URLS[1]}\n1  title, section  {URLS[0]}\nchanged 2, added 0, unchanged 0"
    )


def test_an_article_that_is_none_any_more_stays(db):
    with Archive(db) as archive:
        page_id = archive.articles.save_page(page_of(URLS[2], b"<html><body>Nothing"))
        archive.db.execute("update articles set page_id = ? where id = 3", [page_id])
    result = reparse(db, code=1)
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"{URLS[2]}: ")
    assert line.endswith("Its article stays as it was.")
    assert table(db, "articles")[2]["title"] == "Boat 2 turns up"
    assert [row["subject"] for row in table(db, "errors")] == [URLS[2]]


def test_so_many_pages_and_no_more(db):
    found = reparse(db, "--limit", "1").stdout
    assert "changed 1, added 0, unchanged 0, refused 0, failed 0" in found
    assert "changed 1, added 0, unchanged 2, refused 0, failed 0" in reparse(db).stdout
    assert "a limit" in reparse(db, "1", "--limit", "2", code=2).stderr


def test_what_is_not_there_is_one_line_and_stops_nothing(db):
    with Archive(db) as archive:
        archive.db.execute("update articles set page_id = null where id = 3")
    result = reparse(db, "99", "3", "1", code=1)
    assert result.stderr.splitlines() == [
        f"99: {UNKNOWN}. Find its number with: newsarchive search WORDS",
        "3: the page of this article was not kept. Ingest it again.",
    ]
    assert "changed 1, added 0, unchanged 0, refused 0, failed 2" in result.stdout


def crash(*_arguments):
    raise RuntimeError("many\nlines")


def test_a_crash_in_a_library_is_one_line(db, monkeypatch):
    monkeypatch.setattr("ingest.reparse.read_page", crash)
    result = reparse(db, "1", code=1)
    assert len(result.stderr.splitlines()) == 1
    assert "RuntimeError: many lines" in result.stderr


def test_json(db):
    report = json.loads(reparse(db, "--json").stdout)
    assert (report["changed"], report["unchanged"], report["failed"]) == (2, 1, 0)
    assert [page["fields"] for page in report["pages"]] == [
        ["title", "section"],
        ["authors", "text"],
    ]


def test_no_archive_is_made(tmp_path):
    result = reparse(tmp_path / "none.db", code=1)
    assert "there is no such archive" in result.stderr
    assert not (tmp_path / "none.db").exists()


def test_the_run_is_recorded_and_copies_are_marked(db):
    reparse(db)
    (run,) = table(db, "runs")
    assert (run["command"], run["is_complete"]) == ("reparse", 1)
    assert json.loads(run["counts"]) == {"changed": 2, "unchanged": 1}
    assert len(table(db, "signatures")) == 3


def test_a_damaged_page_is_said_and_the_others_are_read(db):
    with Archive(db) as archive:
        archive.db.execute("update pages set body = x'00' where id = 1")
        whole = page_of(URLS[0], article("Boat 0 turns up"))
    result = reparse(db, "--dry-run", code=1)
    assert result.stderr.splitlines()[0] == (
        f"{URLS[0]}: its stored page is damaged. Ingest the same file again, or take the page from a "
        "backup: newsarchive doctor tells more."
    )
    assert "changed 1, added 0, unchanged 1, refused 0, failed 1" in result.output
    with Archive(db) as archive:
        row = archive.articles.find("1")
        archive.save_article(
            parse_article(whole.body, URLS[0]).replace(url=URLS[0]), whole, URLS[0]
        )
        assert archive.articles.get_page(row["page_id"]).body == whole.body


def test_a_damaged_page_is_put_right_where_nothing_else_has_changed(db):
    with Archive(db) as archive:
        page = page_of(URLS[2], article("Boat 2 turns up"))
        archive.db.execute("update pages set body = x'00' where id = 3")
        read = parse_article(page.body, URLS[2]).replace(url=URLS[2])
        assert archive.save_article(read, page, URLS[2]).outcome == "unchanged"
        assert archive.articles.get_page(3).body == page.body


def test_a_text_that_another_program_changed_is_not_taken_for_the_true_one(db):
    reparse(db)
    runner = CliRunner()
    doctor = ["--db", str(db), "doctor"]
    runner.invoke(main, [*doctor, "--fix"])  # the summaries of the fixture are of no model
    assert runner.invoke(main, doctor).exit_code == 0
    before = table(db, "articles")
    with Archive(db) as archive:
        archive.db.execute("update articles set text = text || ' forged' where id = 2")
        archive.db.execute("update articles set title = ' ', text = 'forged' where id = 3")
    left = runner.invoke(main, [*doctor, "--fix"])
    assert left.exit_code == 1
    assert "texts: articles whose text is not the one that their hash was made of: 2 (2, 3)" in (
        left.stdout
    )
    assert "Fix: newsarchive reparse ID brings the true text back from the stored page" in (
        left.stdout
    )
    assert "Made the hash anew" not in left.stdout
    assert "texts: " in runner.invoke(main, doctor).stdout
    reparse(db, "2", "3")
    told = runner.invoke(main, doctor)
    assert (told.exit_code, told.stderr) == (0, ""), told.stdout
    changing = {"updated_at"}
    assert [
        {k: v for k, v in row.items() if k not in changing} for row in table(db, "articles")
    ] == [{k: v for k, v in row.items() if k not in changing} for row in before]
