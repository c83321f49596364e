"""Pages that are good however they come: charsets, compression, redirects, repeats, changes."""

import gzip
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from fault_server import PAGES, SITE, article
from ingest_command import change, dump, ingest, ledger, rows, totals


def test_good_ways_that_look_odd(site, db):
    paths = ["/hops/1", "/gzip", "/deflate", "/odd-encoding", "/feed-as-html"]
    result = ingest(db, *site.options, *(SITE + path for path in paths))
    assert (result.exit_code, result.stderr) == (0, "")
    texts = {row["text"] for row in rows(db, "select text from articles")}
    assert len(texts) == 1


LONG_AGO = "2024-03-06T09:00:00Z"
CHARSETS = {
    "/utf8-but-1252": "it says that it is in utf-8, but is not; it was read as cp1252",
    "/latin1-but-utf8": "it says that it is in cp1252, but is not; it was read as utf-8",
    "/no-charset-1252": "it does not say its charset; it was read as cp1252",
    "/codec-charset": "it does not say its charset; it was read as cp1252",
    "/no-charset-utf8": None,
    "/nonsense-charset": None,
    "/meta-utf16-but-utf8": None,
    "/utf16": None,
}


@pytest.mark.parametrize(("path", "doubt"), CHARSETS.items())
def test_charset_that_can_be_read_rightly(site, db, path, doubt):
    result = ingest(db, *site.options, f"{SITE}/article", SITE + path)
    good, other = rows(db, "select title, text, authors from articles order by id")
    assert good == other
    assert "€200" in good["text"]
    assert "“People asked" in good["text"]
    assert "Zoë Müller" in good["authors"]
    step = f" Check the text with: newsarchive show {SITE}{path}\n"
    assert result.stderr == (f"{SITE}{path}: {doubt}.{step}" if doubt else "")
    assert (result.exit_code, totals(result)) == (0, {"added": 2})
    assert ledger(db, SITE + path) == ("article", None, 200)
    assert [row["reason"] for row in rows(db, "select reason from errors")] == ["charset"] * bool(
        doubt
    )


def test_text_file_whose_charset_is_guessed(db, tmp_path):
    path = tmp_path / "story.txt"
    path.write_bytes(
        ("Überfahrt verlängert\n\n" + "Die Fähre fährt jetzt öfter über den Fluß. " * 9).encode(
            "cp1252"
        )
    )
    result = ingest(db, path)
    assert "it does not say its charset; it was read as cp1252" in result.stderr
    assert result.exit_code == 0
    assert rows(db, "select title from articles") == [{"title": "Überfahrt verlängert"}]


def test_secrets_in_headers_are_not_stored(site, db):
    ingest(db, *site.options, f"{SITE}/secrets")
    headers = rows(db, "select headers from pages")[0]["headers"]
    assert "s3cret" not in headers
    assert '"x-fine": "yes"' in headers


def test_etag(site, db):
    for result in (ingest(db, *site.options, f"{SITE}/etag") for _ in range(2)):
        assert result.exit_code == 0
    assert totals(result) == {"unchanged": 1}
    assert site.headers["/etag"]["If-None-Match"] == '"v1"'
    assert ledger(db, f"{SITE}/etag") == ("article", None, 304)
    assert rows(db, "select etag from ledger") == [{"etag": '"v1"'}]
    # One more time: the answer 304 has not made us forget what to ask, and says that the article stands.
    change(db, "update articles set last_seen_at = ?", LONG_AGO)
    assert totals(ingest(db, *site.options, f"{SITE}/etag")) == {"unchanged": 1}
    (article,) = rows(db, "select last_seen_at from articles")
    assert article["last_seen_at"] > LONG_AGO


def test_etag_that_cannot_be_sent_back(site, db):
    for _ in range(2):
        result = ingest(db, *site.options, f"{SITE}/odd-etag")
        assert (result.exit_code, result.stderr) == (0, "")


def test_page_that_changes(site, db):
    site.revision = "The old timetables will be framed."
    assert totals(ingest(db, *site.options, f"{SITE}/changing")) == {"added": 1}
    before = rows(db, "select id, text from articles")[0]
    site.revision = "The old timetables have been lost."
    assert totals(ingest(db, *site.options, f"{SITE}/changing")) == {"updated": 1}
    after = rows(db, "select id, text from articles")[0]
    assert after["id"] == before["id"]
    assert "have been lost" in after["text"]
    assert rows(db, "select article_id, text from revisions") == [
        {"article_id": before["id"], "text": before["text"]}
    ]
    result = ingest(db, *site.options, f"{SITE}/changing")
    assert totals(result) == {"unchanged": 1}
    assert result.stdout.endswith("; nothing changed\n")
    assert len(rows(db, "select 1 from revisions")) == 1


def test_same_article_under_two_urls(site, db):
    result = ingest(db, *site.options, f"{SITE}/same/1", f"{SITE}/same/2?utm_medium=x&fbclid=1")
    assert totals(result) == {"added": 1, "unchanged": 1}
    assert [row["url"] for row in rows(db, "select url from articles")] == [
        f"{SITE}/the-same-boat-turns-up"
    ]
    assert {
        row["url"]: row["article_id"] for row in rows(db, "select url, article_id from ledger")
    } == {
        f"{SITE}/same/1": 1,
        f"{SITE}/same/2": 1,
    }


