"""How long requests take, counted by the kind of page, and numbers of the archives, for Prometheus.

The library holds the counts and writes the format (https://prometheus.io/docs/instrumenting/exposition_formats/).
Names and labels are told in docs/operations.md and stay as they are.
"""

import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from serve.archives import is_public, settings
from serve.timing import Note

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Histogram
    from prometheus_client.core import Metric

#: Pages of ours stay under 0.1 s; SQL of one's own may take seconds.
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_PAGE = re.compile(
    r"/-/(article|entities|entity|coverage|sites|site|author|search|health|feed|metrics)\b"
)

_kept: WeakKeyDictionary[Any, tuple["CollectorRegistry", "Histogram"]] = WeakKeyDictionary()


def are_shown(datasette: Any) -> bool:
    """True where the operator has not turned them off, or, where strangers read, has turned them on."""
    return bool(settings(datasette).get("metrics", not is_public(datasette)))


def are_asked_for(datasette: Any) -> bool:
    """True where the operator has asked for them."""
    return settings(datasette).get("metrics") is True


def _counters(datasette: Any) -> tuple["CollectorRegistry", "Histogram"]:
    if datasette not in _kept:
        from prometheus_client import CollectorRegistry, Histogram, ProcessCollector
        from prometheus_client.multiprocess import MultiProcessCollector

        registry = CollectorRegistry()
        # The library's own switch: then it keeps what all processes have counted in this folder.
        is_one_of_several = bool(os.environ.get("PROMETHEUS_MULTIPROC_DIR"))
        if is_one_of_several:
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        else:
            ProcessCollector(registry=registry)
        seconds = Histogram(
            "newsarchive_request_seconds",
            "How long answers took",
            ["page", "status"],
            buckets=_SECONDS,
            registry=None if is_one_of_several else registry,
        )
        _kept[datasette] = registry, seconds
    return _kept[datasette]


def note_for(datasette: Any) -> Note:
    """What counts how long the answers of an instance took."""

    def note(scope: Any, status: int, took_s: float) -> None:
        if are_shown(datasette):
            _, seconds = _counters(datasette)
            seconds.labels(_kind_of(datasette, scope["path"]), str(status)).observe(took_s)

    return note


def _kind_of(datasette: Any, path: str) -> str:
    """The kind of a page; of these there are few, whatever is asked for."""
    path = "/" + path.removeprefix(datasette.setting("base_url")).removeprefix("/")
    if path == "/":
        return "front"
    found = _PAGE.match(path)
    if found:
        return found[1]
    return "other" if path.startswith("/-/") else "tables"


def exposition(datasette: Any, numbers: Iterable["Metric"], accept: str) -> tuple[bytes, str]:
    """All of it in the form that is asked for, and its content type."""
    from prometheus_client.exposition import choose_encoder

    registry, _ = _counters(datasette)

    class Both:
        """What was counted here, and what was read from the archives just now."""

        def collect(self) -> Iterable["Metric"]:
            yield from numbers
            yield from registry.collect()

    encode, content_type = choose_encoder(accept)
    return encode(Both()), content_type
