"""Everything that goes wrong: one line for people, a row in the ledger, and nothing else stops."""

import os
import re
import socket
from dataclasses import dataclass

import pytest
from fault_server import HOST, SITE, article, page
from ingest_command import ingest, ledger, rows, totals
from new_archive import new_archive

from ingest import FetchError
from ingest.fetch import Fetcher, FetchOptions

LATER = "Try again later with the same command."
BROWSER = "Open it in a browser and ingest the address where it ends."
SERVER = "The server has a problem; try again later."
MORE = "If a browser shows more, save the page there and ingest the file."
HTTPS = "Give an address that begins with https://."


@dataclass(frozen=True)
class Fault:
    """What is to be seen of one fault. cause is a regular expression."""

    path: str
    state: str
    reason: str
    status: int | None
    cause: str
    step: str


def failed(path, reason, cause, step, status=None):
    return Fault(path, "failed", reason, status, cause, step)


def skipped(path, reason, cause, step, status=200):
    return Fault(path, "skipped", reason, status, cause, step)


def answered(status, phrase, step):
    cause = f"the server answered {status} {phrase}"
    return failed(f"/{status}", f"http_{status}", cause, step, status)


SAVE = "save the page in a browser and ingest the file."
LOGIN = "the site asks for a login in the article's place"
LOG_IN = "Log in with a browser, save the page there and ingest the file."
NOT_HTML = "Ingest the page that links to it."
NAME_HTML = "Name an HTML page instead."
CIRCLE = r"the server redirects in a circle \(.*\)"
PACKED = "the body cannot be decompressed"
LARGE = "Save the article alone in a file and ingest the file."

FAULTS = [
    answered(403, "Forbidden", f"The site refuses programs; {SAVE}"),
    answered(404, "Not Found", "Check the address; the article may have moved."),
    answered(410, "Gone", "The article was removed; look for it in a web archive."),
    answered(429, "Too Many Requests", "The site asks to be left alone for a while; try again later."),
    answered(500, "Internal Server Error", SERVER),
    answered(304, "Not Modified", "Check the address."),
    failed("/loop/1", "redirect_loop", CIRCLE, BROWSER),
    failed("/self", "redirect_loop", CIRCLE, BROWSER),
    failed("/hops/0", "too_many_redirects", "more than 5 redirects", BROWSER),
    failed("/to-ftp", "bad_url", r"only http and https are fetched, not ftp \(.*\)", HTTPS),
    failed("/to-file", "bad_url", r"only http and https are fetched, not file \(.*\)", HTTPS),
    failed("/to-nowhere", "bad_url", r"it redirects to http://\[nowhere, which is no URL .*", BROWSER),
    skipped("/pdf", "not_html", "this is application/pdf, not a web page", NOT_HTML),
    skipped("/pdf-as-html", "binary", "this is a PDF, not a page of text", NAME_HTML),
    skipped("/png", "not_html", "this is image/png, not a web page", NOT_HTML),
    skipped("/png-as-html", "binary", r"this is an image \(PNG\), not a page of text", NAME_HTML),
    failed("/empty", "empty", "the server sent an empty body", LATER, 200),
    skipped("/blank", "empty", "the page is empty", "Check the address in a browser."),
    skipped("/no-article", "login_wall", LOGIN, LOG_IN),
    skipped("/to-no-article", "login_wall", LOGIN, LOG_IN),
    skipped("/json", "too_short", r"only \d+ words of text were found", MORE),
    skipped("/tag/boats", "index", "this is a list of articles, not an article",
            "Ingest the site's feed, or one article."),
    skipped("/soft-404", "soft_404", "the page says that the article was not found",
            "Look for its new address."),
    skipped("/no-charset-at-all", "charset",
            r"the bytes are in no charset that can be told \(declared: none\)",
            "Save the page as UTF-8 and ingest the file."),
    failed("/broken-gzip", "encoding", rf"{PACKED} \(.*\)", SERVER),
    failed("/not-gzip", "encoding", rf"{PACKED} \(.*incorrect header check\)", SERVER),
    failed("/truncated-gzip", "encoding", rf"{PACKED} \(it ends too early\)", SERVER),
    failed("/gzip-twice", "encoding", rf"{PACKED} \(gzip, gzip was not asked for\)", SERVER),
    failed("/brotli", "encoding", rf"{PACKED} \(it ends too early\)", SERVER),
    failed("/gzip-bomb", "too_large", "the page is larger than 10 MB", LARGE, 200),
    failed("/too-large", "too_large", "the page is larger than 10 MB", LARGE, 200),
    failed("/stall", "timeout", r"no complete answer within 0\.5 seconds", LATER),
    failed("/silent", "timeout", r"no complete answer within 0\.5 seconds", LATER),
    failed("/drip", "timeout", r"no complete answer within 1\.5 seconds", LATER),
    failed("/short", "connection", rf"the connection to {HOST} failed \(.*received \d+ bytes.*\)", LATER),
    failed("/invalid", "connection", rf"the connection to {HOST} failed \(illegal status line.*\)", LATER),
    failed("/hang-up", "connection", rf"the connection to {HOST} failed \(Server disconnected.*\)", LATER),
    failed("/feed-malformed", "malformed_feed", r"the feed cannot be read \(.*\)",
           "Check it with a feed validator, or ingest the articles by their own addresses.", 200),
    failed("/feed-empty", "empty_feed", "the feed has no entries",
           "Try again when something was published.", 200),
    failed("/sitemap-malformed", "malformed_sitemap", r"the sitemap cannot be read \(.*\)",
           "Ingest the site's feed, or articles by their addresses.", 200),
    failed("/sitemap-empty", "empty_sitemap", "the sitemap names no pages",
           "Ingest the site's feed instead.", 200),
]  # fmt: skip


