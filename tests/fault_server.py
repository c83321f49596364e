"""A news site on a loopback port at which everything goes wrong: one path for each fault."""

import gzip
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

HOST = "faults.example"
SITE = f"http://{HOST}"
PAGES = Path(__file__).parent / "pages"

HTML = "text/html"
UTF8 = "text/html; charset=utf-8"
RSS = "application/rss+xml"


def page(name="article.html"):
    """A hand-written page of tests/pages."""
    return (PAGES / name).read_bytes()


def article(title=None, canonical=None, charset="utf-8", declared="utf-8", text=None):
    """The good article, with some things about it changed, in a charset."""
    html = page().decode()
    if title:
        html = html.replace("Ferry café swaps paper timetables for a screen", title)
    if canonical:
        html = html.replace("<title>", f'<link rel="canonical" href="{canonical}">\n<title>')
    if text:
        html = html.replace("The old timetables, she added, will be framed.", text)
    meta = f'<meta charset="{declared}">' if declared else ""
    return html.replace('<meta charset="utf-8">', meta).encode(charset)


def rss(*links, title="Quay"):
    items = "".join(f"<item><title>One</title><link>{link}</link></item>" for link in links)
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
        f"<title>{title}</title><link>{SITE}/</link>{items}</channel></rss>"
    ).encode()


def atom(*links):
    entries = "".join(f'<entry><title>One</title><link href="{link}"/></entry>' for link in links)
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>Quay</title>{entries}</feed>"
    ).encode()


def _truncated(body):
    return gzip.compress(body)[:-200]