@pytest.mark.parametrize("path", ["/canonical-elsewhere", "/canonical-home", "/canonical-broken"])
def test_canonical_that_is_not_believed(site, db, path):
    ingest(db, *site.options, SITE + path)
    assert [row["url"] for row in rows(db, "select url from articles")] == [SITE + path]


def test_one_request_for_one_page(site, db):
    site.hits.clear()
    url = f"{SITE}/article"
    result = ingest(db, *site.options, url, f"{url}?utm_source=x#top", f"{SITE}/feed-doubled", url)
    assert totals(result) == {"added": 2}
    assert site.hits == {"/robots.txt": 1, "/article": 1, "/feed-doubled": 1, "/other": 1}


def test_failure_that_is_mended(site, db):
    url = f"{SITE}/fixed-later"
    site.is_fixed = False
    assert ingest(db, *site.options, url).exit_code == 1
    assert ledger(db, url) == ("skipped", "login_wall", 200)
    site.is_fixed = True
    assert totals(ingest(db, *site.options, url)) == {"added": 1}
    assert ledger(db, url) == ("article", None, 200)
    assert rows(db, "select tries, error from ledger") == [{"tries": 2, "error": None}]
    before = dump(db)
    assert totals(ingest(db, *site.options, url)) == {"unchanged": 1}
    assert dump(db) == before


def test_article_that_goes_away_is_kept(site, db):
    url = f"{SITE}/fixed-later"
    site.is_fixed = True
    ingest(db, *site.options, url)
    site.is_fixed = False
    result = ingest(db, *site.options, url)
    assert (result.exit_code, totals(result)) == (1, {"skipped": 1})
    assert len(rows(db, "select 1 from articles")) == 1


def test_several_processes_on_one_archive(db):
    command = [sys.executable, "-m", "newsarchive", "--db", db, "ingest", PAGES]
    root = Path(__file__).parent.parent
    processes = [
        subprocess.Popen(
            command, cwd=root, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(3)
    ]
    for process in processes:
        _, errors = process.communicate(timeout=120)
        # Three of the pages are no articles; nothing else went wrong.
        assert (process.returncode, len(errors.splitlines())) == (1, 3)
    assert rows(db, "select count(*) as n from articles") == [{"n": 2}]
    assert rows(db, "select count(*) as n from sources") == [{"n": 1}]


def test_files_in_gzip_alone_and_in_a_folder(db, tmp_path):
    page = article("Boats leave the harbour")
    text = f"Harbour is empty\n5 March 2024\n\n{'Nobody who keeps a boat there was asked. ' * 20}"
    (tmp_path / "page.html.gz").write_bytes(gzip.compress(page))
    (tmp_path / "note.TXT.gz").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "data.csv.gz").write_bytes(gzip.compress(b"a,b"))
    assert totals(ingest(db, tmp_path / "page.html.gz")) == {"added": 1}
    assert totals(ingest(db, tmp_path)) == {"added": 1, "unchanged": 1}
    titles = {row["title"] for row in rows(db, "select title from articles")}
    assert titles == {"Boats leave the harbour", "Harbour is empty"}
    kept = rows(db, "select body_sha256 from pages where requested_url like '%/page.html.gz'")
    assert kept == [{"body_sha256": hashlib.sha256(page).hexdigest()}]


CUT = "its gzip is broken: it ends too early; nothing of it was taken."
BAD_SUM = "its gzip is broken: Error -3 while decompressing data: incorrect data check; nothing of it was taken."
AGAIN = "Make or download the file again."


@pytest.mark.parametrize(
    ("damage", "reason", "told"),
    [
        (lambda page: gzip.compress(page)[:-20], "broken_gzip", f"{CUT} {AGAIN}"),
        (lambda page: gzip.compress(page)[:15], "broken_gzip", f"{CUT} {AGAIN}"),
        (
            lambda page: gzip.compress(page)[:-8] + b"12345678",
            "broken_gzip",
            f"{BAD_SUM} {AGAIN}",
        ),
        (
            lambda page: gzip.compress(page + b" " * 51 * 2**20),
            "too_large",
            "what the gzip holds is larger than 50 MB. Name smaller files.",
        ),
    ],
    ids=["cut", "cut at its head", "wrong sum", "bomb"],
)
@pytest.mark.parametrize("is_in_folder", [False, True])
def test_page_in_gzip_that_is_broken_or_too_large(db, tmp_path, damage, reason, told, is_in_folder):
    path = tmp_path / "page.html.gz"
    path.write_bytes(damage(article("Boats leave the harbour")))
    result = ingest(db, tmp_path if is_in_folder else path)
    assert (result.exit_code, totals(result)) == (1, {"failed": 1})
    assert result.stderr == f"{path}: {told}\n"
    assert ledger(db, path.as_uri()) == ("failed", reason, None)
    assert rows(db, "select body_sha256 from pages") == []
