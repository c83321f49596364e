"""Naming what went wrong with a fetch: reason, cause and next step for each kind of failure."""

import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx

from ingest.compression import BadCompression, decompress
from ingest.errors import FetchError, IngestError

#: So much of an error page is looked at: those of protection services say what they are at once.
_HEAD_BYTES = 64 * 1024
#: The statuses with which they answer.
_CHALLENGE_STATUSES = frozenset({202, 401, 403, 405, 406, 429, 503})
_UNTRUSTED_STEP = "Check the address in a browser; newsarchive does not skip this check."


def status_error(url: str, response: httpx.Response) -> FetchError:
    """An answer that is no page. Of its body, which is still to be read, a bounded part is."""
    from ingest.walls import answers_with_challenge, bot_wall  # with the parser; errors are few

    status = response.status_code
    if status in _CHALLENGE_STATUSES and answers_with_challenge(
        response.headers.multi_items(), _head(response)
    ):
        wall = bot_wall(url)
        return FetchError(url, "bot_wall", wall.cause, wall.next_step, http_status=status)
    steps = {
        401: "It needs a login; save the page in a browser and ingest the file.",
        403: "The site refuses programs; save the page in a browser and ingest the file.",
        402: "It is for subscribers; save the page in a browser and ingest the file.",
        404: "Check the address; the article may have moved.",
        410: "The article was removed; look for it in a web archive.",
        429: "The site asks to be left alone for a while; try again later.",
        451: "The site does not show it in this country; look for it in a web archive.",
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


#: What to do where a feed, which has no other file to be read from, is not given.
_FEED_STEPS = {
    401: "It needs a login; look for another address of it on the site.",
    402: "It is for subscribers; look for another address of it on the site.",
    403: "The site refuses programs; look for another address of it on the site.",
    404: "Check the address; the feed may have moved.",
    410: "The feed was removed; look for another one on the site.",
    451: "The site does not show it in this country.",
}


def advise_on_feed(error: IngestError) -> None:
    """Make the next step of an error that of somebody who follows a feed, not that of who wants an article."""
    if error.reason == f"http_{error.http_status}":
        error.next_step = _FEED_STEPS.get(error.http_status or 0, error.next_step)


def _head(response: httpx.Response) -> str:
    """The beginning of an HTML answer; "" where there is none, or it cannot be read."""
    if "html" not in response.headers.get("content-type", "html").lower():
        return ""
    found = bytearray()
    try:
        for piece in decompress(response.iter_raw(), response.headers.get("content-encoding")):
            found += piece
            if len(found) >= _HEAD_BYTES:
                break
    except (httpx.HTTPError, BadCompression):
        pass  # what came before is enough, or is not
    return bytes(found[:_HEAD_BYTES]).decode("utf-8", "replace")


def timeout_error(url: str, seconds: float) -> FetchError:
    """No complete answer in time."""
    return FetchError(
        url,
        "timeout",
        f"no complete answer within {seconds:g} seconds",
        "Try again later with the same command.",
    )


def crash_error(url: str, error: Exception, next_step: str) -> FetchError:
    """A library failed in a way that nobody foresaw."""
    cause = f"fetching failed inside a library ({type(error).__name__}: {error})"
    return FetchError(url, "crash", cause, next_step)


def certificates_error(url: str, error: OSError) -> FetchError:
    """What would say whom to trust cannot be read, so nobody is."""
    return FetchError(
        url,
        "tls",
        f"the certificates that are to be trusted cannot be read ({error})",
        "Let SSL_CERT_FILE name a file of certificates, or unset it.",
    )


def network_error(url: str, address: str, error: Exception, timeout_s: float) -> FetchError:
    """Name a failure of the network by its cause."""
    host = urlsplit(address).hostname
    causes = list(_causes(error))
    if isinstance(error, httpx.TimeoutException):
        return timeout_error(url, timeout_s)
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
            _UNTRUSTED_STEP,
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


def is_without_connection(error: IngestError) -> bool:
    """True if no connection was made; a certificate that cannot be trusted is another matter."""
    is_none = error.reason in ("refused", "timeout", "connection", "tls")
    return is_none and error.next_step != _UNTRUSTED_STEP


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
