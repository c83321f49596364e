"""What the tests of several floors share."""

import pytest
from fault_server import FaultServer

from archive import Archive


@pytest.fixture
def archive(tmp_path):
    """A new archive, open for writing."""
    with Archive(tmp_path / "archive.db") as opened:
        yield opened


@pytest.fixture
def db(tmp_path):
    """Where an archive is to be made."""
    return tmp_path / "archive.db"


@pytest.fixture(scope="module")
def site():
    """The site on which everything goes wrong, running."""
    with FaultServer() as running:
        yield running