def _bomb():
    """20 MB in 20 KB: a page that never ends."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    piece = b"<p>and so on and on</p>" * 40_000
    return b"".join(packer.compress(piece) for _ in range(22)) + packer.flush()


_PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"
_PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01"
_GZIP = {"Content-Encoding": "gzip"}

#: Path: (status, Content-Type, body, other headers).
ANSWERS: dict[str, tuple[int, str, bytes, dict[str, str]]] = {
    "/article": (200, UTF8, page(), {}),
    "/other": (200, UTF8, article("Another boat turns up"), {}),
    **{f"/{status}": (status, HTML, b"<h1>Sorry</h1>", {}) for status in (403, 404, 410, 429, 500)},
    "/304": (304, HTML, b"", {}),
    "/pdf": (200, "application/pdf", _PDF, {}),
    "/pdf-as-html": (200, HTML, _PDF, {}),
    "/png": (200, "image/png", _PNG, {}),
    "/png-as-html": (200, HTML, _PNG, {}),
    "/empty": (200, HTML, b"", {}),
    "/blank": (200, HTML, b" \n\t ", {}),
    "/no-article": (200, UTF8, page("no_article.html"), {}),
    "/tag/boats": (200, UTF8, page("index.html"), {}),
    "/soft-404": (200, UTF8, page("soft_404.html"), {}),
    "/json": (200, "application/json", b'{"title": "no page"}', {}),
    # Charsets.
    "/utf8-but-1252": (200, UTF8, article(charset="cp1252"), {}),
    "/latin1-but-utf8": (200, "text/html; charset=iso-8859-1", article(declared="latin1"), {}),
    "/no-charset-utf8": (200, HTML, article(declared=None), {}),
    "/no-charset-1252": (200, HTML, article(declared=None, charset="cp1252"), {}),
    "/nonsense-charset": (200, "text/html; charset=klingon", article(declared="x-none"), {}),
    "/meta-utf16-but-utf8": (200, HTML, article(declared="utf-16"), {}),
    "/codec-charset": (200, "text/html; charset=hex", article(charset="cp1252", declared="hex"), {}),
    "/utf16": (200, HTML, article(charset="utf-16", declared=None), {}),
    "/no-charset-at-all": (200, HTML, b"<p>" + bytes(range(129, 255)) * 50, {}),
    # Compression.
    "/gzip": (200, UTF8, gzip.compress(page()), _GZIP),
    "/broken-gzip": (200, UTF8, b"\x1f\x8b\x08\x00" + b"\xff" * 400, _GZIP),
    "/not-gzip": (200, UTF8, page(), _GZIP),
    "/truncated-gzip": (200, UTF8, _truncated(page()), _GZIP),
    "/gzip-bomb": (200, UTF8, _bomb(), _GZIP),
    "/gzip-twice": (200, UTF8, gzip.compress(_bomb()), {"Content-Encoding": "gzip, gzip"}),
    "/brotli": (200, UTF8, b"\x8b\x02\x80", {"Content-Encoding": "br"}),
    "/deflate": (200, UTF8, zlib.compress(page()), {"Content-Encoding": "deflate"}),
    "/odd-encoding": (200, UTF8, page(), {"Content-Encoding": "utf-8"}),
    "/too-large": (200, UTF8, b"<p>on and on</p>" * 700_000, {}),
    # Feeds.
    "/feed": (200, RSS, rss(f"{SITE}/article", f"{SITE}/other"), {}),
    "/atom": (200, "application/atom+xml", atom(f"{SITE}/article", "/other"), {}),
    "/feed-as-html": (200, HTML, rss(f"{SITE}/article"), {}),
    "/feed-doubled": (200, RSS, rss("/article", "article", f"{SITE}/article#top", "/other"), {}),
    "/feed-malformed": (200, RSS, b"<rss version='2.0'><channel><item><titl", {}),
    "/feed-empty": (200, RSS, rss(), {}),
    "/feed-mixed": (200, RSS, rss("/article", "/404", "http://[bad", "mailto:a@b.example"), {}),
    "/feed-of-files": (200, RSS, rss("file:///etc/hostname", "/article"), {}),
    # Sitemaps.
    "/sitemap-malformed": (200, "application/xml", b"<urlset><url><loc>/arti", {}),
    "/sitemap-empty": (200, "application/xml", b"<urlset></urlset>", {}),
    # Addresses that a page gives for itself.
    "/same/1": (200, UTF8, article(canonical=f"{SITE}/the-same-boat-turns-up"), {}),
    "/same/2": (200, UTF8, article(canonical=f"{SITE}/the-same-boat-turns-up?utm_source=feed"), {}),
    "/canonical-elsewhere": (200, UTF8, article(canonical="http://elsewhere.example/x"), {}),
    "/canonical-home": (200, UTF8, article(canonical=f"{SITE}/"), {}),
    "/canonical-broken": (200, UTF8, article(canonical="http://[broken"), {}),
    "/secrets": (
        200,
        UTF8,
        page(),
        {"Set-Cookie": "session=s3cret", "X-Auth-Token": "s3cret", "X-Api-Key": "s3cret",
         "Authorization": "Bearer s3cret", "X-Fine": "yes"},
    ),
}  # fmt: skip

REDIRECTS = {
    "/loop/1": "/loop/2",
    "/loop/2": "/loop/1",
    "/self": "/self",
    "/to-ftp": "ftp://faults.example/article",
    "/to-file": "file:///etc/hostname",
    "/to-nowhere": "http://[nowhere",
    "/to-inside/loopback": "http://127.0.0.1:1/x",
    "/to-inside/loopback-6": "http://[::1]:1/x",
    "/to-inside/mapped": "http://[::ffff:127.0.0.1]:1/x",
    "/to-inside/metadata": "http://169.254.169.254/latest/meta-data/",
    "/to-inside/metadata-6": "http://[fd00:ec2::254]/latest/meta-data/",
    "/to-inside/decimal": "//2130706433/x",
    "/to-inside/hexadecimal": "//0x7f000001/x",
    "/to-inside/by-user-name": "http://quay.example@127.0.0.1:1/x",
    "/to-inside/by-name": "http://localhost:1/x",
    "/to-inside/other-scheme": "https://127.0.0.1:1/x",
    "/to-inside/two-hops": "/to-inside/decimal",
    "/to-no-article": "/no-article",
    "/hops/5": "/article",
    **{f"/hops/{number}": f"/hops/{number + 1}" for number in range(5)},
}


class FaultServer:
    """The site, from `with` to the end of its block.

    Attributes:
        hits: how often each path was asked for.
        headers: those of the last request for each path.
        revision: what /changing says, to be changed while the server runs.
        is_fixed: whether /fixed-later has an article yet.
        gate: /gated answers when it is set.
    """

    def __init__(self):
        self.hits = Counter()
        self.headers = {}
        self.revision = "The old timetables will be framed."
        self.is_fixed = False
        self.gate = threading.Event()
        self.is_over = threading.Event()

    def __enter__(self):
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.site = self
        self.port = self._server.server_port
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, *error):
        self.is_over.set()
        self.gate.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def options(self):
        """What makes `newsarchive ingest` find the site."""
        return ["--connect-to", f"{HOST}:127.0.0.1:{self.port}"]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Clients go away from what they do not like; that is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        site, path = self.server.site, urlsplit(self.path).path
        site.hits[path] += 1
        site.headers[path] = dict(self.headers)
        if special := _SPECIAL.get(path):
            special(self, site)
        elif path in REDIRECTS:
            self.answer(302, HTML, b"", {"Location": REDIRECTS[path]})
        else:
            self.answer(*ANSWERS.get(path, (404, HTML, b"<h1>No such page</h1>", {})))

    def answer(self, status, content_type, body, headers, length=None):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def _stall(handler, site):
    handler.answer(200, UTF8, b"<p>One moment", {}, length=1000)
    site.is_over.wait(30)


def _silent(handler, site):
    site.is_over.wait(30)


def _drip(handler, site):
    handler.answer(200, UTF8, b"", {}, length=100_000)
    while not site.is_over.is_set():
        handler.wfile.write(b"<p>")
        handler.wfile.flush()
        time.sleep(0.05)


def _short(handler, site):
    body = page()
    handler.answer(200, UTF8, body, {}, length=len(body) + 1000)
    handler.close_connection = True


def _invalid(handler, site):
    handler.wfile.write(b"What do you want?\r\n\r\n")
    handler.close_connection = True


def _hang_up(handler, site):
    handler.close_connection = True


def _etag(handler, site):
    if handler.headers.get("If-None-Match") == '"v1"':
        handler.send_response(304)
        handler.send_header("ETag", '"v1"')
        handler.end_headers()
    else:
        handler.answer(200, UTF8, page(), {"ETag": '"v1"'})


def _odd_etag(handler, site):
    handler.answer(200, UTF8, page(), {"ETag": '"é"'})


def _changing(handler, site):
    handler.answer(200, UTF8, article(text=site.revision), {})


def _fixed_later(handler, site):
    handler.answer(200, UTF8, page() if site.is_fixed else page("no_article.html"), {})


def _gated(handler, site):
    site.gate.wait(60)
    handler.answer(200, UTF8, article("The gate opens at last"), {})


def _huge_header(handler, site):
    handler.answer(200, UTF8, page(), {"X-Long": "x" * 300_000})


def _many_headers(handler, site):
    handler.answer(200, UTF8, page(), {f"X-Header-{number}": "x" * 50 for number in range(5_000)})


def _endless_header(handler, site):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while not site.is_over.is_set():
        handler.wfile.write(b"x" * 65_536)


_SPECIAL: dict[str, Callable] = {
    "/huge-header": _huge_header,
    "/many-headers": _many_headers,
    "/endless-header": _endless_header,
    "/stall": _stall,
    "/silent": _silent,
    "/drip": _drip,
    "/short": _short,
    "/invalid": _invalid,
    "/hang-up": _hang_up,
    "/etag": _etag,
    "/odd-etag": _odd_etag,
    "/changing": _changing,
    "/fixed-later": _fixed_later,
    "/gated": _gated,
}
