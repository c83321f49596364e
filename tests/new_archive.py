"""New archives, copied from one that was made once: some thousand tests need one each."""

import tempfile
from functools import cache
from pathlib import Path

from archive import Archive


def new_archive(path: Path) -> Path:
    """Put a new archive's file where there is none.

    For tests that are about what is kept in an archive. What opening does where there is no file is
    tried in test_archive_open.py and test_archive_schema.py, and wherever a command makes its own.
    """
    if path.exists():
        raise FileExistsError(path)
    path.write_bytes(_made_once())
    return path


@cache
def _made_once() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "new.db"
        Archive(path).close()
        return path.read_bytes()
