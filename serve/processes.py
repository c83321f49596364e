"""The processes that serve a room: one, or several workers under uvicorn's own supervisor.

All workers accept from one socket, which the supervisor has bound, so that an address is taken once and
its errors are told before anything is started.
"""

import os
import secrets
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import resource_tracker
from tempfile import TemporaryDirectory

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Multiprocess

from archive import NewsarchiveError
from archive.logs import Log
from serve.room import Application, Room

#: How long an answer under way may hold up the end.
_GRACE_S = 3
#: Connections that wait to be accepted.
_QUEUE = 2048
#: A worker that says nothing for so long hangs. Loading takes it a second, or many on a busy machine.
_SILENCE_S = 30


def run(
    room: Room, listener: socket.socket, workers: int, log: Log, ready: Callable[[], None]
) -> None:
    """Serve until SIGINT or SIGTERM; then all processes have ended.

    Args:
        room: what is served.
        listener: the socket, bound and listening.
        workers: how many processes answer.
        log: is told of workers that were replaced.
        ready: is called once, when the first request would be answered at once.

    Raises:
        NewsarchiveError: it could not start; why has been said on standard error.
    """
    # Cookies that one worker has signed are read by the others.
    room = replace(room, options={"secret": secrets.token_hex(32), **room.options})
    config = uvicorn.Config(
        Application(room),
        workers=workers,
        backlog=1 if workers > 1 else _QUEUE,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=_GRACE_S,
        timeout_worker_healthcheck=_SILENCE_S,
    )
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        if workers == 1:
            has_started = _one(config, listener, ready)
        else:
            has_started = _several(config, listener, ready, log)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if not has_started:
        raise NewsarchiveError("serve", "it could not start", "The reason stands above.")


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()


def _one(config: uvicorn.Config, listener: socket.socket, ready: Callable[[], None]) -> bool:
    """Serve from this process; False if it could not start."""
    server = _Server(config, ready)

    def stop(_signal: int, _frame: object) -> None:
        # uvicorn raises the signal once more when it has ended: that must end nothing else.
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        server.run(sockets=[listener])
    except SystemExit as end:
        if end.code != STARTUP_FAILURE:
            raise
        return False
    return True


class _Workers(Multiprocess):
    """uvicorn's supervisor, which starts workers, replaces those that end or hang, and ends all."""

    #: A terminal that is closed ends the server, as it does one of one process.
    handle_hup = Multiprocess.handle_term

    def __init__(
        self, config: uvicorn.Config, listener: socket.socket, ready: Callable[[], None], log: Log
    ) -> None:
        super().__init__(config, [listener])
        self._log = log
        self._listener = listener
        self._ready: Callable[[], None] | None = ready

    def init_processes(self) -> None:
        # Its start would let Ctrl-C through again.
        resource_tracker.ensure_running()
        with _ctrl_c_held():
            super().init_processes()

    def keep_subprocess_alive(self) -> None:
        before = list(self.processes)
        for process in before:
            # The worker's end, open here as well: its death would not be seen until the silence is over.
            process.child_conn.close()
        with _ctrl_c_held():
            super().keep_subprocess_alive()
        if self.should_exit.is_set():
            return
        # asyncio accepts as many connections at once as it lets wait. Of one each, no worker takes those
        # that another is free for; and the queue is made as long again as it should be.
        self._listener.listen(_QUEUE)
        for old, new in zip(before, self.processes, strict=True):
            if old is not new:
                message = f"Worker {old.pid} has ended; another takes its place"
                self._log.problem("replaced", message, level="warning", pid=old.pid)
        if self._ready and all(process.is_ready() for process in self.processes):
            self._ready()
            self._ready = None


def _several(
    config: uvicorn.Config, listener: socket.socket, ready: Callable[[], None], log: Log
) -> bool:
    """Serve from workers; False if one of them could not start."""
    # Where prometheus_client, in each worker, keeps what it counts, for whichever is asked.
    with TemporaryDirectory(prefix="newsarchive-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        workers = _Workers(config, listener, ready, log)
        try:
            workers.run()
        finally:
            del os.environ["PROMETHEUS_MULTIPROC_DIR"]
    return not any(process.exitcode == STARTUP_FAILURE for process in workers.processes)


@contextmanager
def _ctrl_c_held() -> Iterator[None]:
    """Hold Ctrl-C back meanwhile, and always for the processes that are started here.

    A terminal sends it to them too; in the middle of their imports it would be a traceback. The
    supervisor, which gets it when it is let through again, ends them by SIGTERM.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