def assert_one_line(result, subject, cause, step):
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    assert re.fullmatch(rf"{re.escape(subject)}: {cause}\. {re.escape(step)}", lines[0]), lines[0]


@pytest.fixture
def db(db):
    """An archive, made already."""
    return new_archive(db)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.path)
def test_fault_at_a_url(site, db, fault):
    url = SITE + fault.path
    result = ingest(db, "--timeout", "0.5", *site.options, url, f"{SITE}/article")
    assert_one_line(result, url, fault.cause, fault.step)
    assert result.exit_code == 1
    assert ledger(db, url) == (fault.state, fault.reason, fault.status)
    assert totals(result) == {"added": 1, fault.state: 1}
    # What went wrong is kept with the run; the good article beside it was taken.
    assert rows(db, "select subject, reason, message from errors") == [
        {"subject": url, "reason": fault.reason, "message": result.stderr.strip()}
    ]
    assert [row["url"] for row in rows(db, "select url from articles")] == [f"{SITE}/article"]
    assert [row["url"] for row in rows(db, "select url from skipped")] == [url]


def test_unknown_host(site, db):
    url = "http://no-such-host.invalid/story"
    result = ingest(db, *site.options, url, f"{SITE}/article")
    step = "Check its spelling and your network connection."
    assert_one_line(result, url, "the host no-such-host.invalid is not known", step)
    assert (result.exit_code, totals(result)) == (1, {"added": 1, "failed": 1})
    assert ledger(db, url) == ("failed", "dns", None)


def test_refused_connection(db, site):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/story"
    result = ingest(db, *site.options, url, f"{SITE}/article")
    assert_one_line(
        result, url, r"127\.0\.0\.1 refused the connection", "Check the port, or try again later."
    )
    assert (result.exit_code, totals(result)) == (1, {"added": 1, "failed": 1})
    assert ledger(db, url) == ("failed", "refused", None)


def test_not_tls(site, db):
    url = f"https://{HOST}/article"
    result = ingest(db, *site.options, url)
    assert result.exit_code == 1
    assert ledger(db, url) == ("failed", "tls", None)
    cause = rf"{HOST} gave no secure connection \(.*\)"
    assert_one_line(
        result, url, cause, "Check the address in a browser; it may begin with http://."
    )


