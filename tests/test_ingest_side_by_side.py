"""Many servers and pages at once: what runs side by side, what keeps its order, what is not asked twice."""

import sqlite3
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from fault_server import RSS, UTF8, article
from ingest_command import OWN_SERVER, ingest, ledger, rows, totals
from running import running

from archive import Archive, Page, times
from ingest import parse_article
from ingest.identity import address_in

FORMS = ("https://quay.example/story", "https://quay.example/story/")
HOSTS = ("one.example", "two.example", "three.example")
PATIENCE_S = 60


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        site, host = self.server, self.headers["Host"]
        with site.lock:
            site.active[host] += 1
            site.most_at_once[host] = max(site.most_at_once[host], site.active[host])
            site.most_at_once["all"] = max(site.most_at_once["all"], site.active.total())
            site.requests.append((host, self.path))
        content_type, body = site.answer(host, self.path)
        with site.lock:
            site.active[host] -= 1
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Site(ThreadingHTTPServer):
    """Three hosts; /feed names five articles, /meet/N answers when all hosts are asked for it at once."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        self.active, self.most_at_once = Counter(), Counter()
        self.requests = []
        self.barrier = threading.Barrier(len(HOSTS))
        self.dates = {}
        self.options = [*OWN_SERVER]
        for host in HOSTS:
            self.options += ["--connect-to", f"{host}:127.0.0.1:{self.server_port}"]

    def answer(self, host, path):
        if path == "/feed":
            return RSS, feed(host, self.dates)
        if path.startswith("/meet"):
            self.barrier.wait(PATIENCE_S)
        if path.startswith(("/a/", "/meet")):
            return UTF8, article(f"Boat {path} of {host} turns up")
        return "text/plain", b""

    def asked(self, path):
        return sum(1 for _, asked in self.requests if asked == path)


def feed(host, dates):
    items = "".join(
        f"<item><link>http://{host}/a/{n}</link>"
        f"<pubDate>{dates.get(n, 'Wed, 12 Jun 2024 10:00:00 GMT')}</pubDate></item>"
        for n in range(5)
    )
    return f'<rss version="2.0"><channel><title>Quay</title>{items}</channel></rss>'.encode()


@pytest.fixture
def site():
    with running(Site()) as server:
        yield server


@pytest.fixture
def db(tmp_path):
    return tmp_path / "archive.db"


def urls(db):
    return [row["url"] for row in rows(db, "select url from articles order by id")]


def test_hosts_are_asked_side_by_side_each_for_one_thing_at_a_time(site, db):
    meeting = [f"http://{host}/meet/{n}" for n in range(2) for host in HOSTS]
    result = ingest(db, *site.options, *meeting)
    assert totals(result) == {"added": 6}
    assert {host: site.most_at_once[host] for host in HOSTS} == dict.fromkeys(HOSTS, 1)


def test_one_connection_asks_one_server_at_a_time_in_the_order_named(site, db):
    named = [f"http://{host}/feed" for host in HOSTS]
    ingest(db, *site.options, "--connections", "1", *named)
    assert site.most_at_once["all"] == 1
    assert urls(db) == [f"http://{host}/a/{n}" for host in HOSTS for n in range(5)]


def test_articles_of_a_feed_are_saved_in_its_order(site, db):
    ingest(db, *site.options, f"http://{HOSTS[0]}/feed")
    assert urls(db) == [f"http://{HOSTS[0]}/a/{n}" for n in range(5)]


def test_files_are_saved_in_the_order_named(db, tmp_path):
    paths = []
    for n in (3, 1, 2):
        path = tmp_path / f"{n}.html"
        # The first takes longest to read.
        path.write_bytes(article(f"Boat {n} turns up") + b"<p>and so on</p>" * 3000 * (n == 3))
        paths.append(path)
    ingest(db, *paths)
    assert urls(db) == [path.as_uri() for path in paths]


def test_no_more_is_asked_for_than_the_limit_allows(site, db):
    result = ingest(db, *site.options, "--limit", "2", f"http://{HOSTS[0]}/feed")
    assert totals(result) == {"added": 2}
    assert [path for _, path in site.requests] == ["/robots.txt", "/feed", "/a/0", "/a/1"]


RECHECK = ("--recheck", "24")


def test_a_known_article_that_a_feed_names_is_not_asked_for_again(site, db):
    arguments = [*site.options, *RECHECK, f"http://{HOSTS[0]}/feed"]
    ingest(db, *arguments)
    result = ingest(db, *arguments)
    assert totals(result) == {"unchanged": 5}
    assert (site.asked("/feed"), site.asked("/a/0")) == (2, 1)


def test_it_is_asked_for_again_when_the_feed_gives_a_later_date(site, db):
    arguments = [*site.options, *RECHECK, f"http://{HOSTS[0]}/feed"]
    ingest(db, *arguments)
    with sqlite3.connect(db) as connection:
        connection.execute("update ledger set last_tried_at = '2024-06-12T11:00:00Z'")
    connection.close()
    site.dates[3] = "Wed, 12 Jun 2024 12:00:00 GMT"
    ingest(db, *site.options, "--recheck", "1000000", f"http://{HOSTS[0]}/feed")
    assert [site.asked(f"/a/{n}") for n in range(5)] == [1, 1, 1, 2, 1]


def test_it_is_asked_for_again_when_it_is_named_itself(site, db):
    ingest(db, *site.options, *RECHECK, f"http://{HOSTS[0]}/a/1")
    ingest(db, *site.options, *RECHECK, f"http://{HOSTS[0]}/a/1")
    assert site.asked("/a/1") == 2


def test_a_file_of_a_folder_that_has_changed_is_read_again(db, tmp_path):
    folder = tmp_path / "saved"
    folder.mkdir()
    for n in range(2):
        (folder / f"{n}.html").write_bytes(article(f"Boat {n} turns up"))
    ingest(db, *RECHECK, folder)
    (folder / "1.html").write_bytes(article("Boat 1 is sold"))
    result = ingest(db, *RECHECK, folder)
    assert totals(result) == {"updated": 1, "unchanged": 1}
    assert rows(db, "select title from articles order by id")[1] == {"title": "Boat 1 is sold"}


def test_what_failed_is_asked_for_again(site, db):
    ingest(db, *site.options, *RECHECK, f"http://{HOSTS[0]}/none")
    ingest(db, *site.options, *RECHECK, f"http://{HOSTS[0]}/none")
    assert site.asked("/none") == 2
    assert ledger(db, f"http://{HOSTS[0]}/none") == ("failed", "http_404", 404)


def test_a_limit_over_several_folders_takes_the_first(db, tmp_path):
    folders = [tmp_path / f"folder {n}" for n in range(3)]
    for folder in folders:
        folder.mkdir()
        for n in range(3):
            (folder / f"{n}.html").write_bytes(article(f"Boat {n} of {folder.name} turns up"))
    result = ingest(db, "--limit", "4", *folders)
    assert totals(result) == {"added": 4}
    files = [folder / f"{n}.html" for folder in folders for n in range(3)]
    assert urls(db) == [file.as_uri() for file in files[:4]]


def test_two_that_save_two_forms_of_one_address_at_once_make_one_row(tmp_path):
    """The second looks for a row of the address only when the first has written its own."""
    path = tmp_path / "archive.db"
    Archive(path).close()
    is_looking, looked = threading.Event(), []

    def save(url, wait):
        found = parse_article(article("One boat turns up"), url)
        page = Page(url, url, times.now(), b"")
        with Archive(path) as archive:
            known = archive.ledger.ask(url, None)

            def address(own):
                looked.append(url)
                is_looking.set()
                wait()
                return address_in(archive.articles, own, url, known.article_id)

            archive.save_article(found, page, url, address)

    def until_the_other_waits():
        # It cannot say that it waits for the lock: give it the time to come so far.
        other.start()
        other.join(0.5)

    other = threading.Thread(target=save, args=(FORMS[1], lambda: None))
    save(FORMS[0], until_the_other_waits)
    other.join(PATIENCE_S)
    assert looked == list(FORMS)
    assert rows(path, "select url from articles") == [{"url": FORMS[0]}]
    assert len(rows(path, "select url from ledger where article_id = 1")) == 2
