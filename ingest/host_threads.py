"""Threads that wait for the network: many hosts at once, one request at a time to each.

Threads are daemons: one that still waits for a slow server does not hold the program when it ends.
"""

import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any
from urllib.parse import urlsplit

#: Called in a thread with what came of a call: its value, or the exception that it raised.
Done = Callable[[Any], None]
_Call = tuple[Callable[[], Any], Done]


class HostThreads:
    """Runs calls in threads, those for one host one after another in the order they came.

    All methods are for one thread, that of the caller; `finished` tells it of each call that is done.

    Args:
        count: so many calls run at once.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._started = 0
        self._running = 0
        self._is_paused = False
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._waiting: dict[str, deque[_Call]] = {}
        #: Hosts that have calls waiting and none running, longest waiting first.
        self._turn: deque[str] = deque()

    def submit(self, url: str, call: Callable[[], Any], done: Done) -> None:
        """Run a call when it is the turn of the URL's host."""
        host = host_of(url)
        if host not in self._waiting:
            self._waiting[host] = deque()
            self._turn.append(host)
        self._waiting[host].append((call, done))
        self._dispatch()

    def finished(self, url: str) -> None:
        """The call for this URL is done; the next of its host may run."""
        host = host_of(url)
        self._running -= 1
        if self._waiting[host]:
            self._turn.append(host)
        else:
            del self._waiting[host]
        self._dispatch()

    def pause(self, is_paused: bool) -> None:
        """Hold back calls that have not begun, or let them go again."""
        self._is_paused = is_paused
        self._dispatch()

    def close(self) -> None:
        """Begin no call any more; those that run are not waited for."""
        self._turn.clear()
        for _ in range(self._started):
            self._calls.put(None)

    def _dispatch(self) -> None:
        while self._turn and self._running < self._count and not self._is_paused:
            self._running += 1
            self._calls.put(self._waiting[self._turn.popleft()].popleft())
            if self._started < self._running:
                self._started += 1
                threading.Thread(target=_work, args=(self._calls,), daemon=True).start()


def _work(calls: "SimpleQueue[_Call | None]") -> None:
    while item := calls.get():
        call, done = item
        try:
            result = call()
        except BaseException as error:  # it is the caller's, who raises it again
            result = error
        done(result)


def host_of(url: str) -> str:
    """The host of a URL; "" for what has none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
