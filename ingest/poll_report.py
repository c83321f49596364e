"""What is said of the readings of feeds: a line each, totals, JSON."""

from collections.abc import Mapping
from typing import Any

from archive.history import without_controls
from ingest.following import Poll

_RESULTS = ("added", "updated", "unchanged", "skipped", "failed")
_FEEDS = ("read", "unchanged", "failed", "gone", "stopped")


def has_news(poll: Poll) -> bool:
    """True if a reading brought something that is worth a line."""
    return bool(poll.moved_to) or any(
        number for name, number in poll.counts.items() if name != "unchanged"
    )


def line_of(poll: Poll) -> str:
    """What came of one reading that did not fail."""
    parts = [f"{number} {name}" for name in _RESULTS if (number := poll.counts.get(name))]
    line = f"{named(poll.title)}: {', '.join(parts) or 'nothing new'}"
    if poll.moved_to:
        line += f"; its address is now {poll.moved_to}"
    return line + ("; stopped" if poll.result == "stopped" else "")


def totals_of(counts: Mapping[str, int], seconds: float) -> str:
    """The closing line of a command that read feeds."""
    feeds = [f"{number} {name}" for name in _FEEDS if (number := counts.get(f"feeds_{name}"))]
    articles = ", ".join(f"{name} {counts.get(name, 0)}" for name in _RESULTS)
    return f"feeds: {', '.join(feeds) or 'none due'}; articles: {articles} in {seconds:.1f} s"


def as_record(poll: Poll) -> dict[str, Any]:
    """A reading as --json prints it."""
    return {
        "title": poll.title,
        "url": poll.moved_to or poll.feed.url,
        "result": poll.result,
        **{name: poll.counts.get(name, 0) for name in _RESULTS},
        "error": poll.error,
    }


def named(title: str) -> str:
    """A title as a terminal may show it: on one line, without control characters."""
    return " ".join(without_controls(title).split())
