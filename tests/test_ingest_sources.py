"""What can be named on the command line, how its kind is found, and what the command says."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fault_server import PAGES, SITE, article, atom, page, rss
from ingest_command import OWN_SERVER, dump, ingest, ledger, rows, run, totals

ROOT = Path(__file__).parent.parent
TITLE = "Ferry café swaps paper timetables for a screen"
TEXT_TITLE = "Tide gauge learns to send its own postcards"


def test_a_pipe_is_refused_since_it_has_no_name_to_keep(db, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    result = ingest(db, tmp_path / "pipe")
    assert totals(result) == {"failed": 1}
    assert "it is a pipe or a device" in result.stderr
    assert "newsarchive ingest -" in result.stderr


def test_an_empty_source_is_no_folder(db):
    result = ingest(db, "")
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (
        2,
        "Error: A SOURCE is empty: name an address, a file or a folder.",
    )


@pytest.fixture
def folder(tmp_path):
    """A folder of three articles, and files that are none."""
    folder = tmp_path / "saved pages"
    (folder / "2024" / "06").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / "1.html").write_bytes(page())
    (folder / "2024" / "2.HTM").write_bytes(article("Another boat turns up"))
    (folder / "2024" / "06" / "3.txt").write_bytes(page("article.txt"))
    (folder / "2024" / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / ".git" / "4.html").write_bytes(page())
    return folder


def kinds(db):
    return {row["url"]: row["kind"] for row in rows(db, "select url, kind from sources")}


def titles(db):
    return [row["title"] for row in rows(db, "select title from articles order by id")]


def write(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_article_url(site, db):
    result = ingest(db, *site.options, f"{SITE}/article")
    assert (result.exit_code, result.stderr, titles(db)) == (0, "", [TITLE])
    assert kinds(db) == {f"{SITE}/article": "page"}


@pytest.mark.parametrize("path", ["/feed", "/atom"])
def test_feed_url(site, db, path):
    result = ingest(db, *site.options, SITE + path)
    assert (result.exit_code, titles(db)) == (0, [TITLE, "Another boat turns up"])
    assert rows(db, "select kind, url, title from sources") == [
        {"kind": "feed", "url": SITE + path, "title": "Quay"}
    ]
    assert ledger(db, SITE + path) == ("source", None, 200)
    named = rows(db, "select url from ledger where source_id = 1 and state = 'article' order by id")
    assert [row["url"] for row in named] == [f"{SITE}/article", f"{SITE}/other"]


@pytest.mark.parametrize("make", [rss, atom])
@pytest.mark.parametrize("name", ["feed.xml", "feed.html", "feed"])
def test_feed_file(site, db, tmp_path, make, name):
    path = write(tmp_path, name, make(f"{SITE}/article"))
    assert ingest(db, *site.options, path).exit_code == 0
    assert (titles(db), kinds(db)) == ([TITLE], {path.as_uri(): "feed"})


@pytest.mark.parametrize("name", ["story.html", "story.txt", "story"])
def test_html_file_whatever_its_name(db, tmp_path, name):
    path = write(tmp_path, name, page())
    assert ingest(db, path).exit_code == 0
    assert rows(db, "select url, site, title, published_at from articles") == [
        {"url": path.as_uri(), "site": None, "title": TITLE, "published_at": "2024-03-05T08:30:00Z"}
    ]
    assert kinds(db) == {path.as_uri(): "html"}


def test_html_file_in_utf_16(db, tmp_path):
    path = write(tmp_path, "story.html", article(charset="utf-16", declared=None))
    assert ingest(db, path).exit_code == 0
    assert (titles(db), kinds(db)) == ([TITLE], {path.as_uri(): "html"})


@pytest.mark.parametrize("form", ["path", "file URL", "file URL with host", "list"])
def test_ways_to_name_a_file(db, tmp_path, monkeypatch, form):
    path = write(tmp_path, "a story.html", page())
    monkeypatch.chdir(tmp_path)
    names = {
        "path": path.name,
        "file URL": path.as_uri(),
        "file URL with host": path.as_uri().replace("file:///", "file://localhost/"),
        "list": "-",
    }
    result = ingest(db, names[form], stdin=f"{path.name}\n" if form == "list" else None)
    assert (result.exit_code, [row["url"] for row in rows(db, "select url from articles")]) == (
        0,
        [path.as_uri()],
    )


def test_folder(db, folder):
    result = ingest(db, folder)
    assert (result.exit_code, totals(result)) == (0, {"added": 3})
    assert titles(db) == [TITLE, TEXT_TITLE, "Another boat turns up"]
    assert kinds(db) == {folder.as_uri(): "folder"}


def test_list_on_stdin(site, db, folder, tmp_path):
    text = write(tmp_path, "tide.txt", page("article.txt"))
    listed = (
        f"\ufeff# what to read\n\n  {SITE}/article  \n{text}\n\n{SITE}/404\n{folder}\r\n-\n# end"
    )
    result = ingest(db, *site.options, "-", stdin=listed.encode())
    assert (result.exit_code, totals(result)) == (1, {"added": 5, "failed": 1})
    assert result.stderr.startswith(f"{SITE}/404: ")


HEAD = "Tide gauge writes postcards"
BODY = (
    "The tide gauge at the end of the pier has measured the sea every ten minutes since 1931.\n\n"
    "Since this week it also writes about it, in two sentences each morning."
)
FIRST, SECOND = BODY.split("\n\n")
WRAPPED = (
    "The tide gauge at the end of the pier has measured\nthe sea every ten minutes since 1931.\n\n"
    "Since this week it also writes about it,\nin two sentences each morning."
)


@pytest.mark.parametrize(
    ("text", "published", "authors"),
    [
        (f"{HEAD}\n\n{BODY}", None, []),
        (f"{HEAD}\n2024-06-12\n\n{BODY}", "2024-06-12T00:00:00Z", []),
        (f"{HEAD}\n\nJune 12, 2024\n\n{BODY}\n", "2024-06-12T00:00:00Z", []),
        (f"{HEAD}\nBy Ada Lindqvist\n12 June 2024, 9:30 am GMT\n{BODY}", "2024-06-12T09:30:00Z",
         ["Ada Lindqvist"]),
        (f"{HEAD}\n2024-06-12T09:30:00+02:00\nby Ada Lindqvist and Ben Okoro\n\n{BODY}",
         "2024-06-12T07:30:00Z", ["Ada Lindqvist", "Ben Okoro"]),
        (f"{HEAD}\nPublished: 12 June 2024\nBy: Ada Lindqvist\n\n{BODY}", "2024-06-12T00:00:00Z",
         ["Ada Lindqvist"]),
        (f"\n\n  {HEAD}  \n\n12 June 2024\nA drawing of a gauge | The Quay Post\n{HEAD}\n\n{BODY}",
         "2024-06-12T00:00:00Z", []),
        (f"{HEAD}\n12 June 2024\n\n{WRAPPED}", "2024-06-12T00:00:00Z", []),
        (f"{HEAD}\n31 June 2024\n\n{BODY}", None, []),
    ],
)  # fmt: skip
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=["unix", "windows", "old mac"])
def test_text_file(db, tmp_path, text, published, authors, line_end):
    path = write(tmp_path, "story.txt", text.replace("\n", line_end))
    result = ingest(db, path)
    assert (result.exit_code, result.stderr) == (0, "")
    found = rows(db, "select title, text, published_at, authors from articles")[0]
    expected = BODY if "31 June" not in text else f"31 June 2024\n\n{BODY}"
    assert found == {
        "title": HEAD,
        "text": expected,
        "published_at": published,
        "authors": json.dumps(authors),
    }
    assert kinds(db) == {path.as_uri(): "text"}


def test_text_file_with_bom_and_without_body(db, tmp_path):
    assert ingest(db, write(tmp_path, "bom.txt", f"\ufeff{HEAD}\n\n{BODY}")).exit_code == 0
    assert titles(db) == [HEAD]
    path = write(tmp_path, "bare.txt", f"{HEAD}\n12 June 2024\n")
    result = ingest(db, path)
    assert result.stderr == (
        f"{path.as_uri()}: the file has a title but no text. "
        "The first line is the title, a date line may follow, the rest is the body.\n"
    )
    assert (result.exit_code, ledger(db, path.as_uri())) == (1, ("skipped", "no_text", None))


def test_date_in_the_first_sentence_is_left_there(db, tmp_path):
    sentence = (
        "On 12 June 2024 the gauge at the pier began to write postcards to all who had asked."
    )
    ingest(
        db,
        write(
            tmp_path, "story.txt", f"12 June 2024: a day for the gauge\n12 June 2024\n\n{sentence}"
        ),
    )
    assert rows(db, "select title, text, published_at from articles") == [
        {
            "title": "12 June 2024: a day for the gauge",
            "text": sentence,
            "published_at": "2024-06-12T00:00:00Z",
        }
    ]


def test_same_article_by_two_doors_is_one_row(site, db, tmp_path):
    canonical = f"{SITE}/the-same-boat-turns-up"
    saved = write(tmp_path, "saved.html", article(canonical=canonical))
    result = ingest(db, *site.options, f"{SITE}/same/1", saved, f"{SITE}/same/2")
    assert totals(result) == {"added": 1, "unchanged": 2}
    assert [row["url"] for row in rows(db, "select url from articles")] == [canonical]
    named = rows(db, "select url, article_id from ledger order by url")
    assert [(row["url"], row["article_id"]) for row in named] == [
        (saved.as_uri(), 1),
        (f"{SITE}/same/1", 1),
        (f"{SITE}/same/2", 1),
    ]


def test_page_saved_by_a_browser_keeps_its_address(db, tmp_path):
    mark = b"<!-- saved from url=(0030)https://quay.example/news/ferry -->\n"
    ingest(db, write(tmp_path, "saved.html", mark + page()))
    assert rows(db, "select url, site from articles") == [
        {"url": "https://quay.example/news/ferry", "site": "quay.example"}
    ]


def test_second_run_changes_nothing_and_says_so(site, db, folder):
    arguments = [*site.options, f"{SITE}/feed", f"{SITE}/same/1", folder]
    first = ingest(db, *arguments)
    before = dump(db)
    second = ingest(db, *arguments)
    assert (first.exit_code, totals(first)) == (0, {"added": 6})
    assert (second.exit_code, totals(second)) == (0, {"unchanged": 6})
    assert "nothing changed" not in first.stdout
    assert second.stdout.endswith("; nothing changed\n")
    assert dump(db) == before
    assert [row["command"] for row in rows(db, "select command from runs")] == ["ingest"] * 2


def test_changed_file_becomes_a_revision(db, tmp_path):
    path = write(tmp_path, "story.txt", f"{HEAD}\n\n{BODY}")
    ingest(db, path)
    path.write_text(f"{HEAD}\n\n{BODY}\n\nA third paragraph came later.")
    result = ingest(db, path)
    assert (totals(result), "nothing changed" in result.stdout) == ({"updated": 1}, False)
    assert [row["id"] for row in rows(db, "select id from articles")] == [1]
    assert rows(db, "select article_id, text from revisions") == [{"article_id": 1, "text": BODY}]


def test_json(site, db, tmp_path):
    text = write(tmp_path, "tide.txt", page("article.txt"))
    arguments = ["--json", f"{SITE}/article", text, f"{SITE}/404", "-v"]
    result = ingest(db, *site.options, "--connections", "1", *arguments)
    report = json.loads(result.stdout)
    assert isinstance(report.pop("seconds"), float)
    error = f"{SITE}/404: the server answered 404 Not Found. Check the address; the article may have moved."
    taken = {"error": None, "reason": None, "warning": None}
    assert report == {
        "added": 2,
        "updated": 0,
        "unchanged": 0,
        "skipped": 0,
        "failed": 1,
        "inputs": [
            {
                "subject": f"{SITE}/article",
                "result": "added",
                "article_id": 1,
                "title": TITLE,
                **taken,
            },
            {
                "subject": text.as_uri(),
                "result": "added",
                "article_id": 2,
                "title": TEXT_TITLE,
                **taken,
            },
            {
                "subject": f"{SITE}/404",
                "result": "failed",
                "article_id": None,
                "title": None,
                "error": error,
                "reason": "http_404",
                "warning": None,
            },
        ],
    }
    assert (result.exit_code, result.stderr) == (1, error + "\n")


def test_verbose_and_totals(site, db):
    result = ingest(db, *site.options, "-v", f"{SITE}/article", f"{SITE}/404")
    *lines, last = result.stdout.splitlines()
    assert sorted(lines) == [f"added  {SITE}/article  {TITLE}", f"failed  {SITE}/404"]
    assert last.startswith("added 1, updated 0, unchanged 0, skipped 0, failed 1 in ")
    assert last.endswith(" s")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--parser", "nobody", "x.html"],
        ["--timeout", "0", "x.html"],
        ["--timeout", "soon", "x.html"],
        ["--connect-to", "nonsense", "x.html"],
        ["--no-such-option", "x.html"],
    ],
)
def test_wrong_usage(db, arguments):
    result = run(db, "ingest", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Usage:")
    assert not db.exists()


def test_help_has_examples(db):
    result = ingest(db, "--help")
    assert result.exit_code == 0
    assert "newsarchive ingest https://example.com/feed.xml" in result.stdout


@pytest.mark.parametrize("name", ["no/such/folder/archive.db", "pages.db"])
def test_archive_that_cannot_be_used(tmp_path, name):
    (tmp_path / "pages.db").write_text("not a database at all, only its name says so")
    result = ingest(tmp_path / name, PAGES / "article.html")
    assert (result.exit_code, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1


def start(db, *arguments):
    command = [sys.executable, "-m", "newsarchive", "--db", db, "ingest", "-v", *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def test_a_command_of_its_own(db, folder):
    (folder / "9.html").write_bytes(page("no_article.html"))
    process = start(db, folder)
    out, errors = process.communicate(timeout=60)
    assert out.splitlines()[0] == f"added  {(folder / '1.html').as_uri()}  {TITLE}"
    # The extractors log what they think of such a page; people see one line.
    assert len(errors.splitlines()) == process.returncode == 1


STOPPED = "Stopped. Run the same command again to go on.\n"


def test_ctrl_c_while_a_server_is_slow(site, db):
    site.gate.clear()
    site.hits.clear()
    arguments = [*OWN_SERVER, *site.options, f"{SITE}/article", f"{SITE}/gated", f"{SITE}/other"]
    process = start(db, *arguments)
    while not site.hits["/gated"] or ledger(db, f"{SITE}/article") == ("pending", None, None):
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (130, STOPPED)
    assert out.splitlines()[1].startswith("added 1, updated 0, unchanged 0, skipped 0, failed 0")
    assert ledger(db, f"{SITE}/gated") == ("pending", None, None)
    site.gate.set()
    result = ingest(db, *arguments)
    assert (result.exit_code, totals(result)) == (0, {"added": 2, "unchanged": 1})


def test_ctrl_c_in_a_folder(db, tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number:02}.html").write_bytes(article(f"Boat {number} turns up"))
    process = start(db, folder)
    first = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (130, STOPPED)
    done = len((first + out).splitlines()) - 1
    assert 1 <= done < 40
    shutil.copy(db, tmp_path / "before.db")
    result = ingest(db, folder)
    # The article that was being saved when the signal came may be in, and not yet counted.
    assert result.exit_code == 0
    assert totals(result)["added"] in (40 - done, 39 - done)
    assert titles(db) == [f"Boat {number} turns up" for number in range(40)]


@pytest.mark.parametrize(
    ("outlet", "articles", "others"),
    [
        ("tidewire.example", 8, 2),
        ("harborledger.example", 8, 3),
        ("fieldnotes.example", 7, 2),
        ("oldtown-courier.example", 9, 3),
    ],
)
def test_the_mirror_of_a_site(db, outlet, articles, others):
    """Its articles are taken; its home page, lists, soft 404s and robots.txt are not."""
    result = ingest(db, Path(__file__).parent.parent / "samples" / outlet)
    assert totals(result) == {"added": articles, "skipped": others}
