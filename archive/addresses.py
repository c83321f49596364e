"""How an address is written: in one way for all that a server answers alike, and that of a file."""

import os
import re
import socket
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from archive.tracking import without_tracking
from archive.url_forms import unwrapped

WEB = ("http", "https")
_DEFAULT_PORTS = {"http": 80, "https": 443}

#: What RFC 3986 calls unreserved: escaped or not, these letters are the same.
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_NUMBERS = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+)){0,3}\.?")
_ESCAPE = re.compile(r"%([0-9a-fA-F]{2})")
_STRAY_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})")
_PATH_SAFE = "%/:@!$&'()*+,;=-._~[]|"
_QUERY_SAFE = _PATH_SAFE + "?"

#: Python has bytes that are no text as halves of signs.
_NO_TEXT = re.compile("[\ud800-\udfff]")

_SESSION = re.compile(r";(?:jsessionid|phpsessid|sessionid|sid|cfid|cftoken)=[^/;]*", re.I)


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
    if scheme in WEB:
        parts = unwrapped(parts)
        scheme = parts.scheme.lower()
    host = _host(parts.hostname or "")
    if parts.port is not None and parts.port != _DEFAULT_PORTS.get(scheme):
        host += f":{parts.port}"
    if not host:
        # Without a host, slashes at the start would be read as one the next time.
        return urlunsplit((scheme, "", re.sub(r"^/+", "/", parts.path), parts.query, ""))
    if scheme not in WEB:
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


def is_url(text: str) -> bool:
    """True for anything of the form scheme://."""
    return bool(re.match(r"^[a-zA-Z][a-zA-Z0-9+.-]*://", text))


def is_text(argument: str) -> bool:
    """False for what holds bytes that are no UTF-8, which a shell may pass and no database keeps."""
    return _NO_TEXT.search(argument) is None


def shown(argument: str) -> str:
    """An argument as it can be printed and stored: file names may hold bytes that are no text."""
    return _NO_TEXT.sub("�", argument)


def file_url(path: Path) -> str:
    """The absolute file URL of a path, under which it stands in the ledger."""
    return Path(os.path.abspath(path)).as_uri()  # noqa: PTH100  # resolve() would follow links


def path_in(url: str) -> Path | None:
    """The path of a file URL; None for one that names a file on another machine."""
    parts = urlsplit(url)
    if parts.netloc not in ("", "localhost") or not parts.path:
        return None
    return Path(unquote(parts.path, errors="surrogateescape"))


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
