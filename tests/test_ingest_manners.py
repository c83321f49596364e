"""Politeness: robots.txt (RFC 9309), pacing, retries, and no more requests than needed."""

import gzip
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise

import brotli
import pytest
import zstandard
from fault_server import page
from running import running

from ingest import FetchError
from ingest.compression import BadCompression, decompress
from ingest.fetch import Fetcher, FetchOptions
from ingest.pacing import Pacer

HOST = "manners.example"
PLAIN = {"Content-Type": "text/plain"}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        site = self.server
        site.requests.append((self.path, self.headers["User-Agent"], time.monotonic()))
        answers = site.answers.get(self.path, [(404, {}, b"none")])
        status, headers, body = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(status)
        for name, value in {"Content-Type": "text/html", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def site():
    """A server whose `answers` map a path to what it answers one after another, the last for good."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.requests, server.answers = [], {"/a": [(200, {}, page())]}
    with running(server):
        yield server


def fetcher(site, **options):
    defaults = {"allow_private": True, "delay_s": 0.0, "backoff_s": 0.01}
    connect_to = {HOST: ("127.0.0.1", site.server_port)}
    return Fetcher(FetchOptions(connect_to=connect_to, **{**defaults, **options}))


def paths(site):
    return [path for path, *_ in site.requests]


def moments(site):
    """When the page was asked for."""
    return [moment for path, _, moment in site.requests if path == "/a"]


def robots(site, text, status=200, headers=None):
    site.answers["/robots.txt"] = [(status, {**PLAIN, **(headers or {})}, text)]


def test_robots_is_asked_once_and_first(site):
    with fetcher(site) as client:
        client.get(f"http://{HOST}/a")
        client.get(f"http://{HOST}/a")
    assert paths(site) == ["/robots.txt", "/a", "/a"]


def test_we_say_who_we_are(site):
    with fetcher(site) as client:
        client.get(f"http://{HOST}/a")
    agents = {agent for _, agent, _ in site.requests}
    assert agents == {"newsarchive/0.1 (+https://github.com/newsarchive/newsarchive)"}


@pytest.mark.parametrize(
    "rules",
    [
        b"User-agent: *\nDisallow: /",
        b"User-agent: newsarchive\nDisallow: /a",
        b"User-agent: NewsArchive\nDisallow: /a$",
        b"User-agent: other\nAllow: /\n\nUser-agent: *\nDisallow: /*",
    ],
)
def test_what_robots_forbids_is_not_fetched(site, rules):
    robots(site, rules)
    with fetcher(site) as client, pytest.raises(FetchError, match=r"robots\.txt asks not to"):
        client.get(f"http://{HOST}/a")
    assert paths(site) == ["/robots.txt"]


@pytest.mark.parametrize(
    "rules",
    [
        b"",
        b"User-agent: *\nDisallow:",
        b"User-agent: *\nDisallow: /\n\nUser-agent: newsarchive\nAllow: /",
        b"\xff\xfe\x00 no rules at all",
        b"<html>not a robots file</html>",
    ],
)
def test_what_robots_allows_is_fetched(site, rules):
    robots(site, rules)
    with fetcher(site) as client:
        assert client.get(f"http://{HOST}/a").http_status == 200


@pytest.mark.parametrize("status", [403, 404, 410])
def test_without_a_robots_all_is_allowed(site, status):
    robots(site, b"no", status)
    with fetcher(site) as client:
        assert client.get(f"http://{HOST}/a").http_status == 200


@pytest.mark.parametrize("status", [429, 500, 503])
def test_where_robots_fails_nothing_is_fetched(site, status):
    robots(site, b"no", status)
    with fetcher(site) as client, pytest.raises(FetchError, match="could not be read") as caught:
        client.get(f"http://{HOST}/a")
    assert caught.value.reason == "robots"
    assert "/a" not in paths(site)


def test_a_robots_behind_redirects_counts(site):
    robots(site, b"", 301, {"Location": "/rules"})
    site.answers["/rules"] = [(200, PLAIN, b"User-agent: *\nDisallow: /a")]
    with fetcher(site) as client, pytest.raises(FetchError, match="asks not to"):
        client.get(f"http://{HOST}/a")


def test_a_redirect_into_what_is_forbidden_is_not_followed(site):
    robots(site, b"User-agent: *\nDisallow: /private")
    site.answers["/a"] = [(302, {"Location": "/private/a"}, b"")]
    with fetcher(site) as client, pytest.raises(FetchError, match="asks not to"):
        client.get(f"http://{HOST}/a")
    assert paths(site) == ["/robots.txt", "/a"]


def test_robots_names_sitemaps(site):
    robots(
        site, b"Sitemap: http://manners.example/one.xml\nSitemap: http://manners.example/two.xml"
    )
    with fetcher(site) as client:
        assert client.sitemaps(f"http://{HOST}/a") == (
            "http://manners.example/one.xml",
            "http://manners.example/two.xml",
        )


def test_the_pause_between_requests_is_kept(site):
    with fetcher(site, delay_s=0.2) as client:
        for _ in range(3):
            client.get(f"http://{HOST}/a")
    assert all(later - earlier > 0.15 for earlier, later in pairwise(moments(site)))


def test_a_longer_crawl_delay_is_kept(site):
    robots(site, b"User-agent: *\nCrawl-delay: 0.3")
    with fetcher(site) as client:
        client.get(f"http://{HOST}/a")
        client.get(f"http://{HOST}/a")
    first, second = moments(site)
    assert second - first > 0.25


def test_hosts_do_not_wait_for_each_other():
    pacer = Pacer()
    assert [pacer.wait(host, 10.0) for host in ("a", "b", "c")] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_failure_that_passes_is_tried_again(site, status):
    site.answers["/a"] = [(status, {}, b"later"), (200, {}, page())]
    with fetcher(site) as client:
        assert client.get(f"http://{HOST}/a").http_status == 200
    assert paths(site) == ["/robots.txt", "/a", "/a"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451, 501])
def test_an_answer_is_not_asked_for_again(site, status):
    site.answers["/a"] = [(status, {}, b"no")]
    with fetcher(site) as client, pytest.raises(FetchError):
        client.get(f"http://{HOST}/a")
    assert paths(site) == ["/robots.txt", "/a"]


def test_tries_end(site):
    site.answers["/a"] = [(503, {}, b"later")]
    with fetcher(site, retries=3) as client, pytest.raises(FetchError, match="503"):
        client.get(f"http://{HOST}/a")
    assert paths(site) == ["/robots.txt", *["/a"] * 4]


def test_retry_after_is_kept(site):
    site.answers["/a"] = [(503, {"Retry-After": "1"}, b"later"), (200, {}, page())]
    with fetcher(site) as client:
        client.get(f"http://{HOST}/a")
    first, second = moments(site)
    assert second - first > 0.9


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_who_asks_for_much_patience_is_left_for_another_run(site, form):
    value = "3600" if form == "seconds" else formatdate(time.time() + 3600, usegmt=True)
    site.answers["/a"] = [(503, {"Retry-After": value}, b"later"), (200, {}, page())]
    with fetcher(site) as client, pytest.raises(FetchError, match="503"):
        client.get(f"http://{HOST}/a")
    assert paths(site) == ["/robots.txt", "/a"]


COMPRESS = {
    "gzip": gzip.compress,
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor(write_content_size=False).compress,
}
BODY = b"hello world " * 100_000


@pytest.mark.parametrize("encoding", COMPRESS)
def test_each_compression_is_read(site, encoding):
    headers = {"Content-Encoding": encoding}
    site.answers["/a"] = [(200, headers, COMPRESS[encoding](page()))]
    with fetcher(site) as client:
        assert client.get(f"http://{HOST}/a").body == page()


@pytest.mark.parametrize("encoding", COMPRESS)
def test_no_piece_is_large_and_nothing_is_lost(encoding):
    raw = COMPRESS[encoding](BODY)
    pieces = list(decompress([raw[at : at + 100] for at in range(0, len(raw), 100)], encoding))
    assert b"".join(pieces) == BODY
    assert max(map(len, pieces)) <= 2 * 1024 * 1024


@pytest.mark.parametrize("encoding", COMPRESS)
@pytest.mark.parametrize("lost", [1, 10])
def test_what_ends_too_early_is_not_taken(encoding, lost):
    with pytest.raises(BadCompression, match="too early"):
        list(decompress([COMPRESS[encoding](BODY)[:-lost]], encoding))
