"""Serves the sample site over HTTP on this machine: each outlet's folder under its own host name.

The outlets' names end in .example, which no name server knows: a client connects to `address` and
sends the outlet's name in the Host header. By hand: python -m samples.server --port 8080
"""

import argparse
import gzip
import hashlib
import re
import socketserver
import sys
import threading
from collections.abc import Mapping, Sequence
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from urllib.parse import unquote, urlsplit

FOLDER = Path(__file__).resolve().parent

#: HTML is served without a charset: what a page declares itself is part of what it tests.
_CONTENT_TYPES = {
    ".html": "text/html",
    ".txt": "text/plain; charset=utf-8",
    ".png": "image/png",
    ".jpg": "image/jpeg",
}
_FEED_TYPES = {"rss": "application/rss+xml", "feed": "application/atom+xml"}
_XML = "application/xml"
_OTHER = "application/octet-stream"
_COMPRESSED = ("text/", "application/")

_REVISION = re.compile(r"\.rev\d+\.html$")
_ROOT_ELEMENT = re.compile(rb"<([A-Za-z][\w:.-]*)")
_NOT_FOUND = b"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>404 Not Found</title></head>
<body><h1>Not Found</h1><p>There is nothing at this address.</p></body></html>
"""


class SampleServer:
    """The sample site on a loopback port, from `with` to the end of its block.

    Args:
        port: the port to listen at; 0 takes a free one.

    Attributes:
        hosts: the host names of the outlets, sorted.
        feeds: the URLs of their feeds, sorted.
        revision: 1, or 2 to serve NAME.rev2.html in place of NAME.html where there is one; it may be
            changed while the server runs.
        requests: the (host, path) of every request so far, in order.
    """

    def __init__(self, port: int = 0) -> None:
        self._outlets = {
            folder.name: _addresses(folder) for folder in sorted(FOLDER.glob("*.example"))
        }
        self.hosts = tuple(self._outlets)
        self.feeds = tuple(
            f"http://{host}{path}"
            for host, addresses in self._outlets.items()
            for path, file in sorted(addresses.items())
            if content_type(file) in _FEED_TYPES.values()
        )
        self.revision = 1
        self.requests: list[tuple[str, str]] = []
        self._port = port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> "SampleServer":
        self._server = _Server(self, self._port)
        # The default pause between looks at the stop flag, half a second, would be felt at the end.
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.daemon = True
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    @property
    def address(self) -> tuple[str, int]:
        """The IP address and port at which the server listens.

        Raises:
            RuntimeError: it does not run.
        """
        if self._server is None:
            raise RuntimeError("the sample server runs only within its with block")
        return "127.0.0.1", self._server.server_port

    def find(self, host: str, path: str) -> Path | None:
        """The file behind a path of an outlet, or None. Only files found at the start have a path."""
        file = self._outlets.get(host, {}).get(path)
        if file is None or file.suffix != ".html":
            return file
        revised = file.with_suffix(f".rev{self.revision}.html")
        return revised if revised.exists() else file


def content_type(file: Path) -> str:
    """The Content-Type of a file; XML by its root element: RSS, Atom or other."""
    if file.suffix == ".xml":
        root = _ROOT_ELEMENT.search(file.read_bytes())
        return _FEED_TYPES.get(root[1].decode(), _XML) if root else _XML
    return _CONTENT_TYPES.get(file.suffix, _OTHER)


def _addresses(folder: Path) -> Mapping[str, Path]:
    """Each path of an outlet with its file. The gold and later revisions have no path of their own."""
    found: dict[str, Path] = {}
    for file in sorted(folder.rglob("*")):
        if not file.is_file() or file.name == "expected.jsonl" or _REVISION.search(file.name):
            continue
        path = "/" + file.relative_to(folder).as_posix()
        found[path] = file
        if file.name == "index.html":
            found[path.removesuffix("index.html")] = file
            if file.parent != folder:
                # A file of that name comes first; both cannot be in one folder.
                found[path.removesuffix("/index.html")] = file
    return found


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, site: SampleServer, port: int) -> None:
        self.site = site
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        # HTTPServer would ask the name server for this machine's name, which can take seconds.
        socketserver.TCPServer.server_bind(self)
        self.server_name = "127.0.0.1"
        self.server_port = self.socket.getsockname()[1]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "SampleSite"
    sys_version = ""
    #: Headers and body are two writes; without this a client may wait 40 ms between them.
    disable_nagle_algorithm = True
    #: An idle connection is given up, so that its thread ends.
    timeout = 10

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is given
        """Print nothing: `SampleServer.requests` is the log."""

    def _answer(self) -> None:
        assert isinstance(self.server, _Server)  # noqa: S101 - for mypy
        site = self.server.site
        host, path = self._asked()
        site.requests.append((host, path))
        file = site.find(host, path)
        if file is None:
            self._send(404, {"Content-Type": "text/html"}, _NOT_FOUND)
            return
        body = file.read_bytes()
        headers = {
            "Content-Type": content_type(file),
            "ETag": f'"{hashlib.sha256(body).hexdigest()}"',
            "Last-Modified": formatdate(file.stat().st_mtime, usegmt=True),
            "Vary": "Accept-Encoding",
        }
        if _names(self.headers.get("If-None-Match"), headers["ETag"]):
            self._send(304, headers, b"")
            return
        if headers["Content-Type"].startswith(_COMPRESSED) and _takes_gzip(
            self.headers.get("Accept-Encoding")
        ):
            body = gzip.compress(body, mtime=0)
            headers["Content-Encoding"] = "gzip"
        self._send(200, headers, body)

    def _asked(self) -> tuple[str, str]:
        """Host and path of the request; the target is a path, or a whole URL (as to a proxy)."""
        host, target = self.headers.get("Host", ""), self.path
        if not target.startswith("/"):
            try:
                parts = urlsplit(target)
            except ValueError:
                return host, target
            host, target = parts.netloc, parts.path or "/"
        return host.partition(":")[0].lower(), unquote(target.partition("?")[0])

    def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _names(if_none_match: str | None, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    return etag in tags or "*" in tags


def _takes_gzip(accept_encoding: str | None) -> bool:
    for choice in (accept_encoding or "").lower().split(","):
        coding, _, weight = choice.replace(" ", "").partition(";")
        if coding == "gzip":
            return not re.fullmatch(r"q=0(\.0*)?", weight)
    return False


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the sample site until Ctrl-C; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m samples.server", description=main.__doc__)
    parser.add_argument("--port", type=int, default=8080, help="0 takes a free one (default: 8080)")
    parser.add_argument(
        "--revision", type=int, choices=(1, 2), default=1, help="2: stories as they were changed"
    )
    options = parser.parse_args(arguments)
    site = SampleServer(options.port)
    site.revision = options.revision
    try:
        with site:
            _explain(site)
            threading.Event().wait()
    except KeyboardInterrupt:
        return 0
    except OSError as error:
        print(
            f"port {options.port}: {error.strerror}. Choose another with --port.", file=sys.stderr
        )
        return 1
    return 0


def _explain(site: SampleServer) -> None:
    ip, port = site.address
    print(f"The sample site is at {ip}:{port} (Ctrl-C to stop). Its feeds:")
    for feed in site.feeds:
        print(f"  curl --connect-to ::{ip}:{port} {feed}")
    host = site.hosts[0]
    print("or, with the port in the address:")
    print(f"  curl --resolve {host}:{port}:{ip} http://{host}:{port}/", flush=True)


if __name__ == "__main__":
    sys.exit(main())
