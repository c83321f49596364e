"""One address for one article: how an address is written, and which one of a page's is believed."""

import re
import socket
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from ingest.tracking import names_article, without_tracking
from ingest.url_forms import article_form, article_key, desktop_host, registrable_site, unwrapped

_WEB = ("http", "https")
_DEFAULT_PORTS = {"http": 80, "https": 443}

#: What RFC 3986 calls unreserved: escaped or not, these letters are the same.
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_NUMBERS = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+)){0,3}\.?")
_ESCAPE = re.compile(r"%([0-9a-fA-F]{2})")
_STRAY_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})")
_PATH_SAFE = "%/:@!$&'()*+,;=-._~[]|"
_QUERY_SAFE = _PATH_SAFE + "?"

_SESSION = re.compile(r";(?:jsessionid|phpsessid|sessionid|sid|cfid|cftoken)=[^/;]*", re.I)

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


def normalize_url(url: str) -> str:
    """The same address written in one way; a server answers alike to both.

    Scheme and host are in lower case (names beyond ASCII as DNS has them), escapes in upper case
    and only where needed; there is no default port, user name, fragment, dot segment, tracking
    parameter or session. An address in an AMP cache becomes the publisher's own.

    Raises:
        ValueError: not a URL.
    """
    parts = urlsplit(url.strip())
    scheme = parts.scheme.lower()
    if scheme in _WEB:
        parts = unwrapped(parts)
        scheme = parts.scheme.lower()
    host = _host(parts.hostname or "")
    if parts.port is not None and parts.port != _DEFAULT_PORTS.get(scheme):
        host += f":{parts.port}"
    if not host:
        # Without a host, slashes at the start would be read as one the next time.
        return urlunsplit((scheme, "", re.sub(r"^/+", "/", parts.path), parts.query, ""))
    if scheme not in _WEB:
        return urlunsplit((scheme, host, parts.path or "/", parts.query, ""))
    path = _without_dots(_escaped(_SESSION.sub("", parts.path), _PATH_SAFE)) or "/"
    query = without_tracking(_escaped(parts.query, _QUERY_SAFE), path)
    return urlunsplit((scheme, host, path, query, ""))


def normal(url: str) -> str:
    """The same; what is no URL stays as it is, and whoever fetches it will say so."""
    try:
        return normalize_url(url)
    except ValueError:
        return url


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
        there.scheme not in _WEB
        or _UNFILLED.search(unquote(declared))
        or ERROR_PATH.search(there.path)
    ):
        return False
    here = urlsplit(asked)
    if here.scheme not in _WEB:
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
    return parts.scheme in _WEB and not parts.query and bool(_HOME.fullmatch(parts.path))


def site_of(url: str | None) -> str | None:
    """The host of an http(s) URL without www., m., mobile., touch. and amp.; None for anything else."""
    try:
        parts = urlsplit(url or "")
        host = (parts.hostname or "").lower()
    except ValueError:
        return None
    if parts.scheme not in _WEB or not host:
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


def _host(host: str) -> str:
    host = host.lower()
    if ":" in host:
        return f"[{host}]"
    if _NUMBERS.fullmatch(host):
        try:  # decimal, octal and hexadecimal notations, as in browsers
            return socket.inet_ntoa(socket.inet_aton(host.removesuffix(".")))
        except OSError:
            return host
    if not host.isascii():
        import idna

        try:
            # A second time, since wide digits are digits by now.
            return _host(idna.encode(host, uts46=True, transitional=False).decode())
        except UnicodeError:  # no name of DNS: the fetcher will say so
            return host
    return host.rstrip(".") or host


def _escaped(text: str, safe: str) -> str:
    """Text of a URL with escapes where they are needed, and in upper case (RFC 3986, section 6.2.2)."""

    def one(match: re.Match[str]) -> str:
        letter = chr(int(match.group(1), 16))
        return letter if letter in _UNRESERVED else match.group().upper()

    text = _ESCAPE.sub(one, _STRAY_PERCENT.sub("%25", text))
    return quote(text, safe=safe, errors="replace")


def _without_dots(path: str) -> str:
    """A path without . and .. (RFC 3986, section 5.2.4)."""
    if "/." not in path:
        return path
    found: list[str] = []
    segments = path.split("/")
    for segment in segments[1:]:
        if segment == "..":
            del found[-1:]
        elif segment != ".":
            found.append(segment)
    if segments[-1] in (".", ".."):
        found.append("")
    return "/" + "/".join(found)
