"""Many inputs at once, and one writer.

A task is a generator. It yields what it has to wait for, `Fetch` and `Read`, and is sent the answer
(or has the error raised in it); it yields `Start` to run another task beside it, and `Wait` to wait
for all that it started; all else that it yields is a result. Fetches run in threads, reads in
worker processes. The tasks themselves, with all their writing to the archive, run in the thread
that iterates over `Scheduler.run`: there is one writer, and nothing to lock.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field, replace
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from archive import Page
from ingest.host_threads import HostThreads
from ingest.workers import Workers

T = TypeVar("T")

#: No more fetches begin while pages of this size in all wait to be parsed and saved.
_MAX_HELD_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Fetch:
    """Wait for a call that uses the network; url says whose turn it has to be."""

    url: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Read:
    """Wait for a function that parses, in a worker; see `Workers.submit`."""

    subject: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Start:
    """Run another task beside this one, as soon as there is room for it.

    Attributes:
        is_source: it will start tasks in its turn; such ones have a room of their own, so that
            they never wait for each other in a circle.
        in_order: its reads are answered, and its results given, after those of the tasks that were
            started before it by the same task.
    """

    task: "Task"
    is_source: bool = False
    in_order: bool = False


@dataclass(frozen=True)
class Wait:
    """Wait until all that this task has started is over."""


Task = Generator[Any, Any, None]


def observed(task: Task, see: Callable[[Any], None]) -> Task:
    """The same task; `see` is called with each result of it, and of all that it starts."""
    answer: Any = None
    is_error = False
    while True:
        try:
            step = task.throw(answer) if is_error else task.send(answer)
        except StopIteration:
            return
        if isinstance(step, Start):
            step = replace(step, task=observed(step.task, see))
        elif not isinstance(step, Fetch | Read | Wait):
            see(step)
        try:
            answer, is_error = (yield step), False
        except GeneratorExit:
            task.close()
            raise
        except BaseException as error:
            answer, is_error = error, True


@dataclass(frozen=True)
class Room:
    """How many tasks may run at once.

    Attributes:
        leaves: of those that are no source, in all.
        of_one: of those, by one task.
        in_order: of those, by one task, where they run in order.
        sources: by one task.
    """

    leaves: int = 256
    of_one: int = 16
    in_order: int = 8
    sources: int = 32

    @classmethod
    def of(cls, connections: int, workers: int) -> "Room":
        """Room for so many servers at once; for one, sources come strictly one after the other."""
        return cls(
            leaves=16 * connections,
            of_one=min(16, connections),
            in_order=4 * workers,
            sources=2 * connections if connections > 1 else 1,
        )


@dataclass(eq=False)
class _Running:
    """A task under way, with what it waits for."""

    task: Task
    parent: "_Running | None" = None
    start: Start | None = None
    leaves: int = 0
    sources: int = 0
    held_bytes: int = 0
    is_done: bool = False
    #: Tasks started in order and not ended, first started first.
    order: "deque[_Running]" = field(default_factory=deque)

    @property
    def is_first(self) -> bool:
        """True unless tasks that come before it in order, or before one that it is part of, still run."""
        if self.parent is None or self.start is None or not self.start.in_order:
            return True
        return self.parent.order[0] is self and self.parent.is_first


@dataclass(frozen=True)
class _Answer:
    value: Any
    #: What was read is about to be saved, so it waits for its turn.
    is_read: bool = False


class Scheduler(Generic[T]):
    """Runs tasks; one object is one run.

    Args:
        threads: for fetches.
        workers: for reads.
        room: how much at once.

    Attributes:
        max_leaves: may be lowered while tasks run, to start no more than are wanted.
    """

    def __init__(self, threads: HostThreads, workers: Workers, room: Room) -> None:
        self._threads = threads
        self._workers = workers
        self._room = room
        self.max_leaves = room.leaves
        self._leaves = 0
        self._held_bytes = 0
        self._running: set[_Running] = set()
        #: Tasks that go on: at a step that there is room for now, or with an answer.
        self._ready: deque[tuple[_Running, Any]] = deque()
        #: Tasks that cannot go on yet, in the order in which they came; likewise.
        self._parked: list[tuple[_Running, Any]] = []
        self._answers: SimpleQueue[tuple[_Running, Fetch | Read, Any] | None] = SimpleQueue()
        self._is_stopped = False

    def run(self, root: Task) -> Generator[T, None, None]:
        """Run a task and all that it starts; yield their results as they come."""
        try:
            self._begin(_Running(root))
            while self._running and not self._is_stopped:
                while self._ready and not self._is_stopped:
                    yield from self._advance(*self._ready.popleft())
                    self._unpark()
                if self._running and (answer := self._answers.get()):
                    self._receive(*answer)
                    self._unpark()
        finally:
            self.close()

    def close(self) -> None:
        """End all tasks where they stand; a second call does nothing."""
        while self._running:
            self._running.pop().task.close()

    def stop(self) -> None:
        """End the run after the step at hand; the handler of a signal may call this."""
        self._is_stopped = True
        self._answers.put(None)  # which takes no lock that the interrupted code may hold

    def _begin(self, running: _Running) -> None:
        self._running.add(running)
        self._ready.append((running, _Answer(None)))

    def _advance(self, running: _Running, step: Any) -> Iterator[T]:
        """Run a task, from an answer or a step that it was parked at, until it has to wait."""
        while True:
            if isinstance(step, Fetch | Read):
                self._submit(running, step)
                return
            if not self._may(running, step):
                self._parked.append((running, step))
                return
            value = None
            if isinstance(step, Start):
                self._start(running, step)
            elif isinstance(step, _Answer):
                value = step.value
            elif not isinstance(step, Wait):
                yield step
            try:
                if isinstance(value, BaseException):
                    step = running.task.throw(value)
                else:
                    step = running.task.send(value)
            except StopIteration:
                self._end(running)
                return

    def _may(self, running: _Running, step: Any) -> bool:
        """True if there is room for a start, or it is the turn for an answer or a result."""
        if isinstance(step, _Answer):
            return running.is_first or not step.is_read
        if isinstance(step, Wait):
            return not running.leaves and not running.sources
        if not isinstance(step, Start):
            return running.is_first and not running.order
        if step.is_source:
            return running.sources < self._room.sources
        if self._heads_a_row(running) and not running.leaves:
            return True  # those behind it in the row may hold all the room, and wait for it
        of_one = self._room.in_order if step.in_order else self._room.of_one
        return running.leaves < of_one and self._leaves < self.max_leaves

    def _heads_a_row(self, running: _Running) -> bool:
        return running.start is not None and running.start.in_order and running.is_first

    def _start(self, parent: _Running, start: Start) -> None:
        child = _Running(start.task, parent, start)
        if start.is_source:
            parent.sources += 1
        else:
            parent.leaves += 1
            self._leaves += 1
        if start.in_order:
            parent.order.append(child)
        self._begin(child)

    def _end(self, running: _Running) -> None:
        """A task has come to its end; with the tasks that it started it is over."""
        running.is_done = True
        self._hold(running, -running.held_bytes)
        if running.leaves or running.sources:
            return
        self._running.discard(running)
        parent, start = running.parent, running.start
        if parent is None or start is None:
            return
        if start.is_source:
            parent.sources -= 1
        else:
            parent.leaves -= 1
            self._leaves -= 1
        if start.in_order:
            parent.order.remove(running)
        if parent.is_done:
            self._end(parent)

    def _submit(self, running: _Running, step: Fetch | Read) -> None:
        def answer(result: Any) -> None:
            self._answers.put((running, step, result))

        if isinstance(step, Fetch):
            self._threads.submit(step.url, lambda: step.function(*step.arguments), answer)
        else:
            future = self._workers.submit(step.subject, step.function, *step.arguments)
            future.add_done_callback(lambda done: answer(done.exception() or done.result()))

    def _receive(self, running: _Running, step: Fetch | Read, result: Any) -> None:
        if isinstance(step, Fetch):
            if isinstance(result, Page):
                self._hold(running, len(result.body))
            self._threads.finished(step.url)
        self._parked.append((running, _Answer(result, isinstance(step, Read))))

    def _unpark(self) -> None:
        """Let those go on that may; the order in which they came is kept."""
        parked, self._parked = self._parked, []
        for running, step in parked:
            (self._ready if self._may(running, step) else self._parked).append((running, step))

    def _hold(self, running: _Running, size: int) -> None:
        running.held_bytes += size
        self._held_bytes += size
        self._threads.pause(self._held_bytes > _MAX_HELD_BYTES)