@pytest.mark.parametrize(
    ("url", "stored", "cause", "step"),
    [
        ("http://[::1", "http://[::1", r"this is no URL \(Invalid IPv6 URL\)", "Check its spelling."),
        ("http://h:99999/", "http://h:99999/", r"this is no URL \(Port out of range.*\)",
         "Check its spelling."),
        ("http:///path", "http:///path", "the address has no host", "Check how it is written."),
        ("ftp://h.example/x", "ftp://h.example/x",
         r"only http and https are fetched, not ftp \(.*\)", HTTPS),
        ("file://h.example/x", "file://h.example/x", "this file URL names a file on another machine",
         "Write file:///path/to/file, with three slashes, or the path alone."),
        ("file://story.html", "file://story.html", "this file URL names a file on another machine",
         "Write file:///path/to/file, with three slashes, or the path alone."),
    ],
)  # fmt: skip
def test_bad_url(db, tmp_path, url, stored, cause, step):
    good = tmp_path / "good.html"
    good.write_bytes(page())
    result = ingest(db, url, good)
    assert_one_line(result, url, cause, step)
    assert (result.exit_code, totals(result)) == (1, {"added": 1, "failed": 1})
    assert ledger(db, stored) == ("failed", "bad_url", None)


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("no/such/file.html", "Check the path."),
        ("www.quay.example/story", "For a web address write https://www.quay.example/story"),
        ("https:/quay.example", "Check the path."),
    ],
)
def test_missing_file(db, tmp_path, monkeypatch, name, step):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.html").write_bytes(page())
    result = ingest(db, name, "good.html")
    assert_one_line(result, name, "there is no such file", step)
    assert (result.exit_code, totals(result)) == (1, {"added": 1, "failed": 1})
    assert ledger(db, (tmp_path / name).as_uri()) == ("failed", "missing_file", None)


def test_empty_folder(db, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    (folder / ".hidden.html").write_bytes(page())
    result = ingest(db, folder)
    cause = r"there are no \.html, \.htm or \.txt files in this folder"
    assert_one_line(result, str(folder), cause, "Name a folder with pages in it, or single files.")
    assert ledger(db, folder.as_uri()) == ("failed", "empty_folder", None)
    assert result.exit_code == 1


@pytest.mark.parametrize("kind", ["inside a file", "circle of links", "forbidden"])
def test_unreadable_file(db, tmp_path, kind):
    path = tmp_path / "story.html"
    if kind == "inside a file":  # where the path goes on below a file; root is refused it too
        path.write_bytes(page())
        path = path / "story.html"
    elif kind == "circle of links":
        path.symlink_to(path)
    elif os.geteuid() == 0:
        pytest.skip("root may read every file")
    else:
        path.write_bytes(page())
        path.chmod(0)
    result = ingest(db, path)
    cause = r"it cannot be read \(.+\)"
    assert_one_line(result, str(path), cause, "Check the path and its permissions.")
    assert ledger(db, path.as_uri()) == ("failed", "unreadable_file", None)
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("content", "reason", "cause"),
    [
        (b"\x7fELF\x02\x01\x01\x00" + bytes(range(256)) * 20, "binary", "a program, not a page"),
        (b"MZ\x90\x00\x03\x00\x00\x00", "binary", "a program, not a page"),
        (b"\x00\x01\x02\x03" * 100, "binary", "binary data, not a page"),
        (b"SQLite format 3\x00" + bytes(100), "binary", "a SQLite database, not a page"),
        (
            b"PK\x03\x04" + b"\x14" * 100,
            "binary",
            "a zip archive or an office document, not a page",
        ),
    ],
)
def test_binary_file_named_html(db, tmp_path, content, reason, cause):
    path = tmp_path / "story.html"
    path.write_bytes(content)
    result = ingest(db, path)
    assert_one_line(result, path.as_uri(), f"this is {cause} of text", NAME_HTML)
    assert ledger(db, path.as_uri()) == ("skipped", reason, None)
    assert result.exit_code == 1


