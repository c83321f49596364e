"""Ingest speed beside newspaper4k and news-please, and memory over many pages.

    python bench/ingest.py peers [--pages 3000]        the same pages over HTTP, by each
    python bench/ingest.py warc [--pages 100000]       a WARC file: speed and memory along the way

Everything is served from this machine's loopback addresses. The peers are installed from PyPI, each
into an environment of its own under build/bench. Run it with nothing else at work on the machine.
"""

import argparse
import io
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import measure
from news_pages import news_page

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build" / "bench"
#: Hosts on this machine, since nobody asks one host for everything at once.
HOSTS = [f"127.0.0.{n}" for n in range(1, 17)]
PEERS = {
    "newspaper4k": ("newspaper4k", "newspaper4k==0.9.6"),
    "newspaper4k_threads": ("newspaper4k", "newspaper4k==0.9.6"),
    "news_please": ("news-please", "news-please==1.6.16"),
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    pages: dict[str, bytes]

    def do_GET(self) -> None:
        body = self.pages.get(self.path, b"")
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_arguments: object) -> None:
        pass  # a client that broke its connection


def _serve(pages: int, answer: Connection) -> None:
    # Made before, so that making them is no part of the measurement.
    _Handler.pages = {f"/news/{n}": news_page(n).html for n in range(pages)}
    # One server at all loopback addresses: it is bound to no other interface.
    servers = [_server(HOSTS[0], 0)]
    servers += [_server(host, servers[0].server_port) for host in HOSTS[1:]]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    answer.send(servers[0].server_port)
    threading.Event().wait()


def _server(host: str, port: int) -> _Server:
    return _Server((host, port), _Handler)


@contextmanager
def _site(pages: int) -> Iterator[list[str]]:
    """The addresses of so many pages, served by another process."""
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(pages, there), daemon=True)
    process.start()
    port = here.recv()
    try:
        yield [f"http://{HOSTS[n % len(HOSTS)]}:{port}/news/{n}" for n in range(pages)]
    finally:
        process.kill()
        process.join()


def _environment(name: str, requirement: str) -> Path:
    """The Python of an environment in which a peer is installed."""
    folder = BUILD / name
    python = folder / "bin" / "python"
    if not (folder / ".installed").exists():
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        print(f"installing {requirement} ...", file=sys.stderr)
        pip = [str(python), "-m", "pip", "install", "--quiet", requirement, "lxml_html_clean"]
        subprocess.run(pip, check=True)
        (folder / ".installed").touch()
    return python


def _ingest_command(database: Path, *sources: str) -> list[str]:
    options = ["--allow-private", "--delay", "0", *sources]
    return [sys.executable, "-m", "newsarchive", "--db", str(database), "ingest", *options]


def _right(database: Path) -> tuple[int, int]:
    """How many articles there are, and how many of them have exactly the title and the whole body."""
    connection = sqlite3.connect(database)
    rows = connection.execute("select url, title, text from articles").fetchall()
    connection.close()
    right = 0
    for url, title, text in rows:
        page = news_page(int(url.rpartition("/")[2]))
        right += title == page.title and (text or "").split() == page.text.split()
    return len(rows), right


def compare(pages: int) -> None:
    """Print the table of all contenders on the same pages."""
    pythons = {peer: _environment(*where) for peer, where in PEERS.items()}
    measure.adopt_orphans()
    rows = []
    with _site(pages) as urls:
        for name in ["newsarchive", *PEERS]:
            database = BUILD / f"{name}.db"
            database.unlink(missing_ok=True)
            if name == "newsarchive":
                command = _ingest_command(database, "-")
            else:
                peers = str(Path(__file__).with_name("ingest_peers.py"))
                command = [str(pythons[name]), peers, name, str(database)]
            cost = measure.run(command, "\n".join(urls), {"PYTHONPATH": str(ROOT)})
            found, right = _right(database)
            rows.append((name, found, right, cost))
            print(f"{name}: {cost.seconds:.1f} s", file=sys.stderr)
    best = max(found / cost.seconds for name, found, _, cost in rows if name != "newsarchive")
    print(
        "| | articles | title and body exact | articles/s | to the best peer | CPU s | peak MiB |"
    )
    print("|---|---|---|---|---|---|---|")
    for name, found, right, cost in rows:
        speed = found / cost.seconds
        print(f"| {name} | {found} | {right} | {speed:.1f} | {speed / best:.2f} | "
              f"{cost.cpu_seconds:.1f} | {cost.peak_bytes / 2**20:.0f} |")  # fmt: skip


