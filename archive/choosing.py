"""What people type to choose articles: an outlet in any spelling of its address, or an author."""

import difflib
import re

from archive.entity_names import Connection, next_step
from archive.errors import NewsarchiveError
from archive.names import composed, fold, words_of

#: Of the two slashes of an address in a path some programs leave one.
_SCHEME = re.compile(r"^(?:https?:/|(?:[a-z][a-z0-9+.-]*:)?//)/*")
#: Of a host these are not kept, as long as the outlet is not itself so called.
_FORM = re.compile(r"(?:www|m|mobile|touch|amp)\.(?=.+\.)")
_ALIKE = 0.8
_TOLD = 3
#: Authors and outlets, those of most articles, whose names are compared with one that is not known.
_COMPARED = 20_000
#: Letters of which a part of a name is told.
_PART = 3
_MOST_WORDS = 8


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


def site_called(db: Connection, text: str) -> str:
    """The outlet that a person means, as the archive writes it.

    Raises:
        NoSuchSite: no article is of it; outlets with nearly that name are told.
    """
    known = site_known(db, text)
    if known is not None:
        return known
    raise NoSuchSite(
        text.strip() or "--site",
        "no article is of that site",
        next_step(near_sites(db, text), "Name the host of an outlet, such as example.com."),
    )


def near_sites(db: Connection, text: str) -> list[str]:
    """The hosts of outlets with nearly that host, or that call themselves nearly so, the nearest first."""
    rows = db.execute(
        "select site, (select site_name from articles where site = t.site order by published_at desc limit 1) "
        "from site_totals t where site <> '' order by articles desc limit ?",
        [_COMPARED],
    ).fetchall()
    near = difflib.get_close_matches(spellings(text)[-1], [site for site, _ in rows], _TOLD, _ALIKE)
    asked = fold(text)
    called = {site: fold(name) for site, name in rows if name}
    alike = difflib.get_close_matches(asked, called.values(), _TOLD, _ALIKE)
    near += [site for site, name in called.items() if name in alike]
    near += [site for site, name in called.items() if len(asked) >= _PART and asked in name]
    return list(dict.fromkeys(near))[:_TOLD]


def authors_called(db: Connection, text: str) -> list[str]:
    """The authors of that name as articles write it: this very one, or else all in other capitals."""
    name = composed(text)
    exact = db.execute("select author from author_totals where author = ?", [name]).fetchall()
    if exact:
        return [name]
    # SQLite knows the capitals of A to Z alone: É and é are one only where they are written so.
    typed = dict.fromkeys((name, name.lower(), name.upper(), name.title()))
    found = [
        author
        for one in typed
        for (author,) in db.execute(
            "select author from author_totals where author = ? collate nocase", [one]
        ).fetchall()
    ]
    return list(dict.fromkeys(found))


def near_authors(db: Connection, text: str) -> list[str]:
    """Authors who may be meant by a name that nobody has: it begins theirs, is nearly theirs, or has a word of it."""
    name = composed(text)
    if not name:
        return []
    begun = db.execute(
        "select author from author_totals where author >= :name collate nocase "
        "and author < :name || char(0x10ffff) collate nocase limit :most",
        {"name": name, "most": _TOLD},
    ).fetchall()
    known = db.execute(
        "select author from author_totals order by articles desc limit ?", [_COMPARED]
    ).fetchall()
    folded: dict[str, str] = {}
    for (author,) in known:
        folded.setdefault(words_of(author), author)
    asked = words_of(name)
    alike = difflib.get_close_matches(asked, folded, _TOLD, _ALIKE)
    found = [author for (author,) in begun] + [folded[one] for one in alike]
    words = sorted(re.findall(r"\w{2,}", asked), key=len, reverse=True)[:_MOST_WORDS]
    shared = {one: sum(word in one for word in words) for one in folded}
    by_words = sorted(filter(shared.get, folded), key=lambda one: -shared[one])
    return list(dict.fromkeys([*found, *(folded[one] for one in by_words)]))[:_TOLD]


def author_called(db: Connection, text: str) -> str:
    """The author that a person means, as articles write the name; as typed, where they do so in several ways.

    Raises:
        NoSuchAuthor: no article names one; the nearest are told.
    """
    found = authors_called(db, text)
    if found:
        return found[0] if len(found) == 1 else text
    raise NoSuchAuthor(
        text.strip() or "--author",
        "no article names that author",
        next_step(near_authors(db, text), "Name somebody whom articles name, as they write it."),
    )
