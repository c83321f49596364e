"""Live blogs: their posts as data give them, when each was written, and the line that stands above its text."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ingest.dates import parse_date

#: ISO 8601 with a time of day: the day, hours and minutes, and the offset.
_MOMENT = re.compile(
    r"((?:19|20)\d\d-\d\d-\d\d)[T ](\d\d:\d\d)(?::\d\d(?:[.,]\d{1,9})?)? ?(Z|[+-]\d\d:?\d\d)?$"
)
_UTC = frozenset({"Z", "+00:00", "+0000", "-00:00"})
#: A time of day as people write it: 14:05, 2.05pm, 14h05.
_CLOCK = re.compile(r"(?<![\d:.])(?:[01]?\d|2[0-3])[:.h][0-5]\d(?![\d:])(?: ?[ap]\.?m\b\.?)?", re.I)


@dataclass(frozen=True)
class Post:
    """One post of a live blog.

    Attributes:
        heading: in one line, "" where it has none.
        written_at: when, as the page gives it to programs (ISO 8601), or "".
        clock: the time of day as the page shows it to readers, or "".
        text: its paragraphs, parted by blank lines; "" where they stand on the page itself.
    """

    heading: str = ""
    written_at: str = ""
    clock: str = ""
    text: str = ""


def clock_in(text: str) -> str:
    """The time of day that a label shows ("21 minutes ago, 11:48"), as it is written there, or ""."""
    match = _CLOCK.search(text[:100])
    return match.group() if match else ""


def has_time(written_at: str) -> bool:
    """True for ISO 8601 text with a day and a time of day."""
    return bool(_MOMENT.match(written_at.strip()))


def lines_above(posts: Sequence[Post]) -> list[str]:
    """For each post the line that stands above its text: "14:05 Servers are back".

    The time is the one that the page shows, else that of its data, with "UTC" where they give it so.
    Where the posts are of several days, each line begins with its day: "2024-03-05 14:05".
    """
    days = {match[1] for post in posts if (match := _MOMENT.match(post.written_at.strip()))}
    return [_line(post, len(days) > 1) for post in posts]


def _line(post: Post, with_day: bool) -> str:
    clock, match = post.clock, _MOMENT.match(post.written_at.strip())
    if match and (with_day or not clock):
        parts = [match[1] * with_day, match[2], "UTC" * (match[3] in _UTC)]
        clock = " ".join(filter(None, parts))
    is_told = clock and post.heading.startswith(clock)
    return post.heading if is_told else f"{clock} {post.heading}".strip()


def as_text(lead: str | None, posts: Sequence[Post]) -> str | None:
    """The body of a live blog whose posts are data: what stands above them, then each below its line."""
    told = [post for post in posts if post.text or post.heading]
    is_repeated = any(post.text and post.text[:60] in (lead or "") for post in told)
    parts = [lead or ""] if not is_repeated else []
    for line, post in zip(lines_above(told), told, strict=True):
        parts += [line, post.text]
    return "\n\n".join(filter(None, parts)) or None


def earliest(moments: Iterable[str | None]) -> str | None:
    """The earliest of some dates and times, as it is written; what is none does not count."""
    return min(_dated(moments), default=(None, None))[1]


def latest(moments: Iterable[str | None]) -> str | None:
    """The latest of some dates and times, as it is written; what is none does not count."""
    return max(_dated(moments), default=(None, None))[1]


def _dated(moments: Iterable[str | None]) -> list[tuple[datetime, str]]:
    return [(moment, text) for text in moments if text and (moment := parse_date(text))]
