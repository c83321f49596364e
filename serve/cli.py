"""`newsarchive serve`: the reader on a loopback port, read-only, until Ctrl-C."""

import errno
import itertools
import signal
import socket
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive import Archive, NewsarchiveError
from archive.database import is_protected, translate
from archive.logs import Log, log_format
from serve.timing import timed

if TYPE_CHECKING:
    from datasette.app import Datasette

#: Our pages stay far below; what people ask in SQL of their own may take this long.
_SQL_TIME_LIMIT_MS = 2000
_PUBLIC_TIME_LIMIT_MS = 1000
#: What tells of the operator rather than of the news, and the pages as their publishers own them.
PRIVATE_TABLES = (
    "pages", "sources", "ledger", "ledger_totals", "runs", "errors", "skipped", "field_votes", "removals",
    "enrichments", "_sqlite_migrations",
)  # fmt: skip
#: How long an answer under way may hold up the end.
_GRACE_S = 3


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
      newsarchive serve --public --allow-robots
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
        _run(paths, listener, open_browser, options, Log("serve", log_format), access_log)


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


def names_of(paths: Sequence[Path]) -> list[str]:
    """The names that Datasette gives to files: that of the file, numbered where it is taken."""
    names: list[str] = []
    for path in paths:
        numbered = (f"{path.stem}_{number}" for number in itertools.count(2))
        names.append(next(n for n in itertools.chain([path.stem], numbered) if n not in names))
    return names


def _application(paths: Sequence[Path], options: dict[str, Any]) -> "Datasette":
    # In this order: handle_exception, imported first, is registered before it is defined.
    from datasette import app, database, handle_exception

    # Where rich is installed, Datasette prints every 404 to stdout with it, and fails at that for
    # an address that no route matches. Without rich, real errors still go to stderr.
    handle_exception.rich = None
    datasette = app.Datasette(**options)
    datasette.remove_database("_memory")
    # Added one by one: in lists of files, those that are protected would come behind the others.
    for path, name in zip(paths, names_of(paths), strict=True):
        file = str(path.resolve())
        one = database.Database(datasette, path=file, is_mutable=not _is_frozen(path))
        datasette.add_database(one, name=name)
    return datasette


def _is_frozen(path: Path) -> bool:
    # A write-ahead log with content is not seen through an immutable connection.
    log = Path(f"{path.resolve()}-wal")
    return is_protected(path) and not (log.exists() and log.stat().st_size)


async def _warm_up(datasette: "Datasette") -> None:
    """Read the vectors before the first reader needs them."""
    from serve.archives import find_archives, vector_index

    for db in await find_archives(datasette):
        await db.execute_fn(vector_index(datasette, db).refresh)


def _tell(log: Log, scope: Any, status: int, took_s: float) -> None:
    query = scope.get("query_string", b"").decode("latin-1")
    raw = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0]
    path = raw + (f"?{query}" if query else "")
    client = (scope.get("client") or ("",))[0]
    log.result(
        "request",
        f"{client} {scope['method']} {path} {status} {took_s:.3f} s",
        is_dated=True,
        client=client,
        method=scope["method"],
        path=path,
        status=status,
        seconds=round(took_s, 4),
    )


def _run(
    paths: Sequence[Path],
    listener: socket.socket,
    open_browser: bool,
    options: dict[str, Any],
    log: Log,
    access_log: bool,
) -> None:
    import asyncio

    import uvicorn

    datasette = _application(paths, options)
    background: set[asyncio.Task[None]] = set()
    address = _address(listener)
    app = datasette.app()
    if access_log:
        app = timed(app, lambda *answer: _tell(log, *answer))

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await datasette.invoke_startup()
            await super().startup(sockets)
            if self.started:
                background.add(asyncio.create_task(_warm_up(datasette)))
                files = [str(path) for path in paths]
                message = f"Reading {', '.join(files)} at {address} (Ctrl-C to stop)"
                log.result("listening", message, address=address, archives=files)
                if open_browser:
                    click.launch(address)

    server = Server(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            lifespan="on",
            timeout_graceful_shutdown=_GRACE_S,
        )
    )

    def stop(_signal: int, _frame: object) -> None:
        # uvicorn raises the signal once more when it has ended: that must end nothing else.
        server.should_exit = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        server.run(sockets=[listener])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
