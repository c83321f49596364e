"""Tasks side by side: every result comes, in order where that is asked for, and within the room there is."""

import threading
import time
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.host_threads import HostThreads
from ingest.scheduler import Fetch, Read, Room, Scheduler, Start, Wait, observed
from ingest.workers import Workers, WorkLimits


@pytest.fixture(scope="module")
def workers():
    with Workers(2, WorkLimits(seconds=60)) as pool:
        yield pool


def say(value):
    return value


PATIENCE_S = 60


def run(root, workers, room=None, threads=4):
    """The results of a task; fails if it waits for ever."""
    pool = HostThreads(threads)
    found, raised = [], []

    def collect():
        try:
            found.extend(Scheduler(pool, workers, room or Room()).run(root))
        except Exception as error:
            raised.append(error)

    thread = threading.Thread(target=collect, daemon=True)
    thread.start()
    thread.join(PATIENCE_S)
    pool.close()
    assert not thread.is_alive(), "tasks wait for each other in a circle"
    if raised:
        raise raised[0]
    return found


class Meter:
    """Counts how many tasks and fetches are under way."""

    def __init__(self):
        self.now, self.most = Counter(), Counter()
        self.lock = threading.Lock()

    def enter(self, what):
        with self.lock:
            self.now[what] += 1
            self.most[what] = max(self.most[what], self.now[what])

    def leave(self, what):
        with self.lock:
            self.now[what] -= 1


def leaf(name, host, pause_s, meter):
    def fetch():
        meter.enter(host)
        time.sleep(pause_s)
        meter.leave(host)
        return name

    meter.enter("leaves")
    fetched = yield Fetch(f"http://{host}/", fetch)
    read = yield Read("u", say, (fetched,))
    meter.leave("leaves")
    yield read


LEAF = st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from([0, 0, 0.002]))
SOURCE = st.tuples(st.booleans(), st.lists(LEAF, max_size=6))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(SOURCE, max_size=6), st.integers(1, 5), st.integers(1, 4), st.booleans())
def test_any_tree_of_tasks(workers, sources, leaves, of_one, is_rowed):
    meter = Meter()

    def source(number, in_order, parts):
        for at, (host, pause_s) in enumerate(parts):
            yield Start(leaf((number, at), host, pause_s, meter), in_order=in_order)

    def root():
        for number, (in_order, parts) in enumerate(sources):
            # Within a source in order, and all sources in a row; or neither.
            task = source(number, in_order or is_rowed, parts)
            yield Start(task, is_source=True, in_order=is_rowed)

    room = Room(leaves=leaves, of_one=of_one, in_order=of_one, sources=3)
    found = run(root(), workers, room)
    everything = [(n, at) for n, (_, parts) in enumerate(sources) for at in range(len(parts))]
    assert sorted(found) == everything
    if is_rowed:
        assert found == everything
    for number, (in_order, _) in enumerate(sources):
        own = [at for n, at in found if n == number]
        assert own == sorted(own) or not in_order
    assert meter.most["leaves"] <= leaves + is_rowed  # the first in a row never waits for room
    assert max((meter.most[host] for host in "abc"), default=0) <= 1
    assert +meter.now == Counter()


@pytest.mark.parametrize("of_one", [1, 2, 8])
def test_those_who_wait_for_their_turn_leave_room_for_those_before_them(workers, of_one):
    meter = Meter()

    def source(number):
        for at in range(4):
            yield Start(leaf((number, at), "a", 0, meter), in_order=True)

    def root():
        for number in range(5):
            yield Start(source(number), is_source=True, in_order=True)

    room = Room(leaves=2, of_one=of_one, in_order=of_one, sources=5)
    assert run(root(), workers, room) == [(n, at) for n in range(5) for at in range(4)]


def test_an_error_is_raised_where_it_was_waited_for(workers):
    def root():
        try:
            yield Fetch("http://a/", lambda: 1 / 0)
        except ZeroDivisionError as error:
            yield str(error)

    assert run(root(), workers) == ["division by zero"]


def test_an_error_of_a_task_ends_the_run_and_closes_the_others(workers):
    closed = []

    def waiting():
        try:
            yield Fetch("http://slow/", lambda: time.sleep(0.2))
        finally:
            closed.append("waiting")

    def failing():
        yield Read("u", say, (1,))
        raise LookupError("a fault of ours")

    def root():
        yield Start(waiting())
        yield Start(failing())

    with pytest.raises(LookupError, match="a fault of ours"):
        run(root(), workers)
    assert closed == ["waiting"]


def test_fetches_pause_while_much_waits_to_be_parsed():
    pool, done = HostThreads(2), []
    pool.pause(True)
    pool.submit("http://a/", lambda: "read", done.append)
    time.sleep(0.05)
    assert done == []
    pool.pause(False)
    while not done:
        time.sleep(0.001)
    assert done == ["read"]
    pool.close()


def test_a_task_waits_for_all_that_it_started(workers):
    meter, found = Meter(), []

    def middle(name):
        for number in range(3):
            yield Start(leaf(f"{name}{number}", f"h{number}.example", 0.05, meter))

    def root():
        for name in "ab":
            yield Start(middle(name), is_source=True)
        yield Start(leaf("c", "h.example", 0.05, meter))
        yield Wait()
        found.append(meter.now["leaves"])
        yield "after all"

    results = run(root(), workers)
    assert (found, results[-1]) == ([0], "after all")
    assert sorted(results[:-1]) == ["a0", "a1", "a2", "b0", "b1", "b2", "c"]


def test_the_results_of_a_task_and_of_all_that_it_starts_are_seen(workers):
    meter, seen = Meter(), []

    def failing():
        try:
            yield Fetch("http://f.example/", lambda: 1 / 0)
        except ZeroDivisionError:
            yield "caught"

    def inner():
        yield Start(leaf("one", "h.example", 0, meter))
        yield Start(failing())
        yield Wait()
        yield "own"

    def root():
        yield Start(leaf("other", "h.example", 0, meter))
        yield from observed(inner(), seen.append)

    assert sorted(run(root(), workers)) == ["caught", "one", "other", "own"]
    assert sorted(seen[:2]) == ["caught", "one"]
    assert seen[2:] == ["own"]


def test_a_stop_ends_a_run_that_waits_and_closes_its_tasks(workers):
    closed, gate = [], threading.Event()
    threads = HostThreads(2)
    scheduler = Scheduler(threads, workers, Room())

    def waiting():
        try:
            yield Fetch("http://slow.example/", gate.wait, (PATIENCE_S,))
        finally:
            closed.append("waiting")

    def root():
        yield "first"
        yield Start(observed(waiting(), closed.append))

    results = []
    for result in scheduler.run(root()):
        results.append(result)
        threading.Timer(0.1, scheduler.stop).start()
    gate.set()
    threads.close()
    assert (results, closed) == (["first"], ["waiting"])
