"""Pacing: the least time between two requests to one host."""

import time


class Pacer:
    """Remembers when each host was last asked."""

    def __init__(self) -> None:
        self._next: dict[str, float] = {}

    def wait(self, host: str, delay_s: float) -> float:
        """Wait until the host may be asked again; return the seconds that were waited.

        The first request to a host never waits.
        """
        now = time.monotonic()
        pause = max(self._next.get(host, now) - now, 0.0)
        if pause:
            time.sleep(pause)
        self._next[host] = now + pause + delay_s
        return pause
