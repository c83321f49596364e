"""The loop of `newsarchive watch`: each followed feed when its time has come, for days."""

import select
import signal
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import FrameType, TracebackType
from typing import Any, Protocol

from archive import Archive, times
from ingest.fetch import Fetcher
from ingest.following import Poll, Poller
from ingest.intake import Outcome
from ingest.workers import Workers

#: A feed that another process adds is noticed after so long.
_LOOK_S = 60.0
#: The workers, of some hundred megabytes, end when nothing has come for so long.
_IDLE_S = 300.0
#: So long robots.txt is believed and connections are kept (RFC 9309, 2.4, allows a day).
_FETCHER_AGE = timedelta(hours=4)


class Stopping(Protocol):
    """Says when to stop, and waits no longer than until then; with `archive.times.now` the clock."""

    def is_stopped(self) -> bool:
        """True once it is to stop."""

    def tell(self, action: Callable[[], None]) -> None:
        """Call this when it is to stop."""

    def wait(self, seconds: float) -> None:
        """Wait so many seconds, less if it is to stop."""


def watch(
    archive: Archive,
    new_fetcher: Callable[[], Fetcher],
    new_poller: Callable[[Fetcher, Workers], Poller],
    stopping: Stopping,
) -> Iterator[Poll | Outcome]:
    """Read each feed in its turn, until stopped; yield what came of each article and reading.

    Args:
        archive: open for writing.
        new_fetcher: makes a fetcher. One serves for some hours, or until a feed fails (a robots.txt
            that could not be read is then asked for again), so that what it remembers stays little.
        new_poller: makes a poller that uses it, and workers that serve for the whole time.
        stopping: ends the loop.
    """
    with Workers() as workers:
        while not stopping.is_stopped():
            has_failed, until = False, times.now() + _FETCHER_AGE
            with new_fetcher() as fetcher:
                poller = new_poller(fetcher, workers)
                stopping.tell(poller.stop)

                def is_fresh() -> bool:
                    is_over = has_failed or times.now() >= until  # noqa: B023
                    return not is_over and not stopping.is_stopped()

                while is_fresh():
                    for result in poller.poll(
                        lambda: archive.following.due() if is_fresh() else []
                    ):
                        if isinstance(result, Poll):
                            has_failed = has_failed or result.result == "failed"
                        yield result
                    if not stopping.is_stopped():
                        stopping.wait(_pause_s(archive))
                        workers.close_if_idle(_IDLE_S)


def _pause_s(archive: Archive) -> float:
    moment = archive.following.next_poll_at()
    if moment is None:
        return _LOOK_S
    return min(max((moment - times.now()).total_seconds(), 1.0), _LOOK_S)


class Stopper:
    """Within the block SIGTERM and SIGINT ask to stop; a second one ends the program at once.

    A pair of sockets wakes who waits: a signal's handler may take no lock.
    """

    _SIGNALS = (signal.SIGTERM, signal.SIGINT)

    def __init__(self) -> None:
        self._is_stopped = False
        self._action: Callable[[], None] = lambda: None
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "Stopper":
        self._woken, self._waker = socket.socketpair()
        self._waker.setblocking(False)
        self._before = {number: signal.signal(number, self._stop) for number in self._SIGNALS}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._restore()
        self._woken.close()
        self._waker.close()

    def is_stopped(self) -> bool:
        """True once a signal came."""
        return self._is_stopped

    def tell(self, action: Callable[[], None]) -> None:
        """Call this when a signal comes, at once if one has come."""
        self._action = action
        if self._is_stopped:
            action()

    def wait(self, seconds: float) -> None:
        """Wait, but no longer than until a signal comes."""
        if not self._is_stopped:
            select.select([self._woken], [], [], seconds)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._is_stopped = True
        self._restore()
        self._waker.send(b"!")
        self._action()

    def _restore(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
