"""The application that a process of the server runs: Datasette over the archives, ready before it is asked."""

import asyncio
import gc
import itertools
import multiprocessing
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive.database import is_protected
from archive.logs import Log
from serve.timing import timed

if TYPE_CHECKING:
    from datasette.app import Datasette


@dataclass(frozen=True)
class Room:
    """What is served, as each process needs it to open it; it reaches other processes by pickle.

    Attributes:
        paths: the archives, in the order in which they were named.
        options: the arguments of Datasette, its secret among them.
        access_log: how each request is told ("text" or "json"), or None.
    """

    paths: tuple[Path, ...]
    options: dict[str, Any]
    access_log: str | None


class Application:
    """The ASGI application of a room, which opens it when the server starts.

    Only then: so that it can be handed to other processes, and that whatever goes wrong is a failure
    to start, after which uvicorn does not try again.
    """

    def __init__(self, room: Room) -> None:
        self._room = room
        self._app: Any = None
        self._warming: asyncio.Task[None] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            _end_with_parent()
            await self._open()
        await self._app(scope, receive, send)

    async def _open(self) -> None:
        datasette = _datasette(self._room.paths, self._room.options)
        app = datasette.app()
        if self._room.access_log:
            log = Log("serve", self._room.access_log)
            app = timed(app, lambda *answer: _tell(log, *answer))
        await datasette.invoke_startup()
        self._app, self._warming = app, asyncio.create_task(_warm_up(datasette))


def names_of(paths: Sequence[Path]) -> list[str]:
    """The names that Datasette gives to files: that of the file, numbered where it is taken."""
    names: list[str] = []
    for path in paths:
        numbered = (f"{path.stem}_{number}" for number in itertools.count(2))
        names.append(next(n for n in itertools.chain([path.stem], numbered) if n not in names))
    return names


def _datasette(paths: Sequence[Path], options: dict[str, Any]) -> "Datasette":
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


def _end_with_parent() -> None:
    """Let a worker whose supervisor was killed end too: nobody else would end it."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    loop = asyncio.get_running_loop()

    def end() -> None:
        loop.remove_reader(parent.sentinel)
        signal.raise_signal(signal.SIGTERM)

    loop.add_reader(parent.sentinel, end)


async def _warm_up(datasette: "Datasette") -> None:
    """Read the vectors before the first reader needs them."""
    from serve.archives import find_archives, vector_index

    for db in await find_archives(datasette):
        await db.execute_fn(vector_index(datasette, db).refresh)
    # What has been loaded stays. Looking through it for garbage would hold up a page by a tenth of a
    # second every now and then.
    gc.collect()
    gc.freeze()


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
