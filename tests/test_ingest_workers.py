"""Parsing in worker processes: what hangs, crashes or eats memory costs one page, and leaves nothing behind."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fault_server import article
from ingest_command import ingest, ledger, rows, totals

from ingest import NotAnArticle
from ingest.errors import ParseError
from ingest.read import read_page
from ingest.workers import Workers, WorkLimits

ROOT = Path(__file__).parent.parent
LIMITS = WorkLimits(seconds=1.0)
PATIENCE_S = 60


def hang(*_arguments):
    while True:
        time.sleep(0.01)


def hang_in_native_code(*_arguments):
    # The pattern takes 2^40 steps within one call of C.
    import re

    re.match(r"(a+)+$", "a" * 40 + "b")


def eat(*_arguments):
    return len(bytearray(8 * 1024**3))


def segfault(*_arguments):
    ctypes.string_at(0)


def leave(*_arguments):
    os._exit(3)


def fall(*_arguments):
    raise RuntimeError("out of its depth")


def say(value):
    return value


def refuse(subject):
    raise NotAnArticle(subject, "index", "this is a list", "Ingest the feed.")


@pytest.fixture
def workers():
    with Workers(1, LIMITS) as pool:
        yield pool


@pytest.mark.parametrize(
    ("function", "reason", "cause"),
    [
        (hang, "parse_timeout", "parsing took longer than 1 seconds"),
        (hang_in_native_code, "parse_timeout", "parsing took longer than 1 seconds"),
        (eat, "parse_memory", "parsing took too much memory"),
        (segfault, "crash", "the parser's process ended"),
        (leave, "crash", "the parser's process ended"),
        (fall, "crash", "parsing failed inside a library (RuntimeError: out of its depth)"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_bad_page_is_named_and_the_next_one_read(workers, function, reason, cause):
    bad = workers.submit("http://quay.example/1", function)
    good = workers.submit("http://quay.example/2", say, "read")
    error = bad.exception(PATIENCE_S)
    assert isinstance(error, ParseError)
    assert (error.reason, str(error).startswith(f"http://quay.example/1: {cause}")) == (
        reason,
        True,
    )
    assert good.result(PATIENCE_S) == "read"


def test_an_error_of_ours_comes_back_as_it_was_raised(workers):
    error = workers.submit("u", refuse, "http://quay.example/").exception(PATIENCE_S)
    assert (type(error), error.reason, str(error)) == (
        NotAnArticle,
        "index",
        "http://quay.example/: this is a list. Ingest the feed.",
    )


def test_workers_start_anew_after_they_were_closed(workers):
    assert workers.submit("u", say, 1).result(PATIENCE_S) == 1
    workers.close()
    assert workers.submit("u", say, 2).result(PATIENCE_S) == 2


def read_with_moods(page, parser="all", kind=None):
    """`read_page`, but for pages that say what should happen."""
    if b"HANG" in page.body:
        hang()
    if b"CRASH" in page.body:
        segfault()
    return read_page(page, parser, kind)


def test_a_folder_with_pages_that_hang_and_crash(tmp_path, monkeypatch):
    monkeypatch.setattr("ingest.intake.read_page", read_with_moods)
    limits = WorkLimits(seconds=6.0)  # good pages must not be late, however busy the machine
    monkeypatch.setattr("ingest.crew.Workers", lambda: Workers(2, limits))
    folder = tmp_path / "pages"
    folder.mkdir()
    moods = ["", "HANG", "", "CRASH", "", "HANG", ""]
    for n, mood in enumerate(moods):
        (folder / f"{n}.html").write_bytes(article(f"Boat {n} turns up") + mood.encode())
    db = tmp_path / "archive.db"
    result = ingest(db, folder)
    assert (result.exit_code, totals(result)) == (1, {"added": 4, "failed": 3})
    assert len(result.stderr.splitlines()) == 3
    reasons = {"": None, "HANG": "parse_timeout", "CRASH": "crash"}
    for n, mood in enumerate(moods):
        state = "failed" if mood else "article"
        assert ledger(db, (folder / f"{n}.html").as_uri()) == (state, reasons[mood], None)
    kept = rows(db, "select count(*) as n from ledger where state = 'failed' and page_id not null")
    assert kept == [{"n": 3}]  # to be read again by another parser


_PARENT = """
import multiprocessing, sys, time
from test_ingest_workers import LIMITS, hang, say
from ingest.workers import Workers
workers = Workers(2, LIMITS)
workers.submit("u", say, 1).result()
workers.submit("u", hang)
time.sleep(0.3)
print(*(child.pid for child in multiprocessing.active_children()), flush=True)
time.sleep(600)
"""


def test_no_worker_outlives_a_parent_that_was_killed(tmp_path):
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    pids = [int(pid) for pid in parent.stdout.readline().split()]
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert len(pids) == 2
    deadline = time.monotonic() + PATIENCE_S
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_idle_workers_end_and_others_take_their_place(workers):
    first = workers.submit("one", os.getpid).result(PATIENCE_S)
    workers.close_if_idle(PATIENCE_S)
    assert workers.submit("two", os.getpid).result(PATIENCE_S) == first
    workers.close_if_idle(0)
    assert workers.submit("three", os.getpid).result(PATIENCE_S) != first


class SlowForTheSecond:
    """A number of bytes that the second worker takes a while to read, while it begins."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return _first_at_once, (str(self.mark),)


def _first_at_once(mark):
    try:
        Path(mark).mkdir()
    except FileExistsError:
        time.sleep(2)
    return WorkLimits().memory_bytes


def _say_and_hang(mark):
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    mark.touch()
    hang()


def _wait_for(mark):
    give_up_at = time.monotonic() + PATIENCE_S
    while not mark.exists():
        assert time.monotonic() < give_up_at
        time.sleep(0.01)


def test_a_worker_that_has_only_begun_when_all_are_ended_says_nothing(tmp_path, capfd):
    workers = Workers(2, WorkLimits(memory_bytes=SlowForTheSecond(tmp_path / "begun")))
    workers.submit("slow to end", _say_and_hang, tmp_path / "at it")
    _wait_for(tmp_path / "at it")  # which holds up the end of the second
    workers.close()
    assert capfd.readouterr().err == ""
