"""Fetching over HTTP: one request a page, within limits, and every failure named."""

import re
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from urllib.parse import urljoin, urlsplit

import httpx

from archive import Page, times
from ingest.compression import ACCEPTED, BadCompression, decompress
from ingest.errors import FetchError, NotAPage

_URL = "https://github.com/newsarchive/newsarchive"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: Content types that can hold a page or a feed; anything else is refused before its body is read.
_TEXT_TYPE = re.compile(r"^(?:text/|application/(?:[\w.+-]*xml|[\w.+-]*json|octet-stream)\b)|^$")
#: Headers that could hold a secret are not stored.
_SECRET = re.compile(r"cookie|token|auth|session|csrf|secret|api-?key|signature", re.I)


@dataclass(frozen=True)
class FetchOptions:
    """Limits of one request.

    connect_to maps a host name to the (address, port) to connect to in its place, as curl's
    --connect-to does; the demo reaches its sample site through it.
    """

    user_agent: str = f"newsarchive/0.1 (+{_URL})"
    timeout_s: float = 20.0
    total_timeout_s: float = 60.0
    max_redirects: int = 5
    max_bytes: int = 10 * 1024 * 1024
    connect_to: Mapping[str, tuple[str, int]] = field(default_factory=dict)


class NotModified(Exception):  # an answer, not an error
    """The server says that the page is as it was (304)."""


class Fetcher:
    """An HTTP client with the limits of `FetchOptions`; close it, or use it in a with block."""

    def __init__(self, options: FetchOptions | None = None) -> None:
        self.options = options or FetchOptions()
        self._client = httpx.Client(
            transport=_ConnectTo(self.options.connect_to),
            headers={
                "User-Agent": self.options.user_agent,
                "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.5",
                "Accept-Encoding": ACCEPTED,
                "Accept-Language": "en,*;q=0.5",
            },
            timeout=self.options.timeout_s,
            follow_redirects=False,
            trust_env=not self.options.connect_to,
        )

    def __enter__(self) -> "Fetcher":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def get(self, url: str, etag: str | None = None, last_modified: str | None = None) -> Page:
        """Fetch a page; redirects are followed within the limits.

        Raises:
            FetchError: it did not come; `.reason` is dns, refused, timeout, tls, http_404 ...
            NotAPage: it is no text (by its Content-Type).
            NotModified: it is as it was when the server gave this etag or last_modified.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in conditions.items() if value and value.isascii()}
        deadline = time.monotonic() + self.options.total_timeout_s
        address, seen = url, {url}
        for _ in range(self.options.max_redirects + 1):
            _check_address(address, url)
            try:
                with self._client.stream("GET", address, headers=headers) as response:
                    if response.status_code == 304 and headers:
                        raise NotModified
                    if response.status_code not in _REDIRECTS:
                        return self._page(url, response, deadline)
                    target = _target(url, address, response)
            except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
                raise _fetch_error(url, address, error, self.options) from error
            if target in seen:
                raise FetchError(
                    url,
                    "redirect_loop",
                    f"the server redirects in a circle ({target})",
                    "Open it in a browser and ingest the address where it ends.",
                )
            seen.add(target)
            address = target
        raise FetchError(
            url,
            "too_many_redirects",
            f"more than {self.options.max_redirects} redirects",
            "Open it in a browser and ingest the address where it ends.",
        )

    def _page(self, url: str, response: httpx.Response, deadline: float) -> Page:
        if response.status_code != 200:
            raise _status_error(url, response)
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
        headers = {
            name: value for name, value in response.headers.items() if not _SECRET.search(name)
        }
        return Page(
            requested_url=url,
            final_url=str(response.url),
            fetched_at=times.now(),
            body=body,
            http_status=response.status_code,
            headers=tuple(headers.items()),
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
                raise _timeout(url, self.options.total_timeout_s)
            yield chunk


class _ConnectTo(httpx.HTTPTransport):
    """A transport that connects to another address than the URL's host; Host stays the URL's."""

    def __init__(self, connect_to: Mapping[str, tuple[str, int]]) -> None:
        super().__init__()
        self._connect_to = connect_to

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if target := self._connect_to.get(request.url.host):
            address, port = target
            request.extensions = {**request.extensions, "sni_hostname": request.url.host}
            # The response keeps the request it belongs to, so its URL must not be changed.
            request = httpx.Request(
                request.method,
                request.url.copy_with(host=address, port=port),
                headers=request.headers,
                stream=request.stream,
                extensions=request.extensions,
            )
        return super().handle_request(request)


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


def _status_error(url: str, response: httpx.Response) -> FetchError:
    status = response.status_code
    steps = {
        401: "It needs a login; save the page in a browser and ingest the file.",
        403: "The site refuses programs; save the page in a browser and ingest the file.",
        404: "Check the address; the article may have moved.",
        410: "The article was removed; look for it in a web archive.",
        429: "The site asks to be left alone for a while; try again later.",
    }
    default = (
        "The server has a problem; try again later." if status >= 500 else "Check the address."
    )
    phrase = f" {response.reason_phrase}" if response.reason_phrase else ""
    return FetchError(
        url,
        f"http_{status}",
        f"the server answered {status}{phrase}",
        steps.get(status, default),
        http_status=status,
    )


def _timeout(url: str, seconds: float) -> FetchError:
    return FetchError(
        url,
        "timeout",
        f"no complete answer within {seconds:g} seconds",
        "Try again later with the same command.",
    )


def _fetch_error(url: str, address: str, error: Exception, options: FetchOptions) -> FetchError:
    """Name a failure of the network by its cause."""
    host = urlsplit(address).hostname
    causes = list(_causes(error))
    if isinstance(error, httpx.TimeoutException):
        return _timeout(url, options.timeout_s)
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return FetchError(
            url,
            "dns",
            f"the host {host} is not known",
            "Check its spelling and your network connection.",
        )
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return FetchError(
            url,
            "tls",
            f"the certificate of {host} cannot be trusted ({causes[-1]})",
            "Check the address in a browser; newsarchive does not skip this check.",
        )
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return FetchError(
            url,
            "tls",
            f"{host} gave no secure connection ({causes[-1]})",
            "Check the address in a browser; it may begin with http://.",
        )
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return FetchError(
            url, "refused", f"{host} refused the connection", "Check the port, or try again later."
        )
    if isinstance(error, BadCompression):
        return FetchError(
            url,
            "encoding",
            f"the body cannot be decompressed ({error})",
            "The server has a problem; try again later.",
        )
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | ValueError):
        return FetchError(url, "bad_url", f"{address} is no URL ({error})", "Check its spelling.")
    return FetchError(
        url,
        "connection",
        f"the connection to {host} failed ({error or type(error).__name__})",
        "Try again later with the same command.",
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
