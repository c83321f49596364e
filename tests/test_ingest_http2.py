"""Pages over TLS and HTTP/2, from a real server; its certificate is trusted through SSL_CERT_FILE."""

import asyncio
import gzip
import socket
import threading

import pytest
import trustme
from feed_server import article
from hypercorn.asyncio import serve
from hypercorn.config import Config
from ingest_command import ingest, totals

from ingest import FetchError
from ingest.fetch import Fetcher, FetchOptions, NotModified

HOST = "tls.example"
SITE = f"https://{HOST}"
HTML = [(b"content-type", b"text/html; charset=utf-8")]


class TlsServer:
    """A site over TLS, from `with` to the end of its block.

    Args:
        certificate: of the server, by trustme.
        protocols: what it offers (ALPN).

    Attributes:
        requests: (HTTP version, client's port, path) of every request, in order.
    """

    def __init__(self, certificate, folder, protocols):
        self._folder, self._protocols = folder, protocols
        certificate.private_key_pem.write_to_path(folder / "server.key")
        for number, part in enumerate(certificate.cert_chain_pems):
            part.write_to_path(folder / "server.pem", append=number > 0)
        self.requests = []

    def __enter__(self):
        listening = socket.create_server(("127.0.0.1", 0))
        self.port = listening.getsockname()[1]
        config = Config()
        config.bind = [f"fd://{listening.detach()}"]
        config.certfile = str(self._folder / "server.pem")
        config.keyfile = str(self._folder / "server.key")
        config.alpn_protocols = self._protocols
        config.accesslog = config.errorlog = None
        config.graceful_timeout = 0.1
        self._loop = asyncio.new_event_loop()
        self._end = asyncio.Event()
        coroutine = serve(self._app, config, shutdown_trigger=self._end.wait)
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(coroutine,))
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()
        self._loop.close()

    async def _app(self, scope, receive, send):
        if scope["type"] != "http":
            return
        path = scope["path"]
        self.requests.append((scope["http_version"], scope["client"][1], path))
        known = dict(scope["headers"]).get(b"if-none-match")
        status, headers, body = 200, [], article("A page over TLS")
        if path == "/robots.txt":
            status, body = 404, b"none"
        elif path == "/gzip":
            headers, body = [(b"content-encoding", b"gzip")], gzip.compress(body)
        elif path == "/moved":
            status, headers, body = 301, [(b"location", b"/page")], b""
        elif path == "/etag":
            headers = [(b"etag", b'"v1"')]
            status, body = (304, b"") if known else (200, body)
        elif path == "/large":
            body = b"<p>on and on</p>" * 200_000
        elif path == "/headers":
            headers = [(b"x-%d" % number, b"y" * 1_000) for number in range(100)]
        elif path == "/silent":
            await self._end.wait()
        await send({"type": "http.response.start", "status": status, "headers": HTML + headers})
        await send({"type": "http.response.body", "body": body})


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def trusted(authority, tmp_path, monkeypatch):
    """The operator trusts the test's authority, as one does a company's own."""
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))


@pytest.fixture
def server(authority, tmp_path):
    with TlsServer(authority.issue_cert(HOST), tmp_path, ["h2", "http/1.1"]) as running:
        yield running


def fetcher(server, host=HOST, **options):
    defaults = {"allow_private": True, "delay_s": 0.0, "retries": 0}
    connect_to = {host: ("127.0.0.1", server.port)}
    return Fetcher(FetchOptions(connect_to=connect_to, **{**defaults, **options}))


def test_pages_come_over_one_connection_of_http_2(server, trusted):
    with fetcher(server) as client:
        bodies = [client.get(f"{SITE}/{path}").body for path in ("page", "gzip", "moved")]
    assert bodies == [article("A page over TLS")] * 3
    assert [(version, path) for version, _, path in server.requests] == [
        ("2", "/robots.txt"), ("2", "/page"), ("2", "/gzip"), ("2", "/moved"), ("2", "/page"),
    ]  # fmt: skip
    assert len({port for _, port, _ in server.requests}) == 1


def test_a_server_that_speaks_no_http_2_is_spoken_to_as_before(authority, trusted, tmp_path):
    with (
        TlsServer(authority.issue_cert(HOST), tmp_path, ["http/1.1"]) as server,
        fetcher(server) as client,
    ):
        assert client.get(f"{SITE}/page").http_status == 200
    assert {version for version, _, _ in server.requests} == {"1.1"}


def test_unchanged_over_http_2(server, trusted):
    with fetcher(server) as client:
        etag = client.get(f"{SITE}/etag").header("etag")
        with pytest.raises(NotModified) as caught:
            client.get(f"{SITE}/etag", etag)
    assert ("etag", '"v1"') in caught.value.headers


def test_an_authority_that_is_not_trusted(server):
    with fetcher(server) as client, pytest.raises(FetchError, match="cannot be trusted") as caught:
        client.get(f"{SITE}/page")
    assert caught.value.reason == "tls"
    assert server.requests == []


@pytest.mark.parametrize("content", [None, "no certificate"], ids=["missing", "no certificates"])
def test_a_file_of_certificates_that_cannot_be_read(server, tmp_path, monkeypatch, content):
    path = tmp_path / "mine.pem"
    if content:
        path.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with fetcher(server) as client, pytest.raises(FetchError) as caught:
        client.get(f"{SITE}/page")
    said = str(caught.value)
    assert said.startswith(f"{SITE}/page: the certificates that are to be trusted cannot be read (")
    assert said.endswith("). Let SSL_CERT_FILE name a file of certificates, or unset it.")
    assert server.requests == []


def test_a_certificate_of_another_host(server, trusted):
    host = "other.example"
    with (
        fetcher(server, host) as client,
        pytest.raises(FetchError, match=f"{host} cannot be trusted") as caught,
    ):
        client.get(f"https://{host}/page")
    assert caught.value.reason == "tls"
    assert server.requests == []


@pytest.mark.parametrize(
    ("path", "reason"), [("silent", "timeout"), ("large", "too_large"), ("headers", "connection")]
)
def test_the_limits_hold_over_http_2_and_the_next_page_comes(server, trusted, path, reason):
    with fetcher(server, timeout_s=1.0, total_timeout_s=1.0, max_bytes=1_000_000) as client:
        with pytest.raises(FetchError) as caught:
            client.get(f"{SITE}/{path}")
        assert caught.value.reason == reason
        assert client.get(f"{SITE}/page").http_status == 200


def test_the_command_takes_an_article_over_http_2(server, trusted, tmp_path):
    connect = ("--connect-to", f"{HOST}:127.0.0.1:{server.port}")
    result = ingest(tmp_path / "archive.db", *connect, f"{SITE}/page")
    assert (totals(result), result.stderr) == ({"added": 1}, "")
