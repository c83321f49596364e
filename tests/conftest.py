"""What the tests of several floors share."""

from datetime import UTC, datetime

import pytest
from fault_server import FaultServer
from new_archive import new_archive

from archive import Archive, times


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
