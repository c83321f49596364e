"""What people type to choose articles: an outlet in any spelling of its address, two days in order."""

import difflib
import re
from datetime import date, datetime

import click
from sqlite_utils import Database

from archive.errors import NewsarchiveError

_SCHEME = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//")
#: Of a host these are not kept, as long as the outlet is not itself so called.
_FORM = re.compile(r"(?:www|m|mobile|touch|amp)\.(?=.+\.)")
_ALIKE = 0.8
_TOLD = 3


class NoSuchSite(NewsarchiveError):
    """The archive has no article of that outlet."""


def spellings(text: str) -> list[str]:
    """The hosts that may be meant by a host or an address, the likeliest first."""
    address = _SCHEME.sub("", text.strip().lower())
    host = re.split(r"[/?#]", address, maxsplit=1)[0].rpartition("@")[2]
    host = re.sub(r":\d*$", "", host).rstrip(".")
    found = [host]
    while form := _FORM.match(found[-1]):
        found.append(found[-1][form.end() :])
    # Hosts are kept as they stand in addresses, where other letters are written in these.
    for one in list(found):
        try:
            found.append(one.encode("idna").decode())
        except UnicodeError:
            continue
    return list(dict.fromkeys(found))


def site_called(db: Database, text: str) -> str:
    """The outlet that a person means, as the archive writes it.

    Raises:
        NoSuchSite: no article is of it; outlets with nearly that name are told.
    """
    hosts = spellings(text)
    for host in filter(None, hosts):
        if db.execute("select 1 from articles where site = ? limit 1", [host]).fetchone():
            return host
    sites = [site for (site,) in db.execute("select site from site_totals where site <> ''")]
    near = difflib.get_close_matches(hosts[-1], sites, _TOLD, _ALIKE)
    raise NoSuchSite(
        text.strip() or "--site",
        "no article is of that site",
        f"Near to it: {', '.join(near)}."
        if near
        else "Name the host of an outlet, such as example.com.",
    )


def days(since: datetime | None, until: datetime | None) -> tuple[date | None, date | None]:
    """The first and the last day.

    Raises:
        click.UsageError: the first is after the last.
    """
    if since and until and since > until:
        raise click.UsageError(
            f"--since {since:%Y-%m-%d} is after --until {until:%Y-%m-%d}: no day is between them."
        )
    return since and since.date(), until and until.date()
