"""Worker processes in which all that the web sends is parsed: in parallel, and within limits.

A page can be built to make a parser hang, fill the memory or crash. In a process of its own that
costs the page alone: the process is ended, another takes its place, and the page is recorded.
"""

import multiprocessing
import os
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingest.errors import IngestError, ParseError

if TYPE_CHECKING:
    from pebble import ProcessPool

#: Forked from a process without threads, in which the parsers are loaded already.
START_METHOD = "forkserver"
#: A worker is replaced after so many pages: the parsers' libraries keep some memory of each.
_MAX_TASKS = 500
#: If the parent is gone, its workers end themselves this long after their limit.
_GRACE_S = 5


@dataclass(frozen=True)
class WorkLimits:
    """What one page may cost: seconds, and bytes of memory in its process."""

    seconds: float = 30.0
    memory_bytes: int = 1024 * 1024 * 1024


class Workers:
    """A pool of parsing processes, started at the first use; close it, or use it in a with block.

    Args:
        count: how many processes; as many as this process may use cores if None.
        limits: of each piece of work.
    """

    def __init__(self, count: int | None = None, limits: WorkLimits | None = None) -> None:
        self.count = count or available_cores()
        self._limits = limits or WorkLimits()
        self._pool: ProcessPool | None = None
        self._used_at = 0.0

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def submit(self, subject: str, function: Callable[..., Any], *arguments: Any) -> "Future[Any]":
        """Run a function of a module in a worker.

        Args:
            subject: the URL that is worked on, for messages.
            function, arguments: what can be pickled, as can be what it returns.

        Returns:
            A future; its exception is always an IngestError: the function's own, or a ParseError
            with the reason "crash", "parse_timeout" or "parse_memory".
        """
        answer: Future[Any] = Future()

        def settle(done: "Future[Any]") -> None:
            try:
                result = done.result()
            except (Exception, CancelledError) as error:
                result = _named(error, subject, self._limits)
            if isinstance(result, IngestError):
                answer.set_exception(result)
            else:
                answer.set_result(result)

        work = (subject, function, arguments, self._limits.seconds)
        self._used_at = time.monotonic()
        self._running().schedule(_work, args=work, timeout=self._limits.seconds).add_done_callback(
            settle
        )
        return answer

    def close(self) -> None:
        """End the workers; what they are at is dropped."""
        if self._pool is not None:
            kept = _locks(self._pool)
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join()
            self._pool = None
            del kept  # now that nobody asks for them any more

    def close_if_idle(self, seconds: float) -> None:
        """End the workers if they were given nothing for so long; the next work starts them again."""
        if time.monotonic() - self._used_at >= seconds:
            self.close()

    def _running(self) -> "ProcessPool":
        from pebble import ProcessPool

        if self._pool is not None and not self._pool.active:
            self.close()  # its processes could not be started, or ended all at once: try anew
        if self._pool is None:
            context = multiprocessing.get_context(START_METHOD)
            context.set_forkserver_preload(["ingest.preloaded"])
            self._pool = ProcessPool(
                max_workers=self.count,
                max_tasks=_MAX_TASKS,
                initializer=_limit_memory,
                initargs=(self._limits.memory_bytes,),
                context=context,
            )
        return self._pool


def available_cores() -> int:
    """How many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


def _locks(pool: "ProcessPool") -> object:
    """The locks that the workers of a pool share.

    The pool lets go of them before it ends its workers, and the system then forgets their names: a
    worker that has only begun would not find them, and would say so in a traceback.
    """
    channel = pool._pool_manager.worker_manager.workers_channel
    return channel and (channel.mutex.reader_mutex, channel.mutex.writer_mutex)


def _limit_memory(limit_bytes: int) -> None:
    try:
        import resource
    except ImportError:  # a system without such limits: those of time remain
        return
    # Data, not address space: numpy and lxml reserve far more addresses than they use.
    resource.setrlimit(resource.RLIMIT_DATA, (limit_bytes, limit_bytes))


def _work(
    subject: str, function: Callable[..., Any], arguments: tuple[Any, ...], limit_s: float
) -> Any:
    """In the worker: the function's value, or the IngestError that says what went wrong."""
    import signal

    # The pool ends a worker that is late. If the pool's own process was killed, this does.
    has_alarm = hasattr(signal, "setitimer")
    if has_alarm:
        signal.setitimer(signal.ITIMER_REAL, limit_s + _GRACE_S)
    try:
        return function(*arguments)
    except IngestError as error:
        return error
    except MemoryError as error:
        return _named(error, subject, None)
    except Exception as error:  # one bad page must not end a run
        cause = f"parsing failed inside a library ({type(error).__name__}: {error})"
        step = "Please report it with the page; the other pages are not affected."
        return ParseError(subject, "crash", cause, step)
    finally:
        if has_alarm:
            signal.setitimer(signal.ITIMER_REAL, 0)


def _named(error: BaseException, subject: str, limits: WorkLimits | None) -> ParseError:
    step = "The other pages are not affected; if it is an article, save its text in a file."
    if isinstance(error, TimeoutError) and limits:
        cause = f"parsing took longer than {limits.seconds:g} seconds"
        return ParseError(subject, "parse_timeout", cause, step)
    if isinstance(error, MemoryError):
        return ParseError(subject, "parse_memory", "parsing took too much memory", step)
    cause = f"the parser's process ended ({error or type(error).__name__})"
    return ParseError(subject, "crash", cause, step)
