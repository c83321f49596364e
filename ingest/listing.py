"""Listings: sources that name addresses (feeds, sitemaps, OPML, bookmarks), all read into one record."""

from dataclasses import dataclass
from datetime import datetime

from ingest.errors import SourceError


@dataclass(frozen=True)
class Entry:
    """An address that a listing names, with what it says of the date and title there."""

    url: str
    date: datetime | None = None
    title: str | None = None


@dataclass(frozen=True)
class Listing:
    """What a listing names, in its order, each once.

    Attributes:
        entries: pages that may be articles.
        sources: listings in their turn: the sitemaps of an index, the feeds of an OPML file.
        without_link: how many entries name no address.
        damage: why there may be more than was read; what stands before is here.
    """

    title: str | None = None
    entries: tuple[Entry, ...] = ()
    sources: tuple[Entry, ...] = ()
    without_link: int = 0
    damage: SourceError | None = None

    @property
    def is_whole(self) -> bool:
        """True if it names pages alone, and all that there are."""
        return not self.sources and self.damage is None


@dataclass(frozen=True)
class Limits:
    """How far one named source may lead, whatever it names.

    Attributes:
        depth: sitemap indexes within indexes.
        sources: sitemaps and feeds read in all.
        urls: addresses taken from them in all.
    """

    depth: int = 3
    sources: int = 1_000
    urls: int = 1_000_000


@dataclass
class Budget:
    """How far a source that was named may still lead; used up as it is followed.

    Attributes:
        sources, urls: see `Limits`.
        articles: so many candidates are taken; all if None.
    """

    sources: int
    urls: int
    articles: int | None = None


def unique(entries: list[Entry]) -> tuple[Entry, ...]:
    """The first entry for each address."""
    found: dict[str, Entry] = {}
    for entry in entries:
        found.setdefault(entry.url, entry)
    return tuple(found.values())
