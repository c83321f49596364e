"""One address for one article: which one of a page's is believed."""

import re
from urllib.parse import unquote, urlsplit

from archive.addresses import WEB, normalize_url
from archive.tracking import names_article
from archive.url_forms import article_form, article_key, desktop_host, registrable_site

#: The path of a home page, of the whole site or in one language.
_HOME = re.compile(
    r"/?(?:[a-z]{2}(?:[-_][a-z]{2})?/?)?(?:(?:index|home|default)(?:\.\w+)?/?)?", re.I
)
#: A template that was not filled in.
_UNFILLED = re.compile(
    r"\{\{|\}\}|\$\{|<%|%>|%7b%7b|\$url|\[object|(?:^|[/=])(?:undefined|null|nan|false|none)(?:/|$)|"
    r"permalink_?(?:url)?\}|\{\w+\}",
    re.I,
)
#: Where a site shows that there is no such page.
ERROR_PATH = re.compile(
    r"/(?:(?:error|err)?[-_]?(?:404|403|500|410)|(?:page[-_]?)?not[-_]?found|error(?:[-_]?page)?s?)"
    r"(?:\.\w+)?(?:/|$)",
    re.I,
)
_SECTION_PATH = re.compile(
    r"/(?:tags?|topics?|category|categories|sections?|authors?|search|archives?|page/\d+)(?:/[^/]*)?/?$",
    re.I,
)


def canonical_url(asked: str, canonical: str | None, open_graph: str | None) -> str:
    """The address of an article: what the page declares where that is plausible, else as asked.

    See `is_plausible`; both are brought into the form of the article itself (`article_form`).

    Args:
        asked: where the page came from.
        canonical: what <link rel=canonical> says.
        open_graph: what og:url says.
    """
    asked = normalize_url(asked)
    for declared in (canonical, open_graph):
        try:
            address = normalize_url(declared) if declared else None
        except ValueError:
            continue
        if address and is_plausible(asked, address):
            return article_form(address)
    return article_form(asked)


def is_plausible(asked: str, declared: str) -> bool:
    """True if a page at one address may rightly say that the other is its own.

    Templates often name one address on all pages. So it must be on the same site, by the public
    suffix list, and no home page, list of articles, error page or unfilled template, unless that
    is what was asked for; and it must not lose the number of an article (`?id=7`). A file has no
    address of its own, so any is better.

    Args:
        asked: normalized; http(s), or the file: URL of a saved page.
        declared: normalized.
    """
    there = urlsplit(declared)
    if (
        there.scheme not in WEB
        or _UNFILLED.search(unquote(declared))
        or ERROR_PATH.search(there.path)
    ):
        return False
    here = urlsplit(asked)
    if here.scheme not in WEB:
        return True
    if registrable_site(here.hostname or "") != registrable_site(there.hostname or ""):
        return False
    if article_key(asked) == article_key(declared):
        return True
    if is_home(declared):
        return is_home(asked)
    return not (
        _leads_up(here.path, there.path)
        or (_SECTION_PATH.search(there.path) and not _SECTION_PATH.search(here.path))
        or _loses_number(here.query, there.path, there.query)
    )


def is_home(url: str) -> bool:
    """True for the address of a whole site, or of its edition in one language."""
    parts = urlsplit(url)
    return parts.scheme in WEB and not parts.query and bool(_HOME.fullmatch(parts.path))


def site_of(url: str | None) -> str | None:
    """The host of an http(s) URL without www., m., mobile., touch. and amp.; None for anything else."""
    try:
        parts = urlsplit(url or "")
        host = (parts.hostname or "").lower()
    except ValueError:
        return None
    if parts.scheme not in WEB or not host:
        return None
    return desktop_host(host)


def _leads_up(here: str, there: str) -> bool:
    """True if a path is a folder above the other that is no article's name itself."""
    folder = there.rstrip("/") + "/"
    return here.rstrip("/").startswith(folder) and not names_article(there)


def _loses_number(asked_query: str, path: str, query: str) -> bool:
    """True if the article is one of many at a path, told by a parameter that was lost."""
    if names_article(path):
        return False
    values = {pair.partition("=")[2] for pair in asked_query.split("&")}
    numbers = {value for value in values if any(letter.isdigit() for letter in value)}
    return bool(numbers) and not any(number in f"{path}?{query}" for number in numbers)
