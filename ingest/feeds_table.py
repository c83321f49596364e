"""The feeds that are followed, as a table for people and as records for programs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from archive import times
from archive.history import without_controls
from archive.records import Feed

_HEADING = ("id", "title", "articles", "read", "next", "every", "address")
#: Places of the columns that hold numbers, in the table.
_NUMBERS = frozenset({0, 2})
_TITLE_CHARACTERS = 36


def as_record(feed: Feed) -> dict[str, Any]:
    """A feed as --json prints it; times are UTC, ISO 8601."""
    return {
        "id": feed.id,
        "title": feed.title,
        "url": feed.url,
        "articles": feed.articles,
        "followed_at": times.to_text(feed.followed_at),
        "last_read_at": times.to_text(feed.last_read_at),
        "last_changed_at": times.to_text(feed.last_changed_at),
        "next_poll_at": times.to_text(feed.next_poll_at),
        "poll_interval_s": feed.poll_interval_s,
        "failures": feed.failures,
        "last_status": feed.last_status,
        "last_error": feed.last_error,
    }


def as_table(feeds: Sequence[Feed]) -> str:
    """Lines of aligned columns, with one more below each feed that failed the last time."""
    now = times.now()
    rows = [_HEADING, *(_cells(feed, now) for feed in feeds)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_HEADING) - 1)]
    lines = []
    for number, row in enumerate(rows):
        cells = [
            cell.rjust(width) if place in _NUMBERS else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row[:-1], widths, strict=True))
        ]
        lines.append("  ".join([*cells, row[-1]]))
        if number and (feed := feeds[number - 1]).failures:
            times_ = "once" if feed.failures == 1 else f"{feed.failures} times in a row"
            error = _one_line((feed.last_error or "").removeprefix(f"{feed.url}: "))
            lines.append(f"{' ' * widths[0]}  failed {times_}: {error}")
    return "\n".join(lines)


def _cells(feed: Feed, now: datetime) -> tuple[str, ...]:
    title = _one_line(feed.title or "")
    if len(title) > _TITLE_CHARACTERS:
        title = title[: _TITLE_CHARACTERS - 1] + "…"
    read = feed.last_read_at and f"{span((now - feed.last_read_at).total_seconds())} ago"
    left_s = (feed.next_poll_at - now).total_seconds() if feed.next_poll_at else 0.0
    return (
        str(feed.id),
        title or "-",
        str(feed.articles),
        read or "never",
        f"in {span(left_s)}" if left_s > 0 else "now",
        span(feed.poll_interval_s) if feed.poll_interval_s else "-",
        feed.url,
    )


def span(seconds: float) -> str:
    """A length of time in its largest fitting unit: "40 s", "5 min", "3 h", "2 d"."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size or (seconds >= size and unit == "min"):
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"


def _one_line(text: str) -> str:
    return " ".join(without_controls(text).split())
