"""When a feed is read again: its own rhythm, found by trying. Pure functions of what happened and now.

A reading that brings something new halves the interval, one that does not makes it half as long
again. Where articles come at random with a mean gap between them, that settles at about half the
gap; a feed that falls silent is soon left alone, one that wakes is soon followed closely.
"""

from datetime import UTC, datetime, timedelta

from archive.records import PollHints

#: No feed is read more often, and none less often, whatever happens.
LEAST_S = 600
MOST_S = 86_400
#: The interval of a feed that was never read.
FIRST_S = 3_600

_FASTER = 0.5
_SLOWER = 1.5
#: Readings are moved by up to so much of the interval, lest feeds be read in step.
_SPREAD = 0.05
#: A server may ask for more patience than a day; beyond this it is taken as this.
_MAX_RETRY_AFTER_S = 7 * 86_400.0


def next_interval_s(interval_s: int | None, is_changed: bool) -> int:
    """The interval after a reading, in seconds.

    Args:
        interval_s: the one before it; None for the first reading, which tells nothing of the rhythm.
        is_changed: it brought something new.
    """
    if interval_s is None:
        return FIRST_S
    return _within_bounds(interval_s * (_FASTER if is_changed else _SLOWER))


def next_poll(
    now: datetime, interval_s: int, hints: PollHints, fresh_s: float, spread: float
) -> datetime:
    """When to read a feed again that was read.

    Args:
        now: aware.
        interval_s: see `next_interval_s`.
        hints: a longer wait that the feed asks for is kept, up to a day, and the times at which it
            need not be asked are passed over, unless they are all.
        fresh_s: a longer wait that the server asks for, likewise (`ingest.feed_hints`).
        spread: between 0 and 1, at random.
    """
    wait_s = interval_s * (1 + _SPREAD * (2 * spread - 1))
    asked_s = min(max(hints.least_s, fresh_s), MOST_S)
    moment = now + timedelta(seconds=max(wait_s, asked_s, LEAST_S))
    for _ in range(7 * 24):
        hour = moment.astimezone(UTC)
        if hour.hour not in hints.skip_hours and hour.weekday() not in hints.skip_days:
            return moment
        moment = hour.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return now + timedelta(seconds=MOST_S)


def after_failure(
    now: datetime,
    interval_s: int | None,
    failures: int,
    spread: float,
    retry_after_s: float | None = None,
) -> datetime:
    """When to ask again for a feed that failed: the wait doubles with each failure, up to a day.

    Args:
        now: aware.
        interval_s: that of the feed.
        failures: how often in a row it has failed, this time included.
        spread: between 0 and 1, at random.
        retry_after_s: the least wait, if the server named one.
    """
    wait_s = _within_bounds(max(interval_s or LEAST_S, LEAST_S) * 2.0 ** min(failures - 1, 20))
    jittered = wait_s * (1 + _SPREAD * (2 * spread - 1))
    return now + timedelta(seconds=max(jittered, min(retry_after_s or 0.0, _MAX_RETRY_AFTER_S)))


def _within_bounds(seconds: float) -> int:
    return int(min(max(seconds, LEAST_S), MOST_S))
