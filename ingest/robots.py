"""What a site asks of robots: robots.txt as RFC 9309 says, read once a run for each origin."""

import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from protego import Protego

from archive import Page
from ingest.errors import FetchError, IngestError

#: A site may ask for more; a crawl delay beyond this is taken as this.
_MAX_DELAY_S = 60.0
_MAX_BYTES = 512 * 1024
#: Answers that are no rules, and no failure either.
_NO_RULES = frozenset({"empty", "not_html", "redirect_loop", "too_many_redirects"})


@dataclass(frozen=True)
class Rules:
    """The rules of one origin; without a parser everything is allowed.

    failure is why robots.txt could not be read although the site may have one: then nothing of the
    site is fetched.
    """

    parser: Protego | None = None
    failure: IngestError | None = None

    def allows(self, url: str, agent: str) -> bool:
        """True if the agent may fetch the URL."""
        return self.parser is None or bool(self.parser.can_fetch(url, agent))

    def delay_s(self, agent: str) -> float:
        """Seconds that the site wants between two requests; 0 where it does not say."""
        asked = self.parser.crawl_delay(agent) if self.parser else None
        return min(float(asked or 0.0), _MAX_DELAY_S)

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """The sitemaps that robots.txt names."""
        return tuple(self.parser.sitemaps) if self.parser else ()


class Robots:
    """The rules of all origins met in a run; safe to use from several threads.

    Args:
        agent: the product token that rules are looked up by.
        fetch: fetches a robots.txt, following redirects, and raises FetchError.
    """

    def __init__(self, agent: str, fetch: Callable[[str], Page]) -> None:
        self._agent = agent
        self._fetch = fetch
        self._rules: dict[str, Rules] = {}
        self._lock = threading.Lock()
        self._origins: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def rules(self, url: str) -> Rules:
        """The rules of the origin of a URL."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            reading = self._origins[origin]
        with reading:  # who comes while another thread reads the same robots.txt waits for it
            if origin not in self._rules:
                self._rules[origin] = self._read(f"{origin}/robots.txt")
            return self._rules[origin]

    def check(self, address: str, url: str) -> None:
        """Raise FetchError, reason "robots", if the site does not want the address to be fetched.

        url is what was asked for; a redirect may have led from it to the address.
        """
        rules = self.rules(address)
        if failure := rules.failure:
            if failure.http_status is None:
                # No answer at all: the page would fail in the same way, so say that.
                raise failure.about(url)
            raise FetchError(
                url,
                "robots",
                f"the site's robots.txt could not be read ({failure.cause})",
                "Until it can, nothing is fetched from the site; try again later.",
                http_status=failure.http_status,
            )
        if not rules.allows(address, self._agent):
            raise FetchError(
                url,
                "robots",
                "the site's robots.txt asks not to fetch this",
                "Save the page in a browser and ingest the file, or ask the publisher.",
            )

    def _read(self, address: str) -> Rules:
        try:
            page = self._fetch(address)
        except IngestError as error:
            # RFC 9309, 2.3.1: where there is no robots.txt (4xx) all is allowed; where a server
            # fails, or asks for patience, all is forbidden.
            status = error.http_status or 0
            has_none = 400 <= status < 500 and status != 429
            return Rules() if has_none or error.reason in _NO_RULES else Rules(failure=error)
        return Rules(Protego.parse(page.body[:_MAX_BYTES].decode("utf-8", "replace")))
