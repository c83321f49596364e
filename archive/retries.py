"""When what failed is asked for again: soon, late or never, by its reason and how often it failed."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

#: After so many failures in a row an address is given up. The view `skipped` knows the number too.
MAX_FAILURES = 8

#: The next try is up to so much earlier or later, lest all that failed together return together.
_SPREAD = 0.25
#: A server may ask for more patience; beyond this it is taken as this.
_MAX_RETRY_AFTER_S = 7 * 86_400.0


@dataclass(frozen=True)
class _Backoff:
    """Waits in seconds: first_s, then growing by factor, never more than longest_s."""

    first_s: float
    factor: float
    longest_s: float

    def wait_s(self, failures: int) -> float:
        return min(self.first_s * self.factor ** (failures - 1), self.longest_s)


#: 10 minutes, 30 minutes, 1.5, 4.5, 13.5 hours, then a day: a server or network in trouble.
_SOON = _Backoff(600, 3, 86_400)
#: A day, two, four, then a week: what a person has to put right, and may.
_LATE = _Backoff(86_400, 2, 7 * 86_400)

_PASSING = frozenset(
    {"timeout", "connection", "refused", "dns", "encoding", "empty", "http_408", "http_425", "http_429"}
)  # fmt: skip
_SERVER_ERROR = re.compile(r"http_5(?!01|05)\d\d$")
_LASTING = frozenset(
    {"robots", "tls", "malformed_feed", "empty_feed", "malformed_sitemap", "empty_sitemap"}
)


def next_try(
    url: str,
    reason: str | None,
    failures: int,
    now: datetime,
    spread: float,
    retry_after_s: float | None = None,
) -> datetime | None:
    """When to ask again for a URL that failed; None: not by itself.

    Args:
        url: files are not waited for.
        reason: the code of the failure.
        failures: how often in a row it has failed, this time included.
        now: aware.
        spread: between 0 and 1, at random.
        retry_after_s: the least wait, if the server named one (RFC 9110, 10.2.3).
    """
    backoff = _backoff(reason or "")
    if backoff is None or failures >= MAX_FAILURES or not url.startswith(("http://", "https://")):
        return None
    wait_s = backoff.wait_s(failures) * (1 + _SPREAD * (2 * spread - 1))
    asked_s = min(retry_after_s or 0.0, _MAX_RETRY_AFTER_S)
    return now + timedelta(seconds=max(wait_s, asked_s))


def is_passing(reason: str | None) -> bool:
    """True for the reason of a failure that may be over when the URL is asked for again."""
    return _backoff(reason or "") is not None


def _backoff(reason: str) -> _Backoff | None:
    if reason in _PASSING or _SERVER_ERROR.match(reason):
        return _SOON
    return _LATE if reason in _LASTING else None
