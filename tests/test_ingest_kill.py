"""SIGKILL at any moment: nothing is lost, nothing is there twice, and the next run goes on from there."""

import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from fault_server import RSS, UTF8, article
from ingest_command import OWN_SERVER, rows
from running import running
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.doctor import examine

ROOT = Path(__file__).parent.parent
HOST = "kill.example"
KILLS = 100
ON_THE_WEB, IN_THE_FOLDER, IN_THE_WARC = 60, 60, 60
#: A run is killed within so many seconds of its start.
LONGEST_S = 0.3


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked[self.path] += 1
        kind, body = answer(self.path)
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # a client that was killed


def text_of(n):
    """Texts that are no copies of each other."""
    words = random.Random(n).choices(
        "harbour tide boat quay gull rope net sail mast keel".split(), k=40
    )
    return " ".join(words)


def answer(path):
    if path == "/feed":
        items = "".join(f"<item><link>/a/{n}</link></item>" for n in range(ON_THE_WEB))
        return RSS, f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()
    if path.startswith("/a/"):
        return UTF8, article(f"Web boat {path[3:]} turns up", text=text_of(path))
    return "text/plain", b""


@pytest.fixture
def site():
    server = _Server(("127.0.0.1", 0), _Handler)
    server.asked = Counter()
    with running(server):
        yield server


@pytest.fixture
def zygote():
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "tests/kill_zygote.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert process.stdout.readline() == "ready\n"
    yield process
    process.stdin.close()
    process.wait(60)
    process.stdout.close()


def run(zygote, arguments, kill_after_s=None):
    """The exit code of a command; it is killed after so many seconds."""
    zygote.stdin.write(json.dumps(arguments) + "\n")
    pid = int(zygote.stdout.readline())
    if kill_after_s is not None:
        time.sleep(kill_after_s)
        os.kill(pid, signal.SIGKILL)
    return int(zygote.stdout.readline())


def make_folder(path):
    path.mkdir()
    for n in range(IN_THE_FOLDER):
        page = article(f"Saved boat {n} turns up", text=text_of(f"folder {n}"))
        (path / f"{n:02}.html").write_bytes(page if n % 10 else b"<p>no article</p>")


def make_warc(path):
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for n in range(IN_THE_WARC):
            body = article(f"Crawled boat {n} turns up", text=text_of(f"warc {n}"))
            headers = StatusAndHeaders("200 OK", [("Content-Type", UTF8)], protocol="HTTP/1.1")
            record = writer.create_warc_record(
                f"https://crawl.example/{n}", "response", io.BytesIO(body), http_headers=headers
            )
            writer.write_record(record)
            record.raw_stream.close()


QUERIES = {
    "articles": "select url, title, text, content_hash, is_paywalled from articles order by url",
    "pages": "select requested_url, body_sha256 from pages order by 1, 2",
    "ledger": "select url, state, reason, article_id is null as has_none from ledger order by url",
    "sources": "select kind, url from sources order by url",
    "votes": "select url, field, extractor, value from field_votes join articles a on a.id = "
    "article_id order by 1, 2, 3",
    "revisions": "select count(*) as n from revisions",
    "found": "select rowid from articles_fts where articles_fts match 'turns'",
}


def content(db):
    found = {name: rows(db, query) for name, query in QUERIES.items()}
    found["found"] = len(found["found"])
    return found


def test_killed_a_hundred_times_it_ends_with_exactly_the_expected_rows(site, zygote, tmp_path):
    make_folder(tmp_path / "saved")
    make_warc(tmp_path / "crawl.warc.gz")

    def command(name):
        options = [*OWN_SERVER, "--recheck", "24", "--connect-to"]
        target = f"{HOST}:127.0.0.1:{site.server_port}"
        sources = [f"http://{HOST}/feed", str(tmp_path / "saved"), str(tmp_path / "crawl.warc.gz")]
        return ["--db", str(tmp_path / name), "ingest", *options, target, *sources]

    assert run(zygote, command("straight.db")) == 1  # the folder holds pages that are no articles
    site.asked.clear()
    moments = random.Random(7)
    ends = [run(zygote, command("killed.db"), moments.uniform(0, LONGEST_S)) for _ in range(KILLS)]
    assert ends.count(-signal.SIGKILL) > KILLS / 2
    assert run(zygote, command("killed.db")) == 1

    killed = tmp_path / "killed.db"
    assert content(killed) == content(tmp_path / "straight.db")
    assert examine(killed).findings == ()
    # An article that was saved is not asked for again; what was on its way when it was killed is.
    articles = sum(n for path, n in site.asked.items() if path.startswith("/a/"))
    before = Counter(site.asked)
    assert ON_THE_WEB <= articles < ON_THE_WEB + 8 * KILLS
    assert run(zygote, command("killed.db")) == 1
    assert set(site.asked - before) == {"/feed", "/robots.txt"}
