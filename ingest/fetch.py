"""Fetching over HTTP: politely, one request a page, within limits, and every failure named."""

import random
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from types import TracebackType
from urllib.parse import urljoin, urlsplit

import httpx

from archive import Page, times
from ingest.compression import ACCEPTED, decompress
from ingest.errors import FetchError, NotAPage
from ingest.fetch_errors import network_error, status_error, timeout_error
from ingest.headers import without_secrets
from ingest.pacing import Pacer
from ingest.robots import Robots
from ingest.transport import CheckedTransport, request_limits

#: The product token, by which robots.txt names us.
AGENT = "newsarchive"
_CONTACT = "https://github.com/newsarchive/newsarchive"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: Those that ask for the new address to be used from now on (RFC 9110, 15.4).
_PERMANENT = frozenset({301, 308})
#: Content types that can hold a page or a feed; anything else is refused before its body is read.
_TEXT_TYPE = re.compile(
    r"^(?:text/|application/(?:[\w.+-]*xml|[\w.+-]*json|octet-stream|(?:x-)?gzip|jsonl)\b)|^$"
)

#: Failures that may be over in a moment; all others are answers.
_TRANSIENT = frozenset(
    {"timeout", "connection", "http_429", "http_500", "http_502", "http_503", "http_504"}
)
#: A server that asks for more patience than this is left for another run.
_MAX_WAIT_S = 30.0


@dataclass(frozen=True)
class FetchOptions:
    """Limits and manners of a run.

    connect_to maps a host name to the (address, port) to connect to in its place, as curl's
    --connect-to does; the demo reaches its sample site through it. delay_s is the least time
    between two requests to one host; a crawl delay in robots.txt that is longer is kept. retries
    are made after a failure that may pass, with growing pauses.
    """

    user_agent: str = f"{AGENT}/0.1 (+{_CONTACT})"
    timeout_s: float = 20.0
    total_timeout_s: float = 60.0
    max_redirects: int = 5
    max_bytes: int = 10 * 1024 * 1024
    connect_to: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    allow_private: bool = False
    delay_s: float = 1.0
    retries: int = 2
    backoff_s: float = 1.0


class NotModified(Exception):  # an answer, not an error
    """The server says that the page is as it was (304).

    Attributes:
        headers: of the answer, as `archive.Page` has them.
        moved_to: where permanent redirects led, if they did.
    """

    def __init__(
        self, headers: tuple[tuple[str, str], ...] = (), moved_to: str | None = None
    ) -> None:
        super().__init__(headers, moved_to)
        self.headers = headers
        self.moved_to = moved_to