def _write_warc(path: Path, pages: int, words: int, padding_bytes: int) -> None:
    """A WARC file of so many pages, and as many records that are none."""
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for n in range(pages):
            page = news_page(n, words, padding_bytes)
            for kind, url, body in (
                ("text/html", f"https://site{n % 50}.example/news/{n}", page.html),
                ("image/png", f"https://site{n % 50}.example/{n}.png", b"\x89PNG" + bytes(500)),
            ):
                headers = StatusAndHeaders("200 OK", [("Content-Type", kind)], protocol="HTTP/1.1")
                record = writer.create_warc_record(
                    url, "response", io.BytesIO(body), http_headers=headers
                )
                writer.write_record(record)
                record.raw_stream.close()


def long_run(pages: int, words: int, padding_bytes: int) -> None:
    """Ingest a WARC file of many pages; print speed and memory for each tenth of it."""
    BUILD.mkdir(parents=True, exist_ok=True)
    warc = BUILD / f"{pages}-{words}-{padding_bytes}.warc.gz"
    if not warc.exists():
        print(f"writing {warc} ...", file=sys.stderr)
        _write_warc(warc.with_suffix(".part"), pages, words, padding_bytes)
        warc.with_suffix(".part").rename(warc)
    database = BUILD / "warc.db"
    for leftover in BUILD.glob("warc.db*"):
        leftover.unlink()
    process = subprocess.Popen(
        _ingest_command(database, str(warc)),
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    print("| articles | articles/s | per cpu-second | MiB in all processes, at most | archive MB |")
    print("|---|---|---|---|---|")
    started, worked, before, peak, tenth = time.monotonic(), 0.0, 0, 0, max(pages // 10, 1)
    while process.poll() is None:
        time.sleep(1)
        peak = max(peak, measure.memory_of_session(process.pid))
        count = _count(database)
        if count - before >= tenth or (count == pages and before < pages):
            seconds = time.monotonic() - started
            cpu = measure.cpu_seconds_of_session(process.pid)
            print(f"| {count:,} | {(count - before) / seconds:.1f} | "
                  f"{(count - before) / max(cpu - worked, 0.01):.1f} | {peak / 2**20:.0f} | "
                  f"{database.stat().st_size / 1e6:.0f} |", flush=True)  # fmt: skip
            started, worked, before, peak = time.monotonic(), cpu, count, 0
    print(
        f"finding copies, and the end: {time.monotonic() - started:.0f} s, {peak / 2**20:.0f} MiB"
    )


def _count(database: Path) -> int:
    if not database.exists():
        return 0
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)
    try:
        return int(connection.execute("select count(*) from articles").fetchone()[0])
    except sqlite3.OperationalError:  # its tables are not there yet
        return 0
    finally:
        connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["peers", "warc"])
    parser.add_argument("--pages", type=int)
    parser.add_argument("--words", type=int, default=300, help="words of a page, for warc")
    parser.add_argument("--padding", type=int, default=5_000, help="bytes around it, for warc")
    arguments = parser.parse_args()
    if arguments.what == "peers":
        compare(arguments.pages or 3_000)
    else:
        long_run(arguments.pages or 100_000, arguments.words, arguments.padding)


if __name__ == "__main__":
    main()