def test_text_may_begin_as_a_program_does(db, tmp_path):
    path = tmp_path / "story.txt"
    path.write_bytes(b"MZ and other magic words\n\n" + b"RIFF and ID3 and OggS are others. " * 12)
    assert ingest(db, path).exit_code == 0
    assert rows(db, "select title from articles") == [{"title": "MZ and other magic words"}]


@pytest.mark.parametrize("content", [b"", b" \n\r\n\t"])
@pytest.mark.parametrize("name", ["story.html", "story.txt"])
def test_empty_file(db, tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    result = ingest(db, path)
    assert_one_line(result, str(path), "the file is empty", "Save the page again.")
    assert ledger(db, path.as_uri()) == ("skipped", "empty", None)
    assert result.exit_code == 1


def test_file_larger_than_the_limit(db, tmp_path):
    path = tmp_path / "story.html"
    with path.open("wb") as file:
        file.truncate(51 * 2**20)
    result = ingest(db, path)
    assert_one_line(result, str(path), "the file is larger than 50 MB", "Name smaller files.")
    assert ledger(db, path.as_uri()) == ("failed", "too_large", None)


def test_file_name_that_is_no_text(db, tmp_path):
    name = os.fsencode(tmp_path) + b"/caf\xe9.html"
    missing = os.fsdecode(name)
    result = ingest(db, missing)
    assert "there is no such file" in result.stderr
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    with open(name, "wb") as file:  # noqa: PTH123  # a name in bytes
        file.write(page())
    assert ingest(db, missing).exit_code == 0
    assert ingest(db, "-", stdin=name + b"\nhttp://\xff.invalid/\n").exit_code == 1
    assert rows(db, "select url from articles")[0]["url"].endswith("/caf%E9.html")


def test_one_bad_file_of_three(db, tmp_path):
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "1.html").write_bytes(page())
    (folder / "2.html").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    (folder / "3.txt").write_bytes(page("article.txt"))
    result = ingest(db, folder)
    cause = r"this is an image \(PNG\), not a page of text"
    assert_one_line(result, (folder / "2.html").as_uri(), cause, NAME_HTML)
    assert (result.exit_code, totals(result)) == (1, {"added": 2, "skipped": 1})


def test_saved_page_is_named_by_its_file(db, tmp_path):
    path = tmp_path / "saved.html"
    mark = b"<!-- saved from url=(0025)https://quay.example/sign -->\n"
    path.write_bytes(mark + page("no_article.html"))
    result = ingest(db, path)
    assert_one_line(result, path.as_uri(), LOGIN, LOG_IN)


def test_feed_with_bad_links(site, db):
    result = ingest(db, *site.options, f"{SITE}/feed-mixed")
    assert sorted(line.split(": ")[0] for line in result.stderr.splitlines()) == [
        "http://[bad",
        f"{SITE}/404",
        "mailto:a@b.example",
    ]
    assert (result.exit_code, totals(result)) == (1, {"added": 1, "failed": 3})


def test_feed_on_the_web_cannot_name_local_files(site, db, tmp_path):
    secret = tmp_path / "secret.html"
    secret.write_bytes(article("A secret"))
    feed = tmp_path / "feed.xml"
    feed.write_bytes(
        b'<rss version="2.0"><channel><item><link>secret.html</link></item></channel></rss>'
    )
    result = ingest(db, *site.options, f"{SITE}/feed-of-files")
    assert "a source on the web cannot name files on this machine" in result.stderr
    assert (result.exit_code, totals(result)) == (1, {"added": 1, "failed": 1})
    # A feed that is a file itself may name the files beside it.
    assert totals(ingest(db, feed)) == {"added": 1}
    assert ledger(db, secret.as_uri()) == ("article", None, None)


def test_the_deadline_of_a_page_is_its_own(site):
    options = FetchOptions(
        timeout_s=5,
        total_timeout_s=0.3,
        connect_to={HOST: ("127.0.0.1", site.port)},
        allow_private=True,
        delay_s=0,
        retries=0,
    )
    with Fetcher(options) as fetcher, pytest.raises(FetchError, match=r"within 0\.3 seconds"):
        fetcher.get(f"{SITE}/drip")
