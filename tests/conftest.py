"""What the tests of several floors share."""

import pytest

from archive import Archive


@pytest.fixture
def archive(tmp_path):
    """A new archive, open for writing."""
    with Archive(tmp_path / "archive.db") as opened:
        yield opened