class Fetcher:
    """An HTTP client with the limits of `FetchOptions`; close it, or use it in a with block.

    Several threads may use it at once.
    """

    def __init__(self, options: FetchOptions | None = None) -> None:
        self.options = options or FetchOptions()
        self._pacer = Pacer()
        self._robots = Robots(AGENT, self._get_robots)
        self._transport = CheckedTransport(self.options.allow_private, self.options.connect_to)
        self._client = httpx.Client(
            transport=self._transport,
            headers={
                "User-Agent": self.options.user_agent,
                "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.5",
                "Accept-Encoding": ACCEPTED,
                "Accept-Language": "en,*;q=0.5",
            },
            timeout=self.options.timeout_s,
            follow_redirects=False,
            trust_env=False,
        )

    def __enter__(self) -> "Fetcher":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End what other threads wait for, and close all connections."""
        self._pacer.stop()
        self._transport.abort()
        self._client.close()

    def get(self, url: str, etag: str | None = None, last_modified: str | None = None) -> Page:
        """Fetch a page as the site's robots.txt allows; redirects are followed within the limits.

        Raises:
            FetchError: it did not come; `.reason` is robots, dns, private_address, timeout ...
            NotAPage: it is no text (by its Content-Type).
            NotModified: it is as it was when the server gave this etag or last_modified.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in conditions.items() if value and value.isascii()}
        for number in range(self.options.retries + 1):
            try:
                return self._follow(url, headers, is_robots=False)
            except FetchError as error:
                wait_s = self._wait_s(error, number)
                if wait_s is None:
                    raise
                self._pacer.sleep(wait_s)
        raise AssertionError("the last try returns or raises")  # pragma: no cover

    def sitemaps(self, url: str) -> tuple[str, ...]:
        """The sitemaps that the robots.txt of a URL's origin names."""
        return self._robots.rules(url).sitemaps

    def _get_robots(self, url: str) -> Page:
        return self._follow(url, {}, is_robots=True)

    def _wait_s(self, error: FetchError, number: int) -> float | None:
        """How long to wait before the next try, in seconds; None: there is to be none."""
        if error.reason not in _TRANSIENT or number >= self.options.retries:
            return None
        asked = error.retry_after_s
        if asked is not None:
            return asked if asked <= _MAX_WAIT_S else None
        pause: float = self.options.backoff_s * 2.0**number
        return pause * random.uniform(0.5, 1.0)  # noqa: S311  # jitter, no secret

    def _follow(self, url: str, headers: Mapping[str, str], is_robots: bool) -> Page:
        """One try: the page at the end of the redirects."""
        deadline = time.monotonic() + self.options.total_timeout_s
        address, seen = url, {url}
        moved_to: str | None = None  # as far as every redirect so far was a permanent one
        is_moved = True
        for _ in range(self.options.max_redirects + 1):
            _check_address(address, url)
            if not is_robots:
                self._robots.check(address, url)
                deadline += self._pace(address)
            try:
                with (
                    request_limits(url, deadline),
                    self._client.stream("GET", address, headers=dict(headers)) as response,
                ):
                    if response.status_code == 304 and headers:
                        raise NotModified(without_secrets(response.headers.items()), moved_to)
                    if response.status_code not in _REDIRECTS:
                        return self._page(url, response, deadline, moved_to)
                    target = _target(url, address, response)
                    is_moved = is_moved and response.status_code in _PERMANENT
            except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
                is_over = time.monotonic() >= deadline
                limit_s = self.options.total_timeout_s if is_over else self.options.timeout_s
                raise network_error(url, address, error, limit_s) from error
            if target in seen:
                raise FetchError(
                    url,
                    "redirect_loop",
                    f"the server redirects in a circle ({target})",
                    "Open it in a browser and ingest the address where it ends.",
                )
            seen.add(target)
            address = target
            moved_to = address if is_moved else moved_to
        raise FetchError(
            url,
            "too_many_redirects",
            f"more than {self.options.max_redirects} redirects",
            "Open it in a browser and ingest the address where it ends.",
        )

    def _pace(self, address: str) -> float:
        """Wait for the host's turn; return the seconds waited, which the page need not pay for."""
        wanted = max(self.options.delay_s, self._robots.rules(address).delay_s(AGENT))
        return self._pacer.wait(urlsplit(address).hostname or "", wanted)

    def _page(
        self, url: str, response: httpx.Response, deadline: float, moved_to: str | None
    ) -> Page:
        if response.status_code != 200:
            raise _with_retry_after(status_error(url, response), response)
        content_type = response.headers.get("content-type", "").strip().lower()
        if not _TEXT_TYPE.search(content_type):
            raise NotAPage(
                url,
                "not_html",
                f"this is {content_type.split(';')[0]}, not a web page",
                "Ingest the page that links to it.",
                http_status=response.status_code,
            )
        body = b"".join(self._within_limits(url, response, deadline))
        if not body:
            raise FetchError(
                url,
                "empty",
                "the server sent an empty body",
                "Try again later with the same command.",
                http_status=response.status_code,
            )
        return Page(
            requested_url=url,
            final_url=str(response.url),
            fetched_at=times.now(),
            body=body,
            http_status=response.status_code,
            headers=without_secrets(response.headers.items()),
            moved_to=moved_to,
        )

    def _within_limits(
        self, url: str, response: httpx.Response, deadline: float
    ) -> Iterator[bytes]:
        size = 0
        encoding = response.headers.get("content-encoding")
        for chunk in decompress(response.iter_raw(), encoding):
            size += len(chunk)
            if size > self.options.max_bytes:
                raise FetchError(
                    url,
                    "too_large",
                    f"the page is larger than {self.options.max_bytes // 2**20} MB",
                    "Save the article alone in a file and ingest the file.",
                    http_status=response.status_code,
                )
            if time.monotonic() > deadline:
                raise timeout_error(url, self.options.total_timeout_s)
            yield chunk


def _target(url: str, address: str, response: httpx.Response) -> str:
    location = str(response.headers.get("location", ""))
    try:
        return urljoin(address, location)
    except ValueError as error:
        raise FetchError(
            url,
            "bad_url",
            f"it redirects to {location}, which is no URL ({error})",
            "Open it in a browser and ingest the address where it ends.",
        ) from error


def _check_address(address: str, url: str) -> None:
    try:
        parts = urlsplit(address)
        host = parts.hostname
        _ = parts.port
    except ValueError as error:
        raise FetchError(
            url, "bad_url", f"{address} is no URL ({error})", "Check how it is written."
        ) from error
    if parts.scheme not in ("http", "https"):
        raise FetchError(
            url,
            "bad_url",
            f"only http and https are fetched, not {parts.scheme or 'this'} ({address})",
            "Give an address that begins with https://.",
        )
    if not host:
        raise FetchError(url, "bad_url", "the address has no host", "Check how it is written.")


def _with_retry_after(error: FetchError, response: httpx.Response) -> FetchError:
    """The error with what the server says of when to come again (RFC 9110, 10.2.3)."""
    value = response.headers.get("retry-after", "").strip()
    if value.isdecimal():
        error.retry_after_s = float(value)
    elif value:
        try:
            moment = parsedate_to_datetime(value)
        except ValueError:
            return error
        if moment.tzinfo is not None:
            error.retry_after_s = max((moment - times.now()).total_seconds(), 0.0)
    return error
