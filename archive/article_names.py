"""An article by what a person has at hand: its number, an address in any spelling, the file it came from."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive.addresses import file_url, is_text, is_url, normalize_url, path_in, shown
from archive.errors import NewsarchiveError
from archive.url_forms import article_form, same_article_forms

if TYPE_CHECKING:
    from archive.store import Archive

_MOST_NAMED = 10
_SEARCH = "Find its number with: newsarchive search WORDS"


class NoSuchArticle(NewsarchiveError):
    """What was typed leads to no article, or to more than one."""


def article_called(archive: "Archive", name: str) -> dict[str, Any]:
    """The whole row of the article that a person means (see `archive.articles.Articles.find`).

    What was typed counts first as it stands, then written as the archive writes addresses and files, and only then
    in the other forms of an article's address: with or without www., a slash at the end, what says where a reader
    came from.

    Raises:
        ArticleRemoved: it was taken out.
        NoSuchArticle: there is none, or the name leads to several.
    """
    exact = spellings(name)
    for one in exact:
        row = archive.articles.find(one)
        if row is not None:
            return row
    archive.removals.deny(*exact)
    others = forms(name)
    ids = archive.articles.ids_behind(others)
    if len(ids) == 1:
        row = archive.articles.find(str(ids[0]))
        if row is not None:
            return row
    if ids:
        raise NoSuchArticle(
            shown(name), "more than one article may be meant", f"Name one of them: {_listed(ids)}."
        )
    archive.removals.deny(*others)
    refused = _refused(archive, name, (*exact, *others))
    raise refused if refused is not None else _nothing(archive, name)


def spellings(name: str) -> tuple[str, ...]:
    """What may stand in the archive for a number, an address or a path, as it was typed and as it is kept."""
    stripped = name.strip()
    if not stripped:
        return ()
    found = [stripped, *_normal(stripped)]
    path = _path(name)
    if path is not None:
        found.append(file_url(path))
    # Bytes that are no text are escaped in the address of a file, and stand nowhere else.
    return tuple(dict.fromkeys(filter(is_text, found)))


def forms(name: str) -> tuple[str, ...]:
    """The other addresses under which the same article may stand, of an address."""
    found: list[str] = []
    for address in _normal(name.strip()):
        for one in (address, article_form(address)):
            found += same_article_forms(one)
    return tuple(dict.fromkeys(found))


def _normal(name: str) -> list[str]:
    """An address as the archive writes it; none for what is no address of the web."""
    if not is_text(name):
        return []
    if not is_url(name):
        # As a browser shows it: example.com/story
        if "." not in name.partition("/")[0].strip(".") or any(map(str.isspace, name)):
            return []
        name = f"https://{name}"
    if name.lower().startswith("file:"):
        return []
    try:
        return [normalize_url(name)]
    except ValueError:
        return []


def _path(name: str) -> Path | None:
    """The path that was typed, or stands in a file URL; None for what names none."""
    if not is_url(name):
        return Path(name)
    return path_in(name) if name.lower().startswith("file:") else None


def _refused(archive: "Archive", name: str, addresses: tuple[str, ...]) -> NoSuchArticle | None:
    """What the ledger says of an address that was asked for and gave no article."""
    entry = next(filter(None, map(archive.ledger.get, addresses)), None)
    if entry is None or entry.article_id is not None:
        return None
    if entry.state == "pending":
        command = f"newsarchive ingest {shlex.quote(entry.url)}"
        return NoSuchArticle(
            shown(name), "it has not been asked for yet", f"Read it with: {command}"
        )
    if entry.state == "source":
        return NoSuchArticle(shown(name), "it names articles and is none itself", _SEARCH)
    return NoSuchArticle(shown(name), "it gave no article", entry.error or _SEARCH)


def _nothing(archive: "Archive", name: str) -> NoSuchArticle:
    """Why nothing is found, and what to do, as far as the name itself tells."""
    path = _path(name) if name.strip() else None
    if path is None:
        return NoSuchArticle(shown(name) or '""', "there is no such article", _SEARCH)
    ids = archive.articles.ids_below(file_url(path))
    if ids:
        return NoSuchArticle(
            shown(name),
            "it is a folder, and articles came from files in it",
            f"Name them by number or file: {_listed(ids)}.",
        )
    try:
        is_there = path.exists()
    except (OSError, ValueError):  # too long a name, or one that holds a NUL
        is_there = False
    if is_there:
        command = f"newsarchive ingest {shlex.quote(shown(str(path)))}"
        return NoSuchArticle(shown(name), "no article came from there", f"Read it with: {command}")
    return NoSuchArticle(shown(name), "there is no such article", _SEARCH)


def _listed(ids: list[int]) -> str:
    told = ", ".join(map(str, ids[:_MOST_NAMED]))
    more = len(ids) - _MOST_NAMED
    return f"{told} and {more} more" if more > 0 else told
