"""`newsarchive serve`: the reader on a loopback port, read-only, until Ctrl-C."""

import errno
import socket
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from archive import Archive, NewsarchiveError
from archive.database import translate
from archive.logs import Log, log_format
from serve.room import Room, names_of

#: Our pages stay far below; what people ask in SQL of their own may take this long.
_SQL_TIME_LIMIT_MS = 2000
_PUBLIC_TIME_LIMIT_MS = 1000
#: What tells of the operator rather than of the news, and the pages as their publishers own them.
PRIVATE_TABLES = (
    "pages", "sources", "ledger", "ledger_totals", "runs", "errors", "skipped", "field_votes", "removals",
    "enrichments", "_sqlite_migrations",
)  # fmt: skip
#: Each keeps a core busy and takes 140 MB, so more would be a slip of the hand.
_MOST_WORKERS = 64


@click.command()
@click.argument("archives", nargs=-1, metavar="[ARCHIVE]...", type=click.Path(path_type=Path))
@click.option(
    "-p",
    "--port",
    type=click.IntRange(0, 65535),
    default=8001,
    show_default=True,
    help="The port to listen at; 0 takes a free one",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at")
@click.option("--workers", type=click.IntRange(1, _MOST_WORKERS), default=1, show_default=True,
              metavar="N", help="So many processes answer; one for each core")  # fmt: skip
@click.option("--open", "open_browser", is_flag=True, help="Open the front page in a browser")
@click.option("--base-url", default="/", show_default=True, metavar="PATH",
              help="Where a proxy puts the reader, such as /news/")  # fmt: skip
@click.option("--remote-images", is_flag=True,
              help="Show lead images; the readers' browsers then ask the publishers")  # fmt: skip
@click.option("--public", "is_public", is_flag=True,
              help="Serve strangers: no SQL of their own, no downloads, no pages, runs or sources")  # fmt: skip
@click.option("--metrics", is_flag=True,
              help="With --public: give out numbers for Prometheus at /-/metrics")  # fmt: skip
@click.option("--allow-sql", is_flag=True, help="With --public: let strangers write SQL")
@click.option("--allow-robots", is_flag=True, help="With --public: let search engines in")
@click.option("--access-log", is_flag=True, help="Tell of each request, in a line")
@log_format
@click.pass_obj
def serve(
    path: Path,
    archives: tuple[Path, ...],
    port: int,
    host: str,
    workers: int,
    open_browser: bool,
    base_url: str,
    remote_images: bool,
    is_public: bool,
    metrics: bool,
    allow_sql: bool,
    allow_robots: bool,
    access_log: bool,
    log_format: str,
) -> None:
    """Read the archive in a browser

    The file is opened read-only; articles that another process adds show up at once. Ctrl-C stops.
    Several ARCHIVEs, in place of --db, are read as one: the latest articles by day, one search, one page
    for each name, site and author.

    \b
    Examples:
      newsarchive serve
      newsarchive --db tech.db serve --port 9000 --open
      newsarchive serve --public --allow-robots --workers 4
      newsarchive serve january.db february.db march.db
    """
    if (allow_sql or allow_robots or metrics) and not is_public:
        raise click.UsageError("--allow-sql, --allow-robots and --metrics go with --public.")
    if not (base_url.startswith("/") and base_url.endswith("/")):
        raise click.UsageError("--base-url begins and ends with a slash, such as /news/.")
    paths = archives or (path,)
    if len({one.resolve() for one in paths}) < len(paths):
        raise click.UsageError("An archive is named twice.")
    for one in paths:
        # Says clearly what is wrong with the file, and upgrades an older one.
        try:
            Archive(one, "read").close()
        except sqlite3.DatabaseError as error:
            raise translate(error, one) or error from error
    with _listen(host, port) as listener:
        options = public_options(paths, allow_sql, allow_robots) if is_public else own_options()
        options["settings"]["base_url"] = base_url
        own = options["metadata"]["plugins"]["newsarchive"]
        own["remote_images"] = remote_images
        own["metrics"] = metrics or not is_public
        own["workers"] = workers
        log, address = Log("serve", log_format), _address(listener)

        def ready() -> None:
            files = [str(one) for one in paths]
            message = f"Reading {', '.join(files)} at {address} (Ctrl-C to stop)"
            log.result("listening", message, address=address, archives=files)
            if open_browser:
                click.launch(address)

        # Slow to load: only when all that can be wrong has been looked at.
        from serve.processes import run

        run(Room(paths, options, log_format if access_log else None), listener, workers, log, ready)


def _listen(host: str, port: int) -> socket.socket:
    """A socket bound to the address, before anything slow is loaded."""
    subject = f"{host}:{port}"
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise NewsarchiveError(
            host, "there is no such address", "Name another one with --host."
        ) from error
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        # Bound is not yet taken: two may bind with SO_REUSEADDR, only one may listen.
        listener.listen(100)
    except OSError as error:
        listener.close()
        raise _refused(error, subject, port) from error
    return listener


def _refused(error: OSError, subject: str, port: int) -> NewsarchiveError:
    if error.errno == errno.EADDRINUSE:
        return NewsarchiveError(
            subject,
            f"port {port} is in use",
            "Stop what runs there, or choose another port with --port.",
        )
    if error.errno == errno.EACCES:
        return NewsarchiveError(
            subject, f"port {port} is not allowed", "Choose one above 1023 with --port."
        )
    return NewsarchiveError(
        subject, f"it cannot be listened at ({error.strerror})", "Choose another with --host."
    )


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        host = "127.0.0.1" if host == "0.0.0.0" else "::1"  # noqa: S104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def own_options() -> dict[str, Any]:
    """The switches of Datasette for an archive that its owner reads."""
    return {
        "settings": {"sql_time_limit_ms": _SQL_TIME_LIMIT_MS},
        "metadata": {"plugins": {"newsarchive": {}}},
    }


def public_options(paths: Sequence[Path], allow_sql: bool, allow_robots: bool) -> dict[str, Any]:
    """The switches of Datasette for archives that strangers read."""
    robots = "allow" if allow_robots else "disallow"
    return {
        "settings": {
            "sql_time_limit_ms": _PUBLIC_TIME_LIMIT_MS,
            "default_allow_sql": allow_sql,
            "allow_download": False,
            "allow_csv_stream": False,
            "suggest_facets": False,
            "max_returned_rows": 500,
        },
        "metadata": {
            "plugins": {"newsarchive": {"public": True, "robots": robots}},
            "databases": {
                name: {"tables": {table: {"allow": False} for table in PRIVATE_TABLES}}
                for name in names_of(paths)
            },
        },
    }
