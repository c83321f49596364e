"""Feeds: RSS 0.9x, 1.0, 2.0 and Atom with feedparser, which sees bytes only; JSON Feed 1.0 and 1.1."""

import calendar
import io
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

from archive import Page
from archive.records import PollHints
from ingest.clean import one_line
from ingest.dates import parse_date
from ingest.errors import SourceError
from ingest.feed_hints import read_hints
from ingest.kinds import kind_of
from ingest.listing import Entry, Listing, unique
from ingest.packed import inflate

_MAX_BYTES = 50 * 1024 * 1024


def read_feed(body: bytes, url: str, may_be_empty: bool = False) -> Listing:
    """Read a feed, plain or gzip.

    An entry's date is that of publication, else of its last change; entries without a link are
    counted in `without_link`. A sound feed without entries is an error too, unless it may be empty.

    Raises:
        SourceError: reason "malformed_feed" or "empty_feed".
    """
    body, broken = inflate(body, _MAX_BYTES)
    is_json = body.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")
    title, found, cause = _read_json(body, url) if is_json else _read_xml(body, url)
    entries = [entry for entry in found if entry]
    if entries:
        damage = _malformed(url, f"not to its end: {broken}") if broken else None
        return Listing(title, unique(entries), (), len(found) - len(entries), damage)
    if cause := broken or cause:
        raise _malformed(url, cause)
    if may_be_empty:
        return Listing(title, without_link=len(found))
    if found:
        raise SourceError(
            url, "empty_feed", f"none of the feed's {len(found)} entries has a link",
            "Ingest the site's sitemap, or articles by their addresses.",
        )  # fmt: skip
    raise SourceError(
        url, "empty_feed", "the feed has no entries", "Try again when something was published."
    )


def read_followed(page: Page) -> tuple[Listing, PollHints]:
    """Read a page that should be a feed, and what it asks of those who poll it.

    One without entries is a feed too.

    Raises:
        SourceError: reason "not_a_feed" or "malformed_feed".
    """
    kind = kind_of(page.body)
    if kind != "feed":
        raise SourceError(
            page.requested_url,
            "not_a_feed",
            f"this is no feed ({'a web page' if kind == 'html' else f'its kind is {kind}'})",
            "Look for the feed's address on the site; what is no feed is taken by: newsarchive ingest",
        )
    return read_feed(page.body, page.final_url, may_be_empty=True), read_hints(page.body)


def _read_xml(body: bytes, url: str) -> tuple[str | None, list[Entry | None], str | None]:
    """The title, the entries (None: without a link), and what is wrong with the XML."""
    import feedparser

    try:
        parsed = feedparser.parse(
            io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:  # feedparser fails in many ways on a damaged XML declaration
        return None, [], " ".join(str(error).split())
    found: list[Entry | None] = []
    for entry in parsed.entries:
        link = str(entry.get("link") or "").strip()
        title = one_line(str(entry.get("title") or ""))
        found.append(Entry(_absolute(url, link), _date(entry), title) if link else None)
    cause = None
    if parsed.bozo:
        cause = " ".join(str(parsed.get("bozo_exception", "not well-formed")).split())
    return one_line(str(parsed.feed.get("title") or "")), found, cause


def _date(entry: Any) -> datetime | None:
    for name in ("published_parsed", "updated_parsed"):
        if name in entry and (moment := entry[name]):
            try:
                return datetime.fromtimestamp(calendar.timegm(moment), UTC)
            except (OverflowError, ValueError, OSError):
                continue  # a year that no calendar has
    return None


def _read_json(body: bytes, url: str) -> tuple[str | None, list[Entry | None], str | None]:
    """The same of a JSON Feed (jsonfeed.org, versions 1 and 1.1)."""
    try:
        feed = json.loads(body)
    except (ValueError, RecursionError) as error:
        return None, [], str(error)
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        return None, [], "there is no list of items in it"
    found: list[Entry | None] = []
    for item in items:
        # external_url alone belongs to a feed of links; an id may be the address itself.
        link = _text(item, "url") or _text(item, "external_url")
        if not link and (_text(item, "id") or "").startswith(("http://", "https://")):
            link = _text(item, "id")
        date = parse_date(_text(item, "date_published")) or parse_date(_text(item, "date_modified"))
        found.append(Entry(_absolute(url, link), date, _text(item, "title")) if link else None)
    return _text(feed, "title"), found, None


def _text(record: Any, name: str) -> str | None:
    value = record.get(name) if isinstance(record, dict) else None
    return one_line(value) if isinstance(value, str) else None


def _malformed(url: str, cause: str) -> SourceError:
    return SourceError(
        url,
        "malformed_feed",
        f"the feed cannot be read ({cause})",
        "Check it with a feed validator, or ingest the articles by their own addresses.",
    )


def _absolute(url: str, link: str) -> str:
    try:
        return urljoin(url, link)
    except ValueError:
        return link  # no URL: the fetcher will say so
