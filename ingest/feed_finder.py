"""From an address to a feed: the address is one, or its page names some (`<link rel="alternate">`)."""

from dataclasses import dataclass

from archive import Page
from archive.addresses import normalize_url
from ingest.errors import FetchError, IngestError, SourceError
from ingest.feeds import read_followed
from ingest.fetch import Fetcher
from ingest.fetch_errors import is_without_connection
from ingest.kinds import kind_of
from ingest.sites import read_home
from ingest.workers import Workers


@dataclass(frozen=True)
class FoundFeed:
    """A feed that was read.

    Attributes:
        url: its address, after permanent redirects.
        title: what it calls itself.
        entries: how many articles it names.
    """

    url: str
    title: str | None
    entries: int


@dataclass(frozen=True)
class Found:
    """The feeds at an address, and the addresses of those that the page names besides."""

    feeds: tuple[FoundFeed, ...]
    others: tuple[str, ...] = ()


def find_feeds(fetcher: Fetcher, workers: Workers, url: str, is_all: bool = False) -> Found:
    """The feed at an address or, if there is a web page, the first that it names, or all of them.

    Args:
        fetcher: fetches the page, and the feeds that it names.
        workers: read them.
        url: an http(s) URL.
        is_all: all that the page names.

    Raises:
        FetchError, NotAPage, ParseError: an address could not be fetched or read.
        SourceError: reason "no_feed" (the page names none), "not_a_feed" or "malformed_feed".
    """
    page = fetcher.get(url)
    if kind_of(page.body) not in ("html", "text"):
        return Found((_feed(workers, page),))
    named = [entry.url for entry in workers.submit(url, read_home, page).result().sources]
    if not named:
        raise SourceError(
            url, "no_feed", "this page names no feed",
            "Look for the feed's address on the site, or take the site without a feed: newsarchive ingest",
        )  # fmt: skip
    chosen, others = (named, []) if is_all else (named[:1], named[1:])
    return Found(tuple(_feed(workers, fetcher.get(address)) for address in chosen), tuple(others))


def _feed(workers: Workers, page: Page) -> FoundFeed:
    listing, _ = workers.submit(page.requested_url, read_followed, page).result()
    url = normalize_url(page.moved_to or page.requested_url)
    return FoundFeed(url, listing.title, len(listing.entries))


def http_instead(argument: str, url: str, error: IngestError) -> str | None:
    """The address with http:// to try, where https:// was only a guess and nothing answers there; else None.

    Args:
        argument: what a person wrote.
        url: what `address_of` made of it.
        error: why it could not be fetched.
    """
    is_guess = "://" not in argument and url.startswith("https://")
    if not is_guess or not is_without_connection(error):
        return None
    return f"http://{url.removeprefix('https://')}"


def address_of(argument: str) -> str:
    """The address that a person means: feed: is a scheme of old, and https:// is seldom typed.

    Raises:
        FetchError: reason "bad_url".
    """
    text = argument.strip()
    if text.lower().startswith("feed:"):
        text = text[5:].removeprefix("//")
    if "://" not in text:
        text = f"https://{text}"
    try:
        return normalize_url(text)
    except ValueError as error:
        raise FetchError(
            argument, "bad_url", f"this is no URL ({error})", "Check its spelling."
        ) from error
