"""sqlite_utils without pandas: half of the time in which a command starts, for nothing it is asked for here.

sqlite_utils loads pandas wherever it is installed, as it is for a cluster, so as to store its times.
"""

import importlib.abc
import sys

_LIBRARY = "sqlite_utils.db"
_LOADED_LAST = "Database"


class WithoutPandas(importlib.abc.MetaPathFinder):
    """While sqlite_utils is loaded there is no pandas; for everybody else, and later, there is."""

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> None:
        """Say of pandas that it is missing, of all else nothing."""
        if name == "pandas" and _is_being_loaded():
            raise ModuleNotFoundError("it is not needed here", name=name)


def _is_being_loaded() -> bool:
    library = sys.modules.get(_LIBRARY)
    return library is not None and not hasattr(library, _LOADED_LAST)
