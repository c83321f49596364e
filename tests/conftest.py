"""What the tests of several floors share."""

import os
from datetime import UTC, datetime

import pytest
from fault_server import FaultServer
from new_archive import new_archive
from pebble import CONSTS

from archive import Archive, times

# The tests run in as many processes as there are cores, and each of these runs a model alone: more
# threads would wait for each other. Read when torch is loaded, in the commands that tests start too.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# The pause between pebble's looks at whether its pool was closed: a tenth of a second by default, which
# each of some hundred ingests would wait out at its end.
CONSTS.sleep_unit = 0.02

#: The files that take longest, about in that order.
LONGEST = (
    "test_serve_browser.py",
    "test_ray.py",
    "test_serve_workers.py",
    "test_ingest_mutations.py",
    "test_ingest_kill.py",
    "test_ingest_large_warc.py",
    "test_demo.py",
    "test_readme.py",
    "test_summarize_generative.py",
    "test_ingest_sources.py",
    "test_ingest_addresses.py",
    "test_serve_safety.py",
    "test_serve_cli.py",
    "test_watch.py",
    "test_end_to_end_together.py",
    "test_feeds.py",
    "test_ingest_pages.py",
    "test_summarize_kill.py",
    "test_summarize_summary.py",
    "test_startup.py",
)


def pytest_collection_modifyitems(items):
    """Begin with what takes longest, so that no process is left alone with it at the end."""
    last = len(LONGEST)
    turns = {name: turn for turn, name in enumerate(LONGEST)}
    items.sort(key=lambda item: turns.get(item.path.name, last))


@pytest.fixture
def archive(tmp_path):
    """A new archive, open for writing."""
    with Archive(new_archive(tmp_path / "archive.db")) as opened:
        yield opened


@pytest.fixture
def db(tmp_path):
    """Where an archive is to be made."""
    return tmp_path / "archive.db"


@pytest.fixture
def clock(monkeypatch):
    """The present moment, which a test may set."""
    moment = [datetime(2024, 3, 6, 9, 0, tzinfo=UTC)]
    monkeypatch.setattr(times, "now", lambda: moment[0])
    return moment


@pytest.fixture(scope="module")
def site():
    """The site on which everything goes wrong, running."""
    with FaultServer() as running:
        yield running
