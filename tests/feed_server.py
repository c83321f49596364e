"""A site whose pages a test sets one by one: with ETags, redirects, failures, and a log of requests."""

import hashlib
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from fault_server import PAGES

HOST = "quay.example"
SITE = f"http://{HOST}"
_TEMPLATE = (PAGES / "article.html").read_text(encoding="utf-8")
_TITLE = "Ferry café swaps paper timetables for a screen"


def article(title, text="The old timetables, she added, will be framed."):
    """A page with an article of that title."""
    html = _TEMPLATE.replace(_TITLE, title)
    return html.replace("The old timetables, she added, will be framed.", text).encode()


def rss(*paths, title="Quay News", channel=""):
    """An RSS feed of the site; channel is put in before its items."""
    items = "".join(f"<item><title>One</title><link>{SITE}{path}</link></item>" for path in paths)
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" '
        'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel>'
        f"<title>{title}</title><link>{SITE}/</link>{channel}{items}</channel></rss>"
    ).encode()


@dataclass
class _Answer:
    status: int
    body: bytes
    headers: dict = field(default_factory=dict)


class FeedServer:
    """The site, from `with` to the end of its block.

    Attributes:
        requests: the (path, If-None-Match) of every request but those for robots.txt, in order.
    """

    def __init__(self):
        self.answers = {}
        self.requests = []
        self._held = {}

    def __enter__(self):
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.site = self
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *error):
        for event in self._held.values():
            event.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def options(self):
        """What makes a command that fetches find the site, and not wait."""
        return [
            *("--connect-to", f"{HOST}:127.0.0.1:{self.port}"),
            *("--allow-private", "--delay", "0", "--retries", "0"),
        ]

    def set(self, path, body=b"", status=200, **headers):
        """From now on the path answers so; 200 with an ETag of its body, unless it has one."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if status == 200:
            named.setdefault("ETag", f'"{hashlib.sha256(body).hexdigest()[:8]}"')
        self.answers[path] = _Answer(status, body, named)

    def set_articles(self, *paths):
        """Each path is an article with a title and a text of its own."""
        for path in paths:
            self.set(path, article(f"News of {path.strip('/')}", f"It was said at {path}."))

    def hold(self, path):
        """Answer this path only when the event that is returned is set."""
        self._held[path] = threading.Event()
        return self._held[path]

    def asked(self):
        """The paths asked for since the last call."""
        paths = [path for path, _ in self.requests]
        self.requests.clear()
        return paths


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Clients go away; that is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        site, known = self.server.site, self.headers.get("If-None-Match")
        answer = site.answers.get(self.path, _Answer(404, b"<h1>No such page</h1>"))
        if self.path != "/robots.txt":
            site.requests.append((self.path, known))
        if event := site._held.get(self.path):
            event.wait(60)
        headers = {"Content-Type": "text/html; charset=utf-8", **answer.headers}
        status, body = answer.status, answer.body
        if status == 200 and known is not None and known == headers.get("ETag"):
            status, body = 304, b""
        self.send_response(status)
        for name, value in headers.items():
            if value is not None:
                self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass
