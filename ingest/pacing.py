"""Pacing: the least time between two requests to one host, whichever thread makes them."""

import threading
import time


class Stopped(Exception):  # no error: nobody waits for the answer any more
    """The run ends while a thread waits for its turn."""


class Pacer:
    """Remembers when each host was last asked; safe to use from several threads."""

    def __init__(self) -> None:
        self._next: dict[str, float] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def wait(self, host: str, delay_s: float) -> float:
        """Wait until the host may be asked again; return the seconds that were waited.

        The first request to a host never waits.

        Raises:
            Stopped: `stop` was called meanwhile.
        """
        with self._lock:
            now = time.monotonic()
            pause = max(self._next.get(host, now) - now, 0.0)
            self._next[host] = now + pause + delay_s
        self.sleep(pause)
        return pause

    def sleep(self, seconds: float) -> None:
        """Wait for so long; raises as `wait` does."""
        if seconds and self._stopped.wait(seconds):
            raise Stopped

    def stop(self) -> None:
        """Wake all who wait."""
        self._stopped.set()
