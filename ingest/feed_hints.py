"""What a feed and its server say of when to be asked again.

In the feed: RSS 2.0's ttl, skipHours and skipDays; the Syndication module's updatePeriod and
updateFrequency (web.resource.org/rss/1.0/modules/syndication). In the answer: Cache-Control, Age
and Expires (RFC 9111, 4.2.1).
"""

import re
from collections.abc import Iterable
from datetime import datetime
from email.utils import parsedate_to_datetime

from archive.records import PollHints
from ingest.packed import inflate

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0
#: Seconds in each of the periods of the Syndication module.
_PERIODS = {
    "hourly": _HOUR,
    "daily": _DAY,
    "weekly": 7 * _DAY,
    "monthly": 30 * _DAY,
    "yearly": 365 * _DAY,
}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,10})", re.I)
#: What is about the feed stands before its first entry.
_HEAD_BYTES = 256 * 1024
_ENTRY = re.compile(rb"<(?:\w+:)?(?:item|entry)\b", re.I)


def read_hints(body: bytes) -> PollHints:
    """What a feed says, plain or gzip; nothing where it cannot be read."""
    head = inflate(body, _HEAD_BYTES)[0]
    first = _ENTRY.search(head)
    head = head[: first.start()] if first else head
    ttl = _number(_first(head, b"ttl")) * _MINUTE
    period = _PERIODS.get((_first(head, b"updatePeriod") or "").lower(), 0.0)
    frequency = max(_number(_first(head, b"updateFrequency")), 1.0)
    hours = _texts(_first_block(head, b"skipHours"), b"hour")
    days = _texts(_first_block(head, b"skipDays"), b"day")
    return PollHints(
        max(ttl, period / frequency),
        _in_order(int(hour) % 24 for hour in hours if re.fullmatch(r"[01]?\d|2[0-4]", hour)),
        _in_order(_WEEKDAYS.index(day.lower()) for day in days if day.lower() in _WEEKDAYS),
    )


def fresh_for_s(headers: tuple[tuple[str, str], ...], now: datetime) -> float:
    """Seconds for which an answer says that it stays as it is; 0 if it does not say."""
    found = {name.lower(): value for name, value in headers}
    control = found.get("cache-control", "")
    if re.search(r"\bno-(?:cache|store)\b", control, re.I):
        return 0.0
    if match := _MAX_AGE.search(control):
        return max(float(match[1]) - _number(found.get("age")), 0.0)
    expires = _moment(found.get("expires"))
    if expires is None:
        return 0.0
    return max((expires - (_moment(found.get("date")) or now)).total_seconds(), 0.0)


def _in_order(numbers: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(set(numbers)))


def _moment(value: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value or "")
    except (ValueError, OverflowError):
        return None  # "0" and the like mean: at once
    return moment if moment.tzinfo else None


def _number(text: str | None) -> float:
    text = (text or "").strip()
    return float(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0.0


# A feed may be damaged where an XML parser would stop, and these elements hold text alone.


def _first(head: bytes, name: bytes) -> str | None:
    return next(iter(_texts(head, name)), None)


def _texts(head: bytes, name: bytes) -> list[str]:
    pattern = rb"<(?:\w+:)?%s(?:\s[^<>]*)?>([^<>]{0,40})</" % name
    return [text.decode("ascii", "replace").strip() for text in re.findall(pattern, head, re.I)]


def _first_block(head: bytes, name: bytes) -> bytes:
    start = re.search(rb"<(?:\w+:)?%s\b" % name, head, re.I)
    if start is None:
        return b""
    end = re.compile(rb"</(?:\w+:)?%s\b" % name, re.I).search(head, start.end())
    return head[start.end() : end.start()] if end else b""
