"""Who does the work of a run: threads that fetch, processes that parse, and the scheduler over them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ingest.host_threads import HostThreads
from ingest.scheduler import Room, Scheduler
from ingest.workers import Workers


@contextmanager
def crew(connections: int, workers: Workers | None = None) -> Iterator[Scheduler[Any]]:
    """A scheduler, from `with` to the end of its block; then what still runs is dropped.

    Args:
        connections: how many servers are asked at once.
        workers: where pages are parsed, which stay; workers of its own if None.
    """
    own = workers or Workers()
    threads = HostThreads(connections)
    scheduler = Scheduler[Any](threads, own, Room.of(connections, own.count))
    try:
        yield scheduler
    finally:
        scheduler.close()
        threads.close()
        if workers is None:
            own.close()
