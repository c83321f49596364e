"""sqlite_utils without pandas: half of the time in which a command starts, for nothing it is asked for here.

sqlite_utils loads pandas wherever it is installed, as it is for a cluster, so as to store its times.
"""

import importlib.abc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_LIBRARY = "sqlite_utils.db"
_LOADED_LAST = "Database"


@contextmanager
def without_pandas() -> Iterator[None]:
    """Within, sqlite_utils finds no pandas while it is loaded; everybody else does, and so does it outside."""
    finder = _WithoutPandas()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _WithoutPandas(importlib.abc.MetaPathFinder):
    def find_spec(self, name: str, _path: object = None, _target: object = None) -> None:
        """Say of pandas that it is missing, of all else nothing."""
        if name == "pandas" and _is_being_loaded():
            raise ModuleNotFoundError("it is not needed here", name=name)


def _is_being_loaded() -> bool:
    library = sys.modules.get(_LIBRARY)
    return library is not None and not hasattr(library, _LOADED_LAST)
