"""What people type to choose articles: an outlet in any spelling of its address, an author, two days in order."""

import difflib
import re
from datetime import date, datetime

import click
from sqlite_utils import Database

from archive.entity_names import Connection
from archive.errors import NewsarchiveError

_SCHEME = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//")
#: Of a host these are not kept, as long as the outlet is not itself so called.
_FORM = re.compile(r"(?:www|m|mobile|touch|amp)\.(?=.+\.)")
_ALIKE = 0.8
_TOLD = 3


class NoSuchSite(NewsarchiveError):
    """The archive has no article of that outlet."""


class NoSuchAuthor(NewsarchiveError):
    """No article of the archive names that author."""


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


def site_known(db: Connection, text: str) -> str | None:
    """The outlet that a person means, as the archive writes it; None if no article is of it."""
    for host in filter(None, spellings(text)):
        if db.execute("select 1 from articles where site = ? limit 1", [host]).fetchone():
            return host
    return None


def site_called(db: Database, text: str) -> str:
    """The outlet that a person means, as the archive writes it.

    Raises:
        NoSuchSite: no article is of it; outlets with nearly that name are told.
    """
    known = site_known(db, text)
    if known is not None:
        return known
    sites = [site for (site,) in db.execute("select site from site_totals where site <> ''")]
    near = difflib.get_close_matches(spellings(text)[-1], sites, _TOLD, _ALIKE)
    raise NoSuchSite(
        text.strip() or "--site",
        "no article is of that site",
        f"Near to it: {', '.join(near)}."
        if near
        else "Name the host of an outlet, such as example.com.",
    )


def authors_called(db: Connection, text: str) -> list[str]:
    """The authors of that name as articles write it: this very one, or else all in other capitals."""
    name = " ".join(text.split())
    for condition in ("author = ?", "author = ? collate nocase"):
        rows = db.execute(f"select author from author_totals where {condition}", [name]).fetchall()
        if rows:
            return [author for (author,) in rows]
    return []


def authors_beginning(db: Connection, text: str) -> list[str]:
    """Some authors whose name begins so, in any capitals."""
    name = " ".join(text.split())
    if not name:
        return []
    rows = db.execute(
        "select author from author_totals where author >= :name collate nocase "
        "and author < :name || char(0x10ffff) collate nocase limit :most",
        {"name": name, "most": _TOLD},
    )
    return [author for (author,) in rows.fetchall()]


def author_called(db: Database, text: str) -> str:
    """The author that a person means, as articles write the name; as typed, where they do so in several ways.

    Raises:
        NoSuchAuthor: no article names one; the nearest are told.
    """
    found = authors_called(db, text)
    if found:
        return found[0] if len(found) == 1 else text
    near = authors_beginning(db, text)
    for word in sorted(text.split(), key=len, reverse=True):
        rows = db.execute(
            "select author from author_totals where instr(lower(author), lower(?)) "
            "order by articles desc limit ?",
            [word, _TOLD],
        )
        near += [author for (author,) in rows.fetchall()]
    raise NoSuchAuthor(
        text.strip() or "--author",
        "no article names that author",
        f"Near to it: {', '.join(list(dict.fromkeys(near))[:_TOLD])}."
        if near
        else "Name somebody whom articles name, as they write it.",
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
