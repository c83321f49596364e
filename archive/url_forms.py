"""The forms of one article's address: AMP, mobile and print versions, www or not, index files.

Servers differ in which of them they answer, so what is asked for and stands in the ledger is never
changed in these ways; what an article is stored under is, and under which of them it may stand
already is a list of addresses to look for.
"""

import re
from functools import cache
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from archive.tracking import names_article, without_form

#: Labels of a host that name a form and not a site.
_FORM_LABEL = re.compile(r"www?\d*|m|mobile|touch|amp", re.I)
_HOSTS = (
    "www.{}",
    "{}",
    "m.{}",
    "mobile.{}",
    "touch.{}",
    "amp.{}",
    "www1.{}",
    "www2.{}",
    "www3.{}",
)

_INDEX_FILE = re.compile(
    r"/(?:index\.(?:html?|shtml|php\d?|aspx?|jsp|cfm)|default\.(?:html?|aspx?))$", re.I
)
_INDEX_FILES = (
    "index.html",
    "index.htm",
    "index.php",
    "index.shtml",
    "default.aspx",
    "Default.aspx",
)
#: Caches of AMP pages: the publisher's own address stands in theirs.
_AMP_CACHE_HOST = re.compile(r"(?:.+\.)?(?:cdn\.ampproject\.org|bing-amp\.com)")
_AMP_CACHE_PATH = re.compile(r"^/(?:[a-z]/)?(s/)?(?=[^/]+\.[^/]+)", re.I)
_GOOGLE = re.compile(r"(?:www\.)?google\.(?:com?\.)?[a-z]{2,3}")
_GOOGLE_PATH = re.compile(r"^/amp/(s/)?(?=[^/]+\.[^/]+)", re.I)

_FORM_SUFFIX = re.compile(r"/(?:amp|amp\.html|print|printable|print\.html)(/?)$", re.I)
_AMP_EXTENSION = re.compile(r"\.amp(\.html?)?$", re.I)
_AMP_PREFIX = re.compile(r"^/amp(?=/)", re.I)


def unwrapped(parts: SplitResult) -> SplitResult:
    """The publisher's own address where this is one of an AMP cache, else the same.

    https://developers.google.com/amp/cache/overview has the form of Google's.
    """
    host = parts.hostname or ""
    found = None
    if _AMP_CACHE_HOST.fullmatch(host):
        found = _AMP_CACHE_PATH.match(parts.path)
    elif _GOOGLE.fullmatch(host):
        found = _GOOGLE_PATH.match(parts.path)
    if not found:
        return parts
    scheme = "https" if found.group(1) else "http"
    host, _, path = parts.path[found.end() :].partition("/")
    try:
        inner = urlsplit(urlunsplit((scheme, host, f"/{path}", parts.query, "")))
        _ = inner.port
    except ValueError:
        return parts
    return unwrapped(inner) if inner.hostname else parts


def article_form(url: str) -> str:
    """The address of the article itself, for that of any form of it that tells itself.

    Args:
        url: normalized (see `archive.addresses.normalize_url`).
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        return url
    # After a colon they belong to an address within the address.
    path = re.sub(r"(?<!:)/{2,}", "/", parts.path)
    for pattern, replacement in (
        (_FORM_SUFFIX, r"\1"),
        (_AMP_EXTENSION, r"\1"),
        (_AMP_PREFIX, ""),
    ):
        # /reviews/amp may be about amplifiers; /2024/05/a-long-story/amp is not.
        shorter = pattern.sub(replacement, path)
        if shorter != path and names_article(shorter):
            path = shorter
    query = without_form(parts.query)
    if (parts.hostname or "").endswith(".blogspot.com"):
        query = "&".join(pair for pair in query.split("&") if pair != "m=1")
    return urlunsplit((parts.scheme, parts.netloc, path, query, ""))


def same_article_forms(url: str) -> tuple[str, ...]:
    """The addresses under which an article may stand in an archive, the given one first.

    They differ in scheme, in www., m., mobile., touch. or amp., in a slash or an index file at the
    end; and in how letters beyond ASCII are written, as archives of earlier versions have them.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return (url,)
    folder = _INDEX_FILE.sub("/", parts.path).rstrip("/")
    paths = [parts.path, f"{folder}/", *filter(None, [folder])]
    if "." not in folder.rpartition("/")[2]:  # story.html is no folder
        paths += [f"{folder}/{name}" for name in _INDEX_FILES]
    forms = [
        urlunsplit((scheme, host, path, parts.query, ""))
        for scheme in (parts.scheme, "https" if parts.scheme == "http" else "http")
        for host in _hosts(parts)
        for path in paths
    ]
    if "%" in url:
        forms += [unquote(form) for form in forms]
    return tuple(dict.fromkeys([url, *forms]))


def article_key(url: str) -> str:
    """What all forms of one article's address have in common: two with one key are one article."""
    parts = urlsplit(article_form(url))
    if parts.scheme not in ("http", "https"):
        return url
    host = desktop_host(parts.hostname or "") + _port(parts)
    path = _INDEX_FILE.sub("/", parts.path).rstrip("/") or "/"
    return urlunsplit(("", host, path, parts.query, ""))


def desktop_host(host: str) -> str:
    """A host without www., m., mobile., touch. and amp.; these stay where the site itself is so named."""
    site = registrable_site(host)
    labels = host.removesuffix(site).split(".")
    return ".".join(label for label in labels if not _FORM_LABEL.fullmatch(label)) + site


def registrable_site(host: str) -> str:
    """The part of a host that someone has registered, by the public suffix list; of an address, all.

    The list is the copy in tldextract, with the hosters in it: two blogs of one hoster are two sites.
    """
    if not re.search(r"[^\d.]", host) or ":" in host:
        return host
    found = _suffixes()(host)
    labels = host.split(".")
    # A suffix that the list does not know is one label, as the list's own rules say.
    size = len(found.suffix.split(".")) if found.suffix else 1
    return ".".join(labels[-size - 1 :])


@cache
def _suffixes():  # type: ignore[no-untyped-def]  # the type is tldextract's
    from tldextract import TLDExtract

    # No list is fetched, and no file of it kept.
    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


def _hosts(parts: SplitResult) -> list[str]:
    host = parts.hostname or ""
    if ":" in host or not re.search(r"[^\d.]", host):
        return [parts.netloc]
    desktop, site = desktop_host(host), registrable_site(host)
    hosts = [host, *(form.format(desktop) for form in _HOSTS)]
    if desktop != site:  # en.wikipedia.org and en.m.wikipedia.org
        hosts.append(f"{desktop.removesuffix(site)}m.{site}")
    return [found + _port(parts) for found in dict.fromkeys(hosts)]


def _port(parts: SplitResult) -> str:
    return f":{parts.port}" if parts.port else ""
